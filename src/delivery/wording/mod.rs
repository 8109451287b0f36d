// SPDX-License-Identifier: EUPL-1.2
//! What a notification says: a push payload, or the subject, text and HTML of a mail, in the person's language.
//!
//! Reads what is told and why; both parts of a mail are made of the same data. Templates are in `templates/email`.

mod contact;
mod digest;
mod follow_up;
mod own_links;
mod push;

use askama::Template;

use crate::domain::clock::Timestamp;
use crate::domain::colour::Colour;
use crate::domain::language::Language;
use crate::domain::occasion::{FollowUp, OccasionKind};
use crate::domain::opportunity::Opportunity;
use crate::domain::vocabulary::Vocabulary;
use crate::matching::Reason;
use crate::texts::{Texts, shorten, when_key};
use crate::urls::Urls;

pub use digest::{Digest, DigestItem, DigestSection};
pub use own_links::OwnLinks;
pub use push::{LONGEST_PUSH_BODY, LONGEST_PUSH_TITLE, shortened};

/// What is told to one person.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// An opportunity that concerns them, and why.
    Opportunity(&'a Opportunity, &'a [Reason]),
    /// What follows up the publication of one that they know.
    FollowUp(Followed<'a>),
    /// What was matched since the last edition.
    Digest(&'a Digest<'a>),
    /// The link that confirms their mailbox.
    Confirmation(&'a str),
    /// The link to their private page.
    SignIn(&'a str),
    /// The link that agrees to be one more address of a subscription that is there already.
    MailboxAddition(&'a str),
    /// The link that agrees to another address.
    MailboxMove {
        /// Where to agree.
        url: &'a str,
        /// The new address.
        address: &'a str,
    },
    /// That the channel works.
    Test,
    /// That everything about them was erased.
    Erased,
}

/// What has become of an opportunity, for one person.
#[derive(Debug, Clone, Copy)]
pub struct Followed<'a> {
    /// Why it is written of again.
    pub kind: OccasionKind,
    /// What has changed, or which date comes.
    pub follow_up: &'a FollowUp,
    /// Which opportunity, as it is now.
    pub opportunity: &'a Opportunity,
    /// Why this person is told.
    pub reasons: &'a [Reason],
}

/// In whose words and with which addresses.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// The sentences of the person's language.
    pub texts: Texts,
    /// Public addresses.
    pub urls: &'a Urls,
    /// Names of facets.
    pub vocabulary: &'a Vocabulary,
    /// The name of the service.
    pub service: &'a str,
    /// The body that runs it.
    pub body: &'a str,
    /// The page about privacy.
    pub privacy_url: &'a str,
    /// Where the body has its seat; may be empty.
    pub address: &'a str,
    /// The colour of the installation.
    pub colour: Colour,
}

/// The colour of links and buttons in mails, for light and for dark screens.
#[derive(Debug, Clone, Copy)]
struct Tint {
    light: Colour,
    dark: Colour,
}

/// The sheet of a mail on a dark screen, as `templates/email/layout.html` has it.
const DARK_SHEET: Colour = Colour::new(0x17, 0x24, 0x2f);

/// The contrast of links and buttons with the dark sheet: more than enough, since programs for mail change colours.
const DARK_CONTRAST: f64 = 7.5;

/// The words of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailWords {
    /// At most [`LONGEST_SUBJECT`] characters.
    pub subject: String,
    /// The complete text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// The longest subject, in characters: what a phone shows.
pub const LONGEST_SUBJECT: usize = 60;
/// The longest summary in a mail, in characters; the page has the rest.
const LONGEST_SUMMARY: usize = 600;

/// The templates of mails: one layout for all of them, as HTML and as text.
#[derive(Template)]
#[template(path = "email/message.html")]
struct HtmlMail<'a> {
    mail: &'a MailContent,
}

#[derive(Template)]
#[template(path = "email/message.txt")]
struct TextMail<'a> {
    mail: &'a MailContent,
}

/// The data of a mail, from which both parts are made.
struct MailContent {
    brand: String,
    tint: Tint,
    language: &'static str,
    subject: String,
    preheader: String,
    heading: String,
    /// Whether the heading is a title that an editor wrote.
    is_editors: bool,
    /// Whether the mail is in another language than what editors write.
    is_translated: bool,
    paragraphs: Vec<String>,
    /// What an editor wrote.
    summary: Vec<String>,
    facts: Vec<(String, String)>,
    action: (String, String),
    notes: Vec<String>,
    why: Option<(String, Vec<String>)>,
    why_links: Vec<(String, String)>,
    links: Vec<(String, String)>,
    closing: Vec<String>,
}

