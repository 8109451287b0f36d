// SPDX-License-Identifier: EUPL-1.2
//! The inbox for programs: an Atom feed (RFC 4287) and a calendar (RFC 5545) at addresses that only their owner has.

use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::ids::SubscriberId;
use crate::domain::opportunity::Opportunity;
use crate::services::private_feeds::{feed_code, feeds_owner, renew_feeds, stop_feeds};
use crate::services::read_inbox::read_part;
use crate::storage::inbox::{InboxFilter, Part};
use crate::storage::subscribers;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::session::Person;
use crate::web::site::feeds::{DATES, ENTRIES, atom_of, calendar_of};

/// The addresses of a person's feeds.
#[derive(Debug, Clone)]
pub struct FeedAddresses {
    /// Of the feed of what matches.
    pub atom: String,
    /// Of the calendar of what they saved.
    pub calendar: String,
}

impl FeedAddresses {
    /// Those of a person; `None` while they have none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(app: &App, subscriber: SubscriberId) -> Result<Option<Self>, PageError> {
        let code = feed_code(app, subscriber).await?;
        Ok(code.map(|code| Self {
            atom: address(app, &code, Kind::Atom),
            calendar: address(app, &code, Kind::Calendar),
        }))
    }
}

/// What is at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Atom,
    Calendar,
}

impl Kind {
    const fn ending(self) -> &'static str {
        match self {
            Self::Atom => ".atom",
            Self::Calendar => ".ics",
        }
    }
}

fn address(app: &App, code: &str, kind: Kind) -> String {
    app.urls
        .absolute(&format!("{}/elenco/{code}{}", paths::INBOX, kind.ending()))
}

/// What a person's own program reads: what matched as a feed, what they saved as a calendar; in their language.
///
/// # Errors
/// [`PageError::NotFound`] for an address that was never given, or that its owner has renewed or taken away.
pub async fn read(State(app): State<App>, Path(file): Path<String>) -> Result<Response, PageError> {
    let kinds = [Kind::Atom, Kind::Calendar];
    let parts = kinds
        .into_iter()
        .find_map(|kind| Some((file.strip_suffix(kind.ending())?, kind)));
    let (code, kind) = parts.ok_or(PageError::NotFound)?;
    let subscriber = feeds_owner(&app, code).await?.ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let person = subscribers::find(&mut transaction, subscriber).await?;
    drop(transaction);
    let texts = app.texts(person.ok_or(PageError::NotFound)?.language);
    let feed = match kind {
        Kind::Atom => {
            let own = address(&app, code, kind);
            let found = list(&app, subscriber, Part::Matched, ENTRIES).await?;
            atom_of(&app, texts, (&own, &app.urls.inbox(), &texts.get("menu-inbox")), &found)
        }
        Kind::Calendar => {
            let saved = list(&app, subscriber, Part::Saved, DATES).await?;
            calendar_of(&app, texts, &texts.get("inbox-saved"), &saved)
        }
    };
    // Between its owner and the server alone: no cache of others keeps it, and no search engine names it.
    let headers = [
        (CACHE_CONTROL, "private, no-cache"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    Ok((headers, feed).into_response())
}

async fn list(app: &App, subscriber: SubscriberId, part: Part, most: i64) -> Result<Vec<Opportunity>, PageError> {
    let filter = InboxFilter {
        part,
        ..InboxFilter::default()
    };
    let found = read_part(app, subscriber, &filter, most, 0).await?;
    // What its owner does not want to hear of, their program does not tell them either.
    let told = found.into_iter().filter(|item| item.hidden.is_none());
    Ok(told.map(|item| item.opportunity).collect())
}

/// What is to become of the addresses.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    action: String,
}

/// Makes, renews or takes away the addresses.
///
/// # Errors
/// [`PageError::BadRequest`] for anything else; what the database says.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(wanted): Submitted<Wanted>,
) -> Result<Response, PageError> {
    let done = match wanted.action.as_str() {
        "renew" => {
            renew_feeds(&app, subscriber).await?;
            "feeds-renewed"
        }
        "stop" => {
            stop_feeds(&app, subscriber).await?;
            "feeds-stopped"
        }
        _ => return Err(PageError::BadRequest),
    };
    Ok(Redirect::to(&format!("{}?done={done}#feeds", paths::INBOX)).into_response())
}
