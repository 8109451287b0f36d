// SPDX-License-Identifier: EUPL-1.2
//! The matching rule: an example of each sentence, then what must hold whatever the opportunity and the profile.

use std::collections::BTreeSet;

use informa::domain::ids::{AreaId, OpportunityId, SourceId, TopicId};
use informa::domain::opportunity::{Opportunity, OpportunityKind, Origin};
use informa::domain::profile::{
    Channels, Follow, Followed, Frequency, Mute, Profile, ProfileKind, Telling, TellingOverride,
};
use informa::domain::vocabulary::Term;
use informa::matching::{Match, Reason, is_hidden, match_profile};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::builders::{
    ALBINO, BERGAMO, BERGAMO_PROVINCE, LOMBARDY, MILAN, PIEDMONT, Person, Writing, a_call, a_citizen, an_authority,
    an_operator,
};
use crate::support::random::{VOCABULARY, config, opportunity, profile};

fn matched(writing: &Writing, person: &Person) -> Option<Match> {
    match_profile(
        &writing.opportunity(&VOCABULARY),
        &person.profile(&VOCABULARY),
        &VOCABULARY,
    )
}

fn concerns(writing: &Writing, person: &Person) -> bool {
    matched(writing, person).is_some()
}

fn topic(code: &str) -> TopicId {
    VOCABULARY.topics.by_code(code).unwrap().id
}

fn area(code: &str) -> AreaId {
    VOCABULARY.areas.by_code(code).unwrap().id
}

#[test]
fn a_followed_topic_covers_what_lies_below_it() {
    assert!(concerns(
        &a_call().about(&["environment-energy"]),
        &a_citizen().following(&["environment"])
    ));
    assert!(concerns(
        &a_call().about(&["environment-energy"]),
        &a_citizen().following(&["environment-energy"])
    ));
}

#[test]
fn a_followed_topic_covers_neither_what_lies_above_nor_beside_it() {
    assert!(!concerns(
        &a_call().about(&["environment"]),
        &a_citizen().following(&["environment-energy"])
    ));
    assert!(!concerns(
        &a_call().about(&["environment-water"]),
        &a_citizen().following(&["environment-energy"])
    ));
}

#[test]
fn the_root_covers_everything() {
    for code in ["environment-energy", "social", "everything"] {
        assert!(
            concerns(&a_call().about(&[code]), &a_citizen().following(&["everything"])),
            "{code}"
        );
    }
}

#[test]
fn one_of_several_topics_is_enough() {
    assert!(concerns(
        &a_call().about(&["social", "environment-energy"]),
        &a_citizen()
    ));
}

#[test]
fn a_saved_opportunity_is_followed_itself() {
    let call = a_call().about(&["social"]).opportunity(&VOCABULARY);
    let mut profile = a_citizen().profile(&VOCABULARY);
    assert_eq!(match_profile(&call, &profile, &VOCABULARY), None);
    profile.follows.push(follow(Followed::Opportunity(call.id)));
    let found = match_profile(&call, &profile, &VOCABULARY).unwrap();
    assert_eq!(found.reasons, [Reason::Saved(call.id), Reason::Area(area(BERGAMO))]);
}

#[test]
fn an_audience_names_the_kinds_it_is_for_and_an_empty_one_is_for_all() {
    let people = [a_citizen(), an_authority(), an_operator()];
    let concerned = |writing: &Writing| people.each_ref().map(|person| concerns(writing, person));
    assert_eq!(concerned(&a_call()), [true, true, true]);
    assert_eq!(concerned(&a_call().for_kinds(&["authority"])), [false, true, false]);
    assert_eq!(
        concerned(&a_call().for_kinds(&["citizen", "operator"])),
        [true, false, true]
    );
}

