// SPDX-License-Identifier: EUPL-1.2
//! Keep what a person thinks of what they were told, and count it for the editor. Nothing changes by itself.
//!
//! Who answered is a hash of their number with a key of its own: it lets one answer replace another, lets a person take
//! along and erase theirs, and leads nobody else to them. Which counts are shown is decided by `domain::disclosure`.

use crate::app::App;
use crate::domain::disclosure::disclosed;
use crate::domain::ids::{OpportunityId, SubscriberId};
use crate::domain::relevance::Relevance;
use crate::services::{Error, Result};
use crate::storage::{Transaction, inbox, relevance};

/// What an editor is shown of the answers about an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Nobody has answered, or so few that they could be told apart.
    TooFew,
    /// How many gave which answer; every answer is there, without a number where it stays hidden.
    Counts(Vec<(Relevance, Option<i64>)>),
}

/// What people think of an opportunity.
///
/// # Errors
/// What the database says.
pub async fn read_judgement(app: &App, opportunity: OpportunityId) -> Result<Judgement> {
    let mut transaction = app.database.read().await?;
    let counts = relevance::count(&mut transaction, opportunity).await?;
    let count = |answer| {
        counts
            .iter()
            .find(|(it, _)| *it == answer)
            .map_or(0, |(_, count)| *count)
    };
    let shown = disclosed(Relevance::ALL.map(count));
    if shown.iter().all(Option::is_none) {
        return Ok(Judgement::TooFew);
    }
    Ok(Judgement::Counts(Relevance::ALL.into_iter().zip(shown).collect()))
}

/// Keeps what a signed-in person thinks of what is in their inbox, or takes it back.
///
/// # Errors
/// [`Error::NotFound`] for what they were not told of.
pub async fn judge_own(
    app: &App,
    subscriber: SubscriberId,
    opportunity: OpportunityId,
    answer: Option<Relevance>,
) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let is_read = inbox::is_read(&mut transaction, subscriber, opportunity).await?;
    is_read.ok_or(Error::NotFound)?;
    judge(app, &mut transaction, subscriber, opportunity, answer).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps what a person thinks, or takes it back, in the caller's transaction.
pub(super) async fn judge(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    opportunity: OpportunityId,
    answer: Option<Relevance>,
) -> Result<()> {
    let answerer = answerer(app, subscriber);
    match answer {
        Some(answer) => relevance::answer(transaction, opportunity, &answerer, answer).await?,
        None => relevance::withdraw(transaction, opportunity, &answerer).await?,
    }
    Ok(())
}

/// What a person thinks of everything that they have judged, in the caller's transaction.
pub(super) async fn answers_of(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
) -> Result<Vec<(OpportunityId, Relevance)>> {
    Ok(relevance::list(transaction, &answerer(app, subscriber)).await?)
}

/// Forgets what a person thinks, in the caller's transaction.
pub(super) async fn forget_answers(app: &App, transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    Ok(relevance::forget(transaction, &answerer(app, subscriber)).await?)
}

fn answerer(app: &App, subscriber: SubscriberId) -> [u8; 32] {
    let key = app.unsubscribe_key.for_use("relevance");
    key.code(&subscriber.0.to_be_bytes())
}
