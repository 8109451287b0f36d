// SPDX-License-Identifier: EUPL-1.2
//! A person's own data: to take along as JSON and CSV, and to erase at once.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use crate::app::App;
use crate::services;
use crate::services::data_table::data_table;
use crate::services::erase_person::erase_person;
use crate::services::personal_data::read_personal_data;
use crate::services::spreadsheet::table_to_open;
use crate::urls::paths;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::{self, Kind, SignedIn};
use crate::web::site::message::MessagePage;

/// Everything that is held about them.
///
/// # Errors
/// What the database says.
pub async fn json(State(app): State<App>, SignedIn(subscriber): SignedIn) -> Result<Response, PageError> {
    let data = read_personal_data(&app, subscriber).await?;
    let text = serde_json::to_string_pretty(&data).map_err(|error| services::Error::Unexpected(error.to_string()))?;
    Ok(file("application/json", "informa.json", text.into_bytes()))
}

/// The same as a table, for who opens no JSON.
///
/// # Errors
/// What the database says.
pub async fn table(State(app): State<App>, SignedIn(subscriber): SignedIn, page: Page) -> Result<Response, PageError> {
    let data = read_personal_data(&app, subscriber).await?;
    let rows = data_table(&data, page.texts)?;
    Ok(file(CSV, "informa.csv", table_to_open(&rows)?.into_bytes()))
}

/// What concerned them, a line each.
///
/// # Errors
/// What the database says.
pub async fn csv(State(app): State<App>, SignedIn(subscriber): SignedIn, page: Page) -> Result<Response, PageError> {
    let data = read_personal_data(&app, subscriber).await?;
    let columns = ["title", "url", "since", "saved", "read"].map(|name| page.t(&format!("data-column-{name}")));
    let answer = |is_so: bool| page.t(if is_so { "yes" } else { "no" });
    let mut rows = vec![columns];
    rows.extend(data.inbox.iter().map(|line| {
        let since = page.texts.iso_date(&line.since);
        let (saved, read) = (answer(line.saved), answer(line.read));
        [line.title.clone(), line.url.clone(), since, saved, read]
    }));
    Ok(file(CSV, "avvisi.csv", table_to_open(&rows)?.into_bytes()))
}

const CSV: &str = "text/csv; charset=utf-8";

fn file(kind: &'static str, name: &str, content: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)], content).into_response()
}

/// Asks whether to erase.
pub async fn ask(SignedIn(_): SignedIn, page: Page) -> Response {
    let asked = MessagePage::new(page, "it-delete", "erase")
        .with_action(format!("{}/cancella", paths::PREFERENCES), "erase-action", "btn-danger")
        .with_link("erase-back", paths::PREFERENCES);
    render(&asked)
}

/// Erases.
///
/// # Errors
/// What the database says.
pub async fn erase(
    State(app): State<App>,
    SignedIn(subscriber): SignedIn,
    jar: CookieJar,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    erase_person(&app, subscriber).await?;
    let done = Redirect::to(paths::ERASED).into_response();
    Ok(session::close(&app, Kind::Person, &jar, done).await?)
}

/// Says that it is done.
pub async fn done(page: Page) -> Response {
    render(
        &MessagePage::new(page, "it-check-circle", "erased")
            .with_link("unsubscribed-again", paths::SUBSCRIBE)
            .with_link("menu-opportunities", paths::OPPORTUNITIES),
    )
}
