// SPDX-License-Identifier: EUPL-1.2
//! The hours of the night in which no browser is woken, on the wall clock of the installation's zone.

use chrono::{Days, NaiveDateTime, NaiveTime, Timelike};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::clock::Timestamp;
use crate::domain::local_time::{instant_of, local};

/// From one hour to another, usually over midnight, written `21-8`; `none` where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QuietHours(Option<(NaiveTime, NaiveTime)>);

impl QuietHours {
    /// No hour is quiet.
    pub const NONE: Self = Self(None);

    /// From 21 to 8.
    #[must_use]
    pub fn of_the_night() -> Self {
        Self(hour(21).zip(hour(8)))
    }

    /// Between these hours of the day; `None` where an hour is beyond 24, or where they are one: that would be every hour,
    /// or none.
    #[must_use]
    pub fn between(from: u32, to: u32) -> Option<Self> {
        let hours = hour(from).zip(hour(to)).filter(|(from, to)| from != to);
        hours.map(|hours| Self(Some(hours)))
    }

    /// From which hour to which, if there are quiet ones.
    #[must_use]
    pub fn hours(self) -> Option<(u32, u32)> {
        self.0.map(|(from, to)| (from.hour(), to.hour()))
    }

    /// As it is written: `21-8`, or `none`.
    #[must_use]
    pub fn code(self) -> String {
        self.hours()
            .map_or_else(|| "none".to_owned(), |(from, to)| format!("{from}-{to}"))
    }

    /// When the quiet hours that `now` lies in end; `None` where it lies in none.
    #[must_use]
    pub fn end(self, now: Timestamp, zone: Tz) -> Option<Timestamp> {
        let (from, to) = self.0?;
        let clock = local(now, zone).naive_local();
        let (today, time) = (clock.date(), clock.time());
        let ends_on = if from < to {
            (from <= time && time < to).then_some(today)
        } else if time >= from {
            today.checked_add_days(Days::new(1))
        } else {
            (time < to).then_some(today)
        };
        let end = instant_of(NaiveDateTime::new(ends_on?, to), zone);
        (end > now).then_some(end)
    }
}

fn hour(number: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(number % 24, 0, 0).filter(|_| number <= 24)
}

impl TryFrom<String> for QuietHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        if text == "none" {
            return Ok(Self::NONE);
        }
        let hours = text.split_once('-').and_then(|(from, to)| {
            let read = |text: &str| text.trim().parse().ok();
            read(from).zip(read(to))
        });
        hours
            .and_then(|(from, to)| Self::between(from, to))
            .ok_or_else(|| format!("{text:?} are no quiet hours: write them as 21-8, or none"))
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    fn at(text: &str) -> Timestamp {
        instant_of(text.parse().unwrap(), Rome)
    }

    #[test]
    fn a_night_begins_at_nine_and_ends_at_eight() {
        let night = QuietHours::of_the_night();
        assert_eq!(night.end(at("2026-07-01T20:59:59"), Rome), None);
        assert_eq!(
            night.end(at("2026-07-01T21:00:00"), Rome),
            Some(at("2026-07-02T08:00:00"))
        );
        assert_eq!(
            night.end(at("2026-07-02T07:59:59"), Rome),
            Some(at("2026-07-02T08:00:00"))
        );
        assert_eq!(night.end(at("2026-07-02T08:00:00"), Rome), None);
    }

    #[test]
    fn a_night_in_which_the_clock_changes_ends_at_eight_on_the_wall() {
        let night = QuietHours::of_the_night();
        for (evening, morning) in [("2027-03-27", "2027-03-28"), ("2027-10-30", "2027-10-31")] {
            let end = night.end(at(&format!("{evening}T23:00:00")), Rome);
            assert_eq!(end, Some(at(&format!("{morning}T08:00:00"))));
        }
    }

    #[test]
    fn hours_of_one_day_and_none_are_understood() {
        let siesta = QuietHours::try_from("13-15".to_owned()).unwrap();
        assert_eq!(
            siesta.end(at("2026-07-01T14:00:00"), Rome),
            Some(at("2026-07-01T15:00:00"))
        );
        assert_eq!(siesta.end(at("2026-07-01T16:00:00"), Rome), None);
        assert_eq!(QuietHours::try_from("none".to_owned()), Ok(QuietHours::NONE));
        for text in ["", "21", "21-25", "a-b", "21:00-08:00", "8-8", "0-24"] {
            assert!(QuietHours::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
