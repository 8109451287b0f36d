// SPDX-License-Identifier: EUPL-1.2
//! Lists of opportunities: what everybody reads, what staff work on, what is open; pages of ids, and counts.

use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{AreaId, OpportunityId, TopicId};
use crate::domain::opportunity::{OpportunityKind, Status};
use crate::domain::profile::ProfileKind;
use crate::domain::standing::{CLOSING_SOON, Standing};
use crate::storage::database::on;
use crate::storage::types::kinds_mask;
use crate::storage::{Error, Result, Transaction};

/// In which order a list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What was looked for best; where nothing was, what is not over first, the latest of it first.
    #[default]
    Best,
    /// The latest first.
    Latest,
    /// The soonest deadline first.
    Deadline,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<OpportunityKind>,
    /// Only this topic and what lies below it.
    pub topic: Option<TopicId>,
    /// Only what concerns somebody here: what contains the area, or lies within it.
    pub area: Option<AreaId>,
    /// Only what this kind of profile may be concerned by.
    pub audience: Option<ProfileKind>,
    /// Only those standing so at an instant.
    pub standing: Option<(Standing, Timestamp)>,
    /// Only with at least this many cents for one applicant, or in all where that is not said.
    pub amount: Option<i64>,
    /// Only what people were told of at this instant or later.
    pub told_since: Option<Timestamp>,
    /// Only with these words.
    pub wanted: Wanted,
    /// In which order.
    pub order: Order,
}

impl Filter {
    /// The conditions that say how little is too little.
    fn least(&self) -> impl Iterator<Item = (&'static str, i64)> {
        let told = " and exists (select 1 from occasions told where told.opportunity_id = o.id
            and told.kind = 'published' and not told.silent) and o.published_at >= ";
        let since = self.told_since.map(|since| (told, since.milliseconds()));
        let amount = " and coalesce(o.amount_maximum, o.amount_total) >= ";
        since.into_iter().chain(self.amount.map(|cents| (amount, cents)))
    }
}

/// The words that are looked for: groups, of each of which one word suffices, with how much the word tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The groups; none where nothing is looked for.
    pub groups: Vec<Vec<(String, i64)>>,
    /// How many of them have to be found.
    pub needed: usize,
    /// Words that so many texts have that they need not be found, but count where they are.
    pub common: Vec<(String, i64)>,
}

/// Begins a statement on what everybody can read: the opportunities `o` that a filter keeps, with their score `r.score`
/// where words are looked for.
fn push_kept<DB: Database>(statement: &mut QueryBuilder<DB>, filter: &Filter, select: &str)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> &'q str: Encode<'q, DB> + Type<DB>,
{
    let is_search = !filter.wanted.groups.is_empty();
    if is_search {
        push_ranked(statement, &filter.wanted);
    }
    statement.push(select).push(" from opportunities o");
    if is_search {
        statement.push(" join ranked r on r.opportunity_id = o.id");
    }
    statement.push(" where o.status <> 'draft'");
    if let Some(kind) = filter.kind {
        statement.push(" and o.kind = ").push_bind(kind.code());
    }
    if let Some(topic) = filter.topic {
        statement
            .push(
                " and exists (select 1 from opportunity_topics ot join topic_ancestors ta on ta.topic_id = ot.topic_id
                    where ot.opportunity_id = o.id and ta.ancestor_id = ",
            )
            .push_bind(topic.0)
            .push(")");
    }
    if let Some(area) = filter.area {
        let (containing, within) = (
            "aa.ancestor_id = oa.area_id and aa.area_id = ",
            "aa.area_id = oa.area_id and aa.ancestor_id = ",
        );
        statement
            .push(" and exists (select 1 from opportunity_areas oa join area_ancestors aa on (")
            .push(containing)
            .push_bind(area.0)
            .push(") or (")
            .push(within)
            .push_bind(area.0)
            .push(") where oa.opportunity_id = o.id)");
    }
    if let Some(audience) = filter.audience {
        statement
            .push(" and (o.audience = 0 or o.audience & ")
            .push_bind(kinds_mask([&audience]))
            .push(" <> 0)");
    }
    if let Some((standing, now)) = filter.standing {
        push_standing(statement, standing, now);
    }
    for (condition, least) in filter.least() {
        statement.push(condition).push_bind(least);
    }
}

