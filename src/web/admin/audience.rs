// SPDX-License-Identifier: EUPL-1.2
//! Whom an opportunity concerns, in words: how many, of which kind, and why.
//!
//! Editors see counts, never who it is. A few people in a village could be guessed, so below five they are only "a few".

use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::Vocabulary;
use crate::matching::Reason;
use crate::services::preview_audience::Audience;
use crate::texts::Texts;
use crate::web::site::opportunities::audience_key;

/// The smallest count that is told exactly; nobody is nobody.
const FEWEST: i64 = 5;

/// How many reasons are told.
const REASONS: usize = 8;

/// How many reasons are told where nobody shares them.
const FIRST_FEW: usize = 3;

/// An audience in words.
#[derive(Debug)]
pub struct AudienceWords {
    /// How many, for the eye.
    pub count: String,
    /// How many, in a sentence.
    pub sentence: String,
    /// Kind of profile and how many.
    pub by_kind: Vec<(String, String)>,
    /// What they have in common with the opportunity, and how many of them.
    pub reasons: Vec<(String, String)>,
}

impl AudienceWords {
    /// The words for `audience`.
    #[must_use]
    pub fn new(audience: &Audience, texts: Texts, vocabulary: &Vocabulary) -> Self {
        let of_kind = |kind| {
            audience
                .by_kind
                .iter()
                .find(|(it, _)| *it == kind)
                .map_or(0, |(_, count)| *count)
        };
        let by_kind = ProfileKind::ALL.map(|kind| (texts.get(audience_key(kind)), count(texts, of_kind(kind))));
        let key = match audience.total {
            0 => "staff-audience-none",
            few if few < FEWEST => "staff-audience-few",
            _ => "staff-audience-told",
        };
        Self {
            count: count(texts, audience.total),
            sentence: texts.count(key, audience.total),
            by_kind: by_kind.into(),
            reasons: reasons(audience, texts, vocabulary),
        }
    }
}

/// The reasons that several share, or the first few of an audience too small to have such; as numbers where all were
/// asked, as shares where only some were.
fn reasons(audience: &Audience, texts: Texts, vocabulary: &Vocabulary) -> Vec<(String, String)> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let all_asked = number(audience.sample) == audience.total;
    let shared = audience
        .reasons
        .iter()
        .filter(|(_, agreeing)| number(*agreeing) >= FEWEST)
        .count();
    let shown = if shared == 0 { FIRST_FEW } else { shared.min(REASONS) };
    // Where nobody shares a reason, only topics are told: a tiny place could name a person.
    let tellable = audience
        .reasons
        .iter()
        .filter(|(reason, _)| shared > 0 || matches!(reason, Reason::Topic(_)));
    let told = tellable.take(shown).map(|(reason, agreeing)| {
        let share = number(agreeing * 100 / audience.sample.max(1)).to_string();
        let how_many = if all_asked {
            count(texts, number(*agreeing))
        } else {
            texts.fill("staff-share", &[("share", &share)])
        };
        (texts.reason(*reason, vocabulary), how_many)
    });
    told.collect()
}

fn count(texts: Texts, number: i64) -> String {
    if (1..FEWEST).contains(&number) {
        texts.get("staff-few")
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;
    use crate::domain::ids::AreaId;
    use crate::domain::language::Language;
    use crate::matching::Reason;
    use crate::services::load_vocabularies::reference_vocabulary;

    #[test]
    fn small_counts_are_not_told() {
        let vocabulary = reference_vocabulary().unwrap();
        let topic = vocabulary.topics.by_code("health").unwrap().id;
        let audience = Audience {
            total: 12,
            by_kind: vec![(ProfileKind::Citizen, 4), (ProfileKind::Operator, 8)],
            reasons: vec![(Reason::Topic(topic), 12), (Reason::Area(AreaId(3)), 2)],
            sample: 12,
        };
        let words = AudienceWords::new(&audience, Texts::new(Language::English, Rome), &vocabulary);
        let counts: Vec<&str> = words.by_kind.iter().map(|(_, count)| count.as_str()).collect();
        assert_eq!(counts, ["fewer than 5", "0", "8"]);
        assert_eq!(words.count, "12");
        assert_eq!(words.reasons, [("Health and prevention".to_owned(), "12".to_owned())]);
    }

    #[test]
    fn reasons_of_a_sample_are_shares() {
        let vocabulary = reference_vocabulary().unwrap();
        let topic = vocabulary.topics.by_code("health").unwrap().id;
        let audience = Audience {
            total: 2_000,
            reasons: vec![(Reason::Topic(topic), 250)],
            sample: 500,
            ..Audience::default()
        };
        let words = AudienceWords::new(&audience, Texts::new(Language::Italian, Rome), &vocabulary);
        assert!(words.reasons[0].1.contains("50"), "{words:?}");
    }
}
