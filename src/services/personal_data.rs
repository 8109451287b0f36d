// SPDX-License-Identifier: EUPL-1.2
//! What is held about a person: everything in one file (GDPR art. 15 and 20).

use serde::Serialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::digest::Section;
use crate::domain::ids::SubscriberId;
use crate::domain::profile::{Followed, Frequency, Mute, Profile, TellingOverride};
use crate::domain::quiet_hours::QuietHours;
use crate::domain::reminder::Lead;
use crate::domain::subscriber::{Place, Target};
use crate::domain::vocabulary::Vocabulary;
use crate::services::choices::ChoiceCodes;
use crate::services::held_deliveries::{HeldFailures, HeldMessage, failures, messages};
use crate::services::judge_relevance::answers_of;
use crate::services::read_inbox::read_inbox;
use crate::services::{Error, Result};
use crate::storage::{
    Transaction, consents, editions, inbox, mailbox_moves, mutes, opportunities, profiles, sources, subscribers,
    targets,
};

/// Everything that is held about a person, for them and their programs: instants in RFC 3339, codes of the vocabularies.
#[derive(Debug, Serialize)]
pub struct PersonalData {
    status: &'static str,
    language: &'static str,
    subscribed_at: String,
    quiet_hours: Option<String>,
    weekly_pushes: Option<u32>,
    paused_until: Option<String>,
    reminder_days: Vec<i64>,
    reminded_of_what_is_not_saved: bool,
    digest_sections_off: Vec<&'static str>,
    has_private_feeds: bool,
    profiles: Vec<HeldProfile>,
    targets: Vec<HeldTarget>,
    /// The address that is to replace theirs, until both sides have agreed.
    asked_address: Option<String>,
    messages: Vec<HeldMessage>,
    consents: Vec<HeldConsent>,
    relevance_answers: Vec<HeldAnswer>,
    /// What concerned them, the latest first.
    pub inbox: Vec<HeldMatch>,
}

#[derive(Debug, Serialize)]
struct HeldProfile {
    kind: String,
    areas: Vec<String>,
    topics: Vec<HeldFollow>,
    sectors: Vec<String>,
    organisation_type: String,
    company_size: String,
    age_band: String,
    frequency: String,
    channels: Vec<String>,
    saved: Vec<String>,
    muted_opportunities: Vec<String>,
    muted_topics: Vec<String>,
    muted_sources: Vec<String>,
    told_less_of: Vec<String>,
}

#[derive(Debug, Serialize)]
struct HeldFollow {
    topic: String,
    frequency: Option<&'static str>,
    channels: Option<Vec<&'static str>>,
}

#[derive(Debug, Serialize)]
struct HeldTarget {
    channel: &'static str,
    address: String,
    name: String,
    status: &'static str,
    added_at: String,
    last_reached_at: Option<String>,
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
    let wishes = subscribers::wishes(&mut transaction, &[subscriber.0]).await?;
    let wishes = wishes.first().map(|(_, wishes)| *wishes).unwrap_or_default();
    let reminders = subscribers::reminders(&mut transaction, subscriber).await?;
    let (leads, matched) = reminders.unwrap_or_default();
    let off = editions::sections_off(&mut transaction, &[subscriber.0]).await?;
    let off = off.first().map_or(0, |(_, bits)| *bits);
    let own = profiles::list(&mut transaction, subscriber).await?;
    let mut held = Vec::new();
    for profile in &own {
        held.push(profile_of(app, &mut transaction, profile, &vocabulary).await?);
    }
    let feed_number = inbox::feed_number(&mut transaction, subscriber).await?;
    let mut places = targets::list(&mut transaction, subscriber).await?;
    places.retain(Target::is_shown);
    let (mut held_targets, mut asked_address) = (Vec::new(), None);
    for target in &places {
        held_targets.push(target_of(app, &mut transaction, target).await?);
        let asked = mailbox_moves::find(&mut transaction, target.id).await?;
        asked_address = asked.map(|it| it.address).or(asked_address);
    }
    let messages = messages(app, &mut transaction, subscriber, &places).await?;
    let consents = consents::list(&mut transaction, subscriber).await?;
    let relevance_answers = held_answers(app, &mut transaction, subscriber).await?;
    drop(transaction);
    let sections = Section::ALL.into_iter();
    Ok(PersonalData {
        status: person.status.code(),
        language: person.language.code(),
        subscribed_at: person.created_at.to_string(),
        quiet_hours: wishes.quiet_hours.map(QuietHours::code),
        weekly_pushes: wishes.weekly_pushes,
        paused_until: wishes.paused_until.map(|until| until.to_string()),
        reminder_days: Lead::all().filter(|it| leads.contains(*it)).map(Lead::days).collect(),
        reminded_of_what_is_not_saved: matched,
        digest_sections_off: sections.filter(|it| off & it.bit() != 0).map(Section::code).collect(),
        has_private_feeds: feed_number.is_some(),
        profiles: held,
        targets: held_targets,
        asked_address,
        messages,
        consents: consents
            .into_iter()
            .map(|(purpose, action, at, source, text)| HeldConsent {
                purpose,
                action,
                at: at.to_string(),
                source,
                text,
            })
            .collect(),
        relevance_answers,
        inbox: inbox_of(app, subscriber).await?,
    })
}

