// SPDX-License-Identifier: EUPL-1.2
//! Showing again what a profile had muted, and the topics that it is told of less than before. `profiles` reads the mutes.

use sqlx::{AssertSqlSafe, QueryBuilder};

use crate::domain::ids::{ProfileId, TopicId};
use crate::domain::profile::{Frequency, Mute};
use crate::storage::database::on;
use crate::storage::dialect::Lists;
use crate::storage::{Result, Transaction};

/// Mutes something no longer, and asks for the profile's inbox to be filled: what was muted meanwhile is found in it.
/// Whether it was muted.
///
/// # Errors
/// What the engine says.
pub async fn unmute(transaction: &mut Transaction, id: ProfileId, mute: Mute) -> Result<bool> {
    let (table, column, muted) = match mute {
        Mute::Opportunity(it) => ("muted_opportunities", "opportunity_id", it.0),
        Mute::Topic(it) => ("muted_topics", "topic_id", it.0),
        Mute::Source(it) => ("muted_sources", "source_id", it.0),
    };
    let statement = format!("delete from {table} where profile_id = $1 and {column} = $2");
    Ok(on!(transaction, connection => {
        let shown = sqlx::query(AssertSqlSafe(statement)).bind(id).bind(muted).execute(&mut *connection).await?;
        if shown.rows_affected() > 0 {
            sqlx::query("update profiles set inbox_due = 1 where id = $1").bind(id).execute(connection).await?;
        }
        shown.rows_affected() > 0
    }))
}

/// Tells a profile of a topic that it follows in the weekly digest only, and keeps how soon it was told.
///
/// # Errors
/// What the engine says.
pub async fn lessen(transaction: &mut Transaction, id: ProfileId, topic: TopicId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into lessened_follows (profile_id, topic_id, frequency_before)
             select profile_id, topic_id, frequency from follows
             where profile_id = $1 and topic_id = $2 and (frequency is null or frequency <> $3)
             on conflict (profile_id, topic_id) do update set frequency_before = excluded.frequency_before",
        ).bind(id).bind(topic).bind(Frequency::Weekly).execute(&mut *connection).await?;
        sqlx::query("update follows set frequency = $3 where profile_id = $1 and topic_id = $2")
            .bind(id).bind(topic).bind(Frequency::Weekly).execute(connection).await?;
    });
    Ok(())
}

/// Tells a profile of a topic as soon as before it was lessened, where it still is.
///
/// # Errors
/// What the engine says.
pub async fn restore(transaction: &mut Transaction, id: ProfileId, topic: TopicId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "update follows set frequency = (select l.frequency_before from lessened_follows l
                where l.profile_id = $1 and l.topic_id = $2)
             where profile_id = $1 and topic_id = $2 and frequency = $3
                and exists (select 1 from lessened_follows l where l.profile_id = $1 and l.topic_id = $2)",
        ).bind(id).bind(topic).bind(Frequency::Weekly).execute(&mut *connection).await?;
        sqlx::query("delete from lessened_follows where profile_id = $1 and topic_id = $2")
            .bind(id).bind(topic).execute(connection).await?;
    });
    Ok(())
}

/// The followed topics of these profiles that were lessened and still are.
///
/// # Errors
/// What the engine says.
pub async fn lessened(transaction: &mut Transaction, ids: &[i64]) -> Result<Vec<(ProfileId, TopicId)>> {
    Ok(on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "select f.profile_id, f.topic_id from lessened_follows l
             join follows f on f.profile_id = l.profile_id and f.topic_id = l.topic_id
             where f.frequency = ",
        );
        statement.push_bind(Frequency::Weekly).push(" and l.profile_id in ");
        Lists::push_list(&mut statement, ids);
        statement.push(" order by f.profile_id, f.topic_id");
        statement.build_query_as().fetch_all(connection).await?
    }))
}
