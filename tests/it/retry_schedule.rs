// SPDX-License-Identifier: EUPL-1.2
//! When a notification is tried again, whatever the answers: never too soon, never too late, never for ever.

use chrono::TimeDelta;
use informa::domain::clock::Timestamp;
use informa::domain::notification::RetrySchedule;
use proptest::option;
use proptest::prelude::*;

use crate::support::builders::at;
use crate::support::random::config;

fn now() -> Timestamp {
    at("2026-07-01T10:00:00")
}

fn seconds(range: std::ops::Range<i64>) -> impl Strategy<Value = TimeDelta> {
    range.prop_map(TimeDelta::seconds)
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn an_attempt_is_made_in_time_and_no_sooner_than_the_other_side_asked(
        attempts in 1..40_i32,
        asked in option::of(seconds(0..100_000)),
        left in seconds(0..2_000_000),
    ) {
        let schedule = RetrySchedule::default();
        let expires = now().plus(left);
        if let Some(next) = schedule.next(now(), attempts, asked, expires) {
            prop_assert!(attempts < schedule.attempts);
            prop_assert!(next < expires);
            let waited = next.since(now());
            prop_assert!(waited >= schedule.first);
            prop_assert!(asked.is_none_or(|asked| waited >= asked));
            prop_assert!(waited <= schedule.longest.max(asked.unwrap_or_default()));
        }
    }

    #[test]
    fn each_wait_is_as_long_as_the_one_before_at_least(attempts in 1..11_i32) {
        let schedule = RetrySchedule::default();
        let expires = now().plus(TimeDelta::days(30));
        let wait = |attempts| schedule.next(now(), attempts, None, expires).unwrap().since(now());
        prop_assert!(wait(attempts) >= wait((attempts - 1).max(1)));
        prop_assert!(wait(attempts) <= schedule.longest);
    }

    #[test]
    fn nothing_is_tried_for_ever(attempts in any::<i32>(), asked in option::of(seconds(0..100_000))) {
        let schedule = RetrySchedule::default();
        let expires = now().plus(TimeDelta::days(30));
        let next = schedule.next(now(), attempts, asked, expires);
        prop_assert_eq!(next.is_none(), attempts >= schedule.attempts);
    }
}

#[test]
fn all_attempts_together_take_about_seven_hours() {
    let schedule = RetrySchedule::default();
    let expires = now().plus(TimeDelta::days(30));
    let waits = (1..schedule.attempts).map(|attempts| schedule.next(now(), attempts, None, expires).unwrap());
    let all: i64 = waits.map(|next| next.since(now()).num_seconds()).sum();
    assert!((5 * 3600..9 * 3600).contains(&all), "{all} seconds");
}
