// SPDX-License-Identifier: EUPL-1.2
//! Reasons to write. `reason_key` makes each unique; the cursor says how far its fan-out has come.

use sqlx::FromRow;

use crate::domain::clock::Timestamp;
use crate::domain::ids::{BatchId, LinkId, OccasionId, OpportunityId, SubscriberId, TargetId};
use crate::domain::notification::Lane;
use crate::domain::occasion::{FollowUp, Occasion, OccasionKind, Subject};
use crate::domain::reminder::Lead;
use crate::storage::database::on;
use crate::storage::delivery_counts::Of;
use crate::storage::dialect::Lists;
use crate::storage::dialect::notify;
use crate::storage::{Error, Result, Transaction};

/// The channel on which PostgreSQL wakes workers when something was published.
pub const PUBLISHED_CHANNEL: &str = "informa_published";

#[derive(FromRow)]
struct Row {
    id: OccasionId,
    kind: String,
    opportunity_id: Option<OpportunityId>,
    revision: Option<i64>,
    subscriber_id: Option<SubscriberId>,
    target_id: Option<TargetId>,
    link_id: Option<LinkId>,
    created_at: Timestamp,
    expires_at: Timestamp,
    change: Option<String>,
    due_at: Option<Timestamp>,
}

impl Row {
    fn read(self) -> Result<Occasion> {
        let corrupt = || Error::Corrupt(format!("occasion {}", self.id));
        let kind = OccasionKind::from_code(&self.kind).ok_or_else(corrupt)?;
        let follow_up = match (&self.change, self.due_at) {
            (Some(json), _) => Some(FollowUp::Change(serde_json::from_str(json).map_err(|_| corrupt())?)),
            (None, Some(date)) => Some(FollowUp::Reminder(date)),
            (None, None) => None,
        };
        let opportunity = self.opportunity_id.zip(self.revision);
        let person = self.subscriber_id.zip(self.target_id);
        let subject = match (opportunity, person, kind.frequency()) {
            (Some((id, revision)), None, None) => Subject::Opportunity {
                id,
                revision,
                follow_up,
            },
            (None, None, Some(frequency)) => Subject::Edition(frequency),
            (None, Some((subscriber, target)), None) => Subject::Person {
                subscriber,
                target,
                link: self.link_id,
            },
            _ => return Err(corrupt()),
        };
        Ok(Occasion {
            id: self.id,
            kind,
            subject,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

/// What a publication gives reason for.
#[derive(Debug, Clone, Copy)]
pub struct Publication {
    /// What was published.
    pub opportunity: OpportunityId,
    /// In which revision.
    pub revision: i64,
    /// How urgent it is.
    pub lane: Lane,
    /// Whether it only fills inboxes.
    pub silent: bool,
    /// After when it is of no use.
    pub expires_at: Timestamp,
    /// What it is made with in one go; an occasion stays in the batch that made it.
    pub batch: Option<BatchId>,
}

/// Records that an opportunity was published, and wakes the workers on commit. There is one such occasion for an
/// opportunity: a later revision opens it again, so that whoever it newly concerns is told, and nobody twice. A silent
/// revision tells nobody new; what was loud and is still being told stays so.
///
/// # Errors
/// What the engine says.
pub async fn record_publication(
    transaction: &mut Transaction,
    publication: &Publication,
    now: Timestamp,
) -> Result<OccasionId> {
    let id = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into occasions (reason_key, kind, opportunity_id, revision, lane, silent, created_at, expires_at,
                batch_id, opened_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7)
             on conflict (reason_key) do update set revision = excluded.revision, lane = excluded.lane,
                silent = excluded.silent and (occasions.silent or occasions.fanned_out_at is not null),
                expires_at = excluded.expires_at, opened_at = excluded.opened_at, emptied_at = null,
                cursor_profile_id = 0, fanned_out_at = null
             returning id",
        )
        .bind(format!("published:{}", publication.opportunity)).bind(OccasionKind::Published.code())
        .bind(publication.opportunity).bind(publication.revision).bind(publication.lane).bind(publication.silent)
        .bind(now).bind(publication.expires_at).bind(publication.batch).fetch_one(connection).await?
    });
    notify(transaction, PUBLISHED_CHANNEL).await?;
    Ok(id)
}

/// A message to one person.
#[derive(Debug, Clone, Copy)]
pub struct Personal {
    /// Why it is written.
    pub kind: OccasionKind,
    /// To whom.
    pub subscriber: SubscriberId,
    /// Where to.
    pub target: TargetId,
    /// The link that it carries.
    pub link: Option<LinkId>,
    /// After when it is of no use.
    pub expires_at: Timestamp,
}

/// Records a reason to write to one person; it needs no fan-out. `distinct` tells it from others of its kind.
///
/// # Errors
/// [`Error::Conflict`] when there is such an occasion already.
pub async fn record_personal(
    transaction: &mut Transaction,
    personal: &Personal,
    distinct: &str,
    now: Timestamp,
) -> Result<OccasionId> {
    let key = format!("{}:{}:{distinct}", personal.kind.code(), personal.target);
    let id = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into occasions (reason_key, kind, subscriber_id, target_id, link_id, lane, silent, created_at,
                expires_at, fanned_out_at, opened_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $8) returning id",
        )
        .bind(key).bind(personal.kind.code()).bind(personal.subscriber).bind(personal.target).bind(personal.link)
        .bind(Lane::Transactional).bind(false).bind(now).bind(personal.expires_at).fetch_one(connection).await?
    });
    Ok(id)
}

