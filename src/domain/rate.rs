// SPDX-License-Identifier: EUPL-1.2
//! How many messages may leave to one place in a second, whoever sends them.
//!
//! The allowance is a point in time: up to there it has been given away (the generic cell rate algorithm). It may run
//! ahead of the present by a second, so that nothing more than a second's worth leaves at once, and it is kept in one
//! row that all workers share. Nobody sleeps on it: who gets nothing asks again later.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::domain::clock::Timestamp;

/// Messages a second; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Rate(u32);

/// How far ahead of the present an allowance may be given away, in milliseconds.
const AHEAD: i64 = 1_000;

impl Rate {
    /// This many a second.
    #[must_use]
    pub const fn a_second(messages: u32) -> Self {
        Self(messages)
    }

    /// Whether there is a limit at all.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        self.0 > 0
    }

    /// How many messages may leave at `now`, where the allowance was given away up to `given`.
    #[must_use]
    pub fn allowance(self, given: Timestamp, now: Timestamp) -> i64 {
        let room = AHEAD - given.max(now).since(now).num_milliseconds();
        (room * i64::from(self.0)).div_euclid(1_000).max(0)
    }

    /// Up to where the allowance is given away once `messages` more have left at `now`.
    #[must_use]
    pub fn given_after(self, given: Timestamp, now: Timestamp, messages: i64) -> Timestamp {
        let milliseconds = (messages * 1_000 + i64::from(self.0) - 1).div_euclid(i64::from(self.0.max(1)));
        given.max(now).plus(TimeDelta::milliseconds(milliseconds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_800_000_000_000 + number * 1_000)
    }

    #[test]
    fn a_second_holds_its_rate_and_the_next_as_much() {
        let rate = Rate::a_second(10);
        assert_eq!(
            rate.allowance(second(-50), second(0)),
            10,
            "an idle time saves nothing up"
        );
        let given = rate.given_after(second(-50), second(0), 10);
        assert_eq!(given, second(1));
        assert_eq!(rate.allowance(given, second(0)), 0);
        assert_eq!(rate.allowance(given, second(1)), 10);
    }

    proptest! {
        /// Over any stretch of time no more leaves than the rate allows in it, and a second's worth.
        #[test]
        fn no_stretch_of_time_lets_more_through(rate in 1_u32..500, steps in prop::collection::vec(0_i64..700, 1..60)) {
            let rate = Rate::a_second(rate);
            let (mut now, mut given, mut sent) = (second(0), second(0), 0);
            for step in steps {
                now = now.plus(TimeDelta::milliseconds(step));
                let allowed = rate.allowance(given, now);
                given = rate.given_after(given, now, allowed);
                sent += allowed;
                let elapsed = now.since(second(0)).num_milliseconds();
                prop_assert!(sent * 1_000 <= (elapsed + AHEAD) * i64::from(rate.0));
            }
        }
    }
}
