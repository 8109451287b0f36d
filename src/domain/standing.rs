// SPDX-License-Identifier: EUPL-1.2
//! Where an opportunity stands, as its dates say: what lists show and can be narrowed to.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;
use crate::domain::opportunity::{Opportunity, Status};

/// Within how long of its deadline an opportunity is about to close.
pub const CLOSING_SOON: TimeDelta = TimeDelta::days(7);

/// Where an opportunity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It opens later.
    Announced,
    /// It is open.
    Open,
    /// It closes within a week.
    Closing,
    /// It has closed.
    Closed,
    /// Its funds are used up.
    Exhausted,
    /// It was taken back.
    Withdrawn,
}

impl Standing {
    /// What a list can be narrowed to: what is open is so until it closes, and what is over for any reason is closed.
    pub const CHOICES: [Self; 4] = [Self::Open, Self::Closing, Self::Announced, Self::Closed];

    /// The standing of an opportunity at `now`.
    #[must_use]
    pub fn of(opportunity: &Opportunity, now: Timestamp) -> Self {
        let content = &opportunity.content;
        match opportunity.status {
            Status::Withdrawn => Self::Withdrawn,
            Status::Exhausted => Self::Exhausted,
            Status::Closed => Self::Closed,
            _ if content.is_past(now) => Self::Closed,
            _ if content.opens_at.is_some_and(|opens| opens > now) => Self::Announced,
            _ if content
                .closes_at
                .is_some_and(|closes| closes.since(now) <= CLOSING_SOON) =>
            {
                Self::Closing
            }
            _ => Self::Open,
        }
    }

    /// Whether it is about to close.
    #[must_use]
    pub const fn is_closing(self) -> bool {
        matches!(self, Self::Closing)
    }

    /// Whether nobody can do anything about it any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Exhausted | Self::Withdrawn)
    }

    /// The word for it in addresses and for sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Exhausted => "exhausted",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The standing with this code that a list can be narrowed to.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CHOICES.into_iter().find(|it| it.code() == code)
    }
}
