// SPDX-License-Identifier: EUPL-1.2
//! "Gestisci questo avviso": every notification leads to its page, whose code does nothing by being looked at, signs nobody
//! in, and is of no use to anybody else.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::SubscriberId;
use informa::domain::notification::{Channel, State};
use informa::domain::profile::Frequency;
use informa::domain::relevance::Relevance;
use informa::domain::staff::Role;
use informa::services::compose_digests::compose_digests;
use informa::services::erase_person::erase_person;
use informa::services::judge_relevance::{Judgement, read_judgement};
use informa::services::save_profile::{save_profile, telling_of};
use informa::services::unsubscribe::leave_service;
use informa::storage::{Transaction, profiles, relevance, subscribers};
use informa::urls::opportunity_path;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::rows;

on_both_engines! {
    every_mail_leads_to_the_page_of_its_notification,
    nothing_but_its_own_page_and_its_end_differs_from_mail_to_mail,
    every_item_of_a_digest_leads_to_its_own_page,
    from_its_own_page_too_who_is_signed_in_gets_there,
    a_push_offers_fewer_and_managing_on_the_same_page,
    a_push_keeps_quiet_of_what_others_should_not_read,
    the_page_says_what_it_was_about_and_why_and_nothing_else,
    looking_changes_nothing,
    the_code_signs_nobody_in,
    a_forged_code_and_a_code_of_somebody_who_left_look_the_same,
    a_code_dies_with_its_address,
    one_persons_code_does_nothing_to_another,
    a_button_that_is_not_there_changes_nothing,
    a_form_from_elsewhere_is_refused,
    fewer_tells_a_topic_weekly_and_is_taken_back,
    what_is_told_weekly_anyway_cannot_be_told_less,
    an_answer_replaces_the_one_before_and_can_be_taken_back,
    editors_see_only_counts_of_five_people_or_more,
    editors_read_that_a_count_is_hidden,
    a_person_takes_their_answers_along_and_has_them_erased,
    from_the_page_a_mail_is_stopped,
}

/// The code of the page in the only mail to somebody.
fn code_for(app: &TestApp, person: &Person) -> String {
    let code = app.relay.only_mail_to(&person.email).code_after("/avviso/");
    code.split('#').next().unwrap().to_owned()
}

/// Somebody who was told of a call on energy, and the code of that.
async fn told(app: &TestApp, person: &Person) -> (SubscriberId, String) {
    let subscriber = app.subscribe(person).await;
    app.publish(&a_call()).await;
    (subscriber, code_for(app, person))
}

/// Presses a button of the page.
async fn press(app: &TestApp, code: &str, button: (&str, &str)) -> Answer {
    let mut reader = Reader::new(app);
    reader.open(&format!("/avviso/{code}")).await;
    let answer = reader.send(&format!("/avviso/{code}"), &[button]).await;
    if answer.status == StatusCode::SEE_OTHER {
        return reader.open(answer.location()).await;
    }
    answer
}

async fn open(app: &TestApp, code: &str) -> Answer {
    Reader::new(app).open(&format!("/avviso/{code}")).await
}

async fn every_mail_leads_to_the_page_of_its_notification(app: &TestApp) {
    let person = a_citizen();
    let (_, code) = told(app, &person).await;
    let mail = app.relay.only_mail_to(&person.email);
    let (text, html) = (mail.text(), mail.html());
    let page = format!("https://informa.example.org/avviso/{code}");
    assert!(text.contains(&format!("Gestisci questo avviso: {page}\n")), "{text}");
    assert!(text.contains(&format!("Non mi interessa: {page}#nascondi\n")), "{text}");
    assert!(
        text.contains("Cambia: https://informa.example.org/preferenze\n"),
        "{text}"
    );
    for link in [
        format!("<a href=\"{page}\">Gestisci questo avviso</a>"),
        format!("<a href=\"{page}#nascondi\">Non mi interessa</a>"),
    ] {
        assert!(html.contains(&link), "{link} is not in {html}");
    }
    for private in [person.email.as_str(), "maria"] {
        assert!(!code.contains(private), "{code}");
    }
}

