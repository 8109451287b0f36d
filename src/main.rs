// SPDX-License-Identifier: EUPL-1.2
//! The command line. Exit codes: 0 all went well, 1 it failed, 2 the command was not understood, 3 it went well in part.

mod commands;

use std::process::ExitCode;

use clap::Parser;

use commands::{Command, Outcome};

/// Tells people about the public opportunities that concern them, by browser push and e-mail.
///
/// Settings are environment variables; deploy/env.example lists them all.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example: informa demo\n\nWithout a command, informa serves.")]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = CommandLine::parse().command.unwrap_or(Command::Serve);
    match command.run().await {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::from(3),
        Err(error) => {
            commands::say(&format!("informa: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
