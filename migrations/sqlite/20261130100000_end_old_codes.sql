-- SPDX-License-Identifier: EUPL-1.2
-- What was sent to an address acts on no other, links end for good, and who left can come back for a while.
alter table targets add column moved_at bigint; -- when a mailbox got another address: codes without a mark are of the old one
alter table targets add column until_left bigint not null default 0; -- 1 it could be sent to until its person left
