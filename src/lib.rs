// SPDX-License-Identifier: EUPL-1.2
//! informa

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
