// SPDX-License-Identifier: EUPL-1.2
//! The set-wise statement equals the rule: random opportunities and profiles, kept in the database, on both engines.

use std::collections::BTreeMap;

use informa::domain::choices::Choices;
use informa::domain::ids::{OpportunityId, ProfileId, SourceId, Token};
use informa::domain::language::Language;
use informa::domain::opportunity::{Content, Opportunity, Origin, Status};
use informa::domain::profile::{Channels, Followed, Frequency, Profile, ProfileKind, Telling};
use informa::domain::subscriber::SubscriberStatus;
use informa::matching::match_profile;
use informa::storage::audience::{self, Range, Which};
use informa::storage::{Transaction, opportunities, profiles, sources, subscribers};
use proptest::strategy::Strategy;
use proptest::test_runner::TestRunner;

use crate::support::app::TestApp;
use crate::support::on_both_engines;
use crate::support::random::{draw, profile_among, runner, writing};
use crate::support::rows;

const OPPORTUNITIES: usize = 30;
const PROFILES: usize = 300;

on_both_engines! {
    the_statement_finds_whom_the_rule_finds_and_how_they_are_told,
    what_a_range_leaves_another_range_finds,
    somebody_who_is_not_active_is_never_found,
}

/// Random opportunities, as they are in the database.
async fn keep_opportunities(
    app: &TestApp,
    runner: &mut TestRunner,
    transaction: &mut Transaction,
    sources: &[SourceId],
) -> Vec<Opportunity> {
    let writings = writing(sources.to_vec());
    let mut ids = Vec::new();
    for number in 0..OPPORTUNITIES {
        let (content, source) = draw(runner, &writings);
        let origin = source.map(|source| Origin {
            source,
            source_key: number.to_string(),
        });
        let id = keep_opportunity(app, transaction, &content, origin.as_ref()).await;
        let kept = opportunities::find(transaction, id).await.unwrap().unwrap();
        assert_eq!(
            (&kept.content, &kept.origin),
            (&content, &origin),
            "what was kept is what was written"
        );
        ids.push(id);
    }
    opportunities::find_many(transaction, &ids).await.unwrap()
}

async fn keep_opportunity(
    app: &TestApp,
    transaction: &mut Transaction,
    content: &Content,
    origin: Option<&Origin>,
) -> OpportunityId {
    let token = app.chance.with(Token::random);
    let id = opportunities::insert(transaction, &token, content, origin, app.now())
        .await
        .unwrap();
    opportunities::set_status(transaction, id, Status::Published, Some(app.now()))
        .await
        .unwrap();
    id
}

/// Keeps a profile of a new subscriber and answers with its id and what saves it made with wishes of their own.
async fn keep_profile(
    app: &TestApp,
    transaction: &mut Transaction,
    profile: &Profile,
    wishes: &mut Vec<String>,
) -> ProfileId {
    let now = app.now();
    let subscriber = subscribers::insert(transaction, SubscriberStatus::Active, Language::Italian, now)
        .await
        .unwrap();
    let id = profiles::save(transaction, subscriber, &Choices::of(profile), true, now)
        .await
        .unwrap();
    for follow in &profile.follows {
        if let Followed::Opportunity(saved) = follow.followed {
            let frequency = follow
                .telling
                .frequency
                .map_or("null".to_owned(), |it| (it as i64).to_string());
            let channels = follow
                .telling
                .channels
                .map_or("null".to_owned(), |it| it.bits().to_string());
            wishes.push(format!(
                "update saved_opportunities set frequency = {frequency}, channels = {channels}
                 where profile_id = {id} and opportunity_id = {saved}"
            ));
        }
    }
    for mute in &profile.mutes {
        profiles::mute(transaction, id, *mute).await.unwrap();
    }
    id
}

/// Random profiles, as they are in the database.
async fn keep_profiles(
    app: &TestApp,
    runner: &mut TestRunner,
    strategy: &impl Strategy<Value = Profile>,
    many: usize,
) -> Vec<Profile> {
    let drawn: Vec<Profile> = (0..many).map(|_| draw(runner, strategy)).collect();
    let (mut ids, mut wishes) = (Vec::new(), Vec::new());
    let mut transaction = app.database.begin().await.unwrap();
    for profile in &drawn {
        ids.push(keep_profile(app, &mut transaction, profile, &mut wishes).await);
    }
    transaction.commit().await.unwrap();
    for wish in wishes {
        rows::execute(&app.database, &wish).await;
    }
    let mut transaction = app.database.read().await.unwrap();
    let kept = profiles::find_many(&mut transaction, &ids).await.unwrap();
    for (drawn, kept) in drawn.into_iter().zip(&kept) {
        let expected = Profile {
            id: kept.id,
            subscriber: kept.subscriber,
            ..drawn
        };
        assert_eq!(
            sorted(expected),
            sorted(kept.clone()),
            "what was kept is what was chosen"
        );
    }
    kept
}

fn sorted(mut profile: Profile) -> Profile {
    profile.follows.sort_by_key(|follow| follow.followed);
    profile
}

