// SPDX-License-Identifier: EUPL-1.2
//! Subscribing: by e-mail with a confirmation, or by a browser alone; signing in; adding and refreshing targets.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use informa::domain::ids::SubscriberId;
use informa::domain::language::Language;
use informa::domain::notification::Channel;
use informa::domain::profile::{Channels, Profile};
use informa::domain::subscriber::{SubscriberStatus, Target, TargetStatus};
use informa::services::ask_to_subscribe::{add_own_mailbox, ask_to_subscribe};
use informa::services::confirm_subscription::{check_link, confirm_subscription};
use informa::services::remove_target::remove_target;
use informa::services::save_profile::save_profile;
use informa::services::send_sign_in_link::{send_link_to_browser, send_link_to_mailbox};
use informa::services::send_test::send_test;
use informa::services::subscribe_browser::{
    BrowserSubscription, add_browser, is_known, refresh_browser, subscribe_by_browser,
};
use informa::services::unsubscribe::leave_service;
use informa::services::use_sign_in_link::use_sign_in_link;
use informa::services::{Error, Refusal, Result};
use informa::storage::ledger::State;
use informa::storage::{consents, profiles, subscribers, targets};
use informa::urls::paths;

use crate::support::app::TestApp;
use crate::support::builders::{BERGAMO, MILAN, Person, a_call, a_citizen, an_operator, consent};
use crate::support::on_both_engines;
use crate::support::push_service::Answer;
use crate::support::reader::Reader;
use crate::support::rows;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    nothing_but_the_confirmation_goes_to_a_mailbox_that_is_not_confirmed,
    a_confirmed_mailbox_hears_what_concerns_it,
    a_mailbox_gets_one_confirmation_an_hour_and_three_a_day,
    a_confirmation_link_works_once,
    a_confirmation_link_lives_seven_days,
    looking_at_a_link_does_not_use_it_up,
    a_link_that_is_not_ours_confirms_nothing,
    an_active_address_that_is_typed_again_gets_a_sign_in_link_and_nothing_changes,
    an_address_is_the_same_however_it_is_typed,
    both_steps_of_the_consent_are_kept,
    a_browser_alone_is_enough,
    a_browser_that_subscribes_again_is_not_told_twice,
    an_endpoint_belongs_to_whoever_knows_its_keys,
    an_endpoint_that_is_no_push_service_is_refused,
    keys_of_a_wrong_length_are_refused,
    a_browser_made_with_a_foreign_key_is_refused,
    a_browser_that_was_made_anew_goes_on_hearing,
    only_who_knows_the_old_secret_can_refresh_a_browser,
    a_refresh_does_not_bring_back_a_browser_that_its_person_removed,
    a_refresh_brings_back_a_browser_that_the_push_service_forgot,
    a_browser_added_to_a_mailbox_is_told_first,
    a_mailbox_added_to_a_browser_is_written_to_when_no_push_is_accepted,
    a_foreign_mailbox_cannot_be_added,
    whoever_is_asked_for_one_more_address_knows_and_is_not_signed_in,
    a_mailbox_that_somebody_else_added_belongs_to_whoever_asks_and_reads_its_mail,
    a_sign_in_link_lives_thirty_minutes_and_works_once,
    a_mailbox_gets_five_sign_in_links_an_hour,
    an_unknown_address_gets_no_sign_in_link,
    a_push_only_subscriber_signs_in_by_a_push_to_their_browser,
    a_test_message_is_sent_once_a_minute_and_to_own_targets_only,
    a_target_that_is_not_theirs_cannot_be_removed,
    somebody_who_left_and_comes_back_hears_only_what_they_choose_now,
    a_mailbox_that_bounced_once_can_be_subscribed_again,
    nobody_who_types_the_same_address_changes_what_is_confirmed,
    whoever_asks_with_other_choices_gets_a_mail_for_them,
    a_stopped_mailbox_stays_with_its_person_until_who_reads_it_confirms,
    what_one_request_confirmed_no_other_takes,
    a_browser_that_is_added_leaves_what_is_only_looked_at,
    a_mailbox_that_was_typed_and_never_confirmed_can_be_added,
}

