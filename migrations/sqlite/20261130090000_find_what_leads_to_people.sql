-- SPDX-License-Identifier: EUPL-1.2
-- Whoever is erased is taken out of the reasons to write to them: these find them. Few reasons are for one person alone.
create index occasions_by_subscriber on occasions (subscriber_id) where subscriber_id is not null;
create index occasions_by_target on occasions (target_id) where target_id is not null;
create index occasions_by_link on occasions (link_id) where link_id is not null;
create index subscribers_erased on subscribers (erased_at) where erased_at is not null;
