// SPDX-License-Identifier: EUPL-1.2
//! Publish a draft: everybody can read it, and those it concerns are owed a notification.
//!
//! Writes the status and the occasion in one transaction; `fan_out` does the rest.

use crate::app::App;
use crate::domain::ids::{BatchId, OpportunityId, StaffId};
use crate::domain::occasion::{lane_of, use_until};
use crate::domain::opportunity::{Opportunity, Status};
use crate::services::{Error, Refusal, Result};
use crate::storage::occasions::{Publication, record_publication};
use crate::storage::{Transaction, audit_log, opportunities};

/// Publishes the draft `id` in the name of `editor`.
///
/// # Errors
/// [`Refusal::Publish`] when it is no draft or not complete; [`Refusal::AudienceOpen`] when it asks something that
/// only some can answer and does not say whom it is for.
pub async fn publish_opportunity(app: &App, editor: StaffId, id: OpportunityId) -> Result<Opportunity> {
    let mut transaction = app.database.begin().await?;
    let draft = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    if draft.content.criteria.leaves_audience_open() {
        return Err(Refusal::AudienceOpen.into());
    }
    publish(app, &mut transaction, &draft, Telling::Everyone).await?;
    audit_log::insert(&mut transaction, Some(editor), "published", &id.to_string(), app.now()).await?;
    let published = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(published)
}

/// Who is told of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Everyone whom it concerns.
    Everyone,
    /// Everyone whom it concerns, as part of what is made in one go.
    Batch(BatchId),
    /// Nobody: it only appears in their inboxes.
    Nobody,
}

/// Publishes a draft in the caller's transaction. What is past its deadline is closed at once and owes nothing.
pub(super) async fn publish(
    app: &App,
    transaction: &mut Transaction,
    draft: &Opportunity,
    telling: Telling,
) -> Result<Status> {
    let now = app.now();
    let status = draft.publish(now)?;
    opportunities::set_status(transaction, draft.id, status, Some(now)).await?;
    if status == Status::Published {
        open_occasion(app, transaction, draft, telling).await?;
    }
    Ok(status)
}

/// Opens the occasion of an opportunity, or opens it again after a revision, in the caller's transaction.
pub(super) async fn open_occasion(
    app: &App,
    transaction: &mut Transaction,
    opportunity: &Opportunity,
    telling: Telling,
) -> Result<()> {
    record_publication(transaction, &publication(app, opportunity, telling), app.now()).await?;
    Ok(())
}

/// What telling of an opportunity as it is now gives reason for.
pub(super) fn publication(app: &App, opportunity: &Opportunity, telling: Telling) -> Publication {
    Publication {
        opportunity: opportunity.id,
        revision: opportunity.revision,
        lane: lane_of(opportunity.content.kind),
        silent: telling == Telling::Nobody,
        expires_at: use_until(app.now(), opportunity.content.closes_at),
        batch: match telling {
            Telling::Batch(batch) => Some(batch),
            Telling::Everyone | Telling::Nobody => None,
        },
    }
}
