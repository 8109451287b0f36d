// SPDX-License-Identifier: EUPL-1.2
//! One story that runs every function of `storage`, on each engine, chapter by chapter; and what concurrent workers do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::TimeDelta;
use informa::domain::bounce::SuppressionReason;
use informa::domain::change::Change;
use informa::domain::clock::Timestamp;
use informa::domain::contact::{ContactMessage, ContactSubject};
use informa::domain::delivery_report::{Counted, bound_of};
use informa::domain::digest::Edition;
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::{
    BatchId, OccasionId, OpportunityId, OriginId, ProfileId, RatingId, StaffId, SubscriberId, TargetId, Token, TopicId,
    VapidKeyId,
};
use informa::domain::language::Language;
use informa::domain::letter::{LetterContent, WaitingLetter};
use informa::domain::notification::{Channel, Lane};
use informa::domain::occasion::{FollowUp, OccasionKind, Subject};
use informa::domain::opportunity::{OpportunityKind, Origin, Status};
use informa::domain::profile::{Channels, Followed, Frequency, Mute, ProfileKind, TellingOverride};
use informa::domain::quiet_hours::QuietHours;
use informa::domain::rating::{Instrument, NewRating, Remarks, Stars};
use informa::domain::relevance::Relevance;
use informa::domain::reminder::{Lead, Leads};
use informa::domain::staff::Role;
use informa::domain::standing::Standing;
use informa::domain::subscriber::{ConsentAction, Place, Purpose, PushSubscription, SubscriberStatus, TargetStatus};
use informa::domain::wishes::Wishes;
use informa::storage::audience::{self, Filling, Range, Which};
use informa::storage::delivery_counts::{self, Of};
use informa::storage::editions::{self, Fold, Readers};
use informa::storage::erasure::{self, Whose};
use informa::storage::folding;
use informa::storage::follow_ups::{self, Reminder, Wanting};
use informa::storage::holdings;
use informa::storage::inbox::{self, InboxFilter, Part};
use informa::storage::leaving;
use informa::storage::ledger::{self, Key, Lease, State, Verdict};
use informa::storage::links::{self, NewLink};
use informa::storage::mailbox_moves;
use informa::storage::mailbox_requests;
use informa::storage::notifications;
use informa::storage::occasions::{self, FanOut, Personal, Publication};
use informa::storage::opportunity_lists::{Filter, Wanted};
use informa::storage::{
    Database, Engine, Error, Transaction, audit_log, batches, consents, job_runs, letters, matches, mutes,
    opportunities, opportunity_lists, origins, profiles, ratings, relevance, retries, revisions, search, sessions,
    settings, sources, staff, strikes, subscribers, suppressions, targets, vapid_keys, vocabularies,
};

use crate::support::app::TestApp;
use crate::support::builders::{BERGAMO, LOMBARDY, a_call, a_citizen, an_operator, at, consent};
use crate::support::on_both_engines;
use crate::support::rows;

on_both_engines! {
    the_whole_story,
    claims_of_several_workers_never_overlap,
    a_claim_takes_no_more_than_it_asks_for,
    two_workers_never_fan_out_the_same_occasion_at_once,
}

async fn begin(app: &TestApp) -> Transaction {
    app.database.begin().await.unwrap()
}

/// A transaction in which a conflict is expected: on PostgreSQL it can do nothing more.
async fn conflict<T: std::fmt::Debug>(app: &TestApp, refused: impl AsyncFnOnce(&mut Transaction) -> Result<T, Error>) {
    let mut transaction = begin(app).await;
    let error = refused(&mut transaction).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

async fn the_whole_story(app: &TestApp) {
    the_database(app).await;
    what_the_installation_remembers(app).await;
    let editor = the_staff(app).await;
    let call = the_opportunities(app, editor).await;
    let people = the_people(app).await;
    let profiles = the_profiles(app, &people, call).await;
    who_is_concerned(app, &people, &profiles, call).await;
    what_is_owed(app, &people, call).await;
    the_life_of_a_notification(app, &people, call).await;
    what_is_not_wanted_any_more(app, &people, call).await;
    what_is_counted(app, call).await;
    what_follows_a_publication(app, people[1], profiles[1]).await;
    what_is_folded(app, call).await;
    the_jobs(app).await;
    what_people_think(app).await;
    what_people_think_of_what_they_were_told(app, call).await;
    what_people_write(app).await;
    app.leave_work();
}

async fn the_database(app: &TestApp) {
    let database = Database::open(&app.config.database_url, 2).await.unwrap();
    assert_eq!(database.engine(), app.database.engine());
    database.migrate().await.unwrap();
    database.require_current().await.unwrap();
    let mut transaction = database.begin().await.unwrap();
    settings::keep(&mut transaction, "story", "dropped").await.unwrap();
    drop(transaction);
    let mut transaction = database.begin().await.unwrap();
    assert_eq!(
        settings::find(&mut transaction, "story").await.unwrap(),
        None,
        "what is not committed leaves no trace"
    );
    settings::keep(&mut transaction, "story", "kept").await.unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = database.read().await.unwrap();
    assert_eq!(
        settings::find(&mut transaction, "story").await.unwrap().as_deref(),
        Some("kept")
    );
    drop(transaction);
    let copy = app.folder().join("copy.db");
    let copied = database.copy_to(&copy).await.unwrap();
    assert_eq!(copied, database.engine() == Engine::Sqlite);
    if copied {
        let copy = Database::open(&format!("sqlite://{}", copy.display()), 2)
            .await
            .unwrap();
        copy.require_current().await.unwrap();
        copy.close().await;
    }
    database.close().await;
    assert!(database.begin().await.is_err());
}

async fn what_the_installation_remembers(app: &TestApp) {
    let mut transaction = begin(app).await;
    settings::keep_first(&mut transaction, "story", "too late")
        .await
        .unwrap();
    let kept = settings::find(&mut transaction, "story").await.unwrap();
    assert_eq!(kept.as_deref(), Some("kept"), "what is there stays");
    settings::keep(&mut transaction, "story", "changed").await.unwrap();
    assert_eq!(
        settings::find(&mut transaction, "story").await.unwrap().as_deref(),
        Some("changed")
    );
    assert_eq!(settings::find(&mut transaction, "unknown").await.unwrap(), None);

    let mut vocabulary = vocabularies::load(&mut transaction).await.unwrap();
    let topics: Vec<_> = vocabulary.topics.iter().cloned().collect();
    let renamed = topics.iter().cloned().map(|mut topic| {
        topic.names.english.push_str(" (new)");
        topic
    });
    vocabulary.topics = informa::domain::vocabulary::Terms::new(renamed.collect());
    vocabularies::save(&mut transaction, &vocabulary).await.unwrap();
    let saved = vocabularies::load(&mut transaction).await.unwrap();
    for (before, after) in topics.iter().zip(&saved.topics) {
        assert_eq!(
            (before.id, &before.code, before.parent),
            (after.id, &after.code, after.parent)
        );
        assert_eq!(after.names.english, format!("{} (new)", before.names.english));
    }
    assert_eq!(saved.areas.iter().count(), app.vocabulary().areas.iter().count());
    drop(transaction);
}

async fn the_staff(app: &TestApp) -> StaffId {
    let now = app.now();
    let mut transaction = begin(app).await;
    let email = address("direttrice@example.org");
    let roles = [Role::Editor, Role::Admin];
    let id = staff::insert(&mut transaction, &email, "a hash", &roles, now)
        .await
        .unwrap();
    let member = staff::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!(
        (member.id, &member.email, member.roles.clone()),
        (id, &email, roles.into())
    );
    let (by_email, hash) = staff::find_by_email(&mut transaction, &email).await.unwrap().unwrap();
    assert_eq!((by_email, hash.as_str()), (member, "a hash"));
    assert_eq!(staff::find(&mut transaction, StaffId(99_999)).await.unwrap(), None);
    assert_eq!(
        staff::find_by_email(&mut transaction, &address("nessuno@example.org"))
            .await
            .unwrap(),
        None
    );

    let soon = now.plus(TimeDelta::hours(1));
    sessions::save(&mut transaction, "hash", "first", soon).await.unwrap();
    sessions::save(&mut transaction, "hash", "second", soon.plus(TimeDelta::hours(1)))
        .await
        .unwrap();
    sessions::save(&mut transaction, "old", "old", now).await.unwrap();
    let (data, until) = sessions::find(&mut transaction, "hash", now).await.unwrap().unwrap();
    assert_eq!((data.as_str(), until), ("second", now.plus(TimeDelta::hours(2))));
    assert_eq!(
        sessions::find(&mut transaction, "old", now).await.unwrap(),
        None,
        "expired"
    );
    assert_eq!(sessions::delete_expired(&mut transaction, now).await.unwrap(), 1);
    sessions::delete(&mut transaction, "hash").await.unwrap();
    assert_eq!(sessions::find(&mut transaction, "hash", now).await.unwrap(), None);
    sessions::save(&mut transaction, "one", "person:7", soon).await.unwrap();
    sessions::save(&mut transaction, "two", "person:7", soon).await.unwrap();
    sessions::save(&mut transaction, "other", "person:77", soon)
        .await
        .unwrap();
    sessions::save(&mut transaction, "three", "person:7", soon)
        .await
        .unwrap();
    let others = sessions::delete_others_of(&mut transaction, "person:7", "three").await;
    assert_eq!(others.unwrap(), 2);
    assert_eq!(sessions::delete_of(&mut transaction, "person:7").await.unwrap(), 1);
    assert!(sessions::find(&mut transaction, "other", now).await.unwrap().is_some());
    sessions::delete(&mut transaction, "other").await.unwrap();

    audit_log::insert(&mut transaction, Some(id), "tried", "1", now)
        .await
        .unwrap();
    audit_log::insert(&mut transaction, None, "ran", "2", soon)
        .await
        .unwrap();
    let latest = audit_log::latest(&mut transaction, 2).await.unwrap();
    assert_eq!(
        latest,
        [
            (soon, None, "ran".into(), "2".into()),
            (now, Some(id), "tried".into(), "1".into())
        ]
    );
    transaction.commit().await.unwrap();
    conflict(app, async |it| staff::insert(it, &email, "another", &roles, now).await).await;
    id
}

async fn insert_opportunity(app: &TestApp, transaction: &mut Transaction, origin: Option<&Origin>) -> OpportunityId {
    let token = app.chance.with(Token::random);
    let content = a_call().content(&app.vocabulary());
    opportunities::insert(transaction, &token, &content, origin, app.now())
        .await
        .unwrap()
}

async fn the_opportunities(app: &TestApp, editor: StaffId) -> OpportunityId {
    let (now, vocabulary) = (app.now(), app.vocabulary());
    let mut transaction = begin(app).await;
    let source = sources::find_or_insert(&mut transaction, "register").await.unwrap();
    assert_eq!(
        sources::find_or_insert(&mut transaction, "register").await.unwrap(),
        source
    );
    assert_eq!(
        sources::name(&mut transaction, source).await.unwrap().as_deref(),
        Some("register")
    );

    let origin = Origin {
        source,
        source_key: "1".to_owned(),
    };
    let id = insert_opportunity(app, &mut transaction, Some(&origin)).await;
    let content = a_call().content(&vocabulary);
    let record = content.to_record(&vocabulary);
    revisions::insert(&mut transaction, id, &record, Some(editor), now)
        .await
        .unwrap();
    let found = opportunities::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.revision, &found.content, &found.origin),
        (Status::Draft, 1, &content, &Some(origin.clone()))
    );
    assert_eq!(
        opportunities::find_by_token(&mut transaction, &found.token)
            .await
            .unwrap()
            .as_ref(),
        Some(&found)
    );
    assert_eq!(
        opportunities::find_by_origin(&mut transaction, &origin)
            .await
            .unwrap()
            .as_ref(),
        Some(&found)
    );
    let unknown = Origin {
        source,
        source_key: "2".to_owned(),
    };
    assert_eq!(
        opportunities::find_by_origin(&mut transaction, &unknown).await.unwrap(),
        None
    );
    transaction.commit().await.unwrap();
    conflict(app, async |it| {
        opportunities::insert(it, &found.token, &content, None, now).await
    })
    .await;
    let token = Token::parse("zzzzzzzzzz").unwrap();
    conflict(app, async |it| {
        opportunities::insert(it, &token, &content, Some(&origin), now).await
    })
    .await;
    conflict(app, async |it| revisions::insert(it, id, &record, None, now).await).await;

    let mut transaction = begin(app).await;
    let changed = a_call()
        .titled("Altro")
        .about(&["social"])
        .in_areas(&["IT", "015"])
        .for_kinds(&["citizen"])
        .for_sectors(&["A"])
        .for_types(&["farm"])
        .for_sizes(&["micro"])
        .for_ages(&["75-plus"])
        .content(&vocabulary);
    opportunities::update(&mut transaction, id, &changed, now)
        .await
        .unwrap();
    revisions::insert(&mut transaction, id, &changed.to_record(&vocabulary), None, now)
        .await
        .unwrap();
    let again = opportunities::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!((again.revision, &again.content), (2, &changed));
    opportunities::update(&mut transaction, id, &content, now)
        .await
        .unwrap();
    let saved = revisions::list(&mut transaction, id).await.unwrap();
    assert_eq!(saved, [(1, now, record), (2, now, changed.to_record(&vocabulary))]);
    transaction.commit().await.unwrap();
    lists_of_opportunities(app, id).await;
    id
}

