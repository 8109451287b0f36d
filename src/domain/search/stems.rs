// SPDX-License-Identifier: EUPL-1.2
//! Stems: what the forms and the relatives of an Italian word have in common.
//!
//! A stem only says that two words may be of one family: "negozio" and "negoziata" have the same one. That is why what has
//! just the stem of a word counts far less than what has the word (`super::forms`).

use rust_stemmers::{Algorithm, Stemmer};

/// The vowels that Italian nouns and adjectives end in.
pub(super) const ENDINGS: [char; 4] = ['a', 'e', 'i', 'o'];

/// From how many letters on what is left without its ending still says which word it was.
const SHORTEST_ROOT: usize = 3;

/// From how many letters on a stem says which family a word is of: "cas" is of "casa", of "caso" and of "caseario".
const SHORTEST_FAMILY: usize = 5;

/// Endings that make an adjective of a noun, or one noun of another, and what they leave: "alluvionale" is of "alluvione",
/// "turistico" of "turismo".
const RELATIVES: [(&str, &str); 4] = [("istic", "is"), ("ism", "is"), ("ist", "is"), ("al", "")];

/// Finds stems.
pub(super) struct Stems(Stemmer);

impl Stems {
    pub(super) fn new() -> Self {
        Self(Stemmer::create(Algorithm::Italian))
    }

    /// What all forms of a word have in common.
    ///
    /// Snowball takes some singulars for verbs, and so tells them from their plurals: "artigiano" from "artigiani". Here what
    /// it makes of a word depends on its root alone: it is asked about the root with each ending, and what it says most
    /// often holds; of two, the shorter. What it cuts down to a few letters is kept as the root.
    pub(super) fn of(&self, word: &str) -> String {
        let Some(root) = root(word) else {
            return self.0.stem(word).into_owned();
        };
        let stem = self.of_root(&root);
        let stem = if is_family(&stem) { stem } else { root };
        let relative = RELATIVES.iter().find_map(|(ending, left)| {
            let rest = stem.strip_suffix(ending)?;
            Some(format!("{rest}{left}"))
        });
        relative.filter(|it| is_family(it)).unwrap_or(stem)
    }

    fn of_root(&self, root: &str) -> String {
        // Infinitives have one form only, and are what the nouns made of them are found by: "finanziare", "finanziamento".
        let is_infinitive = ["ar", "er", "ir"].iter().any(|ending| root.ends_with(ending)) && !root.ends_with("ier");
        if is_infinitive {
            return self.0.stem(&format!("{root}e")).into_owned();
        }
        let mut stems = ENDINGS.map(|ending| self.0.stem(&format!("{root}{ending}")).into_owned());
        stems.sort_by_key(String::len);
        let count = |stem: &String| stems.iter().filter(|other| *other == stem).count();
        let most = stems.iter().map(count).max().unwrap_or_default();
        let often = stems.iter().find(|stem| count(stem) == most);
        often.cloned().unwrap_or_else(|| root.to_owned())
    }
}

/// Whether a stem is long enough to say which family a word is of.
pub(super) fn is_family(stem: &str) -> bool {
    stem.chars().count() >= SHORTEST_FAMILY
}

/// A word without the ending that tells one from many and men from women; `None` for what has none.
pub(super) fn root(word: &str) -> Option<String> {
    let rest = word.strip_suffix(ENDINGS)?;
    let long = |text: &&str| text.chars().count() >= SHORTEST_ROOT;
    let softened = rest.strip_suffix('i').filter(long).unwrap_or(rest);
    let hardened = softened
        .strip_suffix('h')
        .filter(|text| text.ends_with(['c', 'g']))
        .filter(long);
    let root = hardened.unwrap_or(softened);
    long(&root).then(|| root.to_owned())
}
