// SPDX-License-Identifier: EUPL-1.2
//! Editions of digests: which matches are folded into one, and to whom it is owed.

use sqlx::{AssertSqlSafe, FromRow, QueryBuilder};

use crate::domain::clock::Timestamp;
use crate::domain::digest::Edition;
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId};
use crate::domain::notification::{Channel, Lane};
use crate::domain::profile::Frequency;
use crate::storage::database::on;
use crate::storage::delivery_counts::Changes;
use crate::storage::dialect::{Lists, notify};
use crate::storage::occasions::PUBLISHED_CHANNEL;
use crate::storage::{Result, Transaction};

/// Records that an edition is due, once, whoever comes first; the workers are woken on commit. Whether it is new.
///
/// # Errors
/// What the engine says.
pub async fn record_edition(
    transaction: &mut Transaction,
    edition: Edition,
    due_at: Timestamp,
    expires_at: Timestamp,
) -> Result<bool> {
    let added = on!(transaction, connection => {
        sqlx::query(
            "insert into occasions (reason_key, kind, lane, silent, created_at, opened_at, expires_at)
             values ($1, $2, $3, $4, $5, $5, $6) on conflict (reason_key) do nothing",
        )
        .bind(edition.reason_key()).bind(edition.kind().code()).bind(Lane::Bulk).bind(false).bind(due_at)
        .bind(expires_at).execute(connection).await?.rows_affected()
    });
    if added > 0 {
        notify(transaction, PUBLISHED_CHANNEL).await?;
    }
    Ok(added > 0)
}

/// Which matches an edition takes up.
#[derive(Debug, Clone, Copy)]
pub struct Fold {
    /// Into which edition.
    pub edition: OccasionId,
    /// Whose frequency this is.
    pub frequency: Frequency,
    /// What was published from here on waits for the next edition.
    pub cut_off: Timestamp,
}

/// Whose edition is composed in one transaction: subscribers above the first, up to and including the second. By person
/// and not by profile: once an edition is owed to somebody it may leave, and must have all of their profiles in it.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    /// Not this one.
    pub above: SubscriberId,
    /// This one is the last.
    pub up_to: SubscriberId,
}

impl Readers {
    /// Everybody.
    pub const ALL: Self = Self {
        above: SubscriberId(0),
        up_to: SubscriberId(i64::MAX),
    };
}

/// From how many editions before what never arrived is taken up: what was being sent when the next one was composed ends
/// only after that.
const EDITIONS_BACK: i64 = 3;

/// The two tables of those who are told: matches, and follow-ups.
const TELLINGS: [&str; 2] = ["matches", "follow_ups"];

/// Takes out of the last editions what these told, where what they owed their person failed or ended past its use: they
/// were never read of. The greatest answer is 2 where something arrived or still may, and 1 where all was missed.
///
/// # Errors
/// What the engine says.
pub async fn unfold_undelivered(
    transaction: &mut Transaction,
    fold: &Fold,
    readers: Readers,
    now: Timestamp,
) -> Result<u64> {
    let mut unfolded = 0;
    for table in TELLINGS {
        let statement = format!(
            "update {table} set edition_id = null
             where edition_id in (select o.id from occasions o
                join occasions this on this.id = $1 and o.kind = this.kind and o.id < this.id
                order by o.id desc limit $5)
             and profile_id in (select id from profiles where subscriber_id > $2 and subscriber_id <= $3)
             and coalesce((select max((select case
                        when n.state in (2, 3) or (n.state < 2 and n.expires_at > $4) then 2
                        when n.state = 6 then 0 else 1 end
                    from notifications n where n.occasion_id = {table}.edition_id and n.target_id = t.id))
                from profiles p join targets t on t.subscriber_id = p.subscriber_id
                where p.id = {table}.profile_id), 0) = 1"
        );
        unfolded += on!(&mut *transaction, connection => {
            sqlx::query(AssertSqlSafe(statement))
                .bind(fold.edition).bind(readers.above).bind(readers.up_to).bind(now).bind(EDITIONS_BACK)
                .execute(connection).await?.rows_affected()
        });
    }
    Ok(unfolded)
}

/// The profiles of subscribers above $2, up to and including $3, who are told of an edition: not of one that is cut off
/// while they have asked for a pause, so that it waits for the first after it.
fn told_profiles(fold: &Fold) -> String {
    let paused = format!(
        "select s.id from subscribers s where s.paused_until is not null and s.paused_until > {}",
        fold.cut_off.milliseconds()
    );
    format!(
        "profile_id in (select id from profiles where subscriber_id > $2 and subscriber_id <= $3 and active
            and subscriber_id not in ({paused}))"
    )
}

/// What an edition could take up, its frequency being $1.
fn to_fold(fold: &Fold) -> String {
    format!(
        "edition_id is null and occasion_id is not null and frequency > 0 and frequency = $1 and {}",
        told_profiles(fold)
    )
}

