// SPDX-License-Identifier: EUPL-1.2
//! The stars of public pages and of signing up: what is asked in which words, kept at once, once, and about nobody.

use axum::http::{HeaderMap, Method, StatusCode};
use chrono::TimeDelta;
use informa::domain::rating::Instrument;
use informa::domain::subscriber::SubscriberStatus;
use informa::storage::{ratings, subscribers};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};
use crate::support::rows;

on_both_engines! {
    every_public_page_asks_how_clear_it_is_in_the_words_of_the_national_model,
    signing_up_ends_with_how_easy_it_was,
    private_pages_errors_and_the_back_office_ask_nothing,
    whoever_leaves_is_not_asked_how_easy_it_was,
    english_pages_ask_the_same_in_english,
    stars_are_kept_at_once_even_if_nothing_follows,
    four_stars_ask_what_was_liked_and_three_what_was_hard,
    what_follows_is_kept_once_and_leads_back,
    a_text_of_two_hundred_and_one_characters_is_refused_in_words_and_kept,
    scripts_are_answered_in_json,
    another_number_of_stars_before_the_answer_is_no_second_rating,
    nobody_overwrites_somebody_else_s_rating,
    a_code_is_good_for_a_day,
    only_known_public_pages_are_rated,
    nothing_that_names_a_person_is_kept,
    a_place_that_rates_without_end_is_stopped,
    a_rating_without_its_token_is_refused,
}

const CLEAR: &str = "Quanto sono chiare le informazioni su questa pagina?";
const EASY: &str = "Quanto è stato facile usare questo servizio?";
const LIKED: [&str; 5] = [
    "Le indicazioni erano chiare",
    "Le indicazioni erano complete",
    "Capivo sempre che stavo procedendo correttamente",
    "Non ho avuto problemi tecnici",
    "Altro",
];
const HARD: [&str; 5] = [
    "A volte le indicazioni non erano chiare",
    "A volte le indicazioni non erano complete",
    "A volte non capivo se stavo procedendo correttamente",
    "Ho avuto problemi tecnici",
    "Altro",
];

const FEEDBACK: &str = "[data-element=feedback]";

fn answers(page: &Answer, opinion: &str) -> Vec<String> {
    page.texts(&format!(
        "[data-element=feedback-rating-{opinion}] [data-element=feedback-rating-answer]"
    ))
}

fn question(page: &Answer, opinion: &str) -> Vec<String> {
    page.texts(&format!(
        "[data-element=feedback-rating-{opinion}] [data-element=feedback-rating-question]"
    ))
}

