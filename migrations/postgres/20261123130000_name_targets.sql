-- SPDX-License-Identifier: EUPL-1.2
-- What a person calls a browser of theirs: "il telefono". Which browser it is stays in `label`.

alter table targets add column name text not null default '';
