// SPDX-License-Identifier: EUPL-1.2
//! Keep the push subscription of a browser: of a new person without any address, or of one who is signed in.
//!
//! The endpoint is an address that a stranger chose: it is checked here and again when sending. An endpoint that is
//! known belongs to whoever knows its keys, and to nobody else.

use crate::app::App;
use crate::delivery::encryption::RecipientKeys;
use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OriginId, SubscriberId, TargetId, VapidKeyId};
use crate::domain::language::Language;
use crate::domain::notification::Channel;
use crate::domain::profile::{Channels, Mute, Profile};
use crate::domain::subscriber::{
    ConsentAction, ConsentEvidence, Place, PushSubscription, SubscriberStatus, Target, TargetStatus,
};
use crate::services::ask_to_subscribe::record_consent;
use crate::services::push_keys::keys_with_public;
use crate::services::{Error, Refusal, Result};
use crate::storage::{Transaction, mutes, origins, profiles, subscribers, targets, vapid_keys};

/// What a browser gave.
#[derive(Clone)]
pub struct BrowserSubscription {
    /// Where messages for it are sent.
    pub endpoint: String,
    /// Its public key, in base64url.
    pub p256dh: String,
    /// Its secret, in base64url.
    pub auth: String,
    /// The VAPID key that it was made with, in base64url; empty means the present one.
    pub vapid_key: String,
    /// A name for the browser.
    pub label: String,
}

/// A person who wants to be told in this browser and gives no address.
pub struct Newcomer {
    /// What they chose.
    pub choices: Choices,
    /// In which language.
    pub language: Language,
    /// What they agreed to, where.
    pub consent: ConsentEvidence,
}

/// Subscribes a person by their browser alone. Whose page to open is the answer.
///
/// # Errors
/// [`Refusal::Endpoint`], [`Refusal::PushKeys`], [`Refusal::UnknownVapidKey`] or [`Refusal::BrowserTaken`].
pub async fn subscribe_by_browser(
    app: &App,
    browser: &BrowserSubscription,
    newcomer: &Newcomer,
) -> Result<SubscriberId> {
    let push = check_with_keys(app, browser).await?;
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    require_key(&mut transaction, push.vapid_key).await?;
    let subscriber = match own_browser(&mut transaction, &push).await? {
        Some(target) => target.subscriber,
        None => subscribers::insert(&mut transaction, SubscriberStatus::Active, newcomer.language, now).await?,
    };
    bind(&mut transaction, subscriber, &push, &browser.label, now).await?;
    keep_choices(&mut transaction, subscriber, &newcomer.choices, now).await?;
    subscribers::set_status(&mut transaction, subscriber, SubscriberStatus::Active, now).await?;
    record_consent(&mut transaction, subscriber, ConsentAction::Given, &newcomer.consent).await?;
    transaction.commit().await?;
    app.wake_jobs();
    Ok(subscriber)
}

/// Keeps what was chosen by whoever has this browser: it may be known, and then saving something alone ends nothing.
async fn keep_choices(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    choices: &Choices,
    now: Timestamp,
) -> Result<()> {
    let own = profiles::list(transaction, subscriber).await?;
    let own = own.iter().find(|it| it.kind == choices.kind);
    let mut kept = choices.clone().beside(own);
    if !kept.telling.channels.uses(Channel::WebPush) {
        kept.telling.channels = with_push(kept.telling.channels);
    }
    let profile = profiles::save(transaction, subscriber, &kept, true, now).await?;
    for opportunity in &choices.saved {
        mutes::unmute(transaction, profile, Mute::Opportunity(*opportunity)).await?;
    }
    Ok(())
}

/// Adds the browser to what a signed-in subscriber has. Profiles that were told by e-mail alone are told by push from
/// now on, and by e-mail when no push is accepted.
///
/// # Errors
/// [`Refusal::Endpoint`], [`Refusal::PushKeys`], [`Refusal::UnknownVapidKey`] or [`Refusal::BrowserTaken`].
pub async fn add_browser(app: &App, subscriber: SubscriberId, browser: &BrowserSubscription) -> Result<TargetId> {
    let push = check_with_keys(app, browser).await?;
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    require_key(&mut transaction, push.vapid_key).await?;
    own_browser(&mut transaction, &push).await?;
    let target = bind(&mut transaction, subscriber, &push, &browser.label, now).await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    // Who has a profile only to look at goes on looking, unless there is no other.
    let is_told = |profile: &Profile| profile.telling.channels != Channels::NONE;
    let all_look = !own.iter().any(is_told);
    for profile in own.iter().filter(|profile| all_look || is_told(profile)) {
        if !profile.telling.channels.uses(Channel::WebPush) {
            let channels = with_push(profile.telling.channels);
            profiles::set_channels(&mut transaction, profile.id, channels, now).await?;
        }
    }
    transaction.commit().await?;
    Ok(target)
}

fn with_push(channels: Channels) -> Channels {
    let fallback = if channels.uses(Channel::Email) {
        Channels::EMAIL_FALLBACK
    } else {
        Channels::NONE
    };
    Channels::WEB_PUSH.union(fallback)
}

/// What becomes of a browser that asks, as it does on each visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserState {
    /// Whether it is sent to.
    pub known: bool,
    /// Whether it should subscribe anew: its push service has forgotten it, or there is a later VAPID key.
    pub renew: bool,
}

