-- SPDX-License-Identifier: EUPL-1.2
-- The address that is to replace another, as it was typed: whoever agrees sees to what.
alter table mailbox_moves add column address text not null default '';
