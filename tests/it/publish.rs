// SPDX-License-Identifier: EUPL-1.2
//! From an editor's draft to the people it concerns: who hears of it, by which way, how often, and why.

use chrono::TimeDelta;
use informa::domain::criteria::UnknownCode;
use informa::domain::ids::SubscriberId;
use informa::domain::language::Language;
use informa::domain::notification::Channel;
use informa::domain::opportunity::{OpportunityKind, PublishRefusal, Status, Unpublishable};
use informa::domain::profile::{Mute, ProfileKind};
use informa::services::choices::ChoiceCodes;
use informa::services::preview_audience::{list_audience, preview_audience};
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::read_inbox::read_inbox;
use informa::services::save_opportunity::change_draft;
use informa::services::save_profile::{remove_profile, save_profile};
use informa::services::subscribe_browser::add_browser;
use informa::services::{Error, Refusal};
use informa::storage::ledger::State;
use informa::storage::opportunity_lists::Filter;
use informa::storage::{audit_log, opportunities, opportunity_lists, profiles, revisions};

use crate::support::app::TestApp;
use crate::support::builders::{
    ALBINO, BERGAMO, LOMBARDY, MILAN, PIEDMONT, Person, Writing, a_call, a_citizen, an_authority, an_operator, at,
};
use crate::support::on_both_engines;
use crate::support::push_service::{Answer, Browser};
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    those_it_concerns_are_told_once_and_nobody_else,
    a_push_says_what_until_when_and_why,
    a_push_is_of_use_until_the_deadline_and_two_weeks_at_most,
    an_alert_is_urgent,
    a_screen_that_others_see_does_not_tell_what_somebody_needs,
    a_mail_waits_on_its_push_and_is_not_sent_when_the_push_is_accepted,
    a_mail_is_sent_when_no_push_is_accepted,
    a_mail_that_another_profile_wants_anyway_waits_for_no_push,
    one_browser_that_accepts_is_enough,
    a_mail_does_not_wait_for_a_browser_that_is_not_there,
    both_are_sent_to_those_who_asked_for_both,
    two_profiles_of_a_person_are_one_notification_with_the_reasons_of_both,
    two_profiles_that_want_different_ways_get_both,
    each_browser_of_a_person_is_told,
    those_who_want_a_digest_are_not_told_at_once,
    those_who_want_no_message_find_it_in_their_inbox,
    a_new_profile_finds_what_is_open_in_its_inbox_silently,
    a_changed_profile_finds_what_it_newly_concerns,
    what_is_past_its_deadline_is_closed_at_once_and_nobody_is_told,
    what_cannot_be_published_stays_a_draft_and_says_why,
    a_draft_that_asks_what_only_some_can_answer_must_say_whom_it_is_for,
    nothing_is_published_twice,
    a_published_opportunity_is_not_changed_by_hand,
    every_saved_state_is_kept,
    a_draft_is_seen_and_told_by_nobody,
    the_preview_counts_and_names_whom_it_will_reach,
    publishing_is_written_down,
    a_removed_profile_hears_nothing,
    a_muted_opportunity_is_not_told_again,
}

fn subjects(app: &TestApp, email: &str) -> Vec<String> {
    app.relay.mails_to(email).iter().map(Mail::subject).collect()
}

