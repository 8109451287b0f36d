// SPDX-License-Identifier: EUPL-1.2
//! What the ledger keeps of what was sent to a person: messages with how they ended, failures, and why nothing is sent to a
//! mailbox any more. For them to take along; the addresses of links are secrets and are not part of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::domain::ids::{OpportunityId, SubscriberId, TargetId};
use crate::domain::opportunity::Opportunity;
use crate::domain::subscriber::{Place, Target};
use crate::services::Result;
use crate::services::suppress_mailbox::suppression_of;
use crate::storage::notifications::{OwedToPerson, owed_to_person};
use crate::storage::{Transaction, opportunities, strikes};

/// How many messages are listed at most: more than anybody gets while they are kept.
const MOST: i64 = 10_000;

/// A message, by codes, with an instant in RFC 3339.
#[derive(Debug, Serialize)]
pub(super) struct HeldMessage {
    why: String,
    url: Option<String>,
    to: String,
    state: &'static str,
    at: Option<String>,
    reason: Option<String>,
}

/// What a mailbox or browser has against it.
#[derive(Debug, Default, Serialize)]
pub(super) struct HeldFailures {
    failed_at: Vec<String>,
    nothing_is_sent_because: Option<&'static str>,
    since: Option<String>,
}

/// The messages of a person to these places, the latest first: of opportunities, digests, and what was for them alone.
pub(super) async fn messages(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    places: &[Target],
) -> Result<Vec<HeldMessage>> {
    let owed = owed_to_person(transaction, subscriber, MOST).await?;
    let ids: Vec<OpportunityId> = owed.iter().filter_map(|it| it.opportunity_id).collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    let urls: BTreeMap<OpportunityId, String> = found
        .iter()
        .map(|it: &Opportunity| (it.id, app.urls.opportunity(it)))
        .collect();
    // What went to an address that they only typed would tell that it is nobody else's.
    let known = owed
        .into_iter()
        .filter(|it| places.iter().any(|place| place.id == it.target_id));
    let held = known.map(|it| message(it, &urls, places));
    Ok(held.collect())
}

fn message(owed: OwedToPerson, urls: &BTreeMap<OpportunityId, String>, places: &[Target]) -> HeldMessage {
    HeldMessage {
        why: owed.kind,
        url: owed.opportunity_id.and_then(|id| urls.get(&id).cloned()),
        to: name_of(owed.target_id, places),
        state: owed.state.code(),
        at: owed.finished_at.map(|at| at.to_string()),
        reason: owed.reason,
    }
}

/// The address of a mailbox; what a browser is called, whose endpoint stands beside it already.
pub(super) fn name_of(id: TargetId, places: &[Target]) -> String {
    let place = places.iter().find(|target| target.id == id);
    place.map_or_else(String::new, |target| match &target.place {
        Place::Mailbox(address) => address.as_str().to_owned(),
        Place::Browser(_) => target.shown_name().to_owned(),
    })
}

/// What a place has against it.
pub(super) async fn failures(app: &App, transaction: &mut Transaction, target: &Target) -> Result<HeldFailures> {
    let failed = strikes::list(transaction, target.id).await?;
    let suppression = match &target.place {
        Place::Mailbox(address) => suppression_of(app, transaction, address).await?,
        Place::Browser(_) => None,
    };
    Ok(HeldFailures {
        failed_at: failed.iter().map(ToString::to_string).collect(),
        nothing_is_sent_because: suppression.map(|(reason, _)| reason.code()),
        since: suppression.map(|(_, since)| since.to_string()),
    })
}
