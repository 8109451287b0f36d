// SPDX-License-Identifier: EUPL-1.2
//! Hand letters that no subscription owes to the relay, and forget them once the relay has them: what people wrote to the
//! body, and the word that an erasure is done.
//!
//! They have no target, no opt-out and no place in the ledger. Each is taken under a lease, sent while no transaction is
//! open, and removed when the relay has accepted it; until then it is tried again for as long as
//! [`LetterContent::kept`] says, for it holds somebody's address. A process that dies between sending and removing sends it
//! again, under the same message id.

use chrono::TimeDelta;

use crate::app::App;
use crate::delivery::email::{Letter, Mail, compose};
use crate::delivery::wording::{MailWords, OwnLinks, Told, Wording};
use crate::domain::clock::Timestamp;
use crate::domain::language::Language;
use crate::domain::letter::{LetterContent, WaitingLetter};
use crate::domain::notification::{Outcome, RetrySchedule};
use crate::secrets::fingerprint;
use crate::services::Result;
use crate::storage::letters;

/// How long after a refusal, which somebody has to look into, a message is tried again.
const AFTER_REFUSAL: TimeDelta = TimeDelta::hours(6);

/// How long a message is nobody else's while it is being sent: longer than a relay may take.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Sends what is due. How many letters the relay took.
///
/// # Errors
/// What the database says.
pub async fn send_letters(app: &App) -> Result<u64> {
    let mut transaction = app.database.read().await?;
    let is_any_due = letters::is_any_due(&mut transaction, app.now()).await?;
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

async fn take(app: &App) -> Result<Option<WaitingLetter>> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let waiting = letters::take_next(&mut transaction, now.plus(LEASE), now).await?;
    transaction.commit().await?;
    Ok(waiting)
}

async fn send(app: &App, waiting: &WaitingLetter) -> Outcome {
    match mail(app, waiting) {
        Some(mail) => app.mailer.send(&mail).await,
        None => Outcome::Refused {
            reason: "it cannot be written".to_owned(),
        },
    }
}

/// Removes what was sent or is too old, and puts off the rest. Whether it was sent.
async fn settle(app: &App, waiting: &WaitingLetter, outcome: Outcome) -> Result<bool> {
    let is_sent = outcome == Outcome::Sent;
    let due = next_attempt(app.config.retry_schedule(), waiting, &outcome, app.now());
    let due = due.filter(|due| due.since(waiting.written_at) < waiting.content.kept());
    let mut transaction = app.database.begin().await?;
    match due {
        Some(due) => letters::put_off(&mut transaction, waiting.id, due).await?,
        None => letters::remove(&mut transaction, waiting.id).await?,
    }
    transaction.commit().await?;
    if !is_sent {
        tracing::error!(
            letter = waiting.id.0,
            attempts = waiting.attempts,
            given_up = due.is_none(),
            ?outcome,
            "the relay did not take a letter"
        );
    }
    Ok(is_sent)
}

/// When to try again; `None` after success. No number of attempts is too many.
fn next_attempt(
    schedule: RetrySchedule,
    waiting: &WaitingLetter,
    outcome: &Outcome,
    now: Timestamp,
) -> Option<Timestamp> {
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
    let soon = endless.next(now, waiting.attempts, asked, now.plus(waiting.content.kept()));
    Some(soon.unwrap_or_else(|| now.plus(AFTER_REFUSAL)))
}

/// The mail, from the service. `None` when it cannot be written, which is logged.
fn mail(app: &App, waiting: &WaitingLetter) -> Option<Mail> {
    let (words, language) = words(app, waiting)
        .inspect_err(|error| tracing::error!(%error, "a letter could not be written"))
        .ok()?;
    let (to, reply_to) = match &waiting.content {
        // The address alone: no name that somebody typed comes into a header.
        LetterContent::ToBody(message) => (app.config.contact_email.as_str(), Some(message.reply_to.as_str())),
        LetterContent::Erased { mailbox, .. } => (mailbox.as_str(), Some(app.config.contact_email.as_str())),
    };
    let (sender, return_path) = (app.config.sender(), app.config.sender_address());
    let message_id = format!("{}@{}", &fingerprint(&waiting.nonce)[..32], app.urls.host());
    let letter = Letter {
        from: &sender,
        reply_to,
        to,
        return_path: &return_path,
        subject: &words.subject,
        text: &words.text,
        html: &words.html,
        message_id: &message_id,
        date: waiting.written_at,
        language: language.code(),
        is_automatic: !matches!(waiting.content, LetterContent::ToBody(_)),
        list: None,
        feedback_id: None,
    };
    compose(&letter)
        .inspect_err(|error| tracing::error!(%error, "a letter could not be written"))
        .ok()
}

/// What it says, and in which language.
fn words(app: &App, waiting: &WaitingLetter) -> Result<(MailWords, Language), askama::Error> {
    let language = match &waiting.content {
        // Those who read it are the body's: in its language, whatever the writer's is.
        LetterContent::ToBody(_) => Language::default(),
        LetterContent::Erased { language, .. } => *language,
    };
    let (privacy_url, vocabulary) = (app.privacy_url(), app.vocabulary());
    let wording = Wording {
        texts: app.texts(language),
        urls: &app.urls,
        vocabulary: &vocabulary,
        service: &app.config.service_name,
        body: &app.config.body_name,
        privacy_url: &privacy_url,
        address: &app.config.body_address,
        colour: app.config.primary_colour,
    };
    let words = match &waiting.content {
        LetterContent::ToBody(message) => wording.contact(message, waiting.written_at)?,
        LetterContent::Erased { .. } => wording.mail(Told::Erased, OwnLinks::default(), waiting.written_at)?,
    };
    Ok((words, wording.texts.language))
}
