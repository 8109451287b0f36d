// SPDX-License-Identifier: EUPL-1.2
//! Every setting, typed, with its default and meaning; read once from the environment (`INFORMA_…`).
//!
//! An `https` public address means production: there the program refuses to start without what it needs, or with a
//! setting that is for development only. `deploy/env.example` is compared with [`Config`] by a test.

mod checks;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use config::Environment;
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use crate::domain::bounce::StrikeLimits;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::colour::Colour;
use crate::domain::notification::RetrySchedule;
use crate::domain::quiet_hours::QuietHours;
use crate::domain::rate::Rate;

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The settings of one installation. Each field is read from `INFORMA_` and its name in capitals.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where the database is: `sqlite://path/to/file` or `postgres://user@host/database`.
    pub database_url: String,
    /// The folder for what the program keeps beside the database: its generated secret, the local mailbox.
    pub data_folder: PathBuf,
    /// The address and port to serve on.
    pub listen: SocketAddr,
    /// The address at which people reach the service; `https` means production.
    pub public_url: Url,
    /// The mail relay: `smtp://user:password@host:587?tls=required`. Without it, mail goes to a local folder.
    pub smtp_url: Option<Secret>,
    /// How many connections to the mail relay are open at most.
    pub smtp_connections: usize,
    /// How many mails may go to the relay in a second, from all processes together; 0: as fast as it takes them.
    pub smtp_rate: Rate,
    /// Who mail comes from, such as `Informa <avvisi@example.org>`.
    pub mail_from: Option<String>,
    /// Where answers to mail go, if not to the sender.
    pub mail_reply_to: Option<String>,
    /// Where mail that cannot be delivered comes back to, such as `rimbalzi@example.org`; `+` and a code are put before
    /// the `@`. Without it, to the sender.
    pub bounce_address: Option<String>,
    /// The Maildir in which the mail to that address arrives.
    pub bounce_maildir: Option<PathBuf>,
    /// The mailbox in which it arrives instead: `imaps://user:password@host/INBOX`.
    pub bounce_imap_url: Option<Secret>,
    /// The domain to sign mail for (DKIM); without it the relay signs.
    pub dkim_domain: Option<String>,
    /// The selector of the key in that domain's DNS.
    pub dkim_selector: Option<String>,
    /// The file with the private key in PEM: RSA of at least 2,048 bits, or Ed25519.
    pub dkim_key_file: Option<PathBuf>,
    /// Whom push services reach about our messages: `mailto:` or `https:` (RFC 8292).
    pub vapid_subject: Option<String>,
    /// The hosts of push services, separated by commas; `*.` stands for exactly one label. Empty: the known ones.
    pub push_hosts: String,
    /// How many messages may go to one push service in a second, from all processes together; 0: as fast as it takes them.
    pub push_rate: Rate,
    /// Development only: push services may be on this machine, without TLS and on any port.
    pub push_allow_loopback: bool,
    /// The hours in which no browser is woken but for alerts and what its person asked for: `21-8`, or `none`.
    pub quiet_hours: QuietHours,
    /// How many opportunities a browser is told of in a week, from Monday; the rest goes into the daily digest. 0: all.
    pub weekly_pushes: u32,
    /// How long after a failed attempt the second one follows, in seconds; each later delay is twice as long.
    pub retry_first_seconds: u32,
    /// The longest delay between two attempts, in seconds.
    pub retry_longest_seconds: u32,
    /// How many attempts there are at most, the use of the message permitting.
    pub retry_attempts: u32,
    /// How many failures of a mailbox within [`Config::mailbox_strike_days`] stop mail to it.
    pub mailbox_strikes: u32,
    /// Within how many days they count.
    pub mailbox_strike_days: u32,
    /// How many refusals in a row, spread over more than [`Config::browser_strike_hours`], drop a browser.
    pub browser_strikes: u32,
    /// Over how many hours they must be spread: a bad day of a push service drops nobody.
    pub browser_strike_hours: u32,
    /// How long a worker that shows no sign of life keeps what it has claimed, in seconds.
    pub lease_seconds: u32,
    /// The secret that protects links, forms and keys. Generated into the data folder if it is not given.
    pub secret: Option<Secret>,
    /// The secret before the last change: what it protects is still understood.
    pub previous_secret: Option<Secret>,
    /// Development only: the program's clock starts at this instant (RFC 3339) and runs.
    pub clock: Option<DateTime<Utc>>,
    /// The zone of dates, schedules and quiet hours.
    pub zone: Tz,
    /// The proxies in front of the service, as networks separated by commas: only theirs is a forwarded address believed.
    pub trusted_proxies: String,
    /// How many database connections are open at most.
    pub database_connections: u32,
    /// How many days after the end of its use it is kept who was told of what; then only how many were.
    pub keep_notifications_days: u32,
    /// How many days it is kept what somebody asked for who never confirmed it.
    pub keep_unconfirmed_days: u32,
    /// How many days the address of somebody who left is kept, in case they did not mean to.
    pub keep_left_days: u32,
    /// The log: `text` or `json`.
    pub log_format: LogFormat,
    /// What the log shows, as of crate `tracing`: `info`, `informa=debug`.
    pub log: String,
    /// The name of the service.
    pub service_name: String,
    /// The public body that runs the service.
    pub body_name: String,
    /// The body's own site.
    pub body_url: String,
    /// Where the body has its seat, on the pages and in mails; empty: not shown.
    pub body_address: String,
    /// The body's tax code or VAT number; empty: not shown.
    pub body_tax_code: String,
    /// The body's certified mailbox (PEC); empty: not shown.
    pub body_pec: String,
    /// The colour of pages and mails.
    pub primary_colour: Colour,
    /// The body's logo, an SVG or PNG.
    pub logo_file: Option<PathBuf>,
    /// The folder of texts that replace single ones of the program, and add languages.
    pub texts_folder: Option<PathBuf>,
    /// The area that the body serves, by its code: offered as a whole when somebody says where they are.
    pub home_area: String,
    /// Where people write for help, and where what they write by form goes.
    pub contact_email: String,
    /// The telephone number for help; empty: none.
    pub contact_phone: String,
    /// When it is answered, in words.
    pub contact_hours: String,
    /// The page where people book a visit to the counter; empty: none.
    pub counter_url: String,
    /// The page of the body's own web chat; empty: none.
    pub chat_url: String,
    /// The script of the body's own web chat, on the public pages; empty: none, and nothing comes from another site.
    pub chat_script: String,
    /// The body's privacy notice; empty: the page of the service itself.
    pub privacy_url: String,
    /// How the body's data protection officer is reached, on the privacy notice; empty: not shown.
    pub dpo_contact: String,
    /// The declaration of accessibility on form.agid.gov.it.
    pub accessibility_url: String,
    /// Where the source code is published.
    pub source_url: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://data/informa.db".to_owned(),
            data_folder: PathBuf::from("data"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: default_public_url(),
            smtp_url: None,
            smtp_connections: 4,
            smtp_rate: Rate::default(),
            mail_from: None,
            mail_reply_to: None,
            bounce_address: None,
            bounce_maildir: None,
            bounce_imap_url: None,
            dkim_domain: None,
            dkim_selector: None,
            dkim_key_file: None,
            vapid_subject: None,
            push_hosts: String::new(),
            push_rate: Rate::default(),
            push_allow_loopback: false,
            quiet_hours: QuietHours::of_the_night(),
            weekly_pushes: 5,
            retry_first_seconds: 30,
            retry_longest_seconds: 3_600,
            retry_attempts: 12,
            mailbox_strikes: 3,
            mailbox_strike_days: 7,
            browser_strikes: 5,
            browser_strike_hours: 24,
            lease_seconds: 90,
            secret: None,
            previous_secret: None,
            clock: None,
            zone: Tz::Europe__Rome,
            trusted_proxies: String::new(),
            database_connections: 8,
            keep_notifications_days: 90,
            keep_unconfirmed_days: 30,
            keep_left_days: 28,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            service_name: "Informa".to_owned(),
            body_name: "Ente di esempio".to_owned(),
            body_url: "https://www.example.org".to_owned(),
            body_address: String::new(),
            body_tax_code: String::new(),
            body_pec: String::new(),
            primary_colour: Colour::PRIMARY,
            logo_file: None,
            texts_folder: None,
            home_area: "03".to_owned(),
            contact_email: "informa@example.org".to_owned(),
            contact_phone: String::new(),
            contact_hours: String::new(),
            counter_url: String::new(),
            chat_url: String::new(),
            chat_script: String::new(),
            privacy_url: String::new(),
            dpo_contact: String::new(),
            accessibility_url: "https://form.agid.gov.it/".to_owned(),
            source_url: "https://www.example.org/informa".to_owned(),
        }
    }
}

