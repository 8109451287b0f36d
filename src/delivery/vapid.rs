// SPDX-License-Identifier: EUPL-1.2
//! Voluntary application server identification: keys, and signatures kept per key and push service (RFC 8292).
//!
//! Reads a key, the origin of a push service and the time, writes the value of an `Authorization` header. Signing costs
//! more than encrypting, so that a signature serves many messages. `aud` and `exp` are given as claims, because the
//! defaults of the crate that signs drop the port from the one and read the system's clock for the other.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use aws_lc_rs::agreement::ECDH_P256;
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::encoding::EcPrivateKeyBin;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use web_push::SubscriptionInfo;
use web_push::VapidSignatureBuilder;

use crate::domain::clock::Timestamp;

/// How long a signature is valid; push services accept 24 hours at most.
const LIFETIME: TimeDelta = TimeDelta::hours(12);

/// After which time a signature is used no more.
const USE: TimeDelta = TimeDelta::hours(6);

/// How many signatures are kept.
const KEPT: usize = 256;

/// Why there is no key or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VapidError {
    /// The stored bytes are no private key of the curve P-256.
    #[error("the stored VAPID key is not a private key of the curve P-256")]
    Key,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

/// The key pair by which push services recognise this installation (ECDSA on P-256).
pub struct VapidKey {
    private: [u8; 32],
    public: String,
}

impl VapidKey {
    /// Makes a new key. Its randomness is the cryptographic library's own.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn generate() -> Result<Self, VapidError> {
        let key = PrivateKey::generate(&ECDH_P256).map_err(|_| VapidError::Library)?;
        let private: EcPrivateKeyBin<'static> = key.as_be_bytes().map_err(|_| VapidError::Library)?;
        Self::from_private(private.as_ref())
    }

    /// Takes up a key from its 32 stored bytes, big-endian.
    ///
    /// # Errors
    /// When they are no private key of the curve.
    pub fn from_private(bytes: &[u8]) -> Result<Self, VapidError> {
        let key = PrivateKey::from_private_key(&ECDH_P256, bytes).map_err(|_| VapidError::Key)?;
        let public = key.compute_public_key().map_err(|_| VapidError::Key)?;
        Ok(Self {
            private: bytes.try_into().map_err(|_| VapidError::Key)?,
            public: URL_SAFE_NO_PAD.encode(public.as_ref()),
        })
    }

    /// The 32 bytes to store, encrypted.
    #[must_use]
    pub const fn private_bytes(&self) -> &[u8; 32] {
        &self.private
    }

    /// The uncompressed public key in base64url, as `applicationServerKey` wants it: 87 characters.
    #[must_use]
    pub fn public_base64url(&self) -> &str {
        &self.public
    }

    fn sign(&self, origin: &str, subject: &str, expires: Timestamp) -> Result<String, VapidError> {
        let service = SubscriptionInfo::new(origin, "", "");
        let private = URL_SAFE_NO_PAD.encode(self.private);
        let mut builder = VapidSignatureBuilder::from_base64(&private, &service).map_err(|_| VapidError::Key)?;
        builder.add_claim("aud", origin);
        builder.add_claim("exp", expires.seconds());
        builder.add_claim("sub", subject);
        let signature = builder.build().map_err(|_| VapidError::Library)?;
        Ok(format!("vapid t={}, k={}", signature.auth_t, self.public))
    }
}

impl fmt::Debug for VapidKey {
    /// Shows the public half only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VapidKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Signatures in use, one per key and push service.
pub struct Signatures {
    subject: String,
    kept: Mutex<HashMap<(String, String), Signature>>,
}

struct Signature {
    header: Arc<str>,
    since: Timestamp,
}

impl Signature {
    /// Before `since` as well as after its use a signature is stale: a clock that was set back would sign for too long.
    fn serves(&self, now: Timestamp) -> bool {
        let age = now.since(self.since);
        age >= TimeDelta::zero() && age < USE
    }
}

impl Signatures {
    /// Signs in the name of `subject`, a `mailto:` or `https:` address where the push service can reach the operator.
    #[must_use]
    pub fn new(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            kept: Mutex::default(),
        }
    }

    /// The value of the `Authorization` header for messages to `origin` (scheme, host, and port unless the default).
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn authorization(&self, key: &VapidKey, origin: &str, now: Timestamp) -> Result<Arc<str>, VapidError> {
        let place = (key.public.clone(), origin.to_owned());
        if let Some(header) = self.find(&place, now) {
            return Ok(header);
        }
        let header: Arc<str> = key.sign(origin, &self.subject, now.plus(LIFETIME))?.into();
        self.keep(
            place,
            Signature {
                header: header.clone(),
                since: now,
            },
        );
        Ok(header)
    }

