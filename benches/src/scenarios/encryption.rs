// SPDX-License-Identifier: EUPL-1.2
//! Encryption per core, beside what no encryption can do without: one key generation and one derivation (RFC 8291).

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, anyhow};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use informa::delivery::encryption::{RecipientKeys, encrypt};
use informa::domain::chance::Chance;

use crate::Settings;
use crate::population::browser_keys;
use crate::table::{Asked, Figure};

/// How many messages one turn encrypts: short turns, many of them, so that what else the machine does hits both alike.
const MESSAGES: u64 = 1_000;

/// How many turns make a round.
const TURNS: usize = 10;

/// As long as the payload of a notification.
const PAYLOAD: [u8; 450] = [b'a'; 450];

/// On this one thread, ours and the bare bound in turn.
pub fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let chance = Chance::system();
    let (p256dh, auth) = browser_keys(&chance)?;
    let count = settings.size(MESSAGES);
    let (mut values, mut bounds) = (Vec::new(), Vec::new());
    for _ in 0..settings.rounds * TURNS {
        values.push(rate(count, || ours(&p256dh, &auth, &chance))?);
        let point = URL_SAFE_NO_PAD.decode(&p256dh)?;
        bounds.push(rate(count, || bare(&point))?);
    }
    Ok(vec![Figure {
        name: "encryption per core".to_owned(),
        engine: "",
        unit: "messages/s",
        values,
        bound: "key generation + derivation".to_owned(),
        bounds,
        asked: Asked::AtLeast(0.9),
    }])
}

/// As for a message: the browser's keys are read from text.
fn ours(p256dh: &str, auth: &str, chance: &Chance) -> Result<()> {
    let keys = RecipientKeys::parse(p256dh, auth)?;
    black_box(encrypt(&keys, &PAYLOAD, chance)?);
    Ok(())
}

fn bare(point: &[u8]) -> Result<()> {
    let private = PrivateKey::generate(&ECDH_P256).map_err(|_| anyhow!("key generation"))?;
    let public = UnparsedPublicKey::new(&ECDH_P256, point);
    agreement::agree(&private, public, Unspecified, |secret| {
        black_box(secret.to_vec());
        Ok(())
    })
    .map_err(|_| anyhow!("derivation"))
}

fn rate(count: u64, once: impl Fn() -> Result<()>) -> Result<f64> {
    let begun = Instant::now();
    for _ in 0..count {
        once()?;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}
