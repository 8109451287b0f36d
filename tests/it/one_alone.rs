// SPDX-License-Identifier: EUPL-1.2
//! Following one opportunity and nothing else: whoever has no subscription yet is told what becomes of it and reminded of
//! its dates, and of nothing more.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::choices::Choices;
use informa::domain::ids::{OpportunityId, SubscriberId};
use informa::domain::opportunity::{Opportunity, OpportunityKind};
use informa::services::ask_to_subscribe::{Request, ask_to_subscribe};
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::save_for_later::{drop_saved, save_for_later};
use informa::services::save_profile::mute_opportunity;
use informa::services::subscribe_browser::{Newcomer, subscribe_by_browser};
use informa::services::unsubscribe::leave_service;
use informa::storage::{profiles, subscribers};
use informa::urls::opportunity_path;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, at, consent};
use crate::support::forms::{forward, sent, submit};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    by_mail_it_takes_two_pages_and_brings_its_dates_alone,
    by_a_browser_it_needs_no_address,
    with_topics_added_on_the_way_both_are_followed,
    what_nobody_may_read_is_left_out,
    who_is_signed_in_saves_it_on_its_page,
    who_is_known_gets_to_its_page_once_they_sign_in,
    who_is_known_takes_it_along_to_the_topics_that_they_add,
    a_browser_that_is_known_loses_nothing_by_it,
    who_comes_back_by_it_comes_back_with_everything,
    what_was_hidden_is_told_again_once_it_is_saved,
    what_is_over_is_not_offered,
    a_profile_that_follows_nothing_else_can_be_changed,
}

/// A call, and the page of signing up that its own page leads to for it alone.
async fn a_call_and_its_way(app: &TestApp, reader: &mut Reader) -> (Opportunity, Answer) {
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    let page = reader.open(&opportunity_path(&call)).await;
    let way = page.attributes("[aria-labelledby=saving] a.btn", "href").remove(0);
    (call, reader.open(&way).await)
}

/// The last page of signing up, sent with an address.
async fn ask(reader: &mut Reader, summary: &Answer, email: &str) {
    let done = submit(
        reader,
        "/iscriviti/riepilogo",
        summary,
        &[("consent", "yes"), ("email", email)],
    )
    .await;
    assert!(
        done.location().starts_with("/iscriviti/controlla?"),
        "{}",
        done.words("main")
    );
}

/// Confirms what was asked for an address.
async fn confirm(app: &TestApp, reader: &mut Reader, email: &str) -> Answer {
    app.run_jobs().await;
    let path = format!("/conferma/{}", app.relay.only_mail_to(email).code_after("/conferma/"));
    let asked = reader.open(&path).await;
    reader.send(&path, &[]).await;
    app.relay.forget();
    asked
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

async fn until(app: &TestApp, time: &str) {
    app.advance(at(time).since(app.now()));
    app.run_jobs().await;
}

async fn by_mail_it_takes_two_pages_and_brings_its_dates_alone(app: &TestApp) {
    let mut reader = Reader::new(app);
    let (call, how) = a_call_and_its_way(app, &mut reader).await;
    assert_eq!(how.words("[aria-current=step]"), "Come e quando Sei qui");
    assert!(how.words("main").contains(&call.content.title), "it is said for what");
    let summary = forward(&mut reader, &how, &[("way", "email")]).await;
    let said = summary.words("main");
    assert!(said.contains("Ti avvisiamo solo di ciò che salvi"), "{said}");
    assert!(
        said.contains(&format!("Ciò che salvi {}", call.content.title)),
        "{said}"
    );
    assert!(!said.contains("Prova ad aggiungere un argomento"), "nothing is missing");
    ask(&mut reader, &summary, "maria@example.org").await;
    let asked = confirm(app, &mut reader, "maria@example.org").await;
    assert!(
        asked.words("main").contains(&call.content.title),
        "whoever agrees reads to what: {}",
        asked.words("main")
    );
    assert!(
        asked.words("main").contains("solo ciò che salvi"),
        "{}",
        asked.words("main")
    );

    let saved = reader.open("/avvisi?saved=yes").await;
    assert!(
        saved.words("main").contains(&call.content.title),
        "{}",
        saved.words("main")
    );
    app.publish(&a_call().titled("Un altro bando")).await;
    until(app, "2026-09-23T09:00:00").await;
    assert_eq!(subjects(app), ["Scade tra 7 giorni: Contributi per il fotovoltaico"]);
}

async fn by_a_browser_it_needs_no_address(app: &TestApp) {
    let mut reader = Reader::new(app);
    let (_, how) = a_call_and_its_way(app, &mut reader).await;
    let summary = forward(&mut reader, &how, &[("way", "push")]).await;
    let browser = app.push_service.browser();
    let mut form = serde_json::Map::new();
    for (name, value) in sent(&summary, &[("consent", "yes")]) {
        let values = form.entry(name).or_insert_with(|| json!([]));
        values.as_array_mut().unwrap().push(json!(value));
    }
    let given = json!({
        "endpoint": browser.endpoint, "keys": { "p256dh": browser.p256dh, "auth": browser.auth },
        "vapid_key": summary.attributes("[data-push]", "data-push-key")[0], "language": "it", "form": form,
    });
    let token = summary.attributes("[data-push]", "data-csrf").remove(0);
    let answer = reader
        .post_json("/push/subscriptions", &given, &[("x-csrf-token", token.as_str())])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    app.publish(&a_call().titled("Un altro bando")).await;
    until(app, "2026-09-29T09:00:00").await;
    let told = app.push_service.messages_to(&browser);
    assert_eq!(told.len(), 1, "the reminder of the eve, and nothing of the other call");
}

async fn with_topics_added_on_the_way_both_are_followed(app: &TestApp) {
    let mut reader = Reader::new(app);
    let (_, how) = a_call_and_its_way(app, &mut reader).await;
    let back = sent(&how, &[]);
    let query: Vec<String> = back.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let what = reader.open(&format!("/iscriviti/cosa?{}", query.join("&"))).await;
    assert_eq!(what.words("[aria-current=step]"), "Che cosa Sei qui");
    let how = forward(&mut reader, &what, &[("topics", "health")]).await;
    let summary = forward(&mut reader, &how, &[("way", "email"), ("kind", "citizen")]).await;
    ask(&mut reader, &summary, "maria@example.org").await;
    confirm(app, &mut reader, "maria@example.org").await;
    app.publish(&a_call().titled("Prevenzione").about(&["health"])).await;
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 1);
    assert!(subjects(app)[0].contains("Prevenzione"), "{:?}", subjects(app));
    until(app, "2026-09-23T09:00:00").await;
    assert!(
        subjects(app).contains(&"Scade tra 7 giorni: Contributi per il fotovoltaico".to_owned()),
        "{:?}",
        subjects(app)
    );
}

