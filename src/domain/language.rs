// SPDX-License-Identifier: EUPL-1.2
//! The languages that pages and messages are written in: the program's own two, and those that an installation adds.

use serde::{Deserialize, Serialize};

/// A language, whether or not this installation speaks it (`texts::catalogues` knows that).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Language {
    /// Italian, the language of the installation.
    #[default]
    Italian,
    /// English.
    English,
    /// One that an installation adds by a file of texts.
    Added(Addable),
}

/// A language that can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Addable {
    code: &'static str,
    name: &'static str,
}

/// The languages that can be added, by their tags, each with its own name for itself: those of Italy's minorities and
/// neighbours, of the Union, and of those who live here. All are written from left to right, as the pages are laid out.
const ADDABLE: [(&str, &str); 52] = [
    ("am", "አማርኛ"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("bs", "Bosanski"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("frp", "Arpetan"),
    ("fur", "Furlan"),
    ("ga", "Gaeilge"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("ja", "日本語"),
    ("ka", "ქართული"),
    ("ko", "한국어"),
    ("lld", "Ladin"),
    ("lmo", "Lombard"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("mk", "Македонски"),
    ("mt", "Malti"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("oc", "Occitan"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sc", "Sardu"),
    ("si", "සිංහල"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("so", "Soomaali"),
    ("sq", "Shqip"),
    ("sr", "Српски"),
    ("sv", "Svenska"),
    ("ta", "தமிழ்"),
    ("tl", "Tagalog"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vec", "Vèneto"),
    ("vi", "Tiếng Việt"),
    ("wo", "Wolof"),
    ("zh", "中文"),
];

impl Language {
    /// The program's own languages, the installation's first.
    pub const ALL: [Self; 2] = [Self::Italian, Self::English];

    /// The tag of RFC 5646.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Italian => "it",
            Self::English => "en",
            Self::Added(added) => added.code,
        }
    }

    /// The language's own name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Italian => "Italiano",
            Self::English => "English",
            Self::Added(added) => added.name,
        }
    }

    /// The language with this tag.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let added = |(code, name)| Self::Added(Addable { code, name });
        let addable = || ADDABLE.into_iter().find(|it| it.0 == code).map(added);
        Self::ALL.into_iter().find(|it| it.code() == code).or_else(addable)
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.code()
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;

    fn try_from(code: String) -> Result<Self, UnknownLanguage> {
        Self::from_code(&code).ok_or(UnknownLanguage(code))
    }
}

/// A tag of no language that can be spoken here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language that can be spoken here")]
pub struct UnknownLanguage(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_tag_alone() {
        for (code, name) in ADDABLE {
            let language = Language::from_code(code).expect(code);
            assert_eq!((language.code(), language.name()), (code, name));
        }
        assert_eq!(Language::from_code("it"), Some(Language::Italian));
        assert_eq!(Language::try_from("en".to_owned()), Ok(Language::English));
        for unknown in ["", "IT", "it-IT", "xx", "ar"] {
            assert_eq!(Language::from_code(unknown), None, "{unknown}");
            assert!(Language::try_from(unknown.to_owned()).is_err());
        }
    }
}