/// Somebody with a confirmed mailbox and a browser, who wants `channels`.
async fn with_browser(app: &TestApp, person: &Person, channels: &[&str]) -> (SubscriberId, Browser) {
    let subscriber = app.subscribe(person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let choices = person.clone().by(channels).choices(&app.vocabulary());
    save_profile(app, subscriber, &choices).await.unwrap();
    app.run_jobs().await;
    (subscriber, browser)
}

async fn those_it_concerns_are_told_once_and_nobody_else(app: &TestApp) {
    let concerned = [
        a_citizen().called("bergamo@example.org").in_areas(&[BERGAMO]),
        a_citizen().called("italia@example.org").in_areas(&["IT"]),
        a_citizen().called("ovunque@example.org").in_areas(&[]),
        a_citizen().called("tutto@example.org").following(&["everything"]),
        an_authority().called("comune@example.org"),
    ];
    let others = [
        a_citizen().called("piemonte@example.org").in_areas(&[PIEDMONT]),
        a_citizen().called("sociale@example.org").following(&["social"]),
        a_citizen()
            .called("acqua@example.org")
            .following(&["environment-water"]),
        an_operator().called("impresa@example.org"),
    ];
    for person in concerned.iter().chain(&others) {
        app.subscribe(person).await;
    }
    app.publish(&a_call().for_kinds(&["citizen", "authority"])).await;
    app.advance(TimeDelta::days(1));
    app.run_jobs().await;
    for person in &concerned {
        assert_eq!(
            subjects(app, &person.email),
            ["Bando: Contributi per il fotovoltaico"],
            "{}",
            person.email
        );
    }
    for person in &others {
        assert_eq!(subjects(app, &person.email), [""; 0], "{}", person.email);
    }
    let reason = |email| {
        app.relay
            .only_mail_to(email)
            .text()
            .contains("Perché segui Ambiente ed energia · Bergamo")
    };
    assert!(reason("bergamo@example.org"));
    assert!(
        !reason("ovunque@example.org"),
        "an area that nobody stated is no reason"
    );
}

async fn a_push_says_what_until_when_and_why(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let english = a_citizen().by(&["web_push"]).reading(Language::English);
    let (_, other) = app.subscribe_browser(&english).await;
    let call = app.publish(&a_call()).await;
    let message = app.push_service.only_message_to(&browser);
    let token = call.token.as_str();
    assert_eq!((message.topic.as_str(), message.urgency.as_str()), (token, "normal"));
    let mut payload = message.payload.clone();
    payload["notification"]["tag"].take();
    payload["notification"]["navigate"].take();
    payload["notification"]["actions"].take();
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(payload, @r#"
    {
      "notification": {
        "actions": null,
        "body": "Scade mercoledì 30 settembre 2026 · Perché segui Ambiente ed energia · Bergamo",
        "dir": "ltr",
        "lang": "it",
        "navigate": null,
        "tag": null,
        "timestamp": 1782892800000,
        "title": "Contributi per il fotovoltaico"
      },
      "web_push": 8030
    }
    "#);
    }
    assert_eq!(message.payload["notification"]["tag"], token);
    let address = format!("https://informa.example.org/opportunita/contributi-per-il-fotovoltaico-{token}");
    assert_eq!(message.navigate(), address);
    let message = app.push_service.only_message_to(&other);
    assert_eq!(message.payload["notification"]["lang"], "en");
    assert!(message.body().contains("Environment and energy"), "{}", message.body());
}

async fn a_push_is_of_use_until_the_deadline_and_two_weeks_at_most(app: &TestApp) {
    let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    for closes in [Some(at("2026-07-01T18:00:00")), Some(at("2026-12-31T18:00:00")), None] {
        app.publish(&a_call().opening(None).closing(closes)).await;
    }
    let ttls: Vec<i64> = app
        .push_service
        .messages_to(&browser)
        .iter()
        .map(|message| message.ttl)
        .collect();
    assert_eq!(ttls, [8 * 3600, 14 * 86_400, 14 * 86_400]);
}

async fn an_alert_is_urgent(app: &TestApp) {
    let (_, within) = app
        .subscribe_browser(&a_citizen().by(&["web_push"]).in_areas(&[BERGAMO]))
        .await;
    let (_, around) = app
        .subscribe_browser(&an_operator().by(&["web_push"]).in_areas(&[LOMBARDY]))
        .await;
    app.publish(&a_call().kind(OpportunityKind::Alert).in_areas(&[BERGAMO]))
        .await;
    assert_eq!(app.push_service.only_message_to(&within).urgency, "high");
    assert_eq!(
        app.push_service.attempts_to(&around),
        0,
        "a village's alert does not wake the region"
    );
}

async fn a_screen_that_others_see_does_not_tell_what_somebody_needs(app: &TestApp) {
    let person = a_citizen().following(&["social-disability"]).aged("65-74");
    let (_, browser) = with_browser(app, &person, &["web_push", "email"]).await;
    app.publish(
        &a_call()
            .about(&["social-disability"])
            .for_kinds(&["citizen"])
            .for_ages(&["65-74"]),
    )
    .await;
    let shown = app.push_service.only_message_to(&browser).payload.to_string();
    assert!(shown.contains("Bergamo"), "{shown}");
    assert!(!shown.contains("Disabilità") && !shown.contains("65"), "{shown}");
    let text = app.relay.only_mail_to(&person.email).text();
    assert!(
        text.contains("Perché segui Disabilità · Bergamo · Da 65 a 74 anni"),
        "{text}"
    );
}

async fn a_mail_waits_on_its_push_and_is_not_sent_when_the_push_is_accepted(app: &TestApp) {
    let person = a_citizen();
    let (_, browser) = with_browser(app, &person, &["web_push", "email_fallback"]).await;
    app.push_service.answer(&browser, Answer::Status(503));
    app.publish(&a_call()).await;
    assert_eq!(subjects(app, &person.email), [""; 0], "the push may still be accepted");
    app.push_service.answer(&browser, Answer::Created);
    app.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    app.push_service.only_message_to(&browser);
    assert_eq!(subjects(app, &person.email), [""; 0]);
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 1);
}