/// The occasions with these ids.
///
/// # Errors
/// What the engine says.
pub async fn find_many(transaction: &mut Transaction, ids: &[i64]) -> Result<Vec<Occasion>> {
    let rows: Vec<Row> = on!(transaction, connection => {
        let mut statement = sqlx::QueryBuilder::new(
            "select id, kind, opportunity_id, revision, subscriber_id, target_id, link_id, created_at, expires_at,
                change, due_at
             from occasions where id in ",
        );
        Lists::push_list(&mut statement, ids);
        statement.build_query_as().fetch_all(connection).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// How far the fan-out of an occasion has come.
#[derive(Debug, Clone, FromRow)]
pub struct FanOut {
    /// Which occasion.
    pub id: OccasionId,
    /// Of which kind: its code.
    pub kind: String,
    /// Of which opportunity; an edition of a digest is of none.
    pub opportunity_id: Option<OpportunityId>,
    /// When it arose.
    pub created_at: Timestamp,
    /// How urgent what it owes is.
    pub lane: Lane,
    /// Whether it only fills inboxes.
    pub silent: bool,
    /// After when it is of no use.
    pub expires_at: Timestamp,
    /// Profiles up to here have been matched; subscribers, where it is an edition.
    pub cursor: i64,
    /// When it was published, or published again.
    pub opened_at: Timestamp,
    /// Up to when what it owed is kept as counters only: who was there then is not told again.
    pub folded_at: Option<Timestamp>,
    /// Of a reminder: the date that it reminds of.
    pub due_at: Option<Timestamp>,
    /// Of a reminder: how many days before.
    pub lead_days: Option<i64>,
}

impl FanOut {
    /// What a reminder is of: the date, and how long before it.
    #[must_use]
    pub fn reminder(&self) -> Option<(Timestamp, Lead)> {
        self.due_at.zip(self.lead_days.and_then(Lead::from_days))
    }
}

/// The next occasion whose fan-out is not finished, the most urgent and oldest first. On PostgreSQL it is locked
/// until the transaction ends, and those that another worker has locked are passed over. Editions are composed one after
/// the other: a person with daily and weekly profiles is told of nothing by both.
///
/// # Errors
/// What the engine says.
pub async fn next_to_fan_out(transaction: &mut Transaction) -> Result<Option<FanOut>> {
    let lock = super::dialect::skip_locked(transaction.engine());
    let statement = format!(
        "select n.id, n.kind, n.opportunity_id, n.created_at, n.lane, n.silent, n.expires_at, n.cursor_profile_id as cursor,
            coalesce(n.opened_at, n.created_at) as opened_at, n.folded_at, n.due_at, n.lead_days
         from occasions n
         where n.fanned_out_at is null
            and (n.opportunity_id is not null or not exists (select 1 from occasions e
                where e.fanned_out_at is null and e.opportunity_id is null and e.id < n.id))
         order by n.lane, n.id limit 1 {lock}"
    );
    Ok(on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_optional(connection).await?
    }))
}

/// Keeps how far a fan-out has come; `finished_at` when it is done.
///
/// # Errors
/// What the engine says.
pub async fn advance(
    transaction: &mut Transaction,
    id: OccasionId,
    cursor: i64,
    finished_at: Option<Timestamp>,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update occasions set cursor_profile_id = $2, fanned_out_at = $3 where id = $1")
            .bind(id).bind(cursor).bind(finished_at).execute(connection).await?;
    });
    Ok(())
}

/// The opportunities whose fan-out is not finished.
///
/// # Errors
/// What the engine says.
pub async fn unfinished_opportunities(transaction: &mut Transaction) -> Result<Vec<OpportunityId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select opportunity_id from occasions where fanned_out_at is null and opportunity_id is not null")
            .fetch_all(connection).await?
    }))
}

/// How far the telling of occasions has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Telling {
    /// How many there are, silent ones left out.
    pub occasions: i64,
    /// Of how many the fan-out is not finished.
    pub being_matched: i64,
    /// Of how many it is no longer kept who was told.
    pub folded: i64,
}

/// How far the telling of these occasions has come.
///
/// # Errors
/// What the engine says.
pub async fn telling(transaction: &mut Transaction, of: Of) -> Result<Telling> {
    let (condition, id) = of.condition();
    let statement = format!(
        "select count(*) as occasions, count(*) - count(o.fanned_out_at) as being_matched, count(o.folded_at) as folded
         from occasions o where {condition} and (not o.silent or o.folded_at is not null)"
    );
    Ok(on!(transaction, connection => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(id).fetch_one(connection).await?
    }))
}

/// The batch that the occasion of an opportunity was made in, if it was made in one.
///
/// # Errors
/// What the engine says.
pub async fn batch_of(transaction: &mut Transaction, opportunity: OpportunityId) -> Result<Option<BatchId>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select max(batch_id) from occasions where opportunity_id = $1")
            .bind(opportunity).fetch_one(connection).await?
    }))
}
