// SPDX-License-Identifier: EUPL-1.2
//! From what a person types to an area: the names that pages suggest, and plain names where only one place has them.

use crate::domain::ids::AreaId;
use crate::domain::language::Language;
use crate::domain::plain_letters::unaccented;
use crate::domain::vocabulary::{Area, AreaKind, Terms};
use crate::services::former_municipalities::{find_former, former_beginning_with};

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

/// The longest name that is looked for; the longest there is has some sixty letters.
const LONGEST: usize = 120;

/// How many letters two names begin with that are alike.
const FEWEST_ALIKE: usize = 3;

/// The area that `text` means: a label, or a name that only one municipality has; else the only province or region, and
/// last what was a municipality once, which means the one that it is part of.
#[must_use]
pub fn find_area(areas: &Terms<Area>, text: &str) -> Option<AreaId> {
    if text.trim().is_empty() || text.len() > LONGEST {
        return None;
    }
    find_present(areas, text).or_else(|| find_former(areas, text).map(|(_, area)| area.id))
}

fn find_present(areas: &Terms<Area>, text: &str) -> Option<AreaId> {
    let named = |name: &str| -> Vec<&Area> { areas.iter().filter(|area| has_name(area, name)).collect() };
    if let Some((name, _)) = text.rsplit_once('(') {
        let is_meant = |area: &&Area| {
            let mut labels = Language::ALL
                .into_iter()
                .map(|language| area_label(areas, area, language));
            labels.any(|label| is_same(&label, text))
        };
        return named(name).into_iter().find(is_meant).map(|area| area.id);
    }
    let named = named(text);
    let whole = named
        .iter()
        .find(|area| matches!(area.kind, AreaKind::Union | AreaKind::Country));
    whole.map(|area| area.id).or_else(|| {
        [AreaKind::Municipality, AreaKind::Province, AreaKind::Region]
            .into_iter()
            .find_map(|kind| {
                let mut of_kind = named.iter().filter(|area| area.kind == kind);
                of_kind.next().filter(|_| of_kind.next().is_none()).map(|area| area.id)
            })
    })
}

/// A name to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// As it is written in the field.
    pub label: String,
    /// For what was a municipality once: the label of what it is part of today.
    pub part_of: Option<String>,
}

/// Up to `limit` areas whose name begins with `text`, the most populous first, and former municipalities after them.
#[must_use]
pub fn suggest_areas(areas: &Terms<Area>, text: &str, limit: usize, language: Language) -> Vec<Suggestion> {
    if text.trim().is_empty() || text.len() > LONGEST {
        return Vec::new();
    }
    let is_meant = |area: &&Area| {
        Language::ALL
            .into_iter()
            .any(|language| begins_with(area.names.of(language), text))
    };
    let mut found: Vec<&Area> = areas.iter().filter(is_meant).collect();
    found.sort_by_key(|area| std::cmp::Reverse(area.population));
    let present = found.into_iter().map(|area| Suggestion {
        label: area_label(areas, area, language),
        part_of: None,
    });
    let former = former_beginning_with(areas, text).map(|(former, area)| Suggestion {
        label: former.label(),
        part_of: Some(area_label(areas, area, language)),
    });
    present.chain(former).take(limit).collect()
}

/// Up to `limit` areas whose names begin like `text`, as much of it as any name has; the most populous first. None where
/// fewer than three letters agree.
#[must_use]
pub fn similar_areas<'a>(areas: &'a Terms<Area>, text: &str, limit: usize) -> Vec<&'a Area> {
    let wanted: Vec<char> = letters(text).take(LONGEST).collect();
    let agreeing = |area: &Area| {
        let name = letters(area.names.of(Language::default()));
        name.zip(&wanted).take_while(|(own, wanted)| own == *wanted).count()
    };
    let most = areas.iter().map(agreeing).max().unwrap_or_default();
    if most < FEWEST_ALIKE {
        return Vec::new();
    }
    let mut found: Vec<&Area> = areas.iter().filter(|area| agreeing(area) == most).collect();
    found.sort_by_key(|area| std::cmp::Reverse(area.population));
    found.truncate(limit);
    found
}

fn has_name(area: &Area, name: &str) -> bool {
    Language::ALL
        .into_iter()
        .any(|language| is_same(area.names.of(language), name))
}

/// Whether people mean the same by two names.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

/// Whether a name goes on from what has been typed so far.
pub(super) fn begins_with(name: &str, typed: &str) -> bool {
    let mut letters_of_name = letters(name);
    letters(typed).all(|letter| letters_of_name.next() == Some(letter))
}

/// What people type in many ways: capitals, accents, apostrophes and white space do not matter. Nothing is kept of it:
/// a form is compared with eight thousand names.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let plain = text.chars().flat_map(char::to_lowercase).map(|letter| match letter {
        '’' | '\'' | '`' => ' ',
        other => unaccented(other),
    });
    let mut plain = plain.peekable();
    let mut begun = false;
    std::iter::from_fn(move || {
        let mut letter = plain.next()?;
        if letter.is_whitespace() {
            while plain.next_if(|it| it.is_whitespace()).is_some() {}
            let is_outer = !begun || plain.peek().is_none();
            letter = if is_outer { plain.next()? } else { ' ' };
        }
        begun = true;
        Some(letter)
    })
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
        assert_eq!(code("  sant’angelo   LODIGIANO "), code("Sant'Angelo Lodigiano (LO)"));
        assert_eq!(code("Italia").as_deref(), Some("IT"));
        for nothing in ["", " ", "(", "()", "'", "Bergamo (XX)", &"a".repeat(10_000)] {
            assert_eq!(code(nothing), None, "{nothing:.20}");
        }
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
        assert_eq!(
            (found[0].label.as_str(), &found[0].part_of),
            ("Bergamo (provincia)", &None),
            "{found:?}"
        );
        assert!(found.iter().any(|it| it.label == "Bergamo (BG)"), "{found:?}");
        let former = suggest_areas(&vocabulary.areas, "brembill", 5, Language::Italian);
        assert_eq!(former[0].label, "Brembilla (BG)");
        assert_eq!(former[0].part_of.as_deref(), Some("Val Brembilla (BG)"));
        assert!(suggest_areas(&vocabulary.areas, "", 5, Language::Italian).is_empty());
    }
}
