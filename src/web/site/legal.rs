// SPDX-License-Identifier: EUPL-1.2
//! What the service keeps of people and for which purposes, each by name (GDPR art. 13), and how what it publishes may be used.

use askama::Template;
use axum::response::Response;

use crate::domain::subscriber::Purpose;
use crate::web::page::{Page, render};

#[derive(Template)]
#[template(path = "site/privacy.html")]
struct PrivacyPage {
    page: Page,
    parts: Vec<Part>,
}

/// A heading and what is said below it.
struct Part {
    heading: String,
    paragraphs: Vec<String>,
}

#[derive(Template)]
#[template(path = "site/legal_notes.html")]
struct NotesPage {
    page: Page,
}

/// The parts of the privacy notice, in the order of the page.
const PARTS: [&str; 8] = [
    "holder",
    "kept",
    "why",
    "passed-on",
    "how-long",
    "rights",
    "opinions",
    "cookies",
];

/// The page about privacy.
pub async fn privacy(page: Page) -> Response {
    let parts = PARTS.into_iter().map(|name| part(&page, name)).collect();
    render(&PrivacyPage { page, parts })
}

fn part(page: &Page, name: &str) -> Part {
    let config = page.config();
    let [days, unconfirmed, left] = [
        config.keep_notifications_days,
        config.keep_unconfirmed_days,
        config.keep_left_days,
    ]
    .map(|days| days.to_string());
    let chat_host = config.chat_origin().map(|(_, host)| host).unwrap_or_default();
    let values = [
        ("service", config.service_name.as_str()),
        ("body", config.body_name.as_str()),
        ("contact", config.contact_email.as_str()),
        ("dpo", config.dpo_contact.as_str()),
        ("days", days.as_str()),
        ("unconfirmed", unconfirmed.as_str()),
        ("left", left.as_str()),
        ("host", chat_host.as_str()),
    ];
    let only_here = match name {
        "holder" if !config.dpo_contact.is_empty() => Some("dpo"),
        "cookies" if !chat_host.is_empty() => Some("chat"),
        _ => None,
    };
    let purposes = Purpose::ALL.iter().filter(|_| name == "why");
    let purposes = purposes.map(|purpose| format!("privacy-purpose-{}", purpose.code()));
    let numbered = (1..=3).map(|number| format!("privacy-{name}-{number}"));
    let only_here = only_here.map(|which| format!("privacy-{name}-{which}"));
    let keys = purposes.chain(numbered).chain(only_here);
    Part {
        heading: page.t(&format!("privacy-{name}-heading")),
        paragraphs: keys.filter_map(|key| page.texts.fill_if_any(&key, &values)).collect(),
    }
}

/// The legal notes.
pub async fn notes(page: Page) -> Response {
    render(&NotesPage { page })
}