/// No address of a mail tells whose it is, but those that manage and stop it: nobody can be followed by where they click.
async fn nothing_but_its_own_page_and_its_end_differs_from_mail_to_mail(app: &TestApp) {
    let (one, other) = (a_citizen(), a_citizen().called("altra@example.org"));
    app.subscribe(&one).await;
    app.subscribe(&other).await;
    app.publish(&a_call()).await;
    let links = |person: &Person| -> Vec<String> {
        let html = app.relay.only_mail_to(&person.email).html();
        let links = html
            .split("href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap());
        links.map(str::to_owned).collect()
    };
    let (links, others) = (links(&one), links(&other));
    assert_eq!(links.len(), others.len());
    let differing = links.iter().zip(&others).filter(|(link, other)| link != other);
    let differing: Vec<&str> = differing.map(|(link, _)| link.split('/').nth(3).unwrap()).collect();
    assert_eq!(differing, ["avviso", "avviso", "disiscriviti"]);
}

async fn from_its_own_page_too_who_is_signed_in_gets_there(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let call = app.publish(&a_call()).await;
    let path = opportunity_path(&call);
    let links = |page: &Answer| page.attributes("main a[href*='/avviso/']", "href");
    assert!(
        links(&Reader::new(app).open(&path).await).is_empty(),
        "it is nobody's page"
    );
    let found = links(&reader.open(&path).await);
    assert_eq!(found.len(), 1);
    let code = found[0].rsplit('/').next().unwrap();
    let hidden = press(app, code, ("hide", "opportunity")).await;
    assert_eq!(hidden.status, StatusCode::OK, "{}", hidden.text);
    assert_eq!(
        links(&reader.open(&path).await).len(),
        1,
        "what is hidden is shown again from there"
    );
    let other = app.publish(&a_call().about(&["work-school"])).await;
    assert!(
        links(&reader.open(&opportunity_path(&other)).await).is_empty(),
        "it concerns them not"
    );
}

async fn every_item_of_a_digest_leads_to_its_own_page(app: &TestApp) {
    let person = a_citizen().told("daily");
    app.subscribe(&person).await;
    for title in ["Tetti verdi", "Caldaie nuove"] {
        app.publish(&a_call().titled(title)).await;
    }
    app.advance(TimeDelta::milliseconds(
        at("2026-07-02T08:30:00").milliseconds() - app.now().milliseconds(),
    ));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let mail = app.relay.only_mail_to(&person.email);
    let text = mail.text();
    let pages: Vec<&str> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix("Gestisci questo avviso (")?
                .split_once("): https://informa.example.org")
        })
        .map(|(_, page)| page)
        .collect();
    assert_eq!(pages.len(), 2, "{text}");
    let mut titles = Vec::new();
    for page in &pages {
        titles.push(Reader::new(app).open(page).await.words("main .lead a"));
        assert_eq!(mail.html().matches(&format!("{page}\"")).count(), 1, "the same in HTML");
    }
    titles.sort();
    assert_eq!(titles, ["Caldaie nuove", "Tetti verdi"]);
}

async fn a_push_offers_fewer_and_managing_on_the_same_page(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    app.publish(&a_call()).await;
    let message = app.push_service.only_message_to(&browser);
    let actions = message.payload["notification"]["actions"].as_array().unwrap().clone();
    let titles: Vec<&Value> = actions.iter().map(|it| &it["title"]).collect();
    assert_eq!(titles, [&json!("Meno di questi"), &json!("Gestisci")]);
    let page = actions[1]["navigate"].as_str().unwrap();
    assert_eq!(actions[0]["navigate"], json!(format!("{page}#meno")));
    let path = page.strip_prefix("https://informa.example.org").unwrap();
    let shown = Reader::new(app).open(path).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.words("main .lead a"), "Contributi per il fotovoltaico");
    assert!(!shown.text.contains("/disiscriviti/"), "a browser has no mail to stop");
    assert!(serde_json::to_vec(&message.payload).unwrap().len() < 1_500);
}

