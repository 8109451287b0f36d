// SPDX-License-Identifier: EUPL-1.2
//! Every setting, typed, with its default and meaning; read once from the environment (`INFORMA_…`).
//!
//! An `https` public address means production: there the program refuses to start without what it needs, or with a
//! setting that is for development only. `deploy/env.example` is compared with [`Config`] by a test.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use config::Environment;
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use crate::domain::clock::{Clock, Timestamp};

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
    /// Who mail comes from, such as `Informa <avvisi@example.org>`.
    pub mail_from: Option<String>,
    /// Where answers to mail go, if not to the sender.
    pub mail_reply_to: Option<String>,
    /// Whom push services reach about our messages: `mailto:` or `https:` (RFC 8292).
    pub vapid_subject: Option<String>,
    /// The hosts of push services, separated by commas; `*.` stands for exactly one label. Empty: the known ones.
    pub push_hosts: String,
    /// Development only: push services may be on this machine, without TLS and on any port.
    pub push_allow_loopback: bool,
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
    /// The area that the body serves, by its code: offered as a whole when somebody says where they are.
    pub home_area: String,
    /// Where people write for help.
    pub contact_email: String,
    /// The body's privacy notice; empty: the page of the service itself.
    pub privacy_url: String,
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
            mail_from: None,
            mail_reply_to: None,
            vapid_subject: None,
            push_hosts: String::new(),
            push_allow_loopback: false,
            secret: None,
            previous_secret: None,
            clock: None,
            zone: Tz::Europe__Rome,
            trusted_proxies: String::new(),
            database_connections: 8,
            keep_notifications_days: 90,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            service_name: "Informa".to_owned(),
            body_name: "Ente di esempio".to_owned(),
            body_url: "https://www.example.org".to_owned(),
            home_area: "03".to_owned(),
            contact_email: "informa@example.org".to_owned(),
            privacy_url: String::new(),
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
        parts.filter_map(parse_network).collect()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let mut problems = self.general_problems();
        if self.is_production() {
            problems.extend(self.production_problems());
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(ConfigError::Unusable(problems))
        }
    }

    fn general_problems(&self) -> Vec<String> {
        let public = matches!(self.public_url.scheme(), "http" | "https") && self.public_url.host().is_some();
        let subject = self.vapid_subject.as_deref();
        let subject_fits = subject.is_none_or(|it| it.starts_with("mailto:") || it.starts_with("https://"));
        let secret_fits = self.secret.as_ref().is_none_or(|it| it.expose().len() >= 32);
        let proxies_fit = self
            .trusted_proxies
            .split(',')
            .map(str::trim)
            .all(|it| it.is_empty() || parse_network(it).is_some());
        holding([
            (!public, "INFORMA_PUBLIC_URL must be an http or https address"),
            (self.public_url.path() != "/", "INFORMA_PUBLIC_URL must not have a path"),
            (
                !subject_fits,
                "INFORMA_VAPID_SUBJECT must begin with mailto: or https://",
            ),
            (
                !secret_fits,
                "INFORMA_SECRET must have at least 32 characters; `openssl rand -hex 32` makes one",
            ),
            (
                !proxies_fit,
                "INFORMA_TRUSTED_PROXIES must be addresses or networks separated by commas",
            ),
            (
                self.smtp_connections == 0,
                "INFORMA_SMTP_CONNECTIONS must be at least 1",
            ),
            (
                !(1..=3650).contains(&self.keep_notifications_days),
                "INFORMA_KEEP_NOTIFICATIONS_DAYS must be from 1 to 3650",
            ),
        ])
    }

    fn production_problems(&self) -> Vec<String> {
        holding([
            (self.smtp_url.is_none(), "INFORMA_SMTP_URL is required in production"),
            (self.mail_from.is_none(), "INFORMA_MAIL_FROM is required in production"),
            (
                self.vapid_subject.is_none(),
                "INFORMA_VAPID_SUBJECT is required in production",
            ),
            (
                self.secret.is_none(),
                "INFORMA_SECRET is required in production; `openssl rand -hex 32` makes one",
            ),
            (
                self.clock.is_some(),
                "INFORMA_CLOCK is for development only: remove it in production",
            ),
            (
                self.push_allow_loopback,
                "INFORMA_PUSH_ALLOW_LOOPBACK is for development only: remove it in production",
            ),
        ])
    }
}

fn parse_network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(address)
}

fn holding<const N: usize>(problems: [(bool, &str); N]) -> Vec<String> {
    let holding = problems.into_iter().filter(|(holds, _)| *holds);
    holding.map(|(_, sentence)| sentence.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let pairs = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::from_variables(pairs.collect())
    }

    #[test]
    fn nothing_set_serves_locally() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url.as_str(), "http://localhost:8080/");
        assert!(!config.is_production());
    }

    #[test]
    fn values_are_read_by_their_type() {
        let config = read(&[
            ("INFORMA_PUSH_ALLOW_LOOPBACK", "true"),
            ("INFORMA_CLOCK", "2026-07-01T00:00:00Z"),
            ("INFORMA_SMTP_CONNECTIONS", "9"),
            ("INFORMA_LOG_FORMAT", "json"),
            ("INFORMA_SMTP_URL", ""),
        ]);
        let config = config.unwrap();
        assert!(config.push_allow_loopback);
        assert_eq!(config.smtp_connections, 9);
        assert_eq!(config.log_format, LogFormat::Json);
        assert!(config.smtp_url.is_none());
        assert_eq!(config.clock.unwrap().to_rfc3339(), "2026-07-01T00:00:00+00:00");
    }

    #[test]
    fn production_names_everything_that_is_missing_or_out_of_place() {
        let refused = read(&[
            ("INFORMA_PUBLIC_URL", "https://informa.example.org"),
            ("INFORMA_CLOCK", "2026-07-01T00:00:00Z"),
        ]);
        let words = refused.unwrap_err().to_string();
        for name in [
            "INFORMA_SMTP_URL",
            "INFORMA_MAIL_FROM",
            "INFORMA_VAPID_SUBJECT",
            "INFORMA_SECRET",
            "INFORMA_CLOCK",
        ] {
            assert!(words.contains(name), "{words}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named() {
        let words = read(&[("INFORMA_LISTEN", "everywhere")]).unwrap_err().to_string();
        assert!(words.contains("listen"), "{words}");
    }

    #[test]
    fn a_secret_is_never_printed() {
        let config = read(&[("INFORMA_SECRET", "0123456789abcdef0123456789abcdef")]).unwrap();
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
    }
}
