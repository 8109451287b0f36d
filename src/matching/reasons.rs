// SPDX-License-Identifier: EUPL-1.2
//! Why a profile matched: the facets that agree, and only those. Put into words by `delivery::wording`.

use crate::domain::ids::{AgeBandId, AreaId, CompanySizeId, OpportunityId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Follow, Followed, Profile, ProfileKind};
use crate::domain::vocabulary::Vocabulary;
use crate::matching::area_rule;

/// One facet on which an opportunity and a profile agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The profile saved it.
    Saved(OpportunityId),
    /// The profile follows this topic.
    Topic(TopicId),
    /// The profile named this area.
    Area(AreaId),
    /// The profile named this sector.
    Sector(SectorId),
    /// The profile is of this type.
    OrganisationType(OrganisationTypeId),
    /// The profile is of this size.
    CompanySize(CompanySizeId),
    /// The profile is of this age.
    Age(AgeBandId),
}

impl Reason {
    /// Whether it tells something of a person's health, need or age: a screen may be read by others.
    #[must_use]
    pub fn is_sensitive(self, vocabulary: &Vocabulary) -> bool {
        match self {
            Self::Topic(id) => vocabulary.topics.get(id).is_some_and(|topic| topic.sensitive),
            Self::Age(_) => true,
            _ => false,
        }
    }
}

/// The reasons of a match: the deciding follows, then each stated facet that a stated criterion names.
pub(super) fn of(
    opportunity: &Opportunity,
    profile: &Profile,
    follows: &[&Follow],
    vocabulary: &Vocabulary,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = follows.iter().map(|follow| followed(follow)).collect();
    reasons.extend(areas(opportunity, profile, vocabulary).map(Reason::Area));
    let owned = own_facets(opportunity, profile, vocabulary);
    reasons.extend(owned);
    reasons
}

fn followed(follow: &Follow) -> Reason {
    match follow.followed {
        Followed::Topic(topic) => Reason::Topic(topic),
        Followed::Opportunity(saved) => Reason::Saved(saved),
    }
}

fn areas<'a>(
    opportunity: &'a Opportunity,
    profile: &'a Profile,
    vocabulary: &'a Vocabulary,
) -> impl Iterator<Item = AreaId> + 'a {
    let agree = area_rule(opportunity.content.kind);
    let stated = &opportunity.content.criteria.areas;
    profile
        .facets
        .areas
        .iter()
        .copied()
        .filter(move |own| stated.iter().any(|area| agree(&vocabulary.areas, *area, *own)))
}

fn own_facets(opportunity: &Opportunity, profile: &Profile, vocabulary: &Vocabulary) -> Vec<Reason> {
    let (criteria, facets) = (&opportunity.content.criteria, &profile.facets);
    let sectors = facets.sectors.iter().copied().filter(|own| {
        criteria
            .sectors
            .iter()
            .any(|sector| vocabulary.sectors.overlap(*sector, *own))
    });
    let organisation_type = facets
        .organisation_type
        .filter(|own| criteria.organisation_types.contains(own));
    let company_size = facets.company_size.filter(|own| criteria.company_sizes.contains(own));
    let age = facets.age_band.filter(|own| criteria.ages.contains(own));
    match profile.kind {
        ProfileKind::Citizen => age.map(Reason::Age).into_iter().collect(),
        ProfileKind::Authority => organisation_type.map(Reason::OrganisationType).into_iter().collect(),
        ProfileKind::Operator => sectors
            .map(Reason::Sector)
            .chain(organisation_type.map(Reason::OrganisationType))
            .chain(company_size.map(Reason::CompanySize))
            .collect(),
    }
}
