-- SPDX-License-Identifier: EUPL-1.2
-- Who never confirmed and who left are forgotten in time.
alter table subscribers add column erased_at bigint; -- when everything personal was taken out
create index subscribers_to_forget on subscribers (status, id) where erased_at is null and status <> 1;
create index targets_pending on targets (created_at) where status = 0;
create index links_by_subscriber on links (subscriber_id);
