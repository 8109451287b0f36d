// SPDX-License-Identifier: EUPL-1.2
//! What is not pushed now although it is due: in quiet hours it waits, over the weekly cap it goes into the digest.
//!
//! Reads how much each browser was told this week, decides for a claim at a time. Alerts and what a person waits for know
//! no restraint. What would be of no use after the quiet hours is sent in them.

use std::collections::HashMap;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::TargetId;
use crate::domain::local_time::start_of_week;
use crate::domain::notification::{Channel, Lane};
use crate::services::Result;
use crate::storage::ledger::Claimed;
use crate::storage::targets;

use super::prepare::{Parcel, Prepared};

/// How many opportunities each browser was told of this week, those that this session is about to tell included.
#[derive(Default)]
pub(super) struct Told {
    week: Option<Timestamp>,
    counts: HashMap<TargetId, i64>,
}

/// Puts off or leaves to the digest what is not to be pushed now.
pub(super) async fn restrain(app: &App, told: &mut Told, parcels: &mut [Parcel]) -> Result<()> {
    let now = app.now();
    let quiet_until = app.config.quiet_hours.end(now, app.config.zone);
    told.load(app, parcels, now).await?;
    for parcel in parcels
        .iter_mut()
        .filter(|it| matches!(it.prepared, Prepared::Ready(_)))
    {
        let row = &parcel.claimed;
        if row.channel != Channel::WebPush || row.lane < Lane::Normal {
            continue;
        }
        let later = quiet_until.filter(|end| *end < row.expires_at);
        if let Some(end) = later {
            parcel.prepared = Prepared::Later(end, "quiet hours");
        } else if counts(row) && !told.admits(row.key.target, app.config.weekly_pushes) {
            parcel.prepared = Prepared::Unwanted(WEEKLY_CAP);
        }
    }
    Ok(())
}

/// The reason of what the cap left to the digest; `storage::ledger::settle_waiting` knows it too.
pub(super) const WEEKLY_CAP: &str = "weekly cap";

/// Whether a notification counts towards the weekly cap.
pub(super) fn counts(row: &Claimed) -> bool {
    row.channel == Channel::WebPush && row.lane == Lane::Normal
}

impl Told {
    /// Reads the counts of browsers that were not seen before, or of all when a new week has begun.
    async fn load(&mut self, app: &App, parcels: &[Parcel], now: Timestamp) -> Result<()> {
        if app.config.weekly_pushes == 0 {
            return Ok(());
        }
        let week = start_of_week(now, app.config.zone);
        if self.week != Some(week) {
            self.week = Some(week);
            self.counts.clear();
        }
        let counted = parcels.iter().map(|it| &it.claimed).filter(|row| counts(row));
        let mut unseen: Vec<i64> = counted.map(|row| row.key.target.0).collect();
        unseen.retain(|id| !self.counts.contains_key(&TargetId(*id)));
        if unseen.is_empty() {
            return Ok(());
        }
        unseen.sort_unstable();
        unseen.dedup();
        let mut transaction = app.database.read().await?;
        let known = targets::told_in_week(&mut transaction, &unseen, week).await?;
        self.counts.extend(unseen.into_iter().map(|id| (TargetId(id), 0)));
        self.counts.extend(known);
        Ok(())
    }

    /// Whether a browser may be told of one more, which is counted.
    fn admits(&mut self, target: TargetId, cap: u32) -> bool {
        let count = self.counts.entry(target).or_default();
        let admitted = cap == 0 || *count < i64::from(cap);
        *count += i64::from(admitted);
        admitted
    }
}
