// SPDX-License-Identifier: EUPL-1.2
//! A line of a file of subscribers as it is written: `import_subscribers` reads it, `generate_subscribers` makes it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::services::json_lines::null_as_default;

/// One line: a person in one persona.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriberRecord {
    /// The mailbox; may be left out where there is a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `citizen`, `authority` or `operator`.
    pub kind: String,
    /// ISTAT codes.
    #[serde(default, deserialize_with = "null_as_default")]
    pub areas: Vec<String>,
    /// Codes of topics.
    pub topics: Vec<String>,
    /// ATECO sections and divisions.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub sectors: Vec<String>,
    /// The code of a type of organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_type: Option<String>,
    /// The code of a size of company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_size: Option<String>,
    /// The code of a band of ages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_band: Option<String>,
    /// `it` or `en`; Italian if left out.
    #[serde(default)]
    pub language: Option<String>,
    /// `immediate`, `daily` or `weekly`; at once if left out.
    #[serde(default)]
    pub frequency: Option<String>,
    /// `web_push`, `email`, `email_fallback`; if left out, those that the person gave a target for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub channels: Vec<String>,
    /// The browsers.
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub push_subscriptions: Vec<BrowserRecord>,
    /// The proof.
    pub consent: ConsentRecord,
}

/// A browser, as the Push API gives it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BrowserRecord {
    /// Where messages for it are sent.
    pub endpoint: String,
    /// Its keys.
    pub keys: BrowserKeys,
}

/// The keys of a browser, in base64url.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BrowserKeys {
    /// Its public key.
    pub p256dh: String,
    /// Its secret.
    pub auth: String,
}

/// When, where and to which words a person agreed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRecord {
    /// When.
    pub at: DateTime<Utc>,
    /// Where: a page, a form, a counter.
    pub source: String,
    /// The words.
    pub text: String,
}
