// SPDX-License-Identifier: EUPL-1.2
//! The catalogue for programs: feeds, calendars, sitemaps and what a page says it is about.

use std::str::FromStr as _;

use atom_syndication::Feed;
use axum::http::StatusCode;
use axum::http::header::IF_NONE_MATCH;
use chrono::TimeDelta;
use informa::domain::opportunity::OpportunityKind;
use informa::services::revise_published::{Turn, turn};
use informa::urls::opportunity_path;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, at};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    a_list_is_a_feed_under_the_same_narrowing,
    what_is_new_is_first_in_a_feed_whatever_was_looked_for,
    a_list_is_a_calendar_of_its_dates,
    an_opening_alone_is_a_date_of_the_calendar,
    a_page_says_in_which_language_editors_write,
    an_event_stands_in_the_calendar_from_its_hour_to_its_end,
    what_was_withdrawn_is_cancelled_in_the_calendar,
    drafts_are_in_nothing,
    search_engines_find_every_page,
    a_page_says_what_it_is_about_and_nobody_breaks_out_of_it,
    what_is_not_stated_is_not_in_the_data,
    words_of_a_question_write_nothing_into_a_calendar_or_a_feed,
    a_point_in_time_has_no_end_in_the_calendar,
    another_language_keeps_the_list,
    what_has_not_changed_is_not_sent_again,
    a_list_says_which_it_is,
}

async fn a_list_is_a_feed_under_the_same_narrowing(app: &TestApp) {
    app.publish(&a_call()).await;
    app.advance(TimeDelta::minutes(1));
    let news = app
        .publish(&a_call().kind(OpportunityKind::News).titled("Orari «estivi» & chiusure"))
        .await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita?kind=news&q=orari").await;
    let address = list.attributes("link[type='application/atom+xml']", "href");
    assert_eq!(address, ["/opportunita.atom?q=orari&kind=news"]);
    let answer = reader.open(&address[0]).await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = Feed::from_str(&answer.text).unwrap();
    assert_eq!(
        feed.id,
        "https://informa.example.org/opportunita.atom?q=orari&kind=news"
    );
    let [entry] = feed.entries() else {
        panic!("{} entries", feed.entries().len());
    };
    assert_eq!(entry.title.value, "Orari «estivi» & chiusure");
    assert_eq!(
        entry.id,
        format!("https://informa.example.org/opportunita/{}", news.token.as_str())
    );
    assert_eq!(
        entry.links[0].href,
        format!("https://informa.example.org{}", opportunity_path(&news))
    );
    assert!(
        entry
            .content()
            .unwrap()
            .value()
            .unwrap()
            .contains("<strong>una</strong>")
    );
    let all = Feed::from_str(&reader.open("/opportunita.atom").await.text).unwrap();
    assert_eq!(all.entries().len(), 2);
    let id_in_address = all.entries()[0]
        .id
        .strip_prefix("https://informa.example.org")
        .unwrap()
        .to_owned();
    let led = reader.open(&id_in_address).await;
    assert_eq!(led.location(), opportunity_path(&news), "an id is an address, too");
}

async fn what_is_new_is_first_in_a_feed_whatever_was_looked_for(app: &TestApp) {
    app.publish(&a_call().titled("Fotovoltaico, fotovoltaico e fotovoltaico"))
        .await;
    app.advance(TimeDelta::minutes(1));
    app.publish(&a_call().titled("Altro").summed_up("Anche fotovoltaico."))
        .await;
    let mut reader = Reader::new(app);
    let page = reader.open("/opportunita?q=fotovoltaico").await;
    assert_eq!(
        page.texts("h2.it-card-title")[1],
        "Altro",
        "on the page the best comes first"
    );
    let feed = Feed::from_str(&reader.open("/opportunita.atom?q=fotovoltaico").await.text).unwrap();
    assert_eq!(feed.entries()[0].title.value, "Altro");
    app.run_jobs().await;
}

