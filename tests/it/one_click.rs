// SPDX-License-Identifier: EUPL-1.2
//! One click in a mail ends the mails of which it was one, and nothing else: what was chosen stays, other mails go on.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::{SubscriberId, TopicId};
use informa::domain::profile::{Channels, Frequency, Profile, ProfileKind, Telling, TellingOverride};
use informa::domain::reminder::Leads;
use informa::domain::subscriber::SubscriberStatus;
use informa::services::compose_digests::compose_digests;
use informa::services::remind::remind;
use informa::services::save_for_later::{choose_reminders, save_for_later};
use informa::services::save_profile::choose_tellings;
use informa::services::unsubscribe::unsubscribe;
use informa::storage::{profiles, subscribers};

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, at};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    a_click_in_the_daily_digest_ends_the_daily_digest_alone,
    a_click_in_a_mail_told_at_once_leaves_the_digests,
    what_was_inherited_and_goes_on_is_written_out,
    a_topic_that_ended_hastens_no_other,
    a_click_in_a_reminder_ends_reminders_and_no_digest,
    a_click_in_a_reminder_of_what_matched_ends_those_reminders,
    a_click_in_a_digest_leaves_the_reminders_of_what_was_saved,
    a_code_of_before_ends_all_mail_of_its_profiles,
    the_pages_name_what_ends_and_offer_everything,
    the_page_of_a_notification_ends_the_same_mails,
    each_digest_is_a_list_of_its_own,
}

const MARIA: &str = "maria@example.org";

/// Follows energy and school, and is told daily but of one of them.
fn two_topics() -> Person {
    a_citizen()
        .following(&["environment-energy", "work-school"])
        .told("daily")
}

fn topic(app: &TestApp, code: &str) -> TopicId {
    app.vocabulary().topics.by_code(code).unwrap().id
}

fn often(frequency: Frequency) -> TellingOverride {
    TellingOverride {
        frequency: Some(frequency),
        channels: None,
    }
}

/// Subscribes who is told by mail as `own` says, and of school as `school` says.
async fn subscriber(app: &TestApp, own: Frequency, school: Frequency) -> SubscriberId {
    let person = app.subscribe(&two_topics()).await;
    let telling = Telling {
        frequency: own,
        channels: Channels::EMAIL,
    };
    let of_topics = BTreeMap::from([(topic(app, "work-school"), often(school))]);
    choose_tellings(app, person, ProfileKind::Citizen, telling, &of_topics)
        .await
        .unwrap();
    person
}

async fn until(app: &TestApp, time: &str) {
    app.advance(at(time).since(app.now()));
    for frequency in [Frequency::Daily, Frequency::Weekly] {
        compose_digests(app, frequency).await.unwrap();
    }
    app.run_jobs().await;
}

async fn publish_both(app: &TestApp, number: u8) {
    app.publish(&a_call().titled(&format!("Sole {number}"))).await;
    app.publish(&a_call().titled(&format!("Scuola {number}")).about(&["work-school"]))
        .await;
}

fn subjects(app: &TestApp) -> Vec<String> {
    let subjects = app.relay.mails().iter().map(Mail::subject).collect();
    app.relay.forget();
    subjects
}

/// The code in the header of the only mail since the relay forgot.
fn code(app: &TestApp) -> String {
    let header = app.relay.only_mail_to(MARIA).header("List-Unsubscribe").unwrap();
    let (_, code) = header.split_once("/disiscriviti/").unwrap();
    code.split('>').next().unwrap().to_owned()
}

/// Clicks, and again, as mail programs may.
async fn click(app: &TestApp, code: &str) {
    for _ in 0..2 {
        unsubscribe(app, code).await.unwrap();
    }
    app.relay.forget();
}

async fn profile_of(app: &TestApp, person: SubscriberId) -> Profile {
    let mut transaction = app.database.read().await.unwrap();
    profiles::list(&mut transaction, person).await.unwrap().remove(0)
}

async fn status_of(app: &TestApp, person: SubscriberId) -> SubscriberStatus {
    let mut transaction = app.database.read().await.unwrap();
    let found = subscribers::find(&mut transaction, person).await.unwrap();
    found.unwrap().status
}

