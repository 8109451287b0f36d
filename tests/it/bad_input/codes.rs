// SPDX-License-Identifier: EUPL-1.2
//! Codes of links and forms that were made up, cut short, altered, sent again or taken for another: they open nothing.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::digest::Section;
use informa::services::stop_codes::SectionCode;
use informa::storage::targets;

use crate::bad_input::count;
use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    a_code_that_was_altered_or_cut_opens_nothing,
    a_code_of_one_kind_is_none_of_another,
    a_link_that_was_used_says_so_and_does_nothing_more,
    a_link_to_sign_in_works_once_and_for_half_an_hour,
    a_token_of_a_form_is_good_for_one_reader_only,
}

/// Every way to get a code wrong: none of them the code itself.
fn wrong(code: &str) -> Vec<String> {
    let mut wrong: Vec<String> = (0..code.len()).step_by(3).map(|at| altered(code, at)).collect();
    wrong.extend((0..code.len()).step_by(5).map(|length| code[..length].to_owned()));
    wrong.extend([
        format!("{code}A"),
        format!("A{code}"),
        format!("{code}{code}"),
        format!("{code}="),
        format!("{code}%00"),
        format!("%20{code}"),
        "A".repeat(code.len()),
        "A".repeat(10_000),
        "%ff".to_owned(),
        "..%2f..%2fetc".to_owned(),
    ]);
    wrong.retain(|it| !it.is_empty() && it != code);
    wrong
}

/// The code with another letter at a place.
fn altered(code: &str, at: usize) -> String {
    let other = if code.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &code[..at], &code[at + 1..])
}

async fn confirmation(app: &TestApp, reader: &mut Reader, email: &str) -> String {
    reader.open("/iscriviti").await;
    let fields = [
        ("kind", "citizen"),
        ("topics", "environment"),
        ("consent", "yes"),
        ("email", email),
    ];
    let answer = reader.send("/iscriviti/riepilogo", &fields).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{}",
        answer.words(".alert-danger")
    );
    app.run_jobs().await;
    app.relay.only_mail_to(email).code_after("/conferma/")
}

async fn sign_in_link(app: &TestApp, reader: &mut Reader, email: &str) -> String {
    app.relay.forget();
    reader.open("/accedi").await;
    reader.send("/accedi", &[("email", email)]).await;
    app.run_jobs().await;
    app.relay.only_mail_to(email).code_after("/accedi/")
}

async fn a_code_that_was_altered_or_cut_opens_nothing(app: &TestApp) {
    let mut reader = Reader::new(app);
    let confirm = confirmation(app, &mut reader, "anna@example.org").await;
    app.relay.forget();
    app.subscribe(&a_citizen()).await;
    let sign_in = sign_in_link(app, &mut reader, "maria@example.org").await;
    app.relay.forget();
    app.publish(&a_call()).await;
    let unsubscribe = app.relay.only_mail_to("maria@example.org").code_after("/disiscriviti/");
    let section = section_code(app).await;
    for (path, code) in [
        ("/conferma/", &confirm),
        ("/accedi/", &sign_in),
        ("/disiscriviti/", &unsubscribe),
        ("/disiscriviti/sezione/", &section),
    ] {
        assert_eq!(
            reader.open(&format!("{path}{code}")).await.status,
            StatusCode::OK,
            "{path} with its code"
        );
        for wrong in wrong(code) {
            let (asked, sent) = (
                reader.open(&format!("{path}{wrong}")).await,
                reader.send(&format!("{path}{wrong}"), &[]).await,
            );
            for answer in [asked, sent] {
                assert!(answer.status.is_client_error(), "{path}{wrong:.60}: {}", answer.status);
                assert!(!answer.words("h1").is_empty(), "{path}{wrong:.60}");
                assert!(!answer.text.contains("informa_person"), "{path}{wrong:.60}");
            }
        }
        reader.open("/accedi").await;
    }
    assert_eq!(
        reader.open("/preferenze").await.status,
        StatusCode::SEE_OTHER,
        "nobody is signed in"
    );
    assert_eq!(
        count(app, "select count(*) from links where used_at is not null").await,
        1,
        "only Maria's"
    );
    assert_eq!(
        count(app, "select count(*) from subscribers where status = 1").await,
        1,
        "only Maria"
    );
    app.publish(&a_call().titled("Secondo bando")).await;
    assert_eq!(app.relay.mails_to("maria@example.org").len(), 2, "she is still told");
}

/// The code that leaves a section out of the digests of the only active mailbox.
async fn section_code(app: &TestApp) -> String {
    let target = count(app, "select id from targets where status = 1").await;
    let mut transaction = app.database.read().await.unwrap();
    let target = targets::find(&mut transaction, informa::domain::ids::TargetId(target)).await;
    SectionCode::of(app, &target.unwrap().unwrap(), Section::ALL[0]).text(app)
}

