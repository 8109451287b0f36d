// SPDX-License-Identifier: EUPL-1.2
//! Where things are kept: one file per aggregate, functions over a [`Transaction`], `None` for absence.
//!
//! One SQL text serves both engines; the few statements that must differ stand side by side in `dialect`.

pub mod database;
mod types;
mod dialect;
pub mod settings;
pub mod vocabularies;
pub mod staff;
pub mod sessions;
pub mod audit_log;
pub mod sources;
pub mod opportunities;
pub mod opportunity_lists;
pub mod search;
pub mod revisions;
pub mod vapid_keys;
pub mod origins;
pub mod subscribers;
pub mod targets;
pub mod leaving;
pub mod consents;
pub mod links;
pub mod mailbox_moves;
pub mod mailbox_requests;
pub mod profiles;
pub mod mutes;
pub mod batches;
pub mod occasions;
pub mod editions;
pub mod delivery_counts;
pub mod audience;
pub mod matches;
pub mod follow_ups;
pub mod notifications;
pub mod ledger;
pub mod strikes;
pub mod suppressions;
pub mod retries;
pub mod folding;
pub mod erasure;
pub mod job_runs;
pub mod ratings;
pub mod relevance;
pub mod letters;
pub mod inbox;
pub mod holdings;

pub use database::{Database, Engine, Error, Result, Transaction};
