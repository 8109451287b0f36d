// SPDX-License-Identifier: EUPL-1.2
//! What leads from a message to its own page, to preferences and to its end: beside why, in the footer, under a push.

use serde::Serialize;

use super::Wording;

/// The addresses in a message that are its reader's own. None of them signs anybody in.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnLinks<'a> {
    /// Stops such mail.
    pub unsubscribe: Option<&'a str>,
    /// The page of this notification: less of it, nothing more of it, what they think of it.
    pub manage: Option<&'a str>,
}

/// A button under a notification, in browsers that show any.
#[derive(Serialize)]
pub(super) struct PushAction {
    action: &'static str,
    title: String,
    navigate: String,
}

impl Wording<'_> {
    /// What can be done about a notification, on its page.
    pub(super) fn push_actions(&self, page: &str) -> Vec<PushAction> {
        let button = |action, key, part| PushAction {
            action,
            title: self.texts.get(key),
            navigate: format!("{page}{part}"),
        };
        vec![
            button("fewer", "manage-push-fewer", "#meno"),
            button("manage", "manage-push-manage", ""),
        ]
    }

    /// Beside why somebody is told: that they do not care for it, and where to change what they follow.
    pub(super) fn why_links(&self, own: OwnLinks<'_>) -> Vec<(String, String)> {
        let hide = own
            .manage
            .map(|page| (self.texts.get("manage-not-interested"), hide_part(page)));
        let change = (self.texts.get("manage-change"), self.urls.preferences());
        hide.into_iter().chain([change]).collect()
    }

    /// At the end of a mail that somebody subscribed to: its own page, stopping it, preferences, privacy.
    pub(super) fn footer_links(&self, own: OwnLinks<'_>) -> Vec<(String, String)> {
        let texts = self.texts;
        let manage = own.manage.map(|url| (texts.get("manage-heading"), url.to_owned()));
        let stop = own
            .unsubscribe
            .map(|url| (texts.get("mail-unsubscribe"), url.to_owned()));
        let lasting = [
            (texts.get("mail-preferences"), self.urls.preferences()),
            (texts.get("mail-privacy"), self.privacy_url.to_owned()),
        ];
        manage.into_iter().chain(stop).chain(lasting).collect()
    }
}

/// The part of the page of a notification where it is hidden.
pub(super) fn hide_part(page: &str) -> String {
    format!("{page}#nascondi")
}
