// SPDX-License-Identifier: EUPL-1.2
//! The ledger's states: claiming what is due, recording how attempts ended, and giving back what was lost.
//!
//! A claim is a lease with a token. Results are recorded only under the token that claimed, so a worker that was
//! taken for dead cannot overwrite what another did since. Attempts are counted when claimed.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OriginId, SubscriberId, TargetId};
pub use crate::domain::notification::State;
use crate::domain::notification::{Channel, Lane};
use crate::storage::database::on;
use crate::storage::delivery_counts::{Changes, MOVED, Moved};
use crate::storage::dialect::{Lists, by_pushed, prefer_look_ups, skip_locked};
use crate::storage::{Engine, Result, Transaction};

/// The key of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, FromRow)]
pub struct Key {
    /// What is owed.
    #[sqlx(rename = "occasion_id")]
    pub occasion: OccasionId,
    /// To which mailbox or browser.
    #[sqlx(rename = "target_id")]
    pub target: TargetId,
}

/// A notification that this worker has claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    /// Its key.
    #[sqlx(flatten)]
    pub key: Key,
    /// To whom.
    #[sqlx(rename = "subscriber_id")]
    pub subscriber: SubscriberId,
    /// By which channel.
    pub channel: Channel,
    /// In which lane.
    pub lane: Lane,
    /// Through which push service or relay.
    #[sqlx(rename = "origin_id")]
    pub origin: OriginId,
    /// How many attempts were begun, this one included.
    pub attempts: i64,
    /// After when it is of no use.
    pub expires_at: Timestamp,
}

/// A lease on notifications: its random token, and until when it holds.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// The token.
    pub claim: i64,
    /// Until when.
    pub until: Timestamp,
}

/// Claims up to `limit` notifications that are due through `origin`, the first lanes first. The choice is made once, as
/// a table of its own: inside the condition PostgreSQL may make it again for each row, and the limit would not hold.
///
/// # Errors
/// What the engine says.
pub async fn claim(
    transaction: &mut Transaction,
    origin: OriginId,
    lease: Lease,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    prefer_look_ups(transaction).await?;
    let lock = skip_locked(transaction.engine());
    let statement = format!(
        "with chosen as materialized (
            select n.occasion_id, n.target_id from notifications n
            where n.state = 1 and n.origin_id = $3 and n.not_before <= $4 and n.expires_at > $4
            order by n.lane, n.not_before, n.occasion_id, n.target_id limit $5 {lock})
         update notifications set state = 2, claim = $1, lease_until = $2, attempts = attempts + 1
         where (occasion_id, target_id) in (select occasion_id, target_id from chosen) and state = 1
         returning occasion_id, target_id, subscriber_id, channel, lane, origin_id, attempts, expires_at"
    );
    let mut claimed: Vec<Claimed> = on!(transaction, connection => {
        sqlx::query_as(AssertSqlSafe(statement))
            .bind(lease.claim).bind(lease.until).bind(origin).bind(now).bind(limit)
            .fetch_all(connection).await?
    });
    claimed.sort_by_key(|it| (it.lane, it.key));
    Ok(claimed)
}

/// Prolongs a lease while its worker is alive. What is just being recorded is passed over: it needs no lease any more, and
/// waiting for it in another order than it is recorded in would lock both out.
///
/// # Errors
/// What the engine says.
pub async fn heartbeat(transaction: &mut Transaction, lease: Lease) -> Result<()> {
    let lock = skip_locked(transaction.engine());
    let statement = format!(
        "with held as materialized (
            select n.occasion_id, n.target_id from notifications n where n.state = 2 and n.claim = $1 {lock})
         update notifications set lease_until = $2
         where (occasion_id, target_id) in (select occasion_id, target_id from held) and state = 2"
    );
    on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement)).bind(lease.claim).bind(lease.until).execute(connection).await?;
    });
    Ok(())
}

/// What an attempt led to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is finished, in a final state and for a reason.
    Finished(State, Option<String>),
    /// It is due again, not before this time, for a reason.
    Again(Timestamp, String),
    /// It is due again later and the attempt is given back: it was put off, or nothing could be sent there.
    Deferred(Timestamp, String),
    /// It was not tried: the attempt is given back.
    Released,
}

