// SPDX-License-Identifier: EUPL-1.2
//! The VAPID keys of the installation (RFC 8292). Private halves are kept encrypted.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::ids::VapidKeyId;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// A key as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct StoredKey {
    /// Its id.
    pub id: VapidKeyId,
    /// The public half, in base64url.
    pub public_key: String,
    /// The private half, encrypted with the installation's secret; nothing once it is retired.
    pub private_key: Vec<u8>,
    /// Since when there is this key.
    pub created_at: Timestamp,
    /// Since when nothing is signed with it any more.
    pub retired_at: Option<Timestamp>,
}

/// Adds a key.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    public_key: &str,
    private_key: &[u8],
    now: Timestamp,
) -> Result<VapidKeyId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into vapid_keys (public_key, private_key, created_at) values ($1, $2, $3) returning id",
        ).bind(public_key).bind(private_key).bind(now).fetch_one(connection).await?
    }))
}

/// Every key, the latest first.
///
/// # Errors
/// What the engine says.
pub async fn list(transaction: &mut Transaction) -> Result<Vec<StoredKey>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select id, public_key, private_key, created_at, retired_at from vapid_keys order by id desc")
            .fetch_all(connection).await?
    }))
}

/// Ends a key: nothing is signed with it from `now` on, and its private half is destroyed. Whether there was such a key
/// in use.
///
/// # Errors
/// What the engine says.
pub async fn retire(transaction: &mut Transaction, id: VapidKeyId, now: Timestamp) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query("update vapid_keys set retired_at = $2, private_key = $3 where id = $1 and retired_at is null")
            .bind(id).bind(now).bind(Vec::<u8>::new()).execute(connection).await?.rows_affected() > 0
    }))
}

/// Whether messages are still signed with a key.
///
/// # Errors
/// What the engine says.
pub async fn is_in_use(transaction: &mut Transaction, id: VapidKeyId) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) > 0 from vapid_keys where id = $1 and retired_at is null")
            .bind(id).fetch_one(connection).await?
    }))
}

/// Keeps the private half of a key encrypted anew, after the secret was changed.
///
/// # Errors
/// What the engine says.
pub async fn reseal(transaction: &mut Transaction, id: VapidKeyId, private_key: &[u8]) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update vapid_keys set private_key = $2 where id = $1")
            .bind(id).bind(private_key).execute(connection).await?;
    });
    Ok(())
}
