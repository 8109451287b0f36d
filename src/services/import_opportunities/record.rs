// SPDX-License-Identifier: EUPL-1.2
//! One line of a file of opportunities, as its source wrote it. Unknown fields are passed over.

use serde::Deserialize;

use crate::services::json_lines::null_as_default;

/// What a source says of one opportunity, in the source's own words.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    /// Which feed or register it comes from.
    pub source: String,
    /// The source's own key.
    pub source_id: String,
    /// The source's word for what kind it is.
    pub kind: String,
    /// One line.
    pub title: String,
    /// A few lines.
    #[serde(default)]
    pub summary: Option<String>,
    /// The full text.
    #[serde(default)]
    pub body: Option<String>,
    /// Who offers it.
    #[serde(default)]
    pub publisher: Option<String>,
    /// From when, `YYYY-MM-DD`.
    #[serde(default)]
    pub opens: Option<String>,
    /// Until when, `YYYY-MM-DD`.
    #[serde(default)]
    pub closes: Option<String>,
    /// At what time it opens, `HH:MM`.
    #[serde(default)]
    pub start_time: Option<String>,
    /// At what time it closes, `HH:MM`.
    #[serde(default)]
    pub end_time: Option<String>,
    /// What the dates alone do not say.
    #[serde(default)]
    pub dates_note: Option<String>,
    /// Where it happens, in words.
    #[serde(default)]
    pub place: Option<String>,
    /// Money on offer, in euros.
    #[serde(default)]
    pub amount: Option<Amount>,
    /// For whom.
    #[serde(default, deserialize_with = "null_as_default")]
    pub beneficiaries: Vec<String>,
    /// Where.
    #[serde(default)]
    pub territory: Option<Territory>,
    /// What for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub topics: Vec<String>,
    /// For which economic activities, in words.
    #[serde(default, deserialize_with = "null_as_default")]
    pub sectors: Vec<String>,
    /// For which economic activities, as ATECO codes; `*` is all of them.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ateco: Vec<String>,
    /// For companies of which size.
    #[serde(default, deserialize_with = "null_as_default")]
    pub company_sizes: Vec<String>,
    /// Where to read on.
    #[serde(default)]
    pub url: Option<String>,
    /// What goes with it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub documents: Vec<Document>,
}

/// Something to read or fill in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    /// What it is called.
    #[serde(deserialize_with = "null_as_default")]
    pub title: String,
    /// Where it is.
    #[serde(deserialize_with = "null_as_default")]
    pub url: String,
}

/// Money on offer, in euros.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Amount {
    /// All of it.
    pub total: Option<f64>,
    /// The least that one applicant gets.
    pub min: Option<f64>,
    /// The most that one applicant gets.
    pub max: Option<f64>,
}

/// Where an opportunity applies.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Territory {
    /// `national`, `regional`, `municipal` or `eu`.
    #[serde(deserialize_with = "null_as_default")]
    pub level: String,
    /// Names of regions.
    #[serde(deserialize_with = "null_as_default")]
    pub regions: Vec<String>,
    /// Names of municipalities.
    #[serde(deserialize_with = "null_as_default")]
    pub comuni: Vec<String>,
    /// Their ISTAT codes, parallel to the names; empty where the source did not know.
    #[serde(deserialize_with = "null_as_default")]
    pub istat: Vec<Option<String>>,
}
