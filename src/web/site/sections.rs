// SPDX-License-Identifier: EUPL-1.2
//! The sections of digests: one fewer in one click from a mail, or chosen on the private page.
//!
//! The form that the link in a mail leads to has no token of ours: the code in its address can do nothing but this.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::digest::Section;
use crate::services::choose_sections::{choose_sections, section_of, switch_section_off};
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;
use crate::web::site::message::MessagePage;
use crate::web::site::unsubscribe::nothing_sent;

/// A section that can be chosen: its code, its name, and whether it is wanted.
pub struct Choice {
    /// Its code.
    pub code: &'static str,
    /// What it is called.
    pub name: String,
    /// Whether it is in the person's digests.
    pub wanted: bool,
}

/// The sections, of which those with a bit in `off` are switched off.
#[must_use]
pub fn choices(texts: Texts, off: i64) -> Vec<Choice> {
    let choice = |section: Section| Choice {
        code: section.code(),
        name: name(texts, section),
        wanted: off & section.bit() == 0,
    };
    Section::ALL.map(choice).into()
}

fn name(texts: Texts, section: Section) -> String {
    texts.get(&format!("digest-section-{}", section.code()))
}

/// Asks.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let Some(found) = section_of(&app, &code).await? else {
        return Ok(nothing_sent(page));
    };
    let section = name(page.texts, found);
    let lead = page.texts.fill("stop-section-lead", &[("section", &section)]);
    let mut asked = MessagePage::new(page, "it-mail", "stop-section")
        .with_action(
            format!("{}/{code}", paths::STOP_SECTION),
            "stop-section-action",
            "btn-primary",
        )
        .with_link("menu-preferences", paths::PREFERENCES);
    asked.lead = lead;
    Ok(render(&asked))
}

/// Leaves the section out; again and again is the same.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours.
pub async fn stop(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    if !switch_section_off(&app, &code).await? {
        return Ok(nothing_sent(page));
    }
    Ok(Redirect::to(&format!("{}/fatto", paths::STOP_SECTION)).into_response())
}

/// Says that it is done.
pub async fn done(page: Page) -> Response {
    render(
        &MessagePage::new(page, "it-check-circle", "section-stopped").with_link("menu-preferences", paths::PREFERENCES),
    )
}

/// The sections that somebody wants.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    sections: Vec<String>,
}

/// Sets which sections the digests have.
///
/// # Errors
/// [`PageError::BadRequest`] for a section that no box has; what the database says.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(wanted): Submitted<Wanted>,
) -> Result<Response, PageError> {
    let wanted: Option<Vec<Section>> = wanted.sections.iter().map(|code| Section::from_code(code)).collect();
    let wanted = wanted.ok_or(PageError::BadRequest)?;
    choose_sections(&app, subscriber, &wanted).await?;
    Ok(Redirect::to(&format!("{}?done=saved", paths::PREFERENCES)).into_response())
}