async fn ask(app: &TestApp, person: &Person) {
    ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    app.run_jobs().await;
}

/// The code of the link in the latest mail to `email`.
fn latest_code(app: &TestApp, email: &str, path: &str) -> String {
    app.relay
        .mails_to(email)
        .pop()
        .expect("a mail")
        .code_after(&format!("{path}/"))
}

async fn confirm(app: &TestApp, code: &str) -> Result<SubscriberId> {
    let confirmed = confirm_subscription(app, code, &consent(app.now())).await;
    app.run_jobs().await;
    confirmed
}

async fn profiles_of(app: &TestApp, subscriber: SubscriberId) -> Vec<Profile> {
    let mut transaction = app.database.read().await.unwrap();
    profiles::list(&mut transaction, subscriber).await.unwrap()
}

async fn targets_of(app: &TestApp, subscriber: SubscriberId) -> Vec<Target> {
    let mut transaction = app.database.read().await.unwrap();
    targets::list(&mut transaction, subscriber).await.unwrap()
}

async fn status_of(app: &TestApp, subscriber: SubscriberId) -> SubscriberStatus {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::find(&mut transaction, subscriber)
        .await
        .unwrap()
        .unwrap()
        .status
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn nothing_but_the_confirmation_goes_to_a_mailbox_that_is_not_confirmed(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    app.publish(&a_call()).await;
    app.advance(TimeDelta::days(3));
    app.publish(&a_call()).await;
    let mail = app.relay.only_mail_to(&person.email);
    assert_eq!(mail.subject(), "Conferma la tua iscrizione a Informa");
}

async fn a_confirmed_mailbox_hears_what_concerns_it(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Active);
    app.publish(&a_call()).await;
    app.publish(&a_call().about(&["social"])).await;
    let mail = app.relay.only_mail_to(&person.email);
    assert_eq!(mail.subject(), "Bando: Contributi per il fotovoltaico");
}

async fn a_mailbox_gets_one_confirmation_an_hour_and_three_a_day(app: &TestApp) {
    let person = a_citizen();
    let mut received = Vec::new();
    for minutes in [0, 59, 60, 119, 120, 180, 1439, 1440] {
        let start = crate::support::builders::at("2026-07-01T10:00:00");
        app.advance(start.plus(TimeDelta::minutes(minutes)).since(app.now()));
        ask(app, &person).await;
        received.push(app.relay.mails_to(&person.email).len());
    }
    assert_eq!(received, [1, 1, 2, 2, 3, 3, 3, 4]);
}

async fn a_confirmation_link_works_once(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    let code = latest_code(app, &person.email, paths::CONFIRM);
    confirm(app, &code).await.unwrap();
    assert_eq!(refusal(confirm(app, &code).await), Refusal::LinkUsed);
}

async fn a_confirmation_link_lives_seven_days(app: &TestApp) {
    let (quick, slow) = (a_citizen(), an_operator());
    ask(app, &quick).await;
    ask(app, &slow).await;
    app.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    confirm(app, &latest_code(app, &quick.email, paths::CONFIRM))
        .await
        .unwrap();
    app.advance(TimeDelta::seconds(1));
    let late = confirm(app, &latest_code(app, &slow.email, paths::CONFIRM)).await;
    assert_eq!(refusal(late), Refusal::LinkExpired);
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&slow.email).len(), 1, "the confirmation alone");
}

async fn looking_at_a_link_does_not_use_it_up(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    let code = latest_code(app, &person.email, paths::CONFIRM);
    for _ in 0..2 {
        check_link(app, "confirm", &code).await.unwrap();
    }
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    confirm(app, &code).await.unwrap();
    assert_eq!(refusal(check_link(app, "confirm", &code).await), Refusal::LinkUsed);
}

