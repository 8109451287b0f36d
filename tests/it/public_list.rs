// SPDX-License-Identifier: EUPL-1.2
//! The public list and its pages: what stands first, what search engines are told, dates in words, documents.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::staff::Role;
use informa::services::import_opportunities::{Options, import_opportunities};
use informa::urls::opportunity_path;
use serde_json::Value;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, at};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    what_can_still_be_taken_stands_first,
    the_first_page_says_what_closes_soon_once_and_leads_to_every_topic,
    what_opens_later_says_when_in_lists_and_until_when_on_its_page,
    a_page_beyond_the_last_leads_to_the_last,
    whom_a_call_is_for_is_said_in_full,
    search_engines_keep_the_list_and_that_of_each_topic,
    an_event_says_from_when_to_when,
    the_documents_of_a_call_are_written_and_read,
    a_document_that_cannot_be_used_comes_back_as_it_was_typed,
    documents_are_imported,
    a_draft_is_nobodys_to_hide,
}

async fn what_can_still_be_taken_stands_first(app: &TestApp) {
    app.publish(
        &a_call()
            .titled("Chiude presto")
            .closing(Some(at("2026-07-02T12:00:00"))),
    )
    .await;
    app.advance(TimeDelta::hours(1));
    app.publish(&a_call().titled("Resta aperto")).await;
    app.advance(TimeDelta::hours(1));
    app.publish(&a_call().titled("Ultimo").closing(Some(at("2026-07-02T13:00:00"))))
        .await;
    let mut reader = Reader::new(app);
    let titles = |page: &crate::support::reader::Answer| page.texts("h2.it-card-title");
    assert_eq!(
        titles(&reader.open("/opportunita").await),
        ["Ultimo", "Resta aperto", "Chiude presto"]
    );
    app.advance(TimeDelta::days(10));
    app.run_jobs().await;
    assert_eq!(
        titles(&reader.open("/opportunita").await),
        ["Resta aperto", "Ultimo", "Chiude presto"]
    );
}

async fn the_first_page_says_what_closes_soon_once_and_leads_to_every_topic(app: &TestApp) {
    let mut reader = Reader::new(app);
    assert!(reader.open("/").await.texts("#closing").is_empty(), "nothing closes");
    for day in [4, 3, 2, 5] {
        let closes = at(&format!("2026-07-0{day}T12:00:00"));
        app.publish(&a_call().titled(&format!("Chiude il {day}")).closing(Some(closes)))
            .await;
    }
    app.advance(TimeDelta::hours(1));
    app.publish(&a_call().titled("Resta aperto")).await;
    let page = reader.open("/").await;
    assert_eq!(
        page.texts("section[aria-labelledby=closing] h3"),
        ["Chiude il 2", "Chiude il 3", "Chiude il 4"]
    );
    assert_eq!(
        page.texts("section[aria-labelledby=latest] h3"),
        ["Resta aperto", "Chiude il 5"],
        "none twice"
    );
    let topics = page.attributes(".topic-links a", "href");
    assert_eq!(topics.len(), app.vocabulary().top_topics().count());
    let list = reader.open(&topics[0]).await;
    assert_eq!(list.status, StatusCode::OK);
    assert_eq!(
        list.texts(".narrowed .chip-label").len(),
        1,
        "it is narrowed to the topic"
    );
    app.run_jobs().await;
}

async fn what_opens_later_says_when_in_lists_and_until_when_on_its_page(app: &TestApp) {
    let call = a_call()
        .opening(Some(at("2026-09-03T10:00:00")))
        .closing(Some(at("2026-09-30T12:00:00")));
    let call = app.publish(&call).await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita").await;
    assert_eq!(
        list.texts(".it-card .deadline"),
        ["Apre giovedì 3 settembre 2026 alle 10:00"]
    );
    assert_eq!(list.attributes(".it-card .deadline time", "datetime"), ["2026-09-03"]);
    let page = reader.open(&opportunity_path(&call)).await;
    assert_eq!(page.texts("dd.deadline"), ["mercoledì 30 settembre 2026 alle 12:00"]);
    assert_eq!(page.attributes("dd.deadline time", "datetime"), ["2026-09-30"]);
    app.run_jobs().await;
}

async fn a_page_beyond_the_last_leads_to_the_last(app: &TestApp) {
    for number in 0..21 {
        app.publish(&a_call().titled(&format!("Bando {number}"))).await;
    }
    let mut reader = Reader::new(app);
    let beyond = reader.open("/opportunita?kind=call&page=7").await;
    assert_eq!(beyond.status, StatusCode::SEE_OTHER);
    assert_eq!(beyond.location(), "/opportunita?kind=call&page=2");
    let last = reader.open(beyond.location()).await;
    assert_eq!(last.texts("h2.it-card-title").len(), 1);
    assert!(last.words("title").contains("pagina 2"), "{}", last.words("title"));
    assert_eq!(
        reader.open("/opportunita?q=niente&page=3").await.location(),
        "/opportunita?q=niente&page=1"
    );
}

async fn search_engines_keep_the_list_and_that_of_each_topic(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (path, canonical) in [
        ("/opportunita", Some("https://informa.example.org/opportunita")),
        (
            "/opportunita?topic=environment&q=&area=",
            Some("https://informa.example.org/opportunita?topic=environment"),
        ),
        ("/opportunita?q=fotovoltaico", None),
        ("/opportunita?topic=environment&kind=call", None),
    ] {
        let page = reader.open(path).await;
        let links = page.attributes("link[rel=canonical]", "href");
        assert_eq!(links.first().map(String::as_str), canonical, "{path}");
        let kept_out = !page.attributes("meta[name=robots]", "content").is_empty();
        assert_eq!(kept_out, canonical.is_none(), "{path}");
    }
}

