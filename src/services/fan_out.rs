// SPDX-License-Identifier: EUPL-1.2
//! From what was published to what is owed: match the profiles, and owe each of their targets a notification.
//!
//! Reads occasions whose fan-out is not finished; works in ranges of profile ids, one transaction a range, and keeps
//! how far it has come, so that a crash resumes and the first notifications leave while the rest is matched. Writes
//! matches and notifications; `dispatch_outbox` comes next.

use crate::app::App;
use crate::domain::ids::ProfileId;
use crate::services::Result;
use crate::services::fold_notifications::make_room;
use crate::storage::audience::{self, Range, Which};
use crate::storage::occasions::{self, FanOut};
use crate::storage::{Transaction, notifications, profiles};

/// How many profile ids one transaction covers: writers get in between, and the cost of a commit does not show.
const IDS_A_RANGE: i64 = 50_000;

/// What a fan-out added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// New matches.
    pub matches: u64,
    /// New notifications.
    pub notifications: u64,
}

/// Fans out everything that was published and is not finished.
///
/// # Errors
/// What the database says; what was committed before stays, and the rest is resumed.
pub async fn fan_out(app: &App) -> Result<Added> {
    let mut added = Added::default();
    make_room(app).await;
    while let Some(range) = fan_out_range(app).await? {
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
    let last = profiles::last_id(&mut transaction).await?;
    let up_to = ProfileId(occasion.cursor_profile_id.0.saturating_add(IDS_A_RANGE));
    let range = Range {
        above: occasion.cursor_profile_id,
        up_to,
    };
    let added = if occasion.expires_at > now {
        add(app, &mut transaction, &occasion, range).await?
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

async fn add(app: &App, transaction: &mut Transaction, occasion: &FanOut, range: Range) -> Result<Added> {
    let now = app.now();
    let which = if occasion.silent {
        Which::Silently
    } else {
        Which::Concerned(occasion.id)
    };
    let matches = audience::insert_matches(transaction, occasion.opportunity_id, range, which, now).await?;
    let notifications = if occasion.silent {
        0
    } else {
        notifications::owe_to_matches(transaction, occasion, range, now).await?
    };
    Ok(Added { matches, notifications })
}
