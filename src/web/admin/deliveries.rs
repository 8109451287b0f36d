// SPDX-License-Identifier: EUPL-1.2
//! What became of the notifications of an opportunity, or of everything that one import told people of: the numbers,
//! the same as CSV, trying again what failed, and for admins the list of recipients without their addresses.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::stream::try_unfold;
use serde::Deserialize;

use crate::app::App;
use crate::domain::delivery_report::Tally;
use crate::domain::disclosure::FEWEST_SHOWN;
use crate::domain::ids::{BatchId, OpportunityId};
use crate::domain::notification::Channel;
use crate::domain::relevance::Relevance;
use crate::domain::staff::Role;
use crate::services::delivery_report::{
    START, Shown, as_csv, delivery_report, recipients_header, recipients_page, word_of,
};
use crate::services::judge_relevance::{Judgement, read_judgement};
use crate::services::retry_failed::retry_failed;
use crate::storage::batches::{self, Batch};
use crate::storage::delivery_counts::Of;
use crate::storage::{occasions, opportunities};
use crate::texts::{Texts, shorten};
use crate::urls::paths;
use crate::web::admin::opportunities::title;
use crate::web::admin::staff_path;
use crate::web::csrf::{NoFields, Submitted};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::session::Staff;

/// How long a name in the path of the page may be.
const LONGEST_CRUMB: usize = 40;

/// The path of the report on an opportunity.
#[must_use]
pub fn deliveries_path(id: OpportunityId) -> String {
    format!("{}/consegne", staff_path(id))
}

/// The path of the list of batches, below which the report on each is.
#[must_use]
pub fn batches_path() -> String {
    format!("{}/invii", paths::STAFF)
}

/// What a batch is called: its number and when it was made.
pub(super) fn batch_name(batch: &Batch, texts: Texts) -> String {
    let (number, when) = (batch.id.to_string(), texts.moment(&batch.created_at));
    texts.fill("staff-delivery-batch", &[("number", &number), ("when", &when)])
}

/// What the address asks about.
#[derive(Debug, Clone, Copy)]
pub struct Asked(Of);

impl Asked {
    fn path(self) -> String {
        match self.0 {
            Of::Batch(id) => format!("{}/{id}", batches_path()),
            Of::Opportunity(id) => deliveries_path(id),
            Of::Occasion(_) => paths::STAFF.to_owned(),
        }
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let is_batch = parts.uri.path().starts_with(&batches_path());
        let path = Path::<i64>::from_request_parts(parts, app).await;
        let Path(id) = path.map_err(|_| PageError::NotFound)?;
        Ok(Self(if is_batch {
            Of::Batch(BatchId(id))
        } else {
            Of::Opportunity(OpportunityId(id))
        }))
    }
}

/// What was done before this page was shown, as its address says: how many were taken up again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    tried: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/deliveries.html")]
struct DeliveriesPage {
    page: Page,
    path: String,
    name: String,
    crumb: String,
    above: Option<String>,
    batch: Option<String>,
    notices: Vec<String>,
    is_good_news: bool,
    channels: Vec<ChannelCard>,
    endings: Vec<EndingRow>,
    failed: i64,
    recipients: bool,
    judgement: Option<JudgementCard>,
}