#[test]
fn an_area_agrees_with_what_it_contains_and_with_what_contains_it() {
    let of_lombardy = a_call().in_areas(&[LOMBARDY]);
    assert!(concerns(&of_lombardy, &a_citizen().in_areas(&[BERGAMO])));
    assert!(concerns(&of_lombardy, &a_citizen().in_areas(&["IT"])));
    assert!(!concerns(&of_lombardy, &a_citizen().in_areas(&[PIEDMONT])));
    let of_bergamo = a_call().in_areas(&[BERGAMO]);
    assert!(concerns(&of_bergamo, &a_citizen().in_areas(&[LOMBARDY])));
    assert!(concerns(&of_bergamo, &a_citizen().in_areas(&[BERGAMO_PROVINCE])));
    assert!(!concerns(&of_bergamo, &a_citizen().in_areas(&[ALBINO])));
    assert!(!concerns(&of_bergamo, &a_citizen().in_areas(&[MILAN])));
}

#[test]
fn one_of_several_areas_is_enough() {
    assert!(concerns(
        &a_call().in_areas(&[PIEDMONT, MILAN]),
        &a_citizen().in_areas(&[BERGAMO, MILAN])
    ));
}

#[test]
fn an_alert_wakes_those_within_it_and_not_those_around_it() {
    let alert = a_call().kind(OpportunityKind::Alert).in_areas(&[BERGAMO]);
    assert!(concerns(&alert, &a_citizen().in_areas(&[BERGAMO])));
    assert!(!concerns(&alert, &a_citizen().in_areas(&[LOMBARDY])));
    assert!(concerns(&alert, &a_citizen().in_areas(&[])));
    let wide = a_call().kind(OpportunityKind::Alert).in_areas(&[LOMBARDY]);
    assert!(concerns(&wide, &a_citizen().in_areas(&[BERGAMO])));
}

#[test]
fn sectors_are_asked_of_operators_only_and_agree_one_within_the_other() {
    let farming = a_call().for_sectors(&["A"]);
    assert!(concerns(&farming, &an_operator().in_sectors(&["01"])));
    assert!(concerns(
        &a_call().for_sectors(&["01"]),
        &an_operator().in_sectors(&["A"])
    ));
    assert!(!concerns(
        &a_call().for_sectors(&["01"]),
        &an_operator().in_sectors(&["02"])
    ));
    assert!(!concerns(&farming, &an_operator().in_sectors(&["10"])));
    assert!(concerns(&farming, &an_operator()));
    assert!(concerns(&farming, &a_citizen()));
    assert!(concerns(&farming, &an_authority()));
}

#[test]
fn organisation_types_are_asked_of_operators_and_authorities() {
    let for_farms = a_call().for_types(&["farm"]);
    assert!(concerns(&for_farms, &an_operator().of_type("farm")));
    assert!(!concerns(&for_farms, &an_operator().of_type("company")));
    assert!(!concerns(&for_farms, &an_authority().of_type("municipality")));
    assert!(concerns(&for_farms, &an_operator()));
    assert!(concerns(&for_farms, &a_citizen()));
}

#[test]
fn company_sizes_are_asked_of_operators_only() {
    let for_small = a_call().for_sizes(&["micro", "small"]);
    assert!(concerns(&for_small, &an_operator().of_size("micro")));
    assert!(!concerns(&for_small, &an_operator().of_size("large")));
    assert!(concerns(&for_small, &an_operator()));
    assert!(concerns(&for_small, &an_authority()));
}

#[test]
fn ages_are_asked_of_citizens_only() {
    let for_young = a_call().for_ages(&["18-24", "25-29"]);
    assert!(concerns(&for_young, &a_citizen().aged("18-24")));
    assert!(!concerns(&for_young, &a_citizen().aged("65-74")));
    assert!(concerns(&for_young, &a_citizen()));
    assert!(concerns(&for_young, &an_operator()));
}

