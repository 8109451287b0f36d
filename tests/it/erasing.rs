// SPDX-License-Identifier: EUPL-1.2
//! What is left of somebody who was erased: the proof of consent, a keyed fingerprint, and numbers. Nothing else, and nothing
//! less is said of it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use informa::domain::language::Language;
use informa::services::erase_person::erase_person;
use informa::services::fan_out::fan_out;
use informa::services::forget_people::forget_people;
use informa::services::move_mailbox::ask_to_move;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::send_letters::send_letters;
use informa::services::unsubscribe::leave_service;
use informa::storage::{consents, profiles, targets};
use informa::texts::Texts;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::full_life::{OWN, a_full_life, leading_to_people};
use crate::support::on_both_engines;
use crate::support::rows;

on_both_engines! {
    nothing_leads_to_who_was_erased_whatever_they_had_done,
    what_was_counted_stays_counted,
    what_a_worker_was_sending_is_taken_out_the_next_night,
    whoever_left_leaves_no_more_behind_in_the_end,
    a_move_to_an_address_that_was_erased_is_forgotten,
}

/// How many rows of each column lead to one of these numbers, by table and column.
async fn leading(app: &TestApp, person: i64, profiles: &[i64], places: &[i64]) -> BTreeMap<(String, String), i64> {
    let mut found = BTreeMap::new();
    for (table, column) in leading_to_people(app).await {
        let numbers = match column.as_str() {
            "subscriber_id" => &[person],
            "profile_id" => profiles,
            "answerer" => continue,
            _ => places,
        };
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let count = format!(
            "select count(*) from {table} where {column} in ({})",
            numbers.join(", ")
        );
        let rows = rows::integers(&app.database, &count).await[0][0];
        found.insert((table, column), rows);
    }
    found
}

async fn counters(app: &TestApp) -> Vec<Vec<i64>> {
    let counted = "select channel, state, cast(sum(count) as bigint) from delivery_counts
        where state in (0, 2) group by channel, state order by channel, state";
    rows::integers(&app.database, counted).await
}

async fn nothing_leads_to_who_was_erased_whatever_they_had_done(app: &TestApp) {
    let mut maria = a_full_life(app).await;
    let profiles: Vec<i64> = maria.profiles.iter().map(|id| id.0).collect();
    let places: Vec<i64> = maria.places.iter().map(|id| id.0).collect();
    assert_eq!(
        (profiles.len(), places.len()),
        (2, 5),
        "three mailboxes and two browsers"
    );
    let before = leading(app, maria.id.0, &profiles, &places).await;
    assert!(before.len() > 20, "{before:?}");
    for ((table, column), count) in &before {
        assert!(*count > 0, "they did nothing that is kept in {table}.{column}");
    }
    let held = rows::everything(&app.database).await;
    for personal in maria.personal() {
        assert!(held.contains(&personal), "{personal} was not held");
    }
    maria.reader.open("/preferenze/cancella").await;
    let done = maria.reader.send("/preferenze/cancella", &[]).await;
    assert_eq!(done.location(), "/cancellato");
    app.relay.forget();
    send_letters(app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 1, "the word that it is done, and nothing else");
    let held = rows::everything(&app.database).await;
    for personal in maria.personal() {
        assert!(!held.contains(&personal), "{personal} is still held");
    }
    for ((table, column), count) in leading(app, maria.id.0, &profiles, &places).await {
        // The proof of consent, and the numbers that stand in the place of addresses.
        let stays = ["consents", "targets"].contains(&table.as_str());
        assert!(stays || count == 0, "{count} rows of {table} lead to them by {column}");
    }
    let answers = "select count(*) from relevance_answers";
    let sessions = format!("select count(*) from sessions where data = 'person:{}'", maria.id);
    for none in [answers, &sessions] {
        assert_eq!(rows::integers(&app.database, none).await, [[0]], "{none}");
    }
    let placeholders =
        "select count(*) from targets where status <> 3 and subscriber_id = ".to_owned() + &maria.id.to_string();
    assert_eq!(rows::integers(&app.database, &placeholders).await, [[0]]);
    let mut transaction = app.database.read().await.unwrap();
    let proof = consents::list(&mut transaction, maria.id).await.unwrap();
    let actions: Vec<(&str, &str)> = proof.iter().map(|(of, action, ..)| (&**of, &**action)).collect();
    for kept in [
        ("notifications", "given"),
        ("notifications", "withdrawn"),
        ("surveys", "given"),
        ("surveys", "withdrawn"),
    ] {
        assert!(actions.contains(&kept), "{kept:?} of {actions:?}");
    }
}

