// SPDX-License-Identifier: EUPL-1.2
//! What somebody wrote by the form of the help pages, as a mail for those who answer.

use askama::Template;

use crate::delivery::wording::MailWords;
use crate::domain::contact::WaitingMessage;
use crate::texts::Texts;

#[derive(Template)]
#[template(path = "email/contact.html")]
struct HtmlContact<'a> {
    contact: &'a Contact,
}

#[derive(Template)]
#[template(path = "email/contact.txt")]
struct TextContact<'a> {
    contact: &'a Contact,
}

/// The data of which both parts are made.
struct Contact {
    language: &'static str,
    subject: String,
    facts: Vec<(String, String)>,
    lines: Vec<String>,
    notes: Vec<String>,
}

/// The words of the mail, in the language of `texts`, which is the body's.
///
/// # Errors
/// A template that cannot be filled is a fault of the program.
pub fn contact_words(texts: Texts, service: &str, waiting: &WaitingMessage) -> Result<MailWords, askama::Error> {
    let message = &waiting.message;
    let code = message.subject.code();
    let about = texts.get(&format!("contact-subject-{code}"));
    let name = (!message.name.is_empty()).then(|| (texts.get("contact-mail-name"), message.name.clone()));
    let facts = [
        (texts.get("contact-mail-about"), about.clone()),
        (texts.get("contact-mail-address"), message.reply_to.as_str().to_owned()),
        (texts.get("contact-mail-language"), message.language.name().to_owned()),
        (texts.get("contact-mail-date"), texts.moment(&waiting.written_at)),
    ];
    let note = format!("contact-mail-note-{code}");
    let notes = [Some("contact-mail-answer".to_owned()), texts.has(&note).then_some(note)];
    let contact = Contact {
        language: texts.language.code(),
        subject: texts.fill("contact-mail-subject", &[("service", service), ("about", &about)]),
        facts: name.into_iter().chain(facts).collect(),
        lines: message.text.lines().map(str::to_owned).collect(),
        notes: notes.into_iter().flatten().map(|key| texts.get(&key)).collect(),
    };
    Ok(MailWords {
        text: TextContact { contact: &contact }.render()?,
        html: HtmlContact { contact: &contact }.render()?,
        subject: contact.subject,
    })
}
