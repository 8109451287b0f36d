// SPDX-License-Identifier: EUPL-1.2
//! What an editor says of something public in two steps: its funds are used up, its results are out, it is taken back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::services::revise_published::{Turn, count_knowing, turn};
use crate::services::{Error, Refusal};
use crate::web::admin::facts::Facts;
use crate::web::admin::opportunity_form::LONGEST_NOTE;
use crate::web::admin::{id_in, staff_path};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render_as};
use crate::web::session::Staff;

/// The path of the page for one of them.
#[must_use]
pub fn turn_path(id: OpportunityId, turn: Turn) -> String {
    format!("{}/svolta/{}", staff_path(id), turn.code())
}

/// The key of the words on the way to it.
#[must_use]
pub const fn action_key(turn: Turn) -> &'static str {
    match turn {
        Turn::Exhausted => "staff-turn-exhausted",
        Turn::Results => "staff-turn-results",
        Turn::Withdrawn => "staff-turn-withdrawn",
    }
}

const fn explanation_key(turn: Turn) -> &'static str {
    match turn {
        Turn::Exhausted => "staff-turn-exhausted-means",
        Turn::Results => "staff-turn-results-means",
        Turn::Withdrawn => "staff-turn-withdrawn-means",
    }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    note: String,
}

#[derive(Template)]
#[template(path = "admin/turn.html")]
struct TurnPage {
    page: Page,
    address: String,
    back: String,
    facts: Facts,
    heading: String,
    explanation: String,
    told: String,
    note: String,
    error: String,
}

/// Shows what it would do.
///
/// # Errors
/// [`PageError::NotFound`] for what is not open to that.
pub async fn ask(
    State(app): State<App>,
    Staff(_): Staff,
    page: Page,
    Path((id, what)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (id, what) = (id_in(&id)?, Turn::from_code(&what).ok_or(PageError::NotFound)?);
    shown(&app, page, id, what, String::new(), String::new()).await
}

/// Does it. Whoever clicks twice is told that it is done.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn take(
    State(app): State<App>,
    Staff(editor): Staff,
    page: Page,
    Path((id, what)): Path<(String, String)>,
    Submitted(said): Submitted<Said>,
) -> Result<Response, PageError> {
    let (id, what) = (id_in(&id)?, Turn::from_code(&what).ok_or(PageError::NotFound)?);
    let length = said.note.chars().count();
    if length > LONGEST_NOTE {
        let (longest, length) = (LONGEST_NOTE.to_string(), length.to_string());
        let values = [("longest", longest.as_str()), ("length", length.as_str())];
        let error = page.texts.fill("staff-error-too-long", &values);
        return shown(&app, page, id, what, said.note, error).await;
    }
    match turn(&app, editor.id, id, what, &said.note).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=turned", staff_path(id))).into_response()),
        Err(Error::Refused(Refusal::NotPublic)) => {
            Ok(Redirect::to(&format!("{}?done=already", staff_path(id))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    app: &App,
    page: Page,
    id: OpportunityId,
    what: Turn,
    note: String,
    error: String,
) -> Result<Response, PageError> {
    let (opportunity, knowing) = match count_knowing(app, id).await {
        Err(Error::Refused(_)) => return Err(PageError::NotFound),
        other => other?,
    };
    if !what.is_open_to(&opportunity) {
        return Err(PageError::NotFound);
    }
    let code = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let shown = TurnPage {
        address: turn_path(id, what),
        back: staff_path(id),
        facts: Facts::new(&opportunity, page.texts, &app.vocabulary()),
        heading: page.t(action_key(what)),
        explanation: page.t(explanation_key(what)),
        told: page.texts.count("staff-effect-told", knowing),
        note,
        error,
        page,
    };
    Ok(render_as(code, &shown))
}
