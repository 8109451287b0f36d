// SPDX-License-Identifier: EUPL-1.2
//! What only the database tells: a few statements that no function of the program has, over either engine.

use informa::storage::{Database, Transaction};
use sqlx::{AssertSqlSafe, Row};

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

/// Every table with each of its columns.
pub(crate) async fn columns(database: &Database) -> Vec<(String, String)> {
    let mut transaction = database.read().await.unwrap();
    match &mut transaction {
        Transaction::Sqlite(it) => sqlx::query_as(
            "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'",
        )
        .fetch_all(&mut **it)
        .await
        .unwrap(),
        Transaction::Postgres(it) => sqlx::query_as(
            "select cast(table_name as text), cast(column_name as text) from information_schema.columns
             where table_schema = current_schema()",
        )
        .fetch_all(&mut **it)
        .await
        .unwrap(),
    }
}

/// Every value of every table, as text: what a copy of the database would show of somebody.
pub(crate) async fn everything(database: &Database) -> String {
    let mut transaction = database.read().await.unwrap();
    let mut all = String::new();
    match &mut transaction {
        Transaction::Sqlite(it) => {
            let tables: Vec<String> = sqlx::query_scalar("select name from sqlite_master where type = 'table'")
                .fetch_all(&mut **it)
                .await
                .unwrap();
            for table in tables {
                let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
                    .bind(&table)
                    .fetch_all(&mut **it)
                    .await
                    .unwrap();
                let texts = columns
                    .iter()
                    .map(|name| format!("case typeof(\"{name}\") when 'blob' then hex(\"{name}\") else coalesce(cast(\"{name}\" as text), '') end"));
                let select = format!(
                    "select {} from \"{table}\"",
                    texts.collect::<Vec<_>>().join(" || '|' || ")
                );
                let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut **it).await.unwrap();
                all.extend(rows.iter().map(|row| row.get::<String, _>(0) + "\n"));
            }
        }
        Transaction::Postgres(it) => {
            let tables: Vec<String> = sqlx::query_scalar(
                "select format('%I', table_name) from information_schema.tables
                 where table_schema = current_schema() and table_type = 'BASE TABLE'",
            )
            .fetch_all(&mut **it)
            .await
            .unwrap();
            for table in tables {
                let select = format!("select cast(t as text) from {table} t");
                let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(&mut **it).await.unwrap();
                all.extend(rows.iter().map(|row| row.get::<String, _>(0) + "\n"));
            }
        }
    }
    all
}
