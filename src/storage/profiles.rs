// SPDX-License-Identifier: EUPL-1.2
//! Profiles with their facets, follows and mutes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{FromRow, QueryBuilder};

use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{
    AgeBandId, AreaId, CompanySizeId, OpportunityId, OrganisationTypeId, ProfileId, SectorId, SourceId, SubscriberId,
    TopicId,
};
use crate::domain::profile::{
    Channels, Facets, Follow, Followed, Frequency, Mute, Profile, ProfileKind, Telling, TellingOverride,
};
use crate::storage::database::on;
use crate::storage::dialect::{Lists, delete_by, insert_pairs, pairs_of};
use crate::storage::{Result, Transaction};

#[derive(FromRow)]
struct Row {
    id: ProfileId,
    subscriber_id: SubscriberId,
    kind: ProfileKind,
    organisation_type_id: Option<OrganisationTypeId>,
    company_size_id: Option<CompanySizeId>,
    age_band_id: Option<AgeBandId>,
    frequency: Frequency,
    channels: Channels,
}

impl Row {
    fn read(self) -> Profile {
        Profile {
            id: self.id,
            subscriber: self.subscriber_id,
            kind: self.kind,
            facets: Facets {
                organisation_type: self.organisation_type_id,
                company_size: self.company_size_id,
                age_band: self.age_band_id,
                ..Facets::default()
            },
            follows: Vec::new(),
            mutes: BTreeSet::new(),
            telling: Telling {
                frequency: self.frequency,
                channels: self.channels,
            },
        }
    }
}

/// Saves what a person chose for their profile of that kind, making the profile if they have none, and asks for its
/// inbox to be filled. `active` tells whether it is matched already.
///
/// # Errors
/// What the engine says.
pub async fn save(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    choices: &Choices,
    active: bool,
    chosen_at: Timestamp,
) -> Result<ProfileId> {
    let facets = &choices.facets;
    let id: ProfileId = on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into profiles (subscriber_id, kind, active, organisation_type_id, company_size_id, age_band_id,
                frequency, channels, chosen_at, inbox_due)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $3 then 1 else 0 end)
             on conflict (subscriber_id, kind) do update set active = excluded.active,
                organisation_type_id = excluded.organisation_type_id, company_size_id = excluded.company_size_id,
                age_band_id = excluded.age_band_id, frequency = excluded.frequency, channels = excluded.channels,
                chosen_at = excluded.chosen_at, inbox_due = excluded.inbox_due
             returning id",
        )
        .bind(subscriber).bind(choices.kind).bind(active).bind(facets.organisation_type).bind(facets.company_size)
        .bind(facets.age_band).bind(choices.telling.frequency).bind(choices.telling.channels).bind(chosen_at)
        .fetch_one(connection).await?
    });
    for table in ["profile_areas", "profile_sectors", "follows"] {
        delete_by(transaction, table, "profile_id", id.0).await?;
    }
    let areas = facets.areas.iter().map(|it| (id.0, it.0));
    insert_pairs(transaction, "insert into profile_areas (profile_id, area_id) ", areas).await?;
    let sectors = facets.sectors.iter().map(|it| (id.0, it.0));
    insert_pairs(
        transaction,
        "insert into profile_sectors (profile_id, sector_id) ",
        sectors,
    )
    .await?;
    insert_follows(transaction, id, &choices.topics).await?;
    for opportunity in &choices.saved {
        save_opportunity(transaction, id, *opportunity).await?;
    }
    Ok(id)
}

async fn insert_follows(
    transaction: &mut Transaction,
    profile: ProfileId,
    topics: &BTreeMap<TopicId, TellingOverride>,
) -> Result<()> {
    if topics.is_empty() {
        return Ok(());
    }
    on!(transaction, connection => {
        let mut statement = QueryBuilder::new("insert into follows (profile_id, topic_id, frequency, channels) ");
        statement.push_values(topics, |mut row, (topic, telling)| {
            row.push_bind(profile).push_bind(*topic).push_bind(telling.frequency).push_bind(telling.channels);
        });
        statement.build().execute(connection).await?;
    });
    Ok(())
}

/// Sets by which ways a profile is told; what is followed by other ways keeps them.
///
/// # Errors
/// What the engine says.
pub async fn set_channels(
    transaction: &mut Transaction,
    id: ProfileId,
    channels: Channels,
    now: Timestamp,
) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("update profiles set channels = $2, chosen_at = $3 where id = $1")
            .bind(id).bind(channels).bind(now).execute(connection).await?;
    });
    Ok(())
}

