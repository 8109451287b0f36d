// SPDX-License-Identifier: EUPL-1.2
//! From what was published to what is owed: match the profiles, and owe each of their targets a notification. An edition
//! of a digest goes the same way: fold what was matched, and owe it.
//!
//! Reads occasions whose fan-out is not finished; works in ranges of ids, one transaction a range, and keeps how far it
//! has come, so that a crash resumes and the first notifications leave while the rest is matched. Writes
//! matches and notifications; `dispatch_outbox` comes next.

use chrono_tz::Tz;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::digest::Edition;
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId};
use crate::domain::occasion::OccasionKind;
use crate::domain::profile::Frequency;
use crate::domain::reminder::Lead;
use crate::services::Result;
use crate::services::fold_notifications::make_room;
use crate::storage::audience::{self, Range, Which};
use crate::storage::editions::{self, Fold, Readers};
use crate::storage::follow_ups::{self, Wanting};
use crate::storage::occasions::{self, FanOut};
use crate::storage::{Transaction, notifications, profiles, subscribers};

/// How many ids of profiles, or of an edition's readers, one transaction covers: writers get in between, and the cost of a commit does not show.
const IDS_A_RANGE: i64 = 50_000;

/// What a fan-out added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// New matches.
    pub matches: u64,
    /// New notifications.
    pub notifications: u64,
}

/// Fans out everything that was published and is not finished, until the program stops.
///
/// # Errors
/// What the database says; what was committed before stays, and the rest is resumed.
pub async fn fan_out(app: &App) -> Result<Added> {
    let mut added = Added::default();
    make_room(app).await;
    while !app.stopping.is_cancelled()
        && let Some(range) = fan_out_range(app).await?
    {
        added.matches += range.matches;
        added.notifications += range.notifications;
        if range.notifications > 0 {
            app.wake_jobs();
        }
    }
    Ok(added)
}

/// One range of the most urgent occasion; `None` when there is nothing left.
async fn fan_out_range(app: &App) -> Result<Option<Added>> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let Some(occasion) = occasions::next_to_fan_out(&mut transaction).await? else {
        return Ok(None);
    };
    let last = match occasion.opportunity_id {
        Some(_) => profiles::last_id(&mut transaction).await?.0,
        None => subscribers::last_id(&mut transaction).await?.0,
    };
    let up_to = occasion.cursor.saturating_add(IDS_A_RANGE);
    let added = if occasion.expires_at > now {
        add(app, &mut transaction, &occasion, up_to).await?
    } else {
        Added::default()
    };
    let finished_at = (up_to >= last || occasion.expires_at <= now).then_some(now);
    occasions::advance(&mut transaction, occasion.id, up_to.min(last), finished_at).await?;
    transaction.commit().await?;
    tracing::debug!(
        occasion.id = occasion.id.0,
        count = added.notifications,
        "matched a range of profiles"
    );
    Ok(Some(added))
}

async fn add(app: &App, transaction: &mut Transaction, occasion: &FanOut, up_to: i64) -> Result<Added> {
    let kind = OccasionKind::from_code(&occasion.kind);
    match (occasion.opportunity_id, kind.and_then(OccasionKind::frequency)) {
        (Some(opportunity), _) => {
            let range = Range {
                above: ProfileId(occasion.cursor),
                up_to: ProfileId(up_to),
            };
            if kind.is_some_and(OccasionKind::is_follow_up) {
                follow_up(app, transaction, occasion, opportunity, range).await
            } else {
                announce(app, transaction, occasion, opportunity, range).await
            }
        }
        (None, Some(frequency)) => {
            let readers = Readers {
                above: SubscriberId(occasion.cursor),
                up_to: SubscriberId(up_to),
            };
            fold(app, transaction, occasion, frequency, readers).await
        }
        (None, None) => Ok(Added::default()),
    }
}

/// Folds into an edition what its readers were matched with, and owes it to them.
async fn fold(
    app: &App,
    transaction: &mut Transaction,
    occasion: &FanOut,
    frequency: Frequency,
    readers: Readers,
) -> Result<Added> {
    let (now, zone) = (app.now(), app.config.zone);
    let Some(edition) = Edition::latest(frequency, occasion.created_at, zone) else {
        return Ok(Added::default());
    };
    let fold = Fold {
        edition: occasion.id,
        frequency,
        cut_off: edition.cut_off(zone),
    };
    editions::unfold_undelivered(transaction, &fold, readers, now).await?;
    editions::leave_out_told(transaction, &fold, readers).await?;
    editions::fold_matches(transaction, &fold, readers, now).await?;
    editions::fold_follow_ups(transaction, &fold, readers, now).await?;
    let notifications = editions::owe_edition(transaction, occasion.id, occasion.expires_at, readers).await?;
    Ok(Added {
        matches: 0,
        notifications,
    })
}

/// Matches an opportunity, and owes what its readers want told at once.
async fn announce(
    app: &App,
    transaction: &mut Transaction,
    occasion: &FanOut,
    opportunity: OpportunityId,
    range: Range,
) -> Result<Added> {
    let now = app.now();
    let which = if occasion.silent {
        Which::Silently
    } else {
        Which::Concerned(occasion.id)
    };
    let matches = audience::insert_matches(transaction, opportunity, range, which, now).await?;
    let notifications = if occasion.silent {
        0
    } else {
        notifications::owe_to_matches(transaction, occasion, range, now).await?
    };
    Ok(Added { matches, notifications })
}

/// Finds who is told of a change or reminded of a date, and owes it to those who want that at once.
async fn follow_up(
    app: &App,
    transaction: &mut Transaction,
    occasion: &FanOut,
    opportunity: OpportunityId,
    range: Range,
) -> Result<Added> {
    if let Some((date, lead)) = occasion.reminder() {
        let wanting = wanting(&occasion.kind, date, lead, occasion.opened_at, app.config.zone);
        follow_ups::keep_reminded(transaction, occasion.id, opportunity, range, wanting).await?;
    } else {
        follow_ups::keep_told(transaction, occasion.id, opportunity, range, occasion.opened_at).await?;
    }
    let notifications = notifications::owe_follow_up(transaction, occasion, range).await?;
    Ok(Added {
        matches: 0,
        notifications,
    })
}

/// Who wants a reminder. Where several were due at once, because the program stood still, the last of them is enough. Of
/// the eve of an opening everybody is told who wants any reminder at all.
fn wanting(kind: &str, date: Timestamp, lead: Lead, now: Timestamp, zone: Tz) -> Wanting {
    let opens = kind == OccasionKind::OpeningSoon.code() && lead == Lead::EVE;
    Wanting {
        any: Lead::all().filter(|it| opens || *it == lead).collect(),
        none: Lead::all()
            .filter(|it| *it < lead && it.due_before(date, zone) <= now)
            .collect(),
    }
}
