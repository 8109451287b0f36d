// SPDX-License-Identifier: EUPL-1.2
//! Whoever leaves keeps what they chose until they are forgotten: nothing reaches them meanwhile, and they can come back.

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::ids::{OpportunityId, SubscriberId};
use informa::domain::profile::{Followed, Frequency, Mute, Profile};
use informa::domain::subscriber::SubscriberStatus;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::compose_digests::compose_digests;
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::forget_people::forget_people;
use informa::services::private_feeds::{feed_code, renew_feeds};
use informa::services::save_for_later::save_for_later;
use informa::services::save_profile::{mute_opportunity, save_profile};
use informa::services::subscribe_browser::add_browser;
use informa::services::unsubscribe::{leave_service, unsubscribe};
use informa::storage::{consents, profiles, subscribers};

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen, an_operator, at, consent};
use crate::support::on_both_engines;
use crate::support::push_service::Browser;
use crate::support::reader::Reader;
use crate::support::rows;

on_both_engines! {
    one_click_takes_away_nothing_that_was_chosen,
    who_left_hears_nothing_until_they_come_back,
    who_signs_in_comes_back_with_everything,
    who_confirms_again_comes_back_with_everything,
    what_is_followed_anew_is_no_longer_hidden,
    a_browser_that_was_removed_before_stays_removed,
    nobody_comes_back_after_being_forgotten,
    leaving_is_asked_on_a_page_of_its_own,
    the_whole_subscription_ended_from_a_mail_can_be_undone,
}

const MARIA: &str = "maria@example.org";

/// Somebody with a mailbox and a browser, two profiles, something saved and something hidden.
struct Somebody {
    id: SubscriberId,
    browser: Browser,
    saved: OpportunityId,
    hidden: OpportunityId,
}

async fn somebody(app: &TestApp) -> Somebody {
    let id = app.subscribe(&a_citizen().by(&["web_push", "email"])).await;
    let browser = app.push_service.browser();
    add_browser(app, id, &browser.subscription()).await.unwrap();
    let business = an_operator().following(&["business"]).told("daily");
    save_profile(app, id, &business.choices(&app.vocabulary()))
        .await
        .unwrap();
    let saved = app.publish(&a_call().titled("Da ricordare")).await.id;
    let hidden = app.publish(&a_call().titled("Da nascondere")).await.id;
    save_for_later(app, id, saved).await.unwrap();
    mute_opportunity(app, id, hidden).await.unwrap();
    renew_feeds(app, id).await.unwrap();
    app.relay.forget();
    Somebody {
        id,
        browser,
        saved,
        hidden,
    }
}

async fn profiles_of(app: &TestApp, person: SubscriberId) -> Vec<Profile> {
    let mut transaction = app.database.read().await.unwrap();
    profiles::list(&mut transaction, person).await.unwrap()
}

async fn status_of(app: &TestApp, person: SubscriberId) -> SubscriberStatus {
    let mut transaction = app.database.read().await.unwrap();
    let found = subscribers::find(&mut transaction, person).await.unwrap();
    found.unwrap().status
}

fn has_saved(profiles: &[Profile], saved: OpportunityId) -> bool {
    let mut follows = profiles.iter().flat_map(|profile| &profile.follows);
    follows.any(|follow| follow.followed == Followed::Opportunity(saved))
}

fn hides(profiles: &[Profile], hidden: OpportunityId) -> bool {
    profiles.iter().any(|it| it.mutes.contains(&Mute::Opportunity(hidden)))
}

/// Lets a person who left sign in by the link to their mailbox.
async fn signed_in(app: &TestApp) -> Reader {
    let mut reader = Reader::new(app);
    reader.open("/accedi").await;
    reader.send("/accedi", &[("email", MARIA)]).await;
    app.run_jobs().await;
    let mail = app.relay.mails_to(MARIA).pop().expect("a link");
    let address = format!("/accedi/{}", mail.code_after("/accedi/"));
    reader.open(&address).await;
    reader.send(&address, &[]).await;
    app.relay.forget();
    reader
}

async fn one_click_takes_away_nothing_that_was_chosen(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    let saved = app.publish(&a_call()).await.id;
    let code = app.relay.only_mail_to(MARIA).code_after("/disiscriviti/");
    save_for_later(app, person, saved).await.unwrap();
    let before = profiles_of(app, person).await;
    unsubscribe(app, &code).await.unwrap();
    assert_eq!(status_of(app, person).await, SubscriberStatus::Left);
    assert_eq!(profiles_of(app, person).await, before);
}

