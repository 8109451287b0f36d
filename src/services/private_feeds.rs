// SPDX-License-Identifier: EUPL-1.2
//! The addresses under which a person reads their inbox without signing in: a feed and a calendar for programs that know no
//! password. Whoever has the address reads along, so it can be renewed and taken away.
//!
//! The code of an address is made of the person's number and a number by chance with a key of its own, and stored nowhere:
//! it can be shown again, and another number ends it.

use crate::app::App;
use crate::domain::ids::SubscriberId;
use crate::domain::subscriber::SubscriberStatus;
use crate::secrets::StableKey;
use crate::services::Result;
use crate::storage::{inbox, subscribers};
use crate::urls::FeedCode;

/// The code of a person's addresses; `None` while they have none.
///
/// # Errors
/// What the database says.
pub async fn feed_code(app: &App, subscriber: SubscriberId) -> Result<Option<String>> {
    let mut transaction = app.database.read().await?;
    let number = inbox::feed_number(&mut transaction, subscriber).await?;
    Ok(number.map(|number| FeedCode { subscriber, number }.seal(&key(app))))
}

/// Gives a person addresses, others than before.
///
/// # Errors
/// What the database says.
pub async fn renew_feeds(app: &App, subscriber: SubscriberId) -> Result<()> {
    let number = i64::from_be_bytes(app.chance.bytes::<8>());
    set_number(app, subscriber, Some(number)).await
}

/// Takes a person's addresses away.
///
/// # Errors
/// What the database says.
pub async fn stop_feeds(app: &App, subscriber: SubscriberId) -> Result<()> {
    set_number(app, subscriber, None).await
}

async fn set_number(app: &App, subscriber: SubscriberId, number: Option<i64>) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    inbox::set_feed_number(&mut transaction, subscriber, number).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whose addresses have this code now; `None` for what is no code, or was one.
///
/// # Errors
/// What the database says.
pub async fn feeds_owner(app: &App, code: &str) -> Result<Option<SubscriberId>> {
    let Some(code) = FeedCode::open(&key(app), code) else {
        return Ok(None);
    };
    let mut transaction = app.database.read().await?;
    let number = inbox::feed_number(&mut transaction, code.subscriber).await?;
    let person = subscribers::find(&mut transaction, code.subscriber).await?;
    let is_there = person.is_some_and(|person| person.status != SubscriberStatus::Left);
    Ok((number == Some(code.number) && is_there).then_some(code.subscriber))
}

fn key(app: &App) -> StableKey {
    app.unsubscribe_key.for_use("private feeds")
}
