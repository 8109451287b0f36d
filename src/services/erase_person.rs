// SPDX-License-Identifier: EUPL-1.2
//! Erase what is held about a person, at once (GDPR art. 17).
//!
//! What stays is the proof of consent, under a number that leads to nobody, with a row of placeholders for each address, which
//! the ledger's keys need; the keyed hash of each address, so that no file may bring it back; and counts. Who was told of what
//! goes too: what became of it was counted when it happened. A last mail says that it is done; the address is kept for it
//! until the relay has it.

use crate::app::App;
use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::language::Language;
use crate::domain::letter::LetterContent;
use crate::domain::subscriber::{Place, Target};
use crate::services::confirm_subscription::drop_requests;
use crate::services::judge_relevance::forget_answers;
use crate::services::suppress_mailbox::{suppress_mailbox, suppression_of};
use crate::services::unsubscribe::leave;
use crate::services::{Error, Result};
use crate::storage::erasure::{self, Whose};
use crate::storage::{Transaction, inbox, letters, links, mailbox_requests, profiles, strikes, subscribers, targets};

/// Erases what is held about a person who asks for it: they leave, and their addresses, profiles, messages, links and sessions
/// go.
/// What they agreed to and when stays as proof, under a number that leads to nobody.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn erase_person(app: &App, subscriber: SubscriberId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let person = subscribers::find(&mut transaction, subscriber)
        .await?
        .ok_or(Error::NotFound)?;
    let places = targets::list(&mut transaction, subscriber).await?;
    leave(&mut transaction, subscriber, "erasure on the private page", app.now()).await?;
    // Read again once nobody else can erase them: a second click finds nothing more to do.
    let erased: Vec<TargetId> = targets::list(&mut transaction, subscriber)
        .await?
        .iter()
        .filter(|target| target.is_erased())
        .map(|target| target.id)
        .collect();
    for target in places.iter().filter(|target| !erased.contains(&target.id)) {
        if let Place::Mailbox(mailbox) = &target.place {
            if is_read(app, &mut transaction, target, mailbox).await? {
                confirm_erasure(app, &mut transaction, mailbox.clone(), person.language).await?;
            }
            // Anybody can type a stranger's address: only who reads it may keep it from files.
            if target.is_proved_mailbox() {
                forget_wishes_for(&mut transaction, mailbox).await?;
                suppress_mailbox(app, &mut transaction, target, SuppressionReason::Erased).await?;
            }
            drop_requests(&mut transaction, target.id, subscriber, app.now()).await?;
        }
        erase_place(app, &mut transaction, target.id).await?;
    }
    erase_traces(app, &mut transaction, subscriber).await?;
    transaction.commit().await?;
    tracing::info!("somebody's data were erased at their request");
    Ok(())
}

/// Takes everything personal out of a mailbox or browser, the moves that it is part of, and what its links led to.
pub(super) async fn erase_place(app: &App, transaction: &mut Transaction, place: TargetId) -> Result<()> {
    links::end_all_to(transaction, place, app.now()).await?;
    erasure::forget_moves(transaction, place).await?;
    strikes::clear(transaction, &[place]).await?;
    Ok(targets::erase(transaction, place).await?)
}

/// Takes out what is kept of a person beside their places: what they chose, read and answered, of what they were told, and
/// the links they were sent.
pub(super) async fn erase_traces(app: &App, transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    let now = app.now();
    for profile in profiles::list(transaction, subscriber).await? {
        profiles::delete(transaction, profile.id, now).await?;
    }
    erasure::forget_removed_profiles(transaction, subscriber).await?;
    mailbox_requests::forget_of(transaction, subscriber).await?;
    inbox::forget_read(transaction, subscriber).await?;
    // A link that is being sent at this moment outlives its message by a night: it opens nothing.
    links::end_all(transaction, subscriber, now).await?;
    forget_messages(transaction, Whose::Person(subscriber), now).await?;
    forget_answers(app, transaction, subscriber).await?;
    Ok(subscribers::erase(transaction, subscriber, now).await?)
}

/// Forgets that others asked for an address that was somebody's: to add it, or to move to it.
pub(super) async fn forget_wishes_for(transaction: &mut Transaction, address: &EmailAddress) -> Result<()> {
    mailbox_requests::forget_address(transaction, address).await?;
    Ok(erasure::forget_moves_to(transaction, address).await?)
}

/// Takes out of the ledger what somebody was told or is owed, and what was written to them alone.
pub(super) async fn forget_messages(transaction: &mut Transaction, whose: Whose, now: Timestamp) -> Result<()> {
    erasure::forget_told(transaction, whose, now).await?;
    Ok(erasure::forget_letters(transaction, whose).await?)
}

/// Whether somebody has proved to read this mailbox, and it has not failed nor complained since.
async fn is_read(app: &App, transaction: &mut Transaction, target: &Target, mailbox: &EmailAddress) -> Result<bool> {
    Ok(target.is_proved_mailbox() && suppression_of(app, transaction, mailbox).await?.is_none())
}

/// Leaves the word that everything was erased, for a mailbox.
async fn confirm_erasure(
    app: &App,
    transaction: &mut Transaction,
    mailbox: EmailAddress,
    language: Language,
) -> Result<()> {
    let content = LetterContent::Erased { mailbox, language };
    letters::insert(transaction, &content, &app.chance.bytes::<16>(), app.now()).await?;
    Ok(())
}
