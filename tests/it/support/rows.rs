// SPDX-License-Identifier: EUPL-1.2
//! What only the database tells: a few statements that no function of the program has, over either engine.

use informa::storage::{Database, Transaction};
use sqlx::AssertSqlSafe;

/// Executes a statement without parameters and commits it.
pub(crate) async fn execute(database: &Database, statement: &str) {
    let mut transaction = database.begin().await.unwrap();
    let statement = AssertSqlSafe(statement.to_owned());
    match &mut transaction {
        Transaction::Sqlite(it) => drop(sqlx::query(statement).execute(&mut **it).await.unwrap()),
        Transaction::Postgres(it) => drop(sqlx::query(statement).execute(&mut **it).await.unwrap()),
    }
    transaction.commit().await.unwrap();
}

/// Rows of integers, such as ids, states and instants.
pub(crate) async fn integers(database: &Database, select: &str) -> Vec<Vec<i64>> {
    use sqlx::Row;
    let mut transaction = database.read().await.unwrap();
    let select = AssertSqlSafe(select.to_owned());
    match &mut transaction {
        Transaction::Sqlite(it) => {
            let rows = sqlx::query(select).fetch_all(&mut **it).await.unwrap();
            rows.iter()
                .map(|row| (0..row.len()).map(|at| row.get(at)).collect())
                .collect()
        }
        Transaction::Postgres(it) => {
            let rows = sqlx::query(select).fetch_all(&mut **it).await.unwrap();
            rows.iter()
                .map(|row| (0..row.len()).map(|at| row.get(at)).collect())
                .collect()
        }
    }
}

/// Rows of two texts.
pub(crate) async fn texts(database: &Database, select: &str) -> Vec<(String, String)> {
    let mut transaction = database.read().await.unwrap();
    let select = AssertSqlSafe(select.to_owned());
    match &mut transaction {
        Transaction::Sqlite(it) => sqlx::query_as(select).fetch_all(&mut **it).await.unwrap(),
        Transaction::Postgres(it) => sqlx::query_as(select).fetch_all(&mut **it).await.unwrap(),
    }
}
