-- SPDX-License-Identifier: EUPL-1.2
-- How each person wants to be left in peace; where it is null, as the installation says.

alter table subscribers add column quiet_hours text; -- 21-8, or none
alter table subscribers add column weekly_pushes bigint; -- 0: as many as there are
alter table subscribers add column paused_until bigint;
create index subscribers_paused on subscribers (paused_until) where paused_until is not null;
