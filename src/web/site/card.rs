// SPDX-License-Identifier: EUPL-1.2
//! An opportunity in a few lines, as lists show it: what it is, until when, and about what.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;
use crate::domain::opportunity::{Opportunity, OpportunityKind, Status};
use crate::domain::vocabulary::Vocabulary;
use crate::texts::{Texts, kind_key, shorten};
use crate::urls::opportunity_path;

/// Within how many days of its deadline an opportunity is about to close.
const CLOSING_SOON: TimeDelta = TimeDelta::days(7);

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
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Until when, in words; empty where there is no deadline to speak of.
    pub deadline: String,
    /// Until when, for programs.
    pub deadline_date: String,
    /// Who offers it.
    pub publisher: String,
    /// About what: code and name.
    pub topics: Vec<(String, String)>,
}

/// Where an opportunity is in its life, as its dates say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It opens later.
    Announced,
    /// It is open.
    Open,
    /// It closes within a week.
    Closing,
    /// It has closed.
    Closed,
    /// Its funds are used up.
    Exhausted,
    /// It was taken back.
    Withdrawn,
}

impl Standing {
    /// The standing of an opportunity at `now`.
    #[must_use]
    pub fn of(opportunity: &Opportunity, now: Timestamp) -> Self {
        let content = &opportunity.content;
        match opportunity.status {
            Status::Withdrawn => Self::Withdrawn,
            Status::Closed => Self::Closed,
            Status::Exhausted => Self::Exhausted,
            _ if content.is_past(now) => Self::Closed,
            _ if content.opens_at.is_some_and(|opens| opens > now) => Self::Announced,
            _ if content
                .closes_at
                .is_some_and(|closes| closes.since(now) <= CLOSING_SOON) =>
            {
                Self::Closing
            }
            _ => Self::Open,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Announced => "standing-announced",
            Self::Open => "standing-open",
            Self::Closing => "standing-closing",
            Self::Closed => "standing-closed",
            Self::Exhausted => "standing-exhausted",
            Self::Withdrawn => "standing-withdrawn",
        }
    }

    /// The class of its chip.
    #[must_use]
    pub const fn chip(&self) -> &'static str {
        match self {
            Self::Announced => "chip-primary",
            Self::Open => "chip-success",
            Self::Closing => "chip-danger",
            Self::Closed | Self::Exhausted | Self::Withdrawn => "chip-secondary",
        }
    }

    /// Whether it is about to close.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        *self == Self::Closing
    }
}

impl Card {
    /// The card of an opportunity.
    #[must_use]
    pub fn new(opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary, now: Timestamp) -> Self {
        let content = &opportunity.content;
        let standing = Standing::of(opportunity, now);
        let dated = content.closes_at.is_some() || content.kind == OpportunityKind::Call;
        let has_standing =
            matches!(content.kind, OpportunityKind::Call | OpportunityKind::Service) || standing == Standing::Closed;
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
            standing_name: if dated && has_standing {
                texts.get(standing.key())
            } else {
                String::new()
            },
            title: content.title.clone(),
            summary: summary(opportunity),
            deadline: if dated {
                texts.deadline(opportunity)
            } else {
                String::new()
            },
            deadline_date: content
                .closes_at
                .as_ref()
                .map(|closes| texts.iso_date(closes))
                .unwrap_or_default(),
            publisher: content.publisher.clone(),
            topics: topics.collect(),
        }
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
