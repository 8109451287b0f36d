// SPDX-License-Identifier: EUPL-1.2
//! What follows a publication: changes and reminders, and which profiles are told of each.
//!
//! A change is told to those who were told of the opportunity before, or saved it; a reminder to those who saved it, and to
//! those whom it was matched to if they want that. Rows here are to a follow-up what matches are to a publication: they
//! say who is told, how soon and by which ways, and which digest has told it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use crate::domain::change::Change;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId};
use crate::domain::notification::Lane;
use crate::domain::occasion::{Occasion, OccasionKind};
use crate::domain::opportunity::OpportunityKind;
use crate::domain::reminder::{Lead, Leads};
use crate::storage::audience::{AGREEING, CONCERNED, Range, TELLING, UNMUTED};
use crate::storage::database::on;
use crate::storage::dialect::{Lists, notify};
use crate::storage::occasions::{PUBLISHED_CHANNEL, Publication};
use crate::storage::{Error, Result, Transaction, matches, occasions};

/// Records that an opportunity has changed for those who know it, and wakes the workers on commit. One revision makes one
/// such occasion of a kind.
///
/// # Errors
/// [`Error::Conflict`] when this revision made it already.
pub async fn record_change(
    transaction: &mut Transaction,
    publication: &Publication,
    kind: OccasionKind,
    change: &Change,
    now: Timestamp,
) -> Result<OccasionId> {
    let json = serde_json::to_string(change).map_err(|error| Error::Corrupt(error.to_string()))?;
    let key = format!("{}:{}:{}", kind.code(), publication.opportunity, publication.revision);
    let id = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into occasions (reason_key, kind, opportunity_id, revision, lane, silent, created_at, expires_at,
                batch_id, opened_at, change)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $10) returning id",
        )
        .bind(key).bind(kind.code()).bind(publication.opportunity).bind(publication.revision).bind(publication.lane)
        .bind(publication.silent).bind(now).bind(publication.expires_at).bind(publication.batch).bind(json)
        .fetch_one(connection).await?
    });
    notify(transaction, PUBLISHED_CHANNEL).await?;
    Ok(id)
}

/// The occasions of the changes of an opportunity that were told, the first first.
///
/// # Errors
/// What the engine says.
pub async fn changes_of(transaction: &mut Transaction, opportunity: OpportunityId) -> Result<Vec<Occasion>> {
    let ids: Vec<i64> = on!(transaction, connection => {
        sqlx::query_scalar("select id from occasions where opportunity_id = $1 and change is not null order by id")
            .bind(opportunity).fetch_all(connection).await?
    });
    let mut found = occasions::find_many(transaction, &ids).await?;
    found.sort_by_key(|occasion| occasion.id);
    Ok(found)
}

/// Something public with a date to remind of.
#[derive(Debug, Clone, FromRow)]
pub struct Dated {
    /// Which opportunity.
    pub id: OpportunityId,
    /// In which revision.
    pub revision: i64,
    kind: String,
    /// When it opens.
    pub opens_at: Option<Timestamp>,
    /// When it closes.
    pub closes_at: Option<Timestamp>,
    /// When it came out, or was last said to have changed.
    pub since: Timestamp,
}

impl Dated {
    /// What kind of opportunity it is.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn kind(&self) -> Result<OpportunityKind> {
        OpportunityKind::from_code(&self.kind).ok_or_else(|| Error::Corrupt(self.kind.clone()))
    }
}

/// What is open and opens or closes after `now` and up to `until`.
///
/// # Errors
/// What the engine says.
pub async fn dated(transaction: &mut Transaction, now: Timestamp, until: Timestamp) -> Result<Vec<Dated>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select o.id, o.revision, o.kind, o.opens_at, o.closes_at,
                coalesce((select max(c.opened_at) from occasions c
                    where c.opportunity_id = o.id and c.due_at is null and c.kind <> 'results'), o.published_at) as since
             from opportunities o
             where o.status = 'published' and o.published_at is not null
                and ((o.closes_at > $1 and o.closes_at <= $2) or (o.opens_at > $1 and o.opens_at <= $2))
             order by o.id",
        ).bind(now).bind(until).fetch_all(connection).await?
    }))
}

