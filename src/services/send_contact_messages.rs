// SPDX-License-Identifier: EUPL-1.2
//! Hand what people wrote to the relay, and forget it once the relay has it.
//!
//! These mails are for the body, not for a subscriber: they have no target, no opt-out and no place in the ledger. Each is
//! taken under a lease, sent while no transaction is open, and removed when the relay has accepted it; until then it is
//! tried again, however long the relay is away. Only one that nobody took for 30 days is given up, for it is somebody's
//! address and words. A process that dies between sending and removing sends it again, under the same message id.

use chrono::TimeDelta;

use crate::app::App;
use crate::delivery::email::{Letter, Mail, compose};
use crate::delivery::wording::contact_words;
use crate::domain::clock::Timestamp;
use crate::domain::contact::WaitingMessage;
use crate::domain::language::Language;
use crate::domain::notification::{Outcome, RetrySchedule};
use crate::secrets::fingerprint;
use crate::services::Result;
use crate::storage::contact_messages;

/// How long a message that nobody takes is kept: as long as an answer may take.
const KEPT: TimeDelta = TimeDelta::days(30);

/// How long after a refusal, which somebody has to look into, a message is tried again.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(6);

/// How long a message is nobody else's while it is being sent: longer than a relay may take.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Sends what is due. How many messages the relay took.
///
/// # Errors
/// What the database says.
pub async fn send_contact_messages(app: &App) -> Result<u64> {
    let mut transaction = app.database.read().await?;
    let is_any_due = contact_messages::is_any_due(&mut transaction, app.now()).await?;
    drop(transaction);
    if !is_any_due {
        return Ok(0);
    }
    let mut sent = 0;
    while !app.stopping.is_cancelled() {
        let Some(waiting) = take(app).await? else { break };
        sent += u64::from(settle(app, &waiting, send(app, &waiting).await).await?);
    }
    Ok(sent)
}

async fn take(app: &App) -> Result<Option<WaitingMessage>> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let waiting = contact_messages::take_next(&mut transaction, now.plus(LEASE), now).await?;
    transaction.commit().await?;
    Ok(waiting)
}

async fn send(app: &App, waiting: &WaitingMessage) -> Outcome {
    match letter(app, waiting) {
        Some(mail) => app.mailer.send(&mail).await,
        None => Outcome::Refused {
            reason: "it cannot be written".to_owned(),
        },
    }
}

/// Removes what was sent or is too old, and puts off the rest. Whether it was sent.
async fn settle(app: &App, waiting: &WaitingMessage, outcome: Outcome) -> Result<bool> {
    let is_sent = outcome == Outcome::Sent;
    let due = next_attempt(app.config.retry_schedule(), waiting.attempts, &outcome, app.now());
    let due = due.filter(|due| due.since(waiting.written_at) < KEPT);
    let mut transaction = app.database.begin().await?;
    match due {
        Some(due) => contact_messages::put_off(&mut transaction, waiting.id, due).await?,
        None => contact_messages::remove(&mut transaction, waiting.id).await?,
    }
    transaction.commit().await?;
    if !is_sent {
        tracing::error!(
            contact_message = waiting.id.0,
            attempts = waiting.attempts,
            given_up = due.is_none(),
            ?outcome,
            "the relay did not take what somebody wrote to the contact address"
        );
    }
    Ok(is_sent)
}

/// When to try again; `None` after success. No number of attempts is too many.
fn next_attempt(schedule: RetrySchedule, attempts: i32, outcome: &Outcome, now: Timestamp) -> Option<Timestamp> {
    let asked = match outcome {
        Outcome::Sent => return None,
        Outcome::Retry { after, .. } => *after,
        Outcome::Unreachable { .. } => None,
        Outcome::Gone { .. }
        | Outcome::Refused { .. }
        | Outcome::Barred { .. }
        | Outcome::TurnedAway { .. }
        | Outcome::TooLarge => return Some(now.plus(AFTER_REFUSAL)),
    };
    let endless = RetrySchedule {
        attempts: i32::MAX,
        ..schedule
    };
    let soon = endless.next(now, attempts, asked, now.plus(KEPT));
    Some(soon.unwrap_or_else(|| now.plus(AFTER_REFUSAL)))
}

/// The mail: from the service, for the body, answered to the person. `None` when it cannot be written, which is logged.
fn letter(app: &App, waiting: &WaitingMessage) -> Option<Mail> {
    // Those who read it are the body's: in its language, whatever the writer's is.
    let texts = app.texts(Language::default());
    let words = contact_words(texts, &app.config.service_name, waiting).ok()?;
    let (sender, return_path) = (app.config.sender(), app.config.sender_address());
    let message_id = format!("{}@{}", &fingerprint(&waiting.nonce)[..32], app.urls.host());
    let letter = Letter {
        from: &sender,
        // The address alone: no name that somebody typed comes into a header.
        reply_to: Some(waiting.message.reply_to.as_str()),
        to: &app.config.contact_email,
        return_path: &return_path,
        subject: &words.subject,
        text: &words.text,
        html: &words.html,
        message_id: &message_id,
        date: waiting.written_at,
        language: texts.language.code(),
        is_automatic: false,
        list: None,
        feedback_id: None,
    };
    compose(&letter)
        .inspect_err(|error| tracing::error!(%error, "a message to the contact address could not be written"))
        .ok()
}
