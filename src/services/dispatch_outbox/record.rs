// SPDX-License-Identifier: EUPL-1.2
//! What an attempt leads to: sent, tried again later, or finished; and what that means for its target and origin.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::notification::{Channel, Outcome, RetrySchedule};
use crate::domain::subscriber::{Place, TargetStatus};
use crate::services::Result;
use crate::services::suppress_mailbox::suppress_mailbox;
use crate::storage::ledger::{self, Claimed, Key, State, Verdict};
use crate::storage::origins::{self, Origin};
use crate::storage::{Transaction, notifications, targets};

use super::strikes::{Strike, weigh};

/// One notification after its turn.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Which.
    pub(super) claimed: Claimed,
    /// What the other side answered; `None` when it was not tried.
    pub(super) outcome: Option<Outcome>,
    /// Why it is not wanted any more.
    pub(super) unwanted: Option<&'static str>,
}

/// How long an origin that turns us away is left alone.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// Records a group of attempts in one transaction. What may speak against a mailbox or browser is the answer.
pub(super) async fn record(app: &App, claim: i64, group: Vec<Attempt>) -> Result<Vec<Strike>> {
    let now = app.now();
    let mut verdicts: BTreeMap<Verdict, Vec<Key>> = BTreeMap::new();
    for attempt in &group {
        verdicts
            .entry(verdict(attempt, now))
            .or_default()
            .push(attempt.claimed.key);
    }
    let mut transaction = app.database.begin().await?;
    for (verdict, keys) in &verdicts {
        ledger::record(&mut transaction, claim, verdict, keys, now).await?;
    }
    let accepted = targets_with(&group, |outcome| *outcome == Outcome::Sent);
    if !accepted.is_empty() {
        ledger::record_success(&mut transaction, &accepted, now).await?;
    }
    for target in targets_with(&group, |outcome| matches!(outcome, Outcome::Gone { .. })) {
        forget(app, &mut transaction, target).await?;
    }
    let failed = verdicts
        .iter()
        .filter(|(verdict, _)| matches!(verdict, Verdict::Finished(State::Failed, _)));
    let failed: BTreeSet<Key> = failed.flat_map(|(_, keys)| keys.iter().copied()).collect();
    let struck = weigh(&mut transaction, &group, &failed, now).await?;
    let pushed: BTreeSet<SubscriberId> = group
        .iter()
        .filter(|attempt| attempt.claimed.channel == Channel::WebPush)
        .map(|attempt| attempt.claimed.subscriber)
        .collect();
    if !pushed.is_empty() {
        let pushed: Vec<SubscriberId> = pushed.into_iter().collect();
        ledger::settle_waiting(&mut transaction, Some(&pushed), now).await?;
    }
    transaction.commit().await?;
    Ok(struck)
}

fn targets_with(group: &[Attempt], answered: impl Fn(&Outcome) -> bool) -> Vec<TargetId> {
    let those = group
        .iter()
        .filter(|attempt| attempt.outcome.as_ref().is_some_and(&answered));
    those.map(|attempt| attempt.claimed.key.target).collect()
}

fn verdict(attempt: &Attempt, now: Timestamp) -> Verdict {
    if let Some(reason) = attempt.unwanted {
        return Verdict::Finished(State::Suppressed, Some(reason.to_owned()));
    }
    match &attempt.outcome {
        None => Verdict::Released,
        Some(Outcome::Sent) => Verdict::Finished(State::Sent, None),
        Some(Outcome::Retry { after, reason }) => again(&attempt.claimed, *after, reason, now),
        Some(Outcome::Barred { reason }) => again(&attempt.claimed, Some(PAUSE), reason, now),
        Some(Outcome::Gone { reason } | Outcome::Refused { reason }) => {
            Verdict::Finished(State::Failed, Some(reason.clone()))
        }
        Some(Outcome::TooLarge) => Verdict::Finished(State::Failed, Some("too large".to_owned())),
    }
}

fn again(claimed: &Claimed, after: Option<TimeDelta>, reason: &str, now: Timestamp) -> Verdict {
    let attempts = i32::try_from(claimed.attempts).unwrap_or(i32::MAX);
    match RetrySchedule::default().next(now, attempts, after, claimed.expires_at) {
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

/// Raises the alarm: our key, contact or sender may be wrong.
pub(super) fn alarm(origin: &Origin, count: usize) {
    match origin.channel {
        Channel::WebPush => tracing::error!(
            count,
            "a push service turns our messages away (400, 401 or 403): check INFORMA_VAPID_SUBJECT and the clock"
        ),
        Channel::Email => tracing::error!(
            count,
            "the mail relay turns our messages away: check INFORMA_SMTP_URL and INFORMA_MAIL_FROM with `informa check`"
        ),
    }
}

/// Leaves alone for a while an origin that turned everything away.
pub(super) async fn pause(app: &App, origin: &Origin) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    origins::pause(&mut transaction, origin.id, app.now().plus(PAUSE)).await?;
    transaction.commit().await?;
    Ok(())
}
