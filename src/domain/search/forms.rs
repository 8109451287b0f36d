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
        'e' | 'i' => forms.extend(of_plural(rest, ending)),
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

/// The same of a word in "e" or "i", which may be many or one. Women's and men's plurals keep a hard sound in their own way:
/// "marche" is of "marca", "marchi" of "marchio".
fn of_plural(rest: &str, ending: char) -> Vec<String> {
    let hard = rest.ends_with(['c', 'g']);
    match (ending, rest.strip_suffix('h')) {
        ('e', Some(plain)) => vec![format!("{plain}a")],
        ('e', None) if hard => vec![format!("{rest}i"), format!("{rest}a"), format!("{rest}ia")],
        ('e', None) => vec![format!("{rest}i"), format!("{rest}a")],
        (_, Some(plain)) => vec![format!("{plain}o"), format!("{rest}io")],
        (_, None) => vec![format!("{rest}o"), format!("{rest}e"), format!("{rest}io")],
    }
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
