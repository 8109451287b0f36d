-- SPDX-License-Identifier: EUPL-1.2
-- Who receives: subscribers, their mailboxes and browsers, what they agreed to, and the links sent to them.

create table vapid_keys (
    id integer primary key,
    public_key text not null unique,
    private_key blob not null, -- encrypted with the installation's secret
    created_at bigint not null,
    retired_at bigint
);

-- Where messages leave to: a push service, or the mail relay. `paused_until` keeps a sick one from filling a batch.
create table origins (
    id integer primary key,
    name text not null unique,
    channel bigint not null, -- 0 web push, 1 e-mail
    paused_until bigint not null default 0
);

create table subscribers (
    id integer primary key,
    status bigint not null, -- 0 pending, 1 active, 2 left
    language text not null,
    created_at bigint not null,
    left_at bigint
);
create index subscribers_by_status on subscribers (status, created_at);

create table targets (
    id integer primary key,
    subscriber_id bigint not null references subscribers (id),
    channel bigint not null, -- 0 web push, 1 e-mail
    status bigint not null, -- 0 pending, 1 active, 2 stopped, 3 gone
    label text not null,
    origin_id bigint not null references origins (id),
    email text unique,
    endpoint text unique,
    p256dh text,
    auth text,
    vapid_key_id bigint references vapid_keys (id),
    created_at bigint not null,
    last_success_at bigint,
    check ((channel = 1) = (email is not null)),
    check ((channel = 0) = (endpoint is not null and p256dh is not null and auth is not null and vapid_key_id is not null))
);
create index targets_by_subscriber on targets (subscriber_id, channel, status);

-- Only ever added to: the proof of consent (GDPR art. 7.1).
create table consents (
    id integer primary key,
    subscriber_id bigint not null references subscribers (id),
    purpose text not null,
    action text not null, -- asked, given, withdrawn
    at bigint not null,
    source text not null,
    text text not null,
    text_hash text not null
);
create index consents_by_subscriber on consents (subscriber_id, id);

-- A link sent to a person. The address carries the nonce and a code made of it with the installation's secret.
create table links (
    id integer primary key,
    nonce blob not null unique,
    purpose text not null,
    subscriber_id bigint not null references subscribers (id),
    target_id bigint not null references targets (id),
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index links_by_target on links (target_id, purpose, created_at);
