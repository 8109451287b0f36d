// SPDX-License-Identifier: EUPL-1.2
//! Stop sending to one mailbox or browser of a signed-in subscriber.

use crate::app::App;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::subscriber::{Place, TargetStatus};
use crate::services::erase_person::{erase_place, forget_messages};
use crate::services::{Error, Result};
use crate::storage::erasure::Whose;
use crate::storage::{mailbox_requests, notifications, targets};

/// Stops the target; what is still owed to it is suppressed.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs.
pub async fn remove_target(app: &App, subscriber: SubscriberId, target: TargetId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let found = targets::find(&mut transaction, target)
        .await?
        .filter(|it| it.subscriber == subscriber);
    let found = found.ok_or(Error::NotFound)?;
    if found.status == TargetStatus::Pending {
        // Nobody has proved it: as a mailbox that was stopped it would sign in whoever reads it.
        if let Place::Mailbox(address) = &found.place {
            mailbox_requests::withdraw(&mut transaction, subscriber, address).await?;
        }
        forget_messages(&mut transaction, Whose::Place(found.id), app.now()).await?;
        erase_place(app, &mut transaction, found.id).await?;
        transaction.commit().await?;
        return Ok(());
    }
    targets::set_status(&mut transaction, found.id, TargetStatus::Stopped).await?;
    notifications::suppress_for_target(&mut transaction, found.id, "target removed", app.now()).await?;
    transaction.commit().await?;
    Ok(())
}