async fn who_left_hears_nothing_until_they_come_back(app: &TestApp) {
    let Somebody { id, browser, .. } = somebody(app).await;
    let pushes = app.push_service.messages_to(&browser).len();
    let matches = "select count(*) from matches";
    leave_service(app, id).await.unwrap();
    let before = rows::integers(&app.database, matches).await;
    app.publish(&a_call().titled("Nel mezzo").closing(None)).await;
    app.publish(&a_call().titled("Per le imprese").about(&["business"]).closing(None))
        .await;
    for time in ["2026-07-13T08:30:00", "2026-07-20T08:30:00", "2026-07-28T09:00:00"] {
        app.advance(at(time).since(app.now()));
        for frequency in [Frequency::Daily, Frequency::Weekly] {
            compose_digests(app, frequency).await.unwrap();
        }
        app.run_jobs().await;
    }
    assert!(app.relay.mails().is_empty(), "no mail, digest or reminder");
    assert_eq!(app.push_service.messages_to(&browser).len(), pushes, "no push");
    assert_eq!(rows::integers(&app.database, matches).await, before, "no match");
    assert_eq!(
        app.count(
            informa::domain::notification::Channel::Email,
            informa::storage::ledger::State::Due
        )
        .await,
        0
    );
}

async fn who_signs_in_comes_back_with_everything(app: &TestApp) {
    let Somebody {
        id,
        browser,
        saved,
        hidden,
    } = somebody(app).await;
    let before = profiles_of(app, id).await;
    leave_service(app, id).await.unwrap();
    app.advance(TimeDelta::days(20));
    let mut reader = signed_in(app).await;
    let farewell = reader.open("/preferenze").await;
    assert_eq!(
        farewell.attributes("main form[action^='/preferenze']", "action"),
        ["/preferenze/torna"]
    );
    assert_eq!(
        status_of(app, id).await,
        SubscriberStatus::Left,
        "signing in is no consent"
    );
    let back = reader.send("/preferenze/torna", &[]).await;
    assert_eq!(back.location(), "/preferenze?done=back");
    assert!(reader.open(back.location()).await.words("main").contains("Bentornato"));
    reader.send("/preferenze/torna", &[]).await;
    assert_eq!(status_of(app, id).await, SubscriberStatus::Active);
    let after = profiles_of(app, id).await;
    assert_eq!(after, before);
    assert!(has_saved(&after, saved) && hides(&after, hidden));
    assert_eq!(feed_code(app, id).await.unwrap(), None, "its addresses ended for good");
    let pushes = app.push_service.messages_to(&browser).len();
    app.publish(&a_call().titled("Di nuovo").closing(None)).await;
    assert_eq!(app.push_service.messages_to(&browser).len(), pushes + 1);
    app.relay.forget();
    app.publish(&a_call().titled("Per le imprese").about(&["business"]).closing(None))
        .await;
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.only_mail_to(MARIA).text().contains("Per le imprese"));
    let mut transaction = app.database.read().await.unwrap();
    let proof = consents::list(&mut transaction, id).await.unwrap();
    let actions: Vec<&str> = proof.iter().map(|line| line.1.as_str()).collect();
    assert_eq!(
        actions,
        ["asked", "given", "withdrawn", "given"],
        "a consent of its own, once"
    );
    drop(transaction);
    app.advance(TimeDelta::days(60));
    forget_people(app).await.unwrap();
    assert_eq!(status_of(app, id).await, SubscriberStatus::Active);
}

async fn who_confirms_again_comes_back_with_everything(app: &TestApp) {
    let Somebody { id, saved, hidden, .. } = somebody(app).await;
    leave_service(app, id).await.unwrap();
    app.advance(TimeDelta::days(20));
    let anew = a_citizen().following(&["environment", "work-school"]).told("weekly");
    let request = anew.request(&app.vocabulary(), app.now());
    ask_to_subscribe(app, &request).await.unwrap();
    app.run_jobs().await;
    assert_eq!(
        status_of(app, id).await,
        SubscriberStatus::Left,
        "asking is not confirming"
    );
    let code = app.relay.only_mail_to(MARIA).code_after("/conferma/");
    let again = confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(again, id, "they are who they were");
    assert_eq!(status_of(app, id).await, SubscriberStatus::Active);
    let own = profiles_of(app, id).await;
    assert_eq!(own.len(), 2, "the other profile is back, too");
    assert!(has_saved(&own, saved) && hides(&own, hidden));
    assert_eq!(
        own[0].telling.frequency,
        Frequency::Weekly,
        "what was chosen last holds"
    );
    let topics = own[0]
        .follows
        .iter()
        .filter(|it| matches!(it.followed, Followed::Topic(_)));
    assert_eq!(topics.count(), 2);
    app.relay.forget();
    app.advance(TimeDelta::days(60));
    forget_people(app).await.unwrap();
    app.publish(&a_call().titled("Dopo").about(&["business"]).closing(None))
        .await;
    app.advance(TimeDelta::days(1));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    assert!(app.relay.only_mail_to(MARIA).text().contains("Dopo"));
}

