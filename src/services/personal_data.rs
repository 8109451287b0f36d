// SPDX-License-Identifier: EUPL-1.2
//! What is held about a person: everything in one file (GDPR art. 15 and 20).

use serde::Serialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::digest::Section;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::quiet_hours::QuietHours;
use crate::domain::reminder::Lead;
use crate::domain::subscriber::{Place, Target};
use crate::services::held_deliveries::{HeldFailures, HeldMessage, failures, messages};
use crate::services::held_profiles::{HeldProfile, profile_of};
use crate::services::held_traces::{HeldTraces, traces};
use crate::services::judge_relevance::answers_of;
use crate::services::read_inbox::read_inbox;
use crate::services::{Error, Result};
use crate::storage::{
    Transaction, consents, editions, holdings, inbox, mailbox_moves, opportunities, profiles, subscribers, targets,
};

/// Everything that is held about a person, for them and their programs: instants in RFC 3339, codes of the vocabularies.
#[derive(Debug, Serialize)]
pub struct PersonalData {
    status: &'static str,
    language: &'static str,
    subscribed_at: String,
    #[serde(flatten)]
    wishes: HeldWishes,
    has_private_feeds: bool,
    profiles: Vec<HeldProfile>,
    targets: Vec<HeldTarget>,
    /// The address that is to replace theirs, until both sides have agreed.
    asked_address: Option<String>,
    #[serde(flatten)]
    traces: HeldTraces,
    messages: Vec<HeldMessage>,
    consents: Vec<HeldConsent>,
    relevance_answers: Vec<HeldAnswer>,
    /// What concerned them, the latest first.
    pub inbox: Vec<HeldMatch>,
}

/// How they want to be told, whatever it is.
#[derive(Debug, Serialize)]
struct HeldWishes {
    quiet_hours: Option<String>,
    weekly_pushes: Option<u32>,
    paused_until: Option<String>,
    reminder_days: Vec<i64>,
    reminded_of_what_is_not_saved: bool,
    digest_sections_off: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct HeldTarget {
    channel: &'static str,
    address: String,
    name: String,
    status: &'static str,
    added_at: String,
    last_reached_at: Option<String>,
    /// Since when its pushes are counted for the weekly cap, and how many those are.
    week_began_at: Option<String>,
    told_in_week: i64,
    failures: HeldFailures,
}

#[derive(Debug, Serialize)]
struct HeldConsent {
    purpose: String,
    action: String,
    at: String,
    source: String,
    text: String,
}

#[derive(Debug, Serialize)]
struct HeldAnswer {
    url: String,
    answer: &'static str,
}

/// One opportunity that concerned a person.
#[derive(Debug, Serialize)]
pub struct HeldMatch {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Since when it is in the inbox.
    pub matched_at: String,
    /// The same for programs of ours.
    #[serde(skip)]
    pub since: Timestamp,
    /// Whether it is saved.
    pub saved: bool,
    /// Whether they have read it.
    pub read: bool,
}

/// How many lines of the inbox are read at a time.
const LINES: i64 = 500;

/// Everything that is held about a person.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read_personal_data(app: &App, subscriber: SubscriberId) -> Result<PersonalData> {
    let vocabulary = app.vocabulary();
    let mut transaction = app.database.read().await?;
    let person = subscribers::find(&mut transaction, subscriber)
        .await?
        .ok_or(Error::NotFound)?;
    let wishes = wishes_of(&mut transaction, subscriber).await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let mut held = Vec::new();
    for profile in &own {
        held.push(profile_of(app, &mut transaction, profile, &vocabulary).await?);
    }
    let feed_number = inbox::feed_number(&mut transaction, subscriber).await?;
    let mut places = targets::list(&mut transaction, subscriber).await?;
    places.retain(Target::is_shown);
    let (mut held_targets, mut asked_address) = (Vec::new(), None);
    let weeks = holdings::told_in_week(&mut transaction, subscriber).await?;
    for target in &places {
        held_targets.push(target_of(app, &mut transaction, target, &weeks).await?);
        let asked = mailbox_moves::find(&mut transaction, target.id).await?;
        asked_address = asked.map(|it| it.address).or(asked_address);
    }
    let traces = traces(app, &mut transaction, subscriber, &places).await?;
    let messages = messages(app, &mut transaction, subscriber, &places).await?;
    let consents = consents_of(&mut transaction, subscriber).await?;
    let relevance_answers = held_answers(app, &mut transaction, subscriber).await?;
    drop(transaction);
    Ok(PersonalData {
        status: person.status.code(),
        language: person.language.code(),
        subscribed_at: person.created_at.to_string(),
        wishes,
        has_private_feeds: feed_number.is_some(),
        profiles: held,
        targets: held_targets,
        asked_address,
        traces,
        messages,
        consents,
        relevance_answers,
        inbox: inbox_of(app, subscriber).await?,
    })
}

