// SPDX-License-Identifier: EUPL-1.2
//! The forms of a word: its singular and plural, and those of the other gender, as the rules of Italian spelling make them.
//!
//! They are made of what somebody asks for. One that no text has does no harm: it is not found.

use std::collections::BTreeSet;

use crate::domain::search::stems::{ENDINGS, is_family, root};

/// The word and what may be its singular or its plural: "vino" and "vini", "pesca" and "pesche", "negozio" and "negozi".
pub(super) fn of_number(word: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([word.to_owned()]);
    let Some(ending) = word.chars().next_back() else {
        return forms;
    };
    let rest = &word[..word.len() - ending.len_utf8()];
    if rest.chars().count() < 2 {
        return forms;
    }
    let hard = rest.ends_with(['c', 'g']);
    let mut add = |rest: &str, ending: &str| forms.insert(format!("{rest}{ending}"));
    match ending {
        'a' => {
            add(rest, if hard { "he" } else { "e" });
            // "Provincia" and "province".
            if let Some(soft) = rest.strip_suffix('i').filter(|it| it.ends_with(['c', 'g'])) {
                add(soft, "e");
            }
        }
        'o' => {
            add(rest, "i");
            if hard {
                add(rest, "hi");
            }
            if rest.ends_with('i') {
                add(rest, "");
            }
        }
        // Women's and men's plurals keep a hard sound in their own way: "marche" is of "marca", "marchi" of "marchio".
        'e' => match rest.strip_suffix('h') {
            Some(plain) => {
                add(plain, "a");
            }
            None => {
                add(rest, "i");
                add(rest, "a");
                if hard {
                    add(rest, "ia");
                }
            }
        },
        'i' => {
            add(rest, "io");
            match rest.strip_suffix('h') {
                Some(plain) => {
                    add(plain, "o");
                }
                None => {
                    add(rest, "o");
                    add(rest, "e");
                }
            }
        }
        // English, and what Italian took from it: "voucher", "vouchers".
        's' => {
            add(rest, "");
        }
        letter if letter.is_ascii_alphabetic() => {
            add(word, "s");
        }
        _ => {}
    }
    forms
}

/// The forms with the same root: those of the other gender too. Only of a word long enough that they are forms of it, and no
/// other word: "casa" is no form of "caso".
pub(super) fn of_root(word: &str) -> BTreeSet<String> {
    let Some(root) = root(word).filter(|root| is_family(root)) else {
        return BTreeSet::new();
    };
    let hardened = root.ends_with(['c', 'g']).then(|| format!("{root}h"));
    let softened = format!("{root}i");
    let mut forms: BTreeSet<String> = [Some(root), hardened, Some(softened.clone())]
        .into_iter()
        .flatten()
        .flat_map(|root| ENDINGS.map(|ending| format!("{root}{ending}")))
        .collect();
    forms.insert(softened);
    forms
}