    fn find(&self, place: &(String, String), now: Timestamp) -> Option<Arc<str>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = kept.get(place).filter(|it| it.serves(now))?;
        Some(signature.header.clone())
    }

    /// Makes room first: stale signatures go, and all of them where none is stale.
    fn keep(&self, place: (String, String), signature: Signature) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.retain(|_, it| it.serves(signature.since));
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(place, signature);
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED;
    use aws_lc_rs::signature::UnparsedPublicKey;
    use serde_json::Value;

    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_782_864_000_500);

    fn key() -> VapidKey {
        VapidKey::from_private(&[7; 32]).unwrap()
    }

    /// The claims of a header, once its signature is verified by a library that did not make it.
    fn claims(header: &str, key: &VapidKey) -> Value {
        let (token, public) = header
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .unwrap();
        assert_eq!(public, key.public_base64url());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public))
            .verify(signed.as_bytes(), &decode(signature))
            .unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let header: Value = serde_json::from_slice(&decode(header)).unwrap();
        assert_eq!((&header["typ"], &header["alg"]), (&"JWT".into(), &"ES256".into()));
        serde_json::from_slice(&decode(claims)).unwrap()
    }

    #[test]
    fn a_signature_names_the_whole_origin_its_end_and_its_subject() {
        let signatures = Signatures::new("mailto:avvisi@example.org");
        let origin = "http://127.0.0.1:4711";
        let header = signatures.authorization(&key(), origin, NOW).unwrap();
        let claims = claims(&header, &key());
        assert_eq!(claims["aud"], origin);
        assert_eq!(claims["exp"], 1_782_864_000 + 12 * 3600);
        assert_eq!(claims["sub"], "mailto:avvisi@example.org");
    }

    #[test]
    fn a_signature_is_reused_until_half_its_life_is_over() {
        let signatures = Signatures::new("mailto:avvisi@example.org");
        let at = |now| {
            signatures
                .authorization(&key(), "https://push.example.org", now)
                .unwrap()
        };
        let first = at(NOW);
        let just_before = NOW.plus(USE).minus(TimeDelta::milliseconds(1));
        assert!(Arc::ptr_eq(&first, &at(just_before)));
        let second = at(NOW.plus(USE));
        assert!(!Arc::ptr_eq(&first, &second));
        let set_back = at(NOW);
        assert!(!Arc::ptr_eq(&second, &set_back));
        assert_eq!(claims(&set_back, &key())["exp"], NOW.plus(LIFETIME).seconds());
    }

    #[test]
    fn keys_and_push_services_have_their_own_signatures() {
        let signatures = Signatures::new("mailto:avvisi@example.org");
        let (key, other) = (key(), VapidKey::generate().unwrap());
        let sign = |key, origin| signatures.authorization(key, origin, NOW).unwrap();
        let one = sign(&key, "https://push.example.org");
        assert_ne!(one, sign(&other, "https://push.example.org"));
        assert_ne!(one, sign(&key, "https://push.example.net"));
        let origin = "https://a.example";
        assert_eq!(claims(&sign(&other, origin), &other)["aud"], origin);
    }

    #[test]
    fn the_number_of_kept_signatures_is_bounded() {
        let signatures = Signatures::new("mailto:avvisi@example.org");
        for number in 0..=KEPT {
            let origin = format!("https://push{number}.example.org");
            signatures.authorization(&key(), &origin, NOW).unwrap();
        }
        assert!(signatures.kept.lock().unwrap().len() <= KEPT);
    }

    #[test]
    fn a_stored_key_comes_back_the_same() {
        let key = VapidKey::generate().unwrap();
        let again = VapidKey::from_private(key.private_bytes()).unwrap();
        assert_eq!(key.public_base64url(), again.public_base64url());
        let point = URL_SAFE_NO_PAD.decode(key.public_base64url()).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
    }

    #[test]
    fn bytes_that_are_no_private_key_are_refused() {
        for bytes in [vec![], vec![1; 31], vec![1; 33], vec![0; 32], vec![255; 32]] {
            assert_eq!(VapidKey::from_private(&bytes).err(), Some(VapidError::Key));
        }
    }

    #[test]
    fn a_key_never_shows_its_private_half() {
        let shown = format!("{:?}", key());
        assert!(shown.contains(key().public_base64url()));
        assert!(!shown.contains("7, 7") && !shown.contains(&URL_SAFE_NO_PAD.encode([7; 32])));
    }
}
