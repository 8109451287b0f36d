// SPDX-License-Identifier: EUPL-1.2
//! Every kind of mail: nobody is followed by it, nothing of it comes from elsewhere, and its text part is complete.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use informa::domain::contact::{ContactMessage, Typed};
use informa::domain::ids::SubscriberId;
use informa::domain::language::Language;
use informa::domain::profile::Frequency;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::compose_digests::compose_digests;
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::erase_person::erase_person;
use informa::services::move_mailbox::ask_to_move;
use informa::services::revise_published::revise_published;
use informa::services::save_for_later::save_for_later;
use informa::services::send_letters::send_letters;
use informa::services::send_sign_in_link::send_link_to_mailbox;
use informa::services::send_test::send_test;
use informa::services::write_to_body::write_to_body;
use informa::storage::targets;
use scraper::{ElementRef, Html, Selector};

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, at, consent};
use crate::support::on_both_engines;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    no_mail_in_italian_follows_anybody,
    no_mail_in_english_follows_anybody,
    every_text_part_is_complete_in_italian,
    every_text_part_is_complete_in_english,
    every_mail_comes_of_one_layout,
    the_seat_of_the_body_is_in_every_mail_to_people,
}

/// A mail of each kind, to two people who chose the same.
struct Told {
    kind: &'static str,
    mails: Vec<Mail>,
}

/// How many kinds of mail there are; a new one belongs into [`every_kind`].
const KINDS: usize = 10;

fn taken(app: &TestApp, kind: &'static str) -> Told {
    let mails = app.relay.mails();
    assert!(!mails.is_empty(), "{kind}");
    app.relay.forget();
    Told { kind, mails }
}

async fn confirmed(app: &TestApp, people: &[Person]) -> (Vec<SubscriberId>, Told) {
    for person in people {
        let request = person.request(&app.vocabulary(), app.now());
        ask_to_subscribe(app, &request).await.unwrap();
        app.advance(TimeDelta::minutes(1));
    }
    app.run_jobs().await;
    let asked = taken(app, "confirmation");
    let mut ids = Vec::new();
    for person in people {
        let mail = asked.mails.iter().find(|mail| mail.recipient == person.email).unwrap();
        let code = mail.code_after("/conferma/");
        ids.push(confirm_subscription(app, &code, &consent(app.now())).await.unwrap());
    }
    app.run_jobs().await;
    app.relay.forget();
    (ids, asked)
}

/// Lets happen whatever mail is written of.
async fn every_kind(app: &TestApp, language: Language) -> Vec<Told> {
    let reader = |email: &str, how: &str| a_citizen().called(email).told(how).reading(language);
    let now = [
        reader("maria@example.org", "immediate"),
        reader("anna@example.org", "immediate"),
    ];
    let daily = [
        reader("dario@example.org", "daily"),
        reader("dora@example.org", "daily"),
    ];
    let (ids, confirmation) = confirmed(app, &now).await;
    confirmed(app, &daily).await;
    let mut told = vec![confirmation];
    let call = app.publish(&a_call()).await;
    told.push(taken(app, "announcement"));
    for id in &ids {
        save_for_later(app, *id, call.id).await.unwrap();
    }
    app.advance(at("2026-07-02T08:30:00").since(app.now()));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    told.push(taken(app, "digest"));
    let extended = a_call().closing(Some(at("2026-10-15T12:00:00")));
    let content = extended.content(&app.vocabulary());
    revise_published(app, app.editor, call.id, &content, "Più tempo per tutti.")
        .await
        .unwrap();
    app.run_jobs().await;
    told.push(taken(app, "change"));
    app.advance(at("2026-10-08T09:00:00").since(app.now()));
    app.run_jobs().await;
    told.push(taken(app, "reminder"));
    told.extend(letters(app, &now, &ids, language).await);
    assert_eq!(told.len(), KINDS);
    told
}