#[test]
fn what_is_muted_never_matches() {
    let call = Opportunity {
        origin: Some(Origin {
            source: SourceId(5),
            source_key: "1".to_owned(),
        }),
        ..a_call().opportunity(&VOCABULARY)
    };
    for mute in [
        Mute::Opportunity(call.id),
        Mute::Topic(topic("environment-energy")),
        Mute::Topic(topic("environment")),
        Mute::Source(SourceId(5)),
    ] {
        let mut profile = a_citizen().profile(&VOCABULARY);
        profile.mutes.insert(mute);
        assert_eq!(match_profile(&call, &profile, &VOCABULARY), None, "{mute:?}");
        assert!(is_hidden(&call, &profile, &VOCABULARY), "{mute:?}");
        profile.follows.push(follow(Followed::Opportunity(call.id)));
        let is_heard = match_profile(&call, &profile, &VOCABULARY).is_some();
        let whatever_its_topics = matches!(mute, Mute::Topic(_));
        assert_eq!(is_heard, whatever_its_topics, "what was saved, with {mute:?}");
    }
    for mute in [
        Mute::Opportunity(OpportunityId(9)),
        Mute::Topic(topic("social")),
        Mute::Source(SourceId(6)),
    ] {
        let mut profile = a_citizen().profile(&VOCABULARY);
        profile.mutes.insert(mute);
        assert!(match_profile(&call, &profile, &VOCABULARY).is_some(), "{mute:?}");
    }
}

#[test]
fn a_muted_topic_leaves_what_is_followed_for_another_topic() {
    let call = a_call()
        .about(&["environment-energy", "social"])
        .opportunity(&VOCABULARY);
    let mut profile = a_citizen().following(&["environment", "social"]).profile(&VOCABULARY);
    profile.mutes.insert(Mute::Topic(topic("environment")));
    let found = match_profile(&call, &profile, &VOCABULARY).unwrap();
    assert!(found.reasons.contains(&Reason::Topic(topic("social"))), "{found:?}");
    assert!(
        !found.reasons.contains(&Reason::Topic(topic("environment"))),
        "what is muted is no reason: {found:?}"
    );
    profile.mutes.insert(Mute::Topic(topic("social")));
    assert_eq!(match_profile(&call, &profile, &VOCABULARY), None);
    let everything = a_citizen().following(&["everything"]).profile(&VOCABULARY);
    let narrower = Profile {
        mutes: [Mute::Topic(topic("environment-energy"))].into(),
        ..everything
    };
    assert!(match_profile(&call, &narrower, &VOCABULARY).is_some());
}

#[test]
fn a_call_without_a_source_is_not_what_somebody_meant_who_muted_a_source() {
    let mut profile = a_citizen().profile(&VOCABULARY);
    profile.mutes.insert(Mute::Source(SourceId(1)));
    assert!(match_profile(&a_call().opportunity(&VOCABULARY), &profile, &VOCABULARY).is_some());
}

#[test]
fn the_reasons_are_the_deciding_follow_and_each_facet_that_agrees() {
    let call = a_call()
        .in_areas(&[BERGAMO_PROVINCE])
        .for_sectors(&["A"])
        .for_types(&["farm"])
        .for_sizes(&["micro"]);
    let farm = an_operator()
        .in_areas(&[BERGAMO, MILAN])
        .in_sectors(&["01", "10"])
        .of_type("farm")
        .of_size("micro");
    let reasons = matched(&call, &farm).unwrap().reasons;
    let type_id = VOCABULARY.organisation_types.by_code("farm").unwrap().id;
    let size_id = VOCABULARY.company_sizes.by_code("micro").unwrap().id;
    let sector_id = VOCABULARY.sectors.by_code("01").unwrap().id;
    assert_eq!(
        reasons,
        [
            Reason::Topic(topic("environment")),
            Reason::Area(area(BERGAMO)),
            Reason::Sector(sector_id),
            Reason::OrganisationType(type_id),
            Reason::CompanySize(size_id),
        ]
    );
}

const DAILY: TellingOverride = TellingOverride {
    frequency: Some(Frequency::Daily),
    channels: None,
};
const WEEKLY_PUSH: TellingOverride = TellingOverride {
    frequency: Some(Frequency::Weekly),
    channels: Some(Channels::WEB_PUSH),
};
const AT_ONCE_MAIL: TellingOverride = TellingOverride {
    frequency: Some(Frequency::Immediate),
    channels: Some(Channels::EMAIL),
};
const UNSAID: TellingOverride = TellingOverride {
    frequency: None,
    channels: None,
};