/// The reminders of dates after `now` that were recorded: opportunity, date and lead time in days.
///
/// # Errors
/// What the engine says.
pub async fn reminded(transaction: &mut Transaction, now: Timestamp) -> Result<Vec<(OpportunityId, Timestamp, i64)>> {
    Ok(on!(transaction, connection => {
        sqlx::query_as(
            "select opportunity_id, due_at, lead_days from occasions
             where due_at > $1 and opportunity_id is not null and lead_days is not null",
        ).bind(now).fetch_all(connection).await?
    }))
}

/// A reminder of a date.
#[derive(Debug, Clone, Copy)]
pub struct Reminder {
    /// Of which opportunity.
    pub opportunity: OpportunityId,
    /// In which revision.
    pub revision: i64,
    /// That it opens, or that it closes.
    pub kind: OccasionKind,
    /// The date.
    pub date: Timestamp,
    /// How long before.
    pub lead: Lead,
}

/// Records that a reminder is due, once, whoever comes first; the workers are woken on commit. Whether it is new.
///
/// # Errors
/// What the engine says.
pub async fn record_reminder(transaction: &mut Transaction, reminder: &Reminder, now: Timestamp) -> Result<bool> {
    let days = reminder.lead.days();
    let key = format!(
        "{}:{}:{}:{days}",
        reminder.kind.code(),
        reminder.opportunity,
        reminder.date.milliseconds()
    );
    let added = on!(transaction, connection => {
        sqlx::query(
            "insert into occasions (reason_key, kind, opportunity_id, revision, lane, silent, created_at, expires_at,
                opened_at, due_at, lead_days)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8, $9) on conflict (reason_key) do nothing",
        )
        .bind(key).bind(reminder.kind.code()).bind(reminder.opportunity).bind(reminder.revision).bind(Lane::Normal)
        .bind(false).bind(now).bind(reminder.date).bind(days)
        .execute(connection).await?.rows_affected()
    });
    if added > 0 {
        notify(transaction, PUBLISHED_CHANNEL).await?;
    }
    Ok(added > 0)
}

/// Whether the person of the profile `p` was told of the opportunity before $6: through one of their targets, at once or
/// in a digest, or so long ago that only its counters are kept.
const TOLD_BEFORE: &str = "exists (select 1 from matches m
    where m.opportunity_id = $1 and m.profile_id = p.id and m.occasion_id is not null
        and (exists (select 1 from occasions k where k.id = coalesce(m.edition_id, m.occasion_id) and k.folded_at is not null)
            or coalesce((select max((select 1 from notifications n
                    where n.occasion_id = coalesce(m.edition_id, m.occasion_id) and n.target_id = t.id and n.state = 3
                        and n.finished_at < $6))
                from targets t where t.subscriber_id = p.subscriber_id), 0) = 1))";

/// Who is told, as rows of `knowing`: those whom the opportunity concerns and of whom `known` holds, and those who saved it
/// and of whom `wanted` holds.
fn knowing(known: &str, wanted: &str) -> String {
    format!(
        "{AGREEING}, knowing (profile_id, frequency, channels) as (
            select p.id, {TELLING} from covering_follows f {CONCERNED} {UNMUTED} and {known} group by p.id
            union all
            select p.id, coalesce(s.frequency, p.frequency), coalesce(s.channels, p.channels)
            from saved_opportunities s join profiles p on p.id = s.profile_id cross join opportunity o
            where s.opportunity_id = $1 and s.profile_id > $2 and s.profile_id <= $3 and p.active {UNMUTED} and {wanted}
         )"
    )
}

/// The statement that keeps who is told: $4 is the occasion, $5 the frequency that is meant whatever was chosen.
fn keep(known: &str, wanted: &str) -> String {
    format!(
        "insert into follow_ups (occasion_id, profile_id, frequency, channels)
         {}
         select cast($4 as bigint), profile_id, coalesce(cast($5 as bigint), frequency), channels from knowing where true
         on conflict (occasion_id, profile_id) do nothing",
        knowing(known, wanted)
    )
}

