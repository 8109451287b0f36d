// SPDX-License-Identifier: EUPL-1.2
//! Whether an origin is worth trying: it is not when it turns different people away one after the other and takes nothing.
//!
//! One browser with a key of its own must not silence a push service for everybody, so that several targets count, and
//! anything that is accepted in between begins the count anew.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;

use crate::domain::ids::TargetId;
use crate::domain::notification::Outcome;

/// How many different targets must fail for the origin's sake, and none be accepted.
const TARGETS: usize = 5;

/// Why an origin is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It turns us away: our key, contact or sender may be wrong.
    Barred,
    /// It says when to come again.
    Busy,
    /// Nothing answers there.
    Unreachable,
}

impl Trouble {
    /// For how long.
    pub(super) const fn pause(self) -> TimeDelta {
        match self {
            Self::Barred => TimeDelta::minutes(5),
            Self::Busy | Self::Unreachable => TimeDelta::minutes(1),
        }
    }

    const fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Barred { .. } | Outcome::TurnedAway { .. } => Some(Self::Barred),
            Outcome::Retry { after: Some(_), .. } => Some(Self::Busy),
            Outcome::Unreachable { .. } => Some(Self::Unreachable),
            _ => None,
        }
    }
}

/// What one session has seen of its origin since something was last accepted there.
#[derive(Default)]
pub(super) struct Breaker {
    failed: Mutex<BTreeSet<TargetId>>,
    /// Those that were refused before, while the origin accepted others: what becomes of them says nothing of it.
    known: Mutex<BTreeSet<TargetId>>,
    open: Mutex<Option<Trouble>>,
}

impl Breaker {
    /// Leaves out of account from now on what becomes of these.
    pub(super) fn disregard(&self, targets: impl IntoIterator<Item = TargetId>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(targets);
    }

    /// Takes note of an answer. An open breaker stays open for the session.
    pub(super) fn note(&self, target: TargetId, outcome: &Outcome) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *outcome == Outcome::Sent {
            failed.clear();
        }
        let Some(trouble) = Trouble::of(outcome) else {
            return;
        };
        if self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&target)
        {
            return;
        }
        failed.insert(target);
        if failed.len() >= TARGETS {
            *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
        }
    }

    /// Why nothing more is to be sent there for now.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn barred() -> Outcome {
        Outcome::Barred {
            reason: "403".to_owned(),
        }
    }

    #[test]
    fn five_targets_turned_away_open_it_and_one_target_never_does() {
        let breaker = Breaker::default();
        for _ in 0..20 {
            breaker.note(TargetId(1), &barred());
        }
        assert_eq!(breaker.trouble(), None);
        for target in 2..6 {
            breaker.note(TargetId(target), &barred());
        }
        assert_eq!(breaker.trouble(), Some(Trouble::Barred));
    }

    #[test]
    fn those_that_were_refused_before_do_not_open_it() {
        let breaker = Breaker::default();
        breaker.disregard((1..5).map(TargetId));
        for target in 1..9 {
            breaker.note(TargetId(target), &barred());
        }
        assert_eq!(breaker.trouble(), None);
        breaker.note(TargetId(9), &barred());
        assert_eq!(breaker.trouble(), Some(Trouble::Barred));
    }

    #[test]
    fn what_is_accepted_in_between_begins_the_count_anew() {
        let breaker = Breaker::default();
        for target in 1..9 {
            if target == 5 {
                breaker.note(TargetId(target), &Outcome::Sent);
            } else {
                breaker.note(TargetId(target), &barred());
            }
        }
        assert_eq!(breaker.trouble(), None);
    }
}
