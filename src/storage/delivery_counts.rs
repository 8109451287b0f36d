// SPDX-License-Identifier: EUPL-1.2
//! Counters of what becomes of notifications, kept in the transaction that changes the ledger and never counted on it.
//!
//! Whatever makes, ends or takes up notifications again gathers changes from the rows it touched and keeps them, one
//! statement for all groups. Each connection adds to rows of its own (the shard), so that two workers that send for the
//! same occasion neither wait for each other nor lock each other out; readers add the shards up.

use std::collections::BTreeMap;

use sqlx::{FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::delivery_report::{Counted, Line, Waited, step_of};
use crate::domain::ids::{BatchId, OccasionId, OpportunityId};
use crate::domain::notification::{Channel, State};
use crate::storage::database::on;
use crate::storage::dialect::own_shard;
use crate::storage::{Result, Transaction};

/// Ends a statement that changes notifications: what counting needs of each row, as it is afterwards.
pub(super) const MOVED: &str = " returning occasion_id, channel, state, reason, retries, opened_at";

/// A notification that a statement has changed.
#[derive(Debug, FromRow)]
pub(super) struct Moved {
    occasion_id: OccasionId,
    channel: Channel,
    state: State,
    reason: Option<String>,
    retries: i64,
    opened_at: Option<Timestamp>,
}

/// How many groups go into one statement.
const GROUPS_A_STATEMENT: usize = 1_000;

/// What is to be added to the counters.
#[derive(Debug, Default)]
pub(super) struct Changes {
    counts: BTreeMap<(OccasionId, Channel, Counted, String), i64>,
    waits: BTreeMap<(OccasionId, Channel, i64), i64>,
}

impl Changes {
    /// Rows were made.
    pub(super) fn owed(&mut self, occasion: OccasionId, channel: Channel, count: i64) {
        self.add(occasion, channel, Counted::Owed, "", count);
    }

    /// A row has reached a state; only final ones count, and end its retrying.
    pub(super) fn reached(&mut self, row: &Moved, now: Timestamp) {
        let Some(ending) = Counted::ending(row.state) else {
            return;
        };
        let reason = row.reason.as_deref().unwrap_or_default();
        self.add(row.occasion_id, row.channel, ending, reason, 1);
        if row.retries > 0 {
            self.add(row.occasion_id, row.channel, Counted::Retrying, "", -1);
        }
        if let Some(opened_at) = row.opened_at.filter(|_| row.state == State::Sent) {
            let step = step_of(now.since(opened_at));
            *self.waits.entry((row.occasion_id, row.channel, step)).or_default() += 1;
        }
    }

    /// A row is to be tried again; only the first time counts.
    pub(super) fn put_off(&mut self, row: &Moved) {
        if row.retries == 1 {
            self.add(row.occasion_id, row.channel, Counted::Retrying, "", 1);
        }
    }

    /// A row that had failed is to be tried again; it still has the reason for which it failed.
    pub(super) fn taken_up(&mut self, row: &Moved) {
        let reason = row.reason.as_deref().unwrap_or_default();
        self.add(row.occasion_id, row.channel, Counted::Failed, reason, -1);
        self.add(row.occasion_id, row.channel, Counted::Retrying, "", 1);
    }

    fn add(&mut self, occasion: OccasionId, channel: Channel, counted: Counted, reason: &str, count: i64) {
        let group = (occasion, channel, counted, reason.to_owned());
        *self.counts.entry(group).or_default() += count;
    }

    /// Adds them to the counters of this connection.
    pub(super) async fn keep(self, transaction: &mut Transaction) -> Result<()> {
        let shard = own_shard(transaction.engine());
        let counts: Vec<_> = self.counts.into_iter().filter(|(_, count)| *count != 0).collect();
        for groups in counts.chunks(GROUPS_A_STATEMENT) {
            on!(transaction, connection => {
                let mut statement = QueryBuilder::new(
                    "insert into delivery_counts (occasion_id, channel, state, reason, shard, count) ",
                );
                statement.push_values(groups, |mut row, ((occasion, channel, counted, reason), count)| {
                    row.push_bind(*occasion).push_bind(*channel).push_bind(*counted).push_bind(reason.as_str())
                        .push(shard).push_bind(*count);
                });
                statement.push(
                    " on conflict (occasion_id, channel, state, reason, shard)
                      do update set count = delivery_counts.count + excluded.count",
                );
                statement.build().execute(connection).await?;
            });
        }
        let waits: Vec<_> = self.waits.into_iter().collect();
        for groups in waits.chunks(GROUPS_A_STATEMENT) {
            on!(transaction, connection => {
                let mut statement =
                    QueryBuilder::new("insert into delivery_waits (occasion_id, channel, step, shard, count) ");
                statement.push_values(groups, |mut row, ((occasion, channel, step), count)| {
                    row.push_bind(*occasion).push_bind(*channel).push_bind(*step).push(shard).push_bind(*count);
                });
                statement.push(
                    " on conflict (occasion_id, channel, step, shard)
                      do update set count = delivery_waits.count + excluded.count",
                );
                statement.build().execute(connection).await?;
            });
        }
        Ok(())
    }
}

#[derive(FromRow)]
struct CountRow {
    channel: Channel,
    state: Counted,
    reason: String,
    count: i64,
}

impl From<CountRow> for Line {
    fn from(row: CountRow) -> Self {
        Self {
            channel: row.channel,
            counted: row.state,
            reason: row.reason,
            count: row.count,
        }
    }
}

/// The occasions whose counters are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Those of one opportunity.
    Opportunity(OpportunityId),
    /// Those that were made in one go.
    Batch(BatchId),
    /// One alone.
    Occasion(OccasionId),
}

