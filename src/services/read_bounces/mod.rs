// SPDX-License-Identifier: EUPL-1.2
//! Read what came back to the bounce address, from a Maildir or over IMAP, and act on each mail once.
//!
//! A mail is acted on in one transaction, and marked as dealt with only afterwards: after a crash in between it is acted on
//! again, which changes nothing. What cannot be read as mail is flagged and kept, and not read again.

mod act;

use crate::app::App;
use crate::config::Secret;
use crate::delivery::returned::imap::{ImapError, ImapMailbox};
use crate::delivery::returned::maildir::Maildir;
use crate::services::{Error, Result};

pub use act::{Told, act_on};

/// How many mails one run reads: the next is due a minute later.
const MAILS_A_RUN: usize = 500;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Returned {
    /// Mails that were read.
    pub read: u64,
    /// Those that told of a mailbox of ours: bounces and complaints with a code of ours.
    pub acted_on: u64,
    /// Those that are no mail, flagged for a person to look at.
    pub unreadable: u64,
}

/// Reads what came back, where a place for it is set. Nothing is done otherwise.
///
/// # Errors
/// [`Error::Unexpected`] when the mailbox cannot be used; what was read before has been dealt with.
pub async fn read_bounces(app: &App) -> Result<Returned> {
    let returned = match (&app.config.bounce_maildir, &app.config.bounce_imap_url) {
        (Some(folder), _) => read_maildir(app, &Maildir::new(folder)).await?,
        (None, Some(url)) => read_imap(app, url).await?,
        (None, None) => Returned::default(),
    };
    if returned.unreadable > 0 {
        tracing::warn!(
            count = returned.unreadable,
            "mails in the bounce mailbox could not be read: they are flagged and kept"
        );
    }
    Ok(returned)
}

/// Whether the place where bounces arrive can be used, without touching anything there. How many wait to be read.
///
/// # Errors
/// [`Error::Unexpected`] in words for whoever runs the program.
pub async fn check_mailbox(app: &App) -> Result<usize> {
    if let Some(folder) = &app.config.bounce_maildir {
        let waiting = Maildir::new(folder).list(usize::MAX).await;
        return Ok(waiting.map_err(|error| unusable_maildir(&error))?.len());
    }
    let Some(url) = &app.config.bounce_imap_url else {
        return Ok(0);
    };
    let mut mailbox = ImapMailbox::parse(url.expose())
        .map_err(unusable)?
        .open()
        .await
        .map_err(unusable)?;
    Ok(mailbox.list(usize::MAX).await.map_err(unusable)?.len())
}

async fn read_maildir(app: &App, maildir: &Maildir) -> Result<Returned> {
    let mut returned = Returned::default();
    for name in maildir
        .list(MAILS_A_RUN)
        .await
        .map_err(|error| unusable_maildir(&error))?
    {
        if app.stopping.is_cancelled() {
            break;
        }
        // A file that nobody may open must not stand in the way of the others.
        let told = match maildir.read(&name).await {
            Ok(Some(mail)) => act_on(app, &mail).await?,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "a mail in the bounce mailbox could not be opened");
                None
            }
        };
        let filed = maildir.file(&name, told.is_some()).await;
        filed.map_err(|error| unusable_maildir(&error))?;
        returned.count(told);
    }
    Ok(returned)
}

async fn read_imap(app: &App, url: &Secret) -> Result<Returned> {
    let mailbox = ImapMailbox::parse(url.expose()).map_err(unusable)?;
    let mut mailbox = mailbox.open().await.map_err(unusable)?;
    let mut returned = Returned::default();
    for number in mailbox.list(MAILS_A_RUN).await.map_err(unusable)? {
        if app.stopping.is_cancelled() {
            break;
        }
        let mail = mailbox.read(number).await.map_err(unusable)?;
        // Another program may have removed it meanwhile.
        if mail.is_empty() {
            continue;
        }
        let told = act_on(app, &mail).await?;
        mailbox.file(number, told.is_some()).await.map_err(unusable)?;
        returned.count(told);
    }
    mailbox.close().await.map_err(unusable)?;
    Ok(returned)
}

fn unusable_maildir(error: &std::io::Error) -> Error {
    Error::Unexpected(format!("INFORMA_BOUNCE_MAILDIR: {error}"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn unusable(error: ImapError) -> Error {
    Error::Unexpected(format!("INFORMA_BOUNCE_IMAP_URL: {error}"))
}

impl Returned {
    fn count(&mut self, told: Option<Told>) {
        self.read += 1;
        match told {
            None => self.unreadable += 1,
            Some(Told::Nothing) => {}
            Some(Told::SoftBounce | Told::HardBounce | Told::Complaint) => self.acted_on += 1,
        }
    }
}
