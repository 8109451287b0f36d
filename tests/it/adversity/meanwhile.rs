// SPDX-License-Identifier: EUPL-1.2
//! What happens between two statements of another process.

use std::time::Duration;

use chrono::TimeDelta;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::expire_notifications::reclaim_notifications;
use informa::services::publish_opportunity::publish_opportunity;

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::rows;

use super::{many_browsers, owe};

on_both_engines! {
    filling_inboxes_beside_a_publication_keeps_nobody_from_being_told,
    two_processes_that_start_together_have_the_same_keys,
    one_row_that_cannot_be_read_holds_up_nobody_else,
    a_key_that_another_process_made_meanwhile_is_taken_over,
    adding_counters_up_loses_nothing_of_what_is_being_told_again,
}

async fn filling_inboxes_beside_a_publication_keeps_nobody_from_being_told(app: &TestApp) {
    app.leave_work();
    let browser = many_browsers(app, 1).await.remove(0);
    let informa::storage::Transaction::Postgres(mut locking) = app.database.begin().await.unwrap() else {
        return;
    };
    // An old subscriber has just changed something: their inbox is due.
    rows::execute(&app.database, "update profiles set inbox_due = 1").await;
    let id = app.draft(&a_call().titled("Persa")).await;
    // Somebody else holds the row for a moment, so that what is a matter of luck happens always.
    sqlx::query("select id from profiles for update")
        .execute(&mut *locking)
        .await
        .unwrap();
    let other = app.another_process(|_| {}).await;
    let filling = tokio::spawn({
        let other = other.clone();
        async move { informa::services::fill_inboxes::fill_inboxes(&other).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    locking.commit().await.unwrap();
    filling.await.unwrap().unwrap();
    other.database.close().await;
    app.run_jobs().await;
    assert_eq!(
        app.push_service.messages_to(&browser).len(),
        1,
        "told of what was published"
    );
}

async fn two_processes_that_start_together_have_the_same_keys(app: &TestApp) {
    if app.database.engine() == informa::storage::Engine::Sqlite {
        return;
    }
    let mut apart = 0;
    for _ in 0..15 {
        rows::execute(&app.database, "delete from settings").await;
        rows::execute(&app.database, "delete from vapid_keys").await;
        let (one, other) = tokio::join!(app.another_process(|_| {}), async {
            let mut config = (*app.config).clone();
            config.log = "info".to_owned();
            let database = informa::storage::Database::open(&config.database_url, 2).await.unwrap();
            informa::services::open_app::open_with(
                config,
                database,
                app.clock.clone(),
                informa::domain::chance::Chance::seeded(77),
            )
            .await
            .unwrap()
        });
        let code = informa::delivery::return_code::ReturnCode {
            target: informa::domain::ids::TargetId(1),
            occasion: informa::domain::ids::OccasionId(1),
        };
        let sealed = code.seal(&one.unsubscribe_key);
        apart += usize::from(
            sealed != code.seal(&other.unsubscribe_key)
                || one.push_keys().installed.len() != other.push_keys().installed.len(),
        );
        one.database.close().await;
        other.database.close().await;
    }
    assert_eq!(apart, 0, "of 15 first starts of two processes at once");
}

async fn one_row_that_cannot_be_read_holds_up_nobody_else(app: &TestApp) {
    app.leave_work();
    let people: Vec<Person> = (0..5)
        .map(|n| a_citizen().called(&format!("p{n}@example.org")))
        .collect();
    for person in &people {
        app.subscribe(person).await;
    }
    rows::execute(
        &app.database,
        "update targets set email = 'no address' where email = 'p2@example.org'",
    )
    .await;
    owe(app, &["Bando"]).await;
    for _ in 0..14 {
        dispatch_outbox(app).await.unwrap();
        app.advance(TimeDelta::seconds(91));
        reclaim_notifications(app).await.unwrap();
    }
    assert_eq!(app.relay.mails().len(), 4, "{:?}", app.tally().await);
}

async fn a_key_that_another_process_made_meanwhile_is_taken_over(app: &TestApp) {
    rows::execute(&app.database, "delete from settings where name = 'unsubscribe key'").await;
    let informa::storage::Transaction::Postgres(mut first) = app.database.begin().await.unwrap() else {
        return;
    };
    let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    sqlx::query("insert into settings (name, value) values ('unsubscribe key', $1)")
        .bind(key)
        .execute(&mut *first)
        .await
        .unwrap();
    let (second, ()) = tokio::join!(app.another_process(|_| {}), async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        first.commit().await.unwrap();
    });
    second.database.close().await;
    let mut transaction = app.database.read().await.unwrap();
    let kept = informa::storage::settings::find(&mut transaction, "unsubscribe key")
        .await
        .unwrap();
    assert_eq!(kept.as_deref(), Some(key), "the key that the first process seals with");
}

async fn adding_counters_up_loses_nothing_of_what_is_being_told_again(app: &TestApp) {
    app.leave_work();
    many_browsers(app, 1).await;
    owe(app, &["Di nuovo"]).await;
    let occasion = rows::integers(&app.database, "select max(id) from occasions").await[0][0];
    rows::execute(
        &app.database,
        &format!("insert into delivery_counts (occasion_id, channel, state, reason, shard, count) values ({occasion}, 0, 0, '', 0, 10) on conflict do nothing"),
    )
    .await;
    let total = format!("select cast(sum(count) as bigint) from delivery_counts where occasion_id = {occasion}");
    let before = rows::integers(&app.database, &total).await[0][0];
    let informa::storage::Transaction::Postgres(mut locking) = app.database.begin().await.unwrap() else {
        return;
    };
    sqlx::query("select count from delivery_counts where shard = 0 for update")
        .execute(&mut *locking)
        .await
        .unwrap();
    let database = app.database.clone();
    // The occasion was folded when it was chosen, and has been published again since: it is not folded.
    let emptying = tokio::spawn(async move {
        let mut transaction = database.begin().await.unwrap();
        let occasion = informa::domain::ids::OccasionId(occasion);
        informa::storage::folding::set_emptied(
            &mut transaction,
            occasion,
            informa::domain::clock::Timestamp::from_milliseconds(0),
        )
        .await
        .unwrap();
        transaction.commit().await.unwrap();
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    // A worker records five that it has just sent.
    rows::execute(
        &app.database,
        &format!("insert into delivery_counts (occasion_id, channel, state, reason, shard, count) values ({occasion}, 0, 2, '', 99999, 5)"),
    )
    .await;
    locking.commit().await.unwrap();
    emptying.await.unwrap();
    assert_eq!(rows::integers(&app.database, &total).await[0][0], before + 5);
}
