// SPDX-License-Identifier: EUPL-1.2
//! What can be searched for: the words of an opportunity and of a question, reduced to what they have in common.
//!
//! Words are compared without capitals and accents, by their Italian stems (the Snowball algorithm, of all forms of a word
//! alike), and without those that every text has. The same is done on both databases: what they keep is these
//! stems.

use std::collections::{BTreeMap, BTreeSet};

use rust_stemmers::{Algorithm, Stemmer};
use strsim::osa_distance;

use crate::domain::language::Language;
use crate::domain::opportunity::{Content, OpportunityKind};
use crate::domain::plain_letters::{is_accent, unaccented};
use crate::domain::vocabulary::Vocabulary;

/// Changed whenever the same text gives other words: what was indexed before is then indexed again.
pub const VERSION: i64 = 2;

/// How much a word counts where it stands.
const IN_TITLE: i64 = 12;
const IN_SUMMARY: i64 = 4;
const IN_TOPIC: i64 = 4;
const IN_KIND: i64 = 4;
const IN_PUBLISHER: i64 = 3;
const IN_PLACE: i64 = 3;
const IN_BODY: i64 = 1;

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

/// The words of a text, in order, reduced to what is compared. A word with hyphens gives its parts and the whole.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let stemmer = Stemmer::create(Algorithm::Italian);
    plain_words(text)
        .into_iter()
        .filter(|word| !is_everywhere(word))
        .map(|word| stem(&stemmer, &word))
        .collect()
}

/// The vowels that Italian nouns and adjectives end in.
const ENDINGS: [char; 4] = ['a', 'e', 'i', 'o'];

/// From how many letters on what is left without its ending still says which word it was.
const SHORTEST_ROOT: usize = 3;

/// What all forms of a word have in common.
///
/// Snowball takes some singulars for verbs, and so tells them from their plurals: "artigiano" from "artigiani". Here what it
/// makes of a word depends on its root alone: it is asked about the root with each ending, and what it says most often
/// holds; of two, the shorter.
fn stem(stemmer: &Stemmer, word: &str) -> String {
    let Some(root) = root(word) else {
        return stemmer.stem(word).into_owned();
    };
    // Infinitives have one form only, and are what the nouns made of them are found by: "finanziare", "finanziamento".
    let is_infinitive = ["ar", "er", "ir"].iter().any(|ending| root.ends_with(ending)) && !root.ends_with("ier");
    if is_infinitive {
        return stemmer.stem(&format!("{root}e")).into_owned();
    }
    let mut stems = ENDINGS.map(|ending| stemmer.stem(&format!("{root}{ending}")).into_owned());
    stems.sort_by_key(String::len);
    let count = |stem: &String| stems.iter().filter(|other| *other == stem).count();
    let most = stems.iter().map(count).max().unwrap_or_default();
    stems.iter().find(|stem| count(stem) == most).cloned().unwrap_or(root)
}

/// A word without the ending that tells one from many and men from women; `None` for what has none.
fn root(word: &str) -> Option<String> {
    let rest = word.strip_suffix(ENDINGS)?;
    let long = |text: &&str| text.chars().count() >= SHORTEST_ROOT;
    let softened = rest.strip_suffix('i').filter(long);
    let hardened = rest
        .strip_suffix('h')
        .filter(|text| text.ends_with(['c', 'g']))
        .filter(long);
    let root = softened.or(hardened).unwrap_or(rest);
    long(&root).then(|| root.to_owned())
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

/// The words by which an opportunity is found, and how much each counts.
#[must_use]
pub fn index(content: &Content, vocabulary: &Vocabulary) -> BTreeMap<String, i64> {
    let criteria = &content.criteria;
    let mut index: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |text: &str, weight: i64, most: usize| {
        let distinct: BTreeSet<String> = words(text).into_iter().take(most).collect();
        for word in distinct {
            *index.entry(word).or_default() += weight;
        }
    };
    add(&content.title, IN_TITLE, usize::MAX);
    add(&content.summary, IN_SUMMARY, usize::MAX);
    add(&content.publisher, IN_PUBLISHER, usize::MAX);
    add(&content.place, IN_PLACE, usize::MAX);
    add(&content.body, IN_BODY, LONGEST_BODY);
    add(kind_words(content.kind), IN_KIND, usize::MAX);
    for id in &criteria.topics {
        let topics = std::iter::successors(vocabulary.topics.get(*id), |topic| {
            topic.parent.and_then(|parent| vocabulary.topics.get(parent))
        });
        // The root covers everything, and so says nothing.
        for topic in topics.filter(|topic| topic.parent.is_some()) {
            for language in Language::ALL {
                add(topic.names.of(language), IN_TOPIC, usize::MAX);
            }
            add(&topic.synonyms, IN_TOPIC, usize::MAX);
        }
    }
    for id in &criteria.areas {
        if let Some(area) = vocabulary.areas.get(*id) {
            add(area.names.of(Language::Italian), IN_PLACE, usize::MAX);
        }
    }
    index
}

/// What somebody looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Its words, each once: the stem, and the word as it was written, which may be the beginning of another.
    pub words: Vec<(String, String)>,
}

