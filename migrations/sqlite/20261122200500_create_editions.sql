-- SPDX-License-Identifier: EUPL-1.2
-- Digests: in which edition a match was folded, and which sections a person does not want.

alter table matches add column edition_id bigint references occasions (id); -- null: in none
create index matches_to_fold on matches (frequency, profile_id) where edition_id is null and occasion_id is not null and frequency > 0;
create index matches_by_edition on matches (edition_id, profile_id) where edition_id is not null;

alter table subscribers add column sections_off bigint not null default 0; -- bits: 1 closing soon, 2 new, 4 events, 8 news
