// SPDX-License-Identifier: EUPL-1.2
//! The banner of the private pages that says that mail does not reach the person, why, and what they can do about it.

use crate::app::App;
use crate::domain::ids::SubscriberId;
use crate::services::suppress_mailbox::failing_mailbox;
use crate::texts::Texts;
use crate::web::error::PageError;

/// What the banner shows.
#[derive(Debug, Clone)]
pub struct FailingBlock {
    /// The address that fails.
    pub address: String,
    /// Why nothing is sent there, in words.
    pub why: String,
}

impl FailingBlock {
    /// The banner of a person; `None` while mail reaches them, or where they want none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(app: &App, subscriber: SubscriberId, texts: Texts) -> Result<Option<Self>, PageError> {
        let failing = failing_mailbox(app, subscriber).await?;
        Ok(failing.map(|failing| {
            let address = failing.address.shown();
            let key = format!("failing-{}", failing.reason.code().replace('_', "-"));
            let since = texts.short_date(&failing.since);
            Self {
                why: texts.fill(&key, &[("address", &address), ("since", &since)]),
                address,
            }
        }))
    }
}
