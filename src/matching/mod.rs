// SPDX-License-Identifier: EUPL-1.2
//! Who should hear of what. Pure: this module is the specification, and the set-wise statement of
//! `storage::audience` is held equal to it by a property test on both engines.
//!
//! An opportunity concerns a profile when **every stated criterion agrees**:
//!
//! - *topic*: one of its topics is followed. A followed topic covers what lies below it; the root covers
//!   everything; a saved opportunity is followed itself.
//! - *audience*: its audience is empty or names the profile's kind.
//! - *area*: one of its areas contains, or is contained in, one of the profile's. An alert's area must contain
//!   the profile's: a village's alert does not wake all who said "Lombardia".
//! - *sector* and *company size* are asked of operators, *organisation type* of operators and authorities, *age*
//!   of citizens; sectors agree like areas, one within the other.
//! - A criterion that is empty excludes nobody, and a facet that the profile has not stated agrees: a match is
//!   never lost for missing data.
//! - A muted opportunity or source never matches. A muted topic, with all below it, is not counted among the topics of an
//!   opportunity: what is followed for another of its topics still matches, and what was saved does whatever its topics.
//!
//! Which follow decides how a match is told: saved > child topic > parent topic > everything; among equals the
//! soonest frequency of those that are told in some way, and all their channels. What the follow does not say, the profile
//! does.

mod reasons;

use std::collections::BTreeSet;

use crate::domain::criteria::Criteria;
use crate::domain::ids::{OpportunityId, TopicId};
use crate::domain::opportunity::{Opportunity, OpportunityKind};
use crate::domain::profile::{Channels, Facets, Follow, Followed, Mute, Profile, ProfileKind, Telling};
use crate::domain::vocabulary::{Term, Terms, Vocabulary};

pub use reasons::Reason;

/// A profile that an opportunity concerns: why, and how it wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The facets that agree.
    pub reasons: Vec<Reason>,
    /// How soon and by which ways.
    pub telling: Telling,
}

/// Whether `opportunity` concerns `profile`, and why.
#[must_use]
pub fn match_profile(opportunity: &Opportunity, profile: &Profile, vocabulary: &Vocabulary) -> Option<Match> {
    let criteria = &opportunity.content.criteria;
    let follows = deciding_follows(opportunity, profile, vocabulary);
    let concerned = !follows.is_empty()
        && audience_agrees(criteria, profile.kind)
        && areas_agree(opportunity, &profile.facets, vocabulary)
        && own_facets_agree(criteria, profile, vocabulary)
        && !is_muted(opportunity, profile);
    concerned.then(|| Match {
        reasons: reasons::of(opportunity, profile, &follows, vocabulary),
        telling: merged_telling(&follows, profile.telling),
    })
}

/// Whether `profile` is told what becomes of an `opportunity` that it knows, and why: like a match, but whoever saved it is
/// told whatever else it asks for.
#[must_use]
pub fn match_follow_up(opportunity: &Opportunity, profile: &Profile, vocabulary: &Vocabulary) -> Option<Match> {
    let saved = |follow: &&Follow| follow.followed == Followed::Opportunity(opportunity.id);
    let by_saving = || {
        let follow = profile.follows.iter().find(saved)?;
        (!is_muted(opportunity, profile)).then(|| Match {
            reasons: vec![Reason::Saved(opportunity.id)],
            telling: follow.telling.over(profile.telling),
        })
    };
    match_profile(opportunity, profile, vocabulary).or_else(by_saving)
}

/// The follows that decide how a match is told: all of the strongest kind that cover the opportunity.
fn deciding_follows<'a>(opportunity: &Opportunity, profile: &'a Profile, vocabulary: &Vocabulary) -> Vec<&'a Follow> {
    let heard = heard_topics(opportunity, profile, vocabulary);
    let strengths = profile
        .follows
        .iter()
        .filter_map(|follow| Some((strength(follow, &heard, opportunity.id, vocabulary)?, follow)));
    let covering: Vec<(usize, &Follow)> = strengths.collect();
    let strongest = covering.iter().map(|(strength, _)| *strength).max();
    let deciding = covering
        .into_iter()
        .filter(|(strength, _)| Some(*strength) == strongest);
    deciding.map(|(_, follow)| follow).collect()
}

/// The topics of `opportunity` that `profile` has not muted.
fn heard_topics(opportunity: &Opportunity, profile: &Profile, vocabulary: &Vocabulary) -> Vec<TopicId> {
    let is_muted = |topic: TopicId| {
        let mut mutes = profile.mutes.iter();
        mutes.any(|mute| matches!(mute, Mute::Topic(above) if vocabulary.topics.covers(*above, topic)))
    };
    let topics = opportunity.content.criteria.topics.iter().copied();
    topics.filter(|topic| !is_muted(*topic)).collect()
}