/// Sets how a profile is told, by itself and of each thing that it follows or has saved; what that is does not change.
///
/// # Errors
/// What the engine says.
pub async fn set_tellings(transaction: &mut Transaction, profile: &Profile, now: Timestamp) -> Result<()> {
    let (id, telling) = (profile.id, profile.telling);
    on!(transaction, connection => {
        sqlx::query("update profiles set frequency = $2, channels = $3, chosen_at = $4 where id = $1")
            .bind(id).bind(telling.frequency).bind(telling.channels).bind(now).execute(&mut *connection).await?;
        for Follow { followed, telling } in &profile.follows {
            let (statement, what) = match followed {
                Followed::Topic(topic) => (
                    "update follows set frequency = $3, channels = $4 where profile_id = $1 and topic_id = $2", topic.0),
                Followed::Opportunity(saved) => (
                    "update saved_opportunities set frequency = $3, channels = $4
                     where profile_id = $1 and opportunity_id = $2", saved.0),
            };
            sqlx::query(statement).bind(id).bind(what).bind(telling.frequency).bind(telling.channels)
                .execute(&mut *connection).await?;
        }
    });
    Ok(())
}

/// Removes a profile and everything that hangs on it. That it was removed is a choice too, and is kept.
///
/// # Errors
/// What the engine says.
pub async fn delete(transaction: &mut Transaction, id: ProfileId, now: Timestamp) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query(
            "insert into removed_profiles (subscriber_id, kind, removed_at)
             select subscriber_id, kind, cast($2 as bigint) from profiles where id = $1
             on conflict (subscriber_id, kind) do update set removed_at = excluded.removed_at",
        ).bind(id).bind(now).execute(connection).await?;
    });
    let tables = [
        "profile_areas",
        "profile_sectors",
        "follows",
        "saved_opportunities",
        "muted_opportunities",
        "muted_topics",
        "muted_sources",
        "lessened_follows",
        "matches",
        "follow_ups",
    ];
    for table in tables {
        delete_by(transaction, table, "profile_id", id.0).await?;
    }
    delete_by(transaction, "profiles", "id", id.0).await
}

/// Forgets which profiles a person took away: no file can bring back whoever is erased.
///
/// # Errors
/// What the engine says.
pub async fn forget_removed(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<()> {
    delete_by(transaction, "removed_profiles", "subscriber_id", subscriber.0).await
}

/// Keeps an opportunity for a profile: it is followed itself.
///
/// # Errors
/// What the engine says.
pub async fn save_opportunity(transaction: &mut Transaction, id: ProfileId, opportunity: OpportunityId) -> Result<()> {
    let insert = "insert into saved_opportunities (profile_id, opportunity_id) ";
    insert_pairs(transaction, insert, [(id.0, opportunity.0)]).await
}

/// Keeps an opportunity no longer: it is not followed itself any more.
///
/// # Errors
/// What the engine says.
pub async fn drop_saved(transaction: &mut Transaction, id: ProfileId, opportunity: OpportunityId) -> Result<()> {
    on!(transaction, connection => {
        sqlx::query("delete from saved_opportunities where profile_id = $1 and opportunity_id = $2")
            .bind(id).bind(opportunity).execute(connection).await?;
    });
    Ok(())
}

/// Keeps something from a profile for good.
///
/// # Errors
/// What the engine says.
pub async fn mute(transaction: &mut Transaction, id: ProfileId, mute: Mute) -> Result<()> {
    let (insert, muted) = match mute {
        Mute::Opportunity(it) => ("insert into muted_opportunities (profile_id, opportunity_id) ", it.0),
        Mute::Topic(it) => ("insert into muted_topics (profile_id, topic_id) ", it.0),
        Mute::Source(it) => ("insert into muted_sources (profile_id, source_id) ", it.0),
    };
    insert_pairs(transaction, insert, [(id.0, muted)]).await
}

/// The profiles of a subscriber, by kind; also those that are not active.
///
/// # Errors
/// What the engine says.
pub async fn list(transaction: &mut Transaction, subscriber: SubscriberId) -> Result<Vec<Profile>> {
    let ids: Vec<ProfileId> = on!(transaction, connection => {
        sqlx::query_scalar("select id from profiles where subscriber_id = $1 order by kind")
            .bind(subscriber).fetch_all(connection).await?
    });
    find_many(transaction, &ids).await
}

/// When a subscriber last chose something for their profile of this kind, or took it away.
///
/// # Errors
/// What the engine says.
pub async fn chosen_at(
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    kind: ProfileKind,
) -> Result<Option<Timestamp>> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "select max(at) from (
                select chosen_at as at from profiles where subscriber_id = $1 and kind = $2
                union all
                select removed_at from removed_profiles where subscriber_id = $1 and kind = $2
             ) choices",
        ).bind(subscriber).bind(kind).fetch_one(connection).await?
    }))
}

