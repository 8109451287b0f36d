// SPDX-License-Identifier: EUPL-1.2
//! Open the edition of a digest that is due; `fan_out` folds the matches into it and owes it.
//!
//! The calendar says which edition it is, not the clock of whoever comes late: a missed night is made up for once.

use crate::app::App;
use crate::domain::digest::Edition;
use crate::domain::profile::Frequency;
use crate::services::Result;
use crate::storage::{editions, matches};

/// Opens the edition of `frequency` that was due last, unless it was opened before or the next one is due already. How
/// many that opened.
///
/// # Errors
/// What the database says.
pub async fn compose_digests(app: &App, frequency: Frequency) -> Result<u64> {
    let (now, zone) = (app.now(), app.config.zone);
    let Some(edition) = Edition::latest(frequency, now, zone) else {
        return Ok(0);
    };
    let mut transaction = app.database.begin().await?;
    let (due_at, next) = (edition.due_at(zone), edition.next_due_at(zone));
    let is_new = editions::record_edition(&mut transaction, edition, due_at, next).await?;
    if is_new && frequency == Frequency::Daily {
        matches::leave_rest_to_digest(&mut transaction, now).await?;
    }
    transaction.commit().await?;
    if is_new {
        app.wake_jobs();
    }
    Ok(u64::from(is_new))
}
