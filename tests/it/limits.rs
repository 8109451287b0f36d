// SPDX-License-Identifier: EUPL-1.2
//! What limits sending: rates that all workers share, quiet hours, the weekly cap, origins in trouble, lost workers.

use chrono::TimeDelta;
use informa::domain::notification::Channel;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::quiet_hours::QuietHours;
use informa::domain::rate::Rate;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::expire_notifications::reclaim_notifications;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::send_test::send_test;
use informa::storage::ledger::{self, Lease, State};
use informa::storage::{matches, origins, targets};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, at};
use crate::support::on_both_engines;
use crate::support::push_service::{Answer, Browser};
use crate::support::rows;

on_both_engines! {
    a_relay_gets_no_more_in_a_second_than_it_allows,
    two_processes_share_a_rate,
    a_rate_of_one_origin_holds_up_no_other,
    nobody_is_woken_at_night,
    alerts_and_what_a_person_asked_for_are_sent_at_night,
    what_would_be_of_no_use_in_the_morning_is_sent_at_night,
    mail_goes_out_at_night,
    a_mail_that_waits_on_a_push_waits_for_the_morning,
    the_sixth_push_of_a_week_is_left_to_the_digest,
    a_new_week_begins_on_monday,
    alerts_are_not_counted_and_not_held_back,
    whoever_asked_for_both_gets_the_mail_and_no_digest,
    a_mail_that_waits_on_a_capped_push_is_not_sent,
    no_cap_tells_everything,
    a_relay_that_is_down_costs_no_message_its_attempts,
    a_push_service_that_turns_everybody_away_for_days_loses_nothing,
    a_message_that_workers_are_lost_over_is_given_up,
    a_flood_of_news_does_not_hold_up_a_link,
}

/// Publishes this many calls and matches them, sending nothing.
async fn owe(app: &TestApp, titles: &[&str]) {
    for title in titles {
        let id = app.draft(&a_call().titled(title)).await;
        publish_opportunity(app, app.editor, id).await.unwrap();
    }
    fan_out(app).await.unwrap();
}

const SIX: [&str; 6] = ["Uno", "Due", "Tre", "Quattro", "Cinque", "Sei"];

fn titles(app: &TestApp, browser: &Browser) -> Vec<String> {
    let messages = app.push_service.messages_to(browser);
    messages.iter().map(|message| message.title().to_owned()).collect()
}

async fn a_relay_gets_no_more_in_a_second_than_it_allows(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    owe(app, &SIX).await;
    let slow = app.another_process(|config| config.smtp_rate = Rate::a_second(2)).await;
    for (second, sent) in [(0, 2), (1, 4), (2, 6)] {
        dispatch_outbox(&slow).await.unwrap();
        dispatch_outbox(&slow).await.unwrap();
        assert_eq!(app.relay.mails().len(), sent, "second {second}");
        app.advance(TimeDelta::seconds(1));
    }
    slow.database.close().await;
}

async fn two_processes_share_a_rate(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    owe(app, &SIX).await;
    let one = app.another_process(|config| config.smtp_rate = Rate::a_second(3)).await;
    let two = app.another_process(|config| config.smtp_rate = Rate::a_second(3)).await;
    let (first, second) = tokio::join!(dispatch_outbox(&one), dispatch_outbox(&two));
    assert!(first.unwrap().sent + second.unwrap().sent <= 3);
    app.advance(TimeDelta::seconds(1));
    dispatch_outbox(&one).await.unwrap();
    app.advance(TimeDelta::seconds(1));
    dispatch_outbox(&two).await.unwrap();
    assert_eq!(app.relay.mails().len(), 6);
    one.database.close().await;
    two.database.close().await;
}

async fn a_rate_of_one_origin_holds_up_no_other(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    owe(app, &SIX[..4]).await;
    let slow = app.another_process(|config| config.smtp_rate = Rate::a_second(1)).await;
    dispatch_outbox(&slow).await.unwrap();
    slow.database.close().await;
    assert_eq!((app.relay.mails().len(), titles(app, &browser).len()), (1, 4));
    app.leave_work();
}

/// Late in the evening of 1 July.
fn at_night(app: &TestApp) {
    app.advance(at("2026-07-01T22:30:00").since(app.now()));
}

