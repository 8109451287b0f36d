// SPDX-License-Identifier: EUPL-1.2
//! What somebody hides is matched and sent no more, on whatever way, until they show it again.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::{OpportunityId, SubscriberId, Token};
use informa::domain::notification::{Channel, State};
use informa::domain::opportunity::Origin;
use informa::domain::profile::{Frequency, Mute};
use informa::services::compose_digests::compose_digests;
use informa::services::fan_out::fan_out;
use informa::services::hide_and_show::show_again;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::read_inbox::{HiddenBy, read_inbox};
use informa::services::save_for_later::save_for_later;
use informa::services::save_profile::save_profile;
use informa::storage::{opportunities, profiles, sources};

use crate::support::app::TestApp;
use crate::support::builders::{Person, Writing, a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    a_hidden_topic_is_told_no_more_with_all_below_it,
    what_is_followed_for_another_topic_is_still_told,
    what_was_saved_is_told_whatever_its_topics,
    a_hidden_source_is_told_no_more,
    what_is_owed_of_a_hidden_topic_is_not_sent,
    what_is_owed_of_a_hidden_source_is_not_pushed,
    a_digest_leaves_out_what_is_hidden,
    what_is_shown_again_comes_again_and_what_came_meanwhile_is_in_the_inbox,
    the_inbox_keeps_what_is_hidden_and_says_so,
    the_list_of_what_is_hidden_takes_each_back,
    the_list_shows_nobody_elses_and_believes_no_foreign_number,
    what_is_hidden_holds_for_a_profile_that_is_added_later,
    fewer_is_not_offered_to_who_follows_everything,
    a_topic_that_is_followed_and_hidden_is_marked,
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

fn until(app: &TestApp, time: &str) {
    app.advance(TimeDelta::milliseconds(
        at(time).milliseconds() - app.now().milliseconds(),
    ));
}

fn topic(app: &TestApp, code: &str) -> Mute {
    Mute::Topic(app.vocabulary().topics.by_code(code).unwrap().id)
}

/// As the buttons of the page of a notification do.
async fn hide(app: &TestApp, subscriber: SubscriberId, mute: Mute) {
    let mut transaction = app.database.begin().await.unwrap();
    for profile in profiles::list(&mut transaction, subscriber).await.unwrap() {
        profiles::mute(&mut transaction, profile.id, mute).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

/// A draft that came from a source.
async fn draft_of(app: &TestApp, source: &str, writing: &Writing) -> (OpportunityId, Mute) {
    let mut transaction = app.database.begin().await.unwrap();
    let source = sources::find_or_insert(&mut transaction, source).await.unwrap();
    let token = app.chance.with(Token::random);
    let origin = Origin {
        source,
        source_key: token.as_str().to_owned(),
    };
    let content = writing.content(&app.vocabulary());
    let id = opportunities::insert(&mut transaction, &token, &content, Some(&origin), app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    (id, Mute::Source(source))
}

async fn publish_of(app: &TestApp, source: &str, title: &str) -> Mute {
    let (id, mute) = draft_of(app, source, &a_call().titled(title)).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    app.run_jobs().await;
    mute
}

async fn a_hidden_topic_is_told_no_more_with_all_below_it(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen().following(&["everything"])).await;
    hide(app, subscriber, topic(app, "environment")).await;
    app.publish(&a_call().about(&["environment-energy"])).await;
    app.publish(&a_call().about(&["environment"])).await;
    app.publish(&a_call().about(&["culture"]).titled("Musei")).await;
    assert_eq!(subjects(app), ["Bando: Musei"]);
    assert_eq!(
        app.count(Channel::Email, State::Suppressed).await,
        0,
        "it was never owed"
    );
}

async fn what_is_followed_for_another_topic_is_still_told(app: &TestApp) {
    let person = a_citizen().following(&["environment", "culture"]);
    let subscriber = app.subscribe(&person).await;
    hide(app, subscriber, topic(app, "environment")).await;
    app.publish(
        &a_call()
            .about(&["environment-energy", "culture"])
            .titled("Musei a energia solare"),
    )
    .await;
    let text = app.relay.only_mail_to(&person.email).text();
    assert!(text.contains("Perché segui Cultura"), "{text}");
    assert!(!text.contains("Perché segui Ambiente"), "{text}");
    hide(app, subscriber, topic(app, "culture")).await;
    app.publish(&a_call().about(&["environment-energy", "culture"])).await;
    assert_eq!(app.relay.mails().len(), 1);
}

async fn what_was_saved_is_told_whatever_its_topics(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    app.relay.forget();
    hide(app, subscriber, topic(app, "environment")).await;
    until(app, "2026-09-23T10:00:00");
    informa::services::remind::remind(app).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 1, "its deadline comes: {:?}", subjects(app));
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(inbox[0].hidden, None);
}

async fn a_hidden_source_is_told_no_more(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let source = publish_of(app, "Registro A", "Primo").await;
    hide(app, subscriber, source).await;
    publish_of(app, "Registro A", "Secondo").await;
    publish_of(app, "Registro B", "Terzo").await;
    app.publish(&a_call().titled("Quarto")).await;
    assert_eq!(subjects(app), ["Bando: Primo", "Bando: Terzo", "Bando: Quarto"]);
    show_again(app, subscriber, source).await.unwrap();
    publish_of(app, "Registro A", "Quinto").await;
    assert_eq!(subjects(app).last().unwrap(), "Bando: Quinto");
}

async fn what_is_owed_of_a_hidden_topic_is_not_sent(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    assert_eq!(app.count(Channel::Email, State::Due).await, 1);
    hide(app, subscriber, topic(app, "environment-energy")).await;
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 1);
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(inbox[0].hidden, Some(HiddenBy::TopicOrSource));
}

async fn what_is_owed_of_a_hidden_source_is_not_pushed(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let (id, source) = draft_of(app, "Registro A", &a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    hide(app, subscriber, source).await;
    app.run_jobs().await;
    assert!(app.push_service.messages_to(&browser).is_empty());
    assert_eq!(app.count(Channel::WebPush, State::Suppressed).await, 1);
}

async fn a_digest_leaves_out_what_is_hidden(app: &TestApp) {
    let person = a_citizen().following(&["environment", "culture"]).told("daily");
    let subscriber = app.subscribe(&person).await;
    app.publish(&a_call().titled("Nascosto")).await;
    app.publish(&a_call().about(&["culture"]).titled("Resta")).await;
    let source = publish_of(app, "Registro A", "Di un'altra fonte").await;
    hide(app, subscriber, source).await;
    until(app, "2026-07-02T08:30:00");
    compose_digests(app, Frequency::Daily).await.unwrap();
    fan_out(app).await.unwrap();
    hide(app, subscriber, topic(app, "environment-energy")).await;
    app.run_jobs().await;
    let mail = app.relay.only_mail_to(&person.email);
    assert_eq!(mail.subject(), "Resta");
    assert!(!mail.text().contains("Nascosto") && !mail.text().contains("altra fonte"));
}

async fn what_is_shown_again_comes_again_and_what_came_meanwhile_is_in_the_inbox(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    hide(app, subscriber, topic(app, "environment")).await;
    app.publish(&a_call().titled("Intanto")).await;
    assert!(read_inbox(app, subscriber, 10, 0).await.unwrap().is_empty());
    show_again(app, subscriber, topic(app, "environment")).await.unwrap();
    app.run_jobs().await;
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(inbox[0].opportunity.content.title, "Intanto");
    assert!(app.relay.mails().is_empty(), "silently");
    app.publish(&a_call().titled("Dopo")).await;
    assert_eq!(subjects(app), ["Bando: Dopo"]);
}

async fn the_inbox_keeps_what_is_hidden_and_says_so(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    let id = call.id.to_string();
    reader.open("/avvisi").await;
    reader.send("/avvisi/nascondi", &[("opportunity", &id)]).await;
    let page = reader.open("/avvisi").await;
    assert!(page.words("main").contains("Contributi per il fotovoltaico"));
    assert!(
        page.words(".reasons").contains("Nascosto"),
        "{}",
        page.words(".reasons")
    );
    assert_eq!(
        page.attributes("form[action='/avvisi/mostra'] button", "value"),
        [id.as_str()]
    );
    reader.send("/avvisi/mostra", &[("opportunity", &id)]).await;
    let page = reader.open("/avvisi").await;
    assert!(!page.words(".reasons").contains("Nascosto"));
    assert_eq!(page.attributes("form[action='/avvisi/nascondi'] button", "value"), [id]);
}

/// The page of the only notification that somebody was told of by mail, after pressing these buttons.
async fn press(app: &TestApp, person: &Person, buttons: &[(&str, &str)]) {
    let code = app.relay.mails_to(&person.email).pop().unwrap().code_after("/avviso/");
    let path = format!("/avviso/{}", code.split('#').next().unwrap());
    let mut anybody = Reader::new(app);
    anybody.open(&path).await;
    for button in buttons {
        let done = anybody.send(&path, &[*button]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{button:?}");
    }
}

async fn the_list_of_what_is_hidden_takes_each_back(app: &TestApp) {
    let person = a_citizen();
    let mut reader = Reader::of_person(app, &person).await;
    assert!(
        reader
            .open("/preferenze/nascosti")
            .await
            .words("main")
            .contains("Non hai nascosto niente")
    );
    publish_of(app, "Registro A", "Tetti verdi").await;
    let buttons = [
        ("hide", "opportunity"),
        ("hide", "topic:environment-energy"),
        ("hide", "source"),
        ("pace", "fewer"),
    ];
    press(app, &person, &buttons).await;
    let page = reader.open("/preferenze/nascosti").await;
    for heading in ["Singoli avvisi", "Argomenti", "Fonti", "Argomenti solo nel riepilogo"] {
        assert!(page.words("main").contains(heading), "{heading}");
    }
    assert!(page.words("main").contains("Tetti verdi") && page.words("main").contains("Registro A"));
    let shown = page.attributes("main button[name=what]", "value");
    assert_eq!(shown.len(), 4);
    for what in &shown {
        let done = reader.send("/preferenze/nascosti", &[("what", what)]).await;
        assert_eq!(done.location(), "/preferenze/nascosti?done=shown", "{what}");
    }
    app.run_jobs().await;
    assert!(
        reader
            .open("/preferenze/nascosti")
            .await
            .words("main")
            .contains("Non hai nascosto niente")
    );
    app.relay.forget();
    publish_of(app, "Registro A", "Di nuovo").await;
    assert_eq!(subjects(app), ["Bando: Di nuovo"], "at once, as before");
}

async fn the_list_shows_nobody_elses_and_believes_no_foreign_number(app: &TestApp) {
    let other = app.subscribe(&a_citizen().called("altra@example.org")).await;
    let call = app.publish(&a_call().titled("Solo suo")).await;
    hide(app, other, Mute::Opportunity(call.id)).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    assert!(!reader.open("/preferenze/nascosti").await.text.contains("Solo suo"));
    let what = format!("opportunity:{}", call.id);
    reader.send("/preferenze/nascosti", &[("what", &what)]).await;
    let mut transaction = app.database.read().await.unwrap();
    let theirs = profiles::list(&mut transaction, other).await.unwrap();
    assert!(theirs[0].mutes.contains(&Mute::Opportunity(call.id)), "still hidden");
    drop(transaction);
    for what in ["", "topic:no-such", "opportunity:x", "planet:1"] {
        let answer = reader.send("/preferenze/nascosti", &[("what", what)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
    }
}

async fn what_is_hidden_holds_for_a_profile_that_is_added_later(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    hide(app, subscriber, topic(app, "environment-energy")).await;
    let choices = an_operator().choices(&app.vocabulary());
    save_profile(app, subscriber, &choices).await.unwrap();
    app.run_jobs().await;
    app.publish(&a_call().titled("Non detto")).await;
    assert_eq!(subjects(app), Vec::<String>::new());
    show_again(app, subscriber, topic(app, "environment-energy"))
        .await
        .unwrap();
    app.run_jobs().await;
    app.publish(&a_call().titled("Detto")).await;
    assert_eq!(subjects(app), ["Bando: Detto"], "shown again to both");
}

async fn fewer_is_not_offered_to_who_follows_everything(app: &TestApp) {
    let person = a_citizen().following(&["everything"]);
    app.subscribe(&person).await;
    app.publish(&a_call().about(&["environment-energy"])).await;
    let code = app.relay.only_mail_to(&person.email).code_after("/avviso/");
    let path = format!("/avviso/{}", code.split('#').next().unwrap());
    let mut reader = Reader::new(app);
    let page = reader.open(&path).await;
    assert!(!page.text.contains("name=\"pace\""), "{}", page.words("main"));
    assert!(page.words("main").contains("argomento per argomento"));
    reader.send(&path, &[("pace", "fewer")]).await;
    app.relay.forget();
    app.publish(&a_call().about(&["culture"]).titled("Musei")).await;
    assert_eq!(subjects(app), ["Bando: Musei"], "of another topic, at once as before");
}

async fn a_topic_that_is_followed_and_hidden_is_marked(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen().following(&["environment", "health"])).await;
    let subscriber = {
        let mut transaction = app.database.read().await.unwrap();
        informa::storage::subscribers::last_id(&mut transaction).await.unwrap()
    };
    hide(app, subscriber, topic(app, "health")).await;
    let page = reader.open("/preferenze").await;
    assert!(
        page.words("dl.summary").contains("Salute e prevenzione (nascosto)"),
        "{}",
        page.words("dl.summary")
    );
    let grid = reader.open("/preferenze/profilo/citizen/argomenti").await;
    let marks = grid.texts("section p a[href='/preferenze/nascosti']");
    assert_eq!(marks.len(), 1, "{marks:?}");
    assert!(marks[0].contains("Salute e prevenzione"), "{marks:?}");
}
