// SPDX-License-Identifier: EUPL-1.2
//! Real calls, events and edits, where the machine has them: they are no part of the project.

use std::path::PathBuf;

use crate::support::database::say_skipped;

/// The folder of the real data, where it is.
pub(crate) fn real_data() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    let named = std::env::var("INFORMA_TEST_DATA").ok().map(PathBuf::from);
    let usual = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let folder = named.unwrap_or(usual);
    if folder.join("calls.jsonl").exists() {
        return Some(folder);
    }
    say_skipped("on real data: INFORMA_TEST_DATA names no folder with calls.jsonl");
    None
}
