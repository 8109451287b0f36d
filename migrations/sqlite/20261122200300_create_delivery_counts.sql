-- SPDX-License-Identifier: EUPL-1.2
-- What became of every notification, in counters that are kept as it happens, and what ties occasions together.

-- What was made in one go: an import that tells people, an edition of a digest.
create table batches (
    id integer primary key,
    kind text not null,
    label text not null,
    created_at bigint not null
);

-- `opened_at`: when it was published, or published again; waits are measured from there. `folded_at`: what was owed up
-- to then is kept as counters only, so nobody who was there before is told again. `emptied_at`: its rows are removed.
alter table occasions add column batch_id bigint references batches (id);
alter table occasions add column opened_at bigint;
alter table occasions add column folded_at bigint;
alter table occasions add column emptied_at bigint;
update occasions set opened_at = created_at;
create index occasions_by_batch on occasions (batch_id) where batch_id is not null;
create index occasions_to_fold on occasions (expires_at) where emptied_at is null;

-- `opened_at` of the occasion when the row was made; null where the wait is not measured. `retries`: how often it was to
-- be tried again; an open row with any counts as retrying.
alter table notifications add column opened_at bigint;
alter table notifications add column retries bigint not null default 0;

-- How many notifications of an occasion were owed, and how many ended how. What is open is owed and not ended. A row is
-- written by one connection only (`shard`: its number on PostgreSQL, 0 on SQLite), so that workers never wait for one
-- another; readers add the shards up. Occasion 0 holds what was removed altogether.
create table delivery_counts (
    occasion_id bigint not null,
    channel bigint not null, -- 0 web push, 1 e-mail
    state bigint not null, -- 0 owed, 1 retrying, 2 sent, 3 failed, 4 expired, 5 suppressed
    reason text not null, -- a code, never an address; empty where there is none
    shard bigint not null,
    count bigint not null,
    primary key (occasion_id, channel, state, reason, shard)
) without rowid;

-- How long notifications took from publication to acceptance, in steps of a tenth (`domain::delivery_report`).
create table delivery_waits (
    occasion_id bigint not null,
    channel bigint not null,
    step bigint not null,
    shard bigint not null,
    count bigint not null,
    primary key (occasion_id, channel, step, shard)
) without rowid;

-- What was there before this was counted.
insert into delivery_counts (occasion_id, channel, state, reason, shard, count)
select occasion_id, channel, 0, '', 0, count(*) from notifications group by occasion_id, channel
union all
select occasion_id, channel, state - 1, coalesce(reason, ''), 0, count(*) from notifications where state > 2
group by occasion_id, channel, state, coalesce(reason, '');
