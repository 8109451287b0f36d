// SPDX-License-Identifier: EUPL-1.2
//! Opportunities and their criteria.

use std::collections::BTreeSet;

use sqlx::{FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::criteria::Criteria;
use crate::domain::ids::{
    AgeBandId, AreaId, CompanySizeId, OpportunityId, OrganisationTypeId, SectorId, SourceId, Token, TopicId,
};
use crate::domain::opportunity::{Amount, Content, Opportunity, OpportunityKind, Origin, Status};
use crate::storage::database::on;
use crate::storage::dialect::{Lists, delete_by, insert_pairs, pairs_of};
use crate::storage::types::{bits, kinds, kinds_mask, mask};
use crate::storage::{Error, Result, Transaction};

const COLUMNS: &str = "id, token, kind, status, revision, title, summary, body, publisher, link, documents, place, \
    dates_note, opens_at, closes_at, amount_total, amount_minimum, amount_maximum, audience, organisation_types, company_sizes, \
    ages, source_id, source_key, published_at, updated_at";

#[derive(FromRow)]
struct Row {
    id: OpportunityId,
    token: String,
    kind: String,
    status: String,
    revision: i64,
    title: String,
    summary: String,
    body: String,
    publisher: String,
    link: Option<String>,
    documents: String,
    place: String,
    dates_note: String,
    opens_at: Option<Timestamp>,
    closes_at: Option<Timestamp>,
    amount_total: Option<i64>,
    amount_minimum: Option<i64>,
    amount_maximum: Option<i64>,
    audience: i64,
    organisation_types: i64,
    company_sizes: i64,
    ages: i64,
    source_id: Option<SourceId>,
    source_key: Option<String>,
    published_at: Option<Timestamp>,
    updated_at: Timestamp,
}

impl Row {
    fn read(self) -> Result<Opportunity> {
        let criteria = Criteria {
            audience: kinds(self.audience).collect(),
            organisation_types: bits(self.organisation_types).map(OrganisationTypeId).collect(),
            company_sizes: bits(self.company_sizes).map(CompanySizeId).collect(),
            ages: bits(self.ages).map(AgeBandId).collect(),
            ..Criteria::default()
        };
        Ok(Opportunity {
            id: self.id,
            token: Token::parse(&self.token).ok_or_else(|| Error::Corrupt(self.token.clone()))?,
            status: Status::from_code(&self.status).ok_or(Error::Corrupt(self.status))?,
            revision: self.revision,
            content: Content {
                kind: OpportunityKind::from_code(&self.kind).ok_or(Error::Corrupt(self.kind))?,
                title: self.title,
                summary: self.summary,
                body: self.body,
                publisher: self.publisher,
                link: self.link,
                documents: serde_json::from_str(&self.documents).map_err(|_| Error::Corrupt(self.documents))?,
                place: self.place,
                dates_note: self.dates_note,
                opens_at: self.opens_at,
                closes_at: self.closes_at,
                amount: Amount {
                    total: self.amount_total,
                    minimum: self.amount_minimum,
                    maximum: self.amount_maximum,
                },
                criteria,
            },
            origin: self
                .source_id
                .zip(self.source_key)
                .map(|(source, source_key)| Origin { source, source_key }),
            published_at: self.published_at,
            updated_at: self.updated_at,
        })
    }
}

/// Adds a draft; its criteria and first revision are saved with it.
///
/// # Errors
/// [`Error::Conflict`] when its token or origin is there already.
pub async fn insert(
    transaction: &mut Transaction,
    token: &Token,
    content: &Content,
    origin: Option<&Origin>,
    now: Timestamp,
) -> Result<OpportunityId> {
    let id: OpportunityId = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into opportunities (token, kind, status, revision, title, summary, body, publisher, link, documents,
                place, dates_note, opens_at, closes_at, amount_total, amount_minimum, amount_maximum, audience,
                organisation_types, company_sizes, ages, source_id, source_key, updated_at)
             values ($1, $2, 'draft', 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, 0, 0, 0, $16, $17, $18)
             returning id",
        )
        .bind(token.as_str()).bind(content.kind.code()).bind(&content.title).bind(&content.summary)
        .bind(&content.body).bind(&content.publisher).bind(&content.link).bind(documents(content))
        .bind(&content.place).bind(&content.dates_note).bind(content.opens_at).bind(content.closes_at).bind(content.amount.total)
        .bind(content.amount.minimum).bind(content.amount.maximum).bind(origin.map(|it| it.source))
        .bind(origin.map(|it| it.source_key.clone())).bind(now)
        .fetch_one(connection).await?
    });
    save_criteria(transaction, id, &content.criteria).await?;
    Ok(id)
}

fn documents(content: &Content) -> String {
    serde_json::to_string(&content.documents).unwrap_or_else(|_| "[]".to_owned())
}

/// Saves new content as the next revision.
///
/// # Errors
/// What the engine says.
pub async fn update(transaction: &mut Transaction, id: OpportunityId, content: &Content, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update opportunities set revision = revision + 1, kind = $2, title = $3, summary = $4, body = $5,
                publisher = $6, link = $7, documents = $8, place = $9, dates_note = $10, opens_at = $11, closes_at = $12,
                amount_total = $13, amount_minimum = $14, amount_maximum = $15, updated_at = $16
             where id = $1",
        )
        .bind(id).bind(content.kind.code()).bind(&content.title).bind(&content.summary).bind(&content.body)
        .bind(&content.publisher).bind(&content.link).bind(documents(content)).bind(&content.place)
        .bind(&content.dates_note).bind(content.opens_at).bind(content.closes_at).bind(content.amount.total).bind(content.amount.minimum)
        .bind(content.amount.maximum).bind(now)
        .execute(connection).await?;
    });
    save_criteria(transaction, id, &content.criteria).await
}

