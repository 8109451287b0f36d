// SPDX-License-Identifier: EUPL-1.2
//! Dates in words, in the zone of the installation: of an instant, and of when an opportunity can be taken or takes place.

use chrono::{Datelike, Timelike};

use super::Texts;
use crate::domain::clock::Timestamp;
use crate::domain::local_time::{end_of_day, is_end_of_day, local};
use crate::domain::opportunity::{Content, Opportunity, OpportunityKind, Status};

impl Texts {
    /// The date in words: "lunedì 30 settembre 2026".
    #[must_use]
    pub fn date(&self, instant: &Timestamp) -> String {
        let year = local(*instant, self.zone).year().to_string();
        self.fill("date-long", &[("date", &self.date_in_year(*instant)), ("year", &year)])
    }

    /// A day as the catalogue writes it, `2026-09-30`, in words; empty for what is no day.
    #[must_use]
    pub fn day(&self, written: &str) -> String {
        let day = written.parse().ok();
        day.map_or_else(String::new, |day| self.date(&end_of_day(day, self.zone)))
    }

    /// The date where the year goes without saying: "lunedì 30 settembre".
    fn date_in_year(&self, instant: Timestamp) -> String {
        let day = local(instant, self.zone);
        let weekday = self.get(&format!("weekday-{}", day.weekday().number_from_monday()));
        let month = self.get(&format!("month-{}", day.month()));
        let number = day.day().to_string();
        let values = [("weekday", &*weekday), ("day", &number), ("month", &month)];
        self.fill("date-in-year", &values)
    }

    /// The date without its weekday: "30 settembre 2026".
    #[must_use]
    pub fn short_date(&self, instant: &Timestamp) -> String {
        let day = local(*instant, self.zone);
        let month = self.get(&format!("month-{}", day.month()));
        let (number, year) = (day.day().to_string(), day.year().to_string());
        self.fill("date-short", &[("day", &number), ("month", &month), ("year", &year)])
    }

    /// From one date to another as parts of a sentence: "dal 30 settembre" and "al 15 ottobre 2026".
    pub(super) fn span_ends(&self, from: Timestamp, to: Timestamp) -> (String, String) {
        let same_year = local(from, self.zone).year() == local(to, self.zone).year();
        (
            self.date_after("date-from-day", from, !same_year),
            self.date_after("date-to-day", to, true),
        )
    }

    /// A date after the preposition that `key` puts before its day.
    fn date_after(&self, key: &str, instant: Timestamp, says_year: bool) -> String {
        let date = local(instant, self.zone);
        let day = self.count(key, date.day().into());
        let month = self.get(&format!("month-{}", date.month()));
        let year = date.year().to_string();
        let date = if says_year {
            self.fill("date-short", &[("day", &day), ("month", &month), ("year", &year)])
        } else {
            self.fill("date-day-month", &[("day", &day), ("month", &month)])
        };
        self.with_time(&date, instant)
    }

    /// The date in words, and the time where it is not the end of the day.
    #[must_use]
    pub fn moment(&self, instant: &Timestamp) -> String {
        self.with_time(&self.date(instant), *instant)
    }

    fn with_time(&self, date: &str, instant: Timestamp) -> String {
        match self.time(&instant) {
            Some(time) => self.fill("date-time", &[("date", date), ("time", &time)]),
            None => date.to_owned(),
        }
    }

    /// The time of the day: "10:00"; `None` where the day alone is meant.
    #[must_use]
    pub fn time(&self, instant: &Timestamp) -> Option<String> {
        let at = local(*instant, self.zone);
        let whole_day = is_end_of_day(*instant, self.zone) || (at.hour() == 0 && at.minute() == 0);
        (!whole_day).then(|| format!("{:02}:{:02}", at.hour(), at.minute()))
    }

    /// The date for programs: `2026-09-30`.
    #[must_use]
    pub fn iso_date(&self, instant: &Timestamp) -> String {
        local(*instant, self.zone).format("%Y-%m-%d").to_string()
    }

