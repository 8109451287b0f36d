// SPDX-License-Identifier: EUPL-1.2
//! What can be searched for: the words of an opportunity and of a question, reduced to what they have in common.
//!
//! Words are compared without capitals and accents, and without those that every text has. Each is kept twice: as it is,
//! behind a `MARK`, and as its stem. A question asks for the word, for its other forms, for its synonyms and for its stem,
//! and what has the word itself counts most. The same is done on both databases: what they keep is these words.

mod forms;
mod stems;
mod synonyms;

use std::collections::{BTreeMap, BTreeSet};

use strsim::osa_distance;

use crate::domain::language::Language;
use crate::domain::opportunity::{Content, OpportunityKind};
use crate::domain::plain_letters::{is_accent, unaccented};
use crate::domain::search::stems::{Stems, is_family, root};
use crate::domain::vocabulary::Vocabulary;

/// Changed whenever the same text gives other words: what was indexed before is then indexed again.
pub const VERSION: i64 = 3;

/// What stands before a word that is kept as it is; a stem has nothing before it.
const MARK: char = '=';

/// How much a word counts where it stands.
const IN_TITLE: i64 = 24;
const IN_SUMMARY: i64 = 8;
const IN_TOPIC: i64 = 6;
const IN_KIND: i64 = 8;
const IN_PUBLISHER: i64 = 6;
const IN_PLACE: i64 = 6;
/// Of many places each says little, whatever its name: that is how a strada del vino makes nothing a matter of wine.
const IN_MANY_PLACES: i64 = 1;
const MANY_PLACES: usize = 10;
/// What a topic is also called, and what lies above it, says less of an opportunity than what is written in it.
const NEAR_TOPIC: i64 = 2;
/// Each time, up to [`MOST_TIMES`].
const IN_BODY: i64 = 2;
const MOST_TIMES: i64 = 2;

/// How much it counts that a text has the word itself, its singular or plural, another form of it, a synonym, only its stem.
const AS_TYPED: i64 = 12;
const OTHER_NUMBER: i64 = 11;
const OTHER_FORM: i64 = 8;
const SYNONYM: i64 = 6;
const SAME_STEM: i64 = 1;

/// How much it counts that a text has a word which begins as the one that was typed.
pub const BEGINNING: i64 = OTHER_FORM;

/// Less than this is not the word itself, in any form.
pub const ITSELF: i64 = OTHER_FORM;

/// How many words of a body are looked at: what a text is about, it says early.
const LONGEST_BODY: usize = 2_000;

/// How many words of a question are looked for.
const MOST_WORDS: usize = 8;

/// From how many letters on a word that is in no text may be the beginning of one that is.
const SHORTEST_BEGINNING: usize = 3;

/// From how many letters on a word that is in no text may be another one, misspelt; and from how many two letters may be.
const SHORTEST_MISSPELT: usize = 4;
const LONG_WORD: usize = 8;

/// Words that every text has: articles, prepositions and the like of Italian and English, without accents.
const EVERYWHERE: [&str; 97] = [
    "a", "ad", "agli", "ai", "al", "all", "alla", "alle", "allo", "and", "anche", "are", "by", "che", "chi", "ci",
    "co", "col", "come", "con", "cui", "d", "da", "dagli", "dai", "dal", "dall", "dalla", "dalle", "dallo", "degli",
    "dei", "del", "dell", "della", "delle", "dello", "di", "e", "ed", "for", "from", "fra", "gli", "ha", "hanno", "i",
    "il", "in", "is", "it", "l", "la", "le", "lo", "ma", "mi", "ne", "negli", "nei", "nel", "nell", "nella", "nelle",
    "nello", "non", "o", "od", "of", "on", "or", "per", "piu", "quale", "quali", "questa", "questo", "s", "se", "si",
    "sono", "su", "sugli", "sui", "sul", "sull", "sulla", "sulle", "sullo", "the", "to", "tra", "un", "una", "uno",
    "vi", "with",
];

/// The stems of a text, in order. A word with hyphens gives those of its parts and of the whole.
#[must_use]
pub fn stems(text: &str) -> Vec<String> {
    let stems = Stems::new();
    telling_words(text).iter().map(|word| stems.of(word)).collect()
}

/// The words of a text that say something, in order, without capitals and accents.
fn telling_words(text: &str) -> Vec<String> {
    let mut words = plain_words(text);
    words.retain(|word| !is_everywhere(word));
    words
}

