// SPDX-License-Identifier: EUPL-1.2
//! What follows a publication: changes to those who know the opportunity, reminders to those who want them, once.

use chrono::TimeDelta;
use informa::domain::ids::{OpportunityId, SubscriberId};
use informa::domain::notification::Channel;
use informa::domain::opportunity::{Opportunity, OpportunityKind, Status};
use informa::domain::profile::Frequency;
use informa::domain::reminder::{Lead, Leads};
use informa::services::compose_digests::compose_digests;
use informa::services::fold_notifications::fold_notifications;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::remind::remind;
use informa::services::revise_published::{Turn, revise_published, turn};
use informa::services::save_for_later::{choose_reminders, drop_saved, save_for_later};
use informa::services::save_profile::{mute_opportunity, save_profile};
use informa::storage::ledger::State;

use crate::support::app::TestApp;
use crate::support::builders::{MILAN, Person, Writing, a_call, a_citizen, an_operator, at};
use crate::support::on_both_engines;
use crate::support::rows;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    a_moved_deadline_is_told_once_with_what_has_changed,
    an_edit_of_words_tells_nobody_unless_the_editor_says_so,
    whoever_is_newly_concerned_hears_of_the_publication_alone,
    whoever_is_told_only_after_the_change_reads_it_there,
    whoever_saved_it_is_told_wherever_they_are,
    what_is_muted_says_nothing_more,
    used_up_funds_are_told_and_end_what_was_still_to_be_said,
    a_note_on_what_is_over_is_told_to_those_who_know_it,
    results_are_told_after_the_deadline,
    what_is_withdrawn_says_so_once,
    a_draft_and_what_was_withdrawn_take_no_turn,
    a_push_makes_itself_heard_again_when_the_deadline_moves,
    a_mail_waits_on_the_push_of_a_change,
    a_daily_reader_finds_changes_in_the_digest,
    two_profiles_of_a_person_are_told_once,
    what_the_weekly_cap_held_back_of_a_change_is_in_the_digest,
    whoever_was_told_long_ago_is_told_of_a_change,
    saved_opportunities_are_reminded_of_a_week_and_a_day_before,
    lead_times_are_each_persons_own,
    matched_opportunities_are_reminded_of_if_wanted,
    a_reminder_comes_at_once_also_to_who_reads_a_digest,
    after_an_outage_only_the_last_reminder_is_told,
    a_moved_deadline_takes_its_reminders_along,
    a_call_that_opens_at_an_hour_is_told_on_its_eve,
    what_opens_without_a_deadline_is_not_called_open,
    moved_dates_read_as_a_sentence,
    a_digest_says_first_what_happened_and_says_it_once,
    an_event_is_reminded_of_before_it_begins,
    a_deadline_moved_into_the_past_is_told,
    an_opening_and_a_deadline_are_reminded_of_in_one_message,
}

/// Changes what was published and does what follows.
async fn revise(app: &TestApp, opportunity: &Opportunity, writing: &Writing, note: &str) -> Opportunity {
    let content = writing.content(&app.vocabulary());
    let revised = revise_published(app, app.editor, opportunity.id, &content, note)
        .await
        .unwrap();
    app.run_jobs().await;
    revised
}

async fn take(app: &TestApp, opportunity: &Opportunity, what: Turn, note: &str) -> Opportunity {
    let turned = turn(app, app.editor, opportunity.id, what, note).await.unwrap();
    app.run_jobs().await;
    turned
}

