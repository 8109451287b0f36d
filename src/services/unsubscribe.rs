// SPDX-License-Identifier: EUPL-1.2
//! Stop: in one click from a mail (RFC 8058), or everything. Repeating it changes nothing.
//!
//! One click ends the mails of which it was one: told at once, the daily digest or the weekly one. It takes away nothing that
//! a person chose, follows, saved or hid. Whoever is told in no way any more has left: what they chose is kept, and does
//! nothing, until they come back or `forget_people` takes it out.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::notification::Channel;
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::domain::subscriber::{
    ConsentAction, ConsentEvidence, Purpose, SubscriberStatus, Target, TargetStatus, session_of,
};
use crate::services::ask_to_subscribe::{record_consent, record_consent_to};
use crate::services::stop_codes::UnsubscribeCode;
use crate::services::{Error, Result};
use crate::storage::{
    Transaction, consents, inbox, leaving, links, notifications, profiles, sessions, subscribers, targets,
};

/// Who is behind the code of a mail by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A subscriber who is written to, or reached in another way.
    Subscriber,
    /// Somebody who has left.
    Left,
    /// Nobody: the address that it was sent to is no longer written to.
    Nobody,
}

/// What a code ends, and for whom: the mails told at once or a digest, or all of them.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn read_code(app: &App, code: &str) -> Result<(Option<Frequency>, Reader)> {
    let code = UnsubscribeCode::read(app, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.read().await?;
    let Some(mailbox) = code.mailbox(app, &mut transaction).await? else {
        return Ok((code.mails, Reader::Nobody));
    };
    let person = subscribers::find(&mut transaction, mailbox.subscriber).await?;
    let has_left = person.is_none_or(|it| it.status == SubscriberStatus::Left);
    let reader = if has_left { Reader::Left } else { Reader::Subscriber };
    Ok((code.mails, reader))
}

/// Ends the mails that the code names, at once, for the profiles that it names.
///
/// When no profile of the person is told anything by mail any more, the mailbox is stopped and what is still owed to it is
/// suppressed; when none would be told anything at all, they have left, unless they had chosen before to look by themselves.
/// Nothing happens where the address that the code was sent to is no longer written to.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn unsubscribe(app: &App, code: &str) -> Result<()> {
    let code = UnsubscribeCode::read(app, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    let Some(mailbox) = code.mailbox(app, &mut transaction).await? else {
        return Ok(());
    };
    let ended = Ended {
        kinds: &code.kinds,
        mails: code.mails,
        source: "one click in a mail",
    };
    end_mails(&mut transaction, &mailbox, &ended, app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends everything for the person whose mail carried the code; nothing where the address that it was sent to is no longer
/// written to.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn unsubscribe_from_all(app: &App, code: &str) -> Result<()> {
    let code = UnsubscribeCode::read(app, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    if let Some(mailbox) = code.mailbox(app, &mut transaction).await? {
        leave(&mut transaction, mailbox.subscriber, "link in a mail", app.now()).await?;
    }
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
    let ended = Ended {
        kinds: &ProfileKind::ALL,
        mails: None,
        source: "complaint about a mail",
    };
    let now = app.now();
    let has_changed = end_mails(transaction, target, &ended, now).await?;
    stop(transaction, target.id, now).await?;
    let person = subscribers::find(transaction, target.subscriber).await?;
    if has_changed && person.is_some_and(|it| it.status == SubscriberStatus::Active) {
        let evidence = evidence(ended.source, now);
        record_consent(transaction, target.subscriber, ConsentAction::Withdrawn, &evidence).await?;
    }
    Ok(())
}

/// Which mails end, for which profiles, and how that was asked for.
struct Ended<'a> {
    kinds: &'a [ProfileKind],
    mails: Option<Frequency>,
    source: &'static str,
}

/// Ends these mails to the owner of a mailbox. Whether that changed anything.
async fn end_mails(transaction: &mut Transaction, mailbox: &Target, ended: &Ended<'_>, now: Timestamp) -> Result<bool> {
    let subscriber = mailbox.subscriber;
    let person = subscribers::find(transaction, subscriber).await?;
    if person.is_none_or(|it| it.status == SubscriberStatus::Left) {
        return Ok(false);
    }
    let own = profiles::list(transaction, subscriber).await?;
    let rest = own.iter().map(|profile| {
        if ended.kinds.contains(&profile.kind) {
            profile.without_mail(ended.mails)
        } else {
            profile.clone()
        }
    });
    let rest: Vec<Profile> = rest.collect();
    let by_mail = wants(&rest, Channel::Email);
    if !by_mail && !wants(&rest, Channel::WebPush) && !own.iter().any(looks_by_itself) {
        // They have left, with their choices as they were: who comes back finds them again.
        leave(transaction, subscriber, ended.source, now).await?;
        return Ok(true);
    }
    let changed: Vec<&Profile> = rest.iter().filter(|profile| !own.contains(profile)).collect();
    for profile in &changed {
        profiles::set_tellings(transaction, profile, now).await?;
    }
    if by_mail && ended.mails == Some(Frequency::Immediate) {
        end_reminders_of_matches(transaction, subscriber).await?;
    }
    if !by_mail {
        stop(transaction, mailbox.id, now).await?;
    }
    Ok(!changed.is_empty())
}

/// Reminders are told at once whatever frequency was chosen: where mail goes on in digests alone, of what was only matched
/// there are none any more.
async fn end_reminders_of_matches(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    if let Some((leads, true)) = subscribers::reminders(transaction, subscriber).await? {
        subscribers::set_reminders(transaction, subscriber, leads, false).await?;
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

/// Ends everything for a person, in the caller's transaction; `source` says how they asked for it. Nothing is sent, matched
/// or shown to them from now on; what they chose is kept until they come back or are forgotten. A mailbox that nobody has
/// proved stays so: stopped, it would pass for one that somebody reads.
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
        notifications::suppress_for_target(transaction, target.id, "unsubscribed", now).await?;
    }
    leaving::stop_all(transaction, subscriber).await?;
    sessions::delete_of(transaction, &session_of(subscriber)).await?;
    links::end_all(transaction, subscriber, now).await?;
    if person.status == SubscriberStatus::Left {
        return Ok(());
    }
    // Whoever has the private addresses reads along without signing in: they end for good.
    inbox::set_feed_number(transaction, subscriber, None).await?;
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
