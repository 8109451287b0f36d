-- SPDX-License-Identifier: EUPL-1.2
-- What people write by the form of the help pages, until the relay has it: then the row is removed.

create table contact_messages (
    id integer primary key,
    subject text not null,
    name text not null,
    reply_to text not null,
    message text not null,
    language text not null,
    nonce blob not null, -- what its mail is known by, the same at every attempt
    written_at bigint not null,
    due_at bigint not null,
    attempts bigint not null default 0
);
create index contact_messages_by_due on contact_messages (due_at);
