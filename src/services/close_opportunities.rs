// SPDX-License-Identifier: EUPL-1.2
//! Close what has passed its deadline: it stays readable, and owes nothing any more.

use crate::app::App;
use crate::services::Result;
use crate::storage::opportunities;

/// Closes what is past its deadline. How many that were.
///
/// # Errors
/// What the database says.
pub async fn close_opportunities(app: &App) -> Result<u64> {
    let mut transaction = app.database.begin().await?;
    let closed = opportunities::close_past(&mut transaction, app.now()).await?;
    transaction.commit().await?;
    Ok(closed)
}
