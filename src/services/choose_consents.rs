// SPDX-License-Identifier: EUPL-1.2
//! What a person agreed to: to read, and to give or withdraw what does not end the subscription itself.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::SubscriberId;
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, Purpose};
use crate::services::Result;
use crate::services::ask_to_subscribe::record_consent_to;
use crate::storage::consents;

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentLine {
    /// What for.
    pub purpose: Purpose,
    /// `asked`, `given` or `withdrawn`.
    pub action: String,
    /// When.
    pub at: Timestamp,
}

/// The ledger of a person, the latest line first.
///
/// # Errors
/// What the database says.
pub async fn read_consents(app: &App, subscriber: SubscriberId) -> Result<Vec<ConsentLine>> {
    let mut transaction = app.database.read().await?;
    let lines = consents::list(&mut transaction, subscriber).await?;
    let lines = lines.into_iter().rev().filter_map(|(purpose, action, at, ..)| {
        let purpose = Purpose::from_code(&purpose)?;
        Some(ConsentLine { purpose, action, at })
    });
    Ok(lines.collect())
}

/// Whether a consent stands: what was done with it last is that it was given.
#[must_use]
pub fn stands(lines: &[ConsentLine], purpose: Purpose) -> bool {
    let last = lines.iter().find(|line| line.purpose == purpose);
    last.is_some_and(|line| line.action == ConsentAction::Given.code())
}

/// Gives or withdraws the consent to be asked how the service is. What stands already adds no line.
///
/// # Errors
/// What the database says.
pub async fn choose_surveys(
    app: &App,
    subscriber: SubscriberId,
    wanted: bool,
    evidence: &ConsentEvidence,
) -> Result<()> {
    if stands(&read_consents(app, subscriber).await?, Purpose::Surveys) == wanted {
        return Ok(());
    }
    let action = if wanted {
        ConsentAction::Given
    } else {
        ConsentAction::Withdrawn
    };
    let mut transaction = app.database.begin().await?;
    record_consent_to(&mut transaction, subscriber, Purpose::Surveys, action, evidence).await?;
    transaction.commit().await?;
    Ok(())
}
