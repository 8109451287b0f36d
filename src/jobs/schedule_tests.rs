// SPDX-License-Identifier: EUPL-1.2
//! Schedules over both changes of the clock of 2027 in Europe/Rome, against a list made minute by minute.

use chrono::Datelike;
use chrono::NaiveDate;
use chrono_tz::Europe::Rome;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
}

fn schedule(expression: &str) -> Schedule {
    Schedule::parse(expression).unwrap()
}

/// The due times after `start`, as clocks in Rome show them with their offset.
fn upcoming(expression: &str, start: &str, count: usize) -> Vec<String> {
    let schedule = schedule(expression);
    let first = schedule.next_after(at(start), Rome);
    let due = std::iter::successors(first, |due| schedule.next_after(*due, Rome));
    let shown = due.map(|due| due.to_utc().with_timezone(&Rome).format("%d %H:%M%:z").to_string());
    shown.take(count).collect()
}

#[test]
fn a_time_that_spring_skips_is_due_when_the_gap_ends() {
    assert_eq!(
        upcoming("30 2 * * *", "2027-03-26T12:00:00Z", 4),
        ["27 02:30+01:00", "28 03:00+02:00", "29 02:30+02:00", "30 02:30+02:00"]
    );
}

#[test]
fn a_time_that_autumn_repeats_is_due_once_the_first_time() {
    assert_eq!(
        upcoming("30 2 * * *", "2027-10-29T12:00:00Z", 4),
        ["30 02:30+02:00", "31 02:30+02:00", "01 02:30+01:00", "02 02:30+01:00"]
    );
}

#[test]
fn half_hours_stay_in_order_over_both_changes() {
    assert_eq!(
        upcoming("*/30 * * * *", "2027-03-28T00:10:00Z", 4),
        ["28 01:30+01:00", "28 03:00+02:00", "28 03:30+02:00", "28 04:00+02:00"]
    );
    assert_eq!(
        upcoming("*/30 * * * *", "2027-10-30T23:40:00Z", 5),
        [
            "31 02:00+02:00",
            "31 02:30+02:00",
            "31 03:00+01:00",
            "31 03:30+01:00",
            "31 04:00+01:00"
        ]
    );
}

#[test]
fn a_time_of_day_beside_the_change_keeps_its_place_on_the_wall() {
    assert_eq!(
        upcoming("30 8 * * *", "2027-03-27T00:00:00Z", 3),
        ["27 08:30+01:00", "28 08:30+02:00", "29 08:30+02:00"]
    );
    assert_eq!(
        upcoming("30 8 * * *", "2027-10-30T00:00:00Z", 3),
        ["30 08:30+02:00", "31 08:30+01:00", "01 08:30+01:00"]
    );
}

#[test]
fn mondays_and_month_ends_are_found() {
    assert_eq!(
        upcoming("30 8 * * 1", "2027-03-22T12:00:00Z", 2),
        ["29 08:30+02:00", "05 08:30+02:00"]
    );
    assert_eq!(
        upcoming("0 0 31 * *", "2027-03-01T00:00:00Z", 3),
        ["31 00:00+02:00", "31 00:00+02:00", "31 00:00+02:00"]
    );
    assert_eq!(upcoming("59 23 29 2 *", "2027-01-01T00:00:00Z", 1), ["29 23:59+01:00"]);
    assert_eq!(
        schedule("0 0 30 2 *").next_after(at("2027-01-01T00:00:00Z"), Rome),
        None
    );
    assert_eq!(
        schedule("0 0 30 2 *").latest_before(at("2027-01-01T00:00:00Z"), at("1980-01-01T00:00:00Z"), Rome),
        None
    );
}

#[test]
fn what_was_missed_is_found_once_and_only_since_the_last_time() {
    let daily = schedule("30 8 * * *");
    let latest = |now, after| daily.latest_before(at(now), at(after), Rome);
    let due = at("2027-03-28T06:30:00Z");
    // A week without running is one time to catch up.
    assert_eq!(latest("2027-03-28T10:00:00Z", "2027-03-21T07:30:00Z"), Some(due));
    // The very instant is due; the one already served is not.
    assert_eq!(latest("2027-03-28T06:30:00Z", "2027-03-27T07:30:00Z"), Some(due));
    assert_eq!(latest("2027-03-28T10:00:00Z", "2027-03-28T06:30:00Z"), None);
    assert_eq!(latest("2027-03-28T06:29:59Z", "2027-03-27T07:30:00Z"), None);
}

