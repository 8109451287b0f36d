// SPDX-License-Identifier: EUPL-1.2
//! What an editor typed about an opportunity: what the form shows of a draft, and the content that it stands for.
//!
//! Everything is kept as it was typed, so that nothing is lost when something is wrong with it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::domain::clock::Timestamp;
use crate::domain::criteria::{Criteria, resolve};
use crate::domain::language::Language;
use crate::domain::local_time::{end_of_day, instant_of, is_end_of_day, local, start_of_day};
use crate::domain::opportunity::{Amount, Content, OpportunityKind};
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::services::find_area::find_area;
use crate::texts::Texts;
use crate::web::admin::documents::{self, DocumentRow};
use crate::web::admin::typed::{self, BadAmount};
use crate::web::site::answers::FieldError;

/// The longest line of text: title, publisher, place, note on dates.
const LONGEST_LINE: usize = 200;

/// The longest summary.
const LONGEST_SUMMARY: usize = 1_000;

/// The longest body.
const LONGEST_BODY: usize = 50_000;

/// The longest address.
const LONGEST_LINK: usize = 2_000;

/// The longest thing that an editor says about a change: it is read on a phone.
pub const LONGEST_NOTE: usize = 500;

/// The fields of the form, as it sends them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OpportunityForm {
    /// The code of a kind of opportunity.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Who offers it.
    pub publisher: String,
    /// Where to read on.
    pub link: String,
    /// Titles of documents.
    pub document_title: Vec<String>,
    /// Their addresses, in the same order.
    pub document_link: Vec<String>,
    /// Where it happens.
    pub place: String,
    /// Euros in all.
    pub amount_total: String,
    /// Euros for one applicant, at least.
    pub amount_minimum: String,
    /// Euros for one applicant, at most.
    pub amount_maximum: String,
    /// The date from which it is open.
    pub opens_on: String,
    /// The time of that day, if not its beginning.
    pub opens_at: String,
    /// The date until which it is open.
    pub closes_on: String,
    /// The time of that day, if not its end.
    pub closes_at: String,
    /// What the dates alone do not say.
    pub dates_note: String,
    /// Codes of topics.
    pub topics: Vec<String>,
    /// Codes of areas to keep.
    pub areas: Vec<String>,
    /// Names of areas to add, parted by commas.
    pub more_areas: String,
    /// Codes of kinds of profile.
    pub audience: Vec<String>,
    /// Codes of types of organisation.
    pub organisation_types: Vec<String>,
    /// Codes of sizes.
    pub company_sizes: Vec<String>,
    /// Codes of sectors.
    pub sectors: Vec<String>,
    /// Codes of bands of ages.
    pub ages: Vec<String>,
    /// What an editor says about a change of something public.
    pub note: String,
    /// Which button was pressed.
    pub action: String,
}

impl OpportunityForm {
    /// The form of content that was saved.
    #[must_use]
    pub fn of(content: &Content, texts: Texts, vocabulary: &Vocabulary) -> Self {
        let zone = texts.zone;
        let criteria = content.criteria.to_codes(vocabulary);
        let (opens, closes) = (content.opens_at, content.closes_at);
        let euros = |cents: Option<i64>| cents.map(|cents| euros(cents, texts.language)).unwrap_or_default();
        let starts_the_day = |at: &Timestamp| local(*at, zone).num_seconds_from_midnight() == 0;
        Self {
            kind: content.kind.code().to_owned(),
            title: content.title.clone(),
            summary: content.summary.clone(),
            body: content.body.clone(),
            publisher: content.publisher.clone(),
            link: content.link.clone().unwrap_or_default(),
            document_title: content.documents.iter().map(|it| it.title.clone()).collect(),
            document_link: content.documents.iter().map(|it| it.link.clone()).collect(),
            place: content.place.clone(),
            amount_total: euros(content.amount.total),
            amount_minimum: euros(content.amount.minimum),
            amount_maximum: euros(content.amount.maximum),
            opens_on: opens.map(|at| shown(at, zone, "%Y-%m-%d")).unwrap_or_default(),
            opens_at: opens
                .filter(|at| !starts_the_day(at))
                .map(|at| shown(at, zone, "%H:%M"))
                .unwrap_or_default(),
            closes_on: closes.map(|at| shown(at, zone, "%Y-%m-%d")).unwrap_or_default(),
            closes_at: closes
                .filter(|at| !is_end_of_day(*at, zone))
                .map(|at| shown(at, zone, "%H:%M"))
                .unwrap_or_default(),
            dates_note: content.dates_note.clone(),
            topics: criteria.topics,
            areas: criteria.areas,
            more_areas: String::new(),
            audience: criteria.audience,
            organisation_types: criteria.organisation_types,
            company_sizes: criteria.company_sizes,
            sectors: criteria.sectors,
            ages: criteria.ages,
            note: String::new(),
            action: String::new(),
        }
    }