/// What became of the notifications on one channel, in words.
struct ChannelCard {
    code: &'static str,
    name: String,
    lead: String,
    counts: Vec<(&'static str, String, String)>,
    within: Vec<String>,
}

/// What those who were told think of it: how many gave which answer, or why that is not said.
struct JudgementCard {
    counts: Vec<(&'static str, String, String)>,
    too_few: String,
}

impl JudgementCard {
    /// Of an opportunity; a batch has none.
    async fn of(app: &App, of: Of, texts: Texts) -> Result<Option<Self>, PageError> {
        let Of::Opportunity(id) = of else {
            return Ok(None);
        };
        let counts = match read_judgement(app, id).await? {
            Judgement::TooFew => Vec::new(),
            Judgement::Counts(counts) => counts,
        };
        let words = |(answer, count): (Relevance, Option<i64>)| {
            let name = texts.get(&format!("staff-relevance-{}", answer.code()));
            let hidden = || texts.get("staff-relevance-hidden");
            (
                answer.code(),
                name,
                count.map_or_else(hidden, |count| texts.number(count)),
            )
        };
        Ok(Some(Self {
            counts: counts.into_iter().map(words).collect(),
            too_few: texts.count("staff-relevance-too-few", FEWEST_SHOWN),
        }))
    }
}

/// How many ended how, and why.
struct EndingRow {
    state: String,
    reason: String,
    channel: String,
    count: String,
}

/// Shows the numbers.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn show(
    State(app): State<App>,
    Staff(member): Staff,
    page: Page,
    asked: Asked,
    Query(before): Query<Before>,
) -> Result<Response, PageError> {
    let shown = delivery_report(&app, asked.0).await?;
    let texts = page.texts;
    let named = named(&app, asked.0, texts).await?;
    let channels: Vec<ChannelCard> = shown
        .report
        .channels
        .iter()
        .map(|(channel, tally)| ChannelCard::new(*channel, tally, texts))
        .collect();
    Ok(render(&DeliveriesPage {
        path: asked.path(),
        crumb: shorten(&named.name, LONGEST_CRUMB),
        above: named.above,
        batch: named.batch,
        is_good_news: before.tried.is_some(),
        notices: notices(&shown, &before, texts),
        endings: endings(&shown, texts),
        failed: shown.report.total.failed,
        recipients: member.roles.contains(&Role::Admin) && !channels.is_empty(),
        judgement: JudgementCard::of(&app, asked.0, texts).await?,
        name: named.name,
        channels,
        page,
    }))
}

/// What a report is called, and what lies above and beside it.
struct Named {
    name: String,
    above: Option<String>,
    batch: Option<String>,
}

async fn named(app: &App, of: Of, texts: Texts) -> Result<Named, PageError> {
    let mut transaction = app.database.read().await?;
    if let Of::Opportunity(id) = of {
        let opportunity = opportunities::find(&mut transaction, id)
            .await?
            .ok_or(PageError::NotFound)?;
        let batch = occasions::batch_of(&mut transaction, id).await?;
        return Ok(Named {
            name: title(&opportunity, texts),
            above: Some(staff_path(id)),
            batch: batch.map(|batch| format!("{}/{batch}", batches_path())),
        });
    }
    let batch = match of {
        Of::Batch(id) => batches::find(&mut transaction, id).await?,
        Of::Opportunity(_) | Of::Occasion(_) => None,
    };
    let batch = batch.ok_or(PageError::NotFound)?;
    Ok(Named {
        name: batch_name(&batch, texts),
        above: None,
        batch: None,
    })
}

fn notices(shown: &Shown, before: &Before, texts: Texts) -> Vec<String> {
    let tried = before.tried.map(|count| texts.count("staff-delivery-tried", count));
    let matching = (shown.being_matched > 0).then(|| texts.get("staff-delivery-being-matched"));
    let folded = shown.is_folded.then(|| texts.get("staff-delivery-folded"));
    tried.into_iter().chain(matching).chain(folded).collect()
}

impl ChannelCard {
    fn new(channel: Channel, tally: &Tally, texts: Texts) -> Self {
        let count = |key: &'static str, label: &str, count: i64| (key, texts.get(label), texts.number(count));
        let always = [
            count("owed", "staff-delivery-owed", tally.owed),
            count("sent", "staff-delivery-sent", tally.sent),
            count("open", "staff-delivery-open", tally.open),
        ];
        let sometimes = [
            ("retrying", "staff-delivery-retrying", tally.retrying),
            ("failed", "staff-delivery-failed", tally.failed),
            ("expired", "staff-delivery-expired", tally.expired),
            ("suppressed", "staff-delivery-suppressed", tally.suppressed),
        ];
        let sometimes = sometimes
            .into_iter()
            .filter(|(_, _, number)| *number != 0)
            .map(|(key, label, number)| count(key, label, number));
        let (sent, owed) = (texts.number(tally.sent), texts.number(tally.owed));
        Self {
            code: channel.code(),
            name: texts.get(channel_key(channel)),
            lead: texts.fill("staff-delivery-lead", &[("sent", &sent), ("owed", &owed)]),
            counts: always.into_iter().chain(sometimes).collect(),
            within: within(tally, texts),
        }
    }
}

/// Within how long half and nearly all of those that were accepted were so.
fn within(tally: &Tally, texts: Texts) -> Vec<String> {
    let share = |key, milliseconds: Option<i64>| {
        milliseconds.map(|it| texts.fill(key, &[("duration", duration(it, texts).as_str())]))
    };
    let half = share("staff-delivery-half-within", tally.half_within_ms);
    let most = share("staff-delivery-most-within", tally.most_within_ms);
    half.into_iter().chain(most).collect()
}

/// A duration in its largest unit that tells it well, rounded up: it is an upper bound.
fn duration(milliseconds: i64, texts: Texts) -> String {
    let seconds = milliseconds.div_euclid(1_000) + i64::from(milliseconds % 1_000 > 0);
    let up_to = |unit: i64| seconds.div_euclid(unit) + i64::from(seconds % unit > 0);
    match seconds {
        ..=120 => texts.count("duration-seconds", seconds),
        121..=7_200 => texts.count("duration-minutes", up_to(60)),
        7_201..=172_800 => texts.count("duration-hours", up_to(3_600)),
        _ => texts.count("duration-days", up_to(86_400)),
    }
}

const fn channel_key(channel: Channel) -> &'static str {
    match channel {
        Channel::WebPush => "staff-delivery-web-push",
        Channel::Email => "staff-delivery-email",
    }
}

