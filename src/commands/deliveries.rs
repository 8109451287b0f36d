// SPDX-License-Identifier: EUPL-1.2
//! The delivery report on the command line, and trying again what failed.

use anyhow::{Context, Result};
use clap::Args;

use informa::app::App;
use informa::domain::delivery_report::{DeliveryReport, Tally};
use informa::domain::ids::{BatchId, OpportunityId};
use informa::services::delivery_report::{as_csv, delivery_report};
use informa::services::retry_failed::retry_failed;
use informa::storage::delivery_counts::Of;

use super::{Outcome, print};

/// What is asked about: one opportunity, or everything that was made in one go.
#[derive(Debug, Clone, Copy, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The id of the opportunity
    id: Option<OpportunityId>,
    /// Everything that one import told people of, by the number that it printed
    #[arg(long, value_name = "BATCH")]
    batch: Option<BatchId>,
}

impl Which {
    fn of(self) -> Result<(Of, String)> {
        let opportunity = self.id.map(|id| (Of::Opportunity(id), format!("opportunity {id}")));
        let batch = self.batch.map(|id| (Of::Batch(id), format!("batch {id}")));
        opportunity.or(batch).context("name an opportunity or a batch")
    }
}

/// Prints the report.
pub(super) async fn report(app: &App, which: Which, json: bool, csv: bool) -> Result<Outcome> {
    let (of, name) = which.of()?;
    let shown = delivery_report(app, of).await.with_context(|| name.clone())?;
    if json {
        print(&serde_json::to_string(&shown)?)?;
    } else if csv {
        print(as_csv(&shown.report)?.trim_end())?;
    } else {
        if shown.being_matched > 0 {
            print("whom it concerns is still being found out: the numbers grow")?;
        }
        in_words(&shown.report, &name)?;
    }
    Ok(Outcome::Complete)
}

fn in_words(report: &DeliveryReport, name: &str) -> Result<()> {
    if report.channels.is_empty() {
        return print(&format!("{name}: nothing was owed to anybody"));
    }
    for (channel, tally) in &report.channels {
        print(&format!(
            "{}: owed {}, sent {}, open {} (retrying {}), failed {}, expired {}, suppressed {}",
            channel.code(),
            tally.owed,
            tally.sent,
            tally.open,
            tally.retrying,
            tally.failed,
            tally.expired,
            tally.suppressed
        ))?;
        endings(tally)?;
    }
    Ok(())
}

fn endings(tally: &Tally) -> Result<()> {
    for ending in tally.endings.iter().filter(|ending| !ending.reason.is_empty()) {
        print(&format!(
            "  {} {}: {}",
            ending.state.code(),
            ending.reason,
            ending.count
        ))?;
    }
    if let Some((half, most)) = tally.half_within_ms.zip(tally.most_within_ms) {
        print(&format!(
            "  accepted after publication: half within {half} ms, 95 of 100 within {most} ms"
        ))?;
    }
    Ok(())
}

/// Takes up again what failed.
pub(super) async fn retry(app: &App, which: Which) -> Result<Outcome> {
    let (of, name) = which.of()?;
    delivery_report(app, of).await.with_context(|| name.clone())?;
    let taken_up = retry_failed(app, None, of).await?;
    print(&format!("{name}: {taken_up} notifications are tried again"))?;
    Ok(Outcome::Complete)
}
