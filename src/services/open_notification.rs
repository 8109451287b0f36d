// SPDX-License-Identifier: EUPL-1.2
//! Open a notification: what a click on one led to is read in the inbox of the browser's person, also where nobody is
//! signed in. Reads the browser by its endpoint, with the secret of its subscription as proof; writes that it is read.

use crate::app::App;
use crate::domain::ids::Token;
use crate::domain::subscriber::Place;
use crate::services::read_inbox::note_opened;
use crate::services::{Error, Result};
use crate::storage::{opportunities, targets};

/// Records that the person of this browser has opened an opportunity.
///
/// # Errors
/// [`Error::NotFound`] for a browser that is not known so, and for what nobody may read.
pub async fn open_notification(app: &App, endpoint: &str, auth: &str, opportunity: &Token) -> Result<()> {
    let mut transaction = app.database.read().await?;
    let target = targets::find_browser(&mut transaction, endpoint).await?;
    let own = target.filter(|target| matches!(&target.place, Place::Browser(push) if push.auth == auth));
    let person = own.ok_or(Error::NotFound)?.subscriber;
    let found = opportunities::find_by_token(&mut transaction, opportunity).await?;
    let opened = found.filter(|it| it.status.is_public()).ok_or(Error::NotFound)?;
    drop(transaction);
    note_opened(app, person, opened.id).await
}
