-- SPDX-License-Identifier: EUPL-1.2
-- Reasons to write, whom an opportunity concerns, and the ledger of what is owed to whom.

-- `reason_key` makes an occasion unique: its kind and what it is about. The cursor is a profile id: fan-out goes by
-- ranges and resumes where it stopped. A silent occasion fills inboxes and owes nothing.
create table occasions (
    id integer primary key,
    reason_key text not null unique,
    kind text not null,
    opportunity_id bigint references opportunities (id),
    revision bigint,
    subscriber_id bigint references subscribers (id),
    target_id bigint references targets (id),
    link_id bigint references links (id),
    lane bigint not null, -- 0 transactional, 1 urgent, 2 normal, 3 bulk
    created_at bigint not null,
    expires_at bigint not null,
    silent boolean not null,
    cursor_profile_id bigint not null default 0,
    fanned_out_at bigint
);
create index occasions_to_fan_out on occasions (lane, id) where fanned_out_at is null;
create index occasions_by_opportunity on occasions (opportunity_id);

-- A profile that an opportunity concerns: it is the subscriber's inbox, whatever the channels.
create table matches (
    opportunity_id bigint not null references opportunities (id),
    profile_id bigint not null references profiles (id),
    occasion_id bigint references occasions (id), -- that owes it; null where the match was made silently
    matched_at bigint not null,
    frequency bigint not null,
    channels bigint not null,
    primary key (opportunity_id, profile_id)
) without rowid;
create index matches_by_profile on matches (profile_id, matched_at);

-- One occasion owed to one target; the key is what makes it owed once.
create table notifications (
    occasion_id bigint not null references occasions (id),
    target_id bigint not null references targets (id),
    subscriber_id bigint not null references subscribers (id),
    channel bigint not null, -- 0 web push, 1 e-mail
    lane bigint not null,
    origin_id bigint not null references origins (id),
    state bigint not null, -- 0 waiting, 1 due, 2 claimed, 3 sent, 4 failed, 5 expired, 6 suppressed
    not_before bigint not null,
    expires_at bigint not null,
    attempts bigint not null default 0,
    claim bigint,
    lease_until bigint,
    finished_at bigint,
    reason text, -- of the last answer: a code, never an address
    primary key (occasion_id, target_id)
) without rowid;
create index notifications_due on notifications (origin_id, lane, not_before, occasion_id, target_id) where state = 1;
create index notifications_claimed on notifications (claim, lease_until) where state = 2;
create index notifications_waiting on notifications (subscriber_id, occasion_id) where state = 0;
create index notifications_pushed on notifications (occasion_id, subscriber_id, state) where channel = 0;
create index notifications_unfinished on notifications (expires_at) where state < 2;