async fn nobody_is_woken_at_night(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    at_night(app);
    app.publish(&a_call()).await;
    assert_eq!(app.push_service.attempts_to(&browser), 0);
    app.advance(at("2026-07-02T07:59:59").since(app.now()));
    app.run_jobs().await;
    assert_eq!(app.push_service.attempts_to(&browser), 0);
    app.advance(TimeDelta::seconds(1));
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
    let attempts = rows::integers(&app.database, "select max(attempts) from notifications").await[0][0];
    assert_eq!(attempts, 1, "putting off costs no attempt");
}

async fn alerts_and_what_a_person_asked_for_are_sent_at_night(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    at_night(app);
    app.publish(&a_call().kind(OpportunityKind::Alert).titled("Frana"))
        .await;
    let mut transaction = app.database.read().await.unwrap();
    let target = targets::list(&mut transaction, subscriber).await.unwrap().remove(0);
    drop(transaction);
    send_test(app, subscriber, target.id).await.unwrap();
    app.run_jobs().await;
    assert_eq!(titles(app, &browser), ["Frana", "Funziona!"]);
}

async fn what_would_be_of_no_use_in_the_morning_is_sent_at_night(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    at_night(app);
    app.publish(&a_call().opening(None).closing(Some(at("2026-07-02T06:00:00"))))
        .await;
    app.push_service.only_message_to(&browser);
}

async fn mail_goes_out_at_night(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    at_night(app);
    app.publish(&a_call()).await;
    app.relay.only_mail_to("maria@example.org");
}

async fn a_mail_that_waits_on_a_push_waits_for_the_morning(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email_fallback"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    informa::services::subscribe_browser::add_browser(app, subscriber, &browser.subscription())
        .await
        .unwrap();
    at_night(app);
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
    app.advance(TimeDelta::hours(10));
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
    assert!(app.relay.mails().is_empty());
}

async fn the_sixth_push_of_a_week_is_left_to_the_digest(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    owe(app, &SIX).await;
    app.run_jobs().await;
    assert_eq!(titles(app, &browser).len(), 5);
    assert_eq!(app.count(Channel::WebPush, State::Suppressed).await, 1);
    let folded = rows::integers(&app.database, "select count(*) from matches where frequency = 1").await;
    assert_eq!(folded[0][0], 1, "the daily digest will tell it");
    app.publish(&a_call().titled("Sette")).await;
    assert_eq!(titles(app, &browser).len(), 5, "however the pushes come");
    let folded = rows::integers(&app.database, "select count(*) from matches where frequency = 1").await;
    assert_eq!(folded[0][0], 2);
}

async fn a_new_week_begins_on_monday(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    owe(app, &SIX).await;
    app.run_jobs().await;
    app.advance(at("2026-07-05T20:00:00").since(app.now()));
    app.publish(&a_call().titled("Domenica")).await;
    assert_eq!(titles(app, &browser).len(), 5);
    app.advance(at("2026-07-06T09:00:00").since(app.now()));
    app.publish(&a_call().titled("Lunedì")).await;
    assert_eq!(titles(app, &browser).len(), 6);
}

async fn alerts_are_not_counted_and_not_held_back(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.publish(&a_call().kind(OpportunityKind::Alert).titled("Prima"))
        .await;
    owe(app, &SIX).await;
    app.run_jobs().await;
    app.publish(&a_call().kind(OpportunityKind::Alert).titled("Dopo")).await;
    assert_eq!(titles(app, &browser).len(), 7);
}

async fn whoever_asked_for_both_gets_the_mail_and_no_digest(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    informa::services::subscribe_browser::add_browser(app, subscriber, &browser.subscription())
        .await
        .unwrap();
    let profile = a_citizen().by(&["web_push", "email"]).choices(&app.vocabulary());
    informa::services::save_profile::save_profile(app, subscriber, &profile)
        .await
        .unwrap();
    owe(app, &SIX).await;
    app.run_jobs().await;
    assert_eq!((titles(app, &browser).len(), app.relay.mails().len()), (5, 6));
    let folded = rows::integers(&app.database, "select count(*) from matches where frequency = 1").await;
    assert_eq!(folded[0][0], 0);
}

