// SPDX-License-Identifier: EUPL-1.2
//! The questions about a profile: how they look, what was answered, and what is wrong with an answer.
//!
//! Signing up and the private page ask the same questions. Nothing that was typed is ever lost.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::app::App;
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::services::choices::ChoiceCodes;
use crate::services::find_area::{area_label, find_area};
use crate::services::former_municipalities::find_former;
use crate::services::{Error, Refusal};
use crate::storage::profiles::Choices;
use crate::texts::Texts;
use crate::web::error::refusal_key;
use crate::web::page::Page;
use crate::web::topic_tree::TopicTree;

/// The answers, as a form sends them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// Which persona.
    pub kind: String,
    /// The code of a type of organisation.
    pub organisation_type: String,
    /// The code of a size.
    pub company_size: String,
    /// The code of a band of ages.
    pub age_band: String,
    /// Codes of sectors.
    pub sectors: Vec<String>,
    /// Codes of areas that were chosen before or are offered.
    pub areas: Vec<String>,
    /// Names of places, as typed.
    pub place: Vec<String>,
    /// Codes of topics.
    pub topics: Vec<String>,
    /// How soon.
    pub frequency: String,
    /// By which ways: see [`WAYS`].
    pub way: String,
    /// Where to write; asked when signing up only.
    pub email: String,
    /// `yes` when the consent was given; asked when signing up only.
    pub consent: String,
}

/// The ways that a person can choose between: name and the channels that it stands for.
pub const WAYS: [(&str, &[&str]); 5] = [
    ("push-first", &["web_push", "email_fallback"]),
    ("both", &["web_push", "email"]),
    ("email", &["email"]),
    ("push", &["web_push"]),
    ("none", &[]),
];

/// How many places are read of one form, which has two fields for them: each is looked for among eight thousand.
const MOST_PLACES: usize = 10;

/// An answer that cannot be used: the id of its field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The id of the field.
    pub field: String,
    /// What to do.
    pub message: String,
}

impl FieldError {
    /// An error at a field.
    #[must_use]
    pub fn new(field: &str, message: String) -> Self {
        Self {
            field: field.to_owned(),
            message,
        }
    }
}

impl Answers {
    /// The answers that a profile was made of.
    #[must_use]
    pub fn of(codes: ChoiceCodes) -> Self {
        let own: BTreeSet<&str> = codes.channels.iter().map(String::as_str).collect();
        let way = WAYS
            .iter()
            .find(|(_, channels)| channels.iter().copied().collect::<BTreeSet<_>>() == own);
        Self {
            way: way.map_or("both", |(name, _)| *name).to_owned(),
            kind: codes.kind,
            organisation_type: codes.organisation_type,
            company_size: codes.company_size,
            age_band: codes.age_band,
            sectors: codes.sectors,
            areas: codes.areas,
            topics: codes.topics,
            frequency: codes.frequency,
            ..Self::default()
        }
    }

    /// The first place typed that was a municipality once, ready to be a parameter of an address; empty without one.
    #[must_use]
    pub fn former_place(&self, vocabulary: &Vocabulary) -> String {
        let typed = self.place.iter().take(MOST_PLACES);
        let is_former = |text: &&String| {
            find_former(&vocabulary.areas, text).is_some_and(|(_, now)| find_area(&vocabulary.areas, text) == Some(now.id))
        };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(place) = typed.filter(|text| !text.trim().is_empty()).find(is_former) {
            query.append_pair("place", place.trim());
        }
        query.finish()
    }

    /// The choices that the answers stand for.
    ///
    /// # Errors
    /// Every answer that cannot be used.
    pub fn resolve(&self, texts: Texts, vocabulary: &Vocabulary) -> Result<Choices, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut areas = self.areas.clone();
        for (at, typed) in self
            .place
            .iter()
            .take(MOST_PLACES)
            .enumerate()
            .filter(|(_, typed)| !typed.trim().is_empty())
        {
            if let Some(id) = find_area(&vocabulary.areas, typed) {
                areas.push(vocabulary.areas.code(id).to_owned());
            } else {
                let message = texts.fill("form-unknown-place", &[("place", typed.trim())]);
                errors.push(FieldError::new(&format!("place-{}", at + 1), message));
            }
        }
        let way = WAYS.iter().find(|(name, _)| *name == self.way);
        let codes = ChoiceCodes {
            kind: self.kind.clone(),
            areas,
            topics: self.topics.clone(),
            sectors: self.sectors.clone(),
            organisation_type: self.organisation_type.clone(),
            company_size: self.company_size.clone(),
            age_band: self.age_band.clone(),
            frequency: self.frequency.clone(),
            channels: way
                .map_or(&[][..], |(_, channels)| channels)
                .iter()
                .map(|&code| code.to_owned())
                .collect(),
        };
        match codes.resolve(vocabulary) {
            Ok(choices) if errors.is_empty() => return Ok(choices),
            Ok(_) => {}
            Err(error) => errors.push(field_error(&error, texts)),
        }
        Err(errors)
    }
}

/// What a place that was a municipality once is part of today, in a sentence; `None` for every other text.
#[must_use]
pub fn told_of_former(texts: Texts, vocabulary: &Vocabulary, place: &str) -> Option<String> {
    let (former, area) = find_former(&vocabulary.areas, place)?;
    let now = area_label(&vocabulary.areas, area, texts.language);
    Some(texts.fill("place-now-part-of", &[("former", &former.name), ("place", &now)]))
}

