// SPDX-License-Identifier: EUPL-1.2
//! The back office: staff sign in, write drafts, see whom they concern, and publish.

pub mod session;
pub mod opportunities;
pub mod typed;
pub mod documents;
pub mod opportunity_form;
pub mod offers;
pub mod audience;
pub mod facts;
pub mod turns;
pub mod editor;
pub mod revise;
pub mod publish;
pub mod deliveries;
pub mod batches;

use serde::Deserialize;

use crate::domain::ids::OpportunityId;
use crate::urls::paths;
use crate::web::error::PageError;

/// What was done before this page was shown, as its address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    done: String,
}

/// The path of the page of an opportunity in the back office.
#[must_use]
pub fn staff_path(id: OpportunityId) -> String {
    format!("{}/opportunita/{id}", paths::STAFF)
}

/// The path of the page on which something public is changed.
#[must_use]
pub fn revision_path(id: OpportunityId) -> String {
    format!("{}/modifica", staff_path(id))
}

/// The id in a path.
///
/// # Errors
/// [`PageError::NotFound`] for what is no number.
fn id_in(path: &str) -> Result<OpportunityId, PageError> {
    path.parse().map_err(|_| PageError::NotFound)
}
