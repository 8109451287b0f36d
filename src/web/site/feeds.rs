// SPDX-License-Identifier: EUPL-1.2
//! The catalogue for programs: every list as an Atom feed (RFC 4287) and as a calendar (RFC 5545), under the same narrowing
//! as its page; and the calendar file of one opportunity.

use atom_syndication::{Category, Content, Entry, Feed, FixedDateTime, Link, Person, Text};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Days;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::local_time::{is_end_of_day, local, start_of_day};
use crate::domain::opportunity::{Opportunity, OpportunityKind, Status};
use crate::domain::plain_letters::legible_line;
use crate::domain::vocabulary::Vocabulary;
use crate::storage::opportunities;
use crate::texts::{Texts, kind_key, shorten};
use crate::urls::{paths, token_of};
use crate::web::error::PageError;
use crate::web::page::Page;
use crate::web::prose::prose;
use crate::web::query::Query;
use crate::web::site::catalogue::{DEADLINE, LATEST, Narrowing};

/// How many entries a feed has.
pub(super) const ENTRIES: i64 = 50;

/// The most characters of what a list is called.
const LONGEST_TITLE: usize = 100;

/// How many opportunities a calendar has.
pub(super) const DATES: i64 = 500;

/// A list as an Atom feed, the latest first unless its address says otherwise.
///
/// # Errors
/// What the database says.
pub async fn atom(
    State(app): State<App>,
    page: Page,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, PageError> {
    let found = narrowing.find_in_order(&app, LATEST, ENTRIES).await?;
    let query = narrowing.query();
    let own = app.urls.absolute(&format!("{}.atom{query}", paths::OPPORTUNITIES));
    let home = app.urls.absolute(&format!("{}{query}", paths::OPPORTUNITIES));
    let title = narrowing.title(page.texts);
    Ok(atom_of(&app, page.texts, (&own, &home, &title), &found.page))
}

/// A feed of these opportunities at an address of its `own`, beside the page at `home`, called `title`.
pub(super) fn atom_of(
    app: &App,
    texts: Texts,
    (own, home, title): (&str, &str, &str),
    opportunities: &[Opportunity],
) -> Response {
    let vocabulary = app.vocabulary();
    let entries = opportunities.iter().map(|it| entry(app, it, texts, &vocabulary));
    let latest = opportunities.iter().map(|it| it.updated_at).max();
    let mut feed = Feed {
        title: Text::plain(named(app, title)),
        id: own.to_owned(),
        // An empty list has been so at least since this day began.
        updated: date_time(
            latest.unwrap_or_else(|| start_of_day(local(app.now(), texts.zone).date_naive(), texts.zone)),
        ),
        entries: entries.collect(),
        lang: Some(texts.language.code().to_owned()),
        rights: Some(Text::plain("CC BY 4.0")),
        ..Feed::default()
    };
    feed.set_authors(vec![Person {
        name: app.config.body_name.clone(),
        ..Person::default()
    }]);
    feed.set_links(vec![
        link(own, "self", "application/atom+xml"),
        link(home, "alternate", "text/html"),
    ]);
    (
        [(CONTENT_TYPE, "application/atom+xml; charset=utf-8")],
        feed.to_string(),
    )
        .into_response()
}

fn entry(app: &App, opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary) -> Entry {
    let content = &opportunity.content;
    let address = app.urls.opportunity(opportunity);
    let category = |term: &str, label: String| Category {
        term: term.to_owned(),
        label: Some(label),
        ..Category::default()
    };
    let topics = content.criteria.topics.iter().map(|id| {
        category(
            vocabulary.topics.code(*id),
            vocabulary.topics.name(*id, texts.language).to_owned(),
        )
    });
    let kind = category(content.kind.code(), texts.get(kind_key(content.kind)));
    let deadline = texts.when(opportunity);
    let summary = [deadline.as_str(), content.summary.as_str()];
    let summary: Vec<&str> = summary.into_iter().filter(|it| !it.is_empty()).collect();
    Entry {
        title: Text::plain(content.title.clone()),
        // Not its address, which holds words of its title.
        id: app
            .urls
            .absolute(&format!("{}/{}", paths::OPPORTUNITIES, opportunity.token.as_str())),
        updated: date_time(opportunity.updated_at),
        published: opportunity.published_at.map(date_time),
        authors: vec![Person {
            name: content.publisher.clone(),
            ..Person::default()
        }],
        categories: [kind].into_iter().chain(topics).collect(),
        links: vec![link(&address, "alternate", "text/html")],
        summary: Some(Text::plain(summary.join(". "))),
        content: Some(Content {
            value: Some(prose(&content.body)),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(address: &str, relation: &str, kind: &str) -> Link {
    Link {
        href: address.to_owned(),
        rel: relation.to_owned(),
        mime_type: Some(kind.to_owned()),
        ..Link::default()
    }
}

fn date_time(instant: Timestamp) -> FixedDateTime {
    instant.to_utc().fixed_offset()
}

/// A list as a calendar of its deadlines, openings and events; the soonest, where there are more than it holds.
///
/// # Errors
/// What the database says.
pub async fn calendar(
    State(app): State<App>,
    page: Page,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, PageError> {
    let found = narrowing.find_in_order(&app, DEADLINE, DATES).await?;
    Ok(calendar_of(&app, page.texts, &narrowing.title(page.texts), &found.page))
}

/// The dates of one opportunity, as a file for a calendar.
///
/// # Errors
/// [`PageError::NotFound`] for what does not exist or nobody may read yet.
pub async fn one(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response, PageError> {
    let token = token_of(&slug).ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let found = opportunities::find_by_token(&mut transaction, &token).await?;
    let opportunity = found.filter(|it| it.status.is_public()).ok_or(PageError::NotFound)?;
    let name = format!("attachment; filename=\"{}.ics\"", opportunity.token.as_str());
    let calendar = calendar_of(
        &app,
        page.texts,
        &opportunity.content.title,
        std::slice::from_ref(&opportunity),
    );
    Ok(([(CONTENT_DISPOSITION, name)], calendar).into_response())
}

/// What a list is called among those of others: "Informa – I miei avvisi".
fn named(app: &App, title: &str) -> String {
    format!(
        "{} – {}",
        app.config.service_name,
        shorten(&legible_line(title), LONGEST_TITLE)
    )
}

/// A calendar of these opportunities, called `title`.
pub(super) fn calendar_of(app: &App, texts: Texts, title: &str, opportunities: &[Opportunity]) -> Response {
    let mut calendar = Calendar::empty();
    let maker = format!("-//informa//informa {}//EN", env!("CARGO_PKG_VERSION"));
    for (name, value) in [("VERSION", "2.0"), ("PRODID", &*maker), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property((name, value));
    }
    // Not also as NAME (RFC 7986): the library writes that one as it is given, and words that were searched for stand in it.
    calendar.append_property(Property::new("X-WR-CALNAME", named(app, title)));
    for opportunity in opportunities {
        for event in events(app, texts, opportunity) {
            calendar.push(event);
        }
    }
    (
        [(CONTENT_TYPE, "text/calendar; charset=utf-8")],
        calendar.done().to_string(),
    )
        .into_response()
}

/// What an opportunity puts into a calendar: an event or an alert itself, of anything else its deadline and its opening.
fn events(app: &App, texts: Texts, opportunity: &Opportunity) -> Vec<Event> {
    let content = &opportunity.content;
    if matches!(content.kind, OpportunityKind::Event | OpportunityKind::Alert) {
        let begins = content.opens_at.or(content.closes_at);
        let event = begins.map(|begins| {
            entry_at(
                app,
                texts,
                opportunity,
                ("event", &content.title),
                begins,
                content.closes_at,
            )
        });
        return event.into_iter().collect();
    }
    let dates = [
        ("closes", "calendar-closes", content.closes_at),
        ("opens", "calendar-opens", content.opens_at),
    ];
    let dates = dates.into_iter().filter_map(|(what, key, at)| {
        let summary = texts.fill(key, &[("title", &content.title)]);
        at.map(|at| entry_at(app, texts, opportunity, (what, &summary), at, None))
    });
    dates.collect()
}

/// A date that is a whole day is one in the calendar, too.
fn entry_at(
    app: &App,
    texts: Texts,
    opportunity: &Opportunity,
    (what, summary): (&str, &str),
    begins: Timestamp,
    ends: Option<Timestamp>,
) -> Event {
    let content = &opportunity.content;
    let mut event = Event::new();
    event
        .uid(&format!("{}-{what}@{}", opportunity.token.as_str(), app.urls.host()))
        .timestamp(opportunity.updated_at.to_utc())
        .last_modified(opportunity.updated_at.to_utc())
        .sequence(u32::try_from(opportunity.revision).unwrap_or(u32::MAX))
        .summary(summary)
        .description(format!("{}\n{}", content.summary, app.urls.opportunity(opportunity)).trim())
        .url(&app.urls.opportunity(opportunity));
    if !content.place.is_empty() {
        event.location(&content.place);
    }
    if opportunity.status == Status::Withdrawn {
        event.status(EventStatus::Cancelled);
    }
    let day = |at| local(at, texts.zone).date_naive();
    let after = |at| day(at).checked_add_days(Days::new(1)).unwrap_or_else(|| day(at));
    let is_whole_day = texts.time(&begins).is_none() && ends.is_none_or(|ends| is_end_of_day(ends, texts.zone));
    if is_whole_day {
        event.starts(day(begins)).ends(after(ends.unwrap_or(begins)));
    } else {
        event.starts(begins.to_utc());
        // An end has to be later than the beginning (RFC 5545, section 3.8.2.2); without one it is a point in time.
        if let Some(ends) = ends.filter(|ends| *ends > begins) {
            event.ends(ends.to_utc());
        }
    }
    event.done()
}
