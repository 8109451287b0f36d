// SPDX-License-Identifier: EUPL-1.2
//! The page behind the link in a confirmation: it asks, and only its button confirms, since mail scanners open links.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::subscriber::ConsentEvidence;
use crate::services::confirm_subscription::{Asked, asked_for, confirm_subscription};
use crate::services::save_for_later::public_among;
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
    let address = format!("{}/{code}", paths::CONFIRM);
    let (texts, vocabulary) = (page.texts, app.vocabulary());
    let asks = match asked_for(&app, &code).await? {
        Asked::Subscription(profiles) => {
            let mut asked = Vec::new();
            for profile in &profiles {
                let saved: Vec<OpportunityId> = profile.saved().map(|(opportunity, _)| opportunity).collect();
                let saved = public_among(&app, &saved).await?;
                asked.push(ProfileSummary::new(profile, texts, &vocabulary).saving(&saved));
            }
            MessagePage::new(page, "it-mail", "confirm").about(asked).with_action(
                address,
                "confirm-action",
                "btn-primary btn-lg",
            )
        }
        Asked::Addition => MessagePage::new(page, "it-mail", "add-mailbox").with_action(
            address,
            "add-mailbox-action",
            "btn-primary btn-lg",
        ),
    };
    Ok(render(&asks))
}

/// Confirms, and opens the private page. Who agrees to be one more address of a subscription is not signed in to it: whoever
/// reads it can, if they want to.
///
/// # Errors
/// A link that has expired or was used says so.
pub async fn confirm(
    State(app): State<App>,
    page: Page,
    Path(code): Path<String>,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    let asked = asked_for(&app, &code).await?;
    let words = match asked {
        Asked::Subscription(_) => "consent-text",
        Asked::Addition => "add-mailbox-lead",
    };
    let consent = ConsentEvidence {
        at: app.now(),
        source: paths::CONFIRM.to_owned(),
        text: page.t(words),
    };
    let subscriber = confirm_subscription(&app, &code, &consent).await?;
    if asked == Asked::Addition {
        let done = MessagePage::new(page, "it-check-circle", "mailbox-added")
            .with_link("mailbox-added-sign-in", paths::SIGN_IN);
        return Ok(render(&done));
    }
    let welcome = Redirect::to(&format!("{}?done=confirmed", paths::PREFERENCES)).into_response();
    Ok(session::open(&app, Kind::Person, subscriber.0, welcome).await?)
}
