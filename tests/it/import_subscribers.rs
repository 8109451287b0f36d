// SPDX-License-Identifier: EUPL-1.2
//! Importing people with the proof of their consent: nobody is brought back, and no later choice is overwritten.

use std::collections::BTreeMap;
use std::io::BufRead;

use chrono::TimeDelta;
use informa::domain::ids::{ProfileId, SubscriberId};
use informa::domain::language::Language;
use informa::domain::profile::{Channels, Frequency, Profile, ProfileKind};
use informa::domain::subscriber::SubscriberStatus;
use informa::services::generate_subscribers::Generator;
use informa::services::import_subscribers::{Report, SubscriberRecord, import_subscribers};
use informa::services::save_profile::{remove_profile, save_profile};
use informa::services::subscribe_browser::add_browser;
use informa::services::unsubscribe::{leave_service, unsubscribe};
use informa::storage::{consents, profiles, subscribers, targets};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{CONSENT, a_call, a_citizen, an_operator};
use crate::support::on_both_engines;
use crate::support::push_service::Browser;
use crate::support::rows;

on_both_engines! {
    a_line_becomes_somebody_who_is_told,
    everything_that_a_line_says_is_kept,
    a_person_may_have_a_browser_and_no_address,
    the_same_file_again_adds_nobody,
    an_address_twice_in_a_file_is_one_person_with_two_profiles_at_most,
    a_line_without_channels_uses_what_the_person_gave,
    the_proof_of_consent_is_kept,
    who_left_is_not_brought_back,
    who_stopped_a_mailbox_in_one_click_is_not_brought_back,
    a_later_choice_is_not_overwritten,
    an_earlier_choice_is,
    a_profile_that_was_removed_later_is_not_added_again,
    who_asked_and_has_not_confirmed_is_told_by_the_proof_in_the_file,
    what_somebody_typed_and_never_confirmed_is_not_taken_over_by_a_file,
    an_address_that_waits_in_the_account_of_somebody_is_not_theirs,
    bad_lines_are_reported_by_number_and_the_rest_goes_on,
    a_browser_that_cannot_be_used_is_left_out_and_its_person_kept,
    a_browser_of_somebody_else_is_left_out,
    nobody_is_told_of_what_was_published_before,
    generated_people_can_all_be_imported,
}

/// A citizen of Bergamo who follows environment and energy, and agreed a month ago.
fn a_line() -> Value {
    json!({
        "email": "maria@example.org", "kind": "citizen", "areas": ["016024"], "topics": ["environment"],
        "consent": {"at": "2026-06-01T10:00:00Z", "source": "modulo del sito", "text": CONSENT},
    })
}

fn a_line_with(fields: Value) -> Value {
    let (Value::Object(mut line), Value::Object(fields)) = (a_line(), fields) else {
        panic!("a line and its fields are objects");
    };
    line.extend(fields);
    Value::Object(line)
}

fn browsers(browsers: &[&Browser]) -> Value {
    json!(browsers.iter().map(|browser| browser.record()).collect::<Vec<_>>())
}

async fn import_text(app: &TestApp, text: impl AsRef<[u8]>) -> Report {
    let report = import_subscribers(app, text.as_ref().lines(), || {}).await.unwrap();
    app.run_jobs().await;
    report
}

async fn import(app: &TestApp, lines: &[Value]) -> Report {
    import_text(app, lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).await
}

async fn people(app: &TestApp) -> i64 {
    rows::integers(&app.database, "select count(*) from subscribers").await[0][0]
}

async fn owner_of(app: &TestApp, email: &str) -> SubscriberId {
    let address = a_citizen().called(email).address();
    let mut transaction = app.database.read().await.unwrap();
    targets::find_mailbox(&mut transaction, &address)
        .await
        .unwrap()
        .expect("a mailbox")
        .subscriber
}

async fn profiles_of(app: &TestApp, subscriber: SubscriberId) -> Vec<Profile> {
    let mut transaction = app.database.read().await.unwrap();
    profiles::list(&mut transaction, subscriber).await.unwrap()
}

async fn status_of(app: &TestApp, subscriber: SubscriberId) -> SubscriberStatus {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::find(&mut transaction, subscriber)
        .await
        .unwrap()
        .unwrap()
        .status
}

