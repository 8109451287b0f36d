// SPDX-License-Identifier: EUPL-1.2
//! What a person chose for each of their profiles, for them to take along: by codes of the vocabularies and addresses.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::profile::{Frequency, Mute, Profile, TellingOverride};
use crate::domain::vocabulary::Vocabulary;
use crate::services::Result;
use crate::services::choices::ChoiceCodes;
use crate::storage::{Transaction, mutes, opportunities, profiles, sources};

/// A profile by the codes of the vocabularies, and everything that hangs on it.
#[derive(Debug, Serialize)]
pub(super) struct HeldProfile {
    kind: String,
    areas: Vec<String>,
    topics: Vec<HeldFollow>,
    sectors: Vec<String>,
    organisation_type: String,
    company_size: String,
    age_band: String,
    frequency: String,
    channels: Vec<String>,
    chosen_at: Option<String>,
    saved: Vec<HeldSaved>,
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

/// What is saved, and how it is to be told where that differs from the profile.
#[derive(Debug, Serialize)]
struct HeldSaved {
    url: String,
    frequency: Option<&'static str>,
    channels: Option<Vec<&'static str>>,
}

/// A profile as it is held.
pub(super) async fn profile_of(
    app: &App,
    transaction: &mut Transaction,
    profile: &Profile,
    vocabulary: &Vocabulary,
) -> Result<HeldProfile> {
    let codes = ChoiceCodes::of(profile, vocabulary);
    let saved = saved_of(app, transaction, profile).await?;
    let muted = profile.mutes.iter().filter_map(|mute| match mute {
        Mute::Opportunity(id) => Some(*id),
        _ => None,
    });
    let muted = opportunities::find_many(transaction, &muted.collect::<Vec<_>>()).await?;
    let topics = profile
        .topics()
        .map(|(topic, telling)| follow_of(vocabulary.topics.code(topic), telling));
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
    let chosen_at = profiles::chosen_at(transaction, profile.subscriber, profile.kind).await?;
    let lessened = mutes::lessened(transaction, &[profile.id.0]).await?;
    let lessened = lessened
        .iter()
        .map(|(_, topic)| vocabulary.topics.code(*topic).to_owned());
    Ok(HeldProfile {
        muted_sources,
        told_less_of: lessened.collect(),
        topics: topics.collect(),
        saved,
        chosen_at: chosen_at.map(|at| at.to_string()),
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

fn follow_of(topic: &str, telling: TellingOverride) -> HeldFollow {
    HeldFollow {
        topic: topic.to_owned(),
        frequency: telling.frequency.map(Frequency::code),
        channels: telling.channels.map(|it| it.codes().collect()),
    }
}

async fn saved_of(app: &App, transaction: &mut Transaction, profile: &Profile) -> Result<Vec<HeldSaved>> {
    let saved: BTreeMap<OpportunityId, TellingOverride> = profile.saved().collect();
    let ids: Vec<OpportunityId> = saved.keys().copied().collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    let held = found.iter().map(|opportunity| {
        let telling = saved.get(&opportunity.id).copied().unwrap_or_default();
        HeldSaved {
            url: app.urls.opportunity(opportunity),
            frequency: telling.frequency.map(Frequency::code),
            channels: telling.channels.map(|it| it.codes().collect()),
        }
    });
    Ok(held.collect())
}