async fn a_mail_is_sent_when_no_push_is_accepted(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, browser) = with_browser(app, &person, &["web_push", "email_fallback"]).await;
    let second = app.push_service.browser();
    add_browser(app, subscriber, &second.subscription()).await.unwrap();
    app.push_service.answer(&browser, Answer::Status(410));
    app.push_service.answer(&second, Answer::Status(503));
    app.publish(&a_call()).await;
    assert_eq!(
        subjects(app, &person.email),
        [""; 0],
        "one browser has not answered for good"
    );
    app.push_service.answer(&second, Answer::Status(404));
    app.advance(TimeDelta::minutes(1));
    app.run_jobs().await;
    assert_eq!(subjects(app, &person.email), ["Bando: Contributi per il fotovoltaico"]);
}

async fn a_mail_that_another_profile_wants_anyway_waits_for_no_push(app: &TestApp) {
    app.leave_work();
    let person = a_citizen();
    let (subscriber, browser) = with_browser(app, &person, &["web_push", "email_fallback"]).await;
    let business = an_operator().following(&["environment-energy"]).in_areas(&[ALBINO]);
    let choices = business.by(&["email"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &choices).await.unwrap();
    app.push_service.answer(&browser, Answer::Status(503));
    app.publish(&a_call()).await;
    assert_eq!(subjects(app, &person.email), ["Bando: Contributi per il fotovoltaico"]);
}

async fn one_browser_that_accepts_is_enough(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, browser) = with_browser(app, &person, &["web_push", "email_fallback"]).await;
    let second = app.push_service.browser();
    add_browser(app, subscriber, &second.subscription()).await.unwrap();
    app.push_service.answer(&browser, Answer::Status(410));
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&second);
    assert_eq!(subjects(app, &person.email), [""; 0]);
}

async fn a_mail_does_not_wait_for_a_browser_that_is_not_there(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email_fallback"]);
    app.subscribe(&person).await;
    app.publish(&a_call()).await;
    assert_eq!(subjects(app, &person.email), ["Bando: Contributi per il fotovoltaico"]);
}

async fn both_are_sent_to_those_who_asked_for_both(app: &TestApp) {
    let person = a_citizen();
    let (_, browser) = with_browser(app, &person, &["web_push", "email"]).await;
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    assert_eq!(subjects(app, &person.email).len(), 1);
}

