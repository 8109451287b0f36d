// SPDX-License-Identifier: EUPL-1.2
//! People are forgotten in time: who never confirmed, who left, and addresses that were only typed. Nobody else is.

use chrono::TimeDelta;
use informa::domain::bounce::SuppressionReason;
use informa::domain::ids::SubscriberId;
use informa::domain::language::Language;
use informa::domain::notification::{Channel, State};
use informa::domain::subscriber::{Purpose, SubscriberStatus, TargetStatus};
use informa::jobs::{Job, TABLE};
use informa::services::ask_to_subscribe::{add_own_mailbox, ask_to_subscribe};
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::erase_person::erase_person;
use informa::services::forget_people::forget_people;
use informa::services::import_subscribers::import_subscribers;
use informa::services::move_mailbox::ask_to_move;
use informa::services::read_status::read_status;
use informa::services::save_profile::save_profile;
use informa::services::unsubscribe::leave_service;
use informa::storage::{consents, subscribers, targets};
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::builders::{CONSENT, Person, a_call, a_citizen, an_operator, consent};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;

on_both_engines! {
    what_nobody_confirmed_is_forgotten_after_thirty_days,
    whoever_asks_again_is_waited_for,
    each_request_for_a_mailbox_is_forgotten_on_its_own,
    whoever_left_is_forgotten_after_twenty_eight_days,
    whoever_came_back_is_kept,
    nobody_else_is_forgotten,
    an_address_that_was_only_typed_is_forgotten,
    no_file_brings_back_whoever_left_and_they_come_back_themselves,
    how_long_is_a_setting_and_said_to_people,
    links_are_removed_when_they_have_expired,
    where_a_link_led_is_forgotten,
    who_left_keeps_only_what_they_proved_from_files,
    the_privacy_notice_names_every_purpose,
}

const STRANGER: &str = "mai.confermato@example.org";

fn stranger() -> Person {
    a_citizen().called(STRANGER)
}

async fn ask(app: &TestApp, person: &Person) {
    let request = person.request(&app.vocabulary(), app.now());
    ask_to_subscribe(app, &request).await.unwrap();
    app.run_jobs().await;
}

fn code_for(app: &TestApp, recipient: &str) -> String {
    let mail = app.relay.mails_to(recipient).pop().expect("a confirmation");
    mail.code_after("/conferma/")
}

async fn last_person(app: &TestApp) -> SubscriberId {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap()
}

/// Lets days go by, the nightly job running in each.
async fn days(app: &TestApp, days: i64) -> u64 {
    let mut forgotten = 0;
    for _ in 0..days {
        app.advance(TimeDelta::days(1));
        forgotten += forget_people(app).await.unwrap();
    }
    forgotten
}

async fn holds(app: &TestApp, words: &str) -> bool {
    rows::everything(&app.database).await.contains(words)
}

async fn what_nobody_confirmed_is_forgotten_after_thirty_days(app: &TestApp) {
    ask(app, &stranger()).await;
    assert_eq!(days(app, 29).await, 0);
    assert!(holds(app, STRANGER).await);
    assert_eq!(read_status(app).await.unwrap().subscribers.get("pending"), Some(&1));
    assert_eq!(days(app, 1).await, 1);
    assert!(!holds(app, STRANGER).await);
    assert_eq!(read_status(app).await.unwrap().subscribers.get("pending"), None);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from profiles").await,
        [[0]]
    );
    assert_eq!(days(app, 1).await, 0, "once");

    ask(app, &stranger()).await;
    let code = code_for(app, STRANGER);
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(
        app.count(Channel::Email, State::Sent).await,
        1,
        "a new request is like any other, and nothing is left of the first"
    );
}

async fn whoever_asks_again_is_waited_for(app: &TestApp) {
    ask(app, &stranger()).await;
    // As long as the link of before lives, the same request is asked again with a new one.
    for _ in 0..4 {
        assert_eq!(days(app, 6).await, 0);
        ask(app, &stranger()).await;
    }
    assert_eq!(
        days(app, 6).await,
        0,
        "thirty days after the first, with a link that still works"
    );
    let code = code_for(app, STRANGER);
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(days(app, 40).await, 0);
    assert!(holds(app, STRANGER).await);
}

async fn each_request_for_a_mailbox_is_forgotten_on_its_own(app: &TestApp) {
    ask(app, &stranger()).await;
    days(app, 27).await;
    ask(app, &stranger().following(&["environment"])).await;
    assert_eq!(
        days(app, 3).await,
        0,
        "the mailbox of the first is asked for the second"
    );
    let code = code_for(app, STRANGER);
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(days(app, 1).await, 1, "the first had nothing but choices left");
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &stranger().address())
        .await
        .unwrap();
    assert_eq!(mailbox.map(|it| it.status), Some(TargetStatus::Active));
}