async fn a_link_that_is_not_ours_confirms_nothing(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    let code = latest_code(app, &person.email, paths::CONFIRM);
    let first = if code.starts_with('A') { "B" } else { "A" };
    let altered = format!("{first}{}", &code[1..]);
    for wrong in [altered.as_str(), &code[1..], "", "è", &"A".repeat(43)] {
        assert_eq!(refusal(confirm(app, wrong).await), Refusal::LinkExpired, "{wrong:?}");
    }
    assert_eq!(
        refusal(use_sign_in_link(app, &code).await),
        Refusal::LinkExpired,
        "a link does only what it is for"
    );
    confirm(app, &code).await.unwrap();
}

async fn an_active_address_that_is_typed_again_gets_a_sign_in_link_and_nothing_changes(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let before = (profiles_of(app, subscriber).await, targets_of(app, subscriber).await);
    let stranger = person
        .clone()
        .following(&["social"])
        .in_areas(&[MILAN])
        .reading(Language::English);
    ask(app, &stranger).await;
    let businesslike = an_operator().called(&person.email);
    ask(app, &businesslike).await;
    assert_eq!(
        (profiles_of(app, subscriber).await, targets_of(app, subscriber).await),
        before
    );
    let subjects: Vec<String> = app.relay.mails_to(&person.email).iter().map(Mail::subject).collect();
    assert_eq!(
        subjects, ["Il collegamento alle tue preferenze"; 2],
        "in the language that they chose"
    );
    let code = latest_code(app, &person.email, paths::SIGN_IN);
    assert_eq!(use_sign_in_link(app, &code).await.unwrap(), subscriber);
}

async fn an_address_is_the_same_however_it_is_typed(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    ask(app, &a_citizen().called(" Maria@Example.ORG ")).await;
    let count = rows::integers(&app.database, "select count(*) from subscribers").await;
    assert_eq!(count, [[1]]);
}

async fn both_steps_of_the_consent_are_kept(app: &TestApp) {
    let person = a_citizen();
    let asked_at = app.now();
    ask(app, &person).await;
    app.advance(TimeDelta::hours(2));
    let code = latest_code(app, &person.email, paths::CONFIRM);
    let subscriber = confirm(app, &code).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let ledger = consents::list(&mut transaction, subscriber).await.unwrap();
    let steps: Vec<_> = ledger
        .iter()
        .map(|(_, action, at, _, text)| (action.as_str(), *at, text.as_str()))
        .collect();
    let words = crate::support::builders::CONSENT;
    assert_eq!(steps, [("asked", asked_at, words), ("given", app.now(), words)]);
}

async fn a_browser_alone_is_enough(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Active);
    app.publish(&a_call()).await;
    app.publish(&a_call().about(&["social"])).await;
    let message = app.push_service.only_message_to(&browser);
    assert_eq!(message.title(), "Contributi per il fotovoltaico");
    assert!(app.relay.mails().is_empty());
    assert!(is_known(app, &browser.endpoint, &browser.auth).await.unwrap());
    assert!(!is_known(app, &browser.endpoint, "another secret").await.unwrap());
    assert!(
        !is_known(app, "https://push.example.org/none", &browser.auth)
            .await
            .unwrap()
    );
}

async fn a_browser_that_subscribes_again_is_not_told_twice(app: &TestApp) {
    let person = a_citizen().by(&["web_push"]);
    let (subscriber, browser) = app.subscribe_browser(&person).await;
    let newcomer = person.following(&["everything"]).newcomer(&app.vocabulary(), app.now());
    let again = subscribe_by_browser(app, &browser.subscription(), &newcomer)
        .await
        .unwrap();
    assert_eq!(again, subscriber);
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
}

