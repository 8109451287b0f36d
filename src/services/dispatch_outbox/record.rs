// SPDX-License-Identifier: EUPL-1.2
//! What an attempt leads to: sent, tried again later, or finished; and what that means for its target and origin.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, SubscriberId, TargetId};
use crate::domain::local_time::start_of_week;
use crate::domain::notification::{Channel, Outcome};
use crate::domain::subscriber::{Place, TargetStatus};
use crate::services::Result;
use crate::services::suppress_mailbox::suppress_mailbox;
use crate::storage::ledger::{self, Claimed, Key, State, Verdict};
use crate::storage::origins::{self, Origin};
use crate::storage::{Transaction, follow_ups, matches, notifications, subscribers, targets};

use super::breaker::Trouble;
use super::prepare::BearsOn;
use super::restraint::{counts, is_for_digest};

use super::strikes::{Strike, weigh};

/// One notification after its turn.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Which.
    pub(super) claimed: Claimed,
    /// What became of it.
    pub(super) fate: Fate,
    /// Where a push was sent to.
    pub(super) endpoint: Option<String>,
    /// What else its end bears on.
    pub(super) bears_on: BearsOn,
}

/// What became of a notification in its turn.
#[derive(Debug)]
pub(super) enum Fate {
    /// The other side answered, or did not.
    Answered(Outcome),
    /// It is not wanted any more.
    Unwanted(&'static str),
    /// It is put off.
    Later(Timestamp, &'static str),
    /// It was not tried.
    Untried,
}

/// Records a group of attempts in one transaction. What may speak against a mailbox or browser is the answer. It may be
/// done again after a failure: what was recorded is no longer under the claim. With `note`, it is kept with the origin that it
/// accepts messages.
pub(super) async fn record(app: &App, claim: i64, group: &mut [Attempt], note: bool) -> Result<Vec<Strike>> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let owners: BTreeSet<i64> = group.iter().map(|attempt| attempt.claimed.subscriber.0).collect();
    let owners: Vec<i64> = owners.into_iter().collect();
    subscribers::lock(&mut transaction, &owners).await?;
    excuse_moved_browsers(&mut transaction, group, now).await?;
    let group = &*group;
    let mut verdicts: BTreeMap<Verdict, Vec<Key>> = BTreeMap::new();
    for attempt in group {
        verdicts
            .entry(verdict(app, attempt, now))
            .or_default()
            .push(attempt.claimed.key);
    }
    for (verdict, keys) in &verdicts {
        ledger::record(&mut transaction, claim, verdict, keys, now).await?;
    }
    record_success(app, &mut transaction, group, now).await?;
    for target in targets_gone(group) {
        forget(app, &mut transaction, target).await?;
    }
    leave_to_digest(&mut transaction, group).await?;
    let failed = verdicts
        .iter()
        .filter(|(verdict, _)| matches!(verdict, Verdict::Finished(State::Failed, _)));
    let failed: BTreeSet<Key> = failed.flat_map(|(_, keys)| keys.iter().copied()).collect();
    let struck = weigh(&mut transaction, group, &failed, note.then_some(now)).await?;
    // A mail that began to wait meanwhile is settled by `expire_notifications`, within a minute.
    let pushed: BTreeSet<SubscriberId> = group
        .iter()
        .filter(|attempt| attempt.claimed.channel == Channel::WebPush && attempt.bears_on.waiting_mail)
        .map(|attempt| attempt.claimed.subscriber)
        .collect();
    if !pushed.is_empty() {
        let pushed: Vec<SubscriberId> = pushed.into_iter().collect();
        ledger::settle_waiting(&mut transaction, Some(&pushed), now).await?;
    }
    transaction.commit().await?;
    Ok(struck)
}

/// Gives back the rows of browsers whose endpoint is gone and which have come back with another meanwhile: the answer is
/// about the old one.
async fn excuse_moved_browsers(transaction: &mut Transaction, group: &mut [Attempt], now: Timestamp) -> Result<()> {
    for attempt in group {
        let is_gone = matches!(attempt.fate, Fate::Answered(Outcome::Gone { .. }));
        let Some(tried) = attempt.endpoint.as_deref().filter(|_| is_gone) else {
            continue;
        };
        let target = targets::find(transaction, attempt.claimed.key.target).await?;
        if let Some(Place::Browser(found)) = target.map(|it| it.place)
            && found.endpoint != tried
        {
            attempt.fate = Fate::Later(now, "the browser has a new endpoint");
        }
    }
    Ok(())
}

/// Gives back what was claimed and cannot be tried now.
pub(super) async fn release(app: &App, claim: i64, rows: &[Claimed]) -> Result<()> {
    let keys: Vec<Key> = rows.iter().map(|row| row.key).collect();
    let mut transaction = app.database.begin().await?;
    ledger::record(&mut transaction, claim, &Verdict::Released, &keys, app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps when each target was last reached, and counts what a browser was told of this week.
async fn record_success(app: &App, transaction: &mut Transaction, group: &[Attempt], now: Timestamp) -> Result<()> {
    let mut accepted: BTreeMap<TargetId, i64> = BTreeMap::new();
    for attempt in group {
        if matches!(attempt.fate, Fate::Answered(Outcome::Sent)) {
            *accepted.entry(attempt.claimed.key.target).or_default() += i64::from(counts(&attempt.claimed));
        }
    }
    let week = start_of_week(now, app.config.zone);
    Ok(targets::record_success(transaction, &accepted, week, now).await?)
}

fn targets_gone(group: &[Attempt]) -> impl Iterator<Item = TargetId> {
    let gone = |attempt: &&Attempt| matches!(attempt.fate, Fate::Answered(Outcome::Gone { .. }));
    group.iter().filter(gone).map(|attempt| attempt.claimed.key.target)
}

/// What the weekly cap or a pause held back goes into the digest of its person.
async fn leave_to_digest(transaction: &mut Transaction, group: &[Attempt]) -> Result<()> {
    let mut capped: BTreeMap<OccasionId, Vec<SubscriberId>> = BTreeMap::new();
    for attempt in group {
        if matches!(attempt.fate, Fate::Unwanted(reason) if is_for_digest(reason)) {
            capped
                .entry(attempt.claimed.key.occasion)
                .or_default()
                .push(attempt.claimed.subscriber);
        }
    }
    for (occasion, subscribers) in capped {
        matches::leave_to_digest(transaction, occasion, &subscribers).await?;
        follow_ups::leave_to_digest(transaction, occasion, &subscribers).await?;
    }
    Ok(())
}

fn verdict(app: &App, attempt: &Attempt, now: Timestamp) -> Verdict {
    let outcome = match &attempt.fate {
        Fate::Answered(outcome) => outcome,
        Fate::Unwanted(reason) => return Verdict::Finished(State::Suppressed, Some((*reason).to_owned())),
        Fate::Later(at, reason) => return Verdict::Deferred(*at, (*reason).to_owned()),
        Fate::Untried => return Verdict::Released,
    };
    match outcome {
        Outcome::Sent => Verdict::Finished(State::Sent, None),
        Outcome::Retry { after, reason } => again(app, &attempt.claimed, *after, reason, now),
        Outcome::TurnedAway { reason } => again(app, &attempt.claimed, None, reason, now),
        // It says nothing of the message, which is owed for as long as it is of use.
        Outcome::Barred { reason } => Verdict::Deferred(now.plus(Trouble::Barred.pause()), reason.clone()),
        Outcome::Unreachable { reason } => Verdict::Deferred(now.plus(Trouble::Unreachable.pause()), reason.clone()),
        Outcome::Gone { reason } | Outcome::Refused { reason } => {
            Verdict::Finished(State::Failed, Some(reason.clone()))
        }
        Outcome::TooLarge => Verdict::Finished(State::Failed, Some("too large".to_owned())),
    }
}

fn again(app: &App, claimed: &Claimed, after: Option<TimeDelta>, reason: &str, now: Timestamp) -> Verdict {
    let attempts = i32::try_from(claimed.attempts).unwrap_or(i32::MAX);
    let schedule = app.config.retry_schedule();
    match schedule.next(now, attempts, after, claimed.expires_at) {
        Some(at) => Verdict::Again(at, reason.to_owned()),
        None => Verdict::Finished(State::Failed, Some(format!("{reason}, no attempt left"))),
    }
}

/// A target that exists no more is never sent to again.
async fn forget(app: &App, transaction: &mut Transaction, target: TargetId) -> Result<()> {
    let Some(target) = targets::find(transaction, target).await? else {
        return Ok(());
    };
    if matches!(target.place, Place::Mailbox(_)) {
        return suppress_mailbox(app, transaction, &target, SuppressionReason::HardBounce).await;
    }
    targets::set_status(transaction, target.id, TargetStatus::Gone).await?;
    notifications::suppress_for_target(transaction, target.id, "target gone", app.now()).await?;
    Ok(())
}

/// Leaves alone for a while an origin that is in trouble, and raises the alarm.
pub(super) async fn pause(app: &App, origin: &Origin, trouble: Trouble) -> Result<()> {
    match (trouble, origin.channel) {
        (Trouble::Barred, Channel::WebPush) => tracing::error!(
            "a push service turns our messages away (400, 401 or 403): check INFORMA_VAPID_SUBJECT and the clock"
        ),
        (Trouble::Barred, Channel::Email) => tracing::error!(
            "the mail relay turns our messages away: check INFORMA_SMTP_URL and INFORMA_MAIL_FROM with `informa check`"
        ),
        (Trouble::Busy, _) => tracing::warn!("a push service or relay asks to be left alone for a while"),
        (Trouble::Unreachable, Channel::WebPush) => tracing::error!("a push service cannot be reached"),
        (Trouble::Unreachable, Channel::Email) => {
            tracing::error!("the mail relay cannot be reached: check it with `informa check`");
        }
    }
    let mut transaction = app.database.begin().await?;
    origins::pause(&mut transaction, origin.id, app.now().plus(trouble.pause())).await?;
    transaction.commit().await?;
    Ok(())
}
