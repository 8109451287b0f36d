// SPDX-License-Identifier: EUPL-1.2
//! Stop: in one click from a mail (RFC 8058), or everything. Repeating it changes nothing.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::notification::Channel;
use crate::domain::profile::Profile;
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, SubscriberStatus, Target, TargetStatus};
use crate::services::ask_to_subscribe::record_consent;
use crate::services::{Error, Result};
use crate::storage::{Transaction, inbox, notifications, profiles, subscribers, targets};
use crate::urls::UnsubscribeCode;

/// Ends the mail of the profiles that the code names, at once.
///
/// When no profile of the person wants mail any more, the mailbox is stopped and what is still owed to it is
/// suppressed; when none wants anything any more, they have left.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn unsubscribe(app: &App, code: &str) -> Result<()> {
    let code = UnsubscribeCode::open(&app.unsubscribe_key, code).ok_or(Error::NotFound)?;
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let target = targets::find(&mut transaction, code.target)
        .await?
        .ok_or(Error::NotFound)?;
    for profile in profiles::list(&mut transaction, target.subscriber).await? {
        if code.kinds.contains(&profile.kind) && profile.telling.channels.uses(Channel::Email) {
            let channels = profile.telling.channels.without(Channel::Email);
            profiles::set_channels(&mut transaction, profile.id, channels, now).await?;
        }
    }
    let left = profiles::list(&mut transaction, target.subscriber).await?;
    if !wants(&left, Channel::Email) {
        stop(&mut transaction, target.id, now).await?;
    }
    if !wants(&left, Channel::Email) && !wants(&left, Channel::WebPush) {
        leave(&mut transaction, target.subscriber, "one click in a mail", now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends everything for the person whose mail carried the code.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn unsubscribe_from_all(app: &App, code: &str) -> Result<()> {
    let code = UnsubscribeCode::open(&app.unsubscribe_key, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    let target = targets::find(&mut transaction, code.target)
        .await?
        .ok_or(Error::NotFound)?;
    leave(&mut transaction, target.subscriber, "link in a mail", app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends everything for a signed-in subscriber.
///
/// # Errors
/// What the database says.
pub async fn leave_service(app: &App, subscriber: SubscriberId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    leave(&mut transaction, subscriber, "private page", app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends the mail of every profile of the mailbox's owner: whoever reads it has called it unwanted. The consent is
/// withdrawn once, however often they say so.
pub(super) async fn withdraw_from_mail(app: &App, transaction: &mut Transaction, target: &Target) -> Result<()> {
    const SOURCE: &str = "complaint about a mail";
    let now = app.now();
    let mut told_by_mail = false;
    for profile in profiles::list(transaction, target.subscriber).await? {
        if profile.telling.channels.uses(Channel::Email) {
            told_by_mail = true;
            let channels = profile.telling.channels.without(Channel::Email);
            profiles::set_channels(transaction, profile.id, channels, now).await?;
        }
    }
    stop(transaction, target.id, now).await?;
    let left = profiles::list(transaction, target.subscriber).await?;
    if !wants(&left, Channel::WebPush) {
        return leave(transaction, target.subscriber, SOURCE, now).await;
    }
    if told_by_mail {
        record_consent(
            transaction,
            target.subscriber,
            ConsentAction::Withdrawn,
            &evidence(SOURCE, now),
        )
        .await?;
    }
    Ok(())
}

fn wants(profiles: &[Profile], channel: Channel) -> bool {
    profiles.iter().any(|profile| profile.telling.channels.uses(channel))
}

async fn stop(transaction: &mut Transaction, target: TargetId, now: Timestamp) -> Result<()> {
    targets::set_status(transaction, target, TargetStatus::Stopped).await?;
    notifications::suppress_for_target(transaction, target, "unsubscribed", now).await?;
    Ok(())
}

/// Ends everything for a person, in the caller's transaction; `source` says how they asked for it.
pub(super) async fn leave(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    source: &str,
    now: Timestamp,
) -> Result<()> {
    let person = subscribers::find(transaction, subscriber)
        .await?
        .ok_or(Error::NotFound)?;
    for target in targets::list(transaction, subscriber).await? {
        stop(transaction, target.id, now).await?;
    }
    if person.status == SubscriberStatus::Left {
        return Ok(());
    }
    inbox::forget_read(transaction, subscriber).await?;
    inbox::set_feed_number(transaction, subscriber, None).await?;
    // Whoever comes back hears only of what they choose then.
    for profile in profiles::list(transaction, subscriber).await? {
        profiles::delete(transaction, profile.id, now).await?;
    }
    subscribers::set_status(transaction, subscriber, SubscriberStatus::Left, now).await?;
    record_consent(
        transaction,
        subscriber,
        ConsentAction::Withdrawn,
        &evidence(source, now),
    )
    .await
}

fn evidence(source: &str, now: Timestamp) -> ConsentEvidence {
    ConsentEvidence {
        at: now,
        source: source.to_owned(),
        text: String::new(),
    }
}