impl Wording<'_> {
    /// The words of a mail about `told`.
    ///
    /// # Errors
    /// When a template cannot be filled in.
    pub fn mail(&self, told: Told<'_>, own: OwnLinks<'_>, now: Timestamp) -> Result<MailWords, askama::Error> {
        let content = match told {
            Told::Opportunity(opportunity, reasons) => self.announcement(opportunity, reasons, own),
            Told::FollowUp(followed) => self.follow_up_mail(&followed, own, now),
            Told::Digest(digest) => return self.digest_mail(digest, own, now),
            Told::Confirmation(url) => self.letter("confirmation", url),
            Told::SignIn(url) => self.letter("sign-in", url),
            Told::MailboxAddition(url) => self.letter("mailbox-addition", url),
            Told::MailboxMove { url, address } => MailContent {
                facts: vec![(self.texts.get("move-new-address"), address.to_owned())],
                ..self.letter("mailbox-move", url)
            },
            Told::Test => self.letter("test", &self.urls.preferences()),
            Told::Erased => self.letter("erased", &self.urls.home()),
        };
        Ok(MailWords {
            text: TextMail { mail: &content }.render()?,
            html: HtmlMail { mail: &content }.render()?,
            subject: content.subject,
        })
    }

    fn announcement(&self, opportunity: &Opportunity, reasons: &[Reason], own: OwnLinks<'_>) -> MailContent {
        let (texts, content) = (self.texts, &opportunity.content);
        let subject = texts.titled(content.kind, &content.title);
        let summary = if content.summary.is_empty() {
            &content.body
        } else {
            &content.summary
        };
        let why = [
            texts.reasons(reasons, self.vocabulary),
            texts.get("mail-frequency-immediate"),
        ];
        MailContent {
            brand: self.service.to_owned(),
            tint: self.tint(),
            language: texts.language.code(),
            subject: shorten(&subject, LONGEST_SUBJECT),
            preheader: joined([texts.when(opportunity), content.publisher.clone()]),
            heading: content.title.clone(),
            is_editors: true,
            is_translated: self.is_translated(),
            paragraphs: Vec::new(),
            summary: paragraphs(summary),
            facts: self.facts(opportunity),
            action: (texts.get("mail-open"), self.urls.opportunity(opportunity)),
            notes: Vec::new(),
            why: Some((
                texts.get("mail-why-heading"),
                why.into_iter().filter(|line| !line.is_empty()).collect(),
            )),
            why_links: self.why_links(own),
            links: self.footer_links(own),
            closing: self.closing(true),
        }
    }

    fn facts(&self, opportunity: &Opportunity) -> Vec<(String, String)> {
        let (texts, content) = (self.texts, &opportunity.content);
        let amount = content
            .amount
            .total
            .as_ref()
            .map(|cents| texts.money(cents))
            .unwrap_or_default();
        let facts = [
            (texts.get(when_key(content.kind)), texts.when_it_is(content)),
            (texts.get("fact-opens"), texts.opening(content)),
            (texts.get("mail-fact-publisher"), content.publisher.clone()),
            (texts.get("mail-fact-amount"), amount),
            (texts.get("mail-fact-place"), content.place.clone()),
        ];
        facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// A mail that a person waits for: a sentence, a button, and what to know about it.
    fn letter(&self, name: &str, url: &str) -> MailContent {
        let texts = self.texts;
        let fill = |key: String| texts.fill(&key, &[("service", self.service)]);
        let note = format!("mail-{name}-note");
        MailContent {
            brand: self.service.to_owned(),
            tint: self.tint(),
            language: texts.language.code(),
            subject: shorten(&fill(format!("mail-subject-{name}")), LONGEST_SUBJECT),
            preheader: fill(format!("mail-{name}-lead")),
            heading: fill(format!("mail-{name}-heading")),
            is_editors: false,
            is_translated: self.is_translated(),
            paragraphs: vec![fill(format!("mail-{name}-lead"))],
            summary: Vec::new(),
            facts: Vec::new(),
            action: (texts.get(&format!("mail-{name}-action")), url.to_owned()),
            notes: if texts.has(&note) {
                vec![texts.get(&note)]
            } else {
                Vec::new()
            },
            why: None,
            why_links: Vec::new(),
            links: vec![(texts.get("mail-privacy"), self.privacy_url.to_owned())],
            closing: self.closing(false),
        }
    }

    /// Who sends it, where their seat is, and that nobody is followed.
    fn closing(&self, says_no_tracking: bool) -> Vec<String> {
        let texts = self.texts;
        let sent_by = texts.fill("mail-sent-by", &[("service", self.service), ("body", self.body)]);
        let no_tracking = says_no_tracking.then(|| texts.get("mail-no-tracking"));
        let lines = [Some(sent_by), Some(self.address.to_owned()), no_tracking];
        lines.into_iter().flatten().filter(|line| !line.is_empty()).collect()
    }

    /// Whether the words are in another language than what editors write, which is Italian.
    fn is_translated(&self) -> bool {
        self.texts.language != Language::Italian
    }

    fn tint(&self) -> Tint {
        Tint {
            light: self.colour,
            dark: self.colour.lightened(DARK_SHEET, DARK_CONTRAST),
        }
    }
}

/// The parts that are not empty, in one line.
fn joined<const N: usize>(parts: [String; N]) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// The first paragraphs of a longer text, without Markdown's marks at the beginning of lines.
fn paragraphs(text: &str) -> Vec<String> {
    let short = shorten(text, LONGEST_SUMMARY);
    let lines = short
        .lines()
        .map(|line| line.trim_start_matches(['#', '>', '*', '-', ' ']).trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