async fn two_profiles_of_a_person_are_one_notification_with_the_reasons_of_both(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, browser) = with_browser(app, &person, &["web_push", "email"]).await;
    let business = an_operator()
        .following(&["environment-energy"])
        .in_areas(&[ALBINO])
        .in_sectors(&["A"]);
    let choices = business.by(&["web_push", "email"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &choices).await.unwrap();
    app.publish(&a_call().for_kinds(&["citizen", "operator"]).for_sectors(&["01"]))
        .await;
    let text = app.relay.only_mail_to(&person.email).text();
    let why = "Perché segui Ambiente ed energia · Bergamo · Efficienza energetica e rinnovabili · Albino · \
        Agricoltura, silvicoltura e pesca";
    assert!(text.contains(why), "{text}");
    app.push_service.only_message_to(&browser);
}

async fn two_profiles_that_want_different_ways_get_both(app: &TestApp) {
    let person = a_citizen();
    let (subscriber, browser) = with_browser(app, &person, &["web_push", "email_fallback"]).await;
    let business = an_operator().by(&["email"]).choices(&app.vocabulary());
    save_profile(app, subscriber, &business).await.unwrap();
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&browser);
    assert_eq!(
        subjects(app, &person.email).len(),
        1,
        "one profile wants the mail in any case"
    );
    assert_eq!(app.count(Channel::Email, State::Suppressed).await, 0);
}

async fn each_browser_of_a_person_is_told(app: &TestApp) {
    let (subscriber, phone) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    let laptop = app.push_service.browser();
    add_browser(app, subscriber, &laptop.subscription()).await.unwrap();
    app.publish(&a_call()).await;
    app.push_service.only_message_to(&phone);
    app.push_service.only_message_to(&laptop);
}

async fn those_who_want_a_digest_are_not_told_at_once(app: &TestApp) {
    let (daily, weekly) = (a_citizen().told("daily"), an_operator().told("weekly"));
    let readers = [app.subscribe(&daily).await, app.subscribe(&weekly).await];
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
    for reader in readers {
        assert_eq!(read_inbox(app, reader, 10, 0).await.unwrap().len(), 1);
    }
}

async fn those_who_want_no_message_find_it_in_their_inbox(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    save_profile(app, subscriber, &a_citizen().by(&[]).choices(&app.vocabulary()))
        .await
        .unwrap();
    let call = app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(inbox[0].opportunity.id, call.id);
    assert_eq!((inbox[0].matched_at, inbox[0].reasons.len()), (app.now(), 2));
}

async fn a_new_profile_finds_what_is_open_in_its_inbox_silently(app: &TestApp) {
    let open = app.publish(&a_call()).await;
    app.publish(&a_call().about(&["social"])).await;
    app.draft(&a_call()).await;
    app.advance(TimeDelta::days(1));
    let subscriber = app.subscribe(&a_citizen()).await;
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(
        inbox.iter().map(|item| item.opportunity.id).collect::<Vec<_>>(),
        [open.id]
    );
    assert!(app.relay.mails().is_empty());
    assert_eq!(app.relay.attempts_to("maria@example.org"), 1, "the confirmation alone");
}

async fn a_changed_profile_finds_what_it_newly_concerns(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let social = app.publish(&a_call().about(&["social"])).await;
    assert!(read_inbox(app, subscriber, 10, 0).await.unwrap().is_empty());
    let changed = a_citizen()
        .following(&["environment", "social"])
        .choices(&app.vocabulary());
    save_profile(app, subscriber, &changed).await.unwrap();
    app.run_jobs().await;
    let inbox = read_inbox(app, subscriber, 10, 0).await.unwrap();
    assert_eq!(
        inbox.iter().map(|item| item.opportunity.id).collect::<Vec<_>>(),
        [social.id]
    );
    assert!(app.relay.mails().is_empty());
}