/// How many profiles would be told of a change at `now`.
///
/// # Errors
/// What the engine says.
pub async fn count_told(transaction: &mut Transaction, opportunity: OpportunityId, now: Timestamp) -> Result<i64> {
    let known = TOLD_BEFORE.replace("$6", "$4");
    let statement = format!(
        "{} select count(distinct profile_id) from knowing",
        knowing(&known, "cast($4 as bigint) is not null")
    );
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(opportunity).bind(Range::ALL.above).bind(Range::ALL.up_to).bind(now)
            .fetch_one(connection).await?
    }))
}

/// Keeps who of `range` is told of a change: whoever was told of the opportunity before `opened_at`, and whoever saved it.
/// Who is told of the publication only after the change reads there what has changed. How many profiles those were.
///
/// # Errors
/// What the engine says.
pub async fn keep_told(
    transaction: &mut Transaction,
    occasion: OccasionId,
    opportunity: OpportunityId,
    range: Range,
    opened_at: Timestamp,
) -> Result<u64> {
    let statement = keep(TOLD_BEFORE, "cast($6 as bigint) is not null");
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(opportunity).bind(range.above).bind(range.up_to).bind(occasion).bind(None::<i64>).bind(opened_at)
            .execute(connection).await?.rows_affected()
    }))
}

/// Who wants a reminder: those who chose one of these lead times, and none of those that are due too and come later.
#[derive(Debug, Clone, Copy)]
pub struct Wanting {
    /// One of these.
    pub any: Leads,
    /// None of these.
    pub none: Leads,
}

/// Keeps who of `range` is reminded: whoever saved the opportunity, and whoever it was matched to and who wants that.
/// Reminders are told at once, whatever frequency was chosen: a digest could come too late. How many profiles those were.
///
/// # Errors
/// What the engine says.
pub async fn keep_reminded(
    transaction: &mut Transaction,
    occasion: OccasionId,
    opportunity: OpportunityId,
    range: Range,
    wanting: Wanting,
) -> Result<u64> {
    let wanted = "exists (select 1 from subscribers b
        where b.id = p.subscriber_id and b.reminder_leads & $6 <> 0 and b.reminder_leads & $7 = 0";
    let known = format!(
        "{wanted} and b.remind_matched)
         and exists (select 1 from matches m where m.opportunity_id = $1 and m.profile_id = p.id)"
    );
    let statement = keep(&known, &format!("{wanted})"));
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(opportunity).bind(range.above).bind(range.up_to).bind(occasion).bind(Some(0_i64))
            .bind(wanting.any.bits()).bind(wanting.none.bits())
            .execute(connection).await?.rows_affected()
    }))
}

/// Which profiles of these subscribers are told of a follow-up.
///
/// # Errors
/// What the engine says.
pub async fn profiles_of(
    transaction: &mut Transaction,
    occasion: OccasionId,
    subscribers: &[SubscriberId],
) -> Result<BTreeMap<SubscriberId, Vec<ProfileId>>> {
    let numbers: Vec<i64> = subscribers.iter().map(|it| it.0).collect();
    let rows: Vec<(SubscriberId, ProfileId)> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "select p.subscriber_id, p.id from profiles p join follow_ups u on u.profile_id = p.id
             where u.occasion_id = ",
        );
        statement.push_bind(occasion).push(" and p.subscriber_id in ");
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

/// Forgets up to `limit` rows of follow-ups that are kept as counters alone. How many rows that removed.
///
/// # Errors
/// What the engine says.
pub async fn remove_emptied(transaction: &mut Transaction, limit: i64) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "delete from follow_ups where (occasion_id, profile_id) in (
                select u.occasion_id, u.profile_id from occasions o join follow_ups u on u.occasion_id = o.id
                where o.emptied_at is not null limit $1)",
        ).bind(limit).execute(connection).await?.rows_affected()
    }))
}

/// Hands what a person was to be told by push of a follow-up over to their daily digest, unless a mail tells it at once or
/// another of their browsers was told or will be. How many rows that moved.
///
/// # Errors
/// What the engine says.
pub async fn leave_to_digest(
    transaction: &mut Transaction,
    occasion: OccasionId,
    subscribers: &[SubscriberId],
) -> Result<u64> {
    matches::leave_table_to_digest(transaction, "follow_ups", occasion, subscribers).await
}
