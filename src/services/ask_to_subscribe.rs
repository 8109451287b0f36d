// SPDX-License-Identifier: EUPL-1.2
//! Ask to be told by e-mail: keep the choices, and owe the mailbox one confirmation (double opt-in).
//!
//! The answer is the same whether or not the address is known. A known and active address is never changed by
//! somebody who only typed it: it gets the link to its private page instead.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::language::Language;
use crate::domain::notification::Channel;
use crate::domain::occasion::OccasionKind;
use crate::domain::subscriber::{
    ConsentAction, ConsentEvidence, Place, Purpose, SubscriberStatus, Target, TargetStatus,
};
use crate::secrets::fingerprint;
use crate::services::Result;
use crate::services::send_sign_in_link::owe_sign_in_link;
use crate::services::suppress_mailbox::suppressed_among;
use crate::storage::links::NewLink;
use crate::storage::occasions::{Personal, record_personal};
use crate::storage::profiles::Choices;
use crate::storage::{Transaction, consents, links, notifications, origins, profiles, subscribers, targets};

/// The purpose of the links that confirm a mailbox.
pub const CONFIRM: &str = "confirm";

/// How long a confirmation link lives.
pub const CONFIRMATION_LIFE: TimeDelta = TimeDelta::days(7);

/// How many confirmations a mailbox gets: one an hour and three a day.
const LIMITS: [(TimeDelta, i64); 2] = [(TimeDelta::hours(1), 1), (TimeDelta::days(1), 3)];

/// How many an address gets to which nothing else is sent: one a day.
const LIMITS_OF_SUPPRESSED: [(TimeDelta, i64); 2] = [(TimeDelta::hours(1), 1), (TimeDelta::days(1), 1)];

/// Somebody who asks.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to write.
    pub email: EmailAddress,
    /// What they chose.
    pub choices: Choices,
    /// In which language.
    pub language: Language,
    /// What they agreed to, where.
    pub consent: ConsentEvidence,
}

