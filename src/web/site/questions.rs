// SPDX-License-Identifier: EUPL-1.2
//! The questions about a profile: what can be chosen, what is, and what is wrong with an answer.
//!
//! Signing up and the private page ask the same questions.

use crate::app::App;
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::services::find_area::{area_label, similar_areas};
use crate::texts::Texts;
use crate::web::page::Page;
use crate::web::site::answers::{Answers, FieldError, MOST_PLACES, WAYS};
use crate::web::topic_tree::TopicTree;

/// How many places a misspelt name is taken to mean at most.
const MOST_MEANT: usize = 3;

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
    /// Which type of organisation, of operators.
    pub organisation_types: Vec<Choice>,
    /// Which type, of authorities.
    pub authority_types: Vec<Choice>,
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
        let kind = answers.likely_kind();
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
            organisation_types: types_of(ProfileKind::Operator, &vocabulary, texts, &answers.organisation_type),
            authority_types: types_of(ProfileKind::Authority, &vocabulary, texts, &answers.authority_type),
            company_sizes: listed(&vocabulary.company_sizes, texts, &answers.company_size),
            age_bands: listed(&vocabulary.age_bands, texts, &answers.age_band),
            sectors: sections
                .chain(own_divisions)
                .map(|it| term(it, texts, answers.sectors.contains(&it.code)))
                .collect(),
            areas: areas(app, texts, &vocabulary, answers),
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

/// The types of organisation that a kind of profile can be of.
fn types_of(kind: ProfileKind, vocabulary: &Vocabulary, texts: Texts, chosen: &str) -> Vec<Choice> {
    let types = vocabulary.organisation_types.iter();
    let own = types.filter(|it| it.owners.contains(&kind));
    own.map(|it| term(it, texts, it.code() == chosen)).collect()
}

/// The areas that were chosen before, those that a misspelt name may mean, and the body's own area as a whole.
fn areas(app: &App, texts: Texts, vocabulary: &Vocabulary, answers: &Answers) -> Vec<Choice> {
    let (home, chosen) = (&app.config.home_area, &answers.areas);
    let typed = answers.place.iter().take(MOST_PLACES);
    let typed = typed.filter(|typed| !typed.trim().is_empty());
    let meant = typed.flat_map(|typed| similar_areas(&vocabulary.areas, typed, MOST_MEANT));
    let offered = chosen.iter().chain(meant.map(|area| &area.code));
    let mut codes: Vec<&String> = Vec::new();
    for code in offered.filter(|code| *code != home).chain([home]) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let known = codes.into_iter().filter_map(|code| vocabulary.areas.by_code(code));
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
