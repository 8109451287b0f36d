// SPDX-License-Identifier: EUPL-1.2
//! Another address: it changes only when both sides have agreed, and nothing is lost on the way.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::profile::Frequency;
use informa::domain::subscriber::Place;
use informa::services::compose_digests::compose_digests;
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::move_mailbox::{Standing, agree_to_move, ask_to_move};
use informa::storage::{subscribers, targets};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, consent};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    both_sides_agree_and_the_new_address_is_told,
    either_side_may_agree_first,
    until_both_agree_nothing_changes,
    what_was_owed_goes_to_the_new_address,
    the_link_to_the_new_address_opens_nothing,
    an_address_of_somebody_else_is_not_taken,
    links_work_once_and_for_seven_days,
    a_second_wish_replaces_the_first,
    an_address_that_is_none_is_explained,
    who_agrees_reads_to_which_address,
    a_link_for_one_address_agrees_to_no_other,
    three_addresses_an_hour_are_asked_for,
    the_old_address_has_no_key_to_the_person,
    codes_in_mails_to_the_old_address_stop_nothing,
    codes_of_before_hold_until_the_mailbox_moves,
}

const OLD: &str = "maria@example.org";
const NEW: &str = "maria.nuova@example.org";

fn code_for(app: &TestApp, recipient: &str) -> String {
    let mail = app.relay.mails_to(recipient).pop().expect("a question");
    mail.code_after("/sposta/")
}

async fn told(app: &TestApp, title: &str) -> Vec<String> {
    app.relay.forget();
    app.publish(&a_call().titled(title)).await;
    app.run_jobs().await;
    app.relay.mails().iter().map(|mail| mail.recipient.clone()).collect()
}

async fn ask(app: &TestApp) -> (String, String) {
    let person = app.subscribe(&a_citizen()).await;
    ask_to_move(app, person, &a_citizen().called(NEW).address())
        .await
        .unwrap();
    app.run_jobs().await;
    (code_for(app, OLD), code_for(app, NEW))
}

async fn both_sides_agree_and_the_new_address_is_told(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.relay.forget();
    let page = reader.open("/preferenze").await;
    assert_eq!(page.attributes("#devices ~ ul a", "href"), ["/preferenze/indirizzo"]);
    let asked = reader
        .send("/preferenze/indirizzo", &[("email", " Maria.Nuova@example.org ")])
        .await;
    assert_eq!(asked.location(), "/preferenze?done=moving");
    app.run_jobs().await;
    let (old, new) = (code_for(app, OLD), code_for(app, NEW));
    let mut elsewhere = Reader::new(app);
    let question = elsewhere.open(&format!("/sposta/{old}")).await;
    assert!(question.words("h1").contains("Spostare gli avvisi"));
    let waiting = elsewhere.send(&format!("/sposta/{old}"), &[]).await;
    assert!(
        waiting.words("h1").contains("manca l'altra conferma"),
        "{}",
        waiting.words("h1")
    );
    let done = elsewhere.send(&format!("/sposta/{new}"), &[]).await;
    assert!(done.words("h1").contains("indirizzo cambiato"), "{}", done.words("h1"));
    assert!(
        elsewhere.open("/avvisi").await.location().starts_with("/accedi"),
        "it signs nobody in"
    );
    assert_eq!(told(app, "Dopo").await, [NEW]);
    let mut transaction = app.database.read().await.unwrap();
    assert_eq!(
        targets::find_mailbox(&mut transaction, &a_citizen().address())
            .await
            .unwrap(),
        None,
        "the old is forgotten"
    );
}

async fn either_side_may_agree_first(app: &TestApp) {
    let (old, new) = ask(app).await;
    assert_eq!(agree_to_move(app, &new, None).await.unwrap(), Standing::Waiting);
    assert_eq!(told(app, "Nel mezzo").await, [OLD]);
    assert_eq!(agree_to_move(app, &old, None).await.unwrap(), Standing::Done);
    assert_eq!(told(app, "Dopo").await, [NEW]);
}

async fn until_both_agree_nothing_changes(app: &TestApp) {
    let (old, _) = ask(app).await;
    assert_eq!(told(app, "Prima").await, [OLD]);
    agree_to_move(app, &old, None).await.unwrap();
    assert_eq!(told(app, "Nel mezzo").await, [OLD]);
}

async fn what_was_owed_goes_to_the_new_address(app: &TestApp) {
    let person = app.subscribe(&a_citizen().told("daily")).await;
    app.publish(&a_call().titled("Nel riepilogo")).await;
    app.run_jobs().await;
    ask_to_move(app, person, &a_citizen().called(NEW).address())
        .await
        .unwrap();
    app.run_jobs().await;
    agree_to_move(app, &code_for(app, OLD), None).await.unwrap();
    agree_to_move(app, &code_for(app, NEW), None).await.unwrap();
    app.relay.forget();
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.only_mail_to(NEW).text().contains("Nel riepilogo"));
}