async fn what_nobody_may_read_is_left_out(app: &TestApp) {
    let draft = app.draft(&a_call().titled("Ancora segreto")).await;
    let mut reader = Reader::new(app);
    for saved in [
        &*draft.to_string(),
        "999999",
        "-1",
        "",
        "drop+table",
        "9223372036854775808",
    ] {
        let page = reader.open(&format!("/iscriviti/come?saved={saved}")).await;
        let lead = page.location();
        assert!(lead.starts_with("/iscriviti/cosa"), "{saved}: {lead}");
        assert!(!lead.contains("saved"), "{saved}: {lead}");
        let lead = lead.to_owned();
        reader.open(&lead).await;
        let fields = [("saved", saved), ("consent", "yes"), ("email", "maria@example.org")];
        let refused = reader.send("/iscriviti/riepilogo", &fields).await;
        assert!(
            refused.location().starts_with("/iscriviti/cosa"),
            "{saved}: {}",
            refused.location()
        );
    }
    app.run_jobs().await;
    assert_eq!(subjects(app), [""; 0]);
}

async fn who_is_signed_in_saves_it_on_its_page(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let sent_on = reader.open(&format!("/iscriviti/come?saved={}", call.id)).await;
    assert_eq!(sent_on.location(), opportunity_path(&call));
    let page = reader.open(sent_on.location()).await;
    assert_eq!(
        page.attributes("[aria-labelledby=saving] form", "action"),
        ["/avvisi/salva"]
    );
}

async fn who_is_known_gets_to_its_page_once_they_sign_in(app: &TestApp) {
    let person = a_citizen().following(&["health"]);
    app.subscribe(&person).await;
    let mut reader = Reader::new(app);
    let (call, how) = a_call_and_its_way(app, &mut reader).await;
    let summary = forward(&mut reader, &how, &[("way", "email")]).await;
    app.relay.forget();
    ask(&mut reader, &summary, &person.email).await;
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/accedi/");
    let entered = reader.send(&format!("/accedi/{code}"), &[]).await;
    let sent_on = reader.open(entered.location()).await;
    assert_eq!(sent_on.location(), opportunity_path(&call));
}

/// What the only profile of somebody follows: how many topics, and what is saved.
async fn followed(app: &TestApp, person: SubscriberId) -> (usize, Vec<OpportunityId>) {
    let mut transaction = app.database.read().await.unwrap();
    let own = profiles::list(&mut transaction, person).await.unwrap();
    assert_eq!(own.len(), 1);
    (own[0].topics().count(), own[0].saved().map(|(id, _)| id).collect())
}

/// What somebody would choose who wants this opportunity alone.
fn it_alone(app: &TestApp, person: &Person, opportunity: OpportunityId) -> Choices {
    Choices {
        topics: BTreeMap::new(),
        saved: BTreeSet::from([opportunity]),
        ..person.choices(&app.vocabulary())
    }
}

