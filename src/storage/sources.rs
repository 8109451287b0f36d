// SPDX-License-Identifier: EUPL-1.2
//! Feeds and registers from which opportunities are imported.

use crate::domain::ids::SourceId;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// The id of the source called `name`, made if it is new.
///
/// # Errors
/// What the engine says.
pub async fn find_or_insert(transaction: &mut Transaction, name: &str) -> Result<SourceId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into sources (name) values ($1)
             on conflict (name) do update set name = excluded.name returning id",
        ).bind(name).fetch_one(connection).await?
    }))
}

/// What a source is called.
///
/// # Errors
/// What the engine says.
pub async fn name(transaction: &mut Transaction, id: SourceId) -> Result<Option<String>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select name from sources where id = $1").bind(id).fetch_optional(connection).await?
    }))
}
