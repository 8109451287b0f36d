// SPDX-License-Identifier: EUPL-1.2
//! The log: sentences that stand alone, with fields named once here. No address, token or endpoint is ever a field.
//!
//! Fields: `opportunity.id`, `occasion.id`, `channel`, `job`, `outcome`, `count`, `request.id`, `error`.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log with a filter such as `info`, in JSON for programs or in text for people. Later calls do nothing.
pub fn start(filter: &str, json: bool) {
    // `web-push` and `hyper` would log requests with their endpoint: they are kept quiet whatever the filter says.
    let filter = EnvFilter::try_new(format!(
        "{filter},web_push=off,hyper=off,hyper_util=off,h2=off,reqwest=off,lettre=off"
    ))
    .unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json {
        lines.json().finish().try_init()
    } else {
        lines.finish().try_init()
    };
    drop(started);
}
