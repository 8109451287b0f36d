// SPDX-License-Identifier: EUPL-1.2
//! A million subscribers, a tenth of them concerned: the resident memory of the program as it is served, from
//! publication until the last message is accepted.

use anyhow::Result;

use crate::Settings;
use crate::call::{Audience, draft, publish};
use crate::installation::{Engine, Installation, Ports};
use crate::population::{self, Reach};
use crate::program::Program;
use crate::scenarios::everyone::{MEMORY_LIMIT, PATIENCE};
use crate::scenarios::pushes::push_sink;
use crate::sink::Sink;
use crate::table::{Asked, Figure};

/// How many subscribers.
const SUBSCRIBERS: u64 = 1_000_000;

/// Each engine once.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in Engine::BOTH {
        let mut sinks = [push_sink(settings)?, Sink::start(&["smtp-sink"])?];
        let ports = Ports {
            push: sinks[0].port,
            smtp: sinks[1].port,
        };
        let installation = Installation::make(engine, ports).await?;
        let people = settings.size(SUBSCRIBERS);
        population::add(&installation, 0, i64::try_from(people)?, Reach::Spread).await?;
        figures.push(tell(settings, &installation, &mut sinks, people).await?);
        installation.remove().await?;
    }
    Ok(figures)
}

async fn tell(settings: &Settings, installation: &Installation, sinks: &mut [Sink; 2], people: u64) -> Result<Figure> {
    let program = Program::serve(settings, installation).await?;
    let id = draft(installation, Audience::Tenth).await?;
    publish(installation, id).await?;
    let mut before = 0;
    let mut quiet = std::time::Instant::now();
    // Done when matching is, and no row of the ledger is left that could still change.
    let open = "select (select count(*) from occasions where fanned_out_at is null)
        + (select count(*) from notifications where state < 3)";
    while installation.number(open).await? > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        let arrived = sinks[0].report()?.count + sinks[1].report()?.count;
        if arrived > before {
            (before, quiet) = (arrived, std::time::Instant::now());
        }
        anyhow::ensure!(quiet.elapsed() < PATIENCE, "only {arrived} messages arrived");
    }
    let arrived = sinks[0].report()?.count + sinks[1].report()?.count;
    let concerned = installation.number("select count(*) from matches").await?;
    Ok(Figure {
        name: format!("peak resident memory, {people} subscribers, {concerned} concerned, {arrived} messages"),
        engine: installation.engine.name(),
        unit: "MiB",
        values: vec![program.peak_memory()?],
        bound: "limit".to_owned(),
        bounds: vec![MEMORY_LIMIT],
        asked: Asked::AtMost(1.0),
    })
}
