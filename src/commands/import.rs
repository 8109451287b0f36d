// SPDX-License-Identifier: EUPL-1.2
//! Importing files: opens them, shows how far it is, prints what became of them.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail};

use informa::app::App;
use informa::services::import_opportunities::{self, Options, import_opportunities};
use informa::services::import_subscribers::{self, import_subscribers};

use super::progress::Progress;
use super::{Outcome, print, say};

/// How many problems of one sort are printed before the rest is only counted.
const PROBLEMS_SHOWN: usize = 50;

/// Imports opportunities from a file or an address.
pub(super) async fn opportunities(
    app: &App,
    file: &str,
    source: Option<&str>,
    publish: bool,
    notify: bool,
) -> Result<Outcome> {
    let options = Options {
        source,
        publish,
        notify,
    };
    let report = if file.starts_with("https://") || file.starts_with("http://") {
        let text = informa::outbound::fetch(file, app.config.push_allow_loopback).await?;
        let mut progress = Progress::new("lines", count(text.lines()));
        let lines = text.lines().map(|line| Ok(line.to_owned()));
        let report = import_opportunities(app, lines, options, || progress.step()).await?;
        progress.finish();
        report
    } else {
        let path = Path::new(file);
        let mut progress = Progress::new("lines", count(open(path)?.lines()));
        let report = import_opportunities(app, open(path)?.lines(), options, || progress.step()).await?;
        progress.finish();
        report
    };
    print_opportunities(&report)
}

fn open(file: &Path) -> Result<BufReader<File>> {
    let opened = File::open(file).with_context(|| format!("{} cannot be opened", file.display()))?;
    if opened.metadata()?.is_dir() {
        bail!("{} is a folder: name a file of JSON Lines", file.display());
    }
    Ok(BufReader::new(opened))
}

fn count<T>(lines: impl Iterator<Item = T>) -> u64 {
    u64::try_from(lines.count()).unwrap_or(u64::MAX)
}

fn print_opportunities(report: &import_opportunities::Report) -> Result<Outcome> {
    print(&format!("lines: {}", report.lines))?;
    print(&format!(
        "added: {}, changed: {}, unchanged: {}",
        report.added, report.changed, report.unchanged
    ))?;
    print(&format!(
        "published: {}, published past their deadline and so closed: {}, kept as drafts: {}",
        report.published, report.closed, report.kept_as_drafts
    ))?;
    if let Some(batch) = report.batch {
        print(&format!(
            "batch: {batch} (what becomes of it: informa deliveries --batch {batch})"
        ))?;
    }
    problems("remarks", &report.remarks);
    if !report.unmapped.is_empty() {
        print(&format!("values that no table knows: {}", report.unmapped.len()))?;
        for ((facet, value), count) in &report.unmapped {
            print(&format!("  {facet}: {value:?} × {count}"))?;
        }
    }
    Ok(problems("lines that could not be used", &report.bad_lines))
}

/// Imports subscribers from a file.
pub(super) async fn subscribers(app: &App, file: &Path) -> Result<Outcome> {
    let mut progress = Progress::new("lines", count(open(file)?.lines()));
    let report = import_subscribers(app, open(file)?.lines(), || progress.step()).await?;
    progress.finish();
    print_subscribers(&report)
}

fn print_subscribers(report: &import_subscribers::Report) -> Result<Outcome> {
    print(&format!("lines: {}", report.lines))?;
    print(&format!(
        "added: {}, updated: {}, unchanged: {}, chosen later by the person: {}, left: {}",
        report.added, report.updated, report.unchanged, report.chosen_later, report.left
    ))?;
    problems("remarks", &report.remarks);
    Ok(problems("lines that could not be used", &report.bad_lines))
}

/// Tells what went wrong, by line; partial success when anything did.
fn problems(what: &str, problems: &[(u64, String)]) -> Outcome {
    if problems.is_empty() {
        return Outcome::Complete;
    }
    say(&format!("{what}: {}", problems.len()));
    for (number, problem) in problems.iter().take(PROBLEMS_SHOWN) {
        say(&format!("  line {number}: {problem}"));
    }
    if problems.len() > PROBLEMS_SHOWN {
        say(&format!("  … and {} more", problems.len() - PROBLEMS_SHOWN));
    }
    Outcome::Partial
}
