// SPDX-License-Identifier: EUPL-1.2
//! Occasions that were made in one go, so that one report covers them all: an import that tells people.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::ids::BatchId;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// What was made in one go.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// What made it, as a word: `import`.
    pub kind: String,
    /// What people tell it by, such as the name of a source; may be empty.
    pub label: String,
    /// When.
    pub created_at: Timestamp,
}

/// Begins a batch.
///
/// # Errors
/// What the engine says.
pub async fn insert(transaction: &mut Transaction, kind: &'static str, label: &str, now: Timestamp) -> Result<BatchId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("insert into batches (kind, label, created_at) values ($1, $2, $3) returning id")
            .bind(kind).bind(label).bind(now).fetch_one(connection).await?
    }))
}

/// Up to `limit` batches that made occasions, after the first `offset`, the latest first.
///
/// # Errors
/// What the engine says.
pub async fn list_latest(transaction: &mut Transaction, limit: i64, offset: i64) -> Result<Vec<Batch>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select id, kind, label, created_at from batches
             where exists (select 1 from occasions where batch_id = batches.id)
             order by id desc limit $1 offset $2",
        )
            .bind(limit).bind(offset).fetch_all(connection).await?
    }))
}

/// The batch with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: BatchId) -> Result<Option<Batch>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select id, kind, label, created_at from batches where id = $1")
            .bind(id).fetch_optional(connection).await?
    }))
}
