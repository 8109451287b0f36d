// SPDX-License-Identifier: EUPL-1.2
//! Help: on every page in the same place, questions that can be linked to, and messages that are not lost.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use informa::app::App;
use informa::config::Config;
use informa::jobs::{Job, TABLE};
use informa::services::send_letters::send_letters;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::builders::a_citizen;
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::rows;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    help_is_in_the_same_place_on_every_page,
    only_the_ways_that_are_configured_are_shown,
    every_question_has_an_address_and_search_engines_read_the_same,
    answers_say_what_this_installation_does,
    a_message_reaches_the_body_and_is_forgotten_here,
    a_message_outlives_a_relay_that_refuses_and_arrives_once,
    two_processes_send_a_message_once,
    a_message_that_nobody_takes_for_thirty_days_is_given_up,
    a_report_on_accessibility_is_answered_within_thirty_days,
    what_is_wrong_is_said_at_its_field_and_nothing_is_lost,
    nothing_that_is_typed_becomes_a_header,
    the_body_reads_its_own_language_whatever_the_writer_speaks,
    a_place_that_writes_without_end_is_stopped,
    without_a_chat_nothing_comes_from_another_site,
    a_chat_is_allowed_by_its_host_alone_and_on_public_pages_alone,
    pages_of_our_own_words_say_when_they_were_changed,
}

const BODY: &str = "informa@example.org";

const MESSAGE: [(&str, &str); 4] = [
    ("subject", "content"),
    ("message", "Il bando «Orti»\r\nè ancora aperto?"),
    ("email", "Anna.Bianchi@Example.org"),
    ("name", "Anna Bianchi"),
];

/// Sends the form with other values for some fields.
async fn write(reader: &mut Reader, other: &[(&str, &str)]) -> Answer {
    reader.open("/aiuto/scrivi").await;
    let given = |name: &str| other.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
    let fields = MESSAGE.map(|(name, value)| (name, given(name).unwrap_or(value)));
    reader.send("/aiuto/scrivi", &fields).await
}

async fn waiting(app: &TestApp) -> i64 {
    rows::integers(&app.database, "select count(*) from letters").await[0][0]
}

async fn configured(app: &TestApp, change: impl FnOnce(&mut Config)) -> App {
    app.another_process(change).await
}

async fn help_is_in_the_same_place_on_every_page(app: &TestApp) {
    let mut stranger = Reader::new(app);
    let mut person = Reader::of_person(app, &a_citizen()).await;
    let public = [
        "/",
        "/opportunita",
        "/iscriviti",
        "/accedi",
        "/aiuto",
        "/questa-non-esiste",
        "/staff/accedi",
    ];
    let mut pages = Vec::new();
    for path in public {
        pages.push((path, stranger.open(path).await));
    }
    for path in ["/preferenze", "/avvisi"] {
        pages.push((path, person.open(path).await));
    }
    for (path, page) in pages {
        assert_eq!(page.words("footer .help-block h2"), "Serve aiuto?", "{path}");
        let links = page.attributes("footer .help-block a", "href");
        assert_eq!(
            links,
            ["/aiuto", "/aiuto/scrivi", "mailto:informa@example.org"],
            "{path}"
        );
        let (help, legal) = (
            page.text.find("help-block"),
            page.text.find("data-element=\"legal-notes\""),
        );
        assert!(help.is_some() && help < legal, "{path}: before the legal links");
    }
}

async fn only_the_ways_that_are_configured_are_shown(app: &TestApp) {
    let rich = configured(app, |config| {
        "+39 02 123.4567".clone_into(&mut config.contact_phone);
        "dal lunedì al venerdì, dalle 9 alle 13".clone_into(&mut config.contact_hours);
        "https://www.example.org/sportello".clone_into(&mut config.counter_url);
        "https://www.example.org/chat".clone_into(&mut config.chat_url);
    })
    .await;
    let page = Reader::new(&rich).open("/").await;
    let ways = page.texts(".help-block li");
    let expected = [
        "Domande e risposte",
        "Scrivici",
        BODY,
        "Telefono: +39 02 123.4567 (dal lunedì al venerdì, dalle 9 alle 13)",
        "Chatta con noi (collegamento esterno)",
        "Prenota allo sportello (collegamento esterno)",
    ];
    assert_eq!(ways, expected);
    let links = page.attributes(".help-block a", "href");
    assert_eq!(
        links[3..],
        [
            "tel:+39021234567".to_owned(),
            "https://www.example.org/chat".to_owned(),
            "https://www.example.org/sportello".to_owned()
        ]
    );
    let help = Reader::new(&rich).open("/aiuto").await;
    assert_eq!(
        help.attributes(".reach a", "href")[1..],
        links[3..],
        "the same ways beside the answers"
    );
    let poor = Reader::new(app).open("/aiuto").await;
    assert_eq!(poor.attributes(".reach a", "href"), ["mailto:informa@example.org"]);
    rich.database.close().await;
}

