// SPDX-License-Identifier: EUPL-1.2
//! Typed ids, one newtype for each kind of thing: dense integers inside, opaque [`Token`]s outside.

use rand::Rng;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An area of the vocabulary.
    AreaId;
    /// A topic of the vocabulary.
    TopicId;
    /// A sector of the vocabulary.
    SectorId;
    /// A type of organisation, at most 62: its number is a bit of a mask.
    OrganisationTypeId;
    /// A size of company: its number is a bit of a mask.
    CompanySizeId;
    /// A band of ages: its number is a bit of a mask.
    AgeBandId;
    /// A feed or register from which opportunities are imported.
    SourceId;
    /// An opportunity.
    OpportunityId;
    /// A subscriber.
    SubscriberId;
    /// One persona of a subscriber.
    ProfileId;
    /// One mailbox or one browser.
    TargetId;
    /// One reason to write.
    OccasionId;
    /// Occasions that were made in one go.
    BatchId;
    /// A link sent to a person, to be used once.
    LinkId;
    /// A member of staff.
    StaffId;
    /// A rating of a page or of signing up.
    RatingId;
    /// A message to the people who run the service.
    ContactMessageId;
    /// A VAPID key of this installation.
    VapidKeyId;
    /// Where messages leave to: a push service, or the SMTP relay.
    OriginId;
}

/// An opaque name for the outside: 10 characters that tell neither an order nor a time (about 50 bits).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// Letters and digits that cannot be taken for one another when read aloud or copied.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Token {
    /// How long a token is.
    pub const LENGTH: usize = 10;

    /// A new token from `chance`.
    pub fn random(chance: &mut impl Rng) -> Self {
        let mut bytes = [0_u8; Self::LENGTH];
        chance.fill_bytes(&mut bytes);
        let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        Self(letters.collect())
    }

    /// A token read from an address or the database; `None` unless it has a token's shape.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == Self::LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
        shaped.then(|| Self(text.to_owned()))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