async fn a_mail_that_waits_on_a_capped_push_is_not_sent(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let browser = app.push_service.browser();
    informa::services::subscribe_browser::add_browser(app, subscriber, &browser.subscription())
        .await
        .unwrap();
    let profile = a_citizen()
        .by(&["web_push", "email_fallback"])
        .choices(&app.vocabulary());
    informa::services::save_profile::save_profile(app, subscriber, &profile)
        .await
        .unwrap();
    owe(app, &SIX).await;
    app.run_jobs().await;
    assert_eq!((titles(app, &browser).len(), app.relay.mails().len()), (5, 0));
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 6);
    let mut transaction = app.database.read().await.unwrap();
    assert_eq!(
        matches::count(&mut transaction).await.unwrap(),
        6,
        "the inbox holds all"
    );
}

async fn no_cap_tells_everything(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    owe(app, &SIX).await;
    let open = app
        .another_process(|config| {
            config.weekly_pushes = 0;
            config.quiet_hours = QuietHours::NONE;
        })
        .await;
    dispatch_outbox(&open).await.unwrap();
    open.database.close().await;
    assert_eq!(titles(app, &browser).len(), 6);
}

async fn a_relay_that_is_down_costs_no_message_its_attempts(app: &TestApp) {
    for number in 0..6 {
        app.subscribe(&a_citizen().called(&format!("person{number}@example.org")))
            .await;
    }
    owe(app, &["Il relay è spento"]).await;
    let lost = app
        .another_process(|config| {
            config.smtp_url = Some(informa::config::Secret::new("smtp://127.0.0.1:1".to_owned()));
        })
        .await;
    for _ in 0..30 {
        dispatch_outbox(&lost).await.unwrap();
        app.advance(TimeDelta::hours(1));
    }
    lost.database.close().await;
    assert_eq!(
        app.count(Channel::Email, State::Due).await,
        6,
        "a day and more later all are still owed"
    );
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 6);
}

async fn a_push_service_that_turns_everybody_away_for_days_loses_nothing(app: &TestApp) {
    let mut browsers = Vec::new();
    for _ in 0..8 {
        let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
        app.push_service.answer(&browser, Answer::Status(403));
        browsers.push(browser);
    }
    app.publish(&a_call()).await;
    for _ in 0..72 {
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
    }
    for browser in &browsers {
        app.push_service.answer(browser, Answer::Created);
    }
    app.advance(TimeDelta::hours(24));
    app.run_jobs().await;
    assert_eq!(app.count(Channel::WebPush, State::Sent).await, 8);
}

async fn a_message_that_workers_are_lost_over_is_given_up(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    owe(app, &["Veleno"]).await;
    let mut transaction = app.database.read().await.unwrap();
    let relay = origins::list_ready(&mut transaction, app.now()).await.unwrap();
    drop(transaction);
    let relay = relay.iter().find(|origin| origin.channel == Channel::Email).unwrap().id;
    for number in 0..12 {
        let lease = Lease {
            claim: number,
            until: app.now().plus(TimeDelta::seconds(90)),
        };
        let mut transaction = app.database.begin().await.unwrap();
        let claimed = ledger::claim(&mut transaction, relay, lease, 10, app.now())
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1, "attempt {number}");
        transaction.commit().await.unwrap();
        app.advance(TimeDelta::seconds(91));
        reclaim_notifications(app).await.unwrap();
    }
    assert_eq!(app.count(Channel::Email, State::Failed).await, 1);
}

async fn a_flood_of_news_does_not_hold_up_a_link(app: &TestApp) {
    let reader = a_citizen();
    app.subscribe(&reader).await;
    owe(app, &SIX).await;
    informa::services::send_sign_in_link::send_link_to_mailbox(app, &reader.address())
        .await
        .unwrap();
    let one_by_one = app.another_process(|config| config.smtp_connections = 1).await;
    dispatch_outbox(&one_by_one).await.unwrap();
    one_by_one.database.close().await;
    let mails = app.relay.mails_to(&reader.email);
    assert_eq!(mails.len(), 7);
    assert!(
        !mails[0].subject().starts_with("Bando"),
        "first: {}",
        mails[0].subject()
    );
}
