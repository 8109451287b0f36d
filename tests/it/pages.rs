// SPDX-License-Identifier: EUPL-1.2
//! What holds for every page: its headers, its forms, its limits, what it tells strangers, and how it refuses.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};

on_both_engines! {
    every_page_carries_the_protecting_headers,
    private_pages_are_kept_by_nobody,
    every_page_whose_address_ends_in_a_code_is_private,
    no_page_refers_to_another_host,
    a_form_without_its_token_changes_nothing,
    a_token_of_somebody_else_is_refused,
    one_click_unsubscribing_needs_no_token,
    signing_up_and_signing_in_tell_nobody_who_is_subscribed,
    a_fifth_sign_up_within_a_minute_waits_and_keeps_the_answers,
    neighbours_share_forty_sign_ups_an_hour,
    private_pages_lead_to_signing_in,
    what_is_refused_is_explained_in_the_language_of_the_reader,
    an_address_that_is_not_text_is_explained,
    more_than_a_form_holds_is_refused_as_such,
    scripts_in_answers_stay_words,
    a_draft_is_on_no_page,
}

/// The last step of signing up, with a topic chosen.
const SUMMARY: &str = "/iscriviti/riepilogo?topics=environment";

const SIGN_UP: [(&str, &str); 5] = [
    ("kind", "citizen"),
    ("topics", "environment"),
    ("areas", "016024"),
    ("consent", "yes"),
    ("frequency", "immediate"),
];

/// Fills the form of the sign-up page in and sends it.
async fn sign_up(reader: &mut Reader, email: &str) -> Answer {
    reader.open(SUMMARY).await;
    let fields: Vec<(&str, &str)> = SIGN_UP.into_iter().chain([("email", email)]).collect();
    reader.send("/iscriviti/riepilogo", &fields).await
}

