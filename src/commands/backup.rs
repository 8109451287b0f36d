// SPDX-License-Identifier: EUPL-1.2
//! A consistent copy of the database while it is in use: SQLite copies itself, PostgreSQL is asked through `pg_dump`.

use std::path::Path;

use anyhow::{Context, Result, bail};
use url::Url;

use informa::config::Config;
use informa::storage::Database;

use super::{Outcome, print};

/// Writes the copy.
pub(super) async fn backup(config: Config, file: &Path) -> Result<Outcome> {
    if file.exists() {
        bail!("{} exists already: name a new file", file.display());
    }
    let database = Database::open(&config.database_url, config.database_connections).await?;
    if !database.copy_to(file).await? {
        dump(&config.database_url, file).await?;
    }
    database.close().await;
    let size = std::fs::metadata(file)
        .with_context(|| format!("{}", file.display()))?
        .len();
    print(&format!("{}: {size} bytes", file.display()))?;
    Ok(Outcome::Complete)
}

/// Runs `pg_dump`. The password goes through its environment, where no list of processes shows it.
async fn dump(address: &str, file: &Path) -> Result<()> {
    let mut address = Url::parse(address).context("the database address")?;
    let password = address.password().unwrap_or_default().to_owned();
    address.set_password(None).ok();
    let mut command = tokio::process::Command::new("pg_dump");
    command
        .arg("--format=custom")
        .arg("--file")
        .arg(file)
        .arg("--dbname")
        .arg(address.as_str());
    if !password.is_empty() {
        command.env("PGPASSWORD", password);
    }
    let ended = command
        .status()
        .await
        .context("pg_dump could not be run: install postgresql-client")?;
    if !ended.success() {
        bail!("pg_dump failed ({ended})");
    }
    Ok(())
}