async fn what_is_past_its_deadline_is_closed_at_once_and_nobody_is_told(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let past = app
        .publish(&a_call().opening(None).closing(Some(at("2026-06-30T12:00:00"))))
        .await;
    assert_eq!(past.status, Status::Closed);
    let open = app
        .publish(&a_call().opening(None).closing(Some(at("2026-07-01T12:00:00"))))
        .await;
    assert_eq!(app.relay.mails().len(), 1);
    app.advance(TimeDelta::hours(2) + TimeDelta::seconds(1));
    app.run_jobs().await;
    let mut transaction = app.database.read().await.unwrap();
    let closed = opportunities::find(&mut transaction, open.id).await.unwrap().unwrap();
    assert_eq!(closed.status, Status::Closed);
}

async fn what_cannot_be_published_stays_a_draft_and_says_why(app: &TestApp) {
    let early = a_call()
        .opening(Some(at("2026-10-01T00:00:00")))
        .closing(Some(at("2026-09-01T00:00:00")));
    let drafts: [(Writing, Unpublishable); 4] = [
        (a_call().titled("  "), Unpublishable::NoTitle),
        (a_call().about(&[]), Unpublishable::NoTopic),
        (a_call().in_areas(&[]), Unpublishable::NoArea),
        (early, Unpublishable::ClosesBeforeOpening),
    ];
    for (writing, reason) in drafts {
        let id = app.draft(&writing).await;
        let refused = publish_opportunity(app, app.editor, id).await;
        let expected = Refusal::Publish(PublishRefusal::Incomplete(vec![reason]));
        assert!(
            matches!(&refused, Err(Error::Refused(it)) if *it == expected),
            "{refused:?}"
        );
        let mut transaction = app.database.read().await.unwrap();
        let kept = opportunities::find(&mut transaction, id).await.unwrap().unwrap();
        assert_eq!((kept.status, kept.published_at), (Status::Draft, None));
    }
}

async fn a_draft_that_asks_what_only_some_can_answer_must_say_whom_it_is_for(app: &TestApp) {
    for writing in [
        a_call().for_sectors(&["A"]),
        a_call().for_types(&["farm"]),
        a_call().for_sizes(&["micro"]),
        a_call().for_ages(&["18-24"]),
    ] {
        let id = app.draft(&writing).await;
        let refused = publish_opportunity(app, app.editor, id).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::AudienceOpen))),
            "{refused:?}"
        );
        let answered = writing.for_kinds(&["citizen", "operator"]).content(&app.vocabulary());
        change_draft(app, app.editor, id, &answered).await.unwrap();
        publish_opportunity(app, app.editor, id).await.unwrap();
    }
    app.run_jobs().await;
}

async fn nothing_is_published_twice(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let call = app.publish(&a_call()).await;
    let again = publish_opportunity(app, app.editor, call.id).await;
    let expected = Refusal::Publish(PublishRefusal::NotADraft(Status::Published));
    assert!(
        matches!(&again, Err(Error::Refused(it)) if *it == expected),
        "{again:?}"
    );
    app.run_jobs().await;
    assert_eq!(subjects(app, &person.email).len(), 1);
}

async fn a_published_opportunity_is_not_changed_by_hand(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let other = a_call().titled("Altro").content(&app.vocabulary());
    let refused = change_draft(app, app.editor, call.id, &other).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::NotADraft))),
        "{refused:?}"
    );
}

async fn every_saved_state_is_kept(app: &TestApp) {
    let id = app.draft(&a_call()).await;
    let second = a_call().titled("Seconda stesura").content(&app.vocabulary());
    change_draft(app, app.editor, id, &second).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let saved = revisions::list(&mut transaction, id).await.unwrap();
    let titles: Vec<(i64, &str)> = saved
        .iter()
        .map(|(number, _, content)| (*number, content.title.as_str()))
        .collect();
    assert_eq!(titles, [(1, "Contributi per il fotovoltaico"), (2, "Seconda stesura")]);
}

