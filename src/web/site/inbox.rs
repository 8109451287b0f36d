// SPDX-License-Identifier: EUPL-1.2
//! "I miei avvisi": everything that matched, whatever the channels, and why.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::services::hide_and_show::show_opportunity_again;
use crate::services::read_inbox::{HiddenBy, read_inbox, read_saved};
use crate::services::save_for_later::{drop_saved, save_for_later};
use crate::services::save_profile::mute_opportunity;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
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
    saved_only: bool,
    before: Option<String>,
    after: Option<String>,
}

/// One line.
struct Item {
    id: OpportunityId,
    card: Card,
    why: String,
    matched: String,
    saved: bool,
    hidden: Option<HiddenBy>,
}

impl InboxPage {
    /// Where saving leads back to.
    const fn back(&self) -> &'static str {
        if self.saved_only {
            "/avvisi?saved=yes"
        } else {
            "/avvisi"
        }
    }
}

/// Which part of it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    saved: String,
    page: String,
}

impl Part {
    fn saved_only(&self) -> bool {
        self.saved == "yes"
    }

    /// The address of another page of the same part.
    fn address(&self, number: i64) -> String {
        let saved = if self.saved_only() { "saved=yes&" } else { "" };
        format!("?{saved}page={number}")
    }
}

/// Shows a page of it.
///
/// # Errors
/// Leads to the way in when nobody is signed in.
pub async fn show(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let number = part.page.parse().unwrap_or(1).clamp(1, 10_000);
    let failing = FailingBlock::of(&app, subscriber, page.texts).await?;
    let offset = (number - 1) * A_PAGE;
    let found = if part.saved_only() {
        read_saved(&app, subscriber, A_PAGE, offset).await?
    } else {
        read_inbox(&app, subscriber, A_PAGE, offset).await?
    };
    let (vocabulary, now) = (app.vocabulary(), app.now());
    let full = i64::try_from(found.len()).is_ok_and(|count| count == A_PAGE);
    let items = found.into_iter().map(|item| Item {
        id: item.opportunity.id,
        card: Card::new(&item.opportunity, page.texts, &vocabulary, now),
        why: page.texts.reasons(&item.reasons, &vocabulary),
        matched: page.texts.short_date(&item.matched_at),
        saved: item.saved,
        hidden: item.hidden,
    });
    Ok(render(&InboxPage {
        failing,
        items: items.collect(),
        saved_only: part.saved_only(),
        before: (number > 1).then(|| part.address(number - 1)),
        after: full.then(|| part.address(number + 1)),
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

/// Shows an opportunity again that the person had hidden.
///
/// # Errors
/// What the database says.
pub async fn show_again(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(muted): Submitted<Muted>,
) -> Result<Response, PageError> {
    show_opportunity_again(&app, subscriber, muted.opportunity).await?;
    Ok(Redirect::to(paths::INBOX).into_response())
}

/// What is saved or not saved any more, and from which page.
#[derive(Debug, Deserialize)]
pub struct Saved {
    opportunity: OpportunityId,
    #[serde(default)]
    back: String,
}

impl Saved {
    /// Back to a page of ours that shows it.
    fn back(&self) -> Redirect {
        let is_own = [paths::INBOX, paths::OPPORTUNITIES].iter().any(|path| {
            self.back == *path
                || self.back.starts_with(&format!("{path}/"))
                || self.back.starts_with(&format!("{path}?"))
        });
        Redirect::to(if is_own { &self.back } else { paths::INBOX })
    }
}

/// Saves an opportunity for the person.
///
/// # Errors
/// [`PageError::NotFound`] for what nobody may read yet.
pub async fn save(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(saved): Submitted<Saved>,
) -> Result<Response, PageError> {
    save_for_later(&app, subscriber, saved.opportunity).await?;
    Ok(saved.back().into_response())
}

/// Saves it no longer.
///
/// # Errors
/// What the database says.
pub async fn drop_one(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(saved): Submitted<Saved>,
) -> Result<Response, PageError> {
    drop_saved(&app, subscriber, saved.opportunity).await?;
    Ok(saved.back().into_response())
}