async fn what_was_counted_stays_counted(app: &TestApp) {
    let maria = a_full_life(app).await;
    let before = counters(app).await;
    erase_person(app, maria.id).await.unwrap();
    assert_eq!(counters(app).await, before, "owed and sent");
    let open = "select cast(sum(case when state = 0 then count when state > 1 then -count else 0 end) as bigint)
        from delivery_counts";
    let there = "select count(*) from notifications where state < 3";
    assert_eq!(
        rows::integers(&app.database, open).await,
        rows::integers(&app.database, there).await
    );
    let retrying = "select cast(coalesce(sum(count), 0) as bigint) from delivery_counts where state = 1";
    assert_eq!(rows::integers(&app.database, retrying).await, [[0]]);
    app.publish(&a_call().titled("Dopo")).await;
}

async fn what_a_worker_was_sending_is_taken_out_the_next_night(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    let claimed = format!(
        "update notifications set state = 2, claim = 7, lease_until = {} where state = 1",
        app.now().milliseconds() + 1_000
    );
    rows::execute(&app.database, &claimed).await;
    erase_person(app, person).await.unwrap();
    let left = format!("select state from notifications where subscriber_id = {person}");
    assert_eq!(rows::integers(&app.database, &left).await, [[2]], "a worker has it");
    app.advance(TimeDelta::hours(12));
    app.relay.forget();
    send_letters(app).await.unwrap();
    app.relay.forget();
    app.run_jobs().await;
    assert_eq!(
        app.relay.mails().len(),
        0,
        "what the worker did not send is not sent any more"
    );
    assert_eq!(rows::integers(&app.database, &left).await, [[6]]);
    forget_people(app).await.unwrap();
    assert_eq!(rows::integers(&app.database, &left).await, Vec::<Vec<i64>>::new());
}

async fn whoever_left_leaves_no_more_behind_in_the_end(app: &TestApp) {
    let maria = a_full_life(app).await;
    let profiles: Vec<i64> = maria.profiles.iter().map(|id| id.0).collect();
    let places: Vec<i64> = maria.places.iter().map(|id| id.0).collect();
    leave_service(app, maria.id).await.unwrap();
    for _ in 0..29 {
        app.advance(TimeDelta::days(1));
        forget_people(app).await.unwrap();
    }
    let held = rows::everything(&app.database).await;
    for personal in maria.personal() {
        assert!(!held.contains(&personal), "{personal} is still held");
    }
    for ((table, column), count) in leading(app, maria.id.0, &profiles, &places).await {
        let stays = ["consents", "targets"].contains(&table.as_str());
        assert!(stays || count == 0, "{count} rows of {table} lead to them by {column}");
    }
}

async fn a_move_to_an_address_that_was_erased_is_forgotten(app: &TestApp) {
    let maria = app.subscribe(&a_citizen().called(OWN)).await;
    let other = app.subscribe(&a_citizen().called("vicina@example.org")).await;
    let address = a_citizen().called(OWN).address();
    ask_to_move(app, other, &address).await.unwrap();
    app.run_jobs().await;
    erase_person(app, maria).await.unwrap();
    send_letters(app).await.unwrap();
    assert!(!rows::everything(&app.database).await.contains(OWN));
    ask_to_move(app, other, &address).await.unwrap();
    app.run_jobs().await;
    assert!(
        !app.relay.mails_to(OWN).is_empty(),
        "it is nobody's now, and can be asked for"
    );
    let mut transaction = app.database.read().await.unwrap();
    let places = targets::list(&mut transaction, other).await.unwrap();
    assert_eq!(places.len(), 2);
    assert_eq!(profiles::list(&mut transaction, maria).await.unwrap(), []);
}

#[test]
fn what_stays_after_erasing_is_said_alike_everywhere() {
    for language in [Language::Italian, Language::English] {
        let texts = Texts::new(language, chrono_tz::Europe::Rome);
        let stays = texts.get("erase-note-1");
        assert!(stays.len() > 100, "{stays}");
        for key in ["erased-note-1", "mail-erased-note", "privacy-how-long-3"] {
            assert!(texts.get(key).contains(&stays), "{key} says: {}", texts.get(key));
        }
        assert_eq!(texts.get("erase-note-2"), texts.get("erased-note-2"));
    }
}