async fn a_draft_is_seen_and_told_by_nobody(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    app.draft(&a_call()).await;
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    assert!(read_inbox(app, subscriber, 10, 0).await.unwrap().is_empty());
    let mut transaction = app.database.read().await.unwrap();
    let (public, count) = opportunity_lists::list_public(&mut transaction, &Filter::default(), 10, 0)
        .await
        .unwrap();
    assert_eq!((public.len(), count), (0, 0));
}

async fn the_preview_counts_and_names_whom_it_will_reach(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    app.subscribe(&an_operator().in_areas(&[MILAN])).await;
    app.subscribe(&an_authority().following(&["social"])).await;
    let id = app.draft(&a_call()).await;
    let audience = preview_audience(app, id).await.unwrap();
    assert_eq!((audience.total, audience.sample), (2, 2));
    assert_eq!(
        audience.by_kind,
        [(ProfileKind::Citizen, 1), (ProfileKind::Operator, 1)]
    );
    assert_eq!(audience.reasons[0].1, 2, "what the most have in common comes first");
    let (first, next) = list_audience(app, id, informa::domain::ids::ProfileId(0), 1)
        .await
        .unwrap();
    assert_eq!(first[0].email.as_deref(), Some("maria@example.org"));
    assert_eq!(first[0].reasons, ["topic:environment", "area:016024"]);
    let (second, last) = list_audience(app, id, next.unwrap(), 1).await.unwrap();
    assert_eq!((second.len(), second[0].kind), (1, ProfileKind::Operator));
    let (end, none) = list_audience(app, id, last.unwrap(), 1).await.unwrap();
    assert_eq!((end.len(), none), (0, None));
    publish_opportunity(app, app.editor, id).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 2, "as many as the preview said");
}

async fn publishing_is_written_down(app: &TestApp) {
    let call = app.publish(&a_call()).await;
    let mut transaction = app.database.read().await.unwrap();
    let lines = audit_log::latest(&mut transaction, 2).await.unwrap();
    let id = call.id.to_string();
    assert_eq!(
        lines[0],
        (app.now(), Some(app.editor), "published".to_owned(), id.clone())
    );
    assert_eq!(lines[1], (app.now(), Some(app.editor), "drafted".to_owned(), id));
}

async fn a_removed_profile_hears_nothing(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let business = an_operator().following(&["business"]).choices(&app.vocabulary());
    let profile = save_profile(app, subscriber, &business).await.unwrap();
    let stranger = app.subscribe(&an_authority()).await;
    assert!(matches!(
        remove_profile(app, stranger, profile).await,
        Err(Error::NotFound)
    ));
    app.publish(&a_call().about(&["business"])).await;
    remove_profile(app, subscriber, profile).await.unwrap();
    app.publish(&a_call().about(&["business"])).await;
    assert_eq!(subjects(app, &person.email).len(), 1);
    let mut transaction = app.database.read().await.unwrap();
    let left = profiles::list(&mut transaction, subscriber).await.unwrap();
    assert_eq!(
        ChoiceCodes::of(&left[0], &app.vocabulary()),
        person.told("immediate").codes
    );
}

async fn a_muted_opportunity_is_not_told_again(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let id = app.draft(&a_call()).await;
    let mut transaction = app.database.begin().await.unwrap();
    for profile in profiles::list(&mut transaction, subscriber).await.unwrap() {
        profiles::mute(&mut transaction, profile.id, Mute::Opportunity(id))
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    publish_opportunity(app, app.editor, id).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.mails().is_empty());
    let unknown = ChoiceCodes {
        topics: vec!["sport".to_owned()],
        ..person.codes
    };
    let refused = unknown.resolve(&app.vocabulary());
    let expected = UnknownCode {
        facet: "topics",
        code: "sport".to_owned(),
    };
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::UnknownCode(it))) if *it == expected),
        "{refused:?}"
    );
}
