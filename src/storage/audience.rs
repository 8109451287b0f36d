// SPDX-License-Identifier: EUPL-1.2
//! Whom an opportunity concerns, set-wise: the rule of `matching`, for all profiles of a range of ids at once.
//!
//! The statement is written in the order of the rule. It reads the criteria from the opportunity's own rows, so the
//! same text serves every opportunity; a property test holds it equal to `matching::match_profile` on both engines.

use sqlx::AssertSqlSafe;

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId};
use crate::domain::profile::ProfileKind;
use crate::storage::database::on;
use crate::storage::{Result, Transaction};

/// A range of profile ids: above the first, up to and including the second.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Not this one.
    pub above: ProfileId,
    /// This one is the last.
    pub up_to: ProfileId,
}

impl Range {
    /// Every profile.
    pub const ALL: Self = Self {
        above: ProfileId(0),
        up_to: ProfileId(i64::MAX),
    };
}

/// Everything before the final `select`: $1 the opportunity, $2 and $3 the range.
///
/// - `covering_topics`: its topics and what lies above them, with how strongly a follow of each decides: everything 0,
///   a parent 1, a child 2; saved opportunities count 3.
/// - `agreeing_areas`: what one of its areas contains and, but for alerts, what contains one of them.
/// - `agreeing_sectors`: the same for sectors, always both ways.
/// - `covering_follows`: who follows one of `covering_topics` for a topic of the opportunity that they have not muted. Only
///   of those who muted something that covers it is it asked for which topics they follow it.
pub(super) const AGREEING: &str = "
with opportunity as (
    select * from opportunities where id = $1
), covering_topics as (
    select t.id as topic_id, min(t.depth) as strength
    from opportunity_topics ot
    join topic_ancestors ta on ta.topic_id = ot.topic_id
    join topics t on t.id = ta.ancestor_id
    where ot.opportunity_id = $1
    group by t.id
), agreeing_areas as (
    select aa.area_id
    from opportunity_areas oa join area_ancestors aa on aa.ancestor_id = oa.area_id
    where oa.opportunity_id = $1
    union
    select aa.ancestor_id
    from opportunity_areas oa join area_ancestors aa on aa.area_id = oa.area_id
    where oa.opportunity_id = $1 and exists (select 1 from opportunity where kind <> 'alert')
), agreeing_sectors as (
    select sa.sector_id
    from opportunity_sectors os join sector_ancestors sa on sa.ancestor_id = os.sector_id
    where os.opportunity_id = $1
    union
    select sa.ancestor_id
    from opportunity_sectors os join sector_ancestors sa on sa.sector_id = os.sector_id
    where os.opportunity_id = $1
), covering_follows as (
    select f.profile_id, case when ct.strength > 2 then 2 else ct.strength end as strength, f.frequency, f.channels
    from covering_topics ct join follows f on f.topic_id = ct.topic_id
    where f.profile_id > $2 and f.profile_id <= $3
    and not exists (select 1 from muted_topics mt
        where mt.profile_id = f.profile_id and (mt.topic_id in (select topic_id from covering_topics)) is true
        and not exists (select 1 from opportunity_topics ot
            join topic_ancestors ta on ta.topic_id = ot.topic_id and ta.ancestor_id = f.topic_id
            where ot.opportunity_id = $1
            and not exists (select 1 from topic_ancestors ma join muted_topics m on m.topic_id = ma.ancestor_id
                where ma.topic_id = ot.topic_id and m.profile_id = f.profile_id)))
    union all
    select s.profile_id, 3, s.frequency, s.channels
    from saved_opportunities s
    where s.opportunity_id = $1 and s.profile_id > $2 and s.profile_id <= $3
)";

/// Each profile with a covering follow once, by id: where how it is told does not matter. In the order of their ids
/// PostgreSQL finds the rows of one profile beside those of the next; in any other it takes more than twice as long. They
/// are sorted before they are made distinct, which then needs no hash.
const FOLLOWERS: &str =
    "(select distinct profile_id from (select profile_id from covering_follows order by profile_id) as sorted)";

/// From the follows `f` that cover the opportunity to the profiles that it concerns. Profile kinds: 0 citizen,
/// 1 authority, 2 operator.
///
/// A profile's few areas are read once and looked up in a list that is hashed once: the greatest answer is 1 where one of
/// them agrees, 0 where none does, and nothing where none is stated. As two conditions, PostgreSQL would read the areas
/// of everybody to find out who states none, and either planner walk the 8,000 municipalities of Italy for every
/// profile; so with sectors, and `is true` does the same for topics.
pub(super) const CONCERNED: &str = "
join profiles p on p.id = f.profile_id
cross join opportunity o
where p.active
and (o.audience = 0 or (o.audience >> cast(p.kind as integer)) & 1 = 1)
and (not exists (select 1 from opportunity_areas oa where oa.opportunity_id = $1)
    or coalesce((select max(case when pa.area_id in (select area_id from agreeing_areas) then 1 else 0 end)
        from profile_areas pa where pa.profile_id = p.id), 1) = 1)
