// SPDX-License-Identifier: EUPL-1.2
//! The few statements that differ between the two engines, side by side.

use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Sqlite};

use crate::storage::database::on;
use crate::storage::{Engine, Result, Transaction};

impl Transaction {
    /// Which engine it runs on.
    pub(super) const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

/// Ends a `select` of rows to claim: PostgreSQL skips those that another worker is claiming; SQLite has one writer.
pub(super) const fn skip_locked(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "",
        Engine::Postgres => "for update of n skip locked",
    }
}

/// Makes PostgreSQL look the few rows of a claim up, for the rest of the transaction. It counts a look-up once for each
/// partition although one alone is touched, and would rather read everything that is due: 77 ms for 200,000 rows, not 9.
///
/// # Errors
/// What the engine says.
pub(super) async fn prefer_look_ups(transaction: &mut Transaction) -> Result<()> {
    if let Transaction::Postgres(transaction) = transaction {
        sqlx::query("select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)")
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// After the name of the ledger in a `from`, where only rows that wait are meant: left to itself, SQLite reads all rows of
/// the occasion for each of them.
pub(super) const fn by_waiting(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "indexed by notifications_waiting",
        Engine::Postgres => "",
    }
}

/// The same, where the pushes of one person are meant: SQLite would read all that the occasion owes for each of them.
pub(super) const fn by_pushed(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "indexed by notifications_pushed",
        Engine::Postgres => "",
    }
}

/// The shard of the counters that only this connection adds to: no two transactions that are open at once have the same.
pub(super) const fn own_shard(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "0",
        Engine::Postgres => "pg_backend_pid()",
    }
}

/// Wakes the processes that listen on `channel`, on commit. Only PostgreSQL has other processes to wake.
///
/// # Errors
/// What the engine says.
pub(super) async fn notify(transaction: &mut Transaction, channel: &'static str) -> Result<()> {
    if let Transaction::Postgres(transaction) = transaction {
        sqlx::query("select pg_notify($1, '')")
            .bind(channel)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Lets no other transaction that asks for `what` in turn go on until this one has ended, so that what it finds stays so.
/// SQLite has one writer, which is as good.
///
/// # Errors
/// What the engine says.
pub(super) async fn take_turns(transaction: &mut Transaction, what: &str) -> Result<()> {
    if let Transaction::Postgres(transaction) = transaction {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(what)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// How many rows go into one statement: SQLite takes 32,766 parameters.
const ROWS_A_STATEMENT: usize = 4_000;

/// Adds rows of two ids to a table, leaving out those that are there: `insert` names table and columns.
pub(super) async fn insert_pairs(
    transaction: &mut Transaction,
    insert: &'static str,
    pairs: impl IntoIterator<Item = (i64, i64)>,
) -> Result<()> {
    let pairs: Vec<(i64, i64)> = pairs.into_iter().collect();
    for rows in pairs.chunks(ROWS_A_STATEMENT) {
        on!(transaction, connection => {
            let mut statement = QueryBuilder::new(insert);
            statement.push_values(rows, |mut row, (one, other)| {
                row.push_bind(*one).push_bind(*other);
            });
            statement.push(" on conflict do nothing");
            statement.build().execute(connection).await?;
        });
    }
    Ok(())
}

/// Removes the rows of `table` whose `column` is `id`. Both names are the program's own.
pub(super) async fn delete_by(
    transaction: &mut Transaction,
    table: &'static str,
    column: &'static str,
    id: i64,
) -> Result<()> {
    let statement = format!("delete from {table} where {column} = $1");
    on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement)).bind(id).execute(connection).await.map(drop)
    })?;
    Ok(())
}

/// The pairs (owner, term) of a facet table for many owners. The names are the program's own.
pub(super) async fn pairs_of(
    transaction: &mut Transaction,
    select: &'static str,
    owners: &[i64],
) -> Result<Vec<(i64, i64)>> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new(select);
        Lists::push_list(&mut statement, owners);
        statement.build_query_as().fetch_all(connection).await?
    }))
}

/// How an engine reads a list of ids that is one parameter: the statement is the same whatever their number, so it is
/// prepared once.
pub(super) trait Lists: sqlx::Database + Sized {
    /// Ends a condition that ends with `in`: these ids.
    fn push_list(statement: &mut QueryBuilder<Self>, ids: &[i64]);

    /// Ends a condition that ends with `in`: these pairs of ids.
    fn push_pairs(statement: &mut QueryBuilder<Self>, pairs: &[(i64, i64)]);
}

impl Lists for Sqlite {
    fn push_list(statement: &mut QueryBuilder<Self>, ids: &[i64]) {
        let array = serde_json::json!(ids).to_string();
        statement
            .push("(select value from json_each(")
            .push_bind(array)
            .push("))");
    }

    fn push_pairs(statement: &mut QueryBuilder<Self>, pairs: &[(i64, i64)]) {
        let array = serde_json::json!(pairs).to_string();
        statement
            .push("(select value ->> 0, value ->> 1 from json_each(")
            .push_bind(array)
            .push("))");
    }
}

impl Lists for Postgres {
    fn push_list(statement: &mut QueryBuilder<Self>, ids: &[i64]) {
        statement.push("(select unnest(").push_bind(ids.to_vec()).push("))");
    }

    fn push_pairs(statement: &mut QueryBuilder<Self>, pairs: &[(i64, i64)]) {
        let (ones, others): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
        statement
            .push("(select * from unnest(")
            .push_bind(ones)
            .push(", ")
            .push_bind(others)
            .push("))");
    }
}
