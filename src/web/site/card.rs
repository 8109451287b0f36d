// SPDX-License-Identifier: EUPL-1.2
//! An opportunity in a few lines, as lists show it: what it is, until when, and about what.

use crate::domain::clock::Timestamp;
use crate::domain::opportunity::{Opportunity, OpportunityKind};
use crate::domain::standing::Standing;
use crate::domain::vocabulary::Vocabulary;
use crate::texts::{Texts, kind_key, shorten, when_key};
use crate::urls::opportunity_path;

/// An opportunity in a few lines.
#[derive(Debug, Clone)]
pub struct Card {
    /// The path of its page.
    pub path: String,
    /// What kind it is.
    pub kind: String,
    /// Where it is in its life.
    pub standing: Standing,
    /// The name of its standing; empty for what has no dates.
    pub standing_name: String,
    /// The class of the chip that shows it.
    pub chip: &'static str,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Until when it is open, or when it takes place, in words; empty where there is no date to speak of.
    pub when: String,
    /// The date in it, for programs; empty where there is none, or more than one.
    pub when_date: String,
    /// Until when it is open, or when it takes place, as a fact: name, value, and the date in it for programs.
    pub when_fact: (String, String, String),
    /// Who offers it.
    pub publisher: String,
    /// About what: code and name.
    pub topics: Vec<(String, String)>,
}

/// The class of the chip of a standing.
const fn chip(standing: Standing) -> &'static str {
    match standing {
        Standing::Announced => "chip-primary",
        Standing::Open => "chip-success",
        Standing::Closing => "chip-danger",
        Standing::Closed | Standing::Exhausted | Standing::Withdrawn => "chip-secondary",
    }
}

impl Card {
    /// The card of an opportunity.
    #[must_use]
    pub fn new(opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary, now: Timestamp) -> Self {
        let content = &opportunity.content;
        let standing = Standing::of(opportunity, now);
        let dated = opportunity.has_date() || content.kind == OpportunityKind::Call;
        let has_standing = matches!(content.kind, OpportunityKind::Call | OpportunityKind::Service);
        let topics = content.criteria.topics.iter().map(|id| {
            (
                vocabulary.topics.code(*id).to_owned(),
                vocabulary.topics.name(*id, texts.language).to_owned(),
            )
        });
        Self {
            path: opportunity_path(opportunity),
            kind: texts.get(kind_key(content.kind)),
            standing,
            chip: chip(standing),
            standing_name: if standing.is_over() || (dated && has_standing) {
                texts.get(&format!("standing-{}", standing.code()))
            } else {
                String::new()
            },
            title: content.title.clone(),
            summary: summary(opportunity),
            when: if dated {
                when(opportunity, standing, texts)
            } else {
                String::new()
            },
            when_date: when_date(opportunity, standing, texts),
            when_fact: (
                texts.get(when_key(content.kind)),
                texts.when_it_is(content),
                iso_date(only_date(opportunity), texts),
            ),
            publisher: content.publisher.clone(),
            topics: topics.collect(),
        }
    }
}

/// Whether a card says when it opens, and not until when it is open.
fn says_opening(opportunity: &Opportunity, standing: Standing, texts: Texts) -> bool {
    standing == Standing::Announced && !texts.opening(&opportunity.content).is_empty()
}

/// What its date is, in words: when it opens, as long as it has not.
fn when(opportunity: &Opportunity, standing: Standing, texts: Texts) -> String {
    if says_opening(opportunity, standing, texts) {
        texts.fill("when-opens", &[("when", &texts.opening(&opportunity.content))])
    } else {
        texts.when(opportunity)
    }
}

/// The date in those words, for programs.
fn when_date(opportunity: &Opportunity, standing: Standing, texts: Texts) -> String {
    let date = if says_opening(opportunity, standing, texts) {
        opportunity.content.opens_at
    } else {
        only_date(opportunity)
    };
    iso_date(date, texts)
}

fn iso_date(date: Option<Timestamp>, texts: Texts) -> String {
    date.map(|date| texts.iso_date(&date)).unwrap_or_default()
}

/// The one date that an opportunity is open until, or takes place at.
fn only_date(opportunity: &Opportunity) -> Option<Timestamp> {
    let content = &opportunity.content;
    match (content.kind, content.opens_at, content.closes_at) {
        (OpportunityKind::Event | OpportunityKind::Alert, Some(_), Some(_)) => None,
        (OpportunityKind::Event, begins, ends) => begins.or(ends),
        (_, _, ends) => ends,
    }
}

/// Its summary, or the beginning of its text.
fn summary(opportunity: &Opportunity) -> String {
    let content = &opportunity.content;
    let text = if content.summary.is_empty() {
        &content.body
    } else {
        &content.summary
    };
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    shorten(line.trim_start_matches(['#', '*', '-', '>', ' ']), 180)
}
