// SPDX-License-Identifier: EUPL-1.2
//! The public catalogue: everything that was published, searched by words and narrowed by facets, at addresses to share.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{AreaId, TopicId};
use crate::domain::opportunity::{Opportunity, OpportunityKind};
use crate::domain::profile::ProfileKind;
use crate::domain::search::Question;
use crate::domain::standing::Standing;
use crate::domain::vocabulary::{Term, Vocabulary};
use crate::services;
use crate::services::find_area::find_area;
use crate::services::search_opportunities::{Found, search_opportunities};
use crate::storage::opportunity_lists::{Filter, Order};
use crate::texts::{Texts, kind_key};
use crate::urls::paths;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::site::answers::{Answers, place, told_of_former};
use crate::web::site::card::Card;
use crate::web::site::opportunities::audience_key;
use crate::web::site::steps::tell_me;
use crate::web::topic_tree::TopicTree;

/// How many opportunities one page lists.
const A_PAGE: i64 = 20;

/// The least amounts that a list can be narrowed to, in euros.
const AMOUNTS: [i64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// The latest first, as the address of a list asks for it.
pub(super) const LATEST: &str = "latest";

/// The soonest deadline first.
pub(super) const DEADLINE: &str = "deadline";

/// How many topics a search by words stands for at most.
const MOST_TOPICS: usize = 3;

/// What the list is narrowed to, as its address says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Narrowing {
    q: String,
    kind: String,
    topic: String,
    area: String,
    audience: String,
    standing: String,
    amount: String,
    order: String,
    page: String,
}

impl Narrowing {
    fn filter(&self, vocabulary: &Vocabulary, area: Option<AreaId>, now: Timestamp) -> Filter {
        let amount = self.amount.parse().ok().filter(|euros| AMOUNTS.contains(euros));
        Filter {
            kind: OpportunityKind::from_code(&self.kind),
            topic: vocabulary.topics.by_code(&self.topic).map(Term::id),
            area,
            audience: ProfileKind::from_code(&self.audience),
            standing: Standing::from_code(&self.standing).map(|standing| (standing, now)),
            amount: amount.map(|euros: i64| euros * 100),
            order: match self.order.as_str() {
                LATEST => Order::Latest,
                DEADLINE => Order::Deadline,
                _ => Order::Best,
            },
            ..Filter::default()
        }
    }

    fn number(&self) -> i64 {
        self.page.parse().unwrap_or(1).clamp(1, 10_000)
    }

