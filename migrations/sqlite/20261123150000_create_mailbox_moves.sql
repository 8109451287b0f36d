-- SPDX-License-Identifier: EUPL-1.2
-- Another address for a mailbox, until both sides have agreed: whoever reads the old one, and whoever reads the new one.

create table mailbox_moves (
    from_id bigint primary key references targets (id),
    to_id bigint references targets (id), -- null: the address is somebody else's, which is told to nobody
    asked_at bigint not null,
    old_agreed_at bigint,
    new_agreed_at bigint
) without rowid;
create index mailbox_moves_by_new on mailbox_moves (to_id);
