// SPDX-License-Identifier: EUPL-1.2
//! What a mail that came back says: a bounce, a complaint, or nothing that matters.
//!
//! Reads one mail: reports of delivery (RFC 3462, 3464, 6533), also with only the headers of what was sent, the form that
//! qmail has of its own, and reports of complaints (RFC 5965). Decides what it says of the mailbox; whose mailbox that is,
//! the codes in [`ReturnedMail::traces`] tell, which whoever has the key reads. Automatic answers say nothing.
//! `maildir` and `imap` fetch the mails.

mod delivery_status;
pub mod imap;
pub mod maildir;

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use crate::domain::bounce::{Judgement, enhanced_code_in, judge};

/// The longest mail that is read; of a longer one the beginning, which is where the report stands.
pub const LONGEST_MAIL: usize = 1024 * 1024;

/// A mail that came back.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnedMail {
    /// What it says.
    pub says: Says,
    /// Where the codes of the mail that it is about may be: recipients of the report, then headers of that mail.
    pub traces: Vec<String>,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The mail was not delivered.
    Bounced {
        /// What that means for the mailbox.
        judgement: Judgement,
        /// The code given, for the report.
        status: String,
    },
    /// Whoever reads the mailbox does not want our mail.
    Complained,
    /// Nothing: an automatic answer, a report of delay or success, a mail to a person.
    Nothing,
}

/// The headers of which every mail has one or the other.
const ALWAYS_THERE: [&str; 4] = ["From", "Date", "To", "Return-Path"];

/// The headers of the report that say to which of our addresses it came.
const RECIPIENTS: [&str; 5] = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"];

/// The headers of the mail that it is about which carry codes of ours.
const CARRIERS: [&str; 4] = ["Return-Path", "X-Envelope-From", "Message-ID", "List-Unsubscribe"];

/// Which complaints mean that our mail is not wanted; `not-spam` and reports about signatures do not (RFC 5965, 6591).
const COMPLAINTS: [&str; 4] = ["abuse", "fraud", "opt-out", "opt-out-list"];

/// Reads a mail; `None` when it is none, or a report of delivery without the part for programs.
#[must_use]
pub fn read(raw: &[u8]) -> Option<ReturnedMail> {
    let mail = MessageParser::default().parse(raw)?;
    if !ALWAYS_THERE.iter().any(|name| mail.header(*name).is_some()) {
        return None;
    }
    let says = match report_type(&mail).as_deref() {
        Some("delivery-status") => delivery_status(&mail)?,
        Some("feedback-report") => complaint(&mail),
        _ => qmail_bounce(&mail).unwrap_or(Says::Nothing),
    };
    let mut traces = headers_of(&mail, &RECIPIENTS);
    for part in &mail.parts {
        traces.extend(traces_in(part));
    }
    Some(ReturnedMail { says, traces })
}

/// The kind of report, in small letters; `None` for other mail.
fn report_type(mail: &Message<'_>) -> Option<String> {
    let content_type = mail.content_type()?;
    let is_report = content_type.ctype().eq_ignore_ascii_case("multipart")
        && content_type
            .subtype()
            .is_some_and(|it| it.eq_ignore_ascii_case("report"));
    let kind = content_type.attribute("report-type").filter(|_| is_report)?;
    Some(kind.to_ascii_lowercase())
}

fn is_part(part: &MessagePart<'_>, kind: &str, subtypes: &[&str]) -> bool {
    part.content_type().is_some_and(|it| {
        let subtype = it.subtype().unwrap_or_default();
        it.ctype().eq_ignore_ascii_case(kind) && subtypes.iter().any(|one| subtype.eq_ignore_ascii_case(one))
    })
}

fn delivery_status(mail: &Message<'_>) -> Option<Says> {
    let part = mail
        .parts
        .iter()
        .find(|part| is_part(part, "message", &["delivery-status", "global-delivery-status"]))?;
    let failed = delivery_status::read(part.contents());
    Some(failed.map_or(Says::Nothing, |(judgement, status)| Says::Bounced { judgement, status }))
}

fn complaint(mail: &Message<'_>) -> Says {
    let part = mail
        .parts
        .iter()
        .find(|part| is_part(part, "message", &["feedback-report"]));
    let kind = part.and_then(|part| {
        let blocks = delivery_status::blocks(part.contents());
        blocks.iter().find_map(|block| block.get("feedback-type").cloned())
    });
    match kind {
        Some(kind) if COMPLAINTS.contains(&kind.trim().to_ascii_lowercase().as_str()) => Says::Complained,
        _ => Says::Nothing,
    }
}

/// How bounces of qmail begin, which it writes for people and programs alike (QSBMF).
const QMAIL_GREETING: &str = "Hi. This is the ";

/// Where qmail begins to quote what was sent.
const QMAIL_COPY: &str = "--- Below this line is a copy of the message.";

fn qmail_bounce(mail: &Message<'_>) -> Option<Says> {
    let text = mail.body_text(0)?;
    if !text.trim_start().starts_with(QMAIL_GREETING) {
        return None;
    }
    let (report, _) = text.split_once(QMAIL_COPY).unwrap_or((&text, ""));
    // The first paragraph greets; the one that begins with an address in angle brackets says why.
    let reason = report.split_once("\n<").or_else(|| report.split_once("\r\n<"))?.1;
    let status = enhanced_code_in(reason).unwrap_or_default();
    Some(Says::Bounced {
        judgement: judge(status, reason),
        status: status.to_owned(),
    })
}

/// Codes in the copy of what was sent: a whole mail, its headers alone, or text below qmail's line.
fn traces_in(part: &MessagePart<'_>) -> Vec<String> {
    if let Some(copy) = part.message() {
        return headers_of(copy, &CARRIERS);
    }
    let copy = if is_part(part, "text", &["rfc822-headers", "rfc822"])
        || is_part(
            part,
            "message",
            &["rfc822-headers", "rfc822", "global-headers", "global"],
        ) {
        part.contents()
    } else {
        match part.text_contents().and_then(|text| text.split_once(QMAIL_COPY)) {
            Some((_, copy)) => copy.trim_start().as_bytes(),
            None => return Vec::new(),
        }
    };
    let headers = MessageParser::default().parse_headers(copy);
    headers.map_or_else(Vec::new, |headers| headers_of(&headers, &CARRIERS))
}

/// The values of these headers, in the order of the names.
fn headers_of(mail: &Message<'_>, names: &[&str]) -> Vec<String> {
    let values = names.iter().flat_map(|name| {
        let own = mail.headers_raw().filter(|(its, _)| its.eq_ignore_ascii_case(name));
        own.map(|(_, value)| unfolded(value))
    });
    values.collect()
}

/// One line, without the white space that folding put in: no code and no address has any.
fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
