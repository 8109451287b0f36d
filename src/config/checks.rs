// SPDX-License-Identifier: EUPL-1.2
//! Whether the program can run with its settings: what is missing, out of place, or contradicts itself.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Url;

use super::{Config, ConfigError};
use crate::domain::bounce::STRIKE_LIFE;
use crate::domain::colour::{Colour, READABLE};
use crate::domain::email_address::EmailAddress;

impl Config {
    /// The settings, if the program can run with them.
    pub(super) fn checked(self) -> Result<Self, ConfigError> {
        let mut problems = self.general_problems();
        problems.extend(self.strike_problems());
        problems.extend(self.mail_problems());
        problems.extend(self.contact_problems());
        problems.extend(self.body_problems());
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
            (
                !(7..=3650).contains(&self.keep_unconfirmed_days),
                "INFORMA_KEEP_UNCONFIRMED_DAYS must be from 7, as long as a confirmation link lives, to 3650",
            ),
            (
                !(7..=3650).contains(&self.keep_left_days),
                "INFORMA_KEEP_LEFT_DAYS must be from 7 to 3650",
            ),
            (self.lease_seconds == 0, "INFORMA_LEASE_SECONDS must be at least 1"),
            (self.retry_attempts == 0, "INFORMA_RETRY_ATTEMPTS must be at least 1"),
        ])
    }

    /// Strikes are kept for thirty days (`domain::bounce`).
    fn strike_problems(&self) -> Vec<String> {
        let days = u32::try_from(STRIKE_LIFE.num_days()).unwrap_or(u32::MAX);
        holding([
            (self.mailbox_strikes == 0, "INFORMA_MAILBOX_STRIKES must be at least 1"),
            (
                !(1..=days).contains(&self.mailbox_strike_days),
                "INFORMA_MAILBOX_STRIKE_DAYS must be from 1 to 30",
            ),
            (self.browser_strikes == 0, "INFORMA_BROWSER_STRIKES must be at least 1"),
            (
                self.browser_strike_hours >= days * 24,
                "INFORMA_BROWSER_STRIKE_HOURS must be less than 720",
            ),
        ])
    }

    fn mail_problems(&self) -> Vec<String> {
        let bounce_fits = self.bounce_address.as_deref().is_none_or(takes_a_code);
        let read = [self.bounce_maildir.is_some(), self.bounce_imap_url.is_some()];
        let imap = self.bounce_imap_url.as_ref();
        let dkim = [
            self.dkim_domain.is_some(),
            self.dkim_selector.is_some(),
            self.dkim_key_file.is_some(),
        ];
        holding([
            (
                !bounce_fits,
                "INFORMA_BOUNCE_ADDRESS must be an address with at most 31 characters, none of them +, before the @",
            ),
            (
                read == [true, true],
                "INFORMA_BOUNCE_MAILDIR and INFORMA_BOUNCE_IMAP_URL cannot go together: name where bounces arrive",
            ),
            (
                imap.is_some_and(|it| !it.expose().starts_with("imaps://")),
                "INFORMA_BOUNCE_IMAP_URL must begin with imaps://",
            ),
            (
                dkim.contains(&true) && dkim.contains(&false),
                "INFORMA_DKIM_DOMAIN, INFORMA_DKIM_SELECTOR and INFORMA_DKIM_KEY_FILE go together",
            ),
        ])
    }

    fn contact_problems(&self) -> Vec<String> {
        let web_page = |address: &str| address.is_empty() || is_web_address(address, &["https", "http"]);
        holding([
            (
                EmailAddress::parse(&self.contact_email).is_err(),
                "INFORMA_CONTACT_EMAIL must be an e-mail address such as urp@example.org",
            ),
            (
                !is_telephone(&self.contact_phone),
                "INFORMA_CONTACT_PHONE must be one number such as +39 02 1234567: digits, spaces, and a + before them",
            ),
            (
                self.contact_hours.chars().any(char::is_control) || self.contact_hours.chars().count() > 200,
                "INFORMA_CONTACT_HOURS must be one line of at most 200 characters",
            ),
            (
                !web_page(&self.counter_url),
                "INFORMA_COUNTER_URL must be the http or https address of a page",
            ),
            (
                !web_page(&self.chat_url),
                "INFORMA_CHAT_URL must be the http or https address of a page",
            ),
            (
                !self.chat_script.is_empty() && !is_web_address(&self.chat_script, &["https"]),
                "INFORMA_CHAT_SCRIPT must be the https address of a script",
            ),
            (
                !self.accessibility_url.starts_with("https://form.agid.gov.it/"),
                "INFORMA_ACCESSIBILITY_URL must begin with https://form.agid.gov.it/, where declarations are published",
            ),
            (
                !web_page(&self.privacy_url),
                "INFORMA_PRIVACY_URL must be the http or https address of a page",
            ),
        ])
    }

    /// What people see of the body: lines of text, and a colour that white can be read on.
    fn body_problems(&self) -> Vec<String> {
        let line = |text: &str| !text.chars().any(char::is_control) && text.chars().count() <= 200;
        let is_tax_code = |text: &str| {
            let fits = |it: char| it.is_ascii_digit() || it.is_ascii_uppercase();
            text.is_empty() || ((11..=16).contains(&text.len()) && text.chars().all(fits))
        };
        let mut problems = holding([
            (
                !line(&self.body_address),
                "INFORMA_BODY_ADDRESS must be one line of at most 200 characters",
            ),
            (
                !is_tax_code(&self.body_tax_code),
                "INFORMA_BODY_TAX_CODE must be a tax code or VAT number, such as 80050050154, without spaces",
            ),
            (
                !self.body_pec.is_empty() && EmailAddress::parse(&self.body_pec).is_err(),
                "INFORMA_BODY_PEC must be an e-mail address such as protocollo@pec.example.org",
            ),
        ]);
        let (colour, contrast) = (self.primary_colour, self.primary_colour.contrast(Colour::WHITE));
        if contrast < READABLE {
            problems.push(format!(
                "INFORMA_PRIMARY_COLOUR {colour} has a contrast of {contrast:.2} with white, and what is written on it \
                 needs {READABLE}: choose a darker one"
            ));
        }
        problems
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

/// Whether `+` and a code of 32 characters fit before the `@` (RFC 5321, section 4.5.3.1.1).
fn takes_a_code(address: &str) -> bool {
    let parsed = EmailAddress::parse(address).is_ok();
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    parsed && local.len() <= 31 && !local.contains('+')
}

/// Nothing, or a number that `tel:` links can dial.
fn is_telephone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.trim().strip_prefix('+').unwrap_or_else(|| text.trim());
    text.is_empty()
        || ((3..=15).contains(&digits)
            && rest
                .chars()
                .all(|it| it.is_ascii_digit() || matches!(it, ' ' | '.' | '-')))
}

/// A full address under one of these schemes, without a user and a password.
fn is_web_address(text: &str, schemes: &[&str]) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_open = url.username().is_empty() && url.password().is_none();
        schemes.contains(&url.scheme()) && url.host().is_some() && is_open
    })
}

/// A network, or an address as a network of its own.
pub(super) fn parse_network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(address)
}

fn holding<const N: usize>(problems: [(bool, &str); N]) -> Vec<String> {
    let holding = problems.into_iter().filter(|(holds, _)| *holds);
    holding.map(|(_, sentence)| sentence.to_owned()).collect()
}
