// SPDX-License-Identifier: EUPL-1.2
//! The browsers and mailboxes of a person: named, tried, taken away, and nobody else's.

use axum::http::{Method, StatusCode};
use informa::services::read_inbox::count_unread;
use informa::services::rename_target::rename_target;
use informa::services::subscribe_browser::{add_browser, subscribe_by_browser};
use informa::services::unsubscribe::leave_service;
use informa::storage::targets;
use informa::urls::opportunity_path;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    a_browser_is_given_a_name_and_the_page_still_says_which_it_is,
    nobody_names_what_is_not_theirs,
    a_name_does_not_pass_to_whoever_has_the_browser_next,
    a_test_is_offered_to_the_browser_that_was_just_added,
    each_browser_is_told_how_to_allow_notifications_again,
    what_a_notification_opened_is_read_without_a_session,
    an_address_that_nobody_has_confirmed_only_waits,
    the_last_profile_is_not_taken_away,
    the_only_place_is_not_taken_away_without_a_word,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

/// Somebody who is signed in, and a browser that they added by the page; its id.
async fn somebody_with_a_browser(app: &TestApp) -> (Reader, String) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let page = reader.open("/preferenze").await;
    let token = page.attributes("[data-push]", "data-csrf").remove(0);
    let browser = app.push_service.browser();
    let given = json!({
        "endpoint": browser.endpoint, "keys": { "p256dh": browser.p256dh, "auth": browser.auth },
        "vapid_key": page.attributes("[data-push]", "data-push-key")[0], "language": "it", "form": {},
    });
    let headers = [("x-csrf-token", token.as_str()), ("user-agent", FIREFOX)];
    let answer = reader.post_json("/push/subscriptions", &given, &headers).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(answer["location"], "/preferenze?done=browser");
    let page = reader.open("/preferenze?done=browser").await;
    let id = page.attributes(".rename input[name=target]", "value").remove(0);
    (reader, id)
}

async fn a_browser_is_given_a_name_and_the_page_still_says_which_it_is(app: &TestApp) {
    let (mut reader, id) = somebody_with_a_browser(app).await;
    let page = reader.open("/preferenze").await;
    assert!(
        page.texts(".rows strong").contains(&"Firefox · Linux".to_owned()),
        "{}",
        page.text
    );
    let named = reader
        .send(
            "/preferenze/dispositivo/nome",
            &[("target", &id), ("name", "  il <b>telefono</b>  di Maria")],
        )
        .await;
    assert_eq!(named.location(), "/preferenze?done=renamed");
    let page = reader.open("/preferenze?done=renamed").await;
    assert!(
        page.texts(".rows strong")
            .contains(&"il <b>telefono</b> di Maria".to_owned()),
        "{}",
        page.text
    );
    assert!(
        page.texts(".rows .small")
            .join(" ")
            .contains("Firefox · Linux · aggiunto il")
    );
    let values = page.attributes(".rename input[name=name]", "value");
    assert_eq!(values, ["il <b>telefono</b> di Maria"]);
    let held = reader.open("/preferenze/dati.json").await;
    assert!(held.text.contains("telefono</b> di Maria"), "{}", held.text);
    reader
        .send("/preferenze/dispositivo/nome", &[("target", &id), ("name", " ")])
        .await;
    let page = reader.open("/preferenze").await;
    assert!(
        page.texts(".rows strong").contains(&"Firefox · Linux".to_owned()),
        "its own name is back"
    );
}

async fn nobody_names_what_is_not_theirs(app: &TestApp) {
    let (mut reader, own) = somebody_with_a_browser(app).await;
    let (_, foreign) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    let mut transaction = app.database.read().await.unwrap();
    let found = targets::find_browser(&mut transaction, &foreign.endpoint)
        .await
        .unwrap()
        .unwrap();
    drop(transaction);
    let of = |id: &str| {
        [
            ("target".to_owned(), id.to_owned()),
            ("name".to_owned(), "mio".to_owned()),
        ]
    };
    let foreign_form = of(&found.id.to_string());
    let fields: Vec<(&str, &str)> = foreign_form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let refused = reader.send("/preferenze/dispositivo/nome", &fields).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let without_token = reader
        .send_only("/preferenze/dispositivo/nome", &[("target", &own), ("name", "mio")])
        .await;
    assert_eq!(without_token.status, StatusCode::FORBIDDEN);
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &a_citizen().address())
        .await
        .unwrap()
        .unwrap();
    let after = targets::find(&mut transaction, found.id).await.unwrap().unwrap();
    drop(transaction);
    assert_eq!(after.name, "");
    let of_mailbox = rename_target(app, mailbox.subscriber, mailbox.id, "posta").await;
    assert!(matches!(of_mailbox, Err(informa::services::Error::NotFound)));
}

async fn a_name_does_not_pass_to_whoever_has_the_browser_next(app: &TestApp) {
    let first = app.subscribe(&a_citizen()).await;
    let browser = app.push_service.browser();
    let target = add_browser(app, first, &browser.subscription()).await.unwrap();
    rename_target(app, first, target, "di Maria").await.unwrap();
    let name = async || {
        let mut transaction = app.database.read().await.unwrap();
        targets::find(&mut transaction, target).await.unwrap().unwrap().name
    };
    add_browser(app, first, &browser.subscription()).await.unwrap();
    assert_eq!(name().await, "di Maria", "the same person once more");
    leave_service(app, first).await.unwrap();
    let second = app.subscribe(&an_operator()).await;
    add_browser(app, second, &browser.subscription()).await.unwrap();
    assert_eq!(name().await, "");
    let newcomer = an_operator().by(&["web_push"]).newcomer(&app.vocabulary(), app.now());
    subscribe_by_browser(app, &browser.subscription(), &newcomer)
        .await
        .unwrap();
}

