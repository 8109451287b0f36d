// SPDX-License-Identifier: EUPL-1.2
//! What is owed to whom: occasions, the notifications they owe, and how an attempt to deliver one ended.
//!
//! Decides which state follows an outcome and when the next attempt is due; storage keeps it, services apply it.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;

/// By which way a notification reaches a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A push message to one browser (RFC 8030).
    WebPush,
    /// A mail to one mailbox.
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::WebPush, Self::Email];

    /// The word for it in files, commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WebPush => "web_push",
            Self::Email => "email",
        }
    }
}

/// Which notifications go first: lower lanes never wait for higher ones to drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// Confirmations and magic links: a person is waiting for them.
    Transactional,
    /// Alerts.
    Urgent,
    /// Everything told at once.
    Normal,
    /// Digests, bulletins and survey invitations.
    Bulk,
}

impl Lane {
    /// Every lane, first served first.
    pub const ALL: [Self; 4] = [Self::Transactional, Self::Urgent, Self::Normal, Self::Bulk];
}

/// Where a notification is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// A mail that waits on its push.
    Waiting,
    /// To be sent, not before its time.
    Due,
    /// A worker is at it.
    Claimed,
    /// The other side has accepted it.
    Sent,
    /// It will not be tried again.
    Failed,
    /// Its use passed before it was accepted.
    Expired,
    /// It is not wanted any more.
    Suppressed,
}

impl State {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Due,
        Self::Claimed,
        Self::Sent,
        Self::Failed,
        Self::Expired,
        Self::Suppressed,
    ];

    /// The word for it in reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Claimed => "claimed",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Expired | Self::Suppressed)
    }
}

/// How one attempt ended, as the other side answered. Retrying, gone and refused are answers, not errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has accepted it.
    Sent,
    /// Try again, not before the given delay where the other side named one.
    Retry {
        /// What the other side asked for (`Retry-After`).
        after: Option<TimeDelta>,
        /// Why, for the report: a code without addresses.
        reason: String,
    },
    /// Nothing answered there: it says nothing of the message, which is owed for as long as it is of use.
    Unreachable {
        /// Why, for the report.
        reason: String,
    },
    /// The target exists no more (404, 410, SMTP 5.1.1): forget it.
    Gone {
        /// Why, for the report.
        reason: String,
    },
    /// The message will never be accepted, though the target may take others.
    Refused {
        /// Why, for the report.
        reason: String,
    },
    /// The other side refuses *us* (400, 401, 403): strike and raise an alarm, never forget the target.
    Barred {
        /// Why, for the report.
        reason: String,
    },
    /// The relay refuses us for this recipient (5.7.x): as long as others are accepted, that is between the two of them,
    /// and an attempt like any other; an alarm where nobody is.
    TurnedAway {
        /// Why, for the report.
        reason: String,
    },
    /// The message is too long (413): shorten it once.
    TooLarge,
}

/// The schedule of attempts and what ends it.
#[derive(Debug, Clone, Copy)]
pub struct RetrySchedule {
    /// The delay before the second attempt; each later one doubles it.
    pub first: TimeDelta,
    /// The longest delay.
    pub longest: TimeDelta,
    /// How many attempts there are at most.
    pub attempts: i32,
}

impl RetrySchedule {
    /// When to try again after `attempts` failures, or `None` when there is no further attempt before `expires`.
    ///
    /// `asked` is the delay that the other side named; it is honoured where it is the longer one.
    #[must_use]
    pub fn next(
        &self,
        now: Timestamp,
        attempts: i32,
        asked: Option<TimeDelta>,
        expires: Timestamp,
    ) -> Option<Timestamp> {
        if attempts >= self.attempts {
            return None;
        }
        let doublings = u32::try_from(attempts.clamp(1, 24) - 1).unwrap_or(0);
        let own = self
            .first
            .checked_mul(1_i32 << doublings)
            .map_or(self.longest, |delay| delay.min(self.longest));
        let next = now.plus(asked.map_or(own, |asked| asked.max(own)));
        (next < expires).then_some(next)
    }
}

impl Default for RetrySchedule {
    /// 30 s, doubling to 1 h, 12 attempts: about seven hours.
    fn default() -> Self {
        Self {
            first: TimeDelta::seconds(30),
            longest: TimeDelta::hours(1),
            attempts: 12,
        }
    }
}
