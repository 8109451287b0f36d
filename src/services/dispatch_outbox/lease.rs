// SPDX-License-Identifier: EUPL-1.2
//! The lease on what a session has claimed: one token for all its rows, prolonged while it lives, and honoured by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::app::App;
use crate::services::Result;
use crate::storage::ledger::{self, Lease};

/// What a session holds, and until when that is sure: a program that stood still must not go on sending what others may
/// have taken over.
pub(super) struct Hold {
    /// The token.
    pub(super) claim: i64,
    /// In milliseconds; nothing is claimed before the first lease.
    until: AtomicI64,
}

impl Hold {
    pub(super) fn new(app: &App) -> Self {
        Self {
            claim: i64::from_be_bytes(app.chance.bytes()) & i64::MAX,
            until: AtomicI64::new(i64::MAX),
        }
    }

    /// The lease to be written now.
    pub(super) fn lease(&self, app: &App) -> Lease {
        Lease {
            claim: self.claim,
            until: app.now().plus(app.config.lease()),
        }
    }

    /// Takes note that the lease was written.
    pub(super) fn note(&self, lease: Lease) {
        self.until.store(lease.until.milliseconds(), Ordering::Relaxed);
    }

    /// Whether what was claimed is surely ours.
    pub(super) fn is_held(&self, app: &App) -> bool {
        app.now().milliseconds() < self.until.load(Ordering::Relaxed)
    }
}

/// Prolongs the lease until it is dropped with its session, or has run out.
pub(super) async fn keep_alive(app: App, hold: Arc<Hold>) {
    let third = (app.config.lease() / 3).to_std().unwrap_or_default();
    loop {
        tokio::time::sleep(third).await;
        if !hold.is_held(&app) {
            return;
        }
        let lease = hold.lease(&app);
        match prolong(&app, lease).await {
            Ok(()) => hold.note(lease),
            Err(error) => tracing::warn!(%error, "a lease could not be prolonged"),
        }
    }
}

async fn prolong(app: &App, lease: Lease) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    ledger::heartbeat(&mut transaction, lease).await?;
    transaction.commit().await?;
    Ok(())
}
