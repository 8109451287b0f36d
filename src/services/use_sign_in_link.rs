// SPDX-License-Identifier: EUPL-1.2
//! Use up the link to the private page. The session that follows is the caller's to open.

use crate::app::App;
use crate::domain::ids::SubscriberId;
use crate::services::Result;
use crate::services::confirm_subscription::take_link;
use crate::services::send_sign_in_link::SIGN_IN;

/// Whose private page the link opens.
///
/// # Errors
/// [`crate::services::Refusal::LinkExpired`] or [`crate::services::Refusal::LinkUsed`].
pub async fn use_sign_in_link(app: &App, code: &str) -> Result<SubscriberId> {
    let mut transaction = app.database.begin().await?;
    let link = take_link(app, &mut transaction, SIGN_IN, code).await?;
    transaction.commit().await?;
    Ok(link.subscriber_id)
}