async fn a_code_of_one_kind_is_none_of_another(app: &TestApp) {
    let mut reader = Reader::new(app);
    let confirm = confirmation(app, &mut reader, "anna@example.org").await;
    app.relay.forget();
    app.subscribe(&a_citizen()).await;
    let sign_in = sign_in_link(app, &mut reader, "maria@example.org").await;
    app.relay.forget();
    app.publish(&a_call()).await;
    let unsubscribe = app.relay.only_mail_to("maria@example.org").code_after("/disiscriviti/");
    let codes = [
        ("/conferma/", confirm),
        ("/accedi/", sign_in),
        ("/disiscriviti/", unsubscribe),
        ("/disiscriviti/sezione/", section_code(app).await),
    ];
    for (path, own) in &codes {
        for (_, code) in codes.iter().filter(|(_, code)| code != own) {
            let address = format!("{path}{code}");
            assert!(reader.open(&address).await.status.is_client_error(), "{address}");
            reader.open("/accedi").await;
            assert!(reader.send(&address, &[]).await.status.is_client_error(), "{address}");
        }
    }
    assert_eq!(
        reader.open("/preferenze").await.status,
        StatusCode::SEE_OTHER,
        "nobody is signed in"
    );
    assert_eq!(
        count(app, "select count(*) from subscribers where status = 1").await,
        1,
        "only Maria"
    );
}

async fn a_link_that_was_used_says_so_and_does_nothing_more(app: &TestApp) {
    let mut reader = Reader::new(app);
    let code = confirmation(app, &mut reader, "anna@example.org").await;
    let address = format!("/conferma/{code}");
    reader.open(&address).await;
    assert_eq!(reader.send(&address, &[]).await.status, StatusCode::SEE_OTHER);
    let consents = count(app, "select count(*) from consents").await;
    let mut thief = Reader::new(app);
    for reader in [&mut reader, &mut thief] {
        reader.open("/accedi").await;
        for answer in [reader.open(&address).await, reader.send(&address, &[]).await] {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(
                !answer
                    .attributes("main a[href='/accedi'], main a[href='/iscriviti']", "href")
                    .is_empty()
            );
        }
    }
    assert_eq!(
        thief.open("/preferenze").await.status,
        StatusCode::SEE_OTHER,
        "a used link signs nobody in"
    );
    assert_eq!(
        reader.open("/preferenze").await.status,
        StatusCode::OK,
        "and nobody out"
    );
    app.run_jobs().await;
    assert_eq!(count(app, "select count(*) from consents").await, consents);
    assert_eq!(app.relay.mails_to("anna@example.org").len(), 1);
}

async fn a_link_to_sign_in_works_once_and_for_half_an_hour(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let mut reader = Reader::new(app);
    let late = sign_in_link(app, &mut reader, "maria@example.org").await;
    app.advance(TimeDelta::minutes(31));
    assert!(reader.open(&format!("/accedi/{late}")).await.status.is_client_error());
    reader.open("/accedi").await;
    assert!(
        reader
            .send(&format!("/accedi/{late}"), &[])
            .await
            .status
            .is_client_error()
    );
    let code = sign_in_link(app, &mut reader, "maria@example.org").await;
    reader.open(&format!("/accedi/{code}")).await;
    assert_eq!(
        reader.send(&format!("/accedi/{code}"), &[]).await.location(),
        "/preferenze"
    );
    let mut thief = Reader::new(app);
    thief.open("/accedi").await;
    assert_eq!(
        thief.send(&format!("/accedi/{code}"), &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(thief.open("/preferenze").await.status, StatusCode::SEE_OTHER);
}

async fn a_token_of_a_form_is_good_for_one_reader_only(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let own = reader
        .open("/preferenze")
        .await
        .attributes("input[name=csrf]", "value")
        .remove(0);
    let mut stranger = Reader::new(app);
    let strange = stranger
        .open("/accedi")
        .await
        .attributes("input[name=csrf]", "value")
        .remove(0);
    for wrong in wrong(&own).into_iter().chain([String::new(), strange]) {
        let fields = [("language", "en"), ("csrf", wrong.as_str())];
        let answer = reader.send_only("/preferenze/lingua", &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{wrong:.60}");
    }
    let twice = [("language", "en"), ("csrf", "x"), ("csrf", own.as_str())];
    assert_eq!(
        reader.send_only("/preferenze/lingua", &twice).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        count(app, "select count(*) from subscribers where language = 'en'").await,
        0
    );
    let again = [("language", "en"), ("csrf", own.as_str())];
    for _ in 0..2 {
        assert_eq!(
            reader.send_only("/preferenze/lingua", &again).await.status,
            StatusCode::SEE_OTHER,
            "a form twice is no harm"
        );
    }
    reader.open("/preferenze").await;
    reader.send("/preferenze/esci", &[]).await;
    assert_eq!(
        reader
            .send_only("/preferenze/lingua", &[("language", "it"), ("csrf", own.as_str())])
            .await
            .location(),
        "/accedi",
        "a token without its session"
    );
}
