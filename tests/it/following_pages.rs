// SPDX-License-Identifier: EUPL-1.2
//! Following an opportunity on the pages: editors change it in two steps, readers save it, see its history and choose when
//! to be reminded.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::opportunity::Status;
use informa::domain::staff::Role;
use informa::services::revise_published::{Turn, turn};
use informa::storage::{opportunities, subscribers};
use informa::urls::opportunity_path;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    an_editor_sees_what_a_change_does_before_it_is_made,
    a_change_that_cannot_be_saved_comes_back_as_it_was_typed,
    a_turn_is_asked_for_before_it_is_taken,
    what_is_not_public_cannot_be_changed_here,
    a_reader_saves_an_opportunity_and_finds_it_again,
    a_reader_chooses_when_to_be_reminded,
    the_page_tells_what_has_become_of_it,
    nobody_is_led_away_by_saving,
}

/// The fields of a form as they stand on the page, those of choices only where they are chosen.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let of = |selector: &str| {
        let names = page.attributes(selector, "name");
        let values = page.attributes(selector, "value");
        names.into_iter().zip(values).collect::<Vec<_>>()
    };
    let mut fields = of("main form input:not([type=checkbox]):not([type=radio])");
    fields.extend(of("main form input[checked]"));
    for name in page.attributes("main form textarea", "name") {
        let words = page.words(&format!("main form textarea[name={name}]"));
        fields.push((name, words));
    }
    fields.retain(|(name, _)| name != "csrf");
    fields
}

/// The same with other values of some.
fn with(fields: &[(String, String)], changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = fields
        .iter()
        .filter(|(name, _)| changed.iter().all(|(other, _)| name != other));
    let changed = changed
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    kept.cloned().chain(changed).collect()
}

