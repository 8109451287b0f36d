// SPDX-License-Identifier: EUPL-1.2
//! From a source's words to criteria: each facet on its own, every word that is not known noted.
//!
//! "All" is the absence of a criterion: a list that names everything becomes empty. ATECO codes, where a source gives
//! any, say more than its words for sectors and decide alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::criteria::Criteria;
use crate::domain::ids::{AreaId, CompanySizeId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::opportunity::OpportunityKind;
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{AreaKind, Term, Terms, Vocabulary};
use crate::services::import_opportunities::record::{Record, Territory};
use crate::services::import_opportunities::words::{Meaning, Table, Words, codes, folded};

/// How often each value of a facet could not be mapped.
pub type Unmapped = BTreeMap<(&'static str, String), u64>;

/// Maps records onto the vocabularies.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    vocabulary: &'a Vocabulary,
    words: &'a Words,
    municipalities: HashMap<String, Vec<AreaId>>,
    /// What could not be mapped so far.
    pub unmapped: Unmapped,
}

impl<'a> Mapper<'a> {
    /// A mapper onto `vocabulary` by the tables of `words`.
    #[must_use]
    pub(super) fn new(vocabulary: &'a Vocabulary, words: &'a Words) -> Self {
        let mut municipalities: HashMap<String, Vec<AreaId>> = HashMap::new();
        for area in vocabulary.areas.iter().filter(|it| it.kind == AreaKind::Municipality) {
            municipalities
                .entry(folded(&area.names.italian))
                .or_default()
                .push(area.id);
        }
        Self {
            vocabulary,
            words,
            municipalities,
            unmapped: Unmapped::new(),
        }
    }

    /// The kind of opportunity that a record is; `None` for a word that no table knows.
    #[must_use]
    pub(super) fn kind(&self, record: &Record) -> Option<OpportunityKind> {
        self.words
            .kinds
            .find(&record.kind)
            .and_then(|meaning| OpportunityKind::from_code(&meaning.kind))
    }

    /// Whom a record concerns.
    pub(super) fn criteria(&mut self, record: &Record) -> Criteria {
        let beneficiaries = self.meanings("beneficiaries", |words| &words.beneficiaries, &record.beneficiaries);
        let audience = kinds_of(&beneficiaries);
        Criteria {
            organisation_types: self.organisation_types(&beneficiaries, &audience),
            audience,
            areas: self.areas(record.territory.as_ref()),
            topics: self.topics(record),
            sectors: self.sectors(record),
            company_sizes: self.company_sizes(&record.company_sizes),
            ages: BTreeSet::new(),
        }
    }

    fn note(&mut self, facet: &'static str, word: &str) {
        *self.unmapped.entry((facet, word.to_owned())).or_default() += 1;
    }

    /// The meanings of `values`; those without one are noted.
    fn meanings(&mut self, facet: &'static str, table: fn(&Words) -> &Table, values: &[String]) -> Vec<&'a Meaning> {
        let words: &'a Words = self.words;
        let mut known = Vec::new();
        for value in values.iter().filter(|value| !value.trim().is_empty()) {
            match table(words).find(value) {
                Some(meaning) => known.push(meaning),
                None => self.note(facet, value),
            }
        }
        known
    }

    /// The types that some word names, and all types of a kind that some word names without types.
    fn organisation_types(
        &self,
        beneficiaries: &[&Meaning],
        audience: &BTreeSet<ProfileKind>,
    ) -> BTreeSet<OrganisationTypeId> {
        let terms = &self.vocabulary.organisation_types;
        let mut named: BTreeSet<OrganisationTypeId> = beneficiaries
            .iter()
            .flat_map(|it| ids(terms, &it.organisation_types))
            .collect();
        let open = kinds_of(
            &beneficiaries
                .iter()
                .filter(|it| it.organisation_types.is_empty())
                .copied()
                .collect::<Vec<_>>(),
        );
        let owned_by = |kinds: &BTreeSet<ProfileKind>| -> BTreeSet<OrganisationTypeId> {
            let owned = terms
                .iter()
                .filter(|term| term.owners.iter().any(|kind| kinds.contains(kind)));
            owned.map(|term| term.id).collect()
        };
        if named.is_empty() {
            return named;
        }
        named.extend(owned_by(&open));
        if owned_by(audience).is_subset(&named) {
            BTreeSet::new()
        } else {
            named
        }
    }

    fn topics(&mut self, record: &Record) -> BTreeSet<TopicId> {
        let goals = self.meanings("topics", |words| &words.goals, &record.topics);
        let terms = &self.vocabulary.topics;
        let stated: BTreeSet<TopicId> = goals.iter().flat_map(|it| ids(terms, &it.topics)).collect();
        let usual = self.words.kinds.find(&record.kind).map_or("", |it| &it.topics);
        if stated.is_empty() {
            ids(terms, usual).collect()
        } else {
            stated
        }
    }

    fn sectors(&mut self, record: &Record) -> BTreeSet<SectorId> {
        let by_code = self.ateco(&record.ateco);
        let meanings = self.meanings("sectors", |words| &words.sectors, &record.sectors);
        let terms = &self.vocabulary.sectors;
        if !by_code.is_empty() {
            return unless_all(terms, by_code);
        }
        if meanings.iter().any(|it| it.is_all()) {
            return BTreeSet::new();
        }
        unless_all(terms, meanings.iter().flat_map(|it| ids(terms, &it.sectors)).collect())
    }

    /// The divisions of ATECO codes; empty when one of them is all.
    fn ateco(&mut self, values: &[String]) -> BTreeSet<SectorId> {
        let terms = &self.vocabulary.sectors;
        let everything = |value: &String| self.words.sectors.find(value).is_some_and(Meaning::is_all);
        if values.iter().any(everything) {
            return BTreeSet::new();
        }
        let (mut divisions, mut unknown) = (BTreeSet::new(), Vec::new());
        for value in values {
            // Some sources name the edition before the code: "ATECO 2007: 55.30".
            let code = value.rsplit(char::is_whitespace).next().unwrap_or_default();
            let division = code.split('.').next().unwrap_or_default();
            match terms.by_code(division) {
                Some(sector) => _ = divisions.insert(sector.id),
                None => unknown.push(value),
            }
        }
        for value in &unknown {
            self.note("ateco", value);
        }
        // A list that is known in part only would exclude those of the part that is not.
        if unknown.is_empty() { divisions } else { BTreeSet::new() }
    }

    fn company_sizes(&mut self, values: &[String]) -> BTreeSet<CompanySizeId> {
        let meanings = self.meanings("company_sizes", |words| &words.sizes, values);
        if meanings.iter().any(|it| it.is_all()) {
            return BTreeSet::new();
        }
        let terms = &self.vocabulary.company_sizes;
        let named: BTreeSet<CompanySizeId> = meanings.iter().flat_map(|it| ids(terms, &it.sizes)).collect();
        if named.len() == terms.iter().count() {
            BTreeSet::new()
        } else {
            named
        }
    }

    fn areas(&mut self, territory: Option<&Territory>) -> BTreeSet<AreaId> {
        let Some(territory) = territory else {
            return BTreeSet::new();
        };
        let areas = &self.vocabulary.areas;
        let whole = |code: &str| areas.by_code(code).map(|area| area.id).into_iter().collect();
        match territory.level.as_str() {
            "national" => return whole("IT"),
            "eu" => return whole("EU"),
            _ => {}
        }
        let regions = self.regions(&territory.regions);
        let places = self.municipalities(territory, &regions);
        if !places.is_empty() {
            return places;
        }
        let all = areas
            .iter()
            .filter(|area| area.kind == AreaKind::Region)
            .map(|area| area.id);
        if all.collect::<BTreeSet<_>>().is_subset(&regions) {
            whole("IT")
        } else {
            regions
        }
    }

    fn regions(&mut self, names: &[String]) -> BTreeSet<AreaId> {
        let meanings = self.meanings("regions", |words| &words.territories, names);
        meanings
            .iter()
            .flat_map(|it| ids(&self.vocabulary.areas, &it.area))
            .collect()
    }

    /// The municipalities that a territory names; empty when it names all of its regions.
    fn municipalities(&mut self, territory: &Territory, regions: &BTreeSet<AreaId>) -> BTreeSet<AreaId> {
        let mut found = BTreeSet::new();
        for (at, written) in territory.comuni.iter().enumerate() {
            let code = territory.istat.get(at).and_then(Option::as_deref);
            if let Some(area) = code.and_then(|code| self.vocabulary.areas.by_code(code)) {
                found.insert(area.id);
                continue;
            }
            for name in written.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                if self.words.territories.find(name).is_some_and(Meaning::is_all) {
                    return BTreeSet::new();
                }
                match self.municipality(name, regions) {
                    Some(area) => _ = found.insert(area),
                    None => self.note("municipalities", name),
                }
            }
        }
        found
    }

    /// The municipality called `name` in one of `regions`, or what it was merged into.
    fn municipality(&self, name: &str, regions: &BTreeSet<AreaId>) -> Option<AreaId> {
        let areas = &self.vocabulary.areas;
        let within = |id: AreaId| regions.is_empty() || regions.iter().any(|region| areas.covers(*region, id));
        let places = self.words.places.all(name).iter().filter(|meaning| {
            meaning.region.is_empty()
                || areas
                    .by_code(&meaning.region)
                    .is_some_and(|it| regions.contains(&it.id))
        });
        let known = self.municipalities.get(&folded(name)).map_or(&[][..], Vec::as_slice);
        let mut named = known.iter().copied().filter(|id| within(*id));
        let moved = places
            .filter_map(|meaning| areas.by_code(&meaning.area))
            .map(Term::id)
            .next();
        moved.or_else(|| named.next().filter(|_| named.next().is_none()))
    }
}

fn kinds_of(beneficiaries: &[&Meaning]) -> BTreeSet<ProfileKind> {
    beneficiaries
        .iter()
        .flat_map(|it| codes(&it.audience))
        .filter_map(ProfileKind::from_code)
        .collect()
}

fn ids<'t, T: Term>(terms: &'t Terms<T>, column: &'t str) -> impl Iterator<Item = T::Id> + 't {
    codes(column).filter_map(|code| terms.by_code(code)).map(Term::id)
}

/// The sectors, or none when every division is covered.
fn unless_all<T: Term>(terms: &Terms<T>, named: BTreeSet<T::Id>) -> BTreeSet<T::Id>
where
    T::Id: Ord,
{
    let mut divisions = terms.iter().filter(|term| term.parent().is_some());
    let covered = divisions.all(|term| named.iter().any(|id| terms.covers(*id, term.id())));
    if covered { BTreeSet::new() } else { named }
}
