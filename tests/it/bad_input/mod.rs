// SPDX-License-Identifier: EUPL-1.2
//! What people and programs send that no page of ours asked for: in every field of every form that the pages have, in
//! addresses, in codes of links, twice, and at once. It is answered with a sentence; nothing else happens.

mod addresses;
mod at_once;
mod codes;
mod crawl;
mod forms;
mod places;

use crate::support::app::TestApp;
use crate::support::rows;

/// The mark of what we put in: it must never be part of markup.
const MARK: &str = "zq7x";

/// One number of the database.
async fn count(app: &TestApp, select: &str) -> i64 {
    rows::integers(&app.database, select).await[0][0]
}