    /// The rows of its documents.
    #[must_use]
    pub fn documents(&self) -> Vec<DocumentRow> {
        documents::rows(&self.document_title, &self.document_link)
    }

    /// Turns the names of areas that are known into chosen areas; those that are not stay as they were typed.
    pub fn add_areas(&mut self, vocabulary: &Vocabulary) {
        let mut unknown = Vec::new();
        for name in self
            .more_areas
            .split([',', ';', '\n'])
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            match find_area(&vocabulary.areas, name).map(|id| vocabulary.areas.code(id)) {
                Some(code) if self.areas.iter().any(|chosen| chosen == code) => {}
                Some(code) => self.areas.push(code.to_owned()),
                None => unknown.push(name),
            }
        }
        self.more_areas = unknown.join(", ");
    }

    /// What is wrong with the names of areas that are left after [`Self::add_areas`].
    #[must_use]
    pub fn unknown_areas(&self, texts: Texts) -> Option<FieldError> {
        let sentence = || texts.fill("staff-error-unknown-area", &[("names", &self.more_areas)]);
        (!self.more_areas.is_empty()).then(|| FieldError::new("more_areas", sentence()))
    }

    /// The content that the form stands for.
    ///
    /// # Errors
    /// Everything that cannot be used, in the order of the page.
    pub fn read(&self, texts: Texts, vocabulary: &Vocabulary) -> Result<Content, Vec<FieldError>> {
        let mut reading = Reading {
            texts,
            vocabulary,
            errors: Vec::new(),
        };
        let content = reading.content(self);
        if reading.errors.is_empty() {
            Ok(content)
        } else {
            Err(reading.errors)
        }
    }
}

/// The key of what a field is called.
#[must_use]
pub fn label_key(field: &str) -> String {
    // The fields of a list have a number each, and one name.
    let field = field.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '-');
    format!("staff-{}", field.replace('_', "-"))
}

fn shown(at: Timestamp, zone: Tz, format: &str) -> String {
    local(at, zone).format(format).to_string()
}

/// An amount as people type it.
fn euros(cents: i64, language: Language) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    match (rest, language) {
        (0, _) => whole.to_string(),
        (_, Language::Italian | Language::Added(_)) => format!("{whole},{rest:02}"),
        (_, Language::English) => format!("{whole}.{rest:02}"),
    }
}

/// Reads field after field and notes what is wrong.
struct Reading<'a> {
    texts: Texts,
    vocabulary: &'a Vocabulary,
    errors: Vec<FieldError>,
}

