// SPDX-License-Identifier: EUPL-1.2
//! What the service keeps of people, and how what it publishes may be used.

use askama::Template;
use axum::response::Response;

use crate::web::page::{Page, render};

#[derive(Template)]
#[template(path = "site/legal.html")]
struct LegalPage {
    page: Page,
    heading: String,
    paragraphs: Vec<String>,
    is_notes: bool,
}

/// The page about privacy.
pub async fn privacy(page: Page) -> Response {
    render(&legal(page, "privacy", false))
}

/// The legal notes.
pub async fn notes(page: Page) -> Response {
    render(&legal(page, "legal-notes", true))
}

fn legal(page: Page, key: &str, is_notes: bool) -> LegalPage {
    let config = page.config();
    let [days, unconfirmed, left] = [
        config.keep_notifications_days,
        config.keep_unconfirmed_days,
        config.keep_left_days,
    ]
    .map(|days| days.to_string());
    let values = [
        ("service", config.service_name.as_str()),
        ("body", config.body_name.as_str()),
        ("contact", config.contact_email.as_str()),
        ("days", days.as_str()),
        ("unconfirmed", unconfirmed.as_str()),
        ("left", left.as_str()),
    ];
    let chat = config.chat_origin().filter(|_| !is_notes);
    let chat = chat.map(|(_, host)| {
        page.texts
            .fill("privacy-chat", &[("body", config.body_name.as_str()), ("host", &host)])
    });
    let paragraphs = (1..=10)
        .filter_map(|number| page.texts.fill_if_any(&format!("{key}-{number}"), &values))
        .chain(chat)
        .collect();
    LegalPage {
        heading: page.t(&format!("{key}-heading")),
        paragraphs,
        is_notes,
        page,
    }
}
