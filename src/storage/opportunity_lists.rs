// SPDX-License-Identifier: EUPL-1.2
//! Lists of opportunities: what everybody reads, what staff work on, what is open; pages of ids, and counts.

use sqlx::FromRow;

use crate::domain::ids::{OpportunityId, TopicId};
use crate::domain::opportunity::{OpportunityKind, Status};
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

/// What a list is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<OpportunityKind>,
    /// Only this topic and what lies below it.
    pub topic: Option<TopicId>,
    /// Only those that are still open.
    pub open_only: bool,
}

/// What everybody can read, the latest first: one page of ids, and how many there are in all.
///
/// # Errors
/// What the engine says.
pub async fn list_public(
    transaction: &mut Transaction,
    filter: Filter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<OpportunityId>, i64)> {
    let narrowed = "from opportunities o where o.status <> 'draft'
        and (cast($1 as text) = '' or o.kind = $1)
        and (cast($2 as bigint) = 0 or exists (select 1 from opportunity_topics ot
            join topic_ancestors ta on ta.topic_id = ot.topic_id
            where ot.opportunity_id = o.id and ta.ancestor_id = $2))
        and (cast($3 as bigint) = 0 or o.status = 'published')";
    let kind = filter.kind.map_or("", OpportunityKind::code);
    let topic = filter.topic.map_or(0, |it| it.0);
    let open = i64::from(filter.open_only);
    on!(transaction, connection => {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) {narrowed}")))
            .bind(kind).bind(topic).bind(open).fetch_one(&mut *connection).await?;
        let page = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select o.id {narrowed} order by o.published_at desc, o.id desc limit $4 offset $5"
        )))
        .bind(kind).bind(topic).bind(open).bind(limit).bind(offset).fetch_all(connection).await?;
        Ok((page, count))
    })
}

/// The ids of everything that is open, the oldest first.
///
/// # Errors
/// What the engine says.
pub async fn list_open(transaction: &mut Transaction) -> Result<Vec<OpportunityId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select id from opportunities where status = 'published' order by id")
            .fetch_all(connection).await?
    }))
}

/// What staff work on, drafts first, then the latest saved: one page of ids.
///
/// # Errors
/// What the engine says.
pub async fn list_for_staff(transaction: &mut Transaction, limit: i64, offset: i64) -> Result<Vec<OpportunityId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select id from opportunities
             order by case when status = 'draft' then 0 else 1 end, updated_at desc, id desc limit $1 offset $2",
        ).bind(limit).bind(offset).fetch_all(connection).await?
    }))
}

/// How many opportunities have each status.
///
/// # Errors
/// What the engine says.
pub async fn count_by_status(transaction: &mut Transaction) -> Result<Vec<(Status, i64)>> {
    let rows: Vec<(String, i64)> = on!(transaction, connection => {
        sqlx::query_as("select status, count(*) from opportunities group by status order by status")
            .fetch_all(connection).await?
    });
    let read = rows
        .into_iter()
        .map(|(code, count)| Ok((Status::from_code(&code).ok_or(Error::Corrupt(code))?, count)));
    read.collect()
}

/// One line of the list of all opportunities.
#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Line {
    /// Its id.
    pub id: OpportunityId,
    /// The name of the source that it was imported from.
    pub source: Option<String>,
    /// The source's own key.
    pub source_id: Option<String>,
    /// Where it is in its life.
    pub status: String,
}

/// All opportunities with an id above `after`, by id.
///
/// # Errors
/// What the engine says.
pub async fn lines(transaction: &mut Transaction, after: OpportunityId, limit: i64) -> Result<Vec<Line>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select o.id, s.name as source, o.source_key as source_id, o.status
             from opportunities o left join sources s on s.id = o.source_id
             where o.id > $1 order by o.id limit $2",
        ).bind(after).bind(limit).fetch_all(connection).await?
    }))
}
