// SPDX-License-Identifier: EUPL-1.2
//! The machine's part of a report of delivery (RFC 3464): groups of fields, one for each recipient.
//!
//! Decides what the failures say of the mailbox; the mildest counts, because one mail of ours has one recipient and more of
//! them mean that it was passed on.

use std::collections::BTreeMap;

use crate::domain::bounce::{Judgement, enhanced_code_in, judge};

/// The fields of one group, names in small letters; of a field given twice the first.
pub(super) type Block = BTreeMap<String, String>;

/// What the report says, with the code it gives; `None` when nobody failed.
pub(super) fn read(content: &[u8]) -> Option<(Judgement, String)> {
    let blocks = blocks(content);
    let recipients = blocks.iter().filter(|block| block.contains_key("action"));
    recipients
        .map(outcome)
        .min_by_key(|(judgement, _)| *judgement)
        .filter(|(judgement, _)| *judgement != Judgement::Fine)
}

fn outcome(recipient: &Block) -> (Judgement, String) {
    let field = |name: &str| recipient.get(name).map(String::as_str).unwrap_or_default();
    let status = field("status");
    let action = first_word(field("action"));
    // A delay is no failure yet, and whoever delivered, relayed or expanded it is content.
    let judgement = if action.eq_ignore_ascii_case("failed") {
        judge(status, field("diagnostic-code"))
    } else {
        Judgement::Fine
    };
    let code = enhanced_code_in(status).or_else(|| enhanced_code_in(field("diagnostic-code")));
    (judgement, code.unwrap_or_default().to_owned())
}

/// Some systems put a comment behind the word.
fn first_word(value: &str) -> &str {
    value
        .split(|c: char| c.is_whitespace() || c == '(')
        .find(|it| !it.is_empty())
        .unwrap_or_default()
}

/// The groups of fields, which empty lines set apart; a line that begins with white space continues the one before.
pub(super) fn blocks(content: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(content);
    let mut blocks = vec![Block::new()];
    let mut last = String::new();
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blocks.push(Block::new());
            last.clear();
            continue;
        }
        let Some(block) = blocks.last_mut() else { continue };
        if line.starts_with([' ', '\t']) {
            if let Some(value) = block.get_mut(&last) {
                value.push(' ');
                value.push_str(line.trim_start());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            last = name.trim().to_ascii_lowercase();
            block.entry(last.clone()).or_insert_with(|| value.trim().to_owned());
        }
    }
    blocks
}