async fn send(reader: &mut Reader, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    reader.send(path, &fields).await
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

async fn an_editor_sees_what_a_change_does_before_it_is_made(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let published = editor.open(&format!("/staff/opportunita/{}", call.id)).await;
    let path = format!("/staff/opportunita/{}/modifica", call.id);
    assert!(published.attributes("main a", "href").contains(&path));
    let form = editor.open(&path).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(
        form.attributes("button[value=revise]", "value").is_empty(),
        "not before it is known what it does"
    );
    let untouched = fields(&form);
    let same = send(&mut editor, &path, &with(&untouched, &[("action", "look")])).await;
    assert!(
        same.words(".audience")
            .contains("nessuno di chi la conosce viene avvisato"),
        "{}",
        same.words(".audience")
    );

    let changed = [("closes_on", "2026-10-15"), ("closes_at", "12:00")];
    let later = with(&untouched, &changed);
    let look = send(&mut editor, &path, &with(&later, &[("action", "look")])).await;
    let effect = look.words(".audience");
    for words in [
        "l'unico profilo che la conosce",
        "Prorogato",
        "al 15 ottobre 2026 alle 12:00",
    ] {
        assert!(effect.contains(words), "{words} is not in {effect}");
    }
    app.run_jobs().await;
    assert_eq!(subjects(app), [""; 0], "looking changes nothing");
    let saved = send(&mut editor, &path, &with(&fields(&look), &[("action", "revise")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words("main"));
    app.run_jobs().await;
    assert_eq!(subjects(app), ["Prorogato: Contributi per il fotovoltaico"]);
    let done = editor.open(saved.location()).await;
    assert!(done.words("[role=status]").contains("Modifica salvata"));
}

async fn a_change_that_cannot_be_saved_comes_back_as_it_was_typed(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let path = format!("/staff/opportunita/{}/modifica", call.id);
    let form = fields(&editor.open(&path).await);
    for (field, value) in [("title", ""), ("closes_on", "30 febbraio"), ("note", &*"a".repeat(501))] {
        let bad = with(&form, &[(field, value), ("action", "revise")]);
        let answer = send(&mut editor, &path, &bad).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(!answer.words("#errors").is_empty(), "{field}");
        let again = fields(&answer);
        assert!(
            again.contains(&(field.to_owned(), value.to_owned())),
            "{field} is lost: {again:?}"
        );
    }
    let mut transaction = app.database.read().await.unwrap();
    let kept = opportunities::find(&mut transaction, call.id).await.unwrap().unwrap();
    assert_eq!((kept.revision, kept.content), (call.revision, call.content));
}

async fn a_turn_is_asked_for_before_it_is_taken(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let path = format!("/staff/opportunita/{}/svolta/exhausted", call.id);
    let asked = editor.open(&path).await;
    assert!(
        asked.words("main").contains("Non si può annullare"),
        "{}",
        asked.words("main")
    );
    let too_long = editor.send(&path, &[("note", &"a".repeat(501))]).await;
    assert_eq!(too_long.status, StatusCode::UNPROCESSABLE_ENTITY);
    let taken = editor.send(&path, &[("note", "Riapre in autunno.")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    let again = editor.send(&path, &[("note", "Riapre in autunno.")]).await;
    assert!(again.location().ends_with("?done=already"), "{}", again.location());
    app.run_jobs().await;
    assert_eq!(subjects(app), ["Fondi esauriti: Contributi per il fotovoltaico"]);
    assert_eq!(editor.open(&path).await.status, StatusCode::NOT_FOUND);
    let unknown = editor
        .open(&format!("/staff/opportunita/{}/svolta/sold", call.id))
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

async fn what_is_not_public_cannot_be_changed_here(app: &TestApp) {
    let draft = app.draft(&a_call()).await;
    let withdrawn = app.publish(&a_call()).await;
    turn(app, app.editor, withdrawn.id, Turn::Withdrawn, "").await.unwrap();
    let mut editor = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    for id in [draft, withdrawn.id] {
        let path = format!("/staff/opportunita/{id}/modifica");
        assert_eq!(editor.open(&path).await.status, StatusCode::NOT_FOUND);
    }
    let mut stranger = Reader::new(app);
    for path in ["modifica", "svolta/withdrawn"] {
        let path = format!("/staff/opportunita/{draft}/{path}");
        assert_eq!(stranger.open(&path).await.location(), "/staff/accedi");
    }
    app.run_jobs().await;
}

async fn a_reader_saves_an_opportunity_and_finds_it_again(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let path = opportunity_path(&call);
    let mut stranger = Reader::new(app);
    assert_eq!(
        stranger.open(&path).await.words("[aria-labelledby=saving] form"),
        "",
        "only who has an account can save"
    );
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.run_jobs().await;
    let empty = reader.open("/avvisi?saved=yes").await;
    assert!(empty.words("main").contains("Non hai ancora salvato niente"));
    let page = reader.open(&path).await;
    assert_eq!(
        page.attributes("form[action='/avvisi/salva'] button", "value"),
        [call.id.to_string()]
    );
    let id = call.id.to_string();
    let saved = reader
        .send("/avvisi/salva", &[("opportunity", &id), ("back", &path)])
        .await;
    assert_eq!(saved.location(), path);
    let page = reader.open(&path).await;
    assert_eq!(
        page.attributes("form[action='/avvisi/non-salvare'] button", "value"),
        [id.as_str()]
    );
    for list in ["/avvisi", "/avvisi?saved=yes"] {
        let list = reader.open(list).await;
        assert!(
            list.words("main").contains("Contributi per il fotovoltaico"),
            "{}",
            list.words("main")
        );
        assert_eq!(
            list.attributes("form[action='/avvisi/non-salvare'] button", "value"),
            [id.as_str()]
        );
    }
    reader.send("/avvisi/non-salvare", &[("opportunity", &id)]).await;
    let list = reader.open("/avvisi?saved=yes").await;
    assert!(list.texts("h2.it-card-title").is_empty(), "{}", list.words("main"));
    let missing = reader.send("/avvisi/salva", &[("opportunity", "9999")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

async fn a_reader_chooses_when_to_be_reminded(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let chosen = |page: &Answer| page.attributes("input[name=leads][checked]", "value");
    assert_eq!(chosen(&reader.open("/preferenze").await), ["1", "7"]);
    let unknown = reader.send("/preferenze/promemoria", &[("leads", "365")]).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "no box says so");
    assert_eq!(chosen(&reader.open("/preferenze").await), ["1", "7"], "nothing is lost");
    let wanted = [("leads", "3"), ("leads", "30"), ("matched", "yes")];
    let saved = reader.send("/preferenze/promemoria", &wanted).await;
    let page = reader.open(saved.location()).await;
    assert_eq!(chosen(&page), ["3", "30"]);
    assert_eq!(page.attributes("input[name=matched][checked]", "value"), ["yes"]);
    reader.send("/preferenze/promemoria", &[]).await;
    let page = reader.open("/preferenze").await;
    assert_eq!(
        (
            chosen(&page).len(),
            page.attributes("input[name=matched][checked]", "value").len()
        ),
        (0, 0)
    );
    let mut transaction = app.database.read().await.unwrap();
    let last = subscribers::last_id(&mut transaction).await.unwrap();
    let kept = subscribers::reminders(&mut transaction, last).await.unwrap().unwrap();
    assert_eq!((kept.0.bits(), kept.1), (0, false));
}

async fn the_page_tells_what_has_become_of_it(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let path = opportunity_path(&call);
    let mut reader = Reader::new(app);
    assert_eq!(reader.open(&path).await.words("ol.history"), "");
    app.advance(TimeDelta::days(3));
    let content = a_call()
        .titled("Contributi per il solare")
        .closing(None)
        .content(&app.vocabulary());
    let revised = informa::services::revise_published::revise_published(app, app.editor, call.id, &content, "")
        .await
        .unwrap();
    app.advance(TimeDelta::days(3));
    let turned = turn(app, app.editor, call.id, Turn::Exhausted, "Grazie a tutti.")
        .await
        .unwrap();
    assert_eq!(turned.status, Status::Exhausted);
    let page = reader.open(&opportunity_path(&revised)).await;
    let history = page.words("ol.history");
    let expected = "7 luglio 2026: Fondi esauriti Grazie a tutti. 4 luglio 2026: Prorogato \
                    Scadenza: non c'è più (era mercoledì 30 settembre 2026)";
    assert_eq!(history, expected);
    assert!(
        page.words(".overline").contains("Fondi esauriti"),
        "{}",
        page.words(".overline")
    );
    app.run_jobs().await;
}

async fn nobody_is_led_away_by_saving(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let id = call.id.to_string();
    for back in [
        "https://example.org/",
        "//example.org",
        "/opportunitax",
        "/preferenze",
        "",
    ] {
        let saved = reader
            .send("/avvisi/salva", &[("opportunity", &id), ("back", back)])
            .await;
        assert_eq!(saved.location(), "/avvisi", "{back:?}");
    }
    app.run_jobs().await;
}
