// SPDX-License-Identifier: EUPL-1.2
//! What is held about a person beside what pages show, for them to take along: no code of a link, and nothing that tells
//! whether an address which they only typed is somebody else's.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, SubscriberId, TargetId};
use crate::domain::profile::ProfileKind;
use crate::domain::subscriber::TargetStatus;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// The profiles that a subscriber took away, and when.
///
/// # Errors
/// What the engine says.
pub async fn removed_profiles(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
) -> Result<Vec<(ProfileKind, Timestamp)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select kind, removed_at from removed_profiles where subscriber_id = $1 order by kind")
            .bind(subscriber).fetch_all(connection).await?
    }))
}

/// A link that can still be used.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OpenLink {
    /// What it does.
    pub purpose: String,
    /// To which mailbox or browser it was sent.
    pub target_id: TargetId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// The links of a subscriber that can still be used, to places that they have proved to be theirs.
///
/// # Errors
/// What the engine says.
pub async fn open_links(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    now: Timestamp,
) -> Result<Vec<OpenLink>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select l.purpose, l.target_id, l.created_at, l.expires_at
             from links l join targets t on t.id = l.target_id and t.subscriber_id = l.subscriber_id and t.status <> $3
             where l.subscriber_id = $1 and l.used_at is null and l.expires_at > $2 order by l.id",
        ).bind(subscriber).bind(now).bind(TargetStatus::Pending).fetch_all(connection).await?
    }))
}

/// Since when the pushes of a week are counted for each browser of a subscriber, and how many those are.
///
/// # Errors
/// What the engine says.
pub async fn told_in_week(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
) -> Result<Vec<(TargetId, Timestamp, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select id, week, told_in_week from targets where subscriber_id = $1 and week > 0 order by id")
            .bind(subscriber).fetch_all(connection).await?
    }))
}

/// What a subscriber has read that is not in their inbox.
///
/// # Errors
/// What the engine says.
pub async fn read_elsewhere(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<OpportunityId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select r.opportunity_id from read_opportunities r
             where r.subscriber_id = $1 and not exists (select 1 from profiles p
                join matches m on m.profile_id = p.id and m.opportunity_id = r.opportunity_id
                where p.subscriber_id = r.subscriber_id)
             order by r.opportunity_id",
        ).bind(subscriber).fetch_all(connection).await?
    }))
}

/// The follow-ups that concern a subscriber: the word for each, of what, and when it arose.
///
/// # Errors
/// What the engine says.
pub async fn follow_ups(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
) -> Result<Vec<(String, Option<OpportunityId>, Timestamp)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select o.kind, o.opportunity_id, o.created_at from occasions o
             where o.id in (select u.occasion_id from follow_ups u join profiles p on p.id = u.profile_id
                where p.subscriber_id = $1)
             order by o.id desc",
        ).bind(subscriber).fetch_all(connection).await?
    }))
}

/// Until when each session of these data lasts.
///
/// # Errors
/// What the engine says.
pub async fn sessions(transaction: &mut Transaction, data: &str, now: Timestamp) -> Result<Vec<Timestamp>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select expires_at from sessions where data = $1 and expires_at > $2 order by expires_at")
            .bind(data).bind(now).fetch_all(connection).await?
    }))
}
