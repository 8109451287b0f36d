// SPDX-License-Identifier: EUPL-1.2
//! What the system does: one verb, one file; one transaction where the verb is one change.
//!
//! Pages, commands and jobs all call the same functions, `app` first.

mod error;
mod json_lines;
mod subscriber_record;

pub mod open_app;
pub mod load_vocabularies;

pub mod create_staff;
pub mod sign_in_staff;
pub mod search_opportunities;
pub mod save_opportunity;
pub mod publish_opportunity;
pub mod revise_published;
pub mod show_opportunity;
pub mod read_history;
pub mod preview_audience;
pub mod import_opportunities;

pub mod find_area;
pub mod former_municipalities;
pub mod choices;
pub mod ask_to_subscribe;
pub mod confirm_subscription;
pub mod push_keys;
pub mod subscribe_browser;
pub mod send_sign_in_link;
pub mod use_sign_in_link;
pub mod save_profile;
pub mod save_for_later;
pub mod remove_target;
pub mod rename_target;
pub mod send_test;
pub mod unsubscribe;
pub mod come_back;
pub mod choose_sections;
pub mod choose_wishes;
pub mod choose_consents;
pub mod suppress_mailbox;
pub mod recall_month;
pub mod read_inbox;
pub mod open_notification;
pub mod private_feeds;
pub mod hide_and_show;
pub mod judge_relevance;
pub mod manage_code;
pub mod stop_codes;
pub mod manage_notification;
pub mod read_mailbox;
pub mod move_mailbox;
pub mod spreadsheet;
mod held_deliveries;
mod held_profiles;
mod held_traces;
pub mod personal_data;
pub mod data_table;
pub mod erase_person;
pub mod import_subscribers;
pub mod generate_subscribers;
pub mod load_demo;

pub mod compose_digests;
pub mod fan_out;
pub mod fill_inboxes;
pub mod dispatch_outbox;
pub mod read_bounces;
pub mod close_opportunities;
pub mod remind;
pub mod expire_notifications;
pub mod retry_failed;
pub mod fold_notifications;
pub mod forget_people;
pub mod delivery_report;
pub mod read_status;

pub mod rate_page;
pub mod write_to_body;
pub mod send_letters;

pub use error::{Error, Refusal, Result};
