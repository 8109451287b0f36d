// SPDX-License-Identifier: EUPL-1.2
//! The schema's versions: the same on both engines, and a database of another version is recognised.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use informa::storage::{Database, Error};

use crate::support::database::{Engine, TestDatabase};
use crate::support::rows;

fn names(engine: &str) -> BTreeSet<String> {
    let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn a_migration_is_named_by_its_time_a_verb_and_a_noun() {
    for name in names("sqlite") {
        let (time, words) = name.split_once('_').unwrap();
        assert!(time.len() == 14 && time.bytes().all(|it| it.is_ascii_digit()), "{name}");
        assert!(
            words.contains('_') && Path::new(words).extension().is_some_and(|it| it == "sql"),
            "{name}"
        );
    }
}

/// Runs `body` over a database that is there and empty.
async fn with_empty(engine: Engine, body: impl AsyncFnOnce(&Database)) {
    let folder = tempfile::tempdir().unwrap();
    let Some(place) = TestDatabase::empty(engine, folder.path()).await else {
        return;
    };
    let database = Database::open(&place.address, 2).await.unwrap();
    body(&database).await;
    database.close().await;
    place.remove().await;
}

async fn an_empty_database_is_older_until_it_is_migrated(engine: Engine) {
    with_empty(engine, async |database| {
        assert!(matches!(database.require_current().await, Err(Error::Older)));
        database.migrate().await.unwrap();
        database.require_current().await.unwrap();
        database.migrate().await.unwrap();
        database.require_current().await.unwrap();
    })
    .await;
}

async fn a_database_with_an_unknown_migration_is_newer(engine: Engine) {
    with_empty(engine, async |database| {
        database.migrate().await.unwrap();
        rows::execute(
            database,
            "insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
             select 29991231235959, 'of the future', installed_on, success, checksum, 1
             from _sqlx_migrations where version = (select min(version) from _sqlx_migrations)",
        )
        .await;
        for refused in [database.require_current().await, database.migrate().await] {
            let error = refused.unwrap_err();
            assert!(matches!(error, Error::Newer(29_991_231_235_959)), "{error}");
            assert_eq!(
                error.to_string(),
                "the database is newer than this program (it has migration 29991231235959): install the newer \
                 version, or restore the backup made before the upgrade"
            );
        }
    })
    .await;
}

async fn a_database_that_lacks_a_migration_is_older(engine: Engine) {
    with_empty(engine, async |database| {
        database.migrate().await.unwrap();
        let last = "(select max(version) from _sqlx_migrations)";
        rows::execute(
            database,
            &format!("delete from _sqlx_migrations where version = {last}"),
        )
        .await;
        let error = database.require_current().await.unwrap_err();
        assert!(matches!(error, Error::Older), "{error}");
        assert!(error.to_string().contains("run `informa migrate`"));
    })
    .await;
}

macro_rules! on_each_engine {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::Engine::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::Engine::Postgres).await; })*
        }
    };
}

on_each_engine! {
    an_empty_database_is_older_until_it_is_migrated,
    a_database_with_an_unknown_migration_is_newer,
    a_database_that_lacks_a_migration_is_older,
}

#[tokio::test]
async fn an_address_of_no_known_engine_is_refused_in_words() {
    for address in ["mysql://localhost/informa", "informa.db", "", "/tmp/informa.db"] {
        let error = Database::open(address, 2).await.unwrap_err();
        assert!(matches!(error, Error::UnknownEngine), "{address}");
        assert!(error.to_string().contains("sqlite:// or postgres://"));
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = Database::open(&format!("sqlite://{}/informa.db", file.display()), 2)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Folder { .. }), "{error}");
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}
