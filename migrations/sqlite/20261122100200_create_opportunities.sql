-- SPDX-License-Identifier: EUPL-1.2
-- Opportunities, whom they concern, and every saved state of them. Instants are milliseconds since 1970 (UTC),
-- money is in cents, masks are bits of the ids of their list; a mask of 0 excludes nobody.

create table sources (
    id integer primary key,
    name text not null unique
);

create table opportunities (
    id integer primary key,
    token text not null unique,
    kind text not null,
    status text not null,
    revision bigint not null,
    title text not null,
    summary text not null,
    body text not null,
    publisher text not null,
    link text,
    place text not null,
    dates_note text not null,
    opens_at bigint,
    closes_at bigint,
    amount_total bigint,
    amount_minimum bigint,
    amount_maximum bigint,
    audience bigint not null, -- bits: 1 citizen, 2 authority, 4 operator
    organisation_types bigint not null,
    company_sizes bigint not null,
    ages bigint not null,
    source_id bigint references sources (id),
    source_key text,
    published_at bigint,
    updated_at bigint not null,
    unique (source_id, source_key)
);
create index opportunities_by_publication on opportunities (status, published_at);
create index opportunities_by_deadline on opportunities (status, closes_at);

create table opportunity_areas (
    opportunity_id bigint not null references opportunities (id),
    area_id bigint not null references areas (id),
    primary key (opportunity_id, area_id)
) without rowid;

create table opportunity_topics (
    opportunity_id bigint not null references opportunities (id),
    topic_id bigint not null references topics (id),
    primary key (opportunity_id, topic_id)
) without rowid;
create index opportunity_topics_by_topic on opportunity_topics (topic_id, opportunity_id);

create table opportunity_sectors (
    opportunity_id bigint not null references opportunities (id),
    sector_id bigint not null references sectors (id),
    primary key (opportunity_id, sector_id)
) without rowid;

create table revisions (
    opportunity_id bigint not null references opportunities (id),
    number bigint not null,
    content text not null, -- JSON, with the codes of the vocabularies
    saved_at bigint not null,
    staff_id bigint references staff (id),
    primary key (opportunity_id, number)
) without rowid;
