// SPDX-License-Identifier: EUPL-1.2
//! Subscribers: who they are and where they are in their life.

use sqlx::{AssertSqlSafe, FromRow};

use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::language::Language;
use crate::domain::quiet_hours::QuietHours;
use crate::domain::reminder::Leads;
use crate::domain::subscriber::{Subscriber, SubscriberStatus};
use crate::domain::wishes::Wishes;
use crate::storage::database::on;
use crate::storage::dialect::Lists;
use crate::storage::{Result, Transaction};

/// Adds a subscriber.
///
/// # Errors
/// What the engine says.
pub async fn insert(
    transaction: &mut Transaction,
    status: SubscriberStatus,
    language: Language,
    now: Timestamp,
) -> Result<SubscriberId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into subscribers (status, language, created_at) values ($1, $2, $3) returning id",
        ).bind(status).bind(language.code()).bind(now).fetch_one(connection).await?
    }))
}

/// The subscriber with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: SubscriberId) -> Result<Option<Subscriber>> {
    let row: Option<(SubscriberStatus, String, Timestamp)> = on!(transaction, connection => {
        sqlx::query_as("select status, language, created_at from subscribers where id = $1")
            .bind(id).fetch_optional(connection).await?
    });
    Ok(row.map(|(status, language, created_at)| Subscriber {
        id,
        status,
        language: Language::from_code(&language).unwrap_or_default(),
        created_at,
    }))
}

/// The greatest id in use, 0 if there is none.
///
/// # Errors
/// What the engine says.
pub async fn last_id(transaction: &mut Transaction) -> Result<SubscriberId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select coalesce(max(id), 0) from subscribers").fetch_one(connection).await?
    }))
}

/// Sets where a subscriber is in their life. Their profiles are matched while they are active.
///
/// # Errors
/// What the engine says.
pub async fn set_status(
    transaction: &mut Transaction,
    id: SubscriberId,
    status: SubscriberStatus,
    now: Timestamp,
) -> Result<()> {
    let left_at = (status == SubscriberStatus::Left).then_some(now);
    let active = status == SubscriberStatus::Active;
    on!(transaction, connection => {
        sqlx::query("update subscribers set status = $2, left_at = $3 where id = $1")
            .bind(id).bind(status).bind(left_at).execute(&mut *connection).await?;
        sqlx::query("update profiles set active = $2, inbox_due = case when $2 then 1 else 0 end where subscriber_id = $1")
            .bind(id).bind(active).execute(connection).await?;
    });
    Ok(())
}

/// Makes other workers wait that are about to change what belongs to these subscribers, in an order that is the same for
/// all, so that none waits for another in a circle. Only PostgreSQL has several writers.
///
/// # Errors
/// What the engine says.
pub async fn lock(transaction: &mut Transaction, ids: &[i64]) -> Result<()> {
    if let Transaction::Postgres(transaction) = transaction {
        sqlx::query("select id from subscribers where id = any($1) order by id for no key update")
            .bind(ids)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Sets in which language to write to a subscriber.
///
/// # Errors
/// What the engine says.
pub async fn set_language(transaction: &mut Transaction, id: SubscriberId, language: Language) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set language = $2 where id = $1")
            .bind(id).bind(language.code()).execute(connection).await?;
    });
    Ok(())
}

/// Takes everything personal out of a subscriber: what is left is a number, and that they left.
///
/// # Errors
/// What the engine says.
pub async fn erase(transaction: &mut Transaction, id: SubscriberId, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update subscribers set language = $2, sections_off = 0, reminder_leads = $3, remind_matched = false,
                quiet_hours = null, weekly_pushes = null, paused_until = null, feed_number = null, erased_at = $4
             where id = $1",
        ).bind(id).bind(Language::default().code()).bind(Leads::default().bits()).bind(now)
        .execute(connection).await?;
    });
    Ok(())
}

