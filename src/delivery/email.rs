// SPDX-License-Identifier: EUPL-1.2
//! A mail as it goes over the wire: two alternatives, plain text first, and the headers of automatic mail.
//!
//! Reads a [`Letter`] already in words, writes a [`Mail`]; sends nothing. Every value is checked or encoded before it
//! becomes a header, so that no title and no name can add one. `smtp_pool` or `mailbox` takes the mail from here.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::Message;
use lettre::message::Body;
use lettre::message::Mailbox;
use lettre::message::MultiPart;
use lettre::message::SinglePart;
use lettre::message::header::ContentTransferEncoding;
use lettre::message::header::ContentType;
use lettre::message::header::HeaderName;
use lettre::message::header::HeaderValue;
use url::Host;
use url::Url;

use crate::domain::clock::Timestamp;

/// The longest address in a header: lines hold 998 characters at most, and there is no place to fold inside one.
const LONGEST_HEADER_URL: usize = 900;

/// How many bytes of a name fit one encoded word of 75 characters (RFC 2047, section 2).
const ENCODED_WORD_BYTES: usize = 45;

/// A mail in words. It does not show itself, as addresses must not reach a log.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// Who writes: `Name <address>` or an address.
    pub from: &'a str,
    /// Where answers go, where not to `from`; written likewise.
    pub reply_to: Option<&'a str>,
    /// The address it is for.
    pub to: &'a str,
    /// Where bounces go: the sender of the envelope.
    pub return_path: &'a str,
    /// The subject, one line.
    pub subject: &'a str,
    /// The complete text.
    pub text: &'a str,
    /// The same as an HTML document.
    pub html: &'a str,
    /// `left@right`, the same at every attempt.
    pub message_id: &'a str,
    /// When it was written.
    pub date: Timestamp,
    /// The language tag of its text (RFC 5646).
    pub language: &'a str,
    /// Whether the program wrote it: what a person wrote by a form is answered as any mail, also by programs (RFC 3834).
    pub is_automatic: bool,
    /// For mail that can be unsubscribed from; confirmations and sign-in links have none.
    pub list: Option<ListHeaders<'a>>,
    /// How large receivers group complaints: up to four fields separated by colons.
    pub feedback_id: Option<&'a str>,
}

/// The headers of mail that goes to many (RFC 2369, 2919, 8058).
#[derive(Clone, Copy)]
pub struct ListHeaders<'a> {
    /// Takes a POST that unsubscribes at once.
    pub unsubscribe_url: &'a str,
    /// `mailto:` address that does the same.
    pub unsubscribe_mailto: Option<&'a str>,
    /// Names the list as a domain name would: `avvisi.example.org`.
    pub list_id: &'a str,
    /// What people call it.
    pub list_name: &'a str,
}

/// A finished mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope: where bounces go.
    pub return_path: Address,
    /// The recipient of the envelope.
    pub to: Address,
    /// `left@right`.
    pub message_id: String,
    /// When it was written.
    pub date: Timestamp,
    /// Headers and body, ASCII only, lines ended by CRLF.
    pub message: Vec<u8>,
}

impl fmt::Debug for Mail {
    /// Shows no address.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mail")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// Why a letter makes no mail. The text names the part, not its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// This part is not an e-mail address.
    #[error("{0} is not an e-mail address")]
    Address(&'static str),
    /// This part cannot stand in a header.
    #[error("{0} cannot stand in a header")]
    Header(&'static str),
    /// The parts do not make a mail.
    #[error("the parts do not make a mail")]
    Parts,
}

/// Makes a mail of `letter`.
///
/// # Errors
/// When an address, a link or an identifier is malformed.
pub fn compose(letter: &Letter<'_>) -> Result<Mail, LetterError> {
    let to = address(letter.to, "the recipient")?;
    let return_path = address(letter.return_path, "the return path")?;
    let mut message = Message::builder()
        .from(mailbox(letter.from, "the sender")?)
        .to(Mailbox::new(None, to.clone()))
        .date(SystemTime::from(letter.date.to_utc()))
        .subject(one_line(letter.subject))
        .message_id(Some(message_id(letter.message_id)?));
    if let Some(reply_to) = letter.reply_to {
        message = message.reply_to(mailbox(reply_to, "the address for answers")?);
    }
    for header in own_headers(letter)? {
        message = message.raw_header(header);
    }
    let message = message
        .multipart(alternatives(letter))
        .map_err(|_| LetterError::Parts)?;
    Ok(Mail {
        return_path,
        to,
        message_id: letter.message_id.to_owned(),
        date: letter.date,
        message: message.formatted(),
    })
}

/// An address in ASCII. International domains are written in their ASCII form (RFC 5891); international local parts
/// would need an extension (RFC 6531) that relays seldom have.
fn address(text: &str, part: &'static str) -> Result<Address, LetterError> {
    let malformed = || LetterError::Address(part);
    let address: Address = text.parse().map_err(|_| malformed())?;
    if text.contains(char::is_control) || !address.user().is_ascii() {
        return Err(malformed());
    }
    if address.domain().is_ascii() {
        return Ok(address);
    }
    let domain = Host::parse(address.domain()).map_err(|_| malformed())?;
    Address::new(address.user(), domain.to_string()).map_err(|_| malformed())
}

fn mailbox(text: &str, part: &'static str) -> Result<Mailbox, LetterError> {
    let mailbox: Mailbox = text.parse().map_err(|_| LetterError::Address(part))?;
    let name = mailbox.name.as_deref().map(one_line);
    let email = address(mailbox.email.as_ref(), part)?;
    Ok(Mailbox::new(name, email))
}

/// Line breaks and other control characters become spaces, runs of spaces one.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn message_id(text: &str) -> Result<String, LetterError> {
    let whole = text
        .split_once('@')
        .is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains('@'));
    let plain = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'));
    if !whole || !plain {
        return Err(LetterError::Header("the message id"));
    }
    Ok(format!("<{text}>"))
}

