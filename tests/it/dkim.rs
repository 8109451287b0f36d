// SPDX-License-Identifier: EUPL-1.2
//! Signed mail (DKIM), held against a verifier that is not ours: Debian's python3-dkim. And how long a signature takes.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use informa::delivery::dkim::{KeyError, Signer};
use informa::delivery::email::{Letter, ListHeaders, Mail, compose};
use informa::domain::clock::Timestamp;
use lettre::message::dkim::{DkimConfig, DkimSigningAlgorithm, DkimSigningKey, dkim_sign};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

/// Reads each mail of a folder, finds the key in the file beside them, and says what it thinks of the signature.
const VERIFIER: &str = r"
import dkim, glob, sys
record = open(sys.argv[1] + '/record', 'rb').read()
for file in sorted(glob.glob(sys.argv[1] + '/*.eml')):
    try:
        mail = dkim.DKIM(open(file, 'rb').read())
        good = mail.verify(dnsfunc=lambda name, timeout=5: record)
        print(good, ':'.join(part.decode().lower() for part in mail.include_headers) if good else '')
    except Exception as problem:
        print('False', problem)
";

/// A key of its own for each test, made by OpenSSL.
fn key(arguments: &[&str]) -> Vec<u8> {
    let made = Command::new("openssl")
        .args(arguments)
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

fn rsa() -> Vec<u8> {
    key(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
}

fn ed25519() -> Vec<u8> {
    key(&["genpkey", "-algorithm", "ed25519"])
}

fn signer(pem: &[u8]) -> Signer {
    Signer::new("ente.example", "informa", pem).unwrap()
}

fn letter<'a>(subject: &'a str, text: &'a str, html: &'a str, list: bool) -> Letter<'a> {
    Letter {
        from: "Lombardia Informa <avvisi@ente.example>",
        reply_to: Some("informa@ente.example"),
        to: "maria.rossi@example.com",
        return_path: "rimbalzi@ente.example",
        subject,
        text,
        html,
        message_id: "42@ente.example",
        date: Timestamp::from_milliseconds(1_782_864_000_000),
        language: "it",
        is_automatic: true,
        list: list.then_some(ListHeaders {
            unsubscribe_url: "https://ente.example/disiscriviti/abcdefghijklmnopqrstuvwxyz",
            unsubscribe_mailto: Some("mailto:informa@ente.example?subject=unsubscribe"),
            list_id: "citizen.ente.example",
            list_name: "Città informa",
        }),
        feedback_id: Some("a:b"),
    }
}

fn an_announcement() -> Mail {
    let text = "Contributi per il fotovoltaico: più energia pulita.\n".repeat(40);
    compose(&letter(
        "Bando: Contributi è aperto",
        &text,
        &format!("<p>{text}</p>"),
        true,
    ))
    .unwrap()
}

/// What the other implementation says of each mail: whether the signature is good, and which headers it covers.
fn verified(signer: &Signer, mails: &[Vec<u8>]) -> Vec<(bool, String)> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("record"), signer.record().unwrap()).unwrap();
    for (number, mail) in mails.iter().enumerate() {
        fs::write(folder.path().join(format!("{number:04}.eml")), mail).unwrap();
    }
    let run = Command::new("/usr/bin/python3")
        .args(["-c", VERIFIER])
        .arg(folder.path())
        .output()
        .expect("python3");
    assert!(
        run.status.success(),
        "is python3-dkim installed? {}",
        String::from_utf8_lossy(&run.stderr)
    );
    let printed = String::from_utf8(run.stdout).unwrap();
    let lines = printed.lines().map(|line| {
        let (good, headers) = line.split_once(' ').unwrap_or((line, ""));
        (good == "True", headers.to_owned())
    });
    lines.collect()
}

#[test]
fn another_implementation_accepts_our_signatures_and_sees_what_they_cover() {
    for pem in [rsa(), ed25519()] {
        let signer = signer(&pem);
        let mail = signer.sign(&an_announcement()).unwrap().message;
        let judged = verified(&signer, &[mail]);
        let (good, headers) = &judged[0];
        assert!(good, "{headers}");
        let covered: Vec<&str> = headers.split(':').collect();
        for name in [
            "to",
            "subject",
            "date",
            "message-id",
            "mime-version",
            "content-type",
            "reply-to",
            "list-id",
            "list-unsubscribe",
            "list-unsubscribe-post",
        ] {
            assert!(covered.contains(&name), "{name} is not among {headers}");
        }
        assert_eq!(
            covered.iter().filter(|it| **it == "from").count(),
            2,
            "no other From can be added"
        );
    }
}