async fn an_endpoint_belongs_to_whoever_knows_its_keys(app: &TestApp) {
    let (owner, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let attacker = app.subscribe(&an_operator()).await;
    let own = app.push_service.browser();
    let stolen = BrowserSubscription {
        endpoint: browser.endpoint.clone(),
        ..own.subscription()
    };
    let half = BrowserSubscription {
        auth: browser.auth.clone(),
        ..stolen.clone()
    };
    for taken in [&stolen, &half] {
        let newcomer = an_operator().newcomer(&app.vocabulary(), app.now());
        assert_eq!(
            refusal(subscribe_by_browser(app, taken, &newcomer).await),
            Refusal::BrowserTaken
        );
        assert_eq!(refusal(add_browser(app, attacker, taken).await), Refusal::BrowserTaken);
    }
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    assert_eq!(targets_of(app, owner).await.len(), 1);
}

async fn an_endpoint_that_is_no_push_service_is_refused(app: &TestApp) {
    let careful = app.another_process(|config| config.push_allow_loopback = false).await;
    let browser = app.push_service.browser();
    let newcomer = a_citizen().newcomer(&app.vocabulary(), app.now());
    for endpoint in [
        "https://127.0.0.1/push/1",
        "https://127.0.0.1:443/push/1",
        "https://localhost/push/1",
        "https://[::1]/push/1",
        "https://10.0.0.1/push/1",
        "https://2130706433/push/1",
        "http://fcm.googleapis.com/fcm/send/1",
        "https://fcm.googleapis.com:8443/fcm/send/1",
        "https://fcm.googleapis.com@127.0.0.1/1",
        "https://fcm.googleapis.com.example.org/1",
        "https://example.org/fcm.googleapis.com",
        "https://a.b.notify.windows.com/1",
        "ftp://fcm.googleapis.com/1",
        "fcm.googleapis.com/1",
        "",
    ] {
        let given = BrowserSubscription {
            endpoint: endpoint.to_owned(),
            ..browser.subscription()
        };
        let refused = refusal(subscribe_by_browser(&careful, &given, &newcomer).await);
        assert!(matches!(refused, Refusal::Endpoint(_)), "{endpoint}: {refused:?}");
    }
    let known = "https://fcm.googleapis.com/fcm/send/1";
    let given = BrowserSubscription {
        endpoint: known.to_owned(),
        ..browser.subscription()
    };
    subscribe_by_browser(&careful, &given, &newcomer).await.unwrap();
    let count = rows::integers(&app.database, "select count(*) from subscribers").await;
    assert_eq!(count, [[1]], "what is refused leaves nothing");
    careful.database.close().await;
}

async fn keys_of_a_wrong_length_are_refused(app: &TestApp) {
    let browser = app.push_service.browser();
    let newcomer = a_citizen().newcomer(&app.vocabulary(), app.now());
    let of = |length: usize| URL_SAFE_NO_PAD.encode(vec![4_u8; length]);
    let wrong_keys = [String::new(), of(64), of(65), of(66), "no base64!".to_owned()];
    let wrong_secrets = [String::new(), of(15), of(17), "no base64!".to_owned()];
    let with_key = wrong_keys.map(|p256dh| BrowserSubscription {
        p256dh,
        ..browser.subscription()
    });
    let with_secret = wrong_secrets.map(|auth| BrowserSubscription {
        auth,
        ..browser.subscription()
    });
    for given in with_key.iter().chain(&with_secret) {
        let refused = refusal(subscribe_by_browser(app, given, &newcomer).await);
        assert!(matches!(refused, Refusal::PushKeys(_)), "{refused:?}");
    }
    let count = rows::integers(&app.database, "select count(*) from targets").await;
    assert_eq!(count, [[0]], "what is refused leaves nothing");
}

async fn a_browser_made_with_a_foreign_key_is_refused(app: &TestApp) {
    let newcomer = a_citizen().newcomer(&app.vocabulary(), app.now());
    let browser = app.push_service.browser();
    let foreign = BrowserSubscription {
        vapid_key: browser.p256dh.clone(),
        ..browser.subscription()
    };
    assert_eq!(
        refusal(subscribe_by_browser(app, &foreign, &newcomer).await),
        Refusal::UnknownVapidKey
    );
    let ours = app.push_keys().installed[0].key.public_base64url().to_owned();
    let own = BrowserSubscription {
        vapid_key: ours,
        ..browser.subscription()
    };
    subscribe_by_browser(app, &own, &newcomer).await.unwrap();
}

async fn a_browser_that_was_made_anew_goes_on_hearing(app: &TestApp) {
    let (subscriber, old) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let before = targets_of(app, subscriber).await.remove(0).id;
    let new = app.push_service.browser();
    refresh_browser(app, &old.endpoint, &old.auth, &new.subscription())
        .await
        .unwrap();
    let after = targets_of(app, subscriber).await;
    assert_eq!(
        after.iter().map(|target| target.id).collect::<Vec<_>>(),
        [before],
        "the id survives"
    );
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&new);
    assert_eq!(app.push_service.attempts_to(&old), 0);
}

