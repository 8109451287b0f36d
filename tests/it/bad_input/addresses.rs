// SPDX-License-Identifier: EUPL-1.2
//! Addresses that no page of ours links to: a number beyond every list, a parameter twice, bytes that are no text.

use axum::http::{Method, StatusCode};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    whatever_the_address_the_answer_is_a_page,
    a_parameter_that_comes_twice_does_not_take_the_list_away,
    whatever_a_script_sends_the_answer_is_a_sentence,
}

/// What is put in the place of every parameter.
const ODD: [&str; 12] = [
    "0",
    "-1",
    "99999999999999999999999",
    "9223372036854775807",
    "1e9",
    "NaN",
    "%00",
    "%ff%fe",
    "%F0%9F%98%80",
    "%27%20or%201%3D1%3B--",
    "%3Cscript%3Ezq7x()%3C/script%3E",
    "9999-99-99",
];

/// Where a reader's parameters go: `{}` is one of them.
const ADDRESSES: [&str; 44] = [
    "/?lang={}",
    "/?{}",
    "/{}",
    "/opportunita?q={}",
    "/opportunita?q=bando&page={}",
    "/opportunita?kind={}",
    "/opportunita?topic={}",
    "/opportunita?area={}",
    "/opportunita?audience={}",
    "/opportunita?standing={}",
    "/opportunita?amount={}",
    "/opportunita?order={}",
    "/opportunita.atom?q={}&topic={}",
    "/opportunita.ics?q={}&area={}",
    "/opportunita/{}",
    "/opportunita/{}/calendario.ics",
    "/opportunita/{}-abcdefghij",
    "/iscriviti?topics={}&topics={}&place={}&kind={}",
    "/iscriviti/dove?areas={}&place={}&kind={}&kind={}",
    "/iscriviti/cosa?topics={}&place=Albino&sectors={}",
    "/iscriviti/come?topics=environment&frequency={}&way={}",
    "/iscriviti/riepilogo?topics=environment&place={}&age_band={}",
    "/iscriviti/{}",
    "/indirizzo/{}",
    "/valutazione/{}",
    "/aiuto/scrivi?argomento={}",
    "/aiuto/scrivi/inviato?argomento={}",
    "/accedi/{}",
    "/conferma/{}",
    "/disiscriviti/{}",
    "/disiscriviti/sezione/{}",
    "/areas?q={}",
    "/sitemap/{}",
    "/assets/{}",
    "/preferenze?done={}",
    "/preferenze/profilo/{}",
    "/preferenze/profilo/citizen?topics={}&place={}",
    "/preferenze/profilo/{}/argomenti",
    "/avvisi?page={}",
    "/avvisi?saved={}&page={}",
    "/staff/opportunita/{}",
    "/staff/opportunita/{}/svolta/{}",
    "/staff/invii/{}/numeri.csv",
    "/dev/mailbox/{}",
];

async fn whatever_the_address_the_answer_is_a_page(app: &TestApp) {
    app.publish(&a_call()).await;
    let signed_in = Reader::of_person(app, &a_citizen()).await;
    for mut reader in [Reader::new(app), signed_in] {
        for address in ADDRESSES {
            for odd in ODD {
                let address = address.replace("{}", odd);
                let answer = reader.open(&address).await;
                assert!(!answer.status.is_server_error(), "{address}: {}", answer.status);
                // Words that were searched for stand in the name of a calendar, which is text and is never read as a page.
                let is_text = answer.header("content-type").starts_with("text/calendar");
                let is_never_a_page = is_text && answer.header("x-content-type-options") == "nosniff";
                assert!(is_never_a_page || !answer.text.contains("<script>zq7x"), "{address}");
                let is_page = answer.header("content-type").starts_with("text/html");
                assert!(!is_page || !answer.words("h1").is_empty(), "{address} has no heading");
            }
        }
    }
}

async fn a_parameter_that_comes_twice_does_not_take_the_list_away(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for address in [
        "/opportunita?q=fotovoltaico&q=bando",
        "/opportunita?page=2&page=1&kind=event&kind=call",
        "/avvisi?page=1&page=1&saved=yes&saved=no",
        "/preferenze?done=saved&done=test",
        "/areas?q=berg&q=mil",
        "/aiuto/scrivi?argomento=accessibility&argomento=x",
        "/opportunita.atom?q=fotovoltaico&q=x",
    ] {
        let answer = reader.open(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.words("h1"));
    }
    let long = format!("/opportunita?q={}", "parola%20".repeat(1_000));
    assert_eq!(reader.open(&long).await.status, StatusCode::OK);
    let filtered = reader.open("/opportunita?q=fotovoltaico&q=nothinghasthis").await;
    assert_eq!(
        filtered.texts(".it-card-list h2").len(),
        0,
        "the last one counts: {:?}",
        filtered.texts(".it-card-list h2")
    );
}

async fn whatever_a_script_sends_the_answer_is_a_sentence(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let mut reader = Reader::new(app);
    let null = "\\u0000";
    let bodies = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "\u{0}".to_owned(),
        "{\"endpoint\":1}".to_owned(),
        format!("{{\"endpoint\":\"{null}\",\"keys\":{{\"p256dh\":\"{null}\",\"auth\":\"{null}\"}}}}"),
        format!(
            "{{\"endpoint\":\"{}{null}\",\"keys\":{{\"auth\":\"{}\"}}}}",
            browser.endpoint, browser.auth
        ),
        format!(
            "{{\"old_endpoint\":\"{}{null}\",\"old_auth\":\"{}\",\"subscription\":{{\"endpoint\":\"x{null}\",\"keys\":{{}}}}}}",
            browser.endpoint, browser.auth
        ),
        format!("{{\"endpoint\":\"{}\",\"keys\":{{}}}}", "a".repeat(10_000)),
        "[".repeat(100_000),
    ];
    for path in [
        "/push/subscriptions",
        "/push/state",
        "/push/subscription-changed",
        "/push/sign-in",
    ] {
        for body in &bodies {
            let answer = reader.send_json(path, body).await;
            assert!(
                answer.status.is_client_error() || answer.status == StatusCode::OK,
                "{path} {body:.60}: {}",
                answer.status
            );
            app.advance(chrono::TimeDelta::minutes(1));
        }
        let answer = reader
            .request(Method::POST, path, "application/json", vec![0xff; 1024 * 1024])
            .await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
    app.run_jobs().await;
    assert_eq!(super::count(app, "select count(*) from targets").await, 1);
}