#[test]
fn whatever_is_written_another_implementation_accepts_it() {
    let mut runner = TestRunner::deterministic();
    let subjects = "[ -~àèìòù€😀]{0,120}";
    let texts = proptest::collection::vec("[ \t]{0,3}[ -~àèìòù€]{0,200}[ \t]{0,3}", 0..12);
    for pem in [rsa(), ed25519()] {
        let signer = signer(&pem);
        let mails: Vec<Vec<u8>> = (0..60)
            .map(|number| {
                let subject = subjects.new_tree(&mut runner).unwrap().current();
                let text = texts.new_tree(&mut runner).unwrap().current().join("\n");
                let mail = compose(&letter(&subject, &text, &text, number % 2 == 0)).unwrap();
                signer.sign(&mail).unwrap().message
            })
            .collect();
        for (mail, (good, problem)) in mails.iter().zip(verified(&signer, &mails)) {
            assert!(good, "{problem}\n{}", String::from_utf8_lossy(mail));
        }
    }
}

#[test]
fn another_implementation_sees_what_was_changed() {
    let signer = signer(&rsa());
    let mail = String::from_utf8(signer.sign(&an_announcement()).unwrap().message).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(mail.contains(from), "{from}");
        mail.replacen(from, to, 1).into_bytes()
    };
    let mails = [
        changed("Contributi per", "Contributi per\u{20}altro"),
        changed("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
        changed("/disiscriviti/a", "/disiscriviti/b"),
        changed("To: maria", "To: mario"),
        changed("\r\nFrom: ", "\r\nFrom: altri@example.org\r\nFrom: "),
    ];
    for (number, (good, _)) in verified(&signer, &mails).into_iter().enumerate() {
        assert!(!good, "change {number} went unnoticed");
    }
    // Folding and spaces may change on the way.
    let refolded = changed("Message-ID: <", "Message-ID:\r\n  <");
    assert!(verified(&signer, &[refolded])[0].0);
}

#[test]
fn a_key_that_cannot_sign_is_refused() {
    let refused = |pem: &[u8]| Signer::new("ente.example", "informa", pem).err();
    assert_eq!(refused(b"no key"), Some(KeyError::Pem));
    let small = key(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]);
    assert_eq!(refused(&small), Some(KeyError::Small));
    let curve = key(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    assert_eq!(refused(&curve), Some(KeyError::Kind));
    let traditional = key(&["genrsa", "-traditional", "2048"]);
    assert_eq!(refused(&traditional), None);
}

#[test]
fn the_record_is_what_openssl_says_of_the_key() {
    let pem = rsa();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key.pem");
    fs::write(&file, &pem).unwrap();
    let public = key(&["pkey", "-pubout", "-in", file.to_str().unwrap()]);
    let public: String = String::from_utf8(public)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    assert_eq!(signer(&pem).record().unwrap(), format!("v=DKIM1; k=rsa; p={public}"));
    assert_eq!(signer(&pem).record_name(), "informa._domainkey.ente.example");
}

/// The quickest of several rounds: what else runs on the machine only makes a round slower.
fn quickest(mut sign: impl FnMut()) -> Duration {
    const TIMES: u32 = 20;
    let rounds = (0..5).map(|_| {
        let start = Instant::now();
        (0..TIMES).for_each(|_| sign());
        start.elapsed() / TIMES
    });
    rounds.min().unwrap()
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn a_signature_takes_less_time_than_that_of_the_mail_library() {
    let pem = key(&["genrsa", "-traditional", "2048"]);
    let (mail, ours) = (an_announcement(), signer(&pem));
    let rsa = quickest(|| drop(ours.sign(&mail).unwrap()));
    let other = signer(&ed25519());
    let ed25519 = quickest(|| drop(other.sign(&mail).unwrap()));
    let theirs = DkimConfig::default_config(
        "informa".to_owned(),
        "ente.example".to_owned(),
        DkimSigningKey::new(std::str::from_utf8(&pem).unwrap(), DkimSigningAlgorithm::Rsa).unwrap(),
    );
    let body = String::from_utf8(mail.message).unwrap();
    let message = lettre::Message::builder()
        .from("avvisi@ente.example".parse().unwrap())
        .to("maria.rossi@example.com".parse().unwrap())
        .subject("Bando")
        .body(body)
        .unwrap();
    let lettre = quickest(|| dkim_sign(&mut message.clone(), &theirs));
    println!("a message: RSA 2048 {rsa:?}, Ed25519 {ed25519:?}; lettre's own RSA 2048 {lettre:?}");
    assert!(rsa < lettre, "{rsa:?} is not less than {lettre:?}");
}
