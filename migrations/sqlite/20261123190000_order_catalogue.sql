-- SPDX-License-Identifier: EUPL-1.2
-- The list that everybody reads: what is not over first, the latest of it first.
create index opportunities_in_order on opportunities ((status <> 'published'), published_at desc, id desc);
