-- SPDX-License-Identifier: EUPL-1.2
-- What limits sending: the allowance of an origin, shared by all workers, and how much a browser was told this week.

-- Up to when the allowance of messages a second has been given away.
alter table origins add column given_until bigint not null default 0;

-- The first instant of the week that is counted, and how many opportunities the browser was told of in it.
alter table targets add column week bigint not null default 0;
alter table targets add column told_in_week bigint not null default 0;
