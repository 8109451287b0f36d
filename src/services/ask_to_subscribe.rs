// SPDX-License-Identifier: EUPL-1.2
//! Ask to be told by e-mail: keep the choices, and owe the mailbox one confirmation (double opt-in).
//!
//! The answer is the same whether or not the address is known. A known and active address is never changed by
//! somebody who only typed it: it gets the link to its private page instead.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{LinkId, SubscriberId, TargetId};
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
use crate::storage::{
    Transaction, consents, links, mailbox_requests, notifications, origins, profiles, subscribers, targets,
};

/// The purpose of the links that confirm a mailbox.
pub const CONFIRM: &str = "confirm";

/// How long a confirmation link lives.
pub const CONFIRMATION_LIFE: TimeDelta = TimeDelta::days(7);

/// How many confirmations a mailbox gets in a day, whoever asks for them.
const MOST_A_DAY: i64 = 3;

/// How many an address gets to which nothing else is sent.
const MOST_A_DAY_TO_SUPPRESSED: i64 = 1;

/// How long the same is not confirmed a second time.
const SAME_AGAIN: TimeDelta = TimeDelta::hours(1);

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
    /// Where whoever turns out to be a subscriber goes on with these choices: a path of the site.
    pub resumes_at: Option<String>,
}

/// Keeps the request and owes the mailbox a confirmation, within the limits.
///
/// # Errors
/// What the database says.
pub async fn ask_to_subscribe(app: &App, request: &Request) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    match targets::find_mailbox_in_turn(&mut transaction, &request.email).await? {
        Some(target) if target.status == TargetStatus::Active => {
            owe_sign_in_link(app, &mut transaction, &target, request.resumes_at.as_deref()).await?;
        }
        Some(target) => ask_known_mailbox(app, &mut transaction, &target, request).await?,
        None => {
            let asker = keep_request(&mut transaction, request, app.now()).await?;
            let mailbox = insert_mailbox(
                &mut transaction,
                asker,
                &request.email,
                TargetStatus::Pending,
                app.now(),
            )
            .await?;
            owe_confirmation(app, &mut transaction, OccasionKind::Confirmation, (asker, mailbox)).await?;
        }
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Asks a mailbox that was asked before, that its person stopped, or that failed. It stays with whoever has it until
/// somebody who reads its mail confirms what that mail is about.
async fn ask_known_mailbox(
    app: &App,
    transaction: &mut Transaction,
    mailbox: &Target,
    request: &Request,
) -> Result<()> {
    let before = same_request(transaction, mailbox.id, request, app.now()).await?;
    if had_enough(app, transaction, (before, mailbox.id), CONFIRM).await? {
        return Ok(());
    }
    if mailbox.status == TargetStatus::Gone {
        targets::set_status(transaction, mailbox.id, TargetStatus::Pending).await?;
    }
    let asker = match before {
        Some(asker) => {
            record_consent(transaction, asker, ConsentAction::Asked, &request.consent).await?;
            asker
        }
        None => keep_request(transaction, request, app.now()).await?,
    };
    owe_confirmation(app, transaction, OccasionKind::Confirmation, (asker, mailbox.id)).await
}

/// Who asked this mailbox for the same, and can still be confirmed.
async fn same_request(
    transaction: &mut Transaction,
    mailbox: TargetId,
    request: &Request,
    now: Timestamp,
) -> Result<Option<SubscriberId>> {
    for asker in links::waiting(transaction, mailbox, CONFIRM, now).await? {
        let person = subscribers::find(transaction, asker).await?;
        let is_same =
            person.is_some_and(|it| it.status == SubscriberStatus::Pending && it.language == request.language);
        let own = profiles::list(transaction, asker).await?;
        if is_same && own.iter().any(|profile| request.choices == Choices::of(profile)) {
            return Ok(Some(asker));
        }
    }
    Ok(None)
}

/// Keeps what was asked as a subscriber of its own, whom the link in the confirmation names: nobody who types the same
/// address can change what it confirms.
async fn keep_request(transaction: &mut Transaction, request: &Request, now: Timestamp) -> Result<SubscriberId> {
    let asker = subscribers::insert(transaction, SubscriberStatus::Pending, request.language, now).await?;
    profiles::save(transaction, asker, &request.choices, false, now).await?;
    record_consent(transaction, asker, ConsentAction::Asked, &request.consent).await?;
    Ok(asker)
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

/// Owes a mailbox the question whether it is theirs who asked: to subscribe, or to be told there as well.
async fn owe_confirmation(
    app: &App,
    transaction: &mut Transaction,
    kind: OccasionKind,
    person: (SubscriberId, TargetId),
) -> Result<()> {
    owe_link(app, transaction, kind, CONFIRM, CONFIRMATION_LIFE, person).await?;
    Ok(())
}

/// Makes a link of `purpose` and owes `target` the message that carries it.
pub(super) async fn owe_link(
    app: &App,
    transaction: &mut Transaction,
    kind: OccasionKind,
    purpose: &'static str,
    life: TimeDelta,
    (subscriber, target): (SubscriberId, TargetId),
) -> Result<LinkId> {
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
    Ok(link)
}

/// Asks a mailbox that a signed-in subscriber adds to what they have. The mail has words of its own: whoever agrees is shown
/// to that subscriber, and has to know.
///
/// # Errors
/// What the database says. An address that is somebody else's is answered like any other.
pub async fn add_own_mailbox(app: &App, subscriber: SubscriberId, email: &EmailAddress) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    mailbox_requests::ask(&mut transaction, subscriber, email, app.now()).await?;
    if let Some(target) = pending_own_mailbox(app, &mut transaction, subscriber, email).await?
        && !had_enough(app, &mut transaction, (Some(subscriber), target), CONFIRM).await?
    {
        owe_confirmation(
            app,
            &mut transaction,
            OccasionKind::MailboxAddition,
            (subscriber, target),
        )
        .await?;
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
        // What was typed before and never confirmed is nobody's yet; the links of before take it along if they are used.
        Some(target) => {
            let owner = subscribers::find(transaction, target.subscriber).await?;
            let is_nobodys = target.status == TargetStatus::Pending
                && owner.is_some_and(|owner| owner.status == SubscriberStatus::Pending);
            if is_nobodys {
                targets::set_subscriber(transaction, target.id, subscriber).await?;
            }
            Ok(is_nobodys.then_some(target.id))
        }
        None => {
            let added = insert_mailbox(transaction, subscriber, email, TargetStatus::Pending, app.now()).await?;
            Ok(Some(added))
        }
    }
}

/// Whether a mailbox had as many messages with a link of `purpose` lately as it may get: from everybody together, and from
/// whoever asks, if they asked before.
pub(super) async fn had_enough(
    app: &App,
    transaction: &mut Transaction,
    (asker, mailbox): (Option<SubscriberId>, TargetId),
    purpose: &str,
) -> Result<bool> {
    let (now, target) = (app.now(), targets::find(transaction, mailbox).await?);
    let suppressed = suppressed_among(app, transaction, &target).await?;
    let most = if suppressed.is_empty() {
        MOST_A_DAY
    } else {
        MOST_A_DAY_TO_SUPPRESSED
    };
    if links::count_since(transaction, mailbox, purpose, now.minus(TimeDelta::days(1))).await? >= most {
        return Ok(true);
    }
    let Some(asker) = asker else { return Ok(false) };
    let latest = links::latest(transaction, (asker, mailbox), purpose).await?;
    Ok(latest.is_some_and(|at| at > now.minus(SAME_AGAIN)))
}
