// SPDX-License-Identifier: EUPL-1.2
//! How an operation fails: refused for a reason that a person can act on, not found, or unexpected.

use crate::delivery::encryption::KeyError;
use crate::domain::criteria::UnknownCode;
use crate::domain::opportunity::PublishRefusal;
use crate::outbound;
use crate::storage;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was refused; nothing has changed, and the reason says what to do.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing.
    #[error("there is no such thing")]
    NotFound,
    /// Something that should have worked did not; logged once, shown to nobody.
    #[error("unexpected: {0}")]
    Unexpected(String),
}

/// The result of every operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A reason that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The address is none.
    #[error("this is not an e-mail address")]
    Address,
    /// No topic was chosen.
    #[error("choose at least one topic")]
    NoTopic,
    /// The consent was not given.
    #[error("without consent nothing can be sent")]
    NoConsent,
    /// A code is in no vocabulary.
    #[error(transparent)]
    UnknownCode(#[from] UnknownCode),
    /// The link is no link of ours, or has lived its time.
    #[error("this link has expired or is not complete")]
    LinkExpired,
    /// The link has done its work.
    #[error("this link was used already")]
    LinkUsed,
    /// Other addresses were asked for too often.
    #[error("another address was asked for too often: wait an hour")]
    AskedTooOften,
    /// A person with no profile would be told nothing.
    #[error("this is the only profile: leave the service instead")]
    LastProfile,
    /// Address or password are wrong.
    #[error("address or password are wrong")]
    Credentials,
    /// The address has an account already.
    #[error("this address has an account already")]
    AccountExists,
    /// The password is too short.
    #[error("a password needs at least {MINIMUM_PASSWORD} characters")]
    ShortPassword,
    /// A push endpoint that nothing is sent to.
    #[error("this push address is not accepted: {0}")]
    Endpoint(#[from] outbound::Refusal),
    /// Keys of a push subscription that cannot be used.
    #[error("the keys of this push subscription cannot be used: {0}")]
    PushKeys(#[from] KeyError),
    /// The browser was subscribed with a key that is not ours.
    #[error("this browser was subscribed with a key that is not ours")]
    UnknownVapidKey,
    /// Another browser has this endpoint.
    #[error("this browser belongs to another subscription")]
    BrowserTaken,
    /// Another person has this mailbox.
    #[error("this mailbox belongs to another subscription")]
    MailboxTaken,
    /// An opportunity that cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishRefusal),
    /// Criteria that only some kinds of profile can answer, without saying for which it is.
    #[error("say whom it is for: it asks something that only some can answer")]
    AudienceOpen,
    /// A published opportunity is changed by its source, not by hand, here.
    #[error("only a draft can be changed")]
    NotADraft,
    /// What is not public, or not open to that, cannot take such a turn.
    #[error("it is not public, or that cannot be said of it")]
    NotPublic,
}

/// The shortest password that is accepted.
pub(super) const MINIMUM_PASSWORD: usize = 12;

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        Self::Unexpected(error.to_string())
    }
}

impl From<outbound::Refusal> for Error {
    fn from(error: outbound::Refusal) -> Self {
        Self::Refused(error.into())
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<UnknownCode> for Error {
    fn from(error: UnknownCode) -> Self {
        Self::Refused(error.into())
    }
}

impl From<PublishRefusal> for Error {
    fn from(error: PublishRefusal) -> Self {
        Self::Refused(error.into())
    }
}
