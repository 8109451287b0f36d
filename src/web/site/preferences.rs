// SPDX-License-Identifier: EUPL-1.2
//! The private page: what a subscriber follows, and where they are told.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::language::Language;
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::domain::subscriber::{Place, Target, TargetStatus};
use crate::domain::vocabulary::Vocabulary;
use crate::services::ask_to_subscribe::add_own_mailbox;
use crate::services::choose_wishes::read_wishes;
use crate::services::remove_target::remove_target;
use crate::services::rename_target::rename_target;
use crate::services::save_profile;
use crate::storage::{Transaction, editions, mailbox_moves, mailbox_requests, profiles, subscribers, targets};
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::session::{self, Person, SignedIn};
use crate::web::site::answers::told_of_former;
use crate::web::site::failing_mailbox::FailingBlock;
use crate::web::site::leaving::farewell;
use crate::web::site::profile_summary::{ProfileSummary, person_key};
use crate::web::site::push_block::PushBlock;
use crate::web::site::reminders::Reminders;
use crate::web::site::sections;

#[derive(Template)]
#[template(path = "site/preferences.html")]
struct PreferencesPage {
    page: Page,
    done: String,
    /// Whether they come from signing up, whose end this page is.
    is_new: bool,
    profiles: Vec<ProfileSummary>,
    missing_kinds: Vec<(&'static str, String)>,
    targets: Vec<TargetSummary>,
    /// The addresses that they asked for and nobody has confirmed, and since when.
    waiting: Vec<(String, String)>,
    /// Whether only one place is left to be told at.
    is_last: bool,
    /// The browser that was added just now, which a test is offered to.
    just_added: Option<TargetId>,
    has_mailbox: bool,
    failing: Option<FailingBlock>,
    language: Language,
    /// Until when they are paused, in words.
    paused: Option<String>,
    sections: Vec<sections::Choice>,
    reminders: Reminders,
    push: PushBlock,
}

/// A mailbox or browser in a line.
struct TargetSummary {
    id: i64,
    name: String,
    /// What its person calls it, where it is a browser, whose name can be changed.
    own_name: Option<String>,
    standing: String,
    is_active: bool,
    is_mailbox: bool,
}

/// What has just been done, as the address says.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
    #[serde(default)]
    place: String,
}

