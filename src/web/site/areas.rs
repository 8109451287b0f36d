// SPDX-License-Identifier: EUPL-1.2
//! Names of places for the fields where people say where they are.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::services::find_area::{Suggestion, suggest_areas};
use crate::web::page::Page;
use crate::web::query::Query;

const MOST: usize = 12;

/// What was typed so far.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `{"items": [{"name": "Bergamo (BG)", "note": null}, …]}`; the note says what a former municipality is part of.
pub async fn suggest(State(app): State<App>, page: Page, Query(typed): Query<Typed>) -> Json<Value> {
    let found = suggest_areas(&app.vocabulary().areas, &typed.q, MOST, page.texts.language);
    let item = |it: Suggestion| {
        let note = it
            .part_of
            .map(|now| page.texts.fill("place-part-of", &[("place", &now)]));
        json!({ "name": it.label, "note": note })
    };
    let items: Vec<Value> = found.into_iter().map(item).collect();
    Json(json!({ "items": items }))
}
