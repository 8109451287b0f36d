-- SPDX-License-Identifier: EUPL-1.2
-- Nothing to do: a table without rowid lies in the order of its key, weight included.
select 1;