async fn a_push_keeps_quiet_of_what_others_should_not_read(app: &TestApp) {
    let person = a_citizen().following(&["social-disability"]).by(&["web_push"]);
    let (_, browser) = app.subscribe_browser(&person).await;
    app.publish(&a_call().about(&["social-disability"])).await;
    let message = app.push_service.only_message_to(&browser);
    let page = message.payload["notification"]["actions"][1]["navigate"]
        .as_str()
        .unwrap();
    let code = page.rsplit_once('/').unwrap().1;
    assert!(!open(app, code).await.words("main .told-why").contains("Disabilità"));
    let page = press(app, code, ("pace", "fewer")).await;
    assert!(page.words("main .alert").contains("riepilogo"), "and can be told less");
}

async fn the_page_says_what_it_was_about_and_why_and_nothing_else(app: &TestApp) {
    let person = a_citizen().aged("25-29");
    let (subscriber, code) = told(app, &person).await;
    let page = open(app, &code).await;
    assert_eq!(page.words("main h1"), "Gestisci questo avviso");
    assert_eq!(page.words("main .lead"), "Bando: Contributi per il fotovoltaico");
    assert_eq!(page.words(".told-why"), "Perché segui Ambiente ed energia · Bergamo.");
    assert!(page.text.contains("noindex"));
    assert_eq!(page.header("cache-control"), "no-store");
    let changed = person
        .clone()
        .following(&["environment-energy", "health", "work"])
        .in_areas(&["016004"]);
    save_profile(app, subscriber, &changed.choices(&app.vocabulary()))
        .await
        .unwrap();
    app.run_jobs().await;
    let later = open(app, &code).await;
    assert_eq!(later.words(".told-why"), page.words(".told-why"), "as it was told");
    for private in [
        person.email.as_str(),
        "Salute",
        "Lavoro",
        "Albino",
        "25-29",
        "Da 25 a 29",
    ] {
        assert!(!later.text.contains(private), "{private}");
    }
}

