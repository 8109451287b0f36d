// SPDX-License-Identifier: EUPL-1.2
//! Somebody who has done everything that can be done here, so that nothing of it is forgotten when their data are taken
//! along or erased.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use informa::domain::contact::{ContactMessage, ContactSubject};
use informa::domain::digest::Section;
use informa::domain::ids::{ProfileId, SubscriberId, TargetId};
use informa::domain::language::Language;
use informa::domain::opportunity::Opportunity;
use informa::domain::profile::{Channels, Frequency, Mute, ProfileKind, Telling, TellingOverride};
use informa::domain::quiet_hours::QuietHours;
use informa::domain::relevance::Relevance;
use informa::domain::reminder::Leads;
use informa::services::ask_to_subscribe::add_own_mailbox;
use informa::services::choose_consents::choose_surveys;
use informa::services::choose_sections::choose_sections;
use informa::services::choose_wishes::choose_restraints;
use informa::services::compose_digests::compose_digests;
use informa::services::judge_relevance::judge_own;
use informa::services::move_mailbox::ask_to_move;
use informa::services::private_feeds::renew_feeds;
use informa::services::read_inbox::mark_read;
use informa::services::rename_target::rename_target;
use informa::services::save_for_later::{choose_reminders, save_for_later};
use informa::services::save_profile::{choose_tellings, mute_opportunity, remove_profile, save_profile};
use informa::services::send_letters::send_letters;
use informa::services::send_sign_in_link::send_link_to_mailbox;
use informa::services::send_test::send_test;
use informa::services::subscribe_browser::add_browser;
use informa::services::write_to_body::write_to_body;
use informa::storage::{mutes, profiles, sources, strikes, subscribers, targets};

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, an_authority, an_operator, at, consent};
use crate::support::push_service::Browser;
use crate::support::reader::Reader;
use crate::support::rows;

/// The address that they are written to.
pub(crate) const OWN: &str = "maria.rossi@example.org";
/// The one that they want to move to.
pub(crate) const NEXT: &str = "maria.nuova@example.org";
/// The one that they want to add.
pub(crate) const ADDED: &str = "maria.ufficio@example.org";
/// What they call one of their browsers.
pub(crate) const NAME: &str = "il telefono di Maria";

/// Somebody who has done everything, signed in.
pub(crate) struct FullLife {
    pub(crate) id: SubscriberId,
    pub(crate) reader: Reader,
    pub(crate) browsers: [Browser; 2],
    pub(crate) places: Vec<TargetId>,
    pub(crate) profiles: Vec<ProfileId>,
    /// What is saved, read and judged.
    pub(crate) call: Opportunity,
    /// What is read and concerns them not.
    pub(crate) elsewhere: Opportunity,
}

impl FullLife {
    /// What names them, and may be nowhere once they are erased.
    pub(crate) fn personal(&self) -> Vec<String> {
        let mut personal: Vec<String> = [OWN, NEXT, ADDED, NAME].map(str::to_owned).into();
        for browser in &self.browsers {
            personal.extend([&browser.endpoint, &browser.p256dh, &browser.auth].map(String::clone));
        }
        personal
    }
}

fn maria() -> Person {
    a_citizen()
        .called(OWN)
        .aged("25-29")
        .following(&["environment", "work-school"])
        .by(&["web_push", "email"])
}

/// Lives through it.
pub(crate) async fn a_full_life(app: &TestApp) -> FullLife {
    drop(Reader::of_person(app, &maria()).await);
    let id = last_person(app).await;
    let browsers = [app.push_service.browser(), app.push_service.browser()];
    for browser in &browsers {
        let target = add_browser(app, id, &browser.subscription()).await.unwrap();
        rename_target(app, id, target, NAME).await.unwrap();
    }
    app.run_jobs().await;
    chosen_profiles(app, id).await;
    let (call, elsewhere) = told(app, id).await;
    chosen_wishes(app, id).await;
    chosen_addresses(app, id).await;
    app.advance(TimeDelta::hours(26));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    // One link is used, to come in again a day later, and one is still open.
    let link = maria().address();
    let mut reader = Reader::new(app);
    for is_used in [true, false] {
        app.relay.forget();
        send_link_to_mailbox(app, &link).await.unwrap();
        app.run_jobs().await;
        let path = format!("/accedi/{}", app.relay.only_mail_to(OWN).code_after("/accedi/"));
        if is_used {
            reader.open(&path).await;
            reader.send(&path, &[]).await;
        }
    }
    let mut transaction = app.database.begin().await.unwrap();
    let own = targets::list(&mut transaction, id).await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &link).await.unwrap().unwrap();
    strikes::add(&mut transaction, mailbox.id, None, "5.2.2", app.now())
        .await
        .unwrap();
    let profiles = profiles::list(&mut transaction, id).await.unwrap();
    transaction.commit().await.unwrap();
    FullLife {
        id,
        reader,
        browsers,
        places: own.iter().map(|target| target.id).collect(),
        profiles: profiles.iter().map(|profile| profile.id).collect(),
        call,
        elsewhere,
    }
}