/// What people ask for, and what they are told once.
async fn letters(app: &TestApp, people: &[Person], ids: &[SubscriberId], language: Language) -> Vec<Told> {
    let mut told = Vec::new();
    for person in people {
        send_link_to_mailbox(app, &person.address()).await.unwrap();
    }
    app.run_jobs().await;
    told.push(taken(app, "sign-in"));
    for (number, id) in ids.iter().enumerate() {
        let new = a_citizen().called(&format!("nuova{number}@example.org"));
        ask_to_move(app, *id, &new.address()).await.unwrap();
    }
    app.run_jobs().await;
    told.push(taken(app, "move"));
    for id in ids {
        let mut transaction = app.database.read().await.unwrap();
        let target = targets::list(&mut transaction, *id).await.unwrap()[0].id;
        drop(transaction);
        send_test(app, *id, target).await.unwrap();
    }
    app.run_jobs().await;
    told.push(taken(app, "test"));
    let typed = Typed {
        subject: "accessibility",
        name: "Anna Bianchi",
        email: "anna@example.org",
        text: "Il colore non si legge.\nGrazie.",
    };
    write_to_body(app, ContactMessage::read(&typed, language).unwrap())
        .await
        .unwrap();
    send_letters(app).await.unwrap();
    told.push(taken(app, "contact"));
    for id in ids {
        erase_person(app, *id).await.unwrap();
    }
    send_letters(app).await.unwrap();
    told.push(taken(app, "erased"));
    app.leave_work();
    told
}

fn attributes(html: &str, selector: &str, attribute: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let selector = Selector::parse(selector).unwrap();
    let found = document.select(&selector).filter_map(|it| it.attr(attribute));
    found.map(str::to_owned).collect()
}

/// Where a link may lead that only its receiver has: what stops mail, what manages it, and what it was asked for.
const OWN: [&str; 5] = ["/disiscriviti/", "/avviso/", "/conferma/", "/accedi/", "/sposta/"];

fn is_own(link: &str) -> bool {
    OWN.iter()
        .any(|path| link.starts_with(&format!("https://informa.example.org{path}")))
}

async fn nobody_is_followed(app: &TestApp, language: Language) {
    for Told { kind, mails } in every_kind(app, language).await {
        let mut shared: Option<BTreeSet<String>> = None;
        for mail in &mails {
            let html = mail.html();
            for (what, attribute) in [("[src]", "src"), ("[background]", "background"), ("[srcset]", "srcset")] {
                assert_eq!(attributes(&html, what, attribute), [""; 0], "{kind} loads something");
            }
            for word in ["<img", "<link", "<script", "<iframe", "url(", "@import", "@font-face"] {
                assert!(!html.contains(word), "{kind} has {word}");
            }
            let links = attributes(&html, "[href]", "href");
            for link in &links {
                assert!(
                    link.starts_with("https://informa.example.org/"),
                    "{kind} leads to {link}"
                );
                assert!(
                    !link.contains('?') && !link.contains(&mail.recipient),
                    "{kind} counts clicks: {link}"
                );
            }
            let for_all: BTreeSet<String> = links.into_iter().filter(|link| !is_own(link)).collect();
            let known = shared.get_or_insert_with(|| for_all.clone());
            assert_eq!(*known, for_all, "{kind}: a link differs by who receives it");
        }
        let to_people = kind != "contact";
        assert!(!to_people || mails.len() >= 2, "{kind}: nothing to compare");
    }
}

async fn no_mail_in_italian_follows_anybody(app: &TestApp) {
    nobody_is_followed(app, Language::Italian).await;
}