/// Keeps the request and owes the mailbox a confirmation, within the limits.
///
/// # Errors
/// What the database says.
pub async fn ask_to_subscribe(app: &App, request: &Request) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    match targets::find_mailbox_in_turn(&mut transaction, &request.email).await? {
        Some(target) if target.status == TargetStatus::Active => {
            owe_sign_in_link(app, &mut transaction, &target).await?;
        }
        known => keep_request(app, &mut transaction, known, request).await?,
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

async fn keep_request(
    app: &App,
    transaction: &mut Transaction,
    known: Option<Target>,
    request: &Request,
) -> Result<()> {
    let now = app.now();
    let (subscriber, target) = match known {
        Some(target) => (own_request(transaction, &target, request, now).await?, target.id),
        None => add_mailbox(transaction, request, now).await?,
    };
    for profile in profiles::list(transaction, subscriber).await? {
        profiles::delete(transaction, profile.id, now).await?;
    }
    profiles::save(transaction, subscriber, &request.choices, false, now).await?;
    record_consent(transaction, subscriber, ConsentAction::Asked, &request.consent).await?;
    owe_confirmation(app, transaction, subscriber, target).await
}

/// Who asks, where the mailbox is known but not active. Only an earlier request of nobody in particular is taken up
/// again: a mailbox that somebody's account names, or that was stopped, begins anew with whoever can read its mail.
async fn own_request(
    transaction: &mut Transaction,
    target: &Target,
    request: &Request,
    now: Timestamp,
) -> Result<SubscriberId> {
    if target.status == TargetStatus::Gone {
        targets::set_status(transaction, target.id, TargetStatus::Pending).await?;
    }
    let owner = subscribers::find(transaction, target.subscriber).await?;
    if owner.is_some_and(|owner| owner.status == SubscriberStatus::Pending) {
        subscribers::set_language(transaction, target.subscriber, request.language).await?;
        return Ok(target.subscriber);
    }
    let subscriber = subscribers::insert(transaction, SubscriberStatus::Pending, request.language, now).await?;
    targets::set_subscriber(transaction, target.id, subscriber).await?;
    Ok(subscriber)
}

async fn add_mailbox(
    transaction: &mut Transaction,
    request: &Request,
    now: Timestamp,
) -> Result<(SubscriberId, TargetId)> {
    let subscriber = subscribers::insert(transaction, SubscriberStatus::Pending, request.language, now).await?;
    let target = insert_mailbox(transaction, subscriber, &request.email, TargetStatus::Pending, now).await?;
    Ok((subscriber, target))
}

/// Adds a mailbox of a subscriber.
pub(super) async fn insert_mailbox(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    email: &EmailAddress,
    status: TargetStatus,
    now: Timestamp,
) -> Result<TargetId> {
    let relay = origins::find_or_insert(transaction, origins::MAIL_RELAY, Channel::Email).await?;
    let place = Place::Mailbox(email.clone());
    Ok(targets::insert(transaction, subscriber, &place, relay, status, "", now).await?)
}

/// Adds a line on the consent to be told to the ledger.
pub(super) async fn record_consent(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    action: ConsentAction,
    evidence: &ConsentEvidence,
) -> Result<()> {
    record_consent_to(transaction, subscriber, Purpose::Notifications, action, evidence).await
}

/// Adds a line to the ledger of consents, with a fingerprint of the words.
pub(super) async fn record_consent_to(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    purpose: Purpose,
    action: ConsentAction,
    evidence: &ConsentEvidence,
) -> Result<()> {
    let hash = fingerprint(evidence.text.as_bytes());
    consents::insert(transaction, subscriber, purpose, action, evidence, &hash).await?;
    Ok(())
}

/// Owes a mailbox a confirmation, unless it has had enough of them lately.
pub(super) async fn owe_confirmation(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    target: TargetId,
) -> Result<()> {
    if had_enough(app, transaction, target, CONFIRM).await? {
        return Ok(());
    }
    owe_link(
        app,
        transaction,
        OccasionKind::Confirmation,
        CONFIRM,
        CONFIRMATION_LIFE,
        (subscriber, target),
    )
    .await
}

/// Makes a link of `purpose` and owes `target` the message that carries it.
pub(super) async fn owe_link(
    app: &App,
    transaction: &mut Transaction,
    kind: OccasionKind,
    purpose: &'static str,
    life: TimeDelta,
    (subscriber, target): (SubscriberId, TargetId),
) -> Result<()> {
    let now = app.now();
    let expires_at = now.plus(life);
    let link = NewLink {
        nonce: app.chance.bytes(),
        purpose,
        subscriber,
        target,
        expires_at,
    };
    let link = links::insert(transaction, &link, now).await?;
    let personal = Personal {
        kind,
        subscriber,
        target,
        link: Some(link),
        expires_at,
    };
    let occasion = record_personal(transaction, &personal, &link.to_string(), now).await?;
    notifications::owe_to_target(transaction, occasion, target).await?;
    Ok(())
}

/// Owes the confirmation of a mailbox that a signed-in subscriber adds to what they have.
///
/// # Errors
/// What the database says. An address that is somebody else's is answered like any other.
pub async fn add_own_mailbox(app: &App, subscriber: SubscriberId, email: &EmailAddress) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    if let Some(target) = pending_own_mailbox(app, &mut transaction, subscriber, email).await? {
        owe_confirmation(app, &mut transaction, subscriber, target).await?;
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// The mailbox of a subscriber with this address, to be asked whether it is theirs; `None` where it is somebody else's.
pub(super) async fn pending_own_mailbox(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    email: &EmailAddress,
) -> Result<Option<TargetId>> {
    match targets::find_mailbox_in_turn(transaction, email).await? {
        Some(target) if target.subscriber == subscriber => {
            // One that failed or was removed is written to once more, to ask whether it is read again.
            if matches!(target.status, TargetStatus::Gone | TargetStatus::Stopped) {
                targets::set_status(transaction, target.id, TargetStatus::Pending).await?;
            }
            Ok(Some(target.id))
        }
        Some(_) => Ok(None),
        None => {
            let added = insert_mailbox(transaction, subscriber, email, TargetStatus::Pending, app.now()).await?;
            Ok(Some(added))
        }
    }
}

/// Whether a mailbox had as many messages with a link of `purpose` lately as it may get.
pub(super) async fn had_enough(
    app: &App,
    transaction: &mut Transaction,
    target: TargetId,
    purpose: &str,
) -> Result<bool> {
    let mailbox = targets::find(transaction, target).await?;
    let suppressed = suppressed_among(app, transaction, &mailbox).await?;
    let limits = if suppressed.is_empty() {
        LIMITS
    } else {
        LIMITS_OF_SUPPRESSED
    };
    for (span, most) in limits {
        if links::count_since(transaction, target, purpose, app.now().minus(span)).await? >= most {
            return Ok(true);
        }
    }
    Ok(false)
}
