// SPDX-License-Identifier: EUPL-1.2
//! Keep what a signed-in subscriber chose for one of their profiles, or take a profile away.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId, TopicId};
use crate::domain::language::Language;
use crate::domain::profile::{Followed, Mute, Profile, ProfileKind, Telling, TellingOverride};
use crate::services::{Error, Refusal, Result};
use crate::storage::{Transaction, mutes, opportunities, profiles, subscribers};

/// Saves the choices; the profile's inbox is filled with what is open, silently. A topic that was followed before keeps how
/// it was to be told, where the choices say nothing of it. What is hidden from their other profiles is hidden from a new one.
///
/// # Errors
/// What the database says.
pub async fn save_profile(app: &App, subscriber: SubscriberId, choices: &Choices) -> Result<ProfileId> {
    let mut transaction = app.database.begin().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let before = own.iter().find(|profile| profile.kind == choices.kind);
    let mut choices = choices.clone();
    for (topic, telling) in &mut choices.topics {
        if *telling == TellingOverride::default() {
            *telling = before.map(|profile| telling_of(profile, *topic)).unwrap_or_default();
        }
    }
    let id = profiles::save(&mut transaction, subscriber, &choices, true, app.now()).await?;
    // Who chooses a topic anew wants to hear of it, whatever they hid before.
    let followed =
        |topic: &TopicId| before.is_some_and(|it| it.follows.iter().any(|of| of.followed == Followed::Topic(*topic)));
    let chosen: Vec<Mute> = choices
        .topics
        .keys()
        .filter(|topic| !followed(topic))
        .map(|topic| Mute::Topic(*topic))
        .collect();
    for profile in &own {
        for mute in &chosen {
            mutes::unmute(&mut transaction, profile.id, *mute).await?;
        }
    }
    if before.is_none() {
        let hidden: BTreeSet<Mute> = own.iter().flat_map(|profile| &profile.mutes).copied().collect();
        for mute in hidden.into_iter().filter(|mute| !chosen.contains(mute)) {
            profiles::mute(&mut transaction, id, mute).await?;
        }
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(id)
}

/// How a profile wants to be told of a topic, where it says so.
#[must_use]
pub fn telling_of(profile: &Profile, topic: TopicId) -> TellingOverride {
    let follow = profile.follows.iter().find(|it| it.followed == Followed::Topic(topic));
    follow.map(|it| it.telling).unwrap_or_default()
}

/// Sets how a profile is told: by itself, and of each topic that it follows; a topic that is not named is told like the
/// profile.
///
/// # Errors
/// [`Error::NotFound`] when the person has no profile of that kind.
pub async fn choose_tellings(
    app: &App,
    subscriber: SubscriberId,
    kind: ProfileKind,
    telling: Telling,
    of_topics: &BTreeMap<TopicId, TellingOverride>,
) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let profile = own
        .into_iter()
        .find(|profile| profile.kind == kind)
        .ok_or(Error::NotFound)?;
    let told = |(topic, _)| (topic, of_topics.get(&topic).copied().unwrap_or_default());
    let choices = Choices {
        topics: profile.topics().map(told).collect(),
        telling,
        ..Choices::of(&profile)
    };
    profiles::save(&mut transaction, subscriber, &choices, true, app.now()).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Takes away a profile and everything that hangs on it; the last one stays, as nobody without one is told anything.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs; [`Refusal::LastProfile`].
pub async fn remove_profile(app: &App, subscriber: SubscriberId, profile: ProfileId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    require_own(&mut transaction, subscriber, profile).await?;
    if profiles::list(&mut transaction, subscriber).await?.len() == 1 {
        return Err(Refusal::LastProfile.into());
    }
    profiles::delete(&mut transaction, profile, app.now()).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps an opportunity from all profiles of a subscriber for good.
///
/// # Errors
/// [`Error::NotFound`] for what nobody may read.
pub async fn mute_opportunity(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let found = opportunities::find(&mut transaction, opportunity).await?;
    found.filter(|it| it.status.is_public()).ok_or(Error::NotFound)?;
    for profile in profiles::list(&mut transaction, subscriber).await? {
        profiles::mute(&mut transaction, profile.id, Mute::Opportunity(opportunity)).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Sets in which language to write to a subscriber.
///
/// # Errors
/// [`Error::NotFound`] where the installation does not speak it; otherwise what the database says.
pub async fn choose_language(app: &App, subscriber: SubscriberId, language: Language) -> Result<()> {
    if !app.speaks(language) {
        return Err(Error::NotFound);
    }
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
