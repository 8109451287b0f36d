// SPDX-License-Identifier: EUPL-1.2
//! Retention: what was owed for occasions long finished is kept as counters, and its rows are removed.
//!
//! First occasions are marked as folded, in one transaction: from then on nobody who was there before is told again,
//! whatever becomes of the rows. Then the rows go. SQLite deletes them by ranges of the primary key. On PostgreSQL the
//! ledger is partitioned by [`WIDTH`] occasions: a partition goes as a whole when all its occasions are folded, and only
//! what would wait long for its neighbours is deleted by ranges.

use sqlx::AssertSqlSafe;

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, TargetId};
use crate::storage::database::on;
use crate::storage::{Engine, Result, Transaction};

/// How many occasions a partition holds on PostgreSQL; the migration makes the first of the same width.
pub const WIDTH: i64 = 10_000;

/// How many partitions are ready ahead of the last occasion.
const AHEAD: i64 = 3;

/// The number of the lock under which partitions are made and dropped.
const CHANGING_PARTITIONS: i64 = 0x1f0_12b;

/// How long the ledger may be kept waiting for a change of its partitions: what is not done is done the next time.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '3s'";

/// Whether an occasion is finished and its use ended up to $1: it was told to the end, and nothing of it is open.
const FINISHED: &str = "o.fanned_out_at is not null and o.expires_at <= $1 and o.emptied_at is null
    and coalesce((select sum(case when c.state = 0 then c.count when c.state > 1 then -c.count else 0 end)
        from delivery_counts c where c.occasion_id = o.id), 0) = 0";

/// Whether an occasion has ever owed anything.
const OWED: &str = "exists (select 1 from delivery_counts c where c.occasion_id = occasions.id)";

/// Marks as folded up to `limit` occasions that are finished and whose use ended up to `ended_by`. How many those were.
/// One that never owed anything has nothing to fold: it is only not looked at again, and may tell whoever it likes.
///
/// # Errors
/// What the engine says.
pub async fn mark_folded(
    transaction: &mut Transaction,
    ended_by: Timestamp,
    limit: i64,
    now: Timestamp,
) -> Result<u64> {
    let statement = format!(
        "update occasions set folded_at = case when {OWED} then $2 else folded_at end,
            emptied_at = case when {OWED} then null else $2 end
         where id in (select o.id from occasions o
            where {FINISHED} and (o.folded_at is null or o.folded_at < o.expires_at) order by o.expires_at limit $3)"
    );
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement)).bind(ended_by).bind(now).bind(limit)
            .execute(connection).await?.rows_affected()
    }))
}

/// The next occasion that is folded, has not been published again, ended up to `ended_by`, and has rows to be removed.
///
/// # Errors
/// What the engine says.
pub async fn next_to_empty(transaction: &mut Transaction, ended_by: Timestamp) -> Result<Option<OccasionId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select id from occasions where emptied_at is null and expires_at <= $1 and folded_at >= expires_at
             order by expires_at, id limit 1",
        ).bind(ended_by).fetch_optional(connection).await?
    }))
}

/// Removes up to `limit` rows of a folded occasion, by a range of the primary key above `after`. The last target of the
/// range while there may be more; `None` when nothing is left. What was told after the folding stays.
///
/// # Errors
/// What the engine says.
pub async fn remove_range(
    transaction: &mut Transaction,
    occasion: OccasionId,
    after: TargetId,
    limit: i64,
) -> Result<Option<TargetId>> {
    on!(transaction, connection => {
        let last: Option<TargetId> = sqlx::query_scalar(
            "select max(target_id) from (select target_id from notifications
                where occasion_id = $1 and target_id > $2 order by target_id limit $3) as next",
        ).bind(occasion).bind(after).bind(limit).fetch_one(&mut *connection).await?;
        if let Some(last) = last {
            sqlx::query(
                "delete from notifications where occasion_id = $1 and target_id > $2 and target_id <= $3
                    and finished_at <= (select folded_at from occasions where id = $1)",
            ).bind(occasion).bind(after).bind(last).execute(connection).await?;
        }
        Ok(last)
    })
}

/// Records that the rows of a folded occasion are removed, and adds its counters up to one row each.
///
/// # Errors
/// What the engine says.
pub async fn set_emptied(transaction: &mut Transaction, occasion: OccasionId, now: Timestamp) -> Result<()> {
    let emptied = on!(transaction, connection => {
        sqlx::query("update occasions set emptied_at = $2 where id = $1 and folded_at >= expires_at")
            .bind(occasion).bind(now).execute(connection).await?.rows_affected()
    });
    // Where it was published again meanwhile, others are adding to its counters.
    if emptied == 0 {
        return Ok(());
    }
    add_up_counters(transaction, occasion.0, occasion.0).await
}

