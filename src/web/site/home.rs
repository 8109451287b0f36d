// SPDX-License-Identifier: EUPL-1.2
//! The first page: what this is, what was published last, and for who is signed in what there is to read.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::domain::standing::Standing;
use crate::services::read_inbox::count_unread;
use crate::storage::opportunities;
use crate::storage::opportunity_lists::{self, Filter};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::MaybePerson;
use crate::web::site::card::Card;

/// How many of the latest opportunities are shown.
const LATEST: i64 = 6;

#[derive(Template)]
#[template(path = "site/home.html")]
struct HomePage {
    page: Page,
    cards: Vec<Card>,
    /// How much somebody who is signed in has to read; `None` for who is not.
    unread: Option<i64>,
}

/// Shows it.
///
/// # Errors
/// What the database says.
pub async fn show(State(app): State<App>, MaybePerson(reader): MaybePerson, page: Page) -> Result<Response, PageError> {
    let unread = match reader {
        Some(subscriber) => Some(count_unread(&app, subscriber).await?),
        None => None,
    };
    let mut transaction = app.database.read().await?;
    let filter = Filter {
        standing: Some((Standing::Open, app.now())),
        ..Filter::default()
    };
    let (ids, _) = opportunity_lists::list_public(&mut transaction, &filter, LATEST, 0).await?;
    let latest = opportunities::find_many(&mut transaction, &ids).await?;
    let (vocabulary, now) = (app.vocabulary(), app.now());
    let cards = latest
        .iter()
        .map(|it| Card::new(it, page.texts, &vocabulary, now))
        .collect();
    Ok(render(&HomePage { page, cards, unread }))
}
