// SPDX-License-Identifier: EUPL-1.2
//! "I miei avvisi": what is read and what is not, what the list is narrowed to, and the addresses for other programs.

use axum::http::StatusCode;
use informa::domain::ids::SubscriberId;
use informa::domain::opportunity::OpportunityKind;
use informa::services::private_feeds::feed_code;
use informa::services::read_inbox::count_unread;
use informa::storage::subscribers;
use informa::urls::opportunity_path;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::rows;

on_both_engines! {
    what_was_done_is_said_once_and_leads_back_to_its_line,
    everything_that_matched_is_there_whatever_the_channels,
    what_is_opened_is_read,
    lines_are_marked_one_by_one_and_all_at_once,
    what_was_saved_from_elsewhere_does_not_wait_to_be_read,
    a_narrowed_list_is_marked_and_nothing_else,
    nobody_marks_the_lines_of_others,
    the_list_is_narrowed_by_kind_topic_and_standing,
    a_narrowed_list_keeps_its_narrowing_from_page_to_page,
    the_addresses_show_the_lists_to_programs_that_sign_in_nowhere,
    an_address_that_was_renewed_or_taken_away_leads_nowhere,
    the_calendar_of_what_is_saved_has_a_name,
    a_forged_address_leads_nowhere,
    who_left_has_no_addresses,
    what_is_thought_of_a_line_is_kept_and_taken_back,
    the_inbox_says_that_nothing_is_sent_in_a_pause,
}

async fn last_person(app: &TestApp) -> SubscriberId {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap()
}

/// The titles of the lines, in their order.
fn titles(page: &Answer) -> Vec<String> {
    page.texts(".it-card-title a")
}

async fn everything_that_matched_is_there_whatever_the_channels(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen().told("weekly")).await;
    reader.open("/preferenze/quando").await;
    app.relay.forget();
    reader.send("/preferenze/pausa", &[("length", "month")]).await;
    app.publish(&a_call().titled("In una pausa")).await;
    assert_eq!(app.relay.mails().len(), 0, "nothing is told in a pause");
    let page = reader.open("/avvisi").await;
    assert_eq!(titles(&page), ["In una pausa"]);
    assert!(page.words("main").contains("Perché segui"), "{}", page.words("main"));
}

async fn what_is_opened_is_read(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call().titled("Da aprire")).await;
    app.publish(&a_call().titled("Da lasciare")).await;
    let person = last_person(app).await;
    assert!(reader.open("/avvisi").await.words("main").contains("Da leggere: 2"));
    let path = app.urls.opportunity(&call).replace(&app.urls.absolute(""), "");
    assert_eq!(Reader::new(app).open(&path).await.status, StatusCode::OK);
    assert_eq!(
        count_unread(app, person).await.unwrap(),
        2,
        "somebody else's visit is none of theirs"
    );
    assert_eq!(reader.open(&path).await.status, StatusCode::OK);
    assert_eq!(reader.open(&path).await.status, StatusCode::OK);
    assert_eq!(count_unread(app, person).await.unwrap(), 1);
    let unread = reader.open("/avvisi?unread=yes").await;
    assert_eq!(titles(&unread), ["Da lasciare"]);
    assert_eq!(titles(&reader.open("/avvisi").await).len(), 2, "what is read stays");
    assert!(reader.open("/").await.words(".hero").contains("Da leggere: 1"));
    assert_eq!(
        Reader::new(app).open("/").await.attributes(".hero a", "href"),
        ["/iscriviti"]
    );
}

