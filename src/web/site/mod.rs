// SPDX-License-Identifier: EUPL-1.2
//! The pages for everybody, and those of a subscriber who is signed in.

pub mod areas;
pub mod card;
pub mod confirm;
pub mod home;
pub mod inbox;
pub mod legal;
pub mod message;
pub mod discovery;
pub mod opportunities;
pub mod catalogue;
pub mod feeds;
pub mod preferences;
pub mod profile;
pub mod profile_form;
pub mod push;
pub mod failing_mailbox;
pub mod push_block;
pub mod sign_in;
pub mod subscribe;
pub mod unsubscribe;
pub mod sections;
pub mod reminders;
pub mod personal_data;
