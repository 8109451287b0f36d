// SPDX-License-Identifier: EUPL-1.2
//! The words by which opportunities are found: one row for a word and an opportunity, the same on both engines.

use std::collections::BTreeMap;

use sqlx::QueryBuilder;

use crate::domain::ids::OpportunityId;
use crate::storage::database::on;
use crate::storage::dialect::delete_by;
use crate::storage::{Result, Transaction};

/// How many words one statement keeps.
const WORDS_A_STATEMENT: usize = 500;

/// Keeps by which words an opportunity is found, as the program of this version sees it; what was kept before goes.
///
/// # Errors
/// What the engine says.
pub async fn index(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    words: &BTreeMap<String, i64>,
    version: i64,
) -> Result<()> {
    delete_by(transaction, "search_words", "opportunity_id", opportunity.0).await?;
    let words: Vec<(&String, &i64)> = words.iter().collect();
    for some in words.chunks(WORDS_A_STATEMENT) {
        on!(&mut *transaction, connection => {
            let mut statement = QueryBuilder::new("insert into search_words (word, opportunity_id, weight) ");
            statement.push_values(some, |mut row, (word, weight)| {
                row.push_bind(word.as_str()).push_bind(opportunity).push_bind(**weight);
            });
            statement.build().execute(connection).await?;
        });
    }
    on!(transaction, connection => {
        sqlx::query("update opportunities set search_version = $2 where id = $1")
            .bind(opportunity).bind(version).execute(connection).await?;
    });
    Ok(())
}

/// Up to `limit` opportunities that a program of another version indexed, or none.
///
/// # Errors
/// What the engine says.
pub async fn stale(transaction: &mut Transaction, version: i64, limit: i64) -> Result<Vec<OpportunityId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select id from opportunities where search_version < $1 order by id limit $2")
            .bind(version).bind(limit).fetch_all(connection).await?
    }))
}

/// In how many opportunities each of these words is; those that are in none are left out.
///
/// # Errors
/// What the engine says.
pub async fn frequencies(transaction: &mut Transaction, words: &[&str]) -> Result<BTreeMap<String, i64>> {
    if words.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(String, i64)> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new("select word, count(*) from search_words where word in (");
        let mut list = statement.separated(", ");
        for word in words {
            list.push_bind(*word);
        }
        statement.push(") group by word");
        statement.build_query_as().fetch_all(connection).await?
    });
    Ok(found.into_iter().collect())
}

/// Up to `limit` words that begin so, those of most opportunities first, with how many these are.
///
/// # Errors
/// What the engine says.
pub async fn beginning_with(transaction: &mut Transaction, beginning: &str, limit: i64) -> Result<Vec<(String, i64)>> {
    let end = end_of(beginning);
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select word, count(*) from search_words where word >= $1 and word < $2
             group by word order by count(*) desc, word limit $3",
        ).bind(beginning).bind(end).bind(limit).fetch_all(connection).await?
    }))
}

/// Every word that is kept and begins so, once. Looks each up from the one before, so that it reads no more rows than there
/// are words.
///
/// # Errors
/// What the engine says.
pub async fn known_words(transaction: &mut Transaction, beginning: &str) -> Result<Vec<String>> {
    let end = end_of(beginning);
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "with recursive known (word) as (
                select min(word) from search_words where word >= $1 and word < $2
                union all
                select (select min(s.word) from search_words s where s.word > k.word and s.word < $2)
                from known k where k.word is not null
             ) select word from known where word is not null",
        ).bind(beginning).bind(end).fetch_all(connection).await?
    }))
}

/// What comes after every word that begins so.
fn end_of(beginning: &str) -> String {
    // Words are letters and digits without accents: no character of theirs comes after this one.
    format!("{beginning}\u{ffff}")
}