async fn save_criteria(transaction: &mut Transaction, id: OpportunityId, criteria: &Criteria) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update opportunities set audience = $2, organisation_types = $3, company_sizes = $4, ages = $5
             where id = $1",
        )
        .bind(id).bind(kinds_mask(&criteria.audience))
        .bind(mask(criteria.organisation_types.iter().map(|it| it.0)))
        .bind(mask(criteria.company_sizes.iter().map(|it| it.0)))
        .bind(mask(criteria.ages.iter().map(|it| it.0)))
        .execute(connection).await?;
    });
    for table in ["opportunity_areas", "opportunity_topics", "opportunity_sectors"] {
        delete_by(transaction, table, "opportunity_id", id.0).await?;
    }
    let own = |other: i64| (id.0, other);
    let areas = criteria.areas.iter().map(|it| own(it.0));
    insert_pairs(
        transaction,
        "insert into opportunity_areas (opportunity_id, area_id) ",
        areas,
    )
    .await?;
    let topics = criteria.topics.iter().map(|it| own(it.0));
    insert_pairs(
        transaction,
        "insert into opportunity_topics (opportunity_id, topic_id) ",
        topics,
    )
    .await?;
    let sectors = criteria.sectors.iter().map(|it| own(it.0));
    insert_pairs(
        transaction,
        "insert into opportunity_sectors (opportunity_id, sector_id) ",
        sectors,
    )
    .await
}

/// Sets where an opportunity is in its life; `published_at` is kept from the first publication.
///
/// # Errors
/// What the engine says.
pub async fn set_status(
    transaction: &mut Transaction,
    id: OpportunityId,
    status: Status,
    published_at: Option<Timestamp>,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update opportunities set status = $2, published_at = coalesce(published_at, $3) where id = $1",
        ).bind(id).bind(status.code()).bind(published_at).execute(connection).await?;
    });
    Ok(())
}

/// Closes what is published and past its deadline; how many that were.
///
/// # Errors
/// What the engine says.
pub async fn close_past(transaction: &mut Transaction, now: Timestamp) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("update opportunities set status = 'closed' where status = 'published' and closes_at < $1")
            .bind(now).execute(connection).await?.rows_affected()
    }))
}

/// The opportunity with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: OpportunityId) -> Result<Option<Opportunity>> {
    Ok(find_many(transaction, &[id]).await?.pop())
}

/// The opportunity with this token.
///
/// # Errors
/// What the engine says.
pub async fn find_by_token(transaction: &mut Transaction, token: &Token) -> Result<Option<Opportunity>> {
    let id: Option<OpportunityId> = on!(transaction, connection => {
        sqlx::query_scalar("select id from opportunities where token = $1")
            .bind(token.as_str()).fetch_optional(connection).await?
    });
    match id {
        Some(id) => find(transaction, id).await,
        None => Ok(None),
    }
}

/// The opportunity that was imported from `origin`.
///
/// # Errors
/// What the engine says.
pub async fn find_by_origin(transaction: &mut Transaction, origin: &Origin) -> Result<Option<Opportunity>> {
    let id: Option<OpportunityId> = on!(transaction, connection => {
        sqlx::query_scalar("select id from opportunities where source_id = $1 and source_key = $2")
            .bind(origin.source).bind(&origin.source_key).fetch_optional(connection).await?
    });
    match id {
        Some(id) => find(transaction, id).await,
        None => Ok(None),
    }
}

/// The opportunities with these ids, in the order of the ids; unknown ids are left out.
///
/// # Errors
/// What the engine says.
pub async fn find_many(transaction: &mut Transaction, ids: &[OpportunityId]) -> Result<Vec<Opportunity>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new("select ");
        statement.push(COLUMNS).push(" from opportunities where id in ");
        Lists::push_list(&mut statement, &numbers);
        statement.build_query_as().fetch_all(connection).await?
    });
    let mut found = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|it| ids.iter().position(|id| *id == it.id));
    add_facets(transaction, &numbers, &mut found).await?;
    Ok(found)
}

async fn add_facets(transaction: &mut Transaction, ids: &[i64], found: &mut [Opportunity]) -> Result<()> {
    let areas = pairs_of(
        transaction,
        "select opportunity_id, area_id from opportunity_areas where opportunity_id in ",
        ids,
    )
    .await?;
    let topics = pairs_of(
        transaction,
        "select opportunity_id, topic_id from opportunity_topics where opportunity_id in ",
        ids,
    )
    .await?;
    let sectors = pairs_of(
        transaction,
        "select opportunity_id, sector_id from opportunity_sectors where opportunity_id in ",
        ids,
    )
    .await?;
    for opportunity in found {
        let criteria = &mut opportunity.content.criteria;
        criteria.areas = of_owner(&areas, opportunity.id).map(AreaId).collect::<BTreeSet<_>>();
        criteria.topics = of_owner(&topics, opportunity.id).map(TopicId).collect::<BTreeSet<_>>();
        criteria.sectors = of_owner(&sectors, opportunity.id)
            .map(SectorId)
            .collect::<BTreeSet<_>>();
    }
    Ok(())
}

fn of_owner(pairs: &[(i64, i64)], owner: OpportunityId) -> impl Iterator<Item = i64> + '_ {
    pairs
        .iter()
        .filter(move |(it, _)| *it == owner.0)
        .map(|(_, term)| *term)
}