async fn last_person(app: &TestApp) -> SubscriberId {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap()
}

/// Three profiles, of which one is taken away; a topic that is told in another way.
async fn chosen_profiles(app: &TestApp, id: SubscriberId) {
    let vocabulary = app.vocabulary();
    let business = an_operator().in_sectors(&["C"]).told("daily").choices(&vocabulary);
    save_profile(app, id, &business).await.unwrap();
    let body = save_profile(app, id, &an_authority().choices(&vocabulary))
        .await
        .unwrap();
    remove_profile(app, id, body).await.unwrap();
    let topic = vocabulary.topics.by_code("work-school").unwrap().id;
    let otherwise = TellingOverride {
        frequency: Some(Frequency::Daily),
        channels: Some(Channels::EMAIL),
    };
    let telling = Telling {
        frequency: Frequency::Immediate,
        channels: Channels::WEB_PUSH.union(Channels::EMAIL),
    };
    choose_tellings(
        app,
        id,
        ProfileKind::Citizen,
        telling,
        &BTreeMap::from([(topic, otherwise)]),
    )
    .await
    .unwrap();
    app.run_jobs().await;
}

/// What they were told of, and what they did with it.
async fn told(app: &TestApp, id: SubscriberId) -> (Opportunity, Opportunity) {
    let soon = a_call()
        .titled("Orti di quartiere")
        .closing(Some(at("2026-07-09T20:00:00")));
    let call = app.publish(&soon).await;
    let hidden = app.publish(&a_call().titled("Non mi serve")).await;
    let elsewhere = app.publish(&a_call().about(&["culture"]).titled("Altrove")).await;
    save_for_later(app, id, call.id).await.unwrap();
    rows::execute(
        &app.database,
        "update saved_opportunities set frequency = 1, channels = 2",
    )
    .await;
    for read in [call.id, elsewhere.id] {
        mark_read(app, id, read).await.unwrap();
    }
    mute_opportunity(app, id, hidden.id).await.unwrap();
    judge_own(app, id, call.id, Some(Relevance::Useful)).await.unwrap();
    let vocabulary = app.vocabulary();
    let [topic, less] = ["culture", "work-school"].map(|code| vocabulary.topics.by_code(code).unwrap().id);
    let mut transaction = app.database.begin().await.unwrap();
    let source = sources::find_or_insert(&mut transaction, "un registro").await.unwrap();
    for profile in profiles::list(&mut transaction, id).await.unwrap() {
        for mute in [Mute::Topic(topic), Mute::Source(source)] {
            profiles::mute(&mut transaction, profile.id, mute).await.unwrap();
        }
        mutes::lessen(&mut transaction, profile.id, less).await.unwrap();
    }
    transaction.commit().await.unwrap();
    (call, elsewhere)
}

async fn chosen_wishes(app: &TestApp, id: SubscriberId) {
    let hours = QuietHours::try_from("22-7".to_owned()).unwrap();
    choose_restraints(app, id, hours, 9).await.unwrap();
    choose_reminders(app, id, Leads::from_bits(4), true).await.unwrap();
    choose_sections(app, id, &[Section::New, Section::ClosingSoon])
        .await
        .unwrap();
    choose_surveys(app, id, true, &consent(app.now())).await.unwrap();
    renew_feeds(app, id).await.unwrap();
}

/// What they asked for at addresses, and what somebody else asked for at theirs.
async fn chosen_addresses(app: &TestApp, id: SubscriberId) {
    let address = |text: &str| a_citizen().called(text).address();
    let neighbour = app.subscribe(&a_citizen().called("vicina@example.org")).await;
    ask_to_move(app, neighbour, &address(OWN)).await.unwrap();
    add_own_mailbox(app, neighbour, &address(OWN)).await.unwrap();
    ask_to_move(app, id, &address(NEXT)).await.unwrap();
    add_own_mailbox(app, id, &address(ADDED)).await.unwrap();
    app.run_jobs().await;
    let message = ContactMessage {
        subject: ContactSubject::Accessibility,
        name: "Maria Rossi".to_owned(),
        reply_to: address(OWN),
        text: "Come faccio?".to_owned(),
        language: Language::Italian,
    };
    write_to_body(app, message).await.unwrap();
    send_letters(app).await.unwrap();
    let mut transaction = app.database.read().await.unwrap();
    let places = targets::list(&mut transaction, id).await.unwrap();
    drop(transaction);
    send_test(app, id, places[0].id).await.unwrap();
    app.run_jobs().await;
}

/// The columns of the database that lead to a person: by their number, or by that of a profile, mailbox or browser of
/// theirs. Parts of a table that is kept in several are left out.
pub(crate) async fn leading_to_people(app: &TestApp) -> BTreeSet<(String, String)> {
    let leading = [
        "subscriber_id",
        "profile_id",
        "target_id",
        "from_id",
        "to_id",
        "answerer",
    ];
    let columns = rows::columns(&app.database).await;
    let is_part = |table: &str| table.starts_with("notifications_");
    columns
        .into_iter()
        .filter(|(table, column)| leading.contains(&column.as_str()) && !is_part(table))
        .collect()
}