async fn lists_of_opportunities(app: &TestApp, call: OpportunityId) {
    let (now, vocabulary) = (app.now(), app.vocabulary());
    let mut transaction = begin(app).await;
    let past = insert_opportunity(app, &mut transaction, None).await;
    let over = a_call()
        .kind(OpportunityKind::News)
        .closing(Some(now.minus(TimeDelta::minutes(1))));
    opportunities::update(&mut transaction, past, &over.content(&vocabulary), now)
        .await
        .unwrap();
    let draft = insert_opportunity(app, &mut transaction, None).await;
    let later = now.plus(TimeDelta::hours(1));
    opportunities::set_status(&mut transaction, call, Status::Published, Some(now))
        .await
        .unwrap();
    opportunities::set_status(&mut transaction, call, Status::Published, Some(later))
        .await
        .unwrap();
    opportunities::set_status(&mut transaction, past, Status::Published, Some(now))
        .await
        .unwrap();
    let first = opportunities::find(&mut transaction, call).await.unwrap().unwrap();
    assert_eq!(first.published_at, Some(now), "the first publication stays");
    assert_eq!(
        opportunity_lists::list_open(&mut transaction).await.unwrap(),
        [call, past]
    );
    assert_eq!(opportunities::close_past(&mut transaction, now).await.unwrap(), 1);
    assert_eq!(opportunity_lists::list_open(&mut transaction).await.unwrap(), [call]);
    let counted = opportunity_lists::count_by_status(&mut transaction).await.unwrap();
    assert_eq!(
        counted
            .into_iter()
            .map(|(status, count)| (status.code(), count))
            .collect::<Vec<_>>(),
        [("closed", 1), ("draft", 1), ("published", 1)]
    );

    let found = opportunities::find_many(&mut transaction, &[past, OpportunityId(99_999), call])
        .await
        .unwrap();
    assert_eq!(
        found.iter().map(|it| it.id).collect::<Vec<_>>(),
        [past, call],
        "in the order asked for"
    );
    assert_eq!(
        opportunity_lists::list_for_staff(&mut transaction, 10, 0)
            .await
            .unwrap()[0],
        draft
    );
    assert_eq!(
        opportunity_lists::list_for_staff(&mut transaction, 10, 2)
            .await
            .unwrap()
            .len(),
        1
    );
    let lines = opportunity_lists::lines(&mut transaction, OpportunityId(0), 1)
        .await
        .unwrap();
    let line = &lines[0];
    assert_eq!(
        (line.id, line.source.as_deref(), line.source_id.as_deref()),
        (call, Some("register"), Some("1"))
    );
    assert_eq!(line.status, "published");
    assert_eq!(
        opportunity_lists::lines(&mut transaction, call, 10)
            .await
            .unwrap()
            .len(),
        2
    );
    public_lists(app, &mut transaction, call, past).await;
    transaction.commit().await.unwrap();
}

async fn public_lists(app: &TestApp, transaction: &mut Transaction, call: OpportunityId, past: OpportunityId) {
    let vocabulary = app.vocabulary();
    let topic = |code: &str| vocabulary.topics.by_code(code).map(|topic| topic.id);
    let filters = [
        (Filter::default(), vec![call, past]),
        (
            Filter {
                standing: Some((Standing::Open, at("2026-07-02T12:00:00"))),
                ..Filter::default()
            },
            vec![call],
        ),
        (
            Filter {
                kind: Some(OpportunityKind::News),
                ..Filter::default()
            },
            vec![past],
        ),
        (
            Filter {
                topic: topic("environment"),
                ..Filter::default()
            },
            vec![call, past],
        ),
        (
            Filter {
                topic: topic("social"),
                ..Filter::default()
            },
            vec![],
        ),
    ];
    for (filter, expected) in filters {
        let (ids, count) = opportunity_lists::list_public(transaction, &filter, 10, 0)
            .await
            .unwrap();
        assert_eq!(
            (ids, count),
            (expected.clone(), i64::try_from(expected.len()).unwrap()),
            "{filter:?}"
        );
    }
    let (second, count) = opportunity_lists::list_public(transaction, &Filter::default(), 1, 1)
        .await
        .unwrap();
    assert_eq!((second, count), (vec![past], 2));
    what_is_searched_for(transaction, call, past).await;
}

async fn what_is_searched_for(transaction: &mut Transaction, call: OpportunityId, past: OpportunityId) {
    let stale = search::stale(transaction, 1, 10).await.unwrap();
    assert!(stale.contains(&call) && stale.contains(&past), "nothing is indexed yet");
    let words = |words: &[(&str, i64)]| -> BTreeMap<String, i64> {
        words
            .iter()
            .map(|(word, weight)| ((*word).to_owned(), *weight))
            .collect()
    };
    for (id, its) in [(call, words(&[("sol", 1), ("tett", 2)])), (past, words(&[("sol", 9)]))] {
        search::index(transaction, id, &words(&[("prima", 1)]), 1)
            .await
            .unwrap();
        search::index(transaction, id, &its, 1).await.unwrap();
    }
    let stale = search::stale(transaction, 1, 10).await.unwrap();
    assert!(!stale.contains(&call) && !stale.contains(&past));
    let known = search::frequencies(transaction, &["sol", "tett", "prima"])
        .await
        .unwrap();
    assert_eq!(known, words(&[("sol", 2), ("tett", 1)]));
    let begun = search::beginning_with(transaction, "te", 5).await.unwrap();
    assert_eq!(begun, [("tett".to_owned(), 1)]);
    assert_eq!(search::known_words(transaction, "s").await.unwrap(), ["sol"]);
    let wanted = |groups: &[&[(&str, i64)]], needed| Filter {
        wanted: Wanted {
            groups: groups
                .iter()
                .map(|group| group.iter().map(|(word, tells)| ((*word).to_owned(), *tells)).collect())
                .collect(),
            needed,
            common: vec![("nessun".to_owned(), 5)],
        },
        ..Filter::default()
    };
    for (filter, expected) in [
        (wanted(&[&[("sol", 1)]], 1), vec![past, call]),
        (wanted(&[&[("sol", 1)], &[("tett", 1)]], 2), vec![call]),
        (wanted(&[&[("sol", 1)], &[("tett", 100)]], 1), vec![call, past]),
        (wanted(&[&[("lun", 1), ("tett", 1)]], 1), vec![call]),
    ] {
        let (ids, _) = opportunity_lists::list_public(transaction, &filter, 10, 0)
            .await
            .unwrap();
        assert_eq!(ids, expected, "{filter:?}");
    }
}

/// Somebody with a mailbox and a browser.
#[derive(Clone, Copy)]
struct Somebody {
    id: SubscriberId,
    mailbox: TargetId,
    browser: TargetId,
}

/// Where the story's pushes and mails leave to.
struct Origins {
    push: OriginId,
    mail: OriginId,
    key: VapidKeyId,
}

async fn the_origins(transaction: &mut Transaction) -> Origins {
    Origins {
        push: origins::find_or_insert(transaction, "https://push.example.org", Channel::WebPush)
            .await
            .unwrap(),
        mail: origins::find_or_insert(transaction, origins::MAIL_RELAY, Channel::Email)
            .await
            .unwrap(),
        key: vapid_keys::list(transaction).await.unwrap()[0].id,
    }
}

fn a_browser(number: usize, key: VapidKeyId) -> PushSubscription {
    PushSubscription {
        endpoint: format!("https://push.example.org/{number}"),
        p256dh: "a public key".to_owned(),
        auth: "a secret".to_owned(),
        vapid_key: key,
    }
}

async fn add_somebody(app: &TestApp, transaction: &mut Transaction, origins: &Origins, number: usize) -> Somebody {
    let now = app.now();
    let id = subscribers::insert(transaction, SubscriberStatus::Active, Language::Italian, now)
        .await
        .unwrap();
    let mailbox = Place::Mailbox(address(&format!("persona-{number}@example.org")));
    let mailbox = targets::insert(transaction, id, &mailbox, origins.mail, TargetStatus::Active, "", now).await;
    let browser = Place::Browser(a_browser(number, origins.key));
    let browser = targets::insert(
        transaction,
        id,
        &browser,
        origins.push,
        TargetStatus::Active,
        "Firefox",
        now,
    )
    .await;
    Somebody {
        id,
        mailbox: mailbox.unwrap(),
        browser: browser.unwrap(),
    }
}

async fn the_people(app: &TestApp) -> Vec<Somebody> {
    let now = app.now();
    let mut transaction = begin(app).await;
    let key = vapid_keys::insert(&mut transaction, "a public half", b"a sealed half", now)
        .await
        .unwrap();
    let newest = vapid_keys::list(&mut transaction).await.unwrap().remove(0);
    vapid_keys::reseal(&mut transaction, key, b"a half sealed anew")
        .await
        .unwrap();
    let resealed = vapid_keys::list(&mut transaction).await.unwrap().remove(0);
    assert_eq!(resealed.private_key, b"a half sealed anew");
    assert_eq!(
        (
            newest.id,
            newest.public_key.as_str(),
            newest.created_at,
            newest.retired_at
        ),
        (key, "a public half", now, None)
    );
    assert_eq!(newest.private_key, b"a sealed half");
    let places = the_origins(&mut transaction).await;
    let known = origins::find_or_insert(&mut transaction, "https://push.example.org", Channel::WebPush).await;
    assert_eq!(known.unwrap(), places.push);
    let mut people = Vec::new();
    for number in 1..=3 {
        people.push(add_somebody(app, &mut transaction, &places, number).await);
    }
    transaction.commit().await.unwrap();
    the_end_of_a_key(app, &people, &places).await;
    subscribers_and_consents(app, people[0].id).await;
    mailboxes_and_browsers(app, &people, &places).await;
    links_to_people(app, people[0]).await;
    moving_a_mailbox(app, &people).await;
    what_is_asked_for(app, people[0], people[1]).await;
    what_leads_to_somebody(app, people[0], people[1]).await;
    erasing_somebody(app, people[0]).await;
    what_failed_late(app, &people, &places).await;
    people
}

async fn the_end_of_a_key(app: &TestApp, people: &[Somebody], places: &Origins) {
    let now = app.now();
    // Dropped at the end: the story goes on with its browsers.
    let mut transaction = begin(app).await;
    let counts = targets::count_by_key(&mut transaction).await.unwrap();
    assert_eq!(counts, [(places.key, 3)]);
    targets::rename(&mut transaction, people[0].browser, "il telefono")
        .await
        .unwrap();
    let renamed = targets::find(&mut transaction, people[0].browser)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (renamed.name.as_str(), renamed.label.as_str()),
        ("il telefono", "Firefox")
    );
    assert!(vapid_keys::is_in_use(&mut transaction, places.key).await.unwrap());
    assert!(vapid_keys::retire(&mut transaction, places.key, now).await.unwrap());
    assert!(
        !vapid_keys::retire(&mut transaction, places.key, now).await.unwrap(),
        "it was"
    );
    assert!(!vapid_keys::is_in_use(&mut transaction, places.key).await.unwrap());
    assert!(!vapid_keys::is_in_use(&mut transaction, VapidKeyId(9999)).await.unwrap());
    let stored = vapid_keys::list(&mut transaction).await.unwrap();
    let ended = stored.iter().find(|key| key.id == places.key).unwrap();
    assert_eq!((ended.retired_at, ended.private_key.is_empty()), (Some(now), true));
    assert_eq!(targets::drop_key(&mut transaction, places.key).await.unwrap(), 3);
    assert_eq!(targets::drop_key(&mut transaction, places.key).await.unwrap(), 0);
    let dropped = targets::find(&mut transaction, people[0].browser)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(dropped.status, TargetStatus::Gone);
    assert_eq!(targets::count_by_key(&mut transaction).await.unwrap(), []);
}

