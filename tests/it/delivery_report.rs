// SPDX-License-Identifier: EUPL-1.2
//! The delivery report: counters that are never counted, whatever happens; who missed what; trying again what failed.

use std::collections::BTreeMap;
use std::fs;

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::delivery_report::{Counted, Tally};
use informa::domain::ids::{OpportunityId, SubscriberId};
use informa::domain::notification::Channel;
use informa::domain::staff::Role;
use informa::services::delivery_report::{Shown, delivery_report};
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::import_opportunities::{Options, import_opportunities};
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::read_status::read_status;
use informa::services::retry_failed::retry_failed;
use informa::services::save_profile::mute_opportunity;
use informa::services::send_test::send_test;
use informa::services::subscribe_browser::add_browser;
use informa::services::unsubscribe::leave_service;
use informa::storage::delivery_counts::Of;
use informa::storage::{Engine, notifications, targets};
use rand::RngExt;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator};
use crate::support::on_both_engines;
use crate::support::push_service::{Answer, Browser};
use crate::support::reader::{Answer as Page, Reader};
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

on_both_engines! {
    the_counters_are_the_ledger_whatever_happens,
    a_report_tells_what_became_of_everything,
    waits_are_measured_from_publication_and_from_publication_again,
    what_failed_is_tried_again_for_those_who_missed_it,
    a_mail_that_stands_in_for_a_push_waits_again_when_both_are_tried_again,
    what_is_of_no_more_use_is_not_tried_again,
    an_import_that_tells_people_is_one_batch,
    workers_that_send_for_one_occasion_count_for_it_all,
    the_page_shows_the_numbers_and_tries_again,
    only_admins_learn_which_recipients_missed_it,
    the_statements_of_the_hot_path_use_their_indexes,
}

async fn report(app: &TestApp, id: OpportunityId) -> Shown {
    delivery_report(app, Of::Opportunity(id)).await.unwrap()
}

fn endings(tally: &Tally) -> Vec<(&str, &str, i64)> {
    let endings = tally.endings.iter();
    endings
        .map(|it| (it.state.code(), it.reason.as_str(), it.count))
        .collect()
}

/// What the counters say, group by group: occasion, channel, what is counted, reason by its place in `reasons`.
async fn require_counters_to_be_the_ledger(app: &TestApp, step: &str) {
    let counted = "select c.occasion_id, c.channel, c.state, cast(sum(c.count) as bigint) from delivery_counts c
        group by c.occasion_id, c.channel, c.state having sum(c.count) <> 0 order by 1, 2, 3";
    let there = "select occasion_id, channel, what, cast(count(*) as bigint) from (
            select occasion_id, channel, 0 as what from notifications
            union all select occasion_id, channel, 1 from notifications where state < 3 and retries > 0
            union all select occasion_id, channel, state - 1 from notifications where state > 2) as rows
        group by occasion_id, channel, what order by 1, 2, 3";
    let (counted, there) = (
        counted.to_owned(),
        there.replace("0 as what", "cast(0 as bigint) as what"),
    );
    assert_eq!(
        rows::integers(&app.database, &counted).await,
        rows::integers(&app.database, &there).await,
        "after {step}"
    );
    let different = "select count(*) from (
        select occasion_id, channel, state - 1 as what, coalesce(reason, '') as why, cast(count(*) as bigint) as many
        from notifications where state > 2 group by occasion_id, channel, state, coalesce(reason, '')
        except
        select occasion_id, channel, state, reason, cast(sum(count) as bigint)
        from delivery_counts where state > 1 group by occasion_id, channel, state, reason) as wrong";
    assert_eq!(
        rows::integers(&app.database, different).await,
        [[0]],
        "reasons after {step}"
    );
    let waits = "select (select coalesce(sum(case when opened_at is null then 0 else 1 end), 0)
            from notifications where state = 3)
        - (select coalesce(cast(sum(count) as bigint), 0) from delivery_waits)";
    assert_eq!(rows::integers(&app.database, waits).await, [[0]], "waits after {step}");
}

/// Somebody in the history.
struct Somebody {
    id: SubscriberId,
    email: Option<String>,
    browsers: Vec<Browser>,
}

