// SPDX-License-Identifier: EUPL-1.2
//! The first page: what this is, what closes soon, what was published last, the topics, and for who is signed in what there
//! is to read.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::domain::opportunity::Opportunity;
use crate::domain::standing::Standing;
use crate::domain::vocabulary::Topic;
use crate::services::read_inbox::count_unread;
use crate::storage::opportunities;
use crate::storage::opportunity_lists::{self, Filter, Order};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::MaybePerson;
use crate::web::site::card::Card;

/// How many of the latest opportunities are shown, and of those that close soonest.
const LATEST: usize = 6;
const CLOSING: usize = 3;

#[derive(Template)]
#[template(path = "site/home.html")]
struct HomePage {
    page: Page,
    closing: Vec<Card>,
    cards: Vec<Card>,
    /// The topics at the top: code and name.
    topics: Vec<(String, String)>,
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
    let (vocabulary, now) = (app.vocabulary(), app.now());
    let closing_soon = Filter {
        standing: Some((Standing::Closing, now)),
        order: Order::Deadline,
        ..Filter::default()
    };
    let closing = first(&app, &closing_soon, CLOSING).await?;
    let latest = first(&app, &Filter::default(), LATEST + CLOSING).await?;
    let card = |it: &Opportunity| Card::new(it, page.texts, &vocabulary, now);
    let is_shown = |it: &&Opportunity| closing.iter().any(|other| other.id == it.id);
    let topics = vocabulary.top_topics();
    let named = |topic: &Topic| (topic.code.clone(), topic.names.of(page.texts.language).to_owned());
    Ok(render(&HomePage {
        cards: latest
            .iter()
            .filter(|it| !is_shown(it))
            .take(LATEST)
            .map(card)
            .collect(),
        closing: closing.iter().map(card).collect(),
        topics: topics.map(named).collect(),
        unread,
        page,
    }))
}

/// The first few of a list.
async fn first(app: &App, filter: &Filter, most: usize) -> Result<Vec<Opportunity>, PageError> {
    let mut transaction = app.database.read().await?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let (ids, _) = opportunity_lists::list_public(&mut transaction, filter, limit, 0).await?;
    Ok(opportunities::find_many(&mut transaction, &ids).await?)
}
