// SPDX-License-Identifier: EUPL-1.2
//! Staff sign in with address and password, and sign out. Attempts are counted with those to sign up.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::app::App;
use crate::services::sign_in_staff::sign_in_staff;
use crate::services::{Error, Refusal};
use crate::urls::paths;
use crate::web::client::{Client, StaffSignInLimits};
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::session::{self, Kind};

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignInPage {
    page: Page,
    email: String,
    is_refused: bool,
}

/// Asks for address and password.
pub async fn form(page: Page) -> Response {
    render(&SignInPage {
        page,
        email: String::new(),
        is_refused: false,
    })
}

/// Address and password, as the form sends them. Not `Debug`, so that they cannot be logged.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    email: String,
    password: String,
}

/// Signs in. The answer is the same for an unknown address and a wrong password.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn enter(
    State(app): State<App>,
    Extension(limits): Extension<Arc<StaffSignInLimits>>,
    client: Client,
    page: Page,
    Submitted(given): Submitted<Credentials>,
) -> Result<Response, PageError> {
    limits.count(client)?;
    match sign_in_staff(&app, given.email.trim(), given.password).await {
        Ok(member) => {
            let response = Redirect::to(paths::STAFF).into_response();
            Ok(session::open(&app, Kind::Staff, member.id.0, response).await?)
        }
        Err(Error::Refused(Refusal::Credentials)) => {
            let again = SignInPage {
                page,
                email: given.email,
                is_refused: true,
            };
            Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
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
    let response = Redirect::to(&format!("{}/accedi", paths::STAFF)).into_response();
    Ok(session::close(&app, Kind::Staff, &jar, response).await?)
}
