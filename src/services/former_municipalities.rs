// SPDX-License-Identifier: EUPL-1.2
//! Municipalities that merged: people still call their place by its old name, and are told what it is part of today.
//!
//! Reads the table `assets/vocabulary/former_municipalities.csv`, built into the program.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::vocabulary::{Area, Terms};
use crate::services::find_area::{begins_with, is_same};

const TABLE: &str = include_str!("../../assets/vocabulary/former_municipalities.csv");

/// A name that is on no map any more.
#[derive(Debug, Deserialize)]
pub struct Former {
    /// What it was called.
    pub name: String,
    /// The car plate of its province.
    pub province: String,
    /// The code of the municipality that it is part of.
    successor: String,
}

static FORMER: LazyLock<Vec<Former>> = LazyLock::new(|| {
    let rows = csv::Reader::from_reader(TABLE.as_bytes()).into_deserialize();
    rows.filter_map(Result::ok).collect()
});

impl Former {
    /// As it is written where people choose it: "Brembilla (BG)".
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} ({})", self.name, self.province)
    }

    fn now<'a>(&self, areas: &'a Terms<Area>) -> Option<&'a Area> {
        areas.by_code(&self.successor)
    }
}

/// The former municipality that `text` means, and what it is part of.
#[must_use]
pub fn find_former<'a>(areas: &'a Terms<Area>, text: &str) -> Option<(&'static Former, &'a Area)> {
    let found = FORMER
        .iter()
        .find(|it| is_same(&it.name, text) || is_same(&it.label(), text))?;
    Some((found, found.now(areas)?))
}

/// Those whose name begins with `text`.
pub fn former_beginning_with<'a>(
    areas: &'a Terms<Area>,
    text: &str,
) -> impl Iterator<Item = (&'static Former, &'a Area)> {
    let found = FORMER.iter().filter(move |it| begins_with(&it.name, text));
    found.filter_map(|it| Some((it, it.now(areas)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::AreaKind;
    use crate::services::find_area::find_area;
    use crate::services::load_vocabularies::reference_vocabulary;

    #[test]
    fn every_former_municipality_is_part_of_one_of_today_and_found_by_its_old_name() {
        let areas = reference_vocabulary().unwrap().areas;
        let rows = TABLE.lines().count() - 1;
        assert_eq!(FORMER.len(), rows, "every line of the table is read");
        for former in FORMER.iter() {
            let now = former
                .now(&areas)
                .unwrap_or_else(|| panic!("{} is part of nothing", former.name));
            assert_eq!(now.kind, AreaKind::Municipality, "{}", former.name);
            assert_eq!(find_area(&areas, &former.name), Some(now.id), "{}", former.name);
            assert_eq!(find_area(&areas, &former.label()), Some(now.id), "{}", former.name);
        }
    }
}
