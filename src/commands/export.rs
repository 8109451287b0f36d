// SPDX-License-Identifier: EUPL-1.2
//! Printing what there is: opportunities, audiences, made-up subscribers. JSON comes a line each.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use informa::app::App;
use informa::domain::ids::{OpportunityId, ProfileId};
use informa::services::generate_subscribers::Generator;
use informa::services::import_subscribers::BrowserRecord;
use informa::services::preview_audience::{list_audience, preview_audience};
use informa::services::read_status::read_status;
use informa::services::show_opportunity::{list_opportunities, show_opportunity};

use super::progress::Progress;
use super::{Outcome, print};

/// How many lines are read at a time.
const A_PAGE: i64 = 1_000;

/// Prints one opportunity.
pub(super) async fn opportunity(app: &App, id: OpportunityId, json: bool) -> Result<Outcome> {
    let shown = show_opportunity(app, id)
        .await
        .with_context(|| format!("opportunity {id}"))?;
    let text = if json {
        serde_json::to_string(&shown)?
    } else {
        serde_json::to_string_pretty(&shown)?
    };
    print(&text)?;
    Ok(Outcome::Complete)
}

/// Prints a line for each opportunity.
pub(super) async fn opportunities(app: &App, json: bool) -> Result<Outcome> {
    let mut after = OpportunityId(0);
    loop {
        let lines = list_opportunities(app, after, A_PAGE).await?;
        let Some(last) = lines.last() else {
            return Ok(Outcome::Complete);
        };
        after = last.id;
        for line in &lines {
            let source = line.source.as_deref().unwrap_or("-");
            let key = line.source_id.as_deref().unwrap_or("-");
            let plain = || format!("{}\t{source}\t{key}\t{}", line.id, line.status);
            print(&if json { serde_json::to_string(line)? } else { plain() })?;
        }
    }
}

/// Prints how many there are of everything.
pub(super) async fn status(app: &App, json: bool) -> Result<Outcome> {
    let status = read_status(app).await?;
    if json {
        print(&serde_json::to_string(&status)?)?;
        return Ok(Outcome::Complete);
    }
    print(&format!(
        "matches: {}, publications still to be matched: {}",
        status.matches, status.unmatched
    ))?;
    for (what, states) in [
        ("opportunities", &status.opportunities),
        ("subscribers", &status.subscribers),
    ] {
        for (state, count) in states {
            print(&format!("{what} {state}: {count}"))?;
        }
    }
    for (channel, states) in &status.notifications {
        for (state, count) in states {
            print(&format!("notifications {channel} {state}: {count}"))?;
        }
    }
    Ok(Outcome::Complete)
}

/// Prints whom an opportunity concerns.
pub(super) async fn audience(app: &App, id: OpportunityId, list: bool, json: bool) -> Result<Outcome> {
    if list {
        return list_profiles(app, id, json).await;
    }
    let found = preview_audience(app, id)
        .await
        .with_context(|| format!("opportunity {id}"))?;
    if json {
        let by_kind: serde_json::Map<String, serde_json::Value> = found
            .by_kind
            .iter()
            .map(|(kind, count)| (kind.code().to_owned(), (*count).into()))
            .collect();
        print(&serde_json::json!({ "count": found.total, "by_kind": by_kind }).to_string())?;
    } else {
        print(&found.total.to_string())?;
    }
    Ok(Outcome::Complete)
}

async fn list_profiles(app: &App, id: OpportunityId, json: bool) -> Result<Outcome> {
    let mut after = ProfileId(0);
    loop {
        let (concerned, last) = list_audience(app, id, after, A_PAGE)
            .await
            .with_context(|| format!("opportunity {id}"))?;
        for profile in &concerned {
            let email = profile.email.as_deref().unwrap_or("-");
            let plain = || format!("{email}\t{}\t{}", profile.kind.code(), profile.reasons.join(", "));
            print(&if json { serde_json::to_string(profile)? } else { plain() })?;
        }
        match last {
            Some(last) => after = last,
            None => return Ok(Outcome::Complete),
        }
    }
}

/// Writes made-up subscribers.
pub(super) fn generated_subscribers(
    app: &App,
    number: u64,
    seed: u64,
    output: Option<&Path>,
    push_subscriptions: Option<&Path>,
) -> Result<Outcome> {
    let mut browsers = push_subscriptions
        .map(read_browsers)
        .transpose()?
        .unwrap_or_default()
        .into_iter();
    let vocabulary = app.vocabulary();
    let generator = Generator::new(&vocabulary, seed);
    let mut writer: Box<dyn Write> = match output {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let mut progress = Progress::new("subscribers", number);
    for person in 1..=number {
        let record = generator.person(person, browsers.next());
        writeln!(writer, "{}", serde_json::to_string(&record)?)?;
        progress.step();
    }
    writer.flush()?;
    progress.finish();
    Ok(Outcome::Complete)
}

fn read_browsers(file: &Path) -> Result<Vec<BrowserRecord>> {
    let opened = File::open(file).with_context(|| format!("{} cannot be opened", file.display()))?;
    let mut browsers = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
        let browser = serde_json::from_str(&line?).with_context(|| format!("line {number} is no push subscription"))?;
        browsers.push(browser);
    }
    Ok(browsers)
}
