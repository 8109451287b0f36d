// SPDX-License-Identifier: EUPL-1.2
//! What became of the notifications of an opportunity or of a batch, as numbers, as CSV, and recipient by recipient.
//!
//! Reads the counters; only the list of recipients reads the ledger, page by page, and tells no address.

use serde::Serialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::delivery_report::DeliveryReport;
use crate::domain::ids::{OccasionId, TargetId};
use crate::services::{Error, Result, spreadsheet};
use crate::storage::delivery_counts::{self, Of};
use crate::storage::notifications::{self, Fate};
use crate::storage::occasions::{self, Telling};
use crate::storage::{batches, opportunities};

/// A delivery report with what is to be known of its occasions.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// What became of the notifications.
    #[serde(flatten)]
    pub report: DeliveryReport,
    /// How many occasions it covers.
    pub occasions: i64,
    /// Of how many it is still being found out whom they concern.
    pub being_matched: i64,
    /// Whether who was told is no longer kept, for one of them at least.
    pub is_folded: bool,
}

/// The report.
///
/// # Errors
/// [`Error::NotFound`] when there is no such opportunity or batch.
pub async fn delivery_report(app: &App, of: Of) -> Result<Shown> {
    let mut transaction = app.database.read().await?;
    let exists = match of {
        Of::Opportunity(id) => opportunities::find(&mut transaction, id).await?.is_some(),
        Of::Batch(id) => batches::find(&mut transaction, id).await?.is_some(),
        Of::Occasion(_) => true,
    };
    if !exists {
        return Err(Error::NotFound);
    }
    let lines = delivery_counts::lines(&mut transaction, of).await?;
    let waits = delivery_counts::waits(&mut transaction, of).await?;
    let Telling {
        occasions,
        being_matched,
        folded,
    } = occasions::telling(&mut transaction, of).await?;
    Ok(Shown {
        report: DeliveryReport::new(&lines, &waits),
        occasions,
        being_matched,
        is_folded: folded > 0,
    })
}

/// What a report is of, as a word and a number: for file names and the audit log.
#[must_use]
pub fn word_of(of: Of) -> String {
    match of {
        Of::Opportunity(id) => id.to_string(),
        Of::Batch(id) => format!("batch-{id}"),
        Of::Occasion(id) => format!("occasion-{id}"),
    }
}

/// The numbers as CSV (RFC 4180): a line for each channel, state and reason.
///
/// # Errors
/// When it cannot be written, which memory always can.
pub fn as_csv(report: &DeliveryReport) -> Result<String> {
    let mut rows = vec![["channel", "state", "reason", "count"].map(str::to_owned)];
    for (channel, tally) in &report.channels {
        let mut add = |state: &str, reason: &str, count: i64| {
            rows.push([
                channel.code().to_owned(),
                state.to_owned(),
                reason.to_owned(),
                count.to_string(),
            ]);
        };
        add("owed", "", tally.owed);
        add("open", "", tally.open);
        add("retrying", "", tally.retrying);
        for ending in &tally.endings {
            add(ending.state.code(), &ending.reason, ending.count);
        }
    }
    spreadsheet::table(&rows)
}

/// The first line of the list of recipients.
///
/// # Errors
/// When it cannot be written, which memory always can.
pub fn recipients_header() -> Result<String> {
    spreadsheet::table(&[[
        "occasion",
        "target",
        "channel",
        "state",
        "reason",
        "attempts",
        "published",
        "finished",
    ]
    .map(str::to_owned)])
}

/// How many recipients are read at a time.
const RECIPIENTS_A_PAGE: i64 = 5_000;

/// Where a page of recipients ends.
pub type Place = (OccasionId, TargetId);

/// Before the first recipient.
pub const START: Place = (OccasionId(0), TargetId(0));

/// A page of the list of recipients above `after` as CSV, and where it ends; `None` after the last. A recipient is the
/// number of a mailbox or a browser, never an address.
///
/// # Errors
/// What the database says.
pub async fn recipients_page(app: &App, of: Of, after: Place) -> Result<Option<(String, Place)>> {
    let mut transaction = app.database.read().await?;
    let fates = notifications::fates(&mut transaction, of, after, RECIPIENTS_A_PAGE).await?;
    drop(transaction);
    let Some(last) = fates.last() else {
        return Ok(None);
    };
    let place = (last.occasion_id, last.target_id);
    let rows: Vec<[String; 8]> = fates.iter().map(row_of).collect();
    Ok(Some((spreadsheet::table(&rows)?, place)))
}

fn row_of(fate: &Fate) -> [String; 8] {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    [
        fate.occasion_id.to_string(),
        fate.target_id.to_string(),
        fate.channel.code().to_owned(),
        fate.state.code().to_owned(),
        fate.reason.clone().unwrap_or_default(),
        fate.attempts.to_string(),
        time(fate.opened_at),
        time(fate.finished_at),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery_report::{Counted, Line};
    use crate::domain::notification::Channel;

    #[test]
    fn a_reason_is_never_a_formula() {
        let line = |counted, reason: &str| Line {
            channel: Channel::Email,
            counted,
            reason: reason.to_owned(),
            count: 1,
        };
        let lines = [
            line(Counted::Owed, ""),
            line(Counted::Failed, "=HYPERLINK(\"https://example.org\")"),
        ];
        let text = as_csv(&DeliveryReport::new(&lines, &[])).unwrap();
        assert_eq!(
            text,
            "channel,state,reason,count\r\nemail,owed,,1\r\nemail,open,,0\r\nemail,retrying,,0\r\n\
             email,failed,\"'=HYPERLINK(\"\"https://example.org\"\")\",1\r\n"
        );
    }
}