async fn looking_changes_nothing(app: &TestApp) {
    let (_, code) = told(app, &a_citizen()).await;
    let counts = "select (select count(*) from muted_opportunities), (select count(*) from muted_topics),
        (select count(*) from lessened_follows), (select count(*) from relevance_answers),
        (select count(*) from follows where frequency is not null), (select count(*) from sessions)";
    for query in [
        "",
        "?hide=opportunity",
        "?pace=fewer&answer=useful",
        "?done=hidden",
        "?done=no-such",
    ] {
        let page = Reader::new(app).open(&format!("/avviso/{code}{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
    }
    assert_eq!(rows::integers(&app.database, counts).await, [vec![0, 0, 0, 0, 0, 0]]);
}

async fn the_code_signs_nobody_in(app: &TestApp) {
    let (_, code) = told(app, &a_citizen()).await;
    let mut reader = Reader::new(app);
    reader.open(&format!("/avviso/{code}")).await;
    reader
        .send(&format!("/avviso/{code}"), &[("hide", "opportunity")])
        .await;
    for path in ["/preferenze", "/avvisi", "/preferenze/nascosti"] {
        assert!(reader.open(path).await.location().starts_with("/accedi"), "{path}");
    }
}

/// What the page of a code that leads to nothing says, without what differs from request to request.
async fn nothing_there(app: &TestApp, code: &str) -> String {
    let path = format!("/avviso/{code}");
    let answer = open(app, code).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{code}");
    let mut reader = Reader::new(app);
    reader.open("/").await;
    for button in [("hide", "opportunity"), ("pace", "fewer"), ("answer", "useful")] {
        assert_eq!(
            reader.send(&path, &[button]).await.status,
            StatusCode::NOT_FOUND,
            "{code}"
        );
    }
    answer.words("main")
}

async fn a_forged_code_and_a_code_of_somebody_who_left_look_the_same(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, code) = told(app, &person).await;
    let stop = app.relay.only_mail_to(&person.email).code_after("/disiscriviti/");
    let forged = "A".repeat(code.len());
    let mut altered = code.clone().into_bytes();
    altered[30] = if altered[30] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let cut = &code[..code.len() - 4];
    let expected = nothing_there(app, "x").await;
    for other in [&forged, &altered, &stop, cut] {
        assert_eq!(nothing_there(app, other).await, expected);
    }
    leave_service(app, subscriber).await.unwrap();
    assert_eq!(nothing_there(app, &code).await, expected, "who left");
    assert_eq!(
        Reader::new(app).open(&format!("/disiscriviti/{code}")).await.status,
        StatusCode::NOT_FOUND,
        "and it stops nothing elsewhere"
    );
}

async fn a_code_dies_with_its_address(app: &TestApp) {
    let (_, code) = told(app, &a_citizen()).await;
    assert_eq!(open(app, &code).await.status, StatusCode::OK);
    let moved = EmailAddress::parse("altra@example.org").unwrap();
    rows::execute(
        &app.database,
        &format!("update targets set email = '{}' where channel = 1", moved.as_str()),
    )
    .await;
    nothing_there(app, &code).await;
}

async fn one_persons_code_does_nothing_to_another(app: &TestApp) {
    let (one, other) = (a_citizen(), an_operator());
    app.subscribe(&one).await;
    app.subscribe(&other).await;
    app.publish(&a_call()).await;
    let (code, others) = (code_for(app, &one), code_for(app, &other));
    assert_ne!(code, others);
    press(app, &code, ("hide", "topic:environment-energy")).await;
    press(app, &code, ("pace", "fewer")).await;
    assert!(open(app, &code).await.text.contains("name=\"show\""));
    let page = open(app, &others).await;
    assert!(!page.text.contains("name=\"show\""), "{}", page.words("main"));
    app.relay.forget();
    app.publish(&a_call().titled("Un altro")).await;
    assert!(app.relay.mails_to(&one.email).is_empty());
    assert_eq!(app.relay.only_mail_to(&other.email).subject(), "Bando: Un altro");
}

async fn a_button_that_is_not_there_changes_nothing(app: &TestApp) {
    let (subscriber, code) = told(app, &a_citizen()).await;
    for (button, status) in [
        (("hide", "topic:health"), StatusCode::NOT_FOUND),
        (("hide", "topic:no-such"), StatusCode::BAD_REQUEST),
        (("hide", "source"), StatusCode::NOT_FOUND),
        (("hide", ""), StatusCode::BAD_REQUEST),
        (("answer", "superb"), StatusCode::BAD_REQUEST),
        (("something", "else"), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(press(app, &code, button).await.status, status, "{button:?}");
    }
    let mut transaction = app.database.read().await.unwrap();
    let own = profiles::list(&mut transaction, subscriber).await.unwrap();
    assert!(own[0].mutes.is_empty());
}

async fn a_form_from_elsewhere_is_refused(app: &TestApp) {
    let (_, code) = told(app, &a_citizen()).await;
    let mut reader = Reader::new(app);
    let answer = reader
        .send_only(&format!("/avviso/{code}"), &[("hide", "opportunity")])
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!open(app, &code).await.text.contains("name=\"show\""));
}

/// How often somebody is told of environment and energy, where their line says so.
async fn line(app: &TestApp, subscriber: SubscriberId) -> Option<Frequency> {
    let mut transaction = app.database.read().await.unwrap();
    let own = profiles::list(&mut transaction, subscriber).await.unwrap();
    telling_of(&own[0], app.vocabulary().topics.by_code("environment").unwrap().id).frequency
}

async fn fewer_tells_a_topic_weekly_and_is_taken_back(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, code) = told(app, &person).await;
    for _ in 0..2 {
        let page = press(app, &code, ("pace", "fewer")).await;
        assert!(page.words("main .alert").contains("riepilogo della settimana"));
        assert_eq!(line(app, subscriber).await, Some(Frequency::Weekly));
    }
    app.relay.forget();
    app.publish(&a_call().titled("Un altro")).await;
    assert!(app.relay.mails().is_empty(), "not at once");
    app.advance(TimeDelta::milliseconds(
        at("2026-07-06T08:30:00").milliseconds() - app.now().milliseconds(),
    ));
    compose_digests(app, Frequency::Weekly).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        app.relay.only_mail_to(&person.email).subject(),
        "Un altro",
        "in the digest of Monday"
    );
    let page = press(app, &code, ("pace", "as-before")).await;
    assert!(page.words("main .alert").contains("come prima"));
    assert_eq!(line(app, subscriber).await, None, "as it was");
    app.relay.forget();
    app.publish(&a_call().titled("Di nuovo subito")).await;
    assert_eq!(
        app.relay.only_mail_to(&person.email).subject(),
        "Bando: Di nuovo subito"
    );
}

