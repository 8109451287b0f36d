// SPDX-License-Identifier: EUPL-1.2
//! A mail address, parsed once at the edge and trusted afterwards (RFC 5321).

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address in lower case: the same mailbox however it was typed.
///
/// `Debug` hides it, so that no log shows one by accident.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// What is wrong with text that should have been an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address such as nome@example.org")]
pub struct NotAnAddress;

impl EmailAddress {
    /// Reads what a person typed: outer white space and capitals do not matter.
    ///
    /// # Errors
    /// [`NotAnAddress`] when no mail could be sent there.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let address = text.trim().to_lowercase();
        let plain = !address.contains(|c: char| c.is_whitespace() || c == '"' || c.is_control());
        // A local part beyond ASCII would need an extension (RFC 6531) that relays seldom have.
        let has_domain = address
            .rsplit_once('@')
            .is_some_and(|(local, domain)| local.is_ascii() && domain.contains('.') && !domain.starts_with('['));
        if plain && has_domain && email_address::EmailAddress::is_valid(&address) {
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
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::parse(&text)
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
        ] {
            assert_eq!(EmailAddress::parse(text), Err(NotAnAddress), "{text:?}");
        }
    }
}
