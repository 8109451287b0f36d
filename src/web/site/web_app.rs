// SPDX-License-Identifier: EUPL-1.2
//! The site as an app that can be installed: its manifest, its service worker, and the page shown without a network.

use std::sync::Arc;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::Config;
use crate::domain::language::Language;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::assets;
use crate::web::page::{Page, render};
use crate::web::theme::Theme;

/// The page that the service worker keeps for when there is no network. It is the same for everybody.
#[derive(Template)]
#[template(path = "site/offline.html")]
struct OfflinePage<'a> {
    texts: Texts,
    theme: &'a Theme,
    config: &'a Config,
}

/// What the page is made of, beside its words.
const OFFLINE_FILES: [&str; 5] = [
    "app.css",
    "icon.svg",
    "titillium-web-400.woff2",
    "titillium-web-600.woff2",
    "titillium-web-700.woff2",
];

impl<'a> OfflinePage<'a> {
    fn new(app: &'a App, theme: &'a Theme, language: Language) -> Self {
        Self {
            texts: app.texts(language),
            theme,
            config: &app.config,
        }
    }

    fn t(&self, key: &str) -> String {
        self.texts.get(key)
    }

    fn asset(&self, name: &str) -> String {
        self.theme.address(name)
    }

    /// The same page in the other languages.
    fn others(&self) -> impl Iterator<Item = &'static Language> {
        let own = self.texts.language;
        self.texts.languages().iter().filter(move |it| **it != own)
    }
}

/// Shows it.
pub async fn offline(
    State(app): State<App>,
    Extension(theme): Extension<Arc<Theme>>,
    Path(language): Path<String>,
) -> Response {
    match Language::from_code(&language).filter(|language| app.speaks(*language)) {
        Some(language) => render(&OfflinePage::new(&app, &theme, language)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The service worker: at the root, so that it serves every page, and looked for anew each time. It is told in which
/// languages there are pages without a network, what they are made of, and which version of them it belongs to, so that a
/// change of theirs is a change of the worker.
pub async fn service_worker(State(app): State<App>, Extension(theme): Extension<Arc<Theme>>) -> Response {
    let Some(script) = assets::text("service-worker.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let languages = app.texts(Language::default()).languages();
    let pages = languages
        .iter()
        .map(|language| OfflinePage::new(&app, &theme, *language).render());
    let pages: String = pages.map(Result::unwrap_or_default).collect();
    let version = digest(&SHA256, pages.as_bytes());
    let offline = json!({
        "version": URL_SAFE_NO_PAD.encode(&version.as_ref()[..9]),
        "languages": languages.iter().map(|language| language.code()).collect::<Vec<_>>(),
        "files": OFFLINE_FILES.map(|name| theme.address(name)),
    });
    let script = format!("const OFFLINE = {offline};\n{script}");
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
        ("theme_color", app.config.primary_colour.to_string().into()),
        ("description", page.t("site-description").into()),
        ("shortcuts", shortcuts.to_vec().into()),
    ] {
        manifest[field] = value;
    }
    ([(CONTENT_TYPE, "application/manifest+json")], manifest.to_string()).into_response()
}
