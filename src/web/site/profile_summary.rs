// SPDX-License-Identifier: EUPL-1.2
//! A profile in a few lines: who it is for, what it follows, and how it is told.

use crate::domain::profile::{Followed, Mute, Profile, ProfileKind};
use crate::domain::vocabulary::Vocabulary;
use crate::services::choices::ChoiceCodes;
use crate::texts::Texts;
use crate::web::site::answers::Answers;

/// A profile in a few lines.
pub struct ProfileSummary {
    /// The word for its persona in addresses.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// What it says: name and value.
    pub facts: Vec<(String, String)>,
}

/// The key of what a persona is called.
#[must_use]
pub fn person_key(kind: ProfileKind) -> String {
    format!("kind-of-person-{}", kind.code())
}

impl ProfileSummary {
    /// The lines of a profile.
    #[must_use]
    pub fn new(profile: &Profile, texts: Texts, vocabulary: &Vocabulary) -> Self {
        let topics = profile.follows.iter().filter_map(|follow| match follow.followed {
            Followed::Topic(id) => {
                let name = vocabulary.topics.name(id, texts.language);
                Some(if profile.mutes.contains(&Mute::Topic(id)) {
                    texts.fill("topic-hidden", &[("topic", name)])
                } else {
                    name.to_owned()
                })
            }
            Followed::Opportunity(_) => None,
        });
        let areas: Vec<String> = profile
            .facets
            .areas
            .iter()
            .map(|id| texts.area(*id, vocabulary))
            .collect();
        let answers = Answers::of(ChoiceCodes::of(profile, vocabulary));
        let everywhere = || texts.get("everywhere");
        let facts = [
            ("preferences-topics", topics.collect::<Vec<_>>().join(", ")),
            (
                "preferences-areas",
                if areas.is_empty() {
                    everywhere()
                } else {
                    areas.join(", ")
                },
            ),
            (
                "preferences-frequency",
                texts.get(&format!("frequency-{}", answers.frequency)),
            ),
            ("preferences-way", texts.get(&format!("way-{}", answers.way))),
        ];
        Self {
            kind: profile.kind.code(),
            name: texts.get(&person_key(profile.kind)),
            facts: facts.into_iter().map(|(key, value)| (texts.get(key), value)).collect(),
        }
    }
}