async fn who_is_known_takes_it_along_to_the_topics_that_they_add(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let person = a_citizen().following(&["culture"]);
    let mut reader = Reader::of_person(app, &person).await;
    let way = format!("/iscriviti/come?topics=health&saved={}", call.id);
    let sent_on = reader.open(&way).await;
    let form = reader.open(sent_on.location()).await;
    assert!(form.words("main").contains(&call.content.title));
    let saved = submit(&mut reader, "/preferenze/profilo/citizen", &form, &[]).await;
    assert_eq!(saved.location(), "/preferenze?done=saved");
    let mut transaction = app.database.read().await.unwrap();
    let maria = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    assert_eq!(followed(app, maria).await, (2, vec![call.id]));
}

async fn a_browser_that_is_known_loses_nothing_by_it(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let person = a_citizen().by(&["web_push", "email"]).told("daily");
    let (known, browser) = app.subscribe_browser(&person).await;
    let newcomer = Newcomer {
        choices: it_alone(app, &a_citizen().by(&["web_push"]), call.id),
        ..person.newcomer(&app.vocabulary(), app.now())
    };
    let asked = subscribe_by_browser(app, &browser.subscription(), &newcomer)
        .await
        .unwrap();
    assert_eq!(asked, known);
    assert_eq!(followed(app, known).await, (1, vec![call.id]));
    let mut transaction = app.database.read().await.unwrap();
    let own = profiles::list(&mut transaction, known).await.unwrap();
    assert_eq!(own[0].telling, person.choices(&app.vocabulary()).telling);
}

async fn who_comes_back_by_it_comes_back_with_everything(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let person = a_citizen();
    let maria = app.subscribe(&person).await;
    leave_service(app, maria).await.unwrap();
    app.relay.forget();
    let request = Request {
        choices: it_alone(app, &person, call.id),
        ..person.request(&app.vocabulary(), app.now())
    };
    ask_to_subscribe(app, &request).await.unwrap();
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/conferma/");
    let back = confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(back, maria);
    assert_eq!(followed(app, maria).await, (1, vec![call.id]));
}

async fn what_was_hidden_is_told_again_once_it_is_saved(app: &TestApp) {
    let maria = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    mute_opportunity(app, maria, call.id).await.unwrap();
    save_for_later(app, maria, call.id).await.unwrap();
    app.relay.forget();
    until(app, "2026-09-23T09:00:00").await;
    assert_eq!(subjects(app), ["Scade tra 7 giorni: Contributi per il fotovoltaico"]);
}

async fn what_is_over_is_not_offered(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let undated = app
        .publish(&a_call().titled("Sempre").opening(None).closing(None))
        .await;
    app.run_jobs().await;
    let alert = app
        .publish(&a_call().titled("Vento forte").kind(OpportunityKind::Alert))
        .await;
    let mut reader = Reader::new(app);
    for without_reminders in [&undated, &alert] {
        let page = reader.open(&opportunity_path(without_reminders)).await;
        let said = page.words("[aria-labelledby=saving]");
        assert!(said.contains("ogni cambiamento") && !said.contains("date"), "{said}");
    }
    until(app, "2026-10-02T09:00:00").await;
    let page = reader.open(&opportunity_path(&call)).await;
    assert_eq!(page.words("[aria-labelledby=saving]"), "");
}

async fn a_profile_that_follows_nothing_else_can_be_changed(app: &TestApp) {
    let mut reader = Reader::new(app);
    let (call, how) = a_call_and_its_way(app, &mut reader).await;
    let summary = forward(&mut reader, &how, &[("way", "email")]).await;
    ask(&mut reader, &summary, "maria@example.org").await;
    confirm(app, &mut reader, "maria@example.org").await;
    let preferences = reader.open("/preferenze").await;
    assert!(
        preferences
            .words("main")
            .contains("Nessun argomento: solo ciò che salvi")
    );
    let fields = [("frequency", "weekly"), ("way", "email")];
    let changed = reader.send("/preferenze/profilo/citizen", &fields).await;
    assert_eq!(changed.location(), "/preferenze?done=saved");
    let mut transaction = app.database.read().await.unwrap();
    let maria = subscribers::last_id(&mut transaction).await.unwrap();
    let own = profiles::list(&mut transaction, maria).await.unwrap();
    drop(transaction);
    assert_eq!(
        own[0].saved().map(|(id, _)| id).collect::<Vec<_>>(),
        [call.id],
        "still saved"
    );
    drop_saved(app, maria, call.id).await.unwrap();
    app.advance(TimeDelta::minutes(1));
    let preferences = reader.open("/preferenze").await;
    assert!(preferences.words("main").contains("niente di salvato"), "it says so");
    let refused = reader.send("/preferenze/profilo/citizen", &fields).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing would be left"
    );
}
