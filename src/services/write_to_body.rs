// SPDX-License-Identifier: EUPL-1.2
//! Keep what somebody writes to the people who run the service; `send_contact_messages` hands it to the relay.

use crate::app::App;
use crate::domain::contact::ContactMessage;
use crate::services::Result;
use crate::storage::contact_messages;

/// Keeps the message: from here on it is not lost, whatever the relay does.
///
/// # Errors
/// What the database says.
pub async fn write_to_body(app: &App, message: &ContactMessage) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let nonce = app.chance.bytes::<16>();
    contact_messages::insert(&mut transaction, message, &nonce, app.now()).await?;
    transaction.commit().await?;
    Ok(())
}
