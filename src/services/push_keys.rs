// SPDX-License-Identifier: EUPL-1.2
//! The VAPID keys (RFC 8292): read by every process, made anew by `informa push-keys rotate`, ended by `retire`.
//!
//! A browser takes messages only from the key that it subscribed with. So a new key replaces none: browsers subscribe
//! with the latest from then on, those that come by are subscribed anew with it and keep their id, and the others are
//! sent to with the key that they have, until nobody has it and it can be retired. Processes that run already read the
//! keys again from time to time, and at once when they meet a key that they do not know.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::app::{App, InstalledKey, PushKeys};
use crate::delivery::vapid::{VapidError, VapidKey};
use crate::domain::clock::Timestamp;
use crate::domain::ids::VapidKeyId;
use crate::secrets::{Secrets, Use};
use crate::services::{Error, Result};
use crate::storage::vapid_keys::StoredKey;
use crate::storage::{targets, vapid_keys};

/// How long pages give the keys that were read, before they look whether there is a new one.
const READ_AGAIN: TimeDelta = TimeDelta::seconds(10);

/// A key, for whoever runs the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStanding {
    /// Its id.
    pub id: VapidKeyId,
    /// The public half, in base64url.
    pub public_key: String,
    /// Since when there is this key.
    pub created_at: Timestamp,
    /// Since when nothing is signed with it.
    pub retired_at: Option<Timestamp>,
    /// Whether browsers subscribe with it now.
    pub is_present: bool,
    /// How many browsers are sent to with it.
    pub browsers: i64,
}

/// Why a key is not retired.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// There is none with this id.
    #[error("there is no push key {0}; `informa push-keys list` shows them")]
    Unknown(VapidKeyId),
    /// Browsers subscribe with it.
    #[error("push key {0} is the present one: make a new one first with `informa push-keys rotate`")]
    Present(VapidKeyId),
    /// Somebody would hear nothing more.
    #[error(
        "{browsers} browsers are still sent to with push key {id}: they get the new key when they next open a page; \
         wait, or give them up with --drop"
    )]
    InUse {
        /// Which key.
        id: VapidKeyId,
        /// How many browsers.
        browsers: i64,
    },
    /// Something that should have worked did not.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<crate::storage::Error> for RetireError {
    fn from(error: crate::storage::Error) -> Self {
        Self::Service(error.into())
    }
}

/// Opens a stored key; `None` when the installation's secret does not.
pub(super) fn open_key(secrets: &Secrets, stored: &StoredKey) -> Result<Option<InstalledKey>, VapidError> {
    let Some(private) = secrets.open(Use::VapidKey, &stored.private_key) else {
        return Ok(None);
    };
    let key = VapidKey::from_private(&private)?;
    Ok(Some(InstalledKey { id: stored.id, key }))
}

/// Reads the keys anew, for every later use in this process.
///
/// # Errors
/// [`Error::Unexpected`] when one cannot be opened: the keys that were known stay.
pub async fn read_keys(app: &App) -> Result<Arc<PushKeys>> {
    let read_at = app.now();
    let mut transaction = app.database.read().await?;
    let stored = vapid_keys::list(&mut transaction).await?;
    drop(transaction);
    let in_use = stored.iter().filter(|key| key.retired_at.is_none());
    let opened = in_use.map(|stored| {
        let key = open_key(&app.secrets, stored).map_err(|error| Error::Unexpected(error.to_string()))?;
        key.ok_or_else(|| Error::Unexpected("the secret of this process does not open a push key".to_owned()))
    });
    let keys = Arc::new(PushKeys {
        installed: opened.collect::<Result<_>>()?,
        read_at,
    });
    app.set_push_keys(Arc::clone(&keys));
    Ok(keys)
}

