// SPDX-License-Identifier: EUPL-1.2
//! Addresses that are to replace others, until both sides have agreed.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::TargetId;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// A mailbox that is to get another address.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct MailboxMove {
    /// The mailbox as it is.
    pub from_id: TargetId,
    /// The mailbox with the new address, which is pending; none where that address is somebody else's.
    pub to_id: Option<TargetId>,
    /// The new address, as it was typed.
    pub address: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When whoever reads the old address agreed.
    pub old_agreed_at: Option<Timestamp>,
    /// When whoever reads the new address agreed.
    pub new_agreed_at: Option<Timestamp>,
}

/// Records that a mailbox is to get another address, in place of what was asked before.
///
/// # Errors
/// What the engine says.
pub async fn ask(
    transaction: &mut Transaction,
    from: TargetId,
    (to, address): (Option<TargetId>, &EmailAddress),
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into mailbox_moves (from_id, to_id, address, asked_at) values ($1, $2, $3, $4)
             on conflict (from_id) do update set to_id = excluded.to_id, address = excluded.address,
                asked_at = excluded.asked_at, old_agreed_at = null, new_agreed_at = null",
        ).bind(from).bind(to).bind(address.as_str()).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// The move that a mailbox is part of, as the old or the new one.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, mailbox: TargetId) -> Result<Option<MailboxMove>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select from_id, to_id, address, asked_at, old_agreed_at, new_agreed_at from mailbox_moves
             where from_id = $1 or to_id = $1",
        ).bind(mailbox).fetch_optional(connection).await?
    }))
}

/// The new addresses of the moves that these mailboxes are part of, as the old or the new one.
///
/// # Errors
/// What the engine says.
pub async fn addresses(transaction: &mut Transaction, mailboxes: &[i64]) -> Result<Vec<(TargetId, String)>> {
    let mut found = Vec::new();
    for mailbox in mailboxes {
        let asked = find(transaction, TargetId(*mailbox)).await?;
        found.extend(asked.map(|asked| (TargetId(*mailbox), asked.address)));
    }
    Ok(found)
}

/// Records that whoever reads one of the two mailboxes agrees.
///
/// # Errors
/// What the engine says.
pub async fn agree(transaction: &mut Transaction, mailbox: TargetId, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update mailbox_moves set
                old_agreed_at = case when from_id = $1 then cast($2 as bigint) else old_agreed_at end,
                new_agreed_at = case when to_id = $1 then cast($2 as bigint) else new_agreed_at end
             where from_id = $1 or to_id = $1",
        ).bind(mailbox).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Leaves a new mailbox out of the move that it was asked for, so that it can be erased.
///
/// # Errors
/// What the engine says.
pub async fn let_go(transaction: &mut Transaction, to: TargetId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update mailbox_moves set to_id = null where to_id = $1").bind(to).execute(connection).await?;
    });
    Ok(())
}

/// Forgets the moves that were asked for at `since` or before. How many those were.
///
/// # Errors
/// What the engine says.
pub async fn delete_asked_by(transaction: &mut Transaction, since: Timestamp) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from mailbox_moves where asked_at <= $1")
            .bind(since).execute(connection).await?.rows_affected()
    }))
}

/// Forgets a move.
///
/// # Errors
/// What the engine says.
pub async fn delete(transaction: &mut Transaction, from: TargetId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from mailbox_moves where from_id = $1").bind(from).execute(connection).await?;
    });
    Ok(())
}
