// SPDX-License-Identifier: EUPL-1.2
//! When a browser or mailbox that is refused again and again is left alone, and when it is not its fault.

use chrono::TimeDelta;
use informa::domain::notification::Channel;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::subscriber::TargetStatus;
use informa::services::subscribe_browser::is_known;
use informa::storage::ledger::State;
use informa::storage::targets;

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, an_operator};
use crate::support::on_both_engines;
use crate::support::push_service::{Answer, Browser};
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

on_both_engines! {
    a_browser_that_is_refused_for_more_than_a_day_is_dropped,
    a_browser_that_is_refused_for_a_day_is_kept,
    a_success_clears_the_strikes_of_a_browser,
    nobody_is_dropped_while_everybody_is_turned_away,
    nobody_is_dropped_when_a_push_service_cannot_do_its_work,
    a_relay_that_keeps_putting_off_one_mailbox_stops_it,
    a_relay_that_keeps_putting_off_everybody_stops_nobody,
    a_mailbox_that_is_full_at_once_is_stopped_the_third_time,
}

async fn strikes(app: &TestApp) -> i64 {
    rows::integers(&app.database, "select count(*) from strikes").await[0][0]
}

async fn a_browser(app: &TestApp) -> Browser {
    app.subscribe_browser(&a_citizen().by(&["web_push"])).await.1
}

/// Publishes an alert, which leaves by day and night, every so many hours, and lets every retry pass.
async fn publish_every(app: &TestApp, hours: i64, times: usize) {
    for _ in 0..times {
        app.publish(&a_call().kind(OpportunityKind::Alert)).await;
        app.advance(TimeDelta::hours(hours));
    }
}

async fn keeps(app: &TestApp, browser: &Browser) -> bool {
    is_known(app, &browser.endpoint, &browser.auth).await.unwrap()
}

async fn a_browser_that_is_refused_for_more_than_a_day_is_dropped(app: &TestApp) {
    for status in [400, 403, 405] {
        let (healthy, refused) = (a_browser(app).await, a_browser(app).await);
        app.push_service.answer(&refused, Answer::Status(status));
        publish_every(app, 5, 5).await;
        assert!(keeps(app, &refused).await, "{status}: not more than a day yet");
        app.publish(&a_call()).await;
        assert!(!keeps(app, &refused).await, "{status}");
        assert!(keeps(app, &healthy).await);
        assert_eq!(app.push_service.messages_to(&healthy).len(), 6, "{status}");
        rows::execute(&app.database, "update profiles set active = false").await;
    }
    assert_eq!(
        app.count(Channel::WebPush, State::Due).await,
        0,
        "what was owed to it is suppressed"
    );
}

async fn a_browser_that_is_refused_for_a_day_is_kept(app: &TestApp) {
    let (_healthy, refused) = (a_browser(app).await, a_browser(app).await);
    app.push_service.answer(&refused, Answer::Status(405));
    publish_every(app, 2, 12).await;
    assert!(strikes(app).await >= 12);
    assert!(keeps(app, &refused).await);
}

async fn a_success_clears_the_strikes_of_a_browser(app: &TestApp) {
    let (_healthy, refused) = (a_browser(app).await, a_browser(app).await);
    app.push_service.answer(&refused, Answer::Status(405));
    publish_every(app, 5, 5).await;
    app.push_service.answer(&refused, Answer::Created);
    app.publish(&a_call()).await;
    assert_eq!(strikes(app).await, 0);
    app.push_service.answer(&refused, Answer::Status(405));
    publish_every(app, 2, 5).await;
    assert!(keeps(app, &refused).await, "counting begins anew");
}

async fn nobody_is_dropped_while_everybody_is_turned_away(app: &TestApp) {
    let mut browsers = Vec::new();
    for _ in 0..3 {
        let browser = a_browser(app).await;
        app.push_service.answer(&browser, Answer::Status(403));
        browsers.push(browser);
    }
    publish_every(app, 7, 8).await;
    assert_eq!(strikes(app).await, 0);
    for browser in &browsers {
        assert!(keeps(app, browser).await);
        app.push_service.answer(browser, Answer::Created);
    }
    app.publish(&a_call()).await;
    for browser in &browsers {
        assert!(!app.push_service.messages_to(browser).is_empty());
    }
    app.leave_work();
}

async fn nobody_is_dropped_when_a_push_service_cannot_do_its_work(app: &TestApp) {
    let (_healthy, busy) = (a_browser(app).await, a_browser(app).await);
    app.push_service.answer(&busy, Answer::Status(503));
    publish_every(app, 7, 6).await;
    assert_eq!(strikes(app).await, 0);
    assert!(keeps(app, &busy).await);
    app.leave_work();
}

async fn status_of(app: &TestApp, person: &Person) -> TargetStatus {
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &person.address())
        .await
        .unwrap();
    mailbox.expect("a mailbox").status
}

/// Lets every attempt at what is due pass, another mail being sent now and then.
async fn wear_out(app: &TestApp) {
    for _ in 0..14 {
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
    }
}

async fn a_relay_that_keeps_putting_off_one_mailbox_stops_it(app: &TestApp) {
    let (person, other) = (a_citizen(), an_operator());
    app.subscribe(&person).await;
    app.subscribe(&other).await;
    app.relay.refuse(&person.email, Stage::Recipient, "450 4.2.1 try later");
    for _ in 0..3 {
        assert_eq!(status_of(app, &person).await, TargetStatus::Active);
        app.publish(&a_call()).await;
        for _ in 0..11 {
            app.advance(TimeDelta::hours(1));
            app.run_jobs().await;
        }
        // Something to somebody else, so that the relay is known to work when the last attempt fails.
        app.publish(&a_call()).await;
        app.run_jobs().await;
        rows::execute(
            &app.database,
            "update notifications set attempts = 11, not_before = 0 where state = 1",
        )
        .await;
        app.run_jobs().await;
    }
    assert_eq!(status_of(app, &person).await, TargetStatus::Gone);
    assert_eq!(status_of(app, &other).await, TargetStatus::Active);
}

async fn a_relay_that_keeps_putting_off_everybody_stops_nobody(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.advance(TimeDelta::hours(2));
    app.relay.refuse(&person.email, Stage::Recipient, "450 4.2.1 try later");
    for _ in 0..4 {
        app.publish(&a_call()).await;
        wear_out(app).await;
    }
    assert_eq!(app.count(Channel::Email, State::Failed).await, 4);
    assert_eq!(strikes(app).await, 0);
    assert_eq!(status_of(app, &person).await, TargetStatus::Active);
}

async fn a_mailbox_that_is_full_at_once_is_stopped_the_third_time(app: &TestApp) {
    let (person, other) = (a_citizen(), an_operator());
    app.subscribe(&person).await;
    app.subscribe(&other).await;
    app.relay.refuse(&person.email, Stage::Recipient, "552 5.2.2 full");
    for day in 0..3 {
        assert_eq!(status_of(app, &person).await, TargetStatus::Active, "day {day}");
        app.publish(&a_call()).await;
        app.advance(TimeDelta::days(1));
    }
    assert_eq!(status_of(app, &person).await, TargetStatus::Gone);
}