/// Some who asked or left at `since` or before and have not been erased: pending ones, or those who left. Whoever is sent
/// a link that can still be used, at a mailbox of theirs or for another, is left out. On PostgreSQL they are kept from
/// others until the transaction ends.
///
/// # Errors
/// What the engine says.
pub async fn to_forget(
    transaction: &mut Transaction,
    status: SubscriberStatus,
    since: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<SubscriberId>> {
    let began = match status {
        SubscriberStatus::Left => "left_at",
        SubscriberStatus::Pending | SubscriberStatus::Active => "created_at",
    };
    let mut statement = format!(
        "select s.id from subscribers s
         where s.status = $1 and s.erased_at is null and s.{began} <= $2
            and not exists (select 1 from links l
                where l.subscriber_id = s.id and l.used_at is null and l.expires_at > $3)
            and not exists (select 1 from targets t join links l on l.target_id = t.id
                where t.subscriber_id = s.id and l.used_at is null and l.expires_at > $3)
         order by s.id limit $4"
    );
    if matches!(transaction, Transaction::Postgres(_)) {
        statement.push_str(" for no key update of s");
    }
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(status).bind(since).bind(now).bind(limit).fetch_all(connection).await?
    }))
}

/// When a subscriber wants to be reminded: how long before a date, and whether also of what was not saved.
///
/// # Errors
/// What the engine says.
pub async fn reminders(transaction: &mut Transaction, id: SubscriberId) -> Result<Option<(Leads, bool)>> {
    let found: Option<(i64, bool)> = on!(transaction, connection => {
        sqlx::query_as("select reminder_leads, remind_matched from subscribers where id = $1")
            .bind(id).fetch_optional(connection).await?
    });
    Ok(found.map(|(bits, matched)| (Leads::from_bits(bits), matched)))
}

/// Sets when a subscriber wants to be reminded.
///
/// # Errors
/// What the engine says.
pub async fn set_reminders(transaction: &mut Transaction, id: SubscriberId, leads: Leads, matched: bool) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set reminder_leads = $2, remind_matched = $3 where id = $1")
            .bind(id).bind(leads.bits()).bind(matched).execute(connection).await?;
    });
    Ok(())
}

/// One subscriber's wishes as they are stored.
#[derive(FromRow)]
struct WishesRow {
    id: SubscriberId,
    language: String,
    quiet_hours: Option<String>,
    weekly_pushes: Option<i64>,
    paused_until: Option<Timestamp>,
}

/// How each of these subscribers wants to be reached.
///
/// # Errors
/// What the engine says.
pub async fn wishes(transaction: &mut Transaction, ids: &[i64]) -> Result<Vec<(SubscriberId, Wishes)>> {
    let rows: Vec<WishesRow> = on!(transaction, connection => {
        let mut statement = sqlx::QueryBuilder::new(
            "select id, language, quiet_hours, weekly_pushes, paused_until from subscribers where id in ",
        );
        Lists::push_list(&mut statement, ids);
        statement.build_query_as().fetch_all(connection).await?
    });
    let read = |row: WishesRow| {
        let wishes = Wishes {
            language: Language::from_code(&row.language).unwrap_or_default(),
            quiet_hours: row.quiet_hours.and_then(|hours| QuietHours::try_from(hours).ok()),
            weekly_pushes: row.weekly_pushes.and_then(|cap| u32::try_from(cap).ok()),
            paused_until: row.paused_until,
        };
        (row.id, wishes)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Sets when a subscriber's browsers are left in peace, and how many pushes they get in a week; `None` is as the
/// installation says.
///
/// # Errors
/// What the engine says.
pub async fn set_restraints(
    transaction: &mut Transaction,
    id: SubscriberId,
    quiet_hours: Option<QuietHours>,
    weekly_pushes: Option<u32>,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set quiet_hours = $2, weekly_pushes = $3 where id = $1")
            .bind(id).bind(quiet_hours.map(QuietHours::code)).bind(weekly_pushes.map(i64::from))
            .execute(connection).await?;
    });
    Ok(())
}

/// Sends a subscriber nothing until then; `None` ends a pause.
///
/// # Errors
/// What the engine says.
pub async fn pause(transaction: &mut Transaction, id: SubscriberId, until: Option<Timestamp>) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set paused_until = $2 where id = $1")
            .bind(id).bind(until).execute(connection).await?;
    });
    Ok(())
}

/// How many subscribers have each status; who never confirmed and was forgotten counts no more.
///
/// # Errors
/// What the engine says.
pub async fn count_by_status(transaction: &mut Transaction) -> Result<Vec<(SubscriberStatus, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select status, count(*) from subscribers where status <> 0 or erased_at is null group by status order by status")
            .fetch_all(connection).await?
    }))
}
