// SPDX-License-Identifier: EUPL-1.2
//! What becomes of something public: a revision, used-up funds, results, withdrawal.
//!
//! Each saves a revision and, where that is worth a message, one occasion for those who know the opportunity already; whom
//! a revision newly concerns is told of the publication. Writes everything in one transaction; `fan_out` does the rest.

use crate::app::App;
use crate::domain::change::{Change, revised};
use crate::domain::ids::{OpportunityId, StaffId};
use crate::domain::occasion::{OccasionKind, use_until};
use crate::domain::opportunity::{Content, Opportunity, OpportunityKind, PublishRefusal, Status};
use crate::services::publish_opportunity::{Telling, open_occasion, publication};
use crate::services::save_opportunity::revise;
use crate::services::{Error, Refusal, Result};
use crate::storage::{Transaction, audit_log, follow_ups, opportunities};

/// Changes what was published, in the name of `editor`. `note` is what they say about it to those who were told before;
/// without one, only dates, money and the place of an event are told.
///
/// # Errors
/// [`Refusal::NotPublic`] for a draft or what was withdrawn, [`Refusal::Publish`] for what could not be published so.
pub async fn revise_published(
    app: &App,
    editor: StaffId,
    id: OpportunityId,
    content: &Content,
    note: &str,
) -> Result<Opportunity> {
    let mut transaction = app.database.begin().await?;
    let before = find_public(&mut transaction, id).await?;
    let missing = content.unpublishable();
    if !missing.is_empty() {
        return Err(Refusal::Publish(PublishRefusal::Incomplete(missing)).into());
    }
    if content.criteria.leaves_audience_open() {
        return Err(Refusal::AudienceOpen.into());
    }
    revise(app, &mut transaction, id, content, Some(editor)).await?;
    let after = follow(app, &mut transaction, &before, note, Telling::Everyone).await?;
    audit_log::insert(&mut transaction, Some(editor), "revised", &id.to_string(), app.now()).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(after)
}

/// What a revision would do.
#[derive(Debug, Clone)]
pub struct Effect {
    /// Where it would be in its life.
    pub status: Status,
    /// What those who know it would be told; `None` for what is worth no message.
    pub follow_up: Option<(OccasionKind, Change)>,
    /// How many profiles know it: they were told of it, or saved it.
    pub knowing: i64,
}

/// What changing something public to `content` would do, before anything is done.
///
/// # Errors
/// [`Refusal::NotPublic`] for a draft or what was withdrawn.
pub async fn preview_revision(app: &App, id: OpportunityId, content: &Content, note: &str) -> Result<Effect> {
    let now = app.now();
    let mut transaction = app.database.read().await?;
    let before = find_public(&mut transaction, id).await?;
    let revised = revised(&before.content, content, before.status, now, note);
    Ok(Effect {
        status: revised.status,
        follow_up: revised.follow_up,
        knowing: follow_ups::count_told(&mut transaction, id, now).await?,
    })
}

/// How many profiles know something public: they were told of it, or saved it.
///
/// # Errors
/// [`Refusal::NotPublic`] for a draft or what was withdrawn.
pub async fn count_knowing(app: &App, id: OpportunityId) -> Result<(Opportunity, i64)> {
    let mut transaction = app.database.read().await?;
    let opportunity = find_public(&mut transaction, id).await?;
    let knowing = follow_ups::count_told(&mut transaction, id, app.now()).await?;
    Ok((opportunity, knowing))
}

/// What an editor says of something public that its content does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its funds are used up: nobody can apply any more.
    Exhausted,
    /// Its results are out.
    Results,
    /// It is taken back.
    Withdrawn,
}

impl Turn {
    /// Every turn.
    pub const ALL: [Self; 3] = [Self::Exhausted, Self::Results, Self::Withdrawn];

    /// The occasion that it makes.
    #[must_use]
    pub const fn occasion(self) -> OccasionKind {
        match self {
            Self::Exhausted => OccasionKind::Exhausted,
            Self::Results => OccasionKind::Results,
            Self::Withdrawn => OccasionKind::Withdrawn,
        }
    }

