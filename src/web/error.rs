// SPDX-License-Identifier: EUPL-1.2
//! From a failed operation to a page or a JSON answer: the one place that knows status codes.
//!
//! The cause is logged once, here, and nothing of it is shown. The page itself is made by [`explain`], a layer that
//! knows the reader's language.

use askama::Template;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::app::App;
use crate::services::{Error, Refusal};
use crate::storage;
use crate::urls::paths;
use crate::web::page::{Page, render_as};

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum PageError {
    /// There is no such page.
    NotFound,
    /// The request cannot be understood.
    BadRequest,
    /// More was sent than any of our forms holds.
    TooLarge,
    /// The form was not sent by one of our pages, or the cookie is gone.
    Forged,
    /// It is for subscribers who are signed in.
    SignInFirst,
    /// It is for subscribers, and whoever is signed in has left.
    HasLeft,
    /// It is for staff who are signed in.
    StaffSignInFirst,
    /// The role does not allow it.
    NotYours,
    /// Too many attempts from one place; in how many seconds there may be another.
    TooMany(u64),
    /// The operation was refused, for a reason that a person can act on.
    Refused(Refusal),
    /// Something that should have worked did not.
    Unexpected(String),
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::NotFound => Self::NotFound,
            Error::Unexpected(cause) => Self::Unexpected(cause),
        }
    }
}

impl From<BytesRejection> for PageError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLarge
        } else {
            Self::BadRequest
        }
    }
}

impl From<storage::Error> for PageError {
    fn from(error: storage::Error) -> Self {
        Self::Unexpected(error.to_string())
    }
}

/// What the layer needs to explain an error: the keys of its heading and its sentence.
#[derive(Debug, Clone)]
struct Explanation {
    heading: &'static str,
    sentence: &'static str,
    /// Whether a new link is what helps.
    ask_again: bool,
}

impl PageError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Forged | Self::NotYours => StatusCode::FORBIDDEN,
            Self::SignInFirst | Self::HasLeft | Self::StaffSignInFirst => StatusCode::SEE_OTHER,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn explanation(&self) -> Explanation {
        let (heading, sentence) = match self {
            Self::NotFound => ("error-not-found-heading", "error-not-found"),
            Self::BadRequest => ("error-bad-request-heading", "error-bad-request"),
            Self::TooLarge => ("error-too-large-heading", "error-too-large"),
            Self::Forged => ("error-forged-heading", "error-forged"),
            Self::NotYours => ("error-not-yours-heading", "error-not-yours"),
            Self::TooMany(_) => ("error-too-many-heading", "error-too-many"),
            Self::Refused(refusal) => ("error-refused-heading", refusal_key(refusal)),
            Self::SignInFirst | Self::HasLeft | Self::StaffSignInFirst | Self::Unexpected(_) => {
                ("error-unexpected-heading", "error-unexpected")
            }
        };
        let ask_again = matches!(self, Self::Refused(Refusal::LinkExpired | Refusal::LinkUsed));
        Explanation {
            heading,
            sentence,
            ask_again,
        }
    }
}

/// The key of the sentence that says what a person can do about a refusal.
#[must_use]
pub const fn refusal_key(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Address => "refusal-address",
        Refusal::NoTopic => "refusal-no-topic",
        Refusal::NoConsent => "refusal-no-consent",
        Refusal::UnknownCode(_) => "refusal-unknown-code",
        Refusal::LinkExpired => "refusal-link-expired",
        Refusal::LinkUsed => "refusal-link-used",
        Refusal::AskedTooOften => "refusal-asked-too-often",
        Refusal::LastProfile => "refusal-last-profile",
        Refusal::Credentials => "refusal-credentials",
        Refusal::AccountExists => "refusal-account-exists",
        Refusal::ShortPassword => "refusal-short-password",
        Refusal::Endpoint(_) => "refusal-endpoint",
        Refusal::PushKeys(_) | Refusal::UnknownVapidKey => "refusal-push-keys",
        Refusal::BrowserTaken => "refusal-browser-taken",
        Refusal::MailboxTaken => "refusal-mailbox-taken",
        Refusal::Publish(_) => "refusal-publish",
        Refusal::AudienceOpen => "refusal-audience-open",
        Refusal::NotADraft => "refusal-not-a-draft",
        Refusal::NotPublic => "refusal-not-public",
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match &self {
            Self::SignInFirst => return Redirect::to(paths::SIGN_IN).into_response(),
            Self::HasLeft => return Redirect::to(paths::PREFERENCES).into_response(),
            Self::StaffSignInFirst => return Redirect::to(&format!("{}/accedi", paths::STAFF)).into_response(),
            Self::Unexpected(cause) => tracing::error!(error = %cause, "a page could not be shown"),
            _ => {}
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self.explanation());
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl PageError {
    /// The page that was asked for with this error's status in place of its own: it says itself what is wrong, and keeps
    /// what was typed.
    #[must_use]
    pub fn said_by(self, mut page: Response) -> Response {
        let refused = self.into_response();
        *page.status_mut() = refused.status();
        if let Some(seconds) = refused.headers().get(RETRY_AFTER) {
            page.headers_mut().insert(RETRY_AFTER, seconds.clone());
        }
        page
    }
}

#[derive(Template)]
#[template(path = "site/error.html")]
struct ErrorPage {
    page: Page,
    heading: String,
    sentence: String,
    ask_again: bool,
}

/// What the router and the extractors refuse: an address that nothing has, or that is not text.
fn refused_before_a_handler(response: &Response) -> Option<Explanation> {
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_ours = kind.is_some_and(|kind| kind.starts_with(b"text/html") || kind.starts_with(b"application/json"));
    let error = match response.status() {
        StatusCode::NOT_FOUND => PageError::NotFound,
        status if status.is_client_error() => PageError::BadRequest,
        _ => return None,
    };
    (!is_ours).then(|| error.explanation())
}

/// Turns errors into pages in the reader's language, or into `{"message": …}` for scripts.
pub async fn explain(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_json = |name| {
        let value = parts.headers.get(name);
        value.is_some_and(|kind: &HeaderValue| kind.as_bytes().starts_with(b"application/json"))
    };
    let wants_json = is_json(CONTENT_TYPE) || is_json(ACCEPT);
    let Ok(page) = Page::from_request_parts(&mut parts, &app).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let known = response.extensions().get::<Explanation>().cloned();
    let Some(explanation) = known.or_else(|| refused_before_a_handler(&response)) else {
        return response;
    };
    let retry_after = response.headers().get(RETRY_AFTER).cloned();
    let sentence = page.t(explanation.sentence);
    let mut explained = if wants_json {
        (status, axum::Json(json!({ "message": sentence }))).into_response()
    } else {
        let heading = page.t(explanation.heading);
        let ask_again = explanation.ask_again;
        render_as(
            status,
            &ErrorPage {
                page,
                heading,
                sentence,
                ask_again,
            },
        )
    };
    if let Some(seconds) = retry_after {
        explained.headers_mut().insert(RETRY_AFTER, seconds);
    }
    explained
}
