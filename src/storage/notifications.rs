// SPDX-License-Identifier: EUPL-1.2
//! What is owed: one row for an occasion and a target. Here rows begin; `ledger` claims and finishes them.

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OpportunityId, TargetId};
use crate::domain::notification::{Channel, Lane};
use crate::storage::audience::Range;
use crate::storage::database::on;
use crate::storage::ledger::State;
use crate::storage::occasions::FanOut;
use crate::storage::{Result, Transaction};

/// Owes an occasion to every active target that a match of `range`, made at `matched_at`, wants told at once: what was
/// matched in an earlier round was owed then. How many rows that added.
///
/// What is told at once has no earliest time: whichever process looks first sends it, whatever its clock.
///
/// A mail that is wanted only when no push is accepted waits, if the subscriber has a browser that is told of the
/// same thing; another profile of the same person that wants the mail anyway makes it due.
///
/// # Errors
/// What the engine says.
pub async fn owe_to_matches(
    transaction: &mut Transaction,
    fan_out: &FanOut,
    range: Range,
    matched_at: Timestamp,
) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
                not_before, expires_at)
             select m.occasion_id, t.id, t.subscriber_id, t.channel, cast($2 as bigint), t.origin_id,
                max(case when t.channel = 1 and m.channels & 3 = 1 and exists (select 1 from targets b
                    where b.subscriber_id = t.subscriber_id and b.channel = 0 and b.status = 1) then 0 else 1 end),
                0, cast($3 as bigint)
             from matches m
             join profiles p on p.id = m.profile_id
             join targets t on t.subscriber_id = p.subscriber_id and t.status = 1
             where m.opportunity_id = $4 and m.occasion_id = $1 and m.profile_id > $5 and m.profile_id <= $6
                and m.matched_at = $7 and m.frequency = 0 and p.active
                and ((t.channel = 0 and m.channels & 1 = 1) or (t.channel = 1 and m.channels & 6 <> 0))
             group by m.occasion_id, t.id, t.subscriber_id, t.channel, t.origin_id
             on conflict (occasion_id, target_id) do update set state = 1
                where notifications.state = 0 and excluded.state = 1",
        )
        .bind(fan_out.id).bind(fan_out.lane).bind(fan_out.expires_at).bind(fan_out.opportunity_id)
        .bind(range.above).bind(range.up_to).bind(matched_at)
        .execute(connection).await?.rows_affected()
    }))
}

/// Owes an occasion to one target, at once.
///
/// # Errors
/// What the engine says.
pub async fn owe_to_target(transaction: &mut Transaction, occasion: OccasionId, target: TargetId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
                not_before, expires_at)
             select $1, t.id, t.subscriber_id, t.channel, cast($3 as bigint), t.origin_id, 1, 0,
                o.expires_at
             from targets t cross join occasions o where t.id = $2 and o.id = $1",
        )
        .bind(occasion).bind(target).bind(Lane::Transactional).execute(connection).await?;
    });
    Ok(())
}

/// Suppresses what is still owed to a target that is to hear nothing more, but for what a person waits for.
///
/// # Errors
/// What the engine says.
pub async fn suppress_for_target(
    transaction: &mut Transaction,
    target: TargetId,
    reason: &'static str,
    now: Timestamp,
) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "update notifications set state = 6, finished_at = $2, reason = $3
             where target_id = $1 and state < 2 and lane > 0",
        ).bind(target).bind(now).bind(reason).execute(connection).await?.rows_affected()
    }))
}

/// Suppresses what is still owed of an opportunity that was withdrawn.
///
/// # Errors
/// What the engine says.
pub async fn suppress_for_opportunity(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    reason: &'static str,
    now: Timestamp,
) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "update notifications set state = 6, finished_at = $2, reason = $3
             where state < 2 and occasion_id in (select id from occasions where opportunity_id = $1)",
        ).bind(opportunity).bind(now).bind(reason).execute(connection).await?.rows_affected()
    }))
}

/// How many rows are in each state on each channel: channel, state, count.
///
/// # Errors
/// What the engine says.
pub async fn tally(transaction: &mut Transaction) -> Result<Vec<(Channel, State, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as("select channel, state, count(*) from notifications group by channel, state order by 1, 2")
            .fetch_all(connection).await?
    }))
}

/// The same for one opportunity.
///
/// # Errors
/// What the engine says.
pub async fn tally_of(transaction: &mut Transaction, opportunity: OpportunityId) -> Result<Vec<(Channel, State, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select channel, state, count(*) from notifications
             where occasion_id in (select id from occasions where opportunity_id = $1)
             group by channel, state order by 1, 2",
        ).bind(opportunity).fetch_all(connection).await?
    }))
}
