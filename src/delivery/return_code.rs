// SPDX-License-Identifier: EUPL-1.2
//! The code by which a mail that comes back says to whom and about what it was sent: VERP, and the left half of the
//! Message-ID.
//!
//! Each mail has an envelope sender of its own, `rimbalzi+CODE@ente.example`. The code is 32 letters and digits without
//! regard to case, because mail systems may change it on the way. It tells no number to who has not the key of the
//! database, and nobody without it can make one: ids and occasion are covered by a code of 80 bits that is also what
//! hides them (the construction of RFC 5297, with HMAC-SHA-256).

use data_encoding::BASE32_NOPAD_NOCASE;

use crate::domain::ids::{OccasionId, TargetId};
use crate::secrets::StableKey;

/// How many characters a code has.
pub const LENGTH: usize = 32;

/// The bytes of the code over the ids, and of the ids: five each, a million million.
const CODE: usize = 10;
const ID: usize = 5;

/// The longest left half of an address (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// Which mail it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnCode {
    /// To which mailbox.
    pub target: TargetId,
    /// About what.
    pub occasion: OccasionId,
}

impl ReturnCode {
    /// The code in characters; `None` for ids beyond a million million.
    #[must_use]
    pub fn seal(self, key: &StableKey) -> Option<String> {
        let plain = [five_bytes(self.target.0)?, five_bytes(self.occasion.0)?].concat();
        let code = over(key, &plain);
        let hidden = with_stream(key, &code, &plain);
        Some(BASE32_NOPAD_NOCASE.encode(&[code, hidden].concat()).to_lowercase())
    }

    /// Which mail a code stands for; `None` unless the key made it.
    #[must_use]
    pub fn open(key: &StableKey, text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let bytes = BASE32_NOPAD_NOCASE.decode(text.as_bytes()).ok()?;
        let (code, hidden) = bytes.split_at_checked(CODE)?;
        let plain = with_stream(key, code, hidden);
        if !same(&over(key, &plain), code) {
            return None;
        }
        let (target, occasion) = plain.split_at_checked(ID)?;
        Some(Self {
            target: TargetId(number(target)),
            occasion: OccasionId(number(occasion)),
        })
    }

    /// The first code of ours in a text such as a header: a run of letters and digits of a code's length.
    #[must_use]
    pub fn find(key: &StableKey, text: &str) -> Option<Self> {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.find_map(|word| Self::open(key, word))
    }
}

/// The envelope sender that carries `code`: `local+code@domain`. `None` where `address` leaves no room for it.
#[must_use]
pub fn return_path(address: &str, code: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let fits = local.len() + 1 + code.len() <= LONGEST_LOCAL_PART;
    fits.then(|| format!("{local}+{code}@{domain}"))
}

fn five_bytes(id: i64) -> Option<[u8; ID]> {
    let bytes = id.to_be_bytes();
    let (unused, used) = bytes.split_at(bytes.len() - ID);
    unused.iter().all(|byte| *byte == 0).then(|| used.try_into().ok())?
}

fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

fn over(key: &StableKey, plain: &[u8]) -> Vec<u8> {
    key.for_use("return code").code(plain)[..CODE].to_vec()
}

/// `text` hidden, or shown again, by a stream of bytes that depends on the code.
fn with_stream(key: &StableKey, code: &[u8], text: &[u8]) -> Vec<u8> {
    let stream = key.for_use("return stream").code(code);
    text.iter().zip(stream).map(|(byte, mask)| byte ^ mask).collect()
}

/// Compares all bytes, however early they differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> StableKey {
        StableKey::new([5; 32])
    }

    proptest! {
        #[test]
        fn a_code_comes_back_in_any_case_and_any_other_character_is_refused(
            target in 0_i64..1 << 40, occasion in 0_i64..1 << 40, at in 0..LENGTH, other in "[a-zA-Z0-9+=_.-]",
        ) {
            let mail = ReturnCode { target: TargetId(target), occasion: OccasionId(occasion) };
            let code = mail.seal(&key()).unwrap();
            prop_assert_eq!(code.len(), LENGTH);
            prop_assert_eq!(ReturnCode::open(&key(), &code), Some(mail));
            prop_assert_eq!(ReturnCode::open(&key(), &code.to_uppercase()), Some(mail));
            let mut changed = code.clone();
            changed.replace_range(at..=at, &other);
            if !changed.eq_ignore_ascii_case(&code) {
                prop_assert_eq!(ReturnCode::open(&key(), &changed), None);
            }
            prop_assert_eq!(ReturnCode::open(&StableKey::new([6; 32]), &code), None);
        }

        #[test]
        fn a_code_is_found_in_an_address(target in 0_i64..1 << 40, occasion in 0_i64..1 << 40) {
            let mail = ReturnCode { target: TargetId(target), occasion: OccasionId(occasion) };
            let path = return_path("rimbalzi@ente.example", &mail.seal(&key()).unwrap()).unwrap();
            prop_assert!(path.split_once('@').unwrap().0.len() <= LONGEST_LOCAL_PART);
            prop_assert_eq!(ReturnCode::find(&key(), &format!("<{path}>")), Some(mail));
        }

        #[test]
        fn what_is_no_code_is_refused(text in ".{0,60}") {
            prop_assert_eq!(ReturnCode::find(&key(), &text), None);
        }
    }

    #[test]
    fn ids_that_do_not_fit_have_no_code() {
        for id in [-1, 1 << 40, i64::MAX] {
            let mail = ReturnCode {
                target: TargetId(id),
                occasion: OccasionId(1),
            };
            assert_eq!(mail.seal(&key()), None);
        }
    }

    #[test]
    fn an_address_without_room_carries_no_code() {
        assert_eq!(
            return_path(&format!("{}@ente.example", "r".repeat(32)), &"c".repeat(32)),
            None
        );
        assert_eq!(return_path("nowhere", "code"), None);
    }
}