async fn only_who_knows_the_old_secret_can_refresh_a_browser(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let (_, other) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    let new = app.push_service.browser();
    let guessed = refresh_browser(app, &browser.endpoint, &new.auth, &new.subscription()).await;
    assert!(matches!(guessed, Err(Error::NotFound)));
    let unknown = refresh_browser(app, &new.endpoint, &new.auth, &new.subscription()).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
    let taken = refresh_browser(app, &browser.endpoint, &browser.auth, &other.subscription()).await;
    assert_eq!(refusal(taken), Refusal::BrowserTaken);
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    app.push_service.only_message_to(&other);
}

async fn a_refresh_does_not_bring_back_a_browser_that_its_person_removed(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let browser = app.push_service.browser();
    let target = add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    remove_target(app, subscriber, target).await.unwrap();
    let new = app.push_service.browser();
    _ = refresh_browser(app, &browser.endpoint, &browser.auth, &new.subscription()).await;
    app.publish(&a_call()).await;
    assert!(app.push_service.messages().is_empty(), "a removed browser is pushed to");
    assert_eq!(app.relay.mails_to("maria@example.org").len(), 1);
}

async fn a_refresh_brings_back_a_browser_that_the_push_service_forgot(app: &TestApp) {
    let (subscriber, old) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&old, Answer::Status(410));
    app.publish(&a_call()).await;
    assert_eq!(targets_of(app, subscriber).await[0].status, TargetStatus::Gone);
    let new = app.push_service.browser();
    refresh_browser(app, &old.endpoint, &old.auth, &new.subscription())
        .await
        .unwrap();
    app.publish(&a_call().titled("Un altro bando")).await;
    assert_eq!(app.push_service.only_message_to(&new).title(), "Un altro bando");
}

async fn a_browser_added_to_a_mailbox_is_told_first(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let channels = profiles_of(app, subscriber).await[0].telling.channels;
    assert_eq!(channels, Channels::WEB_PUSH.union(Channels::EMAIL_FALLBACK));
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    assert!(app.relay.mails().is_empty());
}

async fn a_mailbox_added_to_a_browser_is_written_to_when_no_push_is_accepted(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let email = a_citizen().address();
    add_own_mailbox(app, subscriber, &email).await.unwrap();
    app.run_jobs().await;
    app.push_service.answer(&browser, Answer::Status(410));
    let call = app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(email.as_str()).len(), 1, "the confirmation alone");
    let code = latest_code(app, email.as_str(), paths::CONFIRM);
    assert_eq!(confirm(app, &code).await.unwrap(), subscriber);
    let channels = profiles_of(app, subscriber).await[0].telling.channels;
    assert_eq!(channels, Channels::WEB_PUSH.union(Channels::EMAIL_FALLBACK));
    app.publish(&a_call().titled("Dopo")).await;
    let subjects: Vec<String> = app.relay.mails_to(email.as_str()).iter().map(Mail::subject).collect();
    assert_eq!(subjects[1..], ["Bando: Dopo"], "not {}", call.content.title);
}

async fn a_foreign_mailbox_cannot_be_added(app: &TestApp) {
    let owner = app.subscribe(&a_citizen()).await;
    let (stranger, _) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    add_own_mailbox(app, stranger, &a_citizen().address()).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(targets_of(app, owner).await.len(), 1);
    assert_eq!(targets_of(app, stranger).await.len(), 1);
}

