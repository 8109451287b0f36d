// SPDX-License-Identifier: EUPL-1.2
//! Writing an opportunity: a draft is changed here, what was published is only shown.
//!
//! Whatever button is pressed, the draft is saved first; what cannot be saved comes back as it was typed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::{OpportunityId, StaffId};
use crate::domain::opportunity::{Content, Opportunity, Status};
use crate::services::preview_audience::preview_audience;
use crate::services::revise_published::Turn;
use crate::services::save_opportunity::{change_draft, draft_opportunity};
use crate::services::{self, Error, Refusal};
use crate::storage::opportunities;
use crate::urls::{opportunity_path, paths};
use crate::web::admin::audience::AudienceWords;
use crate::web::admin::deliveries::deliveries_path;
use crate::web::admin::facts::{Facts, missing, short_title};
use crate::web::admin::offers::Offers;
use crate::web::admin::opportunities::{chip, status_key};
use crate::web::admin::opportunity_form::{OpportunityForm, label_key};
use crate::web::admin::turns::{action_key, turn_path};
use crate::web::admin::typed;
use crate::web::admin::{Before, id_in, revision_path, staff_path};
use crate::web::csrf::Submitted;
use crate::web::error::{PageError, refusal_key};
use crate::web::page::{Page, render, render_as};
use crate::web::query::Query;
use crate::web::session::Staff;
use crate::web::site::answers::FieldError;

#[derive(Template)]
#[template(path = "admin/editor.html")]
pub(super) struct EditorPage {
    page: Page,
    id: Option<OpportunityId>,
    form: OpportunityForm,
    offers: Offers,
    errors: Vec<FieldError>,
    is_saved: bool,
    missing: Vec<FieldError>,
    audience: Option<AudienceWords>,
    revising: Option<Revising>,
}

/// What the page of something public says beside its form.
pub(super) struct Revising {
    /// Where it is in its life, in words, and the class of its chip.
    pub(super) status: (String, &'static str),
    /// What saving would do, once it was asked for.
    pub(super) effect: Option<EffectWords>,
}

/// What a revision would do, in words.
pub(super) struct EffectWords {
    /// Who is told, or that nobody is.
    pub(super) sentence: String,
    /// What they are told.
    pub(super) lines: Vec<String>,
}

impl EditorPage {
    pub(super) fn new(app: &App, page: Page, id: Option<OpportunityId>, form: OpportunityForm) -> Self {
        Self {
            offers: Offers::new(app, page.texts, &form),
            page,
            id,
            form,
            errors: Vec::new(),
            is_saved: false,
            missing: Vec::new(),
            audience: None,
            revising: None,
        }
    }

    /// The page of something public, with what is wrong with what was typed.
    pub(super) fn revising(mut self, revising: Revising, errors: Vec<FieldError>) -> Self {
        self.revising = Some(revising);
        self.errors = errors;
        self
    }

    /// Adds whom the draft concerns and what it still lacks. Without topic or area the count would mislead.
    async fn preview(&mut self, app: &App, draft: &Opportunity) -> services::Result<()> {
        let criteria = &draft.content.criteria;
        self.missing = missing(&draft.content, self.page.texts);
        if !criteria.topics.is_empty() && !criteria.areas.is_empty() {
            let audience = preview_audience(app, draft.id).await?;
            self.audience = Some(AudienceWords::new(&audience, self.page.texts, &app.vocabulary()));
        }
        Ok(())
    }

    /// What is wrong with the field; empty when nothing is.
    fn error(&self, field: &str) -> &str {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.message)
    }

    /// What the field is called, for the index of errors.
    fn label(&self, field: &str) -> String {
        self.page.t(&label_key(field))
    }

    /// A field of dates cannot hold what is no date: it is shown as text then, so that it is not lost.
    fn date_type(value: &str) -> &'static str {
        if value.is_empty() || is_iso_date(value) {
            "date"
        } else {
            "text"
        }
    }

    /// The same for times.
    fn time_type(value: &str) -> &'static str {
        if value.is_empty() || (value.len() == 5 && typed::time(value).is_some()) {
            "time"
        } else {
            "text"
        }
    }

    /// Where it is in its life, and the class of its chip.
    fn status(&self) -> (String, &'static str) {
        match &self.revising {
            Some(revising) => revising.status.clone(),
            None => (self.page.t(status_key(Status::Draft)), chip(Status::Draft)),
        }
    }

    /// The title for the way to this page, however long it was typed.
    fn short_title(&self) -> String {
        short_title(&self.form.title)
    }

    fn address(&self) -> String {
        match (self.id, &self.revising) {
            (Some(id), Some(_)) => revision_path(id),
            (Some(id), None) => staff_path(id),
            (None, _) => format!("{}/opportunita/nuova", paths::STAFF),
        }
    }
}

fn is_iso_date(value: &str) -> bool {
    typed::date(value).is_some_and(|date| date.to_string() == value)
}

/// An empty form.
pub async fn new(State(app): State<App>, Staff(_): Staff, page: Page) -> Response {
    let form = OpportunityForm {
        kind: "call".to_owned(),
        publisher: app.config.body_name.clone(),
        ..OpportunityForm::default()
    };
    render(&EditorPage::new(&app, page, None, form))
}

