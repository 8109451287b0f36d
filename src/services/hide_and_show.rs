// SPDX-License-Identifier: EUPL-1.2
//! Hide what a person does not want to hear of, tell them less of it, and take both back. It holds for all their profiles.
//!
//! What is hidden is matched no more; what is owed already is not sent, because sending asks the same rule again. What was
//! matched before stays in the inbox, and what came out meanwhile is put there silently when it is shown again.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::ids::{OpportunityId, ProfileId, SourceId, SubscriberId, TopicId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Mute, Profile};
use crate::services::Result;
use crate::storage::{Transaction, mutes, opportunities, profiles, sources};

/// Everything that a person has hidden or is told of less.
#[derive(Debug, Clone, Default)]
pub struct Hidden {
    /// Single opportunities.
    pub opportunities: Vec<Opportunity>,
    /// Topics with all below them.
    pub topics: Vec<TopicId>,
    /// Sources, and what they are called.
    pub sources: Vec<(SourceId, String)>,
    /// Followed topics that are told in the weekly digest only.
    pub lessened: Vec<TopicId>,
}

/// What a person has hidden.
///
/// # Errors
/// What the database says.
pub async fn read_hidden(app: &App, subscriber: SubscriberId) -> Result<Hidden> {
    let mut transaction = app.database.read().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let (mut hidden, mut found) = (Hidden::default(), Vec::new());
    let mutes: BTreeSet<Mute> = own.iter().flat_map(|profile| &profile.mutes).copied().collect();
    for mute in mutes {
        match mute {
            Mute::Opportunity(id) => found.push(id),
            Mute::Topic(id) => hidden.topics.push(id),
            Mute::Source(id) => {
                let name = sources::name(&mut transaction, id).await?;
                hidden.sources.push((id, name.unwrap_or_default()));
            }
        }
    }
    hidden.opportunities = opportunities::find_many(&mut transaction, &found).await?;
    hidden.opportunities.retain(|it| it.status.is_public());
    let lessened = lessened_of(&mut transaction, &own).await?;
    let topics: BTreeSet<TopicId> = lessened.into_iter().map(|(_, topic)| topic).collect();
    hidden.lessened = topics.into_iter().collect();
    Ok(hidden)
}

/// Shows something again that a person has hidden.
///
/// # Errors
/// What the database says.
pub async fn show_again(app: &App, subscriber: SubscriberId, mute: Mute) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    show(&mut transaction, &own, mute).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Tells a person of a topic as soon as before they wanted less of it.
///
/// # Errors
/// What the database says.
pub async fn tell_as_before(app: &App, subscriber: SubscriberId, topic: TopicId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    for profile in &own {
        mutes::restore(&mut transaction, profile.id, topic).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Shows again an opportunity that a person has hidden by itself.
///
/// # Errors
/// What the database says.
pub async fn show_opportunity_again(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    show_again(app, subscriber, Mute::Opportunity(opportunity)).await
}

/// Hides something from these profiles, in the caller's transaction.
pub(super) async fn hide(transaction: &mut Transaction, own: &[Profile], mute: Mute) -> Result<()> {
    for profile in own {
        profiles::mute(transaction, profile.id, mute).await?;
    }
    Ok(())
}

/// Shows it to these profiles again, in the caller's transaction.
pub(super) async fn show(transaction: &mut Transaction, own: &[Profile], mute: Mute) -> Result<()> {
    for profile in own {
        mutes::unmute(transaction, profile.id, mute).await?;
    }
    Ok(())
}

/// The topics that these profiles are told of less, in the caller's transaction.
pub(super) async fn lessened_of(transaction: &mut Transaction, own: &[Profile]) -> Result<Vec<(ProfileId, TopicId)>> {
    let ids: Vec<i64> = own.iter().map(|profile| profile.id.0).collect();
    Ok(mutes::lessened(transaction, &ids).await?)
}
