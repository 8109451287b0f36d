// SPDX-License-Identifier: EUPL-1.2
//! Mails that no subscription owes, kept until the relay has them and not a moment longer.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::contact::{ContactMessage, ContactSubject};
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::LetterId;
use crate::domain::language::Language;
use crate::domain::letter::{LetterContent, WaitingLetter};
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

const TO_BODY: &str = "to-body";
const ERASED: &str = "erased";

#[derive(FromRow)]
struct Row {
    id: LetterId,
    kind: String,
    subject: String,
    name: String,
    mailbox: String,
    message: String,
    language: String,
    nonce: Vec<u8>,
    written_at: Timestamp,
    attempts: i64,
}

impl Row {
    fn read(self) -> Result<WaitingLetter> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of the letter {}", self.id));
        let mailbox = EmailAddress::known(&self.mailbox).map_err(|_| corrupt("the address"))?;
        let language = Language::from_code(&self.language).ok_or_else(|| corrupt("the language"))?;
        let content = match self.kind.as_str() {
            TO_BODY => LetterContent::ToBody(ContactMessage {
                subject: ContactSubject::from_code(&self.subject).ok_or_else(|| corrupt("the subject"))?,
                name: self.name,
                reply_to: mailbox,
                text: self.message,
                language,
            }),
            ERASED => LetterContent::Erased { mailbox, language },
            _ => return Err(corrupt("the kind")),
        };
        Ok(WaitingLetter {
            id: self.id,
            content,
            nonce: self.nonce,
            written_at: self.written_at,
            attempts: i32::try_from(self.attempts).unwrap_or(i32::MAX),
        })
    }
}

/// Keeps a letter; it is due at once.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    content: &LetterContent,
    nonce: &[u8],
    now: Timestamp,
) -> Result<LetterId> {
    let (kind, mailbox, language) = match content {
        LetterContent::ToBody(message) => (TO_BODY, &message.reply_to, message.language),
        LetterContent::Erased { mailbox, language } => (ERASED, mailbox, *language),
    };
    let (subject, name, text) = match content {
        LetterContent::ToBody(message) => (message.subject.code(), message.name.as_str(), message.text.as_str()),
        LetterContent::Erased { .. } => ("", "", ""),
    };
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into letters (kind, subject, name, mailbox, message, language, nonce, written_at, due_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id",
        )
        .bind(kind).bind(subject).bind(name).bind(mailbox.as_str()).bind(text).bind(language.code())
        .bind(nonce).bind(now).fetch_one(connection).await?
    }))
}

/// Whether any letter is due.
///
/// # Errors
/// What the engine says.
pub async fn is_any_due(transaction: &mut Transaction, now: Timestamp) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) > 0 from letters where due_at <= $1")
            .bind(now).fetch_one(connection).await?
    }))
}

/// Takes the letter that is due for the longest time: nobody else has it before `until`, and nothing is lost if it is not
/// heard of again.
///
/// # Errors
/// What the engine says.
pub async fn take_next(
    transaction: &mut Transaction,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<WaitingLetter>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(
            "update letters set due_at = $2, attempts = attempts + 1
             where due_at <= $1
               and id = (select id from letters where due_at <= $1 order by due_at, id limit 1)
             returning id, kind, subject, name, mailbox, message, language, nonce, written_at, attempts",
        ).bind(now).bind(until).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// Puts a letter off.
///
/// # Errors
/// What the engine says.
pub async fn put_off(transaction: &mut Transaction, id: LetterId, due: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update letters set due_at = $2 where id = $1")
            .bind(id).bind(due).execute(connection).await?;
    });
    Ok(())
}

/// Forgets a letter.
///
/// # Errors
/// What the engine says.
pub async fn remove(transaction: &mut Transaction, id: LetterId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from letters where id = $1").bind(id).execute(connection).await?;
    });
    Ok(())
}
