// SPDX-License-Identifier: EUPL-1.2
//! Stopping mail: the page asks, the button stops. Mail programs send the same request by themselves (RFC 8058).
//!
//! This is the one form without a token of ours: the code in its address can do nothing but stop. Each page names which mails
//! end, and offers to end everything.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::profile::Frequency;
use crate::services::unsubscribe::{Reader, read_code, unsubscribe, unsubscribe_from_all};
use crate::urls::paths;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::site::message::MessagePage;

/// Asks.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let (mails, reader) = read_code(&app, &code).await?;
    if reader == Reader::Nobody {
        return Ok(nothing_sent(page));
    }
    let stop = format!("{}/{code}", paths::UNSUBSCRIBE);
    let lead = page.filled("unsubscribe-ends", "what", &named(&page, mails));
    let undone = kept_for(&page, "unsubscribe-all-kept");
    let mut asked = MessagePage::new(page, "it-mail", "unsubscribe")
        .with_words(undone)
        .with_action(stop.clone(), "unsubscribe-action", "btn-danger")
        .with_action(format!("{stop}/tutto"), "unsubscribe-all-action", "btn-outline-danger")
        .with_link("menu-preferences", paths::PREFERENCES);
    asked.lead = lead;
    Ok(render(&asked))
}

/// The mails that a code ends, as pages name them.
fn named(page: &Page, mails: Option<Frequency>) -> String {
    page.t(&format!("mails-{}", mails.map_or("all", Frequency::code)))
}

fn kept_for(page: &Page, key: &str) -> String {
    page.filled(key, "days", &page.config().keep_left_days.to_string())
}

/// For who holds a mail that was sent to an address which is no longer written to: nobody learns more.
pub(super) fn nothing_sent(page: Page) -> Response {
    render(
        &MessagePage::new(page, "it-check-circle", "nothing-sent")
            .with_link("menu-opportunities", paths::OPPORTUNITIES),
    )
}

/// Stops the mails at once; again and again is the same. A person is shown what happened, a program gets an empty 200.
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
    Ok(Redirect::to(&format!("{}/{code}/fatto", paths::UNSUBSCRIBE)).into_response())
}

/// Says what ended, and offers to end the rest.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn ended(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let (mails, reader) = read_code(&app, &code).await?;
    let lead = page.filled("unsubscribed-ended", "what", &named(&page, mails));
    let kept = kept_for(&page, "unsubscribed-kept");
    let all = format!("{}/{code}/tutto", paths::UNSUBSCRIBE);
    let mut said = match reader {
        Reader::Nobody => return Ok(nothing_sent(page)),
        Reader::Left => MessagePage::new(page, "it-check-circle", "unsubscribed").with_words(kept),
        Reader::Subscriber => MessagePage::new(page, "it-check-circle", "unsubscribed")
            .with_note("unsubscribed-rest")
            .with_action(all, "unsubscribe-all-action", "btn-outline-danger")
            .with_link("menu-preferences", paths::PREFERENCES),
    };
    said.lead = lead;
    Ok(render(&said.with_link("menu-opportunities", paths::OPPORTUNITIES)))
}

/// Stops everything.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn everything(
    State(app): State<App>,
    page: Page,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    if let (_, Reader::Nobody) = read_code(&app, &code).await? {
        return Ok(nothing_sent(page));
    }
    unsubscribe_from_all(&app, &code).await?;
    Ok(Redirect::to(&format!("{}/fatto", paths::UNSUBSCRIBE)).into_response())
}

/// Says that everything is done.
pub async fn done(page: Page) -> Response {
    let kept = kept_for(&page, "unsubscribed-kept");
    render(
        &MessagePage::new(page, "it-check-circle", "unsubscribed")
            .with_words(kept)
            .with_link("unsubscribed-again", paths::SUBSCRIBE)
            .with_link("menu-opportunities", paths::OPPORTUNITIES),
    )
}
