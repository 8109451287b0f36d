// SPDX-License-Identifier: EUPL-1.2
//! Everything that is held about a person as one flat table, for who opens no JSON: a line for each value, with the part of
//! the data that it is in, which of several it belongs to, and what it is.
//!
//! It is made of the same data as the JSON, so neither can lack what the other has. Names are in the words of the reader,
//! values as they are kept.

use serde_json::Value;

use crate::services::personal_data::PersonalData;
use crate::services::{Error, Result};
use crate::texts::Texts;

/// The part that holds what is there once.
const GENERAL: &str = "general";

/// What stands between a thing and what it is part of.
const BELOW: &str = " · ";

/// The table, its columns named in the first line: part, number, what it is, value.
///
/// # Errors
/// When the data cannot be put into JSON, which they always can.
pub fn data_table(data: &PersonalData, texts: Texts) -> Result<Vec<[String; 4]>> {
    let data = serde_json::to_value(data).map_err(|error| Error::Unexpected(error.to_string()))?;
    let columns = ["section", "item", "field", "value"];
    let mut rows = vec![columns.map(|column| texts.get(&format!("data-column-{column}")))];
    let Value::Object(parts) = &data else {
        return Ok(rows);
    };
    let lists = |value: &Value| value.is_array();
    for (name, value) in parts.iter().filter(|(_, value)| !lists(value)) {
        add(
            &mut rows,
            [&named("section", GENERAL, texts), ""],
            &named("field", name, texts),
            value,
            texts,
        );
    }
    for (name, value) in parts.iter().filter(|(_, value)| lists(value)) {
        let section = named("section", name, texts);
        for (item, number) in value.as_array().into_iter().flatten().zip(1..) {
            add(&mut rows, [&section, &format!("{number}")], "", item, texts);
        }
    }
    Ok(rows)
}

/// Adds a value, or everything that is in it.
fn add(rows: &mut Vec<[String; 4]>, place: [&str; 2], field: &str, value: &Value, texts: Texts) {
    let below = |name: &str| {
        if field.is_empty() {
            name.to_owned()
        } else {
            format!("{field}{BELOW}{name}")
        }
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                add(rows, place, &below(&named("field", name, texts)), value, texts);
            }
        }
        Value::Array(items) => {
            for (item, number) in items.iter().zip(1..) {
                let of_several = if item.is_object() {
                    format!("{field} {number}")
                } else {
                    field.to_owned()
                };
                add(rows, place, &of_several, item, texts);
            }
        }
        value => {
            let [section, item] = place.map(str::to_owned);
            rows.push([section, item, field.to_owned(), words(value, texts)]);
        }
    }
}

/// A part or a field in words; its code where there are none.
fn named(what: &str, code: &str, texts: Texts) -> String {
    let key = format!("data-{what}-{}", code.replace('_', "-"));
    if texts.has(&key) {
        texts.get(&key)
    } else {
        code.to_owned()
    }
}

fn words(value: &Value, texts: Texts) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => texts.get("yes"),
        Value::Bool(false) => texts.get("no"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