async fn whoever_left_is_forgotten_after_twenty_eight_days(app: &TestApp) {
    let person = app.subscribe(&stranger()).await;
    let (by_push, browser) = app.subscribe_browser(&a_citizen()).await;
    app.publish(&a_call()).await;
    app.run_jobs().await;
    for leaving in [person, by_push] {
        leave_service(app, leaving).await.unwrap();
    }
    assert_eq!(days(app, 27).await, 0);
    assert!(holds(app, STRANGER).await && holds(app, &browser.endpoint).await);
    app.relay.forget();
    assert_eq!(days(app, 1).await, 2);
    for personal in [STRANGER, &browser.endpoint, &browser.p256dh, &browser.auth] {
        assert!(!holds(app, personal).await, "{personal} is still held");
    }
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 0, "nobody asked for a word");
    let mut transaction = app.database.read().await.unwrap();
    let proof = consents::list(&mut transaction, person).await.unwrap();
    let actions: Vec<&str> = proof.iter().map(|(_, action, ..)| action.as_str()).collect();
    assert_eq!(actions, ["asked", "given", "withdrawn"], "the proof stays");
    drop(transaction);
    let status = read_status(app).await.unwrap();
    assert_eq!(status.subscribers.get("left"), Some(&2), "the numbers stay true");
    assert_eq!(days(app, 1).await, 0, "once");
}

async fn whoever_came_back_is_kept(app: &TestApp) {
    let person = app.subscribe(&stranger()).await;
    leave_service(app, person).await.unwrap();
    days(app, 26).await;
    ask(app, &stranger()).await;
    assert_eq!(days(app, 3).await, 0, "they are asked to confirm");
    let code = code_for(app, STRANGER);
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    days(app, 60).await;
    app.relay.forget();
    app.publish(&a_call()).await;
    app.run_jobs().await;
    app.relay.only_mail_to(STRANGER);
}

async fn nobody_else_is_forgotten(app: &TestApp) {
    let person = app.subscribe(&a_citizen().called("maria@example.org")).await;
    let choices = an_operator().choices(&app.vocabulary());
    save_profile(app, person, &choices).await.unwrap();
    let (_, browser) = app.subscribe_browser(&a_citizen()).await;
    assert_eq!(days(app, 100).await, 0);
    app.relay.forget();
    app.publish(&a_call().closing(None)).await;
    app.run_jobs().await;
    app.relay.only_mail_to("maria@example.org");
    assert!(holds(app, &browser.endpoint).await);
    let nightly = TABLE.iter().find(|(job, _)| *job == Job::ForgetPeople);
    assert!(nightly.is_some());
    assert_eq!(Job::from_name("forget-people"), Some(Job::ForgetPeople));
}

async fn an_address_that_was_only_typed_is_forgotten(app: &TestApp) {
    let person = app.subscribe(&a_citizen().called("maria@example.org")).await;
    let other = app.subscribe(&a_citizen().called("altra@example.org")).await;
    let wanted = a_citizen().called(STRANGER).address();
    ask_to_move(app, person, &wanted).await.unwrap();
    app.run_jobs().await;
    ask_to_move(app, other, &a_citizen().called("maria@example.org").address())
        .await
        .unwrap();
    app.run_jobs().await;
    assert_eq!(days(app, 29).await, 0);
    assert!(holds(app, STRANGER).await);
    assert_eq!(days(app, 1).await, 1);
    assert!(!holds(app, STRANGER).await);
    let moves = rows::integers(&app.database, "select count(*) from mailbox_moves").await;
    assert_eq!(moves, [[0]], "whoever's address it was that was typed");
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &a_citizen().called("maria@example.org").address()).await;
    assert_eq!(mailbox.unwrap().map(|it| it.status), Some(TargetStatus::Active));
    drop(transaction);
    ask_to_move(app, person, &wanted).await.unwrap();
    app.run_jobs().await;
    assert!(!app.relay.mails_to(STRANGER).is_empty(), "it can be asked for again");
}

async fn no_file_brings_back_whoever_left_and_they_come_back_themselves(app: &TestApp) {
    let person = app.subscribe(&stranger()).await;
    leave_service(app, person).await.unwrap();
    days(app, 28).await;
    let line = json!({
        "email": STRANGER, "kind": "citizen", "areas": ["016024"], "topics": ["environment"],
        "consent": {"at": "2026-06-01T10:00:00Z", "source": "modulo del sito", "text": CONSENT},
    });
    let report = import_subscribers(app, [Ok(line.to_string())].into_iter(), || {})
        .await
        .unwrap();
    let reason = format!("suppression list ({})", SuppressionReason::Erased.code());
    assert_eq!(report.added, 0);
    assert!(report.bad_lines[0].1.contains(&reason), "{:?}", report.bad_lines);
    ask(app, &stranger()).await;
    let code = code_for(app, STRANGER);
    let again = confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_ne!(again, person, "nothing leads back to who they were");
    let mut transaction = app.database.read().await.unwrap();
    let found = subscribers::find(&mut transaction, again).await.unwrap().unwrap();
    assert_eq!(found.status, SubscriberStatus::Active);
}

