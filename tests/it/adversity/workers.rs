// SPDX-License-Identifier: EUPL-1.2
//! Workers that stand still, lose the database, or meet slow servers.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use informa::config::Secret;
use informa::domain::notification::Channel;
use informa::domain::opportunity::OpportunityKind;
use informa::jobs::worker;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::expire_notifications::reclaim_notifications;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::storage::ledger::{self, Key, Lease, State, Verdict};
use informa::storage::origins;

use crate::support::app::TestApp;
use crate::support::builders::a_call;
use crate::support::on_both_engines;
use crate::support::push_service::Answer;
use crate::support::rows;

use super::{many_browsers, owe};

on_both_engines! {
    a_worker_that_was_taken_for_dead_sends_nothing_more,
    heartbeat_and_record_do_not_lock_each_other_out,
    an_alert_does_not_wait_for_what_was_claimed_while_it_was_fast,
    a_silent_imap_server_does_not_stop_matching,
    a_lost_connection_to_the_database_sends_nothing_twice,
    sending_with_several_answers_beside_heartbeats_sends_nothing_twice,
}

async fn a_worker_that_was_taken_for_dead_sends_nothing_more(app: &TestApp) {
    app.leave_work();
    let browsers = many_browsers(app, 128).await;
    for browser in &browsers {
        app.push_service.answer(browser, Answer::Hang);
    }
    owe(app, &["Una volta"]).await;
    let frozen = app.another_process(|_| {}).await;
    let sending = tokio::spawn({
        let frozen = frozen.clone();
        async move { dispatch_outbox(&frozen).await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    // It stands still (SIGSTOP, a virtual machine that moves): no heartbeat, and its lease runs out.
    app.advance(TimeDelta::seconds(91));
    for browser in &browsers {
        app.push_service.answer(browser, Answer::Created);
    }
    reclaim_notifications(app).await.unwrap();
    dispatch_outbox(app).await.unwrap();
    assert_eq!(app.count(Channel::WebPush, State::Sent).await, 128);
    app.push_service.let_go();
    sending.await.unwrap().unwrap();
    frozen.database.close().await;
    let twice = browsers
        .iter()
        .filter(|it| app.push_service.attempts_to(it) > 1)
        .count();
    assert!(twice <= 64, "{twice} attempted twice, 64 were under way");
}

async fn heartbeat_and_record_do_not_lock_each_other_out(app: &TestApp) {
    app.leave_work();
    many_browsers(app, 150).await;
    owe(app, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]).await;
    let mut transaction = app.database.begin().await.unwrap();
    let origin = origins::list_ready(&mut transaction, app.now()).await.unwrap();
    let origin = origin.iter().find(|it| it.channel == Channel::WebPush).unwrap().id;
    let lease = Lease {
        claim: 7,
        until: app.now().plus(TimeDelta::seconds(90)),
    };
    let claimed = ledger::claim(&mut transaction, origin, lease, 1_500, app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(claimed.len(), 1_500);
    let database = app.database.clone();
    let beating = tokio::spawn(async move {
        let (mut beats, mut failed) = (0, 0);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            let mut transaction = database.begin().await.unwrap();
            let beat = ledger::heartbeat(&mut transaction, lease).await;
            let done = match beat {
                Ok(()) => transaction.commit().await,
                Err(error) => Err(error),
            };
            beats += 1;
            failed += usize::from(done.is_err());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        (beats, failed)
    });
    // As `record` does it: groups of 64 in the order in which they were answered, two verdicts in one transaction.
    let keys: Vec<Key> = claimed.iter().map(|it| it.key).collect();
    let (mut recorded, mut failed) = (0, 0);
    let start = Instant::now();
    let again = Verdict::Again(app.now(), "503".to_owned());
    'all: loop {
        for window in keys.chunks(64) {
            if start.elapsed() > Duration::from_secs(5) {
                break 'all;
            }
            let mut answered = window.to_vec();
            // Some answers come before others.
            answered.rotate_left(17);
            let last = answered.len() - 1;
            answered.swap(3, 40.min(last));
            let (sent, retried): (Vec<Key>, Vec<Key>) = answered.into_iter().partition(|it| it.target.0 % 5 != 0);
            let mut transaction = app.database.begin().await.unwrap();
            let done = async {
                ledger::record(&mut transaction, 7, &Verdict::Released, &sent, app.now()).await?;
                ledger::record(&mut transaction, 7, &again, &retried, app.now()).await?;
                Ok::<usize, informa::storage::Error>(0)
            }
            .await;
            let done = match done {
                Ok(_) => transaction.commit().await,
                Err(error) => Err(error),
            };
            recorded += 1;
            let mut transaction = app.database.begin().await.unwrap();
            if ledger::claim(&mut transaction, origin, lease, 64, app.now())
                .await
                .is_ok()
            {
                transaction.commit().await.unwrap();
            }
            failed += usize::from(done.is_err());
        }
    }
    let (beats, beats_failed) = beating.await.unwrap();
    assert_eq!(
        (failed, beats_failed),
        (0, 0),
        "of {recorded} groups and {beats} heartbeats"
    );
}

async fn an_alert_does_not_wait_for_what_was_claimed_while_it_was_fast(app: &TestApp) {
    app.leave_work();
    let browsers = many_browsers(app, 200).await;
    let calls: Vec<String> = (0..30).map(|n| format!("Bando {n}")).collect();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    owe(app, &calls).await;
    let open = app.another_process(|config| config.weekly_pushes = 0).await;
    let sending = tokio::spawn({
        let open = open.clone();
        async move { dispatch_outbox(&open).await }
    });
    while app.push_service.messages().len() < 2_500 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for browser in &browsers {
        app.push_service.answer(browser, Answer::Slow(2_000));
    }
    let claimed = app.count(Channel::WebPush, State::Claimed).await;
    let id = app.draft(&a_call().kind(OpportunityKind::Alert).titled("Frana")).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    let since = Instant::now();
    let mut waited = None;
    while since.elapsed() < Duration::from_secs(100) {
        if app.push_service.messages().iter().any(|it| it.title() == "Frana") {
            waited = Some(since.elapsed());
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    open.stopping.cancel();
    sending.await.unwrap().unwrap();
    open.database.close().await;
    assert!(
        waited.is_some_and(|it| it < Duration::from_secs(10)),
        "{claimed} claimed; alert after {waited:?}"
    );
}

async fn a_silent_imap_server_does_not_stop_matching(app: &TestApp) {
    app.leave_work();
    many_browsers(app, 1).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let working = app
        .another_process(|config| {
            config.bounce_imap_url = Some(Secret::new(format!("imaps://u:p@127.0.0.1:{port}/INBOX")));
        })
        .await;
    let work = tokio::spawn({
        let working = working.clone();
        async move { worker::work(&working).await }
    });
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    app.advance(TimeDelta::seconds(61));
    let (_connection, _) = silent.accept().await.unwrap();
    let id = app.draft(&a_call().kind(OpportunityKind::Alert).titled("Frana")).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    let since = Instant::now();
    while app.push_service.messages().is_empty() && since.elapsed() < Duration::from_mins(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let waited = since.elapsed();
    working.stopping.cancel();
    work.await.unwrap().unwrap();
    working.database.close().await;
    assert!(waited < Duration::from_secs(3), "{waited:?}");
}

async fn a_lost_connection_to_the_database_sends_nothing_twice(app: &TestApp) {
    app.leave_work();
    if app.database.engine() == informa::storage::Engine::Sqlite {
        return;
    }
    let browsers = many_browsers(app, 400).await;
    owe(app, &["Uno", "Due", "Tre", "Quattro", "Cinque"]).await;
    let open = app.another_process(|config| config.weekly_pushes = 0).await;
    let sending = tokio::spawn({
        let open = open.clone();
        async move { dispatch_outbox(&open).await }
    });
    while app.push_service.messages().len() < 400 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // A short loss of the connections: a failover, a restart of a pooler. The server is there again at once.
    rows::integers(
        &app.database,
        "select cast(count(pg_terminate_backend(pid)) as bigint) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .await;
    // Whether the next claim was hit, which ends the session, is a matter of luck.
    let _ = sending.await.unwrap();
    app.advance(TimeDelta::seconds(91));
    for _ in 0..5 {
        reclaim_notifications(&open).await.unwrap();
        dispatch_outbox(&open).await.unwrap();
    }
    open.database.close().await;
    let attempts: usize = browsers.iter().map(|it| app.push_service.attempts_to(it)).sum();
    assert_eq!(attempts, 2_000, "pushes for 2,000 notifications; nothing was killed");
}

async fn sending_with_several_answers_beside_heartbeats_sends_nothing_twice(app: &TestApp) {
    app.leave_work();
    let browsers = many_browsers(app, 300).await;
    for (number, browser) in browsers.iter().enumerate() {
        let answer = match number % 7 {
            0 => Answer::Status(429),
            1 => Answer::Slow(7),
            2 => Answer::Slow(40),
            3 => Answer::Status(503),
            _ => Answer::Created,
        };
        app.push_service.answer(browser, answer);
    }
    let titles: Vec<String> = (0..30).map(|n| format!("Bando {n}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    owe(app, &titles).await;
    let open = app
        .another_process(|config| {
            config.weekly_pushes = 0;
            config.lease_seconds = 1;
        })
        .await;
    let mut errors = Vec::new();
    for _ in 0..8 {
        if let Err(error) = dispatch_outbox(&open).await {
            errors.push(error.to_string());
            app.advance(TimeDelta::seconds(2));
            reclaim_notifications(&open).await.unwrap();
        }
    }
    open.database.close().await;
    let attempts: usize = browsers.iter().map(|it| app.push_service.attempts_to(it)).sum();
    assert!(
        errors.is_empty() && attempts == 9_000,
        "{attempts} attempts; {errors:?}"
    );
}