/// The opportunities that have the words, with a score for each: a word counts by where it stands and how much it tells.
fn push_ranked<DB: Database>(statement: &mut QueryBuilder<DB>, wanted: &Wanted)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
{
    let groups = (0_i64..).zip(&wanted.groups);
    let words = groups.flat_map(|(group, words)| words.iter().map(move |(word, tells)| (group, word, tells)));
    statement
        .push("with wanted (part, word, tells) as (")
        .push_values(words, |mut row, (group, word, tells)| {
            row.push_bind(group).push_bind(word.clone()).push_bind(*tells);
        })
        .push(
            "), hits as (select s.opportunity_id, w.part, max(s.weight * w.tells) as score
                from wanted w join search_words s on s.word = w.word group by s.opportunity_id, w.part
             ), found as (select opportunity_id, sum(score) as score from hits group by opportunity_id
                having count(*) >= ",
        )
        .push_bind(i64::try_from(wanted.needed).unwrap_or(i64::MAX))
        .push(")");
    let mut common = "";
    if !wanted.common.is_empty() {
        common = " + coalesce((select sum(s.weight * c.tells) from common c join search_words s on s.word = c.word
            and s.opportunity_id = f.opportunity_id), 0)";
        statement
            .push(", common (word, tells) as (")
            .push_values(&wanted.common, |mut row, (word, tells)| {
                row.push_bind(word.clone()).push_bind(*tells);
            })
            .push(")");
    }
    statement
        .push(", ranked as (select f.opportunity_id, cast(f.score")
        .push(common)
        .push(" as bigint) as score from found f) ");
}

/// Goes on with a condition on the opportunities `o`: that they stand so at an instant.
pub(super) fn push_standing<DB: Database>(statement: &mut QueryBuilder<DB>, standing: Standing, now: Timestamp)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    let (now, soon) = (now.milliseconds(), now.plus(CLOSING_SOON).milliseconds());
    match standing {
        Standing::Open => statement
            .push(" and o.status = 'published' and (o.closes_at is null or o.closes_at >= ")
            .push_bind(now)
            .push(") and (o.opens_at is null or o.opens_at <= ")
            .push_bind(now)
            .push(")"),
        Standing::Closing => statement
            .push(" and o.status = 'published' and o.closes_at >= ")
            .push_bind(now)
            .push(" and o.closes_at <= ")
            .push_bind(soon),
        Standing::Announced => statement
            .push(" and o.status = 'published' and o.opens_at > ")
            .push_bind(now),
        Standing::Closed | Standing::Exhausted | Standing::Withdrawn => statement
            .push(" and (o.status <> 'published' or o.closes_at < ")
            .push_bind(now)
            .push(")"),
    };
}

/// What is open counts a fifth more than what is not: it is what somebody can still do something about.
const BY_SCORE: &str = "r.score * (case when o.status = 'published' then 6 else 5 end) desc, ";

/// What is over can still be read, after everything that is not. An index has this order.
const UNFINISHED_FIRST: &str = "o.status <> 'published', ";

/// What everybody can read, as a filter keeps and orders it: one page of ids, and how many there are in all.
///
/// # Errors
/// What the engine says.
pub async fn list_public(
    transaction: &mut Transaction,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Result<(Vec<OpportunityId>, i64)> {
    let best = if filter.wanted.groups.is_empty() {
        UNFINISHED_FIRST
    } else {
        BY_SCORE
    };
    let order = match filter.order {
        Order::Best => format!(" order by {best}o.published_at desc, o.id desc"),
        Order::Latest => " order by o.published_at desc, o.id desc".to_owned(),
        // What has no deadline comes after all that has one, and what is over last.
        Order::Deadline => {
            " order by case when o.status <> 'published' then 2 when o.closes_at is null then 1 else 0 end,
            o.closes_at, o.id"
                .to_owned()
        }
    };
    if !filter.wanted.groups.is_empty() {
        return list_found(transaction, filter, &order, limit, offset).await;
    }
    let count = count_public(transaction, filter).await?;
    let page = on!(transaction, connection => {
        let mut statement = QueryBuilder::new("");
        push_kept(&mut statement, filter, "select o.id");
        push_page(&mut statement, &order, limit, offset);
        statement.build_query_scalar().fetch_all(connection).await?
    });
    Ok((page, count))
}

/// The same of what words are looked for in: everything that has them is read for its score, and counted with it.
async fn list_found(
    transaction: &mut Transaction,
    filter: &Filter,
    order: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<OpportunityId>, i64)> {
    let page: Vec<(OpportunityId, i64)> = on!(&mut *transaction, connection => {
        let mut statement = QueryBuilder::new("");
        push_kept(&mut statement, filter, "select o.id, count(*) over ()");
        push_page(&mut statement, order, limit, offset);
        statement.build_query_as().fetch_all(connection).await?
    });
    let count = match page.first() {
        Some((_, count)) => *count,
        None if offset == 0 => 0,
        // A page after the last one does not say how many there are.
        None => count_public(transaction, filter).await?,
    };
    Ok((page.into_iter().map(|(id, _)| id).collect(), count))
}

async fn count_public(transaction: &mut Transaction, filter: &Filter) -> Result<i64> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new("");
        push_kept(&mut statement, filter, "select count(*)");
        statement.build_query_scalar().fetch_one(connection).await?
    }))
}

/// Ends a statement with an order, and one page of it.
fn push_page<DB: Database>(statement: &mut QueryBuilder<DB>, order: &str, limit: i64, offset: i64)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
{
    statement
        .push(order)
        .push(" limit ")
        .push_bind(limit)
        .push(" offset ")
        .push_bind(offset);
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
