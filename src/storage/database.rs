// SPDX-License-Identifier: EUPL-1.2
//! The database: opening it, bringing it to this version, and transactions over either engine.
//!
//! One enum of two typed pools and the macro `on!`, which expands the same body for whichever engine is open.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, Sqlite, SqlitePool};

/// What went wrong in the database. Absence is never an error: it is `None`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address names no engine that we know.
    #[error("cannot use the database address: it must begin with sqlite:// or postgres://")]
    UnknownEngine,
    /// The address names a known engine but cannot be read.
    #[error("cannot read the database address: {0}")]
    Address(String),
    /// Nothing can be had from the PostgreSQL server.
    #[error("cannot connect to PostgreSQL at {place}: {cause}; check INFORMA_DATABASE_URL and that the server runs")]
    Unreachable {
        /// Host and port.
        place: String,
        /// What the driver or the server said.
        cause: String,
    },
    /// The folder of the SQLite file cannot be made or written to.
    #[error("cannot write to the data folder {}: {cause}; check its owner and permissions, or point INFORMA_DATABASE_URL elsewhere", .folder.display())]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Another server holds the SQLite file.
    #[error("another informa server is using {}; stop it first, or use PostgreSQL to run several", .0.display())]
    InUse(PathBuf),
    /// The database was migrated by a later version of the program.
    #[error(
        "the database is newer than this program (it has migration {0}): install the newer version, or restore the backup made before the upgrade"
    )]
    Newer(i64),
    /// The database has not been brought to this version.
    #[error("the database is not at this version yet: run `informa migrate`")]
    Older,
    /// A migration failed.
    #[error("the database could not be brought to this version: {0}")]
    Migration(MigrateError),
    /// A row was to be added that is there already, by this constraint.
    #[error("there is already such a row ({0})")]
    Conflict(String),
    /// A row holds what this program does not understand.
    #[error("the database holds what this program does not understand: {0}")]
    Corrupt(String),
    /// Anything else the database said.
    #[error("database: {0}")]
    Database(sqlx::Error),
}

/// The result of every storage function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => {
                Self::Conflict(cause.constraint().unwrap_or("unique").to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

/// Which engine a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one: one file, one server process.
    Sqlite,
    /// The served one: several processes on several machines.
    Postgres,
}

/// An open database.
#[derive(Debug, Clone)]
pub enum Database {
    /// One connection that writes, several that read.
    Sqlite {
        /// The one that writes; `BEGIN IMMEDIATE` waits for its turn instead of failing half-way.
        writer: SqlitePool,
        /// Those that read.
        readers: SqlitePool,
        /// The file.
        file: PathBuf,
    },
    /// A pool of connections.
    Postgres {
        /// The pool.
        pool: PgPool,
        /// How to connect beside the pool, for listening.
        address: String,
    },
}

/// A transaction on either engine; dropped without [`Transaction::commit`], it leaves no trace.
#[derive(Debug)]
pub enum Transaction {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Runs one body against whichever engine is open, with `$connection` bound to its connection.
macro_rules! on {
    ($transaction:expr, $connection:ident => $body:expr) => {
        match $transaction {
            $crate::storage::database::Transaction::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::storage::database::Transaction::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use on;

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a writer waits for another process's transaction on the same SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How many rows SQLite reads ahead of who takes them: each time it waits costs two changes of thread.
const ROWS_AHEAD: usize = 1_000;

impl Database {
    /// Opens the database at `address` (`sqlite://path/to/file` or `postgres://…`); a missing file is made.
    ///
    /// # Errors
    /// [`Error::UnknownEngine`], [`Error::Address`], [`Error::Folder`], or what the engine says.
    pub async fn open(address: &str, connections: u32) -> Result<Self> {
        match address.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(address, connections).await,
            Some("postgres" | "postgresql") => open_postgres(address, connections).await,
            _ => Err(Error::UnknownEngine),
        }
    }

    /// Which engine it runs on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Brings the schema to this version.
    ///
    /// # Errors
    /// [`Error::Newer`] when a later program has been here; [`Error::Migration`] when a step fails.
    pub async fn migrate(&self) -> Result<()> {
        let done = match self {
            Self::Sqlite { writer, .. } => SQLITE_MIGRATIONS.run(writer).await,
            Self::Postgres { pool, .. } => POSTGRES_MIGRATIONS.run(pool).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Newer(version),
            other => Error::Migration(other),
        })
    }

    /// Checks that the schema is exactly this version's.
    ///
    /// # Errors
    /// [`Error::Newer`] or [`Error::Older`].
    pub async fn require_current(&self) -> Result<()> {
        let mut transaction = self.read().await?;
        let applied: Result<Vec<i64>, sqlx::Error> = on!(&mut transaction, connection => {
            sqlx::query_scalar("select version from _sqlx_migrations where success order by version")
                .fetch_all(connection).await
        });
        let applied = applied.map_err(|_| Error::Older)?;
        let known: Vec<i64> = SQLITE_MIGRATIONS.iter().map(|it| it.version).collect();
        if let Some(later) = applied.iter().find(|version| !known.contains(version)) {
            return Err(Error::Newer(*later));
        }
        if applied.len() < known.len() {
            Err(Error::Older)
        } else {
            Ok(())
        }
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> Result<Transaction> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres { pool, .. } => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that only reads; on SQLite it does not wait for a writer.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> Result<Transaction> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
            Self::Postgres { pool, .. } => Transaction::Postgres(pool.begin().await?),
        })
    }

