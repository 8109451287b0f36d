// SPDX-License-Identifier: EUPL-1.2
//! The addresses that nothing but a confirmation is sent to, as keyed hashes: the list outlives whoever was on it.

use std::collections::BTreeSet;

use crate::domain::bounce::SuppressionReason;
use crate::domain::clock::Timestamp;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Puts an address on the list, or renews its line. A complaint and an erasure are not overwritten: they are
/// what the person said.
///
/// # Errors
/// What the engine says.
pub async fn add(
    transaction: &mut Transaction,
    address_hash: &str,
    reason: SuppressionReason,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into suppressions (address_hash, reason, at) values ($1, $2, $3)
             on conflict (address_hash) do update set reason = excluded.reason, at = excluded.at
                where suppressions.reason not in ($4, $5)",
        )
        .bind(address_hash).bind(reason.code()).bind(now).bind(SuppressionReason::Complaint.code())
        .bind(SuppressionReason::Erased.code())
        .execute(connection).await?;
    });
    Ok(())
}

/// Why and since when an address is on the list; `None` when it is not.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, address_hash: &str) -> Result<Option<(SuppressionReason, Timestamp)>> {
    let row: Option<(String, Timestamp)> = on!(transaction, connection => {
        sqlx::query_as("select reason, at from suppressions where address_hash = $1")
            .bind(address_hash).fetch_optional(connection).await?
    });
    Ok(row.and_then(|(reason, at)| Some((SuppressionReason::from_code(&reason)?, at))))
}

/// Which of these addresses are on the list.
///
/// # Errors
/// What the engine says.
pub async fn among(transaction: &mut Transaction, address_hashes: &[String]) -> Result<BTreeSet<String>> {
    if address_hashes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<String> = on!(transaction, connection => {
        let mut statement = sqlx::QueryBuilder::new("select address_hash from suppressions where address_hash in (");
        let mut list = statement.separated(", ");
        for hash in address_hashes {
            list.push_bind(hash);
        }
        statement.push(")");
        statement.build_query_scalar().fetch_all(connection).await?
    });
    Ok(found.into_iter().collect())
}

/// Takes an address off the list. Whether it was on it.
///
/// # Errors
/// What the engine says.
pub async fn remove(transaction: &mut Transaction, address_hash: &str) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query("delete from suppressions where address_hash = $1")
            .bind(address_hash).execute(connection).await?.rows_affected() == 1
    }))
}
