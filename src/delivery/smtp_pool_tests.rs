// SPDX-License-Identifier: EUPL-1.2
//! A relay on this machine that follows a script, and what the pool makes of its replies.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use super::*;
use crate::delivery::email::Letter;
use crate::delivery::email::compose;
use crate::domain::clock::Timestamp;

/// What the relay does at a step: the greeting is called `CONNECT`, the end of a message `.`.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Whatever a relay in good health replies.
    Usual,
    Say(&'static str),
    /// The reply, and then the end of the connection.
    Leave(&'static str),
    Close,
    Hang,
}

type Script = fn(step: &str, connection: usize) -> Act;

#[derive(Default)]
struct Record {
    lines: Mutex<Vec<String>>,
    messages: Mutex<Vec<Vec<u8>>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Record {
    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn count(&self, start: &str) -> usize {
        let lines = self.lines.lock().unwrap();
        lines.iter().filter(|line| line.starts_with(start)).count()
    }
}

struct ScriptedRelay {
    address: SocketAddr,
    record: Arc<Record>,
}

impl ScriptedRelay {
    /// A relay that takes one command at a time.
    async fn start(script: Script) -> Self {
        Self::start_with(script, false).await
    }

    async fn start_with(script: Script, pipelines: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let record = Arc::new(Record::default());
        let kept = record.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let record = kept.clone();
                tokio::spawn(async move {
                    let number = record.connections.fetch_add(1, Ordering::SeqCst);
                    let open = record.open.fetch_add(1, Ordering::SeqCst) + 1;
                    record.most_open.fetch_max(open, Ordering::SeqCst);
                    let _ = converse(stream, &record, pipelines, |step| script(step, number)).await;
                    record.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, record }
    }

    fn pool(&self) -> Pool {
        self.pool_at("", 2)
    }

    fn pool_at(&self, user: &str, bound: usize) -> Pool {
        let url = format!("smtp://{user}{}?tls=none", self.address);
        Pool::new(&url, bound, "informa.example.org").unwrap()
    }

    fn impatient_pool(&self) -> Pool {
        let mut pool = self.pool();
        pool.limits.timeouts = Timeouts {
            connect: Duration::from_millis(400),
            command: Duration::from_millis(400),
            content: Duration::from_millis(400),
        };
        pool
    }
}

async fn converse(
    stream: TcpStream,
    record: &Record,
    pipelines: bool,
    act: impl Fn(&str) -> Act,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut step = "CONNECT".to_owned();
    loop {
        let (reply, last) = match act(&step) {
            Act::Usual if pipelines && step.starts_with("EHLO") => (PIPELINING, false),
            Act::Usual => (usual(&step), step == "QUIT"),
            Act::Say(reply) => (reply, reply.starts_with("421")),
            Act::Leave(reply) => (reply, true),
            Act::Close => return Ok(()),
            Act::Hang => std::future::pending().await,
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        if last {
            return Ok(());
        }
        step = if reply.starts_with("354") {
            let message = read_message(&mut stream).await?;
            record.messages.lock().unwrap().push(message);
            ".".to_owned()
        } else {
            let line = read_command(&mut stream).await?;
            record.lines.lock().unwrap().push(line.clone());
            line
        };
    }
}

async fn read_command(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

const PIPELINING: &str = "250-relay.example.org\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN";

fn usual(step: &str) -> &'static str {
    match step.split([' ', ':']).next().unwrap() {
        "CONNECT" => "220 relay.example.org ESMTP",
        "EHLO" => "250-relay.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 2.7.0 accepted",
        "MAIL" | "RCPT" | "RSET" | "." => "250 2.0.0 fine",
        "DATA" => "354 go ahead",
        "QUIT" => "221 2.0.0 bye",
        _ => "502 5.5.1 what?",
    }
}

/// A message as it was before its dots were doubled.
async fn read_message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn mail() -> Mail {
    let letter = Letter {
        from: "Lombardia Informa <avvisi@example.org>",
        reply_to: None,
        to: "maria.rossi@example.com",
        return_path: "bounces+k3@example.org",
        subject: "Bando aperto",
        text: "Ciao,\n.\n..\n.hidden\n\nfine\n",
        html: "<p>Ciao</p>",
        message_id: "n42@example.org",
        date: Timestamp::from_milliseconds(1_782_864_000_000),
        language: "it",
        is_automatic: true,
        list: None,
        feedback_id: None,
    };
    compose(&letter).unwrap()
}

fn unreachable(reason: &str) -> Outcome {
    Outcome::Unreachable {
        reason: reason.to_owned(),
    }
}

fn retry(reason: &str) -> Outcome {
    Outcome::Retry {
        after: None,
        reason: reason.to_owned(),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_composed() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    assert_eq!(relay.pool().send(&mail()).await, Outcome::Sent);
    let lines = relay.record.lines.lock().unwrap().clone();
    assert_eq!(
        lines,
        [
            "EHLO informa.example.org",
            "MAIL FROM:<bounces+k3@example.org>",
            "RCPT TO:<maria.rossi@example.com>",
            "DATA"
        ]
    );
    assert_eq!(*relay.record.messages.lock().unwrap(), [mail().message]);
}

#[tokio::test]
async fn mails_follow_each_other_on_one_connection_until_it_has_served_enough() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let mut pool = relay.pool();
    pool.limits.mails = 10;
    for _ in 0..25 {
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
    }
    assert_eq!(relay.record.connections(), 3);
    assert_eq!(relay.record.count("QUIT"), 2);
    assert_eq!(relay.record.messages.lock().unwrap().len(), 25);
}

#[tokio::test]
async fn connections_are_bounded_however_many_mails_are_waiting() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let pool = Arc::new(relay.pool_at("", 3));
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let pool = pool.clone();
        sending.spawn(async move { pool.send(&mail()).await });
    }
    let outcomes = sending.join_all().await;
    assert!(outcomes.iter().all(|it| *it == Outcome::Sent));
    assert_eq!(relay.record.most_open.load(Ordering::SeqCst), 3);
    assert_eq!(relay.record.messages.lock().unwrap().len(), 60);
}

#[tokio::test]
async fn a_connection_without_use_is_replaced_after_a_while() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let mut pool = relay.pool();
    pool.limits.idle = Duration::ZERO;
    for _ in 0..3 {
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
    }
    assert_eq!(relay.record.connections(), 3);
}

/// The outcome of a first mail to a relay that follows `script`, what the relay saw, and the pool for further mails. A
/// relay that takes one command at a time and one that takes several in one go must lead to the same.
async fn outcomes_with(script: Script) -> (Outcome, Arc<Record>, Pool) {
    let slow = ScriptedRelay::start(script).await;
    let relay = ScriptedRelay::start_with(script, true).await;
    let pool = relay.pool();
    let outcome = pool.send(&mail()).await;
    assert_eq!(outcome, slow.pool().send(&mail()).await, "with and without pipelining");
    (outcome, relay.record, pool)
}

macro_rules! outcome_of {
    ($step:literal, $reply:literal) => {
        outcomes_with(|step, _| {
            if step.starts_with($step) {
                Act::Say($reply)
            } else {
                Act::Usual
            }
        })
        .await
        .0
    };
}

#[tokio::test]
async fn temporary_replies_are_tried_again_at_every_stage() {
    assert_eq!(outcome_of!("CONNECT", "421 4.3.2 too busy"), retry("421 4.3.2"));
    assert_eq!(outcome_of!("EHLO", "451 4.3.0 not now"), retry("451 4.3.0"));
    assert_eq!(outcome_of!("MAIL", "452 4.3.1 disk full"), retry("452 4.3.1"));
    assert_eq!(outcome_of!("RCPT", "450 4.2.0 greylisted"), retry("450 4.2.0"));
    assert_eq!(outcome_of!("RCPT", "451 maria.rossi@example.com later"), retry("451"));
    assert_eq!(outcome_of!("DATA", "451 4.3.0 not now"), retry("451 4.3.0"));
    assert_eq!(outcome_of!(".", "451 4.7.1 try later"), retry("451 4.7.1"));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_gone() {
    let gone = |reason: &str| Outcome::Gone {
        reason: reason.to_owned(),
    };
    assert_eq!(outcome_of!("RCPT", "550 5.1.1 unknown"), gone("550 5.1.1"));
    assert_eq!(
        outcome_of!("RCPT", "550-5.1.1 no such\r\n550 5.1.1 account"),
        gone("550 5.1.1")
    );
    assert_eq!(outcome_of!("RCPT", "556 5.1.10 null MX"), gone("556 5.1.10"));
    assert_eq!(outcome_of!("RCPT", "550 User unknown"), gone("550"));
    assert_eq!(outcome_of!(".", "550 5.1.1 unknown"), gone("550 5.1.1"));
    assert_eq!(outcome_of!("RCPT", "553 sorry, no such user here"), gone("553"));
}

#[tokio::test]
async fn other_permanent_replies_end_the_mail_but_not_the_target() {
    let refused = |reason: &str| Outcome::Refused {
        reason: reason.to_owned(),
    };
    assert_eq!(outcome_of!("RCPT", "552 5.2.2 mailbox full"), refused("552 5.2.2"));
    assert_eq!(outcome_of!("RCPT", "550 not here"), refused("550"));
    assert_eq!(outcome_of!(".", "554 5.6.0 malformed"), refused("554 5.6.0"));
    assert_eq!(outcome_of!(".", "552 5.3.4 too big"), refused("552 5.3.4"));
    assert_eq!(outcome_of!(".", "550 no such user is to be named"), refused("550"));
    assert_eq!(outcome_of!("DATA", "554 no valid recipients"), refused("554"));
}

#[tokio::test]
async fn a_relay_that_refuses_us_bars_and_never_loses_a_target() {
    let barred = |reason: &str| Outcome::Barred {
        reason: reason.to_owned(),
    };
    assert_eq!(outcome_of!("CONNECT", "554 5.7.1 go away"), barred("554 5.7.1"));
    assert_eq!(outcome_of!("EHLO", "550 who are you"), barred("550"));
    assert_eq!(
        outcome_of!("MAIL", "530 5.7.0 authentication required"),
        barred("530 5.7.0")
    );
    assert_eq!(outcome_of!("MAIL", "553 5.1.8 sender unknown"), barred("553 5.1.8"));
    assert_eq!(outcome_of!("RCPT", "530 authentication required"), barred("530"));
    // Exim verifies the sender when it is told the recipient, and says of our address that it is not there.
    assert_eq!(
        outcome_of!(
            "RCPT",
            "550-Verification failed for <avvisi@example.org>\r\n550-Unrouteable address\r\n550 Sender verify failed"
        ),
        barred("550")
    );
    let turned_away = Outcome::TurnedAway {
        reason: "554 5.7.1".to_owned(),
    };
    assert_eq!(outcome_of!("RCPT", "554 5.7.1 relay access denied"), turned_away);
}

#[tokio::test]
async fn enhanced_codes_of_another_class_or_form_are_not_believed() {
    assert_eq!(outcome_of!("RCPT", "450 5.1.1 strange"), retry("450"));
    assert_eq!(outcome_of!("RCPT", "450 4.1 strange"), retry("450"));
    assert_eq!(outcome_of!("RCPT", "450 4.1.1.1 strange"), retry("450"));
    assert_eq!(outcome_of!("RCPT", "450 4.a.1 strange"), retry("450"));
    assert_eq!(outcome_of!("RCPT", "450 4.1.1234 strange"), retry("450"));
}

#[tokio::test]
async fn a_refused_mail_is_reset_and_the_connection_serves_the_next() {
    let script: Script = |step, _| match step {
        "RCPT TO:<maria.rossi@example.com>" => Act::Say("550 5.1.1 unknown"),
        _ => Act::Usual,
    };
    let (_, record, pool) = outcomes_with(script).await;
    let mut other = mail();
    other.to = "luca@example.com".parse().unwrap();
    assert_eq!(pool.send(&other).await, Outcome::Sent);
    assert_eq!((record.connections(), record.count("RSET")), (1, 1));
}

#[tokio::test]
async fn a_relay_that_waits_for_the_content_of_a_refused_mail_is_given_none() {
    let (outcome, record, pool) = outcomes_with(|step, _| match step {
        "RCPT TO:<maria.rossi@example.com>" => Act::Say("450 4.2.0 greylisted"),
        _ => Act::Usual,
    })
    .await;
    assert_eq!(outcome, retry("450 4.2.0"));
    assert_eq!(*record.messages.lock().unwrap(), [b""]);
    let mut other = mail();
    other.to = "luca@example.com".parse().unwrap();
    assert_eq!(pool.send(&other).await, Outcome::Sent);
    assert_eq!(record.messages.lock().unwrap()[1], other.message);
    assert_eq!(record.connections(), 1);
}

#[tokio::test]
async fn a_relay_that_takes_commands_in_one_go_gets_the_same_mail() {
    let relay = ScriptedRelay::start_with(|_, _| Act::Usual, true).await;
    let mut dotted = mail();
    dotted.message = b".begins with a dot\r\n..\r\n.\r\nand ends\r\n".to_vec();
    let pool = relay.pool();
    for sent in [&mail(), &dotted] {
        assert_eq!(pool.send(sent).await, Outcome::Sent);
    }
    assert_eq!(*relay.record.messages.lock().unwrap(), [mail().message, dotted.message]);
}

#[tokio::test]
async fn after_421_or_a_failed_reset_the_next_mail_has_a_new_connection() {
    let closing: Script = |step, connection| match step {
        "RCPT TO:<maria.rossi@example.com>" if connection == 0 => Act::Say("421 4.3.2 shutting down"),
        _ => Act::Usual,
    };
    let unwilling: Script = |step, connection| match step {
        "RCPT TO:<maria.rossi@example.com>" if connection == 0 => Act::Say("451 4.3.0 later"),
        "RSET" => Act::Say("500 no"),
        _ => Act::Usual,
    };
    for script in [closing, unwilling] {
        let (first, record, pool) = outcomes_with(script).await;
        assert!(matches!(first, Outcome::Retry { .. }));
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
        assert_eq!(record.connections(), 2);
    }
}

#[tokio::test]
async fn a_relay_that_closes_is_tried_again_on_a_new_connection() {
    let at_connect: Script = |_, connection| {
        if connection == 0 { Act::Close } else { Act::Usual }
    };
    let after_data: Script = |step, connection| {
        if step == "." && connection == 0 {
            Act::Close
        } else {
            Act::Usual
        }
    };
    let before_content: Script = |step, connection| {
        if step == "DATA" && connection == 0 {
            Act::Close
        } else {
            Act::Usual
        }
    };
    for script in [at_connect, after_data, before_content] {
        let (first, record, pool) = outcomes_with(script).await;
        assert_eq!(first, retry("connection lost"));
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
        assert_eq!(record.connections(), 2);
    }
}

#[tokio::test]
async fn a_relay_that_hangs_costs_a_time_limit_at_every_stage() {
    let scripts: [Script; 5] = [
        |_, connection| {
            if connection == 0 { Act::Hang } else { Act::Usual }
        },
        |step, connection| {
            if step.starts_with("EHLO") && connection == 0 {
                Act::Hang
            } else {
                Act::Usual
            }
        },
        |step, connection| {
            if step.starts_with("MAIL") && connection == 0 {
                Act::Hang
            } else {
                Act::Usual
            }
        },
        |step, connection| {
            if step.starts_with("RCPT") && connection == 0 {
                Act::Hang
            } else {
                Act::Usual
            }
        },
        |step, connection| {
            if step == "." && connection == 0 {
                Act::Hang
            } else {
                Act::Usual
            }
        },
    ];
    for (script, pipelines) in scripts.into_iter().flat_map(|script| [(script, false), (script, true)]) {
        let relay = ScriptedRelay::start_with(script, pipelines).await;
        let mut pool = relay.impatient_pool();
        assert_eq!(pool.send(&mail()).await, retry("timeout"));
        pool.limits = Limits::DEFAULT;
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
        assert_eq!(relay.record.connections(), 2);
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_relay_has_ended_costs_no_attempt() {
    let silently: Script = |step, connection| match (step, connection) {
        (".", 0) => Act::Leave("250 2.0.0 fine"),
        _ => Act::Usual,
    };
    let with_a_word: Script = |step, connection| match (step, connection) {
        (".", 0) => Act::Leave("250 2.0.0 fine\r\n421 4.4.2 idle for too long"),
        _ => Act::Usual,
    };
    for script in [silently, with_a_word] {
        let (first, record, pool) = outcomes_with(script).await;
        assert_eq!(first, Outcome::Sent);
        assert_eq!(pool.send(&mail()).await, Outcome::Sent);
        assert_eq!(record.connections(), 2);
    }
}

#[tokio::test]
async fn no_relay_is_no_connection() {
    let pool = Pool::new("smtp://127.0.0.1:1?tls=none", 1, "informa.example.org").unwrap();
    assert_eq!(pool.send(&mail()).await, unreachable("no connection"));
    assert_eq!(pool.check().await, unreachable("no connection"));
}

#[tokio::test]
async fn a_password_is_given_to_the_relay_before_the_first_mail() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let pool = relay.pool_at("avvisi%40example.org:p%2Fass@", 1);
    assert_eq!(pool.send(&mail()).await, Outcome::Sent);
    let secret = STANDARD.encode("\0avvisi@example.org\0p/ass");
    assert_eq!(relay.record.lines.lock().unwrap()[1], format!("AUTH PLAIN {secret}"));
}

#[tokio::test]
async fn a_wrong_password_bars() {
    let relay = ScriptedRelay::start(|step, _| match step.split(' ').next() {
        Some("AUTH") => Act::Say("535 5.7.8 wrong"),
        _ => Act::Usual,
    })
    .await;
    let pool = relay.pool_at("u:p@", 1);
    let barred = Outcome::Barred {
        reason: "535 5.7.8".to_owned(),
    };
    assert_eq!(pool.send(&mail()).await, barred);
    assert_eq!(pool.check().await, barred);
    assert!(relay.record.messages.lock().unwrap().is_empty());
}

#[tokio::test]
async fn where_encryption_is_required_nothing_is_sent_without_it() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let url = format!("smtp://u:p@{}", relay.address);
    let pool = Pool::new(&url, 1, "informa.example.org").unwrap();
    assert_eq!(pool.send(&mail()).await, unreachable("no encryption"));
    assert_eq!(relay.record.lines.lock().unwrap().clone(), ["EHLO informa.example.org"]);
}

#[tokio::test]
async fn where_encryption_is_optional_a_relay_without_it_is_used() {
    let relay = ScriptedRelay::start(|_, _| Act::Usual).await;
    let pool = Pool::new(&format!("smtp://{}", relay.address), 1, "informa.example.org").unwrap();
    assert_eq!(pool.check().await, Outcome::Sent);
    assert_eq!(pool.send(&mail()).await, Outcome::Sent);
}

#[tokio::test]
async fn a_mailer_without_a_relay_keeps_mail_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path()).unwrap();
    let mailer = Mailer::Folder(mailbox.clone());
    assert_eq!(mailer.send(&mail()).await, Outcome::Sent);
    assert_eq!(mailbox.list(9).await.unwrap().len(), 1);
    drop(folder);
    assert!(matches!(mailer.send(&mail()).await, Outcome::Retry { .. }));
}
