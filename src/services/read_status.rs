// SPDX-License-Identifier: EUPL-1.2
//! How many there are of everything, by state: for whoever looks after the service.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::domain::delivery_report::{DeliveryReport, Tally};
use crate::services::Result;
use crate::storage::{delivery_counts, matches, occasions, opportunity_lists, subscribers};

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
    /// Notifications by channel and what became of them; `retrying` are among the `open`.
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
    let counted = DeliveryReport::new(&delivery_counts::totals(&mut transaction).await?, &[]);
    for (channel, tally) in counted.channels {
        status.notifications.insert(channel.code(), counts_of(&tally));
    }
    Ok(status)
}

fn counts_of(tally: &Tally) -> Counts {
    let counts = [
        ("owed", tally.owed),
        ("open", tally.open),
        ("retrying", tally.retrying),
        ("sent", tally.sent),
        ("failed", tally.failed),
        ("expired", tally.expired),
        ("suppressed", tally.suppressed),
    ];
    counts.into_iter().filter(|(_, count)| *count != 0).collect()
}
