// SPDX-License-Identifier: EUPL-1.2
//! A database for one test, on either engine: a copy of one that is migrated and has its vocabularies.
//!
//! The original is made once and found again by a hash of what it is made of. Tests run in several processes at once:
//! whoever comes first makes it, under a lock, and the others wait.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use informa::domain::chance::Chance;
use informa::secrets::fingerprint;
use informa::services::load_vocabularies::load_vocabularies;
use informa::storage::Database;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database that is a test's own.
pub(crate) struct TestDatabase {
    /// How to open it.
    pub(crate) address: String,
    /// On PostgreSQL, where it is dropped from, and its name.
    served: Option<(String, String)>,
}

/// The number of the advisory lock under which the original is made.
const MAKING: i64 = 0x1f0_12a;

impl TestDatabase {
    /// A copy of the original; nothing where PostgreSQL is asked for and there is none.
    pub(crate) async fn copied(engine: Engine, folder: &Path) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let file = folder.join("informa.db");
                fs::copy(sqlite_original().await, &file).unwrap();
                Some(Self {
                    address: format!("sqlite://{}", file.display()),
                    served: None,
                })
            }
            Engine::Postgres => {
                let cluster = cluster()?;
                let original = postgres_original(&cluster).await;
                Some(Self::served(cluster, &original).await)
            }
        }
    }

    /// A database without a schema; nothing where PostgreSQL is asked for and there is none.
    pub(crate) async fn empty(engine: Engine, folder: &Path) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self {
                address: format!("sqlite://{}", folder.join("empty.db").display()),
                served: None,
            }),
            Engine::Postgres => Some(Self::served(cluster()?, "template0").await),
        }
    }

    async fn served(cluster: String, template: &str) -> Self {
        let name = format!("informa_test_{:016x}", u64::from_be_bytes(Chance::system().bytes()));
        // Nothing of a throwaway cluster reaches the disk, so that copying files is quicker than logging them.
        let strategy = if version(&cluster).await >= 150_000 {
            "strategy file_copy"
        } else {
            ""
        };
        execute(
            &cluster,
            &format!("create database {name} template {template} {strategy}"),
        )
        .await;
        Self {
            address: address_of(&cluster, &name),
            served: Some((cluster, name)),
        }
    }

    /// Leaves nothing behind.
    pub(crate) async fn remove(self) {
        if let Some((cluster, name)) = self.served {
            execute(&cluster, &format!("drop database {name} with (force)")).await;
        }
    }
}

/// The address of a throwaway cluster, or a loud word that there is none.
pub(crate) fn cluster() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    let cluster = std::env::var("INFORMA_TEST_POSTGRES_URL")
        .ok()
        .filter(|it| !it.is_empty());
    if cluster.is_none() {
        say_skipped("on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set");
    }
    cluster
}

/// Says aloud what is not tested, past the test runner, which keeps to itself what a test prints that passes.
pub(crate) fn say_skipped(what: &str) {
    _ = writeln!(std::io::stderr(), "SKIPPED {what}");
}

fn address_of(cluster: &str, name: &str) -> String {
    let mut address = Url::parse(cluster).unwrap();
    address.set_path(name);
    address.into()
}

/// The version of the cluster as a number: 150006 is 15.6.
async fn version(cluster: &str) -> i32 {
    let mut connection = PgConnection::connect(cluster).await.unwrap();
    let version = "select cast(current_setting('server_version_num') as integer)";
    let version = sqlx::query_scalar(version).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    version
}

async fn execute(cluster: &str, statement: &str) {
    let mut connection = PgConnection::connect(cluster).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// The file to copy.
async fn sqlite_original() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let original = folder.join(format!("original-{}.db", recipe("sqlite")));
    if original.exists() {
        return original;
    }
    fs::create_dir_all(folder).unwrap();
    let lock = fs::File::create(folder.join("original.lock")).unwrap();
    lock.lock().unwrap();
    if !original.exists() {
        let unfinished = original.with_extension("unfinished");
        _ = fs::remove_file(&unfinished);
        prepare(&format!("sqlite://{}", unfinished.display())).await;
        fs::rename(&unfinished, &original).unwrap();
    }
    original
}

/// The name of the database to copy.
async fn postgres_original(cluster: &str) -> String {
    let name = format!("informa_original_{}", recipe("postgres"));
    let mut connection = PgConnection::connect(cluster).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)")
        .bind(MAKING)
        .execute(&mut connection)
        .await
        .unwrap();
    let made: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    if made.is_none() {
        let unfinished = format!("{name}_unfinished");
        execute(cluster, &format!("drop database if exists {unfinished} with (force)")).await;
        execute(cluster, &format!("create database {unfinished}")).await;
        prepare(&address_of(cluster, &unfinished)).await;
        execute(cluster, &format!("alter database {unfinished} rename to {name}")).await;
    }
    connection.close().await.unwrap();
    name
}

async fn prepare(address: &str) {
    let database = Database::open(address, 2).await.unwrap();
    database.migrate().await.unwrap();
    load_vocabularies(&database).await.unwrap();
    database.close().await;
}

/// What an original is made of, as a name: another schema or other vocabularies make another original.
fn recipe(engine: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let loaders = ["src/storage/vocabularies.rs", "src/services/load_vocabularies.rs"].map(|it| root.join(it));
    let mut files: Vec<PathBuf> = loaders.into();
    for folder in [root.join("migrations").join(engine), root.join("assets/vocabulary")] {
        files.extend(fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let contents: Vec<u8> = files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    fingerprint(&contents)[..16].to_owned()
}
