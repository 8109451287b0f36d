// SPDX-License-Identifier: EUPL-1.2
//! What somebody writes to the people who run the service, by the form of the help pages.

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::ContactMessageId;
use crate::domain::language::Language;

/// The longest message, in characters.
pub const LONGEST_MESSAGE: usize = 2_000;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 100;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactSubject {
    /// Subscribing, messages, stopping them.
    Subscription,
    /// Something that was published.
    Content,
    /// What cannot be used by everybody: an answer is due within 30 days.
    Accessibility,
    /// Personal data.
    Privacy,
    /// Anything else.
    Other,
}

impl ContactSubject {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Subscription,
        Self::Content,
        Self::Accessibility,
        Self::Privacy,
        Self::Other,
    ];

    /// Its name in the database, in forms and in sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Subscription => "subscription",
            Self::Content => "content",
            Self::Accessibility => "accessibility",
            Self::Privacy => "privacy",
            Self::Other => "other",
        }
    }

    /// The subject with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// A message that can be handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactMessage {
    /// What it is about.
    pub subject: ContactSubject,
    /// Who wrote it; empty where they did not say.
    pub name: String,
    /// Where the answer goes.
    pub reply_to: EmailAddress,
    /// What they wrote.
    pub text: String,
    /// The language of the page.
    pub language: Language,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactProblem {
    /// It is not said what it is about.
    NoSubject,
    /// It says nothing.
    NoText,
    /// It has more than [`LONGEST_MESSAGE`] characters.
    TextTooLong,
    /// The address is none.
    BadAddress,
    /// The name has more than [`LONGEST_NAME`] characters.
    NameTooLong,
}

/// What was typed.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The code of the subject.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// The address.
    pub email: &'a str,
    /// The name.
    pub name: &'a str,
}

impl ContactMessage {
    /// Reads what was typed. The name becomes one line; of the text only what a mail shows is kept.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the form.
    pub fn read(typed: &Typed<'_>, language: Language) -> Result<Self, Vec<ContactProblem>> {
        let subject = ContactSubject::from_code(typed.subject);
        let text = readable(typed.text);
        let reply_to = EmailAddress::parse(typed.email);
        let name = one_line(typed.name);
        let problems = [
            (subject.is_none(), ContactProblem::NoSubject),
            (text.is_empty(), ContactProblem::NoText),
            (text.chars().count() > LONGEST_MESSAGE, ContactProblem::TextTooLong),
            (reply_to.is_err(), ContactProblem::BadAddress),
            (name.chars().count() > LONGEST_NAME, ContactProblem::NameTooLong),
        ];
        let problems = problems.into_iter().filter(|(holds, _)| *holds).map(|(_, it)| it);
        let problems: Vec<ContactProblem> = problems.collect();
        match (subject, reply_to) {
            (Some(subject), Ok(reply_to)) if problems.is_empty() => Ok(Self {
                subject,
                name,
                reply_to,
                text,
                language,
            }),
            _ => Err(problems),
        }
    }
}

/// Line breaks as one character, as browsers count them, and no other control characters.
fn readable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim()
        .chars()
        .filter(|it| *it == '\n' || !it.is_control())
        .collect()
}

fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A message that waits to be handed to the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Its id.
    pub id: ContactMessageId,
    /// The message.
    pub message: ContactMessage,
    /// What its mail is known by, the same at every attempt.
    pub nonce: Vec<u8>,
    /// When it was written.
    pub written_at: Timestamp,
    /// How often it was tried, this time included.
    pub attempts: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed<'static> {
        Typed {
            subject: "content",
            text: "Il bando è scaduto?",
            email: "anna@example.org",
            name: "Anna",
        }
    }

    fn problems(typed: &Typed<'_>) -> Vec<ContactProblem> {
        ContactMessage::read(typed, Language::Italian).unwrap_err()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let typed = Typed {
            subject: "anything",
            text: " \r\n ",
            email: "anna",
            name: &"a".repeat(101),
        };
        let all = [
            ContactProblem::NoSubject,
            ContactProblem::NoText,
            ContactProblem::BadAddress,
            ContactProblem::NameTooLong,
        ];
        assert_eq!(problems(&typed), all);
    }

    #[test]
    fn two_thousand_characters_are_not_too_many() {
        let text = format!("{}\r\n{}", "à".repeat(1_000), "b".repeat(999));
        let message = ContactMessage::read(&Typed { text: &text, ..typed() }, Language::Italian).unwrap();
        assert_eq!(message.text.chars().count(), LONGEST_MESSAGE);
        let longer = format!("{text}c");
        let typed = Typed {
            text: &longer,
            ..typed()
        };
        assert_eq!(problems(&typed), [ContactProblem::TextTooLong]);
    }

    #[test]
    fn a_name_is_one_line_and_an_address_too() {
        let typed = Typed {
            name: "Anna\r\nBcc: altri@example.org",
            ..typed()
        };
        let message = ContactMessage::read(&typed, Language::Italian).unwrap();
        assert_eq!(message.name, "Anna Bcc: altri@example.org");
        let typed = Typed {
            email: "anna@example.org\r\nBcc: altri@example.org",
            ..typed
        };
        assert_eq!(problems(&typed), [ContactProblem::BadAddress]);
    }
}
