// SPDX-License-Identifier: EUPL-1.2
//! What the importers share: a line of JSON becomes a record, or a sentence that says what is wrong with it.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// The record of a line. A mark of the byte order before it does not matter.
///
/// # Errors
/// In words, for whoever made the file.
pub(super) fn read_line<R: DeserializeOwned>(line: &str) -> Result<R, String> {
    serde_json::from_str(line.trim_start_matches('\u{feff}')).map_err(|error| explain(&error))
}

/// The parser counts lines from this one: only its words are of use.
fn explain(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "ends in the middle: is the file complete?".to_owned();
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("is not a record: {words} (column {})", error.column())
}

/// A field that is `null` is a field that was left out.
///
/// # Errors
/// What the field's own type says.
pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
