// SPDX-License-Identifier: EUPL-1.2
//! Confirm a mailbox from its link: from now on it is sent to, and the subscriber's profiles are matched.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::profile::{Channels, Profile};
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, SubscriberStatus, Target, TargetStatus};
use crate::services::ask_to_subscribe::{CONFIRM, record_consent};
use crate::services::come_back::come_back_by;
use crate::services::suppress_mailbox::lift_suppression;
use crate::services::{Error, Refusal, Result};
use crate::storage::links::Link;
use crate::storage::{Transaction, links, profiles, subscribers, targets};
use crate::urls::LinkCode;

/// Whether the link would confirm, without using it up: for the page that asks.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn check_link(app: &App, purpose: &str, code: &str) -> Result<Link> {
    let mut transaction = app.database.read().await?;
    find_link(app, &mut transaction, purpose, code).await
}

/// Confirms the mailbox that the link was sent to. The words agreed to when asking become the proof of consent. Whoever left
/// and confirms the same mailbox again in time finds what they had chosen.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn confirm_subscription(app: &App, code: &str, consent: &ConsentEvidence) -> Result<SubscriberId> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let link = take_link(app, &mut transaction, CONFIRM, code).await?;
    let mailbox = targets::find(&mut transaction, link.target_id)
        .await?
        .ok_or(Error::NotFound)?;
    drop_requests(&mut transaction, link.target_id, link.subscriber_id, now).await?;
    let returning = come_back_by(app, &mut transaction, &mailbox, &link).await?;
    let subscriber = returning.unwrap_or(link.subscriber_id);
    take_mailbox(&mut transaction, &mailbox, subscriber).await?;
    lift_suppression(app, &mut transaction, &mailbox).await?;
    targets::set_status(&mut transaction, link.target_id, TargetStatus::Active).await?;
    let before = subscribers::find(&mut transaction, subscriber)
        .await?
        .ok_or(Error::NotFound)?;
    if before.status == SubscriberStatus::Left {
        return Err(Refusal::LinkExpired.into());
    }
    if before.status == SubscriberStatus::Active && returning.is_none() {
        use_mailbox_too(&mut transaction, subscriber, now).await?;
    }
    subscribers::set_status(&mut transaction, subscriber, SubscriberStatus::Active, now).await?;
    record_consent(&mut transaction, subscriber, ConsentAction::Given, consent).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(subscriber)
}

/// Gives the mailbox to whoever the link is for: until now it may have been an earlier asker's, or somebody's who stopped it.
///
/// # Errors
/// [`Refusal::LinkUsed`] where it has been somebody else's since, [`Refusal::LinkExpired`] where it was erased.
async fn take_mailbox(transaction: &mut Transaction, mailbox: &Target, subscriber: SubscriberId) -> Result<()> {
    match mailbox.status {
        TargetStatus::Gone => Err(Refusal::LinkExpired.into()),
        TargetStatus::Active if mailbox.subscriber != subscriber => Err(Refusal::LinkUsed.into()),
        _ if mailbox.subscriber == subscriber => Ok(()),
        _ => Ok(targets::set_subscriber(transaction, mailbox.id, subscriber).await?),
    }
}

/// Forgets what others than `but_for` asked for this mailbox: who reads its mail has said which request is theirs, or has it
/// erased.
pub(super) async fn drop_requests(
    transaction: &mut Transaction,
    mailbox: TargetId,
    but_for: SubscriberId,
    now: Timestamp,
) -> Result<()> {
    let waiting = links::waiting(transaction, mailbox, CONFIRM, now).await?;
    links::end_to(transaction, mailbox, CONFIRM, now).await?;
    for asker in waiting.into_iter().filter(|asker| *asker != but_for) {
        let person = subscribers::find(transaction, asker).await?;
        if person.is_none_or(|person| person.status != SubscriberStatus::Pending) {
            continue;
        }
        for profile in profiles::list(transaction, asker).await? {
            profiles::delete(transaction, profile.id, now).await?;
        }
    }
    Ok(())
}

/// What a link confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A subscription with these profiles.
    Subscription(Vec<Profile>),
    /// One more mailbox of somebody who is a subscriber already; what they chose is none of its reader's business.
    Addition,
}

/// What a link confirms, as it was asked for.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn asked_for(app: &App, code: &str) -> Result<Asked> {
    let mut transaction = app.database.read().await?;
    let link = find_link(app, &mut transaction, CONFIRM, code).await?;
    let asker = subscribers::find(&mut transaction, link.subscriber_id).await?;
    match asker.map(|it| it.status) {
        Some(SubscriberStatus::Pending) => {
            let own = profiles::list(&mut transaction, link.subscriber_id).await?;
            Ok(Asked::Subscription(own))
        }
        Some(SubscriberStatus::Active) => Ok(Asked::Addition),
        Some(SubscriberStatus::Left) | None => Err(Refusal::LinkExpired.into()),
    }
}

/// A mailbox added to what reached the person by push so far: it is written to when no push is accepted.
async fn use_mailbox_too(transaction: &mut Transaction, subscriber: SubscriberId, now: Timestamp) -> Result<()> {
    for profile in profiles::list(transaction, subscriber).await? {
        if !profile
            .telling
            .channels
            .uses(crate::domain::notification::Channel::Email)
        {
            let channels = profile.telling.channels.union(Channels::EMAIL_FALLBACK);
            profiles::set_channels(transaction, profile.id, channels, now).await?;
        }
    }
    Ok(())
}

/// Finds a link that may still be used.
async fn find_link(app: &App, transaction: &mut Transaction, purpose: &str, code: &str) -> Result<Link> {
    let nonce = LinkCode::nonce(&app.secrets, code).ok_or(Refusal::LinkExpired)?;
    let link = links::find(transaction, &nonce)
        .await?
        .filter(|link| link.purpose == purpose);
    let link = link.ok_or(Refusal::LinkExpired)?;
    if link.used_at.is_some() {
        return Err(Refusal::LinkUsed.into());
    }
    if link.expires_at <= app.now() {
        return Err(Refusal::LinkExpired.into());
    }
    Ok(link)
}

/// Uses up a link: once, whoever comes first.
pub(super) async fn take_link(app: &App, transaction: &mut Transaction, purpose: &str, code: &str) -> Result<Link> {
    let link = find_link(app, transaction, purpose, code).await?;
    if links::consume(transaction, link.id, app.now()).await? {
        Ok(link)
    } else {
        Err(Refusal::LinkUsed.into())
    }
}
