// SPDX-License-Identifier: EUPL-1.2
//! Each job once: up to which due time it has been taken care of, and which worker holds it.

use crate::domain::clock::Timestamp;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Up to which due time a job has been taken care of; a job seen for the first time begins at `now`.
///
/// # Errors
/// What the engine says.
pub async fn scheduled_for(transaction: &mut Transaction, job: &str, now: Timestamp) -> Result<Timestamp> {
    on!(transaction, connection => {
        sqlx::query("insert into job_runs (job, scheduled_for) values ($1, $2) on conflict (job) do nothing")
            .bind(job).bind(now).execute(&mut *connection).await?;
        Ok(sqlx::query_scalar("select scheduled_for from job_runs where job = $1")
            .bind(job).fetch_one(connection).await?)
    })
}

/// Takes the lease of a job for the due time `due`, unless another worker holds it or has taken care of `due`.
///
/// # Errors
/// What the engine says.
pub async fn lease(
    transaction: &mut Transaction,
    job: &str,
    due: Timestamp,
    token: i64,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "update job_runs set lease_token = $3, lease_until = $4, started_at = $5
             where job = $1 and scheduled_for < $2 and (lease_token is null or lease_until < $5)",
        ).bind(job).bind(due).bind(token).bind(until).bind(now).execute(connection).await?.rows_affected() == 1
    }))
}

/// Prolongs the lease of a job while its worker is alive.
///
/// # Errors
/// What the engine says.
pub async fn prolong(transaction: &mut Transaction, job: &str, token: i64, until: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update job_runs set lease_until = $3 where job = $1 and lease_token = $2")
            .bind(job).bind(token).bind(until).execute(connection).await?;
    });
    Ok(())
}

/// Gives the lease back: `due` is taken care of, and this is how it ended.
///
/// # Errors
/// What the engine says.
pub async fn finish(
    transaction: &mut Transaction,
    job: &str,
    due: Timestamp,
    token: i64,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update job_runs set scheduled_for = $2, lease_token = null, lease_until = 0, finished_at = $5, outcome = $4
             where job = $1 and lease_token = $3",
        ).bind(job).bind(due).bind(token).bind(outcome).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Puts off a job that failed: its due time is not taken care of, and any worker may try it again after `again_at`.
///
/// # Errors
/// What the engine says.
pub async fn put_off(
    transaction: &mut Transaction,
    job: &str,
    token: i64,
    again_at: Timestamp,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update job_runs set lease_until = $3, finished_at = $5, outcome = $4 where job = $1 and lease_token = $2",
        ).bind(job).bind(token).bind(again_at).bind(outcome).bind(now).execute(connection).await?;
    });
    Ok(())
}
