// SPDX-License-Identifier: EUPL-1.2
//! The controlled vocabularies: areas, topics and sectors are trees, the rest are lists.
//!
//! Read from the database at start (`storage::vocabularies`) and shared; decides which term covers which.

use std::collections::HashMap;
use std::hash::Hash;

use crate::domain::ids::{AgeBandId, AreaId, CompanySizeId, OrganisationTypeId, SectorId, TopicId};
use crate::domain::language::Language;
use crate::domain::profile::ProfileKind;

/// What every term of a vocabulary has.
pub trait Term {
    /// The typed id of its vocabulary.
    type Id: Copy + Eq + Hash;

    /// Its id.
    fn id(&self) -> Self::Id;
    /// Its code, the name that files and other systems use.
    fn code(&self) -> &str;
    /// The term above it, if the vocabulary is a tree and it is not at the top.
    fn parent(&self) -> Option<Self::Id>;
    /// Its names.
    fn names(&self) -> &Names;
}

/// A term's name in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// In Italian.
    pub italian: String,
    /// In English.
    pub english: String,
}

impl Names {
    /// The name in `language`.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            // An added language brings sentences, not the names of topics and places.
            Language::Italian | Language::Added(_) => &self.italian,
        }
    }
}

macro_rules! terms {
    ($($(#[$meta:meta])* $name:ident: $id:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* } parent $parent:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Its id.
            pub id: $id,
            /// Its code.
            pub code: String,
            /// Its names.
            pub names: Names,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl Term for $name {
            type Id = $id;

            fn id(&self) -> $id {
                self.id
            }
            fn code(&self) -> &str {
                &self.code
            }
            fn parent(&self) -> Option<$id> {
                let parent: fn(&Self) -> Option<$id> = $parent;
                parent(self)
            }
            fn names(&self) -> &Names {
                &self.names
            }
        }
    )*};
}

terms! {
    /// A place: the European Union ⊃ Italy ⊃ regions ⊃ provinces ⊃ municipalities, by ISTAT code.
    Area: AreaId {
        /// The area that contains it.
        parent: Option<AreaId>,
        /// What kind of area it is.
        kind: AreaKind,
        /// The two letters of a province, as on number plates.
        abbreviation: Option<String>,
        /// How many people live there.
        population: i64,
    } parent |it| it.parent;
    /// A theme that people follow; the root, `everything`, covers all.
    Topic: TopicId {
        /// The topic above it.
        parent: Option<TopicId>,
        /// Whether following it tells something of health, disability or need (GDPR art. 9).
        sensitive: bool,
        /// Other words that people look for it by, in both languages.
        synonyms: String,
    } parent |it| it.parent;
    /// An economic activity: ATECO sections and divisions.
    Sector: SectorId {
        /// The section of a division.
        parent: Option<SectorId>,
    } parent |it| it.parent;
    /// A legal or practical form of organisation.
    OrganisationType: OrganisationTypeId {
        /// The kinds of profile that can be of this type.
        owners: Vec<ProfileKind>,
    } parent |_| None;
    /// A size of company, by the European definition.
    CompanySize: CompanySizeId {} parent |_| None;
    /// A band of ages, both ends included.
    AgeBand: AgeBandId {
        /// The youngest age.
        from: i64,
        /// The oldest age, if there is one.
        to: Option<i64>,
    } parent |_| None;
}

/// What kind of area an [`Area`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AreaKind {
    /// The European Union.
    Union,
    /// A country.
    Country,
    /// A region.
    Region,
    /// A province or metropolitan city.
    Province,
    /// A municipality.
    Municipality,
}

impl AreaKind {
    const CODES: [(Self, &'static str); 5] = [
        (Self::Union, "eu"),
        (Self::Country, "country"),
        (Self::Region, "region"),
        (Self::Province, "province"),
        (Self::Municipality, "municipality"),
    ];

    /// The word for it in the reference tables and the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::CODES
            .into_iter()
            .find_map(|(kind, code)| (kind == self).then_some(code))
            .unwrap_or_default()
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES
            .into_iter()
            .find_map(|(kind, it)| (it == code).then_some(kind))
    }
}