async fn a_line_becomes_somebody_who_is_told(app: &TestApp) {
    let report = import(app, &[a_line()]).await;
    assert_eq!(
        (report.lines, report.added, report.bad_lines.len()),
        (1, 1, 0),
        "{report:?}"
    );
    assert!(
        app.relay.mails().is_empty(),
        "the proof is in the file: no confirmation is asked for"
    );
    app.publish(&a_call()).await;
    assert_eq!(
        app.relay.only_mail_to("maria@example.org").subject(),
        "Bando: Contributi per il fotovoltaico"
    );
}

async fn everything_that_a_line_says_is_kept(app: &TestApp) {
    let browser = app.push_service.browser();
    let line = a_line_with(json!({
        "kind": "operator", "areas": ["016", "015146"], "topics": ["business", "environment-energy"], "sectors": ["A", "10"],
        "organisation_type": "farm", "company_size": "small", "age_band": null, "language": "en", "frequency": "weekly",
        "channels": ["web_push", "email_fallback"], "push_subscriptions": browsers(&[&browser]),
    }));
    import(app, &[line]).await;
    let subscriber = owner_of(app, "maria@example.org").await;
    let kept = profiles_of(app, subscriber).await.remove(0);
    let expected = an_operator()
        .in_areas(&["016", "015146"])
        .following(&["business", "environment-energy"])
        .in_sectors(&["A", "10"])
        .of_type("farm")
        .of_size("small")
        .profile(&app.vocabulary());
    assert_eq!((kept.kind, kept.facets), (ProfileKind::Operator, expected.facets));
    assert_eq!(kept.follows.len(), 2);
    assert_eq!(kept.telling.frequency, Frequency::Weekly);
    assert_eq!(
        kept.telling.channels,
        Channels::WEB_PUSH.union(Channels::EMAIL_FALLBACK)
    );
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::find(&mut transaction, subscriber).await.unwrap().unwrap();
    assert_eq!(
        (person.status, person.language),
        (SubscriberStatus::Active, Language::English)
    );
    assert_eq!(targets::list(&mut transaction, subscriber).await.unwrap().len(), 2);
}

async fn a_person_may_have_a_browser_and_no_address(app: &TestApp) {
    let browser = app.push_service.browser();
    let mut line = a_line_with(json!({"push_subscriptions": browsers(&[&browser])}));
    line.as_object_mut().unwrap().remove("email");
    let report = import(app, &[line]).await;
    assert_eq!(report.added, 1, "{report:?}");
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
}

async fn the_same_file_again_adds_nobody(app: &TestApp) {
    let browser = app.push_service.browser();
    let lines = [
        a_line_with(json!({"push_subscriptions": browsers(&[&browser])})),
        a_line_with(json!({"email": "luca@example.org"})),
    ];
    import(app, &lines).await;
    let before = profiles_of(app, owner_of(app, "maria@example.org").await).await;
    let report = import(app, &lines).await;
    assert_eq!((report.lines, report.added, report.bad_lines.len()), (2, 0, 0));
    assert_eq!((report.unchanged, report.updated), (2, 0));
    assert_eq!(people(app).await, 2);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from consents").await[0][0],
        2
    );
    assert_eq!(profiles_of(app, owner_of(app, "maria@example.org").await).await, before);
    app.publish(&a_call()).await;
    app.relay.only_mail_to("luca@example.org");
    app.push_service.only_message_to(&browser);
}

async fn an_address_twice_in_a_file_is_one_person_with_two_profiles_at_most(app: &TestApp) {
    let lines = [
        a_line(),
        a_line_with(json!({"kind": "operator", "topics": ["business"]})),
        a_line_with(json!({"email": " MARIA@Example.org ", "topics": ["social"]})),
    ];
    let report = import(app, &lines).await;
    assert_eq!((report.added, report.updated), (2, 1), "{report:?}");
    assert_eq!(people(app).await, 1);
    let own = profiles_of(app, owner_of(app, "maria@example.org").await).await;
    assert_eq!(
        own.iter().map(|profile| profile.kind).collect::<Vec<_>>(),
        [ProfileKind::Citizen, ProfileKind::Operator]
    );
    app.publish(&a_call().about(&["social", "business"])).await;
    app.publish(&a_call()).await;
    app.relay.only_mail_to("maria@example.org");
}

