// SPDX-License-Identifier: EUPL-1.2
//! Who receives: a person or body, the mailboxes and browsers they gave, and what they agreed to.

use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{SubscriberId, TargetId, VapidKeyId};
use crate::domain::language::Language;

/// Where a subscriber is in their life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriberStatus {
    /// Asked, and has not confirmed yet: nothing but the confirmation is sent.
    Pending,
    /// Confirmed.
    Active,
    /// Left: nothing is sent, and no file brings them back.
    Left,
}

impl SubscriberStatus {
    /// The word for it in reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Left => "left",
        }
    }
}

/// A person or body that receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Its id.
    pub id: SubscriberId,
    /// Where they are in their life.
    pub status: SubscriberStatus,
    /// In which language to write.
    pub language: Language,
    /// When they first asked.
    pub created_at: Timestamp,
}

/// Whether a target can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetStatus {
    /// A mailbox that has not been confirmed.
    Pending,
    /// It can be sent to.
    Active,
    /// The person stopped it.
    Stopped,
    /// The other side says that it exists no more.
    Gone,
}

impl TargetStatus {
    /// The word for it in files that a person takes along.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::Gone => "gone",
        }
    }
}

/// One mailbox or one browser. Its id survives a refreshed endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: TargetId,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// Whether it can be sent to.
    pub status: TargetStatus,
    /// What it is.
    pub place: Place,
    /// Which browser it is, as it said itself: "Firefox · Linux".
    pub label: String,
    /// What its person calls it; empty where they have not said.
    pub name: String,
    /// Since when it can be sent to.
    pub created_at: Timestamp,
    /// When something was last accepted for it.
    pub last_success_at: Option<Timestamp>,
}

impl Target {
    /// What its person calls it, or else what it said itself.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.label } else { &self.name }
    }

    /// Whether nothing but its row is left of it.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        match &self.place {
            Place::Mailbox(address) => address.as_str().ends_with(&format!("@{ERASED}")),
            Place::Browser(push) => push.endpoint.starts_with(&format!("https://{ERASED}/")),
        }
    }

    /// Whether it is a mailbox that somebody has proved to read. Only such a one signs in, and only its address is kept from
    /// files once its person is erased: what was merely typed is a stranger's.
    #[must_use]
    pub const fn is_proved_mailbox(&self) -> bool {
        matches!(self.place, Place::Mailbox(_)) && matches!(self.status, TargetStatus::Active | TargetStatus::Stopped)
    }

    /// Whether its person may know that it is kept: what they typed and nobody has confirmed is nobody's yet, and that it
    /// is kept would tell whether the address is somebody else's.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        !self.is_erased() && self.status != TargetStatus::Pending
    }
}

/// The host of what stands in the place of addresses that were erased (RFC 2606).
pub const ERASED: &str = "erased.invalid";

/// What a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A mailbox.
    Mailbox(EmailAddress),
    /// A browser.
    Browser(PushSubscription),
}

/// What a browser gave to be pushed to (Push API), and the key it was made with.
#[derive(Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Where messages for it are sent.
    pub endpoint: String,
    /// Its public key, 65 bytes in base64url.
    pub p256dh: String,
    /// Its secret, 16 bytes in base64url.
    pub auth: String,
    /// The VAPID key of ours that it accepts.
    pub vapid_key: VapidKeyId,
}

impl std::fmt::Debug for PushSubscription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PushSubscription(…)")
    }
}

/// What a person can agree to; each is given and withdrawn on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be told of what they follow.
    Notifications,
    /// To be asked how the service is.
    Surveys,
}

impl Purpose {
    /// Every purpose: the privacy notice names each.
    pub const ALL: [Self; 2] = [Self::Notifications, Self::Surveys];

    /// The purpose with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The word for it in files and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Surveys => "surveys",
        }
    }
}

/// What was done with a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentAction {
    /// Asked for, not confirmed yet.
    Asked,
    /// Given.
    Given,
    /// Withdrawn.
    Withdrawn,
}

impl ConsentAction {
    /// The word for it in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Given => "given",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The action with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::Asked, Self::Given, Self::Withdrawn];
        all.into_iter().find(|it| it.code() == code)
    }
}

/// Whose sessions are a subscriber's, as sessions are kept.
#[must_use]
pub fn session_of(subscriber: SubscriberId) -> String {
    format!("person:{subscriber}")
}

/// One line of the ledger of consents (GDPR art. 7.1): it is only ever added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEvidence {
    /// When.
    pub at: Timestamp,
    /// On which page or by which file.
    pub source: String,
    /// The words that were agreed to.
    pub text: String,
}
