// SPDX-License-Identifier: EUPL-1.2
//! An opportunity as staff read it before and after publishing: every fact with its name, and what is still missing.

use crate::domain::opportunity::{Content, Document, Opportunity, Unpublishable};
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::texts::{Texts, kind_key, shorten, when_key};
use crate::web::admin::opportunities::title;
use crate::web::prose::prose;
use crate::web::site::answers::FieldError;
use crate::web::site::opportunities::audience_key;

/// How many terms are named before the rest is only counted.
const NAMED: usize = 30;

/// The most of a title that the way to a page shows: one word as long as that still fits the narrowest screens.
const LONGEST_CRUMB: usize = 30;

/// An opportunity in words.
#[derive(Debug)]
pub struct Facts {
    /// Its title.
    pub title: String,
    /// Its title for the way to the page.
    pub short_title: String,
    /// Its summary.
    pub summary: String,
    /// Its body, as people will read it: safe HTML.
    pub body: String,
    /// Where to read on.
    pub link: Option<String>,
    /// What goes with it.
    pub documents: Vec<Document>,
    /// What it is: name and value.
    pub about: Vec<(String, String)>,
    /// Whom it concerns: name and value.
    pub criteria: Vec<(String, String)>,
}

impl Facts {
    /// The facts of an opportunity.
    #[must_use]
    pub fn new(opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary) -> Self {
        let content = &opportunity.content;
        Self {
            short_title: short_title(&title(opportunity, texts)),
            title: title(opportunity, texts),
            summary: content.summary.clone(),
            body: prose(&content.body),
            link: content.link.clone(),
            documents: content.documents.clone(),
            about: stated(texts, about(opportunity, texts)),
            criteria: stated(texts, criteria(content, texts, vocabulary)),
        }
    }
}

/// A title for the way to a page.
#[must_use]
pub fn short_title(title: &str) -> String {
    shorten(title, LONGEST_CRUMB)
}

/// Those that say something, with their names for their keys.
fn stated<const N: usize>(texts: Texts, facts: [(&str, String); N]) -> Vec<(String, String)> {
    let stated = facts.into_iter().filter(|(_, value)| !value.is_empty());
    stated.map(|(key, value)| (texts.get(key), value)).collect()
}

fn about(opportunity: &Opportunity, texts: Texts) -> [(&'static str, String); 9] {
    let content = &opportunity.content;
    let money = |cents: Option<i64>| cents.as_ref().map(|cents| texts.money(cents)).unwrap_or_default();
    [
        ("staff-kind", texts.get(kind_key(content.kind))),
        (when_key(content.kind), texts.when_it_is(content)),
        ("fact-opens", texts.opening(content)),
        ("staff-dates-note", content.dates_note.clone()),
        ("staff-amount-total", money(content.amount.total)),
        ("staff-amount-minimum", money(content.amount.minimum)),
        ("staff-amount-maximum", money(content.amount.maximum)),
        ("staff-place", content.place.clone()),
        ("staff-publisher", content.publisher.clone()),
    ]
}

fn criteria(content: &Content, texts: Texts, vocabulary: &Vocabulary) -> [(&'static str, String); 7] {
    let criteria = &content.criteria;
    let kinds: Vec<String> = criteria
        .audience
        .iter()
        .map(|kind| texts.get(audience_key(*kind)))
        .collect();
    let audience = if kinds.is_empty() {
        texts.get("staff-everyone")
    } else {
        kinds.join(", ")
    };
    let areas = criteria.areas.iter().map(|id| texts.area(*id, vocabulary));
    [
        ("staff-audience", audience),
        (
            "staff-topics",
            few(names(&vocabulary.topics, &criteria.topics, texts), texts),
        ),
        ("staff-areas", few(areas.collect(), texts)),
        (
            "staff-organisation-types",
            few(
                names(&vocabulary.organisation_types, &criteria.organisation_types, texts),
                texts,
            ),
        ),
        (
            "staff-company-sizes",
            few(names(&vocabulary.company_sizes, &criteria.company_sizes, texts), texts),
        ),
        (
            "staff-sectors",
            few(names(&vocabulary.sectors, &criteria.sectors, texts), texts),
        ),
        (
            "staff-ages",
            few(names(&vocabulary.age_bands, &criteria.ages, texts), texts),
        ),
    ]
}

fn names<'a, T: Term>(terms: &Terms<T>, ids: impl IntoIterator<Item = &'a T::Id>, texts: Texts) -> Vec<String>
where
    T::Id: 'a,
{
    ids.into_iter()
        .map(|id| terms.name(*id, texts.language).to_owned())
        .collect()
}

fn few(mut names: Vec<String>, texts: Texts) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(texts.count("staff-more", i64::try_from(more).unwrap_or(i64::MAX)));
    }
    names.join(" · ")
}

/// What a draft still lacks before it can be published: where in the editor, and what to do.
#[must_use]
pub fn missing(content: &Content, texts: Texts) -> Vec<FieldError> {
    let reasons = content.unpublishable().into_iter().map(|reason| match reason {
        Unpublishable::NoTitle => ("title", "staff-missing-title"),
        Unpublishable::NoTopic => ("topics", "staff-missing-topic"),
        Unpublishable::NoArea => ("areas", "staff-missing-area"),
        Unpublishable::ClosesBeforeOpening => ("closes_on", "staff-error-closes-early"),
    });
    let open = content
        .criteria
        .leaves_audience_open()
        .then_some(("audience", "staff-missing-audience"));
    reasons
        .chain(open)
        .map(|(field, key)| FieldError::new(field, texts.get(key)))
        .collect()
}
