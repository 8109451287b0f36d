// SPDX-License-Identifier: EUPL-1.2
//! What a person chooses for one of their profiles: who it is, what it follows and how it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{OpportunityId, TopicId};
use crate::domain::profile::{Facets, Profile, ProfileKind, Telling, TellingOverride};

/// What a person chooses for one of their profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Which persona.
    pub kind: ProfileKind,
    /// What it states of itself.
    pub facets: Facets,
    /// The topics it follows.
    pub topics: BTreeMap<TopicId, TellingOverride>,
    /// What it saves beside what it has saved before.
    pub saved: BTreeSet<OpportunityId>,
    /// How to be told.
    pub telling: Telling,
}

impl Choices {
    /// The choices that a profile was made of.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self {
            kind: profile.kind,
            facets: profile.facets.clone(),
            topics: profile.topics().collect(),
            saved: profile.saved().map(|(opportunity, _)| opportunity).collect(),
            telling: profile.telling,
        }
    }

    /// The same for whoever has this profile already: to save something and follow no topic takes nothing else away.
    #[must_use]
    pub fn beside(self, own: Option<&Profile>) -> Self {
        match own {
            Some(own) if self.topics.is_empty() => Self {
                saved: self.saved,
                ..Self::of(own)
            },
            _ => self,
        }
    }

    /// Whether a profile says what was chosen: the same persona, facets, topics and ways, and all that was to be saved.
    #[must_use]
    pub fn are_of(&self, profile: &Profile) -> bool {
        let own = Self::of(profile);
        self.saved.is_subset(&own.saved)
            && Self {
                saved: own.saved.clone(),
                ..self.clone()
            } == own
    }
}
