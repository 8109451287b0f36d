// SPDX-License-Identifier: EUPL-1.2
//! `informa` tells people about the public opportunities that concern them. Citizens, public bodies and operators say
//! who they are and what they follow; editors publish; whoever it concerns is told by browser push or e-mail.
//!
//! # The map
//!
//! In reading order, which is the import order: a module may use what stands above it and nothing below, and never
//! `delivery` → `storage`, `web` → `jobs` or `web` → `delivery`. `tests/it/architecture.rs` holds this.
//!
//! - [`domain`] – what things are: plain types and rules, no I/O; the only clock and the only source of chance.
//! - [`matching`] – who should hear of what: pure, the rule in prose, the reasons in the result.
//! - [`telemetry`] – the log.
//! - [`config`] – every setting, read once from the environment.
//! - [`secrets`] – what the installation's secret protects: codes in links and forms, keys in the database.
//! - [`urls`] – every public address, built in one place.
//! - [`texts`] – every sentence that people read, in their language.
//! - [`outbound`] – the one guarded way out to addresses that strangers choose.
//! - [`storage`] – where things are kept: one file per aggregate, one SQL text for SQLite and PostgreSQL.
//! - [`delivery`] – how a message leaves: put into words, encrypted, signed, sent, the answer classified.
//! - [`app`] – the handles that every operation needs, and nothing else.
//! - [`services`] – what the system does: one verb, one file. Pages, commands and jobs call the same ones.
//! - [`jobs`] – when it acts unasked: the cron table and the worker's loop.
//! - [`web`] – how people ask: every route on one page.
//!
//! The command line is `main.rs` and `commands/`: it parses, calls a service, and prints.
//!
//! # One call, from the editor's click to the reader's
//!
//! 1. *Publish.* The editor's click reaches `web::admin::publish`, which calls [`services::publish_opportunity`]. One
//!    transaction sets the status and opens the **occasion** `published` ([`storage::occasions`]). Nothing is sent yet,
//!    and nothing can be lost: what follows is derived from that row.
//! 2. *Fan out.* The worker ([`jobs::worker`]) is woken, or looks a second later, and runs [`services::fan_out`]. For a
//!    range of profile ids at a time, [`storage::audience`] applies the rule of [`matching`] to all of them in one
//!    statement and keeps the **matches**, which are people's inboxes; [`storage::notifications`] then owes the
//!    occasion to each mailbox and browser that a match wants told at once. The key (occasion, target) makes each
//!    **notification** owed once, however often a range is done again.
//! 3. *Dispatch.* Beside it [`services::dispatch_outbox`] claims what is due under a lease ([`storage::ledger`]), one
//!    push service or relay apart from the other. It asks [`matching::match_profile`] again whether the person still
//!    wants it, lets [`delivery::wording`] put it into words, and sends it by [`delivery::web_push`] or
//!    [`delivery::smtp_pool`] while no transaction is open. The answer decides what the row becomes: sent, due again
//!    later, or finished; a target that is gone is forgotten. A mail may still come back days later:
//!    [`services::read_bounces`] reads it, and leaves alone a mailbox that is not there or whose reader complains.
//!    What is owed and how it ends is counted where it happens
//!    ([`storage::delivery_counts`]): the delivery report adds that up and never looks at the ledger.
//! 4. *Click.* The service worker (`assets/scripts/service-worker.js`) shows the notification and opens its address,
//!    which [`urls`] built and [`web`] answers with the public page. A mail carries the same address, and one more that
//!    stops such mail: a single POST to [`services::unsubscribe`], without signing in. Both lead to the page of the
//!    notification as well, where [`services::manage_notification`] hides it, its topics or its source, tells less of them,
//!    and hears whether it was useful.

pub mod domain;
pub mod matching;
pub mod telemetry;
pub mod config;
pub mod secrets;
pub mod urls;
pub mod texts;
pub mod outbound;
pub mod storage;
pub mod delivery;
pub mod app;
pub mod services;
pub mod jobs;
pub mod web;
