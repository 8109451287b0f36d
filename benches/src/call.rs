// SPDX-License-Identifier: EUPL-1.2
//! The calls that are published, and publishing them.

use anyhow::{Result, anyhow};
use chrono::TimeDelta;
use informa::domain::criteria::CriteriaCodes;
use informa::domain::ids::OpportunityId;
use informa::domain::opportunity::{Amount, Content, ContentRecord, Opportunity, OpportunityKind};
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::save_opportunity::draft_opportunity;

use crate::installation::Installation;

/// What everyone follows where `population::add_common_follow` has been.
pub const COMMON_TOPIC: &str = "environment-energy";

/// Whom a call concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// About a tenth of the people of `population`: by topic, province and sector.
    Tenth,
    /// All of those who follow [`COMMON_TOPIC`].
    Everyone,
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

fn criteria(audience: Audience) -> CriteriaCodes {
    match audience {
        Audience::Tenth => CriteriaCodes {
            audience: owned(&["citizen", "authority", "operator"]),
            // Milan, Bergamo and Brescia.
            areas: owned(&["015", "016", "017"]),
            topics: owned(&["environment-energy", "environment-air", "environment-waste"]),
            sectors: owned(&["C", "F", "G", "I"]),
            ..CriteriaCodes::default()
        },
        Audience::Everyone => CriteriaCodes {
            areas: owned(&["03"]),
            topics: owned(&[COMMON_TOPIC]),
            ..CriteriaCodes::default()
        },
    }
}

fn content(installation: &Installation, audience: Audience) -> Result<Content> {
    let now = installation.app.now();
    let record = ContentRecord {
        kind: OpportunityKind::Call,
        title: "Contributi per l'efficienza energetica delle imprese e delle abitazioni".to_owned(),
        summary:
            "Fino a 50.000 euro per impianti fotovoltaici, pompe di calore e isolamento degli edifici. La domanda \
            si presenta online; i fondi sono assegnati nell'ordine di arrivo."
                .to_owned(),
        body: "Si presenta **una** domanda per edificio.\n\n- fotovoltaico\n- pompe di calore\n- isolamento".to_owned(),
        publisher: "Regione Lombardia".to_owned(),
        link: Some("https://www.example.org/efficienza".to_owned()),
        documents: Vec::new(),
        place: String::new(),
        dates_note: String::new(),
        opens_at: Some(now),
        closes_at: Some(now.plus(TimeDelta::days(60))),
        amount: Amount {
            total: Some(1_200_000_000),
            ..Amount::default()
        },
        criteria: criteria(audience),
    };
    record
        .resolve(&installation.app.vocabulary())
        .map_err(|error| anyhow!("the call: {error:?}"))
}

/// Adds a draft.
///
/// # Errors
/// What the program says.
pub async fn draft(installation: &Installation, audience: Audience) -> Result<OpportunityId> {
    let content = content(installation, audience)?;
    let drafted = draft_opportunity(&installation.app, installation.editor, &content).await;
    drafted.map_err(|error| anyhow!("drafting: {error}"))
}

/// Publishes a draft.
///
/// # Errors
/// What the program says.
pub async fn publish(installation: &Installation, id: OpportunityId) -> Result<Opportunity> {
    let published = publish_opportunity(&installation.app, installation.editor, id).await;
    published.map_err(|error| anyhow!("publishing: {error}"))
}
