// SPDX-License-Identifier: EUPL-1.2
//! Mailboxes and browsers. An address or an endpoint is there once, whosever it is.

use std::collections::BTreeMap;

use sqlx::{FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{OriginId, SubscriberId, TargetId, VapidKeyId};
use crate::domain::notification::Channel;
use crate::domain::subscriber::{ERASED, Place, PushSubscription, SubscriberStatus, Target, TargetStatus};
use crate::storage::database::on;
use crate::storage::dialect::{Lists, take_turns};
use crate::storage::{Error, Result, Transaction};

const SELECT: &str = "select id, subscriber_id, status, label, name, email, endpoint, p256dh, auth, vapid_key_id, \
    created_at, last_success_at from targets";

#[derive(FromRow)]
struct Row {
    id: TargetId,
    subscriber_id: SubscriberId,
    status: TargetStatus,
    label: String,
    name: String,
    email: Option<String>,
    endpoint: Option<String>,
    p256dh: Option<String>,
    auth: Option<String>,
    vapid_key_id: Option<VapidKeyId>,
    created_at: Timestamp,
    last_success_at: Option<Timestamp>,
}

impl Row {
    fn read(self) -> Result<Target> {
        let place = place(self.email, self.endpoint, self.p256dh, self.auth, self.vapid_key_id);
        Ok(Target {
            id: self.id,
            subscriber: self.subscriber_id,
            status: self.status,
            place: place.ok_or_else(|| Error::Corrupt(format!("target {}", self.id)))?,
            label: self.label,
            name: self.name,
            created_at: self.created_at,
            last_success_at: self.last_success_at,
        })
    }
}

/// What a target is, from its columns; `None` when they contradict each other.
pub(super) fn place(
    email: Option<String>,
    endpoint: Option<String>,
    p256dh: Option<String>,
    auth: Option<String>,
    vapid_key: Option<VapidKeyId>,
) -> Option<Place> {
    if let Some(address) = email {
        return EmailAddress::known(&address).ok().map(Place::Mailbox);
    }
    Some(Place::Browser(PushSubscription {
        endpoint: endpoint?,
        p256dh: p256dh?,
        auth: auth?,
        vapid_key: vapid_key?,
    }))
}

/// Adds a mailbox or a browser of a subscriber.
///
/// # Errors
/// [`Error::Conflict`] when its address or endpoint is there already.
pub async fn insert(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    place: &Place,
    origin: OriginId,
    status: TargetStatus,
    label: &str,
    now: Timestamp,
) -> Result<TargetId> {
    let (channel, email, browser) = match place {
        Place::Mailbox(address) => (Channel::Email, Some(address.as_str()), None),
        Place::Browser(push) => (Channel::WebPush, None, Some(push)),
    };
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into targets (subscriber_id, channel, status, label, origin_id, email, endpoint, p256dh, auth,
                vapid_key_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
        )
        .bind(subscriber).bind(channel).bind(status).bind(label).bind(origin).bind(email)
        .bind(browser.map(|it| it.endpoint.clone())).bind(browser.map(|it| it.p256dh.clone()))
        .bind(browser.map(|it| it.auth.clone())).bind(browser.map(|it| it.vapid_key)).bind(now)
        .fetch_one(connection).await?
    }))
}

/// The target with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: TargetId) -> Result<Option<Target>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where id = $1")))
            .bind(id).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// The targets with these ids; one that cannot be read is left out, so that it costs nobody else anything.
///
/// # Errors
/// What the engine says.
pub async fn find_many(transaction: &mut Transaction, ids: &[i64]) -> Result<Vec<Target>> {
    let rows: Vec<Row> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new(SELECT);
        statement.push(" where id in ");
        Lists::push_list(&mut statement, ids);
        statement.build_query_as().fetch_all(connection).await?
    });
    let readable = rows.into_iter().map(Row::read).filter_map(|target| {
        target
            .inspect_err(|error| tracing::error!(%error, "a mailbox or browser cannot be read and is passed over"))
            .ok()
    });
    Ok(readable.collect())
}

