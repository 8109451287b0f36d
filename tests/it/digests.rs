// SPDX-License-Identifier: EUPL-1.2
//! Digests: one to a person and period, of everything that was matched since the last, in sections, with nothing stale.

use chrono::TimeDelta;
use informa::domain::ids::{OpportunityId, SubscriberId};
use informa::domain::notification::Channel;
use informa::domain::opportunity::OpportunityKind;
use informa::domain::profile::{Frequency, TellingOverride};
use informa::services::choose_sections::choose_sections;
use informa::services::compose_digests::compose_digests;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::save_profile::save_profile;
use informa::services::subscribe_browser::add_browser;
use informa::storage::ledger::State;
use informa::storage::opportunities;

use crate::support::app::TestApp;
use crate::support::builders::{Person, Writing, a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    a_daily_digest_tells_the_next_morning_what_matched,
    a_weekly_digest_waits_for_monday,
    nothing_new_is_no_mail,
    a_person_with_two_profiles_gets_one_digest_with_merged_reasons,
    sections_stand_in_their_order_the_soonest_deadline_first,
    fifteen_are_listed_and_the_rest_is_in_the_inbox,
    what_closed_or_is_no_longer_wanted_is_left_out,
    what_is_matched_after_eight_is_told_the_next_day,
    a_missed_night_is_made_up_for_once,
    the_clock_may_change_in_the_night,
    an_edition_that_reached_nobody_is_folded_into_the_next,
    what_was_being_sent_when_the_next_edition_was_composed_is_not_lost,
    nobody_is_told_by_a_digest_of_what_another_profile_was_told,
    an_edition_is_opened_once_by_whoever_comes_first,
    a_crash_between_two_steps_loses_nothing,
    a_browser_gets_one_notification_for_the_digest,
    a_digest_by_mail_waits_on_its_push,
    a_topic_may_be_told_at_once_and_the_rest_daily,
    what_the_weekly_cap_held_back_is_in_the_digest,
    a_section_is_left_out_by_one_click_and_put_back_on_the_private_page,
    the_whole_digest_is_stopped_in_one_click,
    a_digest_by_mail_says_everything_in_both_languages,
}

fn daily() -> Person {
    a_citizen().told("daily")
}

/// Lets time pass until a wall clock in Rome shows `time`.
fn until(app: &TestApp, time: &str) {
    let delta = at(time).since(app.now());
    assert!(delta >= TimeDelta::zero(), "{time} is past");
    app.advance(delta);
}

/// Composes what is due and sends it.
async fn compose(app: &TestApp, frequency: Frequency) {
    compose_digests(app, frequency).await.unwrap();
    app.run_jobs().await;
}

async fn next_morning(app: &TestApp) {
    until(app, "2026-07-02T08:30:00");
    compose(app, Frequency::Daily).await;
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

async fn a_daily_digest_tells_the_next_morning_what_matched(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Pompe di calore")).await;
    assert!(app.relay.mails().is_empty(), "not before its time");
    next_morning(app).await;
    let mail = app.relay.only_mail_to("maria@example.org");
    assert_eq!(mail.subject(), "Contributi per il fotovoltaico e un altro avviso");
    let text = mail.text();
    for words in [
        "Contributi per il fotovoltaico",
        "Pompe di calore",
        "Perché segui",
        "un riepilogo al giorno",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    app.run_jobs().await;
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app).len(), 1, "once");
}

async fn a_weekly_digest_waits_for_monday(app: &TestApp) {
    app.subscribe(&a_citizen().told("weekly")).await;
    app.publish(&a_call()).await;
    until(app, "2026-07-05T23:00:00");
    compose(app, Frequency::Daily).await;
    compose(app, Frequency::Weekly).await;
    assert!(app.relay.mails().is_empty(), "the edition of last Monday holds nothing");
    until(app, "2026-07-06T08:30:00");
    compose(app, Frequency::Weekly).await;
    let text = app.relay.only_mail_to("maria@example.org").text();
    assert!(text.contains("un riepilogo alla settimana"), "{text}");
}

