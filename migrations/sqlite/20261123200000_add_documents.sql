-- SPDX-License-Identifier: EUPL-1.2
-- What goes with an opportunity: a JSON list of titles and addresses, in the order of the editor.
alter table opportunities add column documents text not null default '[]';