/// Random opportunities and profiles that may have saved and muted them.
async fn a_world(app: &TestApp, seed: u8) -> (Vec<Opportunity>, Vec<Profile>) {
    let mut runner = runner(seed);
    let mut transaction = app.database.begin().await.unwrap();
    let mut sources = Vec::new();
    for name in ["register", "feed"] {
        sources.push(
            sources::find_or_insert(&mut transaction, &format!("{name} {seed}"))
                .await
                .unwrap(),
        );
    }
    let opportunities = keep_opportunities(app, &mut runner, &mut transaction, &sources).await;
    transaction.commit().await.unwrap();
    let ids = opportunities.iter().map(|it| it.id).collect();
    let profiles = keep_profiles(app, &mut runner, &profile_among(ids, sources), PROFILES).await;
    // A planner that knows the tables has other plans than one that does not: both are tried.
    if seed.is_multiple_of(2) {
        rows::execute(&app.database, "analyze").await;
    }
    (opportunities, profiles)
}

/// Whom the rule finds, and how they are told.
fn by_the_rule(app: &TestApp, opportunity: &Opportunity, profiles: &[Profile]) -> BTreeMap<ProfileId, Telling> {
    let vocabulary = app.vocabulary();
    let found = profiles.iter().filter_map(|profile| {
        let found = match_profile(opportunity, profile, &vocabulary)?;
        Some((profile.id, found.telling))
    });
    found.collect()
}

/// Whose match is kept, and how they are told.
async fn kept_matches(app: &TestApp, opportunity: OpportunityId) -> BTreeMap<ProfileId, Telling> {
    let select = format!("select profile_id, frequency, channels from matches where opportunity_id = {opportunity}");
    let rows = rows::integers(&app.database, &select).await;
    let matches = rows.into_iter().map(|row| {
        let frequency = Frequency::ALL[usize::try_from(row[1]).unwrap()];
        let channels = Channels::from_bits(u8::try_from(row[2]).unwrap());
        (ProfileId(row[0]), Telling { frequency, channels })
    });
    matches.collect()
}

async fn the_statement_finds_whom_the_rule_finds_and_how_they_are_told(app: &TestApp) {
    let mut all = 0;
    let mut profiles = Vec::new();
    for seed in 1..=4 {
        let (opportunities, new) = a_world(app, seed).await;
        profiles.extend(new);
        for opportunity in &opportunities {
            let expected = by_the_rule(app, opportunity, &profiles);
            let ids: Vec<ProfileId> = expected.keys().copied().collect();
            let mut transaction = app.database.begin().await.unwrap();
            let listed = audience::list(&mut transaction, opportunity.id, Range::ALL, 10_000)
                .await
                .unwrap();
            assert_eq!(listed, ids, "seed {seed}: {opportunity:?}");
            let counted = audience::count(&mut transaction, opportunity.id, Range::ALL)
                .await
                .unwrap();
            assert_eq!(counted, counts(&profiles, &expected), "seed {seed}: {opportunity:?}");
            let which = Which::Silently;
            let kept = audience::insert_matches(&mut transaction, opportunity.id, Range::ALL, which, app.now()).await;
            assert_eq!(kept.unwrap(), expected.len() as u64);
            transaction.commit().await.unwrap();
            assert_eq!(
                kept_matches(app, opportunity.id).await,
                expected,
                "seed {seed}: {opportunity:?}"
            );
            all += expected.len();
        }
    }
    assert!(
        all > 2_000,
        "only {all} matches: the random profiles hardly ever agree, so that this shows little"
    );
}

fn counts(profiles: &[Profile], found: &BTreeMap<ProfileId, Telling>) -> Vec<(ProfileKind, i64)> {
    let count = |kind| {
        let of_kind = profiles
            .iter()
            .filter(|it| it.kind == kind && found.contains_key(&it.id));
        (kind, i64::try_from(of_kind.count()).unwrap())
    };
    ProfileKind::ALL
        .map(count)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

async fn what_a_range_leaves_another_range_finds(app: &TestApp) {
    let (opportunities, profiles) = a_world(app, 77).await;
    let middle = profiles[profiles.len() / 2].id;
    let lower = Range {
        above: ProfileId(0),
        up_to: middle,
    };
    let upper = Range {
        above: middle,
        up_to: Range::ALL.up_to,
    };
    for opportunity in &opportunities {
        let expected = by_the_rule(app, opportunity, &profiles);
        let mut transaction = app.database.begin().await.unwrap();
        let mut kept = Vec::new();
        for range in [lower, upper, Range::ALL] {
            let which = Which::Silently;
            let added = audience::insert_matches(&mut transaction, opportunity.id, range, which, app.now()).await;
            kept.push(added.unwrap());
        }
        transaction.commit().await.unwrap();
        let below = expected.keys().filter(|id| **id <= middle).count() as u64;
        assert_eq!(kept, [below, expected.len() as u64 - below, 0]);
        assert_eq!(kept_matches(app, opportunity.id).await, expected);
    }
}

async fn somebody_who_is_not_active_is_never_found(app: &TestApp) {
    let (opportunities, profiles) = a_world(app, 5).await;
    for profile in profiles.iter().step_by(2) {
        let mut transaction = app.database.begin().await.unwrap();
        let status = SubscriberStatus::Left;
        subscribers::set_status(&mut transaction, profile.subscriber, status, app.now())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
    let active: Vec<Profile> = profiles.into_iter().skip(1).step_by(2).collect();
    for opportunity in &opportunities {
        let mut transaction = app.database.read().await.unwrap();
        let listed = audience::list(&mut transaction, opportunity.id, Range::ALL, 10_000)
            .await
            .unwrap();
        let expected: Vec<ProfileId> = by_the_rule(app, opportunity, &active).into_keys().collect();
        assert_eq!(listed, expected);
    }
}
