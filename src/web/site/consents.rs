// SPDX-License-Identifier: EUPL-1.2
//! What a person agreed to, when, and how to take it back: as easily as it was given (GDPR art. 7.3).

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::subscriber::{ConsentEvidence, Purpose};
use crate::services::choose_consents::{choose_surveys, read_consents, stands};
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;

#[derive(Template)]
#[template(path = "site/consents.html")]
struct ConsentsPage {
    page: Page,
    surveys: bool,
    /// When, and what was done, in words.
    lines: Vec<(String, String)>,
}

/// The path of this page.
fn path() -> String {
    format!("{}/consensi", paths::PREFERENCES)
}

/// Shows the ledger.
///
/// # Errors
/// What the database says.
pub async fn show(State(app): State<App>, Person(subscriber): Person, page: Page) -> Result<Response, PageError> {
    let lines = read_consents(&app, subscriber).await?;
    let texts = page.texts;
    let words = |purpose: Purpose, action: &str| {
        let purpose = texts.get(&format!("consent-for-{}", purpose.code()));
        texts.fill(&format!("consent-{action}"), &[("purpose", &purpose)])
    };
    Ok(render(&ConsentsPage {
        surveys: stands(&lines, Purpose::Surveys),
        lines: lines
            .iter()
            .map(|line| (texts.date(&line.at), words(line.purpose, &line.action)))
            .collect(),
        page,
    }))
}

/// Whether the consent is given, as the form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    surveys: String,
}

/// Gives or withdraws the consent to surveys.
///
/// # Errors
/// What the database says.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Submitted(wanted): Submitted<Wanted>,
) -> Result<Response, PageError> {
    let evidence = ConsentEvidence {
        at: app.now(),
        source: path(),
        text: page.t("consent-surveys-text"),
    };
    choose_surveys(&app, subscriber, wanted.surveys == "yes", &evidence).await?;
    Ok(Redirect::to(&path()).into_response())
}