async fn the_counters_are_the_ledger_whatever_happens(app: &TestApp) {
    let mut people = Vec::new();
    let mut calls: Vec<OpportunityId> = Vec::new();
    for step in 0..70 {
        let choice = app.chance.with(|it| it.random_range(0..14));
        let name = format!("step {step}, choice {choice}");
        match choice {
            0 | 1 => people.push(somebody_new(app, step).await),
            2 | 3 => {
                let id = app.draft(&a_call().titled(&name)).await;
                publish_opportunity(app, app.editor, id).await.unwrap();
                calls.push(id);
            }
            4 => drop(fan_out(app).await.unwrap()),
            5 => drop(dispatch_outbox(app).await.unwrap()),
            6 => app.run_jobs().await,
            7 => somebody_answers_otherwise(app, &people),
            8 => app.advance(TimeDelta::minutes(app.chance.with(|it| it.random_range(1..200)))),
            9 if app.chance.with(|it| it.random_ratio(1, 3)) => app.advance(TimeDelta::days(15)),
            10 => {
                for id in &calls {
                    retry_failed(app, Some(app.editor), Of::Opportunity(*id)).await.unwrap();
                }
            }
            11 => some_change_of_mind(app, &people, &calls).await,
            12 if !calls.is_empty() => {
                let id = calls[app.chance.with(|it| it.random_range(0..calls.len()))];
                withdraw(app, id).await;
            }
            13 if !people.is_empty() => {
                let somebody = &people[app.chance.with(|it| it.random_range(0..people.len()))];
                ask_for_a_test(app, somebody.id).await;
            }
            _ => {}
        }
        require_counters_to_be_the_ledger(app, &name).await;
    }
    app.leave_work();
}

async fn somebody_new(app: &TestApp, number: i32) -> Somebody {
    let email = format!("persona-{number}@example.org");
    let kinds: [&[&str]; 4] = [
        &["email"],
        &["web_push"],
        &["web_push", "email"],
        &["web_push", "email_fallback"],
    ];
    let channels = kinds[app.chance.with(|it| it.random_range(0..kinds.len()))];
    let person = a_citizen().called(&email).by(channels);
    if channels == ["web_push"] {
        let (id, browser) = app.subscribe_browser(&person).await;
        return Somebody {
            id,
            email: None,
            browsers: vec![browser],
        };
    }
    app.relay.accept(&email);
    let id = app.subscribe(&person).await;
    let mut browsers = Vec::new();
    for _ in 0..app.chance.with(|it| it.random_range(0..3)) {
        let browser = app.push_service.browser();
        add_browser(app, id, &browser.subscription()).await.unwrap();
        browsers.push(browser);
    }
    Somebody {
        id,
        email: Some(email),
        browsers,
    }
}

fn somebody_answers_otherwise(app: &TestApp, people: &[Somebody]) {
    if people.is_empty() {
        return;
    }
    let somebody = &people[app.chance.with(|it| it.random_range(0..people.len()))];
    let choice = app.chance.with(|it| it.random_range(0..6_usize));
    for browser in &somebody.browsers {
        let answers = [201, 410, 500, 403, 413, 201];
        app.push_service.answer(browser, Answer::Status(answers[choice]));
    }
    if let Some(email) = &somebody.email {
        match choice {
            1 => app.relay.refuse(email, Stage::Recipient, "550 5.1.1 no such user"),
            2 => app.relay.refuse(email, Stage::Recipient, "451 4.7.1 greylisted"),
            3 => app.relay.refuse(email, Stage::Content, "554 5.7.1 looks like spam"),
            _ => app.relay.accept(email),
        }
    }
}

async fn some_change_of_mind(app: &TestApp, people: &[Somebody], calls: &[OpportunityId]) {
    if people.is_empty() {
        return;
    }
    let somebody = &people[app.chance.with(|it| it.random_range(0..people.len()))];
    match calls.last() {
        Some(call) if app.chance.with(|it| it.random_ratio(1, 2)) => {
            drop(mute_opportunity(app, somebody.id, *call).await);
        }
        _ => leave_service(app, somebody.id).await.unwrap(),
    }
}