async fn every_page_carries_the_protecting_headers(app: &TestApp) {
    let mut reader = Reader::new(app);
    let paths = [
        "/",
        "/opportunita",
        "/iscriviti",
        SUMMARY,
        "/accedi",
        "/privacy",
        "/staff/accedi",
        "/missing",
        "/service-worker.js",
    ];
    for path in paths {
        let page = reader.open(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert!(
            page.header("strict-transport-security").starts_with("max-age=31536000"),
            "{path}"
        );
        assert!(
            page.attributes("[style], [onclick], [onload]", "class").is_empty(),
            "{path} has inline styles or scripts"
        );
    }
}

async fn private_pages_are_kept_by_nobody(app: &TestApp) {
    let mut reader = Reader::new(app);
    for path in [
        "/preferenze",
        "/avvisi",
        "/accedi",
        "/conferma/x",
        "/disiscriviti/x",
        "/staff",
    ] {
        assert_eq!(reader.open(path).await.header("cache-control"), "no-store", "{path}");
    }
}

/// The paths of the routes with a code in them, as `src/web/mod.rs` and `src/urls.rs` write them.
fn paths_with_a_code() -> Vec<String> {
    let source = |path: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        std::fs::read_to_string(path).unwrap()
    };
    let urls = source("src/urls.rs");
    let named = |name: &str| {
        let (_, rest) = urls.split_once(&format!("pub const {name}: &str = \"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let routes = source("src/web/mod.rs");
    let patterns = routes.split("format!(\"{}").skip(1);
    let with_code = patterns.filter_map(|rest| {
        let (pattern, rest) = rest.split_once('"')?;
        let name = rest.strip_prefix(", paths::")?;
        let name: String = name
            .chars()
            .take_while(|c| c.is_ascii_uppercase() || *c == '_')
            .collect();
        let pattern = pattern.replace("{{code}}", "AAAA");
        pattern.contains("AAAA").then(|| format!("{}{pattern}", named(&name)))
    });
    with_code.collect()
}

async fn every_page_whose_address_ends_in_a_code_is_private(app: &TestApp) {
    let paths = paths_with_a_code();
    for known in [
        "/conferma/AAAA",
        "/sposta/AAAA",
        "/disiscriviti/AAAA/tutto",
        "/avviso/AAAA",
    ] {
        assert!(paths.iter().any(|path| path == known), "{known} is not among {paths:?}");
    }
    let chatty = app
        .another_process(|config| "https://chat.example.org/chat.js".clone_into(&mut config.chat_script))
        .await;
    let mut reader = Reader::new(&chatty);
    let page = reader.open("/").await;
    assert!(page.text.contains("chat.example.org"), "a public page may have it");
    for path in paths.iter().map(String::as_str).chain(["/cancellato"]) {
        let page = reader.open(path).await;
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(!page.text.contains("chat.example.org"), "{path}");
        assert!(!page.header("content-security-policy").contains("chat"), "{path}");
    }
    chatty.database.close().await;
}

async fn no_page_refers_to_another_host(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::new(app);
    for path in [
        "/",
        "/opportunita",
        "/iscriviti/dove",
        SUMMARY,
        "/accedi",
        "/staff/accedi",
    ] {
        let page = reader.open(path).await;
        let loaded = ["script[src]", "img[src]", "iframe[src]", "source[src]"].map(|what| page.attributes(what, "src"));
        let styles = page.attributes("link[rel=stylesheet], link[rel=icon], link[rel=preload]", "href");
        for address in loaded.concat().into_iter().chain(styles) {
            assert!(
                address.starts_with('/') && !address.starts_with("//"),
                "{path} loads {address}"
            );
        }
    }
}

async fn a_form_without_its_token_changes_nothing(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open(SUMMARY).await;
    let fields: Vec<(&str, &str)> = SIGN_UP.into_iter().chain([("email", "maria@example.org")]).collect();
    let answer = reader.send_only("/iscriviti/riepilogo", &fields).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.words("h1"), "Modulo scaduto");
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    for path in [
        "/preferenze/prova",
        "/preferenze/disiscriviti",
        "/avvisi/nascondi",
        "/staff/esci",
        "/accedi",
    ] {
        assert_eq!(
            reader.send_only(path, &[]).await.status,
            refused_or_sent_away(path),
            "{path}"
        );
    }
}

/// What is for people who are signed in asks that first.
fn refused_or_sent_away(path: &str) -> StatusCode {
    if path.starts_with("/preferenze") || path.starts_with("/avvisi") {
        StatusCode::SEE_OTHER
    } else {
        StatusCode::FORBIDDEN
    }
}

async fn a_token_of_somebody_else_is_refused(app: &TestApp) {
    let (mut attacker, mut reader) = (Reader::new(app), Reader::new(app));
    let theirs = attacker
        .open(SUMMARY)
        .await
        .attributes("input[name=csrf]", "value")
        .remove(0);
    reader.open(SUMMARY).await;
    let answer = reader
        .send_only("/accedi", &[("email", "maria@example.org"), ("csrf", &theirs)])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    reader.open("/accedi").await;
    reader.forget_cookies();
    let answer = reader.send("/accedi", &[("email", "maria@example.org")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "a token without its cookie");
}

async fn one_click_unsubscribing_needs_no_token(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    app.publish(&a_call()).await;
    let code = app.relay.only_mail_to("maria@example.org").code_after("/disiscriviti/");
    app.relay.forget();
    let mut reader = Reader::new(app);
    let answer = reader
        .send_only(&format!("/disiscriviti/{code}"), &[("List-Unsubscribe", "One-Click")])
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    app.publish(&a_call().titled("Secondo bando")).await;
    assert!(app.relay.mails().is_empty());
}

async fn signing_up_and_signing_in_tell_nobody_who_is_subscribed(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let mut reader = Reader::new(app);
    let known = sign_up(&mut reader, "maria@example.org").await;
    let unknown = sign_up(&mut reader, "nobody@example.org").await;
    assert_eq!((known.status, known.location()), (unknown.status, unknown.location()));
    assert_eq!(known.text, unknown.text);
    assert_eq!(known.status, StatusCode::SEE_OTHER);
    app.advance(TimeDelta::minutes(2));
    reader.open("/accedi").await;
    let known = reader.send("/accedi", &[("email", "maria@example.org")]).await;
    let unknown = reader.send("/accedi", &[("email", "somebody@example.org")]).await;
    assert_eq!((known.status, known.location()), (unknown.status, unknown.location()));
    assert_eq!(known.status, StatusCode::SEE_OTHER);
    app.run_jobs().await;
    assert!(app.relay.mails_to("somebody@example.org").is_empty());
}

async fn a_fifth_sign_up_within_a_minute_waits_and_keeps_the_answers(app: &TestApp) {
    let mut reader = Reader::new(app);
    for number in 0..4 {
        let answer = sign_up(&mut reader, &format!("person{number}@example.org")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let answer = sign_up(&mut reader, "fifth@example.org").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(answer.attributes("input[name=email]", "value"), ["fifth@example.org"]);
    assert!(!answer.attributes("input[type=hidden][name=topics]", "value").is_empty());
    reader.moved_to([203, 0, 113, 9]);
    assert_eq!(
        sign_up(&mut reader, "sixth@example.org").await.status,
        StatusCode::SEE_OTHER
    );
    app.advance(TimeDelta::minutes(1));
    reader.moved_to([198, 51, 100, 7]);
    assert_eq!(
        sign_up(&mut reader, "fifth@example.org").await.status,
        StatusCode::SEE_OTHER
    );
    app.run_jobs().await;
}

async fn neighbours_share_forty_sign_ups_an_hour(app: &TestApp) {
    let mut reader = Reader::new(app);
    for number in 0..40_u8 {
        reader.moved_to([198, 51, 100, number]);
        let answer = sign_up(&mut reader, &format!("person{number}@example.org")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{number}");
    }
    reader.moved_to([198, 51, 100, 200]);
    let answer = sign_up(&mut reader, "late@example.org").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    reader.moved_to([198, 51, 101, 200]);
    assert_eq!(
        sign_up(&mut reader, "other@example.org").await.status,
        StatusCode::SEE_OTHER
    );
    app.run_jobs().await;
}

async fn private_pages_lead_to_signing_in(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (path, leads_to) in [
        ("/preferenze", "/accedi"),
        ("/avvisi", "/accedi"),
        ("/preferenze/profilo/citizen", "/accedi"),
        ("/staff", "/staff/accedi"),
        ("/staff/opportunita/nuova", "/staff/accedi"),
    ] {
        let answer = reader.open(path).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, leads_to),
            "{path}"
        );
    }
}

async fn what_is_refused_is_explained_in_the_language_of_the_reader(app: &TestApp) {
    let mut reader = Reader::new(app);
    let answer = reader.open("/opportunita/questa-non-esiste").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.attributes("html", "lang"), ["it"]);
    let answer = reader.open("/opportunita/questa-non-esiste?lang=en").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.attributes("html", "lang"), ["en"]);
    let answer = reader.request(Method::DELETE, "/opportunita", "", Vec::new()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(!answer.words("h1").is_empty());
}

async fn an_address_that_is_not_text_is_explained(app: &TestApp) {
    let mut reader = Reader::new(app);
    let answer = reader.open("/opportunita/%ff").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.words("h1"), "Richiesta non valida");
}

async fn more_than_a_form_holds_is_refused_as_such(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open(SUMMARY).await;
    let answer = reader
        .send("/iscriviti/riepilogo", &[("email", &"a".repeat(600_000))])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.words("h1"), "Troppo lungo");
}

async fn scripts_in_answers_stay_words(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open(SUMMARY).await;
    let script = "\"><script>alert(1)</script>";
    let fields = [("kind", "citizen"), ("email", script), ("topics", "environment")];
    let answer = reader.send("/iscriviti/riepilogo", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.attributes("#email", "value"), [script], "what was typed is kept");
    let with_place: Vec<(&str, &str)> = fields.into_iter().chain([("place", script)]).collect();
    let answer = reader.send("/iscriviti/riepilogo", &with_place).await;
    let answer = reader.open(answer.location()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer.attributes("#place-1", "value"),
        [script],
        "what was typed is kept"
    );
    assert!(
        answer
            .attributes("script", "src")
            .iter()
            .all(|address| address.starts_with('/'))
    );
    assert!(!answer.text.contains("<script>alert"));
}

async fn a_draft_is_on_no_page(app: &TestApp) {
    app.draft(&a_call().titled("Segreto fino a domani")).await;
    let mut reader = Reader::new(app);
    for path in ["/", "/opportunita", "/opportunita?q=segreto"] {
        assert!(
            !reader.open(path).await.text.contains("Segreto fino a domani"),
            "{path}"
        );
    }
}