async fn what_failed_late(app: &TestApp, people: &[Somebody], places: &Origins) {
    let now = app.now();
    let later = now.plus(TimeDelta::days(20));
    let (target, other) = (people[0].mailbox, people[1].mailbox);
    let mut transaction = begin(app).await;
    let told = OccasionId(7);
    strikes::add(&mut transaction, target, Some(told), "5.2.2", now)
        .await
        .unwrap();
    strikes::add(&mut transaction, other, None, "5.2.2", now).await.unwrap();
    assert!(strikes::is_known(&mut transaction, target, told).await.unwrap());
    assert!(!strikes::is_known(&mut transaction, other, told).await.unwrap());
    strikes::add(&mut transaction, target, None, "4.4.7", later)
        .await
        .unwrap();
    assert_eq!(strikes::list(&mut transaction, target).await.unwrap(), [now, later]);
    let much_later = now.plus(TimeDelta::days(40));
    strikes::add(&mut transaction, target, None, "4.4.7", much_later)
        .await
        .unwrap();
    let kept = strikes::list(&mut transaction, target).await.unwrap();
    assert_eq!(kept, [later, much_later], "a strike lives thirty days");
    let struck = strikes::struck_among(&mut transaction, &[target.0, i64::MAX])
        .await
        .unwrap();
    assert_eq!(struck, [target], "of these");
    strikes::clear(&mut transaction, &[target]).await.unwrap();
    assert_eq!(strikes::list(&mut transaction, target).await.unwrap(), []);
    assert_eq!(strikes::list(&mut transaction, other).await.unwrap(), [now]);

    suppressions::add(&mut transaction, "one", SuppressionReason::SoftBounces, now)
        .await
        .unwrap();
    suppressions::add(&mut transaction, "one", SuppressionReason::HardBounce, later)
        .await
        .unwrap();
    suppressions::add(&mut transaction, "two", SuppressionReason::Complaint, now)
        .await
        .unwrap();
    suppressions::add(&mut transaction, "two", SuppressionReason::HardBounce, later)
        .await
        .unwrap();
    let one = suppressions::find(&mut transaction, "one").await.unwrap();
    assert_eq!(one, Some((SuppressionReason::HardBounce, later)));
    let two = suppressions::find(&mut transaction, "two").await.unwrap();
    assert_eq!(
        two,
        Some((SuppressionReason::Complaint, now)),
        "a complaint is not overwritten"
    );
    let asked = ["two".to_owned(), "three".to_owned()];
    let among = suppressions::among(&mut transaction, &asked).await.unwrap();
    assert_eq!(among, BTreeSet::from(["two".to_owned()]));
    assert!(suppressions::among(&mut transaction, &[]).await.unwrap().is_empty());
    assert!(suppressions::remove(&mut transaction, "one").await.unwrap());
    assert!(!suppressions::remove(&mut transaction, "one").await.unwrap());

    let ten = TimeDelta::minutes(10);
    origins::note_accepted(&mut transaction, places.push, ten, now)
        .await
        .unwrap();
    let soon = now.plus(TimeDelta::minutes(9));
    origins::note_accepted(&mut transaction, places.push, ten, soon)
        .await
        .unwrap();
    let before = now.minus(TimeDelta::milliseconds(1));
    assert!(
        origins::has_accepted(&mut transaction, places.push, before)
            .await
            .unwrap()
    );
    assert!(
        !origins::has_accepted(&mut transaction, places.push, now).await.unwrap(),
        "noted at most every ten minutes"
    );
    assert!(
        !origins::has_accepted(&mut transaction, places.mail, before)
            .await
            .unwrap()
    );
}

async fn subscribers_and_consents(app: &TestApp, id: SubscriberId) {
    let now = app.now();
    let mut transaction = begin(app).await;
    let found = subscribers::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.language, found.created_at),
        (SubscriberStatus::Active, Language::Italian, now)
    );
    assert_eq!(
        subscribers::find(&mut transaction, SubscriberId(99_999)).await.unwrap(),
        None
    );
    subscribers::set_language(&mut transaction, id, Language::English)
        .await
        .unwrap();
    let wishes = subscribers::wishes(&mut transaction, &[id.0, 99_999]).await.unwrap();
    let english = Wishes {
        language: Language::English,
        ..Wishes::default()
    };
    assert_eq!(wishes, [(id, english)]);
    assert_eq!(subscribers::wishes(&mut transaction, &[]).await.unwrap(), []);
    let (hours, until) = (QuietHours::between(22, 7), now.plus(TimeDelta::days(7)));
    subscribers::set_restraints(&mut transaction, id, hours, Some(3))
        .await
        .unwrap();
    subscribers::pause(&mut transaction, id, Some(until)).await.unwrap();
    let restrained = Wishes {
        quiet_hours: hours,
        weekly_pushes: Some(3),
        paused_until: Some(until),
        ..english
    };
    assert_eq!(
        subscribers::wishes(&mut transaction, &[id.0]).await.unwrap(),
        [(id, restrained)]
    );
    subscribers::set_restraints(&mut transaction, id, None, None)
        .await
        .unwrap();
    subscribers::pause(&mut transaction, id, None).await.unwrap();
    subscribers::set_status(&mut transaction, id, SubscriberStatus::Left, now)
        .await
        .unwrap();
    let counted = subscribers::count_by_status(&mut transaction).await.unwrap();
    assert_eq!(counted, [(SubscriberStatus::Active, 2), (SubscriberStatus::Left, 1)]);
    subscribers::set_status(&mut transaction, id, SubscriberStatus::Active, now)
        .await
        .unwrap();

    let evidence = consent(now);
    for action in [ConsentAction::Asked, ConsentAction::Given] {
        consents::insert(
            &mut transaction,
            id,
            Purpose::Notifications,
            action,
            &evidence,
            "a hash",
        )
        .await
        .unwrap();
    }
    let ledger = consents::list(&mut transaction, id).await.unwrap();
    assert_eq!(
        ledger.iter().map(|line| line.1.as_str()).collect::<Vec<_>>(),
        ["asked", "given"]
    );
    assert_eq!(
        ledger[0],
        (
            "notifications".into(),
            "asked".into(),
            now,
            evidence.source,
            evidence.text
        )
    );
    transaction.commit().await.unwrap();
}

async fn mailboxes_and_browsers(app: &TestApp, people: &[Somebody], places: &Origins) {
    let now = app.now();
    let [first, second, _] = people else {
        panic!("three people")
    };
    let mut transaction = begin(app).await;
    let email = address("persona-1@example.org");
    let mailbox = targets::find_mailbox(&mut transaction, &email).await.unwrap().unwrap();
    let in_turn = targets::find_mailbox_in_turn(&mut transaction, &email).await.unwrap();
    assert_eq!(in_turn.unwrap().id, mailbox.id);
    assert!(
        targets::find_browser_in_turn(&mut transaction, "https://example.org/none")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        (mailbox.id, mailbox.subscriber, mailbox.place.clone()),
        (first.mailbox, first.id, Place::Mailbox(email.clone()))
    );
    let endpoint = "https://push.example.org/1";
    let browser = targets::find_browser(&mut transaction, endpoint)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (browser.id, browser.label.as_str(), browser.status),
        (first.browser, "Firefox", TargetStatus::Active)
    );
    assert_eq!(
        targets::find(&mut transaction, first.browser).await.unwrap().as_ref(),
        Some(&browser)
    );
    assert_eq!(
        targets::find_browser(&mut transaction, "https://push.example.org/none")
            .await
            .unwrap(),
        None
    );
    assert_eq!(targets::find(&mut transaction, TargetId(99_999)).await.unwrap(), None);
    assert_eq!(
        targets::list(&mut transaction, first.id).await.unwrap(),
        [mailbox, browser]
    );
    assert_eq!(
        targets::find_many(&mut transaction, &[first.browser.0, second.mailbox.0])
            .await
            .unwrap()
            .len(),
        2
    );
    transaction.commit().await.unwrap();
    let again = Place::Mailbox(email);
    conflict(app, async |it| {
        targets::insert(it, second.id, &again, places.mail, TargetStatus::Active, "", now).await
    })
    .await;
    let taken = a_browser(2, places.key);
    conflict(app, async |it| {
        targets::refresh_browser(it, first.browser, &taken, places.push).await
    })
    .await;

    let mut transaction = begin(app).await;
    for (leaves, expected) in [(true, TargetStatus::Stopped), (false, TargetStatus::Active)] {
        if leaves {
            leaving::stop_all(&mut transaction, first.id).await.unwrap();
        } else {
            leaving::start_again(&mut transaction, first.id).await.unwrap();
        }
        let own = targets::list(&mut transaction, first.id).await.unwrap();
        assert!(own.iter().all(|it| it.status == expected), "{expected:?}");
    }
    assert_eq!(leaving::left_at(&mut transaction, first.id).await.unwrap(), None);
    targets::set_status(&mut transaction, first.browser, TargetStatus::Gone)
        .await
        .unwrap();
    targets::refresh_browser(&mut transaction, first.browser, &a_browser(10, places.key), places.push)
        .await
        .unwrap();
    let refreshed = targets::find(&mut transaction, first.browser).await.unwrap().unwrap();
    assert_eq!(
        (refreshed.status, refreshed.place),
        (TargetStatus::Active, Place::Browser(a_browser(10, places.key)))
    );
    targets::set_subscriber(&mut transaction, first.browser, second.id)
        .await
        .unwrap();
    assert_eq!(targets::list(&mut transaction, second.id).await.unwrap().len(), 3);
    targets::set_subscriber(&mut transaction, first.browser, first.id)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn moving_a_mailbox(app: &TestApp, people: &[Somebody]) {
    let now = app.now();
    let (from, to) = (people[0].mailbox, people[1].mailbox);
    let mut transaction = begin(app).await;
    let new = address("altra@example.org");
    mailbox_moves::ask(&mut transaction, from, (None, &new), now)
        .await
        .unwrap();
    mailbox_moves::ask(&mut transaction, from, (Some(to), &new), now)
        .await
        .unwrap();
    let named = mailbox_moves::addresses(&mut transaction, &[to.0]).await.unwrap();
    assert_eq!(named, [(to, "altra@example.org".to_owned())]);
    mailbox_moves::let_go(&mut transaction, to).await.unwrap();
    assert_eq!(mailbox_moves::find(&mut transaction, to).await.unwrap(), None);
    mailbox_moves::ask(&mut transaction, from, (Some(to), &new), now)
        .await
        .unwrap();
    mailbox_moves::agree(&mut transaction, to, now).await.unwrap();
    let found = mailbox_moves::find(&mut transaction, from).await.unwrap().unwrap();
    assert_eq!((found.from_id, found.to_id), (from, Some(to)));
    assert_eq!((found.old_agreed_at, found.new_agreed_at), (None, Some(now)));
    assert_eq!(mailbox_moves::find(&mut transaction, to).await.unwrap(), Some(found));
    assert_eq!(targets::moved_at(&mut transaction, from).await.unwrap(), None);
    targets::readdress(&mut transaction, from, &address("altra@example.org"), now)
        .await
        .unwrap();
    assert_eq!(targets::moved_at(&mut transaction, from).await.unwrap(), Some(now));
    let moved = targets::find(&mut transaction, from).await.unwrap().unwrap();
    assert_eq!(moved.place, Place::Mailbox(address("altra@example.org")));
    mailbox_moves::delete(&mut transaction, from).await.unwrap();
    assert_eq!(mailbox_moves::find(&mut transaction, from).await.unwrap(), None);
    mailbox_moves::ask(&mut transaction, from, (None, &new), now)
        .await
        .unwrap();
    for (since, forgotten) in [(now.minus(TimeDelta::seconds(1)), 0), (now, 1)] {
        let deleted = mailbox_moves::delete_asked_by(&mut transaction, since).await.unwrap();
        assert_eq!(deleted, forgotten);
    }
    drop(transaction);
}

/// Addresses that somebody asked to add; nothing of it is committed.
async fn what_is_asked_for(app: &TestApp, person: Somebody, other: Somebody) {
    let (now, new) = (app.now(), address("altra@example.org"));
    let later = now.plus(TimeDelta::hours(1));
    let mut transaction = begin(app).await;
    mailbox_requests::ask(&mut transaction, person.id, &new, now)
        .await
        .unwrap();
    mailbox_requests::ask(&mut transaction, person.id, &new, later)
        .await
        .unwrap();
    let waiting = mailbox_requests::waiting(&mut transaction, person.id).await.unwrap();
    assert_eq!(waiting, [("altra@example.org".to_owned(), later)]);
    assert_eq!(mailbox_requests::waiting(&mut transaction, other.id).await.unwrap(), []);
    mailbox_requests::withdraw(&mut transaction, other.id, &new)
        .await
        .unwrap();
    let still = mailbox_requests::waiting(&mut transaction, person.id).await.unwrap();
    assert_eq!(still.len(), waiting.len(), "what somebody else asked for stays");
    mailbox_requests::withdraw(&mut transaction, person.id, &new)
        .await
        .unwrap();
    assert_eq!(
        mailbox_requests::waiting(&mut transaction, person.id).await.unwrap(),
        []
    );
    mailbox_requests::ask(&mut transaction, person.id, &new, later)
        .await
        .unwrap();
    for (since, forgotten) in [(now, 0), (later, 1)] {
        let count = mailbox_requests::forget_asked_by(&mut transaction, since)
            .await
            .unwrap();
        assert_eq!(count, forgotten);
    }
    mailbox_requests::ask(&mut transaction, person.id, &new, now)
        .await
        .unwrap();
    mailbox_requests::forget_address(&mut transaction, &new).await.unwrap();
    mailbox_requests::ask(&mut transaction, other.id, &new, now)
        .await
        .unwrap();
    mailbox_requests::forget_of(&mut transaction, other.id).await.unwrap();
    for nobody in [person, other] {
        assert_eq!(
            mailbox_requests::waiting(&mut transaction, nobody.id).await.unwrap(),
            []
        );
    }
    drop(transaction);
}

