// SPDX-License-Identifier: EUPL-1.2
//! A file of texts as it is written: which text stands in which line, and which values it has places for.

use std::collections::BTreeSet;

/// A text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written<'a> {
    /// What it is called.
    pub(super) key: &'a str,
    /// In which line it begins, from 1.
    pub(super) line: usize,
    /// Everything that is written of it.
    pub(super) text: &'a str,
}

/// The texts of a file, in its order. A text begins with its name at the beginning of a line.
pub(super) fn written(source: &str) -> Vec<Written<'_>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for (number, line) in source.split_inclusive('\n').enumerate() {
        if line.starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '#' | '-')) {
            found.push((at, number + 1));
        }
        at += line.len();
    }
    let ends = found.iter().skip(1).map(|(start, _)| *start).chain([source.len()]);
    let texts = found.iter().zip(ends).filter_map(|((start, line), end)| {
        let text = &source[*start..end];
        let key = text.split_once('=')?.0.trim_end();
        let is_name = key.starts_with(|it: char| it.is_ascii_alphabetic())
            && key
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
        is_name.then_some(Written { key, line: *line, text })
    });
    texts.collect()
}

/// The values that a text has places for.
pub(super) fn variables(text: &str) -> BTreeSet<String> {
    let names = text.split('$').skip(1).map(|rest| {
        let name = rest
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
        name.collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// The line of a place in a text, from 1.
pub(super) fn line_of(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or(source);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_with_their_lines_and_values() {
        let source = "# A comment = no text\none = Words\n\ntwo = { $count ->\n    [one] One of { $service }\n   *[other] More\n}\n-term = no\nthree=x\n";
        let texts = written(source);
        let found: Vec<(&str, usize)> = texts.iter().map(|it| (it.key, it.line)).collect();
        assert_eq!(found, [("one", 2), ("two", 4), ("three", 9)]);
        let values: Vec<String> = variables(texts[1].text).into_iter().collect();
        assert_eq!(values, ["count", "service"]);
        assert_eq!(line_of(source, source.find("two").unwrap()), 4);
    }
}
