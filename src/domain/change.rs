// SPDX-License-Identifier: EUPL-1.2
//! What a revision changes for those who were told before: which occasion it makes, and what it says.
//!
//! Dates, money and the place of an event are worth a message; words are not, unless the editor says that something was
//! wrong. Whom a revision newly concerns is told of the publication instead.

use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::occasion::OccasionKind;
use crate::domain::opportunity::{Content, OpportunityKind, Status};

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved<T> {
    /// What it was.
    pub from: T,
    /// What it is now.
    pub to: T,
}

impl<T: Clone + PartialEq> Moved<T> {
    fn between(from: &T, to: &T) -> Option<Self> {
        (from != to).then(|| Self {
            from: from.clone(),
            to: to.clone(),
        })
    }
}

/// What has changed, as it is told and kept with its occasion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// The deadline; of an event, its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<Moved<Option<Timestamp>>>,
    /// The opening; of an event, its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<Moved<Option<Timestamp>>>,
    /// All the money on offer, in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Moved<Option<i64>>>,
    /// The least that one applicant gets, in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Moved<Option<i64>>>,
    /// The most that one applicant gets, in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Moved<Option<i64>>>,
    /// Where an event takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Moved<String>>,
    /// What the editor says about it, in plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The status that a revision leaves something public in, and what it gives reason to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    /// Where it is in its life now.
    pub status: Status,
    /// What those who were told before are told; `None` for what is worth no message.
    pub follow_up: Option<(OccasionKind, Change)>,
}

/// What the revision from `before` to `after`, saved at `now`, does to something public in `status`. `note` is what the
/// editor says about it; an importer says nothing.
///
/// - What was withdrawn stays so, and says nothing.
/// - What has passed its deadline is closed, and says nothing, unless the deadline that it had was still to come; a later
///   deadline opens it again.
/// - What was closed because its funds were used up stays so until its deadline is moved.
/// - What the editor says is told to those who know it, also of what is closed or used up.
#[must_use]
pub fn revised(before: &Content, after: &Content, status: Status, now: Timestamp, note: &str) -> Revised {
    let silent = |status| Revised {
        status,
        follow_up: None,
    };
    let change = Change::between(before, after, now, note);
    let over = |status, change: Change| Revised {
        status,
        follow_up: (!change.note.is_empty()).then_some((OccasionKind::Corrected, change)),
    };
    match status {
        Status::Draft | Status::Withdrawn => silent(status),
        Status::Exhausted if !moved_later(&change) => over(status, change),
        Status::Published if after.is_past(now) && closed_early(before, after, &change, now) => Revised {
            status: Status::Closed,
            follow_up: Some((OccasionKind::ClosesEarlier, change)),
        },
        _ if after.is_past(now) => over(Status::Closed, change),
        Status::Closed | Status::Exhausted => Revised {
            status: Status::Published,
            follow_up: Some((OccasionKind::Reopened, change)),
        },
        Status::Published => Revised {
            status,
            follow_up: kind_of(&change, after.kind).map(|kind| (kind, change)),
        },
    }
}

/// Whether a deadline that people count on was moved into the past. An event has none.
fn closed_early(before: &Content, after: &Content, change: &Change, now: Timestamp) -> bool {
    let was_to_come = before.closes_at.is_some_and(|closes| closes > now);
    after.kind != OpportunityKind::Event && change.closes.is_some() && was_to_come
}

fn moved_later(change: &Change) -> bool {
    let closes = change.closes.as_ref();
    closes.is_some_and(|moved| is_later(moved.from, moved.to))
}

