// SPDX-License-Identifier: EUPL-1.2
//! The same thing twice, or by eight at once: a double click, two windows, a mailbox that many people type.

use axum::http::StatusCode;
use futures_util::future::join_all;

use crate::bad_input::count;
use crate::support::app::TestApp;
use crate::support::builders::a_citizen;
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    a_double_click_on_signing_up_sends_one_mail,
    a_double_click_on_confirming_confirms_once,
    eight_sign_ups_of_one_address_at_once_are_one_person_and_one_mail,
    eight_who_ask_for_the_link_at_once_get_no_more_than_the_limit,
    eight_who_add_one_mailbox_at_once_add_it_once,
    an_address_typed_with_capitals_and_spaces_is_the_same_person,
    a_domain_with_accents_and_its_ascii_are_one_person_and_a_plus_is_another,
    an_address_that_nobody_can_write_to_is_refused_by_the_form,
}

const ANNA: &str = "anna@example.org";

/// Sends the form of the sign-up page.
async fn sign_up(reader: &mut Reader, email: &str) -> StatusCode {
    let fields = [
        ("kind", "citizen"),
        ("topics", "environment"),
        ("consent", "yes"),
        ("email", email),
    ];
    reader.send("/iscriviti/riepilogo", &fields).await.status
}

/// Eight people on eight connections who have the sign-up page open.
async fn eight(app: &TestApp, path: &str) -> Vec<Reader> {
    let mut readers = Vec::new();
    for number in 0..8 {
        let mut reader = Reader::new(app);
        reader.moved_to([203, 0, 113, number]);
        reader.open(path).await;
        readers.push(reader);
    }
    readers
}

async fn a_double_click_on_signing_up_sends_one_mail(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/iscriviti").await;
    for _ in 0..2 {
        assert_eq!(sign_up(&mut reader, ANNA).await, StatusCode::SEE_OTHER);
    }
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(ANNA).len(), 1);
    assert_eq!(count(app, "select count(*) from subscribers").await, 1);
    assert_eq!(count(app, "select count(*) from profiles").await, 1);
}

async fn a_double_click_on_confirming_confirms_once(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/iscriviti").await;
    sign_up(&mut reader, ANNA).await;
    app.run_jobs().await;
    let address = format!("/conferma/{}", app.relay.only_mail_to(ANNA).code_after("/conferma/"));
    let mut windows = eight(app, &address).await;
    let clicks = windows.iter_mut().map(|reader| reader.send(&address, &[]));
    let answers = join_all(clicks).await;
    let confirmed = answers.iter().filter(|it| it.status == StatusCode::SEE_OTHER).count();
    let told = answers
        .iter()
        .filter(|it| it.status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(
        (confirmed, told),
        (1, 7),
        "{:?}",
        answers.iter().map(|it| it.status).collect::<Vec<_>>()
    );
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(ANNA).len(), 1, "only the confirmation");
    // Asked, and given once.
    assert_eq!(count(app, "select count(*) from consents").await, 2);
}

async fn eight_sign_ups_of_one_address_at_once_are_one_person_and_one_mail(app: &TestApp) {
    let mut readers = eight(app, "/iscriviti").await;
    let statuses = join_all(readers.iter_mut().map(|reader| sign_up(reader, ANNA))).await;
    assert_eq!(statuses, [StatusCode::SEE_OTHER; 8]);
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(ANNA).len(), 1);
    assert_eq!(count(app, "select count(*) from targets").await, 1);
    assert_eq!(count(app, "select count(*) from subscribers").await, 1);
    assert_eq!(count(app, "select count(*) from profiles").await, 1);
}

async fn eight_who_ask_for_the_link_at_once_get_no_more_than_the_limit(app: &TestApp) {
    app.subscribe(&a_citizen().called(ANNA)).await;
    let mut readers = eight(app, "/accedi").await;
    let asked = readers
        .iter_mut()
        .map(|reader| reader.send("/accedi", &[("email", ANNA)]));
    for answer in join_all(asked).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(ANNA).len(), 5, "five an hour");
}

async fn eight_who_add_one_mailbox_at_once_add_it_once(app: &TestApp) {
    let mut readers = Vec::new();
    for number in 0..8 {
        let person = a_citizen().called(&format!("persona{number}@example.org"));
        let mut reader = Reader::of_person(app, &person).await;
        reader.open("/preferenze").await;
        readers.push(reader);
    }
    app.relay.forget();
    let added = readers
        .iter_mut()
        .map(|reader| reader.send("/preferenze/email", &[("email", ANNA)]));
    for answer in join_all(added).await {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(ANNA).len(), 1);
    assert_eq!(
        count(app, "select count(*) from targets where email = 'anna@example.org'").await,
        1
    );
}

async fn an_address_typed_with_capitals_and_spaces_is_the_same_person(app: &TestApp) {
    app.subscribe(&a_citizen().called(ANNA)).await;
    let mut reader = Reader::new(app);
    for typed in [" Anna@Example.ORG ", "ANNA@EXAMPLE.ORG", "\tanna@example.org\u{a0}"] {
        reader.open("/iscriviti").await;
        assert_eq!(sign_up(&mut reader, typed).await, StatusCode::SEE_OTHER, "{typed:?}");
        app.advance(chrono::TimeDelta::minutes(1));
    }
    reader.open("/accedi").await;
    assert_eq!(
        reader.send("/accedi", &[("email", "  ANNA@example.org")]).await.status,
        StatusCode::SEE_OTHER
    );
    app.run_jobs().await;
    let mails = app.relay.mails();
    assert_eq!(mails.len(), 4, "each is the link to her private page");
    assert!(
        mails
            .iter()
            .all(|mail| mail.recipient == ANNA && mail.text().contains("/accedi/"))
    );
    assert_eq!(count(app, "select count(*) from subscribers").await, 1);
    assert_eq!(count(app, "select count(*) from targets").await, 1);
}

async fn a_domain_with_accents_and_its_ascii_are_one_person_and_a_plus_is_another(app: &TestApp) {
    let (unicode, ascii) = ("Mario@MÜNCHEN.example", "mario@xn--mnchen-3ya.example");
    let mut reader = Reader::new(app);
    for typed in [unicode, ascii] {
        reader.open("/iscriviti").await;
        assert_eq!(sign_up(&mut reader, typed).await, StatusCode::SEE_OTHER, "{typed}");
        app.run_jobs().await;
        app.advance(chrono::TimeDelta::minutes(1));
    }
    assert_eq!(count(app, "select count(*) from targets").await, 1);
    assert_eq!(count(app, "select count(*) from subscribers").await, 1);
    let mails = app.relay.mails();
    assert!(!mails.is_empty() && mails.iter().all(|mail| mail.recipient == ascii));
    reader.open("/iscriviti").await;
    sign_up(&mut reader, "mario+bandi@münchen.example").await;
    app.run_jobs().await;
    assert_eq!(count(app, "select count(*) from targets").await, 2);
}

async fn an_address_that_nobody_can_write_to_is_refused_by_the_form(app: &TestApp) {
    let mut reader = Reader::new(app);
    for typed in [
        "a@127.0.0.1",
        "a@localhost.localdomain",
        "a@comune.local",
        "a@relay.internal",
    ] {
        reader.open("/iscriviti").await;
        let status = sign_up(&mut reader, typed).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }
    app.run_jobs().await;
    assert_eq!(count(app, "select count(*) from targets").await, 0);
}
