// SPDX-License-Identifier: EUPL-1.2
//! Everything about one opportunity as JSON, and the list of all: for commands and other programs.

use serde::Serialize;

use crate::app::App;
use crate::domain::criteria::CriteriaCodes;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::{Document, Opportunity, OpportunityKind, Status};
use crate::services::{Error, Result};
use crate::storage::opportunity_lists::{self, Line};
use crate::storage::{opportunities, sources};

/// An opportunity for programs: instants in RFC 3339, money in euros, criteria as codes of the vocabularies.
#[derive(Debug, Serialize)]
pub struct ShownOpportunity {
    id: OpportunityId,
    token: String,
    url: String,
    kind: OpportunityKind,
    status: Status,
    revision: i64,
    title: String,
    summary: String,
    body: String,
    publisher: String,
    link: Option<String>,
    documents: Vec<Document>,
    place: String,
    dates_note: String,
    opens_at: Option<String>,
    closes_at: Option<String>,
    amount: ShownAmount,
    source: Option<String>,
    source_id: Option<String>,
    published_at: Option<String>,
    updated_at: String,
    criteria: CriteriaCodes,
}

#[derive(Debug, Serialize)]
struct ShownAmount {
    currency: &'static str,
    total: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
}

/// The opportunity with this id, for programs.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show_opportunity(app: &App, id: OpportunityId) -> Result<ShownOpportunity> {
    let mut transaction = app.database.read().await?;
    let opportunity = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    let source = match &opportunity.origin {
        Some(origin) => sources::name(&mut transaction, origin.source).await?,
        None => None,
    };
    Ok(shown(app, opportunity, source))
}

fn shown(app: &App, opportunity: Opportunity, source: Option<String>) -> ShownOpportunity {
    let url = app.urls.opportunity(&opportunity);
    let content = opportunity.content;
    ShownOpportunity {
        id: opportunity.id,
        token: opportunity.token.as_str().to_owned(),
        url,
        kind: content.kind,
        status: opportunity.status,
        revision: opportunity.revision,
        criteria: content.criteria.to_codes(&app.vocabulary()),
        title: content.title,
        summary: content.summary,
        body: content.body,
        publisher: content.publisher,
        link: content.link,
        documents: content.documents,
        place: content.place,
        dates_note: content.dates_note,
        opens_at: content.opens_at.map(|it| it.to_string()),
        closes_at: content.closes_at.map(|it| it.to_string()),
        amount: ShownAmount {
            currency: "EUR",
            total: content.amount.total.map(euros),
            min: content.amount.minimum.map(euros),
            max: content.amount.maximum.map(euros),
        },
        source,
        source_id: opportunity.origin.map(|it| it.source_key),
        published_at: opportunity.published_at.map(|it| it.to_string()),
        updated_at: opportunity.updated_at.to_string(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "amounts in cents stay far below 2^53")]
fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// A page of the list of all opportunities, by id, above `after`.
///
/// # Errors
/// What the database says.
pub async fn list_opportunities(app: &App, after: OpportunityId, limit: i64) -> Result<Vec<Line>> {
    let mut transaction = app.database.read().await?;
    Ok(opportunity_lists::lines(&mut transaction, after, limit).await?)
}
