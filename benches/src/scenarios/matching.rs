// SPDX-License-Identifier: EUPL-1.2
//! Matching and fan-out beside a bare `insert … select` of the same rows, the count of an audience, and how they grow.
//!
//! The bare statement writes the same rows into the same tables, with their keys and indexes, in one transaction, from
//! copies without any. Each round publishes a new call and takes away afterwards what it led to.

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use informa::domain::ids::{OpportunityId, ProfileId};
use informa::services::fan_out::fan_out;
use informa::services::preview_audience::count_audience;
use informa::storage::audience::{self, Range, Which};

use crate::Settings;
use crate::call::{Audience, draft, publish};
use crate::installation::{Engine, Installation, Ports};
use crate::population::{self, Reach};
use crate::table::{Asked, Figure, median};

/// How many profiles there are, one size after the other.
const SIZES: [u64; 2] = [100_000, 1_000_000];

/// How many there are at last on SQLite, where only matching is measured.
const LARGEST: u64 = 10_000_000;

/// How many milliseconds an editor waits for the count of an audience at most.
const COUNT_LIMIT: f64 = 300.0;

/// As many profile ids as the program itself takes in one transaction.
const IDS_A_RANGE: i64 = 50_000;

/// What was measured at one size: one value a round, in milliseconds.
#[derive(Default, Clone)]
struct Times {
    size: u64,
    concerned: u64,
    fan_out: Vec<f64>,
    bare: Vec<f64>,
    count: Vec<f64>,
    matching: Vec<f64>,
}

/// Both engines in turn, at each size.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let sqlite = Installation::make(Engine::Sqlite, Ports::default()).await?;
    let postgres = Installation::make(Engine::Postgres, Ports::default()).await?;
    let mut measured = [Vec::new(), Vec::new()];
    let mut people = 0;
    for full in SIZES {
        let size = settings.size(full);
        let mut times = [Times::default(), Times::default()];
        for (installation, times) in [&sqlite, &postgres].into_iter().zip(&mut times) {
            eprintln!("  {size} profiles on {} …", installation.engine.name());
            population::add(installation, people, signed(size), Reach::Spread).await?;
            times.size = size;
        }
        for _ in 0..settings.rounds {
            measure_round(&sqlite, &mut times[0]).await?;
            measure_round(&postgres, &mut times[1]).await?;
        }
        people = signed(size);
        for (kept, times) in measured.iter_mut().zip(times) {
            kept.push(times);
        }
    }
    postgres.remove().await?;
    let size = settings.size(LARGEST);
    eprintln!("  {size} profiles on SQLite …");
    population::add(&sqlite, people, signed(size), Reach::Nowhere).await?;
    let mut times = Times {
        size,
        ..Times::default()
    };
    for _ in 0..settings.rounds.min(3) {
        let id = draft(&sqlite, Audience::Tenth).await?;
        times.matching.push(match_alone(&sqlite, id, size).await?);
        remove_matches(&sqlite, id).await?;
    }
    measured[0].push(times);
    sqlite.remove().await?;
    Ok(figures(&measured))
}

/// Counts, matches, fans out, and writes the same rows bare.
async fn measure_round(installation: &Installation, times: &mut Times) -> Result<()> {
    let app = &installation.app;
    let id = draft(installation, Audience::Tenth).await?;
    let begun = Instant::now();
    let counted = count_audience(app, id)
        .await
        .map_err(|error| anyhow!("counting: {error}"))?;
    times.count.push(milliseconds(begun));
    if installation.engine == Engine::Sqlite {
        times.matching.push(match_alone(installation, id, times.size).await?);
        remove_matches(installation, id).await?;
    }
    publish(installation, id).await?;
    let begun = Instant::now();
    let added = fan_out(app).await.map_err(|error| anyhow!("fan-out: {error}"))?;
    times.fan_out.push(milliseconds(begun));
    let concerned: i64 = counted.iter().map(|(_, count)| count).sum();
    ensure!(
        added.matches == concerned.unsigned_abs(),
        "the count and the matches differ"
    );
    times.concerned = added.matches;
    copy_rows(installation, id).await?;
    remove_rows(installation, id).await?;
    let begun = Instant::now();
    let written = installation
        .execute(&[
            "insert into matches select * from bench_matches",
            "insert into notifications select * from bench_notifications",
        ])
        .await?;
    times.bare.push(milliseconds(begun));
    ensure!(
        written == added.matches + added.notifications,
        "the bare rows are others"
    );
    remove_rows(installation, id).await
}

