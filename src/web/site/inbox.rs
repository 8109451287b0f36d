// SPDX-License-Identifier: EUPL-1.2
//! "I miei avvisi": everything that matched, whatever the channels, and why.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::services::read_inbox::read_inbox;
use crate::services::save_profile::mute_opportunity;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;
use crate::web::site::card::Card;
use crate::web::site::failing_mailbox::FailingBlock;

/// How many lines one page shows.
const A_PAGE: i64 = 20;

#[derive(Template)]
#[template(path = "site/inbox.html")]
struct InboxPage {
    page: Page,
    failing: Option<FailingBlock>,
    items: Vec<Item>,
    before: Option<i64>,
    after: Option<i64>,
}

/// One line.
struct Item {
    id: OpportunityId,
    card: Card,
    why: String,
    matched: String,
}

/// Which page is shown.
#[derive(Debug, Default, Deserialize)]
pub struct Paging {
    #[serde(default)]
    page: String,
}

/// Shows a page of it.
///
/// # Errors
/// Leads to the way in when nobody is signed in.
pub async fn show(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Query(paging): Query<Paging>,
) -> Result<Response, PageError> {
    let number = paging.page.parse().unwrap_or(1).clamp(1, 10_000);
    let failing = FailingBlock::of(&app, subscriber, page.texts).await?;
    let found = read_inbox(&app, subscriber, A_PAGE, (number - 1) * A_PAGE).await?;
    let (vocabulary, now) = (app.vocabulary(), app.now());
    let full = i64::try_from(found.len()).is_ok_and(|count| count == A_PAGE);
    let items = found.into_iter().map(|item| Item {
        id: item.opportunity.id,
        card: Card::new(&item.opportunity, page.texts, &vocabulary, now),
        why: page.texts.reasons(&item.reasons, &vocabulary),
        matched: page.texts.short_date(&item.matched_at),
    });
    Ok(render(&InboxPage {
        failing,
        items: items.collect(),
        before: (number > 1).then_some(number - 1),
        after: full.then_some(number + 1),
        page,
    }))
}

/// What is not wanted any more.
#[derive(Debug, Deserialize)]
pub struct Muted {
    opportunity: OpportunityId,
}

/// Keeps an opportunity from the person for good.
///
/// # Errors
/// What the database says.
pub async fn mute(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(muted): Submitted<Muted>,
) -> Result<Response, PageError> {
    mute_opportunity(&app, subscriber, muted.opportunity).await?;
    Ok(Redirect::to(paths::INBOX).into_response())
}