fn is_everywhere(word: &str) -> bool {
    EVERYWHERE.contains(&word)
}

fn plain_words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lower = text.to_lowercase();
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '-' || is_accent(letter);
    for group in lower.split(|letter| !is_of_word(letter)) {
        let plain: String = group.chars().filter(|it| !is_accent(*it)).map(unaccented).collect();
        let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
        found.extend(parts.iter().map(|part| (*part).to_owned()));
        if parts.len() > 1 {
            found.push(parts.concat());
        }
    }
    found
}

/// The words, Italian and English, by which people look for a kind.
const fn kind_words(kind: OpportunityKind) -> &'static str {
    match kind {
        OpportunityKind::Call => "bando avviso call",
        OpportunityKind::Service => "servizio service",
        OpportunityKind::News => "notizia news",
        OpportunityKind::Event => "evento event",
        OpportunityKind::Alert => "allerta allarme alert",
    }
}

/// The words of one opportunity, as they are collected.
struct Index {
    stems: Stems,
    kept: BTreeMap<String, i64>,
}

impl Index {
    /// Each word of these counts once, wherever it stands among them.
    fn add(&mut self, texts: &[&str], weight: i64) {
        let distinct: BTreeSet<String> = texts.iter().flat_map(|text| telling_words(text)).collect();
        let stems: BTreeSet<String> = distinct.iter().map(|word| self.stems.of(word)).collect();
        for key in distinct.into_iter().map(|word| marked(&word)).chain(stems) {
            *self.kept.entry(key).or_default() += weight;
        }
    }

    /// What is named often in a body is more of what it is about.
    fn add_body(&mut self, text: &str) {
        let mut times: BTreeMap<String, i64> = BTreeMap::new();
        for word in telling_words(text).into_iter().take(LONGEST_BODY) {
            *times.entry(self.stems.of(&word)).or_default() += 1;
            *times.entry(marked(&word)).or_default() += 1;
        }
        for (key, times) in times {
            *self.kept.entry(key).or_default() += IN_BODY * times.min(MOST_TIMES);
        }
    }

    /// The name of a place is looked for as it is: "Pescara" is nothing that has to do with fishing.
    fn add_places(&mut self, names: &[&str]) {
        let distinct: BTreeSet<String> = names.iter().flat_map(|name| telling_words(name)).collect();
        let weight = if names.len() > MANY_PLACES {
            IN_MANY_PLACES
        } else {
            IN_PLACE
        };
        for word in distinct {
            *self.kept.entry(marked(&word)).or_default() += weight;
        }
    }
}

/// A word as it is kept beside its stem.
fn marked(word: &str) -> String {
    format!("{MARK}{word}")
}

/// The words by which an opportunity is found, and how much each counts.
#[must_use]
pub fn index(content: &Content, vocabulary: &Vocabulary) -> BTreeMap<String, i64> {
    let criteria = &content.criteria;
    let mut index = Index {
        stems: Stems::new(),
        kept: BTreeMap::new(),
    };
    index.add(&[&content.title], IN_TITLE);
    index.add(&[&content.summary], IN_SUMMARY);
    index.add(&[&content.publisher], IN_PUBLISHER);
    index.add(&[kind_words(content.kind)], IN_KIND);
    index.add_body(&content.body);
    let (mut names, mut near) = (Vec::new(), Vec::new());
    for topic in criteria.topics.iter().filter_map(|id| vocabulary.topics.get(*id)) {
        names.extend(Language::ALL.map(|language| topic.names.of(language)));
        near.push(topic.synonyms.as_str());
        // The root covers everything, and so says nothing.
        let above = vocabulary.topics.upwards(topic.id).skip(1);
        let above = above
            .filter_map(|id| vocabulary.topics.get(id))
            .filter(|it| it.parent.is_some());
        near.extend(above.flat_map(|it| Language::ALL.map(|language| it.names.of(language))));
    }
    index.add(&names, IN_TOPIC);
    index.add(&near, NEAR_TOPIC);
    let areas = criteria.areas.iter().filter_map(|id| vocabulary.areas.get(*id));
    let places: Vec<&str> = areas.map(|area| area.names.of(Language::Italian)).collect();
    index.add_places(&places);
    index.add_places(&[&content.place]);
    index.kept
}