/// Adds the shards of the counters of a range of occasions up to shard 0.
async fn add_up_counters(transaction: &mut Transaction, first: i64, last: i64) -> Result<()> {
    let which = "occasion_id >= $1 and occasion_id <= $2";
    let tables = [("delivery_counts", "state, reason"), ("delivery_waits", "step")];
    for (table, columns) in tables {
        let sum = format!(
            "insert into {table} (occasion_id, channel, {columns}, shard, count)
             select occasion_id, channel, {columns}, 0, cast(sum(count) as bigint) from {table}
             where {which} group by occasion_id, channel, {columns}
             on conflict (occasion_id, channel, {columns}, shard) do update set count = excluded.count"
        );
        let rest = format!("delete from {table} where {which} and shard <> 0");
        on!(&mut *transaction, connection => {
            sqlx::query(AssertSqlSafe(sum)).bind(first).bind(last).execute(&mut *connection).await?;
            sqlx::query(AssertSqlSafe(rest)).bind(first).bind(last).execute(connection).await?;
        });
    }
    Ok(())
}

/// Makes partitions ahead of the last occasion where there are few, on PostgreSQL. How many were made. Where none fits,
/// rows go to the last partition, so nothing ever fails for want of one.
///
/// # Errors
/// What the engine says, a lock that others hold for long among it; then nothing was made.
pub async fn make_partitions(transaction: &mut Transaction) -> Result<u64> {
    let Transaction::Postgres(inner) = &mut *transaction else {
        return Ok(0);
    };
    let last: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from occasions")
        .fetch_one(&mut **inner)
        .await?;
    let wanted = (last / WIDTH + AHEAD) * WIDTH;
    if partitions(transaction)
        .await?
        .last()
        .is_some_and(|from| *from >= wanted)
    {
        return Ok(0);
    }
    lock_partitions(transaction).await?;
    let newest = partitions(transaction).await?.last().copied().unwrap_or(-WIDTH);
    // Rows that found no partition lie in the last one: partitions begin above them, never across.
    let stray: i64 = scalar(
        transaction,
        "select coalesce(max(occasion_id), 0) from notifications_elsewhere",
    )
    .await?;
    let first = (newest + WIDTH).max((stray / WIDTH + 1) * WIDTH * i64::from(stray > newest));
    let mut made = 0;
    let mut from = first;
    while from <= wanted {
        let to = from + WIDTH;
        run(
            transaction,
            format!("create table notifications_{from} partition of notifications for values from ({from}) to ({to})"),
        )
        .await?;
        made += 1;
        from = to;
    }
    Ok(made)
}

/// Drops, on PostgreSQL, one partition all of whose occasions are folded and lie behind the last one. Whether one was.
///
/// # Errors
/// What the engine says, a lock that others hold for long among it; then nothing was dropped.
pub async fn drop_partition(transaction: &mut Transaction, now: Timestamp) -> Result<bool> {
    if transaction.engine() != Engine::Postgres {
        return Ok(false);
    }
    let last: i64 = scalar(transaction, "select coalesce(max(id), 0) from occasions").await?;
    for from in partitions(transaction).await? {
        let to = from + WIDTH;
        let range = format!("id >= {from} and id < {to}");
        let is_needed = format!(
            "select count(*) from (select 1 from occasions
                where {range} and emptied_at is null and (folded_at is null or folded_at < expires_at) limit 1) as needed"
        );
        if to > last || scalar(transaction, &is_needed).await? > 0 {
            continue;
        }
        lock_partitions(transaction).await?;
        // Publishing again takes the row of the occasion: what begins it now waits for this transaction.
        run(
            transaction,
            format!("select id from occasions where {range} for update"),
        )
        .await?;
        if scalar(transaction, &is_needed).await? > 0 {
            return Ok(false);
        }
        run(transaction, format!("drop table notifications_{from}")).await?;
        let emptied = now.milliseconds();
        run(
            transaction,
            format!("update occasions set emptied_at = {emptied} where {range} and emptied_at is null"),
        )
        .await?;
        add_up_counters(transaction, from, to - 1).await?;
        return Ok(true);
    }
    Ok(false)
}

/// Where the partitions begin, in order, without the last one.
async fn partitions(transaction: &mut Transaction) -> Result<Vec<i64>> {
    let Transaction::Postgres(inner) = transaction else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = sqlx::query_scalar(
        "select cast(c.relname as text) from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = cast('notifications' as regclass)",
    )
    .fetch_all(&mut **inner)
    .await?;
    let mut starts: Vec<i64> = names
        .iter()
        .filter_map(|name| name.strip_prefix("notifications_")?.parse().ok())
        .collect();
    starts.sort_unstable();
    Ok(starts)
}

async fn lock_partitions(transaction: &mut Transaction) -> Result<()> {
    run(transaction, LOCK_TIMEOUT.to_owned()).await?;
    run(
        transaction,
        format!("select pg_advisory_xact_lock({CHANGING_PARTITIONS})"),
    )
    .await
}

/// Runs a statement of this file, which has no value of anybody else in it.
async fn run(transaction: &mut Transaction, statement: String) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement)).execute(connection).await?;
    });
    Ok(())
}

/// The number that a statement of this file finds.
async fn scalar(transaction: &mut Transaction, statement: &str) -> Result<i64> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(connection).await?
    }))
}
