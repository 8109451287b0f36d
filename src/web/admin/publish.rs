// SPDX-License-Identifier: EUPL-1.2
//! Publishing in two steps: what people will read and how many are told, then the click that cannot be taken back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::{PublishRefusal, Status};
use crate::services::preview_audience::preview_audience;
use crate::services::publish_opportunity::publish_opportunity;
use crate::services::{Error, Refusal};
use crate::storage::opportunities;
use crate::web::admin::audience::AudienceWords;
use crate::web::admin::facts::{Facts, missing};
use crate::web::admin::{id_in, staff_path};
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render_as};
use crate::web::session::Staff;
use crate::web::site::answers::FieldError;

#[derive(Template)]
#[template(path = "admin/publish.html")]
struct ConfirmPage {
    page: Page,
    address: String,
    facts: Facts,
    missing: Vec<FieldError>,
    is_past: bool,
    audience: AudienceWords,
}

/// Shows what publishing would do.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn ask(
    State(app): State<App>,
    Staff(_): Staff,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    confirm(&app, page, id_in(&id)?, StatusCode::OK).await
}

/// Publishes. Whoever clicks twice is told that it is done.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn publish(
    State(app): State<App>,
    Staff(editor): Staff,
    page: Page,
    Path(id): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let id = id_in(&id)?;
    match publish_opportunity(&app, editor.id, id).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=published", staff_path(id))).into_response()),
        Err(Error::Refused(Refusal::Publish(PublishRefusal::NotADraft(_)))) => Ok(already(id)),
        Err(Error::Refused(Refusal::Publish(_) | Refusal::AudienceOpen)) => {
            confirm(&app, page, id, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

fn already(id: OpportunityId) -> Response {
    Redirect::to(&format!("{}?done=already", staff_path(id))).into_response()
}

async fn confirm(app: &App, page: Page, id: OpportunityId, status: StatusCode) -> Result<Response, PageError> {
    let mut transaction = app.database.read().await?;
    let draft = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(PageError::NotFound)?;
    drop(transaction);
    if draft.status != Status::Draft {
        return Ok(already(id));
    }
    let vocabulary = app.vocabulary();
    let audience = preview_audience(app, id).await?;
    let shown = ConfirmPage {
        address: staff_path(id),
        facts: Facts::new(&draft, page.texts, &vocabulary),
        missing: missing(&draft.content, page.texts),
        is_past: draft.content.is_past(app.now()),
        audience: AudienceWords::new(&audience, page.texts, &vocabulary),
        page,
    };
    Ok(render_as(status, &shown))
}