async fn wishes_of(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<HeldWishes> {
    let wishes = subscribers::wishes(transaction, &[subscriber.0]).await?;
    let wishes = wishes.first().map(|(_, wishes)| *wishes).unwrap_or_default();
    let reminders = subscribers::reminders(transaction, subscriber).await?;
    let (leads, matched) = reminders.unwrap_or_default();
    let off = editions::sections_off(transaction, &[subscriber.0]).await?;
    let off = off.first().map_or(0, |(_, bits)| *bits);
    let sections = Section::ALL.into_iter();
    Ok(HeldWishes {
        quiet_hours: wishes.quiet_hours.map(QuietHours::code),
        weekly_pushes: wishes.weekly_pushes,
        paused_until: wishes.paused_until.map(|until| until.to_string()),
        reminder_days: Lead::all().filter(|it| leads.contains(*it)).map(Lead::days).collect(),
        reminded_of_what_is_not_saved: matched,
        digest_sections_off: sections.filter(|it| off & it.bit() != 0).map(Section::code).collect(),
    })
}

async fn consents_of(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<HeldConsent>> {
    let lines = consents::list(transaction, subscriber).await?;
    let held = lines
        .into_iter()
        .map(|(purpose, action, at, source, text)| HeldConsent {
            purpose,
            action,
            at: at.to_string(),
            source,
            text,
        });
    Ok(held.collect())
}

/// What a person thinks of what they were told.
async fn held_answers(app: &App, transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<HeldAnswer>> {
    let answers = answers_of(app, transaction, subscriber).await?;
    let ids: Vec<_> = answers.iter().map(|(id, _)| *id).collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    let held = found.iter().filter_map(|opportunity| {
        let answer = answers.iter().find(|(id, _)| *id == opportunity.id);
        answer.map(|(_, answer)| HeldAnswer {
            url: app.urls.opportunity(opportunity),
            answer: answer.code(),
        })
    });
    Ok(held.collect())
}

async fn target_of(
    app: &App,
    transaction: &mut Transaction,
    target: &Target,
    weeks: &[(TargetId, Timestamp, i64)],
) -> Result<HeldTarget> {
    let week = weeks.iter().find(|(id, ..)| *id == target.id);
    let failures = failures(app, transaction, target).await?;
    let (channel, address) = match &target.place {
        Place::Mailbox(address) => ("email", address.as_str().to_owned()),
        Place::Browser(subscription) => ("web_push", subscription.endpoint.clone()),
    };
    Ok(HeldTarget {
        failures,
        week_began_at: week.map(|(_, began, _)| began.to_string()),
        told_in_week: week.map_or(0, |(_, _, count)| *count),
        channel,
        address,
        name: target.shown_name().to_owned(),
        status: target.status.code(),
        added_at: target.created_at.to_string(),
        last_reached_at: target.last_success_at.map(|it| it.to_string()),
    })
}

async fn inbox_of(app: &App, subscriber: SubscriberId) -> Result<Vec<HeldMatch>> {
    let mut held: Vec<HeldMatch> = Vec::new();
    let mut offset = 0;
    loop {
        let page = read_inbox(app, subscriber, LINES, offset).await?;
        if page.is_empty() {
            held.dedup_by(|later, earlier| later.url == earlier.url);
            return Ok(held);
        }
        held.extend(page.into_iter().map(|item| HeldMatch {
            title: item.opportunity.content.title.clone(),
            url: app.urls.opportunity(&item.opportunity),
            matched_at: item.matched_at.to_string(),
            since: item.matched_at,
            saved: item.saved,
            read: item.is_read,
        }));
        offset += LINES;
    }
}
