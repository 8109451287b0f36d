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
use crate::domain::logo::Logo;
use crate::domain::vocabulary::Vocabulary;
use crate::outbound::Guard;
use crate::secrets::{Secrets, StableKey};
use crate::storage::Database;
use crate::texts::{Catalogues, Texts};
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
    /// The VAPID keys as this process read them last.
    pub vapid_keys: Arc<RwLock<Arc<PushKeys>>>,
    /// The vocabularies.
    pub vocabularies: Arc<RwLock<Arc<Vocabulary>>>,
    /// The sentences of this installation, where it has some of its own.
    pub catalogues: Option<&'static Catalogues>,
    /// The logo of the body, if there is one.
    pub logo: Option<Arc<Logo>>,
    /// Ring when there is work to look for.
    pub work: Arc<Bells>,
    /// Cancelled when the program is to stop: nothing new is begun.
    pub stopping: CancellationToken,
}

/// One bell for each of the worker's two loops: a single one would wake whichever has waited longer, and the other would
/// sleep on, up to a second.
#[derive(Debug, Default)]
pub struct Bells {
    /// For what is matched and scheduled.
    pub matching: Notify,
    /// For what is sent.
    pub sending: Notify,
}

impl Bells {
    /// Rings both; who is busy hears it when they next wait.
    pub fn ring(&self) {
        self.matching.notify_one();
        self.sending.notify_one();
    }
}

/// The VAPID keys that messages are signed with: browsers subscribe with the present one, and those that subscribed with
/// an earlier one are sent to with that until they come by.
#[derive(Debug)]
pub struct PushKeys {
    /// The present one first.
    pub installed: Vec<InstalledKey>,
    /// When they were read.
    pub read_at: Timestamp,
}

impl PushKeys {
    /// The key that browsers subscribe with.
    #[must_use]
    pub fn present(&self) -> Option<&InstalledKey> {
        self.installed.first()
    }

    /// The key with this id.
    #[must_use]
    pub fn with_id(&self, id: VapidKeyId) -> Option<&InstalledKey> {
        self.installed.iter().find(|installed| installed.id == id)
    }

    /// The key with this public half, in base64url; an empty one stands for the present key.
    #[must_use]
    pub fn with_public(&self, public: &str) -> Option<&InstalledKey> {
        let mut keys = self.installed.iter();
        keys.find(|installed| public.is_empty() || installed.key.public_base64url() == public)
    }
}

/// A VAPID key of this installation.
#[derive(Debug)]
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

    /// The VAPID keys as this process read them last.
    #[must_use]
    pub fn push_keys(&self) -> Arc<PushKeys> {
        Arc::clone(&self.vapid_keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the VAPID keys by those that were read anew.
    pub fn set_push_keys(&self, keys: Arc<PushKeys>) {
        *self.vapid_keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The sentences of a language.
    #[must_use]
    pub fn texts(&self, language: Language) -> Texts {
        Texts::of(self.catalogues, language, self.config.zone)
    }

    /// Whether pages and messages can be in a language.
    #[must_use]
    pub fn speaks(&self, language: Language) -> bool {
        self.texts(language).language == language
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
        self.work.ring();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn both_loops_hear_one_ring() {
        let bells = Bells::default();
        bells.ring();
        assert!(bells.matching.notified().now_or_never().is_some());
        assert!(bells.sending.notified().now_or_never().is_some());
        assert!(bells.sending.notified().now_or_never().is_none(), "and only once");
    }
}