async fn no_mail_in_english_follows_anybody(app: &TestApp) {
    nobody_is_followed(app, Language::English).await;
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything that a mail says, a piece for each run of words.
fn said(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let sheet = Selector::parse(".sheet").unwrap();
    let sheet: ElementRef<'_> = document.select(&sheet).next().expect("the layout");
    sheet
        .text()
        .map(one_line)
        .filter(|it| !it.is_empty() && it != "·")
        .collect()
}

async fn texts_are_complete(app: &TestApp, language: Language) {
    let months = ["luglio", "settembre", "ottobre", "July", "September", "October"];
    for Told { kind, mails } in every_kind(app, language).await {
        for mail in &mails {
            let (text, html) = (one_line(&mail.text()), mail.html());
            for piece in said(&html) {
                assert!(text.contains(&piece), "{kind}: {piece:?} is not in the text:\n{text}");
            }
            for link in attributes(&html, ".sheet [href]", "href") {
                assert!(text.contains(&link), "{kind}: {link} is not in the text:\n{text}");
            }
            assert!(mail.raw.len() < 100_000, "{kind} has {} bytes", mail.raw.len());
            let subject = mail.subject();
            assert!((10..=60).contains(&subject.chars().count()), "{kind}: {subject}");
            let preheader = attributes(&html, ".preheader", "class");
            assert_eq!(preheader.len(), 1, "{kind}");
            let document = Html::parse_document(&html);
            let words = document.select(&Selector::parse(".preheader").unwrap()).next().unwrap();
            assert!(
                words.text().collect::<String>().trim().chars().count() > 5,
                "{kind} has no preheader"
            );
            for month in months {
                for (at, _) in text.match_indices(month) {
                    let before: Vec<&str> = text[..at].split_whitespace().rev().take(2).collect();
                    let is_weekday = before.get(1).is_some_and(|it| {
                        it.ends_with("dì") || it.ends_with("day") || *it == "domenica" || *it == "sabato"
                    });
                    // A date that has moved is told beside what it was: "dal 30 settembre al 15 ottobre 2026".
                    let has_moved = before.get(1).is_some_and(|it| ["dal", "al", "from", "to"].contains(it));
                    assert!(is_weekday || has_moved, "{kind}: {month} without a weekday in\n{text}");
                }
            }
        }
    }
}

async fn every_text_part_is_complete_in_italian(app: &TestApp) {
    texts_are_complete(app, Language::Italian).await;
}

async fn every_text_part_is_complete_in_english(app: &TestApp) {
    texts_are_complete(app, Language::English).await;
}

async fn every_mail_comes_of_one_layout(app: &TestApp) {
    for Told { kind, mails } in every_kind(app, Language::English).await {
        // What is written to the body is in the body's language.
        let language = if kind == "contact" { "it" } else { "en" };
        for mail in &mails {
            let html = mail.html();
            assert_eq!(attributes(&html, "html", "lang"), [language], "{kind}");
            assert_eq!(
                attributes(&html, "meta[name='color-scheme']", "content"),
                ["light dark"],
                "{kind}"
            );
            assert!(html.contains("@media (prefers-color-scheme: dark)"), "{kind}");
            assert_eq!(attributes(&html, "h1", "class").len(), 0, "{kind}: one plain heading");
            assert_eq!(html.matches("<h1").count(), 1, "{kind}");
            assert!(html.contains("#006658"), "{kind} is in the colour of the installation");
        }
    }
}

async fn the_seat_of_the_body_is_in_every_mail_to_people(app: &TestApp) {
    let process = app
        .another_process(|config| {
            "Piazza Città di Lombardia 1, 20124 Milano".clone_into(&mut config.body_address);
            config.primary_colour = informa::domain::colour::Colour::parse("#a3123f").unwrap();
        })
        .await;
    let person = a_citizen();
    ask_to_subscribe(&process, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    informa::services::dispatch_outbox::dispatch_outbox(&process)
        .await
        .unwrap();
    let mail = app.relay.only_mail_to(&person.email);
    for part in [mail.text(), mail.html()] {
        assert!(part.contains("Piazza Città di Lombardia 1, 20124 Milano"), "{part}");
    }
    let html = mail.html();
    assert!(html.contains("#a3123f") && !html.contains("#006658"), "{html}");
}
