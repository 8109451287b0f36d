// SPDX-License-Identifier: EUPL-1.2
//! One reason to write, as a row: what it is about decides its lane and how long it is of use.

use chrono::TimeDelta;

use crate::domain::change::Change;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{LinkId, OccasionId, OpportunityId, SubscriberId, TargetId};
use crate::domain::notification::Lane;
use crate::domain::opportunity::{Opportunity, OpportunityKind, Status};
use crate::domain::profile::Frequency;

/// Why something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OccasionKind {
    /// An opportunity was published.
    Published,
    /// It has a deadline now.
    DeadlineSet,
    /// Its deadline is later, or gone.
    Extended,
    /// Its deadline is earlier.
    ClosesEarlier,
    /// It was closed, and is open again.
    Reopened,
    /// Its funds are used up.
    Exhausted,
    /// Its results are out.
    Results,
    /// Something that it said has changed.
    Corrected,
    /// It was taken back.
    Withdrawn,
    /// It opens soon.
    OpeningSoon,
    /// It closes soon.
    ClosingSoon,
    /// The digest of a day.
    DailyDigest,
    /// The digest of a week.
    WeeklyDigest,
    /// Somebody asked to subscribe: confirm the address.
    Confirmation,
    /// Somebody asked for the link to their private page.
    SignIn,
    /// A subscriber asked to be told at one more address: whoever reads it agrees.
    MailboxAddition,
    /// Somebody asked for another address of theirs: both sides agree.
    MailboxMove,
    /// Somebody asked for a test message.
    Test,
}

impl OccasionKind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Published,
        Self::DeadlineSet,
        Self::Extended,
        Self::ClosesEarlier,
        Self::Reopened,
        Self::Exhausted,
        Self::Results,
        Self::Corrected,
        Self::Withdrawn,
        Self::OpeningSoon,
        Self::ClosingSoon,
        Self::DailyDigest,
        Self::WeeklyDigest,
        Self::Confirmation,
        Self::SignIn,
        Self::MailboxAddition,
        Self::MailboxMove,
        Self::Test,
    ];

    /// The word for it in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::DeadlineSet => "deadline_set",
            Self::Extended => "extended",
            Self::ClosesEarlier => "closes_earlier",
            Self::Reopened => "reopened",
            Self::Exhausted => "exhausted",
            Self::Results => "results",
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
            Self::OpeningSoon => "opening_soon",
            Self::ClosingSoon => "closing_soon",
            Self::DailyDigest => "daily_digest",
            Self::WeeklyDigest => "weekly_digest",
            Self::Confirmation => "confirmation",
            Self::SignIn => "sign_in",
            Self::MailboxAddition => "mailbox_addition",
            Self::MailboxMove => "mailbox_move",
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

    /// Whether it reminds of a date.
    #[must_use]
    pub const fn is_reminder(self) -> bool {
        matches!(self, Self::OpeningSoon | Self::ClosingSoon)
    }

    /// Whether it tells those who know an opportunity what has become of it.
    #[must_use]
    pub const fn is_change(self) -> bool {
        matches!(
            self,
            Self::DeadlineSet
                | Self::Extended
                | Self::ClosesEarlier
                | Self::Reopened
                | Self::Exhausted
                | Self::Results
                | Self::Corrected
                | Self::Withdrawn
        )
    }

    /// Whether it follows up a publication: a change or a reminder, owed to those who know the opportunity.
    #[must_use]
    pub const fn is_follow_up(self) -> bool {
        self.is_change() || self.is_reminder()
    }

    /// Whether it is still worth telling of an opportunity that is in `status` now.
    #[must_use]
    pub const fn holds_in(self, status: Status) -> bool {
        match self {
            Self::Withdrawn => matches!(status, Status::Withdrawn),
            Self::Exhausted => matches!(status, Status::Exhausted),
            Self::ClosesEarlier => matches!(status, Status::Published | Status::Closed),
            Self::Results | Self::Corrected => !matches!(status, Status::Draft | Status::Withdrawn),
            _ => matches!(status, Status::Published),
        }
    }
}

/// What an occasion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An opportunity, in the revision that caused it: owed to everyone concerned.
    Opportunity {
        /// Which.
        id: OpportunityId,
        /// In which revision.
        revision: i64,
        /// Why it is written of again, where it is.
        follow_up: Option<FollowUp>,
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

/// What follows up a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUp {
    /// It has changed.
    Change(Box<Change>),
    /// It opens or closes at this instant.
    Reminder(Timestamp),
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

impl Occasion {
    /// What follows up a publication, where that is the reason.
    #[must_use]
    pub const fn follow_up(&self) -> Option<&FollowUp> {
        match &self.subject {
            Subject::Opportunity { follow_up, .. } => follow_up.as_ref(),
            _ => None,
        }
    }

    /// Whether it is still true of its opportunity: a reminder holds for as long as the date that it is about.
    #[must_use]
    pub fn still_holds(&self, opportunity: &Opportunity) -> bool {
        let date = match self.kind {
            OccasionKind::OpeningSoon => opportunity.content.opens_at,
            _ => opportunity.content.closes_at,
        };
        let has_date = match self.follow_up() {
            Some(FollowUp::Reminder(reminded_of)) => date == Some(*reminded_of),
            _ => true,
        };
        has_date && self.kind.holds_in(opportunity.status)
    }
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