impl Of {
    /// The condition on `occasions o` with the number in its place.
    pub(super) const fn condition(self) -> (&'static str, i64) {
        match self {
            Self::Opportunity(id) => ("o.opportunity_id = $1", id.0),
            Self::Batch(id) => ("o.batch_id = $1", id.0),
            Self::Occasion(id) => ("o.id = $1", id.0),
        }
    }
}

/// The counters of these occasions: by channel, what is counted, and reason.
///
/// # Errors
/// What the engine says.
pub async fn lines(transaction: &mut Transaction, of: Of) -> Result<Vec<Line>> {
    let (condition, id) = of.condition();
    let statement = format!(
        "select c.channel, c.state, c.reason, cast(sum(c.count) as bigint) as count
         from occasions o join delivery_counts c on c.occasion_id = o.id
         where {condition} group by c.channel, c.state, c.reason order by c.channel, c.state, c.reason"
    );
    let rows: Vec<CountRow> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id).fetch_all(connection).await?
    });
    Ok(rows.into_iter().map(Line::from).collect())
}

/// How long those of these occasions that were accepted had waited.
///
/// # Errors
/// What the engine says.
pub async fn waits(transaction: &mut Transaction, of: Of) -> Result<Vec<Waited>> {
    let (condition, id) = of.condition();
    let statement = format!(
        "select w.channel, w.step, cast(sum(w.count) as bigint)
         from occasions o join delivery_waits w on w.occasion_id = o.id
         where {condition} group by w.channel, w.step order by w.channel, w.step"
    );
    let rows: Vec<(Channel, i64, i64)> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id).fetch_all(connection).await?
    });
    let waits = rows
        .into_iter()
        .map(|(channel, step, count)| Waited { channel, step, count });
    Ok(waits.collect())
}

/// The counters of everything there ever was, without reasons.
///
/// # Errors
/// What the engine says.
pub async fn totals(transaction: &mut Transaction) -> Result<Vec<Line>> {
    let rows: Vec<CountRow> = on!(transaction, connection => {
        sqlx::query_as(
            "select channel, state, '' as reason, cast(sum(count) as bigint) as count
             from delivery_counts group by channel, state order by channel, state",
        ).fetch_all(connection).await?
    });
    Ok(rows.into_iter().map(Line::from).collect())
}
