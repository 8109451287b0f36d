// SPDX-License-Identifier: EUPL-1.2
//! From what a person types to an area: the names that pages suggest, and plain names where only one place has them.

use crate::domain::ids::AreaId;
use crate::domain::language::Language;
use crate::domain::plain_letters::unaccented;
use crate::domain::vocabulary::{Area, AreaKind, Terms};

/// How an area is written where people choose it: "Bergamo (BG)" is the municipality, "Bergamo (provincia)" the province.
#[must_use]
pub fn area_label(areas: &Terms<Area>, area: &Area, language: Language) -> String {
    let name = area.names.of(language);
    let province = || {
        area.parent
            .and_then(|id| areas.get(id))
            .and_then(|it| it.abbreviation.clone())
    };
    let kind = match (area.kind, language) {
        (AreaKind::Municipality, _) => province().unwrap_or_default(),
        (AreaKind::Province, Language::Italian | Language::Added(_)) => "provincia".to_owned(),
        (AreaKind::Province, Language::English) => "province".to_owned(),
        (AreaKind::Region, Language::Italian | Language::Added(_)) => "regione".to_owned(),
        (AreaKind::Region, Language::English) => "region".to_owned(),
        _ => String::new(),
    };
    if kind.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({kind})")
    }
}

/// The area that `text` means: a label, or a name that only one municipality has; else the only province or region.
#[must_use]
pub fn find_area(areas: &Terms<Area>, text: &str) -> Option<AreaId> {
    let wanted = folded(text);
    let labelled = areas.iter().find(|area| {
        Language::ALL
            .into_iter()
            .any(|language| folded(&area_label(areas, area, language)) == wanted)
    });
    if let Some(area) = labelled {
        return Some(area.id);
    }
    [AreaKind::Municipality, AreaKind::Province, AreaKind::Region]
        .into_iter()
        .find_map(|kind| {
            let mut named = areas.iter().filter(|area| area.kind == kind && has_name(area, &wanted));
            named.next().filter(|_| named.next().is_none()).map(|area| area.id)
        })
}

/// Up to `limit` areas whose name begins with `text`, the most populous first.
#[must_use]
pub fn suggest_areas(areas: &Terms<Area>, text: &str, limit: usize, language: Language) -> Vec<String> {
    let wanted = folded(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<&Area> = areas
        .iter()
        .filter(|area| {
            Language::ALL
                .into_iter()
                .any(|language| folded(area.names.of(language)).starts_with(&wanted))
        })
        .collect();
    found.sort_by_key(|area| std::cmp::Reverse(area.population));
    found
        .into_iter()
        .take(limit)
        .map(|area| area_label(areas, area, language))
        .collect()
}

/// Up to `limit` areas whose names begin like `text`, as much of it as any name has; the most populous first. None where
/// fewer than three letters agree.
#[must_use]
pub fn similar_areas<'a>(areas: &'a Terms<Area>, text: &str, limit: usize) -> Vec<&'a Area> {
    let wanted: Vec<char> = folded(text).chars().collect();
    let begins = |length: usize| {
        let beginning: String = wanted.iter().take(length).collect();
        let like = |area: &&Area| folded(area.names.of(Language::default())).starts_with(&beginning);
        areas.iter().filter(like).collect::<Vec<_>>()
    };
    let lengths = (3..=wanted.len()).rev().map(begins);
    let mut found = lengths.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    found.sort_by_key(|area| std::cmp::Reverse(area.population));
    found.truncate(limit);
    found
}

fn has_name(area: &Area, wanted: &str) -> bool {
    Language::ALL
        .into_iter()
        .any(|language| folded(area.names.of(language)) == wanted)
}

/// What people type in many ways: capitals, accents, apostrophes and white space do not matter.
fn folded(text: &str) -> String {
    let lower = text.to_lowercase();
    let plain = lower.chars().map(|letter| match letter {
        '’' | '\'' | '`' => ' ',
        other => unaccented(other),
    });
    plain
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::load_vocabularies::reference_vocabulary;

    #[test]
    fn people_write_places_in_many_ways() {
        let vocabulary = reference_vocabulary().unwrap();
        let code = |text: &str| find_area(&vocabulary.areas, text).map(|id| vocabulary.areas.code(id).to_owned());
        assert_eq!(code("bergamo").as_deref(), Some("016024"));
        assert_eq!(code(" Bergamo (bg) ").as_deref(), Some("016024"));
        assert_eq!(code("Bergamo (provincia)").as_deref(), Some("016"));
        assert_eq!(code("cantu").as_deref(), Some("013041"));
        assert_eq!(code("Milan").as_deref(), Some("015146"));
        assert_eq!(code("Lombardia").as_deref(), Some("03"));
        assert_eq!(code("Bergmo"), None);
        assert_eq!(code("Castro"), None);
    }

    #[test]
    fn a_misspelt_name_finds_those_that_begin_like_it() {
        let vocabulary = reference_vocabulary().unwrap();
        let like = |text: &str| {
            let found = similar_areas(&vocabulary.areas, text, 3);
            found.iter().map(|area| area.code.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(like("Bergmo")[0], "016", "the province has more people than its city");
        assert!(like("Bergmo").contains(&"016024"));
        assert_eq!(like("Xyz"), Vec::<&str>::new());
        assert_eq!(like(""), Vec::<&str>::new());
    }

    #[test]
    fn the_most_populous_place_is_suggested_first() {
        let vocabulary = reference_vocabulary().unwrap();
        let found = suggest_areas(&vocabulary.areas, "berg", 5, Language::Italian);
        assert!(found.contains(&"Bergamo (BG)".to_owned()), "{found:?}");
        assert!(suggest_areas(&vocabulary.areas, "", 5, Language::Italian).is_empty());
    }
}
