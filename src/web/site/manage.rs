// SPDX-License-Identifier: EUPL-1.2
//! "Gestisci questo avviso": what a notification was about and why it came, nothing more of it, less of it, and what somebody
//! thinks of it. Its code signs nobody in, and looking changes nothing.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::opportunity::Status;
use crate::domain::relevance::Relevance;
use crate::services::manage_notification::{Act, Managed, Pace, Scope, manage_notification, read_managed};
use crate::texts::{Texts, kind_key};
use crate::urls::{opportunity_path, paths};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::site::inbox::why_not;

#[derive(Template)]
#[template(path = "site/manage.html")]
struct ManagePage {
    page: Page,
    /// Where the forms lead.
    address: String,
    done: String,
    kind: String,
    title: String,
    /// The public page, where there still is one.
    link: Option<String>,
    why: String,
    lines: Vec<Line>,
    pace: &'static str,
    answer: Option<Relevance>,
    /// What may help whoever answered so, and the part of a page where it is.
    advice: Option<(String, &'static str)>,
    answers: Vec<(&'static str, String)>,
    unsubscribe: Option<String>,
}

/// Something that can be hidden or shown again.
struct Line {
    what: String,
    name: String,
    is_hidden: bool,
}

impl ManagePage {
    fn new(app: &App, page: Page, code: &str, managed: Managed, done: &str) -> Self {
        let texts = page.texts;
        let done = format!("manage-done-{done}");
        let opportunity = &managed.opportunity;
        let is_public = !matches!(opportunity.status, Status::Draft);
        Self {
            address: format!("{}/{code}", paths::MANAGE),
            done: if texts.has(&done) {
                texts.get(&done)
            } else {
                String::new()
            },
            kind: texts.get(kind_key(opportunity.content.kind)),
            title: opportunity.content.title.clone(),
            link: is_public.then(|| opportunity_path(opportunity)),
            why: texts.reasons(&managed.reasons, &app.vocabulary()),
            lines: lines(app, &managed, texts),
            pace: match managed.pace {
                Pace::Sooner => "sooner",
                Pace::Lessened => "lessened",
                Pace::Weekly => "weekly",
                Pace::Undecided => "undecided",
            },
            advice: advice(&managed, texts),
            answer: managed.answer,
            answers: why_not(texts),
            unsubscribe: managed.unsubscribe.map(|code| format!("{}/{code}", paths::UNSUBSCRIBE)),
            page,
        }
    }

    /// What the person thinks of it, in words.
    fn answered(&self) -> Option<String> {
        self.answer.map(|answer| name_of(answer, self.page.texts))
    }
}

/// What an answer is called.
fn name_of(answer: Relevance, texts: Texts) -> String {
    texts.get(&format!("relevance-{}", answer.code()))
}

/// The opportunity, its topics and its source.
fn lines(app: &App, managed: &Managed, texts: Texts) -> Vec<Line> {
    let vocabulary = app.vocabulary();
    let mut lines = vec![Line {
        what: "opportunity".to_owned(),
        name: texts.get("manage-this"),
        is_hidden: managed.is_hidden,
    }];
    for (topic, is_hidden) in &managed.topics {
        let name = vocabulary.topics.name(*topic, texts.language);
        lines.push(Line {
            what: format!("topic:{}", vocabulary.topics.code(*topic)),
            name: texts.fill("manage-topic", &[("topic", name)]),
            is_hidden: *is_hidden,
        });
    }
    if let Some((_, name, is_hidden)) = &managed.source {
        lines.push(Line {
            what: "source".to_owned(),
            name: texts.fill("manage-source", &[("source", name)]),
            is_hidden: *is_hidden,
        });
    }
    lines
}

/// What is offered to whoever answered so, where it is not done yet; nothing is changed for them.
fn advice(managed: &Managed, texts: Texts) -> Option<(String, &'static str)> {
    let answer = managed.answer?;
    let place = match answer {
        Relevance::Topic if managed.topics.iter().any(|(_, is_hidden)| !is_hidden) => "#nascondi",
        Relevance::TooMany if managed.pace == Pace::Sooner => "#meno",
        Relevance::Area | Relevance::Requirements => paths::PREFERENCES,
        _ => return None,
    };
    Some((texts.get(&format!("manage-advice-{}", answer.code())), place))
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
/// [`PageError::NotFound`] for a code that is not ours, or of somebody who is no longer with us.
pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(code): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let managed = read_managed(&app, &code).await?;
    Ok(render(&ManagePage::new(&app, page, &code, managed, &done.done)))
}

/// What a button of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    hide: String,
    show: String,
    pace: String,
    answer: String,
}

impl Asked {
    /// What it asks for, and the word for it when it is done.
    fn read(&self, app: &App) -> Option<(Act, &'static str)> {
        match (self.pace.as_str(), self.answer.as_str()) {
            ("fewer", _) => return Some((Act::Fewer, "fewer")),
            ("as-before", _) => return Some((Act::AsBefore, "as-before")),
            (_, "none") => return Some((Act::Judge(None), "withdrawn")),
            (_, "") => {}
            (_, answer) => return Some((Act::Judge(Some(Relevance::from_code(answer)?)), "answered")),
        }
        if self.show.is_empty() {
            Some((Act::Hide(scope(&self.hide, app)?), "hidden"))
        } else {
            Some((Act::Show(scope(&self.show, app)?), "shown"))
        }
    }
}

fn scope(what: &str, app: &App) -> Option<Scope> {
    match what {
        "opportunity" => Some(Scope::Opportunity),
        "source" => Some(Scope::Source),
        _ => {
            let topic = what.strip_prefix("topic:")?;
            app.vocabulary().topics.by_code(topic).map(|it| Scope::Topic(it.id))
        }
    }
}

/// Does what a button says.
///
/// # Errors
/// [`PageError::NotFound`] for a code that is not ours; [`PageError::BadRequest`] for what no button says.
pub async fn act(
    State(app): State<App>,
    Path(code): Path<String>,
    Submitted(asked): Submitted<Asked>,
) -> Result<Response, PageError> {
    let (act, done) = asked.read(&app).ok_or(PageError::BadRequest)?;
    manage_notification(&app, &code, act).await?;
    Ok(Redirect::to(&format!("{}/{code}?done={done}", paths::MANAGE)).into_response())
}
