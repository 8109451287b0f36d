// SPDX-License-Identifier: EUPL-1.2
//! A worker's turn at one origin, until nothing is due there, it is in trouble, or the program stops.
//!
//! Three things go on at once: the next rows are claimed and put into words, messages are under way, and answers are
//! recorded. How much is claimed at a time follows how quickly it leaves, about half a second's worth: what comes in a
//! faster lane never waits long. All rows of a session carry its claim, which is prolonged while it lives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::delivery::web_push::{PushRequest, Urgency};
use crate::domain::clock::Timestamp;
use crate::domain::notification::{Channel, Lane, Outcome};
use crate::domain::rate::Rate;
use crate::services::{Error, Result};
use crate::storage::ledger::{self, Claimed, Lease};
use crate::storage::origins::{self, Origin};

use super::Dispatched;
use super::breaker::Breaker;
use super::prepare::{Message, Parcel, Prepared, prepare};
use super::record::{self, Attempt, Fate};
use super::restraint::{Told, restrain};
use super::strikes::{Strike, keep_strikes};

/// How many pushes to one origin are under way at once.
const PUSHES_AT_ONCE: usize = 64;
/// How many results are recorded together at most, and how many may wait for that. What is under way, waits and is being
/// recorded is what a killed process may send twice: 64 + 64 + 64 pushes.
const RESULTS_A_GROUP: usize = 64;

/// What all parts of a session share.
struct Session {
    app: App,
    origin: Origin,
    claim: i64,
    breaker: Breaker,
}

/// Claims and sends through one origin until nothing is due there, or it turns us away.
pub(super) async fn serve_origin(app: &App, origin: &Origin) -> Result<Dispatched> {
    let session = Arc::new(Session {
        app: app.clone(),
        origin: origin.clone(),
        claim: i64::from_be_bytes(app.chance.bytes()) & i64::MAX,
        breaker: Breaker::default(),
    });
    let _heartbeat = AbortOnDropHandle::new(tokio::spawn(keep_alive(app.clone(), session.claim)));
    let (ready, parcels) = mpsc::channel(1);
    let claiming = AbortOnDropHandle::new(tokio::spawn(claim_ahead(Arc::clone(&session), ready)));
    let (answered, answers) = mpsc::channel(RESULTS_A_GROUP);
    let recording = AbortOnDropHandle::new(tokio::spawn(record_answers(Arc::clone(&session), answers)));
    send_all(&session, parcels, answered).await?;
    let (done, struck) = recording.await.map_err(|error| ended("recording", &error))??;
    claiming.await.map_err(|error| ended("claiming", &error))??;
    match session.breaker.trouble() {
        Some(trouble) => record::pause(app, origin, trouble).await?,
        None => keep_strikes(app, &struck).await?,
    }
    Ok(done)
}

fn ended(what: &str, error: &tokio::task::JoinError) -> Error {
    Error::Unexpected(format!("{what}: {error}"))
}

impl Session {
    /// Whether anything more may be tried.
    fn goes_on(&self) -> bool {
        !self.app.stopping.is_cancelled() && self.breaker.trouble().is_none()
    }

    fn rate(&self) -> Rate {
        match self.origin.channel {
            Channel::WebPush => self.app.config.push_rate,
            Channel::Email => self.app.config.smtp_rate,
        }
    }

    fn at_once(&self) -> usize {
        match self.origin.channel {
            Channel::WebPush => PUSHES_AT_ONCE,
            Channel::Email => self.app.config.smtp_connections,
        }
    }

    /// Claims up to `rows`, as far as the origin's rate allows.
    async fn claim(&self, rows: i64) -> Result<Vec<Claimed>> {
        let (now, rate) = (self.app.now(), self.rate());
        let lease = Lease {
            claim: self.claim,
            until: now.plus(self.app.config.lease()),
        };
        let mut transaction = self.app.database.begin().await?;
        if !rate.is_limited() {
            let claimed = ledger::claim(&mut transaction, self.origin.id, lease, rows, now).await?;
            transaction.commit().await?;
            return Ok(claimed);
        }
        let Some(given) = origins::take_allowance(&mut transaction, self.origin.id).await? else {
            return Ok(Vec::new());
        };
        let rows = rows.min(rate.allowance(given, now));
        let claimed = ledger::claim(&mut transaction, self.origin.id, lease, rows, now).await?;
        let given = rate.given_after(given, now, i64::try_from(claimed.len()).unwrap_or(i64::MAX));
        origins::give_allowance(&mut transaction, self.origin.id, given).await?;
        transaction.commit().await?;
        Ok(claimed)
    }
}