/// Lets time pass until a wall clock in Rome shows `time`, and does what is due then.
async fn until(app: &TestApp, time: &str) {
    let delta = at(time).since(app.now());
    assert!(delta >= TimeDelta::zero(), "{time} is past");
    app.advance(delta);
    app.run_jobs().await;
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

fn extended() -> Writing {
    a_call().closing(Some(at("2026-10-15T12:00:00")))
}

async fn with_browser(app: &TestApp, person: &Person) -> (SubscriberId, crate::support::push_service::Browser) {
    app.subscribe_browser(person).await
}

async fn a_moved_deadline_is_told_once_with_what_has_changed(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(2));
    revise(app, &call, &extended(), "").await;
    assert_eq!(
        subjects(app),
        [
            "Bando: Contributi per il fotovoltaico",
            "Prorogato: Contributi per il fotovoltaico"
        ]
    );
    let mail = app.relay.mails().pop().unwrap();
    for words in [
        "Scadenza: dal 30 settembre al 15 ottobre 2026 alle 12:00",
        "Perché segui",
        "che cosa è cambiato",
        "Contributi per il fotovoltaico",
    ] {
        assert!(mail.text().contains(words), "{words} is not in\n{}", mail.text());
        assert!(mail.html().contains(words), "{words} is not in\n{}", mail.html());
    }
    app.run_jobs().await;
    revise(app, &call, &extended(), "").await;
    assert_eq!(subjects(app).len(), 2, "saved again as it is, it says nothing");
}

async fn an_edit_of_words_tells_nobody_unless_the_editor_says_so(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    let renamed = a_call()
        .titled("Contributi per il solare")
        .summed_up("Un altro riassunto.");
    revise(app, &call, &renamed, "").await;
    assert_eq!(subjects(app), [""; 0]);
    revise(app, &call, &renamed, "Riguarda anche il solare termico.").await;
    assert_eq!(subjects(app), ["Aggiornato: Contributi per il solare"]);
    let text = app.relay.mails()[0].text();
    assert!(text.contains("Riguarda anche il solare termico."), "{text}");
}

async fn whoever_is_newly_concerned_hears_of_the_publication_alone(app: &TestApp) {
    let (maria, milanese) = (a_citizen(), a_citizen().called("ugo@example.org").in_areas(&[MILAN]));
    app.subscribe(&maria).await;
    app.subscribe(&milanese).await;
    let call = app.publish(&a_call().in_areas(&["016"])).await;
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    revise(app, &call, &extended(), "").await;
    let told = |email: &str| app.relay.mails_to(email).iter().map(Mail::subject).collect::<Vec<_>>();
    assert_eq!(told(&maria.email), ["Prorogato: Contributi per il fotovoltaico"]);
    assert_eq!(told(&milanese.email), ["Bando: Contributi per il fotovoltaico"]);
}

async fn whoever_is_told_only_after_the_change_reads_it_there(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Recipient, "451 4.3.0 try again later");
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::seconds(10));
    revise(app, &call, &extended(), "").await;
    app.relay.accept(&person.email);
    app.advance(TimeDelta::minutes(5));
    app.run_jobs().await;
    assert_eq!(subjects(app), ["Bando: Contributi per il fotovoltaico"]);
    let text = app.relay.mails()[0].text();
    assert!(text.contains("15 ottobre 2026"), "{text}");
}

async fn whoever_saved_it_is_told_wherever_they_are(app: &TestApp) {
    let milanese = app.subscribe(&a_citizen().in_areas(&[MILAN])).await;
    let call = app.publish(&a_call().in_areas(&["016"])).await;
    assert_eq!(subjects(app), [""; 0], "it does not concern them");
    save_for_later(app, milanese, call.id).await.unwrap();
    save_for_later(app, milanese, call.id).await.unwrap();
    app.advance(TimeDelta::days(1));
    revise(app, &call, &extended().in_areas(&["016"]), "").await;
    assert_eq!(subjects(app), ["Prorogato: Contributi per il fotovoltaico"]);
    let text = app.relay.mails()[0].text();
    assert!(text.contains("Perché l'hai salvato"), "{text}");
    drop_saved(app, milanese, call.id).await.unwrap();
    revise(app, &call, &a_call().in_areas(&["016"]), "").await;
    assert_eq!(subjects(app).len(), 1, "saved no more");
}

async fn what_is_muted_says_nothing_more(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    mute_opportunity(app, subscriber, call.id).await.unwrap();
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    revise(app, &call, &extended(), "Prorogato.").await;
    until(app, "2026-10-14T09:00:00").await;
    assert_eq!(subjects(app), [""; 0]);
}

