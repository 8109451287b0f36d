// SPDX-License-Identifier: EUPL-1.2
//! What people agreed to: a ledger that is only ever added to (GDPR art. 7.1).

use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, Purpose};
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// Adds a line. `text_hash` is the SHA-256 of the words agreed to, in hexadecimal.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    purpose: Purpose,
    action: ConsentAction,
    evidence: &ConsentEvidence,
    text_hash: &str,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into consents (subscriber_id, purpose, action, at, source, text, text_hash)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(subscriber).bind(purpose.code()).bind(action.code()).bind(evidence.at).bind(&evidence.source)
        .bind(&evidence.text).bind(text_hash).execute(connection).await?;
    });
    Ok(())
}

/// The ledger of one subscriber, the first line first: purpose, action, when, source, words.
///
/// # Errors
/// What the engine says.
pub async fn list(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
) -> Result<Vec<(String, String, Timestamp, String, String)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select purpose, action, at, source, text from consents where subscriber_id = $1 order by id")
            .bind(subscriber).fetch_all(connection).await?
    }))
}
