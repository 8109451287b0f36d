// SPDX-License-Identifier: EUPL-1.2
//! Erasing: what leads to a person, or to a mailbox or browser of theirs, from rows that are not theirs alone.
//!
//! Who was told of what, the links that they were sent and the moves that somebody asked for are removed; a reason to write
//! to them alone stays, because counters are kept under its number, and names nobody any more. What became of notifications
//! stays counted (`delivery_counts`): what was still owed is ended and counted first. A row that a worker is sending at this
//! moment is left to it, and is removed when erasing is repeated.

use sqlx::AssertSqlSafe;

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::storage::database::on;
use crate::storage::dialect::{delete_by, prefer_look_ups};
use crate::storage::notifications::suppress;
use crate::storage::{Result, Transaction};

/// What is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everything of a person, at all of their mailboxes and browsers.
    Person(SubscriberId),
    /// What leads to one mailbox or browser.
    Place(TargetId),
}

impl Whose {
    const fn number(self) -> i64 {
        match self {
            Self::Person(id) => id.0,
            Self::Place(id) => id.0,
        }
    }

    /// The mailboxes and browsers, with the number in its place.
    const fn places(self) -> &'static str {
        match self {
            Self::Person(_) => "(select id from targets where subscriber_id = $1)",
            Self::Place(_) => "($1)",
        }
    }

    /// The rows of a table that names both a person and a place; others may have asked for a message to the place.
    fn named(self) -> Vec<String> {
        let by_place = format!("target_id in {}", self.places());
        match self {
            Self::Person(_) => vec!["subscriber_id = $1".to_owned(), by_place],
            Self::Place(_) => vec![by_place],
        }
    }
}

/// The occasions of which rows of the ledger may still be there: by way of them, because no index of it is by target.
const WITH_ROWS: &str = "occasion_id in (select id from occasions where emptied_at is null)";

/// Forgets of what somebody was told, and ends what is still owed to them.
///
/// # Errors
/// What the engine says.
pub async fn forget_told(transaction: &mut Transaction, whose: Whose, now: Timestamp) -> Result<()> {
    prefer_look_ups(transaction).await?;
    let rows = format!("target_id in {} and {WITH_ROWS}", whose.places());
    let open = format!("state < 2 and {rows}");
    suppress(transaction, &open, whose.number(), "erased", now).await?;
    run(
        transaction,
        format!("delete from notifications where state > 2 and {rows}"),
        whose,
    )
    .await
}

/// Forgets the messages that were written to somebody alone, with their links.
///
/// # Errors
/// What the engine says.
pub async fn forget_letters(transaction: &mut Transaction, whose: Whose) -> Result<()> {
    for named in whose.named() {
        let nobody = format!(
            "update occasions set subscriber_id = null, target_id = null, link_id = null,
                reason_key = 'erased:' || cast(id as text)
             where {named} and not exists (select 1 from notifications n where n.occasion_id = occasions.id)"
        );
        run(transaction, nobody, whose).await?;
    }
    for named in whose.named() {
        let unused = "not exists (select 1 from occasions o where o.link_id = links.id)";
        run(
            transaction,
            format!("delete from links where {named} and {unused}"),
            whose,
        )
        .await?;
    }
    Ok(())
}

/// Forgets the moves that a mailbox is part of, as the old or the new one.
///
/// # Errors
/// What the engine says.
pub async fn forget_moves(transaction: &mut Transaction, mailbox: TargetId) -> Result<()> {
    for column in ["from_id", "to_id"] {
        delete_by(transaction, "mailbox_moves", column, mailbox.0).await?;
    }
    Ok(())
}

/// Forgets the moves to an address that others asked for.
///
/// # Errors
/// What the engine says.
pub async fn forget_moves_to(transaction: &mut Transaction, address: &EmailAddress) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from mailbox_moves where address = $1")
            .bind(address.as_str()).execute(connection).await?;
    });
    Ok(())
}

/// Forgets which profiles somebody took away.
///
/// # Errors
/// What the engine says.
pub async fn forget_removed_profiles(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    delete_by(transaction, "removed_profiles", "subscriber_id", subscriber.0).await
}

/// The people who were erased at `since` or later: a worker may have been sending them something then.
///
/// # Errors
/// What the engine says.
pub async fn erased_since(transaction: &mut Transaction, since: Timestamp) -> Result<Vec<SubscriberId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select id from subscribers where erased_at >= $1 order by id")
            .bind(since).fetch_all(connection).await?
    }))
}

async fn run(transaction: &mut Transaction, statement: String, whose: Whose) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement)).bind(whose.number()).execute(connection).await?;
    });
    Ok(())
}
