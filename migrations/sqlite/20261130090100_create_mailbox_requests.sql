-- SPDX-License-Identifier: EUPL-1.2
-- An address that a subscriber asked to add, until it is confirmed or forgotten: kept alike whosever the address is, so
-- that showing it to them tells nothing of others.

create table mailbox_requests (
    subscriber_id bigint not null references subscribers (id),
    address text not null,
    asked_at bigint not null,
    primary key (subscriber_id, address)
) without rowid;
insert into mailbox_requests (subscriber_id, address, asked_at)
select t.subscriber_id, t.email, t.created_at from targets t join subscribers s on s.id = t.subscriber_id
where t.status = 0 and t.email is not null and s.status = 1
    and not exists (select 1 from mailbox_moves m where m.to_id = t.id);
