// SPDX-License-Identifier: EUPL-1.2
//! What a signed-in person has hidden or is told of less, and taking that back.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::ids::{OpportunityId, SourceId};
use crate::domain::profile::Mute;
use crate::services::hide_and_show::{Hidden, read_hidden, show_again, tell_as_before};
use crate::urls::{opportunity_path, paths};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::Person;

#[derive(Template)]
#[template(path = "site/hidden.html")]
struct HiddenPage {
    page: Page,
    is_shown: bool,
    groups: Vec<Group>,
}

/// Things of one kind.
struct Group {
    code: &'static str,
    heading: String,
    /// What the button of each says.
    action: String,
    lines: Vec<Line>,
}

/// One of them.
struct Line {
    what: String,
    name: String,
    link: Option<String>,
}

impl HiddenPage {
    fn new(app: &App, page: Page, hidden: Hidden, is_shown: bool) -> Self {
        let (texts, vocabulary) = (page.texts, app.vocabulary());
        let topic = |field: &str, id| Line {
            what: format!("{field}:{}", vocabulary.topics.code(id)),
            name: vocabulary.topics.name(id, texts.language).to_owned(),
            link: None,
        };
        let group = |code, action, lines: Vec<Line>| Group {
            code,
            heading: texts.get(&format!("hidden-{code}")),
            action: texts.get(action),
            lines,
        };
        let opportunities = hidden.opportunities.iter().map(|it| Line {
            what: format!("opportunity:{}", it.id),
            name: it.content.title.clone(),
            link: Some(opportunity_path(it)),
        });
        let sources = hidden.sources.into_iter().map(|(id, name)| Line {
            what: format!("source:{id}"),
            name,
            link: None,
        });
        let topics = hidden.topics.into_iter().map(|id| topic("topic", id)).collect();
        let lessened = hidden.lessened.into_iter().map(|id| topic("less", id)).collect();
        let groups = [
            group("opportunities", "manage-show", opportunities.collect()),
            group("topics", "manage-show", topics),
            group("sources", "manage-show", sources.collect()),
            group("lessened", "manage-as-before", lessened),
        ];
        Self {
            is_shown,
            groups: groups.into_iter().filter(|group| !group.lines.is_empty()).collect(),
            page,
        }
    }
}

/// What has just been done, as the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// Shows it.
///
/// # Errors
/// Leads to the way in when nobody is signed in.
pub async fn show(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let hidden = read_hidden(&app, subscriber).await?;
    Ok(render(&HiddenPage::new(&app, page, hidden, done.done == "shown")))
}

/// What is shown again: what it is, a colon, which.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    what: String,
}

/// Shows it again, or tells of it as before. Repeating it changes nothing.
///
/// # Errors
/// [`PageError::BadRequest`] for what no button says.
pub async fn show_one_again(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(shown): Submitted<Shown>,
) -> Result<Response, PageError> {
    let (what, which) = shown.what.split_once(':').ok_or(PageError::BadRequest)?;
    let number = || which.parse().map_err(|_| PageError::BadRequest);
    let topic = || {
        let vocabulary = app.vocabulary();
        let topic = vocabulary.topics.by_code(which).map(|it| it.id);
        topic.ok_or(PageError::BadRequest)
    };
    match what {
        "opportunity" => show_again(&app, subscriber, Mute::Opportunity(OpportunityId(number()?))).await?,
        "source" => show_again(&app, subscriber, Mute::Source(SourceId(number()?))).await?,
        "topic" => show_again(&app, subscriber, Mute::Topic(topic()?)).await?,
        "less" => tell_as_before(&app, subscriber, topic()?).await?,
        _ => return Err(PageError::BadRequest),
    }
    Ok(Redirect::to(&format!("{}?done=shown", paths::HIDDEN)).into_response())
}
