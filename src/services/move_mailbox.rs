// SPDX-License-Identifier: EUPL-1.2
//! Another address in place of the one that a person is written to: whoever reads either of them agrees before it changes.
//!
//! A session that somebody took over cannot lead the mail away, and nobody can have ours sent to a stranger. The mailbox
//! keeps its id, so what is owed to it goes to the new address.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::occasion::OccasionKind;
use crate::domain::subscriber::{Place, Target, TargetStatus};
use crate::services::ask_to_subscribe::{add_own_mailbox, had_enough, owe_link, pending_own_mailbox};
use crate::services::confirm_subscription::take_link;
use crate::services::suppress_mailbox::lift_suppression;
use crate::services::{Refusal, Result};
use crate::storage::mailbox_moves::{self, MailboxMove};
use crate::storage::{Transaction, targets};

/// The purpose of the links that agree.
pub const MOVE: &str = "move";

/// How long they live.
const LIFE: TimeDelta = TimeDelta::days(7);

/// Where a move stands when one side has agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The other side has still to agree.
    Waiting,
    /// The new address is the person's.
    Done,
}

/// Asks both sides whether `email` may replace the address that a person is written to. Without such an address it is
/// added like any other.
///
/// # Errors
/// What the database says. An address that is somebody else's is answered like any other.
pub async fn ask_to_move(app: &App, subscriber: SubscriberId, email: &EmailAddress) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let own = targets::list(&mut transaction, subscriber).await?;
    let Some(from) = own.into_iter().find(is_written_to) else {
        drop(transaction);
        return add_own_mailbox(app, subscriber, email).await;
    };
    if from.place == Place::Mailbox(email.clone()) {
        return Ok(());
    }
    let to = pending_own_mailbox(app, &mut transaction, subscriber, email).await?;
    mailbox_moves::ask(&mut transaction, from.id, to, app.now()).await?;
    for mailbox in [Some(from.id), to].into_iter().flatten() {
        owe_question(app, &mut transaction, subscriber, mailbox).await?;
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

fn is_written_to(target: &Target) -> bool {
    target.status == TargetStatus::Active && matches!(target.place, Place::Mailbox(_))
}

async fn owe_question(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    mailbox: TargetId,
) -> Result<()> {
    if had_enough(app, transaction, mailbox, MOVE).await? {
        return Ok(());
    }
    let person = (subscriber, mailbox);
    owe_link(app, transaction, OccasionKind::MailboxMove, MOVE, LIFE, person).await
}

/// Agrees on the side that the link was sent to; when the other has agreed too, the new address replaces the old one.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn agree_to_move(app: &App, code: &str) -> Result<Standing> {
    let mut transaction = app.database.begin().await?;
    let link = take_link(app, &mut transaction, MOVE, code).await?;
    mailbox_moves::agree(&mut transaction, link.target_id, app.now()).await?;
    let asked = mailbox_moves::find(&mut transaction, link.target_id).await?;
    let asked = asked.ok_or(Refusal::LinkExpired)?;
    let standing = finish(app, &mut transaction, asked).await?;
    transaction.commit().await?;
    Ok(standing)
}

/// Replaces the address where both sides have agreed and the mailboxes are still the same person's.
async fn finish(app: &App, transaction: &mut Transaction, asked: MailboxMove) -> Result<Standing> {
    let agreed = asked.old_agreed_at.and(asked.new_agreed_at).and(asked.to_id);
    let Some(to) = agreed else {
        return Ok(Standing::Waiting);
    };
    let both = (
        targets::find(transaction, asked.from_id).await?,
        targets::find(transaction, to).await?,
    );
    let (Some(from), Some(to)) = both else {
        return Err(Refusal::LinkExpired.into());
    };
    let Place::Mailbox(email) = &to.place else {
        return Err(Refusal::LinkExpired.into());
    };
    if !is_written_to(&from) || from.subscriber != to.subscriber {
        return Err(Refusal::LinkExpired.into());
    }
    lift_suppression(app, transaction, &to).await?;
    mailbox_moves::delete(transaction, from.id).await?;
    targets::erase(transaction, to.id).await?;
    targets::readdress(transaction, from.id, email).await?;
    Ok(Standing::Done)
}
