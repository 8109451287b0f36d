// SPDX-License-Identifier: EUPL-1.2
//! Topics to tick in a form: the top ones, and below each its own. `templates/topic_tree.html` shows them.
//!
//! Sectors have the same shape and are shown by the same template.

use crate::domain::language::Language;
use crate::domain::vocabulary::{Term, Terms, Vocabulary};

/// The topics of a form.
#[derive(Debug, Clone)]
pub struct TopicTree {
    /// The top topics.
    pub branches: Vec<Branch>,
}

/// A term at the top, with those below it.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it is ticked as a whole.
    pub ticked: bool,
    /// Whether its children are shown at once: when one of them is ticked.
    pub open: bool,
    /// How many of its children are ticked.
    pub count: i64,
    /// The terms below it.
    pub children: Vec<Leaf>,
}

/// A term below a branch.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

impl TopicTree {
    /// The topics, named in `language`, with the codes in `ticked` ticked.
    #[must_use]
    pub fn new(vocabulary: &Vocabulary, language: Language, ticked: &[String]) -> Self {
        let tops = vocabulary.top_topics();
        Self {
            branches: tops
                .map(|top| branch(&vocabulary.topics, top, language, ticked))
                .collect(),
        }
    }
}

/// The sectors: sections, and below each its divisions.
#[must_use]
pub fn sectors(vocabulary: &Vocabulary, language: Language, ticked: &[String]) -> Vec<Branch> {
    let sections = vocabulary.sectors.children(None);
    sections
        .map(|section| branch(&vocabulary.sectors, section, language, ticked))
        .collect()
}

fn branch<T: Term>(terms: &Terms<T>, top: &T, language: Language, ticked: &[String]) -> Branch {
    let is_ticked = |term: &T| ticked.iter().any(|code| code == term.code());
    let name = |term: &T| term.names().of(language).to_owned();
    let children = terms.children(Some(top.id()));
    let children: Vec<Leaf> = children
        .map(|child| Leaf {
            code: child.code().to_owned(),
            name: name(child),
            ticked: is_ticked(child),
        })
        .collect();
    let count = children.iter().filter(|child| child.ticked).count();
    Branch {
        code: top.code().to_owned(),
        name: name(top),
        ticked: is_ticked(top),
        open: count > 0,
        count: i64::try_from(count).unwrap_or_default(),
        children,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::load_vocabularies::reference_vocabulary;

    #[test]
    fn a_branch_is_open_when_one_of_its_children_is_ticked() {
        let vocabulary = reference_vocabulary().unwrap();
        let ticked = [
            "health".to_owned(),
            "innovation-research".to_owned(),
            "no-such-code".to_owned(),
        ];
        let tree = TopicTree::new(&vocabulary, Language::English, &ticked);
        assert_eq!(tree.branches.len(), 12);
        let find = |code: &str| tree.branches.iter().find(|branch| branch.code == code).unwrap();
        let health = find("health");
        assert!(health.ticked && !health.open && health.count == 0, "{health:?}");
        let innovation = find("innovation");
        assert!(
            !innovation.ticked && innovation.open && innovation.count == 1,
            "{innovation:?}"
        );
        assert_eq!(innovation.name, "Innovation and digital");
    }

    #[test]
    fn every_division_of_the_sectors_is_below_its_section() {
        let vocabulary = reference_vocabulary().unwrap();
        let branches = sectors(&vocabulary, Language::Italian, &["01".to_owned()]);
        let leaves: usize = branches.iter().map(|branch| branch.children.len()).sum();
        assert_eq!(branches.len() + leaves, vocabulary.sectors.iter().count());
        assert!(branches[0].open);
    }
}
