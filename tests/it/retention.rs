// SPDX-License-Identifier: EUPL-1.2
//! Retention: who was told of what is forgotten in time, the numbers stay, and nobody is ever told again.

use chrono::TimeDelta;
use informa::domain::ids::{BatchId, OpportunityId};
use informa::domain::notification::Channel;
use informa::jobs::{Job, TABLE};
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::delivery_report::{START, Shown, delivery_report, recipients_page};
use informa::services::fan_out::fan_out;
use informa::services::fold_notifications::fold_notifications;
use informa::services::import_opportunities::{Options, import_opportunities};
use informa::services::read_inbox::read_inbox;
use informa::services::read_status::read_status;
use informa::services::retry_failed::retry_failed;
use informa::services::save_profile::save_profile;
use informa::services::unsubscribe::leave_service;
use informa::storage::delivery_counts::Of;
use informa::storage::{Engine, folding, opportunity_lists};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator, consent};
use crate::support::on_both_engines;
use crate::support::push_service::Answer;
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

on_both_engines! {
    who_was_told_is_forgotten_and_the_numbers_stay,
    nothing_is_folded_before_its_time_or_while_anything_is_open,
    folding_never_resends,
    a_folding_that_was_interrupted_resends_nothing_and_forgets_nothing_new,
    much_is_removed_in_many_ranges,
    partitions_are_made_ahead_and_dropped_whole,
}

/// Long enough for every row to be removed on either engine: use, retention, and the wait for a partition.
const LONG: TimeDelta = TimeDelta::days(14 + 90 + 30 + 1);

async fn report(app: &TestApp, id: OpportunityId) -> Shown {
    delivery_report(app, Of::Opportunity(id)).await.unwrap()
}

async fn rows_of(app: &TestApp, id: OpportunityId) -> i64 {
    let select = format!(
        "select count(*) from notifications where occasion_id in
            (select id from occasions where opportunity_id = {id})"
    );
    rows::integers(&app.database, &select).await[0][0]
}

async fn who_was_told_is_forgotten_and_the_numbers_stay(app: &TestApp) {
    let spam = a_citizen();
    app.subscribe(&spam).await;
    app.relay
        .refuse(&spam.email, Stage::Content, "554 5.7.1 looks like spam");
    app.subscribe(&an_operator()).await;
    let (_, gone) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&gone, Answer::Status(410));
    let id = app.publish(&a_call()).await.id;
    app.advance(TimeDelta::days(15));
    app.run_jobs().await;
    let (before, status) = (report(app, id).await, read_status(app).await.unwrap());
    assert_eq!((before.report.total.sent, before.report.total.failed), (1, 2));
    assert!(!before.is_folded && before.report.total.half_within_ms.is_some());
    assert!(
        recipients_page(app, Of::Opportunity(id), START)
            .await
            .unwrap()
            .is_some()
    );

    app.advance(LONG);
    assert!(fold_notifications(app).await.unwrap() > 0);
    assert_eq!(rows_of(app, id).await, 0);
    assert_eq!(fold_notifications(app).await.unwrap(), 0, "once");
    let after = report(app, id).await;
    assert_eq!(after.report, before.report);
    assert!(after.is_folded);
    assert_eq!(read_status(app).await.unwrap().notifications, status.notifications);
    assert_eq!(recipients_page(app, Of::Opportunity(id), START).await.unwrap(), None);
    assert_eq!(retry_failed(app, None, Of::Opportunity(id)).await.unwrap(), 0);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from notifications").await,
        [[0]]
    );
    let shards = "select count(*) from delivery_counts where shard <> 0";
    assert_eq!(rows::integers(&app.database, shards).await, [[0]], "added up");
}

async fn nothing_is_folded_before_its_time_or_while_anything_is_open(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let told = app.publish(&a_call()).await.id;
    app.advance(TimeDelta::days(1));
    app.subscribe(&an_operator()).await;
    let unmatched = app.draft(&a_call()).await;
    informa::services::publish_opportunity::publish_opportunity(app, app.editor, unmatched)
        .await
        .unwrap();
    app.advance(TimeDelta::days(13 + 90) - TimeDelta::milliseconds(1));
    fold_notifications(app).await.unwrap();
    assert!(!report(app, told).await.is_folded, "not yet");
    app.advance(TimeDelta::milliseconds(1));
    fold_notifications(app).await.unwrap();
    assert!(report(app, told).await.is_folded);
    app.advance(LONG);
    fold_notifications(app).await.unwrap();
    assert!(
        !report(app, unmatched).await.is_folded,
        "nobody has found out yet whom it concerns"
    );
    fan_out(app).await.unwrap();
    fold_notifications(app).await.unwrap();
    assert!(
        !report(app, unmatched).await.is_folded,
        "it is past its use and owes nothing"
    );

    let nightly = TABLE.iter().find(|(job, _)| *job == Job::FoldNotifications);
    assert!(nightly.is_some());
    assert_eq!(Job::from_name("fold-notifications"), Some(Job::FoldNotifications));
}

