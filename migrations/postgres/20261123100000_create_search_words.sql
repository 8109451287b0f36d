-- SPDX-License-Identifier: EUPL-1.2
-- The words by which opportunities are found: stems without accents, made by the program (`domain::search`).

create table search_words (
    word text collate "C" not null,
    opportunity_id bigint not null references opportunities (id),
    weight bigint not null, -- the more, the better the place where it stands
    primary key (word, opportunity_id)
);
create index search_words_by_opportunity on search_words (opportunity_id);

alter table opportunities add column search_version bigint not null default 0; -- of the program that indexed it
create index opportunities_by_search_version on opportunities (search_version);
