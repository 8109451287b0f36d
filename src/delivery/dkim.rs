// SPDX-License-Identifier: EUPL-1.2
//! Signing mail (DKIM, RFC 6376; Ed25519: RFC 8463), where the relay does not.
//!
//! Reads a finished mail and writes it anew below a `DKIM-Signature`. Headers and body are signed in their relaxed form,
//! so that folding on the way breaks nothing. `From` is named once more than it is there: nobody can add another.
//! `lettre` signs too, but RSA by a library that takes several times as long; here `aws-lc-rs` does.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::delivery::email::Mail;
use crate::domain::clock::Timestamp;

/// What is signed of a mail, as far as it is there (RFC 6376, section 5.4.1; RFC 8058, section 4 asks for the last two).
const SIGNED: [&str; 13] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Reply-To",
    "Auto-Submitted",
    "Feedback-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// The headers that are named once more than they stand there, so that none can be added to a mail that is sent on.
const ONCE: [&str; 7] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// The smallest RSA key in bytes: receivers trust none of less than 1,024 bits, and new ones have 2,048 (RFC 8301).
const SMALLEST_RSA: usize = 256;

/// How many characters of a signature stand on a line.
const LINE: usize = 72;

/// Why a key cannot sign. The text holds nothing of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No private key in PEM.
    #[error("it holds no private key in PEM")]
    Pem,
    /// Neither RSA nor Ed25519.
    #[error("the key is neither RSA nor Ed25519")]
    Kind,
    /// An RSA key that is too small.
    #[error("an RSA key needs at least 2,048 bits")]
    Small,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

/// Signs for a domain.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

impl Signer {
    /// Signs for `domain` with the private key in `pem` (PKCS #8, or PKCS #1 for RSA), whose public half stands in the DNS
    /// at `SELECTOR._domainkey.DOMAIN`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn new(domain: &str, selector: &str, pem: &[u8]) -> Result<Self, KeyError> {
        Ok(Self {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            key: read_key(pem)?,
        })
    }

    /// Where the public key is looked up.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What stands there: the text of the record.
    ///
    /// # Errors
    /// When the library cannot write the public key, which a key that was read does not lead to.
    pub fn record(&self) -> Result<String, KeyError> {
        let public = match &self.key {
            Key::Rsa(key) => {
                let der: PublicKeyX509Der<'_> = key.public_key().as_der().map_err(|_| KeyError::Kind)?;
                STANDARD.encode(der.as_ref())
            }
            // The bare 32 bytes (RFC 8463, section 4.2).
            Key::Ed25519(key) => STANDARD.encode(key.public_key().as_ref()),
        };
        Ok(format!("v=DKIM1; k={}; p={public}", self.key.kind()))
    }

    /// The mail with its signature on top. Its date is the time of the signature.
    ///
    /// # Errors
    /// When the library does not sign, which a key that was read does not lead to.
    pub fn sign(&self, mail: &Mail) -> Result<Mail, KeyError> {
        let header = self.header(&mail.message, mail.date)?;
        Ok(Mail {
            message: [header.as_bytes(), &mail.message].concat(),
            ..mail.clone()
        })
    }

    /// The signature over `message`, as a header ended by a line break.
    fn header(&self, message: &[u8], at: Timestamp) -> Result<String, KeyError> {
        let message_text = String::from_utf8_lossy(message);
        let (head, body) = message_text.split_once("\r\n\r\n").unwrap_or((&message_text, ""));
        let headers = headers(head);
        let body_hash = STANDARD.encode(digest(&SHA256, relaxed_body(body).as_bytes()));
        let present = SIGNED.into_iter().filter(|name| find(&headers, name).is_some());
        let signed: Vec<&str> = present.clone().chain(ONCE).collect();
        let unsigned = format!(
            "DKIM-Signature: v=1; a={}-sha256; c=relaxed/relaxed; d={};\r\n s={}; t={};\r\n h={};\r\n bh={body_hash};\r\n b=",
            self.key.kind(),
            self.domain,
            self.selector,
            at.seconds(),
            signed.join(":\r\n  "),
        );
        // The names that come once more have no header any more: that keeps another one out (RFC 6376, section 5.4.2).
        let mut text: String = present
            .filter_map(|name| find(&headers, name))
            .map(|header| relaxed_header(header) + "\r\n")
            .collect();
        text.push_str(&relaxed_header(&unsigned));
        let signature = STANDARD.encode(self.key.sign(text.as_bytes())?);
        Ok(format!("{unsigned}{}\r\n", folded(&signature)))
    }
}

