// SPDX-License-Identifier: EUPL-1.2
//! A mail of the outbox: its envelope, its headers for lists, and the names by which it is known again.

use crate::app::App;
use crate::delivery::email::{Letter, ListHeaders, Mail, compose};
use crate::delivery::return_code::{ReturnCode, return_path};
use crate::delivery::wording::{OwnLinks, Told, Wording};
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::subscriber::{Place, Target};
use crate::secrets::fingerprint;
use crate::services::stop_codes::UnsubscribeCode;
use crate::storage::ledger::{Claimed, Key};
use crate::urls::paths;

/// What a message is about.
pub(super) struct About<'a> {
    /// What it tells.
    pub(super) told: Told<'a>,
    /// Replaces an unread message of the same topic.
    pub(super) topic: String,
    /// The kinds of profile that it is sent for: what its link for stopping stops. Empty for what a person waits for.
    pub(super) kinds: Vec<ProfileKind>,
    /// Which mails it is one of: told at once, or a digest. None for what a person waits for.
    pub(super) mails: Option<Frequency>,
    /// The page where it is managed, of what is about one opportunity.
    pub(super) manage: Option<String>,
}

/// Puts what is told into words and the envelope; `None` when that cannot be done, which is logged.
pub(super) fn mail(
    app: &App,
    wording: &Wording<'_>,
    row: &Claimed,
    target: &Target,
    about: &About<'_>,
) -> Option<Mail> {
    let Place::Mailbox(address) = &target.place else {
        return None;
    };
    let code = UnsubscribeCode::of(app, target, &about.kinds, about.mails).text(app);
    let unsubscribe = app.urls.unsubscribe(&code);
    let is_list = !about.kinds.is_empty();
    let own = OwnLinks {
        unsubscribe: is_list.then_some(unsubscribe.as_str()),
        manage: about.manage.as_deref(),
    };
    let words = wording.mail(about.told, own, app.now()).ok()?;
    let mailto = format!("mailto:{}?subject=unsubscribe%20{code}", app.config.contact_email);
    let list_id = format!("{}.{}", list_name(about), app.urls.host());
    let (sender, sender_address) = (app.config.sender(), app.config.sender_address());
    let return_code = return_code(app, row.key);
    let bounce_address = app.config.bounce_address.as_deref();
    let bounces = bounce_address
        .zip(return_code.as_deref())
        .and_then(|(address, code)| return_path(address, code));
    let message_id = message_id(app, row.key, return_code.as_deref());
    let letter = Letter {
        from: &sender,
        reply_to: app.config.mail_reply_to.as_deref(),
        to: address.as_str(),
        return_path: bounces.as_deref().unwrap_or(&sender_address),
        subject: &words.subject,
        text: &words.text,
        html: &words.html,
        message_id: &message_id,
        date: app.now(),
        language: wording.texts.language.code(),
        is_automatic: true,
        list: is_list.then_some(ListHeaders {
            unsubscribe_url: &unsubscribe,
            unsubscribe_mailto: Some(&mailto),
            list_id: &list_id,
            list_name: wording.service,
        }),
        feedback_id: Some(&format!("{}:{}", about.topic, list_name(about))),
    };
    compose(&letter)
        .inspect_err(|error| tracing::error!(%error, "a mail could not be written"))
        .ok()
}

/// The name by which mail programs tell one list from the others: for whom, and which digest where it is one.
fn list_name(about: &About<'_>) -> String {
    let kinds = about.kinds.iter().map(|kind| kind.code());
    let digest = about.mails.filter(|mails| *mails != Frequency::Immediate);
    let words: Vec<&str> = kinds.chain(digest.map(Frequency::code)).collect();
    if words.is_empty() {
        "service".to_owned()
    } else {
        words.join("-")
    }
}

/// What a mail that comes back is known by.
fn return_code(app: &App, key: Key) -> Option<String> {
    let code = ReturnCode {
        target: key.target,
        occasion: key.occasion,
    };
    code.seal(&app.unsubscribe_key)
}

/// The same for every attempt at a notification, so that a receiver can tell a repetition; it tells no number. Its left
/// half is the code by which a report that quotes nothing else is still understood.
fn message_id(app: &App, key: Key, return_code: Option<&str>) -> String {
    let name = || {
        let name = format!("{} {} {}", app.urls.absolute(paths::HOME), key.occasion, key.target);
        fingerprint(name.as_bytes())[..32].to_owned()
    };
    let left = return_code.map_or_else(name, str::to_owned);
    format!("{left}@{}", app.urls.host())
}
