// SPDX-License-Identifier: EUPL-1.2
//! Keep how a person wants to be left in peace: quiet hours, a cap on pushes, a pause.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::quiet_hours::QuietHours;
use crate::domain::wishes::{Pause, Wishes};
use crate::services::{Error, Result};
use crate::storage::subscribers;

/// How a person wants to be reached.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read_wishes(app: &App, subscriber: SubscriberId) -> Result<Wishes> {
    let mut transaction = app.database.read().await?;
    let found = subscribers::wishes(&mut transaction, &[subscriber.0]).await?;
    found.first().map(|(_, wishes)| *wishes).ok_or(Error::NotFound)
}

/// Sets their quiet hours and weekly cap. What is as the installation says follows it when that changes.
///
/// # Errors
/// What the database says.
pub async fn choose_restraints(app: &App, subscriber: SubscriberId, hours: QuietHours, cap: u32) -> Result<()> {
    let own_hours = (hours != app.config.quiet_hours).then_some(hours);
    let own_cap = (cap != app.config.weekly_pushes).then_some(cap);
    let mut transaction = app.database.begin().await?;
    subscribers::set_restraints(&mut transaction, subscriber, own_hours, own_cap).await?;
    transaction.commit().await?;
    Ok(())
}

/// Lengthens the pause that ends at `end`. One that has another end by now stays as it is: a form that is sent twice
/// lengthens it once.
///
/// # Errors
/// What the database says.
pub async fn lengthen_pause(app: &App, subscriber: SubscriberId, end: Timestamp, by: Pause) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let wishes = subscribers::wishes(&mut transaction, &[subscriber.0]).await?;
    let running = wishes.first().and_then(|(_, wishes)| wishes.pause(app.now()));
    if running == Some(end) {
        subscribers::pause(&mut transaction, subscriber, Some(by.until(end))).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Begins a pause from now, or ends one. What comes out in it is told in the first digest after it.
///
/// # Errors
/// What the database says.
pub async fn take_pause(app: &App, subscriber: SubscriberId, pause: Option<Pause>) -> Result<()> {
    let until = pause.map(|pause| pause.until(app.now()));
    let mut transaction = app.database.begin().await?;
    subscribers::pause(&mut transaction, subscriber, until).await?;
    transaction.commit().await?;
    Ok(())
}
