// SPDX-License-Identifier: EUPL-1.2
//! Wall clocks: from a date and time that people write to an instant, and back.
//!
//! A time that a change of the clocks skips means the first instant after the gap; one that it repeats, the first.

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;

use crate::domain::clock::Timestamp;

/// The wall clock of `zone` at `instant`.
#[must_use]
pub fn local(instant: Timestamp, zone: Tz) -> DateTime<Tz> {
    instant.to_utc().with_timezone(&zone)
}

/// The instant at which the wall clock of `zone` shows `time`.
#[must_use]
pub fn instant_of(time: NaiveDateTime, zone: Tz) -> Timestamp {
    let mut candidate = time;
    for _ in 0..=48 {
        match zone.from_local_datetime(&candidate) {
            LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => {
                return found.to_utc().into();
            }
            LocalResult::None => candidate = next_half_hour(candidate),
        }
    }
    time.and_utc().into()
}

/// Gaps begin and end on half hours in every zone of the present day.
fn next_half_hour(time: NaiveDateTime) -> NaiveDateTime {
    let seconds = time.and_utc().timestamp();
    let next = seconds - seconds.rem_euclid(1800) + 1800;
    DateTime::from_timestamp(next, 0).map_or(time, |instant| instant.naive_utc())
}

/// The first instant of `date` in `zone`.
#[must_use]
pub fn start_of_day(date: NaiveDate, zone: Tz) -> Timestamp {
    instant_of(date.and_time(NaiveTime::MIN), zone)
}

/// The last minute of `date` in `zone`: what a deadline given as a date alone means.
#[must_use]
pub fn end_of_day(date: NaiveDate, zone: Tz) -> Timestamp {
    let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
    start_of_day(next, zone).minus(TimeDelta::minutes(1))
}

/// The first instant of the week, from Monday, that `instant` lies in.
#[must_use]
pub fn start_of_week(instant: Timestamp, zone: Tz) -> Timestamp {
    let date = local(instant, zone).date_naive();
    start_of_day(date.week(Weekday::Mon).first_day(), zone)
}

/// Whether `instant` is the last minute of its day in `zone`, so that only the date need be shown.
#[must_use]
pub fn is_end_of_day(instant: Timestamp, zone: Tz) -> bool {
    end_of_day(local(instant, zone).date_naive(), zone) == instant
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_in_the_gap_is_the_first_instant_after_it() {
        let instant = instant_of(at("2027-03-28T02:30:00"), Rome);
        assert_eq!(instant.to_string(), "2027-03-28T01:00:00Z");
    }

    #[test]
    fn a_week_begins_on_monday_whatever_the_clock_does_in_it() {
        let monday = start_of_day("2027-03-22".parse().unwrap(), Rome);
        for time in ["2027-03-22T00:00:00", "2027-03-25T12:00:00", "2027-03-28T23:59:59"] {
            assert_eq!(start_of_week(instant_of(at(time), Rome), Rome), monday, "{time}");
        }
    }

    #[test]
    fn a_repeated_time_is_the_first_of_the_two() {
        let instant = instant_of(at("2027-10-31T02:30:00"), Rome);
        assert_eq!(instant.to_string(), "2027-10-31T00:30:00Z");
    }

    #[test]
    fn a_deadline_on_a_date_is_the_last_minute_of_that_day() {
        let instant = end_of_day("2026-09-30".parse().unwrap(), Rome);
        assert_eq!(instant.to_string(), "2026-09-30T21:59:00Z");
        assert!(is_end_of_day(instant, Rome));
    }
}