fn follow(followed: Followed) -> Follow {
    Follow {
        followed,
        telling: UNSAID,
    }
}

/// How a call about energy and water is told to somebody with these follows, whose profile says: weekly, by push.
fn telling(follows: &[(&str, TellingOverride)], saved: Option<TellingOverride>) -> Telling {
    let call = a_call()
        .about(&["environment-energy", "environment-water"])
        .opportunity(&VOCABULARY);
    let topics = follows.iter().map(|(code, telling)| Follow {
        followed: Followed::Topic(topic(code)),
        telling: *telling,
    });
    let saved = saved.map(|telling| Follow {
        followed: Followed::Opportunity(call.id),
        telling,
    });
    let profile = Profile {
        follows: topics.chain(saved).collect(),
        telling: Telling {
            frequency: Frequency::Weekly,
            channels: Channels::WEB_PUSH,
        },
        ..a_citizen().profile(&VOCABULARY)
    };
    match_profile(&call, &profile, &VOCABULARY).unwrap().telling
}

#[test]
fn what_a_follow_does_not_say_the_profile_does() {
    let told = telling(&[("environment-energy", DAILY)], None);
    assert_eq!(
        told,
        Telling {
            frequency: Frequency::Daily,
            channels: Channels::WEB_PUSH
        }
    );
}

#[test]
fn a_saved_opportunity_decides_before_a_child_before_a_parent_before_everything() {
    let everything = ("everything", AT_ONCE_MAIL);
    let parent = ("environment", DAILY);
    let child = ("environment-energy", WEEKLY_PUSH);
    assert_eq!(telling(&[everything], None).frequency, Frequency::Immediate);
    assert_eq!(telling(&[everything, parent], None).frequency, Frequency::Daily);
    assert_eq!(telling(&[everything, parent, child], None).frequency, Frequency::Weekly);
    assert_eq!(
        telling(&[everything, parent, child], Some(DAILY)).frequency,
        Frequency::Daily
    );
}

#[test]
fn among_equals_the_soonest_frequency_and_all_channels_decide() {
    let told = telling(
        &[("environment-energy", WEEKLY_PUSH), ("environment-water", AT_ONCE_MAIL)],
        None,
    );
    assert_eq!(told.frequency, Frequency::Immediate);
    assert_eq!(told.channels, Channels::WEB_PUSH.union(Channels::EMAIL));
}

/// The criteria of `opportunity` that are stated, each cleared in turn.
fn with_one_criterion_less(opportunity: &Opportunity) -> Vec<Opportunity> {
    let clear: [fn(&mut Opportunity); 6] = [
        |it| it.content.criteria.audience.clear(),
        |it| it.content.criteria.areas.clear(),
        |it| it.content.criteria.sectors.clear(),
        |it| it.content.criteria.organisation_types.clear(),
        |it| it.content.criteria.company_sizes.clear(),
        |it| it.content.criteria.ages.clear(),
    ];
    let cleared = clear.iter().map(|clear| {
        let mut less = opportunity.clone();
        clear(&mut less);
        less
    });
    cleared.collect()
}

/// The facets of `profile`, each left out in turn.
fn with_one_facet_less(profile: &Profile) -> Vec<Profile> {
    let clear: [fn(&mut Profile); 5] = [
        |it| it.facets.areas.clear(),
        |it| it.facets.sectors.clear(),
        |it| it.facets.organisation_type = None,
        |it| it.facets.company_size = None,
        |it| it.facets.age_band = None,
    ];
    let cleared = clear.iter().map(|clear| {
        let mut less = profile.clone();
        clear(&mut less);
        less
    });
    cleared.collect()
}

/// The area itself and all that contain it, found without the code under test.
fn chain(id: AreaId) -> Vec<AreaId> {
    let mut chain = vec![id];
    while let Some(parent) = VOCABULARY
        .areas
        .iter()
        .find(|area| area.id == chain[chain.len() - 1])
        .unwrap()
        .parent
    {
        chain.push(parent);
    }
    chain
}

