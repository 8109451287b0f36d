// SPDX-License-Identifier: EUPL-1.2
//! How fast `informa` is, each figure beside the bare bound of the same work in the same run, so that a ratio is what is
//! quoted and not a stopwatch.
//!
//! `make bench` runs it by `benches/run.sh`. Each scenario is a file of `scenarios`; the other sides (`push_sink`,
//! `smtp_sink`) are this program again, in processes of their own.

mod call;
mod certificate;
mod installation;
mod load;
mod peers;
mod population;
mod program;
mod push_sink;
mod scenarios;
mod sink;
mod smtp_sink;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::scenarios::Scenario;

#[derive(Parser)]
#[command(about = "Measures informa beside the bare bound of each figure")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an authority and a certificate in FOLDER
    Certificate {
        /// Where to
        folder: PathBuf,
    },
    /// Accept pushes and count them
    PushSink {
        /// Where the certificate is
        folder: PathBuf,
    },
    /// Accept mails and count them
    SmtpSink {
        /// How many milliseconds each reply is held back
        #[arg(long, default_value_t = 0)]
        delay: u64,
    },
    /// Measure and print the table
    Run(Settings),
}

/// What is measured, and how large.
#[derive(Args, Clone)]
pub struct Settings {
    /// Which scenario; all of them unless told otherwise
    #[arg(value_enum)]
    pub scenario: Option<Scenario>,
    /// How often each measure is repeated
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// What every size is multiplied with: less than 1 for a quick look
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// The folder of the certificate and of the results
    #[arg(long, default_value = "target/bench")]
    pub folder: PathBuf,
    /// The program, for measures of its memory
    #[arg(long, default_value = "target/release/informa")]
    pub program: PathBuf,
    /// The folder of the peers
    #[arg(long, default_value = "benches/peers")]
    pub peers: PathBuf,
}

impl Settings {
    /// `full`, made smaller as asked, and never nothing.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are far from the limits"
    )]
    pub fn size(&self, full: u64) -> u64 {
        ((full as f64 * self.scale) as u64).max(100)
    }
}

fn main() -> Result<()> {
    match CommandLine::parse().command {
        Command::Certificate { folder } => certificate::make(&folder),
        Command::PushSink { folder } => push_sink::serve(&folder),
        Command::SmtpSink { delay } => smtp_sink::serve(Duration::from_millis(delay)),
        Command::Run(settings) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(scenarios::run(&settings))
        }
    }
}