/// The mailbox with this address.
///
/// # Errors
/// What the engine says.
pub async fn find_mailbox(transaction: &mut Transaction, address: &EmailAddress) -> Result<Option<Target>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where email = $1")))
            .bind(address.as_str()).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// The mailbox with this address, for a transaction that will add it, or count what it was sent: who asks the same
/// meanwhile waits until that has ended.
///
/// # Errors
/// What the engine says.
pub async fn find_mailbox_in_turn(transaction: &mut Transaction, address: &EmailAddress) -> Result<Option<Target>> {
    take_turns(transaction, address.as_str()).await?;
    find_mailbox(transaction, address).await
}

/// The browser with this endpoint, in the same way.
///
/// # Errors
/// What the engine says.
pub async fn find_browser_in_turn(transaction: &mut Transaction, endpoint: &str) -> Result<Option<Target>> {
    take_turns(transaction, endpoint).await?;
    find_browser(transaction, endpoint).await
}

/// The browser with this endpoint.
///
/// # Errors
/// What the engine says.
pub async fn find_browser(transaction: &mut Transaction, endpoint: &str) -> Result<Option<Target>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where endpoint = $1")))
            .bind(endpoint).fetch_optional(connection).await?
    });
    row.map(Row::read).transpose()
}

/// The mailboxes and browsers of a subscriber, the first given first.
///
/// # Errors
/// What the engine says.
pub async fn list(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<Target>> {
    let rows: Vec<Row> = on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where subscriber_id = $1 order by id")))
            .bind(subscriber).fetch_all(connection).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// Sets whether a target can be sent to.
///
/// # Errors
/// What the engine says.
pub async fn set_status(transaction: &mut Transaction, id: TargetId, status: TargetStatus) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update targets set status = $2, until_left = 0 where id = $1")
            .bind(id).bind(status).execute(connection).await?;
    });
    Ok(())
}

/// Gives a mailbox another address; its id stays, so nothing is lost or owed twice. That it moved is kept: what was sent to
/// the old address is no key to the new one.
///
/// # Errors
/// [`Error::Conflict`] when the address is another mailbox's.
pub async fn readdress(
    transaction: &mut Transaction,
    id: TargetId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update targets set email = $2, status = $3, moved_at = $4 where id = $1 and channel = 1")
            .bind(id).bind(email.as_str()).bind(TargetStatus::Active).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// When a mailbox last got another address, if it did.
///
/// # Errors
/// What the engine says.
pub async fn moved_at(transaction: &mut Transaction, id: TargetId) -> Result<Option<Timestamp>> {
    let found: Option<Option<Timestamp>> = on!(transaction, connection => {
        sqlx::query_scalar("select moved_at from targets where id = $1").bind(id).fetch_optional(connection).await?
    });
    Ok(found.flatten())
}

/// Takes everything personal out of a target: what is left is a number that nothing is sent to.
///
/// # Errors
/// What the engine says.
pub async fn erase(transaction: &mut Transaction, id: TargetId) -> Result<()> {
    let place = format!("erased-{id}@{ERASED}");
    let endpoint = format!("https://{ERASED}/{id}");
    on!(transaction, connection => {
        sqlx::query(
            "update targets set status = $2, label = '', name = '', last_success_at = null, week = 0, told_in_week = 0,
                email = case when channel = 1 then $3 end, endpoint = case when channel = 0 then $4 end,
                p256dh = case when channel = 0 then '' end, auth = case when channel = 0 then '' end
             where id = $1",
        ).bind(id).bind(TargetStatus::Gone).bind(place).bind(endpoint).execute(connection).await?;
    });
    Ok(())
}

/// Some mailboxes that active subscribers wanted to add at `since` or before, that nobody has confirmed, and that no link
/// leads to any more.
///
/// # Errors
/// What the engine says.
pub async fn never_confirmed(
    transaction: &mut Transaction,
    since: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<TargetId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select t.id from targets t join subscribers s on s.id = t.subscriber_id and s.status = $1
             where t.status = $2 and t.created_at <= $3 and not exists (select 1 from links l
                where l.target_id = t.id and l.used_at is null and l.expires_at > $4)
             order by t.id limit $5",
        )
        .bind(SubscriberStatus::Active).bind(TargetStatus::Pending).bind(since).bind(now).bind(limit)
        .fetch_all(connection).await?
    }))
}