impl Done {
    fn told(&self, texts: Texts, vocabulary: &Vocabulary) -> String {
        let key = format!("done-{}", self.done);
        let done = texts.has(&key).then(|| texts.get(&key));
        let sentences = [done, told_of_former(texts, vocabulary, &self.place)];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Shows it.
///
/// # Errors
/// Leads to the way in when nobody is signed in.
pub async fn show(
    State(app): State<App>,
    SignedIn(subscriber): SignedIn,
    page: Page,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    if session::has_left(&app, subscriber).await? {
        return Ok(farewell(page));
    }
    let wishes = read_wishes(&app, subscriber).await?;
    let failing = FailingBlock::of(&app, subscriber, page.texts).await?;
    let mut transaction = app.database.read().await?;
    let person = subscribers::find(&mut transaction, subscriber)
        .await?
        .ok_or(PageError::SignInFirst)?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let places = targets::list(&mut transaction, subscriber).await?;
    let waiting = waiting_addresses(&mut transaction, subscriber, &places, page.texts).await?;
    let sections = shown_sections(&mut transaction, subscriber, &own, page.texts).await?;
    let reminders = subscribers::reminders(&mut transaction, subscriber).await?;
    let (leads, remind_matched) = reminders.unwrap_or_default();
    let (texts, vocabulary) = (page.texts, app.vocabulary());
    let missing = ProfileKind::ALL
        .into_iter()
        .filter(|kind| !own.iter().any(|profile| profile.kind == *kind));
    let kept = places.iter().filter(|it| it.status == TargetStatus::Active);
    let browsers = kept.clone().filter(|it| matches!(it.place, Place::Browser(_)));
    let just_added = browsers.map(|it| it.id).max().filter(|_| done.done == "browser");
    Ok(render(&PreferencesPage {
        is_new: matches!(done.done.as_str(), "confirmed" | "browser"),
        done: done.told(texts, &vocabulary),
        profiles: own
            .iter()
            .map(|profile| ProfileSummary::new(profile, texts, &vocabulary))
            .collect(),
        missing_kinds: missing
            .map(|kind| (kind.code(), texts.get(&person_key(kind))))
            .collect(),
        waiting,
        just_added,
        has_mailbox: kept.clone().any(|it| matches!(it.place, Place::Mailbox(_))),
        failing,
        is_last: kept.clone().count() == 1,
        targets: kept.map(|target| target_summary(target, texts)).collect(),
        language: person.language,
        paused: wishes.pause(app.now()).map(|until| texts.date(&until)),
        sections,
        reminders: Reminders::new(leads, remind_matched, texts),
        push: PushBlock::new(&app, ""),
        page,
    }))
}

/// The parts of digests to choose from, for who reads digests or chose some.
async fn shown_sections(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    own: &[Profile],
    texts: Texts,
) -> Result<Vec<sections::Choice>, PageError> {
    let off = editions::sections_off(transaction, &[subscriber.0]).await?;
    let off = off.first().map_or(0, |(_, bits)| *bits);
    let has_digest = off != 0 || own.iter().any(|it| it.telling.frequency != Frequency::Immediate);
    Ok(if has_digest {
        sections::choices(texts, off)
    } else {
        Vec::new()
    })
}

/// The addresses that a person asked to add or to move to, as they asked: whether one is somebody else's is not told.
async fn waiting_addresses(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    places: &[Target],
    texts: Texts,
) -> Result<Vec<(String, String)>, PageError> {
    let mut waiting = mailbox_requests::waiting(transaction, subscriber).await?;
    for place in places.iter().filter(|it| it.status == TargetStatus::Active) {
        let asked = mailbox_moves::find(transaction, place.id).await?;
        waiting.extend(asked.map(|asked| (asked.address, asked.asked_at)));
    }
    let since = |at| texts.fill("preferences-waiting-since", &[("when", &texts.short_date(&at))]);
    Ok(waiting.into_iter().map(|(address, at)| (address, since(at))).collect())
}

fn target_summary(target: &Target, texts: Texts) -> TargetSummary {
    let name = match &target.place {
        Place::Mailbox(address) => address.shown(),
        Place::Browser(_) if target.shown_name().is_empty() => texts.get("preferences-browser"),
        Place::Browser(_) => target.shown_name().to_owned(),
    };
    let is_browser = matches!(target.place, Place::Browser(_));
    let which = (!target.name.is_empty() && !target.label.is_empty()).then(|| target.label.clone());
    let added = texts.fill("preferences-added", &[("when", &texts.short_date(&target.created_at))]);
    let last = target.last_success_at.as_ref();
    let last = last.map(|at| texts.fill("preferences-last", &[("when", &texts.short_date(at))]));
    let parts: Vec<String> = [which, Some(added), last].into_iter().flatten().collect();
    TargetSummary {
        id: target.id.0,
        name,
        own_name: is_browser.then(|| target.name.clone()),
        standing: parts.join(" · "),
        is_active: target.status == TargetStatus::Active,
        is_mailbox: matches!(target.place, Place::Mailbox(_)),
    }
}

/// Which mailbox or browser a button is about.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    target: TargetId,
}

fn back(done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}", paths::PREFERENCES)).into_response()
}

/// Sends a test to one mailbox or browser.
///
/// # Errors
/// [`PageError::NotFound`] when it is not theirs.
pub async fn send_test(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(chosen): Submitted<Chosen>,
) -> Result<Response, PageError> {
    crate::services::send_test::send_test(&app, subscriber, chosen.target).await?;
    Ok(back("test"))
}

/// Stops sending to one mailbox or browser.
///
/// # Errors
/// [`PageError::NotFound`] when it is not theirs.
pub async fn remove(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(chosen): Submitted<Chosen>,
) -> Result<Response, PageError> {
    remove_target(&app, subscriber, chosen.target).await?;
    Ok(back("removed"))
}

/// A name for a browser.
#[derive(Debug, Deserialize)]
pub struct NewName {
    target: TargetId,
    #[serde(default)]
    name: String,
}

/// Gives a browser the name that its person knows it by.
///
/// # Errors
/// [`PageError::NotFound`] when it is not theirs.
pub async fn rename(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(form): Submitted<NewName>,
) -> Result<Response, PageError> {
    rename_target(&app, subscriber, form.target, &form.name).await?;
    Ok(back("renamed"))
}

/// An address to add.
#[derive(Debug, Deserialize)]
pub struct NewMailbox {
    #[serde(default)]
    email: String,
}

/// Adds a mailbox, which has then to be confirmed.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn add_mailbox(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    Person(subscriber): Person,
    Submitted(form): Submitted<NewMailbox>,
) -> Result<Response, PageError> {
    match EmailAddress::parse(&form.email) {
        Ok(email) => {
            limits.count(client)?;
            add_own_mailbox(&app, subscriber, &email).await?;
            Ok(back("mailbox"))
        }
        Err(_) => Ok(back("bad-address")),
    }
}

/// A language to write in.
#[derive(Debug, Deserialize)]
pub struct ChosenLanguage {
    language: Language,
}

/// Sets in which language to write.
///
/// # Errors
/// What the database says.
pub async fn choose_language(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(chosen): Submitted<ChosenLanguage>,
) -> Result<Response, PageError> {
    save_profile::choose_language(&app, subscriber, chosen.language).await?;
    Ok(back("saved"))
}
