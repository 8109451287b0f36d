// SPDX-License-Identifier: EUPL-1.2
//! What is owed: one row for an occasion and a target. Here rows begin; `ledger` claims and finishes them.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, FromRow};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OpportunityId, SubscriberId, TargetId};
use crate::domain::notification::{Channel, Lane};
use crate::storage::audience::Range;
use crate::storage::database::on;
use crate::storage::delivery_counts::{Changes, MOVED, Moved, Of};
use crate::storage::dialect::{by_waiting, prefer_look_ups};
use crate::storage::ledger::State;
use crate::storage::occasions::FanOut;
use crate::storage::{Result, Transaction};

/// Who is told at once, as matches and follow-ups say it: rows of an occasion, a profile and channels.
struct Telling {
    rows: &'static str,
    /// When the rows were made that count: what was matched in an earlier round was owed then.
    matched_at: Timestamp,
}

const MATCHED: &str = "select m.occasion_id, m.profile_id, m.channels from matches m
    where m.opportunity_id = $2 and m.occasion_id = $1 and m.profile_id > $3 and m.profile_id <= $4
        and m.matched_at = $5 and m.frequency = 0";

const FOLLOWING_UP: &str =
    "select u.occasion_id, u.profile_id, u.channels from follow_ups u join occasions o on o.id = u.occasion_id
    where u.occasion_id = $1 and o.opportunity_id = $2 and u.profile_id > $3 and u.profile_id <= $4 and u.frequency = 0
        and o.opened_at <= $5";

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
    let rows = MATCHED;
    owe(transaction, fan_out, range, &Telling { rows, matched_at }).await
}

/// The same of a follow-up, to those kept of `range` who want it told at once.
///
/// # Errors
/// What the engine says.
pub async fn owe_follow_up(transaction: &mut Transaction, fan_out: &FanOut, range: Range) -> Result<u64> {
    let telling = Telling {
        rows: FOLLOWING_UP,
        matched_at: fan_out.opened_at,
    };
    owe(transaction, fan_out, range, &telling).await
}

async fn owe(transaction: &mut Transaction, fan_out: &FanOut, range: Range, telling: &Telling) -> Result<u64> {
    let (mut added, mut changes) = (0, Changes::default());
    for channel in Channel::ALL {
        let owed = owe_on_channel(transaction, fan_out, range, telling, channel).await?;
        changes.owed(fan_out.id, channel, i64::try_from(owed).unwrap_or(i64::MAX));
        added += owed;
    }
    changes.keep(transaction).await?;
    make_mail_due(transaction, fan_out, range, telling).await?;
    Ok(added)
}

/// Owes it on one channel; of several profiles of one person, the first decides whether a mail waits. Whoever was there
/// when an occasion was folded may have been told of it, so only targets that came later are told; the others find it in
/// their inbox.
async fn owe_on_channel(
    transaction: &mut Transaction,
    fan_out: &FanOut,
    range: Range,
    telling: &Telling,
    channel: Channel,
) -> Result<u64> {
    let statement = format!(
        "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
            not_before, expires_at, opened_at)
         select w.occasion_id, t.id, t.subscriber_id, t.channel, cast($6 as bigint), t.origin_id,
            case when t.channel = 1 and w.channels & 3 = 1 and exists (select 1 from targets b
                where b.subscriber_id = t.subscriber_id and b.channel = 0 and b.status = 1) then 0 else 1 end,
            0, cast($7 as bigint), cast($8 as bigint)
         from ({}) w
         join profiles p on p.id = w.profile_id
         join targets t on t.subscriber_id = p.subscriber_id and t.status = 1 and t.channel = $10
         where p.active and t.created_at > $9
            and ((t.channel = 0 and w.channels & 1 = 1) or (t.channel = 1 and w.channels & 6 <> 0))
         on conflict (occasion_id, target_id) do nothing",
        telling.rows
    );
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(fan_out.id).bind(fan_out.opportunity_id).bind(range.above).bind(range.up_to).bind(telling.matched_at)
            .bind(fan_out.lane).bind(fan_out.expires_at).bind(fan_out.opened_at)
            .bind(fan_out.folded_at.unwrap_or(NEVER)).bind(channel)
            .execute(connection).await?.rows_affected()
    }))
}

/// Before every target there is.
const NEVER: Timestamp = Timestamp::from_milliseconds(i64::MIN);

/// Makes due the mails that wait on a push although another profile of the same person, in this range, wants them anyway.
/// Few people have several, and they are found first: to group all rows by target while they are owed takes longer.
async fn make_mail_due(transaction: &mut Transaction, fan_out: &FanOut, range: Range, telling: &Telling) -> Result<()> {
    let by_waiting = by_waiting(transaction.engine());
    let statement = format!(
        "with also as materialized (
            select distinct p.subscriber_id from ({}) w
            join profiles p on p.id = w.profile_id
            where p.active and w.channels & 3 <> 1 and w.channels & 6 <> 0
                and exists (select 1 from profiles e where e.subscriber_id = p.subscriber_id and e.id <> p.id))
         update notifications {by_waiting} set state = 1
         where state = 0 and occasion_id = $1 and subscriber_id in (select subscriber_id from also)",
        telling.rows
    );
    on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(fan_out.id).bind(fan_out.opportunity_id).bind(range.above).bind(range.up_to).bind(telling.matched_at)
            .execute(connection).await?;
    });
    Ok(())
}