async fn nothing_new_is_no_mail(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call().about(&["social"])).await;
    next_morning(app).await;
    assert!(app.relay.mails().is_empty());
    let owed = rows::integers(&app.database, "select count(*) from notifications where lane = 3").await;
    assert_eq!(owed[0][0], 0);
}

async fn a_person_with_two_profiles_gets_one_digest_with_merged_reasons(app: &TestApp) {
    let subscriber = app.subscribe(&daily()).await;
    let business = an_operator().told("daily").following(&["environment-energy"]);
    save_profile(app, subscriber, &business.choices(&app.vocabulary()))
        .await
        .unwrap();
    app.publish(&a_call()).await;
    next_morning(app).await;
    let text = app.relay.only_mail_to("maria@example.org").text();
    assert_eq!(
        text.matches("Bando: Contributi per il fotovoltaico").count(),
        1,
        "{text}"
    );
}

async fn sections_stand_in_their_order_the_soonest_deadline_first(app: &TestApp) {
    app.subscribe(&daily()).await;
    let later = a_call().titled("Più tardi");
    let soon = a_call()
        .titled("Tra quattro giorni")
        .closing(Some(at("2026-07-06T12:00:00")));
    let sooner = a_call()
        .titled("Tra due giorni")
        .closing(Some(at("2026-07-04T12:00:00")));
    let news = a_call().titled("Una notizia").kind(OpportunityKind::News).closing(None);
    let event = a_call().titled("Un evento").kind(OpportunityKind::Event);
    for writing in [&news, &event, &later, &soon, &sooner] {
        app.publish(writing).await;
    }
    next_morning(app).await;
    let text = app.relay.only_mail_to("maria@example.org").text();
    let order = [
        "In scadenza",
        "Tra due giorni",
        "Tra quattro giorni",
        "Nuovi",
        "Più tardi",
        "Eventi",
        "Un evento",
        "Notizie",
        "Una notizia",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|words| text.find(&format!("{words}\n"))).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{places:?} in\n{text}"
    );
    assert_eq!(
        text.matches("/disiscriviti/sezione/").count(),
        4,
        "each section can be stopped"
    );
}

async fn fifteen_are_listed_and_the_rest_is_in_the_inbox(app: &TestApp) {
    app.subscribe(&daily()).await;
    for number in 1..=18 {
        app.publish(&a_call().titled(&format!("Bando numero {number:02}")))
            .await;
    }
    next_morning(app).await;
    let mail = app.relay.only_mail_to("maria@example.org");
    let text = mail.text();
    assert_eq!(text.matches("\nBando numero").count(), 15, "{text}");
    assert!(text.contains("Ci sono altri 3 avvisi"), "{text}");
    assert!(text.contains("https://informa.example.org/avvisi\n"), "{text}");
    assert!(mail.subject().ends_with("e altri 17 avvisi"), "{}", mail.subject());
    assert!(mail.subject().chars().count() <= 60);
}

async fn what_closed_or_is_no_longer_wanted_is_left_out(app: &TestApp) {
    let subscriber = app.subscribe(&daily()).await;
    app.publish(
        &a_call()
            .titled("Chiude stanotte")
            .opening(None)
            .closing(Some(at("2026-07-02T01:00:00"))),
    )
    .await;
    app.publish(
        &a_call()
            .titled("Chiude alle nove")
            .opening(None)
            .closing(Some(at("2026-07-02T09:00:00"))),
    )
    .await;
    let muted = app.publish(&a_call().titled("Nascosto")).await;
    app.publish(&a_call().titled("Resta")).await;
    informa::services::save_profile::mute_opportunity(app, subscriber, muted.id)
        .await
        .unwrap();
    until(app, "2026-07-02T08:30:00");
    compose_digests(app, Frequency::Daily).await.unwrap();
    fan_out(app).await.unwrap();
    until(app, "2026-07-02T09:30:00");
    app.run_jobs().await;
    assert_eq!(subjects(app), ["Resta"]);
    let folded = rows::integers(&app.database, "select count(*) from matches where edition_id is null").await;
    assert_eq!(folded[0][0], 1, "what had closed was not folded");
}

