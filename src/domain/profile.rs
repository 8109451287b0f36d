// SPDX-License-Identifier: EUPL-1.2
//! One persona of a subscriber: who they say they are, where, what they follow, and how they want to be told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{
    AgeBandId, AreaId, CompanySizeId, OpportunityId, OrganisationTypeId, ProfileId, SectorId, SourceId, SubscriberId,
    TopicId,
};
use crate::domain::notification::Channel;

/// Which persona a profile is. The numbers are bits of an audience mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileKind {
    /// A private person.
    Citizen,
    /// A public body.
    Authority,
    /// A business, professional or association.
    Operator,
}

impl ProfileKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Citizen, Self::Authority, Self::Operator];

    /// The word for it in files, commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Authority => "authority",
            Self::Operator => "operator",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// How soon to be told, the soonest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// As it happens.
    #[default]
    Immediate,
    /// In the digest of the day.
    Daily,
    /// In the digest of the week.
    Weekly,
}

impl Frequency {
    /// Every frequency.
    pub const ALL: [Self; 3] = [Self::Immediate, Self::Daily, Self::Weekly];

    /// The word for it in files, commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    /// The frequency with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// By which ways to be told: a set of three wishes, kept as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Channels(u8);

impl Channels {
    /// By none: matches are kept in the inbox.
    pub const NONE: Self = Self(0);
    /// By web push.
    pub const WEB_PUSH: Self = Self(1);
    /// By e-mail, always.
    pub const EMAIL: Self = Self(2);
    /// By e-mail when no push was accepted.
    pub const EMAIL_FALLBACK: Self = Self(4);
    /// By every way.
    pub const ALL: Self = Self(7);

    /// The wishes in these bits; unknown bits are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 7)
    }

    /// The wishes as bits: 1 web push, 2 e-mail, 4 e-mail when no push was accepted.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// All the wishes of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every wish of `other` is among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether `channel` is used at all.
    #[must_use]
    pub const fn uses(self, channel: Channel) -> bool {
        match channel {
            Channel::WebPush => self.contains(Self::WEB_PUSH),
            Channel::Email => self.0 & (Self::EMAIL.0 | Self::EMAIL_FALLBACK.0) != 0,
        }
    }

    /// The same wishes without `channel`.
    #[must_use]
    pub const fn without(self, channel: Channel) -> Self {
        match channel {
            Channel::WebPush => Self(self.0 & !Self::WEB_PUSH.0),
            Channel::Email => Self(self.0 & Self::WEB_PUSH.0),
        }
    }

    const CODES: [(Self, &'static str); 3] = [
        (Self::WEB_PUSH, "web_push"),
        (Self::EMAIL, "email"),
        (Self::EMAIL_FALLBACK, "email_fallback"),
    ];

    /// The words of these wishes, as in files and commands.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        Self::CODES
            .into_iter()
            .filter_map(move |(wish, code)| self.contains(wish).then_some(code))
    }

    /// The wish with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::CODES
            .into_iter()
            .find_map(|(wish, it)| (it == code).then_some(wish))
    }
}

/// How a match is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Telling {
    /// How soon.
    pub frequency: Frequency,
    /// By which ways.
    pub channels: Channels,
}

/// What a follow says of how to be told; what it leaves out, the profile decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TellingOverride {
    /// How soon, if stated.
    pub frequency: Option<Frequency>,
    /// By which ways, if stated.
    pub channels: Option<Channels>,
}

impl TellingOverride {
    /// The wish that results over the profile's own.
    #[must_use]
    pub fn over(self, default: Telling) -> Telling {
        Telling {
            frequency: self.frequency.unwrap_or(default.frequency),
            channels: self.channels.unwrap_or(default.channels),
        }
    }
}

/// What a profile follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Followed {
    /// A topic and all below it; the root topic is everything.
    Topic(TopicId),
    /// One opportunity: it was saved.
    Opportunity(OpportunityId),
}

/// A profile's interest in something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// In what.
    pub followed: Followed,
    /// How to be told of it, where that differs from the profile.
    pub telling: TellingOverride,
}

/// What a profile never wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mute {
    /// One opportunity.
    Opportunity(OpportunityId),
    /// A topic and all below it.
    Topic(TopicId),
    /// Whatever a source says.
    Source(SourceId),
}

/// What a profile states of itself. What it leaves out never excludes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// Where: home and work, several branches.
    pub areas: BTreeSet<AreaId>,
    /// Its economic activities (operators).
    pub sectors: BTreeSet<SectorId>,
    /// Its form (operators and authorities).
    pub organisation_type: Option<OrganisationTypeId>,
    /// Its size (operators).
    pub company_size: Option<CompanySizeId>,
    /// Its age (citizens).
    pub age_band: Option<AgeBandId>,
}

/// One persona of a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its id.
    pub id: ProfileId,
    /// Whose it is.
    pub subscriber: SubscriberId,
    /// Which persona.
    pub kind: ProfileKind,
    /// What it states of itself.
    pub facets: Facets,
    /// What it follows.
    pub follows: Vec<Follow>,
    /// What it never wants to hear of.
    pub mutes: BTreeSet<Mute>,
    /// How to be told, where a follow does not say.
    pub telling: Telling,
}

impl Profile {
    /// Whether anything is told by this channel: by itself, or of something that it follows.
    #[must_use]
    pub fn is_told_by(&self, channel: Channel) -> bool {
        let stated = self.follows.iter().filter_map(|follow| follow.telling.channels);
        stated
            .chain([self.telling.channels])
            .any(|channels| channels.uses(channel))
    }

    /// The topics that it follows, each with how it is told of it.
    pub fn topics(&self) -> impl Iterator<Item = (TopicId, TellingOverride)> {
        self.follows.iter().filter_map(|follow| match follow.followed {
            Followed::Topic(topic) => Some((topic, follow.telling)),
            Followed::Opportunity(_) => None,
        })
    }

    /// The opportunities that it has saved, each with how it is told of it.
    pub fn saved(&self) -> impl Iterator<Item = (OpportunityId, TellingOverride)> {
        self.follows.iter().filter_map(|follow| match follow.followed {
            Followed::Opportunity(opportunity) => Some((opportunity, follow.telling)),
            Followed::Topic(_) => None,
        })
    }
}
