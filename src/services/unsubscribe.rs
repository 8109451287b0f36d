// SPDX-License-Identifier: EUPL-1.2
//! Stop: in one click from a mail (RFC 8058), or everything. Repeating it changes nothing.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::notification::Channel;
use crate::domain::profile::Profile;
use crate::domain::subscriber::{
    ConsentAction, ConsentEvidence, Purpose, SubscriberStatus, Target, TargetStatus, session_of,
};
use crate::services::ask_to_subscribe::{record_consent, record_consent_to};
use crate::services::{Error, Result};
use crate::storage::{Transaction, consents, inbox, notifications, profiles, sessions, subscribers, targets};
use crate::urls::UnsubscribeCode;

/// Ends the mail of the profiles that the code names, at once.
///
/// When no profile of the person is told anything by mail any more, the mailbox is stopped and what is still owed to it is
/// suppressed; when none is told anything at all, they have left, unless they had chosen before to look by themselves.
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
    let own = profiles::list(&mut transaction, target.subscriber).await?;
    for profile in own.iter().filter(|profile| code.kinds.contains(&profile.kind)) {
        if profile.is_told_by(Channel::Email) {
            profiles::end_channel(&mut transaction, profile.id, Channel::Email, now).await?;
        }
    }
    let left = profiles::list(&mut transaction, target.subscriber).await?;
    if !wants(&left, Channel::Email) {
        stop(&mut transaction, target.id, now).await?;
    }
    let looks = own.iter().any(looks_by_itself);
    if !wants(&left, Channel::Email) && !wants(&left, Channel::WebPush) && !looks {
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
    let own = profiles::list(transaction, target.subscriber).await?;
    for profile in own.iter().filter(|profile| profile.is_told_by(Channel::Email)) {
        told_by_mail = true;
        profiles::end_channel(transaction, profile.id, Channel::Email, now).await?;
    }
    stop(transaction, target.id, now).await?;
    let left = profiles::list(transaction, target.subscriber).await?;
    if !wants(&left, Channel::WebPush) && !own.iter().any(looks_by_itself) {
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
    profiles.iter().any(|profile| profile.is_told_by(channel))
}

/// Whether a profile is there to be looked at, and is told nothing.
fn looks_by_itself(profile: &Profile) -> bool {
    !profile.is_told_by(Channel::Email) && !profile.is_told_by(Channel::WebPush)
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
    sessions::delete_of(transaction, &session_of(subscriber)).await?;
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
    let evidence = evidence(source, now);
    record_consent(transaction, subscriber, ConsentAction::Withdrawn, &evidence).await?;
    if last_consent(transaction, subscriber, Purpose::Surveys).await? == Some(ConsentAction::Given) {
        record_consent_to(
            transaction,
            subscriber,
            Purpose::Surveys,
            ConsentAction::Withdrawn,
            &evidence,
        )
        .await?;
    }
    Ok(())
}

/// What was done last with a consent.
async fn last_consent(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    purpose: Purpose,
) -> Result<Option<ConsentAction>> {
    let lines = consents::list(transaction, subscriber).await?;
    let last = lines.iter().rev().find(|(of, ..)| of == purpose.code());
    Ok(last.and_then(|(_, action, ..)| ConsentAction::from_code(action)))
}

fn evidence(source: &str, now: Timestamp) -> ConsentEvidence {
    ConsentEvidence {
        at: now,
        source: source.to_owned(),
        text: String::new(),
    }
}