async fn lines_are_marked_one_by_one_and_all_at_once(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let first = app.publish(&a_call().titled("Il primo")).await.id.0.to_string();
    app.publish(&a_call().titled("Il secondo")).await;
    reader.open("/avvisi").await;
    let fields = [("opportunity", first.as_str()), ("back", "/avvisi?unread=yes")];
    let done = reader.send("/avvisi/letto", &fields).await;
    assert_eq!(done.location(), "/avvisi?unread=yes");
    assert_eq!(titles(&reader.open("/avvisi?unread=yes").await), ["Il secondo"]);
    let elsewhere = [("opportunity", first.as_str()), ("back", "https://example.org/")];
    assert_eq!(
        reader.send("/avvisi/da-leggere", &elsewhere).await.location(),
        "/avvisi"
    );
    assert_eq!(titles(&reader.open("/avvisi?unread=yes").await).len(), 2);
    let done = reader.send("/avvisi/tutti-letti", &[]).await;
    let page = reader.open(done.location()).await;
    assert!(page.words("main").contains("Hai segnato tutto come letto."));
    assert!(
        page.attributes("form[action='/avvisi/tutti-letti']", "method")
            .is_empty()
    );
    assert!(
        reader
            .open("/avvisi?unread=yes")
            .await
            .words("main")
            .contains("Hai letto tutto.")
    );
    let nothing = reader.send("/avvisi/letto", &[("opportunity", "99999")]).await;
    assert_eq!(nothing.status, StatusCode::SEE_OTHER, "nothing is not an error");
}

async fn what_was_saved_from_elsewhere_does_not_wait_to_be_read(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let other = app
        .publish(&a_call().about(&["work-school"]).titled("Borse di studio"))
        .await;
    reader.open("/avvisi").await;
    reader
        .send("/avvisi/salva", &[("opportunity", &other.id.0.to_string())])
        .await;
    let saved = reader.open("/avvisi?saved=yes").await;
    assert_eq!(titles(&saved), ["Borse di studio"]);
    assert!(!saved.words(".it-card").contains("Da leggere ·"));
    assert_eq!(count_unread(app, last_person(app).await).await.unwrap(), 0);
}

async fn a_narrowed_list_is_marked_and_nothing_else(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.publish(&a_call().titled("Una giornata").kind(OpportunityKind::Event))
        .await;
    for number in 0..22 {
        app.publish(&a_call().titled(&format!("Bando {number}"))).await;
    }
    let button = "form[action='/avvisi/tutti-letti'] button";
    let page = reader.open("/avvisi").await;
    assert_eq!(page.texts(button), ["Segna tutto come letto"]);
    let page = reader.open("/avvisi?kind=call&page=2").await;
    assert_eq!(page.texts(button), ["Segna come letti questi avvisi"]);
    let names = page.attributes("form[action='/avvisi/tutti-letti'] input", "name");
    assert_eq!(names, ["csrf", "kind"], "what the list is narrowed to goes along");
    let done = reader.send("/avvisi/tutti-letti", &[("kind", "call")]).await;
    assert_eq!(done.location(), "/avvisi?kind=call&done=read-these");
    let page = reader.open(done.location()).await;
    assert!(page.words("main").contains("Avvisi segnati come letti."));
    assert_eq!(
        titles(&reader.open("/avvisi?unread=yes").await),
        ["Una giornata"],
        "both pages of the list are read, and nothing beside"
    );
    let nothing = reader.open("/avvisi?kind=alert").await;
    assert_eq!(nothing.texts(button), [""; 0], "there is nothing to mark");
}

async fn the_calendar_of_what_is_saved_has_a_name(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/avvisi").await;
    reader.send("/avvisi/elenchi", &[("action", "renew")]).await;
    let code = feed_code(app, last_person(app).await).await.unwrap().unwrap();
    let calendar = Reader::new(app).open(&format!("/avvisi/elenco/{code}.ics")).await;
    assert!(
        calendar.text.contains("NAME:Informa – Salvati\r\n"),
        "{}",
        calendar.text
    );
}

