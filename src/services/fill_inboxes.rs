// SPDX-License-Identifier: EUPL-1.2
//! Fill the inboxes of new and changed profiles with what is open, silently.
//!
//! What is still being fanned out is left to `fan_out`, and the inbox stays due until that is done; so nobody who
//! should be told is matched silently.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::ids::ProfileId;
use crate::services::Result;
use crate::storage::audience::{self, Filling, Range, Which};
use crate::storage::{matches, occasions, opportunity_lists};

/// How long a turn may take before another worker takes its inboxes over.
const LOST_AFTER: TimeDelta = TimeDelta::minutes(10);

/// Fills every inbox that is due. How many matches that added.
///
/// # Errors
/// What the database says; it is begun again the next time.
pub async fn fill_inboxes(app: &App) -> Result<u64> {
    let mut transaction = app.database.begin().await?;
    // In this order: what is published in between is not among what is open, and so is told by its own fan-out.
    let open = opportunity_lists::list_open(&mut transaction).await?;
    if !occasions::unfinished_opportunities(&mut transaction).await?.is_empty() {
        return Ok(0);
    }
    let filling = Filling::begun(app.now(), u16::from_be_bytes(app.chance.bytes()));
    let taken_over = app.now().minus(LOST_AFTER);
    let Some((first, last)) = matches::take_due_inboxes(&mut transaction, filling, taken_over).await? else {
        return Ok(0);
    };
    transaction.commit().await?;
    let range = Range {
        above: ProfileId(first.0 - 1),
        up_to: last,
    };
    let mut added = 0;
    for opportunity in open {
        let mut transaction = app.database.begin().await?;
        added += audience::insert_matches(
            &mut transaction,
            opportunity,
            range,
            Which::InboxDue(filling),
            app.now(),
        )
        .await?;
        transaction.commit().await?;
    }
    let mut transaction = app.database.begin().await?;
    matches::inboxes_filled(&mut transaction, filling).await?;
    transaction.commit().await?;
    Ok(added)
}