async fn an_event_says_from_when_to_when(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    app.relay.forget();
    let event = |from: &str, to: &str| {
        a_call()
            .kind(OpportunityKind::Event)
            .opening(Some(at(from)))
            .closing(Some(at(to)))
    };
    let mut reader = Reader::new(app);
    for (from, to, said) in [
        (
            "2026-07-20T10:00:00",
            "2026-07-20T12:30:00",
            "lunedì 20 luglio 2026, dalle 10:00 alle 12:30",
        ),
        (
            "2026-07-20T18:00:00",
            "2026-07-22T23:00:00",
            "Da lunedì 20 luglio alle 18:00 a mercoledì 22 luglio 2026 alle 23:00",
        ),
    ] {
        let event = app.publish(&event(from, to)).await;
        let page = reader.open(&opportunity_path(&event)).await;
        assert!(page.words("main").contains(said), "{}", page.words("main"));
        let data = page.words("script[type='application/ld+json']");
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(data["startDate"], format!("{from}+02:00"));
        let mail = app.relay.mails().pop().unwrap().text();
        assert!(mail.contains(said), "{mail}");
    }
}

async fn the_documents_of_a_call_are_written_and_read(app: &TestApp) {
    let id = app.draft(&a_call()).await;
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let path = format!("/staff/opportunita/{id}");
    let form = editor.open(&path).await;
    assert_eq!(form.attributes("input[name=document_title]", "value").len(), 2);
    let names = form.attributes("main form input, main form textarea", "name");
    assert!(names.iter().any(|name| name == "document_link"));
    let written = [
        ("action", "save"),
        ("kind", "call"),
        ("title", "Contributi per il fotovoltaico"),
        ("summary", "Per chi installa pannelli."),
        ("topics", "environment"),
        ("areas", "03"),
        ("document_title", "Testo del bando"),
        ("document_link", "https://www.example.org/bando.pdf"),
        ("document_title", "Modulo di domanda"),
        ("document_link", "https://www.example.org/modulo.odt"),
    ];
    let saved = editor.send(&path, &written).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words("#errors"));
    let again = editor.open(&path).await;
    assert_eq!(
        again.attributes("input[name=document_title]", "value"),
        ["Testo del bando", "Modulo di domanda", "", ""]
    );
    informa::services::publish_opportunity::publish_opportunity(app, app.editor, id)
        .await
        .unwrap();
    let published = {
        let mut transaction = app.database.read().await.unwrap();
        informa::storage::opportunities::find(&mut transaction, id)
            .await
            .unwrap()
            .unwrap()
    };
    let page = Reader::new(app).open(&opportunity_path(&published)).await;
    assert_eq!(
        page.attributes("main ul.documents a", "href"),
        [
            "https://www.example.org/bando.pdf",
            "https://www.example.org/modulo.odt"
        ]
    );
    assert!(page.words("main ul.documents").contains("Testo del bando"));
}

async fn a_document_that_cannot_be_used_comes_back_as_it_was_typed(app: &TestApp) {
    let id = app.draft(&a_call()).await;
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let path = format!("/staff/opportunita/{id}");
    editor.open(&path).await;
    for (title, link, field) in [
        ("Testo del bando", "javascript:alert(1)", "document-link-1"),
        ("", "https://www.example.org/bando.pdf", "document-title-1"),
        (
            &*"a".repeat(201),
            "https://www.example.org/bando.pdf",
            "document-title-1",
        ),
    ] {
        let written = [
            ("action", "save"),
            ("kind", "call"),
            ("title", "Contributi"),
            ("document_title", title),
            ("document_link", link),
        ];
        let answer = editor.send(&path, &written).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{link}");
        let errors = answer.attributes("#errors a", "href");
        assert!(errors.contains(&format!("#{field}")), "{errors:?}");
        assert_eq!(answer.attributes("input[name=document_title]", "value")[0], title);
        assert_eq!(answer.attributes("input[name=document_link]", "value")[0], link);
    }
}

async fn documents_are_imported(app: &TestApp) {
    let line = r#"{"source": "archivio", "source_id": "1", "kind": "call", "title": "Con documenti",
        "topics": ["Transizione ecologica"], "territory": {"level": "national"},
        "documents": [{"title": "Testo", "url": "https://www.example.org/testo.pdf"}]}"#;
    let options = Options {
        source: None,
        publish: true,
        notify: false,
    };
    let lines = [Ok(line.replace('\n', " "))].into_iter();
    import_opportunities(app, lines, options, || {}).await.unwrap();
    app.run_jobs().await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita").await;
    let path = list.attributes("h2.it-card-title a", "href").remove(0);
    let page = reader.open(&path).await;
    assert_eq!(
        page.attributes("main ul.documents a", "href"),
        ["https://www.example.org/testo.pdf"]
    );
}

async fn a_draft_is_nobodys_to_hide(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let draft = app.draft(&a_call()).await;
    let hidden = informa::services::save_profile::mute_opportunity(app, subscriber, draft).await;
    assert!(matches!(hidden, Err(informa::services::Error::NotFound)), "{hidden:?}");
}

async fn whom_a_call_is_for_is_said_in_full(app: &TestApp) {
    let call = a_call()
        .for_kinds(&["operator"])
        .for_types(&["third-sector-body"])
        .for_sectors(&["A"]);
    let call = app.publish(&call).await;
    let page = Reader::new(app).open(&opportunity_path(&call)).await;
    let facts = page.words("dl.facts");
    for said in [
        "Imprese, professionisti e associazioni",
        "Ente del Terzo settore",
        "Agricoltura",
    ] {
        assert!(facts.contains(said), "{said} in {facts}");
    }
    app.run_jobs().await;
}