fn own_headers(letter: &Letter<'_>) -> Result<Vec<HeaderValue>, LetterError> {
    let mut headers = Vec::new();
    if letter.is_automatic {
        headers.push(header("Auto-Submitted", "auto-generated".to_owned()));
    }
    headers.push(header("Content-Language", token(letter.language, "the language")?));
    if let Some(feedback_id) = letter.feedback_id {
        headers.push(header("Feedback-ID", token(feedback_id, "the feedback id")?));
    }
    if let Some(list) = &letter.list {
        headers.push(header("List-Unsubscribe", unsubscribe(list)?));
        headers.push(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        headers.push(header("List-Id", list_id(list)?));
        headers.push(header("Precedence", "bulk".to_owned()));
    }
    Ok(headers)
}

/// Folds at spaces; `value` must be ASCII, so that nothing of it is encoded.
fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn token(text: &str, part: &'static str) -> Result<String, LetterError> {
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(LetterError::Header(part));
    }
    Ok(text.to_owned())
}

fn unsubscribe(list: &ListHeaders<'_>) -> Result<String, LetterError> {
    let url = link(list.unsubscribe_url, &["https", "http"], "the unsubscribe link")?;
    let Some(mailto) = list.unsubscribe_mailto else {
        return Ok(url);
    };
    let mailto = link(mailto, &["mailto"], "the unsubscribe address")?;
    Ok(format!("{url}, {mailto}"))
}

/// `<url>`: the parser has percent-encoded whatever is not plain ASCII.
fn link(text: &str, schemes: &[&str], part: &'static str) -> Result<String, LetterError> {
    let url = Url::parse(text).map_err(|_| LetterError::Header(part))?;
    let url_text = url.as_str();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',');
    let fits = url_text.len() <= LONGEST_HEADER_URL && url_text.chars().all(plain);
    if !fits || !schemes.contains(&url.scheme()) {
        return Err(LetterError::Header(part));
    }
    Ok(format!("<{url_text}>"))
}

fn list_id(list: &ListHeaders<'_>) -> Result<String, LetterError> {
    let id = token(list.list_id, "the list id")?;
    if id.contains(['<', '>']) {
        return Err(LetterError::Header("the list id"));
    }
    Ok(format!("{} <{id}>", phrase(&one_line(list.list_name))))
}

/// A name before an address in angle brackets: quoted, or in encoded words where it is not ASCII.
fn phrase(name: &str) -> String {
    if name.is_ascii() {
        return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    }
    let words: Vec<String> = chunks(name)
        .iter()
        .map(|chunk| format!("=?utf-8?B?{}?=", STANDARD.encode(chunk)))
        .collect();
    words.join(" ")
}

fn chunks(text: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for c in text.chars() {
        let full = chunks
            .last()
            .is_none_or(|chunk| chunk.len() + c.len_utf8() > ENCODED_WORD_BYTES);
        if full {
            chunks.push(String::new());
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(c);
        }
    }
    chunks
}

fn alternatives(letter: &Letter<'_>) -> MultiPart {
    MultiPart::alternative()
        .boundary(boundary(letter.message_id))
        .singlepart(part(letter.text, ContentType::TEXT_PLAIN))
        .singlepart(part(letter.html, ContentType::TEXT_HTML))
}

/// The same mail has the same boundary at every attempt. `=_` cannot occur in quoted-printable text.
fn boundary(message_id: &str) -> String {
    let letters = message_id.chars().filter(char::is_ascii_alphanumeric);
    format!("=_{}", letters.take(40).collect::<String>())
}

/// Always quoted-printable, so that relays have no reason to convert what is signed.
fn part(text: &str, content_type: ContentType) -> SinglePart {
    // By the crate itself: `lettre` goes over a text twice more to see what it would choose.
    let encoded = quoted_printable::encode(with_wire_line_ends(text));
    let body = Body::dangerous_pre_encoded(encoded, ContentTransferEncoding::QuotedPrintable);
    SinglePart::builder().header(content_type).body(body)
}

/// Breaks lines by CRLF, as it must be on the wire (RFC 2045, section 6.7).
fn with_wire_line_ends(text: &str) -> String {
    let mut wire = String::with_capacity(text.len() + text.len() / 16);
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            wire.push_str("\r\n");
        }
        wire.push_str(line.strip_suffix('\r').unwrap_or(line));
    }
    wire
}

#[cfg(test)]
#[path = "email_tests.rs"]
mod tests;
