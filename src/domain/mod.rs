// SPDX-License-Identifier: EUPL-1.2
//! What things are: plain types and rules, no I/O. Every other module speaks these words.

pub mod clock;
pub mod local_time;
pub mod chance;
pub mod ids;
pub mod plain_letters;
pub mod email_address;
pub mod language;
pub mod vocabulary;
pub mod criteria;
pub mod opportunity;
pub mod standing;
pub mod profile;
pub mod subscriber;
pub mod notification;
pub mod quiet_hours;
pub mod wishes;
pub mod rate;
pub mod bounce;
pub mod occasion;
pub mod change;
pub mod reminder;
pub mod digest;
pub mod search;
pub mod delivery_report;
pub mod staff;
