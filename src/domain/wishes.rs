// SPDX-License-Identifier: EUPL-1.2
//! How a person wants to be reached, beside what their profiles say: in which language, and when not at all.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;
use crate::domain::language::Language;
use crate::domain::quiet_hours::QuietHours;

/// The caps on pushes in a week that a person can choose; 0 is none.
pub const CAPS: [u32; 4] = [3, 5, 10, 0];

/// What holds for everything that a person is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wishes {
    /// In which language to write.
    pub language: Language,
    /// When no browser of theirs is woken, if not in the installation's hours.
    pub quiet_hours: Option<QuietHours>,
    /// How many opportunities a browser of theirs is told of in a week, if not the installation's number; 0: all.
    pub weekly_pushes: Option<u32>,
    /// Until when nothing is sent to them but alerts and what they ask for.
    pub paused_until: Option<Timestamp>,
}

impl Wishes {
    /// Until when they are left in peace at `now`.
    #[must_use]
    pub fn pause(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| *until > now)
    }
}

/// How long a pause can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Seven days.
    Week,
    /// Thirty days.
    Month,
}

impl Pause {
    /// Every length, the shortest first.
    pub const ALL: [Self; 2] = [Self::Week, Self::Month];

    /// The word for it in forms and in the names of sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The pause with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// When a pause that begins at `now` ends.
    #[must_use]
    pub fn until(self, now: Timestamp) -> Timestamp {
        now.plus(TimeDelta::days(match self {
            Self::Week => 7,
            Self::Month => 30,
        }))
    }
}
