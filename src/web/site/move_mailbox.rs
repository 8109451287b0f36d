// SPDX-License-Identifier: EUPL-1.2
//! Another address: where a person asks for it, and the page behind the links that agree.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::services::move_mailbox::{Standing, agree_to_move, ask_to_move, asked_address};
use crate::urls::paths;
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::session::{self, Kind, Person};
use crate::web::site::message::MessagePage;

#[derive(Template)]
#[template(path = "site/move_mailbox.html")]
struct MovePage {
    page: Page,
    email: String,
    is_wrong: bool,
}

/// Asks for the new address.
pub async fn form(Person(_): Person, page: Page) -> Response {
    render(&MovePage {
        page,
        email: String::new(),
        is_wrong: false,
    })
}

/// The new address, as the form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewAddress {
    email: String,
}

/// Writes to both addresses. The answer is the same whether or not the new one is somebody else's.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn submit(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    Person(subscriber): Person,
    page: Page,
    Submitted(new): Submitted<NewAddress>,
) -> Result<Response, PageError> {
    let Ok(email) = EmailAddress::parse(&new.email) else {
        let again = MovePage {
            page,
            email: new.email,
            is_wrong: true,
        };
        return Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &again));
    };
    limits.count(client)?;
    ask_to_move(&app, subscriber, &email).await?;
    Ok(Redirect::to(&format!("{}?done=moving", paths::PREFERENCES)).into_response())
}

/// Asks whether to agree: mail scanners open links.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let new = asked_address(&app, &code).await?;
    let address = format!("{}/{code}", paths::MOVE_MAILBOX);
    let mut asked = MessagePage::new(page, "it-mail", "move").with_action(address, "move-agree", "btn-primary btn-lg");
    asked.notes.insert(0, asked.page.filled("move-to", "address", &new));
    Ok(render(&asked))
}

/// Agrees on one side. It signs nobody in: the new address is nobody's before both have agreed.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn agree(
    State(app): State<App>,
    jar: CookieJar,
    page: Page,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let session = session::hash_of(&app, &jar, Kind::Person);
    let (icon, key) = match agree_to_move(&app, &code, session.as_deref()).await? {
        Standing::Waiting => ("it-clock", "move-waiting"),
        Standing::Done => ("it-check-circle", "move-done"),
    };
    Ok(render(
        &MessagePage::new(page, icon, key).with_link("menu-preferences", paths::PREFERENCES),
    ))
}