impl Key {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519(_) => "ed25519",
        }
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .map_err(|_| KeyError::Kind)?;
                Ok(signature)
            }
            // What is signed is the hash of the text (RFC 8463, section 3).
            Self::Ed25519(key) => Ok(key.sign(digest(&SHA256, text).as_ref()).as_ref().to_vec()),
        }
    }
}

fn read_key(pem: &[u8]) -> Result<Key, KeyError> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyError::Pem)?;
    let rsa = match &key {
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(der) => {
            if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
                return Ok(Key::Ed25519(Box::new(key)));
            }
            RsaKeyPair::from_pkcs8(der.secret_pkcs8_der())
        }
        _ => return Err(KeyError::Kind),
    };
    match rsa {
        Ok(key) if key.public_modulus_len() >= SMALLEST_RSA => Ok(Key::Rsa(Box::new(key))),
        Ok(_) => Err(KeyError::Small),
        // The library reads no smaller key at all, and says so in this word.
        Err(error) if error.to_string() == "TooSmall" => Err(KeyError::Small),
        Err(_) => Err(KeyError::Kind),
    }
}

/// The headers with their continuation lines, in order.
fn headers(head: &str) -> Vec<&str> {
    let mut headers = Vec::new();
    let mut start = 0;
    for (at, _) in head.match_indices("\r\n") {
        if !head[at + 2..].starts_with([' ', '\t']) {
            headers.push(&head[start..at]);
            start = at + 2;
        }
    }
    headers.push(&head[start..]);
    headers
}

/// The header of this name that stands last: the one that verifiers take first (RFC 6376, section 5.4.2).
fn find<'a>(headers: &[&'a str], name: &str) -> Option<&'a str> {
    let named = |header: &&&str| {
        header
            .split_once(':')
            .is_some_and(|(its, _)| its.trim().eq_ignore_ascii_case(name))
    };
    headers.iter().rev().find(named).copied()
}

/// RFC 6376, section 3.4.2.
fn relaxed_header(header: &str) -> String {
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    let words: Vec<&str> = value
        .split([' ', '\t', '\r', '\n'])
        .filter(|it| !it.is_empty())
        .collect();
    format!("{}:{}", name.trim().to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376, section 3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut relaxed = String::with_capacity(body.len() + 2);
    for line in body.split("\r\n") {
        let mut space = false;
        for letter in line.trim_end_matches([' ', '\t']).chars() {
            let is_space = matches!(letter, ' ' | '\t');
            if !is_space {
                relaxed.push(letter);
            } else if !space {
                relaxed.push(' ');
            }
            space = is_space;
        }
        relaxed.push_str("\r\n");
    }
    let end = relaxed.trim_end_matches("\r\n").len();
    relaxed.truncate(end);
    if !relaxed.is_empty() {
        relaxed.push_str("\r\n");
    }
    relaxed
}

/// Broken into lines that begin with a space.
fn folded(signature: &str) -> String {
    let characters: Vec<char> = signature.chars().collect();
    let lines: Vec<String> = characters.chunks(LINE).map(|line| line.iter().collect()).collect();
    lines.join("\r\n ")
}

#[cfg(test)]
#[path = "dkim_tests.rs"]
mod tests;
