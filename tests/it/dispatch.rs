// SPDX-License-Identifier: EUPL-1.2
//! What becomes of a notification, whatever the other side answers and whenever the program stops.

use std::time::Duration;

use chrono::TimeDelta;
use informa::domain::notification::Channel;
use informa::domain::subscriber::TargetStatus;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::expire_notifications::{expire_notifications, reclaim_notifications};
use informa::services::fan_out::fan_out;
use informa::services::fill_inboxes::fill_inboxes;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::save_profile::{mute_opportunity, save_profile};
use informa::services::subscribe_browser::{add_browser, is_known};
use informa::services::unsubscribe::leave_service;
use informa::storage::ledger::{self, Lease, State};
use informa::storage::{origins, targets};

use crate::support::app::TestApp;
use crate::support::builders::{Writing, a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::push_service::{Answer, Browser, PushService};
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    a_browser_that_exists_no_more_is_forgotten,
    a_push_service_that_is_busy_is_asked_again_when_it_says,
    a_push_service_may_say_when_as_a_date,
    a_push_service_that_fails_is_asked_again_ever_later,
    attempts_end_at_the_deadline,
    a_push_service_that_turns_us_away_is_left_alone_and_nobody_is_forgotten,
    one_browser_that_is_turned_away_silences_nobody_else,
    a_push_service_that_turns_everybody_away_is_paused_and_no_other,
    a_push_service_that_hangs_keeps_nobody_else_waiting,
    a_push_that_is_too_long_is_shortened_once,
    a_relay_that_is_busy_is_asked_again,
    a_mailbox_that_does_not_exist_is_forgotten,
    a_mail_that_is_refused_for_what_it_says_costs_nobody_their_mailbox,
    what_is_muted_between_matching_and_sending_is_not_sent,
    who_leaves_between_matching_and_sending_hears_nothing,
    who_is_no_longer_concerned_when_it_is_sent_hears_nothing,
    what_closes_between_matching_and_sending_is_not_sent,
    what_a_lost_worker_had_claimed_is_sent_after_its_lease,
    a_program_that_stops_gives_back_what_it_had_not_tried,
    two_processes_send_everything_once,
    alerts_leave_before_the_rest,
}

/// Publishes and matches, and sends nothing yet.
async fn owe(app: &TestApp, writing: &Writing) -> informa::domain::ids::OpportunityId {
    let id = app.draft(writing).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    id
}

async fn a_browser_that_exists_no_more_is_forgotten(app: &TestApp) {
    for status in [404, 410] {
        let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
        app.push_service.answer(&browser, Answer::Status(status));
        app.publish(&a_call()).await;
        app.publish(&a_call()).await;
        assert_eq!(app.push_service.attempts_to(&browser), 1, "{status}");
        assert!(!is_known(app, &browser.endpoint, &browser.auth).await.unwrap());
        let mut transaction = app.database.read().await.unwrap();
        let target = targets::list(&mut transaction, subscriber).await.unwrap().remove(0);
        assert_eq!(target.status, TargetStatus::Gone);
    }
}

async fn a_push_service_that_is_busy_is_asked_again_when_it_says(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&browser, Answer::RetryAfter(429, "600"));
    app.publish(&a_call()).await;
    app.push_service.answer(&browser, Answer::Created);
    app.advance(TimeDelta::seconds(599));
    app.run_jobs().await;
    assert_eq!(app.push_service.attempts_to(&browser), 1);
    app.advance(TimeDelta::seconds(1));
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
    assert_eq!(app.count(Channel::WebPush, State::Sent).await, 1);
}

async fn a_push_service_may_say_when_as_a_date(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    // A date long gone, by the service's own clock: our own schedule is the longer one.
    app.push_service
        .answer(&browser, Answer::RetryAfter(503, "Wed, 01 Jul 2020 08:20:00 GMT"));
    app.publish(&a_call()).await;
    app.push_service.answer(&browser, Answer::Created);
    app.advance(TimeDelta::seconds(29));
    app.run_jobs().await;
    assert_eq!(app.push_service.attempts_to(&browser), 1);
    app.advance(TimeDelta::seconds(1));
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
}

