// SPDX-License-Identifier: EUPL-1.2
//! How far long work has come: a bar on a terminal, a plain line now and then otherwise.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::say;

/// How many steps lie between two plain lines.
const STEPS_A_LINE: u64 = 5_000;

/// Shows how far something has come.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    done: u64,
    all: u64,
}

impl Progress {
    /// Progress of `all` steps, each one of `what`.
    pub(super) fn new(what: &'static str, all: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(all));
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}")) {
            bar.set_style(style);
            bar.set_message(what);
        }
        Self {
            bar,
            what,
            done: 0,
            all,
        }
    }

    /// One step more.
    pub(super) fn step(&mut self) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if self.done.is_multiple_of(STEPS_A_LINE) => {
                say(&format!("{} of {} {}", self.done, self.all, self.what));
            }
            None => {}
        }
    }

    /// The end.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