async fn a_line_without_channels_uses_what_the_person_gave(app: &TestApp) {
    let browser = app.push_service.browser();
    let lines = [
        a_line(),
        a_line_with(json!({"email": "luca@example.org", "push_subscriptions": browsers(&[&browser])})),
    ];
    import(app, &lines).await;
    let channels = async |email| profiles_of(app, owner_of(app, email).await).await[0].telling.channels;
    assert_eq!(channels("maria@example.org").await, Channels::EMAIL);
    assert_eq!(
        channels("luca@example.org").await,
        Channels::WEB_PUSH.union(Channels::EMAIL)
    );
}

async fn the_proof_of_consent_is_kept(app: &TestApp) {
    import(app, &[a_line()]).await;
    let subscriber = owner_of(app, "maria@example.org").await;
    let mut transaction = app.database.read().await.unwrap();
    let ledger = consents::list(&mut transaction, subscriber).await.unwrap();
    assert_eq!(ledger.len(), 1);
    let (purpose, action, when, source, words) = &ledger[0];
    assert_eq!(
        (purpose.as_str(), action.as_str(), when.to_string().as_str()),
        ("notifications", "given", "2026-06-01T10:00:00Z")
    );
    assert_eq!((source.as_str(), words.as_str()), ("modulo del sito", CONSENT));
}

async fn who_left_is_not_brought_back(app: &TestApp) {
    import(app, &[a_line()]).await;
    let subscriber = owner_of(app, "maria@example.org").await;
    leave_service(app, subscriber).await.unwrap();
    let later = json!({"at": "2026-07-01T07:59:00Z", "source": "modulo", "text": CONSENT});
    let report = import(
        app,
        &[a_line(), a_line_with(json!({"kind": "operator", "consent": later}))],
    )
    .await;
    assert_eq!((report.added, report.updated, report.left), (0, 0, 2), "{report:?}");
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
}

async fn who_stopped_a_mailbox_in_one_click_is_not_brought_back(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    app.publish(&a_call()).await;
    let header = app
        .relay
        .only_mail_to(&person.email)
        .header("List-Unsubscribe")
        .unwrap();
    let code = header
        .split_once("disiscriviti/")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .0
        .to_owned();
    unsubscribe(app, &code).await.unwrap();
    import(app, &[a_line_with(json!({"channels": ["email"]}))]).await;
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    assert_eq!(
        app.push_service.messages_to(&browser).len(),
        2,
        "what they kept goes on"
    );
}

