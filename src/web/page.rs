// SPDX-License-Identifier: EUPL-1.2
//! What every page shares: the language, the form token, addresses of files, and who is signed in.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::app::App;
use crate::config::Config;
use crate::domain::language::Language;
use crate::domain::rating::Opinion;
use crate::services::rate_page::{RatedPage, rated_page};
use crate::texts::Texts;
use crate::urls::{Urls, paths};
use crate::web::csrf::FormCookie;
use crate::web::security::is_private;
use crate::web::session::{Kind, has_session};
use crate::web::theme::Theme;

/// The cookie that remembers the language that somebody chose.
const LANGUAGE_COOKIE: &str = "informa_language";

/// For how long, in seconds: whoever comes back within a year need not choose again.
const LANGUAGE_LIFE: u32 = 365 * 24 * 60 * 60;

/// The query parameter that chooses a language.
const LANGUAGE_PARAMETER: &str = "lang";

/// What the layout and every page needs; templates ask it for sentences and addresses.
#[derive(Debug, Clone)]
pub struct Page {
    /// The sentences of the reader's language.
    pub texts: Texts,
    /// The token of this reader's forms.
    pub csrf: String,
    /// The path of this page.
    pub path: String,
    /// The query of its address, without the choice of a language.
    query: String,
    /// Whether a subscriber is signed in.
    pub is_person: bool,
    /// Whether a member of staff is signed in.
    pub is_staff: bool,
    config: Arc<Config>,
    theme: Arc<Theme>,
}

impl Page {
    /// The sentence called `key`.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.texts.get(key)
    }

    /// The sentence called `key`, with one value in its place: templates can pass no list.
    #[must_use]
    pub fn filled(&self, key: &str, name: &'static str, value: &str) -> String {
        self.texts.fill(key, &[(name, value)])
    }

    /// The sentence called `key` for a number.
    #[must_use]
    pub fn counted(&self, key: &str, number: &i64) -> String {
        self.texts.count(key, *number)
    }

    /// The tag of the language.
    #[must_use]
    pub const fn language(&self) -> &'static str {
        self.texts.language.code()
    }

    /// Whether the page is in another language than what editors write: their words are then marked as Italian.
    #[must_use]
    pub fn is_translated(&self) -> bool {
        self.texts.language != Language::Italian
    }

    /// Every language.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        self.texts.languages().to_vec()
    }

    /// This very page in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        format!("?{}{LANGUAGE_PARAMETER}={}", self.query, language.code())
    }

    /// The settings that name the installation.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The full address of a path of ours.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        Urls::new(&self.config.public_url).absolute(path)
    }

    /// The address of a file of the front end.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        self.theme.address(name)
    }

    /// The address of the body's logo, if it has one.
    #[must_use]
    pub fn logo(&self) -> Option<String> {
        self.theme.logo()
    }

    /// The address of an icon of the sprite.
    #[must_use]
    pub fn icon(&self, name: &str) -> String {
        format!("{}#{name}", self.theme.address("icons.svg"))
    }

    /// What marks the entry of the menu that leads to this page.
    #[must_use]
    pub fn current(&self, path: &str) -> &'static str {
        if self.path == path || (path != paths::HOME && self.path.starts_with(path)) {
            "page"
        } else {
            "false"
        }
    }

    /// What is rated at this page; `None` where nobody is asked.
    #[must_use]
    pub fn rated(&self) -> Option<RatedPage> {
        rated_page(&self.path)
    }

    /// Both questions that may follow the stars.
    #[must_use]
    pub const fn opinions(&self) -> [Opinion; 2] {
        Opinion::ALL
    }

    /// The script of the body's own web chat: on public pages only, and only where one is set.
    #[must_use]
    pub fn chat_script(&self) -> Option<&str> {
        let script = self.config.chat_script.as_str();
        (!script.is_empty() && !is_private(&self.path)).then_some(script)
    }

    /// The page about privacy.
    #[must_use]
    pub fn privacy_url(&self) -> &str {
        if self.config.privacy_url.is_empty() {
            paths::PRIVACY
        } else {
            &self.config.privacy_url
        }
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let theme = parts.extensions.get::<Arc<Theme>>().cloned().unwrap_or_default();
        let cookie = parts.extensions.get::<FormCookie>().cloned().unwrap_or_default();
        Ok(Self {
            texts: app.texts(language(app, parts, &jar)),
            csrf: cookie.token(&app.secrets),
            path: parts.uri.path().to_owned(),
            query: without_language(parts.uri.query().unwrap_or_default()),
            is_person: has_session(app, &jar, Kind::Person).await,
            is_staff: has_session(app, &jar, Kind::Staff).await,
            config: Arc::clone(&app.config),
            theme,
        })
    }
}

/// The language of a request: chosen now, chosen before, or Italian. What browsers say of themselves is not asked: the
/// pages of an Italian body are in Italian for whoever has not chosen, as the national validator reads them.
fn language(app: &App, parts: &Parts, jar: &CookieJar) -> Language {
    let spoken = app.texts(Language::default()).languages();
    let remembered = || {
        jar.get(LANGUAGE_COOKIE)
            .and_then(|cookie| Language::from_code(cookie.value()))
            .filter(|language| spoken.contains(language))
    };
    chosen(app, parts.uri.query()).or_else(remembered).unwrap_or_default()
}

fn chosen(app: &App, query: Option<&str>) -> Option<Language> {
    let pairs = url::form_urlencoded::parse(query?.as_bytes());
    let mut languages = pairs.filter(|(name, _)| name == LANGUAGE_PARAMETER);
    languages.find_map(|(_, code)| Language::from_code(&code).filter(|language| app.speaks(*language)))
}

/// The parameters of a query but for the language, ready to be followed by another.
fn without_language(query: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let mut kept = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.filter(|(name, _)| name != LANGUAGE_PARAMETER) {
        kept.append_pair(&name, &value);
    }
    let kept = kept.finish();
    if kept.is_empty() { kept } else { format!("{kept}&") }
}

/// Remembers a language that was chosen by its link.
pub async fn remember_language(State(app): State<App>, request: Request, next: Next) -> Response {
    let chosen = chosen(&app, request.uri().query());
    let mut response = next.run(request).await;
    if let Some(language) = chosen {
        let cookie = cookie(&app, LANGUAGE_COOKIE, language.code().to_owned());
        append_lasting_cookie(&mut response, &cookie);
    }
    response
}

/// A cookie of the service itself: for this site only, out of reach of scripts, and over TLS only in production.
#[must_use]
pub fn cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    let built = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax);
    built.secure(app.config.is_production()).build()
}

/// Adds a cookie to an answer, for as long as the browser is open.
pub fn append_cookie(response: &mut Response, cookie: &Cookie<'_>) {
    append_written(response, &cookie.to_string());
}

/// Adds one that outlasts the browser (RFC 6265, section 5.2.2).
fn append_lasting_cookie(response: &mut Response, cookie: &Cookie<'_>) {
    append_written(response, &format!("{cookie}; Max-Age={LANGUAGE_LIFE}"));
}

fn append_written(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The page that a template gives.
#[must_use]
pub fn render(template: &impl Template) -> Response {
    render_as(StatusCode::OK, template)
}

/// The page that a template gives, under another status.
#[must_use]
pub fn render_as(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