async fn a_list_is_a_calendar_of_its_dates(app: &TestApp) {
    let call = app.publish(&a_call().titled("Bando, con virgole; e altro")).await;
    app.publish(&a_call().titled("Sempre aperto").opening(None).closing(None))
        .await;
    let mut reader = Reader::new(app);
    let answer = reader.open("/opportunita.ics").await;
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
    let token = call.token.as_str();
    for line in [
        "BEGIN:VCALENDAR",
        &format!("UID:{token}-closes@informa.example.org"),
        "DTSTART;VALUE=DATE:20260930",
        "DTEND;VALUE=DATE:20261001",
        "SUMMARY:Scade: Bando\\, con virgole\\; e altro",
        &format!("UID:{token}-opens@informa.example.org"),
        "DTSTART:20260701T100000Z",
        "END:VCALENDAR",
    ] {
        assert!(
            answer.text.contains(&format!("{line}\r\n")),
            "{line} is not in\n{}",
            answer.text
        );
    }
    assert!(!answer.text.contains("Sempre aperto"), "it has no date to keep");
    assert_eq!(answer.text.matches("BEGIN:VEVENT").count(), 2);
    let page = reader.open(&opportunity_path(&call)).await;
    let file = page.attributes("a[href$='calendario.ics']", "href");
    let one = reader.open(&file[0]).await;
    assert_eq!(
        one.header("content-disposition"),
        format!("attachment; filename=\"{token}.ics\"")
    );
    assert_eq!(one.text.matches("BEGIN:VEVENT").count(), 2);
    assert_eq!(
        reader
            .open("/opportunita/nessuna-aaaaaaaaaa/calendario.ics")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

async fn a_page_says_in_which_language_editors_write(app: &TestApp) {
    let call = app.publish(&a_call().opening(None)).await;
    let path = opportunity_path(&call);
    let mut reader = Reader::new(app);
    let italian = reader.open(&path).await;
    assert!(
        italian.attributes("main [lang]", "lang").is_empty(),
        "the page has one language"
    );
    assert!(italian.text.contains("\"inLanguage\":\"it\""), "{}", italian.text);
    let english = reader.open(&format!("{path}?lang=en")).await;
    assert_eq!(english.attributes("html", "lang"), ["en"]);
    for part in ["h1", ".lead", ".prose"] {
        assert_eq!(
            english.attributes(&format!("main {part}[lang]"), "lang"),
            ["it"],
            "{part}"
        );
    }
    for list in ["/?lang=en", "/opportunita?lang=en"] {
        let page = reader.open(list).await;
        for part in [".it-card-title a", ".it-card-text"] {
            assert_eq!(
                page.attributes(&format!("{part}[lang]"), "lang"),
                ["it"],
                "{part} of {list}"
            );
        }
    }
}

async fn an_opening_alone_is_a_date_of_the_calendar(app: &TestApp) {
    let opens = Some(at("2026-07-20T10:00:00"));
    let call = app.publish(&a_call().opening(opens).closing(None)).await;
    let mut reader = Reader::new(app);
    let page = reader.open(&opportunity_path(&call)).await;
    assert_eq!(page.attributes("a[href$='calendario.ics']", "href").len(), 1);
    let facts = page.words("main");
    assert!(facts.contains("Nessuna scadenza indicata"), "{facts}");
    assert!(!facts.contains("Sempre aperto"), "it is not open yet: {facts}");
    for path in [
        "/opportunita.ics",
        &format!("{}/calendario.ics", opportunity_path(&call)),
    ] {
        let calendar = reader.open(path).await.text;
        for line in [
            "DTSTART:20260720T080000Z",
            "SUMMARY:Apre: Contributi per il fotovoltaico",
        ] {
            assert!(
                calendar.contains(&format!("{line}\r\n")),
                "{line} is not in\n{calendar}"
            );
        }
        assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1);
    }
}

async fn an_event_stands_in_the_calendar_from_its_hour_to_its_end(app: &TestApp) {
    let event = a_call()
        .kind(OpportunityKind::Event)
        .titled("Festa")
        .opening(Some(at("2026-07-20T18:00:00")))
        .closing(Some(at("2026-07-20T23:00:00")));
    let event = app.publish(&event).await;
    let mut reader = Reader::new(app);
    let answer = reader
        .open(&format!("{}/calendario.ics", opportunity_path(&event)))
        .await;
    for line in ["DTSTART:20260720T160000Z", "DTEND:20260720T210000Z", "SUMMARY:Festa"] {
        assert!(
            answer.text.contains(&format!("{line}\r\n")),
            "{line} is not in\n{}",
            answer.text
        );
    }
}

async fn what_was_withdrawn_is_cancelled_in_the_calendar(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    turn(app, app.editor, call.id, Turn::Withdrawn, "").await.unwrap();
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let answer = reader.open("/opportunita.ics").await;
    assert!(answer.text.contains("STATUS:CANCELLED\r\n"), "{}", answer.text);
    assert!(
        answer.text.contains("SEQUENCE:2\r\n"),
        "a calendar takes it for newer: {}",
        answer.text
    );
}

async fn drafts_are_in_nothing(app: &TestApp) {
    app.draft(&a_call()).await;
    let mut reader = Reader::new(app);
    for path in ["/opportunita.atom", "/opportunita.ics", "/sitemap/0"] {
        let answer = reader.open(path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.text.contains("fotovoltaico"), "{path}");
    }
}

async fn search_engines_find_every_page(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let mut reader = Reader::new(app);
    let robots = reader.open("/robots.txt").await;
    assert!(
        robots
            .text
            .contains("Sitemap: https://informa.example.org/sitemap.xml\n"),
        "{}",
        robots.text
    );
    for own in ["/preferenze", "/avvisi", "/staff", "/conferma"] {
        assert!(robots.text.contains(&format!("Disallow: {own}\n")), "{own}");
    }
    let index = reader.open("/sitemap.xml").await;
    assert_eq!(index.header("content-type"), "application/xml; charset=utf-8");
    assert!(
        index.text.contains("<loc>https://informa.example.org/sitemap/0</loc>"),
        "{}",
        index.text
    );
    let map = reader.open("/sitemap/0").await;
    let line = format!(
        "<url><loc>https://informa.example.org{}</loc><lastmod>2026-07-01</lastmod></url>",
        opportunity_path(&call)
    );
    assert!(map.text.contains(&line), "{}", map.text);
    assert_eq!(reader.open("/sitemap/7").await.status, StatusCode::NOT_FOUND);
}

async fn a_page_says_what_it_is_about_and_nobody_breaks_out_of_it(app: &TestApp) {
    let title = "</script><script>alert(1)</script> \"virgolette\"";
    let call = app.publish(&a_call().titled(title)).await;
    let mut reader = Reader::new(app);
    let page = reader.open(&opportunity_path(&call)).await;
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    let data: Value = serde_json::from_str(&page.words("script[type='application/ld+json']")).unwrap();
    assert_eq!(
        (&data["@type"], &data["name"]),
        (
            &serde_json::json!(["MonetaryGrant", "GovernmentService"]),
            &title.into()
        )
    );
    let address = format!("https://informa.example.org{}", opportunity_path(&call));
    assert_eq!(page.attributes("link[rel=canonical]", "href"), [address.as_str()]);
    assert_eq!(page.attributes("meta[property='og:title']", "content"), [title]);
    for kind in OpportunityKind::ALL {
        let published = app.publish(&a_call().kind(kind).titled("Titolo")).await;
        let page = reader.open(&opportunity_path(&published)).await;
        let data: Value = serde_json::from_str(&page.words("script[type='application/ld+json']")).unwrap();
        assert_eq!(data["name"], "Titolo", "{}", kind.code());
    }
}

async fn what_is_not_stated_is_not_in_the_data(app: &TestApp) {
    let bare = app
        .publish(
            &a_call()
                .opening(None)
                .closing(None)
                .summed_up("")
                .published_by("")
                .offering(None),
        )
        .await;
    let mut reader = Reader::new(app);
    let page = reader.open(&opportunity_path(&bare)).await;
    let data: Value = serde_json::from_str(&page.words("script[type='application/ld+json']")).unwrap();
    for absent in ["funder", "provider", "offers", "amount", "description"] {
        assert!(data.get(absent).is_none(), "{absent} in {data}");
    }
    let full = app.publish(&a_call()).await;
    let page = reader.open(&opportunity_path(&full)).await;
    let data: Value = serde_json::from_str(&page.words("script[type='application/ld+json']")).unwrap();
    assert_eq!(data["offers"]["availabilityEnds"], "2026-09-30", "{data}");
    assert_eq!(data["amount"]["currency"], "EUR", "{data}");
    app.run_jobs().await;
}

async fn words_of_a_question_write_nothing_into_a_calendar_or_a_feed(app: &TestApp) {
    app.publish(&a_call().titled("Titolo\u{1}con\u{8} caratteri\u{fffe}"))
        .await;
    let mut reader = Reader::new(app);
    let odd = "titolo%0D%0ABEGIN:VEVENT%0Ay;z,%5C%01";
    let calendar = reader.open(&format!("/opportunita.ics?q={odd}")).await.text;
    let lines: Vec<&str> = calendar.split("\r\n").collect();
    assert!(lines.iter().all(|line| !line.contains('\n')), "{calendar}");
    assert_eq!(
        lines.iter().filter(|line| **line == "BEGIN:VEVENT").count(),
        calendar.matches("UID:").count()
    );
    assert!(calendar.contains("BEGIN:VEVENT y\\;z\\,\\\\"), "{calendar}");
    let feed = reader.open(&format!("/opportunita.atom?q={odd}")).await.text;
    let forbidden = |it: char| (it.is_control() && !it.is_whitespace()) || it == '\u{fffe}';
    assert!(!feed.contains(forbidden), "{feed}");
    let feed = Feed::from_str(&feed).unwrap();
    assert_eq!(feed.entries()[0].title.value, "Titolocon caratteri");
    app.run_jobs().await;
}

async fn a_point_in_time_has_no_end_in_the_calendar(app: &TestApp) {
    app.publish(&a_call().closing(Some(at("2026-09-30T12:00:00")))).await;
    let alert = a_call()
        .kind(OpportunityKind::Alert)
        .opening(Some(at("2026-07-01T12:00:00")))
        .closing(Some(at("2026-07-02T18:00:00")));
    app.publish(&alert.titled("Temporali")).await;
    let calendar = Reader::new(app).open("/opportunita.ics").await.text;
    assert!(calendar.contains("DTSTART:20260930T100000Z"), "{calendar}");
    assert!(!calendar.contains("DTEND:20260930T100000Z"), "{calendar}");
    let alerts = calendar.matches("SUMMARY:Temporali").count();
    assert_eq!(
        (alerts, calendar.contains("DTEND:20260702T160000Z")),
        (1, true),
        "{calendar}"
    );
    app.run_jobs().await;
}

async fn another_language_keeps_the_list(app: &TestApp) {
    let mut reader = Reader::new(app);
    let page = reader.open("/opportunita?q=a%26b&kind=call&lang=it").await;
    let links = page.attributes(".slim-links a[hreflang]", "href");
    assert_eq!(links, ["?q=a%26b&kind=call&lang=it", "?q=a%26b&kind=call&lang=en"]);
    let english = reader.open(&format!("/opportunita{}", links[1])).await;
    assert_eq!(english.attributes("html", "lang"), ["en"]);
    assert_eq!(english.attributes("#q", "value"), ["a&b"]);
}

async fn what_has_not_changed_is_not_sent_again(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    let one = format!("{}/calendario.ics", opportunity_path(&call));
    for path in ["/opportunita.atom?topic=environment", "/opportunita.ics", one.as_str()] {
        let mut reader = Reader::new(app);
        let first = reader.open(path).await;
        assert_eq!(first.header("set-cookie"), "", "{path}: a program has no use for it");
        let known = |name: &str| [(IF_NONE_MATCH, name.parse().unwrap())].into_iter().collect();
        let name = first.header("etag").to_owned();
        assert!(name.starts_with("W/\""), "{path}: {name}");
        let again = reader.open_with(path, known(&format!("\"other\", {name}"))).await;
        assert_eq!(
            (again.status, again.text.as_str(), again.header("etag")),
            (StatusCode::NOT_MODIFIED, "", &*name),
            "{path}"
        );
        assert_eq!(
            reader.open_with(path, known("W/\"other\"")).await.status,
            StatusCode::OK
        );
    }
    let before = Reader::new(app).open("/opportunita.atom").await;
    app.publish(&a_call().titled("Un altro")).await;
    app.run_jobs().await;
    let after = Reader::new(app).open("/opportunita.atom").await;
    assert_ne!(before.header("etag"), after.header("etag"));
}

async fn a_list_says_which_it_is(app: &TestApp) {
    let mut reader = Reader::new(app);
    let feed = reader.open("/opportunita.atom?q=orti").await;
    assert!(feed.text.contains("<title>Informa – Opportunità"), "{}", feed.text);
    assert!(feed.text.contains("orti"), "{}", feed.text);
    assert!(
        feed.text.contains("<updated>2026-06-30T22:00:00+00:00</updated>"),
        "an empty list has been so today: {}",
        feed.text
    );
    let calendar = reader.open("/opportunita.ics").await;
    assert!(
        calendar.text.contains("NAME:Informa – Opportunità"),
        "{}",
        calendar.text
    );
}
