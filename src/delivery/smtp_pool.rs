// SPDX-License-Identifier: EUPL-1.2
//! Mail leaves here: over a bounded number of kept connections to a relay, or into a local folder.
//!
//! Reads finished mails, decides which connection carries one and when a connection has served enough. `lettre` has a
//! pool of its own, which bounds how many idle connections are kept but not how many are opened.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::delivery::dkim::Signer;
use crate::delivery::email::Mail;
use crate::delivery::mailbox::Mailbox;
use crate::delivery::smtp_connection::Connection;
use crate::delivery::smtp_connection::Failure;
use crate::delivery::smtp_connection::Timeouts;
use crate::delivery::smtp_relay::Relay;
pub use crate::delivery::smtp_relay::RelayError;
use crate::domain::notification::Outcome;

/// How mail leaves.
pub enum Mailer {
    /// Over a relay.
    Smtp(Box<Pool>),
    /// Into a folder of this machine, where there is no relay.
    Folder(Mailbox),
    /// Either, signed first.
    Signed(Box<Signer>, Box<Self>),
}

impl Mailer {
    /// Hands over `mail` and says how that ended.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        match self {
            Self::Smtp(pool) => pool.send(mail).await,
            Self::Folder(mailbox) => match mailbox.keep(mail).await {
                Ok(_) => Outcome::Sent,
                Err(error) => Outcome::Retry {
                    after: None,
                    reason: error.kind().to_string(),
                },
            },
            Self::Signed(signer, way) => match signer.sign(mail) {
                Ok(mail) => Box::pin(way.send(&mail)).await,
                Err(error) => Outcome::Refused {
                    reason: error.to_string(),
                },
            },
        }
    }
}

/// When a connection has served enough.
#[derive(Debug, Clone, Copy)]
struct Limits {
    timeouts: Timeouts,
    /// How many mails go over one connection.
    mails: u32,
    /// How long a connection is kept without use.
    idle: Duration,
}

impl Limits {
    /// Relays end a connection after about five minutes without use (RFC 5321, section 4.5.3.2.7), many much sooner,
    /// and some after a hundred mails.
    const DEFAULT: Self = Self {
        timeouts: Timeouts {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            content: Duration::from_mins(2),
        },
        mails: 100,
        idle: Duration::from_secs(30),
    };
}

/// Connections to one relay.
pub struct Pool {
    relay: Relay,
    limits: Limits,
    permits: Semaphore,
    idle: Mutex<Vec<Kept>>,
}

/// A connection between two mails.
struct Kept {
    connection: Connection,
    mails: u32,
    since: Instant,
}

impl Pool {
    /// A pool of at most `bound` connections to the relay at `url`, greeting it as `hello`, our own full host name.
    ///
    /// `url` is `smtp://[user:password@]host[:port][?tls=required|opportunistic|none]` or `smtps://…`. Without `tls`,
    /// encryption is required where there is a password, and used where it is offered otherwise.
    ///
    /// # Errors
    /// When the URL has another form.
    pub fn new(url: &str, bound: usize, hello: &str) -> Result<Self, RelayError> {
        Ok(Self {
            relay: Relay::parse(url, hello)?,
            limits: Limits::DEFAULT,
            permits: Semaphore::new(bound.max(1)),
            idle: Mutex::default(),
        })
    }

    /// Hands `mail` to the relay once a connection is free, and says how that ended.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        let Ok(_permit) = self.permits.acquire().await else {
            return Outcome::Retry {
                after: None,
                reason: "closed".to_owned(),
            };
        };
        match self.attempt(mail).await {
            Ok(()) => Outcome::Sent,
            Err(failure) => failure.outcome(),
        }
    }

    /// Connects, greets, encrypts and signs in as for a mail: [`Outcome::Sent`] when mails could be sent now.
    pub async fn check(&self) -> Outcome {
        match self.open().await {
            Ok(kept) => {
                kept.connection.quit().await;
                Outcome::Sent
            }
            Err(failure) => failure.outcome(),
        }
    }

    async fn attempt(&self, mail: &Mail) -> Result<(), Failure> {
        if let Some(kept) = self.take() {
            match self.deliver(kept, mail).await {
                Err(failure) if failure.came_too_late() => {}
                result => return result,
            }
        }
        let kept = self.open().await?;
        self.deliver(kept, mail).await
    }

    async fn open(&self) -> Result<Kept, Failure> {
        Ok(Kept {
            connection: Connection::open(&self.relay, self.limits.timeouts).await?,
            mails: 0,
            since: Instant::now(),
        })
    }

    /// The connection used last, so that a quiet time closes the others.
    fn take(&self) -> Option<Kept> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|kept| kept.since.elapsed() < self.limits.idle);
        idle.pop()
    }

    /// After a failure the connection is reset where the relay still listens, and dropped otherwise.
    async fn deliver(&self, mut kept: Kept, mail: &Mail) -> Result<(), Failure> {
        let result = kept.connection.deliver(mail).await;
        let usable = match &result {
            Ok(()) => true,
            Err(failure) => failure.spares_the_connection() && kept.connection.reset().await.is_ok(),
        };
        if usable {
            self.put_back(kept).await;
        }
        result
    }

    async fn put_back(&self, mut kept: Kept) {
        kept.mails += 1;
        if kept.mails >= self.limits.mails {
            return kept.connection.quit().await;
        }
        kept.since = Instant::now();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
    }
}

#[cfg(test)]
#[path = "smtp_pool_tests.rs"]
mod tests;
