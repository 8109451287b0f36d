// SPDX-License-Identifier: EUPL-1.2
//! The example of RFC 8291, and a second implementation that reads what this one writes.

use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use proptest::prelude::*;

use super::*;

// RFC 8291, section 5 and appendix A.
const PLAINTEXT: &[u8] = b"When I grow up, I want to be a watermelon";
const AS_PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
const UA_PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const UA_PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn the_example_of_rfc_8291_is_reproduced_byte_for_byte() {
    let keys = RecipientKeys::parse(UA_PUBLIC, AUTH).unwrap();
    let one_time = OneTime {
        private: PrivateKey::from_private_key(&ECDH_P256, &bytes(AS_PRIVATE)).unwrap(),
        salt: bytes(SALT).try_into().unwrap(),
    };
    let body = one_time.encrypt(&keys, PLAINTEXT).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(body), BODY);
}

fn decrypt(body: &[u8]) -> Vec<u8> {
    let browser = EcKeyComponents::new(bytes(UA_PRIVATE), bytes(UA_PUBLIC));
    ece::decrypt(&browser, &bytes(AUTH), body).unwrap()
}

proptest! {
    #[test]
    fn another_implementation_decrypts_every_length(
        plaintext in proptest::collection::vec(any::<u8>(), 0..=LONGEST_PLAINTEXT),
    ) {
        let keys = RecipientKeys::parse(UA_PUBLIC, AUTH).unwrap();
        let body = encrypt(&keys, &plaintext, &Chance::system()).unwrap();
        prop_assert_eq!(body.len(), plaintext.len() + 103);
        prop_assert_eq!(decrypt(&body), plaintext);
    }

    #[test]
    fn keys_of_any_text_are_read_or_refused_without_a_panic(p256dh in ".{0,100}", auth in ".{0,30}") {
        let _ = RecipientKeys::parse(&p256dh, &auth);
    }
}

#[test]
fn the_longest_plaintext_fills_the_body_and_one_byte_more_is_refused() {
    let keys = RecipientKeys::parse(UA_PUBLIC, AUTH).unwrap();
    let longest = vec![b'x'; LONGEST_PLAINTEXT];
    let body = encrypt(&keys, &longest, &Chance::system()).unwrap();
    assert_eq!(body.len(), LONGEST_BODY);
    assert_eq!(decrypt(&body), longest);
    let longer = vec![b'x'; LONGEST_PLAINTEXT + 1];
    assert_eq!(
        encrypt(&keys, &longer, &Chance::system()),
        Err(EncryptionError::TooLong(LONGEST_PLAINTEXT + 1))
    );
}

#[test]
fn messages_have_their_own_keys_even_where_salts_repeat() {
    let keys = RecipientKeys::parse(UA_PUBLIC, AUTH).unwrap();
    let [one, two] = [1, 1].map(|seed| encrypt(&keys, PLAINTEXT, &Chance::seeded(seed)).unwrap());
    assert_eq!(one[..SALT_LENGTH], two[..SALT_LENGTH]);
    assert_ne!(one[SALT_LENGTH + 5..], two[SALT_LENGTH + 5..]);
}

#[test]
fn no_two_messages_share_a_key_or_a_salt() {
    let keys = RecipientKeys::parse(UA_PUBLIC, AUTH).unwrap();
    let (one, two) = (
        encrypt(&keys, PLAINTEXT, &Chance::system()).unwrap(),
        encrypt(&keys, PLAINTEXT, &Chance::system()).unwrap(),
    );
    assert_ne!(one[..SALT_LENGTH], two[..SALT_LENGTH]);
    assert_ne!(one[SALT_LENGTH + 5..HEADER_LENGTH], two[SALT_LENGTH + 5..HEADER_LENGTH]);
}

#[test]
fn padded_and_standard_base64_are_read_as_well() {
    for encoder in [URL_SAFE, URL_SAFE_NO_PAD, STANDARD] {
        let (p256dh, auth) = (encoder.encode(bytes(UA_PUBLIC)), encoder.encode(bytes(AUTH)));
        assert!(RecipientKeys::parse(&p256dh, &auth).is_ok(), "{p256dh}");
    }
}

#[test]
fn wrong_keys_are_refused_each_for_its_reason() {
    let refusal = |p256dh: &str, auth: &str| RecipientKeys::parse(p256dh, auth).err().unwrap();
    let altered = |change: fn(&mut Vec<u8>)| {
        let mut point = bytes(UA_PUBLIC);
        change(&mut point);
        URL_SAFE_NO_PAD.encode(point)
    };
    let short = altered(|point| point.truncate(64));
    let long = altered(|point| point.push(0));
    let compressed = altered(|point| {
        point.truncate(33);
        point[0] = 2;
    });
    let hybrid = altered(|point| point[0] = 6);
    let beside_the_curve = altered(|point| point[64] ^= 1);
    let infinity = altered(|point| point.iter_mut().for_each(|byte| *byte = 0));

    assert_eq!(refusal("", AUTH), KeyError::PublicKeyLength(0));
    assert_eq!(refusal("not base64!", AUTH), KeyError::PublicKeyEncoding);
    assert_eq!(refusal(&short, AUTH), KeyError::PublicKeyLength(64));
    assert_eq!(refusal(&long, AUTH), KeyError::PublicKeyLength(66));
    assert_eq!(refusal(&compressed, AUTH), KeyError::PublicKeyLength(33));
    assert_eq!(refusal(&hybrid, AUTH), KeyError::PublicKeyPoint);
    assert_eq!(refusal(&beside_the_curve, AUTH), KeyError::PublicKeyPoint);
    assert_eq!(refusal(&infinity, AUTH), KeyError::PublicKeyPoint);
    assert_eq!(refusal(UA_PUBLIC, ""), KeyError::AuthLength(0));
    assert_eq!(refusal(UA_PUBLIC, "€"), KeyError::AuthEncoding);
    assert_eq!(refusal(UA_PUBLIC, "AAAA"), KeyError::AuthLength(3));
}