async fn a_later_choice_is_not_overwritten(app: &TestApp) {
    import(app, &[a_line()]).await;
    let subscriber = owner_of(app, "maria@example.org").await;
    let chosen = a_citizen().following(&["social"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &chosen).await.unwrap();
    let before = profiles_of(app, subscriber).await;
    let report = import(app, &[a_line_with(json!({"topics": ["business"]}))]).await;
    assert_eq!((report.chosen_later, report.updated), (1, 0));
    assert_eq!(profiles_of(app, subscriber).await, before);
}

async fn an_earlier_choice_is(app: &TestApp) {
    import(app, &[a_line()]).await;
    let newer = json!({"at": "2026-06-15T10:00:00Z", "source": "modulo", "text": CONSENT});
    let report = import(app, &[a_line_with(json!({"topics": ["social"], "consent": newer}))]).await;
    assert_eq!((report.chosen_later, report.updated), (0, 1));
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Sociale").about(&["social"])).await;
    assert_eq!(app.relay.only_mail_to("maria@example.org").subject(), "Bando: Sociale");
}

async fn a_profile_that_was_removed_later_is_not_added_again(app: &TestApp) {
    let business = a_line_with(json!({"kind": "operator", "topics": ["business"]}));
    import(app, &[a_line(), business.clone()]).await;
    let subscriber = owner_of(app, "maria@example.org").await;
    let removed: ProfileId = profiles_of(app, subscriber).await[1].id;
    remove_profile(app, subscriber, removed).await.unwrap();
    import(app, &[a_line(), business]).await;
    assert_eq!(
        profiles_of(app, subscriber).await.len(),
        1,
        "removing it was a choice made later than the consent"
    );
}

async fn who_asked_and_has_not_confirmed_is_told_by_the_proof_in_the_file(app: &TestApp) {
    let person = a_citizen();
    let request = person.request(&app.vocabulary(), app.now());
    informa::services::ask_to_subscribe::ask_to_subscribe(app, &request)
        .await
        .unwrap();
    app.run_jobs().await;
    app.relay.forget();
    app.advance(TimeDelta::days(1));
    let proof = json!({"at": "2026-07-02T07:00:00Z", "source": "sportello", "text": CONSENT});
    let report = import(app, &[a_line_with(json!({"consent": proof}))]).await;
    assert_eq!(report.added + report.updated, 1, "{report:?}");
    app.publish(&a_call()).await;
    app.relay.only_mail_to(&person.email);
}

async fn what_somebody_typed_and_never_confirmed_is_not_taken_over_by_a_file(app: &TestApp) {
    let typed = an_operator().called("maria@example.org").following(&["business"]);
    let request = typed.request(&app.vocabulary(), app.now());
    informa::services::ask_to_subscribe::ask_to_subscribe(app, &request)
        .await
        .unwrap();
    app.run_jobs().await;
    app.relay.forget();
    import(app, &[a_line()]).await;
    app.publish(&a_call().about(&["business"])).await;
    assert!(app.relay.mails().is_empty(), "anybody could have typed that");
    app.publish(&a_call()).await;
    app.relay.only_mail_to("maria@example.org");
}

async fn an_address_that_waits_in_the_account_of_somebody_is_not_theirs(app: &TestApp) {
    let other = a_citizen().called("altro@example.org").following(&["health"]);
    let holder = app.subscribe(&other).await;
    let typed = a_citizen().called("maria@example.org").address();
    informa::services::ask_to_subscribe::add_own_mailbox(app, holder, &typed)
        .await
        .unwrap();
    app.run_jobs().await;
    app.relay.forget();
    let report = import(app, &[a_line()]).await;
    let [(1, problem)] = &*report.bad_lines else {
        panic!("{report:?}")
    };
    assert!(problem.contains("waits to have confirmed"), "{problem}");
    assert_eq!(
        profiles_of(app, holder).await.len(),
        1,
        "whoever typed an address does not get what a file says of it"
    );
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty(), "nor is anybody told without a proof");
}

