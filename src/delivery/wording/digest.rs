// SPDX-License-Identifier: EUPL-1.2
//! What a digest says: its sections with their opportunities and reasons, as a mail or as one notification.

use askama::Template;

use super::own_links::{OwnLinks, hide_part};
use super::{Followed, LONGEST_SUBJECT, MailWords, Tint, Wording};
use crate::domain::clock::Timestamp;
use crate::domain::digest::Section;
use crate::domain::occasion::{FollowUp, OccasionKind};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::Frequency;
use crate::matching::Reason;
use crate::texts::{kind_key, shorten};

/// The longest summary of an opportunity in a digest, in characters.
const LONGEST_SUMMARY: usize = 200;

/// What a digest tells one person.
#[derive(Debug, Clone)]
pub struct Digest<'a> {
    /// How often they get it.
    pub frequency: Frequency,
    /// What it lists, in the order of the mail; no section is empty.
    pub sections: Vec<DigestSection<'a>>,
    /// How many opportunities it leaves to the inbox.
    pub more: usize,
}

/// A section of a digest.
#[derive(Debug, Clone)]
pub struct DigestSection<'a> {
    /// Which.
    pub section: Section,
    /// What it tells.
    pub items: Vec<DigestItem<'a>>,
    /// The address that stops this section.
    pub stop_url: String,
}

/// An opportunity in a digest.
#[derive(Debug, Clone)]
pub struct DigestItem<'a> {
    /// Which, as it is now.
    pub opportunity: &'a Opportunity,
    /// What has become of it since it was told; empty where it is told for the first time.
    pub follow_ups: Vec<(OccasionKind, &'a FollowUp)>,
    /// Why it is there.
    pub reasons: Vec<Reason>,
    /// The page where it is managed.
    pub manage_url: String,
}

impl Digest<'_> {
    fn items(&self) -> impl Iterator<Item = &DigestItem<'_>> {
        self.sections.iter().flat_map(|section| &section.items)
    }

    fn count(&self) -> usize {
        self.items().count() + self.more
    }
}

#[derive(Template)]
#[template(path = "email/digest.html")]
struct HtmlDigest<'a> {
    mail: &'a DigestContent,
}

#[derive(Template)]
#[template(path = "email/digest.txt")]
struct TextDigest<'a> {
    mail: &'a DigestContent,
}

/// The data of a digest by mail, from which both parts are made.
struct DigestContent {
    brand: String,
    tint: Tint,
    language: &'static str,
    subject: String,
    preheader: String,
    heading: String,
    /// Whether it is in another language than what editors write.
    is_translated: bool,
    sections: Vec<SectionContent>,
    more: Option<(String, String)>,
    why: (String, Vec<String>),
    why_links: Vec<(String, String)>,
    links: Vec<(String, String)>,
    closing: Vec<String>,
}

struct SectionContent {
    name: String,
    items: Vec<ItemContent>,
    stop: (String, String),
}

struct ItemContent {
    kind: String,
    title: String,
    /// Both in one line, where there is no other way to tell them apart.
    headline: String,
    url: String,
    /// What has become of it.
    happened: Vec<String>,
    /// What an editor wrote.
    summary: String,
    lines: Vec<String>,
    why: String,
    own_links: Vec<(String, String)>,
}

