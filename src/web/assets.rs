// SPDX-License-Identifier: EUPL-1.2
//! The files of the front end, built into the program from `assets/dist`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::web::theme::Theme;

/// Where the files are served.
pub const ADDRESS: &str = "/assets";

/// The table that `assets/build.mjs` writes: from a file's name to the name with its hash.
const TABLE: &str = "assets.json";

#[derive(RustEmbed)]
#[folder = "assets/dist"]
struct Files;

static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let table = Files::get(TABLE).map(|file| file.data);
    table
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default()
});

/// The address of the file called `name` before its hash.
#[must_use]
pub fn address(name: &str) -> String {
    let hashed = NAMES.get(name).map_or(name, String::as_str);
    format!("{ADDRESS}/{hashed}")
}

/// The text of a file, by its name before or after its hash.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    let file = Files::get(NAMES.get(name).map_or(name, String::as_str))?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The names of the drawings that the style sheet refers to.
pub fn drawings() -> impl Iterator<Item = String> {
    let is_drawing = |name: &String| name.starts_with("drawing.");
    Files::iter().map(std::borrow::Cow::into_owned).filter(is_drawing)
}

/// What a drawing may do that somebody opens by itself: show itself.
const DRAWING_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// How long a file may be kept whose name changes with what is in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file by its hashed name: it never changes, so it may be kept for ever.
pub async fn file(Extension(theme): Extension<Arc<Theme>>, Path(name): Path<String>) -> Response {
    if let Some(drawn) = theme.file(&name) {
        let mut response = (
            [(CONTENT_TYPE, drawn.kind), (CACHE_CONTROL, FOR_EVER)],
            drawn.bytes.clone(),
        )
            .into_response();
        if drawn.kind == "image/svg+xml" {
            let policy = HeaderValue::from_static(DRAWING_POLICY);
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        return response;
    }
    match Files::get(&name).filter(|_| name != TABLE) {
        Some(file) => {
            let kind = media_type(&name, file.metadata.mimetype());
            ([(CONTENT_TYPE, kind), (CACHE_CONTROL, FOR_EVER)], file.data).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn media_type<'a>(name: &str, guessed: &'a str) -> &'a str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => guessed,
    }
}