async fn bad_lines_are_reported_by_number_and_the_rest_goes_on(app: &TestApp) {
    let consent = |fields: Value| {
        let mut consent = a_line()["consent"].clone();
        for (name, value) in fields.as_object().unwrap() {
            consent[name] = value.clone();
        }
        json!({"consent": consent})
    };
    let mut nowhere = a_line();
    nowhere.as_object_mut().unwrap().remove("email");
    let mut unproved = a_line();
    unproved.as_object_mut().unwrap().remove("consent");
    let lines = [
        a_line().to_string(),
        "{\"email\": ".to_owned(),
        a_line_with(json!({"email": "non un indirizzo"})).to_string(),
        String::new(),
        a_line_with(json!({"kind": "marziano"})).to_string(),
        a_line_with(json!({"topics": ["felicità"]})).to_string(),
        a_line_with(json!({"topics": []})).to_string(),
        a_line_with(json!({"areas": ["999999"]})).to_string(),
        a_line_with(json!({"frequency": "mai"})).to_string(),
        a_line_with(json!({"channels": ["piccione"]})).to_string(),
        a_line_with(json!({"language": "fr"})).to_string(),
        a_line_with(json!({"telefono": "035"})).to_string(),
        a_line_with(consent(json!({"at": "2026-07-02T10:00:00Z"}))).to_string(),
        a_line_with(consent(json!({"text": " "}))).to_string(),
        unproved.to_string(),
        nowhere.to_string(),
        a_line_with(json!({"email": "luca@example.org"})).to_string(),
    ];
    let report = import_text(app, lines.join("\n")).await;
    let numbers: Vec<u64> = report.bad_lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(
        numbers,
        [2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
        "{:?}",
        report.bad_lines
    );
    assert_eq!((report.lines, report.added, people(app).await), (16, 2, 2));
    let reasons: BTreeMap<u64, &str> = report
        .bad_lines
        .iter()
        .map(|(number, reason)| (*number, reason.as_str()))
        .collect();
    assert!(
        reasons[&6].contains("felicità") && reasons[&6].contains("topics"),
        "{}",
        reasons[&6]
    );
    assert!(reasons[&13].contains("future"), "{}", reasons[&13]);
    for (number, reason) in reasons {
        assert!(
            !reason.contains('@') || number == 3,
            "a report shows no addresses: {reason}"
        );
    }
}

async fn a_browser_that_cannot_be_used_is_left_out_and_its_person_kept(app: &TestApp) {
    let careful = app.another_process(|config| config.push_allow_loopback = false).await;
    let good = app.push_service.browser().record();
    let of =
        |endpoint: &str, auth: &str| json!({"endpoint": endpoint, "keys": {"p256dh": good.keys.p256dh, "auth": auth}});
    let known = "https://fcm.googleapis.com/fcm/send/1";
    let line = a_line_with(json!({"push_subscriptions": [
        of("https://127.0.0.1/push/1", &good.keys.auth), of(known, "troppo-corto"), of(known, &good.keys.auth),
    ]}));
    let report = import_subscribers(&careful, line.to_string().as_bytes().lines(), || {})
        .await
        .unwrap();
    careful.database.close().await;
    assert_eq!(
        (report.added, report.bad_lines.len(), report.remarks.len()),
        (1, 0, 2),
        "{report:?}"
    );
    let subscriber = owner_of(app, "maria@example.org").await;
    let mut transaction = app.database.read().await.unwrap();
    assert_eq!(targets::list(&mut transaction, subscriber).await.unwrap().len(), 2);
}

async fn a_browser_of_somebody_else_is_left_out(app: &TestApp) {
    let browser = app.push_service.browser();
    let luca = a_line_with(json!({"email": "luca@example.org", "push_subscriptions": browsers(&[&browser])}));
    let maria = a_line_with(json!({"push_subscriptions": browsers(&[&browser])}));
    let report = import(app, &[a_line(), luca, maria]).await;
    assert_eq!((report.bad_lines.len(), report.remarks.len()), (0, 1), "{report:?}");
    assert_eq!(report.remarks[0].0, 3);
    assert_eq!(people(app).await, 2);
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    app.relay.only_mail_to("luca@example.org");
    app.relay.only_mail_to("maria@example.org");
}

async fn nobody_is_told_of_what_was_published_before(app: &TestApp) {
    app.publish(&a_call()).await;
    import(app, &[a_line()]).await;
    app.advance(TimeDelta::days(1));
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(
        rows::integers(&app.database, "select count(*) from matches").await,
        [[1]],
        "it is in their inbox"
    );
}

fn generated(app: &TestApp, many: u64, seed: u64) -> Vec<SubscriberRecord> {
    let vocabulary = app.vocabulary();
    let generator = Generator::new(&vocabulary, seed);
    (1..=many)
        .map(|number| generator.person(number, Some(app.push_service.browser().record())))
        .collect()
}

async fn generated_people_can_all_be_imported(app: &TestApp) {
    let people = generated(app, 400, 7);
    let line = |person: &SubscriberRecord| serde_json::to_value(person).unwrap();
    let report = import(app, &people.iter().map(line).collect::<Vec<_>>()).await;
    assert_eq!(
        (report.lines, report.added, report.bad_lines, report.remarks),
        (400, 400, vec![], vec![])
    );
    let without_browser = |person: &SubscriberRecord| {
        let mut line = line(person);
        line["push_subscriptions"].take();
        line
    };
    let again: Vec<Value> = generated(app, 400, 7).iter().map(without_browser).collect();
    assert_eq!(
        again,
        people.iter().map(without_browser).collect::<Vec<_>>(),
        "the same people for the same seed"
    );
    let others: Vec<Value> = generated(app, 400, 8).iter().map(without_browser).collect();
    assert_ne!(again, others);
    let lives_in = |area: &str| {
        people
            .iter()
            .filter(|person| person.areas.iter().any(|it| it == area))
            .count()
    };
    assert!(
        lives_in("015146") > 3 * lives_in("016024").max(1),
        "spread by population"
    );
}
