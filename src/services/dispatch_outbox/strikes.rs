// SPDX-License-Identifier: EUPL-1.2
//! Refusals that speak of one mailbox or browser: kept as strikes, until there are too many.
//!
//! A push service or relay that turns everybody away says nothing about anybody, and neither does one that cannot be
//! reached. So a refusal counts only where the same origin is known to have accepted something within the last hour.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::bounce::{SuppressionReason, concerns_the_mailbox};
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OriginId, TargetId};
use crate::domain::notification::{Channel, Outcome};
use crate::domain::subscriber::TargetStatus;
use crate::services::Result;
use crate::services::suppress_mailbox::suppress_mailbox;
use crate::storage::ledger::{Claimed, Key};
use crate::storage::{Transaction, notifications, origins, strikes, targets};

use super::record::{Attempt, Fate};

/// How long an acceptance proves that an origin takes our messages.
const PROOF: TimeDelta = TimeDelta::hours(1);

/// How often an acceptance is noted: the row of the origin is everybody's.
pub(super) const NOTED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A refusal that may speak against its mailbox or browser.
#[derive(Debug)]
pub(super) struct Strike {
    claimed: Claimed,
    reason: String,
}

/// Notes who accepted: the origins, and the browsers, whose strikes that clears. That the relay accepts a mail proves
/// nothing of the mailbox. What may speak against somebody is the answer, `failed` being what is not tried again.
pub(super) async fn weigh(
    transaction: &mut Transaction,
    group: &[Attempt],
    failed: &BTreeSet<Key>,
    noted_at: Option<Timestamp>,
) -> Result<Vec<Strike>> {
    let accepted = || {
        group
            .iter()
            .filter(|it| matches!(it.fate, Fate::Answered(Outcome::Sent)))
    };
    let accepting: BTreeSet<OriginId> = accepted().map(|it| it.claimed.origin).collect();
    if let Some(now) = noted_at {
        for origin in accepting {
            origins::note_accepted(transaction, origin, NOTED_EVERY, now).await?;
        }
    }
    let browsers = accepted().filter(|it| it.claimed.channel == Channel::WebPush && it.bears_on.strikes);
    let browsers: Vec<TargetId> = browsers.map(|it| it.claimed.key.target).collect();
    if !browsers.is_empty() {
        strikes::clear(transaction, &browsers).await?;
    }
    let refused = group.iter().filter_map(|attempt| {
        Some(Strike {
            reason: refusal(attempt, failed)?.to_owned(),
            claimed: attempt.claimed.clone(),
        })
    });
    Ok(refused.collect())
}

/// Why an attempt may speak against its mailbox or browser; `None` when it does not.
fn refusal<'a>(attempt: &'a Attempt, failed: &BTreeSet<Key>) -> Option<&'a str> {
    let Fate::Answered(outcome) = &attempt.fate else {
        return None;
    };
    match (attempt.claimed.channel, outcome) {
        (Channel::WebPush, Outcome::Barred { reason } | Outcome::Refused { reason }) => Some(reason),
        (Channel::Email, Outcome::Retry { reason, .. }) => {
            (failed.contains(&attempt.claimed.key) && concerns_the_mailbox(reason)).then_some(reason)
        }
        (Channel::Email, Outcome::Refused { reason }) => concerns_the_mailbox(reason).then_some(reason),
        _ => None,
    }
}

/// Keeps the strikes of a session, and leaves alone whoever has too many.
pub(super) async fn keep_strikes(app: &App, struck: &[Strike]) -> Result<()> {
    if struck.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    for Strike { claimed, reason } in struck {
        if !origins::has_accepted(&mut transaction, claimed.origin, now.minus(PROOF)).await? {
            continue;
        }
        let (target, occasion) = (claimed.key.target, claimed.key.occasion);
        strikes::add(&mut transaction, target, Some(occasion), reason, now).await?;
        match claimed.channel {
            Channel::WebPush => drop_failed_browser(app, &mut transaction, target, now).await?,
            Channel::Email => stop_failed_mailbox(app, &mut transaction, target).await?,
        }
    }
    transaction.commit().await?;
    Ok(())
}

async fn drop_failed_browser(app: &App, transaction: &mut Transaction, target: TargetId, now: Timestamp) -> Result<()> {
    if app
        .config
        .strike_limits()
        .drop_browser(&strikes::list(transaction, target).await?)
    {
        targets::set_status(transaction, target, TargetStatus::Gone).await?;
        notifications::suppress_for_target(transaction, target, "refused for days", now).await?;
    }
    Ok(())
}

/// Leaves a mailbox alone that has failed too often, whoever reported it.
pub(in crate::services) async fn stop_failed_mailbox(
    app: &App,
    transaction: &mut Transaction,
    target: TargetId,
) -> Result<()> {
    if app
        .config
        .strike_limits()
        .stop_mailbox(&strikes::list(transaction, target).await?, app.now())
        && let Some(mailbox) = targets::find(transaction, target).await?
    {
        suppress_mailbox(app, transaction, &mailbox, SuppressionReason::SoftBounces).await?;
    }
    Ok(())
}
