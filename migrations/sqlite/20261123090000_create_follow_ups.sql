-- SPDX-License-Identifier: EUPL-1.2
-- What follows a publication: changes and reminders, and who is told of each. Digests have a section for changes:
-- bit 16 of subscribers.sections_off.

alter table occasions add column change text; -- JSON: what a revision changed for those who were told before
alter table occasions add column due_at bigint; -- of a reminder: the deadline or the opening
alter table occasions add column lead_days bigint; -- of a reminder: how many days before

-- One profile that is told of one follow-up, as a match is of a publication.
create table follow_ups (
    occasion_id bigint not null references occasions (id),
    profile_id bigint not null references profiles (id),
    frequency bigint not null,
    channels bigint not null,
    edition_id bigint references occasions (id), -- of a digest that tells it; null: in none
    primary key (occasion_id, profile_id)
) without rowid;
create index follow_ups_by_profile on follow_ups (profile_id);
create index follow_ups_to_fold on follow_ups (frequency, profile_id) where edition_id is null and frequency > 0;
create index follow_ups_by_edition on follow_ups (edition_id, profile_id) where edition_id is not null;

alter table subscribers add column reminder_leads bigint not null default 5; -- bits: 1, 3, 7, 14, 30 days before
alter table subscribers add column remind_matched boolean not null default false; -- also of what was not saved

create index opportunities_by_opening on opportunities (status, opens_at);
