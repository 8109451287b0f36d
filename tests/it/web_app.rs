// SPDX-License-Identifier: EUPL-1.2
//! The site as an app: its manifest, its worker, and the page without a network, which is the same for everybody.

use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::builders::a_citizen;
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    the_manifest_is_complete_in_the_language_of_its_page,
    the_page_without_a_network_is_the_same_for_everybody,
    a_change_of_the_page_without_a_network_is_a_change_of_the_worker,
}

async fn the_manifest_is_complete_in_the_language_of_its_page(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (language, inbox) in [("it", "I miei avvisi"), ("en", "My notifications")] {
        let page = reader.open(&format!("/?lang={language}")).await;
        let address = page.attributes("link[rel=manifest]", "href").remove(0);
        let answer = reader.open(&address).await;
        assert_eq!(answer.header("content-type"), "application/manifest+json");
        let manifest: Value = serde_json::from_str(&answer.text).unwrap();
        for field in ["name", "short_name", "description"] {
            assert!(manifest[field].as_str().is_some_and(|it| !it.is_empty()), "{field}");
        }
        for (field, value) in [
            ("id", "/"),
            ("start_url", "/"),
            ("scope", "/"),
            ("display", "standalone"),
        ] {
            assert_eq!(
                manifest[field], value,
                "{field}: it must never change, or an installed app is another one"
            );
        }
        assert_eq!(manifest["lang"], language);
        let icons = manifest["icons"].as_array().unwrap();
        let kinds: Vec<(&str, &str)> = icons
            .iter()
            .map(|icon| (icon["sizes"].as_str().unwrap(), icon["purpose"].as_str().unwrap()))
            .collect();
        for kind in [
            ("192x192", "any"),
            ("512x512", "any"),
            ("512x512", "maskable"),
            ("96x96", "monochrome"),
        ] {
            assert!(kinds.contains(&kind), "{kind:?} is missing: {kinds:?}");
        }
        for icon in icons {
            let file = reader.open(icon["src"].as_str().unwrap()).await;
            assert_eq!(
                (file.status, file.header("content-type")),
                (StatusCode::OK, "image/png")
            );
        }
        let shortcuts = manifest["shortcuts"].as_array().unwrap();
        let urls: Vec<&str> = shortcuts.iter().map(|it| it["url"].as_str().unwrap()).collect();
        assert_eq!(urls, ["/avvisi", "/opportunita"]);
        assert_eq!(shortcuts[0]["name"], inbox);
    }
}

async fn the_page_without_a_network_is_the_same_for_everybody(app: &TestApp) {
    let mut somebody = Reader::of_person(app, &a_citizen()).await;
    let mut stranger = Reader::new(app);
    for (language, heading) in [("it", "Non c'è connessione"), ("en", "There is no connection")] {
        let path = format!("/offline/{language}");
        let page = stranger.open(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.texts("h1"), [heading]);
        assert_eq!(page.attributes("html", "lang"), [language]);
        assert!(
            page.headers.get(SET_COOKIE).is_none(),
            "nobody's cookie is kept with it"
        );
        assert!(page.attributes("input[name=csrf]", "value").is_empty());
        assert!(page.attributes("script", "src").is_empty());
        assert_eq!(somebody.open(&path).await.text, page.text);
        let worker = stranger.open("/service-worker.js").await;
        let needed = [
            page.attributes("link[rel=stylesheet]", "href"),
            page.attributes("img", "src"),
        ]
        .concat();
        for file in needed {
            assert!(worker.text.contains(&file), "the worker keeps {file}");
        }
        assert!(worker.text.contains("/offline/"), "and the page");
    }
    assert_eq!(stranger.open("/offline/de").await.status, StatusCode::NOT_FOUND);
}

async fn a_change_of_the_page_without_a_network_is_a_change_of_the_worker(app: &TestApp) {
    let worker = async |app: &informa::app::App| {
        let answer = Reader::new(app).open("/service-worker.js").await;
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-cache");
        answer.text
    };
    let before = worker(app).await;
    assert!(before.starts_with("const OFFLINE = {"), "{}", &before[..60]);
    assert_eq!(worker(app).await, before);
    let renamed = app
        .another_process(|config| config.service_name = "Un altro nome".to_owned())
        .await;
    assert_ne!(worker(&renamed).await, before);
    renamed.database.close().await;
}