    /// What is narrowed beside the words: name and value, in the order of the form.
    fn facets(&self) -> [(&'static str, &str); 7] {
        [
            ("kind", &self.kind),
            ("topic", &self.topic),
            ("area", &self.area),
            ("audience", &self.audience),
            ("standing", &self.standing),
            ("amount", &self.amount),
            ("order", &self.order),
        ]
    }

    /// What the list is narrowed to, by name, each with the address of the list without it.
    fn narrowed(&self, texts: Texts, vocabulary: &Vocabulary) -> Vec<(String, String)> {
        let named = |(field, value): (&'static str, &str)| {
            let name = match field {
                "kind" => OpportunityKind::from_code(value).map(|it| texts.get(kind_key(it))),
                "topic" => {
                    let topic = vocabulary.topics.by_code(value);
                    topic.map(|it| it.names.of(texts.language).to_owned())
                }
                "area" => find_area(&vocabulary.areas, value).map(|it| texts.area(it, vocabulary)),
                "audience" => ProfileKind::from_code(value).map(|it| texts.get(audience_key(it))),
                "standing" => Standing::from_code(value).map(|it| texts.get(&format!("filter-standing-{}", it.code()))),
                "amount" => amounts(texts)
                    .into_iter()
                    .find(|(code, _)| code == value)
                    .map(|(_, name)| name),
                _ => None,
            }?;
            Some((name, format!("{}{}", paths::OPPORTUNITIES, self.without(field).query())))
        };
        let fields = self.facets().into_iter().filter(|(_, value)| !value.is_empty());
        fields.filter_map(named).collect()
    }

    /// The address of the list as its words alone find it, in the same order.
    fn unnarrowed(&self) -> String {
        let words_alone = Self {
            q: self.q.clone(),
            order: self.order.clone(),
            ..Self::default()
        };
        format!("{}{}", paths::OPPORTUNITIES, words_alone.query())
    }

    /// The same list, not narrowed by a facet.
    fn without(&self, facet: &str) -> Self {
        let mut wider = Self {
            page: String::new(),
            ..self.clone()
        };
        let field = match facet {
            "kind" => &mut wider.kind,
            "topic" => &mut wider.topic,
            "area" => &mut wider.area,
            "audience" => &mut wider.audience,
            "standing" => &mut wider.standing,
            "amount" => &mut wider.amount,
            _ => &mut wider.order,
        };
        field.clear();
        wider
    }

    /// What the list is narrowed to, as the query of an address; empty where it is not.
    pub(super) fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let fields = [("q", self.q.as_str())].into_iter().chain(self.facets());
        for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// What tells this list from others in the title of its page: the words, and which page it is.
    pub(super) fn title(&self, texts: Texts) -> String {
        let words = Some(self.q.trim()).filter(|words| !words.is_empty());
        let words = words.map(|words| texts.fill("opportunities-title-words", &[("words", words)]));
        let page = (self.number() > 1).then(|| texts.count("opportunities-title-page", self.number()));
        let parts = [Some(texts.get("menu-opportunities")), words, page];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The same for who has narrowed the list: how much was found, and by what it is narrowed.
    fn title_with(&self, count: &str, texts: Texts, vocabulary: &Vocabulary) -> String {
        let narrowed = self.narrowed(texts, vocabulary);
        if self.q.trim().is_empty() && narrowed.is_empty() {
            return self.title(texts);
        }
        let names = narrowed.into_iter().map(|(name, _)| name);
        let parts = [count.to_owned(), self.title(texts)].into_iter().chain(names);
        parts.collect::<Vec<_>>().join(" · ")
    }

    /// The path by which search engines know the list: the whole of it and that of a topic are lists of their own, any
    /// other is only a way through them.
    fn canonical(&self) -> Option<String> {
        let is_plain = self
            .facets()
            .iter()
            .all(|(name, value)| *name == "topic" || value.is_empty());
        let is_own = is_plain && self.q.trim().is_empty() && self.number() == 1;
        is_own.then(|| format!("{}{}", paths::OPPORTUNITIES, self.query()))
    }

    /// The address of another page of the same list.
    fn address(&self, number: i64) -> String {
        match self.query() {
            query if query.is_empty() => format!("?page={number}"),
            query => format!("{query}&page={number}"),
        }
    }

    /// What it keeps, a page of it.
    ///
    /// # Errors
    /// What the database says.
    async fn find(&self, app: &App, limit: i64, offset: i64) -> services::Result<Found> {
        let vocabulary = app.vocabulary();
        let area = find_area(&vocabulary.areas, &self.area);
        let filter = self.filter(&vocabulary, area, app.now());
        search_opportunities(app, &Question::parse(&self.q), filter, limit, offset).await
    }

    /// What it keeps for a program that looks again and again: in this order unless the address says otherwise, and never
    /// by how well it fits the words, so that what is new is not left out.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn find_in_order(&self, app: &App, order: &str, limit: i64) -> services::Result<Found> {
        let order = if self.order.is_empty() { order } else { &self.order };
        let narrowing = Self {
            order: order.to_owned(),
            ..self.clone()
        };
        narrowing.find(app, limit, 0).await
    }

    /// The address that signs up for what the list is narrowed to: where no topic is, for those of what was found.
    fn tell_me(&self, found: &[Opportunity], vocabulary: &Vocabulary) -> String {
        let own = [self.topic.clone()];
        let topics: Vec<String> = match (self.topic.is_empty(), self.q.trim().is_empty()) {
            (false, _) => own.into(),
            (true, false) => frequent_topics(found, vocabulary),
            (true, true) => Vec::new(),
        };
        let answers = Answers {
            suggested_kind: self.audience.clone(),
            place: vec![place(&self.area)],
            topics,
            ..Answers::default()
        };
        tell_me(&answers)
    }
}

/// The topics that most of what was found has.
fn frequent_topics(found: &[Opportunity], vocabulary: &Vocabulary) -> Vec<String> {
    let mut counts: BTreeMap<TopicId, usize> = BTreeMap::new();
    for topic in found.iter().flat_map(|it| &it.content.criteria.topics) {
        *counts.entry(*topic).or_default() += 1;
    }
    let mut counted: Vec<(TopicId, usize)> = counts.into_iter().collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most = counted.into_iter().take(MOST_TOPICS);
    most.map(|(topic, _)| vocabulary.topics.code(topic).to_owned())
        .collect()
}

#[derive(Template)]
#[template(path = "site/catalogue.html")]
struct CataloguePage {
    page: Page,
    title: String,
    /// The path of its address for search engines; `None` for what they need not keep.
    canonical: Option<String>,
    narrowing: Narrowing,
    area_error: bool,
    kinds: Vec<(&'static str, String)>,
    topics: TopicTree,
    audiences: Vec<(&'static str, String)>,
    standings: Vec<(&'static str, String)>,
    amounts: Vec<(String, String)>,
    orders: Vec<(&'static str, String)>,
    count: String,
    /// What else there is to say of how it was looked for, in sentences.
    remarks: Vec<String>,
    /// What the list is narrowed to: its name, and the address of the list without it.
    narrowed: Vec<(String, String)>,
    /// The address of the list as the words alone find it.
    unnarrowed: String,
    cards: Vec<Card>,
    /// Which page of how many.
    place: String,
    before: Option<String>,
    after: Option<String>,
    tell_me: String,
    feed: String,
    calendar: String,
}

/// The list.
///
/// # Errors
/// What the database says.
pub async fn list(
    State(app): State<App>,
    page: Page,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, PageError> {
    let (vocabulary, number, now) = (app.vocabulary(), narrowing.number(), app.now());
    let area = find_area(&vocabulary.areas, &narrowing.area);
    let found = narrowing.find(&app, A_PAGE, (number - 1) * A_PAGE).await?;
    let last = (found.count + A_PAGE - 1) / A_PAGE;
    if number > last.max(1) {
        return Ok(
            Redirect::to(&format!("{}{}", paths::OPPORTUNITIES, narrowing.address(last.max(1)))).into_response(),
        );
    }
    let texts = page.texts;
    let count = counted(texts, &vocabulary, found.count, &narrowing.area);
    Ok(render(&CataloguePage {
        title: narrowing.title_with(&count, texts, &vocabulary),
        canonical: narrowing.canonical(),
        area_error: area.is_none() && !narrowing.area.trim().is_empty(),
        kinds: kinds(texts),
        topics: TopicTree::new(&vocabulary, texts.language, &[]),
        audiences: named(ProfileKind::ALL, ProfileKind::code, |it| texts.get(audience_key(it))),
        standings: standings(texts),
        amounts: amounts(texts),
        orders: [LATEST, DEADLINE]
            .map(|code| (code, texts.get(&format!("order-{code}"))))
            .into(),
        count,
        remarks: remarks(texts, &found),
        narrowed: narrowing.narrowed(texts, &vocabulary),
        unnarrowed: narrowing.unnarrowed(),
        cards: found
            .page
            .iter()
            .map(|it| Card::new(it, texts, &vocabulary, now))
            .collect(),
        place: texts.fill(
            "page-of",
            &[("page", &texts.number(number)), ("last", &texts.number(last.max(1)))],
        ),
        before: (number > 1).then(|| narrowing.address(number - 1)),
        after: (number * A_PAGE < found.count).then(|| narrowing.address(number + 1)),
        tell_me: narrowing.tell_me(&found.page, &vocabulary),
        feed: format!("{}.atom{}", paths::OPPORTUNITIES, narrowing.query()),
        calendar: format!("{}.ics{}", paths::OPPORTUNITIES, narrowing.query()),
        narrowing,
        page,
    }))
}

/// How many there are, and what the place is part of today where it was a municipality once.
fn counted(texts: Texts, vocabulary: &Vocabulary, count: i64, place: &str) -> String {
    let counted = texts.count("opportunities-count", count);
    match told_of_former(texts, vocabulary, place) {
        Some(sentence) => format!("{counted}. {sentence}"),
        None => counted,
    }
}

/// What the reader should know of how it was looked for: in the place of which words others, and whether some sufficed.
fn remarks(texts: Texts, found: &Found) -> Vec<String> {
    let corrected = found.corrected.iter().map(|(typed, meant)| {
        let words = [("typed", typed.as_str()), ("meant", meant.as_str())];
        texts.fill("search-corrected", &words)
    });
    let some = found.some_words_only.then(|| texts.get("search-some-words"));
    corrected.chain(some).collect()
}

/// The kinds that a list can be narrowed to: code and name.
pub(super) fn kinds(texts: Texts) -> Vec<(&'static str, String)> {
    named(OpportunityKind::ALL, OpportunityKind::code, |it| {
        texts.get(kind_key(it))
    })
}

/// The standings that a list can be narrowed to: code and name.
pub(super) fn standings(texts: Texts) -> Vec<(&'static str, String)> {
    named(Standing::CHOICES, Standing::code, |it| {
        texts.get(&format!("filter-standing-{}", it.code()))
    })
}

/// Each of some choices with its code and its name.
fn named<T: Copy, const N: usize>(
    choices: [T; N],
    code: fn(T) -> &'static str,
    name: impl Fn(T) -> String,
) -> Vec<(&'static str, String)> {
    choices.into_iter().map(|it| (code(it), name(it))).collect()
}

fn amounts(texts: Texts) -> Vec<(String, String)> {
    let name = |euros: i64| {
        let amount = texts.money(&(euros * 100));
        (
            euros.to_string(),
            texts.fill("filter-amount-from", &[("amount", &amount)]),
        )
    };
    AMOUNTS.into_iter().map(name).collect()
}
