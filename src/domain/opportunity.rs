// SPDX-License-Identifier: EUPL-1.2
//! What editors publish, and its life: draft, published, closed, withdrawn.

use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::criteria::{Criteria, CriteriaCodes, UnknownCode};
use crate::domain::ids::{OpportunityId, SourceId, Token};
use crate::domain::plain_letters::{legible, legible_line};
use crate::domain::vocabulary::Vocabulary;

/// What kind of opportunity it is. Kinds are not topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpportunityKind {
    /// A call for funding, a competition, a tender.
    Call,
    /// A service.
    Service,
    /// News.
    News,
    /// An event.
    Event,
    /// An alert: told only where it applies.
    Alert,
}

impl OpportunityKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Call, Self::Service, Self::News, Self::Event, Self::Alert];

    /// The word for it in files, commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Service => "service",
            Self::News => "news",
            Self::Event => "event",
            Self::Alert => "alert",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// Where an opportunity is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Only staff see it.
    Draft,
    /// Everybody sees it, and those it concerns are told.
    Published,
    /// Its deadline has passed: everybody sees it, nobody is told.
    Closed,
    /// Its funds are used up before the deadline: everybody sees it, nobody is told of it as new.
    Exhausted,
    /// Taken back: its page says so, nobody is told of it any more.
    Withdrawn,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Published,
        Self::Closed,
        Self::Exhausted,
        Self::Withdrawn,
    ];

    /// The word for it in files, commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Closed => "closed",
            Self::Exhausted => "exhausted",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// Whether everybody can read it.
    #[must_use]
    pub const fn is_public(self) -> bool {
        !matches!(self, Self::Draft)
    }
}

/// Money on offer, in whole euro cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Amount {
    /// All of it.
    pub total: Option<i64>,
    /// The least that one applicant gets.
    pub minimum: Option<i64>,
    /// The most that one applicant gets.
    pub maximum: Option<i64>,
}

/// Something to read or fill in that goes with an opportunity: the text of the call, a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// Where it is: an `https` or `http` address.
    pub link: String,
}

/// What an editor writes: everything that a revision saves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What kind it is.
    pub kind: OpportunityKind,
    /// One line of plain text.
    pub title: String,
    /// A few lines of plain text.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Who offers it.
    pub publisher: String,
    /// Where to read on or apply: an `https` or `http` address.
    pub link: Option<String>,
    /// What goes with it, in the order of the editor.
    pub documents: Vec<Document>,
    /// Where it happens, in words.
    pub place: String,
    /// What the dates alone do not say.
    pub dates_note: String,
    /// From when.
    pub opens_at: Option<Timestamp>,
    /// Until when, to the minute.
    pub closes_at: Option<Timestamp>,
    /// Money on offer.
    pub amount: Amount,
    /// Whom it concerns.
    pub criteria: Criteria,
}

/// The same content with codes instead of ids: what is kept of a revision and printed by commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentRecord {
    /// What kind it is.
    pub kind: OpportunityKind,
    /// One line of plain text.
    pub title: String,
    /// A few lines of plain text.
    pub summary: String,
    /// Markdown.
    pub body: String,
    /// Who offers it.
    pub publisher: String,
    /// Where to read on or apply.
    pub link: Option<String>,
    /// What goes with it.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// Where it happens, in words.
    #[serde(default)]
    pub place: String,
    /// What the dates alone do not say.
    #[serde(default)]
    pub dates_note: String,
    /// From when.
    pub opens_at: Option<Timestamp>,
    /// Until when.
    pub closes_at: Option<Timestamp>,
    /// Money on offer.
    #[serde(default)]
    pub amount: Amount,
    /// Whom it concerns, as codes.
    pub criteria: CriteriaCodes,
}

/// A reason why content cannot be published as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unpublishable {
    /// It has no title.
    #[error("it has no title")]
    NoTitle,
    /// Nobody could follow it.
    #[error("it has no topic")]
    NoTopic,
    /// It concerns no place; a national opportunity says Italy.
    #[error("it has no area")]
    NoArea,
    /// It would close before it opens.
    #[error("it closes before it opens")]
    ClosesBeforeOpening,
}

