// SPDX-License-Identifier: EUPL-1.2
//! Signed-in sessions, of staff and of subscribers. Only a hash of the session's id is kept.

use crate::domain::clock::Timestamp;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Keeps a session's data until it expires.
///
/// # Errors
/// What the engine says.
pub async fn save(transaction: &mut Transaction, token_hash: &str, data: &str, expires_at: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into sessions (token_hash, data, expires_at) values ($1, $2, $3)
             on conflict (token_hash) do update set data = excluded.data, expires_at = excluded.expires_at",
        ).bind(token_hash).bind(data).bind(expires_at).execute(connection).await?;
    });
    Ok(())
}

/// The data of a session that has not expired at `now`, and until when it lives.
///
/// # Errors
/// What the engine says.
pub async fn find(
    transaction: &mut Transaction,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<(String, Timestamp)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select data, expires_at from sessions where token_hash = $1 and expires_at > $2")
            .bind(token_hash).bind(now).fetch_optional(connection).await?
    }))
}

/// Ends a session.
///
/// # Errors
/// What the engine says.
pub async fn delete(transaction: &mut Transaction, token_hash: &str) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from sessions where token_hash = $1").bind(token_hash).execute(connection).await?;
    });
    Ok(())
}

/// Removes the sessions that have expired; how many those were.
///
/// # Errors
/// What the engine says.
pub async fn delete_expired(transaction: &mut Transaction, now: Timestamp) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from sessions where expires_at <= $1").bind(now).execute(connection).await?.rows_affected()
    }))
}

/// Ends every session of these data: somebody is signed out everywhere. How many that were.
///
/// # Errors
/// What the engine says.
pub async fn delete_of(transaction: &mut Transaction, data: &str) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from sessions where data = $1").bind(data).execute(connection).await?.rows_affected()
    }))
}

/// Ends every session of these data but one, given by its hash: somebody stays signed in where they are. How many that were.
///
/// # Errors
/// What the engine says.
pub async fn delete_others_of(transaction: &mut Transaction, data: &str, but: &str) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from sessions where data = $1 and token_hash <> $2")
            .bind(data).bind(but).execute(connection).await?.rows_affected()
    }))
}
