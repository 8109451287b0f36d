// SPDX-License-Identifier: EUPL-1.2
//! What was sent in one go, import by import, the latest first: where to find the report on each.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::storage::batches::{self, Batch};
use crate::texts::Texts;
use crate::web::admin::deliveries::{batch_name, batches_path};
use crate::web::admin::opportunities::Paging;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::session::Staff;

/// How many one page lists.
const A_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "admin/batches.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    path: String,
    number: i64,
    has_more: bool,
}

/// A batch in one row.
struct Row {
    address: String,
    name: String,
    source: String,
}

impl Row {
    fn new(batch: &Batch, texts: Texts) -> Self {
        Self {
            address: format!("{}/{}", batches_path(), batch.id),
            name: batch_name(batch, texts),
            source: if batch.label.is_empty() {
                "–".to_owned()
            } else {
                batch.label.clone()
            },
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
    let found = batches::list_latest(&mut transaction, size + 1, (number - 1) * size).await?;
    let rows = found.iter().take(A_PAGE).map(|it| Row::new(it, page.texts)).collect();
    Ok(render(&ListPage {
        rows,
        path: batches_path(),
        number,
        has_more: found.len() > A_PAGE,
        page,
    }))
}