/// Owes an occasion to one target, at once.
///
/// # Errors
/// What the engine says.
pub async fn owe_to_target(transaction: &mut Transaction, occasion: OccasionId, target: TargetId) -> Result<()> {
    let channels: Vec<Channel> = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
                not_before, expires_at, opened_at)
             select $1, t.id, t.subscriber_id, t.channel, cast($3 as bigint), t.origin_id, 1, 0,
                o.expires_at, o.opened_at
             from targets t cross join occasions o where t.id = $2 and o.id = $1 returning channel",
        )
        .bind(occasion).bind(target).bind(Lane::Transactional).fetch_all(connection).await?
    });
    let mut changes = Changes::default();
    for channel in channels {
        changes.owed(occasion, channel, 1);
    }
    changes.keep(transaction).await
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
    prefer_look_ups(transaction).await?;
    // By way of the occasions that are still of use, which are few: there is no index by target, which every row would
    // have to be kept in. A push service that drops a browser in a hundred would have everything owed read for each.
    let which = "target_id = $1 and state < 2 and lane > 0
        and occasion_id in (select id from occasions where expires_at > $2 and emptied_at is null)";
    suppress(transaction, which, target.0, reason, now).await
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
    let which = "state < 2 and occasion_id in (select id from occasions where opportunity_id = $1)";
    suppress(transaction, which, opportunity.0, reason, now).await
}

/// Ends the rows of a condition, in which $1 is the number and $2 the time, as suppressed for a reason. How many those were.
pub(super) async fn suppress(
    transaction: &mut Transaction,
    which: &str,
    id: i64,
    reason: &'static str,
    now: Timestamp,
) -> Result<u64> {
    let (mut suppressed, mut changes) = (0, Changes::default());
    let statement = format!("update notifications set state = 6, finished_at = $2, reason = $3 where {which} {MOVED}");
    on!(transaction, connection => {
        let mut moved = sqlx::query_as::<_, Moved>(AssertSqlSafe(statement))
            .bind(id).bind(now).bind(reason).fetch(connection);
        while let Some(row) = moved.try_next().await? {
            suppressed += 1;
            changes.reached(&row, now);
        }
    });
    changes.keep(transaction).await?;
    Ok(suppressed)
}

/// How many rows are in each state on each channel: channel, state, count. It reads the whole ledger: the program itself
/// reads [`super::delivery_counts`], and this is what those are checked against.
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

/// What became of one notification, without telling whose it is: for a list of who missed what.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Fate {
    /// What was owed.
    pub occasion_id: OccasionId,
    /// To which mailbox or browser.
    pub target_id: TargetId,
    /// On which channel.
    pub channel: Channel,
    /// Where it is.
    pub state: State,
    /// Of the last answer: a code.
    pub reason: Option<String>,
    /// How many attempts were begun.
    pub attempts: i64,
    /// When what it tells was published.
    pub opened_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Up to `limit` notifications of these occasions that come after `after` in the order of their keys.
///
/// # Errors
/// What the engine says.
pub async fn fates(
    transaction: &mut Transaction,
    of: Of,
    after: (OccasionId, TargetId),
    limit: i64,
) -> Result<Vec<Fate>> {
    let (condition, id) = of.condition();
    let statement = format!(
        "select n.occasion_id, n.target_id, n.channel, n.state, n.reason, n.attempts, n.opened_at, n.finished_at
         from notifications n
         where n.occasion_id in (select o.id from occasions o where {condition})
            and (n.occasion_id, n.target_id) > ($2, $3)
         order by n.occasion_id, n.target_id limit $4"
    );
    Ok(on!(transaction, connection => {
        sqlx::query_as(AssertSqlSafe(statement))
            .bind(id).bind(after.0).bind(after.1).bind(limit).fetch_all(connection).await?
    }))
}

/// One message that was owed to a person.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OwedToPerson {
    /// The word for why it was written.
    pub kind: String,
    /// What it is about; `None` for a digest, and for what was written to them alone.
    pub opportunity_id: Option<OpportunityId>,
    /// To which mailbox or browser.
    pub target_id: TargetId,
    /// Where it is.
    pub state: State,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Of the last answer: a code.
    pub reason: Option<String>,
}

/// What is kept of the messages that a person was owed at their mailboxes and browsers, the latest first; at most `limit`.
///
/// It goes by way of the occasions of which rows may be left, which are few beside the rows.
///
/// # Errors
/// What the engine says.
pub async fn owed_to_person(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    limit: i64,
) -> Result<Vec<OwedToPerson>> {
    prefer_look_ups(transaction).await?;
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select o.kind, o.opportunity_id, n.target_id, n.state, n.finished_at, n.reason
             from targets t cross join occasions o join notifications n on n.occasion_id = o.id and n.target_id = t.id
             where t.subscriber_id = $1 and n.subscriber_id = $1 and o.emptied_at is null
             order by n.occasion_id desc, n.target_id limit $2",
        ).bind(subscriber).bind(limit).fetch_all(connection).await?
    }))
}