fn any_area() -> impl Strategy<Value = AreaId> {
    any::<Index>().prop_map(|index| {
        let all: Vec<AreaId> = VOCABULARY.areas.iter().map(Term::id).collect();
        *index.get(&all)
    })
}

/// An area and another that is often related to it.
fn two_areas() -> impl Strategy<Value = (AreaId, AreaId)> {
    (any_area(), any_area(), any::<Index>(), any::<bool>()).prop_map(|(one, other, index, related)| {
        let above = chain(one);
        (one, if related { *index.get(&above) } else { other })
    })
}

fn shares<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>, agree: impl Fn(&T, &T) -> bool) -> bool {
    one.iter().any(|it| other.iter().any(|own| agree(it, own)))
}

/// Whether the facet that `reason` names is stated on both sides and agrees.
fn holds(reason: Reason, opportunity: &Opportunity, profile: &Profile) -> bool {
    let (criteria, facets) = (&opportunity.content.criteria, &profile.facets);
    let follows = |followed| profile.follows.iter().any(|follow| follow.followed == followed);
    match reason {
        Reason::Saved(id) => id == opportunity.id && follows(Followed::Opportunity(id)),
        Reason::Topic(id) => {
            let covered = |topic: &TopicId| VOCABULARY.topics.upwards(*topic).any(|above| above == id);
            follows(Followed::Topic(id)) && criteria.topics.iter().any(covered)
        }
        Reason::Area(id) => {
            let alert = opportunity.content.kind == OpportunityKind::Alert;
            let own = BTreeSet::from([id]);
            facets.areas.contains(&id)
                && shares(&criteria.areas, &own, |stated, own| {
                    chain(*own).contains(stated) || (!alert && chain(*stated).contains(own))
                })
        }
        Reason::Sector(id) => {
            let own = BTreeSet::from([id]);
            profile.kind == ProfileKind::Operator
                && facets.sectors.contains(&id)
                && shares(&criteria.sectors, &own, |stated, own| {
                    VOCABULARY.sectors.overlap(*stated, *own)
                })
        }
        Reason::OrganisationType(id) => {
            profile.kind != ProfileKind::Citizen
                && facets.organisation_type == Some(id)
                && criteria.organisation_types.contains(&id)
        }
        Reason::CompanySize(id) => {
            profile.kind == ProfileKind::Operator
                && facets.company_size == Some(id)
                && criteria.company_sizes.contains(&id)
        }
        Reason::Age(id) => {
            profile.kind == ProfileKind::Citizen && facets.age_band == Some(id) && criteria.ages.contains(&id)
        }
    }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn an_empty_criterion_never_excludes(opportunity in opportunity(), profile in profile()) {
        if match_profile(&opportunity, &profile, &VOCABULARY).is_some() {
            for less in with_one_criterion_less(&opportunity) {
                prop_assert!(match_profile(&less, &profile, &VOCABULARY).is_some());
            }
        }
    }

    #[test]
    fn a_facet_left_unsaid_never_loses_a_match(opportunity in opportunity(), profile in profile()) {
        if match_profile(&opportunity, &profile, &VOCABULARY).is_some() {
            for less in with_one_facet_less(&profile) {
                prop_assert!(match_profile(&opportunity, &less, &VOCABULARY).is_some());
            }
        }
    }

    #[test]
    fn adding_a_followed_topic_never_loses_a_match(
        opportunity in opportunity(),
        mut profile in profile(),
        added in any::<Index>(),
    ) {
        let before = match_profile(&opportunity, &profile, &VOCABULARY);
        let topics: Vec<TopicId> = VOCABULARY.topics.iter().map(Term::id).collect();
        let added = Followed::Topic(*added.get(&topics));
        profile.follows.retain(|follow| follow.followed != added);
        profile.follows.push(follow(added));
        if before.is_some() {
            prop_assert!(match_profile(&opportunity, &profile, &VOCABULARY).is_some());
        }
    }

    #[test]
    fn following_the_parent_instead_never_loses_a_match(opportunity in opportunity(), mut profile in profile()) {
        let before = match_profile(&opportunity, &profile, &VOCABULARY);
        for follow in &mut profile.follows {
            if let Followed::Topic(topic) = follow.followed {
                let parent = VOCABULARY.topics.get(topic).unwrap().parent;
                follow.followed = Followed::Topic(parent.unwrap_or(topic));
            }
        }
        if before.is_some() {
            prop_assert!(match_profile(&opportunity, &profile, &VOCABULARY).is_some());
        }
    }

    #[test]
    fn muting_always_wins(opportunity in opportunity(), mut profile in profile(), which in 0..3, pick in any::<Index>()) {
        let above = |topic: &TopicId| *pick.get(&VOCABULARY.topics.upwards(*topic).collect::<Vec<_>>());
        match (which, &opportunity.origin) {
            (0, Some(origin)) => _ = profile.mutes.insert(Mute::Source(origin.source)),
            (1, _) => {
                profile.mutes.extend(opportunity.content.criteria.topics.iter().map(above).map(Mute::Topic));
                profile.follows.retain(|follow| follow.followed != Followed::Opportunity(opportunity.id));
            }
            _ => _ = profile.mutes.insert(Mute::Opportunity(opportunity.id)),
        }
        prop_assert_eq!(match_profile(&opportunity, &profile, &VOCABULARY), None);
    }

    #[test]
    fn muting_a_topic_never_adds_a_match(
        opportunity in opportunity(),
        mut profile in profile(),
        muted in any::<Index>(),
    ) {
        let before = match_profile(&opportunity, &profile, &VOCABULARY);
        let topics: Vec<TopicId> = VOCABULARY.topics.iter().map(Term::id).collect();
        profile.mutes.insert(Mute::Topic(*muted.get(&topics)));
        if match_profile(&opportunity, &profile, &VOCABULARY).is_some() {
            prop_assert!(before.is_some());
        }
    }

    #[test]
    fn reasons_name_only_facets_that_agree_and_each_once(opportunity in opportunity(), profile in profile()) {
        if let Some(found) = match_profile(&opportunity, &profile, &VOCABULARY) {
            for reason in &found.reasons {
                prop_assert!(holds(*reason, &opportunity, &profile), "{:?}", reason);
            }
            let distinct: BTreeSet<&Reason> = found.reasons.iter().collect();
            prop_assert_eq!(distinct.len(), found.reasons.len());
            let followed = |reason: &&Reason| matches!(reason, Reason::Saved(_) | Reason::Topic(_));
            prop_assert!(found.reasons.iter().any(|reason| followed(&reason)));
        }
    }

    #[test]
    fn somebody_who_follows_nothing_of_it_is_never_concerned(opportunity in opportunity(), mut profile in profile()) {
        profile.follows.retain(|follow| match follow.followed {
            Followed::Topic(topic) => {
                let topics = &opportunity.content.criteria.topics;
                !topics.iter().any(|it| VOCABULARY.topics.covers(topic, *it))
            }
            Followed::Opportunity(_) => false,
        });
        prop_assert_eq!(match_profile(&opportunity, &profile, &VOCABULARY), None);
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn areas_of_all_of_italy_agree_both_ways_and_for_alerts_one_way(
        (one, other) in two_areas(),
        swapped in any::<bool>(),
        kind in select(OpportunityKind::ALL.to_vec()),
    ) {
        let (stated, own) = if swapped { (other, one) } else { (one, other) };
        let mut opportunity = a_call().kind(kind).opportunity(&VOCABULARY);
        opportunity.content.criteria.areas = BTreeSet::from([stated]);
        let mut profile = a_citizen().profile(&VOCABULARY);
        profile.facets.areas = BTreeSet::from([own]);
        let contains = chain(own).contains(&stated);
        let within = chain(stated).contains(&own);
        let expected = contains || (within && kind != OpportunityKind::Alert);
        prop_assert_eq!(match_profile(&opportunity, &profile, &VOCABULARY).is_some(), expected);
    }
}