async fn used_up_funds_are_told_and_end_what_was_still_to_be_said(app: &TestApp) {
    let (maria, ugo) = (a_citizen(), a_citizen().called("ugo@example.org"));
    app.subscribe(&maria).await;
    app.subscribe(&ugo).await;
    app.relay
        .refuse(&ugo.email, Stage::Recipient, "451 4.3.0 try again later");
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::seconds(10));
    let turned = take(app, &call, Turn::Exhausted, "Dal 5 luglio non si può più fare domanda.").await;
    assert_eq!(turned.status, Status::Exhausted);
    app.relay.accept(&ugo.email);
    app.advance(TimeDelta::minutes(5));
    app.run_jobs().await;
    assert_eq!(
        subjects(app),
        [
            "Bando: Contributi per il fotovoltaico",
            "Fondi esauriti: Contributi per il fotovoltaico"
        ]
    );
    assert_eq!(
        app.relay.mails_to(&ugo.email).len(),
        0,
        "what they were not told of is over"
    );
    let again = turn(app, app.editor, call.id, Turn::Exhausted, "").await;
    assert!(again.is_err(), "once");
    let reopened = revise(app, &call, &extended(), "").await;
    assert_eq!(reopened.status, Status::Published);
    let told: Vec<String> = app.relay.mails_to(&maria.email).iter().map(Mail::subject).collect();
    assert_eq!(told.last().unwrap(), "Di nuovo aperto: Contributi per il fotovoltaico");
}

async fn a_note_on_what_is_over_is_told_to_those_who_know_it(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let exhausted = app.publish(&a_call()).await;
    let closes = Some(at("2026-07-03T12:00:00"));
    let past = app.publish(&a_call().titled("Breve").closing(closes)).await;
    app.run_jobs().await;
    turn(app, app.editor, exhausted.id, Turn::Exhausted, "").await.unwrap();
    until(app, "2026-07-05T10:00:00").await;
    informa::services::close_opportunities::close_opportunities(app)
        .await
        .unwrap();
    app.relay.forget();
    let shorter = a_call().summed_up("Un altro riassunto.");
    revise(app, &exhausted, &shorter, "").await;
    let brief = a_call().titled("Breve").closing(closes);
    revise(app, &past, &brief.clone().summed_up("Altro."), "").await;
    assert_eq!(subjects(app), [""; 0], "without a note it is silent");
    revise(app, &exhausted, &shorter, "Il modulo era sbagliato.").await;
    let after = revise(app, &past, &brief, "La graduatoria esce a settembre.").await;
    assert_eq!(after.status, Status::Closed);
    assert_eq!(
        subjects(app),
        ["Aggiornato: Contributi per il fotovoltaico", "Aggiornato: Breve"]
    );
    let text = app.relay.mails()[1].text();
    assert!(text.contains("La graduatoria esce a settembre."), "{text}");
}

async fn results_are_told_after_the_deadline(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    until(app, "2026-11-20T10:00:00").await;
    app.relay.forget();
    let closed = take(app, &call, Turn::Results, "La graduatoria è sul sito.").await;
    assert_eq!(closed.status, Status::Closed);
    assert_eq!(subjects(app), ["Risultati pubblicati: Contributi per il fotovoltaico"]);
    assert!(app.relay.mails()[0].text().contains("La graduatoria è sul sito."));
}

async fn what_is_withdrawn_says_so_once(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    app.advance(TimeDelta::days(1));
    app.relay.forget();
    take(app, &call, Turn::Withdrawn, "").await;
    assert_eq!(subjects(app), ["Ritirato: Contributi per il fotovoltaico"]);
    until(app, "2026-09-29T09:00:00").await;
    assert_eq!(subjects(app).len(), 1, "no reminder of what was withdrawn");
}

