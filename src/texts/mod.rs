// SPDX-License-Identifier: EUPL-1.2
//! Every sentence that people read, in their language: the catalogues of `locales/`, and dates in words.

mod catalogues;
mod changes;
mod dates;
mod written;

use std::borrow::Cow;

use chrono_tz::Tz;
use fluent_templates::fluent_bundle::FluentArgs;

use crate::domain::ids::AreaId;
use crate::domain::language::Language;
use crate::domain::opportunity::OpportunityKind;
use crate::domain::vocabulary::{AreaKind, Vocabulary};
use crate::matching::Reason;

pub use catalogues::{Catalogues, Lack, TextsProblem};
pub use dates::when_key;

/// The sentences of one language; times are told in the installation's zone.
#[derive(Clone, Copy)]
pub struct Texts {
    /// Which language.
    pub language: Language,
    /// Which zone.
    pub zone: Tz,
    /// Where they come from; `None`: from the program's own catalogues.
    catalogues: Option<&'static Catalogues>,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Texts({}, {})", self.language.code(), self.zone)
    }
}

impl Texts {
    /// The program's own sentences of `language`, with times of `zone`.
    #[must_use]
    pub const fn new(language: Language, zone: Tz) -> Self {
        Self {
            language,
            zone,
            catalogues: None,
        }
    }

    /// The sentences that an installation has of `language`; the Italian ones where it does not speak it.
    #[must_use]
    pub fn of(catalogues: Option<&'static Catalogues>, language: Language, zone: Tz) -> Self {
        let mut texts = Self {
            catalogues,
            ..Self::new(language, zone)
        };
        if !texts.languages().contains(&language) {
            texts.language = Language::default();
        }
        texts
    }

    fn catalogues(self) -> &'static Catalogues {
        self.catalogues.unwrap_or_else(|| &catalogues::OWN)
    }

    /// Every language that is spoken, Italian first.
    #[must_use]
    pub fn languages(self) -> &'static [Language] {
        self.catalogues().languages()
    }

    /// The sentence called `key`, which has no places for values.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.catalogues().plain(self.language, key)
    }

    /// The sentence called `key`, with values in their places.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&'static str, &str)]) -> String {
        self.fill_if_any(key, values).unwrap_or_else(|| catalogues::absent(key))
    }

    /// The sentence called `key` for a number: in the plural of its `$count`, with the number as it is written as
    /// `$number`.
    #[must_use]
    pub fn count(&self, key: &str, number: i64) -> String {
        let mut arguments = FluentArgs::with_capacity(2);
        arguments.set("count", number);
        arguments.set("number", self.number(number));
        let said = self.catalogues().filled(self.language, key, Some(&arguments));
        said.unwrap_or_else(|| catalogues::absent(key))
    }

    /// The sentence called `key` with values in their places, if there is one.
    #[must_use]
    pub fn fill_if_any(&self, key: &str, values: &[(&'static str, &str)]) -> Option<String> {
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(Cow::Borrowed(*name), *value);
        }
        self.catalogues().filled(self.language, key, Some(&arguments))
    }

    /// Whether there is a sentence called `key`, without places for values.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.catalogues().filled(self.language, key, None).is_some()
    }

    /// An amount of cents in whole euros: "1.200.000 €".
    #[must_use]
    pub fn money(&self, cents: &i64) -> String {
        self.fill("money", &[("amount", &self.number(cents / 100))])
    }

    /// A number that is not negative, in groups of three digits: "1.200.000".
    #[must_use]
    pub fn number(&self, number: i64) -> String {
        let digits = number.to_string();
        let separator = self.get("number-groups");
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push_str(&separator);
            }
            grouped.push(digit);
        }
        grouped
    }
}

/// How the parts of one line are kept apart.
const BETWEEN: &str = " · ";

impl Texts {
    /// The name of an area, with its kind where the name alone could be a municipality's.
    #[must_use]
    pub fn area(&self, id: AreaId, vocabulary: &Vocabulary) -> String {
        let name = vocabulary.areas.name(id, self.language);
        match vocabulary.areas.get(id).map(|area| area.kind) {
            Some(AreaKind::Province) => self.fill("area-province", &[("name", name)]),
            _ => name.to_owned(),
        }
    }

