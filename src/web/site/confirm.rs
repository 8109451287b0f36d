// SPDX-License-Identifier: EUPL-1.2
//! The page behind the link in a confirmation: it asks, and only its button confirms, since mail scanners open links.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::subscriber::ConsentEvidence;
use crate::services::confirm_subscription::{asked_profiles, confirm_subscription};
use crate::urls::paths;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::session::{self, Kind};
use crate::web::site::message::MessagePage;
use crate::web::site::profile_summary::ProfileSummary;

/// Asks, showing what would be confirmed.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn ask(State(app): State<App>, page: Page, Path(code): Path<String>) -> Result<Response, PageError> {
    let profiles = asked_profiles(&app, &code).await?;
    let address = format!("{}/{code}", paths::CONFIRM);
    let (texts, vocabulary) = (page.texts, app.vocabulary());
    let asked = profiles
        .iter()
        .map(|profile| ProfileSummary::new(profile, texts, &vocabulary));
    Ok(render(
        &MessagePage::new(page, "it-mail", "confirm")
            .about(asked.collect())
            .with_action(address, "confirm-action", "btn-primary btn-lg"),
    ))
}

/// Confirms, and opens the private page.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn confirm(
    State(app): State<App>,
    page: Page,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let consent = ConsentEvidence {
        at: app.now(),
        source: paths::CONFIRM.to_owned(),
        text: page.t("consent-text"),
    };
    let subscriber = confirm_subscription(&app, &code, &consent).await?;
    let welcome = Redirect::to(&format!("{}?done=confirmed", paths::PREFERENCES)).into_response();
    Ok(session::open(&app, Kind::Person, subscriber.0, welcome).await?)
}