async fn a_click_in_the_daily_digest_ends_the_daily_digest_alone(app: &TestApp) {
    let person = subscriber(app, Frequency::Daily, Frequency::Immediate).await;
    publish_both(app, 1).await;
    assert_eq!(subjects(app), ["Bando: Scuola 1"]);
    until(app, "2026-07-02T08:30:00").await;
    click(app, &code(app)).await;
    assert_eq!(status_of(app, person).await, SubscriberStatus::Active);
    publish_both(app, 2).await;
    until(app, "2026-07-03T08:30:00").await;
    assert_eq!(subjects(app), ["Bando: Scuola 2"], "the other goes on");
    assert_eq!(profile_of(app, person).await.follows.len(), 2, "both are followed");
}

async fn a_click_in_a_mail_told_at_once_leaves_the_digests(app: &TestApp) {
    subscriber(app, Frequency::Weekly, Frequency::Immediate).await;
    publish_both(app, 1).await;
    click(app, &code(app)).await;
    publish_both(app, 2).await;
    assert_eq!(subjects(app), [""; 0]);
    until(app, "2026-07-06T08:30:00").await;
    let digest = app.relay.only_mail_to(MARIA).text();
    assert!(digest.contains("Sole 2") && !digest.contains("Scuola 2"), "{digest}");
}

async fn what_was_inherited_and_goes_on_is_written_out(app: &TestApp) {
    let person = subscriber(app, Frequency::Immediate, Frequency::Weekly).await;
    app.publish(&a_call().titled("Sole 1")).await;
    click(app, &code(app)).await;
    let profile = profile_of(app, person).await;
    assert_eq!(profile.telling.channels, Channels::NONE);
    let school = profile
        .follows
        .iter()
        .find(|it| it.telling.frequency.is_some())
        .unwrap();
    assert_eq!(school.telling.channels, Some(Channels::EMAIL));
    publish_both(app, 2).await;
    until(app, "2026-07-06T08:30:00").await;
    assert_eq!(subjects(app), ["Scuola 2"], "the digest of the week");
}

async fn a_topic_that_ended_hastens_no_other(app: &TestApp) {
    subscriber(app, Frequency::Immediate, Frequency::Weekly).await;
    app.publish(&a_call().titled("Sole 1")).await;
    click(app, &code(app)).await;
    app.publish(
        &a_call()
            .titled("Di tutti e due")
            .about(&["environment-energy", "work-school"]),
    )
    .await;
    assert_eq!(subjects(app), [""; 0], "it is told in the digest of the other topic");
    until(app, "2026-07-06T08:30:00").await;
    assert_eq!(subjects(app), ["Di tutti e due"]);
}

async fn a_click_in_a_reminder_ends_reminders_and_no_digest(app: &TestApp) {
    let person = app.subscribe(&a_citizen().told("weekly")).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, person, call.id).await.unwrap();
    until(app, "2026-09-21T08:30:00").await;
    app.relay.forget();
    app.advance(at("2026-09-23T09:00:00").since(app.now()));
    app.run_jobs().await;
    click(app, &code(app)).await;
    app.publish(&a_call().titled("Dopo").closing(None)).await;
    app.advance(at("2026-09-29T09:00:00").since(app.now()));
    remind(app).await.unwrap();
    app.run_jobs().await;
    until(app, "2026-10-05T08:30:00").await;
    assert_eq!(subjects(app), ["Dopo"], "no second reminder, and the digest as ever");
    let saved = rows::integers(&app.database, "select count(*) from saved_opportunities").await;
    assert_eq!(saved, [[1]], "it is saved as before");
}

async fn a_click_in_a_reminder_of_what_matched_ends_those_reminders(app: &TestApp) {
    let person = app.subscribe(&a_citizen().told("weekly")).await;
    choose_reminders(app, person, Leads::default(), true).await.unwrap();
    app.publish(&a_call()).await;
    until(app, "2026-09-21T08:30:00").await;
    app.relay.forget();
    app.advance(at("2026-09-23T09:00:00").since(app.now()));
    app.run_jobs().await;
    click(app, &code(app)).await;
    app.advance(at("2026-09-29T09:00:00").since(app.now()));
    app.run_jobs().await;
    assert_eq!(subjects(app), [""; 0]);
    assert_eq!(status_of(app, person).await, SubscriberStatus::Active);
}

