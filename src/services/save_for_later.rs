// SPDX-License-Identifier: EUPL-1.2
//! Save an opportunity: whatever else a person follows, they are told what becomes of it and reminded of its dates. What is
//! saved is hidden no longer.

use crate::app::App;
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Followed, Mute, Profile};
use crate::domain::reminder::Leads;
use crate::matching::match_profile;
use crate::services::{Error, Result};
use crate::storage::{mutes, opportunities, profiles, subscribers};

/// Saves a public opportunity for a person: for the profile that it concerns, or else for their first. Saving it again
/// changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for what nobody may read yet, or for a person without a profile.
pub async fn save_for_later(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let found = opportunities::find(&mut transaction, opportunity).await?;
    let opportunity = found.filter(|it| it.status.is_public()).ok_or(Error::NotFound)?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    if own.iter().any(|profile| has_saved(profile, opportunity.id)) {
        return Ok(());
    }
    let vocabulary = app.vocabulary();
    let concerned = own
        .iter()
        .find(|it| match_profile(&opportunity, it, &vocabulary).is_some());
    let profile = concerned.or(own.first()).ok_or(Error::NotFound)?;
    profiles::save_opportunity(&mut transaction, profile.id, opportunity.id).await?;
    mutes::unmute(&mut transaction, profile.id, Mute::Opportunity(opportunity.id)).await?;
    transaction.commit().await?;
    Ok(())
}

/// The public ones among these opportunities.
///
/// # Errors
/// What the database says.
pub async fn public_among(app: &App, ids: &[OpportunityId]) -> Result<Vec<Opportunity>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut transaction = app.database.read().await?;
    let mut found = opportunities::find_many(&mut transaction, ids).await?;
    found.retain(|it| it.status.is_public());
    Ok(found)
}

/// Saves an opportunity no longer, for whichever of a person's profiles it was saved.
///
/// # Errors
/// What the database says.
pub async fn drop_saved(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let saving: Vec<ProfileId> = own
        .iter()
        .filter(|it| has_saved(it, opportunity))
        .map(|it| it.id)
        .collect();
    for profile in saving {
        profiles::drop_saved(&mut transaction, profile, opportunity).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Whether a profile has saved an opportunity.
#[must_use]
pub fn has_saved(profile: &Profile, opportunity: OpportunityId) -> bool {
    let saved = Followed::Opportunity(opportunity);
    profile.follows.iter().any(|follow| follow.followed == saved)
}

/// Sets how long before a date a person is reminded of it, and whether also of what they have not saved.
///
/// # Errors
/// What the database says.
pub async fn choose_reminders(app: &App, subscriber: SubscriberId, leads: Leads, matched: bool) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    subscribers::set_reminders(&mut transaction, subscriber, leads, matched).await?;
    transaction.commit().await?;
    Ok(())
}
