// SPDX-License-Identifier: EUPL-1.2
//! One reason to write, as a row: what it is about decides its lane and how long it is of use.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;
use crate::domain::ids::{LinkId, OccasionId, OpportunityId, SubscriberId, TargetId};
use crate::domain::notification::Lane;
use crate::domain::opportunity::OpportunityKind;
use crate::domain::profile::Frequency;

/// Why something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OccasionKind {
    /// An opportunity was published.
    Published,
    /// The digest of a day.
    DailyDigest,
    /// The digest of a week.
    WeeklyDigest,
    /// Somebody asked to subscribe: confirm the address.
    Confirmation,
    /// Somebody asked for the link to their private page.
    SignIn,
    /// Somebody asked for a test message.
    Test,
}

impl OccasionKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Published,
        Self::DailyDigest,
        Self::WeeklyDigest,
        Self::Confirmation,
        Self::SignIn,
        Self::Test,
    ];

    /// The word for it in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::DailyDigest => "daily_digest",
            Self::WeeklyDigest => "weekly_digest",
            Self::Confirmation => "confirmation",
            Self::SignIn => "sign_in",
            Self::Test => "test",
        }
    }

    /// How often there is such a digest; `None` for what is no digest.
    #[must_use]
    pub const fn frequency(self) -> Option<Frequency> {
        match self {
            Self::DailyDigest => Some(Frequency::Daily),
            Self::WeeklyDigest => Some(Frequency::Weekly),
            _ => None,
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// What an occasion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An opportunity, in the revision that caused it: owed to everyone concerned.
    Opportunity {
        /// Which.
        id: OpportunityId,
        /// In which revision.
        revision: i64,
    },
    /// The edition of a digest: owed to everyone who has a match in it.
    Edition(Frequency),
    /// One person: owed to one target of theirs.
    Person {
        /// Who.
        subscriber: SubscriberId,
        /// Where to.
        target: TargetId,
        /// The link that the message carries, if it carries one.
        link: Option<LinkId>,
    },
}

/// One reason to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Its id.
    pub id: OccasionId,
    /// Why.
    pub kind: OccasionKind,
    /// About what.
    pub subject: Subject,
    /// When it arose.
    pub created_at: Timestamp,
    /// After when it is of no use to anybody.
    pub expires_at: Timestamp,
}

/// How long news without a deadline is worth telling.
pub const USE_WITHOUT_DEADLINE: TimeDelta = TimeDelta::days(14);

/// The lane of what is published: alerts go before the rest.
#[must_use]
pub const fn lane_of(kind: OpportunityKind) -> Lane {
    match kind {
        OpportunityKind::Alert => Lane::Urgent,
        _ => Lane::Normal,
    }
}

/// Until when telling of a publication at `now` is of use: its deadline, but two weeks at most.
#[must_use]
pub fn use_until(now: Timestamp, closes_at: Option<Timestamp>) -> Timestamp {
    let longest = now.plus(USE_WITHOUT_DEADLINE);
    closes_at.map_or(longest, |closes| closes.min(longest))
}
