// SPDX-License-Identifier: EUPL-1.2
//! Random opportunities and profiles over a small part of the vocabularies, so that many of them agree.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use informa::domain::criteria::Criteria;
use informa::domain::ids::{OpportunityId, ProfileId, SourceId, SubscriberId, Token, TopicId};
use informa::domain::opportunity::{Amount, Content, Opportunity, OpportunityKind, Origin, Status};
use informa::domain::profile::{
    Channels, Facets, Follow, Followed, Frequency, Mute, Profile, ProfileKind, Telling, TellingOverride,
};
use informa::domain::vocabulary::{Term, Terms, Vocabulary};
use informa::services::load_vocabularies::reference_vocabulary;
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::builders::at;

/// The vocabularies of the reference tables.
pub(crate) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| reference_vocabulary().unwrap());

const AREAS: [&str; 10] = [
    "EU", "IT", "03", "016", "016024", "016004", "015", "015146", "01", "001272",
];
const TOPICS: [&str; 9] = [
    "everything",
    "environment",
    "environment-energy",
    "environment-water",
    "business",
    "business-investment",
    "business-youth",
    "social",
    "social-inclusion",
];
const SECTORS: [&str; 6] = ["A", "01", "02", "C", "10", "62"];
const TYPES: [&str; 5] = ["company", "farm", "university", "research-body", "municipality"];
const SIZES: [&str; 4] = ["micro", "small", "medium", "large"];
const AGES: [&str; 3] = ["18-24", "30-35", "65-74"];

fn ids<T: Term>(terms: &Terms<T>, codes: &[&str]) -> Vec<T::Id> {
    codes
        .iter()
        .map(|code| terms.by_code(code).unwrap_or_else(|| panic!("no {code}")).id())
        .collect()
}

