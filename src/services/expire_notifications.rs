// SPDX-License-Identifier: EUPL-1.2
//! Give back what lost workers had claimed; end what is past its use, and decide the mails that waited on a push.

use crate::app::App;
use crate::services::Result;
use crate::storage::{ledger, sessions};

/// Makes due again what was claimed under leases that have run out. How many notifications those were.
///
/// # Errors
/// What the database says.
pub async fn reclaim_notifications(app: &App) -> Result<u64> {
    let mut transaction = app.database.read().await?;
    let lost = ledger::has_expired_claims(&mut transaction, app.now()).await?;
    drop(transaction);
    if !lost {
        return Ok(0);
    }
    let attempts = app.config.retry_attempts.into();
    let mut transaction = app.database.begin().await?;
    let reclaimed = ledger::reclaim_expired(&mut transaction, attempts, app.now()).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(reclaimed)
}

/// Does both. How many notifications that moved.
///
/// # Errors
/// What the database says.
pub async fn expire_notifications(app: &App) -> Result<u64> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let expired = ledger::expire(&mut transaction, now).await?;
    let settled = ledger::settle_waiting(&mut transaction, None, now).await?;
    transaction.commit().await?;
    Ok(expired + settled)
}

/// Removes sessions that have expired. How many those were.
///
/// # Errors
/// What the database says.
pub async fn remove_expired_sessions(app: &App) -> Result<u64> {
    let mut transaction = app.database.begin().await?;
    let removed = sessions::delete_expired(&mut transaction, app.now()).await?;
    transaction.commit().await?;
    Ok(removed)
}