impl Content {
    /// Why it cannot be published; empty when it can.
    #[must_use]
    pub fn unpublishable(&self) -> Vec<Unpublishable> {
        let closes_early = matches!((self.opens_at, self.closes_at), (Some(opens), Some(closes)) if closes < opens);
        let reasons = [
            (self.title.trim().is_empty(), Unpublishable::NoTitle),
            (self.criteria.topics.is_empty(), Unpublishable::NoTopic),
            (self.criteria.areas.is_empty(), Unpublishable::NoArea),
            (closes_early, Unpublishable::ClosesBeforeOpening),
        ];
        let holding = reasons.into_iter().filter(|(holds, _)| *holds);
        holding.map(|(_, reason)| reason).collect()
    }

    /// Whether its deadline has passed at `now`.
    #[must_use]
    pub fn is_past(&self, now: Timestamp) -> bool {
        self.closes_at.is_some_and(|closes| closes < now)
    }

    /// The content with codes instead of ids.
    #[must_use]
    pub fn to_record(&self, vocabulary: &Vocabulary) -> ContentRecord {
        ContentRecord {
            kind: self.kind,
            title: self.title.clone(),
            summary: self.summary.clone(),
            body: self.body.clone(),
            publisher: self.publisher.clone(),
            link: self.link.clone(),
            documents: self.documents.clone(),
            place: self.place.clone(),
            dates_note: self.dates_note.clone(),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            amount: self.amount,
            criteria: self.criteria.to_codes(vocabulary),
        }
    }
}

impl ContentRecord {
    /// The content that this record describes; its texts hold nothing but text.
    ///
    /// # Errors
    /// The first code that its vocabulary does not know.
    pub fn resolve(self, vocabulary: &Vocabulary) -> Result<Content, UnknownCode> {
        Ok(Content {
            criteria: self.criteria.resolve(vocabulary)?,
            kind: self.kind,
            title: legible_line(&self.title),
            summary: legible(&self.summary),
            body: legible(&self.body),
            publisher: legible_line(&self.publisher),
            link: self.link,
            documents: self.documents,
            place: legible_line(&self.place),
            dates_note: legible(&self.dates_note),
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            amount: self.amount,
        })
    }
}

/// Where an imported opportunity comes from: unique together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The feed or register.
    pub source: SourceId,
    /// Its own key for the opportunity.
    pub source_key: String,
}

/// An opportunity as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opportunity {
    /// Its id.
    pub id: OpportunityId,
    /// Its name in addresses.
    pub token: Token,
    /// Where it is in its life.
    pub status: Status,
    /// How often its content was saved.
    pub revision: i64,
    /// What it says.
    pub content: Content,
    /// Where it was imported from.
    pub origin: Option<Origin>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was last saved.
    pub updated_at: Timestamp,
}

/// Why an opportunity cannot be published now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishRefusal {
    /// It is not a draft.
    #[error("it is already {}", .0.code())]
    NotADraft(Status),
    /// Something is missing or contradicts itself.
    #[error("it cannot be published: {}", sentence(.0))]
    Incomplete(Vec<Unpublishable>),
}

fn sentence(reasons: &[Unpublishable]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join(", ")
}

impl Opportunity {
    /// Whether it has a date that a calendar can hold: its deadline, its opening, or of an event its beginning.
    #[must_use]
    pub fn has_date(&self) -> bool {
        self.content.closes_at.is_some() || self.content.opens_at.is_some()
    }

    /// Whether people can be reminded of a date of it: news and alerts end, but nobody has to be there in time.
    #[must_use]
    pub fn is_reminded_of(&self) -> bool {
        let is_for_later = !matches!(self.content.kind, OpportunityKind::News | OpportunityKind::Alert);
        is_for_later && self.has_date()
    }

    /// The status that publishing the draft at `now` gives: closed at once if its deadline has passed.
    ///
    /// # Errors
    /// [`PublishRefusal`] when it is no draft or not complete.
    pub fn publish(&self, now: Timestamp) -> Result<Status, PublishRefusal> {
        if self.status != Status::Draft {
            return Err(PublishRefusal::NotADraft(self.status));
        }
        let missing = self.content.unpublishable();
        if !missing.is_empty() {
            return Err(PublishRefusal::Incomplete(missing));
        }
        Ok(if self.content.is_past(now) {
            Status::Closed
        } else {
            Status::Published
        })
    }
}
