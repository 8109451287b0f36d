// SPDX-License-Identifier: EUPL-1.2
//! What has become of an opportunity since it was published: what was told of it, and what changed silently.

use std::collections::BTreeMap;

use crate::app::App;
use crate::domain::change::{Change, revised};
use crate::domain::clock::Timestamp;
use crate::domain::occasion::{FollowUp, OccasionKind, Subject};
use crate::domain::opportunity::{ContentRecord, Opportunity, Status};
use crate::services::{Error, Result};
use crate::storage::{follow_ups, revisions};

/// One thing that has become of an opportunity.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: OccasionKind,
    /// What changed with it.
    pub change: Change,
}

/// The history of something public, the latest first. Revisions that changed words alone are left out.
///
/// # Errors
/// What the database says.
pub async fn read_history(app: &App, opportunity: &Opportunity) -> Result<Vec<Event>> {
    let Some(published_at) = opportunity.published_at else {
        return Ok(Vec::new());
    };
    let mut transaction = app.database.read().await?;
    let told = follow_ups::changes_of(&mut transaction, opportunity.id).await?;
    let saved = revisions::list(&mut transaction, opportunity.id).await?;
    drop(transaction);
    let mut told_of: BTreeMap<i64, (OccasionKind, Change)> = BTreeMap::new();
    for occasion in told {
        if let Subject::Opportunity {
            revision,
            follow_up: Some(FollowUp::Change(change)),
            ..
        } = occasion.subject
        {
            told_of.insert(revision, (occasion.kind, *change));
        }
    }
    let vocabulary = app.vocabulary();
    let mut events = Vec::new();
    for pair in saved.windows(2) {
        let [(_, _, before), (number, at, after)] = pair else {
            continue;
        };
        if *at < published_at {
            continue;
        }
        let resolved = |record: &ContentRecord| {
            let content = record.clone().resolve(&vocabulary);
            content.map_err(|error| Error::Unexpected(error.to_string()))
        };
        let silent = || -> Result<Option<(OccasionKind, Change)>> {
            Ok(revised(&resolved(before)?, &resolved(after)?, Status::Published, *at, "").follow_up)
        };
        let found = match told_of.remove(number) {
            Some(told) => Some(told),
            None => silent()?,
        };
        events.extend(found.map(|(kind, change)| Event { at: *at, kind, change }));
    }
    events.reverse();
    Ok(events)
}
