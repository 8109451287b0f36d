// SPDX-License-Identifier: EUPL-1.2
//! Names of places for the fields where people say where they are.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::services::find_area::suggest_areas;
use crate::web::page::Page;

const MOST: usize = 12;

/// What was typed so far.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `{"items": [{"name": "Bergamo (BG)"}, …]}`.
pub async fn suggest(State(app): State<App>, page: Page, Query(typed): Query<Typed>) -> Json<Value> {
    let names = suggest_areas(&app.vocabulary().areas, &typed.q, MOST, page.texts.language);
    let items: Vec<Value> = names.into_iter().map(|name| json!({ "name": name })).collect();
    Json(json!({ "items": items }))
}
