// SPDX-License-Identifier: EUPL-1.2
//! The only source of the present: a [`Clock`] is injected wherever time matters.
//!
//! Reads the system clock, once, in [`Clock::now`]; everything else computes from a [`Timestamp`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z: the one form of time in code and database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `milliseconds` after the epoch.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as HTTP and JWT count.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The same instant as a calendar type; instants beyond the calendar fall on its edges.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The instant `delta` later.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_add(delta.num_milliseconds()))
    }

    /// The instant `delta` earlier.
    #[must_use]
    pub fn minus(self, delta: TimeDelta) -> Self {
        Self(self.0.saturating_sub(delta.num_milliseconds()))
    }

    /// How long after `earlier` this instant is; negative when it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        TimeDelta::milliseconds(self.0.saturating_sub(earlier.0))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_millis())
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }
}

/// Tells the time: the system's, the system's shifted to start at a chosen instant, or one that tests move.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System { offset: TimeDelta },
    Moved(Arc<AtomicI64>),
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System {
            offset: TimeDelta::zero(),
        })
    }

    /// A clock that shows `start` now and runs on from there (`INFORMA_CLOCK`).
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        let offset = start.since(Self::system().now());
        Self(Source::System { offset })
    }

    /// A clock that stands at `start` until it is moved with [`Clock::advance`].
    #[must_use]
    pub fn standing_at(start: Timestamp) -> Self {
        Self(Source::Moved(Arc::new(AtomicI64::new(start.milliseconds()))))
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { offset } => system_now().plus(*offset),
            Source::Moved(milliseconds) => Timestamp::from_milliseconds(milliseconds.load(Ordering::SeqCst)),
        }
    }

    /// Moves a standing clock forward; a running clock is left alone.
    pub fn advance(&self, delta: TimeDelta) {
        if let Source::Moved(milliseconds) = &self.0 {
            milliseconds.fetch_add(delta.num_milliseconds(), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's time is read")]
fn system_now() -> Timestamp {
    Utc::now().into()
}