/// Up to `limit` active profiles with an id above `after`, by id.
///
/// # Errors
/// What the engine says.
pub async fn page(transaction: &mut Transaction, after: ProfileId, limit: i64) -> Result<Vec<Profile>> {
    let ids: Vec<ProfileId> = on!(transaction, connection => {
        sqlx::query_scalar("select id from profiles where id > $1 and active order by id limit $2")
            .bind(after).bind(limit).fetch_all(connection).await?
    });
    find_many(transaction, &ids).await
}

/// The highest id of a profile; 0 when there is none.
///
/// # Errors
/// What the engine says.
pub async fn last_id(transaction: &mut Transaction) -> Result<ProfileId> {
    Ok(on!(transaction, connection => {
        sqlx::query_scalar("select coalesce(max(id), 0) from profiles").fetch_one(connection).await?
    }))
}

/// The profiles with these ids, in the order of the ids.
///
/// # Errors
/// What the engine says.
pub async fn find_many(transaction: &mut Transaction, ids: &[ProfileId]) -> Result<Vec<Profile>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = on!(transaction, connection => {
        let mut statement = QueryBuilder::new(
            "select id, subscriber_id, kind, organisation_type_id, company_size_id, age_band_id, frequency, channels
             from profiles where id in ",
        );
        Lists::push_list(&mut statement, &numbers);
        statement.build_query_as().fetch_all(connection).await?
    });
    let mut profiles: BTreeMap<i64, Profile> = rows.into_iter().map(|row| (row.id.0, row.read())).collect();
    add_facets(transaction, &numbers, &mut profiles).await?;
    add_follows(transaction, &numbers, &mut profiles).await?;
    add_mutes(transaction, &numbers, &mut profiles).await?;
    Ok(numbers.iter().filter_map(|id| profiles.remove(id)).collect())
}

type ById = BTreeMap<i64, Profile>;

async fn add_facets(transaction: &mut Transaction, ids: &[i64], profiles: &mut ById) -> Result<()> {
    let areas = "select profile_id, area_id from profile_areas where profile_id in ";
    for (id, area) in pairs_of(transaction, areas, ids).await? {
        profiles
            .entry(id)
            .and_modify(|it| _ = it.facets.areas.insert(AreaId(area)));
    }
    let sectors = "select profile_id, sector_id from profile_sectors where profile_id in ";
    for (id, sector) in pairs_of(transaction, sectors, ids).await? {
        profiles
            .entry(id)
            .and_modify(|it| _ = it.facets.sectors.insert(SectorId(sector)));
    }
    Ok(())
}

/// A statement that selects ids, and what each of them is.
type Selected<T> = (&'static str, fn(i64) -> T);

type FollowRow = (i64, i64, Option<Frequency>, Option<Channels>);

async fn add_follows(transaction: &mut Transaction, ids: &[i64], profiles: &mut ById) -> Result<()> {
    let topics = "select profile_id, topic_id, frequency, channels from follows where profile_id in ";
    let saved = "select profile_id, opportunity_id, frequency, channels from saved_opportunities where profile_id in ";
    let followed: [Selected<Followed>; 2] = [
        (topics, |id| Followed::Topic(TopicId(id))),
        (saved, |id| Followed::Opportunity(OpportunityId(id))),
    ];
    for (select, followed) in followed {
        let rows: Vec<FollowRow> = on!(transaction, connection => {
            let mut statement = QueryBuilder::new(select);
            Lists::push_list(&mut statement, ids);
            statement.build_query_as().fetch_all(connection).await?
        });
        for (id, what, frequency, channels) in rows {
            let follow = Follow {
                followed: followed(what),
                telling: TellingOverride { frequency, channels },
            };
            profiles.entry(id).and_modify(|it| it.follows.push(follow));
        }
    }
    Ok(())
}

async fn add_mutes(transaction: &mut Transaction, ids: &[i64], profiles: &mut ById) -> Result<()> {
    let muted: [Selected<Mute>; 3] = [
        (
            "select profile_id, opportunity_id from muted_opportunities where profile_id in ",
            |id| Mute::Opportunity(OpportunityId(id)),
        ),
        (
            "select profile_id, topic_id from muted_topics where profile_id in ",
            |id| Mute::Topic(TopicId(id)),
        ),
        (
            "select profile_id, source_id from muted_sources where profile_id in ",
            |id| Mute::Source(SourceId(id)),
        ),
    ];
    for (select, mute) in muted {
        for (id, what) in pairs_of(transaction, select, ids).await? {
            profiles.entry(id).and_modify(|it| _ = it.mutes.insert(mute(what)));
        }
    }
    Ok(())
}
