// SPDX-License-Identifier: EUPL-1.2
//! What the scripts of our pages and the service worker ask: keep this browser, know it, take its new subscription.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::domain::ids::SubscriberId;
use crate::domain::language::Language;
use crate::services::open_notification::open_notification;
use crate::services::push_keys::keep_keys_fresh;
use crate::services::send_sign_in_link::send_link_to_browser;
use crate::services::subscribe_browser::{
    BrowserState, BrowserSubscription, Newcomer, add_browser, browser_state, refresh_browser, subscribe_by_browser,
};
use crate::texts::Texts;
use crate::urls::{paths, token_of};
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::{Posted, Unsigned};
use crate::web::error::PageError;
use crate::web::page::Page;
use crate::web::session::{self, Kind, MaybePerson};
use crate::web::site::answers::{Answers, FieldError};
use crate::web::site::subscribe::consent;

/// A subscription as the Push API gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct Given {
    endpoint: String,
    keys: Keys,
    #[serde(default)]
    vapid_key: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Keys {
    #[serde(default)]
    p256dh: String,
    #[serde(default)]
    auth: String,
}

impl Given {
    fn subscription(self, label: String) -> BrowserSubscription {
        BrowserSubscription {
            endpoint: self.endpoint,
            p256dh: self.keys.p256dh,
            auth: self.keys.auth,
            vapid_key: self.vapid_key,
            label,
        }
    }
}

/// A browser to keep, with the answers of the form beside it.
#[derive(Debug, Deserialize)]
pub struct Registration {
    #[serde(flatten)]
    given: Given,
    #[serde(default)]
    language: String,
    #[serde(default)]
    form: HashMap<String, Vec<String>>,
}

/// Keeps this browser: of whoever is signed in, or of a new person without any address.
///
/// # Errors
/// In JSON, with a sentence for the person.
pub async fn register(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    MaybePerson(person): MaybePerson,
    page: Page,
    headers: HeaderMap,
    Posted(registration): Posted<Registration>,
) -> Result<Response, PageError> {
    limits.count(client)?;
    let browser = registration.given.clone().subscription(browser_name(&headers));
    if let Some(subscriber) = person {
        add_browser(&app, subscriber, &browser).await?;
        return Ok(Json(json!({ "location": format!("{}?done=browser", paths::PREFERENCES) })).into_response());
    }
    let language = Language::from_code(&registration.language)
        .filter(|language| app.speaks(*language))
        .unwrap_or(page.texts.language);
    match newcomer(&app, page.texts, language, &registration.form).await? {
        Ok(newcomer) => {
            let subscriber = subscribe_by_browser(&app, &browser, &newcomer).await?;
            welcome(&app, subscriber).await
        }
        Err(errors) => {
            let sentences: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            let message = json!({ "message": sentences.join(" ") });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(message)).into_response())
        }
    }
}

async fn welcome(app: &App, subscriber: SubscriberId) -> Result<Response, PageError> {
    let location = Json(json!({ "location": format!("{}?done=browser", paths::PREFERENCES) })).into_response();
    Ok(session::open(app, Kind::Person, subscriber.0, location).await?)
}

async fn newcomer(
    app: &App,
    texts: Texts,
    language: Language,
    form: &HashMap<String, Vec<String>>,
) -> Result<Result<Newcomer, Vec<FieldError>>, PageError> {
    let pairs = form
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let encoded: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let answers: Answers = serde_html_form::from_str(&encoded).unwrap_or_default();
    let mut answers = Answers {
        way: "push".to_owned(),
        ..answers
    };
    answers.keep_public(app).await?;
    Ok(
        match (
            answers.resolve(texts, &app.vocabulary()),
            consent(&answers, texts, app.now()),
        ) {
            (Ok(choices), Ok(consent)) => Ok(Newcomer {
                choices,
                language,
                consent,
            }),
            (choices, consent) => {
                let mut errors = choices.err().unwrap_or_default();
                errors.extend(consent.err());
                Err(errors)
            }
        },
    )
}

/// Whether the server still sends to this browser, whether it should subscribe anew, and with which key. Any page and the
/// service worker may ask: the secret of the subscription is the proof.
///
/// # Errors
/// What the database says.
pub async fn state(State(app): State<App>, Unsigned(given): Unsigned<Given>) -> Result<Response, PageError> {
    let BrowserState { known, renew } = browser_state(&app, &given.endpoint, &given.keys.auth).await?;
    let keys = app.push_keys();
    let key = keys.present().map(|present| present.key.public_base64url());
    Ok(Json(json!({ "known": known, "renew": renew, "key": key })).into_response())
}

/// A subscription that a browser made anew, and the one it had.
#[derive(Debug, Deserialize)]
pub struct Changed {
    old_endpoint: String,
    #[serde(default)]
    old_auth: String,
    subscription: Given,
}

/// Takes the new subscription of a browser. A service worker has no token: the old secret is the proof.
///
/// # Errors
/// [`PageError::NotFound`] when the old one is not known so.
pub async fn changed(State(app): State<App>, Unsigned(changed): Unsigned<Changed>) -> Result<Response, PageError> {
    let browser = changed.subscription.subscription(String::new());
    refresh_browser(&app, &changed.old_endpoint, &changed.old_auth, &browser).await?;
    Ok(Json(json!({ "known": true })).into_response())
}

/// What somebody opened from a notification, and the browser that showed it.
#[derive(Debug, Deserialize)]
pub struct Opened {
    #[serde(flatten)]
    given: Given,
    path: String,
}

/// Records that it is read. A service worker has no token and perhaps no session: the secret of the subscription is the
/// proof.
///
/// # Errors
/// [`PageError::NotFound`] for a browser that is not known so, and for what is no page of an opportunity.
pub async fn opened(State(app): State<App>, Unsigned(opened): Unsigned<Opened>) -> Result<Response, PageError> {
    let slug = opened.path.strip_prefix(paths::OPPORTUNITIES).unwrap_or_default();
    let token = token_of(slug.trim_start_matches('/')).ok_or(PageError::NotFound)?;
    open_notification(&app, &opened.given.endpoint, &opened.given.keys.auth, &token).await?;
    Ok(Json(json!({})).into_response())
}

/// Sends the link to the private page as a push to this browser. The answer is the same whether or not it is known.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn sign_in(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    Posted(given): Posted<Given>,
) -> Result<Response, PageError> {
    limits.count(client)?;
    send_link_to_browser(&app, &given.endpoint, &given.keys.auth).await?;
    Ok(Json(json!({})).into_response())
}

/// Reads the VAPID keys again now and then, so that pages give a new one soon after it is made.
pub async fn know_keys(State(app): State<App>, request: Request, next: Next) -> Response {
    keep_keys_fresh(&app).await;
    next.run(request).await
}

/// What the browser says that it is: "Firefox · Android".
fn browser_name(headers: &HeaderMap) -> String {
    let agent = headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let first = |names: &[(&'static str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map_or("", |(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    let parts: Vec<&str> = [browser, system].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}
