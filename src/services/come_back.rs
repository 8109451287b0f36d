// SPDX-License-Identifier: EUPL-1.2
//! Come back: whoever left and was not forgotten yet is told again, with what they had chosen.
//!
//! They do it on their page, or by subscribing again with the same address and confirming it. Both are a new consent.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::profile::Mute;
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, SubscriberStatus, Target, TargetStatus};
use crate::services::ask_to_subscribe::record_consent;
use crate::services::{Error, Result};
use crate::storage::links::Link;
use crate::storage::{Transaction, leaving, mutes, profiles, subscribers};

/// Has a signed-in person who left told again as before, wherever they were told then. For whoever is with us nothing
/// changes.
///
/// # Errors
/// [`Error::NotFound`] when they have been forgotten meanwhile.
pub async fn come_back(app: &App, subscriber: SubscriberId, consent: &ConsentEvidence) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    subscribers::lock(&mut transaction, &[subscriber.0]).await?;
    let person = subscribers::find(&mut transaction, subscriber).await?;
    if person.is_some_and(|it| it.status != SubscriberStatus::Left) {
        return Ok(());
    }
    if !is_in_time(app, &mut transaction, subscriber).await? {
        return Err(Error::NotFound);
    }
    restore(&mut transaction, subscriber, app.now()).await?;
    record_consent(&mut transaction, subscriber, ConsentAction::Given, consent).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Whether somebody has left and something of them is kept, for no longer than it is to be: also where a night was missed.
async fn is_in_time(app: &App, transaction: &mut Transaction, subscriber: SubscriberId) -> Result<bool> {
    let kept = TimeDelta::days(app.config.keep_left_days.into());
    let left_at = leaving::left_at(transaction, subscriber).await?;
    let is_early = left_at.is_some_and(|at| at.plus(kept) > app.now());
    Ok(is_early && !profiles::list(transaction, subscriber).await?.is_empty())
}

async fn restore(transaction: &mut Transaction, subscriber: SubscriberId, now: Timestamp) -> Result<()> {
    leaving::start_again(transaction, subscriber).await?;
    subscribers::set_status(transaction, subscriber, SubscriberStatus::Active, now).await?;
    Ok(())
}

/// Who comes back by confirming `mailbox` from this link: its owner, if they left, are not forgotten and the link is another
/// request. What was asked for now is theirs as well, in place of what they had chosen for the same kind of profile where it
/// has topics; what they saved and hid stays, but for what they follow or save now.
pub(super) async fn come_back_by(
    app: &App,
    transaction: &mut Transaction,
    mailbox: &Target,
    link: &Link,
) -> Result<Option<SubscriberId>> {
    let now = app.now();
    let (owner, asker) = (mailbox.subscriber, link.subscriber_id);
    if owner == asker || mailbox.status != TargetStatus::Stopped {
        return Ok(None);
    }
    subscribers::lock(transaction, &[owner.0]).await?;
    let request = subscribers::find(transaction, asker).await?;
    let request = request.filter(|it| it.status == SubscriberStatus::Pending);
    let in_time = is_in_time(app, transaction, owner).await?;
    let Some(request) = request.filter(|_| in_time) else {
        return Ok(None);
    };
    let before = profiles::list(transaction, owner).await?;
    for profile in profiles::list(transaction, asker).await? {
        let had = before.iter().find(|it| it.kind == profile.kind);
        let choices = Choices::of(&profile).beside(had);
        let own = profiles::save(transaction, owner, &choices, true, now).await?;
        for topic in choices.topics.keys() {
            mutes::unmute(transaction, own, Mute::Topic(*topic)).await?;
        }
        for opportunity in choices.saved {
            mutes::unmute(transaction, own, Mute::Opportunity(opportunity)).await?;
        }
        profiles::delete(transaction, profile.id, now).await?;
    }
    subscribers::set_language(transaction, owner, request.language).await?;
    restore(transaction, owner, now).await?;
    Ok(Some(owner))
}
