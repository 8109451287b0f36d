// SPDX-License-Identifier: EUPL-1.2
//! Every form of every page, found by following links from the first page, the private page and the back office, so that
//! a new form is here on the day it is written. Each is sent as a browser would send it, with something hostile in it.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use informa::domain::staff::Role;

use crate::bad_input::crawl::{Form, forms_from, require_words_only};
use crate::bad_input::{MARK, count};
use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    no_field_of_any_public_form_takes_a_script_or_a_statement,
    no_field_of_any_private_form_takes_a_script_or_a_statement,
    no_field_of_any_form_of_the_back_office_takes_a_script_or_a_statement,
    what_an_editor_writes_is_kept_to_the_letter_and_shown_as_words,
    a_body_beyond_the_limit_is_refused_by_every_form,
    a_field_that_comes_ten_thousand_times_holds_nobody_up,
}

/// Where the public forms are looked for: the steps of signing up are behind forms, which no link leads to.
const STARTS: [&str; 7] = [
    "/",
    "/iscriviti/dove",
    "/iscriviti/cosa",
    "/iscriviti/come?topics=environment",
    "/iscriviti/riepilogo?topics=environment",
    "/accedi",
    "/staff/accedi",
];

/// Where public forms lead to, among others.
const ACTIONS: [&str; 9] = [
    "/opportunita",
    "/iscriviti/dove",
    "/iscriviti/cosa",
    "/iscriviti/come",
    "/iscriviti/riepilogo",
    "/accedi",
    "/staff/accedi",
    "/aiuto/scrivi",
    "/valutazione",
];

/// A script, a way out of an attribute, a statement, and a template.
const SCRIPT: &str = "zq7x\"'><script>zq7x()</script><img src=x onerror=zq7x()>'; drop table subscribers; --{{zq7x}}";

/// What no keyboard gives: a null, the end of a header, a mark that turns the direction, half a pair.
const CONTROLS: &str = "zq7x\u{0}\r\nBcc: zq7x@example.org\u{202e}\u{feff}\u{1f600}";

/// Beyond every number and date that we hold.
const ABSURD: &str = "99999999999999999999-99-99";

/// Sends every form with everything hostile, in every field alone and in all at once. `renew` is asked to sign in again
/// when a form has signed the reader out.
async fn attack(app: &TestApp, reader: &mut Reader, forms: &[Form], renew: impl AsyncFn(&mut Reader)) -> usize {
    let long = MARK.repeat(2_500);
    let mut sent = 0;
    for form in forms {
        let alone = form.names().into_iter().map(|name| (Some(name), SCRIPT));
        let together = [SCRIPT, CONTROLS, ABSURD, &long, "", "\u{0}"].map(|value| (None, value));
        for (attacked, value) in alone.chain(together) {
            // No more than thirty an hour from one place: what is tested is not the limit.
            app.advance(TimeDelta::minutes(2));
            renew(reader).await;
            let answer = form.send(reader, attacked, value).await;
            let what = format!(
                "{} {} of {} with {:.40?} in {attacked:?}",
                form.method, form.action, form.page, value
            );
            assert!(!answer.status.is_server_error(), "{what}: {}", answer.status);
            require_words_only(&answer, &what);
            sent += 1;
        }
    }
    sent
}

async fn no_field_of_any_public_form_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    app.subscribe(&a_citizen()).await;
    let mut reader = Reader::new(app);
    reader.open("/").await;
    let rated = reader
        .send("/valutazione", &[("page", "/"), ("stars", "2")])
        .await
        .location()
        .to_owned();
    let forms = forms_from(&mut reader, &[&STARTS[..], &[rated.as_str()]].concat()).await;
    assert!(
        forms.iter().any(|form| form.page == rated),
        "what follows the stars is attacked: {forms:#?}"
    );
    for action in ACTIONS {
        assert!(
            forms.iter().any(|form| form.action.starts_with(action)),
            "{action} is attacked: {forms:#?}"
        );
    }
    let before = count(app, "select count(*) from subscribers").await;
    let sent = attack(app, &mut reader, &forms, async |_| {}).await;
    assert!(sent > 40, "{sent} attacks");
    app.run_jobs().await;
    let after = count(app, "select count(*) from subscribers").await;
    let odd = count(
        app,
        "select count(*) from targets where email like '%zq7x%' or email like '%drop%'",
    )
    .await;
    assert_eq!((after - before, odd), (0, 0), "nobody new, and no address of ours");
    app.leave_work();
}

