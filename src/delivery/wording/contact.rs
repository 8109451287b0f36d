// SPDX-License-Identifier: EUPL-1.2
//! What somebody wrote by the form of the help pages, as a mail for those who answer.

use askama::Template;

use super::{LONGEST_SUBJECT, MailWords, Tint, Wording, joined};
use crate::domain::clock::Timestamp;
use crate::domain::contact::ContactMessage;
use crate::texts::shorten;

#[derive(Template)]
#[template(path = "email/contact.html")]
struct HtmlContact<'a> {
    mail: &'a Contact,
}

#[derive(Template)]
#[template(path = "email/contact.txt")]
struct TextContact<'a> {
    mail: &'a Contact,
}

/// The data of which both parts are made.
struct Contact {
    brand: String,
    tint: Tint,
    language: &'static str,
    subject: String,
    preheader: String,
    heading: String,
    facts: Vec<(String, String)>,
    lines: Vec<String>,
    links: Vec<(String, String)>,
    closing: Vec<String>,
}

impl Wording<'_> {
    /// The words of the mail, in the language of these words, which is the body's.
    ///
    /// # Errors
    /// A template that cannot be filled is a fault of the program.
    pub fn contact(&self, message: &ContactMessage, written_at: Timestamp) -> Result<MailWords, askama::Error> {
        let texts = self.texts;
        let code = message.subject.code();
        let about = texts.get(&format!("contact-subject-{code}"));
        let name = (!message.name.is_empty()).then(|| (texts.get("contact-mail-name"), message.name.clone()));
        let facts = [
            (texts.get("contact-mail-about"), about.clone()),
            (texts.get("contact-mail-address"), message.reply_to.as_str().to_owned()),
            (texts.get("contact-mail-language"), message.language.name().to_owned()),
            (texts.get("contact-mail-date"), texts.moment(&written_at)),
        ];
        let note = format!("contact-mail-note-{code}");
        let notes = [Some("contact-mail-answer".to_owned()), texts.has(&note).then_some(note)];
        let subject = texts.fill("contact-mail-subject", &[("service", self.service), ("about", &about)]);
        let contact = Contact {
            brand: self.service.to_owned(),
            tint: self.tint(),
            language: texts.language.code(),
            subject: shorten(&subject, LONGEST_SUBJECT),
            preheader: joined([message.name.clone(), about.clone()]),
            heading: about,
            facts: name.into_iter().chain(facts).collect(),
            lines: message.text.lines().map(str::to_owned).collect(),
            links: Vec::new(),
            closing: notes.into_iter().flatten().map(|key| texts.get(&key)).collect(),
        };
        Ok(MailWords {
            text: TextContact { mail: &contact }.render()?,
            html: HtmlContact { mail: &contact }.render()?,
            subject: contact.subject,
        })
    }
}
