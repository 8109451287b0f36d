// SPDX-License-Identifier: EUPL-1.2
//! Which profile matched which opportunity: the subscriber's inbox, whatever the channels.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId};
use crate::domain::profile::{Channels, Frequency};
use crate::storage::audience::Filling;
use crate::storage::database::on;
use crate::storage::dialect::{Lists, prefer_look_ups};
use crate::storage::{Result, Transaction};

/// The matched profiles of these subscribers for one opportunity.
///
/// # Errors
/// What the engine says.
pub async fn profiles_of(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    subscribers: &[SubscriberId],
) -> Result<BTreeMap<SubscriberId, Vec<ProfileId>>> {
    let numbers: Vec<i64> = subscribers.iter().map(|it| it.0).collect();
    let rows: Vec<(SubscriberId, ProfileId)> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "select p.subscriber_id, p.id from profiles p join matches m on m.profile_id = p.id
             where m.opportunity_id = ",
        );
        statement.push_bind(opportunity).push(" and p.subscriber_id in ");
        Lists::push_list(&mut statement, &numbers);
        statement.push(" order by p.id");
        statement.build_query_as().fetch_all(connection).await?
    });
    let mut found: BTreeMap<SubscriberId, Vec<ProfileId>> = BTreeMap::new();
    for (subscriber, profile) in rows {
        found.entry(subscriber).or_default().push(profile);
    }
    Ok(found)
}

/// How a match is told, if there is one.
///
/// # Errors
/// What the engine says.
pub async fn telling(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    profile: ProfileId,
) -> Result<Option<(Frequency, Channels)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select frequency, channels from matches where opportunity_id = $1 and profile_id = $2")
            .bind(opportunity).bind(profile).fetch_optional(connection).await?
    }))
}

/// How many matches there are.
///
/// # Errors
/// What the engine says.
pub async fn count(transaction: &mut Transaction) -> Result<i64> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select count(*) from matches").fetch_one(connection).await?
    }))
}

/// Takes up the inboxes that have to be filled, and those that a worker took up before `lost` and never finished; the
/// first and last profile among them.
///
/// # Errors
/// What the engine says.
pub async fn take_due_inboxes(
    transaction: &mut Transaction,
    filling: Filling,
    lost: Timestamp,
) -> Result<Option<(ProfileId, ProfileId)>> {
    let range: (Option<ProfileId>, Option<ProfileId>) = on!(transaction, connection => {
        sqlx::query("update profiles set inbox_due = $1 where inbox_due = 1 or (inbox_due > 1 and inbox_due < $2)")
            .bind(filling.number()).bind(Filling::begun(lost, 0).number()).execute(&mut *connection).await?;
        sqlx::query_as("select min(id), max(id) from profiles where inbox_due = $1")
            .bind(filling.number()).fetch_one(connection).await?
    });
    Ok(range.0.zip(range.1))
}

/// Records that the inboxes of this turn are filled; those that became due meanwhile stay due.
///
/// # Errors
/// What the engine says.
pub async fn inboxes_filled(transaction: &mut Transaction, filling: Filling) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update profiles set inbox_due = 0 where inbox_due = $1")
            .bind(filling.number()).execute(connection).await?;
    });
    Ok(())
}

/// Hands over to the daily digest whatever the weekly cap or a pause held back and nothing else has told since: the other browser that
/// was to tell it may have failed, or its mailbox. How many matches that moved.
///
/// # Errors
/// What the engine says.
pub async fn leave_rest_to_digest(transaction: &mut Transaction, now: Timestamp) -> Result<u64> {
    prefer_look_ups(transaction).await?;
    let capped = "from (select distinct occasion_id from delivery_counts
            where state = 5 and reason in ('weekly cap', 'paused')) c
        join occasions o on o.id = c.occasion_id and o.expires_at > $1 and o.emptied_at is null
        join notifications n on n.occasion_id = o.id and n.state = 6 and n.reason in ('weekly cap', 'paused')
        join profiles p on p.subscriber_id = n.subscriber_id
        where not exists (select 1 from targets t cross join notifications told
            where t.subscriber_id = n.subscriber_id and told.target_id = t.id and told.occasion_id = o.id
            and told.state in (1, 2, 3))";
    let matched = format!(
        "update matches set frequency = 1 where frequency = 0
            and (opportunity_id, profile_id, occasion_id) in (select o.opportunity_id, p.id, o.id {capped})"
    );
    let followed_up = format!(
        "update follow_ups set frequency = 1 where frequency = 0 and (occasion_id, profile_id) in (select o.id, p.id {capped})"
    );
    Ok(on!(transaction, connection => {
        let matched = sqlx::query(AssertSqlSafe(matched)).bind(now).execute(&mut *connection).await?.rows_affected();
        matched + sqlx::query(AssertSqlSafe(followed_up)).bind(now).execute(connection).await?.rows_affected()
    }))
}

/// Hands what a person was to be told by push of an occasion over to their daily digest, unless a mail tells it at once
/// or another of their browsers was told or will be. How many matches that moved.
///
/// # Errors
/// What the engine says.
pub async fn leave_to_digest(
    transaction: &mut Transaction,
    occasion: OccasionId,
    subscribers: &[SubscriberId],
) -> Result<u64> {
    leave_table_to_digest(transaction, "matches", occasion, subscribers).await
}

/// The same for either table of those who are told: matches, and follow-ups.
pub(super) async fn leave_table_to_digest(
    transaction: &mut Transaction,
    table: &'static str,
    occasion: OccasionId,
    subscribers: &[SubscriberId],
) -> Result<u64> {
    let numbers: Vec<i64> = subscribers.iter().map(|it| it.0).collect();
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new("update ");
        statement.push(table).push(" set frequency = 1 where occasion_id = ");
        statement.push_bind(occasion).push(
            " and frequency = 0 and profile_id in (select p.id from profiles p
                where not exists (select 1 from targets t cross join notifications n
                    where t.subscriber_id = p.subscriber_id and n.target_id = t.id and n.state in (1, 2, 3)
                    and n.occasion_id = ",
        );
        statement.push_bind(occasion).push(") and p.subscriber_id in ");
        Lists::push_list(&mut statement, &numbers);
        statement.push(")");
        statement.build().execute(connection).await?.rows_affected()
    }))
}