async fn no_field_of_any_private_form_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen().told("daily")).await;
    app.publish(&a_call().titled("Secondo bando")).await;
    let forms = forms_from(&mut reader, &["/preferenze", "/avvisi"]).await;
    for action in [
        "/preferenze/lingua",
        "/preferenze/promemoria",
        "/preferenze/profilo/",
        "/preferenze/quando",
        "/preferenze/pausa",
        "/preferenze/indirizzo",
        "/preferenze/consensi",
        "/avvisi/salva",
        "/avvisi/nascondi",
    ] {
        assert!(
            forms.iter().any(|form| form.action.starts_with(action)),
            "{action} is attacked: {forms:#?}"
        );
    }
    let number = std::cell::Cell::new(0);
    let sent = attack(app, &mut reader, &forms, async |reader| {
        if reader.open("/preferenze").await.status != StatusCode::OK {
            number.set(number.get() + 1);
            app.relay.forget();
            let again = a_citizen()
                .told("daily")
                .called(&format!("persona{}@example.org", number.get()));
            *reader = Reader::of_person(app, &again).await;
            reader.open("/preferenze").await;
        }
    })
    .await;
    assert!(sent > 60, "{sent} attacks");
    app.run_jobs().await;
    let odd = "select count(*) from targets where email like '%zq7x%' or label like '%zq7x%'";
    assert_eq!(count(app, odd).await, 0);
    let mails = app.relay.mails();
    assert!(
        mails.iter().all(|mail| !mail.recipient.contains(MARK)),
        "nobody of ours is written to"
    );
    app.leave_work();
}

async fn no_field_of_any_form_of_the_back_office_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    app.draft(&a_call().titled("Una bozza")).await;
    let mut reader = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let forms = forms_from(&mut reader, &["/staff", "/staff/opportunita/nuova"]).await;
    for action in ["/staff/opportunita/nuova", "/staff/opportunita/1/modifica"] {
        assert!(
            forms.iter().any(|form| form.action.starts_with(action)),
            "{action} is attacked: {forms:#?}"
        );
    }
    let number = std::cell::Cell::new(0);
    attack(app, &mut reader, &forms, async |reader| {
        if reader.open("/staff/opportunita/nuova").await.status != StatusCode::OK {
            number.set(number.get() + 1);
            *reader = Reader::of_staff(app, &format!("editor{}@example.org", number.get()), Role::Editor).await;
            reader.open("/staff/opportunita/nuova").await;
        }
    })
    .await;
    for path in ["/staff", "/opportunita", "/"] {
        let page = reader.open(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        require_words_only(&page, path);
    }
    app.leave_work();
}

async fn what_an_editor_writes_is_kept_to_the_letter_and_shown_as_words(app: &TestApp) {
    let written = a_call().titled(SCRIPT).summed_up(SCRIPT);
    let published = app.publish(&written).await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita").await;
    require_words_only(&list, "the list");
    assert!(
        list.texts("h2").iter().any(|title| title == SCRIPT),
        "{:?}",
        list.texts("h2")
    );
    let path = informa::urls::opportunity_path(&published);
    for path in [
        path.clone(),
        "/opportunita.atom".to_owned(),
        format!("{path}/calendario.ics"),
        "/sitemap.xml".to_owned(),
    ] {
        let page = reader.open(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let kind = page.header("content-type");
        assert!(
            kind.starts_with("text/calendar") || !page.text.contains("<script>zq7x"),
            "{path}: {}",
            page.text
        );
    }
    let page = reader.open(&path).await;
    require_words_only(&page, "its page");
    assert_eq!(page.words("h1"), SCRIPT);
}

async fn a_body_beyond_the_limit_is_refused_by_every_form(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let mut stranger = Reader::new(app);
    let private = forms_from(&mut reader, &["/preferenze", "/avvisi"]).await;
    let public = forms_from(&mut stranger, &["/"]).await;
    for (reader, forms) in [(&mut reader, private), (&mut stranger, public)] {
        for form in forms.iter().filter(|form| form.method == "post") {
            let body = vec![b'a'; 1024 * 1024];
            let kind = "application/x-www-form-urlencoded";
            let answer = reader.request(Method::POST, &form.action, kind, body).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", form.action);
            assert!(!answer.words("h1").is_empty(), "{}", form.action);
        }
    }
    assert_eq!(
        reader.open("/preferenze").await.status,
        StatusCode::OK,
        "still signed in, and nothing changed"
    );
}

async fn a_field_that_comes_ten_thousand_times_holds_nobody_up(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/preferenze/profilo/citizen").await;
    for (name, value) in [
        ("place", "Nessun luogo"),
        ("areas", "016024"),
        ("topics", "environment"),
        ("sectors", "C"),
    ] {
        let own = [
            ("kind", "citizen"),
            ("topics", "environment"),
            ("frequency", "immediate"),
            ("way", "email"),
        ];
        let fields: Vec<(&str, &str)> = own
            .into_iter()
            .chain(std::iter::repeat_n((name, value), 10_000))
            .collect();
        let begun = std::time::Instant::now();
        let answer = reader.send("/preferenze/profilo/citizen", &fields).await;
        assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
        assert!(begun.elapsed().as_secs() < 10, "{name}: {:?}", begun.elapsed());
        assert!(
            answer.text.len() < 1024 * 1024,
            "{name}: a page of {} bytes",
            answer.text.len()
        );
    }
    assert_eq!(count(app, "select count(*) from profiles").await, 1);
}
