// SPDX-License-Identifier: EUPL-1.2
//! One connection to the mail relay: greet, encrypt, sign in, hand over mails, classify the replies (RFC 5321).
//!
//! Reads a mail and the relay's replies, writes SMTP through crate `lettre` over a stream of `smtp_stream`. Each step
//! has its own time limit. What fails names its stage, because the same reply means one thing when it concerns the
//! recipient and another when it concerns us.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::client::CertificateStore;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::commands::Data;
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::commands::Mail as MailFrom;
use lettre::transport::smtp::commands::Rcpt;
use lettre::transport::smtp::commands::Rset;
use tokio::time::timeout;

use crate::delivery::email::Mail;
use crate::delivery::smtp_relay::Encryption;
use crate::delivery::smtp_relay::Relay;
use crate::delivery::smtp_stream;
use crate::domain::bounce::names_no_mailbox;
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
    smtp: AsyncSmtpConnection,
    timeouts: Timeouts,
    /// Whether the relay takes several commands in one go (RFC 2920).
    pipelines: bool,
}

impl Connection {
    /// Connects to `relay`, up to the point where mails can be handed over.
    pub(super) async fn open(relay: &Relay, timeouts: Timeouts) -> Result<Self, Failure> {
        let limit = timeouts.connect;
        let stream = within(limit, Stage::Connection, smtp_stream::connect(relay)).await?;
        let stream = smtp_stream::protect(relay, stream);
        let stream = within(limit, Stage::Encryption, stream).await?;
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &relay.hello);
        let smtp = within(timeouts.command, Stage::Greeting, greeting).await?;
        let mut connection = Self {
            smtp,
            timeouts,
            pipelines: false,
        };
        connection.encrypt(relay).await?;
        connection.authenticate(relay).await?;
        connection.ask_for_pipelining(relay).await?;
        Ok(connection)
    }

    async fn encrypt(&mut self, relay: &Relay) -> Result<(), Failure> {
        let wanted = match relay.encryption {
            Encryption::Off | Encryption::Implicit => false,
            Encryption::Opportunistic => self.smtp.can_starttls(),
            Encryption::Required => true,
        };
        if !wanted {
            return Ok(());
        }
        let stage = Stage::Encryption;
        let parameters = tls_parameters(relay).map_err(|error| Failure::new(stage, error))?;
        let starttls = self.smtp.starttls(parameters, &relay.hello);
        within(self.timeouts.command, stage, starttls).await
    }

    async fn authenticate(&mut self, relay: &Relay) -> Result<(), Failure> {
        let Some(credentials) = &relay.credentials else {
            return Ok(());
        };
        let auth = self.smtp.auth(DEFAULT_MECHANISMS, credentials);
        within(self.timeouts.command, Stage::Authentication, auth).await?;
        Ok(())
    }

    /// Greets once more: `lettre` keeps of the first greeting only what it knows itself.
    async fn ask_for_pipelining(&mut self, relay: &Relay) -> Result<(), Failure> {
        let hello = self.smtp.command(Ehlo::new(relay.hello.clone()));
        let offered = within(self.timeouts.command, Stage::Greeting, hello).await?;
        self.pipelines = offered.message().any(|line| line.eq_ignore_ascii_case("PIPELINING"));
        Ok(())
    }

    /// Hands over one mail.
    pub(super) async fn deliver(&mut self, mail: &Mail) -> Result<(), Failure> {
        let from = MailFrom::new(Some(mail.return_path.clone()), Vec::new());
        let to = Rcpt::new(mail.to.clone(), Vec::new());
        if self.pipelines {
            self.announce_in_one_go(from, to).await?;
        } else {
            self.announce_step_by_step(from, to).await?;
        }
        let content = Content::of(mail);
        within(self.timeouts.content, Stage::Content, self.smtp.command(content)).await?;
        Ok(())
    }

    async fn announce_step_by_step(&mut self, from: MailFrom, to: Rcpt) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        within(limit, Stage::Sender, self.smtp.command(from)).await?;
        within(limit, Stage::Recipient, self.smtp.command(to)).await?;
        within(limit, Stage::Content, self.smtp.command(Data)).await?;
        Ok(())
    }

    /// One round trip instead of three. The first refusal counts; a relay that goes on all the same and waits for a
    /// content is given an empty one, which it refuses (RFC 2920, section 3.1).
    async fn announce_in_one_go(&mut self, from: MailFrom, to: Rcpt) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        let all = format!("{from}{to}{Data}");
        let mut refused = within(limit, Stage::Sender, self.smtp.command(all)).await.err();
        for stage in [Stage::Recipient, Stage::Content] {
            if let Some(failure) = refused.take_if(|failure| !failure.spares_the_connection()) {
                return Err(failure);
            }
            match within(limit, stage, self.smtp.read_response()).await {
                Ok(_) if refused.is_some() && stage == Stage::Content => self.leave_empty().await,
                Ok(_) => {}
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Ends a content that was not to be begun. How that is answered does not matter: what follows is a reset.
    async fn leave_empty(&mut self) {
        let _ = timeout(self.timeouts.command, self.smtp.command(".\r\n")).await;
    }

    /// Forgets a mail that was begun, so that another can follow.
    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        let reset = self.smtp.command(Rset);
        within(self.timeouts.command, Stage::Sender, reset).await?;
        Ok(())
    }

    /// Takes leave; whether the relay answers does not matter.
    pub(super) async fn quit(mut self) {
        let _ = timeout(FAREWELL, self.smtp.quit()).await;
    }
}