async fn what_is_told_weekly_anyway_cannot_be_told_less(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, code) = told(app, &person).await;
    save_profile(app, subscriber, &person.told("weekly").choices(&app.vocabulary()))
        .await
        .unwrap();
    app.run_jobs().await;
    let page = open(app, &code).await;
    assert!(!page.text.contains("name=\"pace\""), "{}", page.words("main"));
    press(app, &code, ("pace", "fewer")).await;
    assert_eq!(line(app, subscriber).await, None);
}

async fn answers(app: &TestApp) -> Vec<Vec<i64>> {
    rows::integers(&app.database, "select count(*) from relevance_answers").await
}

async fn an_answer_replaces_the_one_before_and_can_be_taken_back(app: &TestApp) {
    let person = a_citizen();
    let (_, code) = told(app, &person).await;
    let page = press(app, &code, ("answer", "useful")).await;
    assert!(
        page.words("#content").contains("La tua risposta: Utile"),
        "{}",
        page.words("main")
    );
    let page = press(app, &code, ("answer", "topic")).await;
    assert!(
        page.words("#content")
            .contains("La tua risposta: L'argomento non mi interessa")
    );
    assert_eq!(
        page.attributes("a[href='#nascondi']", "href").len(),
        1,
        "hiding it is offered"
    );
    assert!(!page.text.contains("name=\"show\""), "and not done");
    assert_eq!(answers(app).await, [[1]]);
    let page = press(app, &code, ("answer", "too-many")).await;
    assert_eq!(page.attributes("a[href='#meno']", "href").len(), 1);
    let page = press(app, &code, ("pace", "fewer")).await;
    assert_eq!(page.attributes("a[href='#meno']", "href").len(), 0, "it is done");
    let page = press(app, &code, ("answer", "none")).await;
    assert!(!page.words("#content").contains("La tua risposta:"));
    assert_eq!(answers(app).await, [[0]]);
}

async fn editors_see_only_counts_of_five_people_or_more(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let mut transaction = app.database.begin().await.unwrap();
    let mut answered = 0_u8;
    let mut answer = async |transaction: &mut Transaction, answer, count| {
        for _ in 0..count {
            answered += 1;
            relevance::answer(transaction, call.id, &[answered], answer)
                .await
                .unwrap();
        }
    };
    answer(&mut transaction, Relevance::Useful, 4).await;
    answer(&mut transaction, Relevance::Requirements, 1).await;
    transaction.commit().await.unwrap();
    assert_eq!(
        read_judgement(app, call.id).await.unwrap(),
        Judgement::TooFew,
        "five in all, of whom one could be told apart"
    );
    let mut transaction = app.database.begin().await.unwrap();
    answer(&mut transaction, Relevance::Useful, 20).await;
    answer(&mut transaction, Relevance::Area, 7).await;
    transaction.commit().await.unwrap();
    let Judgement::Counts(counts) = read_judgement(app, call.id).await.unwrap() else {
        panic!("twenty-four are enough");
    };
    assert_eq!(counts[0], (Relevance::Useful, Some(24)));
    assert!(
        counts[1..].iter().all(|(_, count)| count.is_none()),
        "the seven too: else the one would be found by subtracting: {counts:?}"
    );
}

