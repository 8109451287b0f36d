// SPDX-License-Identifier: EUPL-1.2
//! One connection to the mail relay: greet, encrypt, sign in, hand over mails, classify the replies (RFC 5321).
//!
//! Reads a mail and the relay's replies, writes SMTP through crate `lettre` over a stream of `smtp_stream`. Each step
//! has its own time limit. What fails names its stage, because the same reply means one thing when it concerns the
//! recipient and another when it concerns us.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::client::CertificateStore;
use lettre::transport::smtp::client::TlsParameters;
use lettre::transport::smtp::commands::Data;
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
        let mut connection = Self { smtp, timeouts };
        connection.encrypt(relay).await?;
        connection.authenticate(relay).await?;
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

    /// Hands over one mail.
    pub(super) async fn deliver(&mut self, mail: &Mail) -> Result<(), Failure> {
        let limit = self.timeouts.command;
        let from = MailFrom::new(Some(mail.return_path.clone()), Vec::new());
        within(limit, Stage::Sender, self.smtp.command(from)).await?;
        let to = Rcpt::new(mail.to.clone(), Vec::new());
        within(limit, Stage::Recipient, self.smtp.command(to)).await?;
        within(limit, Stage::Content, self.smtp.command(Data)).await?;
        // The end of data brings the last line break itself.
        let message = mail.message.strip_suffix(b"\r\n").unwrap_or(&mail.message);
        let content = self.smtp.message(message);
        within(self.timeouts.content, Stage::Content, content).await?;
        Ok(())
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
