// SPDX-License-Identifier: EUPL-1.2
//! What becomes of pushes when a service, another browser or an endpoint fails.

use std::time::Duration;

use chrono::TimeDelta;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::profile::Frequency;
use informa::domain::subscriber::TargetStatus;
use informa::services::compose_digests::compose_digests;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::subscribe_browser::{add_browser, is_known};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, at};
use crate::support::on_both_engines;
use crate::support::push_service::Answer;
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

use super::{many_browsers, owe, status_of};

on_both_engines! {
    five_strangers_do_not_hold_a_push_service,
    a_capped_push_whose_other_browser_fails_is_not_lost,
    a_capped_push_of_whoever_asked_for_both_and_has_no_mailbox_is_not_lost,
    a_very_long_retry_after_is_honoured,
    nothing_is_sent_past_its_use,
    the_end_of_an_old_endpoint_does_not_drop_the_new_one,
}

async fn five_strangers_do_not_hold_a_push_service(app: &TestApp) {
    app.leave_work();
    let healthy = many_browsers(app, 1).await.remove(0);
    let hostile = many_browsers(app, 5).await;
    for browser in &hostile {
        app.push_service.answer(browser, Answer::Status(403));
    }
    app.publish(&a_call()).await;
    let mut held = 0;
    let hours = 40;
    for hour in 0..hours {
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
        let title = format!("Frana {hour}");
        app.publish(&a_call().kind(OpportunityKind::Alert).titled(&title)).await;
        let told = app.push_service.messages_to(&healthy);
        held += usize::from(!told.iter().any(|message| message.title() == title));
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
    }
    let strikes = rows::integers(&app.database, "select count(*) from strikes").await[0][0];
    let mut kept = 0;
    for browser in &hostile {
        kept += usize::from(is_known(app, &browser.endpoint, &browser.auth).await.unwrap());
    }
    assert_eq!(
        (held, kept),
        (0, 0),
        "alerts held up, hostile browsers kept; strikes {strikes}"
    );
}

async fn a_capped_push_whose_other_browser_fails_is_not_lost(app: &TestApp) {
    app.leave_work();
    let (subscriber, one) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    owe(app, &["Uno", "Due", "Tre", "Quattro", "Cinque"]).await;
    app.run_jobs().await;
    let other = app.push_service.browser();
    add_browser(app, subscriber, &other.subscription()).await.unwrap();
    app.push_service.answer(&other, Answer::Status(503));
    app.publish(&a_call().titled("Sei")).await;
    app.push_service.answer(&other, Answer::Status(410));
    app.advance(TimeDelta::minutes(5));
    app.run_jobs().await;
    assert_eq!(app.push_service.messages_to(&one).len(), 5);
    app.advance(at("2026-07-02T08:30:00").since(app.now()));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let told: Vec<String> = app
        .push_service
        .messages()
        .iter()
        .map(|message| message.payload.to_string())
        .collect();
    assert!(
        told.iter().any(|text| text.contains("Sei")),
        "the sixth reached nobody: neither pushed nor in the digest: {} messages, tally {:?}",
        told.len(),
        app.tally().await
    );
}

async fn a_capped_push_of_whoever_asked_for_both_and_has_no_mailbox_is_not_lost(app: &TestApp) {
    app.leave_work();
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let both = a_citizen().by(&["web_push", "email"]).choices(&app.vocabulary());
    informa::services::save_profile::save_profile(app, subscriber, &both)
        .await
        .unwrap();
    app.relay
        .refuse(&person.email, Stage::Recipient, "550 5.1.1 user unknown");
    app.publish(&a_call().titled("Uno")).await;
    assert_eq!(status_of(app, &person).await, TargetStatus::Gone);
    owe(app, &["Due", "Tre", "Quattro", "Cinque", "Sei"]).await;
    app.run_jobs().await;
    assert_eq!(app.push_service.messages_to(&browser).len(), 5);
    app.advance(at("2026-07-02T08:30:00").since(app.now()));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        app.push_service.messages_to(&browser).len(),
        6,
        "the sixth reached nobody: {:?}",
        app.tally().await
    );
}

async fn a_very_long_retry_after_is_honoured(app: &TestApp) {
    app.leave_work();
    let browser = many_browsers(app, 1).await.remove(0);
    app.push_service.answer(&browser, Answer::RetryAfter(429, "9999999999"));
    app.publish(&a_call()).await;
    app.advance(TimeDelta::seconds(31));
    app.run_jobs().await;
    assert_eq!(app.push_service.attempts_to(&browser), 1);
}

async fn nothing_is_sent_past_its_use(app: &TestApp) {
    app.leave_work();
    let browsers = many_browsers(app, 130).await;
    let (first, last) = browsers.split_at(128);
    for browser in first {
        app.push_service.answer(browser, Answer::Hang);
    }
    let id = app
        .draft(&a_call().opening(None).closing(Some(at("2026-07-01T10:00:30"))))
        .await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    let one = app.another_process(|_| {}).await;
    let sending = tokio::spawn({
        let one = one.clone();
        async move { dispatch_outbox(&one).await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    app.advance(TimeDelta::seconds(60));
    app.push_service.let_go();
    sending.await.unwrap().unwrap();
    one.database.close().await;
    let late: Vec<i64> = last
        .iter()
        .flat_map(|it| app.push_service.messages_to(it))
        .map(|it| it.ttl)
        .collect();
    assert!(late.is_empty(), "sent 30 s after the deadline, with TTL {late:?}");
}

async fn the_end_of_an_old_endpoint_does_not_drop_the_new_one(app: &TestApp) {
    app.leave_work();
    let old = many_browsers(app, 1).await.remove(0);
    app.push_service.answer(&old, Answer::SlowStatus(1_000, 410));
    owe(app, &["Rinnovo"]).await;
    let new = app.push_service.browser();
    let other = app.another_process(|_| {}).await;
    let sending = tokio::spawn({
        let other = other.clone();
        async move { dispatch_outbox(&other).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(app.push_service.attempts_to(&old), 1);
    informa::services::subscribe_browser::refresh_browser(app, &old.endpoint, &old.auth, &new.subscription())
        .await
        .unwrap();
    sending.await.unwrap().unwrap();
    other.database.close().await;
    app.advance(TimeDelta::minutes(10));
    app.run_jobs().await;
    assert!(
        is_known(app, &new.endpoint, &new.auth).await.unwrap(),
        "the new subscription was dropped"
    );
    assert_eq!(app.push_service.messages_to(&new).len(), 1, "what was owed is lost");
}