/// Records what attempts led to, under the claim that made them. Rows that were reclaimed since are left alone.
/// How many were recorded.
///
/// # Errors
/// What the engine says.
pub async fn record(
    transaction: &mut Transaction,
    claim: i64,
    verdict: &Verdict,
    keys: &[Key],
    now: Timestamp,
) -> Result<u64> {
    let (state, not_before, finished_at, reason, given_back) = match verdict {
        Verdict::Finished(state, reason) => (*state, None, Some(now), reason.as_deref(), 0),
        Verdict::Again(at, reason) => (State::Due, Some(*at), None, Some(reason.as_str()), 0),
        Verdict::Deferred(at, reason) => (State::Due, Some(*at), None, Some(reason.as_str()), 1),
        Verdict::Released => (State::Due, None, None, None, 1),
    };
    let is_put_off = matches!(verdict, Verdict::Again(..));
    let (mut recorded, mut changes) = (0, Changes::default());
    let pairs: Vec<(i64, i64)> = keys.iter().map(|key| (key.occasion.0, key.target.0)).collect();
    on!(transaction, connection => {
        let mut statement = QueryBuilder::new("update notifications set state = ");
        statement.push_bind(state).push(", not_before = coalesce(").push_bind(not_before)
            .push(", not_before), finished_at = ").push_bind(finished_at)
            .push(", reason = ").push_bind(reason)
            .push(", attempts = attempts - ").push_bind(given_back)
            .push(", retries = retries + ").push_bind(i64::from(is_put_off))
            .push(", claim = null, lease_until = null where state = 2 and claim = ").push_bind(claim)
            .push(" and (occasion_id, target_id) in ");
        Lists::push_pairs(&mut statement, &pairs);
        statement.push(MOVED);
        let mut moved = statement.build_query_as::<Moved>().fetch(connection);
        while let Some(row) = moved.try_next().await? {
            recorded += 1;
            if is_put_off {
                changes.put_off(&row);
            } else {
                changes.reached(&row, now);
            }
        }
    });
    changes.keep(transaction).await?;
    Ok(recorded)
}

/// Whether anything is claimed under a lease that has run out.
///
/// # Errors
/// What the engine says.
pub async fn has_expired_claims(transaction: &mut Transaction, now: Timestamp) -> Result<bool> {
    let found: Option<OccasionId> = on!(transaction, connection => {
        sqlx::query_scalar("select occasion_id from notifications where state = 2 and lease_until < $1 limit 1")
            .bind(now).fetch_optional(connection).await?
    });
    Ok(found.is_some())
}

/// Makes due again what was claimed under leases that have run out. What `attempts` workers were lost over may be what
/// they were lost for, and has failed. How many rows that were.
///
/// # Errors
/// What the engine says.
pub async fn reclaim_expired(transaction: &mut Transaction, attempts: i64, now: Timestamp) -> Result<u64> {
    let (mut reclaimed, mut changes) = (0, Changes::default());
    let statement = format!(
        "update notifications set state = case when attempts < $2 then 1 else 4 end,
            finished_at = case when attempts < $2 then null else cast($1 as bigint) end,
            reason = case when attempts < $2 then reason else 'lost with its worker' end,
            claim = null, lease_until = null
         where state = 2 and lease_until < $1 {MOVED}"
    );
    on!(transaction, connection => {
        let mut moved = sqlx::query_as::<_, Moved>(AssertSqlSafe(statement)).bind(now).bind(attempts).fetch(connection);
        while let Some(row) = moved.try_next().await? {
            reclaimed += 1;
            changes.reached(&row, now);
        }
    });
    changes.keep(transaction).await?;
    Ok(reclaimed)
}

