// SPDX-License-Identifier: EUPL-1.2
//! The program over a database of its own, on either engine: opened as the command line opens it, removed afterwards.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use informa::app::App;
use informa::config::{Config, Secret};
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::StaffId;
use informa::domain::quiet_hours::QuietHours;
use informa::domain::staff::Role;
use informa::services::open_app::open_app;
use informa::storage::{Database, staff};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// Both of them.
    pub const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// As the table says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// Where the other sides listen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// The push service; 0 where none is needed.
    pub push: u16,
    /// The mail relay.
    pub smtp: u16,
}

impl Ports {
    /// The origin of the push service.
    #[must_use]
    pub fn push_origin(self) -> String {
        format!("https://localhost:{}", self.push)
    }
}

/// The program, open.
pub struct Installation {
    /// Its handles.
    pub app: App,
    /// On which engine.
    pub engine: Engine,
    /// Where the other sides listen.
    pub ports: Ports,
    /// Who publishes.
    pub editor: StaffId,
    served: Option<(String, String)>,
    folder: TempDir,
}

impl Installation {
    /// Makes a database and opens the program over it.
    ///
    /// # Errors
    /// When there is no PostgreSQL, or what the program says.
    pub async fn make(engine: Engine, ports: Ports) -> Result<Self> {
        let folder = TempDir::with_prefix("informa-bench.")?;
        let (database_url, served) = match engine {
            Engine::Sqlite => (format!("sqlite://{}/informa.db", folder.path().display()), None),
            Engine::Postgres => {
                let cluster = cluster()?;
                let name = format!("informa_bench_{}", std::process::id() + u32::from(ports.smtp));
                execute(&cluster, &format!("drop database if exists {name} with (force)")).await?;
                execute(&cluster, &format!("create database {name}")).await?;
                let mut address = Url::parse(&cluster)?;
                address.set_path(&name);
                let address = String::from(address);
                let database = Database::open(&address, 2).await?;
                database.migrate().await?;
                database.close().await;
                (address, Some((cluster, name)))
            }
        };
        let config = Config {
            database_url,
            data_folder: folder.path().to_owned(),
            smtp_url: Some(Secret::new(format!("smtp://127.0.0.1:{}?tls=none", ports.smtp))),
            mail_from: Some("Informa <avvisi@informa.example.org>".to_owned()),
            vapid_subject: Some("mailto:informa@example.org".to_owned()),
            push_allow_loopback: true,
            // The same people are told again in every round, at any time of the day.
            quiet_hours: QuietHours::NONE,
            weekly_pushes: 0,
            secret: Some(Secret::new("a secret that only the measures know".to_owned())),
            ..Config::default()
        };
        let app = open_app(config).await?;
        let editor = add_editor(&app).await?;
        Ok(Self {
            app,
            engine,
            ports,
            editor,
            served,
            folder,
        })
    }

    /// The same program with a stop of its own, for a worker that is ended while the program goes on.
    #[must_use]
    pub fn with_own_stop(&self) -> App {
        let mut app = self.app.clone();
        app.stopping = CancellationToken::new();
        app
    }

    /// The folder of the database file.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs statements outside the program, on the connection that writes. How many rows they changed.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn execute(&self, statements: &[&str]) -> Result<u64> {
        let mut changed = 0;
        match &self.app.database {
            Database::Sqlite { writer, .. } => {
                let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
                for statement in statements {
                    let done = sqlx::query(AssertSqlSafe((*statement).to_owned()))
                        .execute(&mut *transaction)
                        .await;
                    changed += done.with_context(|| (*statement).to_owned())?.rows_affected();
                }
                transaction.commit().await?;
            }
            Database::Postgres { pool, .. } => {
                let mut transaction = pool.begin().await?;
                for statement in statements {
                    let done = sqlx::query(AssertSqlSafe((*statement).to_owned()))
                        .execute(&mut *transaction)
                        .await;
                    changed += done.with_context(|| (*statement).to_owned())?.rows_affected();
                }
                transaction.commit().await?;
            }
        }
        Ok(changed)
    }

    /// One number.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn number(&self, query: &str) -> Result<i64> {
        let query = AssertSqlSafe(query.to_owned());
        Ok(match &self.app.database {
            Database::Sqlite { readers, .. } => sqlx::query_scalar(query).fetch_one(readers).await?,
            Database::Postgres { pool, .. } => sqlx::query_scalar(query).fetch_one(pool).await?,
        })
    }

    /// Does what the engine does by itself within minutes of a bulk load, so that it does not do it during a measure.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn settle(&self) -> Result<()> {
        match &self.app.database {
            Database::Sqlite { writer, .. } => {
                sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await?;
            }
            Database::Postgres { pool, .. } => {
                sqlx::query("vacuum (analyze)").execute(pool).await?;
            }
        }
        Ok(())
    }

    /// Ends the program and removes its database.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn remove(self) -> Result<()> {
        self.app.database.close().await;
        if let Some((cluster, name)) = self.served {
            execute(&cluster, &format!("drop database {name} with (force)")).await?;
        }
        Ok(())
    }
}

fn cluster() -> Result<String> {
    match std::env::var("INFORMA_TEST_POSTGRES_URL") {
        Ok(cluster) if !cluster.is_empty() => Ok(cluster),
        _ => bail!("INFORMA_TEST_POSTGRES_URL is not set: `make bench` starts a PostgreSQL and sets it"),
    }
}

async fn execute(cluster: &str, statement: &str) -> Result<()> {
    let mut connection = PgConnection::connect(cluster).await?;
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

async fn add_editor(app: &App) -> Result<StaffId> {
    let address = EmailAddress::parse("redazione@example.org")?;
    let mut transaction = app.database.begin().await?;
    let editor = staff::insert(&mut transaction, &address, "no password", &[Role::Editor], app.now()).await?;
    transaction.commit().await?;
    Ok(editor)
}
