// SPDX-License-Identifier: EUPL-1.2
//! Where the time of sending goes, by `perf`, which samples this process alone: not the sink, not PostgreSQL.
//!
//! What is sampled is sending, and between one sending and the next the matching that owes it.
//! Each sample is put down to the first line of [`KINDS`] that its thread or its function fits. What is inlined counts
//! as the function that it was inlined into.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

use crate::Settings;
use crate::installation::{Engine, Ports};
use crate::population::Reach;
use crate::scenarios::pushes;
use crate::sink::Sink;

/// How many one dispatch tells.
const RECIPIENTS: u64 = 20_000;

/// How long is sampled, in seconds.
const SECONDS: &str = "8";

/// How many functions are named.
const NAMED: usize = 25;

/// What time goes to: a name, and parts of the names of threads (`@…`) and functions that belong to it.
const KINDS: [(&str, &[&str]); 11] = [
    ("SQLite (its threads, system calls included)", &["@sqlx-sqlite"]),
    ("system calls: sockets, waking threads", &["[k]"]),
    (
        "encryption of messages: key agreement, key generation",
        &[
            "p256",
            "nistz256",
            "ecp_",
            "bignum",
            "bn_",
            "ec_GFp",
            "EC_",
            "ECDH",
            "ec_point",
            "ec_felem",
            "ec_scalar",
        ],
    ),
    (
        "hashes and derivation",
        &[
            "sha256",
            "HMAC",
            "HKDF",
            "SHA256",
            "EVP_MD",
            "EVP_Digest",
            "hkdf",
            "hmac",
        ],
    ),
    (
        "randomness",
        &["jent", "CTR_DRBG", "RAND_", "rand_", "chacha", "bcm_rand"],
    ),
    (
        "TLS records and AES-GCM of messages",
        &["aes", "gcm", "ghash", "rustls", "gcmv2"],
    ),
    ("HTTP/2", &["h2::", "hyper", "reqwest", "http::", "hpack", "tower"]),
    (
        "the runtime",
        &["tokio", "futures", "parking_lot", "mio::", "pthread", "@__"],
    ),
    (
        "memory: allocating, freeing, copying",
        &[
            "malloc", "free", "calloc", "realloc", "memmove", "memcpy", "memset", "_int_",
        ],
    ),
    (
        "JSON, wording, addresses",
        &[
            "serde_json",
            "fluent",
            "url::",
            "idna",
            "unicode",
            "core::str",
            "core::fmt",
            "alloc::fmt",
        ],
    ),
    (
        "the program itself, inlined crates included",
        &["informa", "sqlx", "web_push", "base64"],
    ),
];

/// One line of what `perf` reports.
struct Sampled {
    share: f64,
    thread: String,
    function: String,
}

/// Samples sending on each engine in turn, pushes and then mails; the text of what was found.
pub async fn profile(settings: &Settings) -> Result<String> {
    let mut text = String::new();
    let mut push_sink = pushes::push_sink(settings)?;
    let mut smtp_sink = Sink::start(&["smtp-sink"])?;
    let ports = Ports {
        push: push_sink.port,
        smtp: smtp_sink.port,
    };
    let count = settings.size(RECIPIENTS);
    for (what, reach) in [("pushes", Reach::Browser), ("mails", Reach::Mailbox)] {
        for engine in Engine::BOTH {
            let installation = pushes::populated(engine, ports, count, reach).await?;
            pushes::dispatch(&installation, count).await?;
            let file = settings.folder.join(format!("perf-{what}-{}.data", engine.name()));
            let mut sampler = sample(&file)?;
            while sampler.try_wait()?.is_none() {
                pushes::dispatch(&installation, count).await?;
            }
            push_sink.forget()?;
            smtp_sink.forget()?;
            installation.remove().await?;
            text.push_str(&told(what, engine, &read(&report(&file).await?)));
        }
    }
    Ok(text)
}

fn sample(file: &Path) -> Result<Child> {
    let this = std::process::id().to_string();
    Command::new("perf")
        .args(["record", "--quiet", "--freq", "999", "--pid", &this, "--output"])
        .arg(file)
        .args(["--", "sleep", SECONDS])
        .stderr(Stdio::null())
        .spawn()
        .context("starting perf (Debian: apt-get install linux-perf)")
}

async fn report(file: &Path) -> Result<String> {
    let output = Command::new("perf")
        .args(["report", "--stdio", "--quiet", "--sort", "comm,symbol"])
        .args(["--field-separator", "\t", "--input"])
        .arg(file)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "perf report: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn read(report: &str) -> Vec<Sampled> {
    let lines = report.lines().filter_map(|line| {
        let mut fields = line.split('\t').map(str::trim);
        Some(Sampled {
            share: fields.next()?.trim_end_matches('%').parse().ok()?,
            thread: fields.next()?.to_owned(),
            function: fields.next()?.to_owned(),
        })
    });
    lines.collect()
}

fn kind(sampled: &Sampled) -> &'static str {
    let fits = |part: &&str| match part.strip_prefix('@') {
        Some(thread) => sampled.thread.starts_with(thread),
        None => sampled.function.contains(part),
    };
    let found = KINDS.iter().find(|(_, parts)| parts.iter().any(fits));
    found.map_or("other", |(name, _)| name)
}

fn told(what: &str, engine: Engine, sampled: &[Sampled]) -> String {
    let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
    let mut functions: BTreeMap<&str, f64> = BTreeMap::new();
    for it in sampled {
        *kinds.entry(kind(it)).or_default() += it.share;
        *functions.entry(it.function.as_str()).or_default() += it.share;
    }
    let mut text = format!(
        "\n## Where the time of {what} goes, {}\n\n| what | share of samples |\n|---|---|\n",
        engine.name()
    );
    for (name, share) in descending(&kinds) {
        _ = writeln!(text, "| {name} | {share:.1} % |");
    }
    _ = writeln!(text, "\n| function | share |\n|---|---|");
    for (name, share) in descending(&functions).into_iter().take(NAMED) {
        let name: String = name.chars().take(110).collect();
        _ = writeln!(text, "| `{name}` | {share:.1} % |");
    }
    text
}

fn descending<'a>(shares: &BTreeMap<&'a str, f64>) -> Vec<(&'a str, f64)> {
    let mut list: Vec<(&str, f64)> = shares.iter().map(|(name, share)| (*name, *share)).collect();
    list.sort_by(|one, other| other.1.total_cmp(&one.1));
    list
}
