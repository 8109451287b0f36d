// SPDX-License-Identifier: EUPL-1.2
//! Leaving and coming back: the page that asks first, what is left for who has left, and the way back.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;

use crate::app::App;
use crate::domain::subscriber::ConsentEvidence;
use crate::services;
use crate::services::unsubscribe::leave_service;
use crate::urls::paths;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::{self, Kind, Person, SignedIn};
use crate::web::site::message::MessagePage;

fn way_out() -> String {
    format!("{}/disiscriviti", paths::PREFERENCES)
}

/// Asks, saying what is lost and until when it can be undone.
pub async fn ask(State(app): State<App>, Person(_): Person, page: Page) -> Response {
    let until = app.now().plus(TimeDelta::days(app.config.keep_left_days.into()));
    let when = page.texts.date(&until);
    let undone = page.filled("leave-ask-until", "when", &when);
    render(
        &MessagePage::new(page, "it-user", "leave-ask")
            .with_words(undone)
            .with_action(way_out(), "leave-action", "btn-danger")
            .forgetting_push()
            .with_link("erase-back", paths::PREFERENCES),
    )
}

/// Ends everything.
///
/// # Errors
/// What the database says.
pub async fn leave(
    State(app): State<App>,
    Person(subscriber): Person,
    jar: CookieJar,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    leave_service(&app, subscriber).await?;
    let done = Redirect::to(&format!("{}/fatto", paths::UNSUBSCRIBE)).into_response();
    Ok(session::close(&app, Kind::Person, &jar, done).await?)
}

/// What is left for who has left: what is kept of them, and the way back.
pub(super) fn farewell(page: Page) -> Response {
    let data = format!("{}/dati.json", paths::PREFERENCES);
    let table = format!("{}/dati.csv", paths::PREFERENCES);
    let erase = format!("{}/cancella", paths::PREFERENCES);
    let back = format!("{}/torna", paths::PREFERENCES);
    let days = page.config().keep_left_days.to_string();
    let kept = page.filled("left-kept", "days", &days);
    let agreed = page.t("consent-text");
    render(
        &MessagePage::new(page, "it-user", "left")
            .with_words(kept)
            .with_words(agreed)
            .with_action(back, "left-come-back", "btn-primary")
            .with_link("data-json", &data)
            .with_link("data-table", &table)
            .with_link("data-erase", &erase)
            .with_link("unsubscribed-again", paths::SUBSCRIBE),
    )
}

/// Has whoever left told again, with what they had chosen.
///
/// # Errors
/// [`PageError::NotFound`] for who was forgotten meanwhile.
pub async fn come_back(
    State(app): State<App>,
    SignedIn(subscriber): SignedIn,
    page: Page,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let consent = ConsentEvidence {
        at: app.now(),
        source: format!("{}/torna", paths::PREFERENCES),
        text: page.t("consent-text"),
    };
    services::come_back::come_back(&app, subscriber, &consent).await?;
    Ok(Redirect::to(&format!("{}?done=back", paths::PREFERENCES)).into_response())
}
