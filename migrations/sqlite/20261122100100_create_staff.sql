-- SPDX-License-Identifier: EUPL-1.2
-- Those who sign in to the back office, signed-in sessions (of staff and subscribers), and who did what.

create table staff (
    id integer primary key,
    email text not null unique,
    password_hash text not null,
    roles text not null, -- codes, separated by spaces
    created_at bigint not null
);

create table sessions (
    token_hash text primary key,
    data text not null,
    expires_at bigint not null
);
create index sessions_by_expiry on sessions (expires_at);

create table audit_log (
    id integer primary key,
    at bigint not null,
    staff_id bigint references staff (id),
    action text not null,
    subject text not null
);
