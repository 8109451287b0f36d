// SPDX-License-Identifier: EUPL-1.2
//! A folder in place of a mail relay: one file per mail, as a mail server would keep it.
//!
//! Writes `.eml` files, each complete or not there at all; lists and reads them for the page that shows them.

use std::fmt;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use mail_parser::MessageParser;
use tokio::fs;

use crate::delivery::email::Mail;
use crate::domain::clock::Timestamp;

/// The longest part of a message id that becomes part of a file name.
const NAME_LENGTH: usize = 60;

/// The folder.
#[derive(Debug, Clone)]
pub struct Mailbox {
    folder: PathBuf,
}

/// A mail in the folder.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptMail {
    /// The name of its file: later mails sort after earlier ones.
    pub name: String,
    /// Where bounces would go.
    pub return_path: String,
    /// Whom it is for.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub date: Timestamp,
    /// The plain text.
    pub text: String,
    /// The HTML document.
    pub html: String,
    /// The file as it is.
    pub source: String,
}

impl fmt::Debug for KeptMail {
    /// Shows no address.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeptMail")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Mailbox {
    /// Takes up `folder`, made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Writes `mail`, and returns the name of its file. The same mail kept twice makes two files.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn keep(&self, mail: &Mail) -> io::Result<String> {
        let stem = stem(mail);
        let mut number = 1_u32;
        loop {
            let name = format!("{stem}.{number}.eml");
            if self.write_new(&name, &file(mail)).await? {
                return Ok(name);
            }
            number += 1;
        }
    }

    /// Whether `name` was free. The partial file reserves the name, so that nobody's complete one is replaced.
    async fn write_new(&self, name: &str, content: &[u8]) -> io::Result<bool> {
        let path = self.folder.join(name);
        let partial = self.folder.join(format!(".{name}.part"));
        let reserved = fs::OpenOptions::new().write(true).create_new(true).open(&partial).await;
        match reserved {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(error),
        }
        if fs::try_exists(&path).await? {
            fs::remove_file(&partial).await?;
            return Ok(false);
        }
        fs::write(&partial, content).await?;
        fs::rename(&partial, &path).await?;
        Ok(true)
    }

    /// The mails kept, the latest first, at most `limit`.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self, limit: usize) -> io::Result<Vec<KeptMail>> {
        let mut names = Vec::new();
        let mut entries = fs::read_dir(&self.folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            names.extend(entry.file_name().into_string().ok().filter(|name| is_name(name)));
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        let mut mails = Vec::new();
        for name in names.iter().take(limit) {
            mails.extend(self.read(name).await?);
        }
        Ok(mails)
    }

    /// The mail in the file `name`, or `None` where there is none such.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn read(&self, name: &str) -> io::Result<Option<KeptMail>> {
        if !is_name(name) {
            return Ok(None);
        }
        match fs::read(self.folder.join(name)).await {
            Ok(source) => Ok(parse(name, &source)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Time first, so that names sort by it; then the message id, as far as it makes a harmless name.
fn stem(mail: &Mail) -> String {
    let harmless = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }
    };
    let id: String = mail.message_id.chars().map(harmless).take(NAME_LENGTH).collect();
    format!("{:015}.{id}", mail.date.milliseconds().max(0))
}

/// What [`stem`] makes, and nothing that could lead out of the folder.
fn is_name(name: &str) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.strip_suffix(".eml")
        .is_some_and(|stem| !stem.starts_with('.') && stem.chars().all(harmless))
}

/// The mail below the two headers that mail servers add on delivery.
fn file(mail: &Mail) -> Vec<u8> {
    let head = format!("Return-Path: <{}>\r\nDelivered-To: {}\r\n", mail.return_path, mail.to);
    [head.as_bytes(), &mail.message].concat()
}

fn parse(name: &str, source: &[u8]) -> Option<KeptMail> {
    let mail = MessageParser::default().parse(source)?;
    let recipient = mail.header("Delivered-To").and_then(|it| it.as_text());
    let seconds = mail.date().map_or(0, mail_parser::DateTime::to_timestamp);
    Some(KeptMail {
        name: name.to_owned(),
        return_path: mail.return_address().unwrap_or_default().to_owned(),
        to: recipient.unwrap_or_default().to_owned(),
        subject: mail.subject().unwrap_or_default().to_owned(),
        date: Timestamp::from_milliseconds(seconds * 1000),
        text: mail.body_text(0).unwrap_or_default().into_owned(),
        html: mail.body_html(0).unwrap_or_default().into_owned(),
        source: String::from_utf8_lossy(source).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::email::Letter;
    use crate::delivery::email::compose;

    fn mail(number: i64) -> Mail {
        let subject = format!("Bando è aperto {number}");
        let letter = Letter {
            from: "Lombardia Informa <avvisi@example.org>",
            reply_to: None,
            to: "maria.rossi@example.com",
            return_path: "bounces+k3@example.org",
            subject: &subject,
            text: "Ciao, è aperto.",
            html: "<p>Ciao, è aperto.</p>",
            message_id: "n42/../../x@example.org",
            date: Timestamp::from_milliseconds(1_782_864_000_000 + number * 1000),
            language: "it",
            is_automatic: true,
            list: None,
            feedback_id: None,
        };
        compose(&letter).unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_listed_latest_first_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(&folder.path().join("new/mail")).unwrap();
        for number in [2, 3, 1] {
            mailbox.keep(&mail(number)).await.unwrap();
        }
        let mails = mailbox.list(2).await.unwrap();
        let subjects: Vec<_> = mails.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects, ["Bando è aperto 3", "Bando è aperto 2"]);

        let read = mailbox.read(&mails[0].name).await.unwrap().unwrap();
        assert_eq!(read, mails[0]);
        assert_eq!(read.to, "maria.rossi@example.com");
        assert_eq!(read.return_path, "bounces+k3@example.org");
        assert_eq!(read.date, mail(3).date);
        assert_eq!(read.text, "Ciao, è aperto.");
        assert_eq!(read.html, "<p>Ciao, è aperto.</p>");
        assert!(read.source.ends_with(&String::from_utf8(mail(3).message).unwrap()));
    }

    #[tokio::test]
    async fn the_same_mail_kept_twice_is_there_twice_and_nothing_partial_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(folder.path()).unwrap();
        let mail = mail(1);
        let (one, two) = tokio::join!(mailbox.keep(&mail), mailbox.keep(&mail));
        assert_ne!(one.unwrap(), two.unwrap());
        assert_eq!(mailbox.list(9).await.unwrap().len(), 2);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn names_cannot_lead_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.eml"), "Subject: secret\r\n\r\n").unwrap();
        let mailbox = Mailbox::open(&folder.path().join("mail")).unwrap();
        for name in [
            "../secret.eml",
            "/etc/passwd",
            ".eml",
            "..eml",
            "a\\b.eml",
            "missing.eml",
            "",
            "a.txt",
        ] {
            assert_eq!(mailbox.read(name).await.unwrap(), None, "{name}");
        }
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(folder.path()).unwrap();
        drop(folder);
        assert!(mailbox.keep(&mail(1)).await.is_err());
    }
}
