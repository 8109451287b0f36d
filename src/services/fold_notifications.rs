// SPDX-License-Identifier: EUPL-1.2
//! Retention: who was told of what is forgotten when it is of no more use, and only the numbers stay.
//!
//! Reads which occasions are finished and past `INFORMA_KEEP_NOTIFICATIONS_DAYS`; marks them, so that nobody is told
//! again whatever becomes of the rows, and then removes the rows: many small transactions, or whole partitions.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, TargetId};
use crate::services::Result;
use crate::services::expire_notifications::expire_notifications;
use crate::storage::{Engine, folding, follow_ups};

/// How many occasions one transaction marks.
const OCCASIONS_A_TRANSACTION: i64 = 1_000;

/// How many rows one transaction removes: writers get in between.
const ROWS_A_TRANSACTION: i64 = 5_000;

/// How long, on PostgreSQL, the rows of one occasion wait for their whole partition to be dropped.
const WAIT_FOR_PARTITION: TimeDelta = TimeDelta::days(30);

/// Folds everything that is past its retention. How many occasions that were.
///
/// # Errors
/// What the database says; what was folded stays so, and the rest is taken up the next time.
pub async fn fold_notifications(app: &App) -> Result<u64> {
    // What lost workers had claimed is ended first: an occasion with anything open is not finished.
    expire_notifications(app).await?;
    let ended_by = app
        .now()
        .minus(TimeDelta::days(app.config.keep_notifications_days.into()));
    let folded = mark(app, ended_by).await?;
    let by_ranges = match app.database.engine() {
        Engine::Sqlite => ended_by,
        Engine::Postgres => {
            make_room(app).await;
            drop_partitions(app).await;
            ended_by.minus(WAIT_FOR_PARTITION)
        }
    };
    while let Some(occasion) = next(app, by_ranges).await? {
        empty(app, occasion).await?;
    }
    forget_follow_ups(app).await?;
    Ok(folded)
}

async fn forget_follow_ups(app: &App) -> Result<()> {
    loop {
        let mut transaction = app.database.begin().await?;
        let removed = follow_ups::remove_emptied(&mut transaction, ROWS_A_TRANSACTION).await?;
        transaction.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

async fn mark(app: &App, ended_by: Timestamp) -> Result<u64> {
    let mut folded = 0;
    loop {
        let mut transaction = app.database.begin().await?;
        let marked = folding::mark_folded(&mut transaction, ended_by, OCCASIONS_A_TRANSACTION, app.now()).await?;
        transaction.commit().await?;
        folded += marked;
        if marked == 0 {
            return Ok(folded);
        }
    }
}

async fn next(app: &App, ended_by: Timestamp) -> Result<Option<OccasionId>> {
    let mut transaction = app.database.read().await?;
    Ok(folding::next_to_empty(&mut transaction, ended_by).await?)
}

/// Removes the rows of a folded occasion, a range at a time.
async fn empty(app: &App, occasion: OccasionId) -> Result<()> {
    let mut after = TargetId(0);
    loop {
        let mut transaction = app.database.begin().await?;
        let last = folding::remove_range(&mut transaction, occasion, after, ROWS_A_TRANSACTION).await?;
        if last.is_none() {
            folding::set_emptied(&mut transaction, occasion, app.now()).await?;
        }
        transaction.commit().await?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// Makes room in the ledger for the occasions to come, on PostgreSQL. Where it cannot be done now, what is owed finds
/// its place all the same, and it is done the next time.
pub(super) async fn make_room(app: &App) {
    if app.database.engine() == Engine::Postgres
        && let Err(error) = try_to_make_room(app).await
    {
        tracing::warn!(%error, "no partition could be made ahead; what is owed is kept in the last one");
    }
}

async fn try_to_make_room(app: &App) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    folding::make_partitions(&mut transaction).await?;
    Ok(transaction.commit().await?)
}

async fn drop_partitions(app: &App) {
    loop {
        match try_to_drop_partition(app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "a partition could not be dropped; it is tried again the next time");
                return;
            }
        }
    }
}

async fn try_to_drop_partition(app: &App) -> Result<bool> {
    let mut transaction = app.database.begin().await?;
    let dropped = folding::drop_partition(&mut transaction, app.now()).await?;
    transaction.commit().await?;
    Ok(dropped)
}