async fn how_long_is_a_setting_and_said_to_people(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let person = last_person(app).await;
    let asked = reader.open("/privacy").await;
    for said in [
        "dopo 30 giorni",
        "dopo 28 giorni",
        "90 giorni dopo",
        "reclamo al Garante",
    ] {
        assert!(asked.words("main").contains(said), "{said}: {}", asked.words("main"));
    }
    leave_service(app, person).await.unwrap();
    app.advance(TimeDelta::days(40));
    assert_eq!(app.config.keep_left_days, 28);
    assert_eq!(forget_people(app).await.unwrap(), 1, "a missed night is made up for");
}

async fn links_are_removed_when_they_have_expired(app: &TestApp) {
    let links = async || rows::integers(&app.database, "select count(*) from links").await[0][0];
    app.subscribe(&stranger()).await;
    let mut reader = Reader::new(app);
    for _ in 0..2 {
        reader.open("/accedi").await;
        reader.send("/accedi", &[("email", STRANGER)]).await;
    }
    app.run_jobs().await;
    assert_eq!(links().await, 3);
    app.advance(TimeDelta::hours(1));
    forget_people(app).await.unwrap();
    assert_eq!(links().await, 3, "they count towards how many may be sent");
    days(app, 1).await;
    assert_eq!(links().await, 2, "a sign-in link; the confirmation has days to go");
    days(app, 7).await;
    assert_eq!(links().await, 1, "the latest keeps its number");
    app.relay.forget();
    reader.open("/accedi").await;
    reader.send("/accedi", &[("email", STRANGER)]).await;
    app.run_jobs().await;
    assert_eq!(
        app.relay.mails_to(STRANGER).len(),
        1,
        "nothing stands in the way of new ones"
    );
}

/// Signs up with the address of somebody who is a subscriber already: the link leads on to what was chosen.
async fn choose_again(app: &TestApp) -> String {
    let mut request = stranger().request(&app.vocabulary(), app.now());
    request.resumes_at = Some("/iscriviti/come?kind=citizen&topics=social-disability".to_owned());
    app.relay.forget();
    ask_to_subscribe(app, &request).await.unwrap();
    app.run_jobs().await;
    assert!(holds(app, "/iscriviti/come?").await);
    app.relay.only_mail_to(STRANGER).code_after("/accedi/")
}

async fn where_a_link_led_is_forgotten(app: &TestApp) {
    let person = app.subscribe(&stranger()).await;
    let code = choose_again(app).await;
    let mut reader = Reader::new(app);
    reader.open(&format!("/accedi/{code}")).await;
    let entered = reader.send(&format!("/accedi/{code}"), &[]).await;
    assert!(
        entered.location().starts_with("/iscriviti/come?"),
        "it leads there once"
    );
    assert!(!holds(app, "/iscriviti/come?").await, "used");
    choose_again(app).await;
    app.advance(TimeDelta::minutes(31));
    forget_people(app).await.unwrap();
    assert!(!holds(app, "/iscriviti/come?").await, "expired");
    choose_again(app).await;
    erase_person(app, person).await.unwrap();
    assert!(!holds(app, "/iscriviti/come?").await, "erased");
}

async fn who_left_keeps_only_what_they_proved_from_files(app: &TestApp) {
    let person = app.subscribe(&a_citizen().called("maria@example.org")).await;
    add_own_mailbox(app, person, &stranger().address()).await.unwrap();
    app.run_jobs().await;
    leave_service(app, person).await.unwrap();
    app.relay.forget();
    let mut reader = Reader::new(app);
    reader.open("/accedi").await;
    reader.send("/accedi", &[("email", STRANGER)]).await;
    app.run_jobs().await;
    assert!(app.relay.mails_to(STRANGER).is_empty(), "it opens nobody's page");
    days(app, 28).await;
    let listed = rows::integers(&app.database, "select count(*) from suppressions").await;
    assert_eq!(listed, [[1]], "the proved one");
}

async fn the_privacy_notice_names_every_purpose(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (language, words) in [
        ("it", ["avvisarti", "questionari", "finché non lo ritiri"]),
        ("en", ["tell you of", "surveys", "until you withdraw it"]),
    ] {
        let notice = reader.open(&format!("/privacy?lang={language}")).await.words("main");
        let texts = app.texts(Language::from_code(language).unwrap());
        for purpose in Purpose::ALL {
            let named = texts.get(&format!("privacy-purpose-{}", purpose.code()));
            assert!(notice.contains(&named), "{named} is not in the notice");
            assert!(named.contains("GDPR"), "by which right: {named}");
        }
        for word in words {
            assert!(notice.contains(word), "{word}: {notice}");
        }
    }
    // Whatever the page of consents can say that somebody agreed to is one of the purposes.
    let consents = include_str!("../../locales/it/consents.ftl");
    let said: Vec<&str> = consents
        .lines()
        .filter_map(|line| line.strip_prefix("consent-for-"))
        .collect();
    assert_eq!(said.len(), Purpose::ALL.len(), "{said:?}");
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
    }
}
