// SPDX-License-Identifier: EUPL-1.2
//! One connection to the mail relay: greet, encrypt, sign in, hand over mails, classify the replies (RFC 5321).
//!
//! Reads a mail and the relay's replies, writes SMTP commands in a `smtp_dialogue`. Each step has its own time limit. What fails names its stage, because the same reply means one thing when it concerns the
//! recipient and another when it concerns us.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::timeout;

use crate::delivery::email::Mail;
use crate::delivery::smtp_dialogue::{Dialogue, Reply};
use crate::delivery::smtp_relay::{Credentials, Encryption, Relay};
use crate::delivery::smtp_stream;
use crate::domain::bounce::{names_no_mailbox, speaks_of_the_sender};
use crate::domain::notification::Outcome;

/// How long a relay has to answer when we leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long each step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// To connect.
    pub(super) connect: Duration,
    /// For a command and its reply.
    pub(super) command: Duration,
    /// For a message and its reply.
    pub(super) content: Duration,
}

/// A connection over which mails go one after the other.
pub(super) struct Connection {
    dialogue: Dialogue,
    timeouts: Timeouts,
    offers: Offers,
}

/// What the relay said it can do, of what matters here (RFC 5321, section 4.1.1.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offers {
    /// To encrypt from now on (RFC 3207).
    encryption: bool,
    /// To take several commands in one go (RFC 2920).
    pipelining: bool,
    /// To be given user and password in one word (RFC 4616).
    plain: bool,
    /// To be given them one after the other.
    login: bool,
}

impl Offers {
    fn read(greeting: &str) -> Self {
        let mut offers = Self::default();
        for line in greeting.lines().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.encryption = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("AUTH") => {
                    for mechanism in words {
                        offers.plain |= mechanism == "PLAIN";
                        offers.login |= mechanism == "LOGIN";
                    }
                }
                _ => {}
            }
        }
        offers
    }
}

impl Connection {
    /// Connects to `relay`, up to the point where mails can be handed over.
    pub(super) async fn open(relay: &Relay, timeouts: Timeouts) -> Result<Self, Failure> {
        let limit = timeouts.connect;
        let mut stream = within(limit, Stage::Connection, smtp_stream::connect(relay)).await?;
        if relay.encryption == Encryption::Implicit {
            stream = within(limit, Stage::Encryption, stream.encrypt(relay)).await?;
        }
        let mut connection = Self {
            dialogue: Dialogue::over(stream),
            timeouts,
            offers: Offers::default(),
        };
        connection.hear(Stage::Greeting, timeouts.command).await?;
        connection.greet(relay).await?;
        let mut connection = connection.encrypt(relay).await?;
        if let Some(credentials) = &relay.credentials {
            connection.authenticate(credentials).await?;
        }
        Ok(connection)
    }

    async fn greet(&mut self, relay: &Relay) -> Result<(), Failure> {
        let hello = format!("EHLO {}\r\n", relay.hello);
        let reply = self.command(Stage::Greeting, &hello).await?;
        self.offers = Offers::read(&reply.text);
        Ok(())
    }

    /// Encrypts where that comes after the greeting, and greets once more: what was offered in clear counts no longer.
    async fn encrypt(mut self, relay: &Relay) -> Result<Self, Failure> {
        let wanted = match relay.encryption {
            Encryption::Off | Encryption::Implicit => false,
            Encryption::Opportunistic => self.offers.encryption,
            Encryption::Required => true,
        };
        if !wanted {
            return Ok(self);
        }
        let stage = Stage::Encryption;
        if !self.offers.encryption {
            return Err(Failure::new(stage, Cause::Broken));
        }
        self.command(stage, "STARTTLS\r\n").await?;
        let stream = self
            .dialogue
            .into_stream()
            .map_err(|error| Failure::new(stage, error))?;
        let stream = within(self.timeouts.connect, stage, stream.encrypt(relay)).await?;
        self.dialogue = Dialogue::over(stream);
        self.greet(relay).await?;
        Ok(self)
    }