/// Gives the page at `path` stars; the address of what follows.
async fn rate(reader: &mut Reader, path: &str, stars: &str) -> String {
    reader.open(path).await;
    let answer = reader.send("/valutazione", &[("page", path), ("stars", stars)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
    assert!(answer.location().starts_with("/valutazione/"), "{}", answer.location());
    answer.location().to_owned()
}

/// What was kept: page, instrument and stars, how often.
async fn kept(app: &TestApp) -> Vec<(String, Instrument, u8, i64)> {
    let mut transaction = app.database.read().await.unwrap();
    let counts = ratings::count(&mut transaction, "2026-01-01", "2027-12-31")
        .await
        .unwrap();
    let kept = counts.into_iter();
    kept.map(|it| (it.page, it.instrument, it.stars.number(), it.count))
        .collect()
}

async fn every_public_page_asks_how_clear_it_is_in_the_words_of_the_national_model(app: &TestApp) {
    let call = app.publish(&a_call().titled("Orti di quartiere")).await;
    let opportunity = app.urls.opportunity(&call).replace("https://informa.example.org", "");
    let mut reader = Reader::new(app);
    for path in [
        "/",
        "/opportunita",
        "/opportunita?q=niente",
        opportunity.as_str(),
        "/iscriviti",
        "/accedi",
        "/accedi/controlla",
        "/privacy",
        "/note-legali",
        "/aiuto",
        "/aiuto/scrivi",
        "/aiuto/scrivi/inviato",
        "/disiscriviti/fatto",
        "/disiscriviti/sezione/fatto",
        "/cancellato",
    ] {
        let page = reader.open(path).await;
        assert_eq!(
            page.texts(&format!("{FEEDBACK} [data-element=feedback-title]")),
            [CLEAR],
            "{path}"
        );
        let stars: Vec<String> = page.attributes(&format!("{FEEDBACK} fieldset.rating input[type=radio]"), "value");
        assert_eq!(stars, ["1", "2", "3", "4", "5"], "{path}");
        let labels: Vec<String> = page.attributes(&format!("{FEEDBACK} fieldset.rating label"), "data-element");
        let named: Vec<String> = (1..=5).map(|it| format!("feedback-rate-{it}")).collect();
        assert_eq!(labels, named, "{path}");
        let of: Vec<String> = page.attributes(&format!("{FEEDBACK} fieldset.rating label"), "for");
        assert_eq!(
            of,
            page.attributes("fieldset.rating input", "id"),
            "each star has its own label"
        );
        assert_eq!(
            question(&page, "positive"),
            ["Quali sono stati gli aspetti che hai preferito?"]
        );
        assert_eq!(
            question(&page, "negative"),
            ["Dove hai incontrato le maggiori difficoltà?"]
        );
        assert_eq!(answers(&page, "positive"), LIKED);
        assert_eq!(answers(&page, "negative"), HARD);
        let longest = page.attributes("[data-element=feedback-input-text]", "maxlength");
        assert_eq!(longest, ["200"], "{path}");
    }
}

async fn signing_up_ends_with_how_easy_it_was(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for path in [
        "/iscriviti/controlla",
        "/preferenze?done=confirmed",
        "/preferenze?done=browser",
    ] {
        let page = reader.open(path).await;
        assert_eq!(page.texts("[data-element=feedback-title]"), [EASY], "{path}");
    }
    rate(&mut reader, "/iscriviti/controlla", "4").await;
    rate(&mut reader, "/preferenze", "5").await;
    rate(&mut reader, "/iscriviti", "2").await;
    let kept = kept(app).await;
    let expected = [
        ("/iscriviti", Instrument::Page, 2),
        ("/iscriviti/controlla", Instrument::Flow, 4),
        ("/preferenze", Instrument::Flow, 5),
    ];
    assert_eq!(
        kept,
        expected.map(|(page, instrument, stars)| (page.to_owned(), instrument, stars, 1))
    );
}

async fn private_pages_errors_and_the_back_office_ask_nothing(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for path in [
        "/preferenze",
        "/preferenze?done=saved",
        "/preferenze/profilo/citizen",
        "/preferenze/cancella",
        "/avvisi",
        "/staff/accedi",
        "/questa-non-esiste",
        "/opportunita/questa-non-esiste",
        "/conferma/niente",
    ] {
        let page = reader.open(path).await;
        assert!(!page.words("h1").is_empty(), "{path}");
        assert_eq!(page.texts(FEEDBACK), [""; 0], "{path}");
    }
}

async fn whoever_leaves_is_not_asked_how_easy_it_was(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    let mut transaction = app.database.begin().await.unwrap();
    subscribers::set_status(&mut transaction, person, SubscriberStatus::Left, app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    for path in ["/preferenze", "/preferenze?done=confirmed"] {
        let farewell = reader.open(path).await;
        assert!(farewell.words("h1").contains("Non sei più iscritto"), "{path}");
        assert_eq!(farewell.texts(FEEDBACK), [""; 0], "{path}");
    }
}

async fn english_pages_ask_the_same_in_english(app: &TestApp) {
    let page = Reader::new(app).open("/?lang=en").await;
    assert_eq!(
        page.texts("[data-element=feedback-title]"),
        ["How clear is the information on this page?"]
    );
    assert_eq!(page.texts("[data-element=feedback-rate-1]"), ["Give one star out of 5"]);
    assert_eq!(page.texts("[data-element=feedback-rate-5]"), ["Give 5 stars out of 5"]);
    assert_eq!(answers(&page, "negative").len(), 5);
}

async fn stars_are_kept_at_once_even_if_nothing_follows(app: &TestApp) {
    let mut reader = Reader::new(app);
    rate(&mut reader, "/", "5").await;
    rate(&mut reader, "/", "5").await;
    rate(&mut reader, "/", "1").await;
    let page = |stars, count| ("/".to_owned(), Instrument::Page, stars, count);
    assert_eq!(kept(app).await, [page(1, 1), page(5, 2)]);
    let nothing = reader.send("/valutazione", &[("page", "/"), ("stars", "")]).await;
    assert_eq!(nothing.location(), "/#rating-title", "back to the stars");
    let nowhere = reader
        .send("/valutazione", &[("page", "//evil.example"), ("stars", "")])
        .await;
    assert_eq!(nowhere.status, StatusCode::BAD_REQUEST, "and nowhere else");
    for wrong in ["0", "6", "molte"] {
        let answer = reader.send("/valutazione", &[("page", "/"), ("stars", wrong)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(kept(app).await.len(), 2);
    let mut transaction = app.database.read().await.unwrap();
    let of_today = ratings::count(&mut transaction, "2026-07-01", "2026-07-01")
        .await
        .unwrap();
    assert_eq!(
        of_today.iter().map(|it| it.count).sum::<i64>(),
        3,
        "by the day on the wall clock"
    );
}

async fn four_stars_ask_what_was_liked_and_three_what_was_hard(app: &TestApp) {
    let mut reader = Reader::new(app);
    for (stars, asked, other, expected) in [
        ("5", "positive", "negative", LIKED),
        ("4", "positive", "negative", LIKED),
        ("3", "negative", "positive", HARD),
        ("1", "negative", "positive", HARD),
    ] {
        let address = rate(&mut reader, "/privacy", stars).await;
        let page = reader.open(&address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("cache-control"), "no-store", "its address holds a code");
        assert_eq!(answers(&page, asked), expected, "{stars}");
        assert_eq!(answers(&page, other), [""; 0], "{stars}");
        assert_eq!(
            page.texts(FEEDBACK),
            [""; 0],
            "nobody is asked how clear the question is"
        );
        assert_eq!(page.attributes("main form", "action"), [address]);
    }
}

async fn what_follows_is_kept_once_and_leads_back(app: &TestApp) {
    let mut reader = Reader::new(app);
    let address = rate(&mut reader, "/privacy", "2").await;
    reader.open(&address).await;
    let fields = [
        ("answers", "lost"),
        ("answers", "other"),
        ("answers", "clear"),
        ("text", "Quali sono i miei diritti?\r\nNon lo dice."),
    ];
    let sent = reader.send(&address, &fields).await;
    assert_eq!(
        (sent.status, sent.location()),
        (StatusCode::SEE_OTHER, address.as_str())
    );
    let thanks = reader.open(&address).await;
    assert_eq!(thanks.words("h1"), "Grazie del tuo parere");
    assert_eq!(thanks.attributes("main a", "href"), ["/privacy"], "the way back");
    assert_eq!(thanks.texts("main form"), [""; 0], "there is nothing more to say");
    let again = reader
        .send(&address, &[("answers", "trouble"), ("text", "Altro ancora")])
        .await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let said = rows::texts(&app.database, "select answers, remark from page_ratings").await;
    let expected = (
        "lost other".to_owned(),
        "Quali sono i miei diritti?\nNon lo dice.".to_owned(),
    );
    assert_eq!(
        said,
        [expected],
        "the first answer stands, and only answers to what was asked"
    );
}

async fn a_text_of_two_hundred_and_one_characters_is_refused_in_words_and_kept(app: &TestApp) {
    let mut reader = Reader::new(app);
    let address = rate(&mut reader, "/", "5").await;
    reader.open(&address).await;
    let text = "è".repeat(201);
    let refused = reader.send(&address, &[("answers", "complete"), ("text", &text)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sentence = "Il testo ha 201 caratteri: accorcialo, ne bastano 200.";
    assert_eq!(refused.texts("#errors li a"), [sentence]);
    assert_eq!(refused.attributes("#rating-text", "aria-invalid"), ["true"]);
    assert_eq!(refused.words("#rating-text"), text, "what was written is still there");
    assert_eq!(refused.attributes("[name=answers][checked]", "value"), ["complete"]);
    let sent = reader.send(&address, &[("text", &text[2..])]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
}

/// Sends a form as a script does.
async fn ask(reader: &mut Reader, path: &str, fields: &[(&str, &str)]) -> (StatusCode, serde_json::Value) {
    let mut headers = HeaderMap::new();
    headers.insert("accept", "application/json".parse().unwrap());
    let answer = reader.send_with(path, fields, headers).await;
    (answer.status, serde_json::from_str(&answer.text).unwrap_or_default())
}

async fn scripts_are_answered_in_json(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/").await;
    let (status, body) = ask(&mut reader, "/valutazione", &[("page", "/"), ("stars", "4")]).await;
    assert_eq!(status, StatusCode::OK);
    let address = body["address"].as_str().unwrap().to_owned();
    let (status, body) = ask(&mut reader, &address, &[("text", &"x".repeat(201))]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(body["message"].as_str().unwrap().contains("201"), "{body}");
    let (status, _) = ask(&mut reader, &address, &[("answers", "clear")]).await;
    assert_eq!(status, StatusCode::OK);
    let said = rows::texts(&app.database, "select answers, remark from page_ratings").await;
    assert_eq!(said, [("clear".to_owned(), String::new())]);
}

async fn another_number_of_stars_before_the_answer_is_no_second_rating(app: &TestApp) {
    let mut reader = Reader::new(app);
    let address = rate(&mut reader, "/", "1").await;
    let code = address.strip_prefix("/valutazione/").unwrap();
    for stars in ["2", "3", "4"] {
        let fields = [("page", "/"), ("stars", stars), ("code", code)];
        let (status, body) = ask(&mut reader, "/valutazione", &fields).await;
        assert_eq!(
            (status, body["address"].as_str()),
            (StatusCode::OK, Some(address.as_str()))
        );
    }
    assert_eq!(kept(app).await, [("/".to_owned(), Instrument::Page, 4, 1)]);
    reader.send(&address, &[("answers", "clear")]).await;
    let late = [("page", "/"), ("stars", "1"), ("code", code)];
    assert_eq!(ask(&mut reader, "/valutazione", &late).await.0, StatusCode::NOT_FOUND);
    assert_eq!(kept(app).await, [("/".to_owned(), Instrument::Page, 4, 1)]);
}

async fn nobody_overwrites_somebody_else_s_rating(app: &TestApp) {
    let mut reader = Reader::new(app);
    let one = rate(&mut reader, "/", "5").await;
    let other = rate(&mut reader, "/privacy", "5").await;
    let (one, other) = (&one["/valutazione/".len()..], &other["/valutazione/".len()..]);
    assert_ne!(one, other);
    let mixed = format!("{}{}", &one[..24], &other[24..]);
    for guessed in [
        "1",
        "2",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &mixed,
        "%00",
    ] {
        let address = format!("/valutazione/{guessed}");
        assert_eq!(reader.open(&address).await.status, StatusCode::NOT_FOUND, "{guessed}");
        reader.open("/").await;
        let answer = reader.send(&address, &[("text", "Non io")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{guessed}");
        let stars = reader
            .send("/valutazione", &[("page", "/"), ("stars", "1"), ("code", guessed)])
            .await;
        assert_eq!(stars.status, StatusCode::NOT_FOUND, "{guessed}");
    }
    let answered = "select count(*) from page_ratings where answered = 1 or stars < 5";
    assert_eq!(rows::integers(&app.database, answered).await, [[0]]);
}

async fn a_code_is_good_for_a_day(app: &TestApp) {
    let mut reader = Reader::new(app);
    let address = rate(&mut reader, "/", "3").await;
    app.advance(TimeDelta::hours(24));
    assert_eq!(reader.open(&address).await.status, StatusCode::OK);
    app.advance(TimeDelta::hours(24));
    assert_eq!(reader.open(&address).await.status, StatusCode::NOT_FOUND);
    reader.open("/").await;
    let late = reader.send(&address, &[("text", "Tardi")]).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert_eq!(kept(app).await.len(), 1, "the stars stay");
}

async fn only_known_public_pages_are_rated(app: &TestApp) {
    let draft = app.draft(&a_call().titled("Segreto")).await;
    let mut transaction = app.database.read().await.unwrap();
    let draft = informa::storage::opportunities::find(&mut transaction, draft)
        .await
        .unwrap()
        .unwrap();
    drop(transaction);
    let secret = format!("/opportunita/segreto-{}", draft.token.as_str());
    let mut reader = Reader::new(app);
    reader.open("/").await;
    for path in [
        "",
        "/staff",
        "/avvisi",
        "/?q=Maria+Rossi",
        "/opportunita/abcdefghij",
        "https://example.org/",
        "<script>",
        secret.as_str(),
    ] {
        let answer = reader.send("/valutazione", &[("page", path), ("stars", "5")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(kept(app).await, []);
    let call = app.publish(&a_call().titled("Orti di quartiere")).await;
    let path = app.urls.opportunity(&call).replace("https://informa.example.org", "");
    let address = rate(&mut reader, &path, "5").await;
    let page = format!("/opportunita/{}", call.token.as_str());
    assert_eq!(kept(app).await, [(page.clone(), Instrument::Page, 5, 1)]);
    let back = reader.open(&address).await.attributes("main p a", "href");
    assert_eq!(back[0], page);
    assert_eq!(reader.open(&page).await.location(), path, "which leads to the page");
}

async fn nothing_that_names_a_person_is_kept(app: &TestApp) {
    let person = a_citizen();
    let mut reader = Reader::of_person(app, &person).await;
    let address = rate(&mut reader, "/preferenze", "2").await;
    reader
        .send(&address, &[("answers", "lost"), ("text", "Troppe domande")])
        .await;
    let columns = match app.database.engine() {
        informa::storage::Engine::Sqlite => "select name, name from pragma_table_info('page_ratings') order by name",
        informa::storage::Engine::Postgres => {
            "select column_name::text, column_name::text from information_schema.columns
             where table_name = 'page_ratings' and table_schema = current_schema() order by 1"
        }
    };
    let columns = rows::texts(&app.database, columns).await;
    let columns: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "answered",
        "answers",
        "day",
        "id",
        "instrument",
        "language",
        "page",
        "remark",
        "stars",
    ];
    assert_eq!(columns, expected);
    let values = "select page || ' ' || instrument || ' ' || answers || ' ' || remark, day || ' ' || language \
                  from page_ratings";
    let kept = rows::texts(&app.database, values).await;
    let expected = (
        "/preferenze flow lost Troppe domande".to_owned(),
        "2026-07-01 it".to_owned(),
    );
    assert_eq!(
        kept,
        [expected],
        "a day without an hour, and nothing of the person who was signed in"
    );
}

async fn a_place_that_rates_without_end_is_stopped(app: &TestApp) {
    let mut reader = Reader::new(app);
    reader.open("/").await;
    for number in 0..20 {
        let answer = reader.send("/valutazione", &[("page", "/"), ("stars", "1")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{number}");
    }
    let fields = [("page", "/"), ("stars", "1")];
    assert_eq!(
        reader.send("/valutazione", &fields).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    let (status, body) = ask(&mut reader, "/valutazione", &fields).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body["message"].as_str().unwrap().contains("troppe richieste"), "{body}");
    reader.moved_to([203, 0, 113, 9]);
    assert_eq!(
        reader.send("/valutazione", &fields).await.status,
        StatusCode::SEE_OTHER,
        "others may"
    );
    app.advance(TimeDelta::minutes(1));
    reader.moved_to([198, 51, 100, 7]);
    assert_eq!(reader.send("/valutazione", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(kept(app).await, [("/".to_owned(), Instrument::Page, 1, 22)]);
}

async fn a_rating_without_its_token_is_refused(app: &TestApp) {
    let mut reader = Reader::new(app);
    let address = rate(&mut reader, "/", "5").await;
    let fields = [("page", "/"), ("stars", "1")];
    assert_eq!(
        reader.send_only("/valutazione", &fields).await.status,
        StatusCode::FORBIDDEN
    );
    let answered = reader.send_only(&address, &[("text", "Non io")]).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN);
    let answer = reader.request(Method::GET, "/valutazione", "", Vec::new()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(kept(app).await, [("/".to_owned(), Instrument::Page, 5, 1)]);
}
