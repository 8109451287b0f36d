// SPDX-License-Identifier: EUPL-1.2
//! How much is claimed at a time: about half a second's worth, so that what comes in a faster lane never waits long.

use std::time::Duration;

use tokio::time::Instant;

/// How many rows are claimed at a time.
pub(super) struct Pace {
    pub(super) rows: i64,
    since: Instant,
}

impl Pace {
    const LEAST: i64 = 16;
    const MOST: i64 = 1_024;
    const WANTED: Duration = Duration::from_millis(500);

    pub(super) fn new() -> Self {
        Self {
            rows: 64,
            since: Instant::now(),
        }
    }

    /// Takes note that a claim was taken over by the senders.
    pub(super) fn note(&mut self) {
        let took = self.since.elapsed();
        self.since = Instant::now();
        if took < Self::WANTED / 2 {
            self.rows = (self.rows * 2).min(Self::MOST);
        } else if took > Self::WANTED * 2 {
            self.rows = (self.rows / 2).max(Self::LEAST);
        }
    }
}