async fn a_push_service_that_fails_is_asked_again_ever_later(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&browser, Answer::Status(500));
    app.publish(&a_call()).await;
    for (attempts, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480)] {
        app.advance(TimeDelta::seconds(seconds - 1));
        app.run_jobs().await;
        assert_eq!(app.push_service.attempts_to(&browser), attempts);
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(app.push_service.attempts_to(&browser), attempts + 1);
    }
    for _ in 0..20 {
        app.advance(TimeDelta::hours(1));
        app.run_jobs().await;
    }
    assert_eq!(app.push_service.attempts_to(&browser), 12, "then it is given up");
    assert_eq!(app.count(Channel::WebPush, State::Failed).await, 1);
    app.push_service.answer(&browser, Answer::Created);
    app.advance(TimeDelta::hours(4));
    app.publish(&a_call().titled("Un altro")).await;
    assert_eq!(
        app.push_service.only_message_to(&browser).title(),
        "Un altro",
        "the browser is not forgotten"
    );
}

async fn attempts_end_at_the_deadline(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let person = an_operator();
    app.subscribe(&person).await;
    app.push_service.answer(&browser, Answer::Status(503));
    app.relay.refuse(&person.email, Stage::Recipient, "451 4.3.0 later");
    app.publish(&a_call().opening(None).closing(Some(at("2026-07-01T10:02:00"))))
        .await;
    for _ in 0..20 {
        app.advance(TimeDelta::seconds(10));
        app.run_jobs().await;
    }
    let attempts = (
        app.push_service.attempts_to(&browser),
        app.relay.attempts_to(&person.email),
    );
    app.push_service.answer(&browser, Answer::Created);
    app.relay.accept(&person.email);
    app.advance(TimeDelta::hours(3));
    app.run_jobs().await;
    assert_eq!(
        (
            app.push_service.attempts_to(&browser),
            app.relay.attempts_to(&person.email)
        ),
        attempts
    );
    assert!(app.push_service.messages().is_empty() && app.relay.mails().is_empty());
}

async fn a_push_service_that_turns_us_away_is_left_alone_and_nobody_is_forgotten(app: &TestApp) {
    for status in [400, 401, 403] {
        let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
        app.push_service.answer(&browser, Answer::Status(status));
        app.publish(&a_call()).await;
        assert_eq!(app.push_service.attempts_to(&browser), 1);
        app.push_service.answer(&browser, Answer::Created);
        app.advance(TimeDelta::minutes(5) - TimeDelta::seconds(1));
        app.run_jobs().await;
        assert_eq!(
            app.push_service.attempts_to(&browser),
            1,
            "{status}: left alone for a while"
        );
        app.advance(TimeDelta::seconds(1));
        app.run_jobs().await;
        app.push_service.only_message_to(&browser);
        assert!(is_known(app, &browser.endpoint, &browser.auth).await.unwrap());
        leave_everybody(app).await;
    }
}

/// Ends everybody's subscription, so that the next case is alone.
async fn leave_everybody(app: &TestApp) {
    crate::support::rows::execute(&app.database, "update profiles set active = false").await;
}

async fn one_browser_that_is_turned_away_silences_nobody_else(app: &TestApp) {
    let (_, unlucky) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&unlucky, Answer::Status(403));
    app.publish(&a_call()).await;
    let (_, other) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.publish(&a_call().titled("Dopo")).await;
    assert_eq!(app.push_service.only_message_to(&other).title(), "Dopo");
    app.leave_work();
}

async fn a_push_service_that_turns_everybody_away_is_paused_and_no_other(app: &TestApp) {
    let healthy = PushService::start(app.clock.clone()).await;
    healthy.bind_to(app.push_keys().installed[0].key.public_base64url());
    let well = healthy.browser();
    let mut sick = Vec::new();
    for _ in 0..6 {
        let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
        app.push_service.answer(&browser, Answer::Status(403));
        if sick.is_empty() {
            add_browser(app, subscriber, &well.subscription()).await.unwrap();
        }
        sick.push(browser);
    }
    app.publish(&a_call().titled("Primo")).await;
    app.publish(&a_call().titled("Secondo")).await;
    let titles: Vec<String> = healthy
        .messages()
        .iter()
        .map(|message| message.title().to_owned())
        .collect();
    assert_eq!(titles, ["Primo", "Secondo"]);
    assert_eq!(healthy.problems(), Vec::<String>::new());
    let attempts = |sick: &[Browser]| {
        sick.iter()
            .map(|it| app.push_service.attempts_to(it))
            .collect::<Vec<_>>()
    };
    assert_eq!(attempts(&sick), [1; 6], "the second is not even tried");
    for browser in &sick {
        app.push_service.answer(browser, Answer::Created);
    }
    app.advance(TimeDelta::minutes(5));
    app.run_jobs().await;
    for browser in &sick {
        assert_eq!(app.push_service.messages_to(browser).len(), 2, "nobody was forgotten");
    }
}

