// SPDX-License-Identifier: EUPL-1.2
//! What a subscriber reads: what matched any of their profiles or was saved, what of it they have read, and the number
//! that the addresses of their private feeds are made of.

use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, SubscriberId, TopicId};
use crate::domain::opportunity::OpportunityKind;
use crate::domain::standing::Standing;
use crate::storage::database::on;
use crate::storage::opportunity_lists::push_standing;
use crate::storage::{Result, Transaction};

/// Which part of an inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// What matched, the latest first.
    #[default]
    Matched,
    /// Of that, what is unread.
    Unread,
    /// What was saved, matched or not, the soonest deadline first.
    Saved,
}

/// What an inbox is narrowed to.
#[derive(Debug, Clone, Copy, Default)]
pub struct InboxFilter {
    /// This part.
    pub part: Part,
    /// Only this kind.
    pub kind: Option<OpportunityKind>,
    /// Only this topic and what lies below it.
    pub topic: Option<TopicId>,
    /// Only those standing so at an instant.
    pub standing: Option<(Standing, Timestamp)>,
}

/// One line: what, since when, and whether it was read.
pub type Line = (OpportunityId, Timestamp, bool);

/// The lines of an inbox that a filter keeps, in their order.
fn push_inbox<DB: Database>(statement: &mut QueryBuilder<DB>, subscriber: SubscriberId, filter: &InboxFilter)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> &'q str: Encode<'q, DB> + Type<DB>,
{
    let (since, from) = match filter.part {
        Part::Saved => (
            "coalesce(max(o.published_at), max(o.updated_at))",
            "saved_opportunities",
        ),
        Part::Matched | Part::Unread => ("max(m.matched_at)", "matches"),
    };
    statement
        .push("select o.id, ")
        .push(since)
        .push(" as since, count(r.opportunity_id) > 0");
    if filter.part == Part::Saved {
        // What was saved from elsewhere never waited to be read.
        statement
            .push(
                " or not exists (select 1 from matches x join profiles of on of.id = x.profile_id
                    where x.opportunity_id = o.id and of.subscriber_id = ",
            )
            .push_bind(subscriber.0)
            .push(")");
    }
    statement
        .push(" as is_read from profiles p join ")
        .push(from)
        .push(
            " m on m.profile_id = p.id join opportunities o on o.id = m.opportunity_id
             left join read_opportunities r on r.subscriber_id = p.subscriber_id and r.opportunity_id = o.id
             where p.subscriber_id = ",
        )
        .push_bind(subscriber.0);
    push_kept(statement, filter);
    statement.push(" group by o.id order by ").push(match filter.part {
        // What has no deadline comes after all that has one, and what is over last.
        Part::Saved => {
            "case when max(o.status) <> 'published' then 2 when max(o.closes_at) is null then 1 else 0 end,
             coalesce(max(o.closes_at), 9223372036854775807), o.id desc"
        }
        Part::Matched | Part::Unread => "since desc, max(o.published_at) desc, o.id desc",
    });
}

/// The conditions of a filter.
fn push_kept<DB: Database>(statement: &mut QueryBuilder<DB>, filter: &InboxFilter)
where
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> &'q str: Encode<'q, DB> + Type<DB>,
{
    if filter.part == Part::Unread {
        statement.push(" and r.opportunity_id is null");
    }
    if let Some(kind) = filter.kind {
        statement.push(" and o.kind = ").push_bind(kind.code());
    }
    if let Some(topic) = filter.topic {
        statement
            .push(
                " and exists (select 1 from opportunity_topics ot join topic_ancestors ta on ta.topic_id = ot.topic_id
                    where ot.opportunity_id = o.id and ta.ancestor_id = ",
            )
            .push_bind(topic.0)
            .push(")");
    }
    if let Some((standing, now)) = filter.standing {
        push_standing(statement, standing, now);
    }
}

