// SPDX-License-Identifier: EUPL-1.2
//! [`App`]: the handles that every operation needs, and nothing else. Opened by `services::open_app`.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::delivery::smtp_pool::Mailer;
use crate::delivery::vapid::VapidKey;
use crate::delivery::web_push::PushSender;
use crate::domain::chance::Chance;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::ids::VapidKeyId;
use crate::domain::language::Language;
use crate::domain::vocabulary::Vocabulary;
use crate::outbound::Guard;
use crate::secrets::{Secrets, StableKey};
use crate::storage::Database;
use crate::texts::Texts;
use crate::urls::{Urls, paths};

/// The handles of one running program; clones share them.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The present.
    pub clock: Clock,
    /// Randomness.
    pub chance: Chance,
    /// The database.
    pub database: Database,
    /// What the installation's secret protects.
    pub secrets: Arc<Secrets>,
    /// What protects the addresses that stop mail.
    pub unsubscribe_key: StableKey,
    /// Public addresses.
    pub urls: Arc<Urls>,
    /// What may be sent to.
    pub guard: Arc<Guard>,
    /// Sends to browsers.
    pub push: Arc<PushSender>,
    /// Sends mail.
    pub mailer: Arc<Mailer>,
    /// The VAPID keys, the present one first.
    pub vapid_keys: Arc<Vec<InstalledKey>>,
    /// The vocabularies.
    pub vocabularies: Arc<RwLock<Arc<Vocabulary>>>,
    /// Rings when there is work to look for.
    pub work: Arc<Notify>,
    /// Cancelled when the program is to stop: nothing new is begun.
    pub stopping: CancellationToken,
}

/// A VAPID key of this installation.
pub struct InstalledKey {
    /// Its id.
    pub id: VapidKeyId,
    /// The key.
    pub key: VapidKey,
}

impl App {
    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The vocabularies as they are now.
    #[must_use]
    pub fn vocabulary(&self) -> Arc<Vocabulary> {
        Arc::clone(&self.vocabularies.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the vocabularies after a change.
    pub fn set_vocabulary(&self, vocabulary: Vocabulary) {
        *self.vocabularies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(vocabulary);
    }

    /// The sentences of a language.
    #[must_use]
    pub fn texts(&self, language: Language) -> Texts {
        Texts::new(language, self.config.zone)
    }

    /// The page about privacy: the body's own, or the one of the service.
    #[must_use]
    pub fn privacy_url(&self) -> String {
        let configured = &self.config.privacy_url;
        if configured.is_empty() {
            self.urls.absolute(paths::PRIVACY)
        } else {
            configured.clone()
        }
    }

    /// Makes the worker look for work sooner; nothing depends on it.
    pub fn wake_jobs(&self) {
        self.work.notify_one();
    }
}
