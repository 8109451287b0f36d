// SPDX-License-Identifier: EUPL-1.2
//! A person's own data: to take along as JSON and CSV, and to erase at once.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use crate::app::App;
use crate::services;
use crate::services::erase_person::erase_person;
use crate::services::personal_data::read_personal_data;
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

/// What concerned them, a line each.
///
/// # Errors
/// What the database says.
pub async fn csv(State(app): State<App>, SignedIn(subscriber): SignedIn, page: Page) -> Result<Response, PageError> {
    let data = read_personal_data(&app, subscriber).await?;
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    let unexpected = |error: csv::Error| services::Error::Unexpected(error.to_string());
    let columns = ["title", "url", "since", "saved", "read"].map(|name| page.t(&format!("data-column-{name}")));
    writer.write_record(&columns).map_err(unexpected)?;
    let answer = |is_so: bool| page.t(if is_so { "yes" } else { "no" });
    for line in &data.inbox {
        let since = page.texts.iso_date(&line.since);
        let fields = [&line.title, &line.url, &since, &answer(line.saved), &answer(line.read)];
        writer.write_record(fields).map_err(unexpected)?;
    }
    let text = writer
        .into_inner()
        .map_err(|error| services::Error::Unexpected(error.to_string()))?;
    Ok(file("text/csv; charset=utf-8", "avvisi.csv", text))
}

/// What a spreadsheet knows UTF-8 by.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

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
