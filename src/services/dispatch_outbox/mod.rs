// SPDX-License-Identifier: EUPL-1.2
//! Send what is due: claim, render, send, record. No transaction is open while something is being sent.
//!
//! Each origin is served on its own, so that a slow push service keeps nobody else waiting. Results are recorded in
//! small groups as they come; what was claimed and not tried when the program stops is given back.

mod prepare;
mod record;
mod strikes;

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use futures_util::StreamExt;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::delivery::web_push::{PushRequest, Urgency};
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OriginId, TargetId};
use crate::domain::notification::{Channel, Lane, Outcome};
use crate::services::{Error, Result};
use crate::storage::ledger::{self, Claimed, Lease};
use crate::storage::origins::{self, Origin};

use prepare::{Message, Parcel, Prepared};
use record::{Attempt, record};
pub(super) use strikes::stop_failed_mailbox;
use strikes::{Strike, keep_strikes};

/// How many notifications one claim takes.
const ROWS_A_CLAIM: i64 = 256;
/// How many pushes to one origin are under way at once.
const PUSHES_AT_ONCE: usize = 64;
/// How many results are recorded together at most.
const RESULTS_A_GROUP: usize = 64;
/// How long a claim holds without a sign of life: longer than any one attempt takes.
const LEASE: TimeDelta = TimeDelta::seconds(90);

/// How many different targets must be turned away, and none accepted, before an origin is left alone: one browser with
/// a key of its own must not silence a push service for everybody.
const BARRED_TARGETS: usize = 5;

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

/// Claims and sends through one origin until nothing is due there, or it turns us away.
async fn serve_origin(app: &App, origin: &Origin) -> Result<Dispatched> {
    let mut all = Dispatched::default();
    while !app.stopping.is_cancelled() {
        let lease = Lease {
            claim: claim_token(app),
            until: app.now().plus(LEASE),
        };
        let mut transaction = app.database.begin().await?;
        let claimed = ledger::claim(&mut transaction, origin.id, lease, ROWS_A_CLAIM, app.now()).await?;
        transaction.commit().await?;
        if claimed.is_empty() {
            break;
        }
        let done = send_claimed(app, origin, lease, claimed).await?;
        all.attempts += done.attempts;
        all.sent += done.sent;
        if done.paused {
            break;
        }
    }
    Ok(all)
}

fn claim_token(app: &App) -> i64 {
    i64::from_be_bytes(app.chance.bytes()) & i64::MAX
}

#[derive(Default)]
struct Batch {
    attempts: u64,
    sent: u64,
    barred: BTreeSet<TargetId>,
    struck: Vec<Strike>,
    paused: bool,
}

/// Sends one claim and records the results as they come.
async fn send_claimed(app: &App, origin: &Origin, lease: Lease, claimed: Vec<Claimed>) -> Result<Batch> {
    let heartbeat = AbortOnDropHandle::new(tokio::spawn(keep_alive(app.clone(), lease)));
    let parcels = prepare::prepare(app, &claimed).await?;
    let at_once = match origin.channel {
        Channel::WebPush => PUSHES_AT_ONCE,
        Channel::Email => app.config.smtp_connections,
    };
    let attempts = futures_util::stream::iter(parcels)
        .map(|parcel| attempt(app, parcel))
        .buffer_unordered(at_once)
        .ready_chunks(RESULTS_A_GROUP);
    let mut attempts = std::pin::pin!(attempts);
    let mut batch = Batch::default();
    while let Some(group) = attempts.next().await {
        for attempt in &group {
            batch.attempts += u64::from(attempt.outcome.is_some());
            batch.sent += u64::from(attempt.outcome == Some(Outcome::Sent));
            if matches!(attempt.outcome, Some(Outcome::Barred { .. })) {
                batch.barred.insert(attempt.claimed.key.target);
            }
        }
        batch.struck.extend(record(app, lease.claim, group).await?);
    }
    drop(heartbeat);
    batch.paused = batch.barred.len() >= BARRED_TARGETS && batch.sent == 0;
    if !batch.barred.is_empty() {
        record::alarm(origin, batch.barred.len());
    }
    if batch.paused {
        record::pause(app, origin).await?;
    } else {
        keep_strikes(app, &batch.struck).await?;
    }
    Ok(batch)
}

/// Prolongs the lease for as long as the claim is being worked on.
async fn keep_alive(app: App, lease: Lease) {
    let third = (LEASE / 3).to_std().unwrap_or_default();
    loop {
        tokio::time::sleep(third).await;
        let prolonged = Lease {
            claim: lease.claim,
            until: app.now().plus(LEASE),
        };
        if let Err(error) = prolong(&app, prolonged).await {
            tracing::warn!(%error, "a lease could not be prolonged");
        }
    }
}

async fn prolong(app: &App, lease: Lease) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    ledger::heartbeat(&mut transaction, lease).await?;
    transaction.commit().await?;
    Ok(())
}

/// Tries one notification; nothing is tried any more while the program stops.
async fn attempt(app: &App, parcel: Parcel) -> Attempt {
    let Parcel { claimed, prepared } = parcel;
    let outcome = match prepared {
        Prepared::Unwanted(reason) => {
            return Attempt {
                claimed,
                outcome: None,
                unwanted: Some(reason),
            };
        }
        Prepared::Ready(_) if app.stopping.is_cancelled() => None,
        Prepared::Ready(message) => Some(send(app, &claimed, &message).await),
    };
    Attempt {
        claimed,
        outcome,
        unwanted: None,
    }
}

async fn send(app: &App, claimed: &Claimed, message: &Message) -> Outcome {
    match message {
        Message::Mail(mail) => app.mailer.send(mail).await,
        Message::Push { .. } => send_push(app, claimed, message, app.now()).await,
        Message::Unsendable(reason) => Outcome::Refused {
            reason: (*reason).to_owned(),
        },
    }
}

/// Sends a push, and once more with the title alone where the service finds it too long.
async fn send_push(app: &App, claimed: &Claimed, message: &Message, now: Timestamp) -> Outcome {
    let Message::Push {
        subscription,
        payload,
        short_payload,
        topic,
    } = message
    else {
        return Outcome::Refused {
            reason: "no push".to_owned(),
        };
    };
    let Some(installed) = app.vapid_keys.iter().find(|key| key.id == subscription.vapid_key) else {
        return Outcome::Refused {
            reason: "unknown key".to_owned(),
        };
    };
    let request = PushRequest {
        endpoint: &subscription.endpoint,
        p256dh: &subscription.p256dh,
        auth: &subscription.auth,
        key: &installed.key,
        payload,
        ttl: claimed.expires_at.since(now),
        urgency: urgency(claimed.lane),
        topic: Some(topic),
    };
    match app.push.send(&request, now).await {
        Outcome::TooLarge => {
            let shorter = PushRequest {
                payload: short_payload,
                ..request
            };
            app.push.send(&shorter, now).await
        }
        other => other,
    }
}

const fn urgency(lane: Lane) -> Urgency {
    match lane {
        Lane::Transactional | Lane::Urgent => Urgency::High,
        Lane::Normal => Urgency::Normal,
        Lane::Bulk => Urgency::Low,
    }
}
