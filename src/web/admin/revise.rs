// SPDX-License-Identifier: EUPL-1.2
//! Changing what was published: first what the change does and whom it is told to, then the click that saves it.
//!
//! Nothing is kept between the two: the form carries what was typed, and what cannot be saved comes back as it was.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::occasion::FollowUp;
use crate::domain::opportunity::{Content, Opportunity, PublishRefusal, Status};
use crate::services::revise_published::{Effect, preview_revision, revise_published};
use crate::services::{self, Error, Refusal};
use crate::storage::opportunities;
use crate::web::admin::editor::{EditorPage, EffectWords, Revising};
use crate::web::admin::facts::missing;
use crate::web::admin::opportunities::{chip, status_key};
use crate::web::admin::opportunity_form::OpportunityForm;
use crate::web::admin::{id_in, staff_path};
use crate::web::csrf::Submitted;
use crate::web::error::{PageError, refusal_key};
use crate::web::page::{Page, render_as};
use crate::web::session::Staff;
use crate::web::site::answers::FieldError;

/// What was published, to change.
///
/// # Errors
/// [`PageError::NotFound`] for what is not public.
pub async fn edit(
    State(app): State<App>,
    Staff(_): Staff,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let opportunity = find(&app, id_in(&id)?).await?;
    let form = OpportunityForm::of(&opportunity.content, page.texts, &app.vocabulary());
    Ok(shown(&app, page, &opportunity, form, None, Vec::new()))
}

/// Says what the change would do, or makes it.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn save(
    State(app): State<App>,
    Staff(editor): Staff,
    page: Page,
    Path(id): Path<String>,
    Submitted(mut form): Submitted<OpportunityForm>,
) -> Result<Response, PageError> {
    let opportunity = find(&app, id_in(&id)?).await?;
    let vocabulary = app.vocabulary();
    form.add_areas(&vocabulary);
    if form.action == "add" {
        let errors = form.unknown_areas(page.texts).into_iter().collect();
        return Ok(shown(&app, page, &opportunity, form, None, errors));
    }
    let content = match form.read(page.texts, &vocabulary) {
        Ok(content) => content,
        Err(errors) => return Ok(shown(&app, page, &opportunity, form, None, errors)),
    };
    let errors = missing(&content, page.texts);
    if !errors.is_empty() {
        return Ok(shown(&app, page, &opportunity, form, None, errors));
    }
    if form.action != "revise" {
        let effect = effect(&app, &page, opportunity.id, &content, &form.note).await?;
        return Ok(shown(&app, page, &opportunity, form, Some(effect), Vec::new()));
    }
    match revise_published(&app, editor.id, opportunity.id, &content, &form.note).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=revised", staff_path(opportunity.id))).into_response()),
        Err(Error::Refused(Refusal::Publish(PublishRefusal::Incomplete(_)))) => {
            let errors = missing(&content, page.texts);
            Ok(shown(&app, page, &opportunity, form, None, errors))
        }
        Err(Error::Refused(refusal)) => {
            let errors = vec![FieldError::new("", page.t(refusal_key(&refusal)))];
            Ok(shown(&app, page, &opportunity, form, None, errors))
        }
        Err(error) => Err(error.into()),
    }
}

async fn find(app: &App, id: OpportunityId) -> Result<Opportunity, PageError> {
    let mut transaction = app.database.read().await.map_err(services::Error::from)?;
    let found = opportunities::find(&mut transaction, id)
        .await
        .map_err(services::Error::from)?;
    let is_changed_here = |it: &Opportunity| !matches!(it.status, Status::Draft | Status::Withdrawn);
    found.filter(is_changed_here).ok_or(PageError::NotFound)
}

async fn effect(
    app: &App,
    page: &Page,
    id: OpportunityId,
    content: &Content,
    note: &str,
) -> Result<EffectWords, PageError> {
    let effect = preview_revision(app, id, content, note).await?;
    Ok(words(app, page, content, &effect))
}

fn words(app: &App, page: &Page, content: &Content, effect: &Effect) -> EffectWords {
    let Some((kind, change)) = &effect.follow_up else {
        let key = match effect.status {
            Status::Closed => "staff-effect-closed",
            _ => "staff-effect-nobody",
        };
        return EffectWords {
            sentence: page.t(key),
            lines: Vec::new(),
        };
    };
    let follow_up = FollowUp::Change(Box::new(change.clone()));
    let what = page.texts.follow_up(*kind, content.kind, &follow_up, app.now());
    EffectWords {
        sentence: page.texts.count("staff-effect-told", effect.knowing),
        lines: [what]
            .into_iter()
            .chain(page.texts.change(change, content.kind))
            .collect(),
    }
}

fn shown(
    app: &App,
    page: Page,
    opportunity: &Opportunity,
    form: OpportunityForm,
    effect: Option<EffectWords>,
    errors: Vec<FieldError>,
) -> Response {
    let code = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let revising = Revising {
        status: (page.t(status_key(opportunity.status)), chip(opportunity.status)),
        effect,
    };
    let editor = EditorPage::new(app, page, Some(opportunity.id), form).revising(revising, errors);
    render_as(code, &editor)
}