/// What is told of somebody and taken out of other tables; it is not committed, for the chapters that follow.
async fn what_leads_to_somebody(app: &TestApp, person: Somebody, other: Somebody) {
    let (now, new) = (app.now(), address("altra@example.org"));
    let later = now.plus(TimeDelta::hours(1));
    let mut transaction = begin(app).await;
    let link = NewLink {
        nonce: [77; 16],
        purpose: "sign-in",
        subscriber: person.id,
        target: person.mailbox,
        expires_at: later,
    };
    let link = links::insert(&mut transaction, &link, now).await.unwrap();
    let personal = Personal {
        kind: OccasionKind::SignIn,
        subscriber: person.id,
        target: person.mailbox,
        link: Some(link),
        expires_at: later,
    };
    let occasion = occasions::record_personal(&mut transaction, &personal, "erasing", now)
        .await
        .unwrap();
    notifications::owe_to_target(&mut transaction, occasion, person.mailbox)
        .await
        .unwrap();
    let open = holdings::open_links(&mut transaction, person.id, now).await.unwrap();
    assert_eq!(
        open.last().map(|it| (it.purpose.as_str(), it.target_id)),
        Some(("sign-in", person.mailbox))
    );
    assert_eq!(
        holdings::open_links(&mut transaction, person.id, later).await.unwrap(),
        []
    );
    assert_eq!(holdings::told_in_week(&mut transaction, person.id).await.unwrap(), []);
    assert_eq!(holdings::read_elsewhere(&mut transaction, person.id).await.unwrap(), []);
    assert_eq!(holdings::follow_ups(&mut transaction, person.id).await.unwrap(), []);
    assert_eq!(holdings::sessions(&mut transaction, "person:0", now).await.unwrap(), []);
    let removed = holdings::removed_profiles(&mut transaction, person.id).await.unwrap();
    assert_eq!(removed, []);

    for whose in [Whose::Place(person.mailbox), Whose::Person(person.id)] {
        erasure::forget_told(&mut transaction, whose, now).await.unwrap();
        erasure::forget_letters(&mut transaction, whose).await.unwrap();
    }
    let of = Of::Occasion(occasion);
    let counted = delivery_counts::lines(&mut transaction, of).await.unwrap();
    let counted: Vec<_> = counted.iter().map(|it| (it.counted, it.count)).collect();
    assert_eq!(counted, [(Counted::Owed, 1), (Counted::Suppressed, 1)]);
    assert_eq!(links::nonce(&mut transaction, link).await.unwrap(), None);
    mailbox_moves::ask(&mut transaction, person.mailbox, (Some(other.mailbox), &new), now)
        .await
        .unwrap();
    erasure::forget_moves(&mut transaction, other.mailbox).await.unwrap();
    assert_eq!(
        mailbox_moves::find(&mut transaction, person.mailbox).await.unwrap(),
        None
    );
    mailbox_moves::ask(&mut transaction, person.mailbox, (None, &new), now)
        .await
        .unwrap();
    erasure::forget_moves_to(&mut transaction, &new).await.unwrap();
    assert_eq!(
        mailbox_moves::find(&mut transaction, person.mailbox).await.unwrap(),
        None
    );
    erasure::forget_removed_profiles(&mut transaction, person.id)
        .await
        .unwrap();
    assert_eq!(erasure::erased_since(&mut transaction, now).await.unwrap(), []);
    subscribers::erase(&mut transaction, person.id, now).await.unwrap();
    assert_eq!(erasure::erased_since(&mut transaction, now).await.unwrap(), [person.id]);
    drop(transaction);
}

/// Erasing leaves ids and numbers; it is not committed, for the chapters that follow.
async fn erasing_somebody(app: &TestApp, person: Somebody) {
    let mut transaction = begin(app).await;
    let (now, every) = (app.now(), Leads::from_bits(7));
    subscribers::set_status(&mut transaction, person.id, SubscriberStatus::Left, now)
        .await
        .unwrap();
    let ids = async |transaction: &mut Transaction, since| {
        let found = subscribers::to_forget(transaction, SubscriberStatus::Left, since, now, 10).await;
        found.unwrap()
    };
    assert_eq!(ids(&mut transaction, now).await, [person.id]);
    assert_eq!(ids(&mut transaction, now.minus(TimeDelta::days(1))).await, []);
    targets::set_status(&mut transaction, person.mailbox, TargetStatus::Pending)
        .await
        .unwrap();
    subscribers::set_reminders(&mut transaction, person.id, every, true)
        .await
        .unwrap();
    subscribers::erase(&mut transaction, person.id, now).await.unwrap();
    assert_eq!(ids(&mut transaction, now).await, [], "once");
    let unconfirmed = targets::never_confirmed(&mut transaction, now, now, 10).await.unwrap();
    assert_eq!(unconfirmed, [], "whoever left is no subscriber");
    subscribers::set_status(&mut transaction, person.id, SubscriberStatus::Active, now)
        .await
        .unwrap();
    let unconfirmed = targets::never_confirmed(&mut transaction, now, now, 10).await.unwrap();
    assert_eq!(unconfirmed, [person.mailbox]);
    let kept = subscribers::reminders(&mut transaction, person.id).await.unwrap();
    assert_eq!(kept, Some((Leads::default(), false)));
    for target in [person.mailbox, person.browser] {
        targets::erase(&mut transaction, target).await.unwrap();
        let erased = targets::find(&mut transaction, target).await.unwrap().unwrap();
        assert_eq!((erased.status, erased.label.as_str()), (TargetStatus::Gone, ""));
        let names_nobody = match erased.place {
            Place::Mailbox(address) => address.as_str().ends_with("@erased.invalid"),
            Place::Browser(it) => it.endpoint.starts_with("https://erased.invalid/") && it.p256dh.is_empty(),
        };
        assert!(names_nobody);
    }
    drop(transaction);
}

async fn links_to_people(app: &TestApp, person: Somebody) {
    let now = app.now();
    let expires_at = now.plus(TimeDelta::days(7));
    let new = NewLink {
        nonce: [7; 16],
        purpose: "confirm",
        subscriber: person.id,
        target: person.mailbox,
        expires_at,
    };
    let mut transaction = begin(app).await;
    let id = links::insert(&mut transaction, &new, now).await.unwrap();
    let link = links::find(&mut transaction, &[7; 16]).await.unwrap().unwrap();
    assert_eq!(
        (link.id, link.purpose.as_str(), link.expires_at, link.used_at),
        (id, "confirm", expires_at, None)
    );
    assert_eq!((link.subscriber_id, link.target_id), (person.id, person.mailbox));
    assert!(links::find(&mut transaction, &[8; 16]).await.unwrap().is_none());
    assert_eq!(links::nonce(&mut transaction, id).await.unwrap(), Some(vec![7; 16]));
    let count = async |transaction: &mut Transaction, purpose, since| {
        links::count_since(transaction, person.mailbox, purpose, since)
            .await
            .unwrap()
    };
    let before = now.minus(TimeDelta::seconds(1));
    assert_eq!(count(&mut transaction, "confirm", before).await, 1);
    assert_eq!(count(&mut transaction, "confirm", now).await, 0);
    assert_eq!(count(&mut transaction, "sign_in", before).await, 0);
    let latest = links::latest(&mut transaction, (person.id, person.mailbox), "confirm").await;
    assert_eq!(latest.unwrap(), Some(now));
    let latest = links::latest(&mut transaction, (person.id, person.mailbox), "sign_in").await;
    assert_eq!(latest.unwrap(), None);
    let waiting = async |transaction: &mut Transaction, purpose, at| {
        links::waiting(transaction, person.mailbox, purpose, at).await.unwrap()
    };
    assert_eq!(waiting(&mut transaction, "confirm", now).await, [person.id]);
    assert_eq!(waiting(&mut transaction, "sign_in", now).await, []);
    assert_eq!(waiting(&mut transaction, "confirm", expires_at).await, []);
    assert_eq!(link.leads_to, None);
    links::lead_to(&mut transaction, id, "/iscriviti/come?topics=energy")
        .await
        .unwrap();
    let leading = links::find(&mut transaction, &[7; 16]).await.unwrap().unwrap();
    assert_eq!(leading.leads_to.as_deref(), Some("/iscriviti/come?topics=energy"));
    links::end_to(&mut transaction, person.mailbox, "sign_in", now)
        .await
        .unwrap();
    assert_eq!(waiting(&mut transaction, "confirm", now).await, [person.id]);
    assert!(links::consume(&mut transaction, id, now).await.unwrap());
    assert!(
        !links::consume(&mut transaction, id, now).await.unwrap(),
        "a link is used once"
    );
    links::insert(&mut transaction, &NewLink { nonce: [9; 16], ..new }, now)
        .await
        .unwrap();
    links::end_of(&mut transaction, person.id, "another purpose", now)
        .await
        .unwrap();
    let open = links::find(&mut transaction, &[9; 16]).await.unwrap().unwrap();
    assert_eq!(open.used_at, None, "only those of a purpose");
    links::end_to(&mut transaction, person.mailbox, "confirm", now)
        .await
        .unwrap();
    assert_eq!(waiting(&mut transaction, "confirm", now).await, []);
    links::insert(&mut transaction, &NewLink { nonce: [10; 16], ..new }, now)
        .await
        .unwrap();
    links::end_all(&mut transaction, person.id, now).await.unwrap();
    assert_eq!(waiting(&mut transaction, "confirm", now).await, []);
    let ended = links::find(&mut transaction, &[9; 16]).await.unwrap().unwrap();
    assert_eq!(ended.used_at, Some(now));
    transaction.commit().await.unwrap();
    links_that_end(app, person, new).await;
}

/// Links to a mailbox that is one no more, and links that have expired; it is not committed.
async fn links_that_end(app: &TestApp, person: Somebody, new: NewLink) {
    let now = app.now();
    let mut transaction = begin(app).await;
    let used = links::find(&mut transaction, &[7; 16]).await.unwrap().unwrap();
    assert_eq!(used.leads_to, None, "where a used link led to is kept no longer");
    for (nonce, purpose) in [(11, "sign_in"), (12, "move")] {
        let nonce = [nonce; 16];
        let id = links::insert(&mut transaction, &NewLink { nonce, purpose, ..new }, now).await;
        links::lead_to(&mut transaction, id.unwrap(), "/iscriviti/come")
            .await
            .unwrap();
    }
    links::end_all_to(&mut transaction, person.browser, now).await.unwrap();
    let open = links::find(&mut transaction, &[11; 16]).await.unwrap().unwrap();
    assert_eq!(open.used_at, None, "it was sent to the mailbox");
    let expired = new.expires_at;
    assert_eq!(links::forget_expired_paths(&mut transaction, now).await.unwrap(), 0);
    assert_eq!(links::forget_expired_paths(&mut transaction, expired).await.unwrap(), 2);
    links::end_all_to(&mut transaction, person.mailbox, now).await.unwrap();
    for nonce in [[11; 16], [12; 16]] {
        let ended = links::find(&mut transaction, &nonce).await.unwrap().unwrap();
        assert_eq!((ended.used_at, ended.leads_to), (Some(now), None));
    }
    let before = now.minus(TimeDelta::seconds(1));
    for (at, since, limit, removed) in [(now, now, 9, 0), (expired, before, 9, 0), (expired, now, 1, 1)] {
        let found = links::delete_expired(&mut transaction, at, since, limit).await;
        assert_eq!(found.unwrap(), removed);
    }
    assert!(links::delete_expired(&mut transaction, expired, now, 9).await.unwrap() > 0);
    let latest = links::find(&mut transaction, &[12; 16]).await.unwrap();
    assert!(latest.is_some(), "its number is given to no other");
    drop(transaction);
}

async fn the_profiles(app: &TestApp, people: &[Somebody], call: OpportunityId) -> Vec<ProfileId> {
    let (now, vocabulary) = (app.now(), app.vocabulary());
    let mut transaction = begin(app).await;
    assert_eq!(profiles::last_id(&mut transaction).await.unwrap(), ProfileId(0));
    let person = a_citizen()
        .in_areas(&[BERGAMO, LOMBARDY])
        .aged("30-35")
        .by(&["web_push", "email_fallback"]);
    let choices = person.choices(&vocabulary);
    let mut ids = Vec::new();
    for somebody in people {
        ids.push(
            profiles::save(&mut transaction, somebody.id, &choices, true, now)
                .await
                .unwrap(),
        );
    }
    let again = profiles::save(&mut transaction, people[0].id, &choices, true, now)
        .await
        .unwrap();
    assert_eq!(again, ids[0], "one profile of a kind");
    assert_eq!(profiles::last_id(&mut transaction).await.unwrap(), *ids.last().unwrap());

    let mut business = an_operator()
        .in_sectors(&["A", "10"])
        .of_type("farm")
        .of_size("small")
        .choices(&vocabulary);
    let weekly = TellingOverride {
        frequency: Some(Frequency::Weekly),
        channels: Some(Channels::NONE),
    };
    business.topics = business.topics.into_keys().map(|topic| (topic, weekly)).collect();
    let other = profiles::save(&mut transaction, people[0].id, &business, false, now)
        .await
        .unwrap();
    let own = profiles::list(&mut transaction, people[0].id).await.unwrap();
    assert_eq!(
        own.iter().map(|it| (it.id, it.kind)).collect::<Vec<_>>(),
        [(ids[0], ProfileKind::Citizen), (other, ProfileKind::Operator)]
    );
    assert_eq!(
        (own[1].facets.clone(), own[1].follows[0].telling),
        (business.facets, weekly)
    );
    let active = profiles::page(&mut transaction, ids[0], 10).await.unwrap();
    assert_eq!(
        active.iter().map(|it| it.id).collect::<Vec<_>>(),
        ids[1..],
        "those that are active, above the first"
    );
    let found = profiles::find_many(&mut transaction, &[other, ProfileId(99_999), ids[0]])
        .await
        .unwrap();
    assert_eq!(
        found.iter().map(|it| it.id).collect::<Vec<_>>(),
        [other, ids[0]],
        "in the order asked for"
    );

    a_topic_is_told_less(&mut transaction, ids[0]).await;
    what_changes_in_a_profile(app, &mut transaction, people[0].id, other, call).await;
    assert_eq!(profiles::list(&mut transaction, people[0].id).await.unwrap().len(), 1);
    transaction.commit().await.unwrap();
    ids
}