/// Ends what is past its use and was not accepted. How many that were.
///
/// # Errors
/// What the engine says.
pub async fn expire(transaction: &mut Transaction, now: Timestamp) -> Result<u64> {
    let (mut expired, mut changes) = (0, Changes::default());
    let statement = format!(
        "update notifications set state = 5, finished_at = $1, reason = coalesce(reason, 'past its use')
         where state < 2 and expires_at <= $1 {MOVED}"
    );
    on!(transaction, connection => {
        let mut moved = sqlx::query_as::<_, Moved>(AssertSqlSafe(statement)).bind(now).fetch(connection);
        while let Some(row) = moved.try_next().await? {
            expired += 1;
            changes.reached(&row, now);
        }
    });
    changes.keep(transaction).await?;
    Ok(expired)
}

/// Whether the person of a waiting mail has a push of the same occasion that fulfils `condition`.
fn has_push(engine: Engine, condition: &str) -> String {
    let by_pushed = by_pushed(engine);
    format!(
        "exists (select 1 from notifications w {by_pushed} where w.occasion_id = notifications.occasion_id
            and w.subscriber_id = notifications.subscriber_id and w.channel = 0 and {condition})"
    )
}

/// By a push the person was told of what a waiting mail is about, or will be by a digest.
const TOLD: &str = "(w.state = 3 or (w.state = 6 and w.reason = 'weekly cap'))";

/// Decides the mails that waited on a push of the same occasion to the same person: suppressed when one browser's
/// service has accepted or the weekly cap put the push into a digest, due when none is left that could. With
/// `subscribers`, only theirs. How many were decided.
///
/// # Errors
/// What the engine says.
pub async fn settle_waiting(
    transaction: &mut Transaction,
    subscribers: Option<&[SubscriberId]>,
    now: Timestamp,
) -> Result<u64> {
    let numbers: Option<Vec<i64>> = subscribers.map(|them| them.iter().map(|it| it.0).collect());
    let (mut settled, mut changes) = (0, Changes::default());
    let told = has_push(transaction.engine(), TOLD);
    let may_still_be = has_push(transaction.engine(), "w.state < 3");
    on!(transaction, connection => {
        let mut statement = QueryBuilder::new(format!(
            "update notifications set state = case when {told} then 6 else 1 end,
                reason = case when {told} then 'told by push' else null end,
                finished_at = case when {told} then cast("
        ));
        statement.push_bind(now).push(" as bigint) else null end where state = 0");
        if let Some(numbers) = &numbers {
            statement.push(" and subscriber_id in ");
            Lists::push_list(&mut statement, numbers);
        }
        statement.push(format!(" and ({told} or not {may_still_be})"));
        statement.push(MOVED);
        let mut moved = statement.build_query_as::<Moved>().fetch(connection);
        while let Some(row) = moved.try_next().await? {
            settled += 1;
            changes.reached(&row, now);
        }
    });
    changes.keep(transaction).await?;
    Ok(settled)
}

/// Which of these people have a mail that waits on a push.
///
/// # Errors
/// What the engine says.
pub async fn waiting_among(transaction: &mut Transaction, subscribers: &[i64]) -> Result<Vec<SubscriberId>> {
    Ok(on!(transaction, connection => {
        let mut statement =
            QueryBuilder::new("select distinct subscriber_id from notifications where state = 0 and subscriber_id in ");
        Lists::push_list(&mut statement, subscribers);
        statement.build_query_scalar().fetch_all(connection).await?
    }))
}

/// How many notifications are in no final state.
///
/// # Errors
/// What the engine says.
pub async fn count_unfinished(transaction: &mut Transaction) -> Result<i64> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) from notifications where state < 3").fetch_one(connection).await?
    }))
}

/// When the next notification that is due later may be sent.
///
/// # Errors
/// What the engine says.
pub async fn next_due(transaction: &mut Transaction) -> Result<Option<Timestamp>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select min(not_before) from notifications where state = 1").fetch_one(connection).await?
    }))
}

/// When a notification ended; `None` while it is open, and where it is no longer kept.
///
/// # Errors
/// What the engine says.
pub async fn finished_at(transaction: &mut Transaction, key: Key) -> Result<Option<Timestamp>> {
    let found: Option<Option<Timestamp>> = on!(transaction, connection => {
        sqlx::query_scalar("select finished_at from notifications where occasion_id = $1 and target_id = $2")
            .bind(key.occasion).bind(key.target).fetch_optional(connection).await?
    });
    Ok(found.flatten())
}