async fn what_is_matched_after_eight_is_told_the_next_day(app: &TestApp) {
    app.subscribe(&daily()).await;
    until(app, "2026-07-02T07:59:00");
    app.publish(&a_call().titled("Prima delle otto")).await;
    until(app, "2026-07-02T08:00:00");
    app.publish(&a_call().titled("Alle otto")).await;
    next_morning(app).await;
    assert_eq!(subjects(app), ["Prima delle otto"]);
    until(app, "2026-07-03T08:30:00");
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app), ["Prima delle otto", "Alle otto"]);
}

async fn a_missed_night_is_made_up_for_once(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    until(app, "2026-07-04T15:00:00");
    compose(app, Frequency::Daily).await;
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app), ["Contributi per il fotovoltaico"]);
    let editions = rows::integers(
        &app.database,
        "select count(*) from occasions where kind = 'daily_digest'",
    )
    .await;
    assert_eq!(editions[0][0], 1);
}

async fn the_clock_may_change_in_the_night(app: &TestApp) {
    app.subscribe(&daily()).await;
    for (evening, morning) in [("2027-03-27", "2027-03-28"), ("2027-10-30", "2027-10-31")] {
        until(app, &format!("{evening}T20:00:00"));
        let closing = Some(at(&format!("{morning}T23:00:00")));
        app.publish(&a_call().titled(evening).opening(None).closing(closing))
            .await;
        until(app, &format!("{morning}T08:29:00"));
        compose(app, Frequency::Daily).await;
        assert!(!subjects(app).iter().any(|subject| subject == evening));
        until(app, &format!("{morning}T08:30:00"));
        compose(app, Frequency::Daily).await;
        assert_eq!(subjects(app).iter().filter(|subject| *subject == evening).count(), 1);
    }
}

async fn an_edition_that_reached_nobody_is_folded_into_the_next(app: &TestApp) {
    let person = daily();
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    app.relay.refuse(&person.email, Stage::Recipient, "451 4.3.0 later");
    until(app, "2026-07-02T08:30:00");
    compose_digests(app, Frequency::Daily).await.unwrap();
    fan_out(app).await.unwrap();
    until(app, "2026-07-03T08:30:00");
    app.relay.accept(&person.email);
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty(), "what is past its use is not sent");
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app), ["Contributi per il fotovoltaico"]);
    until(app, "2026-07-04T08:30:00");
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app).len(), 1, "and once only");
}

async fn what_was_being_sent_when_the_next_edition_was_composed_is_not_lost(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    until(app, "2026-07-02T08:30:00");
    compose_digests(app, Frequency::Daily).await.unwrap();
    fan_out(app).await.unwrap();
    let lost = at("2026-07-03T08:31:00").milliseconds();
    let claim =
        format!("update notifications set state = 2, claim = 1, attempts = 1, lease_until = {lost} where lane = 3");
    rows::execute(&app.database, &claim).await;
    until(app, "2026-07-03T08:30:00");
    compose(app, Frequency::Daily).await;
    until(app, "2026-07-03T08:32:00");
    app.run_jobs().await;
    assert!(
        app.relay.mails().is_empty(),
        "its worker was lost, and it is past its use"
    );
    until(app, "2026-07-04T08:30:00");
    compose(app, Frequency::Daily).await;
    assert_eq!(subjects(app), ["Contributi per il fotovoltaico"]);
}

/// A person with two profiles is told by the sooner, also where the later one comes to match only after that.
async fn nobody_is_told_by_a_digest_of_what_another_profile_was_told(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    for (other, weekly) in [
        (an_operator().told("daily"), false),
        (an_operator().told("weekly"), true),
    ] {
        let wishes = if weekly { daily() } else { a_citizen() };
        for profile in [&wishes, &other] {
            save_profile(app, subscriber, &profile.choices(&app.vocabulary()))
                .await
                .unwrap();
        }
        app.publish(&a_call().titled(&format!("Per entrambi, {weekly}"))).await;
        until(
            app,
            if weekly {
                "2026-07-04T08:30:00"
            } else {
                "2026-07-02T08:30:00"
            },
        );
        compose(app, Frequency::Daily).await;
    }
    let told = ["Bando: Per entrambi, false", "Per entrambi, true"];
    assert_eq!(subjects(app), told, "at once, and by the daily digest");
    // As where a revision comes to concern the second profile.
    rows::execute(
        &app.database,
        "update matches set edition_id = null where frequency = 2 and edition_id is not null",
    )
    .await;
    until(app, "2026-07-06T08:30:00");
    compose(app, Frequency::Weekly).await;
    assert_eq!(subjects(app), told);
}