async fn the_link_to_the_new_address_opens_nothing(app: &TestApp) {
    let (_, new) = ask(app).await;
    let confirmed = confirm_subscription(app, &new, &consent(app.now())).await;
    assert!(confirmed.is_err(), "it is no confirmation of a subscription");
    let mut reader = Reader::new(app);
    assert_eq!(
        reader.open(&format!("/accedi/{new}")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

async fn an_address_of_somebody_else_is_not_taken(app: &TestApp) {
    let other = app.subscribe(&a_citizen().called(NEW)).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.relay.forget();
    let asked = reader.send("/preferenze/indirizzo", &[("email", NEW)]).await;
    assert_eq!(asked.location(), "/preferenze?done=moving", "the same answer as ever");
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(NEW).len(), 0, "its owner is not bothered");
    assert_eq!(
        agree_to_move(app, &code_for(app, OLD), None).await.unwrap(),
        Standing::Waiting
    );
    let mut transaction = app.database.read().await.unwrap();
    let kept = targets::find_mailbox(&mut transaction, &a_citizen().called(NEW).address())
        .await
        .unwrap();
    assert_eq!(kept.unwrap().subscriber, other);
}

async fn links_work_once_and_for_seven_days(app: &TestApp) {
    let (old, new) = ask(app).await;
    agree_to_move(app, &old, None).await.unwrap();
    assert!(agree_to_move(app, &old, None).await.is_err(), "once");
    app.advance(TimeDelta::days(8));
    assert!(agree_to_move(app, &new, None).await.is_err(), "not for ever");
    assert!(agree_to_move(app, "AAAA", None).await.is_err());
    assert_eq!(told(app, "Dopo").await, [OLD]);
}

async fn a_second_wish_replaces_the_first(app: &TestApp) {
    let (old, _) = ask(app).await;
    agree_to_move(app, &old, None).await.unwrap();
    app.advance(TimeDelta::hours(2));
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    let third = a_citizen().called("terza@example.org");
    ask_to_move(app, person, &third.address()).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        agree_to_move(app, &code_for(app, "terza@example.org"), None)
            .await
            .unwrap(),
        Standing::Waiting,
        "the old side agreed to another address, not to this one"
    );
    assert_eq!(
        agree_to_move(app, &code_for(app, OLD), None).await.unwrap(),
        Standing::Done
    );
    let mut transaction = app.database.read().await.unwrap();
    let places = targets::list(&mut transaction, person).await.unwrap();
    assert!(places.iter().any(|it| it.place == Place::Mailbox(third.address())));
}

async fn an_address_that_is_none_is_explained(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/preferenze/indirizzo").await;
    let answer = reader
        .send("/preferenze/indirizzo", &[("email", "maria chiocciola")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.attributes("#email", "value"), ["maria chiocciola"]);
    assert!(answer.words("#email-error").contains("nome@example.it"));
}

async fn who_agrees_reads_to_which_address(app: &TestApp) {
    let (old, new) = ask(app).await;
    let mail = app.relay.mails_to(OLD).pop().unwrap();
    assert!(
        mail.text().contains(NEW) && mail.html().contains(NEW),
        "{}",
        mail.text()
    );
    for code in [old, new] {
        let question = Reader::new(app).open(&format!("/sposta/{code}")).await;
        assert!(question.words("main").contains(NEW), "{}", question.words("main"));
    }
}

async fn a_link_for_one_address_agrees_to_no_other(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    let wish = async |address: &str| {
        ask_to_move(app, person, &a_citizen().called(address).address())
            .await
            .unwrap();
        app.run_jobs().await;
        code_for(app, OLD)
    };
    let first = wish(NEW).await;
    let second = wish("altra@example.org").await;
    assert!(
        agree_to_move(app, &first, None).await.is_err(),
        "it was to another address"
    );
    agree_to_move(app, &second, None).await.unwrap();
    agree_to_move(app, &code_for(app, "altra@example.org"), None)
        .await
        .unwrap();
    assert_eq!(told(app, "Dopo").await, ["altra@example.org"]);
}

async fn three_addresses_an_hour_are_asked_for(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/preferenze/indirizzo").await;
    let mut asked = Vec::new();
    for number in 1..=4 {
        let address = format!("nuova{number}@example.org");
        let answer = reader.send("/preferenze/indirizzo", &[("email", &address)]).await;
        asked.push(answer.status);
    }
    app.run_jobs().await;
    let (done, refused) = (StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked, [done, done, done, refused]);
}

async fn the_old_address_has_no_key_to_the_person(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.relay.forget();
    let mut elsewhere = Reader::new(app);
    for is_used in [true, false] {
        elsewhere.open("/accedi").await;
        elsewhere.send("/accedi", &[("email", OLD)]).await;
        app.run_jobs().await;
        if is_used {
            let code = app.relay.only_mail_to(OLD).code_after("/accedi/");
            elsewhere.open(&format!("/accedi/{code}")).await;
            elsewhere.send(&format!("/accedi/{code}"), &[]).await;
            assert_eq!(elsewhere.open("/preferenze").await.status, StatusCode::OK);
            app.relay.forget();
        }
    }
    let open_link = app.relay.only_mail_to(OLD).code_after("/accedi/");
    app.relay.forget();
    reader.open("/preferenze/indirizzo").await;
    reader.send("/preferenze/indirizzo", &[("email", NEW)]).await;
    app.run_jobs().await;
    for code in [code_for(app, OLD), code_for(app, NEW)] {
        reader.open(&format!("/sposta/{code}")).await;
        reader.send(&format!("/sposta/{code}"), &[]).await;
    }
    assert_eq!(
        reader.open("/preferenze").await.status,
        StatusCode::OK,
        "the browser in which it was completed"
    );
    assert_eq!(elsewhere.open("/preferenze").await.location(), "/accedi", "signed out");
    let address = format!("/accedi/{open_link}");
    elsewhere.open("/accedi").await;
    for answer in [elsewhere.open(&address).await, elsewhere.send(&address, &[]).await] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(elsewhere.open("/preferenze").await.location(), "/accedi");
}

/// Moves the mailbox of a person told daily, who had a digest there; the codes in it.
async fn moved_after_a_digest(app: &TestApp) -> (String, String) {
    let person = app.subscribe(&a_citizen().told("daily")).await;
    app.publish(&a_call().titled("Nel riepilogo")).await;
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let digest = app.relay.only_mail_to(OLD);
    let header = digest.header("List-Unsubscribe").unwrap();
    let (_, code) = header.split_once("/disiscriviti/").unwrap();
    let unsubscribe = code.split('>').next().unwrap().to_owned();
    let section = digest.code_after("/disiscriviti/sezione/");
    ask_to_move(app, person, &a_citizen().called(NEW).address())
        .await
        .unwrap();
    app.run_jobs().await;
    for address in [OLD, NEW] {
        agree_to_move(app, &code_for(app, address), None).await.unwrap();
    }
    (unsubscribe, section)
}

async fn codes_in_mails_to_the_old_address_stop_nothing(app: &TestApp) {
    let (unsubscribe, section) = moved_after_a_digest(app).await;
    let mut reader = Reader::new(app);
    for path in [
        format!("/disiscriviti/{unsubscribe}"),
        format!("/disiscriviti/{unsubscribe}/fatto"),
        format!("/disiscriviti/sezione/{section}"),
    ] {
        let page = reader.open(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let words = page.words("main");
        assert!(words.contains("Qui non arriva più niente"), "{path}: {words}");
        assert!(page.attributes("main form", "action").is_empty(), "{path}");
        assert!(!page.text.contains(NEW) && !page.text.contains(OLD), "{path}");
    }
    reader.open("/accedi").await;
    for path in [
        format!("/disiscriviti/{unsubscribe}"),
        format!("/disiscriviti/{unsubscribe}/tutto"),
        format!("/disiscriviti/sezione/{section}"),
    ] {
        assert_eq!(reader.send(&path, &[]).await.status, StatusCode::OK, "{path}");
    }
    app.relay.forget();
    app.publish(&a_call().titled("Dopo").closing(None)).await;
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.only_mail_to(NEW).text().contains("Dopo"));
}

/// The codes of before named the mailbox alone, without a mark of its address.
async fn codes_of_before_hold_until_the_mailbox_moves(app: &TestApp) {
    use crate::support::rows;
    use informa::services::unsubscribe::{Reader as Whose, read_code};

    let (_, new) = ask(app).await;
    let id = rows::integers(&app.database, "select min(id) from targets where channel = 1").await[0][0];
    let before = app.unsubscribe_key.seal(&[id.to_be_bytes().as_slice(), &[1]].concat());
    assert_eq!(read_code(app, &before).await.unwrap(), (None, Whose::Subscriber));
    agree_to_move(app, &code_for(app, OLD), None).await.unwrap();
    assert_eq!(read_code(app, &before).await.unwrap(), (None, Whose::Subscriber));
    agree_to_move(app, &new, None).await.unwrap();
    assert_eq!(read_code(app, &before).await.unwrap(), (None, Whose::Nobody));
}
