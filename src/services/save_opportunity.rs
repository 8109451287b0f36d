// SPDX-License-Identifier: EUPL-1.2
//! Keep what an editor or an importer wrote, as a new draft or as the next revision.

use crate::app::App;
use crate::domain::ids::{OpportunityId, StaffId, Token};
use crate::domain::opportunity::{Content, Origin, Status};
use crate::services::search_opportunities::index_one;
use crate::services::{Error, Refusal, Result};
use crate::storage::{Transaction, audit_log, opportunities, revisions};

/// Adds a draft.
///
/// # Errors
/// What the database says.
pub async fn draft_opportunity(app: &App, editor: StaffId, content: &Content) -> Result<OpportunityId> {
    let mut transaction = app.database.begin().await?;
    let id = insert(app, &mut transaction, content, None, Some(editor)).await?;
    audit_log::insert(&mut transaction, Some(editor), "drafted", &id.to_string(), app.now()).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Changes a draft.
///
/// # Errors
/// [`Refusal::NotADraft`] when it was published meanwhile.
pub async fn change_draft(app: &App, editor: StaffId, id: OpportunityId, content: &Content) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let before = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    if before.status != Status::Draft {
        return Err(Refusal::NotADraft.into());
    }
    revise(app, &mut transaction, id, content, Some(editor)).await?;
    audit_log::insert(&mut transaction, Some(editor), "changed", &id.to_string(), app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Adds a draft with its first revision, in the caller's transaction.
pub(super) async fn insert(
    app: &App,
    transaction: &mut Transaction,
    content: &Content,
    origin: Option<&Origin>,
    by: Option<StaffId>,
) -> Result<OpportunityId> {
    let now = app.now();
    let token = app.chance.with(Token::random);
    let id = opportunities::insert(transaction, &token, content, origin, now).await?;
    revisions::insert(transaction, id, &content.to_record(&app.vocabulary()), by, now).await?;
    index_one(app, transaction, id, content).await?;
    Ok(id)
}

/// Saves the next revision, in the caller's transaction.
pub(super) async fn revise(
    app: &App,
    transaction: &mut Transaction,
    id: OpportunityId,
    content: &Content,
    by: Option<StaffId>,
) -> Result<()> {
    let now = app.now();
    opportunities::update(transaction, id, content, now).await?;
    revisions::insert(transaction, id, &content.to_record(&app.vocabulary()), by, now).await?;
    index_one(app, transaction, id, content).await
}
