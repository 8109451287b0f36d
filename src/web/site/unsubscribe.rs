// SPDX-License-Identifier: EUPL-1.2
//! Stopping mail: the page asks, the button stops. Mail programs send the same request by themselves (RFC 8058).
//!
//! This is the one form without a token of ours: the code in its address can do nothing but stop.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::services::unsubscribe::{unsubscribe, unsubscribe_from_all};
use crate::urls::{UnsubscribeCode, paths};
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::site::message::MessagePage;

/// Asks.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    UnsubscribeCode::open(&app.unsubscribe_key, &code).ok_or(PageError::NotFound)?;
    let stop = format!("{}/{code}", paths::UNSUBSCRIBE);
    let everything = format!("{stop}/tutto");
    Ok(render(
        &MessagePage::new(page, "it-mail", "unsubscribe")
            .with_action(stop, "unsubscribe-action", "btn-danger")
            .with_action(everything, "unsubscribe-all-action", "btn-outline-danger")
            .with_link("menu-preferences", paths::PREFERENCES),
    ))
}

/// Stops the mail at once; again and again is the same. A person is shown what happened, a program gets an empty 200.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn one_click(
    State(app): State<App>,
    headers: HeaderMap,
    Path(code): Path<String>,
    body: Bytes,
) -> Result<Response, PageError> {
    unsubscribe(&app, &code).await?;
    let is_program = body.starts_with(b"List-Unsubscribe=One-Click") || !headers.contains_key("accept-language");
    if is_program {
        return Ok(().into_response());
    }
    Ok(Redirect::to(&format!("{}/fatto", paths::UNSUBSCRIBE)).into_response())
}

/// Stops everything.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn everything(
    State(app): State<App>,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    unsubscribe_from_all(&app, &code).await?;
    Ok(Redirect::to(&format!("{}/fatto", paths::UNSUBSCRIBE)).into_response())
}

/// Says that it is done.
pub async fn done(page: Page) -> Response {
    render(
        &MessagePage::new(page, "it-check-circle", "unsubscribed")
            .with_link("unsubscribed-again", paths::SUBSCRIBE)
            .with_link("menu-opportunities", paths::OPPORTUNITIES),
    )
}
