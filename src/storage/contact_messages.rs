// SPDX-License-Identifier: EUPL-1.2
//! Messages to the people who run the service, kept until the relay has them and not a moment longer.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::contact::{ContactMessage, ContactSubject, WaitingMessage};
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::ContactMessageId;
use crate::domain::language::Language;
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

#[derive(FromRow)]
struct Row {
    id: ContactMessageId,
    subject: String,
    name: String,
    reply_to: String,
    message: String,
    language: String,
    nonce: Vec<u8>,
    written_at: Timestamp,
    attempts: i64,
}

impl Row {
    fn read(self) -> Result<WaitingMessage> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of the message {}", self.id));
        let message = ContactMessage {
            subject: ContactSubject::from_code(&self.subject).ok_or_else(|| corrupt("the subject"))?,
            name: self.name,
            reply_to: EmailAddress::parse(&self.reply_to).map_err(|_| corrupt("the address"))?,
            text: self.message,
            language: Language::from_code(&self.language).ok_or_else(|| corrupt("the language"))?,
        };
        Ok(WaitingMessage {
            id: self.id,
            message,
            nonce: self.nonce,
            written_at: self.written_at,
            attempts: i32::try_from(self.attempts).unwrap_or(i32::MAX),
        })
    }
}

/// Keeps a message; it is due at once.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    message: &ContactMessage,
    nonce: &[u8],
    now: Timestamp,
) -> Result<ContactMessageId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into contact_messages (subject, name, reply_to, message, language, nonce, written_at, due_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) returning id",
        )
        .bind(message.subject.code()).bind(&message.name).bind(message.reply_to.as_str()).bind(&message.text)
        .bind(message.language.code()).bind(nonce).bind(now).fetch_one(connection).await?
    }))
}

/// Whether any message is due.
///
/// # Errors
/// What the engine says.
pub async fn is_any_due(transaction: &mut Transaction, now: Timestamp) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) > 0 from contact_messages where due_at <= $1")
            .bind(now).fetch_one(connection).await?
    }))
}

/// Takes the message that is due for the longest time: nobody else has it before `until`, and nothing is lost if it is not
/// heard of again.
///
/// # Errors
/// What the engine says.
pub async fn take_next(
    transaction: &mut Transaction,
    until: Timestamp,
    now: Timestamp,
) -> Result<Option<WaitingMessage>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(
            "update contact_messages set due_at = $2, attempts = attempts + 1
             where due_at <= $1
               and id = (select id from contact_messages where due_at <= $1 order by due_at, id limit 1)
             returning id, subject, name, reply_to, message, language, nonce, written_at, attempts",
        ).bind(now).bind(until).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// Puts a message off.
///
/// # Errors
/// What the engine says.
pub async fn put_off(transaction: &mut Transaction, id: ContactMessageId, due: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update contact_messages set due_at = $2 where id = $1")
            .bind(id).bind(due).execute(connection).await?;
    });
    Ok(())
}

/// Forgets a message.
///
/// # Errors
/// What the engine says.
pub async fn remove(transaction: &mut Transaction, id: ContactMessageId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from contact_messages where id = $1").bind(id).execute(connection).await?;
    });
    Ok(())
}