    async fn authenticate(&mut self, credentials: &Credentials) -> Result<(), Failure> {
        let Credentials { user, password } = credentials;
        let stage = Stage::Authentication;
        if self.offers.plain {
            let both = STANDARD.encode(format!("\0{user}\0{password}"));
            self.command(stage, &format!("AUTH PLAIN {both}\r\n")).await?;
        } else if self.offers.login {
            self.command(stage, "AUTH LOGIN\r\n").await?;
            self.command(stage, &format!("{}\r\n", STANDARD.encode(user))).await?;
            self.command(stage, &format!("{}\r\n", STANDARD.encode(password)))
                .await?;
        } else {
            return Err(Failure::new(stage, Cause::Broken));
        }
        Ok(())
    }

    /// Hands over one mail.
    pub(super) async fn deliver(&mut self, mail: &Mail) -> Result<(), Failure> {
        let from = format!("MAIL FROM:<{}>\r\n", mail.return_path);
        let to = format!("RCPT TO:<{}>\r\n", mail.to);
        if self.offers.pipelining {
            self.announce_in_one_go(&from, &to).await?;
        } else {
            self.announce_step_by_step(&from, &to).await?;
        }
        let limit = self.timeouts.content;
        within(limit, Stage::Content, self.dialogue.say(&content(&mail.message))).await?;
        self.hear(Stage::Content, limit).await?;
        Ok(())
    }

    async fn announce_step_by_step(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        self.command(Stage::Sender, from).await?;
        self.command(Stage::Recipient, to).await?;
        self.command(Stage::Content, DATA).await?;
        Ok(())
    }

    /// One round trip instead of three. The first refusal counts; a relay that goes on all the same and waits for a
    /// content is given an empty one, which it refuses (RFC 2920, section 3.1).
    async fn announce_in_one_go(&mut self, from: &str, to: &str) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        let all = format!("{from}{to}{DATA}");
        let mut refused = self.command(Stage::Sender, &all).await.err();
        for stage in [Stage::Recipient, Stage::Content] {
            if let Some(failure) = refused.take_if(|failure| !failure.spares_the_connection()) {
                return Err(failure);
            }
            match self.hear(stage, limit).await {
                Ok(_) if refused.is_some() && stage == Stage::Content => self.leave_empty().await,
                Ok(_) => {}
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Ends a content that was not to be begun. How that is answered does not matter: what follows is a reset.
    async fn leave_empty(&mut self) {
        let _ = self.command(Stage::Content, ".\r\n").await;
    }

    /// Forgets a mail that was begun, so that another can follow.
    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        self.command(Stage::Sender, "RSET\r\n").await?;
        Ok(())
    }

    /// Takes leave; whether the relay answers does not matter.
    pub(super) async fn quit(mut self) {
        let _ = timeout(FAREWELL, self.command(Stage::Greeting, "QUIT\r\n")).await;
    }

    /// Says one command and hears the reply.
    async fn command(&mut self, stage: Stage, words: &str) -> Result<Reply, Failure> {
        let limit = self.timeouts.command;
        within(limit, stage, self.dialogue.say(words.as_bytes())).await?;
        self.hear(stage, limit).await
    }

    /// Hears a reply, which is a failure where it refuses.
    async fn hear(&mut self, stage: Stage, limit: Duration) -> Result<Reply, Failure> {
        let reply = within(limit, stage, self.dialogue.hear()).await?;
        if reply.is_positive() {
            return Ok(reply);
        }
        Err(Failure::new(stage, Cause::Refusal(reply)))
    }
}

const DATA: &str = "DATA\r\n";

/// The content of a mail as it goes over the wire: a dot that begins a line is doubled, and a line with a dot alone is the
/// end (RFC 5321, section 4.5.2).
fn content(message: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(message.len() + 64);
    // The end brings the last line break itself.
    let message = message.strip_suffix(b"\r\n").unwrap_or(message);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            content.push(b'.');
        }
        content.extend_from_slice(line);
    }
    content.extend_from_slice(b"\r\n.\r\n");
    content
}

