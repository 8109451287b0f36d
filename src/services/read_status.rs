// SPDX-License-Identifier: EUPL-1.2
//! How many there are of everything, by state: for whoever looks after the service.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::services::Result;
use crate::storage::{matches, notifications, occasions, opportunity_lists, subscribers};

/// Counts by state.
pub type Counts = BTreeMap<&'static str, i64>;

/// How many there are of everything.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// Opportunities by status.
    pub opportunities: Counts,
    /// Subscribers by status.
    pub subscribers: Counts,
    /// Matches.
    pub matches: i64,
    /// Publications that have still to be matched, in whole or in part.
    pub unmatched: usize,
    /// Notifications by channel and state.
    pub notifications: BTreeMap<&'static str, Counts>,
}

/// Counts.
///
/// # Errors
/// What the database says.
pub async fn read_status(app: &App) -> Result<Status> {
    let mut transaction = app.database.read().await?;
    let mut status = Status {
        matches: matches::count(&mut transaction).await?,
        unmatched: occasions::unfinished_opportunities(&mut transaction).await?.len(),
        ..Status::default()
    };
    for (state, count) in opportunity_lists::count_by_status(&mut transaction).await? {
        status.opportunities.insert(state.code(), count);
    }
    for (state, count) in subscribers::count_by_status(&mut transaction).await? {
        status.subscribers.insert(state.code(), count);
    }
    for (channel, state, count) in notifications::tally(&mut transaction).await? {
        status
            .notifications
            .entry(channel.code())
            .or_default()
            .insert(state.code(), count);
    }
    Ok(status)
}
