// SPDX-License-Identifier: EUPL-1.2
//! The stars at the end of public pages: taken at once, then one question and a few words, then thanks.
//!
//! Without scripts the stars are a form that leads to a page with the question; with them `assets/scripts/rating.js` asks
//! the same two addresses for JSON and nobody leaves the page. What is asked of which page stands in
//! `services::rate_page`.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::domain::rating::{LONGEST_TEXT, Opinion, Rating, Remarks, Stars};
use crate::services::rate_page::{add_remarks, change_stars, find_rating, rate_page, rated_page};
use crate::urls::paths;
use crate::web::client::{Client, RatingLimits};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};

#[derive(Template)]
#[template(path = "site/remarks.html")]
struct RemarksPage {
    page: Page,
    /// Where the form is sent: the address of this page.
    address: String,
    opinion: Opinion,
    /// Whether everything has been said.
    is_done: bool,
    /// The codes that were chosen, separated by spaces.
    chosen: String,
    text: String,
    error: String,
    /// The page that was rated.
    back: String,
}

impl RemarksPage {
    fn new(page: Page, rating: &Rating) -> Self {
        Self {
            address: page.path.clone(),
            opinion: rating.given.stars.opinion(),
            is_done: rating.remarks.is_some(),
            chosen: String::new(),
            text: String::new(),
            error: String::new(),
            back: rating.given.page.clone(),
            page,
        }
    }
}

/// The stars as they are sent.
#[derive(Debug, Deserialize)]
pub struct Given {
    #[serde(default)]
    page: String,
    #[serde(default)]
    stars: String,
    /// The code of the same rating, for another number of stars.
    #[serde(default)]
    code: String,
}

/// Keeps the stars, and leads to what follows. Without stars it leads back: there is nothing to keep.
///
/// # Errors
/// [`PageError::NotFound`] for a page that nobody is asked about; [`PageError::TooMany`] from one place.
pub async fn rate(
    State(app): State<App>,
    Extension(limits): Extension<Arc<RatingLimits>>,
    client: Client,
    page: Page,
    headers: HeaderMap,
    Submitted(given): Submitted<Given>,
) -> Result<Response, PageError> {
    let Some(stars) = given.stars.parse().ok().and_then(Stars::new) else {
        return nothing_to_keep(&given, &headers);
    };
    let code = if given.code.is_empty() {
        limits.count(client)?;
        rate_page(&app, &given.page, stars, page.texts.language).await?
    } else {
        change_stars(&app, &given.code, stars).await?
    };
    let address = code.path(&app.secrets);
    Ok(if wants_json(&headers) {
        Json(json!({ "address": address })).into_response()
    } else {
        Redirect::to(&address).into_response()
    })
}

/// Back to the page whose stars were not chosen.
fn nothing_to_keep(given: &Given, headers: &HeaderMap) -> Result<Response, PageError> {
    let is_sent_empty = given.stars.is_empty() && !wants_json(headers) && rated_page(&given.page).is_some();
    if is_sent_empty {
        Ok(Redirect::to(&format!("{}#rating-title", given.page)).into_response())
    } else {
        Err(PageError::BadRequest)
    }
}

/// Asks what follows the stars, or thanks whoever has answered.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours or is too old.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let rating = find_rating(&app, &code).await?;
    Ok(render(&RemarksPage::new(page, &rating)))
}

/// What follows the stars, as it is sent.
#[derive(Debug, Deserialize)]
pub struct Answered {
    #[serde(default)]
    answers: Vec<String>,
    #[serde(default)]
    text: String,
}

/// Keeps it, once. Sent again, it changes nothing and is thanked for.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours or is too old.
pub async fn answer(
    State(app): State<App>,
    page: Page,
    Path(code): Path<String>,
    headers: HeaderMap,
    Submitted(answered): Submitted<Answered>,
) -> Result<Response, PageError> {
    let rating = find_rating(&app, &code).await?;
    match Remarks::read(rating.given.stars.opinion(), &answered.answers, &answered.text) {
        Ok(remarks) => {
            add_remarks(&app, &rating, &remarks).await?;
            Ok(if wants_json(&headers) {
                Json(json!({})).into_response()
            } else {
                Redirect::to(&format!("{}/{code}", paths::RATE)).into_response()
            })
        }
        Err(too_long) => {
            let (longest, length) = (LONGEST_TEXT.to_string(), too_long.0.to_string());
            let values = [("longest", longest.as_str()), ("length", length.as_str())];
            let error = page.texts.fill("rating-text-too-long", &values);
            if wants_json(&headers) {
                let message = Json(json!({ "message": error }));
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, message).into_response());
            }
            let asked = RemarksPage {
                chosen: answered.answers.join(" "),
                text: answered.text,
                error,
                ..RemarksPage::new(page, &rating)
            };
            Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &asked))
        }
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|it| it.starts_with("application/json"))
}
