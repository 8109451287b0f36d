// SPDX-License-Identifier: EUPL-1.2
//! Every saved state of an opportunity, with the codes of the vocabularies.

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, StaffId};
use crate::domain::opportunity::ContentRecord;
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

/// Keeps the present state of an opportunity as its current revision.
///
/// # Errors
/// [`Error::Conflict`] when that revision was saved before.
pub async fn insert(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    content: &ContentRecord,
    by: Option<StaffId>,
    now: Timestamp,
) -> Result<()> {
    let json = serde_json::to_string(content).map_err(|error| Error::Corrupt(error.to_string()))?;
    on!(transaction, connection => {
        sqlx::query(
            "insert into revisions (opportunity_id, number, content, saved_at, staff_id)
             select id, revision, $2, $3, $4 from opportunities where id = $1",
        ).bind(opportunity).bind(json).bind(now).bind(by).execute(connection).await?;
    });
    Ok(())
}

/// The saved states of an opportunity, the first first: number, when, what.
///
/// # Errors
/// What the engine says, or [`Error::Corrupt`].
pub async fn list(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
) -> Result<Vec<(i64, Timestamp, ContentRecord)>> {
    let rows: Vec<(i64, Timestamp, String)> = on!(transaction, connection => {
        sqlx::query_as("select number, saved_at, content from revisions where opportunity_id = $1 order by number")
            .bind(opportunity).fetch_all(connection).await?
    });
    let read = rows.into_iter().map(|(number, at, json)| {
        let content = serde_json::from_str(&json).map_err(|error| Error::Corrupt(error.to_string()))?;
        Ok((number, at, content))
    });
    read.collect()
}
