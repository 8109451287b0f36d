// SPDX-License-Identifier: EUPL-1.2
//! Links sent to people: each lives a while and is used once.

use sqlx::{FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{LinkId, SubscriberId, TargetId};
use crate::storage::database::on;
use crate::storage::dialect::Lists;
use crate::storage::{Result, Transaction};

/// A link as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// The random half of its address.
    pub nonce: Vec<u8>,
    /// What it does.
    pub purpose: String,
    /// For whom.
    pub subscriber_id: SubscriberId,
    /// To which mailbox or browser it was sent.
    pub target_id: TargetId,
    /// Until when it lives.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// The page that it leads to once it was used, a path of the site; none for the page that all lead to.
    pub leads_to: Option<String>,
}

/// What a new link is.
#[derive(Debug, Clone, Copy)]
pub struct NewLink {
    /// The random half of its address.
    pub nonce: [u8; 16],
    /// What it does.
    pub purpose: &'static str,
    /// For whom.
    pub subscriber: SubscriberId,
    /// To which mailbox or browser it is sent.
    pub target: TargetId,
    /// Until when it lives.
    pub expires_at: Timestamp,
}

/// Adds a link.
///
/// # Errors
/// What the engine says.
pub async fn insert(transaction: &mut Transaction, link: &NewLink, now: Timestamp) -> Result<LinkId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into links (nonce, purpose, subscriber_id, target_id, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6) returning id",
        )
        .bind(link.nonce.as_slice()).bind(link.purpose).bind(link.subscriber).bind(link.target).bind(now)
        .bind(link.expires_at).fetch_one(connection).await?
    }))
}

/// The link with this nonce.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, nonce: &[u8]) -> Result<Option<Link>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select id, nonce, purpose, subscriber_id, target_id, expires_at, used_at, leads_to from links
             where nonce = $1",
        ).bind(nonce).fetch_optional(connection).await?
    }))
}

/// Uses a link up. `false` when somebody else just did.
///
/// # Errors
/// What the engine says.
pub async fn consume(transaction: &mut Transaction, id: LinkId, now: Timestamp) -> Result<bool> {
    Ok(on!(transaction, connection => {
        sqlx::query("update links set used_at = $2, leads_to = null where id = $1 and used_at is null")
            .bind(id).bind(now).execute(connection).await?.rows_affected() == 1
    }))
}

/// How many links of a purpose were made for a target since `since`.
///
/// # Errors
/// What the engine says.
pub async fn count_since(
    transaction: &mut Transaction,
    target: TargetId,
    purpose: &str,
    since: Timestamp,
) -> Result<i64> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) from links where target_id = $1 and purpose = $2 and created_at > $3")
            .bind(target).bind(purpose).bind(since).fetch_one(connection).await?
    }))
}

/// When the latest link of a purpose was made for a subscriber and a target.
///
/// # Errors
/// What the engine says.
pub async fn latest(
    transaction: &mut Transaction,
    (subscriber, target): (SubscriberId, TargetId),
    purpose: &str,
) -> Result<Option<Timestamp>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select max(created_at) from links where target_id = $1 and subscriber_id = $2 and purpose = $3",
        ).bind(target).bind(subscriber).bind(purpose).fetch_one(connection).await?
    }))
}

/// The subscribers for whom links of a purpose to a target may still be used.
///
/// # Errors
/// What the engine says.
pub async fn waiting(
    transaction: &mut Transaction,
    target: TargetId,
    purpose: &str,
    now: Timestamp,
) -> Result<Vec<SubscriberId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select distinct subscriber_id from links
             where target_id = $1 and purpose = $2 and used_at is null and expires_at > $3 order by subscriber_id",
        ).bind(target).bind(purpose).bind(now).fetch_all(connection).await?
    }))
}

/// Uses up every link of a purpose to a target.
///
/// # Errors
/// What the engine says.
pub async fn end_to(transaction: &mut Transaction, target: TargetId, purpose: &str, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update links set used_at = $3, leads_to = null where target_id = $1 and purpose = $2 and used_at is null",
        ).bind(target).bind(purpose).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Has a link lead to a page of the site, given by its path.
///
/// # Errors
/// What the engine says.
pub async fn lead_to(transaction: &mut Transaction, id: LinkId, path: &str) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update links set leads_to = $2 where id = $1").bind(id).bind(path).execute(connection).await?;
    });
    Ok(())
}

/// The nonce of a link, for the message that carries it.
///
/// # Errors
/// What the engine says.
pub async fn nonce(transaction: &mut Transaction, id: LinkId) -> Result<Option<Vec<u8>>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select nonce from links where id = $1").bind(id).fetch_optional(connection).await?
    }))
}

/// Uses up every link of a purpose that a person has.
///
/// # Errors
/// What the engine says.
pub async fn end_of(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    purpose: &str,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update links set used_at = $3, leads_to = null
             where subscriber_id = $1 and purpose = $2 and used_at is null",
        ).bind(subscriber).bind(purpose).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Uses up every link that was sent to a mailbox or browser, whatever it does and whoever asked for it.
///
/// # Errors
/// What the engine says.
pub async fn end_all_to(transaction: &mut Transaction, target: TargetId, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update links set used_at = $2, leads_to = null where target_id = $1 and used_at is null")
            .bind(target).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Uses up every link of a person, and forgets where the used ones led to.
///
/// # Errors
/// What the engine says.
pub async fn end_all(transaction: &mut Transaction, subscriber: SubscriberId, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update links set used_at = coalesce(used_at, $2), leads_to = null where subscriber_id = $1")
            .bind(subscriber).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Forgets where links led to that have expired at `now`. How many those were.
///
/// # Errors
/// What the engine says.
pub async fn forget_expired_paths(transaction: &mut Transaction, now: Timestamp) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("update links set leads_to = null where leads_to is not null and expires_at <= $1")
            .bind(now).execute(connection).await?.rows_affected()
    }))
}

/// Removes up to `limit` links that have expired at `now` and were made at `since` or before: the later ones still count
/// towards how many somebody may be sent. How many that removed.
///
/// The latest link stays: `SQLite` would give its id to another one, and an occasion of that name was there before.
///
/// # Errors
/// What the engine says.
pub async fn delete_expired(
    transaction: &mut Transaction,
    now: Timestamp,
    since: Timestamp,
    limit: i64,
) -> Result<u64> {
    let ids: Vec<i64> = on!(transaction, connection => {
        sqlx::query_scalar(
            "select id from links where expires_at <= $1 and created_at <= $2 and id < (select max(id) from links)
             order by id limit $3",
        ).bind(now).bind(since).bind(limit).fetch_all(connection).await?
    });
    on!(transaction, connection => {
        let mut statement = QueryBuilder::new("update occasions set link_id = null where link_id in ");
        Lists::push_list(&mut statement, &ids);
        statement.build().execute(&mut *connection).await?;
        let mut statement = QueryBuilder::new("delete from links where id in ");
        Lists::push_list(&mut statement, &ids);
        statement.build().execute(connection).await?;
    });
    Ok(u64::try_from(ids.len()).unwrap_or_default())
}
