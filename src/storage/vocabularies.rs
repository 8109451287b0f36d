// SPDX-License-Identifier: EUPL-1.2
//! The controlled vocabularies: read whole, and replaced term by term when the reference tables change.
//!
//! A term is never deleted: profiles and opportunities refer to it.

use sqlx::QueryBuilder;

use crate::domain::ids::{AgeBandId, AreaId, CompanySizeId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::vocabulary::{
    AgeBand, Area, AreaKind, CompanySize, Names, OrganisationType, Sector, Term, Terms, Topic, Vocabulary,
};
use crate::storage::database::on;
use crate::storage::dialect::insert_pairs;
use crate::storage::types::{kinds, kinds_mask};
use crate::storage::{Error, Result, Transaction};

/// Everything, as it is in the database now.
///
/// # Errors
/// What the engine says, or [`Error::Corrupt`] for a kind of area that this program does not know.
pub async fn load(transaction: &mut Transaction) -> Result<Vocabulary> {
    Ok(Vocabulary {
        areas: Terms::new(areas(transaction).await?),
        topics: Terms::new(topics(transaction).await?),
        sectors: Terms::new(sectors(transaction).await?),
        organisation_types: Terms::new(organisation_types(transaction).await?),
        company_sizes: Terms::new(company_sizes(transaction).await?),
        age_bands: Terms::new(age_bands(transaction).await?),
    })
}

const fn names(italian: String, english: String) -> Names {
    Names { italian, english }
}

type AreaRow = (
    AreaId,
    String,
    Option<AreaId>,
    String,
    Option<String>,
    String,
    String,
    i64,
);

async fn areas(transaction: &mut Transaction) -> Result<Vec<Area>> {
    let rows: Vec<AreaRow> = on!(transaction, connection => sqlx::query_as(
        "select id, code, parent_id, kind, abbreviation, italian, english, population from areas order by position",
    ).fetch_all(connection).await?);
    let read = rows
        .into_iter()
        .map(|(id, code, parent, kind, abbreviation, italian, english, population)| {
            let kind = AreaKind::from_code(&kind).ok_or(Error::Corrupt(kind))?;
            Ok(Area {
                id,
                code,
                names: names(italian, english),
                parent,
                kind,
                abbreviation,
                population,
            })
        });
    read.collect()
}

/// A topic as it is read: id, code, parent, Italian and English name, whether it is sensitive, synonyms.
type TopicRow = (TopicId, String, Option<TopicId>, String, String, bool, String);

async fn topics(transaction: &mut Transaction) -> Result<Vec<Topic>> {
    let rows: Vec<TopicRow> = on!(transaction, connection => {
        sqlx::query_as("select id, code, parent_id, italian, english, sensitive, synonyms from topics order by position")
            .fetch_all(connection).await?
    });
    let read = rows
        .into_iter()
        .map(|(id, code, parent, italian, english, sensitive, synonyms)| Topic {
            id,
            code,
            names: names(italian, english),
            parent,
            sensitive,
            synonyms,
        });
    Ok(read.collect())
}

async fn sectors(transaction: &mut Transaction) -> Result<Vec<Sector>> {
    let rows: Vec<(SectorId, String, Option<SectorId>, String, String)> = on!(transaction, connection => {
        sqlx::query_as("select id, code, parent_id, italian, english from sectors order by position")
            .fetch_all(connection).await?
    });
    let read = rows.into_iter().map(|(id, code, parent, italian, english)| Sector {
        id,
        code,
        names: names(italian, english),
        parent,
    });
    Ok(read.collect())
}

async fn organisation_types(transaction: &mut Transaction) -> Result<Vec<OrganisationType>> {
    let rows: Vec<(OrganisationTypeId, String, i64, String, String)> = on!(transaction, connection => {
        sqlx::query_as("select id, code, owners, italian, english from organisation_types order by position")
            .fetch_all(connection).await?
    });
    let read = rows
        .into_iter()
        .map(|(id, code, owners, italian, english)| OrganisationType {
            id,
            code,
            names: names(italian, english),
            owners: kinds(owners).collect(),
        });
    Ok(read.collect())
}

async fn company_sizes(transaction: &mut Transaction) -> Result<Vec<CompanySize>> {
    let rows: Vec<(CompanySizeId, String, String, String)> = on!(transaction, connection => {
        sqlx::query_as("select id, code, italian, english from company_sizes order by position")
            .fetch_all(connection).await?
    });
    let read = rows.into_iter().map(|(id, code, italian, english)| CompanySize {
        id,
        code,
        names: names(italian, english),
    });
    Ok(read.collect())
}

async fn age_bands(transaction: &mut Transaction) -> Result<Vec<AgeBand>> {
    let rows: Vec<(AgeBandId, String, i64, Option<i64>, String, String)> = on!(transaction, connection => {
        sqlx::query_as("select id, code, from_age, to_age, italian, english from age_bands order by position")
            .fetch_all(connection).await?
    });
    let read = rows.into_iter().map(|(id, code, from, to, italian, english)| AgeBand {
        id,
        code,
        names: names(italian, english),
        from,
        to,
    });
    Ok(read.collect())
}

/// Keeps every term of `vocabulary`, and for the trees which term lies above which.
///
/// # Errors
/// What the engine says.
pub async fn save(transaction: &mut Transaction, vocabulary: &Vocabulary) -> Result<()> {
    save_areas(transaction, &vocabulary.areas).await?;
    save_topics(transaction, &vocabulary.topics).await?;
    save_sectors(transaction, &vocabulary.sectors).await?;
    save_organisation_types(transaction, &vocabulary.organisation_types).await?;
    save_company_sizes(transaction, &vocabulary.company_sizes).await?;
    save_age_bands(transaction, &vocabulary.age_bands).await
}

/// How many terms go into one statement.
const TERMS_A_STATEMENT: usize = 1_000;

fn positioned<T: Term>(terms: &Terms<T>) -> Vec<(i64, &T)> {
    (0_i64..).zip(terms).collect()
}

/// Upserts terms: `$insert` names table and columns, `$bind` gives a row's values, `$update` what a known code takes over.
macro_rules! save_terms {
    ($transaction:expr, $terms:expr, $insert:literal, |$row:ident, $position:ident, $term:ident| $bind:expr, $update:literal) => {
        for chunk in positioned($terms).chunks(TERMS_A_STATEMENT) {
            on!($transaction, connection => {
                let mut statement = QueryBuilder::new($insert);
                statement.push_values(chunk, |mut $row, ($position, $term)| { $bind; });
                statement.push(concat!(" on conflict (code) do update set position = excluded.position, \
                    italian = excluded.italian, english = excluded.english", $update));
                statement.build().execute(connection).await?;
            });
        }
    };
}

async fn save_areas(transaction: &mut Transaction, areas: &Terms<Area>) -> Result<()> {
    save_terms!(
        transaction,
        areas,
        "insert into areas (id, code, parent_id, kind, abbreviation, italian, english, population, position) ",
        |row, position, area| row
            .push_bind(area.id)
            .push_bind(&area.code)
            .push_bind(area.parent)
            .push_bind(area.kind.code())
            .push_bind(&area.abbreviation)
            .push_bind(&area.names.italian)
            .push_bind(&area.names.english)
            .push_bind(area.population)
            .push_bind(*position),
        ", parent_id = excluded.parent_id, population = excluded.population, abbreviation = excluded.abbreviation"
    );
    clear(transaction, "delete from area_ancestors").await?;
    insert_pairs(
        transaction,
        "insert into area_ancestors (area_id, ancestor_id) ",
        ancestry(areas, |id| id.0),
    )
    .await
}

async fn save_topics(transaction: &mut Transaction, topics: &Terms<Topic>) -> Result<()> {
    save_terms!(
        transaction,
        topics,
        "insert into topics (id, code, parent_id, depth, italian, english, sensitive, synonyms, position) ",
        |row, position, topic| row
            .push_bind(topic.id)
            .push_bind(&topic.code)
            .push_bind(topic.parent)
            .push_bind(i64::try_from(topics.depth(topic.id)).unwrap_or_default())
            .push_bind(&topic.names.italian)
            .push_bind(&topic.names.english)
            .push_bind(topic.sensitive)
            .push_bind(&topic.synonyms)
            .push_bind(*position),
        ", parent_id = excluded.parent_id, depth = excluded.depth, sensitive = excluded.sensitive,
         synonyms = excluded.synonyms"
    );
    clear(transaction, "delete from topic_ancestors").await?;
    insert_pairs(
        transaction,
        "insert into topic_ancestors (topic_id, ancestor_id) ",
        ancestry(topics, |id| id.0),
    )
    .await
}

async fn save_sectors(transaction: &mut Transaction, sectors: &Terms<Sector>) -> Result<()> {
    save_terms!(
        transaction,
        sectors,
        "insert into sectors (id, code, parent_id, italian, english, position) ",
        |row, position, sector| row
            .push_bind(sector.id)
            .push_bind(&sector.code)
            .push_bind(sector.parent)
            .push_bind(&sector.names.italian)
            .push_bind(&sector.names.english)
            .push_bind(*position),
        ", parent_id = excluded.parent_id"
    );
    clear(transaction, "delete from sector_ancestors").await?;
    insert_pairs(
        transaction,
        "insert into sector_ancestors (sector_id, ancestor_id) ",
        ancestry(sectors, |id| id.0),
    )
    .await
}

async fn save_organisation_types(transaction: &mut Transaction, types: &Terms<OrganisationType>) -> Result<()> {
    save_terms!(
        transaction,
        types,
        "insert into organisation_types (id, code, owners, italian, english, position) ",
        |row, position, it| row
            .push_bind(it.id)
            .push_bind(&it.code)
            .push_bind(kinds_mask(&it.owners))
            .push_bind(&it.names.italian)
            .push_bind(&it.names.english)
            .push_bind(*position),
        ", owners = excluded.owners"
    );
    Ok(())
}

async fn save_company_sizes(transaction: &mut Transaction, sizes: &Terms<CompanySize>) -> Result<()> {
    save_terms!(
        transaction,
        sizes,
        "insert into company_sizes (id, code, italian, english, position) ",
        |row, position, size| row
            .push_bind(size.id)
            .push_bind(&size.code)
            .push_bind(&size.names.italian)
            .push_bind(&size.names.english)
            .push_bind(*position),
        ""
    );
    Ok(())
}

async fn save_age_bands(transaction: &mut Transaction, bands: &Terms<AgeBand>) -> Result<()> {
    save_terms!(
        transaction,
        bands,
        "insert into age_bands (id, code, from_age, to_age, italian, english, position) ",
        |row, position, band| row
            .push_bind(band.id)
            .push_bind(&band.code)
            .push_bind(band.from)
            .push_bind(band.to)
            .push_bind(&band.names.italian)
            .push_bind(&band.names.english)
            .push_bind(*position),
        ", from_age = excluded.from_age, to_age = excluded.to_age"
    );
    Ok(())
}

async fn clear(transaction: &mut Transaction, statement: &'static str) -> Result<()> {
    on!(transaction, connection => sqlx::query(statement).execute(connection).await.map(drop))?;
    Ok(())
}

fn ancestry<T: Term>(terms: &Terms<T>, number: fn(T::Id) -> i64) -> Vec<(i64, i64)> {
    let pairs = terms.iter().flat_map(|term| {
        let above = terms.upwards(term.id());
        above.map(move |ancestor| (number(term.id()), number(ancestor)))
    });
    pairs.collect()
}