fn field_error(error: &Error, texts: Texts) -> FieldError {
    match error {
        Error::Refused(Refusal::NoTopic) => FieldError::new("topics", texts.get("refusal-no-topic")),
        Error::Refused(Refusal::UnknownCode(unknown)) if unknown.facet == "kind" => {
            FieldError::new("kind", texts.get("form-no-kind"))
        }
        Error::Refused(refusal) => FieldError::new("topics", texts.get(refusal_key(refusal))),
        _ => FieldError::new("topics", texts.get("error-unexpected")),
    }
}

/// One thing that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its code.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What to know about it; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The questions with what can be chosen and what is.
#[derive(Debug, Clone)]
pub struct Questions {
    /// Which persona.
    pub kinds: Vec<Choice>,
    /// Which type of organisation.
    pub organisation_types: Vec<Choice>,
    /// Which size.
    pub company_sizes: Vec<Choice>,
    /// Which age.
    pub age_bands: Vec<Choice>,
    /// Which sectors: the sections.
    pub sectors: Vec<Choice>,
    /// Areas to keep or to tick.
    pub areas: Vec<Choice>,
    /// The two fields for places, as typed.
    pub places: [String; 2],
    /// Whether everything is followed.
    pub everything: bool,
    /// The topics.
    pub topics: TopicTree,
    /// How soon.
    pub frequencies: Vec<Choice>,
    /// By which ways.
    pub ways: Vec<Choice>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

impl Questions {
    /// The questions with these answers.
    #[must_use]
    pub fn new(app: &App, page: &Page, answers: &Answers, errors: Vec<FieldError>) -> Self {
        let (texts, vocabulary) = (page.texts, app.vocabulary());
        let everything = crate::domain::vocabulary::EVERYTHING;
        let keyed = |code: &str, prefix: &str, chosen: bool| Choice {
            code: code.to_owned(),
            name: texts.get(&format!("{prefix}-{code}")),
            hint: hint(texts, &format!("{prefix}-{code}-hint")),
            chosen,
        };
        let kind = if answers.kind.is_empty() {
            ProfileKind::Citizen.code()
        } else {
            &answers.kind
        };
        let frequency = if answers.frequency.is_empty() {
            Frequency::Immediate.code()
        } else {
            &answers.frequency
        };
        let way = if answers.way.is_empty() {
            "push-first"
        } else {
            &answers.way
        };
        let sections = vocabulary.sectors.children(None);
        let own_divisions = vocabulary
            .sectors
            .iter()
            .filter(|it| it.parent.is_some() && answers.sectors.contains(&it.code));
        Self {
            kinds: ProfileKind::ALL
                .iter()
                .map(|it| keyed(it.code(), "kind-of-person", it.code() == kind))
                .collect(),
            organisation_types: listed(&vocabulary.organisation_types, texts, &answers.organisation_type),
            company_sizes: listed(&vocabulary.company_sizes, texts, &answers.company_size),
            age_bands: listed(&vocabulary.age_bands, texts, &answers.age_band),
            sectors: sections
                .chain(own_divisions)
                .map(|it| term(it, texts, answers.sectors.contains(&it.code)))
                .collect(),
            areas: areas(app, texts, &vocabulary, &answers.areas),
            places: [0, 1].map(|at| answers.place.get(at).cloned().unwrap_or_default()),
            everything: answers.topics.iter().any(|code| code == everything),
            topics: TopicTree::new(&vocabulary, texts.language, &answers.topics),
            frequencies: Frequency::ALL
                .iter()
                .map(|it| keyed(it.code(), "frequency", it.code() == frequency))
                .collect(),
            ways: WAYS.iter().map(|(name, _)| keyed(name, "way", *name == way)).collect(),
            errors,
        }
    }

    /// What is wrong with the field; empty when nothing is.
    #[must_use]
    pub fn error(&self, field: &str) -> &str {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map_or("", |error| &error.message)
    }
}

fn hint(texts: Texts, key: &str) -> String {
    if texts.has(key) { texts.get(key) } else { String::new() }
}

fn term<T: Term>(term: &T, texts: Texts, chosen: bool) -> Choice {
    let name = term.names().of(texts.language).to_owned();
    Choice {
        code: term.code().to_owned(),
        name,
        hint: String::new(),
        chosen,
    }
}

fn listed<T: Term>(terms: &Terms<T>, texts: Texts, chosen: &str) -> Vec<Choice> {
    terms.iter().map(|it| term(it, texts, it.code() == chosen)).collect()
}

/// The areas that were chosen before, and the body's own area to choose as a whole.
fn areas(app: &App, texts: Texts, vocabulary: &Vocabulary, chosen: &[String]) -> Vec<Choice> {
    let home = &app.config.home_area;
    let offered = chosen.iter().filter(|code| *code != home).chain(std::iter::once(home));
    let known = offered.filter_map(|code| vocabulary.areas.by_code(code));
    known
        .map(|area| Choice {
            code: area.code.clone(),
            name: area_label(&vocabulary.areas, area, texts.language),
            hint: if area.code == *home {
                texts.get("form-whole-area-hint")
            } else {
                String::new()
            },
            chosen: chosen.contains(&area.code),
        })
        .collect()
}
