// SPDX-License-Identifier: EUPL-1.2
//! What an editor can choose from: kinds, and the terms of every vocabulary, with what is chosen.

use crate::app::App;
use crate::domain::opportunity::OpportunityKind;
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{Term, Terms, Vocabulary};
use crate::services::find_area::area_label;
use crate::texts::{Texts, kind_key};
use crate::web::admin::opportunity_form::OpportunityForm;
use crate::web::site::opportunities::audience_key;
use crate::web::site::questions::Choice;
use crate::web::topic_tree::{Branch, TopicTree, sectors};

/// The code of the area that a national opportunity says.
const NATION: &str = "IT";

/// Everything that can be chosen.
#[derive(Debug)]
pub struct Offers {
    /// The kinds of opportunity.
    pub kinds: Vec<Choice>,
    /// The topics.
    pub topics: TopicTree,
    /// The areas that were chosen, and the widest ones to choose quickly.
    pub areas: Vec<Choice>,
    /// Criteria that are lists.
    pub criteria: Vec<Criterion>,
    /// The sectors.
    pub sectors: Vec<Branch>,
    /// How many sectors are chosen, in words.
    pub sectors_chosen: String,
    /// Whether a sector is chosen.
    pub has_sectors: bool,
}

/// A criterion whose terms are a list.
#[derive(Debug)]
pub struct Criterion {
    /// The name of its field.
    pub field: &'static str,
    /// What it is called.
    pub name: String,
    /// What to know about it.
    pub hint: String,
    /// How many terms are chosen, in words.
    pub chosen: String,
    /// Whether its terms are shown at once.
    pub open: bool,
    /// Its terms.
    pub choices: Vec<Choice>,
}

impl Offers {
    /// What can be chosen, with what `form` has chosen.
    #[must_use]
    pub fn new(app: &App, texts: Texts, form: &OpportunityForm) -> Self {
        let vocabulary = app.vocabulary();
        let kinds = OpportunityKind::ALL
            .into_iter()
            .map(|kind| choice(kind.code(), texts.get(kind_key(kind)), std::slice::from_ref(&form.kind)));
        Self {
            kinds: kinds.collect(),
            topics: TopicTree::new(&vocabulary, texts.language, &form.topics),
            areas: areas(&vocabulary, texts, &form.areas, &app.config.home_area),
            criteria: criteria(&vocabulary, texts, form),
            sectors: sectors(&vocabulary, texts.language, &form.sectors),
            sectors_chosen: chosen(texts, form.sectors.len()),
            has_sectors: !form.sectors.is_empty(),
        }
    }
}

fn criteria(vocabulary: &Vocabulary, texts: Texts, form: &OpportunityForm) -> Vec<Criterion> {
    let kinds = ProfileKind::ALL
        .into_iter()
        .map(|kind| choice(kind.code(), texts.get(audience_key(kind)), &form.audience));
    let types = listed(&vocabulary.organisation_types, texts, &form.organisation_types);
    let sizes = listed(&vocabulary.company_sizes, texts, &form.company_sizes);
    let ages = listed(&vocabulary.age_bands, texts, &form.ages);
    let audience = Criterion {
        open: true,
        ..criterion("audience", "staff-audience", texts, kinds.collect())
    };
    vec![
        audience,
        criterion("organisation_types", "staff-organisation-types", texts, types),
        criterion("company_sizes", "staff-company-sizes", texts, sizes),
        criterion("ages", "staff-ages", texts, ages),
    ]
}

fn criterion(field: &'static str, key: &str, texts: Texts, choices: Vec<Choice>) -> Criterion {
    let count = choices.iter().filter(|choice| choice.chosen).count();
    Criterion {
        field,
        name: texts.get(key),
        hint: texts.get(&format!("{key}-hint")),
        chosen: chosen(texts, count),
        open: count > 0,
        choices,
    }
}

fn chosen(texts: Texts, count: usize) -> String {
    texts.count("staff-chosen", i64::try_from(count).unwrap_or(i64::MAX))
}

fn choice(code: &str, name: String, chosen: &[String]) -> Choice {
    let chosen = chosen.iter().any(|it| it == code);
    Choice {
        code: code.to_owned(),
        name,
        hint: String::new(),
        chosen,
    }
}

fn listed<T: Term>(terms: &Terms<T>, texts: Texts, chosen: &[String]) -> Vec<Choice> {
    terms
        .iter()
        .map(|it| choice(it.code(), it.names().of(texts.language).to_owned(), chosen))
        .collect()
}

/// The area of the body and the nation, then what else was chosen.
fn areas(vocabulary: &Vocabulary, texts: Texts, chosen: &[String], home: &str) -> Vec<Choice> {
    let widest = [home, NATION];
    let others = chosen.iter().map(String::as_str).filter(|code| !widest.contains(code));
    let mut codes: Vec<&str> = widest.into_iter().chain(others).collect();
    codes.dedup();
    let known = codes.into_iter().filter_map(|code| vocabulary.areas.by_code(code));
    known
        .map(|area| choice(&area.code, area_label(&vocabulary.areas, area, texts.language), chosen))
        .collect()
}