/// The matching statement over all ranges, as fan-out runs it, and nothing that follows from it.
async fn match_alone(installation: &Installation, id: OpportunityId, size: u64) -> Result<f64> {
    let app = &installation.app;
    let begun = Instant::now();
    let mut above = 0;
    while above < signed(size) {
        let range = Range {
            above: ProfileId(above),
            up_to: ProfileId(above + IDS_A_RANGE),
        };
        let mut transaction = app.database.begin().await?;
        audience::insert_matches(&mut transaction, id, range, Which::Silently, app.now()).await?;
        transaction.commit().await?;
        above += IDS_A_RANGE;
    }
    Ok(milliseconds(begun))
}

async fn copy_rows(installation: &Installation, id: OpportunityId) -> Result<()> {
    let matches = format!("create table bench_matches as select * from matches where opportunity_id = {id}");
    let notifications = format!(
        "create table bench_notifications as select * from notifications
         where occasion_id in (select id from occasions where opportunity_id = {id})"
    );
    let statements = [
        "drop table if exists bench_matches",
        "drop table if exists bench_notifications",
        &matches,
        &notifications,
    ];
    installation.execute(&statements).await.map(drop)
}

async fn remove_rows(installation: &Installation, id: OpportunityId) -> Result<()> {
    let notifications = format!(
        "delete from notifications where occasion_id in (select id from occasions where opportunity_id = {id})"
    );
    installation.execute(&[&notifications]).await?;
    remove_matches(installation, id).await
}

async fn remove_matches(installation: &Installation, id: OpportunityId) -> Result<()> {
    let matches = format!("delete from matches where opportunity_id = {id}");
    installation.execute(&[&matches]).await?;
    installation.settle().await
}

fn figures(measured: &[Vec<Times>; 2]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (engine, sizes) in Engine::BOTH.into_iter().zip(measured) {
        for times in sizes.iter().filter(|it| !it.fan_out.is_empty()) {
            figures.extend(figures_at(engine, times));
        }
        for pair in sizes.windows(2) {
            for (what, of) in [
                ("match + fan-out", (|it| &it.fan_out) as fn(&Times) -> &Vec<f64>),
                ("audience count", |it| &it.count),
                ("matching alone", |it| &it.matching),
            ] {
                figures.extend(growth(engine, what, &pair[0], &pair[1], of));
            }
        }
    }
    figures
}

fn figures_at(engine: Engine, times: &Times) -> [Figure; 2] {
    let size = times.size;
    let fan_out = Figure {
        name: format!("match + fan-out, {size} profiles, {} concerned", times.concerned),
        engine: engine.name(),
        unit: "ms",
        values: times.fan_out.clone(),
        bound: "bare insert … select of the same rows".to_owned(),
        bounds: times.bare.clone(),
        asked: Asked::AtMost(3.0),
    };
    let count = Figure {
        name: format!("audience count, {size} profiles"),
        engine: engine.name(),
        unit: "ms",
        values: times.count.clone(),
        bound: "limit".to_owned(),
        bounds: vec![COUNT_LIMIT],
        asked: Asked::AtMost(1.0),
    };
    [fan_out, count]
}

/// The exponent of growth between two sizes: 1 is linear.
fn growth(engine: Engine, what: &str, small: &Times, large: &Times, of: fn(&Times) -> &Vec<f64>) -> Option<Figure> {
    let (before, after) = (median(of(small)), median(of(large)));
    if before == 0.0 || after == 0.0 {
        return None;
    }
    let exponent = (after / before).ln() / (large.size as f64 / small.size as f64).ln();
    Some(Figure {
        name: format!("exponent of {what}, {} to {} profiles", small.size, large.size),
        engine: engine.name(),
        unit: "",
        values: vec![exponent],
        bound: "linear".to_owned(),
        bounds: vec![1.0],
        asked: Asked::AtMost(LINEAR),
    })
}

/// What still counts as linear: caches that no longer hold everything cost something too.
const LINEAR: f64 = 1.1;

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