#[test]
fn in_the_repeated_hour_the_first_passage_is_the_latest() {
    let schedule = schedule("45 2 * * *");
    let first = at("2027-10-31T00:45:00Z");
    let yesterday = at("2027-10-30T00:45:00Z");
    // 02:15 for the second time: 02:45 was already due, though the clock now shows less.
    assert_eq!(
        schedule.latest_before(at("2027-10-31T01:15:00Z"), yesterday, Rome),
        Some(first)
    );
    assert_eq!(
        schedule.next_after(at("2027-10-31T01:15:00Z"), Rome),
        Some(at("2027-11-01T01:45:00Z"))
    );
    assert_eq!(schedule.latest_before(at("2027-10-31T01:45:00Z"), first, Rome), None);
}

#[test]
fn unix_weekdays_are_understood() {
    let days = |field: &str| -> String {
        let schedule = schedule(&format!("0 12 * * {field}"));
        let start = at("2027-06-05T12:00:00Z"); // A Saturday.
        let first = schedule.next_after(start, Rome);
        let due = std::iter::successors(first, |due| schedule.next_after(*due, Rome));
        let week = due.take_while(|due| due.since(start) < TimeDelta::days(7));
        week.map(|due| due.to_utc().weekday().num_days_from_sunday().to_string())
            .collect()
    };
    for (field, expected) in [
        ("*", "0123456"),
        ("0", "0"),
        ("7", "0"),
        ("1", "1"),
        ("6", "6"),
        ("sun", "0"),
        ("MON", "1"),
        ("1-5", "12345"),
        ("mon-fri", "12345"),
        ("0-7", "0123456"),
        ("5-7", "056"),
        ("fri-7", "056"),
        ("1,3,5", "135"),
        ("sat,0", "06"),
        ("*/2", "0246"),
        ("1-5/2", "135"),
        ("3/2", "35"),
        ("7/2", "0"),
        ("0,7", "0"),
    ] {
        assert_eq!(days(field), expected, "{field}");
    }
    for field in [
        "8", "-1", "1-", "-", "", "mo", "monday2", "5-1", "1/0", "1/x", "*/", "1,,2", "1#2", "L", "?", "1-2-3",
    ] {
        let error = Schedule::parse(&format!("0 12 * * {field}")).unwrap_err();
        let expected = if field.is_empty() {
            ScheduleError::Fields(4)
        } else {
            ScheduleError::Weekday(field.to_owned())
        };
        assert_eq!(error, expected, "{field}");
    }
}

#[test]
fn where_both_days_are_given_unix_cron_takes_either() {
    // Mondays of June 2027 are 7, 14, 21 and 28.
    assert_eq!(
        upcoming("0 12 10 * 1", "2027-06-05T12:00:00Z", 3),
        ["07 12:00+02:00", "10 12:00+02:00", "14 12:00+02:00"]
    );
    assert_eq!(upcoming("0 12 */10 * 1", "2027-06-05T12:00:00Z", 1), ["21 12:00+02:00"]);
    let latest = schedule("0 12 10 * 1").latest_before(at("2027-06-12T00:00:00Z"), at("2027-06-01T00:00:00Z"), Rome);
    assert_eq!(latest, Some(at("2027-06-10T10:00:00Z")));
}

#[test]
fn six_and_seven_fields_are_read_as_the_crate_reads_them() {
    // The crate counts days from 1 for Sunday.
    assert_eq!(upcoming("0 30 8 * * 1", "2027-06-05T12:00:00Z", 1), ["06 08:30+02:00"]);
    assert_eq!(
        upcoming("0 30 8 * * Mon", "2027-06-05T12:00:00Z", 1),
        ["07 08:30+02:00"]
    );
    assert_eq!(
        upcoming("0 30 8 1 1 * 2030", "2027-06-05T12:00:00Z", 2),
        ["01 08:30+01:00"]
    );
    assert_eq!(upcoming("@daily", "2027-06-05T12:00:00Z", 1), ["06 00:00+02:00"]);
    let seconds = schedule("*/20 * * * * *");
    assert_eq!(
        seconds.next_after(at("2027-06-05T12:00:05.5Z"), Rome),
        Some(at("2027-06-05T12:00:20Z"))
    );
    assert_eq!(
        seconds.next_after(at("2027-06-05T12:00:20Z"), Rome),
        Some(at("2027-06-05T12:00:40Z"))
    );
    assert_eq!(
        seconds.next_after(at("2027-10-31T00:59:59Z"), Rome),
        Some(at("2027-10-31T02:00:00Z"))
    );
}

#[test]
fn other_text_is_refused() {
    for (text, count) in [("", 0), ("* * * *", 4), ("daily", 1), ("* * * * * * * *", 8)] {
        assert_eq!(
            Schedule::parse(text).unwrap_err(),
            ScheduleError::Fields(count),
            "{text}"
        );
    }
    for text in [
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "x * * * *",
        "@sometimes",
        "0 0 0 * * 0",
    ] {
        assert!(matches!(Schedule::parse(text), Err(ScheduleError::Field(_))), "{text}");
    }
}