/// What somebody looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Its words, each once.
    pub words: Vec<Asked>,
}

/// A word that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As it was typed, without capitals and accents.
    pub typed: String,
    /// What it is found by, as it is kept, each with how much it counts that a text has this.
    pub keys: BTreeMap<String, i64>,
}

impl Asked {
    /// One word, without capitals and accents.
    #[must_use]
    pub fn word(typed: &str) -> Self {
        Self::new(typed.to_owned(), Stems::new().of(typed))
    }

    fn new(typed: String, stem: String) -> Self {
        let mut keys = BTreeMap::new();
        let mut add = |key: String, counts: i64| {
            keys.entry(key).or_insert(counts);
        };
        add(marked(&typed), AS_TYPED);
        for form in forms::of_number(&typed) {
            add(marked(&form), OTHER_NUMBER);
        }
        for form in forms::of_root(&typed) {
            add(marked(&form), OTHER_FORM);
        }
        for synonym in synonyms::of(&typed) {
            for form in forms::of_number(synonym).into_iter().chain(forms::of_root(synonym)) {
                add(marked(&form), SYNONYM);
            }
        }
        if is_family(&stem) {
            add(stem, SAME_STEM);
        }
        Self { typed, keys }
    }
}

impl Question {
    /// The question in a text. Empty when it has no word that could be looked for.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let stems = Stems::new();
        let mut seen = BTreeSet::new();
        let words = telling_words(text)
            .into_iter()
            .map(|word| (stems.of(&word), word))
            .filter(|(stem, _)| seen.insert(stem.clone()))
            .take(MOST_WORDS);
        Self {
            words: words.map(|(stem, word)| Asked::new(word, stem)).collect(),
        }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The beginning that a word which is in no text may be, as words are kept; `None` where it is too short to say anything.
#[must_use]
pub fn beginning(word: &str) -> Option<String> {
    (word.chars().count() >= SHORTEST_BEGINNING).then(|| marked(word))
}

/// What every word that may be this one, misspelt, begins with, as words are kept. The first letter is taken to be right: it
/// nearly always is.
#[must_use]
pub fn first_letter(word: &str) -> Option<String> {
    word.chars()
        .next()
        .map(|letter| marked(letter.encode_utf8(&mut [0; 4])))
}

/// Of these words, as they are kept, those that `word` is most likely to be, misspelt: as few letters away as any, and few
/// enough; without what marks them.
///
/// One letter may be wrong, missing, too many or changed places with its neighbour; two in a long word. Endings are compared
/// of short words only: what was meant may stand in the text in another form.
#[must_use]
pub fn similar(word: &str, known: &[String]) -> Vec<String> {
    let root = |word: &str| root(word).unwrap_or_else(|| word.to_owned());
    let typed = root(word);
    let most = match typed.chars().count() {
        0..SHORTEST_MISSPELT => return Vec::new(),
        SHORTEST_MISSPELT..LONG_WORD => 1,
        _ => 2,
    };
    let known = known.iter().filter_map(|it| it.strip_prefix(MARK));
    let distance = |it: &str| {
        if is_family(&typed) {
            osa_distance(&typed, &root(it))
        } else {
            osa_distance(word, it)
        }
    };
    let distances = known.map(|it| (distance(it), it));
    let near: Vec<(usize, &str)> = distances.filter(|(distance, _)| *distance <= most).collect();
    let nearest = near.iter().map(|(distance, _)| *distance).min();
    let nearest = near.iter().filter(|(distance, _)| Some(*distance) == nearest);
    nearest.map(|(_, it)| (*it).to_owned()).collect()
}

/// A word as a text writes it, without capitals but with its accents; `None` where the text has it not.
#[must_use]
pub fn written(word: &str, text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric() && !is_accent(letter));
    let is_it = |it: &&str| {
        let letters = it.chars().filter(|letter| !is_accent(*letter));
        letters.map(unaccented).eq(word.chars())
    };
    words.find(is_it).map(str::to_owned)
}

/// How much a word tells that `texts_with_it` of `texts` have: the rarer the more.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts are far below 2^53, and the result is a small whole number"
)]
pub fn rarity(texts_with_it: i64, texts: i64) -> i64 {
    let share = texts.max(1) as f64 / texts_with_it.max(1) as f64;
    (100.0 * share.ln_1p()).round() as i64
}

#[cfg(test)]
mod tests;
