// SPDX-License-Identifier: EUPL-1.2
//! What people think of a page or of signing up: stars, what they liked or where they stumbled, a few words.
//!
//! Two instruments that are never added up: how clear a page is, and how easy the service was to use. Nothing here can
//! name a person: a rating knows its page, its day and its language.

use crate::domain::ids::RatingId;
use crate::domain::language::Language;

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 200;

/// The longest name of a page that is kept, in characters.
pub const LONGEST_PAGE: usize = 100;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instrument {
    /// How clear the information of a page is.
    Page,
    /// How easy the service was to use.
    Flow,
}

impl Instrument {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Page, Self::Flow];

    /// Its name in the database and in sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Flow => "flow",
        }
    }

    /// The instrument with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// From one star to five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stars(u8);

impl Stars {
    /// Every number of stars, the fewest first.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// So many stars; `None` for a number that nobody can give.
    #[must_use]
    pub fn new(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|it| i64::from(it.0) == number)
    }

    /// How many.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// What is asked next.
    #[must_use]
    pub const fn opinion(self) -> Opinion {
        if self.0 >= 4 {
            Opinion::Positive
        } else {
            Opinion::Negative
        }
    }
}

/// Which of the two second questions is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// What they liked: from four stars.
    Positive,
    /// Where they stumbled: up to three.
    Negative,
}

impl Opinion {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Positive, Self::Negative];

    /// Its name in pages and sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }

    /// The codes of the answers to its question, in the order in which they are offered.
    #[must_use]
    pub const fn answers(self) -> [&'static str; 5] {
        match self {
            Self::Positive => ["clear", "complete", "on-track", "no-trouble", "other"],
            Self::Negative => ["unclear", "incomplete", "lost", "trouble", "other"],
        }
    }
}

/// The stars as they come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRating {
    /// Which page.
    pub page: String,
    /// What was asked.
    pub instrument: Instrument,
    /// How many stars.
    pub stars: Stars,
    /// The day, such as `2026-11-23`: never the time.
    pub day: String,
    /// The language of the page.
    pub language: Language,
}

/// A rating as it is kept, before or after the second question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// Its id.
    pub id: RatingId,
    /// The stars and what they are of.
    pub given: NewRating,
    /// What was answered then; `None` until it was.
    pub remarks: Option<Remarks>,
}

/// What follows the stars.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The codes of the answers that were chosen.
    pub answers: Vec<String>,
    /// A few words; empty for none.
    pub text: String,
}

/// A text of more than [`LONGEST_TEXT`] characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a text of {0} characters, where {LONGEST_TEXT} are allowed")]
pub struct TextTooLong(pub usize);

impl Remarks {
    /// Reads what was sent: only answers to the question that was asked, each once, and a text without what no page
    /// shows. A line break counts as one character, as browsers count it.
    ///
    /// # Errors
    /// [`TextTooLong`].
    pub fn read(opinion: Opinion, answers: &[String], text: &str) -> Result<Self, TextTooLong> {
        let offered = opinion.answers().into_iter();
        let answers = offered.filter(|code| answers.iter().any(|it| it == code));
        let text = text.replace("\r\n", "\n");
        let text: String = text
            .trim()
            .chars()
            .filter(|it| *it == '\n' || !it.is_control())
            .collect();
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            return Err(TextTooLong(length));
        }
        Ok(Self {
            answers: answers.map(str::to_owned).collect(),
            text,
        })
    }
}

/// How many gave so many stars to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingCount {
    /// Which page.
    pub page: String,
    /// What was asked.
    pub instrument: Instrument,
    /// How many stars.
    pub stars: Stars,
    /// How many gave them.
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_no_star_or_six() {
        assert_eq!([0, 6, -1, i64::MAX].map(Stars::new), [None; 4]);
        assert_eq!(Stars::new(5).map(Stars::number), Some(5));
    }

    #[test]
    fn from_four_stars_on_the_question_is_what_they_liked() {
        let opinions = Stars::ALL.map(Stars::opinion);
        let (bad, good) = (Opinion::Negative, Opinion::Positive);
        assert_eq!(opinions, [bad, bad, bad, good, good]);
    }

    #[test]
    fn only_answers_to_the_question_that_was_asked_are_kept() {
        let sent = ["lost", "clear", "lost", "anything", "other"].map(str::to_owned);
        let remarks = Remarks::read(Opinion::Negative, &sent, "").unwrap();
        assert_eq!(remarks.answers, ["lost", "other"]);
    }

    #[test]
    fn two_hundred_characters_are_not_too_many() {
        let lines = format!("{}\r\n{}", "è".repeat(100), "à".repeat(99));
        let remarks = Remarks::read(Opinion::Positive, &[], &format!("  {lines}\r\n")).unwrap();
        assert_eq!(remarks.text.chars().count(), LONGEST_TEXT);
        let longer = format!("{lines}x");
        assert_eq!(Remarks::read(Opinion::Positive, &[], &longer), Err(TextTooLong(201)));
    }

    #[test]
    fn what_no_page_shows_is_left_out() {
        let remarks = Remarks::read(Opinion::Positive, &[], "uno\u{0}\u{7}\ndue\u{1b}").unwrap();
        assert_eq!(remarks.text, "uno\ndue");
    }
}
