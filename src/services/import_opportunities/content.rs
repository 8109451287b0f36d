// SPDX-License-Identifier: EUPL-1.2
//! From a record to content: texts without stray white space, dates as instants, money in cents.
//!
//! A date that cannot be read is never dropped: its words are kept in the note, and the item waits as a draft.

use chrono::{Datelike, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use crate::domain::clock::Timestamp;
use crate::domain::local_time::{end_of_day, instant_of, start_of_day};
use crate::domain::opportunity::{Amount, Content, Document};
use crate::services::import_opportunities::mapping::Mapper;
use crate::services::import_opportunities::record::{self, Record};

/// What was read of a record.
#[derive(Debug)]
pub(super) struct Read {
    /// The content.
    pub content: Content,
    /// What was passed over.
    pub remarks: Vec<String>,
    /// Why it should not be published unseen.
    pub doubt: Option<String>,
}

/// Closing dates from this year on are placeholders for "no deadline".
const PLACEHOLDER_YEAR: i32 = 2050;

/// Reads a record.
///
/// # Errors
/// In words, why the record cannot be used at all.
pub(super) fn read(record: &Record, mapper: &mut Mapper<'_>, zone: Tz) -> Result<Read, String> {
    let kind = mapper.kind(record).ok_or_else(|| {
        format!(
            "has the kind {:?}, which no table knows: add it to kinds.csv, or use call, service, news, event or alert",
            record.kind
        )
    })?;
    if record.source.trim().is_empty() || record.source_id.trim().is_empty() {
        return Err("has no source or source_id: without them a second import could not know it again".to_owned());
    }
    let title = one_line(&record.title);
    if title.is_empty() {
        return Err("has no title".to_owned());
    }
    let dates = Dates::read(record, zone);
    let mut remarks = dates.remarks;
    let link = link("url", record.url.as_deref(), &mut remarks);
    let documents = documents(&record.documents, &mut remarks);
    let content = Content {
        kind,
        title,
        summary: lines(record.summary.as_deref()),
        body: lines(record.body.as_deref()),
        publisher: one_line(record.publisher.as_deref().unwrap_or_default()),
        link,
        documents,
        place: one_line(record.place.as_deref().unwrap_or_default()),
        dates_note: [lines(record.dates_note.as_deref()), dates.note]
            .join(" ")
            .trim()
            .to_owned(),
        opens_at: dates.opens,
        closes_at: dates.closes,
        amount: record.amount.map(amount).unwrap_or_default(),
        criteria: mapper.criteria(record),
    };
    Ok(Read {
        content,
        remarks,
        doubt: dates.doubt,
    })
}

#[derive(Debug, Default)]
struct Dates {
    opens: Option<Timestamp>,
    closes: Option<Timestamp>,
    note: String,
    remarks: Vec<String>,
    doubt: Option<String>,
}

impl Dates {
    fn read(record: &Record, zone: Tz) -> Self {
        let mut dates = Self::default();
        let (opens, opens_time) = dates.date("opens", record.opens.as_deref()).unzip();
        let (closes, closes_time) = dates.date("closes", record.closes.as_deref()).unzip();
        let closes = closes.filter(|date| date.year() < PLACEHOLDER_YEAR);
        let start = dates
            .time("start_time", record.start_time.as_deref())
            .or(opens_time.flatten());
        let end = dates
            .time("end_time", record.end_time.as_deref())
            .or(closes_time.flatten());
        dates.opens = opens.map(|date| match start {
            Some(time) => instant_of(date.and_time(time), zone),
            None => start_of_day(date, zone),
        });
        dates.closes =
            closes.map(
                |date| match end.filter(|end| opens != Some(date) || start.is_none_or(|start| *end > start)) {
                    Some(time) => instant_of(date.and_time(time), zone),
                    None => end_of_day(date, zone),
                },
            );
        dates
    }

    /// A date, and the time that is written with it: `2026-07-20` or `2026-07-20T16:00`. Midnight says nothing.
    fn date(&mut self, field: &'static str, text: Option<&str>) -> Option<(NaiveDate, Option<NaiveTime>)> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let (day, time) = text
            .split_once('T')
            .map_or((text, None), |(day, time)| (day, Some(time)));
        let time = time.map(clock_time);
        let read = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
        let read = read.zip(time.map_or(Some(None), |time| time.map(Some)));
        if read.is_none() {
            let sentence = format!("{field}: cannot read the date {text:?} (expected YYYY-MM-DD)");
            self.note = format!("{} {field}: {text}.", self.note);
            self.doubt = Some(sentence);
        }
        read.map(|(date, time)| (date, time.filter(|time| *time != NaiveTime::MIN)))
    }

    fn time(&mut self, field: &'static str, text: Option<&str>) -> Option<NaiveTime> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let time = clock_time(text);
        if time.is_none() {
            self.remarks.push(format!(
                "{field}: cannot read the time {text:?} (expected HH:MM); the whole day is meant"
            ));
        }
        time
    }
}

/// A time of day without a zone: `16:00` or `16:00:00`.
fn clock_time(text: &str) -> Option<NaiveTime> {
    let formats = ["%H:%M", "%H:%M:%S"];
    formats
        .iter()
        .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
}

/// An address that a reader can safely be sent to.
fn link(field: &str, text: Option<&str>, remarks: &mut Vec<String>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let link = url::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    if link.is_none() {
        remarks.push(format!("{field}: {text:?} is no http or https address; left out"));
    }
    link.map(String::from)
}

/// Documents that a reader can safely be sent to; one without a title is called by the last part of its address.
fn documents(stated: &[record::Document], remarks: &mut Vec<String>) -> Vec<Document> {
    let read = stated.iter().filter_map(|document| {
        let link = link("documents", Some(&document.url), remarks)?;
        let title = Some(one_line(&document.title)).filter(|title| !title.is_empty());
        let name = || {
            link.trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        Some(Document {
            title: title.unwrap_or_else(name),
            link,
        })
    });
    read.collect()
}

fn amount(stated: record::Amount) -> Amount {
    Amount {
        total: cents(stated.total),
        minimum: cents(stated.min),
        maximum: cents(stated.max),
    }
}

/// Euros to cents; zero means that nothing was stated.
#[expect(
    clippy::cast_possible_truncation,
    reason = "amounts are checked to be far below the limits of i64"
)]
fn cents(euros: Option<f64>) -> Option<i64> {
    let euros = euros.filter(|euros| euros.is_finite() && *euros > 0.0 && *euros < 1e15)?;
    Some((euros * 100.0).round() as i64)
}

/// A text in one line, with ordinary spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text with its lines, each with ordinary spaces.
fn lines(text: Option<&str>) -> String {
    let lines = text.unwrap_or_default().lines().map(one_line);
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
