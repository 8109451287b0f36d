// SPDX-License-Identifier: EUPL-1.2
//! What programs fetch again and again is sent only when it has changed (RFC 9110, section 13.1.2).
//!
//! Reads the whole answer, which is small, and names it by a fingerprint of what it says; whoever names the same is told
//! that nothing has changed.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::secrets::fingerprint;
use crate::web::error::PageError;

/// The longest answer of a feed or a calendar.
const LONGEST: usize = 16 * 1024 * 1024;

/// Names an answer, and leaves its content out where whoever asks has it.
pub async fn answer_unchanged(request: Request, next: Next) -> Response {
    let known = request.headers().clone();
    let (mut parts, body) = next.run(request).await.into_parts();
    if parts.status != StatusCode::OK {
        return Response::from_parts(parts, body);
    }
    let Ok(content) = to_bytes(body, LONGEST).await else {
        return PageError::Unexpected("an answer could not be read".to_owned()).into_response();
    };
    // Weak: the same content is sent compressed in several ways.
    let name = format!("W/\"{}\"", fingerprint(&content));
    if is_known(&known, &name) {
        parts.status = StatusCode::NOT_MODIFIED;
    }
    if let Ok(value) = HeaderValue::from_str(&name) {
        parts.headers.insert(ETAG, value);
    }
    let body = if parts.status == StatusCode::OK {
        Body::from(content)
    } else {
        Body::empty()
    };
    Response::from_parts(parts, body)
}

/// Whether whoever asks has what is called so.
fn is_known(headers: &HeaderMap, name: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).into_iter();
    let mut names = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','));
    names.any(|known| known.trim() == name || known.trim() == "*")
}
