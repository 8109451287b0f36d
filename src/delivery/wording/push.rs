// SPDX-License-Identifier: EUPL-1.2
//! The payload of a push message, in the shape of Declarative Web Push.

use serde::Serialize;

use super::own_links::{OwnLinks, PushAction};
use super::{Told, Wording, joined};
use crate::domain::clock::Timestamp;
use crate::domain::occasion::FollowUp;
use crate::matching::Reason;
use crate::texts::shorten;

/// The longest title of a notification, in characters.
pub const LONGEST_PUSH_TITLE: usize = 50;
/// The longest text of a notification, in characters.
pub const LONGEST_PUSH_BODY: usize = 120;

/// A push payload in the shape of Declarative Web Push; the service worker reads the same.
#[derive(Serialize)]
struct PushPayload<'a> {
    web_push: u16,
    notification: PushNotification<'a>,
}

#[derive(Serialize)]
struct PushNotification<'a> {
    title: String,
    body: String,
    navigate: String,
    tag: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    renotify: bool,
    lang: &'a str,
    dir: &'a str,
    timestamp: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<PushAction>,
}

/// The payload of a push message with its title alone, for a push service that finds it too long.
#[must_use]
pub fn shortened(payload: &[u8]) -> Vec<u8> {
    let shorter = || {
        let mut payload: serde_json::Value = serde_json::from_slice(payload).ok()?;
        *payload.pointer_mut("/notification/body")? = "".into();
        serde_json::to_vec(&payload).ok()
    };
    shorter().unwrap_or_default()
}

impl Wording<'_> {
    /// The payload of a push message about `told`. `tag` names what it is about, so that an update replaces it.
    #[must_use]
    pub fn push(&self, told: Told<'_>, own: OwnLinks<'_>, tag: &str, now: Timestamp) -> Vec<u8> {
        let (title, body, navigate) = self.push_words(told, now);
        let payload = PushPayload {
            web_push: 8030,
            notification: PushNotification {
                title: shorten(&title, LONGEST_PUSH_TITLE),
                body: shorten(&body, LONGEST_PUSH_BODY),
                navigate,
                tag: tag.to_owned(),
                renotify: rings_again(told),
                lang: self.texts.language.code(),
                dir: "ltr",
                timestamp: now.milliseconds(),
                actions: own.manage.map(|page| self.push_actions(page)).unwrap_or_default(),
            },
        };
        serde_json::to_vec(&payload).unwrap_or_default()
    }

    fn push_words(&self, told: Told<'_>, now: Timestamp) -> (String, String, String) {
        let texts = self.texts;
        match told {
            Told::Opportunity(opportunity, reasons) => {
                let body = joined([texts.when(opportunity), self.public_reasons(reasons)]);
                (
                    opportunity.content.title.clone(),
                    body,
                    self.urls.opportunity(opportunity),
                )
            }
            Told::FollowUp(followed) => self.follow_up_push(&followed, now),
            Told::Digest(digest) => self.digest_push(digest),
            Told::Confirmation(url) => (
                texts.get("push-confirmation-title"),
                self.service.to_owned(),
                url.to_owned(),
            ),
            Told::SignIn(url) => (
                texts.get("push-sign-in-title"),
                texts.get("push-sign-in-body"),
                url.to_owned(),
            ),
            Told::MailboxAddition(url) => (
                texts.get("mail-mailbox-addition-heading"),
                self.service.to_owned(),
                url.to_owned(),
            ),
            Told::MailboxMove { url, .. } => (
                texts.get("mail-mailbox-move-heading"),
                self.service.to_owned(),
                url.to_owned(),
            ),
            Told::Test => (
                texts.get("push-test-title"),
                texts.fill("push-test-body", &[("service", self.service)]),
                self.urls.preferences(),
            ),
            Told::Erased => (
                texts.get("mail-erased-heading"),
                self.service.to_owned(),
                self.urls.home(),
            ),
        }
    }

    /// The reasons but for topics that tell something of a person's health or need: a screen may be read by others.
    pub(super) fn public_reasons(&self, reasons: &[Reason]) -> String {
        let shown = reasons.iter().filter(|reason| !reason.is_sensitive(self.vocabulary));
        let shown: Vec<Reason> = shown.copied().collect();
        self.texts.reasons(&shown, self.vocabulary)
    }
}

/// Whether a notification that replaces another one makes itself heard again: only where a deadline has moved, or comes.
const fn rings_again(told: Told<'_>) -> bool {
    match told {
        Told::FollowUp(followed) => match followed.follow_up {
            FollowUp::Change(change) => change.closes.is_some(),
            FollowUp::Reminder(_) => true,
        },
        _ => false,
    }
}