    /// Keeps a second server from using the same SQLite file for as long as the answer is held. PostgreSQL needs none.
    ///
    /// # Errors
    /// [`Error::InUse`] when another server has it.
    pub fn lock_for_serving(&self) -> Result<Option<std::fs::File>> {
        let Self::Sqlite { file, .. } = self else {
            return Ok(None);
        };
        let path = file.with_extension("lock");
        let failed = |cause| Error::Folder {
            folder: folder_of(file).to_path_buf(),
            cause,
        };
        let lock = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse(file.clone())),
            Err(std::fs::TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// Writes a consistent copy of an SQLite file to `copy`, which must not exist, while the server runs. `false` on
    /// PostgreSQL, which has `pg_dump` for that.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn copy_to(&self, copy: &Path) -> Result<bool> {
        let Self::Sqlite { readers, .. } = self else {
            return Ok(false);
        };
        make_file(copy)?;
        sqlx::query("vacuum into $1")
            .bind(copy.to_string_lossy().into_owned())
            .execute(readers)
            .await?;
        Ok(true)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Transaction {
    /// Makes the changes last.
    ///
    /// # Errors
    /// What the engine says; then nothing was changed.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// How much of the file each reader keeps for itself, in KiB with a minus sign, as SQLite wants it. There are several of
/// them, and the system keeps the file for all.
const READER_CACHE: &str = "-512";

async fn open_sqlite(address: &str, connections: u32) -> Result<Database> {
    let options = SqliteConnectOptions::from_str(address)
        .map_err(|error| Error::Address(error.to_string()))?
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .row_buffer_size(ROWS_AHEAD)
        .busy_timeout(BUSY_TIMEOUT);
    let file = options.get_filename().to_path_buf();
    make_file(&file)?;
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await
        .map_err(|error| unwritable(&file, error))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(connections.max(2))
        .connect_with(options.pragma("cache_size", READER_CACHE))
        .await?;
    Ok(Database::Sqlite { writer, readers, file })
}

fn folder_of(file: &Path) -> &Path {
    file.parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// Makes the folder and the file, for their owner alone: they hold addresses.
fn make_file(file: &Path) -> Result<()> {
    let folder = folder_of(file);
    let failed = |cause| Error::Folder {
        folder: folder.to_path_buf(),
        cause,
    };
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(failed)?;
    }
    let options = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(file);
    options.map(drop).map_err(failed)
}

/// SQLite only says "unable to open": say which folder is meant.
fn unwritable(file: &Path, error: sqlx::Error) -> Error {
    let opening = error.to_string();
    if opening.contains("unable to open") || opening.contains("readonly") {
        let folder = folder_of(file).to_path_buf();
        let cause = std::io::Error::new(std::io::ErrorKind::PermissionDenied, opening);
        return Error::Folder { folder, cause };
    }
    error.into()
}

/// How long the first connection may take: a pool would go on trying, and say nothing of why.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);

async fn open_postgres(address: &str, connections: u32) -> Result<Database> {
    let options = PgConnectOptions::from_str(address).map_err(|error| Error::Address(error.to_string()))?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let first = tokio::time::timeout(FIRST_CONNECTION, PgConnection::connect_with(&options));
    match first.await {
        Ok(Ok(connection)) => connection.close().await?,
        Ok(Err(error)) => {
            return Err(Error::Unreachable {
                place,
                cause: error.to_string(),
            });
        }
        Err(_) => {
            return Err(Error::Unreachable {
                place,
                cause: "it does not answer".to_owned(),
            });
        }
    }
    // Compiling a statement takes PostgreSQL longer than any of ours runs.
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(2))
        .after_connect(|connection, _| Box::pin(async { connection.execute("set jit = off").await.map(drop) }))
        .connect_with(options)
        .await?;
    Ok(Database::Postgres {
        pool,
        address: address.to_owned(),
    })
}
