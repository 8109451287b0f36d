// SPDX-License-Identifier: EUPL-1.2
//! Who of the staff did what, when.

use crate::domain::clock::Timestamp;
use crate::domain::ids::StaffId;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Adds a line. `by` is empty where a command or the program itself acted; `subject` is an id, never an address.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    by: Option<StaffId>,
    action: &'static str,
    subject: &str,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("insert into audit_log (at, staff_id, action, subject) values ($1, $2, $3, $4)")
            .bind(now).bind(by).bind(action).bind(subject).execute(connection).await?;
    });
    Ok(())
}

/// The latest lines: when, who, what, of what.
///
/// # Errors
/// What the engine says.
pub async fn latest(
    transaction: &mut Transaction,
    limit: i64,
) -> Result<Vec<(Timestamp, Option<StaffId>, String, String)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select at, staff_id, action, subject from audit_log order by id desc limit $1")
            .bind(limit).fetch_all(connection).await?
    }))
}
