// SPDX-License-Identifier: EUPL-1.2
//! What somebody answered about a profile: as a form or an address carries it, and the choices that it stands for.
//!
//! Nothing that was typed is ever lost: an answer that cannot be used stays as it is, beside what to do about it.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::vocabulary::Vocabulary;
use crate::services::choices::ChoiceCodes;
use crate::services::find_area::{area_label, find_area};
use crate::services::former_municipalities::find_former;
use crate::services::save_for_later::public_among;
use crate::services::{Error, Refusal};
use crate::texts::Texts;
use crate::web::error::refusal_key;

/// The answers, as a form sends them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// Which persona.
    pub kind: String,
    /// Which persona they are likely to be, as long as they have not said; what "tell me" of something suggests.
    pub suggested_kind: String,
    /// The code of a type of organisation; of an operator.
    pub organisation_type: String,
    /// The same of an authority, which is asked among other types.
    pub authority_type: String,
    /// The code of a size.
    pub company_size: String,
    /// The code of a band of ages.
    pub age_band: String,
    /// Codes of sectors.
    pub sectors: Vec<String>,
    /// Codes of areas that were chosen before or are offered.
    pub areas: Vec<String>,
    /// Names of places, as typed, as far as any name goes: addresses carry them from step to step.
    #[serde(deserialize_with = "places")]
    pub place: Vec<String>,
    /// Codes of topics.
    pub topics: Vec<String>,
    /// Ids of opportunities to save.
    pub saved: Vec<String>,
    /// How soon.
    pub frequency: String,
    /// By which ways: see [`WAYS`].
    pub way: String,
    /// Where to write; asked when signing up only.
    pub email: String,
    /// `yes` when the consent was given; asked when signing up only.
    pub consent: String,
    /// The step of signing up to go back to, by its word; what the buttons beside the answers say.
    pub change: String,
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
pub const MOST_PLACES: usize = 10;

/// How many opportunities one form saves: a person saves one at a time.
const MOST_SAVED: usize = 10;

/// The most characters that are read of a place: three times as many as the longest name has.
pub const LONGEST_PLACE: usize = 200;

/// A place as it was typed, as far as it is read.
#[must_use]
pub fn place(typed: &str) -> String {
    typed.chars().take(LONGEST_PLACE).collect()
}