async fn a_mailbox_that_somebody_else_added_belongs_to_whoever_asks_and_reads_its_mail(app: &TestApp) {
    let person = a_citizen();
    let (stranger, browser) = app
        .subscribe_browser(&an_operator().following(&["social"]).by(&["web_push"]))
        .await;
    add_own_mailbox(app, stranger, &person.address()).await.unwrap();
    app.run_jobs().await;
    app.advance(TimeDelta::hours(2));
    ask(app, &person).await;
    let code = latest_code(app, &person.email, paths::CONFIRM);
    let subscriber = confirm(app, &code).await.unwrap();
    assert_ne!(subscriber, stranger);
    assert_eq!(
        targets_of(app, stranger).await.len(),
        1,
        "the stranger has their browser alone"
    );
    app.relay.forget();
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Sociale").about(&["social"])).await;
    assert_eq!(
        app.relay.only_mail_to(&person.email).subject(),
        "Bando: Contributi per il fotovoltaico"
    );
    assert_eq!(app.push_service.only_message_to(&browser).title(), "Sociale");
}

async fn a_sign_in_link_lives_thirty_minutes_and_works_once(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let link = async || {
        send_link_to_mailbox(app, &person.address()).await.unwrap();
        app.run_jobs().await;
        latest_code(app, &person.email, paths::SIGN_IN)
    };
    let (quick, slow) = (link().await, link().await);
    app.advance(TimeDelta::minutes(30) - TimeDelta::seconds(1));
    assert_eq!(use_sign_in_link(app, &quick).await.unwrap(), subscriber);
    assert_eq!(refusal(use_sign_in_link(app, &quick).await), Refusal::LinkUsed);
    app.advance(TimeDelta::seconds(1));
    assert_eq!(refusal(use_sign_in_link(app, &slow).await), Refusal::LinkExpired);
}

async fn a_mailbox_gets_five_sign_in_links_an_hour(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    for _ in 0..8 {
        send_link_to_mailbox(app, &person.address()).await.unwrap();
    }
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 5);
    app.advance(TimeDelta::hours(1));
    send_link_to_mailbox(app, &person.address()).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 6);
}

async fn an_unknown_address_gets_no_sign_in_link(app: &TestApp) {
    let waiting = an_operator();
    ask(app, &waiting).await;
    app.relay.forget();
    send_link_to_mailbox(app, &a_citizen().address()).await.unwrap();
    send_link_to_mailbox(app, &waiting.address()).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
}

async fn a_push_only_subscriber_signs_in_by_a_push_to_their_browser(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    send_link_to_browser(app, &browser.endpoint, "another secret")
        .await
        .unwrap();
    send_link_to_browser(app, &browser.endpoint, &browser.auth)
        .await
        .unwrap();
    app.run_jobs().await;
    let message = app.push_service.only_message_to(&browser);
    assert_eq!(
        (message.title(), message.urgency.as_str()),
        ("Apri la tua pagina", "high")
    );
    assert!(
        (1..=1800).contains(&message.ttl),
        "of use for half an hour, not {} seconds",
        message.ttl
    );
    let code = message.navigate().rsplit('/').next().unwrap();
    assert_eq!(use_sign_in_link(app, code).await.unwrap(), subscriber);
}

async fn a_test_message_is_sent_once_a_minute_and_to_own_targets_only(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let target = targets_of(app, subscriber).await[0].id;
    for _ in 0..3 {
        send_test(app, subscriber, target).await.unwrap();
    }
    app.run_jobs().await;
    assert_eq!(app.push_service.only_message_to(&browser).title(), "Funziona!");
    app.advance(TimeDelta::minutes(1));
    send_test(app, subscriber, target).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.push_service.messages_to(&browser).len(), 2);
    let stranger = app.subscribe(&an_operator()).await;
    assert!(matches!(send_test(app, stranger, target).await, Err(Error::NotFound)));
}

async fn a_target_that_is_not_theirs_cannot_be_removed(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let stranger = app.subscribe(&an_operator()).await;
    let target = targets_of(app, subscriber).await[0].id;
    assert!(matches!(
        remove_target(app, stranger, target).await,
        Err(Error::NotFound)
    ));
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
}