impl Reading<'_> {
    fn content(&mut self, form: &OpportunityForm) -> Content {
        let kind = self.kind(&form.kind);
        let title = self.line("title", &form.title);
        let summary = self.within("summary", typed::lines(&form.summary), LONGEST_SUMMARY);
        let body = self.within("body", typed::lines(&form.body), LONGEST_BODY);
        self.within("note", typed::lines(&form.note), LONGEST_NOTE);
        let publisher = self.line("publisher", &form.publisher);
        let link = self.link(&form.link);
        let documents = documents::read(&form.document_title, &form.document_link, self.texts, &mut self.errors);
        let place = self.line("place", &form.place);
        let amount = self.amount(form);
        let opens_at = self.moment(("opens_on", &form.opens_on), ("opens_at", &form.opens_at), start_of_day);
        let closes_at = self.moment(
            ("closes_on", &form.closes_on),
            ("closes_at", &form.closes_at),
            end_of_day,
        );
        if matches!((opens_at, closes_at), (Some(opens), Some(closes)) if closes < opens) {
            self.wrong("closes_on", "staff-error-closes-early");
        }
        let dates_note = self.line("dates_note", &form.dates_note);
        let criteria = self.criteria(form);
        Content {
            kind,
            title,
            summary,
            body,
            publisher,
            link,
            documents,
            place,
            dates_note,
            opens_at,
            closes_at,
            amount,
            criteria,
        }
    }

    fn wrong(&mut self, field: &str, key: &str) {
        self.errors.push(FieldError::new(field, self.texts.get(key)));
    }

    fn kind(&mut self, code: &str) -> OpportunityKind {
        OpportunityKind::from_code(code).unwrap_or_else(|| {
            self.wrong("kind", "staff-error-no-kind");
            OpportunityKind::Call
        })
    }

    fn line(&mut self, field: &str, text: &str) -> String {
        self.within(field, typed::line(text), LONGEST_LINE)
    }

    fn within(&mut self, field: &str, text: String, longest: usize) -> String {
        let length = text.chars().count();
        if length > longest {
            let values = [("longest", &*longest.to_string()), ("length", &*length.to_string())];
            self.errors
                .push(FieldError::new(field, self.texts.fill("staff-error-too-long", &values)));
        }
        text
    }

    fn link(&mut self, text: &str) -> Option<String> {
        if text.trim().is_empty() {
            return None;
        }
        let link = typed::link(text).filter(|link| link.len() <= LONGEST_LINK);
        if link.is_none() {
            self.wrong("link", "staff-error-link");
        }
        link
    }

    fn amount(&mut self, form: &OpportunityForm) -> Amount {
        let amount = Amount {
            total: self.cents("amount_total", &form.amount_total),
            minimum: self.cents("amount_minimum", &form.amount_minimum),
            maximum: self.cents("amount_maximum", &form.amount_maximum),
        };
        if matches!((amount.minimum, amount.maximum), (Some(least), Some(most)) if least > most) {
            self.wrong("amount_maximum", "staff-error-amounts-crossed");
        }
        amount
    }

    fn cents(&mut self, field: &str, text: &str) -> Option<i64> {
        if text.trim().is_empty() {
            return None;
        }
        match typed::cents(text) {
            Ok(cents) => return Some(cents),
            Err(BadAmount::Negative) => self.wrong(field, "staff-error-amount-negative"),
            Err(BadAmount::NoNumber) => self.wrong(field, "staff-error-amount"),
        }
        None
    }

    /// The instant of a date and an optional time; `whole_day` says what a date alone means.
    fn moment(
        &mut self,
        (date_field, date): (&str, &str),
        (time_field, time): (&str, &str),
        whole_day: fn(NaiveDate, Tz) -> Timestamp,
    ) -> Option<Timestamp> {
        let (has_date, has_time) = (!date.trim().is_empty(), !time.trim().is_empty());
        let (day, hour) = (typed::date(date), typed::time(time));
        if has_date && day.is_none() {
            self.wrong(date_field, "staff-error-date");
        }
        if has_time && hour.is_none() {
            self.wrong(time_field, "staff-error-time");
        } else if has_time && !has_date {
            self.wrong(date_field, "staff-error-date-missing");
        }
        let zone = self.texts.zone;
        day.map(|day| hour.map_or_else(|| whole_day(day, zone), |hour| instant_of(day.and_time(hour), zone)))
    }

    fn criteria(&mut self, form: &OpportunityForm) -> Criteria {
        let vocabulary = self.vocabulary;
        let topics = self.terms("topics", &vocabulary.topics, &form.topics);
        let areas = self.terms("areas", &vocabulary.areas, &form.areas);
        self.errors.extend(form.unknown_areas(self.texts));
        Criteria {
            topics,
            areas,
            audience: self.audience(&form.audience),
            organisation_types: self.terms(
                "organisation_types",
                &vocabulary.organisation_types,
                &form.organisation_types,
            ),
            company_sizes: self.terms("company_sizes", &vocabulary.company_sizes, &form.company_sizes),
            sectors: self.terms("sectors", &vocabulary.sectors, &form.sectors),
            ages: self.terms("ages", &vocabulary.age_bands, &form.ages),
        }
    }

    fn audience(&mut self, codes: &[String]) -> BTreeSet<ProfileKind> {
        if let Some(code) = codes.iter().find(|code| ProfileKind::from_code(code).is_none()) {
            self.unknown_code("audience", code);
        }
        codes.iter().filter_map(|code| ProfileKind::from_code(code)).collect()
    }

    fn terms<T: Term>(&mut self, facet: &'static str, terms: &Terms<T>, codes: &[String]) -> BTreeSet<T::Id>
    where
        T::Id: Ord,
    {
        resolve(facet, terms, codes).unwrap_or_else(|unknown| {
            self.unknown_code(facet, &unknown.code);
            BTreeSet::new()
        })
    }

    fn unknown_code(&mut self, facet: &str, code: &str) {
        let sentence = self.texts.fill("staff-error-unknown-code", &[("code", code)]);
        self.errors.push(FieldError::new(facet, sentence));
    }
}

#[cfg(test)]
#[path = "opportunity_form_tests.rs"]
mod tests;
