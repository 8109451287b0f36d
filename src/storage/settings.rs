// SPDX-License-Identifier: EUPL-1.2
//! What the installation remembers of itself, by name.

use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// The value of `name`.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, name: &str) -> Result<Option<String>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select value from settings where name = $1").bind(name).fetch_optional(connection).await?
    }))
}

/// Keeps `value` under `name`.
///
/// # Errors
/// What the engine says.
pub async fn keep(transaction: &mut Transaction, name: &str, value: &str) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into settings (name, value) values ($1, $2)
             on conflict (name) do update set value = excluded.value",
        )
        .bind(name).bind(value).execute(connection).await?;
    });
    Ok(())
}

/// Keeps `value` under `name` unless another is kept there; waits for a process that is about to.
///
/// # Errors
/// What the engine says.
pub async fn keep_first(transaction: &mut Transaction, name: &str, value: &str) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("insert into settings (name, value) values ($1, $2) on conflict (name) do nothing")
            .bind(name).bind(value).execute(connection).await?;
    });
    Ok(())
}
