// SPDX-License-Identifier: EUPL-1.2
//! The pages of signing up: each step with what was answered so far.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use crate::app::App;
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::ProfileKind;
use crate::storage::profiles;
use crate::urls::{opportunity_path, paths};
use crate::web::error::PageError;
use crate::web::page::{Page, render_as};
use crate::web::session::MaybePerson;
use crate::web::site::answers::{Answers, FieldError};
use crate::web::site::questions::{Choice, Questions};
use crate::web::site::steps::{Mark, Step, is_checked, lead_back, marks, wrong_answers};
use crate::web::site::subscribe;

#[derive(Template)]
#[template(path = "site/wizard.html")]
struct StepPage {
    page: Page,
    step: Step,
    steps: Vec<Mark>,
    number: usize,
    questions: Questions,
    ways: Vec<Choice>,
    /// Whether who they are is asked here, as nobody has said so yet: whoever came by "tell me" begins at this page.
    asks_who: bool,
    /// The topics that they came for, by name; shown where who they are is asked.
    came_for: String,
    /// The titles of what they want to save; shown at the same place.
    to_save: Vec<String>,
    /// Name and value of what other steps asked.
    kept: Vec<(String, String)>,
    next: String,
    before: Option<String>,
    /// What a place that was typed is part of today, where it was a municipality once.
    told: String,
}

impl StepPage {
    fn new(app: &App, page: Page, step: Step, answers: &Answers, errors: Vec<FieldError>) -> Self {
        let own = step.fields();
        let kept = answers.pairs().into_iter().filter(|(name, _)| !own.contains(name));
        let way = |code: &str, chosen: bool| Choice {
            code: code.to_owned(),
            name: page.t(&format!("wizard-way-{code}")),
            hint: page.t(&format!("wizard-way-{code}-hint")),
            chosen,
        };
        let by_push = answers.way == "push";
        Self {
            steps: marks(step, page.texts),
            number: step as usize + 1,
            questions: Questions::new(app, &page, answers, errors),
            ways: vec![way("email", !by_push), way("push", by_push)],
            kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            next: step.after().map(Step::path).unwrap_or_default(),
            before: step.before().map(Step::path),
            asks_who: false,
            came_for: String::new(),
            to_save: Vec::new(),
            told: String::new(),
            step,
            page,
        }
    }

    /// The same page for who came by "tell me": it asks who they are as well, and says for which topics.
    fn beginning_here(mut self, app: &App, answers: &Answers, to_save: &[Opportunity]) -> Self {
        let (language, vocabulary) = (self.page.texts.language, app.vocabulary());
        let topics = answers.topics.iter().filter_map(|code| vocabulary.topics.by_code(code));
        self.steps[Step::Who as usize].is_done = false;
        Self {
            asks_who: true,
            came_for: topics
                .map(|topic| topic.names.of(language))
                .collect::<Vec<_>>()
                .join(" · "),
            to_save: to_save.iter().map(|it| it.content.title.clone()).collect(),
            kept: self
                .kept
                .into_iter()
                .filter(|(name, _)| name != "suggested_kind")
                .collect(),
            ..self
        }
    }
}

/// The first step. Whoever begins anew is not met by an address that somebody else typed in this browser before.
///
/// # Errors
/// What the database says.
pub async fn first(
    state: State<App>,
    person: MaybePerson,
    page: Page,
    jar: CookieJar,
    query: RawQuery,
) -> Result<Response, PageError> {
    let (app, begins) = (state.0.clone(), query.0.is_none());
    let word = Path(Step::Who.word().to_owned());
    let shown = show(state, person, page, jar.clone(), word, query).await?;
    Ok(if begins {
        subscribe::forget_typed(&app, &jar, shown)
    } else {
        shown
    })
}

/// The last step.
///
/// # Errors
/// What the database says.
pub async fn summary(
    state: State<App>,
    person: MaybePerson,
    page: Page,
    jar: CookieJar,
    query: RawQuery,
) -> Result<Response, PageError> {
    show(state, person, page, jar, Path(Step::Summary.word().to_owned()), query).await
}

/// A step with what was answered so far; or an earlier one, where something is wrong or missing.
///
/// # Errors
/// [`PageError::NotFound`] for a step that there is not.
pub async fn show(
    State(app): State<App>,
    MaybePerson(person): MaybePerson,
    page: Page,
    jar: CookieJar,
    Path(word): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let step = Step::from_word(&word).ok_or(PageError::NotFound)?;
    let query = query.unwrap_or_default();
    let mut answers = Answers::of_query(&query);
    let to_save = answers.keep_public(&app).await?;
    if let Some(subscriber) = person {
        if let (true, Some(opportunity)) = (answers.topics.is_empty(), to_save.first()) {
            return Ok(Redirect::to(&opportunity_path(opportunity)).into_response());
        }
        let mut transaction = app.database.read().await?;
        let own = profiles::list(&mut transaction, subscriber).await?;
        let own: Vec<ProfileKind> = own.iter().map(|profile| profile.kind).collect();
        return Ok(lead_to_profile(&answers, &own));
    }
    let (texts, vocabulary) = (page.texts, app.vocabulary());
    answers.keep_known(&vocabulary);
    let told = answers.told_of_former_place(texts, &vocabulary);
    let wrong = wrong_answers(&mut answers, texts, &vocabulary);
    if let Some((earlier, _)) = wrong.as_ref().filter(|(wrong, _)| *wrong < step) {
        return Ok(lead_back(*earlier, &answers));
    }
    if step == Step::Summary {
        answers.settle_kind();
        return subscribe::show(&app, page, &answers, &jar).await;
    }
    let own = wrong.filter(|(wrong, _)| *wrong == step && is_checked(&query));
    let errors = own.map(|(_, errors)| errors).unwrap_or_default();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = StepPage {
        told,
        ..StepPage::new(&app, page, step, &answers, errors)
    };
    let begins_here = step == Step::How && answers.kind.is_empty();
    Ok(render_as(
        status,
        &if begins_here {
            page.beginning_here(&app, &answers, &to_save)
        } else {
            page
        },
    ))
}

/// Whoever is signed in has a profile: what the address says is added there, to the one that it concerns if they have it.
fn lead_to_profile(answers: &Answers, own: &[ProfileKind]) -> Response {
    let suggested = ProfileKind::from_code(&answers.suggested_kind).filter(|kind| own.contains(kind));
    let asked = ProfileKind::from_code(&answers.kind).or(suggested);
    let kind = asked.or(own.first().copied()).unwrap_or(ProfileKind::Citizen);
    let path = format!("{}/profilo/{}", paths::PREFERENCES, kind.code());
    let added = Answers {
        topics: answers.topics.clone(),
        saved: answers.saved.clone(),
        place: answers.place.clone(),
        areas: answers.areas.clone(),
        ..Answers::default()
    };
    let query = added.query();
    Redirect::to(&if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    })
    .into_response()
}
