// SPDX-License-Identifier: EUPL-1.2
//! Ratings of pages and of signing up: stars at once, what follows them once.

use sqlx::FromRow;

use crate::domain::ids::RatingId;
use crate::domain::language::Language;
use crate::domain::rating::{Instrument, NewRating, Rating, RatingCount, Remarks, Stars};
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

#[derive(FromRow)]
struct Row {
    id: RatingId,
    page: String,
    instrument: String,
    stars: i64,
    answered: i64,
    answers: String,
    remark: String,
    day: String,
    language: String,
}

impl Row {
    fn read(self) -> Result<Rating> {
        let given = NewRating {
            page: self.page,
            instrument: instrument(&self.instrument)?,
            stars: stars(self.stars)?,
            day: self.day,
            language: Language::from_code(&self.language).ok_or_else(|| Error::Corrupt("a language".to_owned()))?,
        };
        let remarks = Remarks {
            answers: self.answers.split_whitespace().map(str::to_owned).collect(),
            text: self.remark,
        };
        Ok(Rating {
            id: self.id,
            given,
            remarks: (self.answered == 1).then_some(remarks),
        })
    }
}

fn instrument(code: &str) -> Result<Instrument> {
    Instrument::from_code(code).ok_or_else(|| Error::Corrupt(format!("the instrument {code}")))
}

fn stars(number: i64) -> Result<Stars> {
    Stars::new(number).ok_or_else(|| Error::Corrupt(format!("{number} stars")))
}

/// Adds the stars.
///
/// # Errors
/// What the engine says.
pub async fn insert(transaction: &mut Transaction, rating: &NewRating) -> Result<RatingId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into page_ratings (page, instrument, stars, day, language) values ($1, $2, $3, $4, $5) returning id",
        )
        .bind(&rating.page).bind(rating.instrument.code()).bind(i64::from(rating.stars.number()))
        .bind(&rating.day).bind(rating.language.code()).fetch_one(connection).await?
    }))
}

/// The rating with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: RatingId) -> Result<Option<Rating>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(
            "select id, page, instrument, stars, answered, answers, remark, day, language from page_ratings
             where id = $1",
        ).bind(id).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// Changes the stars of a rating whose second question is still open. Whether it was.
///
/// # Errors
/// What the engine says.
pub async fn change_stars(transaction: &mut Transaction, id: RatingId, stars: Stars) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query("update page_ratings set stars = $2 where id = $1 and answered = 0")
            .bind(id).bind(i64::from(stars.number())).execute(connection).await?.rows_affected() == 1
    }))
}

/// Adds what follows the stars, once. `false` when it was added before.
///
/// # Errors
/// What the engine says.
pub async fn add_remarks(transaction: &mut Transaction, id: RatingId, remarks: &Remarks) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query("update page_ratings set answered = 1, answers = $2, remark = $3 where id = $1 and answered = 0")
            .bind(id).bind(remarks.answers.join(" ")).bind(&remarks.text)
            .execute(connection).await?.rows_affected() == 1
    }))
}

/// How many gave how many stars to which page, from the day `from` to the day `to`, both included.
///
/// # Errors
/// What the engine says.
pub async fn count(transaction: &mut Transaction, from: &str, to: &str) -> Result<Vec<RatingCount>> {
    let rows: Vec<(String, String, i64, i64)> = on!(transaction, connection => {
        sqlx::query_as(
            "select page, instrument, stars, count(*) from page_ratings where day >= $1 and day <= $2
             group by page, instrument, stars order by page, instrument, stars",
        ).bind(from).bind(to).fetch_all(connection).await?
    });
    let read = |(page, code, number, count): (String, String, i64, i64)| {
        Ok(RatingCount {
            page,
            instrument: instrument(&code)?,
            stars: stars(number)?,
            count,
        })
    };
    rows.into_iter().map(read).collect()
}
