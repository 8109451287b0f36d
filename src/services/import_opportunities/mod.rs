// SPDX-License-Identifier: EUPL-1.2
//! Import opportunities from JSON Lines: new ones become drafts, changed ones revisions, known ones stay.
//!
//! Each line is one transaction. A line that cannot be used is reported with its number and the rest goes on; every
//! word that no table knows is counted. What cannot be published as it stands is kept as a draft and reported.

mod content;
mod mapping;
mod record;
mod words;

use crate::app::App;
use crate::domain::ids::BatchId;
use crate::domain::opportunity::{Opportunity, Origin, Status};
use crate::services::json_lines::read_line;
use crate::services::publish_opportunity::{Telling, publish};
use crate::services::revise_published::follow;
use crate::services::save_opportunity::{insert, revise};
use crate::services::{Error, Refusal, Result};
use crate::storage::{Transaction, batches, opportunities, sources};

use content::Read;
use mapping::Mapper;
use record::Record;
use words::Words;

pub use mapping::Unmapped;

/// What is done with what is imported.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The name of the source, for lines that should not be believed about it.
    pub source: Option<&'a str>,
    /// Whether it is published.
    pub publish: bool,
    /// Whether those it concerns are told.
    pub notify: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Lines that hold something.
    pub lines: u64,
    /// New opportunities.
    pub added: u64,
    /// Opportunities that got a revision.
    pub changed: u64,
    /// Opportunities that were known as they are.
    pub unchanged: u64,
    /// Opportunities that are open now and were not before.
    pub published: u64,
    /// Opportunities that were published past their deadline, and so are closed.
    pub closed: u64,
    /// Opportunities kept as drafts although they were to be published.
    pub kept_as_drafts: u64,
    /// What was made in one go, where people are told: for the delivery report.
    pub batch: Option<BatchId>,
    /// Lines that could not be used: number and reason.
    pub bad_lines: Vec<(u64, String)>,
    /// Lines that were used but for something: number and reason.
    pub remarks: Vec<(u64, String)>,
    /// Values that could not be mapped, with how often they occur.
    pub unmapped: Unmapped,
}

impl Report {
    fn telling(&self) -> Telling {
        self.batch.map_or(Telling::Nobody, Telling::Batch)
    }
}

/// Imports the lines of a file. `progress` is called after each.
///
/// # Errors
/// What the database says; lines imported before stay imported.
pub async fn import_opportunities(
    app: &App,
    lines: impl Iterator<Item = std::io::Result<String>>,
    options: Options<'_>,
    mut progress: impl FnMut(),
) -> Result<Report> {
    let (vocabulary, words) = (app.vocabulary(), Words::built_in()?);
    let mut mapper = Mapper::new(&vocabulary, &words);
    let mut report = Report {
        batch: begin_batch(app, options).await?,
        ..Report::default()
    };
    for (number, line) in (1..).zip(lines) {
        match line {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                report.lines += 1;
                import_line(app, &mut mapper, &line, number, options, &mut report).await?;
            }
            Err(error) => {
                report.lines += 1;
                report.bad_lines.push((number, format!("cannot be read: {error}")));
            }
        }
        progress();
    }
    report.unmapped = mapper.unmapped;
    app.wake_jobs();
    Ok(report)
}

/// Where people are told, one report covers everything that they are told of.
async fn begin_batch(app: &App, options: Options<'_>) -> Result<Option<BatchId>> {
    if !options.notify {
        return Ok(None);
    }
    let mut transaction = app.database.begin().await?;
    let label = options.source.unwrap_or_default();
    let batch = batches::insert(&mut transaction, "import", label, app.now()).await?;
    transaction.commit().await?;
    Ok(Some(batch))
}

async fn import_line(
    app: &App,
    mapper: &mut Mapper<'_>,
    line: &str,
    number: u64,
    options: Options<'_>,
    report: &mut Report,
) -> Result<()> {
    let record: Record = match read_line(line) {
        Ok(record) => record,
        Err(problem) => {
            report.bad_lines.push((number, problem));
            return Ok(());
        }
    };
    let read = match content::read(&record, mapper, app.config.zone) {
        Ok(read) => read,
        Err(problem) => {
            report.bad_lines.push((number, problem));
            return Ok(());
        }
    };
    report
        .remarks
        .extend(read.remarks.iter().map(|remark| (number, remark.clone())));
    let mut transaction = app.database.begin().await?;
    let source = sources::find_or_insert(&mut transaction, options.source.unwrap_or(&record.source)).await?;
    let origin = Origin {
        source,
        source_key: record.source_id,
    };
    let kept = keep(app, &mut transaction, &origin, &read, number, report).await?;
    if options.publish {
        publish_line(app, &mut transaction, &kept, &read, number, report).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Adds the opportunity, or gives it a revision if it says something new. What people can read already is not changed
/// to something doubtful.
async fn keep(
    app: &App,
    transaction: &mut Transaction,
    origin: &Origin,
    read: &Read,
    number: u64,
    report: &mut Report,
) -> Result<Opportunity> {
    let Some(known) = opportunities::find_by_origin(transaction, origin).await? else {
        report.added += 1;
        let id = insert(app, transaction, &read.content, Some(origin), None).await?;
        return opportunities::find(transaction, id).await?.ok_or(Error::NotFound);
    };
    if known.content == read.content {
        report.unchanged += 1;
        return Ok(known);
    }
    if let Some(doubt) = doubt(read).filter(|_| known.status != Status::Draft) {
        report.unchanged += 1;
        report
            .remarks
            .push((number, format!("left as it was published: {doubt}")));
        return Ok(known);
    }
    report.changed += 1;
    revise(app, transaction, known.id, &read.content, None).await?;
    follow(app, transaction, &known, "", report.telling()).await
}

/// Why a record should not be published as it stands.
fn doubt(read: &Read) -> Option<String> {
    let missing: Vec<String> = read.content.unpublishable().iter().map(ToString::to_string).collect();
    read.doubt
        .clone()
        .or_else(|| (!missing.is_empty()).then(|| missing.join(", ")))
}

/// Publishes a draft if it can be; otherwise it stays one, and the report says why.
async fn publish_line(
    app: &App,
    transaction: &mut Transaction,
    kept: &Opportunity,
    read: &Read,
    number: u64,
    report: &mut Report,
) -> Result<()> {
    if kept.status != Status::Draft {
        return Ok(());
    }
    if let Some(doubt) = &read.doubt {
        report.kept_as_drafts += 1;
        report.remarks.push((number, format!("kept as a draft: {doubt}")));
        return Ok(());
    }
    match publish(app, transaction, kept, report.telling()).await {
        Ok(Status::Closed) => report.closed += 1,
        Ok(_) => report.published += 1,
        Err(Error::Refused(Refusal::Publish(refusal))) => {
            report.kept_as_drafts += 1;
            report.remarks.push((number, format!("kept as a draft: {refusal}")));
        }
        Err(other) => return Err(other),
    }
    Ok(())
}