async fn what_changes_in_a_profile(
    app: &TestApp,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    id: ProfileId,
    call: OpportunityId,
) {
    let now = app.now();
    let since =
        async |transaction: &mut Transaction, kind| profiles::chosen_at(transaction, subscriber, kind).await.unwrap();
    assert_eq!(since(transaction, ProfileKind::Operator).await, Some(now));
    let later = now.plus(TimeDelta::minutes(1));
    profiles::set_channels(transaction, id, Channels::EMAIL, later)
        .await
        .unwrap();
    assert_eq!(since(transaction, ProfileKind::Operator).await, Some(later));
    let told = profiles::find_many(transaction, &[id]).await.unwrap().remove(0);
    profiles::set_tellings(transaction, &told.without_mail(None), later)
        .await
        .unwrap();
    let silent = profiles::find_many(transaction, &[id]).await.unwrap();
    assert!(!silent[0].is_told_by(Channel::Email));
    profiles::set_channels(transaction, id, Channels::EMAIL, later)
        .await
        .unwrap();
    assert_eq!(since(transaction, ProfileKind::Authority).await, None);
    let source = sources::find_or_insert(transaction, "register").await.unwrap();
    let topic = app.vocabulary().topics.by_code("social").unwrap().id;
    profiles::save_opportunity(transaction, id, call).await.unwrap();
    for mute in [
        Mute::Opportunity(call),
        Mute::Topic(topic),
        Mute::Source(source),
        Mute::Source(source),
    ] {
        profiles::mute(transaction, id, mute).await.unwrap();
    }
    let changed = profiles::find_many(transaction, &[id]).await.unwrap().remove(0);
    assert_eq!(changed.mutes.len(), 3);
    let source = Mute::Source(source);
    assert!(mutes::unmute(transaction, id, source).await.unwrap());
    assert!(
        !mutes::unmute(transaction, id, source).await.unwrap(),
        "it was shown before"
    );
    assert_eq!(changed.telling.channels, Channels::EMAIL);
    let mut follows = changed.follows.iter();
    assert!(follows.any(|it| it.followed == Followed::Opportunity(call)));
    let mut follows = changed.follows.iter();
    let by_mail = |channels: Channels| channels.uses(Channel::Email);
    assert!(
        !follows.any(|it| it.telling.channels.is_some_and(by_mail)),
        "what is followed keeps the ways that are left of its own"
    );
    let removed_at = later.plus(TimeDelta::minutes(1));
    profiles::delete(transaction, id, removed_at).await.unwrap();
    let chosen = since(transaction, ProfileKind::Operator).await;
    assert_eq!(chosen, Some(removed_at), "removing it was a choice too");
    profiles::forget_removed(transaction, subscriber).await.unwrap();
    assert_eq!(since(transaction, ProfileKind::Operator).await, None);
}

/// A topic that is told less, and then as before.
async fn a_topic_is_told_less(transaction: &mut Transaction, id: ProfileId) {
    let profile = profiles::find_many(transaction, &[id]).await.unwrap().remove(0);
    let followed = profile.follows.iter().find_map(|follow| match follow.followed {
        Followed::Topic(topic) => Some((topic, follow.telling.frequency)),
        Followed::Opportunity(_) => None,
    });
    let (topic, before) = followed.unwrap();
    let told = async |transaction: &mut Transaction| {
        let profile = profiles::find_many(transaction, &[id]).await.unwrap().remove(0);
        let mut follows = profile.follows.into_iter();
        let follow = follows.find(|it| it.followed == Followed::Topic(topic));
        follow.unwrap().telling.frequency
    };
    for _ in 0..2 {
        mutes::lessen(transaction, id, topic).await.unwrap();
        assert_eq!(told(transaction).await, Some(Frequency::Weekly));
        assert_eq!(mutes::lessened(transaction, &[id.0]).await.unwrap(), [(id, topic)]);
    }
    for _ in 0..2 {
        mutes::restore(transaction, id, topic).await.unwrap();
        assert_eq!(told(transaction).await, before);
        assert!(mutes::lessened(transaction, &[id.0]).await.unwrap().is_empty());
    }
    mutes::lessen(transaction, id, TopicId(99_999)).await.unwrap();
    assert!(
        mutes::lessened(transaction, &[id.0]).await.unwrap().is_empty(),
        "it is not followed"
    );
}

async fn who_is_concerned(app: &TestApp, people: &[Somebody], profiles: &[ProfileId], call: OpportunityId) {
    let now = app.now();
    let mut transaction = begin(app).await;
    assert_eq!(
        audience::count(&mut transaction, call, Range::ALL).await.unwrap(),
        [(ProfileKind::Citizen, 3)]
    );
    assert_eq!(
        audience::list(&mut transaction, call, Range::ALL, 10).await.unwrap(),
        profiles
    );
    assert_eq!(
        audience::list(&mut transaction, call, Range::ALL, 2).await.unwrap(),
        profiles[..2]
    );
    let rest = Range {
        above: profiles[0],
        up_to: profiles[1],
    };
    assert_eq!(
        audience::list(&mut transaction, call, rest, 10).await.unwrap(),
        profiles[1..2]
    );

    let take = async |transaction: &mut Transaction, filling, lost| {
        matches::take_due_inboxes(transaction, filling, lost).await.unwrap()
    };
    let everybody = Some((profiles[0], profiles[2]));
    let (first, second) = (Filling::begun(now, 1), Filling::begun(now, 2));
    assert_eq!(take(&mut transaction, first, now).await, everybody);
    assert_eq!(
        take(&mut transaction, second, now).await,
        None,
        "a turn under way is nobody else's"
    );
    let later = now.plus(TimeDelta::seconds(1));
    assert_eq!(
        take(&mut transaction, second, later).await,
        everybody,
        "what a crash left is taken up again"
    );
    let choices = a_citizen()
        .by(&["web_push", "email_fallback"])
        .choices(&app.vocabulary());
    profiles::save(&mut transaction, people[2].id, &choices, true, now)
        .await
        .unwrap();
    let added = audience::insert_matches(&mut transaction, call, Range::ALL, Which::InboxDue(second), now)
        .await
        .unwrap();
    assert_eq!(added, 2);
    matches::inboxes_filled(&mut transaction, first).await.unwrap();
    matches::inboxes_filled(&mut transaction, second).await.unwrap();
    assert_eq!(
        take(&mut transaction, first, now).await,
        Some((profiles[2], profiles[2])),
        "what became due meanwhile stays due"
    );
    matches::inboxes_filled(&mut transaction, first).await.unwrap();
    assert_eq!(take(&mut transaction, second, later).await, None);
    let added = audience::insert_matches(&mut transaction, call, Range::ALL, Which::Silently, now)
        .await
        .unwrap();
    assert_eq!(added, 1);
    assert_eq!(matches::count(&mut transaction).await.unwrap(), 3);
    let told = (Frequency::Immediate, Channels::WEB_PUSH.union(Channels::EMAIL_FALLBACK));
    assert_eq!(
        matches::telling(&mut transaction, call, profiles[0]).await.unwrap(),
        Some(told)
    );
    assert_eq!(
        matches::telling(&mut transaction, OpportunityId(99_999), profiles[0])
            .await
            .unwrap(),
        None
    );
    what_is_read(&mut transaction, people[0].id, call, now).await;
    let of = matches::profiles_of(&mut transaction, call, &[people[0].id, people[1].id])
        .await
        .unwrap();
    assert_eq!(
        of,
        BTreeMap::from([(people[0].id, vec![profiles[0]]), (people[1].id, vec![profiles[1]])])
    );
    drop(transaction);
}

/// Publishes and fans out as far as rows are owed. What the fan-out was.
async fn owe(app: &TestApp, transaction: &mut Transaction, call: OpportunityId, revision: i64) -> FanOut {
    let now = app.now();
    let expires_at = now.plus(TimeDelta::days(14));
    let publication = Publication {
        opportunity: call,
        revision,
        lane: Lane::Normal,
        silent: false,
        expires_at,
        batch: None,
    };
    let id = occasions::record_publication(transaction, &publication, now)
        .await
        .unwrap();
    let next = occasions::next_to_fan_out(transaction).await.unwrap().unwrap();
    assert_eq!((next.id, next.opportunity_id, next.cursor), (id, Some(call), 0));
    audience::insert_matches(transaction, call, Range::ALL, Which::Concerned(id), now)
        .await
        .unwrap();
    next
}

/// An origin with something due is ready unless it is paused; one with nothing due is not.
async fn which_origins_are_ready(transaction: &mut Transaction, now: Timestamp) {
    let push = the_origins(transaction).await.push;
    let names = async |transaction: &mut Transaction, at| -> Vec<String> {
        let ready = origins::list_ready(transaction, at).await.unwrap();
        ready.into_iter().map(|origin| origin.name).collect()
    };
    let until = now.plus(TimeDelta::minutes(5));
    assert_eq!(
        names(transaction, now).await,
        ["https://push.example.org", origins::MAIL_RELAY]
    );
    let idle = origins::find_or_insert(transaction, "https://idle.example.org", Channel::WebPush).await;
    assert_ne!(idle.unwrap(), push);
    origins::pause(transaction, push, until).await.unwrap();
    origins::pause(transaction, push, now).await.unwrap();
    assert_eq!(
        names(transaction, now).await,
        [origins::MAIL_RELAY],
        "a pause is not cut short"
    );
    assert_eq!(
        names(transaction, until).await,
        ["https://push.example.org", origins::MAIL_RELAY]
    );
}

async fn what_is_owed(app: &TestApp, people: &[Somebody], call: OpportunityId) {
    let now = app.now();
    let mut transaction = begin(app).await;
    let fan_out = owe(app, &mut transaction, call, 3).await;
    assert_eq!(
        occasions::unfinished_opportunities(&mut transaction).await.unwrap(),
        [call]
    );
    let owed = notifications::owe_to_matches(&mut transaction, &fan_out, Range::ALL, now)
        .await
        .unwrap();
    assert_eq!(owed, 6, "three browsers and three mailboxes");
    let owed = notifications::owe_to_matches(&mut transaction, &fan_out, Range::ALL, now)
        .await
        .unwrap();
    assert_eq!(owed, 0, "owed once");
    let last = profiles::last_id(&mut transaction).await.unwrap().0;
    occasions::advance(&mut transaction, fan_out.id, last, None)
        .await
        .unwrap();
    let next = occasions::next_to_fan_out(&mut transaction).await.unwrap().unwrap();
    assert_eq!(next.cursor, last);
    occasions::advance(&mut transaction, fan_out.id, last, Some(now))
        .await
        .unwrap();
    assert!(occasions::next_to_fan_out(&mut transaction).await.unwrap().is_none());
    assert_eq!(occasions::unfinished_opportunities(&mut transaction).await.unwrap(), []);
    let again = owe(app, &mut transaction, call, 4).await;
    assert_eq!(again.id, fan_out.id, "a revision opens the same occasion again");
    occasions::advance(&mut transaction, fan_out.id, last, Some(now))
        .await
        .unwrap();

    let person = people[0];
    let personal = Personal {
        kind: OccasionKind::Test,
        subscriber: person.id,
        target: person.mailbox,
        link: None,
        expires_at: now.plus(TimeDelta::minutes(10)),
    };
    let test = occasions::record_personal(&mut transaction, &personal, "1", now)
        .await
        .unwrap();
    notifications::owe_to_target(&mut transaction, test, person.mailbox)
        .await
        .unwrap();
    which_origins_are_ready(&mut transaction, now).await;
    let found = occasions::find_many(&mut transaction, &[fan_out.id.0, test.0])
        .await
        .unwrap();
    let subjects: BTreeMap<OccasionId, Subject> = found.into_iter().map(|it| (it.id, it.subject)).collect();
    let published = Subject::Opportunity {
        id: call,
        revision: 4,
        follow_up: None,
    };
    assert_eq!(subjects[&fan_out.id], published);
    let subject = Subject::Person {
        subscriber: person.id,
        target: person.mailbox,
        link: None,
    };
    assert_eq!(subjects[&test], subject);
    let tally = notifications::tally(&mut transaction).await.unwrap();
    let expected = [
        (Channel::WebPush, State::Due, 3),
        (Channel::Email, State::Waiting, 3),
        (Channel::Email, State::Due, 1),
    ];
    assert_eq!(tally, expected, "mails wait on their push");
    assert_eq!(
        notifications::tally_of(&mut transaction, call).await.unwrap(),
        expected[..2]
    );
    assert_eq!(ledger::count_unfinished(&mut transaction).await.unwrap(), 7);
    let unknown = Key {
        occasion: OccasionId(99_999),
        target: TargetId(99_999),
    };
    assert_eq!(ledger::finished_at(&mut transaction, unknown).await.unwrap(), None);
    transaction.commit().await.unwrap();
    conflict(app, async |it| {
        occasions::record_personal(it, &personal, "1", now).await
    })
    .await;
}

