// SPDX-License-Identifier: EUPL-1.2
//! Digests: when an edition is due, what belongs into it, and in which section.
//!
//! Editions follow the calendar of the installation's zone: daily at 08:30, weekly on Monday at 08:30. Each holds what
//! was matched before 08:00 of its day and not folded before, so that a missed edition is made up for by the next.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::domain::clock::Timestamp;
use crate::domain::local_time::{instant_of, local};
use crate::domain::occasion::OccasionKind;
use crate::domain::opportunity::{Opportunity, OpportunityKind};
use crate::domain::profile::Frequency;

/// How many opportunities a digest lists; the inbox has the rest.
pub const MOST_ITEMS: usize = 15;

/// Within how many days a deadline is soon.
const SOON: TimeDelta = TimeDelta::days(7);

/// One issue of a digest, for everybody who chose its frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edition {
    /// How often there is one: daily or weekly.
    pub frequency: Frequency,
    /// Its day.
    pub date: NaiveDate,
}

impl Edition {
    /// The edition that was due last at `now`. `None` for what is told at once.
    #[must_use]
    pub fn latest(frequency: Frequency, now: Timestamp, zone: Tz) -> Option<Self> {
        let today = local(now, zone).date_naive();
        let days_back = |date: NaiveDate| match frequency {
            Frequency::Immediate => None,
            Frequency::Daily => Some(0),
            Frequency::Weekly => Some(date.weekday().num_days_from_monday()),
        };
        let of = |date: NaiveDate| {
            let date = date.checked_sub_days(Days::new(days_back(date)?.into()))?;
            Some(Self { frequency, date })
        };
        let edition = of(today)?;
        if edition.due_at(zone) <= now {
            return Some(edition);
        }
        of(edition.date.pred_opt()?)
    }

    /// When it is sent.
    #[must_use]
    pub fn due_at(self, zone: Tz) -> Timestamp {
        at(self.date, 8, 30, zone)
    }

    /// What was matched from here on belongs into the next one.
    #[must_use]
    pub fn cut_off(self, zone: Tz) -> Timestamp {
        at(self.date, 8, 0, zone)
    }

    /// When the next one is sent: until then this one is of use.
    #[must_use]
    pub fn next_due_at(self, zone: Tz) -> Timestamp {
        let days = if self.frequency == Frequency::Weekly { 7 } else { 1 };
        let date = self.date.checked_add_days(Days::new(days)).unwrap_or(self.date);
        at(date, 8, 30, zone)
    }

    /// What makes it unique among occasions.
    #[must_use]
    pub fn reason_key(self) -> String {
        format!("{}:{}", self.kind().code(), self.date)
    }

    /// The kind of its occasion.
    #[must_use]
    pub const fn kind(self) -> OccasionKind {
        match self.frequency {
            Frequency::Weekly => OccasionKind::WeeklyDigest,
            _ => OccasionKind::DailyDigest,
        }
    }
}

fn at(date: NaiveDate, hour: u32, minute: u32, zone: Tz) -> Timestamp {
    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    instant_of(date.and_time(time), zone)
}

/// A part of a digest, in the order of the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// What closes within a week.
    ClosingSoon,
    /// Calls, services and alerts that came out.
    New,
    /// What has changed since it was told.
    Changed,
    /// Events.
    Events,
    /// News.
    News,
}

impl Section {
    /// Every section, the first first.
    pub const ALL: [Self; 5] = [Self::ClosingSoon, Self::New, Self::Changed, Self::Events, Self::News];

    /// The word for it in addresses and sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClosingSoon => "closing-soon",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Events => "events",
            Self::News => "news",
        }
    }

    /// The section with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Its bit among the sections that a person has switched off.
    #[must_use]
    pub const fn bit(self) -> i64 {
        match self {
            Self::ClosingSoon => 1,
            Self::New => 2,
            Self::Events => 4,
            Self::News => 8,
            Self::Changed => 16,
        }
    }

    /// Where what follows up a publication stands.
    #[must_use]
    pub const fn of_follow_up(kind: OccasionKind) -> Self {
        match kind {
            OccasionKind::ClosingSoon => Self::ClosingSoon,
            _ => Self::Changed,
        }
    }

    /// Where an opportunity stands in a digest sent at `now`.
    #[must_use]
    pub fn of(opportunity: &Opportunity, now: Timestamp) -> Self {
        let closes_soon = opportunity
            .content
            .closes_at
            .is_some_and(|closes| closes.since(now) <= SOON);
        match opportunity.content.kind {
            OpportunityKind::Event => Self::Events,
            OpportunityKind::News => Self::News,
            _ if closes_soon => Self::ClosingSoon,
            _ => Self::New,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        instant_of(text.parse().unwrap(), Rome)
    }

    fn latest(frequency: Frequency, now: &str) -> String {
        Edition::latest(frequency, instant(now), Rome).unwrap().reason_key()
    }

    #[test]
    fn a_daily_edition_is_due_at_half_past_eight() {
        assert_eq!(
            latest(Frequency::Daily, "2026-07-02T08:29:59"),
            "daily_digest:2026-07-01"
        );
        assert_eq!(
            latest(Frequency::Daily, "2026-07-02T08:30:00"),
            "daily_digest:2026-07-02"
        );
    }

    #[test]
    fn a_weekly_edition_is_due_on_monday() {
        assert_eq!(
            latest(Frequency::Weekly, "2026-07-06T08:29:59"),
            "weekly_digest:2026-06-29"
        );
        assert_eq!(
            latest(Frequency::Weekly, "2026-07-06T08:30:00"),
            "weekly_digest:2026-07-06"
        );
        assert_eq!(
            latest(Frequency::Weekly, "2026-07-12T23:00:00"),
            "weekly_digest:2026-07-06"
        );
        assert_eq!(
            Edition::latest(Frequency::Immediate, instant("2026-07-06T10:00:00"), Rome),
            None
        );
    }

    #[test]
    fn a_change_of_the_clock_moves_no_edition_on_the_wall() {
        for date in ["2027-03-28", "2027-10-31"] {
            let due = instant(&format!("{date}T08:30:00"));
            let edition = Edition::latest(Frequency::Daily, due, Rome).unwrap();
            assert_eq!(edition.reason_key(), format!("daily_digest:{date}"));
            assert_eq!(edition.due_at(Rome), due);
            assert_eq!(edition.cut_off(Rome), instant(&format!("{date}T08:00:00")));
        }
        let before = Edition::latest(Frequency::Daily, instant("2027-03-27T12:00:00"), Rome).unwrap();
        assert_eq!(
            before.next_due_at(Rome).since(before.due_at(Rome)),
            TimeDelta::hours(23)
        );
    }
}
