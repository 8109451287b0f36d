// SPDX-License-Identifier: EUPL-1.2
//! From publication to the first notification that arrives, over a million profiles, while the rest is being matched.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use informa::jobs::worker::work;

use crate::Settings;
use crate::call::{Audience, draft, publish};
use crate::installation::{Engine, Installation, Ports};
use crate::population::{self, Reach};
use crate::scenarios::pushes::{forget, push_sink};
use crate::sink::{self, Sink};
use crate::table::{Asked, Figure};

/// How many profiles.
const PROFILES: u64 = 1_000_000;

/// How many milliseconds the first one may take.
const LIMIT: f64 = 1000.0;

/// One round: when the first arrived, and when matching was finished, in milliseconds from publication.
struct Round {
    first: f64,
    matched: f64,
}

/// Each engine in turn; the worker is the program's own.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let mut sinks = [push_sink(settings)?, Sink::start(&["smtp-sink"])?];
    let ports = Ports {
        push: sinks[0].port,
        smtp: sinks[1].port,
    };
    let people = settings.size(PROFILES);
    let mut figures = Vec::new();
    for engine in Engine::BOTH {
        let installation = Installation::make(engine, ports).await?;
        population::add(&installation, 0, i64::try_from(people)?, Reach::Spread).await?;
        let mut rounds = Vec::new();
        for _ in 0..settings.rounds {
            rounds.push(measure_round(&installation, &mut sinks).await?);
        }
        installation.remove().await?;
        figures.extend(figures_of(engine, people, &rounds));
    }
    Ok(figures)
}

async fn measure_round(installation: &Installation, sinks: &mut [Sink; 2]) -> Result<Round> {
    for sink in sinks.iter_mut() {
        sink.forget()?;
    }
    let id = draft(installation, Audience::Tenth).await?;
    let app = installation.with_own_stop();
    let worker = tokio::spawn({
        let app = app.clone();
        async move { work(&app).await }
    });
    // Long enough for the worker to sleep, as it does when nothing is due.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let published = sink::now();
    publish(installation, id).await?;
    let unfinished = "select count(*) from occasions where fanned_out_at is null";
    while installation.number(unfinished).await? > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let matched = sink::now();
    let mut first = f64::INFINITY;
    for sink in sinks.iter_mut() {
        let report = sink.wait_for(1, Duration::from_secs(10)).await?;
        first = first.min(report.first);
    }
    app.stopping.cancel();
    let ended = worker.await.context("the worker")?;
    ended.map_err(|error| anyhow!("the worker: {error}"))?;
    forget(installation).await?;
    Ok(Round {
        first: (first - published) * 1000.0,
        matched: (matched - published) * 1000.0,
    })
}

fn figures_of(engine: Engine, people: u64, rounds: &[Round]) -> [Figure; 2] {
    let first: Vec<f64> = rounds.iter().map(|it| it.first).collect();
    let figure = |bound: &str, bounds: Vec<f64>| Figure {
        name: format!("first notification after publication, {people} profiles"),
        engine: engine.name(),
        unit: "ms",
        values: first.clone(),
        bound: bound.to_owned(),
        bounds,
        asked: Asked::AtMost(1.0),
    };
    [
        figure("limit", vec![LIMIT]),
        figure("end of matching", rounds.iter().map(|it| it.matched).collect()),
    ]
}
