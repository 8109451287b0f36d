-- SPDX-License-Identifier: EUPL-1.2
-- How clear people find pages and how easy signing up was. Nothing here can name a person: no address, no session, no
-- hour. No other table refers to it, and it refers to none.

create table page_ratings (
    id integer primary key,
    page text not null, -- a known public path; of an opportunity, with its token alone
    instrument text not null, -- page, flow: never added up
    stars bigint not null,
    answered bigint not null default 0, -- 1 once the second question was answered, which happens once
    answers text not null default '', -- codes, separated by spaces
    remark text not null default '',
    day text not null, -- 2026-11-23, in the installation's zone
    language text not null
);
create index page_ratings_by_day on page_ratings (day);