async fn somebody_who_left_and_comes_back_hears_only_what_they_choose_now(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let business = an_operator()
        .following(&["business"])
        .in_areas(&[BERGAMO])
        .choices(&app.vocabulary());
    save_profile(app, subscriber, &business).await.unwrap();
    leave_service(app, subscriber).await.unwrap();
    app.advance(TimeDelta::days(30));
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Per le imprese").about(&["business-investment"]))
        .await;
    let subjects: Vec<String> = app.relay.mails_to(&person.email).iter().map(Mail::subject).collect();
    assert_eq!(subjects, ["Bando: Contributi per il fotovoltaico"]);
}

async fn a_mailbox_that_bounced_once_can_be_subscribed_again(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Recipient, "550 5.1.1 no such user");
    app.publish(&a_call()).await;
    assert_eq!(app.count(Channel::Email, State::Failed).await, 1);
    app.publish(&a_call()).await;
    assert_eq!(
        app.relay.attempts_to(&person.email),
        2,
        "the confirmation and the bounce, nothing after"
    );
    app.relay.accept(&person.email);
    app.advance(TimeDelta::days(2));
    app.subscribe(&person).await;
    app.publish(&a_call().titled("Di nuovo")).await;
    assert_eq!(app.relay.only_mail_to(&person.email).subject(), "Bando: Di nuovo");
}

/// The codes of the links in every mail to `email`, the first first.
fn codes(app: &TestApp, email: &str, path: &str) -> Vec<String> {
    let mails = app.relay.mails_to(email);
    mails.iter().map(|mail| mail.code_after(&format!("{path}/"))).collect()
}

async fn nobody_who_types_the_same_address_changes_what_is_confirmed(app: &TestApp) {
    let person = a_citizen();
    let stranger = an_operator().called(&person.email).following(&["social"]);
    ask(app, &person).await;
    ask(app, &stranger).await;
    let codes = codes(app, &person.email, paths::CONFIRM);
    let subscriber = confirm(app, &codes[0]).await.unwrap();
    let own = profiles_of(app, subscriber).await;
    let choices = person.choices(&app.vocabulary());
    assert_eq!(own.len(), 1);
    assert!(choices.are_of(&own[0]), "{:?}", own[0]);
    assert_eq!(refusal(confirm(app, &codes[1]).await), Refusal::LinkUsed);
    app.relay.forget();
    app.publish(&a_call().about(&["social"])).await;
    assert!(app.relay.mails().is_empty());
    let kept = rows::integers(&app.database, "select count(*) from profiles").await;
    assert_eq!(kept, [[1]], "of what the stranger asked nothing is left");
}

async fn whoever_asks_with_other_choices_gets_a_mail_for_them(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    ask(app, &person).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1, "the same once an hour");
    let corrected = person.clone().following(&["social"]);
    ask(app, &corrected).await;
    ask(app, &person.clone().following(&["health"])).await;
    ask(app, &person.clone().following(&["culture"])).await;
    let codes = codes(app, &person.email, paths::CONFIRM);
    assert_eq!(codes.len(), 3, "three a day");
    let subscriber = confirm(app, &codes[1]).await.unwrap();
    assert!(
        corrected
            .choices(&app.vocabulary())
            .are_of(&profiles_of(app, subscriber).await[0])
    );
}

async fn a_stopped_mailbox_stays_with_its_person_until_who_reads_it_confirms(app: &TestApp) {
    let person = a_citizen();
    let before = app.subscribe(&person).await;
    leave_service(app, before).await.unwrap();
    app.advance(TimeDelta::days(2));
    ask(app, &person.clone().following(&["social"])).await;
    let confirmation = latest_code(app, &person.email, paths::CONFIRM);
    assert_eq!(
        targets_of(app, before).await.len(),
        1,
        "typing an address takes nothing"
    );
    send_link_to_mailbox(app, &person.address()).await.unwrap();
    app.run_jobs().await;
    let link = latest_code(app, &person.email, paths::SIGN_IN);
    assert_eq!(use_sign_in_link(app, &link).await.unwrap(), before);
    let after = confirm(app, &confirmation).await.unwrap();
    assert_eq!(after, before, "who left and confirms is who they were");
    assert_eq!(targets_of(app, after).await[0].status, TargetStatus::Active);
    let chosen = person.following(&["social"]).choices(&app.vocabulary());
    assert!(chosen.are_of(&profiles_of(app, after).await[0]), "what was confirmed");
}

