// SPDX-License-Identifier: EUPL-1.2
//! When a person is reminded of a date: how long before, and of what.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::reminder::{Lead, Leads};
use crate::services::save_for_later::choose_reminders;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::session::Person;

/// What the private page shows of it.
pub struct Reminders {
    /// Each lead time in days, its words, and whether it is chosen.
    pub leads: Vec<(i64, String, bool)>,
    /// Whether also of what was not saved.
    pub matched: bool,
}

impl Reminders {
    /// What somebody has chosen, in words.
    #[must_use]
    pub fn new(leads: Leads, matched: bool, texts: Texts) -> Self {
        let words = |lead: Lead| {
            let days = lead.days();
            (days, texts.count("reminder-lead", days), leads.contains(lead))
        };
        Self {
            leads: Lead::all().map(words).collect(),
            matched,
        }
    }
}

/// The lead times that somebody wants.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    leads: Vec<String>,
    matched: String,
}

/// Sets them.
///
/// # Errors
/// [`PageError::BadRequest`] for a lead time that no box has; what the database says.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(wanted): Submitted<Wanted>,
) -> Result<Response, PageError> {
    let lead = |days: &String| days.parse().ok().and_then(Lead::from_days);
    let leads: Option<Leads> = wanted.leads.iter().map(lead).collect();
    let leads = leads.ok_or(PageError::BadRequest)?;
    choose_reminders(&app, subscriber, leads, wanted.matched == "yes").await?;
    Ok(Redirect::to(&format!("{}?done=saved", paths::PREFERENCES)).into_response())
}