/// 1 where the person of a match has a notification in one of `states` that tells of its opportunity for another of their
/// profiles, at once or in an edition, and 0 otherwise. Each row is looked up by its key: as a join, PostgreSQL reads all
/// that the occasion owes for each match.
fn told(states: &str) -> String {
    format!(
        "coalesce((select max((select 1 from notifications n
                where n.occasion_id = coalesce(m.edition_id, m.occasion_id) and n.target_id = t.id
                    and n.state in ({states})))
            from profiles p
            join profiles s on s.subscriber_id = p.subscriber_id and s.id <> p.id
            join matches m on m.profile_id = s.id and m.opportunity_id = matches.opportunity_id
            join targets t on t.subscriber_id = p.subscriber_id
            where p.id = matches.profile_id), 0)"
    )
}

/// Takes out of the digests for good what a person was told of through another of their profiles: nobody is told of an
/// opportunity twice. How many matches those were.
///
/// # Errors
/// What the engine says.
pub async fn leave_out_told(transaction: &mut Transaction, fold: &Fold, readers: Readers) -> Result<u64> {
    let statement = format!(
        "update matches set frequency = 0 where {} and {} = 1",
        to_fold(fold),
        told("3")
    );
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(fold.frequency).bind(readers.above).bind(readers.up_to)
            .execute(connection).await?.rows_affected()
    }))
}

/// Folds what was published for this frequency before the cut-off, was not folded before and is still open at `now`; what
/// is just being told through another profile waits for how that ends. A match with an occasion from before the cut-off
/// counts however late it was made, so that an outage makes nothing wait for one more edition. What a person can be told
/// nowhere now, because their mailbox is being replaced, waits for the edition that reaches them. How many those were.
///
/// What is folded goes with the person's other matches of the same opportunity, whatever their frequency: the edition that
/// comes first tells it, with the reasons of all profiles.
///
/// # Errors
/// What the engine says.
pub async fn fold_matches(transaction: &mut Transaction, fold: &Fold, readers: Readers, now: Timestamp) -> Result<u64> {
    let statement = format!(
        "update matches set edition_id = $4
         where {}
         and (matched_at < $5
            or exists (select 1 from occasions o where o.id = matches.occasion_id and o.opened_at < $5))
         and exists (select 1 from opportunities o where o.id = matches.opportunity_id
            and o.status = 'published' and (o.closes_at is null or o.closes_at > $6))
         and exists (select 1 from profiles p join targets t on t.subscriber_id = p.subscriber_id and t.status = 1
            where p.id = matches.profile_id)
         and {} = 0",
        to_fold(fold),
        told("0, 1, 2")
    );
    Ok(on!(transaction, connection => {
        let own = sqlx::query(AssertSqlSafe(statement))
            .bind(fold.frequency).bind(readers.above).bind(readers.up_to)
            .bind(fold.edition).bind(fold.cut_off).bind(now)
            .execute(&mut *connection).await?.rows_affected();
        let other = sqlx::query(
            "update matches set edition_id = $1
             where edition_id is null and occasion_id is not null and frequency > 0
             and (opportunity_id, profile_id) in (select m.opportunity_id, s.id from profiles p
                join profiles s on s.subscriber_id = p.subscriber_id and s.id <> p.id and s.active
                join matches m on m.profile_id = p.id and m.edition_id = $1
                where p.subscriber_id > $2 and p.subscriber_id <= $3)",
        )
        .bind(fold.edition).bind(readers.above).bind(readers.up_to)
        .execute(connection).await?.rows_affected();
        own + other
    }))
}

/// Folds the follow-ups that are told with this frequency and are still of use at `now`, unless the person was or is being
/// told of them through another of their profiles. How many those were.
///
/// # Errors
/// What the engine says.
pub async fn fold_follow_ups(
    transaction: &mut Transaction,
    fold: &Fold,
    readers: Readers,
    now: Timestamp,
) -> Result<u64> {
    let own_targets = "from profiles p join targets t on t.subscriber_id = p.subscriber_id
        where p.id = follow_ups.profile_id";
    let statement = format!(
        "update follow_ups set edition_id = $4
         where edition_id is null and frequency > 0 and frequency = $1
         and {}
         and exists (select 1 from occasions o where o.id = follow_ups.occasion_id
            and o.opened_at < $5 and o.expires_at > $6)
         and exists (select 1 {own_targets} and t.status = 1)
         and coalesce((select max((select 1 from notifications n
                where n.occasion_id = follow_ups.occasion_id and n.target_id = t.id and n.state < 4)) {own_targets}), 0) = 0
         and not exists (select 1 from profiles p join profiles s on s.subscriber_id = p.subscriber_id and s.id <> p.id
            join follow_ups u on u.profile_id = s.id and u.occasion_id = follow_ups.occasion_id
            where p.id = follow_ups.profile_id and u.edition_id is not null)",
        told_profiles(fold)
    );
    Ok(on!(transaction, connection => {
        sqlx::query(AssertSqlSafe(statement))
            .bind(fold.frequency).bind(readers.above).bind(readers.up_to)
            .bind(fold.edition).bind(fold.cut_off).bind(now)
            .execute(connection).await?.rows_affected()
    }))
}