/// What withdrawing an opportunity does to what is owed of it.
async fn withdraw(app: &TestApp, id: OpportunityId) {
    let mut transaction = app.database.begin().await.unwrap();
    notifications::suppress_for_opportunity(&mut transaction, id, "withdrawn", app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn ask_for_a_test(app: &TestApp, subscriber: SubscriberId) {
    let mut transaction = app.database.read().await.unwrap();
    let own = targets::list(&mut transaction, subscriber).await.unwrap();
    drop(transaction);
    if let Some(target) = own.first() {
        drop(send_test(app, subscriber, target.id).await);
    }
}

async fn a_report_tells_what_became_of_everything(app: &TestApp) {
    let (_, gone) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let (_, _well) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let both = an_operator().by(&["web_push", "email_fallback"]);
    let subscriber = app.subscribe(&both).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let busy = a_citizen().called("busy@example.org");
    app.subscribe(&busy).await;
    app.push_service.answer(&gone, Answer::Status(410));
    app.relay.refuse(&busy.email, Stage::Recipient, "451 4.7.1 greylisted");
    let id = app.publish(&a_call()).await.id;

    let shown = report(app, id).await;
    let pushes = &shown.report.channels[&Channel::WebPush];
    assert_eq!((pushes.owed, pushes.open, pushes.sent, pushes.failed), (3, 0, 2, 1));
    assert_eq!(endings(pushes), [("sent", "", 2), ("failed", "410", 1)]);
    let mails = &shown.report.channels[&Channel::Email];
    assert_eq!((mails.owed, mails.open, mails.retrying, mails.suppressed), (2, 1, 1, 1));
    assert_eq!(endings(mails), [("suppressed", "told by push", 1)]);
    assert_eq!((shown.report.total.owed, shown.report.total.open), (5, 1));
    assert_eq!((shown.occasions, shown.being_matched, shown.is_folded), (1, 0, false));

    app.advance(TimeDelta::days(15));
    app.run_jobs().await;
    let shown = report(app, id).await;
    let mails = &shown.report.channels[&Channel::Email];
    assert_eq!((mails.open, mails.retrying), (0, 0));
    assert_eq!(mails.failed + mails.expired, 1);
    let status = read_status(app).await.unwrap();
    assert_eq!(status.notifications["web_push"]["sent"], 2);
    assert_eq!(
        status.notifications["email"]["owed"], 4,
        "two confirmations are counted there too"
    );
    assert!(!status.notifications["email"].contains_key("open"));
    let nothing = delivery_report(app, Of::Opportunity(OpportunityId(99_999))).await;
    assert!(nothing.is_err());
}

async fn waits_are_measured_from_publication_and_from_publication_again(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    app.advance(TimeDelta::seconds(40));
    app.run_jobs().await;
    let total = report(app, id).await.report.total;
    let half = total.half_within_ms.unwrap();
    assert!((40_000..=44_001).contains(&half), "{half}");
    assert_eq!(total.most_within_ms, Some(half));

    app.advance(TimeDelta::days(2));
    app.subscribe(&an_operator()).await;
    rows::execute(
        &app.database,
        &format!(
            "update occasions set fanned_out_at = null, cursor_profile_id = 0, opened_at = {} where opportunity_id = {id}",
            app.now().milliseconds()
        ),
    )
    .await;
    rows::execute(
        &app.database,
        &format!("delete from matches where opportunity_id = {id}"),
    )
    .await;
    app.advance(TimeDelta::seconds(4));
    app.run_jobs().await;
    let total = report(app, id).await.report.total;
    let (half, most) = (total.half_within_ms.unwrap(), total.most_within_ms.unwrap());
    assert_eq!(total.sent, 2);
    assert!(
        (4_000..=4_401).contains(&half),
        "who was told later waited from then: {half}"
    );
    assert!((40_000..=44_001).contains(&most), "{most}");
}

async fn what_failed_is_tried_again_for_those_who_missed_it(app: &TestApp) {
    let spam = a_citizen();
    app.subscribe(&spam).await;
    let absent = a_citizen().called("absent@example.org");
    app.subscribe(&absent).await;
    let leaver = a_citizen().called("leaver@example.org");
    let left = app.subscribe(&leaver).await;
    for person in [&spam, &leaver] {
        app.relay
            .refuse(&person.email, Stage::Content, "554 5.7.1 looks like spam");
    }
    app.relay
        .refuse(&absent.email, Stage::Recipient, "550 5.1.1 no such user");
    let id = app.publish(&a_call()).await.id;
    assert_eq!(report(app, id).await.report.total.failed, 3);
    leave_service(app, left).await.unwrap();
    for person in [&spam, &absent, &leaver] {
        app.relay.accept(&person.email);
    }

    assert_eq!(
        retry_failed(app, Some(app.editor), Of::Opportunity(id)).await.unwrap(),
        1
    );
    assert_eq!(
        retry_failed(app, Some(app.editor), Of::Opportunity(id)).await.unwrap(),
        0,
        "once"
    );
    let total = report(app, id).await.report.total;
    assert_eq!((total.failed, total.open, total.retrying), (2, 1, 1));
    app.run_jobs().await;
    assert_eq!(app.relay.mails_to(&spam.email).len(), 1);
    assert!(app.relay.mails_to(&absent.email).is_empty() && app.relay.mails_to(&leaver.email).is_empty());
    let total = report(app, id).await.report.total;
    assert_eq!((total.sent, total.failed, total.open, total.retrying), (1, 2, 0, 0));
    assert_eq!(
        endings(&total),
        [("sent", "", 1), ("failed", "550 5.1.1", 1), ("failed", "554 5.7.1", 1)]
    );
    require_counters_to_be_the_ledger(app, "all").await;

    let mut transaction = app.database.read().await.unwrap();
    let audit = informa::storage::audit_log::latest(&mut transaction, 1).await.unwrap();
    assert_eq!(
        (audit[0].1, audit[0].2.as_str(), audit[0].3.as_str()),
        (Some(app.editor), "retried failed", id.to_string().as_str())
    );
}

async fn a_mail_that_stands_in_for_a_push_waits_again_when_both_are_tried_again(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email_fallback"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    app.push_service.answer(&browser, Answer::Status(413));
    app.relay
        .refuse(&person.email, Stage::Content, "554 5.7.1 looks like spam");
    let id = app.publish(&a_call()).await.id;
    assert_eq!(report(app, id).await.report.total.failed, 2);
    app.relay.accept(&person.email);
    app.push_service.answer(&browser, Answer::Created);
    assert_eq!(retry_failed(app, None, Of::Opportunity(id)).await.unwrap(), 2);
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
    assert!(app.relay.mails_to(&person.email).is_empty(), "told once");

    app.push_service.answer(&browser, Answer::Status(413));
    let id = app.publish(&a_call().titled("Un altro")).await.id;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1, "the mail stood in");
    app.push_service.answer(&browser, Answer::Created);
    assert_eq!(
        retry_failed(app, None, Of::Opportunity(id)).await.unwrap(),
        0,
        "who was told by mail has missed nothing"
    );
    require_counters_to_be_the_ledger(app, "all").await;
}

async fn what_is_of_no_more_use_is_not_tried_again(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Content, "554 5.7.1 looks like spam");
    let id = app.publish(&a_call()).await.id;
    app.relay.accept(&person.email);
    app.advance(TimeDelta::days(15));
    app.run_jobs().await;
    assert_eq!(retry_failed(app, None, Of::Opportunity(id)).await.unwrap(), 0);
    assert_eq!(report(app, id).await.report.total.failed, 1);
}

