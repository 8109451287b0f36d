// SPDX-License-Identifier: EUPL-1.2
//! Mails that no subscription owes: they have no target, no opt-out and no place in the ledger.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;
use crate::domain::contact::ContactMessage;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::LetterId;
use crate::domain::language::Language;

/// What such a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterContent {
    /// What somebody wrote, for the body.
    ToBody(ContactMessage),
    /// That everything about a person was erased, for them.
    Erased {
        /// Their address, of which this is the last trace.
        mailbox: EmailAddress,
        /// Their language.
        language: Language,
    },
}

impl LetterContent {
    /// How long it waits for a relay that does not take it: what somebody wrote as long as its answer may take, the address
    /// of somebody who was erased no longer than a relay is away.
    #[must_use]
    pub const fn kept(&self) -> TimeDelta {
        match self {
            Self::ToBody(_) => TimeDelta::days(30),
            Self::Erased { .. } => TimeDelta::days(2),
        }
    }
}

/// A letter that waits to be handed to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLetter {
    /// Its id.
    pub id: LetterId,
    /// What it says.
    pub content: LetterContent,
    /// What its mail is known by, the same at every attempt.
    pub nonce: Vec<u8>,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: i32,
}
