// SPDX-License-Identifier: EUPL-1.2
//! What a person chooses for a profile, as codes: the form of pages and files, checked against the vocabularies.

use std::collections::BTreeSet;

use crate::domain::choices::Choices;
use crate::domain::criteria::{UnknownCode, resolve};
use crate::domain::ids::OpportunityId;
use crate::domain::profile::{Channels, Facets, Frequency, Profile, ProfileKind, Telling, TellingOverride};
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::services::{Refusal, Result};

/// A person's choices as codes of the vocabularies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceCodes {
    /// `citizen`, `authority` or `operator`.
    pub kind: String,
    /// Where: ISTAT codes.
    pub areas: Vec<String>,
    /// The topics followed.
    pub topics: Vec<String>,
    /// ATECO sections and divisions.
    pub sectors: Vec<String>,
    /// One code, or empty.
    pub organisation_type: String,
    /// One code, or empty.
    pub company_size: String,
    /// One code, or empty.
    pub age_band: String,
    /// `immediate`, `daily` or `weekly`; empty means at once.
    pub frequency: String,
    /// `web_push`, `email`, `email_fallback`.
    pub channels: Vec<String>,
    /// What is saved: no codes, as opportunities have none.
    pub saved: BTreeSet<OpportunityId>,
}

impl ChoiceCodes {
    /// The choices that these codes stand for. What a kind of profile does not own is left out.
    ///
    /// # Errors
    /// [`Refusal::UnknownCode`], or [`Refusal::NoTopic`] of who has saved nothing either.
    pub fn resolve(&self, vocabulary: &Vocabulary) -> Result<Choices> {
        let kind = ProfileKind::from_code(&self.kind).ok_or_else(|| unknown("kind", &self.kind))?;
        let topics = resolve("topics", &vocabulary.topics, &self.topics)?;
        if topics.is_empty() && self.saved.is_empty() {
            return Err(Refusal::NoTopic.into());
        }
        Ok(Choices {
            kind,
            facets: self.facets(kind, vocabulary)?,
            topics: topics
                .into_iter()
                .map(|topic| (topic, TellingOverride::default()))
                .collect(),
            saved: self.saved.clone(),
            telling: self.telling()?,
        })
    }

    fn facets(&self, kind: ProfileKind, vocabulary: &Vocabulary) -> Result<Facets> {
        let organisation_type = one(
            "organisation_type",
            &vocabulary.organisation_types,
            &self.organisation_type,
        )?;
        let owned = organisation_type.filter(|id| {
            let term = vocabulary.organisation_types.get(*id);
            term.is_some_and(|it| it.owners.contains(&kind))
        });
        let operator = kind == ProfileKind::Operator;
        let sectors = resolve("sectors", &vocabulary.sectors, &self.sectors)?;
        Ok(Facets {
            areas: resolve("areas", &vocabulary.areas, &self.areas)?,
            sectors: if operator { sectors } else { BTreeSet::new() },
            organisation_type: owned,
            company_size: one("company_size", &vocabulary.company_sizes, &self.company_size)?.filter(|_| operator),
            age_band: one("age_band", &vocabulary.age_bands, &self.age_band)?.filter(|_| kind == ProfileKind::Citizen),
        })
    }

    fn telling(&self) -> Result<Telling> {
        let frequency = match self.frequency.as_str() {
            "" => Frequency::default(),
            code => Frequency::from_code(code).ok_or_else(|| unknown("frequency", code))?,
        };
        let wishes = self
            .channels
            .iter()
            .map(|code| Channels::from_code(code).ok_or_else(|| unknown("channels", code)));
        let wishes = wishes.collect::<Result<Vec<Channels>, Refusal>>()?;
        Ok(Telling {
            frequency,
            channels: wishes.into_iter().fold(Channels::NONE, Channels::union),
        })
    }

    /// The codes of a profile as it is kept.
    #[must_use]
    pub fn of(profile: &Profile, vocabulary: &Vocabulary) -> Self {
        let facets = &profile.facets;
        let topics = profile
            .topics()
            .map(|(topic, _)| vocabulary.topics.code(topic).to_owned());
        let code = |code: Option<&str>| code.unwrap_or_default().to_owned();
        Self {
            kind: profile.kind.code().to_owned(),
            areas: facets
                .areas
                .iter()
                .map(|id| vocabulary.areas.code(*id).to_owned())
                .collect(),
            topics: topics.collect(),
            sectors: facets
                .sectors
                .iter()
                .map(|id| vocabulary.sectors.code(*id).to_owned())
                .collect(),
            organisation_type: code(
                facets
                    .organisation_type
                    .map(|id| vocabulary.organisation_types.code(id)),
            ),
            company_size: code(facets.company_size.map(|id| vocabulary.company_sizes.code(id))),
            age_band: code(facets.age_band.map(|id| vocabulary.age_bands.code(id))),
            frequency: profile.telling.frequency.code().to_owned(),
            channels: profile.telling.channels.codes().map(str::to_owned).collect(),
            saved: profile.saved().map(|(opportunity, _)| opportunity).collect(),
        }
    }
}

fn unknown(facet: &'static str, code: &str) -> Refusal {
    UnknownCode {
        facet,
        code: code.to_owned(),
    }
    .into()
}

/// The term with this code; none for an empty code.
fn one<T: Term>(facet: &'static str, terms: &Terms<T>, code: &str) -> Result<Option<T::Id>>
where
    T::Id: Ord,
{
    if code.is_empty() {
        return Ok(None);
    }
    Ok(resolve(facet, terms, &[code.to_owned()])?.first().copied())
}
