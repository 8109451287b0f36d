// SPDX-License-Identifier: EUPL-1.2
//! Another address in place of the one that a person is written to: whoever reads either of them agrees before it changes.
//!
//! A session that somebody took over cannot lead the mail away, and nobody can have ours sent to a stranger. Who agrees is
//! told to which address, and agrees to no other: when another is asked, the links of before end. The mailbox keeps its id,
//! so what is owed to it goes to the new address; what was sent to the old one opens nothing any more.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::occasion::OccasionKind;
use crate::domain::subscriber::{Place, Target, TargetStatus, session_of};
use crate::services::ask_to_subscribe::{add_own_mailbox, had_enough, owe_link, pending_own_mailbox};
use crate::services::confirm_subscription::{check_link, take_link};
use crate::services::suppress_mailbox::lift_suppression;
use crate::services::{Refusal, Result};
use crate::storage::mailbox_moves::{self, MailboxMove};
use crate::storage::{Transaction, links, sessions, targets};

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

/// How many addresses a person asks for in an hour: each is written of to the one they have.
const MOST_AN_HOUR: i64 = 3;

/// Asks both sides whether `email` may replace the address that a person is written to. Without such an address it is
/// added like any other.
///
/// # Errors
/// [`Refusal::AskedTooOften`]. An address that is somebody else's is answered like any other.
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
    let (now, asked) = (app.now(), mailbox_moves::find(&mut transaction, from.id).await?);
    if asked.as_ref().is_some_and(|asked| asked.address == email.as_str()) {
        // Asked again, as whoever found no mail does: what was sent before still holds.
        let to = asked.and_then(|asked| asked.to_id);
        return remind(app, transaction, subscriber, [Some(from.id), to]).await;
    }
    let lately = links::count_since(&mut transaction, from.id, MOVE, now.minus(TimeDelta::hours(1))).await?;
    if lately >= MOST_AN_HOUR {
        return Err(Refusal::AskedTooOften.into());
    }
    links::end_of(&mut transaction, subscriber, MOVE, now).await?;
    forget(&mut transaction, asked).await?;
    let to = pending_own_mailbox(app, &mut transaction, subscriber, email).await?;
    mailbox_moves::ask(&mut transaction, from.id, (to, email), now).await?;
    owe_question(app, &mut transaction, subscriber, from.id).await?;
    remind(app, transaction, subscriber, [to, None]).await
}

/// Erases the new address of a move that another one replaces, if nobody has ever confirmed it.
async fn forget(transaction: &mut Transaction, asked: Option<MailboxMove>) -> Result<()> {
    let Some(to) = asked.and_then(|asked| asked.to_id) else {
        return Ok(());
    };
    let mailbox = targets::find(transaction, to).await?;
    if mailbox.is_some_and(|mailbox| mailbox.status == TargetStatus::Pending) {
        mailbox_moves::let_go(transaction, to).await?;
        targets::erase(transaction, to).await?;
    }
    Ok(())
}

/// Asks these mailboxes, but for those that had enough messages lately.
async fn remind(
    app: &App,
    mut transaction: Transaction,
    subscriber: SubscriberId,
    mailboxes: [Option<TargetId>; 2],
) -> Result<()> {
    for mailbox in mailboxes.into_iter().flatten() {
        if !had_enough(app, &mut transaction, (Some(subscriber), mailbox), MOVE).await? {
            owe_question(app, &mut transaction, subscriber, mailbox).await?;
        }
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
    let person = (subscriber, mailbox);
    owe_link(app, transaction, OccasionKind::MailboxMove, MOVE, LIFE, person).await?;
    Ok(())
}

/// The address that whoever follows this link agrees to.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn asked_address(app: &App, code: &str) -> Result<String> {
    let link = check_link(app, MOVE, code).await?;
    let mut transaction = app.database.read().await?;
    let asked = mailbox_moves::find(&mut transaction, link.target_id).await?;
    Ok(asked.ok_or(Refusal::LinkExpired)?.address)
}

/// Agrees on the side that the link was sent to; when the other has agreed too, the new address replaces the old one.
///
/// Whoever reads the old address has no key to the person from then on: the links that were sent there end, and every session
/// but `session`, given by its hash, which is that of the browser that agreed last.
///
/// # Errors
/// [`Refusal::LinkExpired`] or [`Refusal::LinkUsed`].
pub async fn agree_to_move(app: &App, code: &str, session: Option<&str>) -> Result<Standing> {
    let mut transaction = app.database.begin().await?;
    let link = take_link(app, &mut transaction, MOVE, code).await?;
    mailbox_moves::agree(&mut transaction, link.target_id, app.now()).await?;
    let asked = mailbox_moves::find(&mut transaction, link.target_id).await?;
    let asked = asked.ok_or(Refusal::LinkExpired)?;
    let standing = finish(app, &mut transaction, asked, session).await?;
    transaction.commit().await?;
    Ok(standing)
}

/// Replaces the address where both sides have agreed and the mailboxes are still the same person's.
async fn finish(
    app: &App,
    transaction: &mut Transaction,
    asked: MailboxMove,
    session: Option<&str>,
) -> Result<Standing> {
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
    targets::readdress(transaction, from.id, email, app.now()).await?;
    for mailbox in [from.id, to.id] {
        links::end_all_to(transaction, mailbox, app.now()).await?;
    }
    sessions::delete_others_of(transaction, &session_of(from.subscriber), session.unwrap_or_default()).await?;
    Ok(Standing::Done)
}