async fn every_question_has_an_address_and_search_engines_read_the_same(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (language, first) in [("it", "Che cos'è Informa?"), ("en", "What is Informa?")] {
        let page = reader.open(&format!("/aiuto?lang={language}")).await;
        let asked = page.texts("details summary");
        assert!((10..=16).contains(&asked.len()), "{}", asked.len());
        assert_eq!(asked[0], first);
        let ids = page.attributes("main details", "id");
        assert_eq!(ids.len(), asked.len(), "each can be linked to");
        let answered = page.texts("main details p");
        assert!(answered.len() >= asked.len());
        for text in asked.iter().chain(&answered) {
            assert!(
                !text.contains("Unknown localization") && !text.contains("{ $"),
                "{text}"
            );
        }
        let data: Value = serde_json::from_str(&page.texts("script[type='application/ld+json']")[0]).unwrap();
        assert_eq!(data["@type"], "FAQPage");
        let entries = data["mainEntity"].as_array().unwrap();
        let told: Vec<&str> = entries.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(told, asked);
        for entry in entries {
            let answer = entry["acceptedAnswer"]["text"].as_str().unwrap();
            assert!(answer.len() > 40, "{entry}");
        }
    }
    let sitemap = reader.open("/sitemap/0").await;
    assert!(
        sitemap.text.contains("https://informa.example.org/aiuto<"),
        "{}",
        sitemap.text
    );
}

async fn answers_say_what_this_installation_does(app: &TestApp) {
    let page = Reader::new(app).open("/aiuto").await;
    let night = page.words("#notte");
    assert!(
        night.contains("Dalle 21 alle 8") && night.contains("al massimo 5 notifiche"),
        "{night}"
    );
    assert!(page.words("#dati-conservati").contains("per 90 giorni"));
    let accessibility = page.words("#accessibilita");
    assert!(accessibility.contains("entro 30 giorni") && accessibility.contains("Difensore civico per il digitale"));
    let other = configured(app, |config| {
        config.quiet_hours = informa::domain::quiet_hours::QuietHours::NONE;
        config.weekly_pushes = 0;
        config.keep_notifications_days = 30;
        "https://www.example.org/privacy".clone_into(&mut config.privacy_url);
    })
    .await;
    let page = Reader::new(&other).open("/aiuto").await;
    let night = page.words("#notte");
    assert!(
        night.contains("non ci sono ore di silenzio") && !night.contains("al massimo"),
        "{night}"
    );
    assert!(page.words("#dati-conservati").contains("per 30 giorni"));
    assert_eq!(
        page.attributes("#dati-conservati a", "href"),
        ["https://www.example.org/privacy"]
    );
    other.database.close().await;
}