async fn editors_read_that_a_count_is_hidden(app: &TestApp) {
    let people: Vec<Person> = (0..11)
        .map(|number| a_citizen().called(&format!("p{number}@example.org")))
        .collect();
    for person in &people {
        app.subscribe(person).await;
    }
    let call = app.publish(&a_call()).await;
    let mut editor = Reader::of_staff(app, "contatori@example.org", Role::Editor).await;
    let path = format!("/staff/opportunita/{}/consegne", call.id);
    for person in &people[..5] {
        press(app, &code_for(app, person), ("answer", "useful")).await;
    }
    let page = editor.open(&path).await;
    assert!(page.words("section[aria-labelledby=relevance]").contains("da 5 in su"));
    assert_eq!(
        page.texts("[data-relevance]").len(),
        0,
        "all five said the same of them"
    );
    for person in &people[5..10] {
        press(app, &code_for(app, person), ("answer", "area")).await;
    }
    press(app, &code_for(app, &people[10]), ("answer", "useful")).await;
    let page = editor.open(&path).await;
    assert_eq!(page.texts("[data-relevance=useful]"), ["6"]);
    for hidden in ["area", "requirements", "topic", "too-many", "not-useful"] {
        assert_eq!(
            page.texts(&format!("[data-relevance={hidden}]")),
            ["nascosto"],
            "{hidden}"
        );
    }
}

async fn a_person_takes_their_answers_along_and_has_them_erased(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.relay.forget();
    let call = app.publish(&a_call()).await;
    let code = code_for(app, &a_citizen());
    let other = app.subscribe(&an_operator()).await;
    assert!(other.0 > 0);
    for button in [
        ("answer", "area"),
        ("hide", "topic:environment-energy"),
        ("pace", "fewer"),
    ] {
        press(app, &code, button).await;
    }
    let data: Value = serde_json::from_str(&reader.open("/preferenze/dati.json").await.text).unwrap();
    assert_eq!(
        data["relevance_answers"],
        json!([{"url": app.urls.opportunity(&call), "answer": "area"}])
    );
    assert_eq!(data["profiles"][0]["muted_topics"], json!(["environment-energy"]));
    assert_eq!(data["profiles"][0]["told_less_of"], json!(["environment"]));
    let mut transaction = app.database.read().await.unwrap();
    let subscriber = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    erase_person(app, SubscriberId(subscriber.0 - 1)).await.unwrap();
    app.run_jobs().await;
    assert_eq!(answers(app).await, [[0]]);
    let left = "select (select count(*) from muted_topics), (select count(*) from lessened_follows)";
    assert_eq!(rows::integers(&app.database, left).await, [[0, 0]]);
    nothing_there(app, &code).await;
}

async fn from_the_page_a_mail_is_stopped(app: &TestApp) {
    let (_, code) = told(app, &a_citizen()).await;
    let page = open(app, &code).await;
    let stop = page.attributes("a[href^='/disiscriviti/']", "href").pop().unwrap();
    let mut reader = Reader::new(app);
    assert_eq!(reader.open(&stop).await.status, StatusCode::OK);
    reader.send(&stop, &[]).await;
    app.publish(&a_call().titled("Un altro")).await;
    assert_eq!(
        app.count(Channel::Email, State::Sent).await,
        2,
        "the confirmation and the first"
    );
}
