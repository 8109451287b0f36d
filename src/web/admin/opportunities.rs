// SPDX-License-Identifier: EUPL-1.2
//! What staff work on: drafts first, then the latest saved.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::domain::opportunity::{Opportunity, Status};
use crate::storage::opportunities;
use crate::storage::opportunity_lists;
use crate::texts::{Texts, kind_key};
use crate::urls::opportunity_path;
use crate::web::admin::deliveries::deliveries_path;
use crate::web::admin::staff_path;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::session::Staff;

/// How many opportunities one page lists.
const A_PAGE: usize = 20;

/// Which page of the list, as its address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    page: String,
}

impl Paging {
    /// The number of the page, from 1.
    pub(super) fn number(&self) -> i64 {
        self.page.parse().unwrap_or(1_i64).clamp(1, 100_000)
    }
}

#[derive(Template)]
#[template(path = "admin/opportunities.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    number: i64,
    has_more: bool,
}

/// An opportunity in one row.
struct Row {
    address: String,
    title: String,
    kind: String,
    status: String,
    chip: &'static str,
    closes: String,
    updated: String,
    public_path: Option<String>,
    deliveries: Option<String>,
}

impl Row {
    fn new(opportunity: &Opportunity, texts: Texts) -> Self {
        let content = &opportunity.content;
        Self {
            address: staff_path(opportunity.id),
            title: title(opportunity, texts),
            kind: texts.get(kind_key(content.kind)),
            status: texts.get(status_key(opportunity.status)),
            chip: chip(opportunity.status),
            closes: content
                .closes_at
                .as_ref()
                .map_or_else(|| "–".to_owned(), |at| texts.short_date(at)),
            updated: texts.short_date(&opportunity.updated_at),
            deliveries: opportunity.status.is_public().then(|| deliveries_path(opportunity.id)),
            public_path: opportunity.status.is_public().then(|| opportunity_path(opportunity)),
        }
    }
}

/// Shows the list.
///
/// # Errors
/// What the database says.
pub async fn list(
    State(app): State<App>,
    Staff(_): Staff,
    page: Page,
    Query(paging): Query<Paging>,
) -> Result<Response, PageError> {
    let number = paging.number();
    let size = i64::try_from(A_PAGE).unwrap_or(i64::MAX);
    let mut transaction = app.database.read().await?;
    // One more than is shown tells whether there is a next page.
    let ids = opportunity_lists::list_for_staff(&mut transaction, size + 1, (number - 1) * size).await?;
    let shown = opportunities::find_many(&mut transaction, &ids[..ids.len().min(A_PAGE)]).await?;
    let rows = shown.iter().map(|it| Row::new(it, page.texts)).collect();
    Ok(render(&ListPage {
        rows,
        number,
        has_more: ids.len() > A_PAGE,
        page,
    }))
}

/// The title, or what stands for it while there is none.
#[must_use]
pub fn title(opportunity: &Opportunity, texts: Texts) -> String {
    let title = &opportunity.content.title;
    if title.is_empty() {
        texts.get("staff-no-title")
    } else {
        title.clone()
    }
}

/// The key of the name of a status.
#[must_use]
pub const fn status_key(status: Status) -> &'static str {
    match status {
        Status::Draft => "staff-status-draft",
        Status::Published => "staff-status-published",
        Status::Closed => "staff-status-closed",
        Status::Exhausted => "staff-status-exhausted",
        Status::Withdrawn => "staff-status-withdrawn",
    }
}

/// The class of the chip of a status.
#[must_use]
pub const fn chip(status: Status) -> &'static str {
    match status {
        Status::Published => "chip-success",
        Status::Draft | Status::Closed | Status::Exhausted | Status::Withdrawn => "chip-secondary",
    }
}
