-- SPDX-License-Identifier: EUPL-1.2
-- The weight of a word is read from the index: a row of the table lies apart from every other with the same word.
alter table search_words drop constraint search_words_pkey;
alter table search_words add primary key (word, opportunity_id) include (weight);
