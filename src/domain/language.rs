// SPDX-License-Identifier: EUPL-1.2
//! The languages that pages and messages are written in.

use serde::{Deserialize, Serialize};

/// A language of the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Italian, the language of the installation.
    #[default]
    #[serde(rename = "it")]
    Italian,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Every language, the installation's own first.
    pub const ALL: [Self; 2] = [Self::Italian, Self::English];

    /// The tag of RFC 5646.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Italian => "it",
            Self::English => "en",
        }
    }

    /// The language's own name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Italian => "Italiano",
            Self::English => "English",
        }
    }

    /// The language with this tag.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    /// The first language of an `Accept-Language` header that the installation speaks.
    #[must_use]
    pub fn from_accepted(header: &str) -> Option<Self> {
        let tags = header.split(',').filter_map(|part| part.split(';').next());
        tags.filter_map(|tag| tag.trim().split('-').next())
            .find_map(Self::from_code)
    }
}
