// SPDX-License-Identifier: EUPL-1.2
//! What is not sent now although it is due: in quiet hours a push waits, over the weekly cap it goes into the digest, and so
//! does everything while its person has asked for a pause.
//!
//! Reads how much each browser was told this week for a claim at a time, decides when the turn of a row has come. Alerts and
//! what a person waits for know no restraint. What would be of no use after the quiet hours is sent in them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::TargetId;
use crate::domain::local_time::start_of_week;
use crate::domain::notification::{Channel, Lane};
use crate::domain::wishes::Wishes;
use crate::services::Result;
use crate::storage::ledger::Claimed;
use crate::storage::targets;

use super::record::Fate;

/// How many opportunities each browser was told of this week, those that this session is about to tell included.
#[derive(Default)]
pub(super) struct Told {
    week: Option<Timestamp>,
    counts: HashMap<TargetId, i64>,
}

/// Puts off or leaves to the digest what is ready and not to be sent now; `None` when it may leave.
pub(super) fn restrain(app: &App, told: &Mutex<Told>, row: &Claimed, wishes: Wishes) -> Option<Fate> {
    if row.lane == Lane::Normal && wishes.pause(app.now()).is_some() {
        return Some(Fate::Unwanted(PAUSED));
    }
    if row.channel != Channel::WebPush || row.lane < Lane::Normal {
        return None;
    }
    let quiet_hours = wishes.quiet_hours.unwrap_or(app.config.quiet_hours);
    let quiet_until = quiet_hours.end(app.now(), app.config.zone);
    if let Some(end) = quiet_until.filter(|end| *end < row.expires_at) {
        return Some(Fate::Later(end, "quiet hours"));
    }
    let cap = wishes.weekly_pushes.unwrap_or(app.config.weekly_pushes);
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let admitted = !counts(row) || told.admits(row.key.target, cap);
    (!admitted).then_some(Fate::Unwanted(WEEKLY_CAP))
}

/// Whether a notification that is not wanted for this reason goes into the digest of its person instead.
pub(super) fn is_for_digest(reason: &str) -> bool {
    [WEEKLY_CAP, PAUSED].contains(&reason)
}

/// The reason of what a pause left to the digest; `storage::matches::leave_rest_to_digest` knows it too.
const PAUSED: &str = "paused";

/// The reason of what the cap left to the digest; `storage::ledger::settle_waiting` knows it too.
const WEEKLY_CAP: &str = "weekly cap";

/// Whether a notification counts towards the weekly cap.
pub(super) fn counts(row: &Claimed) -> bool {
    row.channel == Channel::WebPush && row.lane == Lane::Normal
}

impl Told {
    /// Reads the counts of browsers that were not seen before, or of all when a new week has begun.
    pub(super) async fn load(told: &Mutex<Self>, app: &App, claimed: &[Claimed]) -> Result<()> {
        let week = start_of_week(app.now(), app.config.zone);
        let counted = claimed.iter().filter(|row| counts(row));
        let unseen = told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unseen(week, counted);
        if unseen.is_empty() {
            return Ok(());
        }
        let mut transaction = app.database.read().await?;
        let known = targets::told_in_week(&mut transaction, &unseen, week).await?;
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        told.counts.extend(unseen.into_iter().map(|id| (TargetId(id), 0)));
        told.counts.extend(known);
        Ok(())
    }

    fn unseen<'a>(&mut self, week: Timestamp, rows: impl Iterator<Item = &'a Claimed>) -> Vec<i64> {
        if self.week != Some(week) {
            self.week = Some(week);
            self.counts.clear();
        }
        let unseen: BTreeSet<TargetId> = rows.map(|row| row.key.target).collect();
        let unseen = unseen.into_iter().filter(|id| !self.counts.contains_key(id));
        unseen.map(|id| id.0).collect()
    }

    /// Whether a browser may be told of one more, which is counted.
    fn admits(&mut self, target: TargetId, cap: u32) -> bool {
        let count = self.counts.entry(target).or_default();
        let admitted = cap == 0 || *count < i64::from(cap);
        *count += i64::from(admitted);
        admitted
    }
}
