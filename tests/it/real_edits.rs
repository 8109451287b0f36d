// SPDX-License-Identifier: EUPL-1.2
//! Real edits of real calls, replayed: each gives exactly the occasion that the table states, or none.
//!
//! The edits were seen a year after the first snapshot, when most deadlines of it were past. They are replayed twice: as if
//! made the day after the first snapshot, and on the day of the second.

use std::collections::BTreeMap;
use std::fs;

use chrono::TimeDelta;
use informa::domain::clock::Timestamp;
use informa::services::import_opportunities::{Options, import_opportunities};
use serde_json::{Map, Value, json};

use crate::support::app::{TestApp, run_at};
use crate::support::builders::{a_citizen, at};
use crate::support::database::Engine;
use crate::support::real_data::real_data;
use crate::support::rows;

/// The key of a call, what an edit on the next day makes, and what the same edit makes on the day of the second snapshot.
/// Every call that is not here makes nothing: its title, publisher or address changed, its opening is history, or its new
/// deadline is past and so was the old one. A deadline that people still count on and that is put into the past has closed
/// earlier, also where the register gave the number of one call to another.
const EXPECTED: [(&str, &str, &str); 25] = [
    ("90", "extended", "reopened"),
    ("197", "extended", "reopened"),
    ("205", "corrected", ""),
    ("1000", "extended", "reopened"),
    ("1095", "extended", "reopened"),
    ("1373", "extended", ""),
    ("1769", "deadline_set", ""),
    ("2099", "extended", "reopened"),
    ("2240", "closes_earlier", "closes_earlier"),
    ("2347", "closes_earlier", ""),
    ("2807", "deadline_set", ""),
    ("3750", "closes_earlier", ""),
    ("3830", "closes_earlier", ""),
    ("3843", "extended", ""),
    ("3847", "extended", ""),
    ("3868", "closes_earlier", ""),
    ("3893", "extended", ""),
    ("3894", "extended", ""),
    ("3895", "extended", ""),
    ("3901", "extended", ""),
    ("3937", "closes_earlier", ""),
    ("3941", "closes_earlier", "closes_earlier"),
    ("3942", "closes_earlier", ""),
    ("3943", "closes_earlier", ""),
    ("3945", "closes_earlier", ""),
];

/// What was edited of one call: each field before and after.
#[derive(Default)]
struct Edit {
    seen_first: String,
    seen_then: String,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_next_day_on_sqlite() {
    replay(Engine::Sqlite, When::NextDay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_next_day_on_postgres() {
    replay(Engine::Postgres, When::NextDay).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_second_snapshot_on_sqlite() {
    replay(Engine::Sqlite, When::SecondSnapshot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_second_snapshot_on_postgres() {
    replay(Engine::Postgres, When::SecondSnapshot).await;
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    NextDay,
    SecondSnapshot,
}

async fn replay(engine: Engine, when: When) {
    let Some(folder) = real_data() else { return };
    let edits = read(&fs::read_to_string(folder.join("incentivi/incentivi-changes.csv")).unwrap());
    assert_eq!(edits.len(), 65, "calls that were edited");
    run_at(engine, at("2025-06-28T10:00:00"), async |app| {
        let reader = a_citizen().following(&["everything"]).in_areas(&[]);
        app.subscribe(&reader).await;
        // Of the first snapshot, those that were seen on the same day; then what becomes of them.
        for day in ["2025-06-28", "2025-07-12"] {
            wait_until(app, at(&format!("{day}T10:00:00"))).await;
            let seen: BTreeMap<_, _> = edits.iter().filter(|(_, edit)| edit.seen_first == day).collect();
            import(app, seen.iter().map(|(key, edit)| line(key, &edit.before))).await;
            if when == When::NextDay {
                wait_until(app, at(&format!("{day}T10:00:00")).plus(TimeDelta::days(1))).await;
                import(app, seen.iter().map(|(key, edit)| line(key, &edit.after))).await;
            }
        }
        if when == When::SecondSnapshot {
            wait_until(app, at("2026-06-23T10:00:00")).await;
            assert!(edits.values().all(|edit| edit.seen_then == "2026-06-23"));
            import(app, edits.iter().map(|(key, edit)| line(key, &edit.after))).await;
        }
        let expected: BTreeMap<String, String> = EXPECTED
            .iter()
            .map(|(key, next_day, snapshot)| (*key, if when == When::NextDay { next_day } else { snapshot }))
            .filter(|(_, kind)| !kind.is_empty())
            .map(|(key, kind)| (key.to_owned(), (*kind).to_owned()))
            .collect();
        assert_eq!(follow_ups(app).await, expected);
        let told = app.relay.mails().len();
        let published = rows::integers(
            &app.database,
            "select count(*) from notifications n join occasions o on o.id = n.occasion_id
             where o.kind = 'published' and n.state = 3",
        )
        .await[0][0];
        assert_eq!(
            i64::try_from(told).unwrap() - published,
            i64::try_from(expected.len()).unwrap(),
            "a mail for each"
        );
    })
    .await;
}

async fn wait_until(app: &TestApp, instant: Timestamp) {
    app.advance(instant.since(app.now()));
    app.run_jobs().await;
}

/// The edits by the key of their call.
fn read(csv: &str) -> BTreeMap<String, Edit> {
    let mut edits: BTreeMap<String, Edit> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for record in reader.records() {
        let record = record.unwrap();
        let field = |index: usize| record.get(index).unwrap();
        let edit = edits.entry(field(0).to_owned()).or_default();
        field(4).clone_into(&mut edit.seen_first);
        field(5).clone_into(&mut edit.seen_then);
        let value = |index: usize| {
            Some(field(index))
                .filter(|it| !it.is_empty())
                .map_or(Value::Null, Value::from)
        };
        edit.before.insert(field(1).to_owned(), value(2));
        edit.after.insert(field(1).to_owned(), value(3));
    }
    edits
}

/// A national call with these fields; what an edit says nothing of is the same before and after.
fn line(key: &str, fields: &Map<String, Value>) -> String {
    let mut line = json!({
        "source": "incentivi", "source_id": key, "kind": "call", "title": format!("Incentivo {key}"),
        "territory": {"level": "national", "regions": [], "comuni": [], "istat": []}, "topics": ["Innovazione e ricerca"],
    });
    for (name, value) in fields {
        line[name] = value.clone();
    }
    line.to_string()
}

async fn import(app: &TestApp, lines: impl Iterator<Item = String>) {
    let options = Options {
        source: None,
        publish: true,
        notify: true,
    };
    let report = import_opportunities(app, lines.map(Ok), options, || {}).await.unwrap();
    assert_eq!((report.bad_lines.len(), report.kept_as_drafts), (0, 0), "{report:?}");
    app.run_jobs().await;
}

/// The changes that were told, by the key of their call; more than one of a call are joined.
async fn follow_ups(app: &TestApp) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (key, kind) in rows::texts(
        &app.database,
        "select o.source_key, c.kind from occasions c join opportunities o on o.id = c.opportunity_id
         where c.change is not null order by c.id",
    )
    .await
    {
        let kinds = found.entry(key).or_default();
        if !kinds.is_empty() {
            kinds.push_str(" and ");
        }
        kinds.push_str(&kind);
    }
    found
}
