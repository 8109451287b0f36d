// SPDX-License-Identifier: EUPL-1.2
//! Writing to the people who run the service: a form, its mistakes said at the fields and in an index, and what happens
//! next. The mail itself is sent by `services::send_contact_messages`.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::domain::contact::{ContactMessage, ContactProblem, ContactSubject, LONGEST_MESSAGE, LONGEST_NAME, Typed};
use crate::services::write_to_body::write_to_body;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::client::{Client, ContactLimits};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::query::Query;
use crate::web::site::answers::FieldError;
use crate::web::site::message::MessagePage;

/// The form as it is sent, and as it is shown again.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    subject: String,
    message: String,
    email: String,
    name: String,
}

#[derive(Template)]
#[template(path = "site/contact.html")]
struct ContactPage {
    page: Page,
    subjects: Vec<(&'static str, String)>,
    fields: Fields,
    errors: Vec<FieldError>,
    longest_message: usize,
    longest_name: usize,
}

impl ContactPage {
    fn new(page: Page, fields: Fields, errors: Vec<FieldError>) -> Self {
        let subjects = ContactSubject::ALL.map(|it| (it.code(), page.t(&format!("contact-subject-{}", it.code()))));
        Self {
            subjects: subjects.into(),
            fields,
            errors,
            longest_message: LONGEST_MESSAGE,
            longest_name: LONGEST_NAME,
            page,
        }
    }

    /// What is wrong with a field; empty if nothing is.
    fn error(&self, field: &str) -> &str {
        let found = self.errors.iter().find(|error| error.field == field);
        found.map_or("", |error| error.message.as_str())
    }
}

/// What the address says that it is about.
#[derive(Debug, Default, Deserialize)]
pub struct About {
    #[serde(default)]
    argomento: String,
}

/// The empty form.
pub async fn form(page: Page, Query(about): Query<About>) -> Response {
    let fields = Fields {
        subject: about.argomento,
        ..Fields::default()
    };
    render(&ContactPage::new(page, fields, Vec::new()))
}

/// Takes the form: from here on the message is not lost.
///
/// # Errors
/// What the database says.
pub async fn submit(
    State(app): State<App>,
    Extension(limits): Extension<Arc<ContactLimits>>,
    client: Client,
    page: Page,
    Submitted(fields): Submitted<Fields>,
) -> Result<Response, PageError> {
    let typed = Typed {
        subject: &fields.subject,
        text: &fields.message,
        email: &fields.email,
        name: &fields.name,
    };
    match ContactMessage::read(&typed, page.texts.language) {
        Ok(message) => {
            if limits.count(client).is_err() {
                // What somebody has written is not lost over it: the form comes back as it was.
                let errors = vec![FieldError::new("message", page.t("error-too-many"))];
                let page = ContactPage::new(page, fields, errors);
                return Ok(render_as(StatusCode::TOO_MANY_REQUESTS, &page));
            }
            let about = message.subject.code();
            write_to_body(&app, message).await?;
            Ok(Redirect::to(&format!("{}/inviato?argomento={about}", paths::WRITE)).into_response())
        }
        Err(problems) => {
            let errors = problems
                .into_iter()
                .map(|it| explained(it, &fields, page.texts))
                .collect();
            let page = ContactPage::new(page, fields, errors);
            Ok(render_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// What is wrong, at which field.
fn explained(problem: ContactProblem, fields: &Fields, texts: Texts) -> FieldError {
    let too_long = |key: &str, text: &str, longest: usize| {
        let length = text.trim().replace("\r\n", "\n").chars().count().to_string();
        texts.fill(
            key,
            &[("length", length.as_str()), ("longest", longest.to_string().as_str())],
        )
    };
    match problem {
        ContactProblem::NoSubject => FieldError::new("subject", texts.get("contact-no-subject")),
        ContactProblem::NoText => FieldError::new("message", texts.get("contact-no-message")),
        ContactProblem::TextTooLong => {
            let sentence = too_long("contact-message-too-long", &fields.message, LONGEST_MESSAGE);
            FieldError::new("message", sentence)
        }
        ContactProblem::BadAddress => FieldError::new("email", texts.get("form-bad-address")),
        ContactProblem::NameTooLong => {
            FieldError::new("name", too_long("contact-name-too-long", &fields.name, LONGEST_NAME))
        }
    }
}

/// Says what happens next.
pub async fn sent(page: Page, Query(about): Query<About>) -> Response {
    let is_accessibility = ContactSubject::from_code(&about.argomento) == Some(ContactSubject::Accessibility);
    let body = page.config().body_name.clone();
    let mut message = MessagePage::new(page, "it-mail", "contact-sent");
    message.lead = message.page.filled("contact-sent-to", "body", &body);
    if is_accessibility {
        message.notes.insert(0, message.page.t("contact-sent-accessibility"));
    }
    render(&message.with_link("contact-sent-help", paths::HELP))
}
