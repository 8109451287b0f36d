// SPDX-License-Identifier: EUPL-1.2
//! Signing up in five steps: who, where, what, how, and a summary with the consent.
//!
//! What was answered travels in the address from step to step, so that going back loses nothing, nothing is kept of
//! whoever does not finish, and a link can begin anywhere: "tell me" leads to the fourth step with its topics chosen. The
//! e-mail address is asked on the last page alone and never stands in an address.

use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::vocabulary::Vocabulary;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::site::answers::{Answers, FieldError};

/// What an address says to have the errors of its step shown.
const CHECKED: &str = "checked=yes";

/// One page of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Which persona, and what it says of itself.
    Who,
    /// Which places.
    Where,
    /// Which topics.
    What,
    /// How soon and by which way.
    How,
    /// Everything once more, what it would have brought, and the consent.
    Summary,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 5] = [Self::Who, Self::Where, Self::What, Self::How, Self::Summary];

    /// The word for it in addresses and in the names of sentences; the first step has no word in its address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Who => "chi",
            Self::Where => "dove",
            Self::What => "cosa",
            Self::How => "come",
            Self::Summary => "riepilogo",
        }
    }

    /// The step with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// The path of its page.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Who => paths::SUBSCRIBE.to_owned(),
            step => format!("{}/{}", paths::SUBSCRIBE, step.word()),
        }
    }

    /// The names of the fields that its page asks.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Who => &[
                "kind",
                "organisation_type",
                "authority_type",
                "company_size",
                "age_band",
                "sectors",
            ],
            Self::Where => &["areas", "place"],
            Self::What => &["topics"],
            Self::How => &["frequency", "way"],
            Self::Summary => &[],
        }
    }

    /// The step that follows.
    #[must_use]
    pub fn after(self) -> Option<Self> {
        Self::ALL.into_iter().find(|it| *it > self)
    }

    /// The step that comes before.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|it| *it < self)
    }

    /// The address of its page with these answers.
    #[must_use]
    pub fn address(self, answers: &Answers) -> String {
        match answers.query() {
            query if query.is_empty() => self.path(),
            query => format!("{}?{query}", self.path()),
        }
    }
}

/// Where "tell me" leads to: how to be told of these answers, or which topics where there are none.
#[must_use]
pub fn tell_me(answers: &Answers) -> String {
    let step = if answers.topics.is_empty() && answers.saved.is_empty() {
        Step::What
    } else {
        Step::How
    };
    step.address(answers)
}

/// A step as the line at the top of each page shows it.
#[derive(Debug, Clone)]
pub struct Mark {
    /// What it is called.
    pub name: String,
    /// Whether its answers are given.
    pub is_done: bool,
    /// Whether it is this page.
    pub is_current: bool,
}

/// The line of steps at the top of a page.
#[must_use]
pub fn marks(current: Step, texts: Texts) -> Vec<Mark> {
    let mark = |step: Step| Mark {
        name: texts.get(&format!("step-{}", step.word())),
        is_done: step < current,
        is_current: step == current,
    };
    Step::ALL.into_iter().map(mark).collect()
}

/// Whether the query of an address asks to have the errors of its step shown.
#[must_use]
pub fn is_checked(query: &str) -> bool {
    query.split('&').any(|pair| pair == CHECKED)
}

/// The first step of which an answer is missing or cannot be used, with what is wrong. Places that are found become areas.
#[must_use]
pub fn wrong_answers(answers: &mut Answers, texts: Texts, vocabulary: &Vocabulary) -> Option<(Step, Vec<FieldError>)> {
    let places = answers.settle_places(texts, vocabulary);
    if !places.is_empty() {
        return Some((Step::Where, places));
    }
    let topics = answers.topics_error(texts)?;
    Some((Step::What, vec![topics]))
}

/// To an earlier step, which will say what is wrong.
#[must_use]
pub fn lead_back(step: Step, answers: &Answers) -> Response {
    let query = answers.query();
    let separator = if query.is_empty() { "" } else { "&" };
    Redirect::to(&format!("{}?{query}{separator}{CHECKED}", step.path())).into_response()
}
