// SPDX-License-Identifier: EUPL-1.2
//! Signing up: by e-mail with this form, or by this browser alone with the same answers (`site::push`).

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::subscriber::ConsentEvidence;
use crate::services::ask_to_subscribe::{Request, ask_to_subscribe};
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::query::Query;
use crate::web::site::message::MessagePage;
use crate::web::site::profile_form::{Answers, FieldError, Questions, told_of_former};
use crate::web::site::push_block::PushBlock;

/// The id of the form, which the push block refers to.
pub const FORM: &str = "subscription";

#[derive(Template)]
#[template(path = "site/subscribe.html")]
struct SubscribePage {
    page: Page,
    questions: Questions,
    push: PushBlock,
    email: String,
    consent: bool,
}

impl SubscribePage {
    fn new(app: &App, page: Page, answers: &Answers, errors: Vec<FieldError>) -> Self {
        Self {
            questions: Questions::new(app, &page, answers, errors),
            push: PushBlock::new(app, FORM),
            email: answers.email.clone(),
            consent: answers.consent == "yes",
            page,
        }
    }
}

/// The empty form, with what the address says filled in: topics, places, and who it is.
pub async fn form(State(app): State<App>, page: Page, RawQuery(query): RawQuery) -> Response {
    let given: Answers = serde_html_form::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let ticked = Answers {
        kind: given.kind,
        place: given.place,
        topics: given.topics,
        ..Answers::default()
    };
    render(&SubscribePage::new(&app, page, &ticked, Vec::new()))
}

/// Takes the form. The answer is the same whether or not the address is known.
///
/// # Errors
/// [`PageError::TooMany`] from one place; what the database says.
pub async fn submit(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    page: Page,
    Submitted(mut answers): Submitted<Answers>,
) -> Result<Response, PageError> {
    // Whoever signs up by e-mail is told by e-mail; a browser can be added from the private page.
    "email".clone_into(&mut answers.way);
    match read(&app, page.texts, &answers) {
        Ok(request) => {
            limits.count(client)?;
            ask_to_subscribe(&app, &request).await?;
            let former = answers.former_place(&app.vocabulary());
            Ok(Redirect::to(format!("{}/controlla?{former}", paths::SUBSCRIBE).trim_end_matches('?')).into_response())
        }
        Err(errors) => {
            let page = SubscribePage::new(&app, page, &answers, errors);
            Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

fn read(app: &App, texts: Texts, answers: &Answers) -> Result<Request, Vec<FieldError>> {
    let choices = answers.resolve(texts, &app.vocabulary());
    let email = EmailAddress::parse(&answers.email);
    match (choices, consent(answers, texts, app.now()), email) {
        (Ok(choices), Ok(consent), Ok(email)) => Ok(Request {
            email,
            choices,
            language: texts.language,
            consent,
        }),
        (choices, consent, email) => {
            let mut errors = choices.err().unwrap_or_default();
            errors.extend(consent.err());
            errors.extend(
                email
                    .err()
                    .map(|_| FieldError::new("email", texts.get("form-bad-address"))),
            );
            Err(errors)
        }
    }
}

/// The proof of the consent that the form gives.
///
/// # Errors
/// The field, when it was not given.
pub fn consent(answers: &Answers, texts: Texts, now: Timestamp) -> Result<ConsentEvidence, FieldError> {
    if answers.consent != "yes" {
        return Err(FieldError::new("consent-yes", texts.get("refusal-no-consent")));
    }
    Ok(ConsentEvidence {
        at: now,
        source: paths::SUBSCRIBE.to_owned(),
        text: texts.get("consent-text"),
    })
}

/// A place that was typed and was a municipality once.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    place: String,
}

/// Says that a message is on its way, if the address is right.
pub async fn check_mail(State(app): State<App>, page: Page, Query(typed): Query<Typed>) -> Response {
    let told = told_of_former(page.texts, &app.vocabulary(), &typed.place);
    let mut message = MessagePage::new(page, "it-mail", "check-mail").with_link("check-mail-again", paths::SUBSCRIBE);
    message.notes.extend(told);
    render(&message)
}