async fn a_test_is_offered_to_the_browser_that_was_just_added(app: &TestApp) {
    let (mut reader, id) = somebody_with_a_browser(app).await;
    let page = reader.open("/preferenze?done=browser").await;
    let offered = page.attributes(".alert form[action='/preferenze/prova'] button", "value");
    assert_eq!(offered, [id.as_str()]);
    reader.send("/preferenze/prova", &[("target", &id)]).await;
    app.run_jobs().await;
    let titles: Vec<String> = app
        .push_service
        .messages()
        .iter()
        .map(|it| it.title().to_owned())
        .collect();
    assert_eq!(titles, ["Funziona!"]);
    let later = reader.open("/preferenze?done=saved").await;
    assert!(later.attributes(".alert button", "value").is_empty());
}

async fn each_browser_is_told_how_to_allow_notifications_again(app: &TestApp) {
    let mut reader = Reader::new(app);
    for language in ["it", "en"] {
        let page = reader
            .request(
                Method::GET,
                &format!("/iscriviti/riepilogo?topics=environment&way=push&lang={language}"),
                "",
                Vec::new(),
            )
            .await;
        let browsers = page.attributes("template[data-push-steps-of]", "data-push-steps-of");
        assert_eq!(
            browsers,
            [
                "firefox",
                "firefox-android",
                "chrome",
                "android",
                "edge",
                "safari",
                "iphone",
                "other"
            ]
        );
        for browser in browsers {
            let start = page.text.find(&format!("data-push-steps-of=\"{browser}\"")).unwrap();
            let end = page.text[start..].find("</template>").unwrap();
            let steps = page.text[start..start + end].matches("<li>").count();
            assert!((2..=3).contains(&steps), "{browser} in {language}: {steps} steps");
        }
        for message in [
            "unsupported",
            "ios-too-old",
            "ios-home-screen",
            "denied",
            "timeout",
            "not-now",
            "waiting",
        ] {
            assert!(
                page.text.contains(&format!("data-push-message=\"{message}\"")),
                "{message}"
            );
        }
    }
}

async fn an_address_that_nobody_has_confirmed_only_waits(app: &TestApp) {
    let (mut reader, _) = somebody_with_a_browser(app).await;
    reader.open("/preferenze").await;
    let added = reader
        .send("/preferenze/email", &[("email", "nuova@example.org")])
        .await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    app.run_jobs().await;
    let page = reader.open("/preferenze").await;
    assert_eq!(page.texts("#waiting strong"), ["nuova@example.org"], "as they asked");
    let times = page.text.matches("nuova@example.org").count();
    assert_eq!(times, 1, "it is no place of theirs: it may be somebody else's");
}

async fn the_last_profile_is_not_taken_away(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let form = reader.open("/preferenze/profilo/citizen").await;
    assert!(form.attributes("form[action$='/togli'] button", "type").is_empty());
    let removed = reader.send("/preferenze/profilo/citizen/togli", &[]).await;
    assert_eq!(removed.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", removed.text);
    let page = reader.open("/preferenze").await;
    assert_eq!(page.status, StatusCode::OK);
}

async fn the_only_place_is_not_taken_away_without_a_word(app: &TestApp) {
    let mut alone = Reader::of_person(app, &a_citizen().called("sola@example.org")).await;
    let page = alone.open("/preferenze").await;
    assert_eq!(page.attributes("details form[action$='/togli']", "action").len(), 1);
    assert!(
        page.words("details:has(form[action$='/togli'])")
            .contains("È l'unico posto")
    );
    let (mut both, _) = somebody_with_a_browser(app).await;
    let page = both.open("/preferenze").await;
    assert_eq!(
        page.attributes("form[action='/preferenze/dispositivo/togli']", "action")
            .len(),
        2
    );
    assert!(page.attributes("details form[action$='/togli']", "action").is_empty());
}

async fn what_a_notification_opened_is_read_without_a_session(app: &TestApp) {
    let browser = app.push_service.browser();
    let person = subscribe_by_browser(
        app,
        &browser.subscription(),
        &a_citizen().newcomer(&app.vocabulary(), app.now()),
    )
    .await
    .unwrap();
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    assert_eq!(count_unread(app, person).await.unwrap(), 1);
    let opened =
        |auth: &str, path: &str| json!({ "endpoint": browser.endpoint, "keys": { "auth": auth }, "path": path });
    let mut worker = Reader::new(app);
    let path = opportunity_path(&call);
    for (auth, path) in [
        ("another secret", path.as_str()),
        (&browser.auth, "/avvisi"),
        (&browser.auth, "/opportunita/x-aaaaaaaaaa"),
    ] {
        let refused = worker.post_json("/push/opened", &opened(auth, path), &[]).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(count_unread(app, person).await.unwrap(), 1);
    let told = worker
        .post_json("/push/opened", &opened(&browser.auth, &path), &[])
        .await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    assert_eq!(count_unread(app, person).await.unwrap(), 0);
}
