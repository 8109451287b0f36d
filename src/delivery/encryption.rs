// SPDX-License-Identifier: EUPL-1.2
//! Message encryption for web push: RFC 8291 over the `aes128gcm` coding of RFC 8188, with `aws-lc-rs`.
//!
//! Reads the keys that a browser made with its subscription and a plaintext, writes the body of the request: one record
//! without padding. The salt of each message is drawn from the injected generator; its one-time key comes from the
//! cryptographic library, which takes no generator from outside. `web_push` sends the body.

use aws_lc_rs::aead::AES_128_GCM;
use aws_lc_rs::aead::Aad;
use aws_lc_rs::aead::LessSafeKey;
use aws_lc_rs::aead::Nonce;
use aws_lc_rs::aead::UnboundKey;
use aws_lc_rs::agreement;
use aws_lc_rs::agreement::ECDH_P256;
use aws_lc_rs::agreement::ParsedPublicKey;
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::agreement::UnparsedPublicKey;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf;
use aws_lc_rs::hkdf::HKDF_SHA256;
use aws_lc_rs::hmac;
use aws_lc_rs::hmac::HMAC_SHA256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;

use crate::domain::chance::Chance;

/// The longest body that every push service must accept (RFC 8030, section 7.2).
pub const LONGEST_BODY: usize = 4096;

/// The longest plaintext whose body stays within [`LONGEST_BODY`].
pub const LONGEST_PLAINTEXT: usize = LONGEST_BODY - HEADER_LENGTH - 1 - TAG_LENGTH;

const PUBLIC_KEY_LENGTH: usize = 65;

/// First byte of a point in the only form that RFC 8291 allows; the library reads hybrid ones too.
const UNCOMPRESSED: u8 = 4;

const AUTH_LENGTH: usize = 16;
const SALT_LENGTH: usize = 16;
const TAG_LENGTH: usize = 16;
const NONCE_LENGTH: usize = 12;

/// Salt, record size, length of the key identifier, and the one-time public key as that identifier.
const HEADER_LENGTH: usize = SALT_LENGTH + 4 + 1 + PUBLIC_KEY_LENGTH;
const RECORD_SIZE: u32 = 4096;

/// Marks the last record.
const LAST_RECORD: u8 = 2;

/// What is wrong with the keys of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// `p256dh` is not base64url.
    #[error("p256dh is not base64url")]
    PublicKeyEncoding,
    /// `p256dh` has another length than 65 bytes.
    #[error("p256dh holds {0} bytes instead of 65")]
    PublicKeyLength(usize),
    /// `p256dh` is not an uncompressed point of the curve P-256.
    #[error("p256dh is not an uncompressed point of the curve P-256")]
    PublicKeyPoint,
    /// `auth` is not base64url.
    #[error("auth is not base64url")]
    AuthEncoding,
    /// `auth` has another length than 16 bytes.
    #[error("auth holds {0} bytes instead of 16")]
    AuthLength(usize),
}

/// Why a message could not be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The plaintext is longer than [`LONGEST_PLAINTEXT`].
    #[error("the message holds {0} bytes, more than {LONGEST_PLAINTEXT}")]
    TooLong(usize),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

impl From<Unspecified> for EncryptionError {
    fn from(_: Unspecified) -> Self {
        Self::Library
    }
}

/// The keys of one push subscription, checked.
pub struct RecipientKeys {
    point: [u8; PUBLIC_KEY_LENGTH],
    public: ParsedPublicKey,
    auth: [u8; AUTH_LENGTH],
}

