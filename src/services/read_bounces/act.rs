// SPDX-License-Identifier: EUPL-1.2
//! What one mail that came back leads to: nothing, a strike, a mailbox left alone, or consent withdrawn.
//!
//! Only a code that the key of this database made says whose mailbox it is about: in the address that the report came to,
//! or in the headers of what was sent. A report that somebody made up does nothing.

use crate::app::App;
use crate::delivery::return_code::ReturnCode;
use crate::delivery::returned::{self, Says};
use crate::domain::bounce::{Judgement, SuppressionReason};
use crate::domain::ids::OccasionId;
use crate::domain::subscriber::{Place, Target, TargetStatus};
use crate::services::Result;
use crate::services::dispatch_outbox::stop_failed_mailbox;
use crate::services::stop_codes::UnsubscribeCode;
use crate::services::suppress_mailbox::suppress_mailbox;
use crate::services::unsubscribe::withdraw_from_mail;
use crate::storage::ledger::{self, Key};
use crate::storage::{Transaction, strikes, targets};
use crate::urls::paths;

/// What a mail told of a mailbox of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing: it is no report, or not about a mailbox of ours.
    Nothing,
    /// It failed this time.
    SoftBounce,
    /// There is no such mailbox.
    HardBounce,
    /// Our mail is not wanted there.
    Complaint,
}

/// The reason kept with a strike that a report without a code costs.
const NO_STATUS: &str = "bounced";

/// Acts on one mail. `None` when it is none.
///
/// # Errors
/// What the database says; nothing has changed then.
pub async fn act_on(app: &App, mail: &[u8]) -> Result<Option<Told>> {
    let Some(mail) = returned::read(mail) else {
        return Ok(None);
    };
    if mail.says == Says::Nothing {
        return Ok(Some(Told::Nothing));
    }
    let Some(code) = mail.traces.iter().find_map(|trace| code_in(app, trace)) else {
        return Ok(Some(Told::Nothing));
    };
    let mut transaction = app.database.begin().await?;
    let (target, occasion) = match code {
        Code::Returned(code) => (returned_by(&mut transaction, code).await?, Some(code.occasion)),
        Code::Stopping(code) => (code.mailbox(app, &mut transaction).await?, None),
    };
    let Some(target) = target.filter(is_mailbox) else {
        return Ok(Some(Told::Nothing));
    };
    let told = match mail.says {
        Says::Bounced { judgement, status } => {
            bounced(app, &mut transaction, &target, occasion, judgement, &status).await?
        }
        Says::Complained => {
            withdraw_from_mail(app, &mut transaction, &target).await?;
            suppress_mailbox(app, &mut transaction, &target, SuppressionReason::Complaint).await?;
            Told::Complaint
        }
        Says::Nothing => Told::Nothing,
    };
    transaction.commit().await?;
    Ok(Some(told))
}

/// The mailbox that a mail was sent to, unless it had another address then: what becomes of the old one says nothing of the
/// new.
async fn returned_by(transaction: &mut Transaction, code: ReturnCode) -> Result<Option<Target>> {
    if let Some(moved_at) = targets::moved_at(transaction, code.target).await? {
        let key = Key {
            occasion: code.occasion,
            target: code.target,
        };
        let sent_at = ledger::finished_at(transaction, key).await?;
        if sent_at.is_none_or(|sent_at| sent_at < moved_at) {
            return Ok(None);
        }
    }
    Ok(targets::find(transaction, code.target).await?)
}

const fn is_mailbox(target: &Target) -> bool {
    matches!(target.place, Place::Mailbox(_))
}

/// What says whose mailbox a report is about.
enum Code {
    /// That of the return path and the Message-ID, which says what it was told of as well.
    Returned(ReturnCode),
    /// That of the address that stops mail.
    Stopping(UnsubscribeCode),
}

fn code_in(app: &App, trace: &str) -> Option<Code> {
    if let Some(code) = ReturnCode::find(&app.unsubscribe_key, trace) {
        return Some(Code::Returned(code));
    }
    let (_, rest) = trace.split_once(&app.urls.absolute(&format!("{}/", paths::UNSUBSCRIBE)))?;
    let code: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    UnsubscribeCode::read(app, &code).map(Code::Stopping)
}

/// A mailbox that is not there is left alone at once, one that failed when it has failed too often. A mailbox that its
/// person stopped meanwhile stays as it is.
async fn bounced(
    app: &App,
    transaction: &mut Transaction,
    target: &Target,
    occasion: Option<OccasionId>,
    judgement: Judgement,
    status: &str,
) -> Result<Told> {
    let is_open = matches!(target.status, TargetStatus::Active | TargetStatus::Pending);
    match judgement {
        Judgement::Fine => Ok(Told::Nothing),
        Judgement::Unrelated => Ok(Told::SoftBounce),
        Judgement::Hard => {
            if is_open {
                suppress_mailbox(app, transaction, target, SuppressionReason::HardBounce).await?;
            }
            Ok(Told::HardBounce)
        }
        Judgement::Soft => {
            let counted = match occasion {
                Some(occasion) => strikes::is_known(transaction, target.id, occasion).await?,
                None => false,
            };
            if is_open && !counted {
                let reason = if status.is_empty() { NO_STATUS } else { status };
                strikes::add(transaction, target.id, occasion, reason, app.now()).await?;
                stop_failed_mailbox(app, transaction, target.id).await?;
            }
            Ok(Told::SoftBounce)
        }
    }
}
