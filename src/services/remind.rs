// SPDX-License-Identifier: EUPL-1.2
//! Reminders: an occasion for each date of something open and each lead time whose morning has come.
//!
//! Reads what opens or closes within the longest lead time and what was recorded of it, writes what is missing; who wants
//! which reminder is found by `fan_out`. A morning that the program missed is made up for, as long as the date is to come.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::occasion::OccasionKind;
use crate::domain::opportunity::OpportunityKind;
use crate::domain::reminder::{LONGEST_LEAD, Lead, due};
use crate::services::Result;
use crate::storage::follow_ups::{self, Dated, Reminder};

/// Records the reminders that are due. How many were new.
///
/// # Errors
/// What the database says.
pub async fn remind(app: &App) -> Result<u64> {
    let now = app.now();
    let mut transaction = app.database.read().await?;
    let dated = follow_ups::dated(&mut transaction, now, now.plus(LONGEST_LEAD)).await?;
    let recorded: BTreeSet<_> = follow_ups::reminded(&mut transaction, now).await?.into_iter().collect();
    drop(transaction);
    let mut missing = Vec::new();
    for of in &dated {
        let all = reminders(app, of, now)?;
        missing.extend(
            all.into_iter()
                .filter(|it| !recorded.contains(&(it.opportunity, it.date, it.lead.days()))),
        );
    }
    if missing.is_empty() {
        return Ok(0);
    }
    let (mut transaction, mut added) = (app.database.begin().await?, 0);
    for reminder in &missing {
        added += u64::from(follow_ups::record_reminder(&mut transaction, reminder, now).await?);
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(added)
}

/// The reminders of one opportunity that are due: of the opening of a call its eve, of an event how soon it begins, and of
/// what closes how soon that is. News and alerts end, but nobody has to be there in time.
fn reminders(app: &App, of: &Dated, now: Timestamp) -> Result<Vec<Reminder>> {
    let (kind, zone) = (of.kind()?, app.config.zone);
    let leads_of = |date: Option<Timestamp>| date.map_or_else(Vec::new, |date| due(date, of.since, now, zone));
    let reminder = |kind, date: Option<Timestamp>, lead| {
        date.map(|date| Reminder {
            opportunity: of.id,
            revision: of.revision,
            kind,
            date,
            lead,
        })
    };
    let opens = leads_of(of.opens_at)
        .into_iter()
        .filter(|lead| kind == OpportunityKind::Event || *lead == Lead::EVE)
        .filter_map(|lead| reminder(OccasionKind::OpeningSoon, of.opens_at, lead));
    // One message a morning: who is told that it opens tomorrow reads there until when.
    let opening = of
        .opens_at
        .map(|date| Lead::EVE.due_before(date, zone))
        .filter(|eve| *eve > of.since);
    let closes = leads_of(of.closes_at)
        .into_iter()
        .filter(|lead| of.closes_at.map(|date| lead.due_before(date, zone)) != opening)
        .filter_map(|lead| reminder(OccasionKind::ClosingSoon, of.closes_at, lead));
    Ok(match kind {
        OpportunityKind::News | OpportunityKind::Alert => Vec::new(),
        OpportunityKind::Event if of.opens_at.is_some() => opens.collect(),
        OpportunityKind::Event | OpportunityKind::Call | OpportunityKind::Service => opens.chain(closes).collect(),
    })
}