/// One page of an inbox, each opportunity once.
///
/// # Errors
/// What the engine says.
pub async fn list(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    filter: &InboxFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<Line>> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new("");
        push_inbox(&mut statement, subscriber, filter);
        statement.push(" limit ").push_bind(limit).push(" offset ").push_bind(offset);
        statement.build_query_as().fetch_all(connection).await?
    }))
}

/// How much of an inbox is unread.
///
/// # Errors
/// What the engine says.
pub async fn count_unread(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<i64> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select count(distinct m.opportunity_id) from profiles p join matches m on m.profile_id = p.id
             where p.subscriber_id = $1 and not exists (select 1 from read_opportunities r
                where r.subscriber_id = p.subscriber_id and r.opportunity_id = m.opportunity_id)",
        ).bind(subscriber).fetch_one(connection).await?
    }))
}

/// Whether a subscriber has read this; `None` where it is not in their inbox.
///
/// # Errors
/// What the engine says.
pub async fn is_read(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    opportunity: OpportunityId,
) -> Result<Option<bool>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select exists (select 1 from read_opportunities r
                where r.subscriber_id = p.subscriber_id and r.opportunity_id = m.opportunity_id)
             from profiles p join matches m on m.profile_id = p.id and m.opportunity_id = $2
             where p.subscriber_id = $1 limit 1",
        ).bind(subscriber).bind(opportunity).fetch_optional(connection).await?
    }))
}

/// Records that a subscriber has read an opportunity; twice is once.
///
/// # Errors
/// What the engine says.
pub async fn set_read(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    opportunity: OpportunityId,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into read_opportunities (subscriber_id, opportunity_id) values ($1, $2) on conflict do nothing",
        ).bind(subscriber).bind(opportunity).execute(connection).await?;
    });
    Ok(())
}

/// Records that a subscriber has read all that matched and that a filter keeps, on whichever page of the list it stands.
///
/// # Errors
/// What the engine says.
pub async fn set_all_read(transaction: &mut Transaction, subscriber: SubscriberId, filter: &InboxFilter) -> Result<()> {
    on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "insert into read_opportunities (subscriber_id, opportunity_id)
             select distinct p.subscriber_id, o.id
             from profiles p join matches m on m.profile_id = p.id join opportunities o on o.id = m.opportunity_id
             left join read_opportunities r on r.subscriber_id = p.subscriber_id and r.opportunity_id = o.id
             where p.subscriber_id = ",
        );
        statement.push_bind(subscriber.0);
        push_kept(&mut statement, filter);
        statement.push(" on conflict do nothing");
        statement.build().execute(connection).await?;
    });
    Ok(())
}

/// Forgets that a subscriber has read an opportunity.
///
/// # Errors
/// What the engine says.
pub async fn set_unread(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    opportunity: OpportunityId,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from read_opportunities where subscriber_id = $1 and opportunity_id = $2")
            .bind(subscriber).bind(opportunity).execute(connection).await?;
    });
    Ok(())
}

/// Forgets all that a subscriber has read.
///
/// # Errors
/// What the engine says.
pub async fn forget_read(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from read_opportunities where subscriber_id = $1")
            .bind(subscriber).execute(connection).await?;
    });
    Ok(())
}

/// The number that the addresses of a subscriber's private feeds are made of; `None` while they have none.
///
/// # Errors
/// What the engine says.
pub async fn feed_number(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Option<i64>> {
    let found: Option<Option<i64>> = on!(transaction, connection => {
        sqlx::query_scalar("select feed_number from subscribers where id = $1")
            .bind(subscriber).fetch_optional(connection).await?
    });
    Ok(found.flatten())
}

/// Gives a subscriber's private feeds other addresses, or none.
///
/// # Errors
/// What the engine says.
pub async fn set_feed_number(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    number: Option<i64>,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update subscribers set feed_number = $2 where id = $1")
            .bind(subscriber).bind(number).execute(connection).await?;
    });
    Ok(())
}