async fn what_is_followed_anew_is_no_longer_hidden(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    let topic = app.vocabulary().topics.by_code("work-school").unwrap().id;
    let profile = profiles_of(app, person).await.remove(0).id;
    let mut transaction = app.database.begin().await.unwrap();
    profiles::mute(&mut transaction, profile, Mute::Topic(topic))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    leave_service(app, person).await.unwrap();
    assert_eq!(app.subscribe(&a_citizen().following(&["work-school"])).await, person);
    app.publish(&a_call().titled("A scuola").about(&["work-school"])).await;
    assert_eq!(app.relay.only_mail_to(MARIA).subject(), "Bando: A scuola");
}

async fn a_browser_that_was_removed_before_stays_removed(app: &TestApp) {
    let Somebody { id, browser, .. } = somebody(app).await;
    let target = rows::integers(&app.database, "select id from targets where channel = 0").await[0][0];
    let target = informa::domain::ids::TargetId(target);
    informa::services::remove_target::remove_target(app, id, target)
        .await
        .unwrap();
    leave_service(app, id).await.unwrap();
    let mut reader = signed_in(app).await;
    reader.open("/preferenze").await;
    reader.send("/preferenze/torna", &[]).await;
    let pushes = app.push_service.messages_to(&browser).len();
    app.publish(&a_call().titled("Di nuovo")).await;
    assert_eq!(app.push_service.messages_to(&browser).len(), pushes);
    assert_eq!(app.relay.mails_to(MARIA).len(), 1, "the mailbox is told");
}

async fn nobody_comes_back_after_being_forgotten(app: &TestApp) {
    let Somebody { id, .. } = somebody(app).await;
    leave_service(app, id).await.unwrap();
    app.advance(TimeDelta::days(28));
    let too_late = informa::services::come_back::come_back(app, id, &consent(app.now())).await;
    assert!(too_late.is_err(), "also while the job has still to run");
    assert_eq!(forget_people(app).await.unwrap(), 1);
    for table in [
        "profiles",
        "profile_areas",
        "follows",
        "saved_opportunities",
        "muted_opportunities",
        "matches",
        "follow_ups",
        "removed_profiles",
    ] {
        let count = rows::integers(&app.database, &format!("select count(*) from {table}")).await;
        assert_eq!(count, [[0]], "{table}");
    }
    assert!(!rows::everything(&app.database).await.contains(MARIA));
    let refused = informa::services::come_back::come_back(app, id, &consent(app.now())).await;
    assert!(refused.is_err());
    assert_eq!(status_of(app, id).await, SubscriberStatus::Left);
    assert_ne!(app.subscribe(&a_citizen()).await, id);
}

async fn leaving_is_asked_on_a_page_of_its_own(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    for page in ["/preferenze", "/preferenze/consensi"] {
        let page = reader.open(page).await;
        let ways = page.attributes("main a[href='/preferenze/disiscriviti']", "href");
        assert_eq!(ways.len(), 1);
        assert!(
            page.attributes("form[action='/preferenze/disiscriviti']", "method")
                .is_empty()
        );
    }
    let mut transaction = app.database.read().await.unwrap();
    let person = subscribers::last_id(&mut transaction).await.unwrap();
    drop(transaction);
    let asked = reader.open("/preferenze/disiscriviti").await;
    assert_eq!(asked.status, StatusCode::OK);
    let words = asked.words("main");
    assert!(words.contains("ciò che hai salvato"), "{words}");
    assert!(words.contains("29 luglio 2026"), "until when it can be undone: {words}");
    assert_eq!(
        status_of(app, person).await,
        SubscriberStatus::Active,
        "asking ends nothing"
    );
    let done = reader.send("/preferenze/disiscriviti", &[]).await;
    assert_eq!(done.location(), "/disiscriviti/fatto");
    assert!(
        reader
            .open("/disiscriviti/fatto")
            .await
            .words("main")
            .contains("28 giorni")
    );
    assert_eq!(status_of(app, person).await, SubscriberStatus::Left);
    assert_eq!(
        reader.open("/preferenze/disiscriviti").await.status,
        StatusCode::SEE_OTHER,
        "signed out"
    );
}

async fn the_whole_subscription_ended_from_a_mail_can_be_undone(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    app.publish(&a_call()).await;
    let code = app.relay.only_mail_to(MARIA).code_after("/disiscriviti/");
    let mut reader = Reader::new(app);
    let asked = reader.open(&format!("/disiscriviti/{code}")).await;
    assert!(asked.words("main").contains("28 giorni"), "{}", asked.words("main"));
    let done = reader.send(&format!("/disiscriviti/{code}/tutto"), &[]).await;
    assert_eq!(done.location(), "/disiscriviti/fatto");
    assert_eq!(status_of(app, person).await, SubscriberStatus::Left);
    app.relay.forget();
    assert_eq!(app.subscribe(&a_citizen()).await, person);
}
