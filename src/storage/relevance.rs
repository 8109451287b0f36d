// SPDX-License-Identifier: EUPL-1.2
//! What people think of what they were told: one answer for each person and opportunity. Who answered is a keyed hash.

use crate::domain::ids::OpportunityId;
use crate::domain::relevance::Relevance;
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

/// Keeps an answer in place of any earlier one.
///
/// # Errors
/// What the engine says.
pub async fn answer(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    answerer: &[u8],
    answer: Relevance,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into relevance_answers (opportunity_id, answerer, answer) values ($1, $2, $3)
             on conflict (opportunity_id, answerer) do update set answer = excluded.answer",
        ).bind(opportunity).bind(answerer).bind(answer.code()).execute(connection).await?;
    });
    Ok(())
}

/// Takes an answer back, if there is one.
///
/// # Errors
/// What the engine says.
pub async fn withdraw(transaction: &mut Transaction, opportunity: OpportunityId, answerer: &[u8]) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from relevance_answers where opportunity_id = $1 and answerer = $2")
            .bind(opportunity).bind(answerer).execute(connection).await?;
    });
    Ok(())
}

/// Everything that one person has answered, by opportunity.
///
/// # Errors
/// What the engine says.
pub async fn list(transaction: &mut Transaction, answerer: &[u8]) -> Result<Vec<(OpportunityId, Relevance)>> {
    let rows: Vec<(OpportunityId, String)> = on!(transaction, connection => {
        sqlx::query_as(
            "select opportunity_id, answer from relevance_answers where answerer = $1 order by opportunity_id",
        ).bind(answerer).fetch_all(connection).await?
    });
    rows.into_iter().map(|(id, code)| Ok((id, read(&code)?))).collect()
}

/// Forgets everything that one person has answered.
///
/// # Errors
/// What the engine says.
pub async fn forget(transaction: &mut Transaction, answerer: &[u8]) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from relevance_answers where answerer = $1").bind(answerer).execute(connection).await?;
    });
    Ok(())
}

/// How many gave which answer about an opportunity.
///
/// # Errors
/// What the engine says.
pub async fn count(transaction: &mut Transaction, opportunity: OpportunityId) -> Result<Vec<(Relevance, i64)>> {
    let rows: Vec<(String, i64)> = on!(transaction, connection => {
        sqlx::query_as("select answer, count(*) from relevance_answers where opportunity_id = $1 group by answer")
            .bind(opportunity).fetch_all(connection).await?
    });
    let counts: Result<Vec<_>> = rows
        .into_iter()
        .map(|(code, count)| Ok((read(&code)?, count)))
        .collect();
    let mut counts = counts?;
    counts.sort_unstable();
    Ok(counts)
}

fn read(code: &str) -> Result<Relevance> {
    Relevance::from_code(code).ok_or_else(|| Error::Corrupt(format!("the answer {code}")))
}
