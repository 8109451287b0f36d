// SPDX-License-Identifier: EUPL-1.2
//! When the system acts unasked: the cron table on one screen, and what each job runs.
//!
//! A job takes no input: it asks the database what is due. [`worker`] runs them; a wake-up only makes it look sooner.

pub mod schedule;
pub mod worker;

use crate::app::App;
use crate::domain::profile::Frequency;
use crate::services::close_opportunities::close_opportunities;
use crate::services::compose_digests::compose_digests;
use crate::services::dispatch_outbox::dispatch_outbox;
use crate::services::expire_notifications::{expire_notifications, reclaim_notifications, remove_expired_sessions};
use crate::services::fan_out::fan_out;
use crate::services::fill_inboxes::fill_inboxes;
use crate::services::fold_notifications::fold_notifications;
use crate::services::forget_people::forget_people;
use crate::services::read_bounces::read_bounces;
use crate::services::remind::remind;
use crate::services::search_opportunities::index_opportunities;
use crate::services::send_letters::send_letters;
use crate::services::{Error, Result};

/// Something that is done unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Match what was published, and owe what follows.
    FanOut,
    /// Fill the inboxes of new and changed profiles.
    FillInboxes,
    /// Index for the search what a program of another version indexed.
    IndexOpportunities,
    /// Send what is due.
    DispatchOutbox,
    /// Give back what lost workers claimed.
    ReclaimNotifications,
    /// End what is past its use.
    ExpireNotifications,
    /// Open the digest of the day.
    ComposeDailyDigest,
    /// Open the digest of the week.
    ComposeWeeklyDigest,
    /// Close what has passed its deadline.
    CloseOpportunities,
    /// Remind of what opens or closes soon.
    Remind,
    /// Read what came back to the bounce address.
    ReadBounces,
    /// Keep as counters alone what is past its retention.
    FoldNotifications,
    /// Forget who never confirmed, and who left, after their retention.
    ForgetPeople,
    /// Remove sessions that have expired.
    RemoveExpiredSessions,
    /// Hand what people wrote to the body to the relay.
    SendLetters,
}

/// The cron table. What has no line runs whenever there is work: the worker looks at it on every wake-up and second.
pub const TABLE: [(Job, &str); 11] = [
    (Job::ComposeDailyDigest, "30 8 * * *"),
    (Job::ComposeWeeklyDigest, "30 8 * * 1"),
    (Job::ExpireNotifications, "* * * * *"),
    (Job::CloseOpportunities, "* * * * *"),
    (Job::Remind, "*/5 * * * *"),
    (Job::IndexOpportunities, "* * * * *"),
    (Job::ReadBounces, "* * * * *"),
    (Job::FoldNotifications, "37 3 * * *"),
    (Job::ForgetPeople, "27 3 * * *"),
    (Job::RemoveExpiredSessions, "17 3 * * *"),
    (Job::SendLetters, "* * * * *"),
];

/// What is looked at on every wake-up, in this order. Dispatching has a loop of its own.
pub const CONTINUOUS: [Job; 3] = [Job::FanOut, Job::FillInboxes, Job::ReclaimNotifications];

impl Job {
    /// Whether it waits for another server or goes over much of the ledger, and so must hold up no other.
    pub(crate) const fn may_take_long(self) -> bool {
        matches!(
            self,
            Self::ReadBounces
                | Self::FoldNotifications
                | Self::ForgetPeople
                | Self::IndexOpportunities
                | Self::SendLetters
        )
    }

    /// Every job.
    pub const ALL: [Self; 15] = [
        Self::FanOut,
        Self::FillInboxes,
        Self::IndexOpportunities,
        Self::DispatchOutbox,
        Self::ReclaimNotifications,
        Self::ExpireNotifications,
        Self::ComposeDailyDigest,
        Self::ComposeWeeklyDigest,
        Self::CloseOpportunities,
        Self::Remind,
        Self::ReadBounces,
        Self::FoldNotifications,
        Self::ForgetPeople,
        Self::RemoveExpiredSessions,
        Self::SendLetters,
    ];

    /// Its name in commands, logs and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FanOut => "fan-out",
            Self::FillInboxes => "fill-inboxes",
            Self::IndexOpportunities => "index-opportunities",
            Self::DispatchOutbox => "dispatch-outbox",
            Self::ReclaimNotifications => "reclaim-notifications",
            Self::ExpireNotifications => "expire-notifications",
            Self::ComposeDailyDigest => "compose-daily-digest",
            Self::ComposeWeeklyDigest => "compose-weekly-digest",
            Self::CloseOpportunities => "close-opportunities",
            Self::Remind => "remind",
            Self::ReadBounces => "read-bounces",
            Self::FoldNotifications => "fold-notifications",
            Self::ForgetPeople => "forget-people",
            Self::RemoveExpiredSessions => "remove-expired-sessions",
            Self::SendLetters => "send-letters",
        }
    }

    /// The job with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// Runs it once. How much it did, in its own unit.
    ///
    /// # Errors
    /// [`Error::Unexpected`]; it is run again the next time.
    pub async fn run(self, app: &App) -> Result<u64, Error> {
        match self {
            Self::FanOut => fan_out(app).await.map(|added| added.matches),
            Self::FillInboxes => fill_inboxes(app).await,
            Self::IndexOpportunities => index_opportunities(app).await,
            Self::DispatchOutbox => dispatch_outbox(app).await.map(|done| done.attempts),
            Self::ReclaimNotifications => reclaim_notifications(app).await,
            Self::ExpireNotifications => expire_notifications(app).await,
            Self::ComposeDailyDigest => compose_digests(app, Frequency::Daily).await,
            Self::ComposeWeeklyDigest => compose_digests(app, Frequency::Weekly).await,
            Self::CloseOpportunities => close_opportunities(app).await,
            Self::Remind => remind(app).await,
            Self::ReadBounces => read_bounces(app).await.map(|returned| returned.read),
            Self::FoldNotifications => fold_notifications(app).await,
            Self::ForgetPeople => forget_people(app).await,
            Self::RemoveExpiredSessions => remove_expired_sessions(app).await,
            Self::SendLetters => send_letters(app).await,
        }
    }
}