/// Keeps a new draft.
///
/// # Errors
/// What the database says.
pub async fn create(
    State(app): State<App>,
    Staff(editor): Staff,
    page: Page,
    Submitted(form): Submitted<OpportunityForm>,
) -> Result<Response, PageError> {
    keep(&app, editor.id, page, None, form).await
}

/// A draft to change, or what was published to read.
///
/// # Errors
/// [`PageError::NotFound`].
pub async fn edit(
    State(app): State<App>,
    Staff(_): Staff,
    page: Page,
    Path(id): Path<String>,
    Query(before): Query<Before>,
) -> Result<Response, PageError> {
    let id = id_in(&id)?;
    let mut transaction = app.database.read().await?;
    let opportunity = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(PageError::NotFound)?;
    drop(transaction);
    if opportunity.status != Status::Draft {
        return Ok(render(&PublishedPage::new(&app, page, &opportunity, &before.done)));
    }
    let form = OpportunityForm::of(&opportunity.content, page.texts, &app.vocabulary());
    let mut editor = EditorPage::new(&app, page, Some(id), form);
    editor.is_saved = !before.done.is_empty();
    if before.done == "preview" {
        editor.preview(&app, &opportunity).await?;
    }
    Ok(render(&editor))
}

/// Keeps the changes of a draft.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn save(
    State(app): State<App>,
    Staff(editor): Staff,
    page: Page,
    Path(id): Path<String>,
    Submitted(form): Submitted<OpportunityForm>,
) -> Result<Response, PageError> {
    keep(&app, editor.id, page, Some(id_in(&id)?), form).await
}

async fn keep(
    app: &App,
    editor: StaffId,
    page: Page,
    id: Option<OpportunityId>,
    mut form: OpportunityForm,
) -> Result<Response, PageError> {
    let vocabulary = app.vocabulary();
    form.add_areas(&vocabulary);
    if form.action == "add" {
        let errors = form.unknown_areas(page.texts).into_iter().collect();
        return Ok(again(app, page, id, form, errors));
    }
    let content = match form.read(page.texts, &vocabulary) {
        Ok(content) => content,
        Err(errors) => return Ok(again(app, page, id, form, errors)),
    };
    match save_content(app, editor, id, &content).await {
        Ok(id) => Ok(Redirect::to(&after(id, &form.action)).into_response()),
        Err(Error::Refused(refusal @ Refusal::NotADraft)) => {
            let error = FieldError::new("", page.t(refusal_key(&refusal)));
            Ok(again(app, page, id, form, vec![error]))
        }
        Err(error) => Err(error.into()),
    }
}

async fn save_content(
    app: &App,
    editor: StaffId,
    id: Option<OpportunityId>,
    content: &Content,
) -> services::Result<OpportunityId> {
    match id {
        Some(id) => change_draft(app, editor, id, content).await.map(|()| id),
        None => draft_opportunity(app, editor, content).await,
    }
}

/// Where the button leads once the draft is saved.
fn after(id: OpportunityId, action: &str) -> String {
    let path = staff_path(id);
    match action {
        "publish" => format!("{path}/pubblica"),
        "preview" => format!("{path}?done=preview#audience-title"),
        _ => format!("{path}?done=saved"),
    }
}

/// The form as it was typed, with what is wrong.
fn again(app: &App, page: Page, id: Option<OpportunityId>, form: OpportunityForm, errors: Vec<FieldError>) -> Response {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let editor = EditorPage {
        errors,
        ..EditorPage::new(app, page, id, form)
    };
    render_as(status, &editor)
}

#[derive(Template)]
#[template(path = "admin/published.html")]
struct PublishedPage {
    page: Page,
    facts: Facts,
    status: String,
    chip: &'static str,
    published: String,
    public_path: String,
    deliveries: String,
    message: Option<String>,
    revision: Option<String>,
    turns: Vec<(String, String)>,
}

impl PublishedPage {
    fn new(app: &App, page: Page, opportunity: &Opportunity, done: &str) -> Self {
        let message = match (done, opportunity.status) {
            ("published", Status::Published) => Some("staff-done-published"),
            ("published", _) => Some("staff-done-published-closed"),
            ("already", _) => Some("staff-done-already"),
            ("revised", _) => Some("staff-done-revised"),
            ("turned", _) => Some("staff-done-turned"),
            _ => None,
        };
        let turns = Turn::ALL.into_iter().filter(|turn| turn.is_open_to(opportunity));
        Self {
            facts: Facts::new(opportunity, page.texts, &app.vocabulary()),
            status: page.t(status_key(opportunity.status)),
            chip: chip(opportunity.status),
            published: opportunity
                .published_at
                .as_ref()
                .map(|at| page.texts.moment(at))
                .unwrap_or_default(),
            public_path: opportunity_path(opportunity),
            deliveries: deliveries_path(opportunity.id),
            message: message.map(|key| page.t(key)),
            revision: (opportunity.status != Status::Withdrawn).then(|| revision_path(opportunity.id)),
            turns: turns
                .map(|turn| (turn_path(opportunity.id, turn), page.t(action_key(turn))))
                .collect(),
            page,
        }
    }
}