    /// What one facet of a match is called.
    #[must_use]
    pub fn reason(&self, reason: Reason, vocabulary: &Vocabulary) -> String {
        let language = self.language;
        match reason {
            Reason::Saved(_) => self.get("reason-saved"),
            Reason::Topic(id) => vocabulary.topics.name(id, language).to_owned(),
            Reason::Area(id) => self.area(id, vocabulary),
            Reason::Sector(id) => vocabulary.sectors.name(id, language).to_owned(),
            Reason::OrganisationType(id) => vocabulary.organisation_types.name(id, language).to_owned(),
            Reason::CompanySize(id) => vocabulary.company_sizes.name(id, language).to_owned(),
            Reason::Age(id) => vocabulary.age_bands.name(id, language).to_owned(),
        }
    }

    /// Why somebody is told, in one sentence: "Perché segui Digitale · Bergamo (provincia)". Empty without reasons.
    #[must_use]
    pub fn reasons(&self, reasons: &[Reason], vocabulary: &Vocabulary) -> String {
        let (saved, facets): (Vec<Reason>, Vec<Reason>) = reasons.iter().partition(|it| matches!(it, Reason::Saved(_)));
        let names: Vec<String> = facets.iter().map(|reason| self.reason(*reason, vocabulary)).collect();
        let followed = (!names.is_empty()).then(|| names.join(BETWEEN));
        match (saved.is_empty(), followed) {
            (true, None) => String::new(),
            (true, Some(facets)) => self.fill("why", &[("facets", &facets)]),
            (false, None) => self.get("why-saved"),
            (false, Some(facets)) => [self.get("why-saved"), facets].join(BETWEEN),
        }
    }
}

impl Texts {
    /// A title after the word for its kind: "Bando: Vetrine nuove". A title that begins with such a word needs no other.
    #[must_use]
    pub fn titled(&self, kind: OpportunityKind, title: &str) -> String {
        let name = self.get(kind_key(kind));
        let first: String = title
            .trim()
            .chars()
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        let first = first.to_lowercase();
        if first == name.to_lowercase() || first_words(kind).contains(&first.as_str()) {
            return title.to_owned();
        }
        self.fill("mail-subject-opportunity", &[("kind", &name), ("title", title)])
    }
}

/// The words, Italian as editors write, by which titles say their kind themselves.
const fn first_words(kind: OpportunityKind) -> &'static [&'static str] {
    match kind {
        OpportunityKind::Call => &["bando", "bandi", "avviso", "avvisi"],
        OpportunityKind::Service => &["servizio"],
        OpportunityKind::News => &["notizia"],
        OpportunityKind::Event => &["evento"],
        OpportunityKind::Alert => &["allerta"],
    }
}

/// The key of the name of a kind of opportunity.
#[must_use]
pub const fn kind_key(kind: OpportunityKind) -> &'static str {
    match kind {
        OpportunityKind::Call => "kind-call",
        OpportunityKind::Service => "kind-service",
        OpportunityKind::News => "kind-news",
        OpportunityKind::Event => "kind-event",
        OpportunityKind::Alert => "kind-alert",
    }
}

/// At most `longest` characters of `text`, cut between words and ended by `…`.
#[must_use]
pub fn shorten(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let cut: String = text.chars().take(longest - 1).collect();
    let words = cut
        .rsplit_once(char::is_whitespace)
        .map_or(cut.as_str(), |(words, _)| words);
    let kept = if words.chars().count() * 2 < longest {
        cut.as_str()
    } else {
        words
    };
    format!("{}…", kept.trim_end_matches([' ', ',', ';', ':', '-', '–']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(shorten("Bando per le imprese", 50), "Bando per le imprese");
        assert_eq!(
            shorten("Contributi per le piccole imprese della montagna", 30),
            "Contributi per le piccole…"
        );
        assert_eq!(shorten(&"a".repeat(80), 20), format!("{}…", "a".repeat(19)));
        assert!(shorten("è".repeat(200).as_str(), 50).chars().count() <= 50);
    }

    #[test]
    fn money_is_grouped_as_the_language_groups_it() {
        let texts = |language| Texts::new(language, chrono_tz::Europe::Rome);
        assert_eq!(texts(Language::Italian).money(&120_000_000), "1.200.000 €");
        assert_eq!(texts(Language::English).money(&50_000), "€ 500");
    }
}