async fn within<T, E: Into<Cause>>(
    limit: Duration,
    stage: Stage,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match timeout(limit, step).await {
        Ok(result) => result.map_err(|error| Failure::new(stage, error)),
        Err(_) => Err(Failure::new(stage, Cause::Timeout)),
    }
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connection,
    Greeting,
    Encryption,
    Authentication,
    Sender,
    Recipient,
    Content,
}

/// Why it came no further.
#[derive(Debug)]
enum Cause {
    Refusal(Reply),
    Timeout,
    Broken,
}

impl From<io::Error> for Cause {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// A step that failed.
#[derive(Debug)]
pub(super) struct Failure {
    stage: Stage,
    cause: Cause,
}

impl Failure {
    fn new(stage: Stage, cause: impl Into<Cause>) -> Self {
        Self {
            stage,
            cause: cause.into(),
        }
    }

    /// Whether the relay refused this mail but will listen to the next.
    pub(super) fn spares_the_connection(&self) -> bool {
        matches!(&self.cause, Cause::Refusal(reply) if reply.code != 421)
    }

    /// Whether the connection had ended before this mail, as an idle one may: another connection may do better.
    pub(super) fn came_too_late(&self) -> bool {
        self.stage == Stage::Sender && !self.spares_the_connection()
    }

    /// What the failure means for the mail. The reason holds codes only: texts of relays repeat addresses.
    pub(super) fn outcome(&self) -> Outcome {
        match &self.cause {
            Cause::Refusal(reply) => self.outcome_of(reply),
            Cause::Timeout if self.stage == Stage::Connection => unreachable("timeout"),
            Cause::Timeout => retry("timeout"),
            Cause::Broken => match self.stage {
                Stage::Connection => unreachable("no connection"),
                Stage::Encryption => unreachable("no encryption"),
                Stage::Authentication => unreachable("no authentication"),
                _ => retry("connection lost"),
            },
        }
    }

    fn outcome_of(&self, Reply { code, text }: &Reply) -> Outcome {
        let code = *code;
        let detail = enhanced_code(code, text);
        let reason = detail.map_or_else(|| code.to_string(), |detail| format!("{code} {detail}"));
        if code < 500 {
            return retry(&reason);
        }
        let is_gone = match self.stage {
            Stage::Recipient => !speaks_of_the_sender(text) && names_no_mailbox(detail, text),
            // Some relays look the mailbox up only now. Words alone may speak of what the mail says.
            Stage::Content => detail.is_some() && names_no_mailbox(detail, text),
            _ => false,
        };
        match self.stage {
            Stage::Recipient | Stage::Content if is_gone => Outcome::Gone { reason },
            Stage::Recipient if code == NOT_SIGNED_IN || speaks_of_the_sender(text) => Outcome::Barred { reason },
            Stage::Recipient if is_policy(detail) => Outcome::TurnedAway { reason },
            Stage::Recipient | Stage::Content => Outcome::Refused { reason },
            _ => Outcome::Barred { reason },
        }
    }
}

fn retry(reason: &str) -> Outcome {
    Outcome::Retry {
        after: None,
        reason: reason.to_owned(),
    }
}

fn unreachable(reason: &str) -> Outcome {
    Outcome::Unreachable {
        reason: reason.to_owned(),
    }
}

/// The enhanced status code at the start of a reply, which must be of the reply's own class (RFC 2034, section 4).
fn enhanced_code(code: u16, text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    let mut numbers = word.split('.');
    let class = numbers.next()?.parse::<u16>().ok()?;
    let details: Vec<&str> = numbers.collect();
    let numeric = |it: &&str| (1..=3).contains(&it.len()) && it.bytes().all(|b| b.is_ascii_digit());
    (class == code / 100 && details.len() == 2 && details.iter().all(numeric)).then_some(word)
}

/// The code of a relay that wants a password first (RFC 4954, section 6).
const NOT_SIGNED_IN: u16 = 530;

/// Whether a recipient was refused by a rule: no relaying, a block list (RFC 3463, section 3.8).
fn is_policy(detail: Option<&str>) -> bool {
    detail.is_some_and(|detail| detail.starts_with("5.7."))
}
