// SPDX-License-Identifier: EUPL-1.2
//! A profile in a few lines: who it is for, what it follows, and how it is told.

use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Mute, Profile, ProfileKind};
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
    /// Whether it follows topics.
    pub has_topics: bool,
    /// The titles of what it saves, where they are told.
    pub saved: Vec<String>,
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
        let topics = profile.topics().map(|(topic, _)| {
            let name = vocabulary.topics.name(topic, texts.language);
            if profile.mutes.contains(&Mute::Topic(topic)) {
                texts.fill("topic-hidden", &[("topic", name)])
            } else {
                name.to_owned()
            }
        });
        let topics = match (profile.topics().count(), profile.saved().count()) {
            (0, 0) => texts.get("preferences-nothing"),
            (0, _) => texts.get("preferences-only-saved"),
            _ => topics.collect::<Vec<_>>().join(", "),
        };
        let areas: Vec<String> = profile
            .facets
            .areas
            .iter()
            .map(|id| texts.area(*id, vocabulary))
            .collect();
        let answers = Answers::of(ChoiceCodes::of(profile, vocabulary));
        let everywhere = || texts.get("everywhere");
        let facts = [
            ("preferences-topics", topics),
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
            has_topics: profile.topics().next().is_some(),
            saved: Vec::new(),
        }
    }

    /// The same with the titles of what it saves.
    #[must_use]
    pub fn saving(mut self, saved: &[Opportunity]) -> Self {
        self.saved = saved.iter().map(|it| it.content.title.clone()).collect();
        self
    }
}