    /// The word for it in forms and in the audit log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.occasion().code()
    }

    /// The turn with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Whether something public can take it: only a call has funds and results, and only what is open can run out of them.
    #[must_use]
    pub fn is_open_to(self, opportunity: &Opportunity) -> bool {
        let is_call = opportunity.content.kind == OpportunityKind::Call;
        match self {
            Self::Exhausted => is_call && opportunity.status == Status::Published,
            Self::Results => is_call && is_public(opportunity.status),
            Self::Withdrawn => is_public(opportunity.status),
        }
    }

    const fn status(self, before: Status) -> Status {
        match self {
            Self::Exhausted => Status::Exhausted,
            Self::Results => before,
            Self::Withdrawn => Status::Withdrawn,
        }
    }
}

/// Says of something public, in the name of `editor`, that its funds are used up, its results are out, or that it is taken
/// back; with `note`, in plain text. It cannot be unsaid.
///
/// # Errors
/// [`Refusal::NotPublic`] when it is not open to that.
pub async fn turn(app: &App, editor: StaffId, id: OpportunityId, turn: Turn, note: &str) -> Result<Opportunity> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let before = find_public(&mut transaction, id).await?;
    if !turn.is_open_to(&before) {
        return Err(Refusal::NotPublic.into());
    }
    revise(app, &mut transaction, id, &before.content, Some(editor)).await?;
    opportunities::set_status(&mut transaction, id, turn.status(before.status), None).await?;
    let after = find(&mut transaction, id).await?;
    record(
        app,
        &mut transaction,
        &after,
        turn.occasion(),
        &Change::said(note),
        Telling::Everyone,
    )
    .await?;
    audit_log::insert(&mut transaction, Some(editor), turn.code(), &id.to_string(), now).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(after)
}

/// Does what follows from the last revision of something public, in the caller's transaction: its status, the publication
/// for whom it newly concerns, and one occasion for those who know it.
pub(super) async fn follow(
    app: &App,
    transaction: &mut Transaction,
    before: &Opportunity,
    note: &str,
    telling: Telling,
) -> Result<Opportunity> {
    let now = app.now();
    let after = find(transaction, before.id).await?;
    let revised = revised(&before.content, &after.content, before.status, now, note);
    if revised.status != before.status {
        opportunities::set_status(transaction, before.id, revised.status, Some(now)).await?;
    }
    if revised.status == Status::Published {
        open_occasion(app, transaction, &after, telling).await?;
    }
    if let Some((kind, change)) = revised.follow_up.filter(|_| telling != Telling::Nobody) {
        record(app, transaction, &after, kind, &change, telling).await?;
    }
    find(transaction, before.id).await
}

async fn record(
    app: &App,
    transaction: &mut Transaction,
    after: &Opportunity,
    kind: OccasionKind,
    change: &Change,
    telling: Telling,
) -> Result<()> {
    let now = app.now();
    let mut publication = publication(app, after, telling);
    let is_ended = matches!(
        kind,
        OccasionKind::Exhausted | OccasionKind::Results | OccasionKind::Withdrawn
    );
    if is_ended || after.content.is_past(now) {
        // The deadline says nothing of how long this is worth knowing.
        publication.expires_at = use_until(now, None);
    }
    follow_ups::record_change(transaction, &publication, kind, change, now).await?;
    Ok(())
}

async fn find(transaction: &mut Transaction, id: OpportunityId) -> Result<Opportunity> {
    opportunities::find(transaction, id).await?.ok_or(Error::NotFound)
}

async fn find_public(transaction: &mut Transaction, id: OpportunityId) -> Result<Opportunity> {
    let found = find(transaction, id).await?;
    if is_public(found.status) {
        Ok(found)
    } else {
        Err(Refusal::NotPublic.into())
    }
}

const fn is_public(status: Status) -> bool {
    matches!(status, Status::Published | Status::Closed | Status::Exhausted)
}
