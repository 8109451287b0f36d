-- SPDX-License-Identifier: EUPL-1.2
-- What people think of what they were told, and what they wish to be told of less.

-- One answer for each person and opportunity; another one replaces it. Who answered is known by a keyed hash alone, which
-- leads to nobody without the key, and by no time: editors read counts.
create table relevance_answers (
    opportunity_id bigint not null references opportunities (id),
    answerer blob not null,
    answer text not null, -- useful, topic, area, requirements, too-many, not-useful
    primary key (opportunity_id, answerer)
) without rowid;
create index relevance_answers_by_answerer on relevance_answers (answerer);

-- A followed topic that is told in the weekly digest only, and how soon it was told before; null: as the profile.
create table lessened_follows (
    profile_id bigint not null references profiles (id),
    topic_id bigint not null references topics (id),
    frequency_before bigint,
    primary key (profile_id, topic_id)
) without rowid;
