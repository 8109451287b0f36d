// SPDX-License-Identifier: EUPL-1.2
//! The addresses that subscribers asked to add, as they asked: kept alike whether an address was free or is somebody else's,
//! so that what its asker is shown tells nothing of others.

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::SubscriberId;
use crate::storage::database::on;
use crate::storage::dialect::delete_by;
use crate::storage::{Result, Transaction};

/// Records that a subscriber asked to add an address; asked again, it counts from then.
///
/// # Errors
/// What the engine says.
pub async fn ask(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    address: &EmailAddress,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into mailbox_requests (subscriber_id, address, asked_at) values ($1, $2, $3)
             on conflict (subscriber_id, address) do update set asked_at = excluded.asked_at",
        ).bind(subscriber).bind(address.as_str()).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// The addresses that a subscriber asked to add and has not confirmed, the first first.
///
/// # Errors
/// What the engine says.
pub async fn waiting(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<(String, Timestamp)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select r.address, r.asked_at from mailbox_requests r
             where r.subscriber_id = $1 and not exists (select 1 from targets t
                where t.email = r.address and t.subscriber_id = r.subscriber_id and t.status <> 0)
             order by r.asked_at, r.address",
        ).bind(subscriber).fetch_all(connection).await?
    }))
}

/// Forgets what a subscriber asked for.
///
/// # Errors
/// What the engine says.
pub async fn forget_of(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    delete_by(transaction, "mailbox_requests", "subscriber_id", subscriber.0).await
}

/// Forgets that a subscriber asked for one address.
///
/// # Errors
/// What the engine says.
pub async fn withdraw(transaction: &mut Transaction, subscriber: SubscriberId, address: &EmailAddress) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from mailbox_requests where subscriber_id = $1 and address = $2")
            .bind(subscriber).bind(address.as_str()).execute(connection).await?;
    });
    Ok(())
}

/// Forgets who asked for an address.
///
/// # Errors
/// What the engine says.
pub async fn forget_address(transaction: &mut Transaction, address: &EmailAddress) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from mailbox_requests where address = $1")
            .bind(address.as_str()).execute(connection).await?;
    });
    Ok(())
}

/// Forgets what was asked for at `since` or before. How many requests those were.
///
/// # Errors
/// What the engine says.
pub async fn forget_asked_by(transaction: &mut Transaction, since: Timestamp) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from mailbox_requests where asked_at <= $1")
            .bind(since).execute(connection).await?.rows_affected()
    }))
}
