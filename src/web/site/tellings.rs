// SPDX-License-Identifier: EUPL-1.2
//! How a profile is told of each topic that it follows: how soon and by which ways, where not like the rest of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::{SubscriberId, TopicId};
use crate::domain::profile::{Channels, Frequency, Mute, Profile, ProfileKind, Telling, TellingOverride};
use crate::services::save_profile::{choose_tellings, telling_of};
use crate::storage::profiles;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;
use crate::web::site::answers::WAYS;

/// A choice of a list: its code, what it is called, and whether it is chosen.
type Choice = (&'static str, String, bool);

/// A line of the grid: a topic, or the profile itself.
struct Line {
    /// What the fields of the line end with; empty for the profile itself.
    code: String,
    name: String,
    frequencies: Vec<Choice>,
    ways: Vec<Choice>,
    /// Whether nothing is told of it, because it was hidden.
    is_hidden: bool,
}

#[derive(Template)]
#[template(path = "site/tellings.html")]
struct TellingsPage {
    page: Page,
    kind: &'static str,
    name: String,
    whole: Line,
    topics: Vec<Line>,
}

/// The channels that the name of a way stands for.
fn channels_of(way: &str) -> Option<Channels> {
    let (_, codes) = WAYS.iter().find(|(name, _)| *name == way)?;
    let channels = codes.iter().filter_map(|code| Channels::from_code(code));
    Some(channels.fold(Channels::NONE, Channels::union))
}

fn frequencies(chosen: Option<Frequency>, texts: Texts) -> Vec<Choice> {
    let named = |it: Frequency| {
        let name = texts.get(&format!("frequency-{}", it.code()));
        (it.code(), name, chosen == Some(it))
    };
    Frequency::ALL.into_iter().map(named).collect()
}

fn ways(chosen: Option<Channels>, texts: Texts) -> Vec<Choice> {
    let named = |(name, _): (&'static str, _)| {
        let is_chosen = chosen.is_some() && chosen == channels_of(name);
        (name, texts.get(&format!("way-{name}")), is_chosen)
    };
    WAYS.into_iter().map(named).collect()
}

/// The line of a topic; its first choice is to be told like the rest.
fn line(app: &App, texts: Texts, profile: &Profile, topic: TopicId) -> Line {
    let telling = telling_of(profile, topic);
    let vocabulary = app.vocabulary();
    let like_the_rest = |is_chosen| ("", texts.get("telling-like-the-rest"), is_chosen);
    let before = |first: Choice, others: Vec<Choice>| [first].into_iter().chain(others).collect();
    Line {
        code: format!("-{}", vocabulary.topics.code(topic)),
        name: vocabulary.topics.name(topic, texts.language).to_owned(),
        frequencies: before(
            like_the_rest(telling.frequency.is_none()),
            frequencies(telling.frequency, texts),
        ),
        ways: before(like_the_rest(telling.channels.is_none()), ways(telling.channels, texts)),
        is_hidden: profile.mutes.contains(&Mute::Topic(topic)),
    }
}

async fn own_profile(app: &App, subscriber: SubscriberId, kind: &str) -> Result<Profile, PageError> {
    let kind = ProfileKind::from_code(kind).ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    own.into_iter()
        .find(|profile| profile.kind == kind)
        .ok_or(PageError::NotFound)
}

/// Shows the grid.
///
/// # Errors
/// [`PageError::NotFound`] when there is no profile of that kind.
pub async fn show(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Path(kind): Path<String>,
) -> Result<Response, PageError> {
    let profile = own_profile(&app, subscriber, &kind).await?;
    let (texts, telling) = (page.texts, profile.telling);
    let topics = profile.topics().map(|(topic, _)| line(&app, texts, &profile, topic));
    Ok(render(&TellingsPage {
        kind: profile.kind.code(),
        name: texts.get(&format!("kind-of-person-{}", profile.kind.code())),
        whole: Line {
            code: String::new(),
            name: texts.get("telling-whole"),
            frequencies: frequencies(Some(telling.frequency), texts),
            ways: ways(Some(telling.channels), texts),
            is_hidden: false,
        },
        topics: topics.collect(),
        page,
    }))
}

/// Keeps the grid. What a field does not say is left to the profile.
///
/// # Errors
/// [`PageError::NotFound`] when there is no profile of that kind; [`PageError::BadRequest`] when the profile's own line
/// is missing.
pub async fn choose(
    State(app): State<App>,
    Person(subscriber): Person,
    Path(kind): Path<String>,
    Submitted(fields): Submitted<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let profile = own_profile(&app, subscriber, &kind).await?;
    let field = |name: String| fields.get(&name).map(String::as_str).unwrap_or_default();
    let chosen = |code: &str| TellingOverride {
        frequency: Frequency::from_code(field(format!("frequency{code}"))),
        channels: channels_of(field(format!("way{code}"))),
    };
    let whole = chosen("");
    let telling = whole.frequency.zip(whole.channels).ok_or(PageError::BadRequest)?;
    let vocabulary = app.vocabulary();
    let of_topics = profile
        .topics()
        .map(|(topic, _)| (topic, chosen(&format!("-{}", vocabulary.topics.code(topic)))));
    let telling = Telling {
        frequency: telling.0,
        channels: telling.1,
    };
    choose_tellings(&app, subscriber, profile.kind, telling, &of_topics.collect()).await?;
    Ok(Redirect::to(&format!("{}?done=saved", paths::PREFERENCES)).into_response())
}
