// SPDX-License-Identifier: EUPL-1.2
//! Read the folder that mail goes into where there is no relay, for the development page that shows it.

use crate::app::App;
use crate::delivery::mailbox::Mailbox;
use crate::delivery::smtp_pool::Mailer;
use crate::services::{Error, Result};

pub use crate::delivery::mailbox::KeptMail;

/// The mails kept, the latest first, at most `limit`.
///
/// # Errors
/// [`Error::NotFound`] where mail goes to a relay; what the system says of the folder.
pub async fn list_mails(app: &App, limit: usize) -> Result<Vec<KeptMail>> {
    mailbox(app)?.list(limit).await.map_err(|error| unreadable(&error))
}

/// The mail in the file `name`.
///
/// # Errors
/// [`Error::NotFound`] when there is none; what the system says of the folder.
pub async fn read_mail(app: &App, name: &str) -> Result<KeptMail> {
    mailbox(app)?
        .read(name)
        .await
        .map_err(|error| unreadable(&error))?
        .ok_or(Error::NotFound)
}

fn mailbox(app: &App) -> Result<&Mailbox> {
    folder_of(&app.mailer)
}

fn folder_of(mailer: &Mailer) -> Result<&Mailbox> {
    match mailer {
        Mailer::Folder(mailbox) => Ok(mailbox),
        Mailer::Signed(_, way) => folder_of(way),
        Mailer::Smtp(_) => Err(Error::NotFound),
    }
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Unexpected(format!("the mailbox folder: {error}"))
}