#[test]
fn an_expression_is_shown_as_it_was_given() {
    assert_eq!(schedule("30 8 * * 1").expression(), "30 8 * * 1");
}

#[test]
fn a_day_that_a_zone_left_out_is_made_up_for_at_its_end() {
    // Samoa went from 29 to 31 December 2011.
    let zone = chrono_tz::Pacific::Apia;
    let due = schedule("0 12 30 12 *").next_after(at("2011-12-29T00:00:00Z"), zone);
    assert_eq!(due, Some(at("2011-12-30T10:00:00Z")));
}

/// A schedule as sets, from which both its expression and its due times are made.
#[derive(Debug, Clone)]
struct Fields {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Option<Vec<u32>>,
    weekdays: Option<Vec<u32>>,
}

impl Fields {
    fn expression(&self) -> String {
        let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let open = |numbers: &Option<Vec<u32>>| numbers.as_deref().map_or("*".to_owned(), list);
        let (minutes, hours) = (list(&self.minutes), list(&self.hours));
        format!("{minutes} {hours} {} * {}", open(&self.days), open(&self.weekdays))
    }

    fn admits(&self, time: NaiveDateTime) -> bool {
        let weekday = time.weekday().num_days_from_sunday();
        let day = self.days.as_ref().map(|it| it.contains(&time.day()));
        let weekday = self
            .weekdays
            .as_ref()
            .map(|it| it.contains(&weekday) || (weekday == 0 && it.contains(&7)));
        let date = match (day, weekday) {
            (Some(day), Some(weekday)) => day || weekday,
            (day, weekday) => day.unwrap_or(true) && weekday.unwrap_or(true),
        };
        date && self.hours.contains(&time.hour()) && self.minutes.contains(&time.minute())
    }
}

fn fields() -> impl Strategy<Value = Fields> {
    let numbers = |range, most| proptest::collection::vec(range, 1..most);
    let hours = prop_oneof![
        Just((0..24).collect::<Vec<u32>>()),
        numbers(0..24_u32, 5),
        numbers(1..4_u32, 4)
    ];
    let minutes = prop_oneof![
        Just((0..60).collect::<Vec<u32>>()),
        numbers(0..60_u32, 5),
        Just(vec![0, 30])
    ];
    let days = proptest::option::of(numbers(1..32_u32, 6));
    let weekdays = proptest::option::of(numbers(0..8_u32, 4));
    (minutes, hours, days, weekdays).prop_map(|(minutes, hours, days, weekdays)| Fields {
        minutes,
        hours,
        days,
        weekdays,
    })
}

/// The rule, written once more by hand for 2027: Rome leaves +01:00 on 28 March at 02:00 and returns on 31 October at
/// 03:00.
fn instant_of(time: NaiveDateTime) -> Timestamp {
    let on = |month, day, hour| {
        NaiveDate::from_ymd_opt(2027, month, day)
            .unwrap()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
    };
    let (gap, gap_end) = (on(3, 28, 2), on(3, 28, 3));
    let summer_end = on(10, 31, 3);
    let time = if time >= gap && time < gap_end { gap_end } else { time };
    let hours = if time >= gap_end && time < summer_end { 2 } else { 1 };
    (time - TimeDelta::hours(hours)).and_utc().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_schedule_agrees_with_a_list_made_minute_by_minute(fields in fields(), autumn: bool) {
        let (month, day) = if autumn { (10, 29) } else { (3, 26) };
        let midnight = NaiveDate::from_ymd_opt(2027, month, day).unwrap().and_hms_opt(0, 0, 0).unwrap();
        let minutes = (0..5 * 24 * 60).map(|it| midnight + TimeDelta::minutes(it));
        let mut list: Vec<Timestamp> = minutes.filter(|time| fields.admits(*time)).map(instant_of).collect();
        list.dedup();
        prop_assert!(list.is_sorted());

        let schedule = schedule(&fields.expression());
        let start = instant_of(midnight);
        let before = start.minus(TimeDelta::milliseconds(1));
        let end = instant_of(midnight + TimeDelta::days(5));
        let first = schedule.next_after(before, Rome);
        let due = std::iter::successors(first, |due| schedule.next_after(*due, Rome));
        let due: Vec<Timestamp> = due.take_while(|due| *due < end).collect();
        prop_assert_eq!(&due, &list);

        let mut now = start;
        while now < end {
            let expected = list.iter().rev().find(|due| **due <= now).copied();
            prop_assert_eq!(schedule.latest_before(now, before, Rome), expected, "{}", now);
            now = now.plus(TimeDelta::minutes(15));
        }
    }
}
