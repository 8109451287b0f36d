// SPDX-License-Identifier: EUPL-1.2
//! What the program does, told by tests: one binary, the modules in reading order.
//!
//! Tests of behaviour run on both engines: SQLite always, PostgreSQL where `INFORMA_TEST_POSTGRES_URL` names a cluster.

#[cfg(test)]
mod support;

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod retry_schedule;
#[cfg(test)]
mod audience;
#[cfg(test)]
mod storage_story;
#[cfg(test)]
mod subscribe;
#[cfg(test)]
mod push_keys;
#[cfg(test)]
mod web_app;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod unsubscribe;
#[cfg(test)]
mod one_click;
#[cfg(test)]
mod coming_back;
#[cfg(test)]
mod publish;
#[cfg(test)]
mod dispatch;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod follow_ups;
#[cfg(test)]
mod real_edits;
#[cfg(test)]
mod digest_year;
#[cfg(test)]
mod delivery_report;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod forgetting;
#[cfg(test)]
mod erasing;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod bounces;
#[cfg(test)]
mod strikes;
#[cfg(test)]
mod dkim;
#[cfg(test)]
mod import;
#[cfg(test)]
mod import_subscribers;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod wizard;
#[cfg(test)]
mod following_pages;
#[cfg(test)]
mod one_alone;
#[cfg(test)]
mod move_mailbox;
#[cfg(test)]
mod personal_data;
#[cfg(test)]
mod wishes;
#[cfg(test)]
mod mutes;
#[cfg(test)]
mod manage;
#[cfg(test)]
mod search;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod public_list;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod rating;
#[cfg(test)]
mod help;
#[cfg(test)]
mod env_example;
#[cfg(test)]
mod catalogues;
#[cfg(test)]
mod mail_links;
#[cfg(test)]
mod look;
#[cfg(test)]
mod added_language;
#[cfg(test)]
mod adversity;
