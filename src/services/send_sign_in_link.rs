// SPDX-License-Identifier: EUPL-1.2
//! Owe a person the link to their private page: to their mailbox, or as a push to their browser.
//!
//! The answer is the same whether or not there is such a person.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::occasion::OccasionKind;
use crate::domain::subscriber::{Place, Target, TargetStatus};
use crate::services::Result;
use crate::services::ask_to_subscribe::owe_link;
use crate::storage::{Transaction, links, targets};

/// The purpose of the links that sign in.
pub const SIGN_IN: &str = "sign_in";

/// How long a sign-in link lives.
pub const SIGN_IN_LIFE: TimeDelta = TimeDelta::minutes(30);

/// How many of them a target gets in an hour.
const MOST_AN_HOUR: i64 = 5;

/// Owes the link to the mailbox with this address, if it is a subscriber's.
///
/// # Errors
/// What the database says.
pub async fn send_link_to_mailbox(app: &App, email: &EmailAddress) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    if let Some(target) = targets::find_mailbox_in_turn(&mut transaction, email).await? {
        owe_sign_in_link(app, &mut transaction, &target, None).await?;
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Owes the link to the browser with this endpoint, if whoever asks knows its secret.
///
/// # Errors
/// What the database says.
pub async fn send_link_to_browser(app: &App, endpoint: &str, auth: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let browser = targets::find_browser_in_turn(&mut transaction, endpoint).await?;
    let own = browser.filter(|target| matches!(&target.place, Place::Browser(push) if push.auth == auth));
    if let Some(target) = own {
        owe_sign_in_link(app, &mut transaction, &target, None).await?;
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// Owes a target the link, if it can be sent to and has not had enough of them lately. Who left, or removed the mailbox,
/// still has a right to see and to erase what is kept of them: a mailbox once proved is enough. Whoever signs in by it goes
/// on at `leads_to`, a path of the site, or on their page.
pub(super) async fn owe_sign_in_link(
    app: &App,
    transaction: &mut Transaction,
    target: &Target,
    leads_to: Option<&str>,
) -> Result<()> {
    let since = app.now().minus(TimeDelta::hours(1));
    let lately = links::count_since(transaction, target.id, SIGN_IN, since).await?;
    let is_proved = match &target.place {
        Place::Mailbox(_) => matches!(target.status, TargetStatus::Active | TargetStatus::Stopped),
        Place::Browser(_) => target.status == TargetStatus::Active,
    };
    if !is_proved || lately >= MOST_AN_HOUR {
        return Ok(());
    }
    let person = (target.subscriber, target.id);
    let link = owe_link(app, transaction, OccasionKind::SignIn, SIGN_IN, SIGN_IN_LIFE, person).await?;
    if let Some(path) = leads_to {
        links::lead_to(transaction, link, path).await?;
    }
    Ok(())
}
