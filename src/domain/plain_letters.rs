// SPDX-License-Identifier: EUPL-1.2
//! Letters without their accents: how addresses, names of places and searches compare what people write.

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