    /// The instant for programs that show it to people (RFC 3339 with the zone's offset), or the date where the day alone
    /// is meant.
    #[must_use]
    pub fn iso_moment(&self, instant: &Timestamp) -> String {
        match self.time(instant) {
            Some(_) => local(*instant, self.zone).to_rfc3339(),
            None => self.iso_date(instant),
        }
    }

    /// From when to when something lasts: "Da martedì 8 a …", or on one day "martedì 8 dicembre 2026, dalle 10:00 alle
    /// 12:00".
    fn span(&self, begins: Timestamp, ends: Timestamp) -> String {
        let (first, last) = (local(begins, self.zone), local(ends, self.zone));
        if first.date_naive() == last.date_naive() {
            return match (self.time(&begins), self.time(&ends)) {
                (Some(from), Some(to)) if from != to => {
                    let date = self.date(&begins);
                    self.fill("date-hours", &[("date", &date), ("from", &from), ("to", &to)])
                }
                _ => self.moment(&begins),
            };
        }
        let from = if first.year() == last.year() {
            self.with_time(&self.date_in_year(begins), begins)
        } else {
            self.moment(&begins)
        };
        self.fill("date-from-to", &[("from", &from), ("to", &self.moment(&ends))])
    }
}

/// Whether its dates are those between which it takes place, and not those between which one can apply.
const fn takes_place(kind: OpportunityKind) -> bool {
    matches!(kind, OpportunityKind::Event | OpportunityKind::Alert)
}

impl Texts {
    /// Until when an opportunity is open, or when it takes place, in words: "Scade mercoledì 30 settembre 2026". Empty for
    /// news and services without an end.
    #[must_use]
    pub fn when(&self, opportunity: &Opportunity) -> String {
        let content = &opportunity.content;
        match opportunity.status {
            Status::Withdrawn => self.get("when-withdrawn"),
            Status::Exhausted => self.get("when-exhausted"),
            status => self.when_in_life(content, status),
        }
    }

    fn when_in_life(&self, content: &Content, status: Status) -> String {
        let is_closed = status == Status::Closed;
        let key = match content.kind {
            kind if takes_place(kind) && is_closed => "when-ended",
            kind if takes_place(kind) => return self.when_it_is(content),
            _ if is_closed => "when-closed",
            _ => "when-open",
        };
        match &content.closes_at {
            Some(closes) => self.fill(key, &[("when", &self.moment(closes))]),
            None => self.when_it_is(content),
        }
    }

    /// The same as a fact, whatever has become of it since: "mercoledì 30 settembre 2026".
    #[must_use]
    pub fn when_it_is(&self, content: &Content) -> String {
        let takes_place = takes_place(content.kind);
        match (content.opens_at.filter(|_| takes_place), &content.closes_at) {
            (Some(begins), Some(ends)) => self.span(begins, *ends),
            (Some(begins), None) => self.moment(&begins),
            (None, Some(ends)) if takes_place => self.fill("when-until", &[("when", &self.moment(ends))]),
            (None, Some(closes)) => self.moment(closes),
            (None, None) if content.kind == OpportunityKind::Call => self.get("when-no-deadline"),
            (None, None) => String::new(),
        }
    }

    /// From when an opportunity is open, in words; empty where [`Texts::when`] says it.
    #[must_use]
    pub fn opening(&self, content: &Content) -> String {
        let opens = content.opens_at.as_ref().filter(|_| !takes_place(content.kind));
        opens.map(|opens| self.moment(opens)).unwrap_or_default()
    }
}

/// The key of what its dates are called as a fact: "Scadenza", or "Quando".
#[must_use]
pub const fn when_key(kind: OpportunityKind) -> &'static str {
    if takes_place(kind) {
        "fact-when"
    } else {
        "fact-deadline"
    }
}