async fn nobody_marks_the_lines_of_others(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call()).await.id.0.to_string();
    let person = last_person(app).await;
    let mut other = Reader::of_person(app, &a_citizen().called("altra@example.org")).await;
    other.open("/avvisi").await;
    other.send("/avvisi/letto", &[("opportunity", &call)]).await;
    other.send("/avvisi/tutti-letti", &[]).await;
    assert_eq!(count_unread(app, person).await.unwrap(), 1);
    let mut stranger = Reader::new(app);
    stranger.open("/accedi").await;
    let answer = stranger.send("/avvisi/tutti-letti", &[]).await;
    assert!(answer.location().starts_with("/accedi"));
    let forged = reader.send_only("/avvisi/tutti-letti", &[("csrf", "forged")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(count_unread(app, person).await.unwrap(), 1);
}

async fn the_list_is_narrowed_by_kind_topic_and_standing(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.publish(&a_call().titled("Un bando")).await;
    for (query, found) in [
        ("kind=call", 1),
        ("kind=event", 0),
        ("topic=environment", 1),
        ("topic=culture-festivals", 0),
        ("standing=announced", 1),
        ("standing=closed", 0),
        ("kind=call&topic=environment&standing=announced&unread=yes", 1),
        ("saved=yes&kind=call", 0),
        // What is no choice narrows nothing.
        ("kind=%27--&topic=nothing&standing=x&page=-4", 1),
    ] {
        let page = reader.open(&format!("/avvisi?{query}")).await;
        assert_eq!((page.status, titles(&page).len()), (StatusCode::OK, found), "{query}");
        let offers_way_out = page.words("main").contains("Tra i tuoi avvisi non c'è niente così.");
        assert_eq!(offers_way_out, found == 0, "{query}");
    }
}

async fn a_narrowed_list_keeps_its_narrowing_from_page_to_page(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for number in 0..21 {
        app.publish(&a_call().titled(&format!("Bando numero {number}"))).await;
    }
    let first = reader.open("/avvisi?kind=call&standing=announced").await;
    assert_eq!(titles(&first).len(), 20);
    let next = first.attributes(".pagination a", "href");
    assert_eq!(next, ["/avvisi?kind=call&standing=announced&page=2"]);
    let second = reader.open(&next[0]).await;
    assert_eq!(titles(&second), ["Bando numero 0"]);
    assert_eq!(
        second.attributes(".pagination a", "href"),
        ["/avvisi?kind=call&standing=announced"]
    );
    let beyond = reader.open("/avvisi?page=3").await;
    assert!(beyond.words("main").contains("Qui non c'è altro."));
    // What is unread is fewer at each look, and nothing of it is left out.
    let unread = reader.open("/avvisi?unread=yes").await;
    assert!(unread.attributes(".pagination a", "href").is_empty());
    assert!(unread.words("main").contains("Ce ne sono altri"));
    for id in unread.attributes("form[action='/avvisi/letto'] button", "value") {
        reader.send("/avvisi/letto", &[("opportunity", &id)]).await;
    }
    assert_eq!(titles(&reader.open("/avvisi?unread=yes").await), ["Bando numero 0"]);
}

/// Makes the addresses; the paths of feed and calendar.
async fn make_addresses(reader: &mut Reader) -> [String; 2] {
    reader.open("/avvisi").await;
    let done = reader.send("/avvisi/elenchi", &[("action", "renew")]).await;
    let page = reader.open(done.location().trim_end_matches("#feeds")).await;
    let addresses = page.attributes(".addresses a", "href");
    let paths: Vec<String> = addresses
        .iter()
        .map(|address| address.replace("https://informa.example.org", ""))
        .collect();
    paths.try_into().unwrap()
}

async fn the_addresses_show_the_lists_to_programs_that_sign_in_nowhere(app: &TestApp) {
    let person = a_citizen().called("maria.rossi@example.org");
    let mut reader = Reader::of_person(app, &person).await;
    let saved = app.publish(&a_call().titled("Con una scadenza")).await;
    assert!(
        reader
            .open("/avvisi")
            .await
            .attributes(".addresses a", "href")
            .is_empty()
    );
    let [atom, calendar] = make_addresses(&mut reader).await;
    let mut program = Reader::new(app);
    let feed = program.open(&atom).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(feed.header("cache-control"), "private, no-cache");
    assert_eq!(feed.header("x-robots-tag"), "noindex");
    assert!(feed.text.contains("Con una scadenza") && !feed.text.contains("maria.rossi"));
    assert!(
        !program.open(&calendar).await.text.contains("BEGIN:VEVENT"),
        "nothing is saved yet"
    );
    let id = saved.id.0.to_string();
    reader.send("/avvisi/salva", &[("opportunity", &id)]).await;
    let dates = program.open(&calendar).await;
    assert_eq!(dates.header("content-type"), "text/calendar; charset=utf-8");
    assert!(dates.text.contains("Con una scadenza"));
    let opening = a_call().titled("Con un'apertura sola").closing(None);
    let opening = app.publish(&opening).await.id.0.to_string();
    reader.send("/avvisi/salva", &[("opportunity", &opening)]).await;
    let dates = program.open(&calendar).await.text;
    assert!(dates.contains("SUMMARY:Apre: Con un'apertura sola"), "{dates}");
    assert_eq!(
        count_unread(app, last_person(app).await).await.unwrap(),
        2,
        "a program reads nothing"
    );
    assert!(
        program.open("/avvisi").await.location().starts_with("/accedi"),
        "and is not signed in"
    );
}

async fn an_address_that_was_renewed_or_taken_away_leads_nowhere(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let before = make_addresses(&mut reader).await;
    let after = make_addresses(&mut reader).await;
    assert_ne!(before, after);
    let mut program = Reader::new(app);
    for address in &before {
        assert_eq!(program.open(address).await.status, StatusCode::NOT_FOUND);
    }
    for address in &after {
        assert_eq!(program.open(address).await.status, StatusCode::OK);
    }
    reader.open("/avvisi").await;
    reader.send("/avvisi/elenchi", &[("action", "stop")]).await;
    for address in &after {
        assert_eq!(program.open(address).await.status, StatusCode::NOT_FOUND);
    }
    let wrong = reader.send("/avvisi/elenchi", &[("action", "other")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

async fn a_forged_address_leads_nowhere(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let [atom, _] = make_addresses(&mut reader).await;
    let code = atom.trim_start_matches("/avvisi/elenco/").trim_end_matches(".atom");
    let turned: String = code.chars().rev().collect();
    let mut program = Reader::new(app);
    for forged in [
        format!("/avvisi/elenco/{turned}.atom"),
        format!("/avvisi/elenco/{code}"),
        format!("/avvisi/elenco/{code}.rss"),
        format!("/avvisi/elenco/{}.atom", &code[1..]),
        "/avvisi/elenco/.atom".to_owned(),
        format!("/avvisi/elenco/{}.atom", "a".repeat(10_000)),
    ] {
        assert_eq!(program.open(&forged).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
}

async fn who_left_has_no_addresses(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let [atom, _] = make_addresses(&mut reader).await;
    reader.send("/preferenze/disiscriviti", &[]).await;
    let mut program = Reader::new(app);
    assert_eq!(program.open(&atom).await.status, StatusCode::NOT_FOUND);
    let mut other = Reader::of_person(app, &a_citizen().called("altra@example.org")).await;
    let erased = last_person(app).await;
    let [atom, _] = make_addresses(&mut other).await;
    other.send("/preferenze/cancella", &[]).await;
    assert_eq!(program.open(&atom).await.status, StatusCode::NOT_FOUND);
    assert_eq!(feed_code(app, erased).await.unwrap(), None);
    let kept = rows::integers(&app.database, "select count(feed_number) from subscribers").await[0][0];
    assert_eq!(kept, 0);
}

async fn what_is_thought_of_a_line_is_kept_and_taken_back(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call()).await;
    let foreign = app.publish(&a_call().titled("Altrove").in_areas(&["01"])).await;
    app.run_jobs().await;
    reader.open("/avvisi").await;
    let id = call.id.to_string();
    let answer = [
        ("opportunity", id.as_str()),
        ("answer", "area"),
        ("back", "/avvisi?unread=yes"),
    ];
    let done = reader.send("/avvisi/giudizio", &answer).await;
    assert_eq!(done.location(), "/avvisi?unread=yes");
    let inbox = reader.open("/avvisi").await;
    let said = inbox.words(".judging summary");
    assert!(said.starts_with("La tua risposta: Non è la mia zona"), "{said}");
    let kept = async || rows::integers(&app.database, "select count(*) from relevance_answers").await;
    assert_eq!(kept().await, [[1]]);
    reader
        .send("/avvisi/giudizio", &[("opportunity", &id), ("answer", "useful")])
        .await;
    assert_eq!(kept().await, [[1]], "one answer replaces another");
    reader
        .send("/avvisi/giudizio", &[("opportunity", &id), ("answer", "none")])
        .await;
    assert_eq!(kept().await, [[0]]);
    let unknown = reader
        .send("/avvisi/giudizio", &[("opportunity", &id), ("answer", "bellissimo")])
        .await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let not_theirs = reader
        .send(
            "/avvisi/giudizio",
            &[("opportunity", &foreign.id.to_string()), ("answer", "useful")],
        )
        .await;
    assert_eq!(not_theirs.status, StatusCode::NOT_FOUND, "they were not told of it");
    assert_eq!(kept().await, [[0]]);
}

async fn the_inbox_says_that_nothing_is_sent_in_a_pause(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let before = reader.open("/avvisi").await;
    assert!(!before.words("main").contains("Sei in pausa"));
    reader.send("/preferenze/pausa", &[("length", "week")]).await;
    let after = reader.open("/avvisi").await;
    assert!(
        after.words("main .notice").contains("Sei in pausa fino a"),
        "{}",
        after.words("main")
    );
    assert!(
        reader
            .open("/preferenze")
            .await
            .words("main")
            .contains("Sei in pausa fino a")
    );
}

async fn what_was_done_is_said_once_and_leads_back_to_its_line(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call().titled("Tetti <verdi>")).await;
    app.run_jobs().await;
    let id = call.id.0.to_string();
    for (path, more, said) in [
        ("/avvisi/salva", None, "Salvato: «Tetti <verdi>»."),
        ("/avvisi/non-salvare", None, "Non è più tra i salvati"),
        ("/avvisi/letto", None, "Segnato come letto"),
        ("/avvisi/da-leggere", None, "Segnato come da leggere"),
        ("/avvisi/giudizio", Some(("answer", "useful")), "Grazie"),
        (
            "/avvisi/giudizio",
            Some(("answer", "none")),
            "Abbiamo tolto la tua risposta",
        ),
        ("/avvisi/nascondi", None, "Nascosto"),
        ("/avvisi/mostra", None, "Di nuovo visibile"),
    ] {
        let fields: Vec<(&str, &str)> = [("opportunity", id.as_str())].into_iter().chain(more).collect();
        let done = reader.send(path, &fields).await;
        assert_eq!(done.location(), "/avvisi", "{path}");
        let page = reader.open("/avvisi").await;
        let status = page.words(".alert-success");
        assert!(status.starts_with(said), "{path}: {status}");
        assert!(page.words("title").starts_with(said), "{path}: {}", page.words("title"));
        assert_eq!(page.attributes(".alert-success a", "href"), [format!("#avviso-{id}")]);
        assert_eq!(page.attributes(&format!("#avviso-{id}"), "id").len(), 1);
        let again = reader.open("/avvisi").await;
        assert_eq!(again.words(".alert-success"), "", "{path}: it is said once");
    }
    let path = opportunity_path(&call);
    reader
        .send("/avvisi/salva", &[("opportunity", &id), ("back", &path)])
        .await;
    assert!(reader.open(&path).await.words(".alert-success").starts_with("Salvato"));
}
