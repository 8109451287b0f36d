// SPDX-License-Identifier: EUPL-1.2
//! What a person says of an opportunity that they were told of: useful, or why not. Nothing follows from it by itself.

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relevance {
    /// It was of use.
    Useful,
    /// Its topic is not theirs.
    Topic,
    /// It is not where they are.
    Area,
    /// They do not have what it asks for.
    Requirements,
    /// They are told too much.
    TooMany,
    /// It was of no use, for another reason.
    NotUseful,
}

impl Relevance {
    /// Every answer, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Useful,
        Self::Topic,
        Self::Area,
        Self::Requirements,
        Self::TooMany,
        Self::NotUseful,
    ];

    /// The word for it in forms, in the database and in the names of sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Useful => "useful",
            Self::Topic => "topic",
            Self::Area => "area",
            Self::Requirements => "requirements",
            Self::TooMany => "too-many",
            Self::NotUseful => "not-useful",
        }
    }

    /// The answer with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_word_of_its_own() {
        for answer in Relevance::ALL {
            assert_eq!(Relevance::from_code(answer.code()), Some(answer));
        }
        assert_eq!(Relevance::from_code(""), None);
    }
}