/// How strongly `follow` covers an opportunity with these topics: [`SAVED`], or how deep the followed topic lies; `None` if
/// not at all.
fn strength(follow: &Follow, topics: &[TopicId], id: OpportunityId, vocabulary: &Vocabulary) -> Option<usize> {
    match follow.followed {
        Followed::Opportunity(saved) => (saved == id).then_some(SAVED),
        Followed::Topic(followed) => {
            let covers = topics.iter().any(|topic| vocabulary.topics.covers(followed, *topic));
            covers.then(|| vocabulary.topics.depth(followed).min(SAVED - 1))
        }
    }
}

/// Stronger than any depth of the topic tree that decides: everything 0, a parent 1, a child 2 (or deeper).
pub const SAVED: usize = 3;

fn audience_agrees(criteria: &Criteria, kind: ProfileKind) -> bool {
    criteria.audience.is_empty() || criteria.audience.contains(&kind)
}

fn areas_agree(opportunity: &Opportunity, facets: &Facets, vocabulary: &Vocabulary) -> bool {
    let stated = &opportunity.content.criteria.areas;
    let agree = area_rule(opportunity.content.kind);
    unstated_or(stated, &facets.areas, |one, own| agree(&vocabulary.areas, one, own))
}

/// How two areas agree: for an alert one way, otherwise both ways.
fn area_rule<T: Term>(kind: OpportunityKind) -> fn(&Terms<T>, T::Id, T::Id) -> bool {
    match kind {
        OpportunityKind::Alert => Terms::covers,
        _ => Terms::overlap,
    }
}

/// The facets that only some kinds of profile have.
fn own_facets_agree(criteria: &Criteria, profile: &Profile, vocabulary: &Vocabulary) -> bool {
    let facets = &profile.facets;
    let sectors = || {
        unstated_or(&criteria.sectors, &facets.sectors, |one, own| {
            vocabulary.sectors.overlap(one, own)
        })
    };
    let organisation = || accepts(&criteria.organisation_types, facets.organisation_type);
    match profile.kind {
        ProfileKind::Citizen => accepts(&criteria.ages, facets.age_band),
        ProfileKind::Authority => organisation(),
        ProfileKind::Operator => sectors() && organisation() && accepts(&criteria.company_sizes, facets.company_size),
    }
}

/// Whether the criterion is empty, the facet is not stated, or some pair of them agrees.
fn unstated_or<Id: Copy + Ord>(criterion: &BTreeSet<Id>, facet: &BTreeSet<Id>, agree: impl Fn(Id, Id) -> bool) -> bool {
    let some_pair = || criterion.iter().any(|one| facet.iter().any(|own| agree(*one, *own)));
    criterion.is_empty() || facet.is_empty() || some_pair()
}

/// Whether the criterion is empty, the facet is not stated, or the criterion names it.
fn accepts<Id: Ord>(criterion: &BTreeSet<Id>, facet: Option<Id>) -> bool {
    criterion.is_empty() || facet.is_none_or(|own| criterion.contains(&own))
}

fn is_muted(opportunity: &Opportunity, profile: &Profile) -> bool {
    let source = opportunity.origin.as_ref().map(|origin| origin.source);
    profile.mutes.contains(&Mute::Opportunity(opportunity.id))
        || source.is_some_and(|source| profile.mutes.contains(&Mute::Source(source)))
}

/// Whether `opportunity` would concern `profile` if it had muted nothing, and does not as it is.
#[must_use]
pub fn is_hidden(opportunity: &Opportunity, profile: &Profile, vocabulary: &Vocabulary) -> bool {
    !profile.mutes.is_empty()
        && match_follow_up(opportunity, profile, vocabulary).is_none()
        && match_follow_up(opportunity, &unmuted(profile), vocabulary).is_some()
}

/// The same profile as if it had muted nothing.
#[must_use]
pub fn unmuted(profile: &Profile) -> Profile {
    Profile {
        mutes: BTreeSet::new(),
        ..profile.clone()
    }
}

/// The soonest frequency and all the channels of those of `follows` that are told in some way: what is told in none does not
/// hasten the others.
fn merged_telling(follows: &[&Follow], default: Telling) -> Telling {
    let tellings = follows.iter().map(|follow| follow.telling.over(default));
    let told = tellings.filter(|telling| telling.channels != Channels::NONE);
    told.reduce(|one, other| Telling {
        frequency: one.frequency.min(other.frequency),
        channels: one.channels.union(other.channels),
    })
    .unwrap_or_default()
}
