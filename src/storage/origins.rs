// SPDX-License-Identifier: EUPL-1.2
//! Where messages leave to: push services and the mail relay. A sick one is paused; the others go on.

use chrono::TimeDelta;
use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::ids::OriginId;
use crate::domain::notification::{Channel, Lane};
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// The name of the mail relay among the origins.
pub const MAIL_RELAY: &str = "mail relay";

/// A place that messages leave to.
#[derive(Debug, Clone, FromRow)]
pub struct Origin {
    /// Its id.
    pub id: OriginId,
    /// `scheme://host:port` of a push service, or [`MAIL_RELAY`].
    pub name: String,
    /// By which channel.
    pub channel: Channel,
}

/// The id of the origin called `name`, made if it is new.
///
/// # Errors
/// What the engine says.
pub async fn find_or_insert(transaction: &mut Transaction, name: &str, channel: Channel) -> Result<OriginId> {
    let known = on!(transaction, connection => {
        sqlx::query_scalar("select id from origins where name = $1").bind(name).fetch_optional(connection).await?
    });
    if let Some(id) = known {
        return Ok(id);
    }
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into origins (name, channel) values ($1, $2)
             on conflict (name) do update set name = excluded.name returning id",
        ).bind(name).bind(channel).fetch_one(connection).await?
    }))
}

/// The origins that are not paused at `now` and through which something is due. Lane by lane, because what is put off, by
/// quiet hours for example, stands between the lanes in the index.
///
/// # Errors
/// What the engine says.
pub async fn list_ready(transaction: &mut Transaction, now: Timestamp) -> Result<Vec<Origin>> {
    let due = Lane::ALL.map(|lane| {
        format!(
            "exists (select 1 from notifications n where n.origin_id = origins.id and n.lane = {} and n.state = 1
                and n.not_before <= $1)",
            lane as i64
        )
    });
    let statement = format!(
        "select id, name, channel from origins where paused_until <= $1 and ({}) order by id",
        due.join(" or ")
    );
    Ok(on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement))
            .bind(now).fetch_all(connection).await?
    }))
}

/// Claims nothing for an origin before `until`.
///
/// # Errors
/// What the engine says.
pub async fn pause(transaction: &mut Transaction, id: OriginId, until: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update origins set paused_until = $2 where id = $1 and paused_until < $2")
            .bind(id).bind(until).execute(connection).await?;
    });
    Ok(())
}

/// Up to when the allowance of an origin has been given away. On PostgreSQL the row is locked until the transaction
/// ends; `None` while another worker has it.
///
/// # Errors
/// What the engine says.
pub async fn take_allowance(transaction: &mut Transaction, id: OriginId) -> Result<Option<Timestamp>> {
    let lock = super::dialect::skip_locked(transaction.engine());
    let statement = format!("select n.given_until from origins n where n.id = $1 {lock}");
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(id).fetch_optional(connection).await?
    }))
}

/// Keeps up to when the allowance of an origin has been given away.
///
/// # Errors
/// What the engine says.
pub async fn give_allowance(transaction: &mut Transaction, id: OriginId, until: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update origins set given_until = $2 where id = $1").bind(id).bind(until).execute(connection).await?;
    });
    Ok(())
}
/// Notes that an origin has accepted something: at most once in `every`, so that it costs nothing while all is well.
///
/// # Errors
/// What the engine says.
pub async fn note_accepted(
    transaction: &mut Transaction,
    id: OriginId,
    every: TimeDelta,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update origins set accepted_at = $2 where id = $1 and accepted_at <= $3")
            .bind(id).bind(now).bind(now.minus(every)).execute(connection).await?;
    });
    Ok(())
}

/// Whether an origin is known to have accepted something after `since`, to within the time given to [`note_accepted`].
///
/// # Errors
/// What the engine says.
pub async fn has_accepted(transaction: &mut Transaction, id: OriginId, since: Timestamp) -> Result<bool> {
    let at: Option<Timestamp> = on!(transaction, connection => {
        sqlx::query_scalar("select accepted_at from origins where id = $1").bind(id).fetch_optional(connection).await?
    });
    Ok(at.is_some_and(|at| at > since))
}