and (p.kind <> 2
    or not exists (select 1 from opportunity_sectors os where os.opportunity_id = $1)
    or coalesce((select max(case when ps.sector_id in (select sector_id from agreeing_sectors) then 1 else 0 end)
        from profile_sectors ps where ps.profile_id = p.id), 1) = 1)
and (p.kind = 0 or o.organisation_types = 0 or p.organisation_type_id is null
    or (o.organisation_types >> cast(p.organisation_type_id as integer)) & 1 = 1)
and (p.kind <> 2 or o.company_sizes = 0 or p.company_size_id is null
    or (o.company_sizes >> cast(p.company_size_id as integer)) & 1 = 1)
and (p.kind <> 0 or o.ages = 0 or p.age_band_id is null
    or (o.ages >> cast(p.age_band_id as integer)) & 1 = 1)";

/// Ends [`CONCERNED`], and whatever else joins the profile `p` with the opportunity `o`: those who muted it or its source
/// hear nothing.
pub(super) const UNMUTED: &str = "
and not exists (select 1 from muted_opportunities mo where mo.profile_id = p.id and mo.opportunity_id = $1)
and (o.source_id is null
    or not exists (select 1 from muted_sources ms where ms.profile_id = p.id and ms.source_id = o.source_id))";

/// How a match is told, over the follows of one profile: of the strongest, the soonest frequency and all channels.
/// Strength and answer are packed into one number, so that one pass finds both. What is told in no way comes last, as 3, so
/// that it hastens nothing; where all are so, how soon matters to nobody, and is 0.
pub(super) const TELLING: &str = "
min((3 - f.strength) * 4
    + case when coalesce(f.channels, p.channels) = 0 then 3 else coalesce(f.frequency, p.frequency) end) % 4 % 3,
max(f.strength * 2 + (coalesce(f.channels, p.channels) & 1)) % 2
+ 2 * (max(f.strength * 2 + ((coalesce(f.channels, p.channels) >> 1) & 1)) % 2)
+ 4 * (max(f.strength * 2 + ((coalesce(f.channels, p.channels) >> 2) & 1)) % 2)";

/// A worker's turn at filling inboxes: when it began, made distinct from others that began at the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling(i64);

impl Filling {
    const DISTINCT: i64 = 1_000;

    /// A turn that begins at `now`; `chance` tells it from others.
    #[must_use]
    pub const fn begun(now: Timestamp, chance: u16) -> Self {
        Self(now.milliseconds() * Self::DISTINCT + chance as i64 % Self::DISTINCT)
    }

    pub(super) const fn number(self) -> i64 {
        self.0
    }
}

/// Which profiles of a range are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them; the occasion owes what follows from it.
    Concerned(OccasionId),
    /// All of them, silently.
    Silently,
    /// Only those whose inbox is being filled in this turn, silently.
    InboxDue(Filling),
}

/// Keeps a match for each profile of `range` that the opportunity concerns and that had none. How many those were.
///
/// # Errors
/// What the engine says.
pub async fn insert_matches(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    range: Range,
    which: Which,
    now: Timestamp,
) -> Result<u64> {
    let (occasion, filling) = match which {
        Which::Concerned(occasion) => (Some(occasion), None),
        Which::Silently => (None, None),
        Which::InboxDue(filling) => (None, Some(filling.number())),
    };
    let only = if filling.is_some() { "and p.inbox_due = $6" } else { "" };
    let statement = format!(
        "insert into matches (opportunity_id, profile_id, occasion_id, matched_at, frequency, channels)
         {AGREEING}
         select o.id, p.id, cast($4 as bigint), cast($5 as bigint), {TELLING}
         from covering_follows f {CONCERNED} {UNMUTED} {only}
         group by o.id, p.id
         on conflict (opportunity_id, profile_id) do nothing"
    );
    Ok(on!(transaction, connection => {
        let mut query = sqlx::query(AssertSqlSafe(statement))
            .bind(opportunity).bind(range.above).bind(range.up_to).bind(occasion).bind(now);
        if filling.is_some() {
            query = query.bind(filling);
        }
        query.execute(connection).await?.rows_affected()
    }))
}

/// How many profiles of each kind in `range` the opportunity concerns.
///
/// # Errors
/// What the engine says.
pub async fn count(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    range: Range,
) -> Result<Vec<(ProfileKind, i64)>> {
    let statement = format!(
        "{AGREEING} select p.kind, count(*) from {FOLLOWERS} f {CONCERNED} {UNMUTED} group by p.kind order by p.kind"
    );
    Ok(on!(transaction, connection => {
        sqlx::query_as(AssertSqlSafe(statement))
            .bind(opportunity).bind(range.above).bind(range.up_to).fetch_all(connection).await?
    }))
}

/// The ids of up to `limit` profiles in `range` that the opportunity concerns, by id.
///
/// # Errors
/// What the engine says.
pub async fn list(
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    range: Range,
    limit: i64,
) -> Result<Vec<ProfileId>> {
    let statement = format!("{AGREEING} select p.id from {FOLLOWERS} f {CONCERNED} {UNMUTED} order by p.id limit $4");
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(opportunity).bind(range.above).bind(range.up_to).bind(limit).fetch_all(connection).await?
    }))
}
