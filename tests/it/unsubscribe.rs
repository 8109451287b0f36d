// SPDX-License-Identifier: EUPL-1.2
//! Stopping: in one click, for good, and nothing comes after.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::SubscriberId;
use informa::domain::notification::Channel;
use informa::domain::profile::{Channels, Followed, Profile, Telling, TellingOverride};
use informa::domain::subscriber::{Purpose, SubscriberStatus};
use informa::services::Error;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::choose_consents::choose_surveys;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::read_inbox::read_inbox;
use informa::services::save_profile::{choose_tellings, save_profile};
use informa::services::subscribe_browser::{add_browser, is_known};
use informa::services::unsubscribe::{leave_service, unsubscribe, unsubscribe_from_all};
use informa::storage::ledger::State;
use informa::storage::{consents, profiles, subscribers};
use informa::urls::paths;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator, consent};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    one_click_stops_the_mail_and_nothing_comes_after,
    one_click_again_changes_nothing,
    one_click_ends_what_the_mail_was_for_and_nothing_else,
    one_click_ends_both_where_the_mail_was_for_both,
    one_click_in_a_mail_leaves_the_browser_alone,
    what_was_owed_already_is_not_sent_any_more,
    the_link_for_stopping_never_expires,
    a_code_that_is_not_ours_stops_nothing,
    everything_can_be_stopped_from_a_mail,
    who_leaves_hears_nothing_in_any_way,
    leaving_is_kept_in_the_ledger_of_consents_once,
    who_left_hears_nothing_until_they_confirm_anew,
    one_click_ends_the_topics_that_were_told_by_mail,
    who_only_looks_at_the_inbox_has_not_left,
    who_leaves_is_signed_out_and_still_reaches_what_is_kept,
    who_leaves_takes_back_every_consent,
}

/// The code in the header that mail programs use.
fn one_click_code(mail: &Mail) -> String {
    let header = mail.header("List-Unsubscribe").expect("a List-Unsubscribe header");
    let address = header.split_once('<').unwrap().1.split_once('>').unwrap().0;
    let path = format!("https://informa.example.org{}/", paths::UNSUBSCRIBE);
    address.strip_prefix(&path).expect("an address of ours").to_owned()
}

async fn status_of(app: &TestApp, subscriber: SubscriberId) -> SubscriberStatus {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::find(&mut transaction, subscriber)
        .await
        .unwrap()
        .unwrap()
        .status
}

async fn one_click_stops_the_mail_and_nothing_comes_after(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
    app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    assert_eq!(
        app.relay.attempts_to(&person.email),
        2,
        "the confirmation and one announcement"
    );
}

async fn one_click_again_changes_nothing(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    app.publish(&a_call()).await;
    let code = one_click_code(&app.relay.only_mail_to(&person.email));
    for _ in 0..3 {
        unsubscribe(app, &code).await.unwrap();
    }
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
}

async fn one_click_ends_what_the_mail_was_for_and_nothing_else(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let business = an_operator().following(&["business"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &business).await.unwrap();
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    app.relay.forget();
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Per le imprese").about(&["business-investment"]))
        .await;
    assert_eq!(app.relay.only_mail_to(&person.email).subject(), "Bando: Per le imprese");
}

async fn one_click_ends_both_where_the_mail_was_for_both(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    save_profile(app, subscriber, &an_operator().choices(&app.vocabulary()))
        .await
        .unwrap();
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
}

async fn one_click_in_a_mail_leaves_the_browser_alone(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    assert_eq!(app.push_service.messages_to(&browser).len(), 2);
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Active);
}

async fn what_was_owed_already_is_not_sent_any_more(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    let code = one_click_code(&app.relay.only_mail_to(&person.email));
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    assert_eq!(app.count(Channel::Email, State::Due).await, 1);
    unsubscribe(app, &code).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 1);
}

async fn the_link_for_stopping_never_expires(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    app.publish(&a_call()).await;
    let code = one_click_code(&app.relay.only_mail_to(&person.email));
    app.advance(TimeDelta::days(3650));
    unsubscribe(app, &code).await.unwrap();
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
}

async fn a_code_that_is_not_ours_stops_nothing(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    app.publish(&a_call()).await;
    let code = one_click_code(&app.relay.only_mail_to(&person.email));
    let first = if code.starts_with('A') { "B" } else { "A" };
    for wrong in ["", "x", "à", &format!("{first}{}", &code[1..]), &code[..20]] {
        assert!(
            matches!(unsubscribe(app, wrong).await, Err(Error::NotFound)),
            "{wrong:?}"
        );
        assert!(
            matches!(unsubscribe_from_all(app, wrong).await, Err(Error::NotFound)),
            "{wrong:?}"
        );
    }
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Active);
}

async fn everything_can_be_stopped_from_a_mail(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    save_profile(
        app,
        subscriber,
        &an_operator().following(&["business"]).choices(&app.vocabulary()),
    )
    .await
    .unwrap();
    app.publish(&a_call()).await;
    let code = one_click_code(&app.relay.only_mail_to(&person.email));
    unsubscribe_from_all(app, &code).await.unwrap();
    unsubscribe_from_all(app, &code).await.unwrap();
    app.publish(&a_call().about(&["business", "environment"])).await;
    app.relay.only_mail_to(&person.email);
    app.push_service.only_message_to(&browser);
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Left);
}

