// SPDX-License-Identifier: EUPL-1.2
//! Tables that people open in a spreadsheet: CSV (RFC 4180), in which no cell is ever calculated.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a formula can send what stands beside
//! it to an address of a stranger, or start a program (OWASP, "CSV Injection"). Titles come from feeds of others and names
//! from forms, so every CSV that the program writes for people is written here: what would be a formula gets an apostrophe
//! before it, which spreadsheets show as text. A test holds that no other file writes CSV.

use std::borrow::Cow;

use crate::services::{Error, Result};

/// What a cell must not begin with: the signs of a formula, in the wide forms of East Asian keyboards too, and the blanks
/// that some programs skip before they look for one.
const SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// What a spreadsheet shows and does not calculate.
#[must_use]
pub fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The rows as CSV, each cell made harmless.
///
/// # Errors
/// When it cannot be written, which memory always can.
pub fn table<const N: usize>(rows: &[[String; N]]) -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Error::Unexpected(format!("writing CSV: {error}"));
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        let cells = row.iter().map(|text| cell(text).into_owned());
        writer.write_record(cells).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The same with what spreadsheets know UTF-8 by, for people to open.
///
/// # Errors
/// When it cannot be written, which memory always can.
pub fn table_to_open<const N: usize>(rows: &[[String; N]]) -> Result<String> {
    Ok(format!("{BYTE_ORDER_MARK}{}", table(rows)?))
}

/// What a spreadsheet knows UTF-8 by.
const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_calculated_is_shown() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
            "=HYPERLINK(\"http://example.org\")",
        ] {
            assert_eq!(cell(text), format!("'{text}"));
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in ["", "Orti = orti", "3 - 2", "maria@example.org", "'=1", " x"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn every_cell_of_a_table_is_made_harmless() {
        let rows = [
            ["Titolo".to_owned(), "=1".to_owned()],
            ["@a".to_owned(), "b\"c".to_owned()],
        ];
        assert_eq!(table(&rows).unwrap(), "Titolo,'=1\r\n'@a,\"b\"\"c\"\r\n");
        assert!(table_to_open(&rows).unwrap().starts_with("\u{feff}Titolo"));
    }
}
