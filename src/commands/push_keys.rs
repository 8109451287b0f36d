// SPDX-License-Identifier: EUPL-1.2
//! The VAPID keys on the command line: see them, make a new one, end an old one.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use informa::app::App;
use informa::domain::ids::VapidKeyId;
use informa::services::push_keys::{KeyStanding, list_keys, retire_key, rotate_keys};

use super::{Outcome, print};

/// What can be asked of the push keys.
#[derive(Debug, Subcommand)]
pub(crate) enum PushKeysCommand {
    /// Every key, the latest first, and how many browsers are sent to with each
    #[command(after_help = "Example: informa push-keys list --json")]
    List {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Make a new key for new subscriptions; the earlier ones go on serving whoever has them
    #[command(after_help = "Example: informa push-keys rotate")]
    Rotate,
    /// End an earlier key that no browser needs any more
    #[command(after_help = "Example: informa push-keys retire 1")]
    Retire {
        /// The id of the key
        id: VapidKeyId,
        /// Give up the browsers that still have it; they come back by themselves when they next open a page
        #[arg(long)]
        drop: bool,
    },
}

/// Does what was asked.
pub(super) async fn run(app: &App, command: PushKeysCommand) -> Result<Outcome> {
    match command {
        PushKeysCommand::List { json } => list(app, json).await?,
        PushKeysCommand::Rotate => {
            let id = rotate_keys(app).await?;
            print(&format!(
                "push key {id} is the present one: pages give it within seconds, and browsers take it when they next open one"
            ))?;
        }
        PushKeysCommand::Retire { id, drop } => {
            let dropped = retire_key(app, id, drop).await?;
            print(&format!("push key {id} is retired, {dropped} browsers were given up"))?;
        }
    }
    Ok(Outcome::Complete)
}

async fn list(app: &App, json: bool) -> Result<()> {
    for key in list_keys(app).await? {
        if json {
            let line = json!({
                "id": key.id, "public_key": key.public_key, "created_at": key.created_at.to_string(),
                "retired_at": key.retired_at.map(|at| at.to_string()), "present": key.is_present,
                "browsers": key.browsers,
            });
            print(&line.to_string())?;
        } else {
            print(&in_words(&key))?;
        }
    }
    Ok(())
}

fn in_words(key: &KeyStanding) -> String {
    let standing = match key.retired_at {
        Some(at) => format!("retired on {at}"),
        None if key.is_present => "present".to_owned(),
        None => "earlier".to_owned(),
    };
    format!(
        "{}  {standing}, made on {}, {} browsers, {}",
        key.id, key.created_at, key.browsers, key.public_key
    )
}