/// Reads the places of a form.
fn places<'de, D: serde::Deserializer<'de>>(form: D) -> Result<Vec<String>, D::Error> {
    let typed = Vec::<String>::deserialize(form)?;
    Ok(typed.iter().take(MOST_PLACES).map(|it| place(it)).collect())
}

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
            authority_type: codes.organisation_type.clone(),
            organisation_type: codes.organisation_type,
            company_size: codes.company_size,
            age_band: codes.age_band,
            sectors: codes.sectors,
            areas: codes.areas,
            topics: codes.topics,
            saved: codes.saved.iter().map(ToString::to_string).collect(),
            frequency: codes.frequency,
            ..Self::default()
        }
    }

    /// The answers that the query of an address carries, but for what is asked on the last page only. What has one answer
    /// and comes twice counts as it came last.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let mut given = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.replace('\0', "");
            match &*name {
                "kind" => given.kind = value,
                "suggested_kind" => given.suggested_kind = value,
                "organisation_type" => given.organisation_type = value,
                "authority_type" => given.authority_type = value,
                "company_size" => given.company_size = value,
                "age_band" => given.age_band = value,
                "frequency" => given.frequency = value,
                "way" => given.way = value,
                "sectors" => given.sectors.push(value),
                "areas" => given.areas.push(value),
                "place" if given.place.len() < MOST_PLACES => given.place.push(place(&value)),
                "topics" => given.topics.push(value),
                "saved" => given.saved.push(value),
                _ => {}
            }
        }
        given
    }

    /// Leaves out every code that there is not, as an old or forged address may have.
    pub fn keep_known(&mut self, vocabulary: &Vocabulary) {
        self.topics.retain(|code| vocabulary.topics.by_code(code).is_some());
        self.areas.retain(|code| vocabulary.areas.by_code(code).is_some());
        self.sectors.retain(|code| vocabulary.sectors.by_code(code).is_some());
        for code in [&mut self.organisation_type, &mut self.authority_type] {
            if vocabulary.organisation_types.by_code(code).is_none() {
                code.clear();
            }
        }
        if vocabulary.company_sizes.by_code(&self.company_size).is_none() {
            self.company_size.clear();
        }
        if vocabulary.age_bands.by_code(&self.age_band).is_none() {
            self.age_band.clear();
        }
        if Frequency::from_code(&self.frequency).is_none() {
            self.frequency.clear();
        }
        for kind in [&mut self.kind, &mut self.suggested_kind] {
            if ProfileKind::from_code(kind).is_none() {
                kind.clear();
            }
        }
    }

    /// Leaves out of what is to be saved whatever nobody may read, and says what is left.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keep_public(&mut self, app: &App) -> Result<Vec<Opportunity>, Error> {
        let asked: Vec<OpportunityId> = self.saved_ids().into_iter().take(MOST_SAVED).collect();
        let public = public_among(app, &asked).await?;
        self.saved = public.iter().map(|it| it.id.to_string()).collect();
        Ok(public)
    }

    fn saved_ids(&self) -> BTreeSet<OpportunityId> {
        self.saved.iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// Which persona, as far as is known: nobody in particular is a citizen.
    #[must_use]
    pub fn likely_kind(&self) -> &str {
        let said = [&self.kind, &self.suggested_kind].into_iter().find(|it| !it.is_empty());
        said.map_or(ProfileKind::Citizen.code(), |it| it)
    }

    /// Takes the likely persona for the one that was not said.
    pub fn settle_kind(&mut self) {
        self.kind = self.likely_kind().to_owned();
    }

    /// Adds the topics and places of other answers.
    pub fn add(&mut self, others: &Self) {
        for (own, added) in [
            (&mut self.topics, &others.topics),
            (&mut self.areas, &others.areas),
            (&mut self.place, &others.place),
        ] {
            for code in added {
                if !own.contains(code) {
                    own.push(code.clone());
                }
            }
        }
    }

    /// Name and value of everything that was answered, but for what is asked on the last page only.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        let kind = if self.kind.is_empty() {
            ("suggested_kind", &self.suggested_kind)
        } else {
            ("kind", &self.kind)
        };
        let one = [
            kind,
            ("organisation_type", &self.organisation_type),
            ("authority_type", &self.authority_type),
            ("company_size", &self.company_size),
            ("age_band", &self.age_band),
            ("frequency", &self.frequency),
            ("way", &self.way),
        ];
        let many = [
            ("sectors", &self.sectors),
            ("areas", &self.areas),
            ("place", &self.place),
            ("topics", &self.topics),
            ("saved", &self.saved),
        ];
        let one = one.into_iter().map(|(name, value)| (name, value.as_str()));
        let many = many
            .into_iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name, value.as_str())));
        one.chain(many).filter(|(_, value)| !value.trim().is_empty()).collect()
    }

    /// The same as the query of an address.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        query.finish()
    }

    /// Turns the places that were typed into areas; those that are not found stay, each with what to do.
    pub fn settle_places(&mut self, texts: Texts, vocabulary: &Vocabulary) -> Vec<FieldError> {
        let mut errors = Vec::new();
        self.place.truncate(MOST_PLACES);
        for (at, typed) in self.place.iter_mut().enumerate() {
            if typed.trim().is_empty() {
                continue;
            }
            if let Some(id) = find_area(&vocabulary.areas, typed) {
                let code = vocabulary.areas.code(id).to_owned();
                if !self.areas.contains(&code) {
                    self.areas.push(code);
                }
                typed.clear();
            } else {
                let message = texts.fill("form-unknown-place", &[("place", typed.trim())]);
                errors.push(FieldError::new(&format!("place-{}", at + 1), message));
            }
        }
        errors
    }

    /// The first place typed that was a municipality once.
    fn former_place(&self, vocabulary: &Vocabulary) -> Option<&str> {
        let typed = self.place.iter().take(MOST_PLACES).map(|it| it.trim());
        let is_former = |text: &&str| {
            find_former(&vocabulary.areas, text)
                .is_some_and(|(_, now)| find_area(&vocabulary.areas, text) == Some(now.id))
        };
        typed.filter(|text| !text.is_empty()).find(is_former)
    }

    /// The same, ready to be a parameter of an address; empty without one.
    #[must_use]
    pub fn former_place_query(&self, vocabulary: &Vocabulary) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.former_place(vocabulary).map(|place| ("place", place)));
        query.finish()
    }

    /// What the first such place is part of today, in a sentence; empty without one. Asked before places are settled.
    #[must_use]
    pub fn told_of_former_place(&self, texts: Texts, vocabulary: &Vocabulary) -> String {
        let place = self.former_place(vocabulary);
        place
            .and_then(|it| told_of_former(texts, vocabulary, it))
            .unwrap_or_default()
    }

    /// What is wrong with the topics, if something is: whoever saves nothing needs one.
    #[must_use]
    pub fn topics_error(&self, texts: Texts) -> Option<FieldError> {
        let is_nothing = self.topics.is_empty() && self.saved.is_empty();
        is_nothing.then(|| FieldError::new("topics", texts.get("refusal-no-topic")))
    }

    /// The choices that the answers stand for.
    ///
    /// # Errors
    /// Every answer that cannot be used.
    pub fn resolve(&self, texts: Texts, vocabulary: &Vocabulary) -> Result<Choices, Vec<FieldError>> {
        let mut settled = self.clone();
        let mut errors = settled.settle_places(texts, vocabulary);
        match settled.codes().resolve(vocabulary) {
            Ok(choices) if errors.is_empty() => return Ok(choices),
            Ok(_) => {}
            Err(error) => errors.push(field_error(&error, texts)),
        }
        Err(errors)
    }

    fn codes(self) -> ChoiceCodes {
        let way = WAYS.iter().find(|(name, _)| *name == self.way);
        let channels = way.map_or(&[][..], |(_, channels)| channels);
        let is_authority = self.kind == ProfileKind::Authority.code();
        ChoiceCodes {
            channels: channels.iter().map(|&code| code.to_owned()).collect(),
            saved: self.saved_ids(),
            kind: self.kind,
            areas: self.areas,
            topics: self.topics,
            sectors: self.sectors,
            organisation_type: if is_authority {
                self.authority_type
            } else {
                self.organisation_type
            },
            company_size: self.company_size,
            age_band: self.age_band,
            frequency: self.frequency,
        }
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