/// Owes an edition to every active target of whoever has a match in it, once: over all profiles of a person. A mail that is
/// wanted only when no push is accepted waits, as in `notifications::owe_to_matches`. How many rows that added.
///
/// # Errors
/// What the engine says.
pub async fn owe_edition(
    transaction: &mut Transaction,
    edition: OccasionId,
    expires_at: Timestamp,
    readers: Readers,
) -> Result<u64> {
    let (mut added, mut changes) = (0, Changes::default());
    for channel in Channel::ALL {
        let owed = owe_on_channel(transaction, edition, expires_at, readers, channel).await?;
        changes.owed(edition, channel, i64::try_from(owed).unwrap_or(i64::MAX));
        added += owed;
    }
    changes.keep(transaction).await?;
    Ok(added)
}

async fn owe_on_channel(
    transaction: &mut Transaction,
    edition: OccasionId,
    expires_at: Timestamp,
    readers: Readers,
    channel: Channel,
) -> Result<u64> {
    Ok(on!(transaction, connection => {
        sqlx::query(
            "insert into notifications (occasion_id, target_id, subscriber_id, channel, lane, origin_id, state,
                not_before, expires_at, opened_at)
             select m.edition_id, t.id, t.subscriber_id, t.channel, cast($2 as bigint), t.origin_id,
                max(case when t.channel = 1 and m.channels & 3 = 1 and exists (select 1 from targets b
                    where b.subscriber_id = t.subscriber_id and b.channel = 0 and b.status = 1) then 0 else 1 end),
                0, cast($3 as bigint), o.opened_at
             from (select edition_id, profile_id, channels from matches where edition_id = $1
                union all select edition_id, profile_id, channels from follow_ups where edition_id = $1) m
             join occasions o on o.id = m.edition_id
             join profiles p on p.id = m.profile_id
             join targets t on t.subscriber_id = p.subscriber_id and t.status = 1 and t.channel = $6
             where p.subscriber_id > $4 and p.subscriber_id <= $5 and p.active
                and ((t.channel = 0 and m.channels & 1 = 1) or (t.channel = 1 and m.channels & 6 <> 0))
             group by m.edition_id, t.id, t.subscriber_id, t.channel, t.origin_id, o.opened_at
             on conflict (occasion_id, target_id) do nothing",
        )
        .bind(edition).bind(Lane::Bulk).bind(expires_at).bind(readers.above).bind(readers.up_to).bind(channel)
        .execute(connection).await?.rows_affected()
    }))
}

/// What is folded into an edition for one of a person's profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct FoldedItem {
    /// Whose.
    pub subscriber_id: SubscriberId,
    /// For which of their profiles.
    pub profile_id: ProfileId,
    /// Of which opportunity it tells.
    pub opportunity_id: OpportunityId,
    /// What follows up its publication, where that is told.
    pub follow_up: Option<OccasionId>,
}

/// What is folded into an edition for these subscribers.
///
/// # Errors
/// What the engine says.
pub async fn folded(
    transaction: &mut Transaction,
    edition: OccasionId,
    subscribers: &[i64],
) -> Result<Vec<FoldedItem>> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "select p.subscriber_id, m.profile_id, m.opportunity_id, m.follow_up
             from (select profile_id, opportunity_id, cast(null as bigint) as follow_up from matches where edition_id = ",
        );
        statement.push_bind(edition).push(
            " union all select u.profile_id, o.opportunity_id, u.occasion_id from follow_ups u
                join occasions o on o.id = u.occasion_id where u.edition_id = ",
        );
        statement.push_bind(edition).push(") m join profiles p on p.id = m.profile_id where p.subscriber_id in ");
        Lists::push_list(&mut statement, subscribers);
        statement.push(" order by 1, 3, 2, 4");
        statement.build_query_as().fetch_all(connection).await?
    }))
}

/// Which sections each of these subscribers has switched off, as bits; those who want all of them are left out.
///
/// # Errors
/// What the engine says.
pub async fn sections_off(transaction: &mut Transaction, subscribers: &[i64]) -> Result<Vec<(SubscriberId, i64)>> {
    Ok(on!(transaction, connection => {
        let mut statement =
            QueryBuilder::new("select id, sections_off from subscribers where sections_off <> 0 and id in ");
        Lists::push_list(&mut statement, subscribers);
        statement.build_query_as().fetch_all(connection).await?
    }))
}

/// Sets which sections a subscriber has switched off.
///
/// # Errors
/// What the engine says.
pub async fn set_sections_off(transaction: &mut Transaction, subscriber: SubscriberId, bits: i64) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set sections_off = $2 where id = $1")
            .bind(subscriber).bind(bits).execute(connection).await?;
    });
    Ok(())
}
