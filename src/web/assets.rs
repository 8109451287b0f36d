// SPDX-License-Identifier: EUPL-1.2
//! The files of the front end, built into the program from `assets/dist`.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

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

/// A file by its hashed name: it never changes, so it may be kept for ever.
pub async fn file(Path(name): Path<String>) -> Response {
    match Files::get(&name).filter(|_| name != TABLE) {
        Some(file) => {
            let kind = media_type(&name, file.metadata.mimetype());
            (
                [
                    (CONTENT_TYPE, kind),
                    (CACHE_CONTROL, "public, max-age=31536000, immutable"),
                ],
                file.data,
            )
                .into_response()
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

/// The text of a file by its name before the hash, for answers that are made of it.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    let file = Files::get(NAMES.get(name)?)?;
    String::from_utf8(file.data.into_owned()).ok()
}
