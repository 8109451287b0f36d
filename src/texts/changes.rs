// SPDX-License-Identifier: EUPL-1.2
//! What follows up a publication, in words: what has changed, and how soon a date comes.

use crate::domain::change::{Change, Moved};
use crate::domain::clock::Timestamp;
use crate::domain::local_time::local;
use crate::domain::occasion::{FollowUp, OccasionKind};
use crate::domain::opportunity::OpportunityKind;
use crate::texts::Texts;

impl Texts {
    /// What has become of an opportunity, in a word or two: "Prorogato", "Scade domani".
    #[must_use]
    pub fn follow_up(&self, kind: OccasionKind, of: OpportunityKind, follow_up: &FollowUp, now: Timestamp) -> String {
        match follow_up {
            FollowUp::Change(change) if change.closed_before(now) => self.get("told-closed-early"),
            FollowUp::Change(_) => self.get(&format!("told-{}", kind.code().replace('_', "-"))),
            FollowUp::Reminder(date) => self.coming(kind, of, *date, now),
        }
    }

    /// How soon a date comes: "Apre domani alle 10:00", "Scade tra 7 giorni".
    fn coming(self, kind: OccasionKind, of: OpportunityKind, date: Timestamp, now: Timestamp) -> String {
        let day = |instant| local(instant, self.zone).date_naive();
        let days = day(date).signed_duration_since(day(now)).num_days();
        let key = match (kind, of) {
            (OccasionKind::OpeningSoon, OpportunityKind::Event) => "coming-begins",
            (OccasionKind::OpeningSoon, _) => "coming-opens",
            _ => "coming-closes",
        };
        let coming = self.count(key, days);
        match self.time(&date) {
            Some(time) if days <= 1 => self.fill("coming-at", &[("coming", &coming), ("time", &time)]),
            _ => coming,
        }
    }

    /// What has changed, a line for each value: "Scadenza: dal 30 settembre al 15 ottobre 2026".
    #[must_use]
    pub fn change(&self, change: &Change, of: OpportunityKind) -> Vec<String> {
        let is_event = of == OpportunityKind::Event;
        let (closes, opens) = if is_event {
            ("change-ends", "change-begins")
        } else {
            ("change-closes", "change-opens")
        };
        let date = |name, moved: &Option<Moved<Option<Timestamp>>>| {
            let moved = moved.as_ref()?;
            let (from, to) = match (moved.from, moved.to) {
                (Some(from), Some(to)) => {
                    let (from, to) = self.span_ends(from, to);
                    (Some(from), Some(to))
                }
                (from, to) => (from.map(|at| self.moment(&at)), to.map(|at| self.moment(&at))),
            };
            Some(self.moved(name, "change-of-date", from, to))
        };
        let sum = |name, moved: &Option<Moved<Option<i64>>>| {
            let words = |cents: &Option<i64>| cents.as_ref().map(|cents| self.money(cents));
            let moved = moved.as_ref()?;
            Some(self.moved(name, "change-of-value", words(&moved.from), words(&moved.to)))
        };
        let stated = |place: &String| (!place.is_empty()).then(|| place.clone());
        let place = change.place.as_ref();
        let place = place.map(|it| self.moved("change-place", "change-of-value", stated(&it.from), stated(&it.to)));
        let note = (!change.note.is_empty()).then(|| change.note.clone());
        let lines = [
            date(closes, &change.closes),
            date(opens, &change.opens),
            sum("change-total", &change.total),
            sum("change-minimum", &change.minimum),
            sum("change-maximum", &change.maximum),
            place,
            note,
        ];
        lines.into_iter().flatten().collect()
    }

    fn moved(self, name: &str, how: &str, from: Option<String>, to: Option<String>) -> String {
        let name = self.get(name);
        match (from, to) {
            (Some(from), Some(to)) => self.fill(how, &[("name", &name), ("from", &from), ("to", &to)]),
            (None, Some(to)) => self.fill("change-set", &[("name", &name), ("to", &to)]),
            (from, None) => {
                let from = from.unwrap_or_default();
                self.fill("change-taken-away", &[("name", &name), ("from", &from)])
            }
        }
    }
}
