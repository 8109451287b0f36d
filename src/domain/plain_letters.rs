// SPDX-License-Identifier: EUPL-1.2
//! Letters without their accents: how addresses, names of places and searches compare what people write. And texts without
//! what no text has.

/// The letter without its accent; any other stays.
#[must_use]
pub const fn unaccented(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ä' | 'ã' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

/// Whether it is an accent written apart from its letter (Unicode's combining marks): it says nothing that is compared.
#[must_use]
pub const fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// The text without characters that are none: controls other than line breaks and tabs, and what XML 1.0 (section 2.2)
/// forbids, one of which would make a whole feed unreadable.
#[must_use]
pub fn legible(text: &str) -> String {
    let is_text = |letter: &char| {
        !matches!(letter, '\u{fffe}' | '\u{ffff}') && (!letter.is_control() || matches!(letter, '\n' | '\t'))
    };
    text.chars().filter(is_text).collect()
}

/// The same on one line: a break is a space.
#[must_use]
pub fn legible_line(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|it| if matches!(it, '\n' | '\r' | '\t') { ' ' } else { it })
        .collect();
    legible(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_goes_and_the_rest_stays() {
        assert_eq!(
            legible("Perché\u{1} no?\u{8}\u{fffe}\r\n\tSì 🦀"),
            "Perché no?\n\tSì 🦀"
        );
        assert_eq!(legible_line("a\r\nb\tc\u{0}"), "a  b c");
    }
}
