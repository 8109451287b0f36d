// SPDX-License-Identifier: EUPL-1.2
//! When a person is left in peace: quiet hours, how many pushes in a week, a pause.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::quiet_hours::QuietHours;
use crate::domain::wishes::{CAPS, Pause, Wishes};
use crate::services::choose_wishes::{choose_restraints, lengthen_pause, read_wishes, take_pause};
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::session::Person;

/// The hours of the day.
const HOURS: u32 = 24;

/// What the form says of quiet hours: that there are some, or none.
const QUIET: &str = "hours";
const NEVER_QUIET: &str = "none";

#[derive(Template)]
#[template(path = "site/wishes.html")]
struct WishesPage {
    page: Page,
    /// Until when they are paused: in words, and in milliseconds.
    paused: Option<(String, i64)>,
    pauses: Vec<(&'static str, String)>,
    /// How much longer a pause can be made.
    longer: Vec<(&'static str, String)>,
    /// From which hour: number, and whether it is chosen.
    from: Vec<(u32, bool)>,
    /// To which hour.
    to: Vec<(u32, bool)>,
    /// Whether there are quiet hours: code, words, and whether it is chosen.
    quiet: [(&'static str, String, bool); 2],
    /// Each cap, its words, and whether it is chosen.
    caps: Vec<(u32, String, bool)>,
    /// What is wrong with the hours; empty if nothing is.
    error: String,
}

/// What stands in the fields of the form.
struct Filled {
    from: u32,
    to: u32,
    has_hours: bool,
    cap: u32,
}

impl Filled {
    fn of(app: &App, wishes: &Wishes) -> Self {
        let hours = wishes.quiet_hours.unwrap_or(app.config.quiet_hours).hours();
        let (from, to) = hours.or_else(|| QuietHours::of_the_night().hours()).unwrap_or_default();
        Self {
            from,
            to,
            has_hours: hours.is_some(),
            cap: wishes.weekly_pushes.unwrap_or(app.config.weekly_pushes),
        }
    }
}

impl WishesPage {
    fn new(app: &App, page: Page, wishes: &Wishes, filled: &Filled, error: String) -> Self {
        let texts = page.texts;
        let chosen = |hour: u32| (0..HOURS).map(|it| (it, it == hour)).collect();
        let mut caps = CAPS.to_vec();
        if !caps.contains(&filled.cap) {
            caps.insert(0, filled.cap);
        }
        let named = |pause: Pause| (pause.code(), texts.get(&format!("pause-{}", pause.code())));
        let longer = |pause: Pause| (pause.code(), texts.get(&format!("pause-longer-{}", pause.code())));
        let pause = wishes.pause(app.now());
        Self {
            paused: pause.map(|until| (texts.date(&until), until.milliseconds())),
            pauses: Pause::ALL.map(named).into(),
            longer: Pause::ALL.map(longer).into(),
            from: chosen(filled.from),
            to: chosen(filled.to),
            quiet: [
                (QUIET, texts.get("quiet-hours"), filled.has_hours),
                (NEVER_QUIET, texts.get("quiet-none"), !filled.has_hours),
            ],
            caps: caps
                .into_iter()
                .map(|it| (it, texts.count("weekly-pushes", it.into()), it == filled.cap))
                .collect(),
            error,
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
    let filled = Filled::of(&app, &wishes);
    Ok(render(&WishesPage::new(&app, page, &wishes, &filled, String::new())))
}

/// Whether there are quiet hours, which ones, and the cap, as the form sends them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    quiet: String,
    from: String,
    to: String,
    cap: String,
}

impl Chosen {
    /// What was chosen, as the fields show it again; `None` for what no field offers.
    fn filled(&self, app: &App) -> Option<Filled> {
        let hour = |text: &str| text.parse().ok().filter(|hour| *hour < HOURS);
        let cap = self.cap.parse().ok();
        Some(Filled {
            from: hour(&self.from)?,
            to: hour(&self.to)?,
            has_hours: match self.quiet.as_str() {
                QUIET => true,
                NEVER_QUIET => false,
                _ => return None,
            },
            cap: cap.filter(|cap| CAPS.contains(cap) || *cap == app.config.weekly_pushes)?,
        })
    }
}

/// Keeps them.
///
/// # Errors
/// [`PageError::BadRequest`] for hours that there are not.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Submitted(chosen): Submitted<Chosen>,
) -> Result<Response, PageError> {
    let filled = chosen.filled(&app).ok_or(PageError::BadRequest)?;
    let hours = if filled.has_hours {
        QuietHours::between(filled.from, filled.to)
    } else {
        Some(QuietHours::NONE)
    };
    let Some(hours) = hours else {
        let wishes = read_wishes(&app, subscriber).await?;
        let error = page.t("quiet-same-hour");
        let again = WishesPage::new(&app, page, &wishes, &filled, error);
        return Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &again));
    };
    choose_restraints(&app, subscriber, hours, filled.cap).await?;
    Ok(back("saved"))
}

/// How long to pause, as the form sends it; empty ends the pause. Or how much longer than until `end`, in milliseconds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PauseFor {
    length: String,
    longer: String,
    end: String,
}

/// Begins, lengthens or ends a pause.
///
/// # Errors
/// [`PageError::BadRequest`] for a length that no button has; what the database says.
pub async fn pause(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(wanted): Submitted<PauseFor>,
) -> Result<Response, PageError> {
    if !wanted.longer.is_empty() {
        let end = wanted.end.parse().ok().map(Timestamp::from_milliseconds);
        let (by, end) = Pause::from_code(&wanted.longer).zip(end).ok_or(PageError::BadRequest)?;
        lengthen_pause(&app, subscriber, end, by).await?;
        return Ok(back("paused"));
    }
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
