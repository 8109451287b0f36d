// SPDX-License-Identifier: EUPL-1.2
//! Retention of people: what was asked for and never confirmed is forgotten after `INFORMA_KEEP_UNCONFIRMED_DAYS`, and
//! whoever left after `INFORMA_KEEP_LEFT_DAYS`, which leaves support the time to undo a mistake.
//!
//! Reads who is past that time and waits for no confirmation; takes everything personal out, as `erase_person` does, and
//! without a word: nobody asked for it. The proof of consent stays, and of whoever left the keyed hash that no file may bring
//! back. Links that have expired go as well, and where they led to; and what a worker was sending when somebody was erased,
//! which could not be removed then.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::subscriber::{Place, SubscriberStatus, session_of};
use crate::services::Result;
use crate::services::erase_person::{erase_place, erase_traces, forget_messages, forget_wishes_for};
use crate::services::suppress_mailbox::suppress_mailbox;
use crate::storage::erasure::{self, Whose};
use crate::storage::{Transaction, links, mailbox_moves, mailbox_requests, sessions, subscribers, targets};

/// How many people or mailboxes one transaction forgets: writers get in between.
const A_TRANSACTION: i64 = 100;

/// How many links one transaction removes.
const LINKS_AT_ONCE: i64 = 500;

/// Forgets everybody who is past that time. How many people and mailboxes those were.
///
/// # Errors
/// What the database says; who was forgotten stays so, and the rest is taken up the next time.
pub async fn forget_people(app: &App) -> Result<u64> {
    let before = |days: u32| app.now().minus(TimeDelta::days(days.into()));
    let unconfirmed = before(app.config.keep_unconfirmed_days);
    let left = before(app.config.keep_left_days);
    let mut forgotten = 0;
    for (status, since) in [(SubscriberStatus::Pending, unconfirmed), (SubscriberStatus::Left, left)] {
        while let count @ 1.. = forget_some(app, status, since).await? {
            forgotten += count;
        }
    }
    while let count @ 1.. = forget_mailboxes(app, unconfirmed).await? {
        forgotten += count;
    }
    forget_links(app).await?;
    forget_last_messages(app).await?;
    Ok(forgotten)
}

/// Removes the links that have expired; those of the last day still count towards how many somebody may be sent.
async fn forget_links(app: &App) -> Result<()> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    links::forget_expired_paths(&mut transaction, now).await?;
    transaction.commit().await?;
    loop {
        let mut transaction = app.database.begin().await?;
        let since = now.minus(TimeDelta::days(1));
        let removed = links::delete_expired(&mut transaction, now, since, LINKS_AT_ONCE).await?;
        transaction.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

/// How long after somebody was erased a worker may have finished what it was sending them then.
const LAST_MESSAGES: TimeDelta = TimeDelta::days(3);

/// Forgets what workers were sending to people when they were erased.
async fn forget_last_messages(app: &App) -> Result<()> {
    let now = app.now();
    let mut transaction = app.database.read().await?;
    let erased = erasure::erased_since(&mut transaction, now.minus(LAST_MESSAGES)).await?;
    drop(transaction);
    for subscriber in erased {
        let mut transaction = app.database.begin().await?;
        forget_messages(&mut transaction, Whose::Person(subscriber), now).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Some of those who have had this status for so long.
async fn forget_some(app: &App, status: SubscriberStatus, since: Timestamp) -> Result<u64> {
    let mut transaction = app.database.begin().await?;
    let found = subscribers::to_forget(&mut transaction, status, since, app.now(), A_TRANSACTION).await?;
    for subscriber in &found {
        forget(app, &mut transaction, *subscriber, status).await?;
    }
    transaction.commit().await?;
    Ok(u64::try_from(found.len()).unwrap_or_default())
}

async fn forget(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    status: SubscriberStatus,
) -> Result<()> {
    for target in targets::list(transaction, subscriber).await? {
        if target.is_erased() {
            continue;
        }
        if let (SubscriberStatus::Left, Place::Mailbox(address)) = (status, &target.place)
            && target.is_proved_mailbox()
        {
            forget_wishes_for(transaction, address).await?;
            suppress_mailbox(app, transaction, &target, SuppressionReason::Erased).await?;
        }
        erase_place(app, transaction, target.id).await?;
    }
    sessions::delete_of(transaction, &session_of(subscriber)).await?;
    erase_traces(app, transaction, subscriber).await
}

/// Some of the mailboxes that subscribers wanted to add or to move to, and nobody has ever confirmed.
async fn forget_mailboxes(app: &App, since: Timestamp) -> Result<u64> {
    let mut transaction = app.database.begin().await?;
    mailbox_moves::delete_asked_by(&mut transaction, since).await?;
    mailbox_requests::forget_asked_by(&mut transaction, since).await?;
    let found = targets::never_confirmed(&mut transaction, since, app.now(), A_TRANSACTION).await?;
    for target in &found {
        forget_messages(&mut transaction, Whose::Place(*target), app.now()).await?;
        erase_place(app, &mut transaction, *target).await?;
    }
    transaction.commit().await?;
    Ok(u64::try_from(found.len()).unwrap_or_default())
}
