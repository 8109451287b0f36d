// SPDX-License-Identifier: EUPL-1.2
//! A folder of texts: it replaces single ones, adds a language by one file, and is refused with its line if it is broken.

use std::fs;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use informa::app::App;
use informa::domain::language::Language;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::open_app::{OpenError, open_app};
use informa::services::save_profile::choose_language;
use informa::texts::{Catalogues, Texts};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, consent};
use crate::support::on_both_engines;
use crate::support::reader::Reader;

on_both_engines! {
    a_third_language_is_one_file,
    italian_is_spoken_until_another_language_is_chosen,
    mails_follow_the_language_of_their_reader,
    a_language_that_is_not_installed_is_not_spoken,
    single_texts_are_replaced_in_pages_and_mails,
    what_cannot_be_used_stops_the_program_with_file_and_line,
}

fn german() -> Language {
    Language::from_code("de").unwrap()
}

/// The program with the folder of texts that the tests bring.
async fn with_german(app: &TestApp) -> App {
    app.another_process(|config| config.texts_folder = Some("tests/texts".into()))
        .await
}

async fn a_third_language_is_one_file(app: &TestApp) {
    let process = with_german(app).await;
    let mut reader = Reader::new(&process);
    let page = reader.open("/opportunita?lang=de").await;
    assert_eq!(page.attributes("html", "lang"), ["de"]);
    assert_eq!(
        page.texts(".slim-links a")[..3],
        ["IT, Italiano", "EN, English", "DE, Deutsch"]
    );
    assert_eq!(page.attributes(".slim-links a[aria-current]", "hreflang"), ["de"]);
    assert_eq!(page.attributes(".slim-links a[lang=de]", "href"), ["?lang=de"]);
    assert!(page.texts(".site-navigation a").contains(&"Angebote".to_owned()));
    assert!(page.text.contains("Keine Ergebnisse"), "plurals are German too");
    assert_eq!(page.words("footer .help-block h2"), "Brauchen Sie Hilfe?");
    // What the file lacks is said in Italian, never by its key.
    assert!(
        page.texts("footer a")
            .contains(&"Segnala un problema di accessibilità".to_owned())
    );
    for path in [
        "/",
        "/iscriviti",
        "/iscriviti/cosa",
        "/aiuto",
        "/privacy",
        "/accedi",
        "/questa-non-esiste",
    ] {
        let page = reader.open(path).await;
        assert_eq!(
            page.attributes("html", "lang"),
            ["de"],
            "{path}: the choice is remembered"
        );
        assert!(!page.text.contains("Unknown localization"), "{path}");
    }
}

async fn italian_is_spoken_until_another_language_is_chosen(app: &TestApp) {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_LANGUAGE, "en-US,en;q=0.9".parse().unwrap());
    let process = with_german(app).await;
    let page = Reader::new(&process).open_with("/", headers).await;
    assert_eq!(
        page.attributes("html", "lang"),
        ["it"],
        "whatever the browser says of itself"
    );
    let chosen = Reader::new(&process).open("/?lang=de").await;
    let cookies: Vec<_> = chosen
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|it| it.to_str().unwrap())
        .collect();
    assert!(
        cookies
            .iter()
            .any(|it| it.starts_with("informa_language=de") && it.ends_with("Max-Age=31536000")),
        "{cookies:?}"
    );
}