async fn a_draft_and_what_was_withdrawn_take_no_turn(app: &TestApp) {
    let draft = app.draft(&a_call()).await;
    let content = extended().content(&app.vocabulary());
    assert!(revise_published(app, app.editor, draft, &content, "").await.is_err());
    for what in Turn::ALL {
        assert!(turn(app, app.editor, draft, what, "").await.is_err(), "{}", what.code());
    }
    publish_opportunity(app, app.editor, draft).await.unwrap();
    turn(app, app.editor, draft, Turn::Withdrawn, "").await.unwrap();
    assert!(revise_published(app, app.editor, draft, &content, "").await.is_err());
    assert!(turn(app, app.editor, draft, Turn::Results, "").await.is_err());
    assert!(
        turn(app, app.editor, OpportunityId(9_999), Turn::Results, "")
            .await
            .is_err()
    );
    let news = app.publish(&a_call().kind(OpportunityKind::News).closing(None)).await;
    assert!(
        turn(app, app.editor, news.id, Turn::Exhausted, "").await.is_err(),
        "news have no funds"
    );
    app.run_jobs().await;
}

async fn a_push_makes_itself_heard_again_when_the_deadline_moves(app: &TestApp) {
    let (_, browser) = with_browser(app, &a_citizen().by(&["web_push"])).await;
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.push_service.forget();
    revise(app, &call, &a_call(), "La pagina dell'ente è cambiata.").await;
    let corrected = app.push_service.only_message_to(&browser);
    assert_eq!(corrected.title(), "Aggiornato: Contributi per il fotovoltaico");
    assert!(
        corrected.body().starts_with("La pagina dell'ente è cambiata."),
        "{}",
        corrected.body()
    );
    assert_eq!(corrected.payload["notification"]["renotify"], serde_json::Value::Null);
    app.push_service.forget();
    revise(app, &call, &extended(), "").await;
    let moved = app.push_service.only_message_to(&browser);
    assert_eq!(moved.title(), "Prorogato: Contributi per il fotovoltaico");
    assert_eq!(moved.payload["notification"]["renotify"], true);
    assert_eq!(moved.payload["notification"]["tag"], call.token.as_str());
}

async fn a_mail_waits_on_the_push_of_a_change(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email_fallback"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    informa::services::subscribe_browser::add_browser(app, subscriber, &browser.subscription())
        .await
        .unwrap();
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::days(1));
    app.push_service.forget();
    revise(app, &call, &extended(), "").await;
    app.push_service.only_message_to(&browser);
    assert_eq!(subjects(app), [""; 0]);
    assert_eq!(
        app.count(Channel::Email, State::Suppressed).await,
        2,
        "told by push, twice"
    );
}