async fn a_message_reaches_the_body_and_is_forgotten_here(app: &TestApp) {
    let mut reader = Reader::new(app);
    let sent = write(&mut reader, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = reader.open(sent.location()).await;
    assert_eq!(page.words("h1"), "Messaggio inviato");
    assert_eq!(page.texts("main ul li").len(), 2, "what happens next");
    assert_eq!(waiting(app).await, 1);
    let every_minute = TABLE.iter().find(|(job, _)| *job == Job::SendLetters);
    assert_eq!(every_minute.map(|(_, schedule)| *schedule), Some("* * * * *"));
    assert_eq!(Job::SendLetters.run(app).await.unwrap(), 1);
    let mail = app.relay.only_mail_to(BODY);
    assert_eq!(
        mail.subject(),
        "[Informa] Un'opportunità pubblicata: messaggio dal sito"
    );
    assert_eq!(mail.header("reply-to").as_deref(), Some("anna.bianchi@example.org"));
    assert_eq!(
        mail.header("from").as_deref(),
        Some("Informa <avvisi@informa.example.org>")
    );
    assert_eq!(mail.sender, "avvisi@informa.example.org");
    assert_eq!(
        mail.header("auto-submitted"),
        None,
        "a person wrote it, and programs that answer may"
    );
    assert_eq!(mail.header("list-unsubscribe"), None);
    let expected = "Nome: Anna Bianchi\n\
        Argomento: Un'opportunità pubblicata\n\
        Indirizzo: anna.bianchi@example.org\n\
        Lingua: Italiano\n\
        Scritto: mercoledì 1 luglio 2026 alle 10:00\n\n\
        Il bando «Orti»\nè ancora aperto?\n\n\
        -- \nRispondi a questa e-mail: la risposta va a chi ha scritto. L'indirizzo non è stato verificato.\n";
    assert_eq!(mail.text().trim_end(), expected.trim_end());
    assert!(mail.html().contains("Il bando «Orti»<br>"));
    assert_eq!(waiting(app).await, 0, "nothing of it stays");
    assert_eq!(send_letters(app).await.unwrap(), 0);
    assert_eq!(app.relay.mails().len(), 1);
    assert_eq!(app.tally().await, [], "it is no notification");
}

async fn a_message_outlives_a_relay_that_refuses_and_arrives_once(app: &TestApp) {
    let mut reader = Reader::new(app);
    app.relay.refuse(BODY, Stage::Recipient, "451 4.3.0 try again later");
    write(&mut reader, &[]).await;
    for attempt in 1..=20 {
        assert_eq!(send_letters(app).await.unwrap(), 0);
        assert_eq!(app.relay.attempts_to(BODY), attempt, "one attempt, then it waits");
        assert_eq!(send_letters(app).await.unwrap(), 0);
        assert_eq!(app.relay.attempts_to(BODY), attempt);
        app.advance(TimeDelta::hours(2));
    }
    app.relay.refuse(BODY, Stage::Content, "550 5.7.1 not today");
    send_letters(app).await.unwrap();
    app.advance(TimeDelta::hours(7));
    app.relay.accept(BODY);
    assert_eq!(waiting(app).await, 1);
    assert_eq!(send_letters(app).await.unwrap(), 1);
    app.advance(TimeDelta::days(2));
    assert_eq!(send_letters(app).await.unwrap(), 0);
    assert!(app.relay.only_mail_to(BODY).text().contains("è ancora aperto?"));
    assert_eq!(waiting(app).await, 0);
}

async fn two_processes_send_a_message_once(app: &TestApp) {
    let mut reader = Reader::new(app);
    for number in 0..6_u8 {
        reader.moved_to([203, 0, 113, number]);
        let answer = write(&mut reader, &[("message", &format!("Messaggio {number}"))]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let (one, two) = (configured(app, |_| {}).await, configured(app, |_| {}).await);
    let (first, second) = tokio::join!(send_letters(&one), send_letters(&two));
    let third = send_letters(app).await.unwrap();
    assert_eq!(first.unwrap() + second.unwrap() + third, 6);
    let mut told: Vec<String> = app.relay.mails_to(BODY).iter().map(Mail::text).collect();
    told.sort();
    told.dedup();
    assert_eq!((told.len(), app.relay.mails().len()), (6, 6));
    one.database.close().await;
    two.database.close().await;
}

async fn a_message_that_nobody_takes_for_thirty_days_is_given_up(app: &TestApp) {
    app.relay.refuse(BODY, Stage::Recipient, "550 5.1.1 no such mailbox");
    write(&mut Reader::new(app), &[]).await;
    for _ in 0..29 {
        send_letters(app).await.unwrap();
        app.advance(TimeDelta::days(1));
    }
    assert_eq!(waiting(app).await, 1, "an administrator has time to repair it");
    app.advance(TimeDelta::days(1));
    send_letters(app).await.unwrap();
    assert_eq!(
        waiting(app).await,
        0,
        "somebody's address and words are not kept for ever"
    );
    assert_eq!(app.relay.attempts_to(BODY), 30);
}

async fn a_report_on_accessibility_is_answered_within_thirty_days(app: &TestApp) {
    let mut reader = Reader::new(app);
    let help = reader.open("/aiuto").await;
    let link = help.attributes("#accessibilita a", "href").remove(0);
    let form = reader.open(&link).await;
    assert_eq!(form.attributes("[name=subject][checked]", "value"), ["accessibility"]);
    let sent = write(&mut reader, &[("subject", "accessibility")]).await;
    let page = reader.open(sent.location()).await;
    let next = page.texts("main ul li").join(" ");
    assert!(
        next.contains("entro 30 giorni") && next.contains("Difensore civico per il digitale"),
        "{next}"
    );
    send_letters(app).await.unwrap();
    let mail = app.relay.only_mail_to(BODY);
    assert!(
        mail.text().contains("va data risposta entro 30 giorni"),
        "{}",
        mail.text()
    );
}

async fn what_is_wrong_is_said_at_its_field_and_nothing_is_lost(app: &TestApp) {
    let mut reader = Reader::new(app);
    let (text, name) = ("à".repeat(2_001), "N".repeat(101));
    let typed = [
        ("subject", ""),
        ("message", text.as_str()),
        ("email", "anna"),
        ("name", name.as_str()),
    ];
    let page = write(&mut reader, &typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let index = page.attributes("#errors a", "href");
    assert_eq!(index.len(), 4);
    for target in index {
        assert!(
            !page.attributes(&format!("main {target}"), "id").is_empty(),
            "{target} leads to its field"
        );
    }
    assert!(
        page.words("#message-error").contains("2001 caratteri"),
        "{}",
        page.words("#message-error")
    );
    for field in ["message", "email", "name"] {
        assert_eq!(
            page.attributes(&format!("#{field}"), "aria-invalid"),
            ["true"],
            "{field}"
        );
        let described = page.attributes(&format!("#{field}"), "aria-describedby").remove(0);
        assert!(described.contains(&format!("{field}-error")), "{field}");
    }
    assert_eq!(page.words("#message"), text, "what was written is still there");
    assert_eq!(page.attributes("#email", "value"), ["anna"]);
    assert!(page.words("title").starts_with("Errore"));
    let empty = write(&mut reader, &[("message", " \r\n "), ("name", "")]).await;
    assert_eq!(empty.texts("#errors a"), ["Scrivi il messaggio."]);
    assert_eq!(waiting(app).await, 0);
    let forged = reader.send_only("/aiuto/scrivi", &MESSAGE).await;
    assert_eq!((forged.status, waiting(app).await), (StatusCode::FORBIDDEN, 0));
}

async fn nothing_that_is_typed_becomes_a_header(app: &TestApp) {
    let mut reader = Reader::new(app);
    let injected = "\r\nBcc: tutti@example.org\r\n\r\nCiao";
    let address = format!("anna@example.org{injected}");
    let refused = write(&mut reader, &[("email", &address)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, value) in [
        ("name", format!("Anna{injected}")),
        ("message", format!("Uno{injected}")),
    ] {
        let answer = write(&mut reader, &[(name, &value)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
    }
    let tag = "\"Anna\" <b@example.org>, <script>alert(1)</script>";
    write(&mut reader, &[("name", tag), ("message", tag)]).await;
    assert_eq!(send_letters(app).await.unwrap(), 3);
    let mails = app.relay.mails();
    assert_eq!(mails.len(), 3);
    for mail in &mails {
        assert_eq!(mail.recipient, BODY);
        assert_eq!((mail.header("bcc"), mail.header("cc")), (None, None));
        assert_eq!(mail.header("to").as_deref(), Some(BODY));
        assert_eq!(mail.header("reply-to").as_deref(), Some("anna.bianchi@example.org"));
        assert!(!mail.subject().contains("tutti"), "{}", mail.subject());
        assert!(!mail.html().contains("<script>"));
    }
    assert!(
        mails[0].text().starts_with("Nome: Anna Bcc: tutti@example.org Ciao\n"),
        "{}",
        mails[0].text()
    );
}

async fn the_body_reads_its_own_language_whatever_the_writer_speaks(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/?lang=en").await;
    let sent = write(&mut reader, &[]).await;
    assert_eq!(reader.open(sent.location()).await.words("h1"), "Message sent");
    send_letters(app).await.unwrap();
    let text = app.relay.only_mail_to(BODY).text();
    assert!(
        text.contains("Lingua: English") && text.contains("Argomento:"),
        "{text}"
    );
}

async fn a_place_that_writes_without_end_is_stopped(app: &TestApp) {
    let mut reader = Reader::new(app);
    for number in 0..3 {
        assert_eq!(write(&mut reader, &[]).await.status, StatusCode::SEE_OTHER, "{number}");
    }
    let stopped = write(&mut reader, &[]).await;
    assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        stopped.words("#message"),
        "Il bando «Orti» è ancora aperto?",
        "nothing is lost"
    );
    assert!(stopped.words("#errors").contains("Aspetta qualche minuto"));
    assert_eq!(waiting(app).await, 3);
    let wrong = write(&mut reader, &[("email", "anna")]).await;
    assert_eq!(
        wrong.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a mistake costs nothing"
    );
    app.advance(TimeDelta::minutes(1));
    assert_eq!(write(&mut reader, &[]).await.status, StatusCode::SEE_OTHER);
    send_letters(app).await.unwrap();
}

async fn without_a_chat_nothing_comes_from_another_site(app: &TestApp) {
    let page = Reader::new(app).open("/").await;
    let policy = page.header("content-security-policy");
    assert!(!policy.contains("https:") && !policy.contains("frame-src"), "{policy}");
    let scripts = page.attributes("script[src]", "src");
    assert!(scripts.iter().all(|it| it.starts_with("/assets/")), "{scripts:?}");
}

async fn a_chat_is_allowed_by_its_host_alone_and_on_public_pages_alone(app: &TestApp) {
    let script = "https://chat.example.org:8443/widget/chat.js?id=7&lang=it";
    let chatty = configured(app, |config| script.clone_into(&mut config.chat_script)).await;
    let mut reader = Reader::new(&chatty);
    let page = reader.open("/opportunita").await;
    assert_eq!(page.attributes("script[src^='https']", "src"), [script]);
    let origin = "https://chat.example.org:8443";
    let policy: Vec<&str> = page
        .header("content-security-policy")
        .split(';')
        .map(str::trim)
        .collect();
    for directive in [
        format!("script-src 'self' {origin}"),
        format!("style-src 'self' {origin}"),
        format!("connect-src 'self' {origin} wss://chat.example.org:8443"),
        format!("frame-src {origin}"),
        "img-src 'self'".to_owned(),
        "default-src 'none'".to_owned(),
        "form-action 'self'".to_owned(),
    ] {
        assert!(policy.contains(&directive.as_str()), "{directive} in {policy:?}");
    }
    for path in [
        "/accedi",
        "/conferma/abc",
        "/staff/accedi",
        "/valutazione/abc",
        "/disiscriviti/fatto",
    ] {
        let page = reader.request(Method::GET, path, "", Vec::new()).await;
        assert!(!page.text.contains("chat.example.org"), "{path}");
        assert!(!page.header("content-security-policy").contains("chat"), "{path}");
    }
    let privacy = reader.open("/privacy").await.words("main");
    assert!(privacy.contains("viene da chat.example.org:8443"), "{privacy}");
    assert!(!Reader::new(app).open("/privacy").await.words("main").contains("chat"));
    chatty.database.close().await;
}

async fn pages_of_our_own_words_say_when_they_were_changed(app: &TestApp) {
    let mut reader = Reader::new(app);
    for path in ["/privacy", "/note-legali", "/aiuto"] {
        for (language, words) in [("it", "Ultimo aggiornamento: "), ("en", "Last updated: ")] {
            let page = reader.open(&format!("{path}?lang={language}")).await;
            let day = page.attributes("main time", "datetime").remove(0);
            let year = chrono::NaiveDate::parse_from_str(&day, "%Y-%m-%d")
                .unwrap()
                .format("%Y");
            assert!(page.words("main").contains(words), "{path} in {language}");
            assert!(
                page.words("main time").ends_with(&year.to_string()),
                "{path} in {language}"
            );
        }
    }
}
