// SPDX-License-Identifier: EUPL-1.2
//! Keep what a signed-in subscriber chose for one of their profiles, or take a profile away.

use crate::app::App;
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId};
use crate::domain::language::Language;
use crate::domain::profile::Mute;
use crate::services::{Error, Result};
use crate::storage::profiles::Choices;
use crate::storage::{Transaction, profiles, subscribers};

/// Saves the choices; the profile's inbox is filled with what is open, silently.
///
/// # Errors
/// What the database says.
pub async fn save_profile(app: &App, subscriber: SubscriberId, choices: &Choices) -> Result<ProfileId> {
    let mut transaction = app.database.begin().await?;
    let id = profiles::save(&mut transaction, subscriber, choices, true, app.now()).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(id)
}

/// Takes away a profile and everything that hangs on it.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs.
pub async fn remove_profile(app: &App, subscriber: SubscriberId, profile: ProfileId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    require_own(&mut transaction, subscriber, profile).await?;
    profiles::delete(&mut transaction, profile, app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps an opportunity from all profiles of a subscriber for good.
///
/// # Errors
/// What the database says.
pub async fn mute_opportunity(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    for profile in profiles::list(&mut transaction, subscriber).await? {
        profiles::mute(&mut transaction, profile.id, Mute::Opportunity(opportunity)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Sets in which language to write to a subscriber.
///
/// # Errors
/// What the database says.
pub async fn choose_language(app: &App, subscriber: SubscriberId, language: Language) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    subscribers::set_language(&mut transaction, subscriber, language).await?;
    transaction.commit().await?;
    Ok(())
}

async fn require_own(transaction: &mut Transaction, subscriber: SubscriberId, profile: ProfileId) -> Result<()> {
    let own = profiles::list(transaction, subscriber).await?;
    own.iter()
        .any(|it| it.id == profile)
        .then_some(())
        .ok_or(Error::NotFound)
}
