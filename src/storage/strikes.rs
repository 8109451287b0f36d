// SPDX-License-Identifier: EUPL-1.2
//! Refusals that a mailbox or browser has against it. `domain::bounce` says how many are too many.

use crate::domain::bounce::STRIKE_LIFE;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, TargetId};
use crate::storage::database::on;
use crate::storage::dialect::Lists;
use crate::storage::{Result, Transaction};

/// Adds a strike and forgets those of the target that have lived their time.
///
/// # Errors
/// What the engine says.
pub async fn add(
    transaction: &mut Transaction,
    target: TargetId,
    occasion: Option<OccasionId>,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from strikes where target_id = $1 and at < $2")
            .bind(target).bind(now.minus(STRIKE_LIFE)).execute(&mut *connection).await?;
        sqlx::query("insert into strikes (target_id, occasion_id, at, reason) values ($1, $2, $3, $4)")
            .bind(target).bind(occasion).bind(now).bind(reason).execute(connection).await?;
    });
    Ok(())
}

/// Whether what was being told has cost the target a strike already: a report that is read twice counts once.
///
/// # Errors
/// What the engine says.
pub async fn is_known(transaction: &mut Transaction, target: TargetId, occasion: OccasionId) -> Result<bool> {
    let known: i64 = on!(transaction, connection => {
        sqlx::query_scalar("select count(*) from strikes where target_id = $1 and occasion_id = $2")
            .bind(target).bind(occasion).fetch_one(connection).await?
    });
    Ok(known > 0)
}

/// Which of these targets have strikes.
///
/// # Errors
/// What the engine says.
pub async fn struck_among(transaction: &mut Transaction, targets: &[i64]) -> Result<Vec<TargetId>> {
    Ok(on!(transaction, connection => {
        let mut statement = sqlx::QueryBuilder::new("select distinct target_id from strikes where target_id in ");
        Lists::push_list(&mut statement, targets);
        statement.build_query_scalar().fetch_all(connection).await?
    }))
}

/// When the strikes of a target were, the first first.
///
/// # Errors
/// What the engine says.
pub async fn list(transaction: &mut Transaction, target: TargetId) -> Result<Vec<Timestamp>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select at from strikes where target_id = $1 order by at").bind(target)
            .fetch_all(connection).await?
    }))
}

/// Forgets the strikes of these targets. It writes nothing where there are none.
///
/// # Errors
/// What the engine says.
pub async fn clear(transaction: &mut Transaction, targets: &[TargetId]) -> Result<()> {
    let numbers: Vec<i64> = targets.iter().map(|it| it.0).collect();
    on!(transaction, connection => {
        let mut statement = sqlx::QueryBuilder::new("delete from strikes where target_id in ");
        Lists::push_list(&mut statement, &numbers);
        statement.build().execute(connection).await?;
    });
    Ok(())
}