async fn what_one_request_confirmed_no_other_takes(app: &TestApp) {
    let person = a_citizen();
    let (stranger, _) = app
        .subscribe_browser(&an_operator().following(&["social"]).by(&["web_push"]))
        .await;
    add_own_mailbox(app, stranger, &person.address()).await.unwrap();
    app.run_jobs().await;
    ask(app, &person).await;
    let codes = codes(app, &person.email, paths::CONFIRM);
    let subscriber = confirm(app, &codes[1]).await.unwrap();
    assert_eq!(refusal(confirm(app, &codes[0]).await), Refusal::LinkUsed);
    assert_eq!(targets_of(app, subscriber).await.len(), 1);
    assert_eq!(
        status_of(app, stranger).await,
        SubscriberStatus::Active,
        "the stranger loses nothing of theirs"
    );
}

async fn a_browser_that_is_added_leaves_what_is_only_looked_at(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let looking = an_operator()
        .following(&["business"])
        .by(&[])
        .choices(&app.vocabulary());
    save_profile(app, subscriber, &looking).await.unwrap();
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let own = profiles_of(app, subscriber).await;
    let by = |index: usize| own[index].telling.channels.uses(Channel::WebPush);
    assert_eq!((by(0), by(1)), (true, false));
    app.publish(&a_call().about(&["business"])).await;
    assert!(app.push_service.messages_to(&browser).is_empty());
}

async fn a_mailbox_that_was_typed_and_never_confirmed_can_be_added(app: &TestApp) {
    let person = a_citizen();
    ask(app, &person).await;
    app.advance(TimeDelta::hours(2));
    let (subscriber, _) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    add_own_mailbox(app, subscriber, &person.address()).await.unwrap();
    app.run_jobs().await;
    let codes = codes(app, &person.email, paths::CONFIRM);
    assert_eq!(codes.len(), 2, "a mail for each");
    assert_eq!(confirm(app, &codes[1]).await.unwrap(), subscriber);
    assert_eq!(targets_of(app, subscriber).await.len(), 2);
    assert_eq!(refusal(confirm(app, &codes[0]).await), Refusal::LinkUsed);
}

async fn whoever_is_asked_for_one_more_address_knows_and_is_not_signed_in(app: &TestApp) {
    const OTHER: &str = "altra@example.org";
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.relay.forget();
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    reader.open("/preferenze").await;
    add_own_mailbox(app, person, &a_citizen().called(OTHER).address())
        .await
        .unwrap();
    app.run_jobs().await;
    let mail = app.relay.only_mail_to(OTHER);
    assert_eq!(mail.subject(), "Aggiungere questo indirizzo a un'iscrizione a Informa?");
    assert!(mail.text().contains("non fare niente"), "{}", mail.text());
    assert_eq!(mail.header("List-Unsubscribe"), None);
    let address = format!("/conferma/{}", mail.code_after("/conferma/"));
    let mut elsewhere = Reader::new(app);
    let asked = elsewhere.open(&address).await;
    let words = asked.words("main");
    assert!(words.contains("un'iscrizione che esiste già?"), "{words}");
    assert!(words.contains("vedrà questo indirizzo"), "{words}");
    assert!(
        !words.contains("Ambiente"),
        "what the other chose is not shown: {words}"
    );
    let done = elsewhere.send(&address, &[]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.words("h1").contains("indirizzo aggiunto"), "{}", done.words("h1"));
    assert_eq!(done.header("set-cookie"), "");
    assert_eq!(
        elsewhere.open("/preferenze").await.location(),
        "/accedi",
        "signed in to nothing"
    );
    assert!(reader.open("/preferenze").await.text.contains(OTHER));
    app.relay.forget();
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(OTHER).len(), 1);
}
