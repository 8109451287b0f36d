-- SPDX-License-Identifier: EUPL-1.2
-- What failed late: strikes of a mailbox or browser, the addresses that nothing is sent to, and when an origin last
-- accepted anything.

create table strikes (
    id integer primary key,
    target_id bigint not null references targets (id) on delete cascade,
    occasion_id bigint, -- what was being told, where the answer names it
    at bigint not null,
    reason text not null -- a code, never an address
);
create index strikes_by_target on strikes (target_id, at);

-- No address is kept, only its HMAC under the key of the database that never changes: the list outlives its people.
create table suppressions (
    address_hash text primary key,
    reason text not null, -- hard_bounce, soft_bounces, complaint
    at bigint not null
);

-- Moved on at most every few minutes: it tells a failing browser from a push service that turns everybody away.
alter table origins add column accepted_at bigint not null default 0;
