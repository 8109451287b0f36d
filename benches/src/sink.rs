// SPDX-License-Identifier: EUPL-1.2
//! The other side of a measure, as a process: started, asked what has arrived, ended with this one.
//!
//! A line on its standard input is a command, a line on its standard output the answer: first its port; then `report`
//! (the count, and when the first and the last arrived) and `message` (the last one, of mails).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// What arrived since the last report was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How many messages.
    pub count: u64,
    /// When the first came, in seconds since 1970; 0 where none has.
    pub first: f64,
    /// When the last came.
    pub last: f64,
}

/// Seconds since 1970: the one clock that two processes share.
#[must_use]
pub fn now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |it| it.as_secs_f64())
}

/// What a sink keeps.
#[derive(Default)]
pub struct Arrivals(Mutex<(Report, Vec<u8>)>);

impl Arrivals {
    /// One more.
    pub fn count(&self) {
        self.count_message(Vec::new());
    }

    /// One more, kept until the next.
    pub fn count_message(&self, message: Vec<u8>) {
        let now = now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0.count += 1;
        kept.0.last = now;
        if kept.0.count == 1 {
            kept.0.first = now;
        }
        kept.1 = message;
    }
}

/// Answers commands until standard input ends.
pub fn answer_commands(arrivals: &Arrivals) {
    for command in std::io::stdin().lines().map_while(Result::ok) {
        let mut kept = arrivals.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match command.as_str() {
            "report" => serde_json::to_string(&kept.0),
            "forget" => {
                kept.0 = Report::default();
                Ok(String::new())
            }
            _ => serde_json::to_string(&String::from_utf8_lossy(&kept.1)),
        };
        println!("{}", answer.unwrap_or_default());
    }
}

/// A sink that runs.
pub struct Sink {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Where it listens on this machine.
    pub port: u16,
}

impl Sink {
    /// Starts this program again with `arguments`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting a sink")?;
        let commands = process.stdin.take().context("the sink's input")?;
        let mut answers = BufReader::new(process.stdout.take().context("the sink's output")?);
        let mut port = String::new();
        answers.read_line(&mut port)?;
        Ok(Self {
            process,
            commands,
            answers,
            port: port.trim().parse().context("the sink's port")?,
        })
    }

    fn ask(&mut self, command: &str) -> Result<String> {
        writeln!(self.commands, "{command}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer)
    }

    /// What has arrived since [`Sink::forget`].
    ///
    /// # Errors
    /// When the sink is gone.
    pub fn report(&mut self) -> Result<Report> {
        Ok(serde_json::from_str(&self.ask("report")?)?)
    }

    /// Counts from zero again.
    ///
    /// # Errors
    /// When the sink is gone.
    pub fn forget(&mut self) -> Result<()> {
        self.ask("forget").map(drop)
    }

    /// The last mail.
    ///
    /// # Errors
    /// When the sink is gone.
    pub fn message(&mut self) -> Result<String> {
        Ok(serde_json::from_str(&self.ask("message")?)?)
    }

    /// Fails unless exactly `expected` messages have arrived, and counts from zero again.
    ///
    /// # Errors
    /// When they have not, or the sink is gone.
    pub async fn require(&mut self, expected: u64) -> Result<()> {
        // What was answered last is counted a moment later by some of those who send.
        let count = self.wait_for(expected, Duration::from_secs(1)).await?.count;
        if count != expected {
            bail!("{count} messages arrived where {expected} were sent");
        }
        self.forget()
    }

    /// Waits until `expected` messages have arrived.
    ///
    /// # Errors
    /// When nothing arrives for `patience`, or the sink is gone.
    pub async fn wait_for(&mut self, expected: u64, patience: Duration) -> Result<Report> {
        let mut seen = 0;
        let mut since = Instant::now();
        loop {
            let report = self.report()?;
            if report.count >= expected {
                return Ok(report);
            }
            if report.count > seen {
                (seen, since) = (report.count, Instant::now());
            } else if since.elapsed() > patience {
                bail!("{seen} of {expected} messages arrived, and then nothing more");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
