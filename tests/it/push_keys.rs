// SPDX-License-Identifier: EUPL-1.2
//! The VAPID keys: a new one is given at once, browsers with an earlier one go on hearing, and only a key that nobody needs
//! is ended. The push service of these tests takes a message only by the key that the browser subscribed with.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use informa::app::App;
use informa::domain::ids::VapidKeyId;
use informa::domain::subscriber::{Place, Target, TargetStatus};
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::push_keys::{RetireError, list_keys, read_keys, retire_key, rotate_keys};
use informa::services::subscribe_browser::{
    BrowserState, BrowserSubscription, browser_state, refresh_browser, subscribe_by_browser,
};
use informa::services::{Error, Refusal};
use informa::storage::targets;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::push_service::Browser;
use crate::support::reader::Reader;
use crate::support::rows;

on_both_engines! {
    a_browser_that_does_not_come_by_is_sent_to_with_the_key_it_has,
    a_browser_that_comes_by_takes_the_new_key_and_keeps_its_id,
    processes_that_run_give_and_take_a_new_key_without_a_restart,
    a_key_that_browsers_need_is_not_retired,
    browsers_that_are_given_up_come_back_when_they_come_by,
    nothing_is_subscribed_with_a_retired_key,
    only_who_knows_the_secret_learns_what_becomes_of_a_browser,
}

/// The public half of the key that pages of `app` give now.
fn present(app: &App) -> String {
    let keys = app.push_keys();
    keys.present().unwrap().key.public_base64url().to_owned()
}

/// Makes a new key, which browsers subscribe with from now on.
async fn rotate(app: &TestApp) -> VapidKeyId {
    let id = rotate_keys(app).await.unwrap();
    app.push_service.bind_to(&present(app));
    id
}

async fn target_of(app: &TestApp, browser: &Browser) -> Target {
    let mut transaction = app.database.read().await.unwrap();
    let found = targets::find_browser(&mut transaction, &browser.endpoint)
        .await
        .unwrap();
    found.expect("the browser")
}

fn key_of(target: &Target) -> VapidKeyId {
    match &target.place {
        Place::Browser(push) => push.vapid_key,
        Place::Mailbox(_) => panic!("a mailbox"),
    }
}

/// What the page of this browser posts that subscribed with `key`.
fn with_key(browser: &Browser, key: &str) -> BrowserSubscription {
    BrowserSubscription {
        vapid_key: key.to_owned(),
        ..browser.subscription()
    }
}

/// What the script of a page does on a visit: a new subscription in the place of the old one.
async fn come_by(app: &TestApp, old: &Browser) -> Browser {
    let new = app.push_service.browser();
    refresh_browser(app, &old.endpoint, &old.auth, &with_key(&new, &present(app)))
        .await
        .unwrap();
    new
}

async fn a_browser_that_does_not_come_by_is_sent_to_with_the_key_it_has(app: &TestApp) {
    let (_, stays_away) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let former = present(app);
    rotate(app).await;
    assert_ne!(present(app), former);
    let (_, new) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&stays_away);
    app.push_service.only_message_to(&new);
    let standing = list_keys(app).await.unwrap();
    let shown: Vec<(bool, i64)> = standing.iter().map(|key| (key.is_present, key.browsers)).collect();
    assert_eq!(shown, [(true, 1), (false, 1)]);
    assert_eq!(standing[1].public_key, former);
}

async fn a_browser_that_comes_by_takes_the_new_key_and_keeps_its_id(app: &TestApp) {
    let (_, old) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let before = target_of(app, &old).await;
    let fine = BrowserState {
        known: true,
        renew: false,
    };
    assert_eq!(browser_state(app, &old.endpoint, &old.auth).await.unwrap(), fine);
    let key = rotate(app).await;
    let outdated = BrowserState {
        known: true,
        renew: true,
    };
    assert_eq!(browser_state(app, &old.endpoint, &old.auth).await.unwrap(), outdated);
    let new = come_by(app, &old).await;
    let after = target_of(app, &new).await;
    assert_eq!((after.id, key_of(&after)), (before.id, key));
    assert_eq!(browser_state(app, &new.endpoint, &new.auth).await.unwrap(), fine);
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&new);
    assert_eq!(app.push_service.attempts_to(&old), 0);
}

async fn processes_that_run_give_and_take_a_new_key_without_a_restart(app: &TestApp) {
    let other = app.another_process(|_| {}).await;
    let former = present(&other);
    rotate(app).await;
    let newest = present(app);
    let mut reader = Reader::new(&other);
    let given = async |reader: &mut Reader| {
        reader
            .open("/iscriviti/riepilogo?topics=environment&way=push")
            .await
            .attributes("[data-push]", "data-push-key")
    };
    assert_eq!(
        given(&mut reader).await,
        [former],
        "for some seconds, and it does no harm"
    );
    // A page of one process, and the answer of the person to the other.
    let browser = app.push_service.browser();
    let newcomer = a_citizen().by(&["web_push"]).newcomer(&app.vocabulary(), app.now());
    subscribe_by_browser(&other, &with_key(&browser, &newest), &newcomer)
        .await
        .unwrap();
    let third = app.another_process(|_| {}).await;
    rotate(app).await;
    let last = app.push_service.browser();
    subscribe_by_browser(app, &with_key(&last, &present(app)), &newcomer)
        .await
        .unwrap();
    // A worker that has not met the last key sends with it all the same.
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(&third).await.unwrap();
    dispatch_outbox(&third).await.unwrap();
    app.push_service.only_message_to(&browser);
    app.push_service.only_message_to(&last);
    app.run_jobs().await;
    app.advance(TimeDelta::seconds(10));
    assert_eq!(given(&mut reader).await, [present(app)]);
    other.database.close().await;
    third.database.close().await;
}

