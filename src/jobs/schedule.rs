// SPDX-License-Identifier: EUPL-1.2
//! When a job is due: cron expressions on the wall clock of a zone.
//!
//! Reads an expression, answers which instants it means. Crate `cron` is asked about wall-clock times without a zone,
//! and the rule that turns them into instants stands here, because inside a zone the crate leaves out times that a
//! change of the clock skips and repeats those that it repeats:
//!
//! - a time that does not exist, because the clock was put forward, is due at the first instant after the gap;
//! - a time that exists twice, because the clock was put back, is due the first time only;
//! - times that fall on the same instant are due once.
//!
//! So every time of the wall clock is due exactly once, and in the repeated hour nothing is.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use chrono::DateTime;
use chrono::LocalResult;
use chrono::NaiveDateTime;
use chrono::Offset as _;
use chrono::TimeDelta;
use chrono::TimeZone as _;
use chrono::Timelike as _;
use chrono::Utc;
use chrono_tz::Tz;

use crate::domain::clock::Timestamp;

/// The longest gap that a zone has known: a calendar day left out where the date line moved.
const LONGEST_GAP_MINUTES: i64 = 24 * 60;

/// The names of the days as Unix counts them.
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Neither five, six or seven fields nor a word such as `@daily`.
    #[error("a schedule has five fields, or six or seven with seconds and year, not {0}")]
    Fields(usize),
    /// A weekday field that Unix cron would not read either.
    #[error("`{0}` is no day of the week: 0 to 7 (0 and 7 are Sunday) or a name, in lists, ranges and steps")]
    Weekday(String),
    /// Another field that cannot be read.
    #[error("{0}")]
    Field(String),
}

/// When a job is due, on the wall clock of whichever zone is asked for.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: String,
    /// Due when any of them is: Unix cron joins a day of the month and a day of the week by *or*.
    alternatives: Vec<cron::Schedule>,
}

impl Schedule {
    /// Reads an expression.
    ///
    /// Five fields are read as Unix cron reads them: minute, hour, day of the month, month, day of the week, with 0
    /// or 7 for Sunday and 1 for Monday; where both days are given, either suffices. Six or seven fields, and words
    /// such as `@daily`, are read as crate `cron` reads them: seconds first, year last, days of the week from 1 for
    /// Sunday to 7 for Saturday, and where both days are given, both must agree.
    ///
    /// # Errors
    /// When the expression is neither.
    pub fn parse(expression: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let alternatives = match fields.as_slice() {
            [minute, hour, day, month, weekday] => {
                let time = format!("0 {minute} {hour}");
                let numbers = translate_weekdays(weekday)?;
                if day.starts_with('*') || weekday.starts_with('*') {
                    vec![format!("{time} {day} {month} {numbers}")]
                } else {
                    vec![format!("{time} {day} {month} *"), format!("{time} * {month} {numbers}")]
                }
            }
            [word] if word.starts_with('@') => vec![(*word).to_owned()],
            fields if matches!(fields.len(), 6 | 7) => vec![fields.join(" ")],
            fields => return Err(ScheduleError::Fields(fields.len())),
        };
        let read = |text: &String| cron::Schedule::from_str(text);
        let alternatives = alternatives.iter().map(read).collect::<Result<_, _>>();
        Ok(Self {
            expression: expression.to_owned(),
            alternatives: alternatives.map_err(|error| ScheduleError::Field(error.to_string()))?,
        })
    }

    /// The expression as it was given.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The first due time later than `instant`; `None` where there is none before the year 2101.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp, zone: Tz) -> Option<Timestamp> {
        let local = wall_clock(instant, zone);
        let next = |schedule: &cron::Schedule| {
            schedule
                .after(&local.and_utc())
                .filter_map(|time| due(time.naive_utc(), zone))
                .find(|due| *due > instant)
        };
        self.alternatives.iter().filter_map(next).min()
    }

    /// The last due time later than `after` and not later than `now`: what there is to catch up, however many due times
    /// were missed.
    #[must_use]
    pub fn latest_before(&self, now: Timestamp, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let bound = latest_wall_clock(now, zone) + TimeDelta::seconds(1);
        let latest = |schedule: &cron::Schedule| {
            schedule
                .after(&bound.and_utc())
                .rev()
                .filter_map(|time| due(time.naive_utc(), zone))
                .find(|due| *due <= now)
        };
        let latest = self.alternatives.iter().filter_map(latest).max();
        latest.filter(|due| *due > after)
    }
}

/// The instant at which a wall-clock time is due.
fn due(time: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    match zone.from_local_datetime(&time) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant.to_utc().into()),
        LocalResult::None => end_of_gap(time, zone),
    }
}

/// Changes of the clock happen at full minutes.
fn end_of_gap(time: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let minute = time.with_second(0)?.with_nanosecond(0)?;
    (1..=LONGEST_GAP_MINUTES)
        .map(|minutes| minute + TimeDelta::minutes(minutes))
        .find_map(|time| zone.from_local_datetime(&time).earliest())
        .map(|instant| instant.to_utc().into())
}

/// What clocks in `zone` show at `instant`.
fn wall_clock(instant: Timestamp, zone: Tz) -> NaiveDateTime {
    instant.to_utc().with_timezone(&zone).naive_local()
}

/// The latest that clocks in `zone` have shown up to `instant`: in the hour after they were put back, more than now.
fn latest_wall_clock(instant: Timestamp, zone: Tz) -> NaiveDateTime {
    let utc = instant.to_utc();
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let greatest = offset(utc)
        .local_minus_utc()
        .max(offset(utc - TimeDelta::days(1)).local_minus_utc());
    utc.naive_utc() + TimeDelta::seconds(greatest.into())
}

/// The days of a Unix weekday field, as crate `cron` counts them.
fn translate_weekdays(field: &str) -> Result<String, ScheduleError> {
    let mut days = BTreeSet::new();
    for item in field.split(',') {
        days.extend(weekdays_of(item).ok_or_else(|| ScheduleError::Weekday(field.to_owned()))?);
    }
    let numbers: Vec<String> = days.iter().map(|day| (day + 1).to_string()).collect();
    Ok(numbers.join(","))
}

/// The days, from 0 for Sunday, of `*`, a day or a range, each with a step or without; a day with a step goes on to the
/// end of the week.
fn weekdays_of(item: &str) -> Option<Vec<usize>> {
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
        None => (item, None),
    };
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (weekday(first)?, weekday(last)?),
        None if range == "*" => (0, 6),
        None => {
            let day = weekday(range)?;
            (day, if step.is_some() { day.max(6) } else { day })
        }
    };
    let days = (first..=last).step_by(step.unwrap_or(1)).map(|day| day % 7);
    (first <= last).then(|| days.collect())
}

fn weekday(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let named = WEEKDAYS.iter().position(|name| *name == text);
    named.or_else(|| text.parse().ok().filter(|day| *day <= 7))
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
