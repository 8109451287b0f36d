// SPDX-License-Identifier: EUPL-1.2
//! The site as an app that can be installed: its manifest, its service worker, and the page shown without a network.

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::language::Language;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::assets;
use crate::web::page::{Page, render};

/// The page that the service worker keeps for when there is no network. It is the same for everybody.
#[derive(Template)]
#[template(path = "site/offline.html")]
struct OfflinePage {
    texts: Texts,
    service_name: String,
    other: Language,
}

impl OfflinePage {
    fn new(app: &App, language: Language) -> Self {
        let others = Language::ALL.into_iter().find(|it| *it != language);
        Self {
            texts: app.texts(language),
            service_name: app.config.service_name.clone(),
            other: others.unwrap_or(language),
        }
    }

    fn t(&self, key: &str) -> String {
        self.texts.get(key)
    }

    #[expect(clippy::unused_self, reason = "templates can call only methods")]
    fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// Shows it.
pub async fn offline(State(app): State<App>, Path(language): Path<String>) -> Response {
    match Language::from_code(&language) {
        Some(language) => render(&OfflinePage::new(&app, language)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The service worker: at the root, so that it serves every page, and looked for anew each time. It is told which version
/// of the pages without a network it belongs to, so that a change of theirs is a change of the worker.
pub async fn service_worker(State(app): State<App>) -> Response {
    let Some(script) = assets::text("service-worker.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let pages = Language::ALL.map(|language| OfflinePage::new(&app, language).render().unwrap_or_default());
    let version = digest(&SHA256, pages.concat().as_bytes());
    let version = URL_SAFE_NO_PAD.encode(&version.as_ref()[..9]);
    let script = format!("const OFFLINE_VERSION = \"{version}\";\n{script}");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}

/// The manifest of the web app, with the name of this installation, in the language of the page that refers to it.
pub async fn manifest(State(app): State<App>, page: Page) -> Response {
    let drawn = assets::text("manifest.webmanifest");
    let Some(mut manifest) = drawn.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let name = app.config.service_name.as_str();
    let icon = manifest["icons"][0].clone();
    let shortcut = |name: &str, address: &str| json!({ "name": page.t(name), "url": address, "icons": [icon] });
    let shortcuts = [
        shortcut("menu-inbox", paths::INBOX),
        shortcut("menu-opportunities", paths::OPPORTUNITIES),
    ];
    for (field, value) in [
        ("name", name.into()),
        ("short_name", name.into()),
        ("lang", page.language().into()),
        ("dir", "ltr".into()),
        ("description", page.t("site-description").into()),
        ("shortcuts", shortcuts.to_vec().into()),
    ] {
        manifest[field] = value;
    }
    ([(CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}
