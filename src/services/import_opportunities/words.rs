// SPDX-License-Identifier: EUPL-1.2
//! The tables beside this file: from the words that sources use to the codes of the vocabularies.
//!
//! To teach the importer a word, add a line to the table; every word that it does not know is reported with its count.

use std::collections::HashMap;

use serde::Deserialize;

use crate::services::{Error, Result};

/// What a word stands for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meaning {
    /// The word, as people write it.
    pub word: String,
    /// Kinds of profile.
    pub audience: String,
    /// Types of organisation; empty for a kind means all of its types.
    pub organisation_types: String,
    /// Topics.
    pub topics: String,
    /// The kind of opportunity.
    pub kind: String,
    /// Sectors.
    pub sectors: String,
    /// Company sizes.
    pub sizes: String,
    /// An area.
    pub area: String,
    /// Only for items that state this region: the word means something else elsewhere.
    pub region: String,
    /// Whether the word restricts nothing.
    pub all: Option<bool>,
}

impl Meaning {
    /// Whether the word restricts nothing.
    #[must_use]
    pub(super) fn is_all(&self) -> bool {
        self.all == Some(true)
    }
}

/// The codes of one column.
pub(super) fn codes(column: &str) -> impl Iterator<Item = &str> {
    column.split(';').map(str::trim).filter(|code| !code.is_empty())
}

/// One table: the meanings of a word by its folded form.
#[derive(Debug)]
pub(super) struct Table(HashMap<String, Vec<Meaning>>);

impl Table {
    fn read(text: &str) -> Result<Self> {
        let mut meanings: HashMap<String, Vec<Meaning>> = HashMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Meaning>() {
            let meaning = row.map_err(|error| Error::Unexpected(format!("table of words: {error}")))?;
            meanings.entry(folded(&meaning.word)).or_default().push(meaning);
        }
        Ok(Self(meanings))
    }

    /// What `word` means.
    #[must_use]
    pub(super) fn find(&self, word: &str) -> Option<&Meaning> {
        self.all(word).first()
    }

    /// Everything that `word` means.
    #[must_use]
    pub(super) fn all(&self, word: &str) -> &[Meaning] {
        self.0.get(&folded(word)).map_or(&[], Vec::as_slice)
    }
}

/// Every table of words.
#[derive(Debug)]
pub(super) struct Words {
    /// For whom.
    pub beneficiaries: Table,
    /// What for.
    pub goals: Table,
    /// What kind.
    pub kinds: Table,
    /// For which economic activities.
    pub sectors: Table,
    /// For which sizes.
    pub sizes: Table,
    /// Regions, and words for everywhere.
    pub territories: Table,
    /// Municipalities that are misspelt or were merged away.
    pub places: Table,
}

impl Words {
    /// The tables built into the program.
    ///
    /// # Errors
    /// A table that cannot be read is a fault of the program.
    pub(super) fn built_in() -> Result<Self> {
        Ok(Self {
            beneficiaries: Table::read(include_str!("beneficiaries.csv"))?,
            goals: Table::read(include_str!("goals.csv"))?,
            kinds: Table::read(include_str!("kinds.csv"))?,
            sectors: Table::read(include_str!("sectors.csv"))?,
            sizes: Table::read(include_str!("sizes.csv"))?,
            territories: Table::read(include_str!("territories.csv"))?,
            places: Table::read(include_str!("places.csv"))?,
        })
    }
}

/// A word without what does not matter: white space of every kind, capitals, the form of apostrophes, a final dot.
#[must_use]
pub(super) fn folded(word: &str) -> String {
    let plain = word.replace(['’', '‘', '`'], "'").to_lowercase();
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_it_is_spaced_and_written() {
        let words = Words::built_in().unwrap();
        assert!(words.beneficiaries.find("  impresa\u{a0}").is_some());
        assert!(words.territories.find("VALLE D’AOSTA/VALLÉE D’AOSTE").is_some());
        assert!(words.beneficiaries.find("Marziani").is_none());
    }
}
