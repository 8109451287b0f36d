-- SPDX-License-Identifier: EUPL-1.2
-- What a person has read of their inbox, and what the addresses of their private feeds are made of.

create table read_opportunities (
    subscriber_id bigint not null references subscribers (id),
    opportunity_id bigint not null references opportunities (id),
    primary key (subscriber_id, opportunity_id)
);

-- Null: there are none. Another number is another address, and the one before leads nowhere.
alter table subscribers add column feed_number bigint;