#[expect(clippy::expect_used, reason = "the text is a constant, and a test reads it")]
fn default_public_url() -> Url {
    Url::parse("http://localhost:8080").expect("a valid address")
}

/// Why the program cannot run with these settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value cannot be read.
    #[error("cannot read the settings: {0}. See deploy/env.example for what each one holds")]
    Unreadable(String),
    /// Something is missing, out of place, or contradicts itself.
    #[error("the settings cannot be used:\n{}", .0.iter().map(|it| format!("- {it}")).collect::<Vec<_>>().join("\n"))]
    Unusable(Vec<String>),
}

impl Config {
    /// The settings of the environment, checked.
    ///
    /// # Errors
    /// [`ConfigError`] in words that say which variable to change.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(Environment::with_prefix("INFORMA"))
    }

    /// The settings of these variables, checked.
    ///
    /// # Errors
    /// [`ConfigError`] in words that say which variable to change.
    pub fn from_variables(variables: std::collections::HashMap<String, String>) -> Result<Self, ConfigError> {
        Self::read(Environment::with_prefix("INFORMA").source(Some(variables)))
    }

    fn read(environment: Environment) -> Result<Self, ConfigError> {
        let unreadable = |error: config::ConfigError| ConfigError::Unreadable(error.to_string());
        let source = environment.prefix_separator("_").ignore_empty(true).try_parsing(false);
        let settings = config::Config::builder()
            .add_source(source)
            .build()
            .map_err(unreadable)?;
        let config: Self = settings.try_deserialize().map_err(unreadable)?;
        config.checked()
    }

    /// How many strikes are too many.
    #[must_use]
    pub fn strike_limits(&self) -> StrikeLimits {
        StrikeLimits {
            mailbox: self.mailbox_strikes as usize,
            mailbox_span: TimeDelta::days(self.mailbox_strike_days.into()),
            browser: self.browser_strikes as usize,
            browser_span: TimeDelta::hours(self.browser_strike_hours.into()),
        }
    }

    /// Whether people rely on this installation.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The clock that these settings ask for.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
            .map_or_else(Clock::system, |start| Clock::starting_at(Timestamp::from(start)))
    }

    /// Who mail comes from; only production insists on a real one.
    #[must_use]
    pub fn sender(&self) -> String {
        self.mail_from
            .clone()
            .unwrap_or_else(|| format!("{} <informa@localhost.localdomain>", self.service_name))
    }

    /// The address alone that mail comes from.
    #[must_use]
    pub fn sender_address(&self) -> String {
        let sender = self.sender();
        let bracketed = sender.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
        bracketed
            .map_or(sender.as_str(), |(address, _)| address)
            .trim()
            .to_owned()
    }

    /// The telephone number as `tel:` links write it.
    #[must_use]
    pub fn contact_dial(&self) -> String {
        let dialled = |it: &char| it.is_ascii_digit() || *it == '+';
        self.contact_phone.chars().filter(dialled).collect()
    }

    /// Where the script of the web chat comes from: its origin, and its host with the port; `None` without a script.
    #[must_use]
    pub fn chat_origin(&self) -> Option<(String, String)> {
        let url = Url::parse(&self.chat_script).ok()?;
        let origin = url.origin().ascii_serialization();
        let host = origin.split_once("://")?.1.to_owned();
        Some((origin, host))
    }

    /// Whom push services reach; only production insists on a real one.
    #[must_use]
    pub fn push_contact(&self) -> String {
        self.vapid_subject
            .clone()
            .unwrap_or_else(|| "mailto:informa@localhost.localdomain".to_owned())
    }

    /// The networks of the proxies in front of the service.
    #[must_use]
    pub fn proxies(&self) -> Vec<IpNet> {
        let parts = self.trusted_proxies.split(',').map(str::trim);
        parts.filter_map(checks::parse_network).collect()
    }

    /// When a failed attempt is repeated, and how often.
    #[must_use]
    pub fn retry_schedule(&self) -> RetrySchedule {
        RetrySchedule {
            first: TimeDelta::seconds(self.retry_first_seconds.into()),
            longest: TimeDelta::seconds(self.retry_longest_seconds.into()),
            attempts: i32::try_from(self.retry_attempts).unwrap_or(i32::MAX),
        }
    }

    /// How long a claim holds without a sign of life.
    #[must_use]
    pub fn lease(&self) -> TimeDelta {
        TimeDelta::seconds(self.lease_seconds.into())
    }
}

#[cfg(test)]
mod tests;