async fn a_push_service_that_hangs_keeps_nobody_else_waiting(app: &TestApp) {
    let healthy = PushService::start(app.clock.clone()).await;
    healthy.bind_to(app.push_keys().installed[0].key.public_base64url());
    let (subscriber, hanging) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let well = healthy.browser();
    add_browser(app, subscriber, &well.subscription()).await.unwrap();
    let person = an_operator();
    app.subscribe(&person).await;
    app.push_service.answer(&hanging, Answer::Hang);
    owe(app, &a_call()).await;
    let program = (**app).clone();
    let dispatching = tokio::spawn(async move { dispatch_outbox(&program).await });
    let others_are_told = async || {
        while healthy.messages().is_empty() || app.relay.mails_to(&person.email).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), others_are_told())
        .await
        .expect("the others are told meanwhile");
    assert!(!dispatching.is_finished());
    app.push_service.let_go();
    assert_eq!(dispatching.await.unwrap().unwrap().sent, 3);
    app.run_jobs().await;
}

async fn a_push_that_is_too_long_is_shortened_once(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    app.push_service.answer(&browser, Answer::Status(413));
    app.publish(&a_call()).await;
    app.advance(TimeDelta::hours(1));
    app.run_jobs().await;
    assert_eq!(
        app.relay.mails_to(&person.email).len(),
        1,
        "the mail that waited on it is sent"
    );
    assert!(
        is_known(app, &browser.endpoint, &browser.auth).await.unwrap(),
        "the browser is not forgotten"
    );
    assert_eq!(
        app.push_service.attempts_to(&browser),
        2,
        "once in full, once shortened"
    );
}

async fn a_relay_that_is_busy_is_asked_again(app: &TestApp) {
    for (stage, reply) in [
        (Stage::Recipient, "451 4.7.1 greylisted"),
        (Stage::Content, "452 4.3.1 full"),
    ] {
        let person = a_citizen();
        app.subscribe(&person).await;
        app.relay.refuse(&person.email, stage, reply);
        app.publish(&a_call()).await;
        assert!(app.relay.mails_to(&person.email).is_empty());
        app.relay.accept(&person.email);
        app.advance(TimeDelta::seconds(30));
        app.run_jobs().await;
        app.relay.only_mail_to(&person.email);
        app.relay.forget();
        let mut transaction = app.database.read().await.unwrap();
        let mailbox = targets::find_mailbox(&mut transaction, &person.address())
            .await
            .unwrap()
            .unwrap();
        drop(transaction);
        leave_service(app, mailbox.subscriber).await.unwrap();
        app.advance(TimeDelta::days(2));
    }
}

async fn a_mailbox_that_does_not_exist_is_forgotten(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Recipient, "550 5.1.1 no such user");
    app.publish(&a_call()).await;
    app.relay.accept(&person.email);
    app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.run_jobs().await;
    assert!(app.relay.mails_to(&person.email).is_empty());
    assert_eq!(
        app.relay.attempts_to(&person.email),
        2,
        "the confirmation, and one announcement"
    );
}

async fn a_mail_that_is_refused_for_what_it_says_costs_nobody_their_mailbox(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Content, "554 5.7.1 looks like spam");
    app.publish(&a_call()).await;
    assert_eq!(app.count(Channel::Email, State::Failed).await, 1);
    app.relay.accept(&person.email);
    app.publish(&a_call().titled("Un altro")).await;
    assert_eq!(app.relay.only_mail_to(&person.email).subject(), "Bando: Un altro");
}

async fn what_is_muted_between_matching_and_sending_is_not_sent(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let id = owe(app, &a_call()).await;
    mute_opportunity(app, subscriber, id).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 1);
}

async fn who_leaves_between_matching_and_sending_hears_nothing(app: &TestApp) {
    let (subscriber, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let reader = app.subscribe(&an_operator()).await;
    owe(app, &a_call()).await;
    leave_service(app, subscriber).await.unwrap();
    leave_service(app, reader).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.push_service.attempts_to(&browser), 0);
}

