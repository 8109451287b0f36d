// SPDX-License-Identifier: EUPL-1.2
//! What a follow-up says: first what has changed or how soon a date comes, then the opportunity as it is now.

use super::{Followed, LONGEST_SUBJECT, MailContent, OwnLinks, Wording, joined};
use crate::domain::clock::Timestamp;
use crate::domain::occasion::FollowUp;
use crate::texts::shorten;

impl Wording<'_> {
    /// Title, text and address of a follow-up as a notification.
    pub(super) fn follow_up_push(&self, followed: &Followed<'_>, now: Timestamp) -> (String, String, String) {
        let opportunity = followed.opportunity;
        let lines = self.follow_up_lines(followed);
        let body = if lines.is_empty() {
            self.texts.when(opportunity)
        } else {
            lines.join(" ")
        };
        (
            self.follow_up_title(followed, now),
            joined([body, self.public_reasons(followed.reasons)]),
            self.urls.opportunity(opportunity),
        )
    }

    /// The content of a follow-up by mail: the announcement as it would be now, under what has changed.
    pub(super) fn follow_up_mail(&self, followed: &Followed<'_>, own: OwnLinks<'_>, now: Timestamp) -> MailContent {
        let mut content = self.announcement(followed.opportunity, followed.reasons, own);
        let lines = self.follow_up_lines(followed);
        let what = self.what(followed, now);
        content.subject = shorten(&self.follow_up_title(followed, now), LONGEST_SUBJECT);
        content.preheader = joined([lines.first().cloned().unwrap_or_default(), content.preheader]);
        content.paragraphs = [what].into_iter().chain(lines).collect();
        let asked = match followed.follow_up {
            FollowUp::Change(_) => "mail-frequency-change",
            FollowUp::Reminder(_) => "mail-frequency-reminder",
        };
        let why = [
            self.texts.reasons(followed.reasons, self.vocabulary),
            self.texts.get(asked),
        ];
        let why = why.into_iter().filter(|line| !line.is_empty()).collect();
        content.why = Some((self.texts.get("mail-why-heading"), why));
        content
    }

    /// What a digest says of a follow-up: in a word or two, and what has changed.
    pub(super) fn follow_up_words(&self, followed: &Followed<'_>, now: Timestamp) -> Vec<String> {
        [self.what(followed, now)]
            .into_iter()
            .chain(self.follow_up_lines(followed))
            .collect()
    }

    fn follow_up_title(&self, followed: &Followed<'_>, now: Timestamp) -> String {
        let what = self.what(followed, now);
        self.texts.fill(
            "told-title",
            &[("what", &what), ("title", &followed.opportunity.content.title)],
        )
    }

    fn what(&self, followed: &Followed<'_>, now: Timestamp) -> String {
        let kind = followed.opportunity.content.kind;
        self.texts.follow_up(followed.kind, kind, followed.follow_up, now)
    }

    fn follow_up_lines(&self, followed: &Followed<'_>) -> Vec<String> {
        match followed.follow_up {
            FollowUp::Change(change) => self.texts.change(change, followed.opportunity.content.kind),
            FollowUp::Reminder(_) => Vec::new(),
        }
    }
}