/// The code of the topic that covers every other.
pub const EVERYTHING: &str = "everything";

/// One vocabulary, found by id or code. Terms keep the order of the reference table.
#[derive(Debug, Clone)]
pub struct Terms<T: Term> {
    list: Vec<T>,
    by_id: HashMap<T::Id, usize>,
    by_code: HashMap<String, usize>,
}

impl<T: Term> Terms<T> {
    /// The vocabulary of these terms.
    #[must_use]
    pub fn new(list: Vec<T>) -> Self {
        let by_id = list.iter().enumerate().map(|(at, it)| (it.id(), at)).collect();
        let by_code = list
            .iter()
            .enumerate()
            .map(|(at, it)| (it.code().to_owned(), at))
            .collect();
        Self { list, by_id, by_code }
    }

    /// Every term.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.list.iter()
    }

    /// The term with this id.
    #[must_use]
    pub fn get(&self, id: T::Id) -> Option<&T> {
        self.by_id.get(&id).map(|at| &self.list[*at])
    }

    /// The term with this code.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&T> {
        self.by_code.get(code).map(|at| &self.list[*at])
    }

    /// The code of a term, or nothing for an id that is not of this vocabulary.
    #[must_use]
    pub fn code(&self, id: T::Id) -> &str {
        self.get(id).map_or("", Term::code)
    }

    /// The name of a term in `language`.
    #[must_use]
    pub fn name(&self, id: T::Id, language: Language) -> &str {
        self.get(id).map_or("", |it| it.names().of(language))
    }

    /// The terms directly below `parent`; those at the top for `None`.
    pub fn children(&self, parent: Option<T::Id>) -> impl Iterator<Item = &T> {
        self.list.iter().filter(move |it| it.parent() == parent)
    }

    /// The term itself, then what lies above it, up to the top.
    pub fn upwards(&self, id: T::Id) -> impl Iterator<Item = T::Id> + '_ {
        std::iter::successors(Some(id), |id| self.get(*id).and_then(Term::parent))
    }

    /// How many terms lie above `id`.
    #[must_use]
    pub fn depth(&self, id: T::Id) -> usize {
        self.upwards(id).skip(1).count()
    }

    /// Whether `above` is `below` or lies above it.
    #[must_use]
    pub fn covers(&self, above: T::Id, below: T::Id) -> bool {
        self.upwards(below).any(|id| id == above)
    }

    /// Whether one of the two contains the other.
    #[must_use]
    pub fn overlap(&self, one: T::Id, other: T::Id) -> bool {
        self.covers(one, other) || self.covers(other, one)
    }
}

impl<'a, T: Term> IntoIterator for &'a Terms<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// All the vocabularies of the installation.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// Places.
    pub areas: Terms<Area>,
    /// Themes.
    pub topics: Terms<Topic>,
    /// Economic activities.
    pub sectors: Terms<Sector>,
    /// Forms of organisation.
    pub organisation_types: Terms<OrganisationType>,
    /// Sizes of company.
    pub company_sizes: Terms<CompanySize>,
    /// Bands of ages.
    pub age_bands: Terms<AgeBand>,
}

impl Vocabulary {
    /// The topic that covers every other.
    #[must_use]
    pub fn everything(&self) -> Option<TopicId> {
        self.topics.by_code(EVERYTHING).map(|topic| topic.id)
    }

    /// The topics that people choose from first: those right below `everything`.
    pub fn top_topics(&self) -> impl Iterator<Item = &Topic> {
        let root = self.everything();
        self.topics
            .iter()
            .filter(move |it| it.parent.is_some() && it.parent == root)
    }
}