fn endings(shown: &Shown, texts: Texts) -> Vec<EndingRow> {
    let mut rows = Vec::new();
    for (channel, tally) in &shown.report.channels {
        for ending in tally.endings.iter().filter(|ending| !ending.reason.is_empty()) {
            rows.push(EndingRow {
                state: texts.get(&format!("staff-delivery-{}", ending.state.code())),
                reason: reason(&ending.reason, texts),
                channel: texts.get(channel_key(*channel)),
                count: texts.number(ending.count),
            });
        }
    }
    rows
}

/// A reason in words, where there are any for its code.
fn reason(code: &str, texts: Texts) -> String {
    if let Some(last) = code.strip_suffix(", no attempt left") {
        return texts.fill(
            "staff-reason-no-attempt-left",
            &[("reason", reason(last, texts).as_str())],
        );
    }
    let key = format!("staff-reason-{}", code.replace([' ', '.'], "-"));
    if texts.has(&key) {
        texts.get(&key)
    } else {
        texts.fill("staff-reason-code", &[("code", code)])
    }
}

/// Tries again what failed.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn retry(
    State(app): State<App>,
    Staff(member): Staff,
    asked: Asked,
    Submitted(NoFields {}): Submitted<NoFields>,
) -> Result<Response, PageError> {
    delivery_report(&app, asked.0).await?;
    let taken_up = retry_failed(&app, Some(member.id), asked.0).await?;
    Ok(Redirect::to(&format!("{}?tried={taken_up}", asked.path())).into_response())
}

/// The numbers as a file.
///
/// # Errors
/// [`PageError::NotFound`]; what the database says.
pub async fn csv(State(app): State<App>, Staff(_): Staff, asked: Asked) -> Result<Response, PageError> {
    let shown = delivery_report(&app, asked.0).await?;
    let name = format!("consegne-{}.csv", word_of(asked.0));
    Ok(file(&name, as_csv(&shown.report)?.into()))
}

/// The recipients as a file that is written while it is read, for admins only.
///
/// # Errors
/// [`PageError::NotYours`] for others; [`PageError::NotFound`]; what the database says.
pub async fn recipients(State(app): State<App>, Staff(member): Staff, asked: Asked) -> Result<Response, PageError> {
    if !member.roles.contains(&Role::Admin) {
        return Err(PageError::NotYours);
    }
    delivery_report(&app, asked.0).await?;
    let header = recipients_header()?;
    let name = format!("destinatari-{}.csv", word_of(asked.0));
    let pages = try_unfold((Some(header), START), move |(header, after)| {
        let app = app.clone();
        async move {
            if let Some(header) = header {
                return Ok(Some((header, (None, after))));
            }
            let page = recipients_page(&app, asked.0, after).await;
            let page = page.inspect_err(|error| tracing::error!(%error, "a list of recipients broke off"));
            page.map(|page| page.map(|(rows, last)| (rows, (None, last))))
        }
    });
    Ok(file(&name, Body::from_stream(pages)))
}

fn file(name: &str, body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, body).into_response()
}