/// A call without an end that a source publishes.
fn a_line(fields: Value) -> Value {
    let mut line = json!({
        "source": "register", "source_id": "1", "kind": "call", "title": "Contributi per il fotovoltaico",
        "publisher": "Regione Lombardia", "topics": ["Transizione ecologica"], "beneficiaries": ["Cittadino"],
        "territory": {"level": "regional", "regions": ["Lombardia"], "comuni": [], "istat": []},
    });
    let Value::Object(fields) = fields else {
        panic!("fields are an object");
    };
    line.as_object_mut().unwrap().extend(fields);
    line
}

/// Imports a line, tells people, and does what follows.
async fn tell(app: &TestApp, fields: Value) -> BatchId {
    let options = Options {
        source: None,
        publish: true,
        notify: true,
    };
    let lines = [Ok(a_line(fields).to_string())];
    let done = import_opportunities(app, lines.into_iter(), options, || ())
        .await
        .unwrap();
    assert_eq!(
        (done.bad_lines.len(), done.kept_as_drafts),
        (0, 0),
        "{:?}",
        done.remarks
    );
    app.run_jobs().await;
    done.batch.unwrap()
}

async fn only_opportunity(app: &TestApp) -> OpportunityId {
    let mut transaction = app.database.read().await.unwrap();
    let lines = opportunity_lists::lines(&mut transaction, OpportunityId(0), 2)
        .await
        .unwrap();
    assert_eq!(lines.len(), 1);
    lines[0].id
}

async fn folding_never_resends(app: &TestApp) {
    let (steady, returning, early_business) = (
        a_citizen().called("steady@example.org"),
        a_citizen().called("returning@example.org"),
        an_operator().called("early@example.org"),
    );
    let steady_id = app.subscribe(&steady).await;
    let returning_id = app.subscribe(&returning).await;
    let early_id = app.subscribe(&early_business).await;
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    tell(app, json!({})).await;
    let id = only_opportunity(app).await;
    assert_eq!(report(app, id).await.report.total.sent, 3);
    app.relay.forget();

    app.advance(LONG);
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    assert_eq!(rows_of(app, id).await, 0);
    app.advance(TimeDelta::hours(1));

    // One leaves and comes back: matches and profile are new. One takes a second profile, which had no match.
    leave_service(app, returning_id).await.unwrap();
    come_back(app, &returning).await;
    let business = an_operator().choices(&app.vocabulary());
    save_profile(app, steady_id, &business).await.unwrap();
    let late_business = an_operator().called("late@example.org");
    app.subscribe(&late_business).await;
    app.relay.forget();

    tell(app, json!({"beneficiaries": ["Cittadino", "Impresa"]})).await;
    assert!(app.relay.mails_to(&steady.email).is_empty(), "a second profile");
    assert!(app.relay.mails_to(&returning.email).is_empty(), "a new profile");
    assert_eq!(app.push_service.attempts_to(&browser), 1, "the same browser");
    assert!(
        app.relay.mails_to(&early_business.email).is_empty(),
        "may have been told"
    );
    let inbox = read_inbox(app, early_id, 10, 0).await.unwrap();
    assert_eq!(inbox.len(), 1, "it is in their inbox");
    app.relay.only_mail_to(&late_business.email);
    assert_eq!(report(app, id).await.report.total.sent, 4);

    app.advance(LONG);
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    assert_eq!(
        rows_of(app, id).await,
        0,
        "what was told after the folding is folded in its turn"
    );
    app.relay.forget();
    tell(app, json!({"beneficiaries": []})).await;
    assert!(app.relay.mails().is_empty());
    assert_eq!(report(app, id).await.report.total.sent, 4);
}

/// Subscribes again by the link in the mail.
async fn come_back(app: &TestApp, person: &crate::support::builders::Person) {
    let request = person.request(&app.vocabulary(), app.now());
    informa::services::ask_to_subscribe::ask_to_subscribe(app, &request)
        .await
        .unwrap();
    app.run_jobs().await;
    let mail = app.relay.only_mail_to(&person.email);
    let code = mail.code_after(&format!("{}/", informa::urls::paths::CONFIRM));
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    app.run_jobs().await;
}