async fn who_is_no_longer_concerned_when_it_is_sent_hears_nothing(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let (other, browser) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    owe(app, &a_call()).await;
    save_profile(
        app,
        subscriber,
        &a_citizen().following(&["social"]).choices(&app.vocabulary()),
    )
    .await
    .unwrap();
    save_profile(app, other, &an_operator().by(&[]).choices(&app.vocabulary()))
        .await
        .unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.push_service.attempts_to(&browser), 0);
}

async fn what_closes_between_matching_and_sending_is_not_sent(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    owe(app, &a_call().opening(None).closing(Some(at("2026-07-01T11:00:00")))).await;
    app.advance(TimeDelta::hours(1) + TimeDelta::seconds(1));
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.count(Channel::Email, State::Expired).await, 1);
}

async fn what_a_lost_worker_had_claimed_is_sent_after_its_lease(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    owe(app, &a_call()).await;
    let lease = Lease {
        claim: 7,
        until: app.now().plus(TimeDelta::seconds(90)),
    };
    let mut transaction = app.database.begin().await.unwrap();
    let relay = origins::find_or_insert(&mut transaction, origins::MAIL_RELAY, Channel::Email)
        .await
        .unwrap();
    let claimed = ledger::claim(&mut transaction, relay, lease, 10, app.now())
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    transaction.commit().await.unwrap();
    app.advance(TimeDelta::seconds(90));
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty(), "the lease holds");
    app.advance(TimeDelta::seconds(1));
    app.run_jobs().await;
    app.relay.only_mail_to(&person.email);
}

async fn a_program_that_stops_gives_back_what_it_had_not_tried(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    owe(app, &a_call()).await;
    let stopping = app.another_process(|_| {}).await;
    stopping.stopping.cancel();
    assert_eq!(dispatch_outbox(&stopping).await.unwrap().attempts, 0);
    stopping.database.close().await;
    assert_eq!(app.count(Channel::Email, State::Due).await, 1);
    app.run_jobs().await;
    app.relay.only_mail_to(&person.email);
}

async fn two_processes_send_everything_once(app: &TestApp) {
    const PEOPLE: usize = 60;
    let mut browsers = Vec::new();
    for _ in 0..PEOPLE {
        browsers.push(app.subscribe_browser(&a_citizen().by(&["web_push"])).await.1);
    }
    let other = app.another_process(|_| {}).await;
    for number in 0..4 {
        let id = app.draft(&a_call().titled(&format!("Bando {number}"))).await;
        publish_opportunity(app, app.editor, id).await.unwrap();
    }
    let work = async |program: &informa::app::App| {
        for _ in 0..3 {
            fan_out(program).await.unwrap();
            fill_inboxes(program).await.unwrap();
            dispatch_outbox(program).await.unwrap();
            reclaim_notifications(program).await.unwrap();
            expire_notifications(program).await.unwrap();
        }
    };
    tokio::join!(work(app), work(&other));
    other.database.close().await;
    app.run_jobs().await;
    for browser in &browsers {
        let mut titles: Vec<String> = app
            .push_service
            .messages_to(browser)
            .iter()
            .map(|message| message.title().to_owned())
            .collect();
        titles.sort();
        assert_eq!(titles, ["Bando 0", "Bando 1", "Bando 2", "Bando 3"]);
    }
    assert_eq!(
        app.count(Channel::WebPush, State::Sent).await,
        4 * i64::try_from(PEOPLE).unwrap()
    );
}

async fn alerts_leave_before_the_rest(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    owe(app, &a_call().titled("Primo")).await;
    owe(app, &a_call().titled("Secondo")).await;
    owe(
        app,
        &a_call()
            .titled("Frana")
            .kind(informa::domain::opportunity::OpportunityKind::Alert),
    )
    .await;
    let one_by_one = app.another_process(|config| config.smtp_connections = 1).await;
    dispatch_outbox(&one_by_one).await.unwrap();
    one_by_one.database.close().await;
    let subjects: Vec<String> = app.relay.mails_to(&person.email).iter().map(Mail::subject).collect();
    assert_eq!(subjects, ["Allerta: Frana", "Bando: Primo", "Bando: Secondo"]);
}
