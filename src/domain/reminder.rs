// SPDX-License-Identifier: EUPL-1.2
//! Reminders of a date: how long before, and at which time of the day.
//!
//! A person chooses lead times; each is due in the morning of its day, so that nobody is written to at midnight because a
//! call closes then.

use chrono::{Days, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::domain::clock::Timestamp;
use crate::domain::local_time::{instant_of, local};

/// How many days before a date somebody is reminded of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lead(u8);

impl Lead {
    /// The lead times that there are, in days.
    const DAYS: [i64; 5] = [1, 3, 7, 14, 30];

    /// Every lead time, the shortest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).zip(Self::DAYS).map(|(index, _)| Self(index))
    }

    /// The lead time of the day before.
    pub const EVE: Self = Self(0);

    /// How many days it is.
    #[must_use]
    pub const fn days(self) -> i64 {
        Self::DAYS[self.0 as usize % Self::DAYS.len()]
    }

    /// The lead time of so many days.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        Self::all().find(|lead| lead.days() == days)
    }

    /// When a reminder of `date` with this lead is due: nine in the morning of its day.
    #[must_use]
    pub fn due_before(self, date: Timestamp, zone: Tz) -> Timestamp {
        let day = local(date, zone).date_naive();
        let day = day
            .checked_sub_days(Days::new(self.days().unsigned_abs()))
            .unwrap_or(day);
        instant_of(day.and_time(MORNING), zone)
    }
}

const MORNING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The longest time between a reminder's instant and the date that it is about.
pub const LONGEST_LEAD: TimeDelta = TimeDelta::days(31);

/// The lead times that a person has chosen: a set, kept as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leads(i64);

impl Leads {
    /// None: the person is not reminded.
    pub const NONE: Self = Self(0);

    /// The set with these bits; unknown ones are dropped.
    #[must_use]
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits & 0b1_1111)
    }

    /// The set as bits: 1 for a day before, 2 for three, 4 for a week, 8 for two, 16 for thirty days.
    #[must_use]
    pub const fn bits(self) -> i64 {
        self.0
    }

    /// Whether `lead` is among them.
    #[must_use]
    pub const fn contains(self, lead: Lead) -> bool {
        self.0 & (1 << lead.0) != 0
    }
}

impl Default for Leads {
    /// A week and a day before.
    fn default() -> Self {
        [1, 7].into_iter().filter_map(Lead::from_days).collect()
    }
}

impl FromIterator<Lead> for Leads {
    fn from_iter<I: IntoIterator<Item = Lead>>(leads: I) -> Self {
        Self(leads.into_iter().fold(0, |bits, lead| bits | 1 << lead.0))
    }
}

/// The reminders of `date` that are due at `now` and not out of date: a lead time whose morning came before `since`, when
/// the opportunity came out or the date was set, says nothing that was not said then. The shortest first: whoever wants
/// several that are due at once, because the program stood still, is told the last of them only.
#[must_use]
pub fn due(date: Timestamp, since: Timestamp, now: Timestamp, zone: Tz) -> Vec<Lead> {
    if date <= now {
        return Vec::new();
    }
    let is_due = |lead: &Lead| {
        let at = lead.due_before(date, zone);
        at > since && at <= now
    };
    Lead::all().filter(is_due).collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    fn at(text: &str) -> Timestamp {
        instant_of(text.parse().unwrap(), Rome)
    }

    fn days(leads: &[Lead]) -> Vec<i64> {
        leads.iter().map(|lead| lead.days()).collect()
    }

    #[test]
    fn a_reminder_comes_in_the_morning_whenever_the_call_closes() {
        let week = Lead::from_days(7).unwrap();
        for closes in ["2026-07-10T00:30:00", "2026-07-10T12:00:00", "2026-07-10T23:59:00"] {
            assert_eq!(week.due_before(at(closes), Rome), at("2026-07-03T09:00:00"));
        }
    }

    #[test]
    fn a_change_of_the_clock_moves_no_reminder_on_the_wall() {
        let eve = Lead::EVE.due_before(at("2027-03-28T12:00:00"), Rome);
        assert_eq!(eve, at("2027-03-27T09:00:00"));
        assert_eq!(
            Lead::EVE.due_before(at("2027-03-29T12:00:00"), Rome),
            at("2027-03-28T09:00:00")
        );
    }

    #[test]
    fn what_came_out_after_the_morning_of_a_lead_is_not_reminded_of_with_it() {
        let (closes, out) = (at("2026-07-10T12:00:00"), at("2026-07-05T12:00:00"));
        assert_eq!(days(&due(closes, out, at("2026-07-05T12:00:00"), Rome)), [0_i64; 0]);
        assert_eq!(days(&due(closes, out, at("2026-07-07T09:00:00"), Rome)), [3]);
        assert_eq!(days(&due(closes, out, at("2026-07-09T09:00:00"), Rome)), [1, 3]);
        assert_eq!(days(&due(closes, out, closes, Rome)), [0_i64; 0], "it is over");
    }

    #[test]
    fn sets_are_bits() {
        let chosen: Leads = Lead::all().filter(|lead| lead.days() != 3).collect();
        assert_eq!(chosen, Leads::from_bits(0b1_1101));
        assert!(chosen.contains(Lead::EVE));
        assert_eq!(Leads::default().bits(), 5);
    }
}
