// SPDX-License-Identifier: EUPL-1.2
//! The way to the private page: a link by mail or by push, used up by a click.

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
use crate::services::confirm_subscription::check_link;
use crate::services::send_sign_in_link::{SIGN_IN, send_link_to_mailbox};
use crate::services::use_sign_in_link::use_sign_in_link;
use crate::urls::paths;
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::session::{self, Kind};
use crate::web::site::message::MessagePage;

#[derive(Template)]
#[template(path = "site/sign_in.html")]
struct SignInPage {
    page: Page,
    email: String,
    error: String,
}

/// Asks for the address.
pub async fn form(page: Page) -> Response {
    render(&SignInPage {
        page,
        email: String::new(),
        error: String::new(),
    })
}

/// The form as it is sent.
#[derive(Debug, Deserialize)]
pub struct SignIn {
    #[serde(default)]
    email: String,
}

/// Owes the link. The answer is the same whether or not the address is known.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn submit(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    page: Page,
    Submitted(form): Submitted<SignIn>,
) -> Result<Response, PageError> {
    let Ok(email) = EmailAddress::parse(&form.email) else {
        let error = page.t("form-bad-address");
        return Ok(render_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            &SignInPage {
                page,
                email: form.email,
                error,
            },
        ));
    };
    limits.count(client)?;
    send_link_to_mailbox(&app, &email).await?;
    Ok(Redirect::to(&format!("{}/controlla", paths::SIGN_IN)).into_response())
}

/// Says that a message is on its way, if the address is right.
pub async fn check_mail(page: Page) -> Response {
    render(&MessagePage::new(page, "it-mail", "check-sign-in").with_link("check-sign-in-again", paths::SIGN_IN))
}

/// The page behind the link: only its button signs in.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let link = check_link(&app, SIGN_IN, &code).await?;
    let address = format!("{}/{code}", paths::SIGN_IN);
    let asks = MessagePage::new(page, "it-user", "enter");
    let (asks, action) = match link.leads_to {
        Some(_) => (asks.with_note("enter-goes-on"), "enter-goes-on-action"),
        None => (asks, "enter-action"),
    };
    Ok(render(&asks.with_action(address, action, "btn-primary btn-lg")))
}

/// Signs in.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn enter(
    State(app): State<App>,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let link = check_link(&app, SIGN_IN, &code).await?;
    let subscriber = use_sign_in_link(&app, &code).await?;
    let own = Redirect::to(link.leads_to.as_deref().unwrap_or(paths::PREFERENCES));
    Ok(session::open(&app, Kind::Person, subscriber.0, own.into_response()).await?)
}

/// Signs out.
///
/// # Errors
/// What the database says.
pub async fn leave(
    State(app): State<App>,
    jar: CookieJar,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    Ok(session::close(&app, Kind::Person, &jar, Redirect::to(paths::HOME).into_response()).await?)
}
