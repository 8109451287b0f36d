// SPDX-License-Identifier: EUPL-1.2
//! Owe a test message to one mailbox or browser of a signed-in subscriber.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::occasion::OccasionKind;
use crate::domain::subscriber::TargetStatus;
use crate::services::{Error, Result};
use crate::storage::occasions::{Personal, record_personal};
use crate::storage::{self, notifications, targets};

/// How long a test is of use.
const TEST_LIFE: TimeDelta = TimeDelta::minutes(10);

/// Owes the test; one a minute, so that impatience does not become a flood.
///
/// # Errors
/// [`Error::NotFound`] when the target is not theirs or cannot be sent to.
pub async fn send_test(app: &App, subscriber: SubscriberId, target: TargetId) -> Result<()> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let found = targets::find(&mut transaction, target).await?;
    let found = found.filter(|it| it.subscriber == subscriber && it.status == TargetStatus::Active);
    let target = found.ok_or(Error::NotFound)?.id;
    let personal = Personal {
        kind: OccasionKind::Test,
        subscriber,
        target,
        link: None,
        expires_at: now.plus(TEST_LIFE),
    };
    let minute = now.seconds().div_euclid(60).to_string();
    match record_personal(&mut transaction, &personal, &minute, now).await {
        Err(storage::Error::Conflict(_)) => return Ok(()),
        occasion => notifications::owe_to_target(&mut transaction, occasion?, target).await?,
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}
