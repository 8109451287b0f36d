// SPDX-License-Identifier: EUPL-1.2
//! Whom an opportunity concerns. A criterion that is empty excludes nobody.

use std::collections::BTreeSet;

use crate::domain::ids::{AgeBandId, AreaId, CompanySizeId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use serde::{Deserialize, Serialize};

/// Whom an opportunity concerns, facet by facet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criteria {
    /// The kinds of profile; empty means all three.
    pub audience: BTreeSet<ProfileKind>,
    /// Where; a national opportunity says Italy.
    pub areas: BTreeSet<AreaId>,
    /// About what.
    pub topics: BTreeSet<TopicId>,
    /// For which economic activities; asked of operators only.
    pub sectors: BTreeSet<SectorId>,
    /// For which forms of organisation; asked of operators and authorities.
    pub organisation_types: BTreeSet<OrganisationTypeId>,
    /// For companies of which size; asked of operators only.
    pub company_sizes: BTreeSet<CompanySizeId>,
    /// For people of which ages; asked of citizens only.
    pub ages: BTreeSet<AgeBandId>,
}

/// The same criteria as codes of the vocabularies: the form of files, commands and revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CriteriaCodes {
    /// `citizen`, `authority`, `operator`.
    pub audience: Vec<String>,
    /// ISTAT codes, `IT` or `EU`.
    pub areas: Vec<String>,
    /// Codes of topics.
    pub topics: Vec<String>,
    /// ATECO sections and divisions.
    pub sectors: Vec<String>,
    /// Codes of organisation types.
    pub organisation_types: Vec<String>,
    /// Codes of company sizes.
    pub company_sizes: Vec<String>,
    /// Codes of age bands.
    pub ages: Vec<String>,
}

/// A code that no vocabulary knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown code {code:?} in {facet}")]
pub struct UnknownCode {
    /// The field it stood in.
    pub facet: &'static str,
    /// What was written.
    pub code: String,
}

impl Criteria {
    /// The criteria as codes.
    #[must_use]
    pub fn to_codes(&self, vocabulary: &Vocabulary) -> CriteriaCodes {
        CriteriaCodes {
            audience: self.audience.iter().map(|it| it.code().to_owned()).collect(),
            areas: codes(&vocabulary.areas, &self.areas),
            topics: codes(&vocabulary.topics, &self.topics),
            sectors: codes(&vocabulary.sectors, &self.sectors),
            organisation_types: codes(&vocabulary.organisation_types, &self.organisation_types),
            company_sizes: codes(&vocabulary.company_sizes, &self.company_sizes),
            ages: codes(&vocabulary.age_bands, &self.ages),
        }
    }

    /// Whether it states something that only some kinds of profile can answer, without saying which kinds it is for.
    ///
    /// Nobody is excluded by that, so the editor is asked what is meant.
    #[must_use]
    pub fn leaves_audience_open(&self) -> bool {
        let asks = !self.sectors.is_empty()
            || !self.organisation_types.is_empty()
            || !self.company_sizes.is_empty()
            || !self.ages.is_empty();
        asks && self.audience.is_empty()
    }
}

impl CriteriaCodes {
    /// The criteria that these codes name.
    ///
    /// # Errors
    /// The first code that its vocabulary does not know.
    pub fn resolve(&self, vocabulary: &Vocabulary) -> Result<Criteria, UnknownCode> {
        Ok(Criteria {
            audience: resolve_kinds("audience", &self.audience)?,
            areas: resolve("areas", &vocabulary.areas, &self.areas)?,
            topics: resolve("topics", &vocabulary.topics, &self.topics)?,
            sectors: resolve("sectors", &vocabulary.sectors, &self.sectors)?,
            organisation_types: resolve(
                "organisation_types",
                &vocabulary.organisation_types,
                &self.organisation_types,
            )?,
            company_sizes: resolve("company_sizes", &vocabulary.company_sizes, &self.company_sizes)?,
            ages: resolve("ages", &vocabulary.age_bands, &self.ages)?,
        })
    }
}

fn codes<T: Term>(terms: &Terms<T>, ids: &BTreeSet<T::Id>) -> Vec<String>
where
    T::Id: Ord,
{
    ids.iter().map(|id| terms.code(*id).to_owned()).collect()
}

/// The ids of `codes` in `terms`; `facet` names the field in an error.
///
/// # Errors
/// The first code that the vocabulary does not know.
pub fn resolve<T: Term>(facet: &'static str, terms: &Terms<T>, codes: &[String]) -> Result<BTreeSet<T::Id>, UnknownCode>
where
    T::Id: Ord,
{
    let found = codes.iter().map(|code| {
        let term = terms.by_code(code.trim());
        term.map(Term::id).ok_or_else(|| UnknownCode {
            facet,
            code: code.clone(),
        })
    });
    found.collect()
}

fn resolve_kinds(facet: &'static str, codes: &[String]) -> Result<BTreeSet<ProfileKind>, UnknownCode> {
    let found = codes.iter().map(|code| {
        ProfileKind::from_code(code.trim()).ok_or_else(|| UnknownCode {
            facet,
            code: code.clone(),
        })
    });
    found.collect()
}
