// SPDX-License-Identifier: EUPL-1.2
//! The mail that a development installation kept in a folder instead of sending it.
//!
//! A mail's HTML is shown in a frame where nothing runs and nothing is loaded; its links are listed beside it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};

use crate::app::App;
use crate::services::read_mailbox::{KeptMail, list_mails, read_mail};
use crate::urls::paths;
use crate::web::error::PageError;
use crate::web::page::{Page, render};

/// How many of the latest mails are listed.
const LATEST: usize = 100;

/// What holds for every page, and frames of our own.
const FRAMING: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The styles that mail carries, and nothing else; in our own frames only.
const FRAMED: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "dev/mailbox.html")]
struct MailboxPage {
    page: Page,
    mails: Vec<Line>,
}

/// A mail in one line.
struct Line {
    address: String,
    subject: String,
    to: String,
    written: String,
    written_date: String,
}

/// The latest mails.
///
/// # Errors
/// What the system says of the folder.
pub async fn list(State(app): State<App>, page: Page) -> Result<Response, PageError> {
    let kept = list_mails(&app, LATEST).await?;
    Ok(render(&MailboxPage {
        mails: kept.into_iter().map(|mail| line(&page, mail)).collect(),
        page,
    }))
}

fn line(page: &Page, mail: KeptMail) -> Line {
    Line {
        address: format!("{}/{}", paths::MAILBOX, mail.name),
        written: page.texts.moment(&mail.date),
        written_date: mail.date.to_string(),
        subject: mail.subject,
        to: mail.to,
    }
}

#[derive(Template)]
#[template(path = "dev/message.html")]
struct MessagePage {
    page: Page,
    frame: String,
    links: Vec<String>,
    headers: String,
    text: String,
    line: Line,
}

/// One mail.
///
/// # Errors
/// [`PageError::NotFound`] when there is none of that name.
pub async fn show(State(app): State<App>, page: Page, Path(name): Path<String>) -> Result<Response, PageError> {
    let mail = read_mail(&app, &name).await?;
    let shown = MessagePage {
        frame: format!("{}/{}/html", paths::MAILBOX, mail.name),
        links: links(&mail.text),
        headers: headers(&mail.source).to_owned(),
        text: mail.text.clone(),
        line: line(&page, mail),
        page,
    };
    Ok(([(CONTENT_SECURITY_POLICY, FRAMING)], render(&shown)).into_response())
}

/// The HTML part of one mail, for the frame.
///
/// # Errors
/// [`PageError::NotFound`] when there is none of that name.
pub async fn html(State(app): State<App>, Path(name): Path<String>) -> Result<Response, PageError> {
    let mail = read_mail(&app, &name).await?;
    Ok(([(CONTENT_SECURITY_POLICY, FRAMED)], Html(mail.html)).into_response())
}

/// The addresses in a text, each once.
fn links(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = word
            .trim_start_matches(['(', '<', '"'])
            .trim_end_matches([')', '>', '"', '.', ',', ';', ':']);
        let is_address = word.starts_with("http://") || word.starts_with("https://");
        if is_address && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// The lines of a mail before the first empty one.
fn headers(source: &str) -> &str {
    source.split_once("\r\n\r\n").map_or(source, |(headers, _)| headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_of_a_text_are_found_without_the_marks_around_them() {
        let text = "Apri https://example.org/conferma/abc. Oppure (http://example.org/) o https://example.org/conferma/abc\nfile:///etc";
        assert_eq!(links(text), ["https://example.org/conferma/abc", "http://example.org/"]);
    }

    #[test]
    fn the_headers_end_at_the_first_empty_line() {
        assert_eq!(
            headers("Subject: a\r\nTo: b\r\n\r\nCiao\r\n\r\nciao"),
            "Subject: a\r\nTo: b"
        );
    }
}
