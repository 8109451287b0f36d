// SPDX-License-Identifier: EUPL-1.2
//! The headers that every answer carries, and the line that every request leaves in the log.
//!
//! A path that ends in somebody's code is logged without it.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::urls::paths;

/// Everything from ourselves, nothing inline, nothing framed, forms only to ourselves. A web chat of the body is the one
/// exception, where it is set.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Pages that are one person's, or hold a link of theirs: no browser keeps a copy that a Back button would show.
const PRIVATE: [&str; 12] = [
    paths::PREFERENCES,
    paths::INBOX,
    paths::STAFF,
    paths::SIGNED_UP,
    paths::CONFIRM,
    paths::SIGN_IN,
    paths::MOVE_MAILBOX,
    paths::UNSUBSCRIBE,
    paths::MANAGE,
    paths::RATE,
    paths::ERASED,
    paths::MAILBOX,
];

/// Whether a page is one person's, or holds a link of theirs.
#[must_use]
pub fn is_private(path: &str) -> bool {
    PRIVATE.iter().any(|private| path.starts_with(private))
}

/// The policy of a public page where the body has a web chat of its own: what its script needs, from its host alone.
fn policy_with_chat(origin: &str, host: &str) -> Option<HeaderValue> {
    let own = "'self'";
    let policy = POLICY
        .replace("script-src 'self'", &format!("script-src {own} {origin}"))
        .replace("style-src 'self'", &format!("style-src {own} {origin}"))
        .replace(
            "connect-src 'self'",
            &format!("connect-src {own} {origin} wss://{host}; frame-src {origin}"),
        );
    HeaderValue::from_str(&policy).ok()
}

/// Adds the headers that protect the reader.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    // A route with a code in its address is private even where nobody has put it on the list.
    let route = request.extensions().get::<MatchedPath>();
    let names_code = route.is_some_and(|route| route.as_str().contains("{code}"));
    let is_private = names_code || is_private(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let keeping = if is_private { "no-store" } else { "no-cache" };
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(keeping));
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let chat = app.config.chat_origin().filter(|_| !is_private);
        let policy = chat.and_then(|(origin, host)| policy_with_chat(&origin, &host));
        headers.insert(
            CONTENT_SECURITY_POLICY,
            policy.unwrap_or_else(|| HeaderValue::from_static(POLICY)),
        );
    }
    if app.config.is_production() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Logs what was asked and how it was answered. The route's pattern stands for the path: codes and tokens never show.
pub async fn log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let pattern = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let started = tokio::time::Instant::now();
    let response = next.run(request).await;
    let route = pattern.unwrap_or_else(|| "-".to_owned());
    report(method.as_str(), &route, response.status(), started.elapsed());
    response
}

fn report(method: &str, route: &str, status: StatusCode, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(
        method,
        route,
        status = status.as_u16(),
        milliseconds,
        "answered a request"
    );
}