async fn profile_of(
    app: &App,
    transaction: &mut Transaction,
    profile: &Profile,
    vocabulary: &Vocabulary,
) -> Result<HeldProfile> {
    let codes = ChoiceCodes::of(profile, vocabulary);
    let saved = profile.follows.iter().filter_map(|follow| match follow.followed {
        Followed::Opportunity(id) => Some(id),
        Followed::Topic(_) => None,
    });
    let saved = opportunities::find_many(transaction, &saved.collect::<Vec<_>>()).await?;
    let muted = profile.mutes.iter().filter_map(|mute| match mute {
        Mute::Opportunity(id) => Some(*id),
        _ => None,
    });
    let muted = opportunities::find_many(transaction, &muted.collect::<Vec<_>>()).await?;
    let topics = profile.follows.iter().filter_map(|follow| match follow.followed {
        Followed::Topic(id) => Some(follow_of(vocabulary.topics.code(id), follow.telling)),
        Followed::Opportunity(_) => None,
    });
    let muted_topics = profile.mutes.iter().filter_map(|mute| match mute {
        Mute::Topic(id) => Some(vocabulary.topics.code(*id).to_owned()),
        _ => None,
    });
    let mut muted_sources = Vec::new();
    for mute in &profile.mutes {
        if let Mute::Source(id) = mute {
            muted_sources.extend(sources::name(transaction, *id).await?);
        }
    }
    let lessened = mutes::lessened(transaction, &[profile.id.0]).await?;
    let lessened = lessened
        .iter()
        .map(|(_, topic)| vocabulary.topics.code(*topic).to_owned());
    Ok(HeldProfile {
        muted_sources,
        told_less_of: lessened.collect(),
        topics: topics.collect(),
        saved: saved.iter().map(|it| app.urls.opportunity(it)).collect(),
        muted_opportunities: muted.iter().map(|it| app.urls.opportunity(it)).collect(),
        muted_topics: muted_topics.collect(),
        kind: codes.kind,
        areas: codes.areas,
        sectors: codes.sectors,
        organisation_type: codes.organisation_type,
        company_size: codes.company_size,
        age_band: codes.age_band,
        frequency: codes.frequency,
        channels: codes.channels,
    })
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

fn follow_of(topic: &str, telling: TellingOverride) -> HeldFollow {
    HeldFollow {
        topic: topic.to_owned(),
        frequency: telling.frequency.map(Frequency::code),
        channels: telling.channels.map(|it| it.codes().collect()),
    }
}

async fn target_of(app: &App, transaction: &mut Transaction, target: &Target) -> Result<HeldTarget> {
    let failures = failures(app, transaction, target).await?;
    let (channel, address) = match &target.place {
        Place::Mailbox(address) => ("email", address.as_str().to_owned()),
        Place::Browser(subscription) => ("web_push", subscription.endpoint.clone()),
    };
    Ok(HeldTarget {
        failures,
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