async fn a_key_that_browsers_need_is_not_retired(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let former = key_of(&target_of(app, &browser).await);
    let refused = retire_key(app, former, true).await.unwrap_err();
    assert!(matches!(refused, RetireError::Present(id) if id == former), "{refused}");
    let newest = rotate(app).await;
    let refused = retire_key(app, former, false).await.unwrap_err();
    assert!(matches!(refused, RetireError::InUse { browsers: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("1 browsers"), "{refused}");
    let refused = retire_key(app, VapidKeyId(4711), false).await.unwrap_err();
    assert!(matches!(refused, RetireError::Unknown(_)), "{refused}");
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    let new = come_by(app, &browser).await;
    assert_eq!(retire_key(app, former, false).await.unwrap(), 0);
    assert_eq!(
        retire_key(app, former, false).await.unwrap(),
        0,
        "once more changes nothing"
    );
    let kept = rows::integers(
        &app.database,
        "select count(*) from vapid_keys where retired_at is not null and length(private_key) = 0",
    );
    assert_eq!(kept.await, [[1]], "its private half is destroyed");
    let restarted = app.another_process(|_| {}).await;
    let ids: Vec<VapidKeyId> = restarted.push_keys().installed.iter().map(|key| key.id).collect();
    assert_eq!(ids, [newest]);
    restarted.database.close().await;
    app.publish(&a_call().titled("Dopo")).await;
    assert_eq!(app.push_service.only_message_to(&new).title(), "Dopo");
}

async fn browsers_that_are_given_up_come_back_when_they_come_by(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let before = target_of(app, &browser).await;
    rotate(app).await;
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    assert_eq!(retire_key(app, key_of(&before), true).await.unwrap(), 1);
    app.run_jobs().await;
    assert_eq!(
        app.push_service.attempts_to(&browser),
        0,
        "nothing signs for it any more"
    );
    assert_eq!(target_of(app, &browser).await.status, TargetStatus::Gone);
    let state = browser_state(app, &browser.endpoint, &browser.auth).await.unwrap();
    assert_eq!(
        state,
        BrowserState {
            known: false,
            renew: true
        }
    );
    let new = come_by(app, &browser).await;
    assert_eq!(target_of(app, &new).await.id, before.id);
    app.publish(&a_call().titled("Di nuovo qui")).await;
    assert_eq!(app.push_service.only_message_to(&new).title(), "Di nuovo qui");
}

async fn nothing_is_subscribed_with_a_retired_key(app: &TestApp) {
    let late = app.another_process(|_| {}).await;
    let former = (late.push_keys().present().unwrap().id, present(&late));
    let browser = app.push_service.browser();
    rotate(app).await;
    retire_key(app, former.0, false).await.unwrap();
    let newcomer = a_citizen().by(&["web_push"]).newcomer(&app.vocabulary(), app.now());
    for process in [app, &late] as [&App; 2] {
        let refused = subscribe_by_browser(process, &with_key(&browser, &former.1), &newcomer).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::UnknownVapidKey))));
    }
    let (_, known) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let refused = refresh_browser(&late, &known.endpoint, &known.auth, &with_key(&browser, &former.1)).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::UnknownVapidKey))));
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&known);
    read_keys(&late).await.unwrap();
    assert_eq!(present(&late), present(app));
    late.database.close().await;
}

async fn only_who_knows_the_secret_learns_what_becomes_of_a_browser(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let stranger = app.push_service.browser();
    let mut reader = Reader::new(app);
    let mut ask = async |endpoint: &str, auth: &str| {
        let question = json!({ "endpoint": endpoint, "keys": { "auth": auth } }).to_string();
        let answer = reader
            .request(Method::POST, "/push/state", "application/json", question.into_bytes())
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        serde_json::from_str::<Value>(&answer.text).unwrap()
    };
    let key = present(app);
    let known = json!({ "known": true, "renew": false, "key": key });
    let unknown = json!({ "known": false, "renew": false, "key": key });
    assert_eq!(ask(&browser.endpoint, &browser.auth).await, known);
    assert_eq!(ask(&browser.endpoint, &stranger.auth).await, unknown);
    assert_eq!(ask(&stranger.endpoint, &stranger.auth).await, unknown);
    assert_eq!(ask(&browser.endpoint, "").await, unknown);
}
