// SPDX-License-Identifier: EUPL-1.2
//! Bring the vocabularies of the database up to the reference tables of `assets/vocabulary`.
//!
//! Reads the tables built into the program; keeps the id of every code that the database knows; writes nothing when
//! the tables are the ones that were loaded last.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::{AgeBandId, AreaId, CompanySizeId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{
    AgeBand, Area, AreaKind, CompanySize, Names, OrganisationType, Sector, Term, Terms, Topic, Vocabulary,
};
use crate::secrets::fingerprint;
use crate::services::{Error, Result};
use crate::storage::{Database, settings, vocabularies};

const AREAS: &str = include_str!("../../assets/vocabulary/areas.csv");
const TOPICS: &str = include_str!("../../assets/vocabulary/topics.csv");
const SECTORS: &str = include_str!("../../assets/vocabulary/sectors.csv");
const ORGANISATION_TYPES: &str = include_str!("../../assets/vocabulary/organisation_types.csv");
const COMPANY_SIZES: &str = include_str!("../../assets/vocabulary/company_sizes.csv");
const AGE_BANDS: &str = include_str!("../../assets/vocabulary/age_bands.csv");

/// The setting that remembers which tables are loaded.
const LOADED: &str = "vocabularies";

/// A row of any reference table; a table has the columns that its vocabulary needs.
#[derive(Deserialize)]
struct Row {
    code: String,
    it: String,
    en: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    abbreviation: String,
    #[serde(default)]
    population: Option<i64>,
    #[serde(default)]
    sensitive: Option<bool>,
    #[serde(default)]
    synonyms: String,
    #[serde(default)]
    audiences: String,
    #[serde(default)]
    from: Option<i64>,
    #[serde(default)]
    to: Option<i64>,
}

/// Loads the reference tables if they have changed, and answers with the vocabularies of the database.
///
/// # Errors
/// What the database says; a table that cannot be read is a fault of the program.
pub async fn load_vocabularies(database: &Database) -> Result<Vocabulary> {
    let tables = [AREAS, TOPICS, SECTORS, ORGANISATION_TYPES, COMPANY_SIZES, AGE_BANDS].concat();
    let wanted = fingerprint(tables.as_bytes());
    // A command beside a busy server only reads: it waits for no writer.
    let mut transaction = database.read().await?;
    if settings::find(&mut transaction, LOADED).await?.as_deref() == Some(&wanted) {
        return Ok(vocabularies::load(&mut transaction).await?);
    }
    drop(transaction);
    let mut transaction = database.begin().await?;
    if settings::find(&mut transaction, LOADED).await?.as_deref() != Some(&wanted) {
        let known = vocabularies::load(&mut transaction).await?;
        vocabularies::save(&mut transaction, &reference(&known)?).await?;
        settings::keep(&mut transaction, LOADED, &wanted).await?;
    }
    let vocabulary = vocabularies::load(&mut transaction).await?;
    transaction.commit().await?;
    Ok(vocabulary)
}

/// The vocabularies of the reference tables, with the ids that `known` has for their codes.
fn reference(known: &Vocabulary) -> Result<Vocabulary> {
    Ok(Vocabulary {
        areas: terms(AREAS, &known.areas, (|id| id.0, AreaId), area)?,
        topics: terms(TOPICS, &known.topics, (|id| id.0, TopicId), topic)?,
        sectors: terms(SECTORS, &known.sectors, (|id| id.0, SectorId), |row, id, parent| {
            Some(sector(row, id, parent))
        })?,
        organisation_types: terms(
            ORGANISATION_TYPES,
            &known.organisation_types,
            (|id| id.0, OrganisationTypeId),
            organisation_type,
        )?,
        company_sizes: terms(
            COMPANY_SIZES,
            &known.company_sizes,
            (|id| id.0, CompanySizeId),
            |row, id, _| Some(company_size(row, id)),
        )?,
        age_bands: terms(AGE_BANDS, &known.age_bands, (|id| id.0, AgeBandId), age_band)?,
    })
}

