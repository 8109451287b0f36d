// SPDX-License-Identifier: EUPL-1.2
//! Leave a mailbox alone: it does not exist, failed again and again, or its reader called our mail unwanted.
//!
//! Its address goes on the list of those that nothing but a confirmation is sent to, as a keyed hash that outlives the
//! subscriber. Confirming the mailbox anew takes it off again: whoever follows that link reads its mail and asked for it.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::subscriber::{Place, Target, TargetStatus};
use crate::services::Result;
use crate::storage::{Transaction, notifications, strikes, suppressions, targets};

/// Puts the mailbox on the list and sends it nothing more; what is still owed to it is suppressed.
pub(super) async fn suppress_mailbox(
    app: &App,
    transaction: &mut Transaction,
    target: &Target,
    reason: SuppressionReason,
) -> Result<()> {
    let now = app.now();
    if let Place::Mailbox(address) = &target.place {
        suppressions::add(transaction, &address_hash(app, address), reason, now).await?;
    }
    let status = match reason {
        SuppressionReason::Complaint | SuppressionReason::Erased => TargetStatus::Stopped,
        SuppressionReason::HardBounce | SuppressionReason::SoftBounces => TargetStatus::Gone,
    };
    targets::set_status(transaction, target.id, status).await?;
    notifications::suppress_for_target(transaction, target.id, reason.code(), now).await?;
    Ok(())
}

/// Takes a mailbox off the list and forgets what it had against it: its reader has just proved it.
pub(super) async fn lift_suppression(app: &App, transaction: &mut Transaction, target: &Target) -> Result<()> {
    if let Place::Mailbox(address) = &target.place {
        suppressions::remove(transaction, &address_hash(app, address)).await?;
    }
    strikes::clear(transaction, &[target.id]).await?;
    Ok(())
}

/// Why and since when an address is on the list; `None` when it is not.
pub(super) async fn suppression_of(
    app: &App,
    transaction: &mut Transaction,
    address: &EmailAddress,
) -> Result<Option<(SuppressionReason, Timestamp)>> {
    Ok(suppressions::find(transaction, &address_hash(app, address)).await?)
}

/// Which of these targets are mailboxes on the list.
pub(super) async fn suppressed_among<'a>(
    app: &App,
    transaction: &mut Transaction,
    them: impl IntoIterator<Item = &'a Target>,
) -> Result<BTreeSet<TargetId>> {
    let mailboxes: Vec<(String, TargetId)> = them
        .into_iter()
        .filter_map(|target| match &target.place {
            Place::Mailbox(address) => Some((address_hash(app, address), target.id)),
            Place::Browser(_) => None,
        })
        .collect();
    let hashes: Vec<String> = mailboxes.iter().map(|(hash, _)| hash.clone()).collect();
    let listed = suppressions::among(transaction, &hashes).await?;
    let suppressed = mailboxes.into_iter().filter(|(hash, _)| listed.contains(hash));
    Ok(suppressed.map(|(_, target)| target).collect())
}

/// How the list knows an address.
fn address_hash(app: &App, address: &EmailAddress) -> String {
    let key = app.unsubscribe_key.for_use("suppression list");
    URL_SAFE_NO_PAD.encode(key.code(address.as_str().as_bytes()))
}

/// A mailbox that a person should know about, because nothing reaches them there.
#[derive(Debug, Clone)]
pub struct FailingMailbox {
    /// Its address.
    pub address: EmailAddress,
    /// Why nothing is sent there.
    pub reason: SuppressionReason,
    /// Since when.
    pub since: Timestamp,
}

/// The mailbox of a person that nothing is sent to any more; `None` where another of theirs works, or they removed it.
///
/// # Errors
/// What the database says.
pub async fn failing_mailbox(app: &App, subscriber: SubscriberId) -> Result<Option<FailingMailbox>> {
    let mut transaction = app.database.read().await?;
    let own = targets::list(&mut transaction, subscriber).await?;
    let mailboxes = || own.iter().filter(|it| matches!(it.place, Place::Mailbox(_)));
    if mailboxes().any(|it| it.status == TargetStatus::Active) {
        return Ok(None);
    }
    for target in mailboxes() {
        let Place::Mailbox(address) = &target.place else {
            continue;
        };
        if let Some((reason, since)) = suppression_of(app, &mut transaction, address).await? {
            return Ok(Some(FailingMailbox {
                address: address.clone(),
                reason,
                since,
            }));
        }
    }
    Ok(None)
}
