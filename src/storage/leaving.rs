// SPDX-License-Identifier: EUPL-1.2
//! What stops while somebody has left: their mailboxes and browsers, and which of them can be sent to if they come back.

use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::subscriber::TargetStatus;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Stops every mailbox and browser of a subscriber who leaves; which could be sent to until then is kept.
///
/// # Errors
/// What the engine says.
pub async fn stop_all(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update targets set status = $2, until_left = 1 where subscriber_id = $1 and status = $3")
            .bind(subscriber).bind(TargetStatus::Stopped).bind(TargetStatus::Active).execute(connection).await?;
    });
    Ok(())
}

/// Sends again to what [`stop_all`] stopped and nothing has happened to since.
///
/// # Errors
/// What the engine says.
pub async fn start_again(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update targets set status = $3, until_left = 0
             where subscriber_id = $1 and status = $2 and until_left = 1",
        ).bind(subscriber).bind(TargetStatus::Stopped).bind(TargetStatus::Active).execute(connection).await?;
    });
    Ok(())
}

/// Since when a subscriber has left; `None` for who has not.
///
/// # Errors
/// What the engine says.
pub async fn left_at(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Option<Timestamp>> {
    let found: Option<Option<Timestamp>> = on!(transaction, connection => {
        sqlx::query_scalar("select left_at from subscribers where id = $1")
            .bind(subscriber).fetch_optional(connection).await?
    });
    Ok(found.flatten())
}
