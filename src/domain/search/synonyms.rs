// SPDX-License-Identifier: EUPL-1.2
//! Words that people use one for the other, in Italian and English: `assets/vocabulary/search_synonyms.csv`, built into the
//! program. They are applied to what is asked, never to what is found: a changed table needs no new index.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::domain::search::forms::of_number;
use crate::domain::search::plain_words;

/// A row is a set of words, separated by semicolons in either column; the first row has the names of the columns.
const TABLE: &str = include_str!("../../../assets/vocabulary/search_synonyms.csv");

/// The rows, and for each word the rows that it stands in; all without accents, as words are compared.
struct Table {
    rows: Vec<Vec<String>>,
    by_word: BTreeMap<String, Vec<usize>>,
}

static SYNONYMS: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<Vec<String>> = TABLE.lines().skip(1).map(plain_words).collect();
    let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        for word in row {
            by_word.entry(word.clone()).or_default().push(number);
        }
    }
    Table { rows, by_word }
});

/// What else is said for a word, in whichever number it is asked for; without the word itself.
pub(super) fn of(word: &str) -> BTreeSet<&'static str> {
    let forms = of_number(word);
    let rows = forms.iter().filter_map(|form| SYNONYMS.by_word.get(form));
    let words = rows.flatten().flat_map(|row| &SYNONYMS.rows[*row]);
    words.map(String::as_str).filter(|it| !forms.contains(*it)).collect()
}