/// Whether a deadline is later than another; none at all is the latest.
fn is_later(from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
    match (from, to) {
        (Some(from), Some(to)) => to > from,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The one occasion that a change makes: its deadline first. An event has no deadline to be extended: it is moved.
fn kind_of(change: &Change, kind: OpportunityKind) -> Option<OccasionKind> {
    match &change.closes {
        Some(moved) if kind != OpportunityKind::Event => Some(match moved.from {
            None => OccasionKind::DeadlineSet,
            Some(_) if is_later(moved.from, moved.to) => OccasionKind::Extended,
            Some(_) => OccasionKind::ClosesEarlier,
        }),
        _ => (*change != Change::default()).then_some(OccasionKind::Corrected),
    }
}

impl Change {
    fn between(before: &Content, after: &Content, now: Timestamp, note: &str) -> Self {
        let is_event = after.kind == OpportunityKind::Event;
        // An opening that both sides put into the past is history.
        let opens = Moved::between(&before.opens_at, &after.opens_at)
            .filter(|moved| moved.from.max(moved.to).is_some_and(|latest| latest > now));
        Self {
            closes: Moved::between(&before.closes_at, &after.closes_at),
            opens,
            total: Moved::between(&before.amount.total, &after.amount.total),
            minimum: Moved::between(&before.amount.minimum, &after.amount.minimum),
            maximum: Moved::between(&before.amount.maximum, &after.amount.maximum),
            place: Moved::between(&before.place, &after.place).filter(|_| is_event),
            note: note.trim().to_owned(),
        }
    }

    /// Whether it moved a deadline to before `now`, and not to a later one.
    #[must_use]
    pub fn closed_before(&self, now: Timestamp) -> bool {
        let closes = self.closes.as_ref();
        closes.is_some_and(|moved| !is_later(moved.from, moved.to) && moved.to.is_some_and(|to| to <= now))
    }

    /// A change that is nothing but what the editor says.
    #[must_use]
    pub fn said(note: &str) -> Self {
        Self {
            note: note.trim().to_owned(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::criteria::Criteria;
    use crate::domain::opportunity::Amount;

    fn at(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    fn content(kind: OpportunityKind, closes: Option<&str>) -> Content {
        Content {
            kind,
            title: "Contributi".to_owned(),
            summary: String::new(),
            body: String::new(),
            publisher: String::new(),
            link: None,
            documents: Vec::new(),
            place: "Piazza Vecchia".to_owned(),
            dates_note: String::new(),
            opens_at: Some(at("2026-06-01T08:00:00Z")),
            closes_at: closes.map(at),
            amount: Amount::default(),
            criteria: Criteria::default(),
        }
    }

    const NOW: &str = "2026-07-01T08:00:00Z";

    fn call(closes: Option<&str>) -> Content {
        content(OpportunityKind::Call, closes)
    }

    fn told(before: &Content, after: &Content, status: Status) -> (Status, Option<OccasionKind>) {
        let revised = revised(before, after, status, at(NOW), "");
        (revised.status, revised.follow_up.map(|(kind, _)| kind))
    }

    #[test]
    fn a_moved_deadline_has_a_kind_of_its_own() {
        let (september, october) = (Some("2026-09-30T21:59:00Z"), Some("2026-10-15T21:59:00Z"));
        for (from, to, kind) in [
            (None, september, OccasionKind::DeadlineSet),
            (september, october, OccasionKind::Extended),
            (september, None, OccasionKind::Extended),
            (october, september, OccasionKind::ClosesEarlier),
        ] {
            let told = told(&call(from), &call(to), Status::Published);
            assert_eq!(told, (Status::Published, Some(kind)), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn what_was_closed_is_open_again_with_a_later_deadline() {
        let (past, future) = (call(Some("2026-06-30T21:59:00Z")), call(Some("2026-09-30T21:59:00Z")));
        let reopened = (Status::Published, Some(OccasionKind::Reopened));
        assert_eq!(told(&past, &future, Status::Closed), reopened);
        assert_eq!(told(&past, &past, Status::Closed), (Status::Closed, None));
    }

    #[test]
    fn what_is_over_says_nothing() {
        let (open, past) = (call(None), call(Some("2026-06-30T21:59:00Z")));
        assert_eq!(told(&open, &past, Status::Published), (Status::Closed, None));
        assert_eq!(told(&past, &past, Status::Published), (Status::Closed, None));
        assert_eq!(told(&past, &open, Status::Withdrawn), (Status::Withdrawn, None));
    }

    #[test]
    fn a_deadline_that_people_count_on_is_not_put_into_the_past_in_silence() {
        let (september, past) = (call(Some("2026-09-30T21:59:00Z")), call(Some("2026-06-30T21:59:00Z")));
        let early = (Status::Closed, Some(OccasionKind::ClosesEarlier));
        assert_eq!(told(&september, &past, Status::Published), early);
        assert_eq!(told(&september, &past, Status::Closed), (Status::Closed, None));
    }

    #[test]
    fn used_up_funds_stay_so_until_the_deadline_moves() {
        let (september, october) = (call(Some("2026-09-30T21:59:00Z")), call(Some("2026-10-15T21:59:00Z")));
        let mut renamed = september.clone();
        renamed.title = "Contributi 2026".to_owned();
        assert_eq!(told(&september, &renamed, Status::Exhausted), (Status::Exhausted, None));
        let reopened = (Status::Published, Some(OccasionKind::Reopened));
        assert_eq!(told(&september, &october, Status::Exhausted), reopened);
    }

    #[test]
    fn words_are_worth_no_message_but_for_what_the_editor_says() {
        let before = call(None);
        let mut after = before.clone();
        after.title = "Contributi per il fotovoltaico".to_owned();
        after.body = "Nuovo testo".to_owned();
        after.place = "Palazzo Frizzoni".to_owned();
        assert_eq!(told(&before, &after, Status::Published), (Status::Published, None));
        let said = revised(&before, &after, Status::Published, at(NOW), "L'importo era sbagliato.");
        let (kind, change) = said.follow_up.unwrap();
        assert_eq!(
            (kind, change.note.as_str()),
            (OccasionKind::Corrected, "L'importo era sbagliato.")
        );
    }

    #[test]
    fn what_the_editor_says_of_something_over_is_told_and_nothing_else_is() {
        let september = call(Some("2026-09-30T21:59:00Z"));
        let past = call(Some("2026-06-30T21:59:00Z"));
        let mut renamed = past.clone();
        renamed.amount.total = Some(10_000_000);
        for (content, after, status, left) in [
            (&september, &september, Status::Exhausted, Status::Exhausted),
            (&past, &renamed, Status::Closed, Status::Closed),
            (&past, &past, Status::Published, Status::Closed),
        ] {
            assert_eq!(told(content, after, status), (left, None), "without a note, {status:?}");
            let said = revised(content, after, status, at(NOW), "Il modulo era sbagliato.");
            let (kind, change) = said.follow_up.unwrap();
            assert_eq!((said.status, kind), (left, OccasionKind::Corrected), "{status:?}");
            assert_eq!(change.note, "Il modulo era sbagliato.");
        }
        let withdrawn = revised(&past, &past, Status::Withdrawn, at(NOW), "Il modulo era sbagliato.");
        assert_eq!(withdrawn.follow_up, None);
    }

    #[test]
    fn money_and_a_coming_opening_are_corrections() {
        let before = call(None);
        let mut money = before.clone();
        money.amount.total = Some(10_000_000);
        let corrected = (Status::Published, Some(OccasionKind::Corrected));
        assert_eq!(told(&before, &money, Status::Published), corrected);
        let mut later = before.clone();
        later.opens_at = Some(at("2026-08-01T08:00:00Z"));
        assert_eq!(told(&before, &later, Status::Published), corrected);
        let mut history = before.clone();
        history.opens_at = Some(at("2026-05-01T08:00:00Z"));
        assert_eq!(told(&before, &history, Status::Published), (Status::Published, None));
    }

    #[test]
    fn an_event_is_moved_not_extended() {
        let before = content(OpportunityKind::Event, Some("2026-07-20T21:00:00Z"));
        let mut after = content(OpportunityKind::Event, Some("2026-07-21T21:00:00Z"));
        after.place = "Teatro Donizetti".to_owned();
        let moved = revised(&before, &after, Status::Published, at(NOW), "");
        let (kind, change) = moved.follow_up.unwrap();
        assert_eq!(kind, OccasionKind::Corrected);
        assert_eq!(change.place.map(|it| it.to).as_deref(), Some("Teatro Donizetti"));
    }
}
