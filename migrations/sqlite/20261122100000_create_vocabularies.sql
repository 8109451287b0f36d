-- SPDX-License-Identifier: EUPL-1.2
-- The controlled vocabularies. Trees keep, beside the parent, every pair (term, ancestor), the term itself included:
-- matching asks "does one contain the other" for whole audiences. `position` keeps the order of the reference tables.
-- Ids are given by the loader of the reference tables, never by the engine.

create table areas (
    id bigint primary key,
    code text not null unique,
    parent_id bigint references areas (id),
    kind text not null,
    abbreviation text,
    italian text not null,
    english text not null,
    population bigint not null,
    position bigint not null
);
create index areas_by_parent on areas (parent_id);

create table area_ancestors (
    area_id bigint not null references areas (id),
    ancestor_id bigint not null references areas (id),
    primary key (area_id, ancestor_id)
) without rowid;
create index area_ancestors_by_ancestor on area_ancestors (ancestor_id, area_id);

create table topics (
    id bigint primary key,
    code text not null unique,
    parent_id bigint references topics (id),
    depth bigint not null,
    italian text not null,
    english text not null,
    sensitive boolean not null,
    position bigint not null
);

create table topic_ancestors (
    topic_id bigint not null references topics (id),
    ancestor_id bigint not null references topics (id),
    primary key (topic_id, ancestor_id)
) without rowid;

create table sectors (
    id bigint primary key,
    code text not null unique,
    parent_id bigint references sectors (id),
    italian text not null,
    english text not null,
    position bigint not null
);

create table sector_ancestors (
    sector_id bigint not null references sectors (id),
    ancestor_id bigint not null references sectors (id),
    primary key (sector_id, ancestor_id)
) without rowid;

-- The ids of the three lists below are bits of masks: at most 62 each.
create table organisation_types (
    id bigint primary key check (id between 1 and 62),
    code text not null unique,
    owners bigint not null, -- bits: 1 citizen, 2 authority, 4 operator
    italian text not null,
    english text not null,
    position bigint not null
);

create table company_sizes (
    id bigint primary key check (id between 1 and 62),
    code text not null unique,
    italian text not null,
    english text not null,
    position bigint not null
);

create table age_bands (
    id bigint primary key check (id between 1 and 62),
    code text not null unique,
    from_age bigint not null,
    to_age bigint,
    italian text not null,
    english text not null,
    position bigint not null
);

-- What the installation remembers of itself, such as which reference tables are loaded.
create table settings (
    name text primary key,
    value text not null
);