/// Reads the keys again where that was some seconds ago. A page that cannot still gives the one that it knows, which
/// messages are signed with all the same.
pub async fn keep_keys_fresh(app: &App) {
    let age = app.now().since(app.push_keys().read_at);
    if (TimeDelta::zero()..READ_AGAIN).contains(&age) {
        return;
    }
    if let Err(error) = read_keys(app).await {
        tracing::error!(%error, "the push keys could not be read again");
    }
}

/// The keys, read again where the one with this id is not among them: another process may have made it.
pub(super) async fn keys_with(app: &App, id: VapidKeyId) -> Arc<PushKeys> {
    let known = app.push_keys();
    if known.with_id(id).is_some() {
        return known;
    }
    read_keys(app).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the push keys could not be read again");
        known
    })
}

/// The keys, read again where the one with this public half is not among them.
pub(super) async fn keys_with_public(app: &App, public: &str) -> Result<Arc<PushKeys>> {
    let known = app.push_keys();
    if known.with_public(public).is_some() {
        return Ok(known);
    }
    read_keys(app).await
}

/// Makes a new key, which browsers subscribe with from now on. The earlier ones go on signing for whoever has them.
///
/// # Errors
/// [`Error::Unexpected`]; nothing has changed then.
pub async fn rotate_keys(app: &App) -> Result<VapidKeyId> {
    let key = VapidKey::generate().map_err(|error| Error::Unexpected(error.to_string()))?;
    let sealed = app.secrets.seal(Use::VapidKey, key.private_bytes());
    let mut transaction = app.database.begin().await?;
    let id = vapid_keys::insert(&mut transaction, key.public_base64url(), &sealed, app.now()).await?;
    transaction.commit().await?;
    read_keys(app).await?;
    Ok(id)
}

/// Every key that ever was, the latest first, and how many browsers are sent to with each.
///
/// # Errors
/// What the database says.
pub async fn list_keys(app: &App) -> Result<Vec<KeyStanding>> {
    let mut transaction = app.database.read().await?;
    let stored = vapid_keys::list(&mut transaction).await?;
    let counts = targets::count_by_key(&mut transaction).await?;
    let present = stored.iter().find(|key| key.retired_at.is_none()).map(|key| key.id);
    let standing = stored.into_iter().map(|key| KeyStanding {
        id: key.id,
        public_key: key.public_key,
        created_at: key.created_at,
        retired_at: key.retired_at,
        is_present: present == Some(key.id),
        browsers: count_of(&counts, key.id),
    });
    Ok(standing.collect())
}

fn count_of(counts: &[(VapidKeyId, i64)], id: VapidKeyId) -> i64 {
    let found = counts.iter().find(|(key, _)| *key == id);
    found.map_or(0, |(_, count)| *count)
}

/// Ends a key that is not the present one and destroys its private half. With `drop`, browsers that have it are sent to no
/// more until they come by; how many those are. What is owed to them ends when its turn comes, and their mail goes out.
///
/// # Errors
/// [`RetireError`]; nothing has changed then.
pub async fn retire_key(app: &App, id: VapidKeyId, drop: bool) -> Result<u64, RetireError> {
    let mut transaction = app.database.begin().await?;
    let stored = vapid_keys::list(&mut transaction).await?;
    let present = stored.iter().find(|key| key.retired_at.is_none()).map(|key| key.id);
    if present == Some(id) {
        return Err(RetireError::Present(id));
    }
    if !stored.iter().any(|key| key.id == id) {
        return Err(RetireError::Unknown(id));
    }
    // First the key, then the browsers: one that subscribes with it afterwards is refused, and one that slips in between
    // gets the new key when it next comes by.
    vapid_keys::retire(&mut transaction, id, app.now()).await?;
    let browsers = count_of(&targets::count_by_key(&mut transaction).await?, id);
    if browsers > 0 && !drop {
        return Err(RetireError::InUse { id, browsers });
    }
    let dropped = targets::drop_key(&mut transaction, id).await?;
    transaction.commit().await.map_err(Error::from)?;
    read_keys(app).await?;
    Ok(dropped)
}