async fn who_leaves_hears_nothing_in_any_way(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    leave_service(app, subscriber).await.unwrap();
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
    assert!(app.push_service.messages().is_empty());
    assert!(!is_known(app, &browser.endpoint, &browser.auth).await.unwrap());
}

async fn leaving_is_kept_in_the_ledger_of_consents_once(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    leave_service(app, subscriber).await.unwrap();
    leave_service(app, subscriber).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let ledger = consents::list(&mut transaction, subscriber).await.unwrap();
    let actions: Vec<&str> = ledger.iter().map(|line| line.1.as_str()).collect();
    assert_eq!(actions, ["asked", "given", "withdrawn"]);
}

async fn who_left_hears_nothing_until_they_confirm_anew(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    leave_service(app, subscriber).await.unwrap();
    app.advance(TimeDelta::days(2));
    ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    app.publish(&a_call()).await;
    assert_eq!(
        app.relay.only_mail_to(&person.email).subject(),
        "Conferma la tua iscrizione a Informa"
    );
    app.advance(TimeDelta::days(1));
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    assert_eq!(
        app.relay.only_mail_to(&person.email).subject(),
        "Bando: Contributi per il fotovoltaico"
    );
}

async fn profile_of(app: &TestApp, subscriber: SubscriberId) -> Profile {
    let mut transaction = app.database.read().await.unwrap();
    profiles::list(&mut transaction, subscriber).await.unwrap().remove(0)
}

/// Has the only topic of a profile told by `channels`, and the profile itself by `own`.
async fn tell_topic_by(app: &TestApp, subscriber: SubscriberId, own: Channels, channels: Channels) {
    let profile = profile_of(app, subscriber).await;
    let Followed::Topic(topic) = profile.follows[0].followed else {
        panic!("no topic")
    };
    let telling = Telling {
        channels: own,
        ..profile.telling
    };
    let of_topic = TellingOverride {
        frequency: None,
        channels: Some(channels),
    };
    choose_tellings(
        app,
        subscriber,
        profile.kind,
        telling,
        &BTreeMap::from([(topic, of_topic)]),
    )
    .await
    .unwrap();
}

async fn one_click_ends_the_topics_that_were_told_by_mail(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    tell_topic_by(app, subscriber, Channels::WEB_PUSH, Channels::ALL).await;
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    app.relay.forget();
    app.publish(&a_call().titled("Dopo")).await;
    assert!(app.relay.mails().is_empty(), "no topic brings the mail back");
    assert_eq!(app.push_service.messages_to(&browser).len(), 2);
    assert!(!profile_of(app, subscriber).await.is_told_by(Channel::Email));
}

async fn who_only_looks_at_the_inbox_has_not_left(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let looking = an_operator()
        .following(&["business"])
        .by(&[])
        .choices(&app.vocabulary());
    save_profile(app, subscriber, &looking).await.unwrap();
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    assert_eq!(status_of(app, subscriber).await, SubscriberStatus::Active);
    app.publish(&a_call().titled("Per le imprese").about(&["business"]))
        .await;
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|line| line.opportunity.content.title == "Per le imprese")
    );
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
}

async fn who_leaves_is_signed_out_and_still_reaches_what_is_kept(app: &TestApp) {
    let person = a_citizen();
    let mut reader = Reader::of_person(app, &person).await;
    app.relay.forget();
    app.publish(&a_call()).await;
    unsubscribe(app, &one_click_code(&app.relay.only_mail_to(&person.email)))
        .await
        .unwrap();
    assert!(reader.open("/preferenze").await.location().starts_with("/accedi"));
    app.relay.forget();
    reader.open("/accedi").await;
    reader.send("/accedi", &[("email", &person.email)]).await;
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/accedi/");
    reader.open(&format!("/accedi/{code}")).await;
    reader.send(&format!("/accedi/{code}"), &[]).await;
    let farewell = reader.open("/preferenze").await;
    assert_eq!(farewell.status, StatusCode::OK);
    assert_eq!(
        farewell.attributes("main .container p a", "href"),
        [
            "/preferenze/dati.json",
            "/preferenze/dati.csv",
            "/preferenze/cancella",
            "/iscriviti"
        ]
    );
    assert_eq!(
        reader.open("/avvisi").await.location(),
        "/preferenze",
        "there is no inbox any more"
    );
    let data = reader.open("/preferenze/dati.json").await;
    assert!(data.text.contains("maria@example.org"), "{}", data.text);
    reader.open("/preferenze/cancella").await;
    assert_eq!(reader.send("/preferenze/cancella", &[]).await.location(), "/cancellato");
}

async fn who_leaves_takes_back_every_consent(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let evidence = consent(app.now());
    choose_surveys(app, subscriber, true, &evidence).await.unwrap();
    leave_service(app, subscriber).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let ledger = consents::list(&mut transaction, subscriber).await.unwrap();
    let last = |purpose: Purpose| {
        let mut lines = ledger.iter().filter(|(of, ..)| of == purpose.code());
        lines.next_back().map(|(_, action, ..)| action.clone())
    };
    assert_eq!(last(Purpose::Notifications).as_deref(), Some("withdrawn"));
    assert_eq!(last(Purpose::Surveys).as_deref(), Some("withdrawn"));
}