/// A call that a source would publish.
fn a_line(number: i32) -> String {
    json!({
        "source": "register", "source_id": number.to_string(), "kind": "call", "title": format!("Bando {number}"),
        "publisher": "Regione Lombardia", "closes": "2026-09-30", "topics": ["Transizione ecologica"],
        "territory": {"level": "regional", "regions": ["Lombardia"], "comuni": [], "istat": []},
    })
    .to_string()
}

async fn an_import_that_tells_people_is_one_batch(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let import = async |numbers: std::ops::Range<i32>, notify| {
        let options = Options {
            source: None,
            publish: true,
            notify,
        };
        let lines: Vec<String> = numbers.map(a_line).collect();
        let done = import_opportunities(app, lines.into_iter().map(Ok), options, || ())
            .await
            .unwrap();
        assert_eq!(done.bad_lines, []);
        app.run_jobs().await;
        done
    };
    let silent = import(0..1, false).await;
    assert_eq!(silent.batch, None);
    let (first, second) = (import(1..3, true).await, import(3..4, true).await);
    let (one, two) = (first.batch.unwrap(), second.batch.unwrap());
    assert_ne!(one, two);
    let occasions = |batch| async move { delivery_report(app, Of::Batch(batch)).await.unwrap().occasions };
    assert_eq!(
        (occasions(one).await, occasions(two).await),
        (
            i64::try_from(first.published).unwrap(),
            i64::try_from(second.published).unwrap()
        ),
    );
    assert_eq!((first.published, second.published), (2, 1));
    let batch = delivery_report(app, Of::Batch(one)).await.unwrap().report.total;
    let mails = app.relay.mails().len();
    assert_eq!(
        i64::try_from(mails).unwrap(),
        batch.sent + 1,
        "two of the first, one of the second"
    );
    assert_eq!(batch.sent, 2);
    let again = import(1..4, true).await.batch.unwrap();
    assert_eq!(occasions(again).await, 0, "what is known makes no occasion");

    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let list = editor.open("/staff/invii").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    let paths = [two, one].map(|batch| format!("/staff/invii/{batch}"));
    assert_eq!(
        list.attributes("tbody a", "href"),
        paths,
        "the latest first, and none that told nobody"
    );
    assert_eq!(editor.open(&paths[0]).await.status, StatusCode::OK);
    let beyond = editor.open("/staff/invii?page=2").await;
    assert!(beyond.attributes("tbody a", "href").is_empty());
}