async fn mails_follow_the_language_of_their_reader(app: &TestApp) {
    let process = with_german(app).await;
    let person = a_citizen().reading(german());
    let request = person.request(&app.vocabulary(), app.now());
    ask_to_subscribe(&process, &request).await.unwrap();
    dispatch_outbox(&process).await.unwrap();
    let mail = app.relay.only_mail_to(&person.email);
    assert_eq!(mail.subject(), "Bestätigen Sie Ihre Anmeldung bei Informa");
    assert_eq!(mail.header("Content-Language").as_deref(), Some("de"));
    assert!(mail.html().contains("<html lang=\"de\">"));
    let code = mail.code_after("/conferma/");
    let subscriber = confirm_subscription(&process, &code, &consent(app.now()))
        .await
        .unwrap();
    app.relay.forget();
    app.leave_work();
    publish_by(&process, app).await;
    let text = app.relay.only_mail_to(&person.email).text();
    for words in [
        "Frist: Mittwoch, 30. September 2026",
        "Weil Sie ",
        "1.200.000",
        "Einstellungen ändern:",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    // The person may choose among all of them, and no other.
    choose_language(&process, subscriber, Language::English).await.unwrap();
    choose_language(&process, subscriber, german()).await.unwrap();
    assert!(
        choose_language(app, subscriber, german()).await.is_err(),
        "without the file"
    );
}

/// Publishes a call and sends what is owed, all by the process with texts of its own.
async fn publish_by(process: &App, app: &TestApp) {
    let id = app.draft(&a_call()).await;
    informa::services::publish_opportunity::publish_opportunity(process, app.editor, id)
        .await
        .unwrap();
    informa::services::fan_out::fan_out(process).await.unwrap();
    dispatch_outbox(process).await.unwrap();
}

async fn a_language_that_is_not_installed_is_not_spoken(app: &TestApp) {
    let mut reader = Reader::new(app);
    let page = reader.open("/?lang=de").await;
    assert_eq!(page.attributes("html", "lang"), ["it"]);
    assert!(page.attributes("header a[lang=de]", "href").is_empty());
    assert_eq!(
        app.texts(german()).language,
        Language::Italian,
        "whoever had chosen it reads Italian"
    );
}

async fn single_texts_are_replaced_in_pages_and_mails(app: &TestApp) {
    let folder = app.folder().join("texts");
    fs::create_dir(&folder).unwrap();
    fs::write(
        folder.join("it.ftl"),
        "tagline = Tutto ciò che ti riguarda\nmail-sent-by = Da { $body }.\n",
    )
    .unwrap();
    fs::write(folder.join("README.md"), "not a text").unwrap();
    let process = app
        .another_process(|config| config.texts_folder = Some(folder.clone()))
        .await;
    let page = Reader::new(&process).open("/").await;
    assert_eq!(page.words(".it-brand-tagline"), "Tutto ciò che ti riguarda");
    assert_eq!(
        Reader::new(app).open("/").await.words(".it-brand-tagline"),
        "Le opportunità pubbliche che ti riguardano"
    );
    let person = a_citizen();
    let request = person.request(&app.vocabulary(), app.now());
    ask_to_subscribe(&process, &request).await.unwrap();
    dispatch_outbox(&process).await.unwrap();
    let text = app.relay.only_mail_to(&person.email).text();
    assert!(text.contains("Da Ente di esempio."), "{text}");
    assert!(
        text.contains("Conferma l'iscrizione"),
        "the rest is the program's: {text}"
    );
}

async fn what_cannot_be_used_stops_the_program_with_file_and_line(app: &TestApp) {
    let folder = app.folder().join("texts");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("de.ftl"), "tagline = Gut\n\nmenu-subscribe Anmelden\n").unwrap();
    let mut config = (*app.config).clone();
    config.texts_folder = Some(folder);
    let refused = open_app(config).await.err().expect("it is not opened");
    assert!(matches!(refused, OpenError::Setting(_)));
    let words = refused.to_string();
    assert!(
        words.starts_with("INFORMA_TEXTS_FOLDER ") && words.contains("de.ftl:3: "),
        "{words}"
    );
}

/// The catalogues of a folder with these files.
fn read(files: &[(&str, &str)]) -> Result<Catalogues, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    Catalogues::with_folder(folder.path()).map_err(|problem| problem.to_string())
}

#[test]
fn every_fault_is_told_with_its_line_and_what_to_do() {
    for (name, text, expected) in [
        ("de.ftl", "tagline = Gut\n}} = x\n", "de.ftl:2: "),
        (
            "it.ftl",
            "\n\nsave = Salva { $name }\n",
            "it.ftl:3: \"save\" cannot be said",
        ),
        (
            "it.ftl",
            "mail-sent-by = Da { $ente }.\n",
            "it may use { $body }, { $service }",
        ),
        ("it.ftl", "save = { quello }\n", "it.ftl:1: \"save\" cannot be said"),
        (
            "it.ftl",
            "save = Sì\nchange = No\nsave = Forse\n",
            "it.ftl:3: \"save\" is already in line 1: keep one",
        ),
        (
            "tedesco.ftl",
            "save = Speichern\n",
            "tedesco.ftl: \"tedesco\" is no language",
        ),
        ("ar.ftl", "save = x\n", "ar.ftl: "),
    ] {
        let words = read(&[(name, text)])
            .err()
            .unwrap_or_else(|| panic!("{name} {text} is taken"));
        assert!(words.contains(expected), "{expected:?} is not in {words}");
    }
    let both = read(&[("de.ftl", "a b\n"), ("it.ftl", "save = { $x }\n")])
        .err()
        .unwrap();
    assert!(
        both.contains("de.ftl:1") && both.contains("it.ftl:1"),
        "all at once: {both}"
    );
    assert!(Catalogues::with_folder(Path::new("/no/such/folder")).is_err());
}

#[test]
fn what_a_language_lacks_is_counted_and_what_nobody_asks_for_is_named() {
    let catalogues = Catalogues::with_folder(Path::new("tests/texts")).unwrap();
    let lacks = catalogues.lacks();
    assert_eq!(lacks.len(), 1);
    assert_eq!(lacks[0].language.code(), "de");
    let file = fs::read_to_string("tests/texts/de.ftl").unwrap();
    let written = file
        .lines()
        .filter(|line| line.starts_with(|it: char| it.is_ascii_lowercase()))
        .count();
    assert_eq!(lacks[0].missing, lacks[0].all - written);
    assert_eq!(catalogues.unknown(), [""; 0]);
    let unknown = read(&[("it.ftl", "save = Salva\nsalve = Ciao\n")]).unwrap();
    assert_eq!(unknown.lacks(), []);
    assert_eq!(
        unknown.unknown(),
        ["it.ftl:2: no text of the program is called \"salve\""]
    );
    let tags: Vec<&str> = catalogues.languages().iter().map(|it| it.code()).collect();
    assert_eq!(tags, ["it", "en", "de"]);
}

#[test]
fn numbers_are_grouped_as_each_language_groups_them() {
    let own = |language| Texts::new(language, chrono_tz::Europe::Rome).number(1_200_000);
    assert_eq!(
        (own(Language::Italian), own(Language::English)),
        ("1.200.000".to_owned(), "1,200,000".to_owned())
    );
}
