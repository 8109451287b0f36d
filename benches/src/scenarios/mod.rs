// SPDX-License-Identifier: EUPL-1.2
//! What is measured, one scenario a file, and running them in turn.

mod encryption;
mod everyone;
mod first_notification;
mod mails;
mod matching;
mod memory;
mod pages;
mod profile;
mod pushes;
mod search;

use std::fmt::Write;

use anyhow::Result;
use clap::ValueEnum;

use crate::Settings;
use crate::table::{Figure, render};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Encryption per core.
    Encryption,
    /// Match and fan-out, the count of an audience, and how both grow.
    Matching,
    /// From publication to the first notification.
    FirstNotification,
    /// Pushes per second.
    Pushes,
    /// Mails per second.
    Mails,
    /// As many people as Lombardia Informa has, both channels, one call.
    Everyone,
    /// A million subscribers, a tenth concerned: memory.
    Memory,
    /// Questions to the catalogue.
    Search,
    /// Lists, details and inboxes for many readers at once.
    Pages,
    /// Where the time of the push path goes.
    Profile,
}

/// Runs what is asked for, tells what comes, and keeps the table in `results.md`.
///
/// # Errors
/// The first scenario that fails ends the run; what was measured before is kept.
pub async fn run(settings: &Settings) -> Result<()> {
    let (mut figures, mut profile) = (Vec::new(), String::new());
    for scenario in Scenario::value_variants() {
        if settings.scenario.is_some_and(|asked| asked != *scenario) {
            continue;
        }
        let name = scenario.to_possible_value().map(|it| it.get_name().to_owned());
        eprintln!("measuring {} …", name.unwrap_or_default());
        let measured = match scenario {
            Scenario::Encryption => encryption::measure(settings)?,
            Scenario::Matching => matching::measure(settings).await?,
            Scenario::FirstNotification => first_notification::measure(settings).await?,
            Scenario::Pushes => pushes::measure(settings).await?,
            Scenario::Mails => mails::measure(settings).await?,
            Scenario::Everyone => everyone::measure(settings).await?,
            Scenario::Memory => memory::measure(settings).await?,
            Scenario::Search => search::measure(settings).await?,
            Scenario::Pages => pages::measure(settings).await?,
            Scenario::Profile => {
                profile = profiled(settings).await;
                Vec::new()
            }
        };
        eprint!("{}", render(&measured));
        figures.extend(measured);
        std::fs::write(
            settings.folder.join("results.md"),
            report(settings, &figures) + &profile,
        )?;
    }
    print!("{}{profile}", report(settings, &figures));
    Ok(())
}

/// A profile is told beside the figures; where there is no `perf`, that is said and the figures stand.
async fn profiled(settings: &Settings) -> String {
    match profile::profile(settings).await {
        Ok(text) => text,
        Err(error) => format!("\nLEFT OUT: the profile: {error:#}\n"),
    }
}

/// The table, and on what it was measured.
fn report(settings: &Settings, figures: &[Figure]) -> String {
    let mut text = render(figures);
    let missed = figures.iter().filter(|it| it.is_met() == Some(false)).count();
    let asked = figures.iter().filter(|it| it.is_met().is_some()).count();
    _ = writeln!(
        text,
        "\n{} of {asked} figures reach what is asked of them.",
        asked - missed
    );
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    _ = writeln!(
        text,
        "{cores} cores ({}), shared with the sinks and PostgreSQL; sizes × {}.",
        processor(),
        settings.scale
    );
    text
}

fn processor() -> String {
    let information = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = information.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.and_then(|rest| rest.split_once(": "));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned())
}