async fn an_edition_is_opened_once_by_whoever_comes_first(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    until(app, "2026-07-02T08:30:00");
    let other = app.another_process(|_| {}).await;
    let work = async |program: &informa::app::App| {
        let opened = compose_digests(program, Frequency::Daily).await.unwrap();
        fan_out(program).await.unwrap();
        dispatch_outbox(program).await.unwrap();
        opened
    };
    let (one, two) = tokio::join!(work(app), work(&other));
    assert_eq!(one + two, 1);
    other.database.close().await;
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 1);
}

async fn a_crash_between_two_steps_loses_nothing(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    until(app, "2026-07-02T08:30:00");
    // Each process ends after one step.
    for step in 0..3 {
        let process = app.another_process(|_| {}).await;
        match step {
            0 => _ = compose_digests(&process, Frequency::Daily).await.unwrap(),
            1 => _ = fan_out(&process).await.unwrap(),
            _ => _ = dispatch_outbox(&process).await.unwrap(),
        }
        process.database.close().await;
    }
    assert_eq!(subjects(app), ["Contributi per il fotovoltaico"]);
}

async fn a_browser_gets_one_notification_for_the_digest(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&daily().by(&["web_push"])).await;
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Pompe di calore")).await;
    next_morning(app).await;
    let message = app.push_service.only_message_to(&browser);
    assert_eq!(message.title(), "2 nuovi avvisi per te");
}

async fn a_digest_by_mail_waits_on_its_push(app: &TestApp) {
    let subscriber = app.subscribe(&daily()).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let wishes = daily().by(&["web_push", "email_fallback"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &wishes).await.unwrap();
    app.publish(&a_call()).await;
    next_morning(app).await;
    app.push_service.only_message_to(&browser);
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 1);
}

async fn a_topic_may_be_told_at_once_and_the_rest_daily(app: &TestApp) {
    let subscriber = app.subscribe(&daily()).await;
    let vocabulary = app.vocabulary();
    let mut choices = daily().following(&["environment", "social"]).choices(&vocabulary);
    let social = vocabulary.topics.by_code("social").unwrap().id;
    let at_once = TellingOverride {
        frequency: Some(Frequency::Immediate),
        channels: None,
    };
    choices.topics.insert(social, at_once);
    save_profile(app, subscriber, &choices).await.unwrap();
    app.publish(&a_call().titled("Subito").about(&["social"])).await;
    app.publish(&a_call().titled("Domani")).await;
    assert_eq!(subjects(app), ["Bando: Subito"]);
    next_morning(app).await;
    assert_eq!(subjects(app), ["Bando: Subito", "Domani"]);
}

async fn what_the_weekly_cap_held_back_is_in_the_digest(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    for number in 0..7 {
        app.publish(&a_call().titled(&format!("Numero {number}"))).await;
    }
    assert_eq!(app.push_service.messages_to(&browser).len(), 5);
    next_morning(app).await;
    let messages = app.push_service.messages_to(&browser);
    assert_eq!(messages.last().unwrap().title(), "2 nuovi avvisi per te");
    assert_eq!(messages.len(), 6);
}

/// The path of the link that stops the first section of a digest.
fn stop_path(mail: &Mail) -> String {
    let text = mail.text();
    let start = text.find("/disiscriviti/sezione/").expect("a link");
    text[start..].split_whitespace().next().unwrap().to_owned()
}