/// The content of a mail as it goes over the wire, in one piece: a dot that begins a line is doubled, and a line with a dot
/// alone is the end (RFC 5321, section 4.5.2).
struct Content<'a>(Cow<'a, str>);

impl<'a> Content<'a> {
    fn of(mail: &'a Mail) -> Self {
        // The end brings the last line break itself.
        let message = mail.message.strip_suffix(b"\r\n").unwrap_or(&mail.message);
        Self(String::from_utf8_lossy(message))
    }
}

impl fmt::Display for Content<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with('.') {
            formatter.write_str(".")?;
        }
        for (at, lines) in self.0.split("\r\n.").enumerate() {
            if at > 0 {
                formatter.write_str("\r\n..")?;
            }
            formatter.write_str(lines)?;
        }
        formatter.write_str("\r\n.\r\n")
    }
}

/// Opportunistic encryption asks for no certificate: refusing a bad one would mean sending in clear instead.
fn tls_parameters(relay: &Relay) -> Result<TlsParameters, SmtpError> {
    let builder = TlsParameters::builder(relay.host.clone());
    if relay.encryption != Encryption::Opportunistic {
        return builder.build();
    }
    builder
        .certificate_store(CertificateStore::None)
        .dangerous_accept_invalid_certs(true)
        .dangerous_accept_invalid_hostnames(true)
        .build()
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
    Reply { code: u16, text: String },
    Timeout,
    Broken,
}

impl From<SmtpError> for Cause {
    fn from(error: SmtpError) -> Self {
        let Some(code) = error.status() else {
            return Self::Broken;
        };
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        Self::Reply {
            code: code.into(),
            text,
        }
    }
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
        matches!(self.cause, Cause::Reply { code, .. } if code != 421)
    }

    /// Whether the connection had ended before this mail, as an idle one may: another connection may do better.
    pub(super) fn came_too_late(&self) -> bool {
        self.stage == Stage::Sender && !self.spares_the_connection()
    }

    /// What the failure means for the mail. The reason holds codes only: texts of relays repeat addresses.
    pub(super) fn outcome(&self) -> Outcome {
        match &self.cause {
            Cause::Reply { code, text } => self.outcome_of_reply(*code, text),
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

    fn outcome_of_reply(&self, code: u16, text: &str) -> Outcome {
        let detail = enhanced_code(code, text);
        let reason = detail.map_or_else(|| code.to_string(), |detail| format!("{code} {detail}"));
        if code < 500 {
            return retry(&reason);
        }
        match self.stage {
            Stage::Recipient if names_no_mailbox(detail, text) => Outcome::Gone { reason },
            Stage::Recipient if !concerns_us(code, detail) => Outcome::Refused { reason },
            Stage::Content => Outcome::Refused { reason },
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

/// Whether a recipient was refused for who we are: no authentication, no relaying, a block list (RFC 3463, section
/// 3.8).
fn concerns_us(code: u16, detail: Option<&str>) -> bool {
    code == 530 || detail.is_some_and(|detail| detail.starts_with("5.7."))
}