/// How many rows are claimed at a time.
struct Pace {
    rows: i64,
    since: Instant,
}

impl Pace {
    const LEAST: i64 = 16;
    const MOST: i64 = 2_048;
    const WANTED: Duration = Duration::from_millis(500);

    fn new() -> Self {
        Self {
            rows: 64,
            since: Instant::now(),
        }
    }

    /// Takes note that a claim was taken over by the senders.
    fn note(&mut self) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        if took < Self::WANTED / 2 {
            self.rows = (self.rows * 2).min(Self::MOST);
        } else if took > Self::WANTED * 2 {
            self.rows = (self.rows / 2).max(Self::LEAST);
        }
    }
}

/// Claims and puts into words, one claim ahead of what is being sent.
async fn claim_ahead(session: Arc<Session>, ready: mpsc::Sender<Vec<Parcel>>) -> Result<()> {
    let (mut pace, mut told) = (Pace::new(), Told::default());
    while session.goes_on() {
        let claimed = session.claim(pace.rows).await?;
        if claimed.is_empty() {
            break;
        }
        let mut parcels = prepare(&session.app, &claimed).await?;
        restrain(&session.app, &mut told, &mut parcels).await?;
        if ready.send(parcels).await.is_err() {
            break;
        }
        pace.note();
    }
    Ok(())
}

/// Tries everything that was claimed, many at once, and hands the answers over to be recorded.
async fn send_all(
    session: &Arc<Session>,
    parcels: mpsc::Receiver<Vec<Parcel>>,
    answered: mpsc::Sender<Attempt>,
) -> Result<()> {
    let attempts = one_by_one(parcels)
        .map(|parcel| AbortOnDropHandle::new(tokio::spawn(attempt(Arc::clone(session), parcel))))
        .buffer_unordered(session.at_once());
    let mut attempts = std::pin::pin!(attempts);
    while let Some(attempt) = attempts.next().await {
        let attempt = attempt.map_err(|error| ended("sending", &error))?;
        // Nobody records any more: the recording's own error says why.
        if answered.send(attempt).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn one_by_one(parcels: mpsc::Receiver<Vec<Parcel>>) -> impl Stream<Item = Parcel> {
    let batches = stream::unfold(parcels, |mut parcels| async move {
        parcels.recv().await.map(|batch| (batch, parcels))
    });
    batches.flat_map(stream::iter)
}

/// Records answers in groups: whatever has come while the last group was being recorded. What may speak against somebody
/// is told at the end.
async fn record_answers(
    session: Arc<Session>,
    mut answers: mpsc::Receiver<Attempt>,
) -> Result<(Dispatched, Vec<Strike>)> {
    let (mut done, mut struck) = (Dispatched::default(), Vec::new());
    let mut group = Vec::with_capacity(RESULTS_A_GROUP);
    while answers.recv_many(&mut group, RESULTS_A_GROUP).await > 0 {
        for attempt in &group {
            if let Fate::Answered(outcome) = &attempt.fate {
                done.attempts += 1;
                done.sent += u64::from(*outcome == Outcome::Sent);
            }
        }
        struck.extend(record::record(&session.app, session.claim, std::mem::take(&mut group)).await?);
    }
    Ok((done, struck))
}

/// Prolongs the claim for as long as its session lives.
async fn keep_alive(app: App, claim: i64) {
    let third = (app.config.lease() / 3).to_std().unwrap_or_default();
    loop {
        tokio::time::sleep(third).await;
        let lease = Lease {
            claim,
            until: app.now().plus(app.config.lease()),
        };
        if let Err(error) = prolong(&app, lease).await {
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

/// Tries one notification; nothing is tried any more while the program stops or the origin is in trouble.
async fn attempt(session: Arc<Session>, parcel: Parcel) -> Attempt {
    let Parcel { claimed, prepared } = parcel;
    let fate = match prepared {
        Prepared::Unwanted(reason) => Fate::Unwanted(reason),
        Prepared::Later(at, reason) => Fate::Later(at, reason),
        Prepared::Ready(_) if !session.goes_on() => Fate::Untried,
        Prepared::Ready(message) => {
            let outcome = send(&session.app, &claimed, &message).await;
            session.breaker.note(claimed.key.target, &outcome);
            Fate::Answered(outcome)
        }
    };
    Attempt { claimed, fate }
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
