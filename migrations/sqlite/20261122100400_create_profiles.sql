-- SPDX-License-Identifier: EUPL-1.2
-- What people say of themselves and follow. Everything here is read by the matching statement.

create table profiles (
    id integer primary key,
    subscriber_id bigint not null references subscribers (id),
    kind bigint not null, -- 0 citizen, 1 authority, 2 operator
    active boolean not null, -- the subscriber has confirmed and not left
    organisation_type_id bigint references organisation_types (id),
    company_size_id bigint references company_sizes (id),
    age_band_id bigint references age_bands (id),
    frequency bigint not null, -- 0 immediate, 1 daily, 2 weekly
    channels bigint not null, -- bits: 1 web push, 2 e-mail, 4 e-mail when no push was accepted
    chosen_at bigint not null, -- when the person last chose something here
    inbox_due bigint not null, -- 1 open opportunities have still to be matched to it, silently; 0 done; else whose turn
    unique (subscriber_id, kind)
);
create index profiles_with_inbox_due on profiles (id) where inbox_due > 0;

-- A profile that its person took away: no file that is older brings it back.
create table removed_profiles (
    subscriber_id bigint not null references subscribers (id),
    kind bigint not null,
    removed_at bigint not null,
    primary key (subscriber_id, kind)
) without rowid;

create table profile_areas (
    profile_id bigint not null references profiles (id),
    area_id bigint not null references areas (id),
    primary key (profile_id, area_id)
) without rowid;

create table profile_sectors (
    profile_id bigint not null references profiles (id),
    sector_id bigint not null references sectors (id),
    primary key (profile_id, sector_id)
) without rowid;

-- A frequency or channels left null are the profile's.
create table follows (
    profile_id bigint not null references profiles (id),
    topic_id bigint not null references topics (id),
    frequency bigint,
    channels bigint,
    primary key (profile_id, topic_id)
) without rowid;
create index follows_by_topic on follows (topic_id, profile_id, frequency, channels);

create table saved_opportunities (
    profile_id bigint not null references profiles (id),
    opportunity_id bigint not null references opportunities (id),
    frequency bigint,
    channels bigint,
    primary key (profile_id, opportunity_id)
) without rowid;
create index saved_opportunities_by_opportunity on saved_opportunities (opportunity_id, profile_id);

create table muted_opportunities (
    profile_id bigint not null references profiles (id),
    opportunity_id bigint not null references opportunities (id),
    primary key (profile_id, opportunity_id)
) without rowid;

create table muted_topics (
    profile_id bigint not null references profiles (id),
    topic_id bigint not null references topics (id),
    primary key (profile_id, topic_id)
) without rowid;

create table muted_sources (
    profile_id bigint not null references profiles (id),
    source_id bigint not null references sources (id),
    primary key (profile_id, source_id)
) without rowid;
