// SPDX-License-Identifier: EUPL-1.2
//! A worker's turn at one origin, until nothing is due there, it is in trouble, or the program stops.
//!
//! Three things go on at once: the next rows are claimed, messages are put into words and sent, and answers are
//! recorded. How much is claimed at a time follows how quickly it leaves, about half a second's worth: what comes in a
//! faster lane never waits long. All rows of a session carry its claim, which is prolonged while it lives.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::delivery::web_push::{PushRequest, Urgency};
use crate::delivery::wording::shortened;
use crate::domain::clock::Timestamp;
use crate::domain::notification::{Channel, Lane, Outcome};
use crate::domain::rate::Rate;
use crate::services::{Error, Result};
use crate::storage::ledger::{self, Claimed};
use crate::storage::origins::{self, Origin};

use super::Dispatched;
use super::breaker::Breaker;
use super::lease::{Hold, keep_alive};
use super::pace::Pace;
use super::prepare::{self, BearsOn, Context, Message, Prepared};
use super::record::{self, Attempt, Fate};
use super::restraint::{Told, restrain};
use super::strikes::{NOTED_EVERY, Strike, keep_strikes};

/// How many pushes to one origin are under way at once.
const PUSHES_AT_ONCE: usize = 64;
/// How many results are recorded together at most, and how many may wait for that. What is under way, waits and is being
/// recorded is what a killed process may send twice: 64 + 64 + 64 pushes.
const RESULTS_A_GROUP: usize = 64;
/// How long the first result of a group waits for others: a transaction costs much more than another row in it.
const GATHERED_FOR: Duration = Duration::from_millis(10);

/// How old a claim may be when the last of it is handed over to be sent: where answers have become slow, the rest is given
/// back, so that what comes in a faster lane is claimed before it.
const STALE: Duration = Duration::from_secs(1);

/// How long the database is left alone when it could not record.
const RECORD_AGAIN: Duration = Duration::from_millis(500);

/// How many rows are put into words together, and how many such groups wait to be sent.
const WORDS_A_GROUP: usize = 32;
const GROUPS_AHEAD: usize = 4;

/// What all parts of a session share.
struct Session {
    app: App,
    origin: Origin,
    hold: Arc<Hold>,
    /// When it was noted last that the origin accepts messages, in milliseconds.
    noted_at: AtomicI64,
    breaker: Breaker,
    told: Mutex<Told>,
}

/// Claims and sends through one origin until nothing is due there, or it turns us away.
pub(super) async fn serve_origin(app: &App, origin: &Origin) -> Result<Dispatched> {
    let session = Arc::new(Session {
        app: app.clone(),
        origin: origin.clone(),
        hold: Arc::new(Hold::new(app)),
        noted_at: AtomicI64::new(i64::MIN),
        breaker: Breaker::default(),
        told: Mutex::default(),
    });
    let _heartbeat = AbortOnDropHandle::new(tokio::spawn(keep_alive(app.clone(), Arc::clone(&session.hold))));
    let (ready, in_words) = mpsc::channel(GROUPS_AHEAD);
    let claiming = AbortOnDropHandle::new(tokio::spawn(claim_in_turn(Arc::clone(&session), ready)));
    let (answered, answers) = mpsc::channel(RESULTS_A_GROUP);
    let recording = AbortOnDropHandle::new(tokio::spawn(record_answers(Arc::clone(&session), answers)));
    send_all(&session, in_words, answered).await?;
    let (done, struck) = recording.await.map_err(|error| ended("recording", &error))??;
    claiming.await.map_err(|error| ended("claiming", &error))??;
    if let Some(trouble) = session.breaker.trouble() {
        record::pause(app, origin, trouble).await?;
    }
    keep_strikes(app, &struck).await?;
    Ok(done)
}

fn ended(what: &str, error: &tokio::task::JoinError) -> Error {
    Error::Unexpected(format!("{what}: {error}"))
}