/// Up to `most` terms; often none.
fn some<T: Term>(terms: &'static Terms<T>, codes: &[&str], most: usize) -> BoxedStrategy<BTreeSet<T::Id>>
where
    T::Id: Ord + std::fmt::Debug,
{
    let picked = subsequence(ids(terms, codes), 1..=most).prop_map(|ids| ids.into_iter().collect());
    prop_oneof![2 => Just(BTreeSet::new()), 3 => picked].boxed()
}

/// Criteria with at least one topic.
pub(crate) fn criteria() -> impl Strategy<Value = Criteria> {
    let vocabulary: &'static Vocabulary = &VOCABULARY;
    let topics = subsequence(ids(&vocabulary.topics, &TOPICS), 1..=3);
    let audience = prop_oneof![2 => Just(Vec::new()), 1 => subsequence(ProfileKind::ALL.to_vec(), 1..=3)];
    (
        audience,
        some(&vocabulary.areas, &AREAS, 3),
        topics,
        some(&vocabulary.sectors, &SECTORS, 3),
        some(&vocabulary.organisation_types, &TYPES, 3),
        some(&vocabulary.company_sizes, &SIZES, 2),
        some(&vocabulary.age_bands, &AGES, 2),
    )
        .prop_map(
            |(audience, areas, topics, sectors, organisation_types, company_sizes, ages)| Criteria {
                audience: audience.into_iter().collect(),
                areas,
                topics: topics.into_iter().collect(),
                sectors,
                organisation_types,
                company_sizes,
                ages,
            },
        )
}

/// What an editor could have written, and from which of `sources` it could have come.
pub(crate) fn writing(sources: Vec<SourceId>) -> impl Strategy<Value = (Content, Option<SourceId>)> {
    (
        select(OpportunityKind::ALL.to_vec()),
        criteria(),
        option::of(select(sources)),
    )
        .prop_map(|(kind, criteria, source)| {
            let content = Content {
                kind,
                title: "Titolo".to_owned(),
                summary: String::new(),
                body: String::new(),
                publisher: String::new(),
                link: None,
                documents: Vec::new(),
                place: String::new(),
                dates_note: String::new(),
                opens_at: None,
                closes_at: None,
                amount: Amount::default(),
                criteria,
            };
            (content, source)
        })
}

/// The opportunity number 1, from source 1, 2 or none.
pub(crate) fn opportunity() -> impl Strategy<Value = Opportunity> {
    writing(vec![SourceId(1), SourceId(2)]).prop_map(|(content, source)| Opportunity {
        id: OpportunityId(1),
        token: Token::parse("abcdefghij").unwrap(),
        status: Status::Published,
        revision: 1,
        content,
        origin: source.map(|source| Origin {
            source,
            source_key: "1".to_owned(),
        }),
        published_at: None,
        updated_at: at("2026-07-01T10:00:00"),
    })
}

fn channels() -> impl Strategy<Value = Channels> {
    (0_u8..8).prop_map(Channels::from_bits)
}

fn telling_override() -> impl Strategy<Value = TellingOverride> {
    let frequency = option::of(select(Frequency::ALL.to_vec()));
    (frequency, option::of(channels())).prop_map(|(frequency, channels)| TellingOverride { frequency, channels })
}

fn facets() -> impl Strategy<Value = Facets> {
    let vocabulary: &'static Vocabulary = &VOCABULARY;
    (
        some(&vocabulary.areas, &AREAS, 3),
        some(&vocabulary.sectors, &SECTORS, 2),
        option::of(select(ids(&vocabulary.organisation_types, &TYPES))),
        option::of(select(ids(&vocabulary.company_sizes, &SIZES))),
        option::of(select(ids(&vocabulary.age_bands, &AGES))),
    )
        .prop_map(|(areas, sectors, organisation_type, company_size, age_band)| Facets {
            areas,
            sectors,
            organisation_type,
            company_size,
            age_band,
        })
}

fn follows(opportunities: Vec<OpportunityId>) -> impl Strategy<Value = Vec<Follow>> {
    let topics = select(ids(&VOCABULARY.topics, &TOPICS));
    let most_saved = opportunities.len().min(2);
    let saved = (subsequence(opportunities, 0..=most_saved), telling_override());
    (btree_map(topics, telling_override(), 0..4), saved).prop_map(|(topics, (saved, telling))| {
        let topics = topics.into_iter().map(|(id, telling)| Follow {
            followed: Followed::Topic(id),
            telling,
        });
        let saved = saved.into_iter().map(|id| Follow {
            followed: Followed::Opportunity(id),
            telling,
        });
        topics.chain(saved).collect()
    })
}

/// Mutes nothing, three times of four.
fn mutes(opportunities: Vec<OpportunityId>, sources: Vec<SourceId>) -> impl Strategy<Value = BTreeSet<Mute>> {
    let topics: Vec<TopicId> = ids(&VOCABULARY.topics, &TOPICS);
    let muted = prop_oneof![
        select(topics).prop_map(Mute::Topic),
        select(opportunities).prop_map(Mute::Opportunity),
        select(sources).prop_map(Mute::Source),
    ];
    prop_oneof![3 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(muted, 1..3)]
}

/// A profile, with what it saved and muted among `opportunities` and `sources`.
pub(crate) fn profile_among(
    opportunities: Vec<OpportunityId>,
    sources: Vec<SourceId>,
) -> impl Strategy<Value = Profile> {
    let telling =
        (select(Frequency::ALL.to_vec()), channels()).prop_map(|(frequency, channels)| Telling { frequency, channels });
    let mutes = mutes(opportunities.clone(), sources);
    (
        select(ProfileKind::ALL.to_vec()),
        facets(),
        follows(opportunities),
        mutes,
        telling,
    )
        .prop_map(|(kind, facets, follows, mutes, telling)| Profile {
            id: ProfileId(1),
            subscriber: SubscriberId(1),
            kind,
            facets,
            follows,
            mutes,
            telling,
        })
}

/// A profile that may have saved or muted opportunity 1, and muted source 1 or 2.
pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    profile_among(vec![OpportunityId(1)], vec![SourceId(1), SourceId(2)])
}

/// How property tests run: nothing is written beside the sources.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

/// A source of random values, the same for the same `seed`.
pub(crate) fn runner(seed: u8) -> TestRunner {
    TestRunner::new_with_rng(config(1), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// One random value.
pub(crate) fn draw<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}
