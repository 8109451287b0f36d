// SPDX-License-Identifier: EUPL-1.2
//! What the installation's secret protects: codes in links and forms, and keys kept in the database.
//!
//! Each use has its own key, derived from the secret (HKDF, RFC 5869). A previous secret is still understood, never
//! used for anything new.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{hkdf, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::Secret;

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The codes of links sent to people.
    Link,
    /// The codes of forms (CSRF).
    Form,
    /// The private VAPID keys in the database.
    VapidKey,
    /// The codes by which the second answer finds its stars.
    Rating,
}

impl Use {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Link => b"informa link",
            Self::Form => b"informa form",
            Self::VapidKey => b"informa vapid key",
            Self::Rating => b"informa rating",
        }
    }
}

/// The secrets of an installation: the present one first, then the previous one.
#[derive(Debug, Clone)]
pub struct Secrets(Vec<Secret>);

/// How many bytes of a code are kept: 128 bits.
pub const CODE_LENGTH: usize = 16;

impl Secrets {
    /// The present secret and, while it is being changed, the previous one.
    #[must_use]
    pub fn new(present: Secret, previous: Option<Secret>) -> Self {
        Self(std::iter::once(present).chain(previous).collect())
    }

    /// The code of `message` for one use (HMAC-SHA-256, truncated).
    #[must_use]
    pub fn code(&self, purpose: Use, message: &[u8]) -> Vec<u8> {
        self.0
            .first()
            .map(|secret| code_with(&derive(secret, purpose), message))
            .unwrap_or_default()
    }

    /// Whether `code` was made of `message` for that use, with the present or the previous secret.
    #[must_use]
    pub fn verify(&self, purpose: Use, message: &[u8], code: &[u8]) -> bool {
        self.0.iter().any(|secret| {
            let expected = code_with(&derive(secret, purpose), message);
            verify_slices_are_equal(&expected, code).is_ok()
        })
    }

    /// Encrypts `plain` for the database (AES-256-GCM with a nonce made of key and content).
    #[must_use]
    pub fn seal(&self, purpose: Use, plain: &[u8]) -> Vec<u8> {
        self.0
            .first()
            .and_then(|secret| seal_with(&derive(secret, purpose), plain))
            .unwrap_or_default()
    }

    /// Whether the present secret opens it, so that the previous one is not needed for it.
    #[must_use]
    pub fn is_current(&self, purpose: Use, sealed: &[u8]) -> bool {
        self.0
            .first()
            .is_some_and(|secret| open_with(&derive(secret, purpose), sealed).is_some())
    }

    /// Decrypts what [`Secrets::seal`] made, with the present or the previous secret.
    #[must_use]
    pub fn open(&self, purpose: Use, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0
            .iter()
            .find_map(|secret| open_with(&derive(secret, purpose), sealed))
    }
}

/// A key of the database that never changes: of addresses that stop mail, which work for ever, and of what is made of it.
#[derive(Clone)]
pub struct StableKey([u8; 32]);

impl StableKey {
    /// The key with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// An opaque text for `plain`: the same each time, and impossible to make without the key.
    #[must_use]
    pub fn seal(&self, plain: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(seal_with(&self.0, plain).unwrap_or_default())
    }

    /// The key for another use, made of this one: neither tells the other.
    #[must_use]
    pub fn for_use(&self, name: &str) -> Self {
        Self(self.code(name.as_bytes()))
    }

    /// The code of `message` (HMAC-SHA-256, whole).
    #[must_use]
    pub fn code(&self, message: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), message);
        let mut code = [0; 32];
        code.copy_from_slice(tag.as_ref());
        code
    }

    /// What an opaque text stands for; `None` unless this key made it.
    #[must_use]
    pub fn open(&self, text: &str) -> Option<Vec<u8>> {
        open_with(&self.0, &URL_SAFE_NO_PAD.decode(text).ok()?)
    }
}

impl std::fmt::Debug for StableKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StableKey(…)")
    }
}

/// The SHA-256 of `bytes`, in hexadecimal.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    use std::fmt::Write;
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .fold(String::new(), |mut text, byte| {
            _ = write!(text, "{byte:02x}");
            text
        })
}

fn derive(secret: &Secret, purpose: Use) -> [u8; 32] {
    let mut key = [0; 32];
    let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, b"informa").extract(secret.expose().as_bytes());
    let filled = pseudorandom
        .expand(&[purpose.info()], hkdf::HKDF_SHA256)
        .and_then(|material| material.fill(&mut key));
    debug_assert!(filled.is_ok(), "32 bytes are what HKDF-SHA256 gives");
    key
}

fn code_with(key: &[u8; 32], message: &[u8]) -> Vec<u8> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    tag.as_ref()[..CODE_LENGTH].to_vec()
}

const NONCE_LENGTH: usize = 12;

fn seal_with(key: &[u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LENGTH] = code_with(key, plain)[..NONCE_LENGTH].try_into().ok()?;
    let mut sealed = plain.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
        .ok()?;
    Some([nonce.as_slice(), &sealed].concat())
}

fn open_with(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LENGTH)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut plain = sealed.to_vec();
    let opened = cipher(key)?.open_in_place(nonce, Aad::empty(), &mut plain).ok()?;
    Some(opened.to_vec())
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(letter: &str) -> Secret {
        Secret::new(letter.repeat(32))
    }

    #[test]
    fn a_code_holds_for_its_message_and_its_use_only() {
        let secrets = Secrets::new(secret("a"), None);
        let code = secrets.code(Use::Link, b"message");
        assert!(secrets.verify(Use::Link, b"message", &code));
        assert!(!secrets.verify(Use::Link, b"another", &code));
        assert!(!secrets.verify(Use::Form, b"message", &code));
    }

    #[test]
    fn what_the_previous_secret_protected_is_still_understood() {
        let before = Secrets::new(secret("a"), None);
        let after = Secrets::new(secret("b"), Some(secret("a")));
        assert!(after.verify(Use::Link, b"message", &before.code(Use::Link, b"message")));
        assert_eq!(
            after
                .open(Use::VapidKey, &before.seal(Use::VapidKey, b"key"))
                .as_deref(),
            Some(b"key".as_slice())
        );
        assert!(!before.verify(Use::Link, b"message", &after.code(Use::Link, b"message")));
    }

    #[test]
    fn a_stable_text_cannot_be_altered() {
        let key = StableKey::new([7; 32]);
        let text = key.seal(b"target 5");
        assert_eq!(key.open(&text).as_deref(), Some(b"target 5".as_slice()));
        assert_eq!(key.seal(b"target 5"), text);
        let altered = text.replacen(&text[..1], if text.starts_with('A') { "B" } else { "A" }, 1);
        assert_eq!(key.open(&altered), None);
    }
}