async fn a_folding_that_was_interrupted_resends_nothing_and_forgets_nothing_new(app: &TestApp) {
    let early = a_citizen();
    let early_id = app.subscribe(&early).await;
    tell(app, json!({})).await;
    let id = only_opportunity(app).await;
    app.advance(LONG);
    app.run_jobs().await;
    let mut transaction = app.database.begin().await.unwrap();
    folding::mark_folded(&mut transaction, app.now(), 100, app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    // Rows are still there, or half of them: it makes no difference any more.
    rows::execute(&app.database, "delete from notifications where channel = 1").await;
    leave_service(app, early_id).await.unwrap();
    app.relay.forget();
    come_back(app, &early).await;
    app.relay.forget();
    app.advance(TimeDelta::hours(1));
    let late = an_operator();
    app.subscribe(&late).await;
    tell(app, json!({"beneficiaries": ["Cittadino", "Impresa"]})).await;
    assert!(app.relay.mails_to(&early.email).is_empty());
    app.relay.only_mail_to(&late.email);
    fold_notifications(app).await.unwrap();
    assert_eq!(rows_of(app, id).await, 1, "what is of use is kept");
}

async fn much_is_removed_in_many_ranges(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let id = app.publish(&a_call()).await.id;
    app.advance(LONG);
    app.run_jobs().await;
    // 12,000 more mailboxes that were told: more than two transactions remove.
    for (low, high) in [(0, 6_000), (6_000, 12_000)] {
        let numbers = match app.database.engine() {
            Engine::Sqlite => format!(
                "(with recursive n(i) as (select {low} union all select i + 1 from n where i + 1 < {high}) select i from n)"
            ),
            Engine::Postgres => format!("(select i from generate_series({low}, {high} - 1) as s(i))"),
        };
        for statement in [
            format!(
                "insert into targets (id, subscriber_id, channel, status, label, origin_id, email, created_at)
                 select 1000 + n.i, t.subscriber_id, 1, 1, '', t.origin_id, 'persona-' || n.i || '@example.org', t.created_at
                 from {numbers} n cross join (select * from targets order by id limit 1) t"
            ),
            format!(
                "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
                    not_before, expires_at, finished_at)
                 select o.occasion_id, 1000 + n.i, o.subscriber_id, 1, 2, o.origin_id, 3, 0, o.expires_at, o.finished_at
                 from {numbers} n cross join (select * from notifications where lane = 2 order by target_id limit 1) o"
            ),
        ] {
            rows::execute(&app.database, &statement).await;
        }
    }
    assert_eq!(rows_of(app, id).await, 12_001);
    fold_notifications(app).await.unwrap();
    assert_eq!(rows_of(app, id).await, 0);
    assert_eq!(
        report(app, id).await.report.total.sent,
        1,
        "the counters are what was counted"
    );
}

/// Where the next occasion is numbered from.
async fn number_occasions_from(app: &TestApp, number: i64) {
    let statement = format!("select setval(pg_get_serial_sequence('occasions', 'id'), {number})");
    rows::execute(&app.database, &statement).await;
}

/// Where the partitions of the ledger begin, without the last one, which keeps what fits none.
async fn partitions(app: &TestApp) -> Vec<i64> {
    let select = "select cast(split_part(c.relname, '_', 2) as bigint) from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = cast('notifications' as regclass) and c.relname <> 'notifications_elsewhere' order by 1";
    rows::integers(&app.database, select).await.concat()
}

async fn elsewhere(app: &TestApp) -> i64 {
    rows::integers(&app.database, "select count(*) from notifications_elsewhere").await[0][0]
}

async fn partitions_are_made_ahead_and_dropped_whole(app: &TestApp) {
    if app.database.engine() == Engine::Sqlite {
        return;
    }
    let person = a_citizen();
    app.subscribe(&person).await;
    tell(app, json!({})).await;
    let id = only_opportunity(app).await;
    assert_eq!(
        partitions(app).await,
        [0, 10_000, 20_000, 30_000],
        "three ahead of the first"
    );
    let before = report(app, id).await.report;

    number_occasions_from(app, 23_000).await;
    app.publish(&a_call().titled("Dopo")).await;
    assert_eq!(partitions(app).await, [0, 10_000, 20_000, 30_000, 40_000, 50_000]);
    assert_eq!(elsewhere(app).await, 0);

    // Occasions come faster than partitions: what a person waits for is told before anybody makes room.
    number_occasions_from(app, 71_000).await;
    app.subscribe(&an_operator()).await;
    assert_eq!(
        partitions(app).await,
        [0, 10_000, 20_000, 30_000, 40_000, 50_000, 80_000, 90_000, 100_000]
    );
    assert!(elsewhere(app).await > 0, "it is kept all the same");
    app.publish(&a_call().titled("Ancora")).await;

    app.advance(TimeDelta::days(14 + 90) + TimeDelta::hours(1));
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    assert_eq!(
        partitions(app).await,
        [80_000, 90_000, 100_000],
        "all that lay behind was of no more use"
    );
    assert_eq!(rows_of(app, id).await, 0);
    assert_eq!(report(app, id).await.report, before);
    assert!(
        elsewhere(app).await > 0,
        "what is in no partition waits for its own time"
    );
    assert!(report(app, id).await.is_folded);

    app.relay.forget();
    app.advance(TimeDelta::days(1));
    let newcomer = an_operator().called("newcomer@example.org");
    app.subscribe(&newcomer).await;
    tell(app, json!({"beneficiaries": ["Cittadino", "Impresa"]})).await;
    app.relay.only_mail_to(&newcomer.email);
    assert_eq!(rows_of(app, id).await, 1, "what is told again finds its place");

    app.advance(LONG);
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    assert_eq!(elsewhere(app).await, 0);
    assert_eq!(report(app, id).await.report.channels[&Channel::Email].sent, 2);
}