fn area(row: &Row, id: AreaId, parent: Option<AreaId>) -> Option<Area> {
    Some(Area {
        id,
        parent,
        names: names(row),
        code: row.code.clone(),
        kind: AreaKind::from_code(&row.kind)?,
        abbreviation: Some(row.abbreviation.clone()).filter(|it| !it.is_empty()),
        population: row.population.unwrap_or_default(),
    })
}

fn topic(row: &Row, id: TopicId, parent: Option<TopicId>) -> Option<Topic> {
    let (names, code) = (names(row), row.code.clone());
    Some(Topic {
        id,
        parent,
        names,
        code,
        sensitive: row.sensitive?,
        synonyms: row.synonyms.clone(),
    })
}

fn sector(row: &Row, id: SectorId, parent: Option<SectorId>) -> Sector {
    let (names, code) = (names(row), row.code.clone());
    Sector {
        id,
        code,
        names,
        parent,
    }
}

fn organisation_type(row: &Row, id: OrganisationTypeId, _: Option<OrganisationTypeId>) -> Option<OrganisationType> {
    let owners = row.audiences.split(';').map(ProfileKind::from_code);
    let (names, code) = (names(row), row.code.clone());
    Some(OrganisationType {
        id,
        names,
        code,
        owners: owners.collect::<Option<_>>()?,
    })
}

fn company_size(row: &Row, id: CompanySizeId) -> CompanySize {
    let (names, code) = (names(row), row.code.clone());
    CompanySize { id, code, names }
}

fn age_band(row: &Row, id: AgeBandId, _: Option<AgeBandId>) -> Option<AgeBand> {
    let (names, code) = (names(row), row.code.clone());
    Some(AgeBand {
        id,
        names,
        code,
        from: row.from?,
        to: row.to,
    })
}

fn names(row: &Row) -> Names {
    Names {
        italian: row.it.clone(),
        english: row.en.clone(),
    }
}

/// From a typed id to its number, and back.
type Numbering<T> = (fn(<T as Term>::Id) -> i64, fn(i64) -> <T as Term>::Id);

/// Reads a table into terms: a known code keeps its id, a new one gets the next. Parents stand before children.
fn terms<T: Term>(
    table: &str,
    known: &Terms<T>,
    (number, id): Numbering<T>,
    build: impl Fn(&Row, T::Id, Option<T::Id>) -> Option<T>,
) -> Result<Terms<T>> {
    let mut next = known.iter().map(|term| number(term.id())).max().unwrap_or(0);
    let mut ids: HashMap<String, T::Id> = known.iter().map(|term| (term.code().to_owned(), term.id())).collect();
    let rows: Vec<Row> = read(table)?;
    let mut list = Vec::with_capacity(rows.len());
    for row in &rows {
        let own = *ids.entry(row.code.clone()).or_insert_with(|| {
            next += 1;
            id(next)
        });
        let parent = ids.get(&row.parent).copied();
        let misplaced = parent.is_none() && !row.parent.is_empty();
        let term = build(row, own, parent).filter(|_| !misplaced);
        list.push(term.ok_or_else(|| Error::Unexpected(format!("reference table: {} is incomplete", row.code)))?);
    }
    Ok(Terms::new(list))
}

fn read<R: DeserializeOwned>(table: &str) -> Result<Vec<R>> {
    let rows: Result<Vec<R>, csv::Error> = csv::Reader::from_reader(table.as_bytes()).into_deserialize().collect();
    rows.map_err(|error| Error::Unexpected(format!("reference table: {error}")))
}

/// The vocabularies as the reference tables have them, for tests and tools that need no database.
///
/// # Errors
/// A table that cannot be read is a fault of the program.
pub fn reference_vocabulary() -> Result<Vocabulary> {
    reference(&Vocabulary {
        areas: Terms::new(Vec::new()),
        topics: Terms::new(Vec::new()),
        sectors: Terms::new(Vec::new()),
        organisation_types: Terms::new(Vec::new()),
        company_sizes: Terms::new(Vec::new()),
        age_bands: Terms::new(Vec::new()),
    })
}
