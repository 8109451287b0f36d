// SPDX-License-Identifier: EUPL-1.2
//! Lombardia Informa's own size: everyone asked for both channels, and one call concerns them all. From publication to
//! the last acceptance, by the program as it is served, and the memory it takes for that.

use std::time::Duration;

use anyhow::Result;

use crate::Settings;
use crate::call::{Audience, draft, publish};
use crate::installation::{Engine, Installation, Ports};
use crate::population::{self, Reach};
use crate::program::Program;
use crate::scenarios::pushes::push_sink;
use crate::sink::{self, Sink};
use crate::table::{Asked, Figure};

/// Its subscribers in December 2024.
pub const SUBSCRIBERS: u64 = 59_000;

/// How many MiB the program may have resident.
pub const MEMORY_LIMIT: f64 = 64.0;

/// How long nothing may arrive before a run is given up.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Each engine once: what is measured takes long, and is long enough to be steady.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let people = settings.size(SUBSCRIBERS);
    let mut figures = Vec::new();
    for engine in Engine::BOTH {
        let sinks = [push_sink(settings)?, Sink::start(&["smtp-sink"])?];
        let ports = Ports {
            push: sinks[0].port,
            smtp: sinks[1].port,
        };
        let installation = Installation::make(engine, ports).await?;
        population::add(&installation, 0, i64::try_from(people)?, Reach::Both).await?;
        population::add_common_follow(&installation).await?;
        figures.extend(tell_everyone(settings, &installation, sinks, people).await?);
        installation.remove().await?;
    }
    Ok(figures)
}

async fn tell_everyone(
    settings: &Settings,
    installation: &Installation,
    mut sinks: [Sink; 2],
    people: u64,
) -> Result<[Figure; 2]> {
    let program = Program::serve(settings, installation).await?;
    let id = draft(installation, Audience::Everyone).await?;
    let published = sink::now();
    publish(installation, id).await?;
    let mut last = 0.0_f64;
    for sink in &mut sinks {
        last = last.max(sink.wait_for(people, PATIENCE).await?.last);
    }
    let memory = program.peak_memory()?;
    let figure = |name: String, unit, value, limit, asked| Figure {
        name,
        engine: installation.engine.name(),
        unit,
        values: vec![value],
        bound: "limit".to_owned(),
        bounds: vec![limit],
        asked,
    };
    let seconds = last - published;
    Ok([
        Figure {
            bound: "thousands of messages: the ratio is seconds for each".to_owned(),
            ..figure(
                format!("{people} people, both channels, one call: publication to last acceptance"),
                "s",
                seconds,
                people as f64 * 2.0 / 1000.0,
                Asked::Nothing,
            )
        },
        figure(
            format!("peak resident memory while {people} people are told"),
            "MiB",
            memory,
            MEMORY_LIMIT,
            Asked::AtMost(1.0),
        ),
    ])
}
