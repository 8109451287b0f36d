// SPDX-License-Identifier: EUPL-1.2
//! How a message leaves: encrypt and sign it, send it, classify the answer. Knows nothing of the database.
//!
//! `web_push` carries push messages, with the bodies of `encryption` and the signatures of `vapid`, over the connections
//! of `push_clients`. `email` composes mails; `smtp_pool` takes them to a relay (`smtp_relay`) over `smtp_connection`,
//! `smtp_dialogue` and `smtp_stream`, or leaves them in a folder (`mailbox`), signed by `dkim` where the relay does not. What comes back
//! days later carries a code (`return_code`) and is read by `returned`. Whatever the other side answers, the answer is an
//! [`Outcome`](crate::domain::notification::Outcome), never an error.

pub mod encryption;
pub mod vapid;
mod push_clients;
pub mod web_push;
pub mod email;
pub mod dkim;
pub mod mailbox;
mod smtp_relay;
mod smtp_stream;
mod smtp_dialogue;
mod smtp_connection;
pub mod smtp_pool;
pub mod wording;
pub mod return_code;
pub mod returned;
