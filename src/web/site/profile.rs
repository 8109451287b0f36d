// SPDX-License-Identifier: EUPL-1.2
//! One profile of a signed-in subscriber: the same questions as when signing up.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::ids::{OpportunityId, SubscriberId};
use crate::domain::opportunity::{Opportunity, Status};
use crate::domain::profile::ProfileKind;
use crate::services::choices::ChoiceCodes;
use crate::services::save_for_later::public_among;
use crate::services::save_profile::{remove_profile, save_profile};
use crate::storage::profiles;
use crate::urls::paths;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render, render_as};
use crate::web::session::Person;
use crate::web::site::answers::Answers;
use crate::web::site::questions::Questions;

#[derive(Template)]
#[template(path = "site/profile.html")]
struct ProfilePage {
    page: Page,
    kind: &'static str,
    name: String,
    /// Whether it can be taken away: it is there, and not the only one.
    can_go: bool,
    questions: Questions,
    /// Id and title of what is saved with the answers: what they came for.
    to_save: Vec<(String, String)>,
}

fn show(page: Page, kind: ProfileKind, can_go: bool, questions: Questions, to_save: &[Opportunity]) -> ProfilePage {
    let titled = |it: &Opportunity| (it.id.to_string(), it.content.title.clone());
    ProfilePage {
        to_save: to_save.iter().map(titled).collect(),
        kind: kind.code(),
        name: page.t(&format!("kind-of-person-{}", kind.code())),
        can_go,
        questions,
        page,
    }
}

/// The questions, with what was answered before, and what the address adds to it.
///
/// # Errors
/// [`PageError::NotFound`] for a kind of profile that there is not.
pub async fn form(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let kind = ProfileKind::from_code(&kind).ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let all = profiles::list(&mut transaction, subscriber).await?;
    let own = all.iter().find(|it| it.kind == kind);
    let fresh = Answers {
        kind: kind.code().to_owned(),
        ..Answers::default()
    };
    let mut answers = own.map_or(fresh, |it| Answers::of(ChoiceCodes::of(it, &app.vocabulary())));
    let mut added = Answers::of_query(query.as_deref().unwrap_or_default());
    let to_save = added.keep_public(&app).await?;
    answers.add(&added);
    answers.settle_places(page.texts, &app.vocabulary());
    let questions = Questions::new(&app, &page, &answers, Vec::new());
    let can_go = own.is_some() && all.len() > 1;
    Ok(render(&show(page, kind, can_go, questions, &to_save)))
}

/// Keeps the answers.
///
/// # Errors
/// [`PageError::NotFound`] for a kind of profile that there is not.
pub async fn save(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    Path(kind): Path<String>,
    Submitted(mut answers): Submitted<Answers>,
) -> Result<Response, PageError> {
    let kind = ProfileKind::from_code(&kind).ok_or(PageError::NotFound)?;
    kind.code().clone_into(&mut answers.kind);
    let to_save = answers.keep_public(&app).await?;
    // What is saved already is no question of this form, and reason enough to follow no topic.
    let with_saved = Answers {
        saved: [&*answers.saved, &*waited_for(&app, subscriber, kind).await?].concat(),
        ..answers.clone()
    };
    match with_saved.resolve(page.texts, &app.vocabulary()) {
        Ok(choices) => {
            let choices = Choices {
                saved: to_save.iter().map(|it| it.id).collect(),
                ..choices
            };
            save_profile(&app, subscriber, &choices).await?;
            let former = answers.former_place_query(&app.vocabulary());
            let saved = format!("{}?done=saved&{former}", paths::PREFERENCES);
            Ok(Redirect::to(saved.trim_end_matches('&')).into_response())
        }
        Err(errors) => {
            let questions = Questions::new(&app, &page, &answers, errors);
            Ok(render_as(
                StatusCode::UNPROCESSABLE_ENTITY,
                &show(page, kind, false, questions, &to_save),
            ))
        }
    }
}

/// The ids of what the profile of that kind has saved and is not over: of those there may still be something to tell.
async fn waited_for(app: &App, subscriber: SubscriberId, kind: ProfileKind) -> Result<Vec<String>, PageError> {
    let mut transaction = app.database.read().await?;
    let all = profiles::list(&mut transaction, subscriber).await?;
    drop(transaction);
    let own = all.iter().find(|it| it.kind == kind);
    let saved: Vec<OpportunityId> = own.map_or_else(Vec::new, |it| it.saved().map(|(id, _)| id).collect());
    let saved = public_among(app, &saved).await?;
    let waited_for = saved.iter().filter(|it| it.status == Status::Published);
    Ok(waited_for.map(|it| it.id.to_string()).collect())
}

/// Takes the profile away.
///
/// # Errors
/// [`PageError::NotFound`] when there is none of that kind.
pub async fn remove(
    State(app): State<App>,
    Person(subscriber): Person,
    Path(kind): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let kind = ProfileKind::from_code(&kind).ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let own = profiles::list(&mut transaction, subscriber)
        .await?
        .into_iter()
        .find(|it| it.kind == kind);
    drop(transaction);
    remove_profile(&app, subscriber, own.ok_or(PageError::NotFound)?.id).await?;
    Ok(Redirect::to(&format!("{}?done=profile-removed", paths::PREFERENCES)).into_response())
}