fn keys(claimed: &[ledger::Claimed]) -> Vec<Key> {
    claimed.iter().map(|it| it.key).collect()
}

async fn claim(
    transaction: &mut Transaction,
    origin: OriginId,
    lease: Lease,
    limit: i64,
    now: Timestamp,
) -> Vec<ledger::Claimed> {
    ledger::claim(transaction, origin, lease, limit, now).await.unwrap()
}

async fn record(transaction: &mut Transaction, claim: i64, verdict: &Verdict, keys: &[Key], now: Timestamp) -> u64 {
    ledger::record(transaction, claim, verdict, keys, now).await.unwrap()
}

fn failed() -> Verdict {
    Verdict::Finished(State::Failed, Some("410".to_owned()))
}

/// A weekly digest takes up what was matched weekly, once, and owes it to each target of its people.
async fn an_edition_is_folded_and_owed(app: &TestApp, people: &[Somebody]) {
    let (now, zone) = (app.now(), app.config.zone);
    let edition = Edition::latest(Frequency::Weekly, now, zone).unwrap();
    let mut transaction = begin(app).await;
    let (due, next) = (edition.due_at(zone), edition.next_due_at(zone));
    let record = async |it: &mut Transaction| editions::record_edition(it, edition, due, next).await.unwrap();
    assert!(record(&mut transaction).await);
    assert!(!record(&mut transaction).await, "there is one edition of a period");
    let occasion = occasions::next_to_fan_out(&mut transaction).await.unwrap().unwrap();
    let fold = Fold {
        edition: occasion.id,
        frequency: Frequency::Weekly,
        cut_off: now.plus(TimeDelta::days(30)),
    };
    let nothing = editions::unfold_undelivered(&mut transaction, &fold, Readers::ALL, now)
        .await
        .unwrap();
    assert_eq!(nothing, 0);
    let told = editions::leave_out_told(&mut transaction, &fold, Readers::ALL)
        .await
        .unwrap();
    assert_eq!(told, 0);
    let folded = editions::fold_matches(&mut transaction, &fold, Readers::ALL, now)
        .await
        .unwrap();
    let again = editions::fold_matches(&mut transaction, &fold, Readers::ALL, now)
        .await
        .unwrap();
    assert_eq!(again, 0, "a match is folded once");
    let last = subscribers::last_id(&mut transaction).await.unwrap();
    assert!(people.iter().all(|it| it.id <= last));
    let subscribers: Vec<i64> = people.iter().map(|it| it.id.0).collect();
    let items = editions::folded(&mut transaction, occasion.id, &subscribers)
        .await
        .unwrap();
    assert_eq!(items.len(), usize::try_from(folded).unwrap());
    editions::owe_edition(&mut transaction, occasion.id, next, Readers::ALL)
        .await
        .unwrap();
    editions::set_sections_off(&mut transaction, people[0].id, 5)
        .await
        .unwrap();
    let off = editions::sections_off(&mut transaction, &subscribers).await.unwrap();
    assert_eq!(off, [(people[0].id, 5)]);
}