async fn a_click_in_a_digest_leaves_the_reminders_of_what_was_saved(app: &TestApp) {
    let person = app.subscribe(&a_citizen().told("daily")).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, person, call.id).await.unwrap();
    until(app, "2026-07-02T08:30:00").await;
    click(app, &code(app)).await;
    app.publish(&a_call().titled("Dopo").closing(None)).await;
    until(app, "2026-09-29T09:00:00").await;
    let told = subjects(app);
    assert_eq!(told, ["Scade domani: Contributi per il fotovoltaico"]);
}

async fn a_code_of_before_ends_all_mail_of_its_profiles(app: &TestApp) {
    let person = subscriber(app, Frequency::Daily, Frequency::Immediate).await;
    let mailbox = rows::integers(&app.database, "select id from targets where channel = 1").await[0][0];
    let before = [mailbox.to_be_bytes().as_slice(), &[0b111]].concat();
    click(app, &app.unsubscribe_key.seal(&before)).await;
    publish_both(app, 1).await;
    until(app, "2026-07-02T08:30:00").await;
    assert_eq!(subjects(app), [""; 0]);
    assert_eq!(status_of(app, person).await, SubscriberStatus::Left);
}

async fn the_pages_name_what_ends_and_offer_everything(app: &TestApp) {
    let person = subscriber(app, Frequency::Daily, Frequency::Immediate).await;
    publish_both(app, 1).await;
    let at_once = code(app);
    app.relay.forget();
    until(app, "2026-07-02T08:30:00").await;
    let daily = code(app);
    let mut reader = Reader::new(app);
    for (code, what, is_left) in [
        (&at_once, "Gli avvisi appena escono", false),
        (&daily, "Il riepilogo del giorno", true),
    ] {
        let address = format!("/disiscriviti/{code}");
        let asked = reader.open(&address).await;
        assert!(asked.words("main").contains(what), "{}", asked.words("main"));
        let everything = asked.attributes("main form[action^='/disiscriviti']", "action");
        assert_eq!(everything, [address.clone(), format!("{address}/tutto")]);
        let language = axum::http::HeaderMap::from_iter([(
            axum::http::header::ACCEPT_LANGUAGE,
            axum::http::HeaderValue::from_static("it"),
        )]);
        let done = reader.send_with(&address, &[], language).await;
        assert_eq!(done.location(), format!("{address}/fatto"));
        let said = reader.open(&format!("{address}/fatto")).await;
        assert_eq!(said.status, StatusCode::OK);
        assert!(said.words("main").contains(what), "{}", said.words("main"));
        let offered = said.attributes("main form[action^='/disiscriviti']", "action");
        let is_offered = offered == [format!("{address}/tutto")];
        assert_eq!(is_offered, !is_left, "{offered:?}");
    }
    assert_eq!(status_of(app, person).await, SubscriberStatus::Left, "nothing was left");
}

async fn the_page_of_a_notification_ends_the_same_mails(app: &TestApp) {
    subscriber(app, Frequency::Daily, Frequency::Immediate).await;
    publish_both(app, 1).await;
    until(app, "2026-07-02T08:30:00").await;
    let digest = app.relay.mails_to(MARIA).pop().unwrap();
    let manage = digest.code_after("/avviso/");
    let mut reader = Reader::new(app);
    let page = reader.open(&format!("/avviso/{manage}")).await;
    let links = page.attributes("main a[href^='/disiscriviti/']", "href");
    let asked = reader.open(&links[0]).await;
    let said = asked.words("main");
    assert!(said.contains("Il riepilogo del giorno"), "{said}");
}

async fn each_digest_is_a_list_of_its_own(app: &TestApp) {
    subscriber(app, Frequency::Daily, Frequency::Immediate).await;
    publish_both(app, 1).await;
    until(app, "2026-07-02T08:30:00").await;
    let lists = app.relay.mails_to(MARIA);
    let lists: Vec<String> = lists.iter().map(|mail| mail.header("List-Id").unwrap()).collect();
    assert_eq!(
        lists,
        [
            "\"Informa\" <citizen.informa.example.org>",
            "\"Informa\" <citizen-daily.informa.example.org>"
        ]
    );
    app.advance(TimeDelta::hours(1));
}