impl Wording<'_> {
    /// Title, text and address of a digest as one notification.
    pub(super) fn digest_push(&self, digest: &Digest<'_>) -> (String, String, String) {
        let titles: Vec<&str> = digest
            .items()
            .map(|item| item.opportunity.content.title.as_str())
            .collect();
        let count = i64::try_from(digest.count()).unwrap_or(i64::MAX);
        (
            self.texts.count("push-digest-title", count),
            titles.join(" · "),
            self.urls.inbox(),
        )
    }

    /// The words of a digest by mail.
    pub(super) fn digest_mail(
        &self,
        digest: &Digest<'_>,
        own: OwnLinks<'_>,
        now: Timestamp,
    ) -> Result<MailWords, askama::Error> {
        let content = self.digest_content(digest, own, now);
        Ok(MailWords {
            text: TextDigest { mail: &content }.render()?,
            html: HtmlDigest { mail: &content }.render()?,
            subject: content.subject,
        })
    }

    fn digest_content(&self, digest: &Digest<'_>, own: OwnLinks<'_>, now: Timestamp) -> DigestContent {
        let texts = self.texts;
        let weekly = digest.frequency == Frequency::Weekly;
        let name = |daily: &str, other: &str| texts.get(if weekly { other } else { daily });
        let more = i64::try_from(digest.more).ok().filter(|more| *more > 0);
        DigestContent {
            brand: self.service.to_owned(),
            tint: self.tint(),
            language: texts.language.code(),
            subject: self.digest_subject(digest, now),
            preheader: self.digest_preheader(digest),
            heading: name("digest-heading-daily", "digest-heading-weekly"),
            is_translated: self.is_translated(),
            sections: digest
                .sections
                .iter()
                .map(|section| self.section_content(section, now))
                .collect(),
            more: more.map(|more| (texts.count("digest-more", more), self.urls.inbox())),
            why: (
                texts.get("mail-why-heading"),
                vec![name("mail-frequency-daily", "mail-frequency-weekly")],
            ),
            why_links: self.why_links(own),
            links: self.footer_links(own),
            closing: self.closing(true),
        }
    }

    /// The first title after what has become of it, and how many there are beside it: as much of that as leaves room.
    fn digest_subject(&self, digest: &Digest<'_>, now: Timestamp) -> String {
        let first = digest.items().next().map(|item| self.headline(item, now));
        let others = i64::try_from(digest.count()).unwrap_or(i64::MAX) - 1;
        let end = if others > 0 {
            format!(" {}", self.texts.count("digest-subject-others", others))
        } else {
            String::new()
        };
        let room = LONGEST_SUBJECT.saturating_sub(end.chars().count());
        format!("{}{end}", shorten(&first.unwrap_or_default(), room))
    }

    /// A title, and before it what happened last to something that is known: a title alone would say nothing of that.
    fn headline(&self, item: &DigestItem<'_>, now: Timestamp) -> String {
        let content = &item.opportunity.content;
        let happened = item.follow_ups.last();
        happened.map_or_else(
            || content.title.clone(),
            |(kind, follow_up)| {
                let what = self.texts.follow_up(*kind, content.kind, follow_up, now);
                let values = [("what", what.as_str()), ("title", content.title.as_str())];
                self.texts.fill("told-title", &values)
            },
        )
    }

    fn digest_preheader(&self, digest: &Digest<'_>) -> String {
        let counted = digest.sections.iter().map(|section| {
            let name = self.texts.get(&format!("digest-section-{}", section.section.code()));
            format!("{name}: {}", section.items.len())
        });
        counted.collect::<Vec<_>>().join(" · ")
    }

    fn section_content(&self, section: &DigestSection<'_>, now: Timestamp) -> SectionContent {
        let texts = self.texts;
        let name = texts.get(&format!("digest-section-{}", section.section.code()));
        let items = section.items.iter().map(|item| self.item_content(item, now));
        SectionContent {
            items: items.collect(),
            stop: (
                texts.fill("digest-section-stop", &[("section", &name)]),
                section.stop_url.clone(),
            ),
            name,
        }
    }

    fn item_content(&self, item: &DigestItem<'_>, now: Timestamp) -> ItemContent {
        let (texts, opportunity) = (self.texts, item.opportunity);
        let content = &opportunity.content;
        let happened = item.follow_ups.iter().flat_map(|(kind, follow_up)| {
            let followed = Followed {
                kind: *kind,
                follow_up,
                opportunity,
                reasons: &item.reasons,
            };
            self.follow_up_words(&followed, now)
        });
        let happened: Vec<String> = happened.filter(|line| !line.is_empty()).collect();
        let lines = [texts.when(opportunity), content.publisher.clone()];
        ItemContent {
            kind: texts.get(kind_key(content.kind)),
            title: content.title.clone(),
            headline: texts.titled(content.kind, &content.title),
            url: self.urls.opportunity(opportunity),
            // What it is now may be just what happened: "Ritirato" is said once.
            lines: lines
                .into_iter()
                .filter(|line| !line.is_empty() && !happened.contains(line))
                .collect(),
            happened,
            summary: shorten(content.summary.trim(), LONGEST_SUMMARY),
            why: texts.reasons(&item.reasons, self.vocabulary),
            own_links: vec![
                (texts.get("manage-not-interested"), hide_part(&item.manage_url)),
                (texts.get("manage-heading"), item.manage_url.clone()),
            ],
        }
    }
}