impl Session {
    /// Whether anything more may be tried.
    fn goes_on(&self) -> bool {
        !self.app.stopping.is_cancelled() && self.breaker.trouble().is_none() && self.hold.is_held(&self.app)
    }

    /// Whether it was long ago, or never, that this was asked.
    fn is_time_to_note(&self) -> bool {
        let (now, last) = (self.app.now().milliseconds(), self.noted_at.load(Ordering::Relaxed));
        let is_time = now.saturating_sub(last) >= NOTED_EVERY.num_milliseconds();
        if is_time {
            self.noted_at.store(now, Ordering::Relaxed);
        }
        is_time
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
        let (now, rate, lease) = (self.app.now(), self.rate(), self.hold.lease(&self.app));
        let mut transaction = self.app.database.begin().await?;
        if !rate.is_limited() {
            let claimed = ledger::claim(&mut transaction, self.origin.id, lease, rows, now).await?;
            transaction.commit().await?;
            self.hold.note(lease);
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
        self.hold.note(lease);
        Ok(claimed)
    }
}

/// Rows that were put into words, or why they are not sent now.
type InWords = Vec<Turn>;

/// A row whose turn has come.
struct Turn {
    claimed: Claimed,
    message: Result<Message, Fate>,
    bears_on: BearsOn,
}

/// Claims, and has put into words what is to be sent next: as much ahead as keeps both cores busy, and no more, because
/// mails are long. The groups keep their order, so that a faster lane leaves first. The next claim is made when the last
/// group of this one is taken over: to read it while messages leave was measured to slow both down.
async fn claim_in_turn(session: Arc<Session>, ready: mpsc::Sender<AbortOnDropHandle<InWords>>) -> Result<()> {
    let mut pace = Pace::new();
    while session.goes_on() {
        let claimed = session.claim(pace.rows).await?;
        if claimed.is_empty() {
            break;
        }
        let context = match read(&session, &claimed).await {
            Ok(context) => Arc::new(context),
            Err(error) => {
                record::release(&session.app, session.hold.claim, &claimed).await?;
                return Err(error);
            }
        };
        let since = Instant::now();
        for (at, group) in claimed.chunks(WORDS_A_GROUP).enumerate() {
            if since.elapsed() > STALE {
                record::release(&session.app, session.hold.claim, &claimed[at * WORDS_A_GROUP..]).await?;
                break;
            }
            let (session, context, rows) = (Arc::clone(&session), Arc::clone(&context), group.to_vec());
            let words = tokio::spawn(async move { put_into_words(&session, &context, rows) });
            if ready.send(AbortOnDropHandle::new(words)).await.is_err() {
                return Ok(());
            }
        }
        pace.note();
    }
    Ok(())
}

async fn read(session: &Session, claimed: &[Claimed]) -> Result<Context> {
    let context = prepare::read(&session.app, claimed).await?;
    Told::load(&session.told, &session.app, claimed).await?;
    session.breaker.disregard(context.struck());
    Ok(context)
}

fn put_into_words(session: &Session, context: &Context, rows: Vec<Claimed>) -> InWords {
    let message = |row: &Claimed| {
        if !session.goes_on() {
            return Err(Fate::Untried);
        }
        match context.prepare(&session.app, row) {
            Prepared::Ready(message) => {
                restrain(&session.app, &session.told, row, context.wishes(row)).map_or(Ok(message), Err)
            }
            Prepared::Unwanted(reason) => Err(Fate::Unwanted(reason)),
        }
    };
    let in_words = rows.into_iter().map(|claimed| Turn {
        message: message(&claimed),
        bears_on: context.bears_on(&claimed),
        claimed,
    });
    in_words.collect()
}

/// Tries everything that was put into words, many at once, and hands the answers over to be recorded.
async fn send_all(
    session: &Arc<Session>,
    mut ready: mpsc::Receiver<AbortOnDropHandle<InWords>>,
    answered: mpsc::Sender<Attempt>,
) -> Result<()> {
    let groups = stream::poll_fn(move |context| ready.poll_recv(context));
    let attempts = groups
        .then(|words| words)
        .map_err(|error| ended("putting into words", &error))
        .map_ok(|words| stream::iter(words.into_iter().map(Ok)))
        .try_flatten()
        .map_ok(|turn| at_work(attempt(Arc::clone(session), turn)))
        .try_buffer_unordered(session.at_once());
    let mut attempts = std::pin::pin!(attempts);
    while let Some(attempt) = attempts.try_next().await? {
        // Nobody records any more: the recording's own error says why.
        if answered.send(attempt).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A task of its own, so that both cores have something to do.
async fn at_work<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let task = AbortOnDropHandle::new(tokio::spawn(work));
    task.await.map_err(|error| ended("sending", &error))
}

/// Records answers in groups. What may speak against somebody is told at the end.
async fn record_answers(
    session: Arc<Session>,
    mut answers: mpsc::Receiver<Attempt>,
) -> Result<(Dispatched, Vec<Strike>)> {
    let (mut done, mut struck) = (Dispatched::default(), Vec::new());
    let mut group = Vec::with_capacity(RESULTS_A_GROUP);
    while gather(&mut answers, &mut group).await {
        for attempt in &group {
            if let Fate::Answered(outcome) = &attempt.fate {
                done.attempts += 1;
                done.sent += u64::from(*outcome == Outcome::Sent);
            }
        }
        struck.extend(record_surely(&session, &mut group).await?);
        group.clear();
    }
    Ok((done, struck))
}

/// Records what was answered, again while the database has trouble and the lease holds: what is not recorded is sent anew.
async fn record_surely(session: &Session, group: &mut [Attempt]) -> Result<Vec<Strike>> {
    let is_sent = |attempt: &Attempt| matches!(attempt.fate, Fate::Answered(Outcome::Sent));
    let note = group.iter().any(is_sent) && session.is_time_to_note();
    loop {
        match record::record(&session.app, session.hold.claim, group, note).await {
            Err(error) if session.hold.is_held(&session.app) => {
                tracing::warn!(%error, "what was answered could not be recorded and is recorded again");
                tokio::time::sleep(RECORD_AGAIN).await;
            }
            recorded => return recorded,
        }
    }
}

/// Takes the next answers, and what comes within a moment, up to a group; `false` when there will be no more.
async fn gather(answers: &mut mpsc::Receiver<Attempt>, group: &mut Vec<Attempt>) -> bool {
    if answers.recv_many(group, RESULTS_A_GROUP).await == 0 {
        return false;
    }
    let until = Instant::now() + GATHERED_FOR;
    while group.len() < RESULTS_A_GROUP {
        let more = answers.recv_many(group, RESULTS_A_GROUP - group.len());
        match timeout_at(until, more).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    true
}

/// Tries one notification; nothing is tried any more while the program stops or the origin is in trouble.
async fn attempt(session: Arc<Session>, turn: Turn) -> Attempt {
    let Turn {
        claimed,
        message,
        bears_on,
    } = turn;
    let endpoint = match &message {
        Ok(Message::Push { subscription, .. }) => Some(subscription.endpoint.clone()),
        _ => None,
    };
    let fate = match message {
        Err(fate) => fate,
        // Where answers are slow, its turn may come when it is of no use any more: it is given back, and expires.
        Ok(_) if !session.goes_on() || claimed.expires_at <= session.app.now() => Fate::Untried,
        Ok(message) => {
            let outcome = send(&session.app, &claimed, &message).await;
            session.breaker.note(claimed.key.target, &outcome);
            Fate::Answered(outcome)
        }
    };
    Attempt {
        claimed,
        fate,
        endpoint,
        bears_on,
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
            let shorter = shortened(payload);
            let request = PushRequest {
                payload: &shorter,
                ..request
            };
            app.push.send(&request, now).await
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