impl RecipientKeys {
    /// Reads `p256dh` and `auth` as a browser gives them: base64url; padding and the standard alphabet are tolerated.
    ///
    /// # Errors
    /// When either is not base64url or has the wrong length, or `p256dh` is no point of the curve.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, KeyError> {
        let point = decode(p256dh).ok_or(KeyError::PublicKeyEncoding)?;
        let point: [u8; PUBLIC_KEY_LENGTH] = point
            .try_into()
            .map_err(|point: Vec<u8>| KeyError::PublicKeyLength(point.len()))?;
        if point[0] != UNCOMPRESSED {
            return Err(KeyError::PublicKeyPoint);
        }
        let public = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &point))
            .map_err(|_| KeyError::PublicKeyPoint)?;
        let auth = decode(auth).ok_or(KeyError::AuthEncoding)?;
        let auth = auth
            .try_into()
            .map_err(|auth: Vec<u8>| KeyError::AuthLength(auth.len()))?;
        Ok(Self { point, public, auth })
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    const EITHER_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, EITHER_PADDING);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, EITHER_PADDING);
    URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok()
}

/// Encrypts `plaintext` for `keys`: the body of a request with `Content-Encoding: aes128gcm`.
///
/// # Errors
/// When the plaintext is longer than [`LONGEST_PLAINTEXT`] or the cryptographic library fails.
pub fn encrypt(keys: &RecipientKeys, plaintext: &[u8], chance: &Chance) -> Result<Vec<u8>, EncryptionError> {
    OneTime::generate(chance)?.encrypt(keys, plaintext)
}

/// What is used for one message and never again.
struct OneTime {
    private: PrivateKey,
    salt: [u8; SALT_LENGTH],
}

impl OneTime {
    fn generate(chance: &Chance) -> Result<Self, EncryptionError> {
        let private = PrivateKey::generate(&ECDH_P256)?;
        let salt = chance.bytes();
        Ok(Self { private, salt })
    }

    fn encrypt(&self, keys: &RecipientKeys, plaintext: &[u8]) -> Result<Vec<u8>, EncryptionError> {
        if plaintext.len() > LONGEST_PLAINTEXT {
            return Err(EncryptionError::TooLong(plaintext.len()));
        }
        let public = self.private.compute_public_key()?;
        let input = self.agree(keys, public.as_ref())?;
        let (key, nonce) = derive_record_key(&self.salt, &input)?;

        let mut record = Vec::with_capacity(plaintext.len() + 1 + TAG_LENGTH);
        record.extend_from_slice(plaintext);
        record.push(LAST_RECORD);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;

        let mut body = Vec::with_capacity(HEADER_LENGTH + record.len());
        body.extend_from_slice(&self.salt);
        body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
        body.push(u8::try_from(PUBLIC_KEY_LENGTH).unwrap_or(u8::MAX));
        body.extend_from_slice(public.as_ref());
        body.append(&mut record);
        Ok(body)
    }

    /// The input keying material of RFC 8291, section 3.4.
    fn agree(&self, keys: &RecipientKeys, public: &[u8]) -> Result<[u8; 32], EncryptionError> {
        let info = [b"WebPush: info\0", keys.point.as_slice(), public];
        agreement::agree(&self.private, keys.public.clone(), EncryptionError::Library, |secret| {
            expand(&extract(&keys.auth, secret), &info)
        })
    }
}

/// The content encryption key and the nonce of RFC 8188, sections 2.2 and 2.3: two expansions of one extraction.
fn derive_record_key(salt: &[u8], input: &[u8]) -> Result<(LessSafeKey, Nonce), EncryptionError> {
    let extracted = extract(salt, input);
    let key: [u8; 16] = expand(&extracted, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; NONCE_LENGTH] = expand(&extracted, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    Ok((key, Nonce::assume_unique_for_key(nonce)))
}

/// The first step of HKDF with SHA-256 (RFC 5869, section 2.2), done here and now: the library puts it off, and would do
/// it again for each expansion.
fn extract(salt: &[u8], input: &[u8]) -> hkdf::Prk {
    let extracted = hmac::sign(&hmac::Key::new(HMAC_SHA256, salt), input);
    hkdf::Prk::new_less_safe(HKDF_SHA256, extracted.as_ref())
}

/// The second step (section 2.3).
fn expand<const LENGTH: usize>(extracted: &hkdf::Prk, info: &[&[u8]]) -> Result<[u8; LENGTH], EncryptionError> {
    let mut output = [0; LENGTH];
    extracted.expand(info, Length(LENGTH))?.fill(&mut output)?;
    Ok(output)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;
