// SPDX-License-Identifier: EUPL-1.2
//! Send what is due: claim, render, send, record. No transaction is open while something is being sent.
//!
//! Each origin is served by a session of its own, so that a slow push service keeps nobody else waiting. Results are
//! recorded in small groups as they come; what was claimed and not tried when the program stops is given back.

mod letter;
mod digest;
mod prepare;
mod restraint;
mod breaker;
mod record;
mod session;
mod pace;
mod lease;
mod strikes;

use std::collections::HashMap;

use tokio::task::JoinHandle;

use crate::app::App;
use crate::domain::ids::OriginId;
use crate::services::{Error, Result};
use crate::storage::origins;

use session::serve_origin;
pub(super) use strikes::stop_failed_mailbox;

/// What one call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Attempts that were made.
    pub attempts: u64,
    /// Those that the other side accepted.
    pub sent: u64,
}

/// Sends everything that is due, until nothing is left or the program stops.
///
/// # Errors
/// What the database says; what was claimed comes back when its lease runs out.
pub async fn dispatch_outbox(app: &App) -> Result<Dispatched> {
    let mut dispatcher = Dispatcher::default();
    dispatcher.serve_idle_origins(app).await?;
    dispatcher.finish().await
}

/// Serves each origin by a task of its own: one that is slow or fails holds up none of the others.
#[derive(Default)]
pub struct Dispatcher {
    running: HashMap<OriginId, JoinHandle<Result<Dispatched>>>,
}

impl Dispatcher {
    /// Begins to serve every origin that is ready and not being served; what has finished is added up.
    ///
    /// # Errors
    /// What the database says. The tasks that are running go on.
    pub async fn serve_idle_origins(&mut self, app: &App) -> Result<Dispatched> {
        let finished: Vec<OriginId> = self
            .running
            .iter()
            .filter(|(_, task)| task.is_finished())
            .map(|(origin, _)| *origin)
            .collect();
        let ended: Vec<_> = finished
            .iter()
            .filter_map(|origin| self.running.remove(origin))
            .collect();
        let done = sum_up(ended).await;
        let mut transaction = app.database.read().await?;
        for origin in origins::list_ready(&mut transaction, app.now()).await? {
            let app = app.clone();
            self.running
                .entry(origin.id)
                .or_insert_with(|| tokio::spawn(async move { serve_origin(&app, &origin).await }));
        }
        done
    }

    /// Waits for everything that is under way.
    ///
    /// # Errors
    /// The first failure; the others were waited for all the same.
    pub async fn finish(&mut self) -> Result<Dispatched> {
        sum_up(self.running.drain().map(|(_, task)| task).collect()).await
    }
}

/// Waits for every task, then adds up, or answers with the first failure.
async fn sum_up(tasks: Vec<JoinHandle<Result<Dispatched>>>) -> Result<Dispatched> {
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        let ended = task
            .await
            .map_err(|error| Error::Unexpected(format!("dispatching: {error}")));
        results.push(ended.flatten());
    }
    let mut all = Dispatched::default();
    for done in results {
        let done = done?;
        all.attempts += done.attempts;
        all.sent += done.sent;
    }
    Ok(all)
}
