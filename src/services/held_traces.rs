// SPDX-License-Identifier: EUPL-1.2
//! What a person left behind without choosing it, for them to take along: addresses that they asked to add, links and
//! sessions that are still open, what they took away, and what they read or were told beside their inbox.
//!
//! The codes of links and sessions open doors and are no part of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, SubscriberId};
use crate::domain::subscriber::{Target, session_of};
use crate::services::Result;
use crate::services::held_deliveries::name_of;
use crate::storage::holdings;
use crate::storage::{Transaction, mailbox_requests, opportunities};

/// What is held beside profiles, places, messages and the inbox.
#[derive(Debug, Serialize)]
pub(super) struct HeldTraces {
    /// Asked to be added, and not confirmed yet.
    waiting_addresses: Vec<HeldRequest>,
    removed_profiles: Vec<HeldRemoval>,
    open_links: Vec<HeldLink>,
    signed_in_until: Vec<String>,
    read_elsewhere: Vec<String>,
    follow_ups: Vec<HeldFollowUp>,
}

#[derive(Debug, Serialize)]
struct HeldRequest {
    address: String,
    asked_at: String,
}

#[derive(Debug, Serialize)]
struct HeldRemoval {
    kind: &'static str,
    removed_at: String,
}

#[derive(Debug, Serialize)]
struct HeldLink {
    purpose: String,
    to: String,
    made_at: String,
    expires_at: String,
}

#[derive(Debug, Serialize)]
struct HeldFollowUp {
    why: String,
    url: Option<String>,
    at: String,
}

/// What a person with these places left behind.
pub(super) async fn traces(
    app: &App,
    transaction: &mut Transaction,
    subscriber: SubscriberId,
    places: &[Target],
) -> Result<HeldTraces> {
    let waiting = mailbox_requests::waiting(transaction, subscriber).await?;
    let removed = holdings::removed_profiles(transaction, subscriber).await?;
    let links = holdings::open_links(transaction, subscriber, app.now()).await?;
    let sessions = holdings::sessions(transaction, &session_of(subscriber), app.now()).await?;
    let read = holdings::read_elsewhere(transaction, subscriber).await?;
    let follow_ups = holdings::follow_ups(transaction, subscriber).await?;
    let told = follow_ups.iter().filter_map(|(_, opportunity, _)| *opportunity);
    let ids: Vec<OpportunityId> = read.iter().copied().chain(told).collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    let urls: BTreeMap<OpportunityId, String> = found.iter().map(|it| (it.id, app.urls.opportunity(it))).collect();
    let url = |id: OpportunityId| urls.get(&id).cloned();
    let request = |(address, at): (String, Timestamp)| HeldRequest {
        address,
        asked_at: at.to_string(),
    };
    let links = links.into_iter().map(|link| HeldLink {
        to: name_of(link.target_id, places),
        purpose: link.purpose,
        made_at: link.created_at.to_string(),
        expires_at: link.expires_at.to_string(),
    });
    let removed = removed.into_iter().map(|(kind, at)| HeldRemoval {
        kind: kind.code(),
        removed_at: at.to_string(),
    });
    let follow_ups = follow_ups.into_iter().map(|(why, opportunity, at)| HeldFollowUp {
        why,
        url: opportunity.and_then(url),
        at: at.to_string(),
    });
    Ok(HeldTraces {
        waiting_addresses: waiting.into_iter().map(request).collect(),
        removed_profiles: removed.collect(),
        open_links: links.collect(),
        signed_in_until: sessions.iter().map(ToString::to_string).collect(),
        follow_ups: follow_ups.collect(),
        read_elsewhere: read.into_iter().filter_map(url).collect(),
    })
}