async fn a_section_is_left_out_by_one_click_and_put_back_on_the_private_page(app: &TestApp) {
    let subscriber = app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    next_morning(app).await;
    let path = stop_path(&app.relay.only_mail_to("maria@example.org"));
    let mut reader = Reader::new(app);
    let asked = reader.open(&path).await;
    assert!(asked.words("main").contains("«Nuovi»"), "{}", asked.text);
    publish_for_tomorrow(app, "2026-07-03").await;
    assert_eq!(subjects(app).len(), 2, "looking switches nothing off");
    for _ in 0..2 {
        let stopped = reader.send_only(&path, &[]).await;
        assert_eq!(stopped.location(), "/disiscriviti/sezione/fatto");
    }
    publish_for_tomorrow(app, "2026-07-04").await;
    assert_eq!(subjects(app).len(), 2, "its only section is switched off");
    put_back(app, subscriber).await;
    publish_for_tomorrow(app, "2026-07-05").await;
    assert_eq!(subjects(app).len(), 3);
    let forged = reader.open("/disiscriviti/sezione/AAAA").await;
    assert_eq!(forged.status, 404);
}

async fn publish_for_tomorrow(app: &TestApp, date: &str) {
    app.publish(&a_call().titled(date)).await;
    until(app, &format!("{date}T08:30:00"));
    compose(app, Frequency::Daily).await;
}

async fn put_back(app: &TestApp, subscriber: SubscriberId) {
    choose_sections(app, subscriber, &informa::domain::digest::Section::ALL)
        .await
        .unwrap();
}

async fn the_whole_digest_is_stopped_in_one_click(app: &TestApp) {
    app.subscribe(&daily()).await;
    app.publish(&a_call()).await;
    next_morning(app).await;
    let mail = app.relay.only_mail_to("maria@example.org");
    assert_eq!(
        mail.header("List-Unsubscribe-Post").as_deref(),
        Some("List-Unsubscribe=One-Click")
    );
    let header = mail.header("List-Unsubscribe").expect("the address");
    let path = header
        .split(['<', '>'])
        .find_map(|it| it.strip_prefix("https://informa.example.org"));
    let mut reader = Reader::new(app);
    let answer = reader
        .send_only(path.expect("an address of ours"), &[("List-Unsubscribe", "One-Click")])
        .await;
    assert_eq!(answer.status, 200);
    publish_for_tomorrow(app, "2026-07-03").await;
    assert_eq!(subjects(app).len(), 1);
}

async fn publish_id(app: &TestApp, writing: &Writing) -> OpportunityId {
    let id = app.draft(writing).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    id
}

async fn a_digest_by_mail_says_everything_in_both_languages(app: &TestApp) {
    for (language, email) in [("it", "maria@example.org"), ("en", "mary@example.org")] {
        let person = daily().called(email);
        let language = informa::domain::language::Language::from_code(language).unwrap();
        app.subscribe(&person.reading(language)).await;
    }
    let soon = a_call()
        .titled("Chiude sabato")
        .closing(Some(at("2026-07-04T12:00:00")));
    let ids = [publish_id(app, &a_call()).await, publish_id(app, &soon).await];
    app.run_jobs().await;
    let mut transaction = app.database.read().await.unwrap();
    assert_eq!(opportunities::find_many(&mut transaction, &ids).await.unwrap().len(), 2);
    drop(transaction);
    next_morning(app).await;
    for (email, heading, frequency) in [
        (
            "maria@example.org",
            "I tuoi avvisi di oggi",
            "Hai chiesto un riepilogo al giorno",
        ),
        (
            "mary@example.org",
            "Your notifications for today",
            "You asked for a digest a day",
        ),
    ] {
        let mail = app.relay.only_mail_to(email);
        let (text, html) = (mail.text(), mail.html());
        for words in [
            heading,
            frequency,
            "Chiude sabato",
            "Contributi per il fotovoltaico",
            "Regione Lombardia",
        ] {
            assert!(text.contains(words), "{words} is not in\n{text}");
            assert!(html.contains(words), "{words} is not in the HTML");
        }
        assert!(html.len() < 100_000);
        let marked = "lang=\"it\">Contributi per il fotovoltaico</a>";
        assert_eq!(
            html.contains(marked),
            email.starts_with("mary"),
            "only what is not the mail's own language"
        );
        for title in ["Chiude sabato", "Contributi per il fotovoltaico"] {
            assert_eq!(
                html.matches(&format!(">: {title}</span></a>")).count(),
                2,
                "each link says of which"
            );
            assert_eq!(text.matches(&format!(" ({title}): https://")).count(), 2, "{text}");
        }
    }
}