async fn workers_that_send_for_one_occasion_count_for_it_all(app: &TestApp) {
    for number in 0..120 {
        app.subscribe_browser(&a_citizen().called(&format!("{number}@example.org")).by(&["web_push"]))
            .await;
    }
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    if app.database.engine() == Engine::Postgres {
        let other = app.another_process(|_| ()).await;
        let (one, two) = tokio::join!(dispatch_outbox(app), dispatch_outbox(&other));
        assert_eq!(one.unwrap().sent + two.unwrap().sent, 120);
        other.database.close().await;
    }
    app.run_jobs().await;
    assert_eq!(report(app, id).await.report.total.sent, 120);
    require_counters_to_be_the_ledger(app, "all").await;
}

async fn the_page_shows_the_numbers_and_tries_again(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.relay
        .refuse(&person.email, Stage::Content, "554 5.7.1 looks like spam");
    let id = app.publish(&a_call()).await.id;
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let published = editor.open(&format!("/staff/opportunita/{id}")).await;
    let path = format!("/staff/opportunita/{id}/consegne");
    assert!(published.attributes("main a", "href").contains(&path));
    let list = editor.open("/staff/opportunita").await;
    assert!(list.attributes("main a", "href").contains(&path));

    let page = editor.open(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let numbers = numbers(&page);
    assert_eq!(numbers["web_push-sent"], "1");
    assert_eq!(numbers["email-failed"], "1");
    assert!(page.words("main").contains("554 5.7.1"), "{}", page.words("main"));
    let csv = editor.open(&format!("{path}/numeri.csv")).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(
        csv.header("content-disposition")
            .contains(&format!("consegne-{id}.csv"))
    );
    assert!(csv.text.contains("email,failed,554 5.7.1,1\r\n"), "{}", csv.text);

    app.relay.accept(&person.email);
    editor.open(&path).await;
    let forged = editor.send_only(&format!("{path}/riprova"), &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let tried = editor.send(&format!("{path}/riprova"), &[]).await;
    assert_eq!(tried.status, StatusCode::SEE_OTHER);
    let page = editor.open(tried.location()).await;
    assert!(
        page.words("[role=status]").contains("Un avviso fallito"),
        "{}",
        page.words("main")
    );
    app.run_jobs().await;
    app.relay.only_mail_to(&person.email);
    let page = editor.open(&path).await;
    assert!(page.attributes("form[action$=riprova]", "action").is_empty());
    assert_eq!(
        editor.open("/staff/opportunita/99999/consegne").await.status,
        StatusCode::NOT_FOUND
    );
    let mut stranger = Reader::new(app);
    assert_eq!(stranger.open(&path).await.location(), "/staff/accedi");
}

/// The numbers on the page, by channel and state.
fn numbers(page: &Page) -> BTreeMap<String, String> {
    let names = page.attributes("dd[data-count]", "data-count");
    names
        .into_iter()
        .map(|name| {
            let words = page.words(&format!("dd[data-count={name}]"));
            (name, words)
        })
        .collect()
}

async fn only_admins_learn_which_recipients_missed_it(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.push_service.answer(&browser, Answer::Status(410));
    let id = app.publish(&a_call()).await.id;
    let path = format!("/staff/opportunita/{id}/consegne/destinatari.csv");
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    assert_eq!(editor.open(&path).await.status, StatusCode::FORBIDDEN);
    let page = editor.open(&format!("/staff/opportunita/{id}/consegne")).await;
    assert!(!page.attributes("a", "href").contains(&path));
    let mut admin = Reader::of_staff(app, "admin@example.org", Role::Admin).await;
    let page = admin.open(&format!("/staff/opportunita/{id}/consegne")).await;
    assert!(page.attributes("a", "href").contains(&path));
    let list = admin.open(&path).await;
    let lines: Vec<&str> = list.text.lines().collect();
    assert_eq!(
        lines[0],
        "occasion,target,channel,state,reason,attempts,published,finished"
    );
    assert_eq!(lines.len(), 3, "{}", list.text);
    assert!(
        list.text
            .contains(",web_push,failed,410,1,2026-07-01T08:00:00Z,2026-07-01T08:00:00Z")
    );
    assert!(list.text.contains(",email,sent,,1,"), "{}", list.text);
    assert!(!list.text.contains('@') && !list.text.contains("http"), "no address");
}

/// On PostgreSQL, what dispatching does all the time finds its rows by the partial indexes of every partition.
async fn the_statements_of_the_hot_path_use_their_indexes(app: &TestApp) {
    if app.database.engine() == Engine::Sqlite {
        return;
    }
    app.subscribe(&a_citizen()).await;
    app.publish(&a_call()).await;
    let claim = "with chosen as materialized (
            select n.occasion_id, n.target_id from notifications n
            where n.state = 1 and n.origin_id = 1 and n.not_before <= 5 and n.expires_at > 5
            order by n.lane, n.not_before, n.occasion_id, n.target_id limit 256 for update of n skip locked)
         update notifications set state = 2 where (occasion_id, target_id) in
            (select occasion_id, target_id from chosen) and state = 1";
    let settle = "update notifications set state = 1 where state = 0 and subscriber_id in (1, 2, 3)
        and not exists (select 1 from notifications w where w.occasion_id = notifications.occasion_id
            and w.subscriber_id = notifications.subscriber_id and w.channel = 0 and w.state < 3)";
    let record = "update notifications set state = 3 where state = 2 and claim = 7
        and (occasion_id, target_id) in ((1, 2), (3, 4))";
    let expire = "update notifications set state = 5 where state < 2 and expires_at <= 5";
    for (statement, index) in [
        (claim, "origin_id_lane"),
        (settle, "subscriber_id_occasion_id"),
        (record, "notifications_0"),
        (expire, "expires_at"),
    ] {
        let plan = plan(app, statement).await;
        assert!(plan.contains(index), "{index} is not in\n{plan}");
        assert!(!plan.contains("Seq Scan on notifications_0"), "{plan}");
    }
}

/// How PostgreSQL would do it with a ledger that is not small.
async fn plan(app: &TestApp, statement: &str) -> String {
    let mut transaction = app.database.begin().await.unwrap();
    let informa::storage::Transaction::Postgres(inner) = &mut transaction else {
        unreachable!("on PostgreSQL alone");
    };
    sqlx::query("set local enable_seqscan = off")
        .execute(&mut **inner)
        .await
        .unwrap();
    let lines: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("explain {statement}")))
        .fetch_all(&mut **inner)
        .await
        .unwrap();
    lines.join("\n")
}

/// A function of storage that makes notifications or moves them, by its source.
fn functions(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.split("async fn ").skip(1).map(|rest| {
        let name = rest.split(['(', '<']).next().unwrap();
        (name, rest)
    })
}

#[test]
fn whatever_makes_or_ends_notifications_counts_them() {
    // What changes no counter: open rows stay open, or what is removed stays counted.
    const COUNTLESS: [&str; 4] = ["claim", "heartbeat", "reclaim_expired", "make_mail_due"];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/storage");
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        for (name, body) in functions(&source) {
            let changes = ["insert into notifications", "update notifications"];
            if !changes.iter().any(|it| body.contains(it)) || COUNTLESS.contains(&name) {
                continue;
            }
            found += 1;
            let counts = body.contains("changes.keep(") || name == "owe_on_channel";
            assert!(counts, "{name} in {} counts nothing", path.display());
        }
    }
    assert!(found >= 7, "only {found} such functions were found");
    assert_eq!(Counted::ALL.len(), 6);
}
