// SPDX-License-Identifier: EUPL-1.2
//! Keep what people think of a page: the stars at once, what follows them once, nothing that names anybody.
//!
//! Which pages are rated, and by which question, stands here alone: the pages ask it before they show the stars. A rating
//! is known outside by a code made with the installation's secret, and takes its second answer on the day of its stars or
//! the next.

use chrono::{Days, NaiveDate};

use crate::app::App;
use crate::domain::language::Language;
use crate::domain::local_time::local;
use crate::domain::rating::{Instrument, LONGEST_PAGE, NewRating, Rating, Remarks, Stars};
use crate::services::{Error, Result};
use crate::storage::{Transaction, opportunities, ratings};
use crate::urls::{RatingCode, paths, token_of};

/// The public pages that are rated by how clear they are; those of opportunities are rated too.
const PAGES: [&str; 17] = [
    paths::HOME,
    paths::OPPORTUNITIES,
    paths::SUBSCRIBE,
    "/iscriviti/dove",
    "/iscriviti/cosa",
    "/iscriviti/come",
    "/iscriviti/riepilogo",
    paths::SIGN_IN,
    "/accedi/controlla",
    "/disiscriviti/fatto",
    "/disiscriviti/sezione/fatto",
    "/cancellato",
    paths::PRIVACY,
    paths::LEGAL_NOTES,
    paths::HELP,
    paths::WRITE,
    "/aiuto/scrivi/inviato",
];

/// The pages at the end of signing up, which are rated by how easy that was.
const ENDS_OF_FLOW: [&str; 2] = ["/iscriviti/controlla", paths::PREFERENCES];

/// A page that can be rated, and by which question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedPage {
    /// What is asked of it.
    pub instrument: Instrument,
    /// Its name among the ratings: the path, of an opportunity with its token alone, which outlives a change of title.
    pub name: String,
}

impl RatedPage {
    /// The key of the sentence that asks for stars.
    #[must_use]
    pub const fn title_key(&self) -> &'static str {
        match self.instrument {
            Instrument::Page => "rating-title-page",
            Instrument::Flow => "rating-title-flow",
        }
    }
}

/// What is rated at a path; `None` for pages that nobody is asked about.
#[must_use]
pub fn rated_page(path: &str) -> Option<RatedPage> {
    let named = |instrument, name: &str| RatedPage {
        instrument,
        name: name.to_owned(),
    };
    if ENDS_OF_FLOW.contains(&path) {
        return Some(named(Instrument::Flow, path));
    }
    if PAGES.contains(&path) {
        return Some(named(Instrument::Page, path));
    }
    let slug = path.strip_prefix(paths::OPPORTUNITIES)?.strip_prefix('/')?;
    let token = token_of(slug).filter(|_| !slug.contains('/'))?;
    let name = format!("{}/{}", paths::OPPORTUNITIES, token.as_str());
    (name.len() <= LONGEST_PAGE).then(|| named(Instrument::Page, &name))
}

/// Keeps the stars that somebody gives the page at `path`. The code that takes what follows.
///
/// # Errors
/// [`Error::NotFound`] for a page that nobody is asked about or nobody may read.
pub async fn rate_page(app: &App, path: &str, stars: Stars, language: Language) -> Result<RatingCode> {
    let page = rated_page(path).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    require_public(&mut transaction, &page).await?;
    let rating = NewRating {
        page: page.name,
        instrument: page.instrument,
        stars,
        day: today(app).to_string(),
        language,
    };
    let id = ratings::insert(&mut transaction, &rating).await?;
    transaction.commit().await?;
    Ok(RatingCode(id))
}

/// A page of an opportunity is there only if it is public.
async fn require_public(transaction: &mut Transaction, page: &RatedPage) -> Result<()> {
    let slug = page.name.strip_prefix(paths::OPPORTUNITIES).unwrap_or_default();
    let Some(token) = slug.strip_prefix('/').and_then(token_of) else {
        return Ok(());
    };
    let found = opportunities::find_by_token(transaction, &token).await?;
    found
        .filter(|it| it.status.is_public())
        .map(|_| ())
        .ok_or(Error::NotFound)
}

/// Whoever chose a number of stars by the arrow keys passed through others on the way: the last one counts.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours, is too old, or has had its second answer.
pub async fn change_stars(app: &App, code: &str, stars: Stars) -> Result<RatingCode> {
    let rating = find_rating(app, code).await?;
    let mut transaction = app.database.begin().await?;
    if !ratings::change_stars(&mut transaction, rating.id, stars).await? {
        return Err(Error::NotFound);
    }
    transaction.commit().await?;
    Ok(RatingCode(rating.id))
}

/// The rating of a code.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours or is too old.
pub async fn find_rating(app: &App, code: &str) -> Result<Rating> {
    let RatingCode(id) = RatingCode::open(&app.secrets, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.read().await?;
    let found = ratings::find(&mut transaction, id).await?;
    let is_fresh = |rating: &Rating| {
        let day: Option<NaiveDate> = rating.given.day.parse().ok();
        day.and_then(|day| day.checked_add_days(Days::new(1)))
            .is_some_and(|last| today(app) <= last)
    };
    found.filter(is_fresh).ok_or(Error::NotFound)
}

/// Adds what follows the stars. `false` when that was done before: nothing is overwritten.
///
/// # Errors
/// What the database says.
pub async fn add_remarks(app: &App, rating: &Rating, remarks: &Remarks) -> Result<bool> {
    let mut transaction = app.database.begin().await?;
    let added = ratings::add_remarks(&mut transaction, rating.id, remarks).await?;
    transaction.commit().await?;
    Ok(added)
}

fn today(app: &App) -> NaiveDate {
    local(app.now(), app.config.zone).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(path: &str) -> Option<(Instrument, String)> {
        rated_page(path).map(|it| (it.instrument, it.name))
    }

    #[test]
    fn public_pages_are_rated_each_by_its_question() {
        assert_eq!(name("/"), Some((Instrument::Page, "/".to_owned())));
        assert_eq!(
            name("/iscriviti/controlla"),
            Some((Instrument::Flow, "/iscriviti/controlla".to_owned()))
        );
        assert_eq!(
            name("/opportunita/orti-di-quartiere-abcdefghij"),
            Some((Instrument::Page, "/opportunita/abcdefghij".to_owned()))
        );
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "",
            "/staff",
            "/avvisi",
            "/preferenze/profilo/citizen",
            "/conferma/abc",
            "/accedi/abcdefghij",
            "/opportunita.atom",
            "/opportunita/",
            "/opportunita/questa-non-esiste",
            "/opportunita/orti-abcdefghij/calendario.ics",
            "/?q=Maria+Rossi",
            "https://example.org/",
        ] {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
