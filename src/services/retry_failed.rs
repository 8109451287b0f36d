// SPDX-License-Identifier: EUPL-1.2
//! Retry failed: those who missed what is still of use are owed it again, with all attempts before them.

use crate::app::App;
use crate::domain::ids::StaffId;
use crate::services::Result;
use crate::services::delivery_report::word_of;
use crate::storage::delivery_counts::Of;
use crate::storage::{audit_log, retries};

/// Takes up again what has failed, in the name of `by` or of a command. How many notifications that were; repeating it
/// finds none. Targets that are gone or stopped, and what is past its use, stay as they are.
///
/// # Errors
/// What the database says.
pub async fn retry_failed(app: &App, by: Option<StaffId>, of: Of) -> Result<u64> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let taken_up = retries::retry_failed(&mut transaction, of, now).await?;
    audit_log::insert(&mut transaction, by, "retried failed", &word_of(of), now).await?;
    transaction.commit().await?;
    tracing::info!(
        of = word_of(of),
        count = taken_up,
        "failed notifications are tried again"
    );
    app.wake_jobs();
    Ok(taken_up)
}