/// Gives a browser that was made anew its new endpoint and keys; its id stays, so nothing is owed twice.
///
/// # Errors
/// [`Error::Conflict`] when the new endpoint is another target's.
pub async fn refresh_browser(
    transaction: &mut Transaction,
    id: TargetId,
    push: &PushSubscription,
    origin: OriginId,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update targets set endpoint = $2, p256dh = $3, auth = $4, vapid_key_id = $5, origin_id = $6, status = 1
             where id = $1",
        )
        .bind(id).bind(&push.endpoint).bind(&push.p256dh).bind(&push.auth).bind(push.vapid_key).bind(origin)
        .execute(connection).await?;
    });
    Ok(())
}

/// Gives a target the name that its person knows it by.
///
/// # Errors
/// What the engine says.
pub async fn rename(transaction: &mut Transaction, id: TargetId, name: &str) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update targets set name = $2 where id = $1").bind(id).bind(name).execute(connection).await?;
    });
    Ok(())
}

/// How many browsers that are sent to were subscribed with each VAPID key.
///
/// # Errors
/// What the engine says.
pub async fn count_by_key(transaction: &mut Transaction) -> Result<Vec<(VapidKeyId, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select vapid_key_id, count(*) from targets where channel = 0 and status = 1 group by vapid_key_id")
            .fetch_all(connection).await?
    }))
}

/// Sends to no browser any more that was subscribed with this VAPID key; how many there were.
///
/// # Errors
/// What the engine says.
pub async fn drop_key(transaction: &mut Transaction, key: VapidKeyId) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query("update targets set status = $2 where channel = 0 and status = 1 and vapid_key_id = $1")
            .bind(key).bind(TargetStatus::Gone).execute(connection).await?.rows_affected()
    }))
}

/// Gives a target to another subscriber: a browser or mailbox that signs up anew after its owner left. What the former
/// one called it is nobody else's.
///
/// # Errors
/// What the engine says.
pub async fn set_subscriber(transaction: &mut Transaction, id: TargetId, subscriber: SubscriberId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update targets set name = case when subscriber_id = $2 then name else '' end, subscriber_id = $2 where id = $1")
            .bind(id).bind(subscriber).execute(connection).await?;
    });
    Ok(())
}

/// Records that something was accepted for these targets, and how many opportunities that told each of in the week that
/// began at `week`.
///
/// # Errors
/// What the engine says.
pub async fn record_success(
    transaction: &mut Transaction,
    accepted: &BTreeMap<TargetId, i64>,
    week: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let mut by_count: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (target, told) in accepted {
        by_count.entry(*told).or_default().push(target.0);
    }
    for (told, ids) in by_count {
        on!(transaction, connection => {
            let mut statement = QueryBuilder::new("update targets set last_success_at = ");
            statement.push_bind(now).push(", told_in_week = case when week = ").push_bind(week)
                .push(" then told_in_week else 0 end + ").push_bind(told)
                .push(", week = ").push_bind(week).push(" where id in ");
            Lists::push_list(&mut statement, &ids);
            statement.build().execute(connection).await?;
        });
    }
    Ok(())
}

/// How many opportunities each of these targets was told of in the week that began at `week`.
///
/// # Errors
/// What the engine says.
pub async fn told_in_week(transaction: &mut Transaction, ids: &[i64], week: Timestamp) -> Result<Vec<(TargetId, i64)>> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new("select id, told_in_week from targets where week = ");
        statement.push_bind(week).push(" and id in ");
        Lists::push_list(&mut statement, ids);
        statement.build_query_as().fetch_all(connection).await?
    }))
}
