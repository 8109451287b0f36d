-- SPDX-License-Identifier: EUPL-1.2
-- Other words that a topic is looked for by, from the reference table.
alter table topics add column synonyms text not null default '';