async fn what_a_browser_was_told_this_week(transaction: &mut Transaction, browser: TargetId, now: Timestamp) {
    let (last_week, week) = (now.minus(TimeDelta::days(9)), now.minus(TimeDelta::days(2)));
    for (begun, told) in [(last_week, 4), (week, 1), (week, 2)] {
        targets::record_success(transaction, &[(browser, told)].into(), begun, now)
            .await
            .unwrap();
    }
    let counted = targets::told_in_week(transaction, &[browser.0, 0], week).await.unwrap();
    assert_eq!(counted, [(browser, 3)], "a new week begins at nothing");
    assert!(
        targets::told_in_week(transaction, &[browser.0], last_week)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn the_owners_of_a_group_are_locked(transaction: &mut Transaction, people: &[Somebody]) {
    let ids: Vec<i64> = people.iter().map(|it| it.id.0).collect();
    subscribers::lock(transaction, &ids).await.unwrap();
}

async fn an_allowance_is_shared(transaction: &mut Transaction, origin: OriginId, until: Timestamp) {
    origins::give_allowance(transaction, origin, until).await.unwrap();
    assert_eq!(origins::take_allowance(transaction, origin).await.unwrap(), Some(until));
}

async fn the_life_of_a_notification(app: &TestApp, people: &[Somebody], call: OpportunityId) {
    let now = app.now();
    let in_seconds = |seconds| now.plus(TimeDelta::seconds(seconds));
    let mut transaction = begin(app).await;
    let push = the_origins(&mut transaction).await.push;
    let lease = |claim, seconds| Lease {
        claim,
        until: in_seconds(seconds),
    };
    an_allowance_is_shared(&mut transaction, push, now).await;
    the_owners_of_a_group_are_locked(&mut transaction, people).await;
    let first = claim(&mut transaction, push, lease(1, 90), 2, now).await;
    let second = claim(&mut transaction, push, lease(2, 90), 2, now).await;
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(
        (first[0].attempts, first[0].channel, first[0].lane),
        (1, Channel::WebPush, Lane::Normal)
    );
    assert_eq!(
        (first[0].key.target, first[0].subscriber),
        (people[0].browser, people[0].id)
    );
    assert!(
        claim(&mut transaction, push, lease(2, 90), 9, now).await.is_empty(),
        "nothing is left"
    );

    ledger::heartbeat(&mut transaction, lease(1, 180)).await.unwrap();
    let reclaimed = ledger::reclaim_expired(&mut transaction, 12, in_seconds(90))
        .await
        .unwrap();
    assert_eq!(reclaimed, 0, "leases hold to their end");
    let lost = ledger::has_expired_claims(&mut transaction, in_seconds(91))
        .await
        .unwrap();
    assert!(lost);
    let reclaimed = ledger::reclaim_expired(&mut transaction, 12, in_seconds(91))
        .await
        .unwrap();
    assert_eq!(reclaimed, 1, "the worker without a heartbeat");
    let third = claim(&mut transaction, push, lease(3, 200), 9, in_seconds(91)).await;
    assert_eq!(
        (keys(&third), third[0].attempts),
        (keys(&second), 2),
        "attempts are counted when claimed"
    );
    let stale = record(&mut transaction, 2, &failed(), &keys(&second), in_seconds(92)).await;
    assert_eq!(stale, 0, "a result under an old claim is ignored");
    let sent = Verdict::Finished(State::Sent, None);
    assert_eq!(
        record(&mut transaction, 3, &sent, &keys(&third), in_seconds(92)).await,
        1
    );
    what_a_browser_was_told_this_week(&mut transaction, people[2].browser, in_seconds(92)).await;
    let reached = targets::find(&mut transaction, people[2].browser)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(reached.last_success_at, Some(in_seconds(92)));
    let moved = matches::leave_to_digest(&mut transaction, third[0].key.occasion, &[third[0].subscriber])
        .await
        .unwrap();
    assert_eq!(moved, 0, "who was told by push needs no digest");
    let moved = matches::leave_rest_to_digest(&mut transaction, in_seconds(92))
        .await
        .unwrap();
    assert_eq!(moved, 0, "the cap held nothing back");
    transaction.commit().await.unwrap();
    an_edition_is_folded_and_owed(app, people).await;
    what_is_tried_again(app, &keys(&first)).await;
    what_becomes_of_the_mails(app, people, call).await;
}

/// Two pushes that worker 1 has claimed: one is to be tried later, one was not tried.
async fn what_is_tried_again(app: &TestApp, claimed: &[Key]) {
    let now = app.now();
    let in_seconds = |seconds| now.plus(TimeDelta::seconds(seconds));
    let lease = Lease {
        claim: 1,
        until: in_seconds(400),
    };
    let mut transaction = begin(app).await;
    let push = the_origins(&mut transaction).await.push;
    let again = Verdict::Again(in_seconds(300), "503".to_owned());
    assert_eq!(
        record(&mut transaction, 1, &again, &claimed[..1], in_seconds(93)).await,
        1
    );
    assert_eq!(
        record(&mut transaction, 1, &Verdict::Released, &claimed[1..], in_seconds(93)).await,
        1
    );
    let next = ledger::next_due(&mut transaction).await.unwrap();
    assert!(next.is_some_and(|due| due <= now));
    let released = claim(&mut transaction, push, lease, 9, in_seconds(94)).await;
    assert_eq!(
        (released.len(), released[0].key, released[0].attempts),
        (1, claimed[1], 1),
        "the attempt was given back"
    );
    assert_eq!(
        record(&mut transaction, 1, &failed(), &keys(&released), in_seconds(94)).await,
        1
    );
    let retried = claim(&mut transaction, push, lease, 9, in_seconds(300)).await;
    assert_eq!((retried.len(), retried[0].key, retried[0].attempts), (1, claimed[0], 2));
    transaction.commit().await.unwrap();
}

/// Of the mails, the third person's is told by push, the second's push has failed, the first's is under way.
async fn what_becomes_of_the_mails(app: &TestApp, people: &[Somebody], call: OpportunityId) {
    let now = app.now().plus(TimeDelta::seconds(301));
    let mut transaction = begin(app).await;
    let only = [people[0].id, people[2].id];
    let waiting = ledger::waiting_among(&mut transaction, &[people[2].id.0, i64::MAX]).await;
    assert_eq!(waiting.unwrap(), [people[2].id], "of these people alone");
    let mut settled = Vec::new();
    for subscribers in [Some(&only[..]), None, None] {
        settled.push(
            ledger::settle_waiting(&mut transaction, subscribers, now)
                .await
                .unwrap(),
        );
    }
    assert_eq!(settled, [1, 1, 0]);
    let tally = notifications::tally_of(&mut transaction, call).await.unwrap();
    assert_eq!(
        tally,
        [
            (Channel::WebPush, State::Claimed, 1),
            (Channel::WebPush, State::Sent, 1),
            (Channel::WebPush, State::Failed, 1),
            (Channel::Email, State::Waiting, 1),
            (Channel::Email, State::Due, 1),
            (Channel::Email, State::Suppressed, 1),
        ]
    );
    let relay = the_origins(&mut transaction).await.mail;
    let lease = Lease {
        claim: 2,
        until: now.plus(TimeDelta::seconds(90)),
    };
    let mails = claim(&mut transaction, relay, lease, 9, now).await;
    let recipients: Vec<TargetId> = mails.iter().map(|it| it.key.target).collect();
    assert_eq!(
        recipients,
        [people[0].mailbox, people[1].mailbox],
        "what a person waits for goes first"
    );
    assert_eq!(
        record(&mut transaction, 2, &Verdict::Released, &keys(&mails), now).await,
        2
    );
    transaction.commit().await.unwrap();
}

async fn what_is_not_wanted_any_more(app: &TestApp, people: &[Somebody], call: OpportunityId) {
    let now = app.now();
    let mut transaction = begin(app).await;
    let after_test = now.plus(TimeDelta::minutes(10));
    assert_eq!(
        ledger::expire(&mut transaction, after_test.minus(TimeDelta::seconds(1)))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        ledger::expire(&mut transaction, after_test).await.unwrap(),
        1,
        "the test message has lived its time"
    );
    assert_eq!(
        notifications::suppress_for_target(&mut transaction, people[0].mailbox, "gone", now)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        notifications::suppress_for_target(&mut transaction, people[0].mailbox, "again", now)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        notifications::suppress_for_opportunity(&mut transaction, call, "withdrawn", now)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        ledger::count_unfinished(&mut transaction).await.unwrap(),
        1,
        "what is under way is left alone"
    );
    transaction.commit().await.unwrap();
}

/// By now the call's three pushes were sent, failed and are under way; of its mails one was told by push and two are
/// not wanted any more, as is one push that was claimed when the call was withdrawn.
async fn what_is_counted(app: &TestApp, call: OpportunityId) {
    let now = app.now();
    let mut transaction = begin(app).await;
    let of = Of::Opportunity(call);
    let lines = delivery_counts::lines(&mut transaction, of).await.unwrap();
    let owed: Vec<(Channel, i64)> = lines
        .iter()
        .filter(|line| line.counted == Counted::Owed)
        .map(|line| (line.channel, line.count))
        .collect();
    assert_eq!(owed, [(Channel::WebPush, 3), (Channel::Email, 3)]);
    let failed: Vec<(&str, i64)> = lines
        .iter()
        .filter(|line| line.counted == Counted::Failed)
        .map(|line| (line.reason.as_str(), line.count))
        .collect();
    assert_eq!(failed, [("410", 1)]);
    let waits = delivery_counts::waits(&mut transaction, of).await.unwrap();
    let waited: Vec<(Channel, i64)> = waits.iter().map(|wait| (wait.channel, wait.count)).collect();
    assert_eq!(waited, [(Channel::WebPush, 1)], "accepted after 92 seconds");
    assert!((92_000..=102_000).contains(&bound_of(waits[0].step).unwrap()));
    let totals = delivery_counts::totals(&mut transaction).await.unwrap();
    let expired: i64 = totals
        .iter()
        .filter(|line| line.counted == Counted::Expired)
        .map(|line| line.count)
        .sum();
    assert_eq!(expired, 1, "the test message, beside what the call owed");

    let told = occasions::telling(&mut transaction, of).await.unwrap();
    assert_eq!((told.occasions, told.being_matched, told.folded), (1, 0, 0));
    assert_eq!(occasions::batch_of(&mut transaction, call).await.unwrap(), None);
    let batch = batches::insert(&mut transaction, "import", "a register", now)
        .await
        .unwrap();
    let found = batches::find(&mut transaction, batch).await.unwrap().unwrap();
    assert_eq!(
        (found.kind.as_str(), found.label.as_str(), found.created_at),
        ("import", "a register", now)
    );
    assert_eq!(batches::find(&mut transaction, BatchId(99_999)).await.unwrap(), None);
    let latest = batches::list_latest(&mut transaction, 10, 0).await.unwrap();
    assert_eq!(latest, [], "it made nothing");

    let start = (OccasionId(0), TargetId(0));
    let fates = notifications::fates(&mut transaction, of, start, 4).await.unwrap();
    let last = (fates[3].occasion_id, fates[3].target_id);
    let rest = notifications::fates(&mut transaction, of, last, 4).await.unwrap();
    assert_eq!((fates.len(), rest.len()), (4, 2));
    let of_nobody = notifications::owed_to_person(&mut transaction, SubscriberId(0), 10)
        .await
        .unwrap();
    assert_eq!(of_nobody, []);
    transaction.commit().await.unwrap();
    let mut transaction = begin(app).await;
    for expected in [1, 0] {
        let taken_up = retries::retry_failed(&mut transaction, of, now).await.unwrap();
        assert_eq!(taken_up, expected, "the push that had failed");
    }
    drop(transaction);
}

async fn what_follows_a_publication(app: &TestApp, person: Somebody, profile: ProfileId) {
    let (now, closes) = (app.now(), a_call().content(&app.vocabulary()).closes_at.unwrap());
    let mut transaction = begin(app).await;
    let saved = insert_opportunity(app, &mut transaction, None).await;
    opportunities::set_status(&mut transaction, saved, Status::Published, Some(now))
        .await
        .unwrap();
    profiles::save_opportunity(&mut transaction, profile, saved)
        .await
        .unwrap();
    let usual = subscribers::reminders(&mut transaction, person.id).await.unwrap();
    assert_eq!(usual, Some((Leads::default(), false)));
    let every: Leads = Lead::all().collect();
    subscribers::set_reminders(&mut transaction, person.id, every, true)
        .await
        .unwrap();
    let chosen = subscribers::reminders(&mut transaction, person.id).await.unwrap();
    assert_eq!(chosen, Some((every, true)));

    let dated = follow_ups::dated(&mut transaction, now, closes).await.unwrap();
    let dated = dated.iter().find(|it| it.id == saved).unwrap();
    assert_eq!((dated.closes_at, dated.since), (Some(closes), now));
    assert_eq!(dated.kind().unwrap(), OpportunityKind::Call);
    let reminder = Reminder {
        opportunity: saved,
        revision: 1,
        kind: OccasionKind::ClosingSoon,
        date: closes,
        lead: Lead::EVE,
    };
    let record =
        async |transaction: &mut Transaction| follow_ups::record_reminder(transaction, &reminder, now).await.unwrap();
    assert!(record(&mut transaction).await);
    assert!(!record(&mut transaction).await, "recorded once");
    let recorded = follow_ups::reminded(&mut transaction, now).await.unwrap();
    assert_eq!(recorded, [(saved, closes, 1)]);
    let fan_out = occasions::next_to_fan_out(&mut transaction).await.unwrap().unwrap();
    assert_eq!(fan_out.reminder(), Some((closes, Lead::EVE)));
    let keep = async |transaction: &mut Transaction, any, none| {
        let wanting = Wanting { any, none };
        follow_ups::keep_reminded(transaction, fan_out.id, saved, Range::ALL, wanting)
            .await
            .unwrap()
    };
    assert_eq!(keep(&mut transaction, every, every).await, 0, "a later one is due too");
    assert_eq!(keep(&mut transaction, every, Leads::NONE).await, 1);
    let owed = notifications::owe_follow_up(&mut transaction, &fan_out, Range::ALL)
        .await
        .unwrap();
    assert!(owed > 0, "to each of their targets");
    let told = follow_ups::profiles_of(&mut transaction, fan_out.id, &[person.id])
        .await
        .unwrap();
    assert_eq!(told, BTreeMap::from([(person.id, vec![profile])]));
    occasions::advance(&mut transaction, fan_out.id, profile.0, Some(now))
        .await
        .unwrap();
    a_change_is_folded_into_an_edition(&mut transaction, person, saved, now).await;
    let of_saved = InboxFilter {
        part: Part::Saved,
        ..InboxFilter::default()
    };
    let listed = inbox::list(&mut transaction, person.id, &of_saved, 10, 0)
        .await
        .unwrap();
    assert_eq!(
        listed.iter().map(|it| (it.0, it.2)).collect::<Vec<_>>(),
        [(saved, true)],
        "it did not match, so it does not wait to be read"
    );
    profiles::drop_saved(&mut transaction, profile, saved).await.unwrap();
    let own = profiles::find_many(&mut transaction, &[profile]).await.unwrap();
    let saved = Followed::Opportunity(saved);
    assert!(own[0].follows.iter().all(|follow| follow.followed != saved));
}

async fn a_change_is_folded_into_an_edition(
    transaction: &mut Transaction,
    person: Somebody,
    saved: OpportunityId,
    now: Timestamp,
) {
    let publication = Publication {
        opportunity: saved,
        revision: 1,
        lane: Lane::Normal,
        silent: false,
        expires_at: now.plus(TimeDelta::days(1)),
        batch: None,
    };
    let change = Change::said("Nuova modulistica.");
    let occasion = follow_ups::record_change(transaction, &publication, OccasionKind::Corrected, &change, now)
        .await
        .unwrap();
    let found = occasions::find_many(transaction, &[occasion.0]).await.unwrap();
    assert_eq!(found[0].follow_up(), Some(&FollowUp::Change(Box::new(change))));
    assert_eq!(follow_ups::changes_of(transaction, saved).await.unwrap(), found);
    let kept = follow_ups::keep_told(transaction, occasion, saved, Range::ALL, now)
        .await
        .unwrap();
    assert_eq!(kept, 1, "whoever saved it");
    assert_eq!(follow_ups::count_told(transaction, saved, now).await.unwrap(), 1);
    let moved = follow_ups::leave_to_digest(transaction, occasion, &[person.id])
        .await
        .unwrap();
    assert_eq!(moved, 1, "the cap held it back");
    let fold = Fold {
        edition: occasion,
        frequency: Frequency::Daily,
        cut_off: now.plus(TimeDelta::minutes(1)),
    };
    let folded = editions::fold_follow_ups(transaction, &fold, Readers::ALL, now)
        .await
        .unwrap();
    assert_eq!(folded, 1);
    let items = editions::folded(transaction, occasion, &[person.id.0]).await.unwrap();
    assert_eq!((items.len(), items[0].follow_up), (1, Some(occasion)));
    let removed = follow_ups::remove_emptied(transaction, 10).await.unwrap();
    assert_eq!(removed, 0, "nothing of it is kept as counters yet");
}

async fn what_is_folded(app: &TestApp, call: OpportunityId) {
    let later = app.now().plus(TimeDelta::days(30));
    let mut transaction = begin(app).await;
    ledger::reclaim_expired(&mut transaction, 12, later).await.unwrap();
    assert_eq!(
        folding::mark_folded(&mut transaction, later, 10, later).await.unwrap(),
        1,
        "the test message is finished, and one of the call is open"
    );
    ledger::expire(&mut transaction, later).await.unwrap();
    assert_eq!(
        folding::mark_folded(&mut transaction, later, 10, later).await.unwrap(),
        1
    );
    assert_eq!(
        folding::mark_folded(&mut transaction, later, 10, later).await.unwrap(),
        0
    );
    let of = Of::Opportunity(call);
    let before = delivery_counts::lines(&mut transaction, of).await.unwrap();
    for removed in [1, 6] {
        let occasion = folding::next_to_empty(&mut transaction, later).await.unwrap().unwrap();
        let (mut after, mut ranges) = (TargetId(0), 0);
        while let Some(last) = folding::remove_range(&mut transaction, occasion, after, 2)
            .await
            .unwrap()
        {
            (after, ranges) = (last, ranges + 1);
        }
        assert_eq!(ranges, (removed + 1) / 2);
        folding::set_emptied(&mut transaction, occasion, later).await.unwrap();
    }
    assert_eq!(folding::next_to_empty(&mut transaction, later).await.unwrap(), None);
    assert_eq!(notifications::tally(&mut transaction).await.unwrap(), []);
    assert_eq!(delivery_counts::lines(&mut transaction, of).await.unwrap(), before);
    let made = folding::make_partitions(&mut transaction).await.unwrap();
    let is_served = app.database.engine() == Engine::Postgres;
    assert_eq!(made, if is_served { 2 } else { 0 }, "three are wanted ahead");
    assert_eq!(folding::make_partitions(&mut transaction).await.unwrap(), 0);
    let dropped = folding::drop_partition(&mut transaction, later).await.unwrap();
    assert!(!dropped, "occasions are still to come in the first");
    drop(transaction);
}

async fn the_jobs(app: &TestApp) {
    let now = app.now();
    let in_minutes = |minutes| now.plus(TimeDelta::minutes(minutes));
    let mut transaction = begin(app).await;
    let lease = async |transaction: &mut Transaction, due, token, at| {
        job_runs::lease(transaction, "match", due, token, in_minutes(at + 5), in_minutes(at))
            .await
            .unwrap()
    };
    assert_eq!(
        job_runs::scheduled_for(&mut transaction, "match", now).await.unwrap(),
        now
    );
    assert_eq!(
        job_runs::scheduled_for(&mut transaction, "match", in_minutes(9))
            .await
            .unwrap(),
        now
    );
    assert!(
        !lease(&mut transaction, now, 1, 0).await,
        "what is taken care of is not due"
    );
    assert!(lease(&mut transaction, in_minutes(1), 1, 1).await);
    assert!(
        !lease(&mut transaction, in_minutes(1), 2, 2).await,
        "another worker holds it"
    );
    job_runs::finish(&mut transaction, "match", in_minutes(1), 2, "stolen", in_minutes(2))
        .await
        .unwrap();
    assert!(
        !lease(&mut transaction, in_minutes(1), 2, 2).await,
        "only the holder can give it back"
    );
    job_runs::finish(&mut transaction, "match", in_minutes(1), 1, "done", in_minutes(3))
        .await
        .unwrap();
    assert_eq!(
        job_runs::scheduled_for(&mut transaction, "match", now).await.unwrap(),
        in_minutes(1)
    );
    assert!(
        !lease(&mut transaction, in_minutes(1), 2, 4).await,
        "nobody does it twice"
    );
    assert!(lease(&mut transaction, in_minutes(2), 2, 4).await);
    job_runs::prolong(&mut transaction, "match", 2, in_minutes(10))
        .await
        .unwrap();
    job_runs::prolong(&mut transaction, "match", 3, in_minutes(99))
        .await
        .unwrap();
    assert!(
        !lease(&mut transaction, in_minutes(2), 3, 10).await,
        "its holder has prolonged it"
    );
    assert!(
        lease(&mut transaction, in_minutes(2), 3, 11).await,
        "a lost worker's lease runs out"
    );
    job_runs::put_off(&mut transaction, "match", 3, in_minutes(12), "failed", in_minutes(11))
        .await
        .unwrap();
    assert!(!lease(&mut transaction, in_minutes(2), 4, 12).await, "it is put off");
    assert!(
        lease(&mut transaction, in_minutes(2), 4, 13).await,
        "for the same due time"
    );
    transaction.commit().await.unwrap();
}

async fn what_people_think(app: &TestApp) {
    let mut transaction = begin(app).await;
    let given = |page: &str, stars, day: &str| NewRating {
        page: page.to_owned(),
        instrument: Instrument::Page,
        stars: Stars::new(stars).unwrap(),
        day: day.to_owned(),
        language: Language::English,
    };
    let home = given("/", 3, "2026-07-01");
    let id = ratings::insert(&mut transaction, &home).await.unwrap();
    ratings::insert(&mut transaction, &given("/", 5, "2026-07-02"))
        .await
        .unwrap();
    let flow = NewRating {
        instrument: Instrument::Flow,
        ..given("/preferenze", 4, "2026-07-02")
    };
    for _ in 0..2 {
        ratings::insert(&mut transaction, &flow).await.unwrap();
    }
    let found = ratings::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!((&found.given, &found.remarks), (&home, &None));
    let (four, five) = (Stars::new(4).unwrap(), Stars::new(5).unwrap());
    assert!(ratings::change_stars(&mut transaction, id, four).await.unwrap());
    let remarks = Remarks {
        answers: vec!["clear".to_owned(), "other".to_owned()],
        text: "Bene".to_owned(),
    };
    assert!(ratings::add_remarks(&mut transaction, id, &remarks).await.unwrap());
    let nothing = Remarks::default();
    assert!(
        !ratings::add_remarks(&mut transaction, id, &nothing).await.unwrap(),
        "once"
    );
    assert!(
        !ratings::change_stars(&mut transaction, id, five).await.unwrap(),
        "it is closed"
    );
    let found = ratings::find(&mut transaction, id).await.unwrap().unwrap();
    assert_eq!((found.given.stars, found.remarks), (four, Some(remarks)));
    let none = ratings::find(&mut transaction, RatingId(id.0 + 99)).await.unwrap();
    assert_eq!(none, None);
    let counts = ratings::count(&mut transaction, "2026-07-01", "2026-07-02")
        .await
        .unwrap();
    let counts: Vec<_> = counts
        .iter()
        .map(|it| (it.page.as_str(), it.stars.number(), it.count))
        .collect();
    assert_eq!(counts, [("/", 4, 1), ("/", 5, 1), ("/preferenze", 4, 2)]);
    let counts = ratings::count(&mut transaction, "2026-07-02", "2026-07-02")
        .await
        .unwrap();
    assert_eq!(counts.len(), 2, "of that day");
}

async fn what_people_think_of_what_they_were_told(app: &TestApp, call: OpportunityId) {
    let mut transaction = begin(app).await;
    let (one, other) = ([1; 32].as_slice(), [2; 32].as_slice());
    for (answerer, answer) in [
        (one, Relevance::Topic),
        (other, Relevance::Useful),
        (one, Relevance::Area),
    ] {
        relevance::answer(&mut transaction, call, answerer, answer)
            .await
            .unwrap();
    }
    assert_eq!(
        relevance::count(&mut transaction, call).await.unwrap(),
        [(Relevance::Useful, 1), (Relevance::Area, 1)]
    );
    assert_eq!(
        relevance::list(&mut transaction, one).await.unwrap(),
        [(call, Relevance::Area)]
    );
    relevance::withdraw(&mut transaction, call, one).await.unwrap();
    assert!(relevance::list(&mut transaction, one).await.unwrap().is_empty());
    relevance::forget(&mut transaction, other).await.unwrap();
    assert!(relevance::count(&mut transaction, call).await.unwrap().is_empty());
}

async fn what_is_read(transaction: &mut Transaction, reader: SubscriberId, call: OpportunityId, now: Timestamp) {
    let all = InboxFilter::default();
    let unread = InboxFilter {
        part: Part::Unread,
        ..all
    };
    let read = inbox::list(transaction, reader, &all, 10, 0).await.unwrap();
    assert_eq!(read, [(call, now, false)]);
    assert_eq!(inbox::list(transaction, reader, &all, 10, 1).await.unwrap(), []);
    assert_eq!(inbox::list(transaction, reader, &unread, 10, 0).await.unwrap(), read);
    let narrowed = InboxFilter {
        kind: Some(OpportunityKind::Event),
        topic: Some(TopicId(99_999)),
        standing: Some((Standing::Open, now)),
        ..all
    };
    assert_eq!(inbox::list(transaction, reader, &narrowed, 10, 0).await.unwrap(), []);
    assert_eq!(inbox::count_unread(transaction, reader).await.unwrap(), 1);
    assert_eq!(inbox::is_read(transaction, reader, call).await.unwrap(), Some(false));
    inbox::set_read(transaction, reader, call).await.unwrap();
    inbox::set_read(transaction, reader, call).await.unwrap();
    assert_eq!(inbox::is_read(transaction, reader, call).await.unwrap(), Some(true));
    let nobody = inbox::is_read(transaction, SubscriberId(0), call).await.unwrap();
    assert_eq!(nobody, None);
    assert_eq!(
        inbox::list(transaction, reader, &all, 10, 0).await.unwrap(),
        [(call, now, true)]
    );
    assert_eq!(inbox::list(transaction, reader, &unread, 10, 0).await.unwrap(), []);
    inbox::set_unread(transaction, reader, call).await.unwrap();
    assert_eq!(inbox::count_unread(transaction, reader).await.unwrap(), 1);
    inbox::set_all_read(transaction, reader, &narrowed).await.unwrap();
    assert_eq!(inbox::count_unread(transaction, reader).await.unwrap(), 1);
    inbox::set_all_read(transaction, reader, &unread).await.unwrap();
    inbox::set_all_read(transaction, reader, &all).await.unwrap();
    assert_eq!(inbox::count_unread(transaction, reader).await.unwrap(), 0);
    inbox::forget_read(transaction, reader).await.unwrap();
    assert_eq!(inbox::count_unread(transaction, reader).await.unwrap(), 1);
    assert_eq!(inbox::feed_number(transaction, reader).await.unwrap(), None);
    inbox::set_feed_number(transaction, reader, Some(-7)).await.unwrap();
    assert_eq!(inbox::feed_number(transaction, reader).await.unwrap(), Some(-7));
    inbox::set_feed_number(transaction, reader, None).await.unwrap();
    assert_eq!(
        inbox::feed_number(transaction, SubscriberId(99_999)).await.unwrap(),
        None
    );
}

async fn what_people_write(app: &TestApp) {
    let now = app.now();
    let later = |minutes| now.plus(TimeDelta::minutes(minutes));
    let mut transaction = begin(app).await;
    assert!(!letters::is_any_due(&mut transaction, now).await.unwrap());
    let message = ContactMessage {
        subject: ContactSubject::Accessibility,
        name: "Anna".to_owned(),
        reply_to: address("anna@example.org"),
        text: "Non si legge.".to_owned(),
        language: Language::English,
    };
    let content = LetterContent::ToBody(message);
    let one = letters::insert(&mut transaction, &content, &[1; 16], now)
        .await
        .unwrap();
    let two = letters::insert(&mut transaction, &content, &[2; 16], later(1))
        .await
        .unwrap();
    assert!(letters::is_any_due(&mut transaction, now).await.unwrap());
    let taken = letters::take_next(&mut transaction, later(5), now)
        .await
        .unwrap()
        .unwrap();
    let expected = WaitingLetter {
        id: one,
        content,
        nonce: vec![1; 16],
        written_at: now,
        attempts: 1,
    };
    assert_eq!(taken, expected);
    let farewell = LetterContent::Erased {
        mailbox: address("maria@example.org"),
        language: Language::Italian,
    };
    let three = letters::insert(&mut transaction, &farewell, &[3; 16], later(-9))
        .await
        .unwrap();
    let taken = letters::take_next(&mut transaction, later(99), now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((taken.id, taken.content), (three, farewell));
    letters::remove(&mut transaction, three).await.unwrap();
    let next = letters::take_next(&mut transaction, later(5), now).await.unwrap();
    assert_eq!(next, None, "the first is taken, the second not yet due");
    let taken = letters::take_next(&mut transaction, later(9), later(5)).await.unwrap();
    assert_eq!(taken.map(|it| it.id), Some(two), "what is due for longer comes first");
    letters::put_off(&mut transaction, two, later(99)).await.unwrap();
    let taken = letters::take_next(&mut transaction, later(9), later(5))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (taken.id, taken.attempts),
        (one, 2),
        "what was taken and not heard of again"
    );
    letters::remove(&mut transaction, one).await.unwrap();
    assert!(!letters::is_any_due(&mut transaction, later(98)).await.unwrap());
    assert!(letters::is_any_due(&mut transaction, later(99)).await.unwrap());
}

/// Many people, each owed a push.
async fn many_notifications(app: &TestApp, numbers: std::ops::Range<usize>) -> OriginId {
    let (now, vocabulary) = (app.now(), app.vocabulary());
    let mut transaction = begin(app).await;
    let places = the_origins(&mut transaction).await;
    let choices = a_citizen().by(&["web_push"]).choices(&vocabulary);
    for number in numbers {
        let somebody = add_somebody(app, &mut transaction, &places, number).await;
        profiles::save(&mut transaction, somebody.id, &choices, true, now)
            .await
            .unwrap();
    }
    let call = insert_opportunity(app, &mut transaction, None).await;
    let fan_out = owe(app, &mut transaction, call, 1).await;
    notifications::owe_to_matches(&mut transaction, &fan_out, Range::ALL, now)
        .await
        .unwrap();
    let last = profiles::last_id(&mut transaction).await.unwrap().0;
    occasions::advance(&mut transaction, fan_out.id, last, Some(now))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    places.push
}

async fn claims_of_several_workers_never_overlap(app: &TestApp) {
    const MANY: usize = 600;
    const LIMIT: i64 = 50;
    let origin = many_notifications(app, 0..MANY).await;
    let (now, until) = (app.now(), app.now().plus(TimeDelta::seconds(90)));
    let workers = (1..=4).map(|claim| {
        let database = app.database.clone();
        tokio::spawn(async move {
            let mut all = Vec::new();
            loop {
                let mut transaction = database.begin().await.unwrap();
                let claimed = ledger::claim(&mut transaction, origin, Lease { claim, until }, LIMIT, now)
                    .await
                    .unwrap();
                tokio::task::yield_now().await;
                transaction.commit().await.unwrap();
                assert!(
                    claimed.len() <= usize::try_from(LIMIT).unwrap(),
                    "no more than asked for"
                );
                if claimed.is_empty() {
                    return all;
                }
                all.extend(keys(&claimed));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.unwrap());
    }
    let distinct: BTreeSet<Key> = all.iter().copied().collect();
    assert_eq!((all.len(), distinct.len()), (MANY, MANY), "each was claimed, and once");
    if app.database.engine() == Engine::Postgres {
        claims_of_open_transactions_pass_each_other_by(app, origin).await;
    }
    app.leave_work();
}

/// A planner that knows a small table has other plans than one that does not: the limit holds under all of them.
async fn a_claim_takes_no_more_than_it_asks_for(app: &TestApp) {
    let (now, until) = (app.now(), app.now().plus(TimeDelta::seconds(90)));
    for numbers in [0..3, 3..13, 13..40] {
        let origin = many_notifications(app, numbers.clone()).await;
        for step in ["unknown", "analysed"] {
            for limit in [1, 2, 5] {
                let mut transaction = begin(app).await;
                let lease = Lease { claim: 1, until };
                let claimed = ledger::claim(&mut transaction, origin, lease, limit, now)
                    .await
                    .unwrap();
                let due = numbers.len();
                assert!(
                    claimed.len() <= usize::try_from(limit).unwrap(),
                    "{} of {due} {step} with the limit {limit}",
                    claimed.len()
                );
            }
            rows::execute(&app.database, "analyze").await;
        }
    }
    app.leave_work();
}

/// Two transactions that are open at once: the second takes what the first has not locked, and does not wait.
async fn claims_of_open_transactions_pass_each_other_by(app: &TestApp, origin: OriginId) {
    let later = app.now().plus(TimeDelta::seconds(100));
    let until = later.plus(TimeDelta::seconds(90));
    let mut transaction = begin(app).await;
    ledger::reclaim_expired(&mut transaction, 12, later).await.unwrap();
    transaction.commit().await.unwrap();
    let (mut one, mut two) = (begin(app).await, begin(app).await);
    let first = ledger::claim(&mut one, origin, Lease { claim: 11, until }, 100, later)
        .await
        .unwrap();
    let second = ledger::claim(&mut two, origin, Lease { claim: 12, until }, 100, later)
        .await
        .unwrap();
    two.commit().await.unwrap();
    one.commit().await.unwrap();
    let distinct: BTreeSet<Key> = keys(&first).into_iter().chain(keys(&second)).collect();
    assert_eq!((first.len(), second.len(), distinct.len()), (100, 100, 200));
}

async fn two_workers_never_fan_out_the_same_occasion_at_once(app: &TestApp) {
    let now = app.now();
    let mut calls = Vec::new();
    let mut transaction = begin(app).await;
    for _ in 0..2 {
        let call = insert_opportunity(app, &mut transaction, None).await;
        let publication = Publication {
            opportunity: call,
            revision: 1,
            lane: Lane::Normal,
            silent: true,
            expires_at: now,
            batch: None,
        };
        occasions::record_publication(&mut transaction, &publication, now)
            .await
            .unwrap();
        calls.push(call);
    }
    transaction.commit().await.unwrap();
    let next = async |transaction: &mut Transaction| occasions::next_to_fan_out(transaction).await.unwrap();
    let mut one = begin(app).await;
    assert_eq!(next(&mut one).await.unwrap().opportunity_id, Some(calls[0]));
    if app.database.engine() == Engine::Postgres {
        let mut two = begin(app).await;
        assert_eq!(
            next(&mut two).await.unwrap().opportunity_id,
            Some(calls[1]),
            "the locked one is passed over"
        );
        let mut three = begin(app).await;
        assert!(next(&mut three).await.is_none());
    }
}

/// The public functions of a file of `storage`.
fn public_functions(source: &str) -> Vec<&str> {
    let declared = source.split("pub async fn ").skip(1);
    declared.map(|rest| rest.split(['(', '<']).next().unwrap()).collect()
}

#[test]
fn the_story_runs_every_function_of_storage() {
    let story = include_str!("storage_story.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/storage");
    let read = |name: &str| fs::read_to_string(format!("{folder}/{name}.rs")).unwrap();
    let declared = read("mod");
    let modules = declared
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let (mut missing, mut many) = (Vec::new(), 0);
    for module in modules {
        for function in public_functions(&read(module)) {
            many += 1;
            let called = match module {
                "database" => [format!(".{function}("), format!("Database::{function}(")],
                _ => [format!("{module}::{function}("), format!("{module}::{function},")],
            };
            if !called.iter().any(|call| story.contains(call)) {
                missing.push(format!("{module}::{function}"));
            }
        }
    }
    assert!(missing.is_empty(), "the story does not run {missing:?}");
    assert!(many > 80, "only {many} functions were found");
}
