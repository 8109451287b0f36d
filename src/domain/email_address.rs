// SPDX-License-Identifier: EUPL-1.2
//! A mail address, parsed once at the edge and trusted afterwards (RFC 5321).

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Host;

/// An address in lower case, its domain in ASCII: the same mailbox however it was typed. What stands before the `@` is kept:
/// whether `maria+bandi` and `maria` are one mailbox is for their provider to say.
///
/// `Debug` hides it, so that no log shows one by accident.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// What is wrong with text that should have been an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address such as nome@example.org")]
pub struct NotAnAddress;

/// The last parts of names that mean something on one machine or in one building only.
const LOCAL: [&str; 4] = ["local", "localhost", "localdomain", "internal"];

impl EmailAddress {
    /// Reads what a person typed: outer white space and capitals do not matter, nor whether a domain is written with its
    /// accents or in ASCII.
    ///
    /// # Errors
    /// [`NotAnAddress`] when no mail could be sent there, from wherever it is sent.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let address = Self::known(text)?;
        let last = address.0.rsplit(['@', '.']).next().unwrap_or_default();
        if LOCAL.contains(&last) {
            Err(NotAnAddress)
        } else {
            Ok(address)
        }
    }

    /// Reads an address that was accepted before, or that is only a name to sign in by: nobody outside the house need know
    /// its domain.
    ///
    /// # Errors
    /// [`NotAnAddress`] when it has not the form of one.
    pub fn known(text: &str) -> Result<Self, NotAnAddress> {
        let typed = text.trim().to_lowercase();
        let (local, domain) = typed.rsplit_once('@').ok_or(NotAnAddress)?;
        // An address of the network names a machine, which may be another tomorrow.
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return Err(NotAnAddress);
        };
        // A local part beyond ASCII would need an extension (RFC 6531) that relays seldom have.
        let plain = |c: char| c.is_ascii() && !c.is_whitespace() && c != '"' && !c.is_control();
        let address = format!("{local}@{domain}");
        if local.chars().all(plain) && domain.contains('.') && email_address::EmailAddress::is_valid(&address) {
            Ok(Self(address))
        } else {
            Err(NotAnAddress)
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as people write it, its domain with its accents.
    #[must_use]
    pub fn shown(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        format!("{local}@{}", url::quirks::domain_to_unicode(domain))
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::known(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_and_white_space_do_not_make_another_mailbox() {
        let typed = EmailAddress::parse("  Maria.Rossi@Example.ORG ").unwrap();
        assert_eq!(typed.as_str(), "maria.rossi@example.org");
    }

    #[test]
    fn a_domain_is_the_same_with_its_accents_and_in_ascii() {
        let ascii = EmailAddress::parse("mario@xn--mnchen-3ya.example").unwrap();
        for typed in [
            "mario@münchen.example",
            "mario@MÜNCHEN.example",
            "mario@mu\u{308}nchen.example",
            "mario@XN--MNCHEN-3YA.example",
        ] {
            assert_eq!(EmailAddress::parse(typed).as_ref(), Ok(&ascii), "{typed}");
        }
        assert_eq!(ascii.as_str(), "mario@xn--mnchen-3ya.example");
        assert_eq!(ascii.shown(), "mario@münchen.example");
    }

    #[test]
    fn what_stands_before_the_domain_is_kept_as_it_is() {
        let plus = EmailAddress::parse("Maria+Bandi@example.org").unwrap();
        assert_eq!(plus.as_str(), "maria+bandi@example.org");
        assert_ne!(plus, EmailAddress::parse("maria@example.org").unwrap());
    }

    #[test]
    fn what_was_accepted_before_can_still_be_read() {
        for text in ["redazione@comune.local", "anna@localhost.localdomain"] {
            assert_eq!(EmailAddress::known(text).unwrap().as_str(), text);
            assert_eq!(EmailAddress::parse(text), Err(NotAnAddress), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "maria",
            "maria@",
            "@example.org",
            "a b@example.org",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@example.org\r\nBcc: b@example.org",
            "a@b@example.org",
            "<a@example.org>",
            "ü@example.org",
            "a@127.0.0.1",
            "a@192.168.1.10",
            "a@2130706433",
            "a@0x7f.1",
            "a@1.2.3.4.5",
            "a@[::1]",
            "a@localhost.localdomain",
            "a@posta.localhost",
            "a@comune.local",
            "a@relay.internal",
            "a@xn--.example",
            "a@example..org",
            "a@-example.org",
            "a@example.org/b",
            "a@example.org:25",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(NotAnAddress), "{text:?}");
        }
    }
}
