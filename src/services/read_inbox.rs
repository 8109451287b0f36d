// SPDX-License-Identifier: EUPL-1.2
//! What matched a subscriber, the latest first, with the reasons that the matching rule gives now.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Mute, Profile};
use crate::domain::vocabulary::Vocabulary;
use crate::matching::{Reason, is_hidden, match_follow_up, match_profile};
use crate::services::Result;
use crate::services::save_for_later::has_saved;
use crate::storage::{matches, opportunities, profiles};

/// One line of the inbox.
#[derive(Debug, Clone)]
pub struct InboxItem {
    /// What matched.
    pub opportunity: Opportunity,
    /// When.
    pub matched_at: Timestamp,
    /// Why; empty when the profile has changed since.
    pub reasons: Vec<Reason>,
    /// Whether the person has saved it.
    pub saved: bool,
    /// What keeps them from hearing more of it.
    pub hidden: Option<HiddenBy>,
}

/// Why a person hears no more of what is in their inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenBy {
    /// They hid it by itself.
    Itself,
    /// They hid its topics or its source.
    TopicOrSource,
}

fn hidden_by(own: &[Profile], opportunity: &Opportunity, vocabulary: &Vocabulary) -> Option<HiddenBy> {
    let itself = Mute::Opportunity(opportunity.id);
    if own.iter().any(|profile| profile.mutes.contains(&itself)) {
        return Some(HiddenBy::Itself);
    }
    let hears = |profile: &Profile| match_follow_up(opportunity, profile, vocabulary).is_some();
    let is_hidden = |profile: &Profile| is_hidden(opportunity, profile, vocabulary);
    (own.iter().any(is_hidden) && !own.iter().any(hears)).then_some(HiddenBy::TopicOrSource)
}

/// A page of the inbox. What matched several profiles of the person is one line, with the reasons of all.
///
/// # Errors
/// What the database says.
pub async fn read_inbox(app: &App, subscriber: SubscriberId, limit: i64, offset: i64) -> Result<Vec<InboxItem>> {
    let mut transaction = app.database.read().await?;
    let lines = matches::inbox(&mut transaction, subscriber, limit, offset).await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let mut ids: Vec<OpportunityId> = lines.iter().map(|(opportunity, _, _)| *opportunity).collect();
    ids.dedup();
    let found = opportunities::find_many(&mut transaction, &ids).await?;
    let vocabulary = app.vocabulary();
    let items = found.into_iter().map(|opportunity| {
        let mine = lines.iter().filter(|(id, _, _)| *id == opportunity.id);
        let matched_at = mine.clone().map(|(_, _, at)| *at).max();
        let profiles = mine.filter_map(|(_, profile, _)| find_profile(&own, *profile));
        let matches = profiles.filter_map(|profile| match_profile(&opportunity, profile, &vocabulary));
        let mut reasons: Vec<Reason> = matches.flat_map(|it| it.reasons).collect();
        reasons.sort_unstable();
        reasons.dedup();
        InboxItem {
            matched_at: matched_at.unwrap_or(opportunity.updated_at),
            reasons,
            saved: own.iter().any(|profile| has_saved(profile, opportunity.id)),
            hidden: hidden_by(&own, &opportunity, &vocabulary),
            opportunity,
        }
    });
    Ok(items.collect())
}

/// A page of what a person has saved, the soonest deadline first.
///
/// # Errors
/// What the database says.
pub async fn read_saved(app: &App, subscriber: SubscriberId, limit: i64, offset: i64) -> Result<Vec<InboxItem>> {
    let mut transaction = app.database.read().await?;
    let lines = matches::saved(&mut transaction, subscriber, limit, offset).await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let ids: Vec<OpportunityId> = lines.iter().map(|(opportunity, _)| *opportunity).collect();
    let found = opportunities::find_many(&mut transaction, &ids).await?;
    let vocabulary = app.vocabulary();
    let items = found.into_iter().map(|opportunity| {
        let saving = own.iter().find(|profile| has_saved(profile, opportunity.id));
        let found = saving.and_then(|profile| match_follow_up(&opportunity, profile, &vocabulary));
        InboxItem {
            matched_at: opportunity.published_at.unwrap_or(opportunity.updated_at),
            reasons: found.map(|it| it.reasons).unwrap_or_default(),
            saved: true,
            hidden: hidden_by(&own, &opportunity, &vocabulary),
            opportunity,
        }
    });
    Ok(items.collect())
}

fn find_profile(own: &[Profile], id: ProfileId) -> Option<&Profile> {
    own.iter().find(|profile| profile.id == id)
}