/// What the server knows of this browser. Who does not know its secret learns nothing.
///
/// # Errors
/// What the database says.
pub async fn browser_state(app: &App, endpoint: &str, auth: &str) -> Result<BrowserState> {
    let mut transaction = app.database.read().await?;
    let target = targets::find_browser(&mut transaction, endpoint).await?;
    let keys = app.push_keys();
    let own = target.and_then(|target| match target.place {
        Place::Browser(push) if push.auth == auth => Some((target.status, push.vapid_key)),
        _ => None,
    });
    Ok(match own {
        Some((TargetStatus::Active, key)) => BrowserState {
            known: true,
            renew: keys.present().is_some_and(|present| present.id != key),
        },
        Some((TargetStatus::Gone, _)) => BrowserState {
            known: false,
            renew: true,
        },
        _ => BrowserState {
            known: false,
            renew: false,
        },
    })
}

/// Whether the server sends to this browser.
///
/// # Errors
/// What the database says.
pub async fn is_known(app: &App, endpoint: &str, auth: &str) -> Result<bool> {
    Ok(browser_state(app, endpoint, auth).await?.known)
}

/// Gives a target the subscription that its browser made anew. Knowing the old endpoint and its secret is the proof;
/// a browser that its person removed stays removed.
///
/// # Errors
/// [`Error::NotFound`] when the old one is not known so; what [`subscribe_by_browser`] refuses.
pub async fn refresh_browser(
    app: &App,
    old_endpoint: &str,
    old_auth: &str,
    browser: &BrowserSubscription,
) -> Result<()> {
    let mut push = check_with_keys(app, browser).await?;
    let mut transaction = app.database.begin().await?;
    let target = targets::find_browser_in_turn(&mut transaction, old_endpoint)
        .await?
        .ok_or(Error::NotFound)?;
    match &target.place {
        Place::Browser(old) if old.auth == old_auth && target.status != TargetStatus::Stopped => {
            // A service worker subscribes again with the key it had, and cannot say which that was.
            if browser.vapid_key.is_empty() {
                push.vapid_key = old.vapid_key;
            }
        }
        _ => return Err(Error::NotFound),
    }
    require_key(&mut transaction, push.vapid_key).await?;
    let origin = origin_of(&mut transaction, &push).await?;
    targets::refresh_browser(&mut transaction, target.id, &push, origin)
        .await
        .map_err(|error| match error {
            crate::storage::Error::Conflict(_) => Refusal::BrowserTaken.into(),
            other => Error::from(other),
        })?;
    transaction.commit().await?;
    Ok(())
}

/// The same as [`check`], of a browser that may have subscribed with a key that another process made a moment ago.
async fn check_with_keys(app: &App, browser: &BrowserSubscription) -> Result<PushSubscription> {
    keys_with_public(app, browser.vapid_key.trim_end_matches('=')).await?;
    check(app, browser)
}

/// Messages must still be signed with the key; another process may have retired it a moment ago.
async fn require_key(transaction: &mut Transaction, key: VapidKeyId) -> Result<()> {
    if vapid_keys::is_in_use(transaction, key).await? {
        Ok(())
    } else {
        Err(Refusal::UnknownVapidKey.into())
    }
}

/// Checks what a browser gave: the endpoint, the keys, and that it accepts our signature.
pub(super) fn check(app: &App, browser: &BrowserSubscription) -> Result<PushSubscription> {
    app.guard.check(&browser.endpoint)?;
    RecipientKeys::parse(&browser.p256dh, &browser.auth)?;
    Ok(PushSubscription {
        endpoint: browser.endpoint.clone(),
        p256dh: browser.p256dh.clone(),
        auth: browser.auth.clone(),
        vapid_key: vapid_key(app, &browser.vapid_key)?,
    })
}

fn vapid_key(app: &App, public: &str) -> Result<VapidKeyId> {
    let keys = app.push_keys();
    let found = keys.with_public(public.trim_end_matches('='));
    found
        .map(|installed| installed.id)
        .ok_or_else(|| Refusal::UnknownVapidKey.into())
}

/// The target of this endpoint, if it is known with these keys.
async fn own_browser(transaction: &mut Transaction, push: &PushSubscription) -> Result<Option<Target>> {
    let Some(target) = targets::find_browser_in_turn(transaction, &push.endpoint).await? else {
        return Ok(None);
    };
    match &target.place {
        Place::Browser(known) if known.auth == push.auth && known.p256dh == push.p256dh => Ok(Some(target)),
        _ => Err(Refusal::BrowserTaken.into()),
    }
}

/// Makes the browser a target of `subscriber`.
pub(super) async fn bind(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    push: &PushSubscription,
    label: &str,
    now: Timestamp,
) -> Result<TargetId> {
    let origin = origin_of(transaction, push).await?;
    if let Some(target) = targets::find_browser(transaction, &push.endpoint).await? {
        targets::refresh_browser(transaction, target.id, push, origin).await?;
        targets::set_subscriber(transaction, target.id, subscriber).await?;
        return Ok(target.id);
    }
    let place = Place::Browser(push.clone());
    Ok(targets::insert(
        transaction,
        subscriber,
        &place,
        origin,
        TargetStatus::Active,
        label,
        now,
    )
    .await?)
}

async fn origin_of(transaction: &mut Transaction, push: &PushSubscription) -> Result<OriginId> {
    let origin = url::Url::parse(&push.endpoint).map(|url| url.origin().ascii_serialization());
    let name = origin.map_err(|_| Error::Unexpected("a checked endpoint is no address".to_owned()))?;
    Ok(origins::find_or_insert(transaction, &name, Channel::WebPush).await?)
}