impl Question {
    /// The question in a text. Empty when it has no word that could be looked for.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let stemmer = Stemmer::create(Algorithm::Italian);
        let mut seen = BTreeSet::new();
        let stems = plain_words(text)
            .into_iter()
            .filter(|word| !is_everywhere(word))
            .map(|word| (stem(&stemmer, &word), word))
            .filter(|(stem, _)| seen.insert(stem.clone()));
        Self {
            words: stems.take(MOST_WORDS).collect(),
        }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The beginning that a word which is in no text may be; `None` where it is too short to say anything.
#[must_use]
pub fn beginning(word: &str) -> Option<&str> {
    (word.chars().count() >= SHORTEST_BEGINNING).then_some(word)
}

/// Of these words, those that `word` is most likely to be, misspelt: as few letters away as any, and few enough. All stems.
///
/// One letter may be wrong, missing, too many or changed places with its neighbour; two in a long word. The first letter is
/// taken to be right: it nearly always is.
#[must_use]
pub fn similar<'a>(word: &str, known: &'a [String]) -> Vec<&'a str> {
    let most = match word.chars().count() {
        0..SHORTEST_MISSPELT => return Vec::new(),
        SHORTEST_MISSPELT..LONG_WORD => 1,
        _ => 2,
    };
    let distances = known.iter().map(|it| (osa_distance(word, it), it.as_str()));
    let near: Vec<(usize, &str)> = distances.filter(|(distance, _)| *distance <= most).collect();
    let nearest = near.iter().map(|(distance, _)| *distance).min();
    let nearest = near.iter().filter(|(distance, _)| Some(*distance) == nearest);
    nearest.map(|(_, it)| *it).collect()
}

/// The word in a text that has this stem, as the text writes it without capitals and accents.
#[must_use]
pub fn written(stem_of_it: &str, text: &str) -> Option<String> {
    let stemmer = Stemmer::create(Algorithm::Italian);
    let lower = text.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric() && !is_accent(letter));
    let has_stem = |word: &&str| {
        let plain: String = word.chars().filter(|it| !is_accent(*it)).map(unaccented).collect();
        stem(&stemmer, &plain) == stem_of_it
    };
    words.find(has_stem).map(str::to_owned)
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
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_a_word_are_one() {
        for (one, other) in [
            ("contributo", "contributi"),
            ("impresa", "Imprese"),
            ("attività", "attivita'"),
            ("energetica", "energetico"),
            ("perche\u{301}", "perché"),
            ("formazione", "formazioni"),
            ("asilo", "ASILI"),
            ("artigiano", "artigiani"),
            ("artigiana", "artigiane"),
            ("laboratorio", "laboratori"),
            ("anziano", "anziani"),
            ("quartiere", "quartieri"),
            ("parco", "parchi"),
            ("lago", "laghi"),
            ("servizio", "servizi"),
            ("provincia", "province"),
            ("europeo", "europee"),
            ("finanziare", "finanziamenti"),
            ("militare", "militari"),
        ] {
            assert_eq!(words(one), words(other), "{one} and {other}");
        }
        for (one, other) in [
            ("energia", "energumeno"),
            ("italiano", "Italia"),
            ("veneziani", "Venezia"),
        ] {
            assert_ne!(words(one), words(other), "{one} and {other}");
        }
    }

    #[test]
    fn articles_and_apostrophes_say_nothing() {
        assert_eq!(words("l'efficienza dell’energia"), words("efficienza energia"));
        assert_eq!(Question::parse("il per la di"), Question::default());
        assert!(Question::parse(" … ?!").is_empty());
    }

    #[test]
    fn a_word_with_a_hyphen_is_found_in_each_way() {
        let found = words("start-up");
        assert!(words("startup").iter().all(|word| found.contains(word)), "{found:?}");
        assert!(words("start up").iter().all(|word| found.contains(word)), "{found:?}");
    }

    #[test]
    fn a_question_is_short() {
        let long: Vec<String> = (0..100).map(|number| format!("parola{number}")).collect();
        assert_eq!(Question::parse(&long.join(" ")).words.len(), MOST_WORDS);
        assert_eq!(Question::parse("bando bandi BANDO").words.len(), 1);
    }

    #[test]
    fn a_misspelt_word_is_near_the_one_that_was_meant() {
        let known = words("fotovoltaico fotografia agricoltura turismo bando imprese formazione asilo");
        for (typed, meant) in [
            ("fotovoltaco", "fotovoltaico"),
            ("fotovlotaico", "fotovoltaico"),
            ("agricultura", "agricoltura"),
            ("turisno", "turismo"),
            ("impresse", "imprese"),
            ("formazzione", "formazione"),
        ] {
            let typed = words(typed);
            let meant = words(meant);
            assert_eq!(similar(&typed[0], &known), [meant[0].as_str()], "{typed:?}");
        }
        for typed in ["asi", "xylofono", "forma", "banca"] {
            assert!(!similar(typed, &known).contains(&"band"), "{typed}");
        }
        assert!(similar("xylofon", &known).is_empty());
        assert!(similar("asi", &known).is_empty(), "too short to be sure");
    }

    #[test]
    fn a_word_is_shown_as_a_text_writes_it() {
        let text = "Contributi per l’energia: FOTOVOLTAICO e città";
        assert_eq!(
            written(&words("fotovoltaici")[0], text).as_deref(),
            Some("fotovoltaico")
        );
        assert_eq!(written(&words("citta")[0], text).as_deref(), Some("città"));
        assert_eq!(written("altro", text), None);
    }

    #[test]
    fn a_rare_word_tells_more() {
        assert!(rarity(1, 10_000) > rarity(5_000, 10_000));
        assert!(rarity(10_000, 10_000) > 0);
        assert!(rarity(0, 0) > 0);
    }
}
