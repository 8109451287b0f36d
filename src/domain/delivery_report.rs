// SPDX-License-Identifier: EUPL-1.2
//! What became of the notifications of an opportunity or of a batch: how many were owed, how many ended how and why,
//! and how long those that were accepted took.
//!
//! Reads counters that storage keeps as things happen, never the ledger itself. What is open is owed and not ended.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use crate::domain::notification::{Channel, State};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Rows that were made.
    Owed,
    /// Rows that are open after an attempt that failed.
    Retrying,
    /// Rows that the other side has accepted.
    Sent,
    /// Rows that will not be tried again.
    Failed,
    /// Rows whose use passed before they were accepted.
    Expired,
    /// Rows that were not wanted any more.
    Suppressed,
}

impl Counted {
    /// Everything that is counted, in the order of its numbers in the database.
    pub const ALL: [Self; 6] = [
        Self::Owed,
        Self::Retrying,
        Self::Sent,
        Self::Failed,
        Self::Expired,
        Self::Suppressed,
    ];

    /// As what a row in this state is counted when it reaches it; only final states are.
    #[must_use]
    pub const fn ending(state: State) -> Option<Self> {
        match state {
            State::Waiting | State::Due | State::Claimed => None,
            State::Sent => Some(Self::Sent),
            State::Failed => Some(Self::Failed),
            State::Expired => Some(Self::Expired),
            State::Suppressed => Some(Self::Suppressed),
        }
    }

    /// The word for it in files and commands.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Retrying => "retrying",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether nothing more happens to what is counted so.
    #[must_use]
    pub const fn is_ending(self) -> bool {
        !matches!(self, Self::Owed | Self::Retrying)
    }
}

/// How many ended so for one reason; the reason is a code, and empty where there is none to give.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Ending {
    /// How.
    pub state: Counted,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: i64,
}

/// What became of the notifications on one channel, or on all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many were owed.
    pub owed: i64,
    /// How many are not finished.
    pub open: i64,
    /// How many of those are tried again after an attempt that failed.
    pub retrying: i64,
    /// How many were accepted by the push service or the mail relay.
    pub sent: i64,
    /// How many failed for good.
    pub failed: i64,
    /// How many were past their use.
    pub expired: i64,
    /// How many were not wanted any more.
    pub suppressed: i64,
    /// Half of those that were accepted were so within this many milliseconds of publication; an upper bound, at most a
    /// tenth too high.
    pub half_within_ms: Option<i64>,
    /// The same for 95 of a hundred.
    pub most_within_ms: Option<i64>,
    /// How many ended how and why, the most frequent first.
    pub endings: Vec<Ending>,
}

/// What became of the notifications of an opportunity or of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// On all channels together.
    pub total: Tally,
    /// On each channel on which something was owed.
    pub channels: BTreeMap<Channel, Tally>,
}

/// One counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// On which channel.
    pub channel: Channel,
    /// What is counted.
    pub counted: Counted,
    /// Why; empty where there is no reason to give.
    pub reason: String,
    /// How many.
    pub count: i64,
}

/// How many on one channel were accepted within one step of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waited {
    /// On which channel.
    pub channel: Channel,
    /// Which step, see [`step_of`].
    pub step: i64,
    /// How many.
    pub count: i64,
}

impl DeliveryReport {
    /// Adds the counters up.
    #[must_use]
    pub fn new(lines: &[Line], waits: &[Waited]) -> Self {
        let mut channels = BTreeMap::new();
        for channel in Channel::ALL {
            let tally = Tally::new(
                lines.iter().filter(|line| line.channel == channel),
                waits.iter().filter(|wait| wait.channel == channel),
            );
            if tally != Tally::default() {
                channels.insert(channel, tally);
            }
        }
        Self {
            total: Tally::new(lines.iter(), waits.iter()),
            channels,
        }
    }
}

impl Tally {
    fn new<'a>(lines: impl Iterator<Item = &'a Line>, waits: impl Iterator<Item = &'a Waited>) -> Self {
        let mut counts: BTreeMap<Counted, i64> = BTreeMap::new();
        let mut endings: BTreeMap<(Counted, &str), i64> = BTreeMap::new();
        for line in lines {
            *counts.entry(line.counted).or_default() += line.count;
            if line.counted.is_ending() {
                *endings.entry((line.counted, line.reason.as_str())).or_default() += line.count;
            }
        }
        let mut steps: BTreeMap<i64, i64> = BTreeMap::new();
        for wait in waits {
            *steps.entry(wait.step).or_default() += wait.count;
        }
        let count = |counted| counts.get(&counted).copied().unwrap_or_default();
        let ended: i64 = Counted::ALL.into_iter().filter(|it| it.is_ending()).map(count).sum();
        let mut endings: Vec<Ending> = endings
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|((state, reason), count)| Ending {
                state,
                reason: reason.to_owned(),
                count,
            })
            .collect();
        endings.sort_by_key(|ending| (ending.state, std::cmp::Reverse(ending.count)));
        Self {
            owed: count(Counted::Owed),
            open: count(Counted::Owed) - ended,
            retrying: count(Counted::Retrying),
            sent: count(Counted::Sent),
            failed: count(Counted::Failed),
            expired: count(Counted::Expired),
            suppressed: count(Counted::Suppressed),
            half_within_ms: within(&steps, 50),
            most_within_ms: within(&steps, 95),
            endings,
        }
    }
}