async fn a_daily_reader_finds_changes_in_the_digest(app: &TestApp) {
    app.subscribe(&a_citizen().told("daily")).await;
    let call = app.publish(&a_call()).await;
    until(app, "2026-07-02T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    app.relay.forget();
    until(app, "2026-07-02T15:00:00").await;
    revise(app, &call, &extended(), "").await;
    assert_eq!(subjects(app), [""; 0], "not before its time");
    until(app, "2026-07-03T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let text = app.relay.only_mail_to("maria@example.org").text();
    for words in [
        "Cambiati",
        "Prorogato",
        "Scadenza: dal 30 settembre al 15 ottobre 2026 alle 12:00",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    until(app, "2026-07-04T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 1, "once");
}

async fn two_profiles_of_a_person_are_told_once(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let business = an_operator().told("daily");
    save_profile(app, subscriber, &business.choices(&app.vocabulary()))
        .await
        .unwrap();
    let call = app.publish(&a_call()).await;
    app.advance(TimeDelta::minutes(5));
    app.relay.forget();
    revise(app, &call, &extended(), "").await;
    assert_eq!(subjects(app), ["Prorogato: Contributi per il fotovoltaico"]);
    until(app, "2026-07-02T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert_eq!(subjects(app).len(), 1, "the digest says nothing that was told at once");
}

async fn what_the_weekly_cap_held_back_of_a_change_is_in_the_digest(app: &TestApp) {
    let (_, browser) = with_browser(app, &a_citizen().by(&["web_push"])).await;
    let mut calls = Vec::new();
    for number in 1..=5 {
        calls.push(app.publish(&a_call().titled(&format!("Bando {number}"))).await);
    }
    app.advance(TimeDelta::minutes(5));
    app.push_service.forget();
    revise(app, &calls[0], &extended().titled("Bando 1"), "").await;
    assert_eq!(
        app.push_service.messages_to(&browser).len(),
        0,
        "five were told this week"
    );
    until(app, "2026-07-02T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let digest = app.push_service.only_message_to(&browser);
    assert_eq!((digest.title(), digest.body()), ("Un nuovo avviso per te", "Bando 1"));
}

async fn whoever_was_told_long_ago_is_told_of_a_change(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call().closing(None)).await;
    app.advance(TimeDelta::days(200));
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    app.relay.forget();
    let closes = Some(at("2027-03-31T12:00:00"));
    revise(app, &call, &a_call().closing(closes), "").await;
    assert_eq!(subjects(app), ["Scadenza fissata: Contributi per il fotovoltaico"]);
    app.advance(TimeDelta::days(200));
    app.run_jobs().await;
    fold_notifications(app).await.unwrap();
    if app.database.engine() == informa::storage::Engine::Sqlite {
        assert_eq!(
            rows::integers(&app.database, "select count(*) from follow_ups").await,
            [[0]]
        );
    }
}

async fn saved_opportunities_are_reminded_of_a_week_and_a_day_before(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    app.publish(&a_call().titled("Non salvato")).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    app.relay.forget();
    until(app, "2026-09-23T08:59:00").await;
    assert_eq!(subjects(app), [""; 0]);
    until(app, "2026-09-23T09:00:00").await;
    assert_eq!(subjects(app), ["Scade tra 7 giorni: Contributi per il fotovoltaico"]);
    until(app, "2026-09-29T09:00:00").await;
    assert_eq!(
        subjects(app).last().unwrap(),
        "Scade domani: Contributi per il fotovoltaico"
    );
    let text = app.relay.mails().pop().unwrap().text();
    assert!(text.contains("Hai chiesto un promemoria"), "{text}");
    assert_eq!(remind(app).await.unwrap(), 0, "each once");
    until(app, "2026-10-02T09:00:00").await;
    assert_eq!(subjects(app).len(), 2);
}

async fn lead_times_are_each_persons_own(app: &TestApp) {
    let leads = |days: &[i64]| -> Leads { days.iter().filter_map(|days| Lead::from_days(*days)).collect() };
    let call = app.publish(&a_call()).await;
    for (email, days) in [
        ("trenta@example.org", leads(&[30])),
        ("mai@example.org", Leads::NONE),
        ("tre@example.org", leads(&[3])),
    ] {
        let subscriber = app.subscribe(&a_citizen().called(email)).await;
        save_for_later(app, subscriber, call.id).await.unwrap();
        choose_reminders(app, subscriber, days, false).await.unwrap();
    }
    let mut told = Vec::new();
    for day in ["08-31", "09-16", "09-23", "09-27", "09-29"] {
        app.relay.forget();
        until(app, &format!("2026-{day}T09:00:00")).await;
        told.extend(app.relay.mails().iter().map(|mail| (day, mail.subject())));
    }
    let expected = [("08-31", "Scade tra 30 giorni"), ("09-27", "Scade tra 3 giorni")];
    let expected = expected.map(|(day, what)| (day, format!("{what}: Contributi per il fotovoltaico")));
    assert_eq!(told, expected);
}

async fn matched_opportunities_are_reminded_of_if_wanted(app: &TestApp) {
    let wanting = app.subscribe(&a_citizen()).await;
    app.subscribe(&a_citizen().called("ugo@example.org")).await;
    choose_reminders(app, wanting, Leads::default(), true).await.unwrap();
    app.publish(&a_call()).await;
    app.publish(&a_call().titled("Altrove").in_areas(&["01"])).await;
    app.relay.forget();
    until(app, "2026-09-23T09:00:00").await;
    assert_eq!(subjects(app), ["Scade tra 7 giorni: Contributi per il fotovoltaico"]);
    assert_eq!(app.relay.mails_to("maria@example.org").len(), 1);
}

async fn a_reminder_comes_at_once_also_to_who_reads_a_digest(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen().told("weekly")).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    until(app, "2026-09-29T09:00:00").await;
    assert_eq!(subjects(app), ["Scade domani: Contributi per il fotovoltaico"]);
}

async fn after_an_outage_only_the_last_reminder_is_told(app: &TestApp) {
    let both = app.subscribe(&a_citizen()).await;
    let week = app.subscribe(&a_citizen().called("ugo@example.org")).await;
    let call = app.publish(&a_call()).await;
    for subscriber in [both, week] {
        save_for_later(app, subscriber, call.id).await.unwrap();
    }
    let leads = Lead::from_days(7).into_iter().collect();
    choose_reminders(app, week, leads, false).await.unwrap();
    app.relay.forget();
    until(app, "2026-09-29T12:00:00").await;
    let said = "Scade domani: Contributi per il fotovoltaico";
    assert_eq!(
        subjects(app),
        [said, said],
        "to each once, the week's reminder too says how soon it is"
    );
}

async fn a_moved_deadline_takes_its_reminders_along(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    until(app, "2026-09-20T09:00:00").await;
    revise(app, &call, &extended(), "").await;
    app.relay.forget();
    until(app, "2026-09-29T09:00:00").await;
    assert_eq!(subjects(app), [""; 0], "the old date says nothing");
    until(app, "2026-10-08T09:00:00").await;
    assert_eq!(subjects(app), ["Scade tra 7 giorni: Contributi per il fotovoltaico"]);
    // Recorded, and overtaken before it was fanned out: the date is not the call's any more.
    app.advance(at("2026-10-14T09:00:00").since(app.now()));
    remind(app).await.unwrap();
    app.relay.forget();
    let later = a_call().closing(Some(at("2026-12-15T12:00:00")));
    revise(app, &call, &later, "").await;
    assert_eq!(subjects(app), ["Prorogato: Contributi per il fotovoltaico"]);
}

async fn a_call_that_opens_at_an_hour_is_told_on_its_eve(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let opens = Some(at("2026-07-20T10:00:00"));
    let call = app.publish(&a_call().opening(opens)).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    let leads = Lead::from_days(7).into_iter().collect();
    choose_reminders(app, subscriber, leads, false).await.unwrap();
    app.relay.forget();
    until(app, "2026-07-13T09:00:00").await;
    assert_eq!(subjects(app), [""; 0], "an opening is told on its eve alone");
    until(app, "2026-07-19T09:00:00").await;
    assert_eq!(
        subjects(app),
        ["Apre domani alle 10:00: Contributi per il fotovoltaico"]
    );
}

async fn what_opens_without_a_deadline_is_not_called_open(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let opens = Some(at("2026-07-20T10:00:00"));
    let call = app.publish(&a_call().opening(opens).closing(None)).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    app.relay.forget();
    until(app, "2026-07-19T09:00:00").await;
    let mail = app.relay.only_mail_to("maria@example.org");
    assert_eq!(mail.subject(), "Apre domani alle 10:00: Contributi per il fotovoltaico");
    let text = mail.text();
    assert!(text.contains("Scadenza: Nessuna scadenza indicata"), "{text}");
    for invented in ["aperto", "esaurimento"] {
        assert!(!text.to_lowercase().contains(invented), "{invented} in\n{text}");
    }
}

async fn moved_dates_read_as_a_sentence(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let call = app.publish(&a_call()).await;
    for (closes, said) in [
        (
            "2026-11-08T12:00:00",
            "Scadenza: dal 30 settembre all'8 novembre 2026 alle 12:00",
        ),
        (
            "2027-01-11T12:00:00",
            "Scadenza: dall'8 novembre 2026 alle 12:00 all'11 gennaio 2027 alle 12:00",
        ),
        (
            "2027-01-20T12:00:00",
            "Scadenza: dall'11 gennaio alle 12:00 al 20 gennaio 2027 alle 12:00",
        ),
    ] {
        app.advance(TimeDelta::days(1));
        app.relay.forget();
        revise(app, &call, &a_call().closing(Some(at(closes))), "").await;
        let text = app.relay.only_mail_to("maria@example.org").text();
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

async fn a_digest_says_first_what_happened_and_says_it_once(app: &TestApp) {
    let daily = app.subscribe(&a_citizen().told("daily")).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, daily, call.id).await.unwrap();
    until(app, "2026-07-02T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    app.relay.forget();
    turn(app, app.editor, call.id, Turn::Withdrawn, "").await.unwrap();
    app.run_jobs().await;
    until(app, "2026-07-03T08:30:00").await;
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let mail = app.relay.only_mail_to("maria@example.org");
    assert_eq!(mail.subject(), "Ritirato: Contributi per il fotovoltaico");
    assert_eq!(mail.text().matches("Ritirato").count(), 1, "{}", mail.text());
}

async fn an_event_is_reminded_of_before_it_begins(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let event = a_call()
        .kind(OpportunityKind::Event)
        .titled("Festa dell'energia")
        .opening(Some(at("2026-07-20T18:00:00")))
        .closing(Some(at("2026-07-20T23:00:00")));
    let event = app.publish(&event).await;
    save_for_later(app, subscriber, event.id).await.unwrap();
    app.relay.forget();
    until(app, "2026-07-13T09:00:00").await;
    until(app, "2026-07-19T09:00:00").await;
    assert_eq!(
        subjects(app),
        [
            "Comincia tra 7 giorni: Festa dell'energia",
            "Comincia domani alle 18:00: Festa dell'energia"
        ]
    );
}

async fn a_deadline_moved_into_the_past_is_told(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let daily = app
        .subscribe(&a_citizen().called("ugo@example.org").told("daily"))
        .await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, daily, call.id).await.unwrap();
    app.advance(TimeDelta::days(2));
    app.relay.forget();
    let past = a_call().opening(None).closing(Some(at("2026-06-30T12:00:00")));
    let closed = revise(app, &call, &past, "").await;
    assert_eq!(closed.status, Status::Closed);
    let said = "Chiuso in anticipo: Contributi per il fotovoltaico";
    assert_eq!(subjects(app), [said]);
    let text = app.relay.mails()[0].text();
    assert!(
        text.contains("Scadenza: dal 30 settembre al 30 giugno 2026 alle 12:00"),
        "{text}"
    );
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let digest = app.relay.mails_to("ugo@example.org").pop().expect("a digest");
    assert!(digest.text().contains("Chiuso in anticipo"), "{}", digest.text());
    revise(app, &call, &past.titled("Un altro nome"), "").await;
    assert_eq!(app.relay.mails_to("maria@example.org").len(), 1);
}

async fn an_opening_and_a_deadline_are_reminded_of_in_one_message(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let call = a_call()
        .opening(Some(at("2026-07-20T10:00:00")))
        .closing(Some(at("2026-07-26T12:00:00")));
    let call = app.publish(&call).await;
    save_for_later(app, subscriber, call.id).await.unwrap();
    app.relay.forget();
    until(app, "2026-07-19T09:00:00").await;
    assert_eq!(
        subjects(app),
        ["Apre domani alle 10:00: Contributi per il fotovoltaico"],
        "the week before the deadline begins on the same morning"
    );
    until(app, "2026-07-20T11:00:00").await;
    assert_eq!(subjects(app).len(), 1, "nor later");
    until(app, "2026-07-25T09:00:00").await;
    assert_eq!(
        subjects(app)[1],
        "Scade domani alle 12:00: Contributi per il fotovoltaico"
    );
}
