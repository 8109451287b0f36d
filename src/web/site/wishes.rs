// SPDX-License-Identifier: EUPL-1.2
//! When a person is left in peace: quiet hours, how many pushes in a week, a pause.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::quiet_hours::QuietHours;
use crate::domain::wishes::{CAPS, Pause, Wishes};
use crate::services::choose_wishes::{choose_restraints, read_wishes, take_pause};
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;

/// The hours of the day.
const HOURS: u32 = 24;

#[derive(Template)]
#[template(path = "site/wishes.html")]
struct WishesPage {
    page: Page,
    /// Until when they are paused, in words.
    paused: Option<String>,
    pauses: Vec<(&'static str, String)>,
    /// From which hour: number, and whether it is chosen.
    from: Vec<(u32, bool)>,
    /// To which hour.
    to: Vec<(u32, bool)>,
    no_hour: bool,
    /// Each cap, its words, and whether it is chosen.
    caps: Vec<(u32, String, bool)>,
}

impl WishesPage {
    fn new(app: &App, page: Page, wishes: Wishes) -> Self {
        let texts = page.texts;
        let hours = wishes.quiet_hours.unwrap_or(app.config.quiet_hours).hours();
        let (from, to) = hours.or_else(|| QuietHours::of_the_night().hours()).unwrap_or_default();
        let chosen = |hour: u32| (0..HOURS).map(|it| (it, it == hour)).collect();
        let cap = wishes.weekly_pushes.unwrap_or(app.config.weekly_pushes);
        let mut caps = CAPS.to_vec();
        if !caps.contains(&cap) {
            caps.insert(0, cap);
        }
        Self {
            paused: wishes.pause(app.now()).map(|until| texts.date(&until)),
            pauses: Pause::ALL
                .map(|pause| (pause.code(), texts.get(&format!("pause-{}", pause.code()))))
                .into(),
            from: chosen(from),
            to: chosen(to),
            no_hour: hours.is_none(),
            caps: caps
                .into_iter()
                .map(|it| (it, texts.count("weekly-pushes", it.into()), it == cap))
                .collect(),
            page,
        }
    }
}

/// Shows what is chosen.
///
/// # Errors
/// What the database says.
pub async fn show(State(app): State<App>, Person(subscriber): Person, page: Page) -> Result<Response, PageError> {
    let wishes = read_wishes(&app, subscriber).await?;
    Ok(render(&WishesPage::new(&app, page, wishes)))
}

/// Quiet hours and cap, as the form sends them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    from: String,
    to: String,
    no_hour: String,
    cap: String,
}

/// Keeps them.
///
/// # Errors
/// [`PageError::BadRequest`] for hours that there are not.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(chosen): Submitted<Chosen>,
) -> Result<Response, PageError> {
    let hour = |text: &str| text.parse().ok().filter(|hour| *hour < HOURS);
    let hours = if chosen.no_hour == "yes" {
        Some(QuietHours::NONE)
    } else {
        let both = hour(&chosen.from).zip(hour(&chosen.to));
        both.and_then(|(from, to)| QuietHours::between(from, to))
    };
    let cap = chosen.cap.parse().ok();
    let cap = cap.filter(|cap| CAPS.contains(cap) || *cap == app.config.weekly_pushes);
    let (hours, cap) = hours.zip(cap).ok_or(PageError::BadRequest)?;
    choose_restraints(&app, subscriber, hours, cap).await?;
    Ok(back("saved"))
}

/// How long to pause, as the form sends it; empty ends the pause.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PauseFor {
    length: String,
}

/// Begins or ends a pause.
///
/// # Errors
/// [`PageError::BadRequest`] for a length that no button has; what the database says.
pub async fn pause(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(wanted): Submitted<PauseFor>,
) -> Result<Response, PageError> {
    let pause = Pause::from_code(&wanted.length);
    if pause.is_none() && !wanted.length.is_empty() {
        return Err(PageError::BadRequest);
    }
    take_pause(&app, subscriber, pause).await?;
    Ok(back(if pause.is_some() { "paused" } else { "resumed" }))
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}", paths::PREFERENCES)).into_response()
}