/// Within how many milliseconds that share of a hundred was accepted: the bound of the step in which the last of them is.
fn within(steps: &BTreeMap<i64, i64>, share: i64) -> Option<i64> {
    let total: i64 = steps.values().sum();
    let rank = (total * share + 99) / 100;
    let mut seen = 0;
    let step = steps.iter().find_map(|(step, count)| {
        seen += count;
        (total > 0 && seen >= rank).then_some(*step)
    });
    step.and_then(bound_of)
}

/// The upper bounds of the steps in milliseconds: each a tenth above the one before, and one more at least.
fn bounds() -> impl Iterator<Item = i64> {
    std::iter::successors(Some(1), |bound: &i64| bound.checked_add((bound / 10).max(1)))
}

/// In which step of waiting `wait` is; what is negative, because clocks differ, is in the first.
#[must_use]
pub fn step_of(wait: TimeDelta) -> i64 {
    let milliseconds = wait.num_milliseconds();
    (0..)
        .zip(bounds())
        .find(|(_, bound)| *bound >= milliseconds)
        .map_or(i64::MAX, |(step, _)| step)
}

/// The longest wait of a step in milliseconds.
#[must_use]
pub fn bound_of(step: i64) -> Option<i64> {
    usize::try_from(step).ok().and_then(|step| bounds().nth(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(milliseconds: i64) -> i64 {
        step_of(TimeDelta::milliseconds(milliseconds))
    }

    #[test]
    fn a_wait_is_never_above_the_bound_of_its_step_and_at_most_a_tenth_below() {
        for milliseconds in [
            1,
            2,
            9,
            10,
            11,
            99,
            1_000,
            12_345,
            60_000,
            3_600_000,
            86_400_000,
            7_776_000_000,
        ] {
            let bound = bound_of(step(milliseconds)).unwrap();
            assert!(milliseconds <= bound, "{milliseconds} is above {bound}");
            assert!(
                bound * 10 <= milliseconds * 11 + 10,
                "{bound} is far above {milliseconds}"
            );
        }
        assert!(step(90 * 86_400_000) < 250, "three months take few steps");
        assert_eq!((step(-5), step(0), step(1), step(2)), (0, 0, 0, 1));
        assert_eq!(bound_of(-1), None);
    }

    fn waited(waits: &[(i64, i64)]) -> Tally {
        let waits = waits.iter().map(|(milliseconds, count)| Waited {
            channel: Channel::Email,
            step: step(*milliseconds),
            count: *count,
        });
        DeliveryReport::new(&[], &waits.collect::<Vec<_>>()).total
    }

    #[test]
    fn percentiles_are_bounds_of_the_step_that_holds_them() {
        let none = waited(&[]);
        assert_eq!((none.half_within_ms, none.most_within_ms), (None, None));
        let one = waited(&[(1, 1)]);
        assert_eq!((one.half_within_ms, one.most_within_ms), (Some(1), Some(1)));
        let many = waited(&[(1, 50), (5, 45), (10, 5)]);
        assert_eq!((many.half_within_ms, many.most_within_ms), (Some(1), Some(5)));
        let late = waited(&[(1, 49), (5, 45), (10, 6)]);
        assert_eq!((late.half_within_ms, late.most_within_ms), (Some(5), Some(10)));
    }

    #[test]
    fn what_is_open_is_owed_and_not_ended() {
        let line = |channel, counted, reason: &str, count| Line {
            channel,
            counted,
            reason: reason.to_owned(),
            count,
        };
        let report = DeliveryReport::new(
            &[
                line(Channel::Email, Counted::Owed, "", 10),
                line(Channel::Email, Counted::Retrying, "", 2),
                line(Channel::Email, Counted::Sent, "", 3),
                line(Channel::Email, Counted::Failed, "550", 1),
                line(Channel::Email, Counted::Failed, "554", 2),
                line(Channel::Email, Counted::Failed, "taken back", 0),
                line(Channel::WebPush, Counted::Owed, "", 1),
                line(Channel::WebPush, Counted::Expired, "past its use", 1),
            ],
            &[],
        );
        let mail = &report.channels[&Channel::Email];
        assert_eq!((mail.owed, mail.open, mail.retrying, mail.failed), (10, 4, 2, 3));
        let reasons: Vec<_> = mail.endings.iter().map(|it| (it.reason.as_str(), it.count)).collect();
        assert_eq!(reasons, [("", 3), ("554", 2), ("550", 1)]);
        assert_eq!((report.total.owed, report.total.open, report.total.expired), (11, 4, 1));
    }
}
