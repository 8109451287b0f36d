// SPDX-License-Identifier: EUPL-1.2
//! Forms that only our own pages can send: each carries a code made of the reader's own cookie with the secret.
//!
//! A handler that takes [`Submitted`] or [`Posted`] cannot be reached without it. The one exception is one-click
//! unsubscribing, which mail programs send.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::secrets::{Secrets, Use};
use crate::web::error::PageError;
use crate::web::page::{append_cookie, cookie};

/// The cookie that the token is made of. In production its name keeps other hosts of the domain from setting it.
const fn cookie_name(production: bool) -> &'static str {
    if production {
        "__Host-informa_form"
    } else {
        "informa_form"
    }
}

/// The field of every form.
pub const FIELD: &str = "csrf";

/// The header of every request that a script sends.
const HEADER: &str = "x-csrf-token";

/// No keyboard gives this character, and PostgreSQL keeps no text with it.
const NULL: char = '\0';

/// What is random about this reader's forms.
#[derive(Debug, Clone, Default)]
pub struct FormCookie(String);

impl FormCookie {
    /// The token of this reader's forms.
    #[must_use]
    pub fn token(&self, secrets: &Secrets) -> String {
        URL_SAFE_NO_PAD.encode(secrets.code(Use::Form, self.0.as_bytes()))
    }

    fn admits(&self, secrets: &Secrets, token: &str) -> bool {
        let code = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        !self.0.is_empty() && secrets.verify(Use::Form, self.0.as_bytes(), &code)
    }
}

/// Gives every reader of a page the cookie, so that the first form they see can be sent. Programs that fetch feeds get none.
pub async fn give_form_cookie(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let name = cookie_name(app.config.is_production());
    let given = jar.get(name).map(|cookie| cookie.value().to_owned());
    let value = given
        .clone()
        .unwrap_or_else(|| URL_SAFE_NO_PAD.encode(app.chance.bytes::<16>()));
    request.extensions_mut().insert(FormCookie(value.clone()));
    let mut response = next.run(request).await;
    if given.is_none() && is_page(&response) {
        append_cookie(&mut response, &cookie(&app, name, value));
    }
    response
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The fields of a form that one of our pages sent.
#[derive(Debug)]
pub struct Submitted<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Submitted<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let cookie = request_cookie(app, request.headers());
        let bytes = Bytes::from_request(request, app).await?;
        let mut fields = url::form_urlencoded::parse(&bytes);
        let token = fields
            .find(|(name, _)| name == FIELD)
            .map(|(_, value)| value.into_owned());
        if !cookie.admits(&app.secrets, &token.unwrap_or_default()) {
            return Err(PageError::Forged);
        }
        if url::form_urlencoded::parse(&bytes).any(|(_, value)| value.contains(NULL)) {
            return Err(PageError::BadRequest);
        }
        serde_html_form::from_bytes(&bytes)
            .map(Self)
            .map_err(|_| PageError::BadRequest)
    }
}

/// A form that has only a button.
#[derive(Debug, Deserialize)]
pub struct NoFields {}

/// The JSON that a script of one of our pages sent.
#[derive(Debug)]
pub struct Posted<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Posted<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let cookie = request_cookie(app, request.headers());
        let token = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        if !cookie.admits(&app.secrets, token.unwrap_or_default()) {
            return Err(PageError::Forged);
        }
        from_json(&Bytes::from_request(request, app).await?).map(Self)
    }
}

/// The JSON that a service worker sent, which has no token; what it sends must be its own proof.
#[derive(Debug)]
pub struct Unsigned<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Unsigned<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        from_json(&Bytes::from_request(request, app).await?).map(Self)
    }
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PageError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| PageError::BadRequest)?;
    if has_null(&value) {
        return Err(PageError::BadRequest);
    }
    serde_json::from_value(value).map_err(|_| PageError::BadRequest)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(NULL),
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}

/// The cookie that the reader sent; one that was given only now admits nothing.
fn request_cookie(app: &App, headers: &HeaderMap) -> FormCookie {
    let jar = CookieJar::from_headers(headers);
    FormCookie(
        jar.get(cookie_name(app.config.is_production()))
            .map(|cookie| cookie.value().to_owned())
            .unwrap_or_default(),
    )
}
