// SPDX-License-Identifier: EUPL-1.2
//! The mail relay as `INFORMA_SMTP_URL` describes it.
//!
//! Reads the URL, decides how the connection is protected; `smtp_connection` opens it.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

const SMTP_PORT: u16 = 25;
const SMTPS_PORT: u16 = 465;

/// What is wrong with the URL of a relay. The text holds nothing of it, as it may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayError {
    /// No URL.
    #[error("the mail relay is not given as smtp://host, smtp://user:password@host:587 or smtps://host")]
    Malformed,
    /// Anything but `smtp` and `smtps`.
    #[error("the URL of the mail relay begins neither with smtp:// nor with smtps://")]
    Scheme,
    /// A parameter that does not exist.
    #[error("the URL of the mail relay has a parameter other than tls=required, tls=opportunistic and tls=none")]
    Parameter,
    /// `smtps` without TLS.
    #[error("smtps:// cannot go with tls=none or tls=opportunistic")]
    Contradiction,
    /// A password that anybody on the way could ask for.
    #[error(
        "a user name and password need tls=required, or tls=none where the network is trusted; not tls=opportunistic"
    )]
    ExposedPassword,
}

/// How a connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Not at all.
    Off,
    /// By STARTTLS where the relay offers it, whoever it is: protects against listeners only (RFC 7435).
    Opportunistic,
    /// By STARTTLS with a valid certificate, or not at all used (RFC 3207).
    Required,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// A user name and a password. They do not show themselves.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(…)")
    }
}

/// Where mail is handed over, and how.
pub(super) struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
    /// The name we greet with.
    pub(super) hello: String,
}

impl Relay {
    /// Reads `url`; `hello` is the name to greet with.
    pub(super) fn parse(url: &str, hello: &str) -> Result<Self, RelayError> {
        let url = Url::parse(url).map_err(|_| RelayError::Malformed)?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(RelayError::Scheme),
        };
        let credentials = credentials(&url)?;
        Ok(Self {
            host: host(&url)?,
            port: url.port().unwrap_or(if implicit { SMTPS_PORT } else { SMTP_PORT }),
            encryption: encryption(&url, implicit, credentials.is_some())?,
            credentials,
            hello: hello.to_owned(),
        })
    }
}

fn host(url: &Url) -> Result<String, RelayError> {
    let plain_path = matches!(url.path(), "" | "/") && url.fragment().is_none();
    let host = url.host_str().filter(|host| plain_path && !host.is_empty());
    let host = host.ok_or(RelayError::Malformed)?;
    Ok(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

fn credentials(url: &Url) -> Result<Option<Credentials>, RelayError> {
    if url.username().is_empty() {
        return Ok(None);
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8().map(String::from);
    let user = decode(url.username()).map_err(|_| RelayError::Malformed)?;
    let password = decode(url.password().unwrap_or("")).map_err(|_| RelayError::Malformed)?;
    Ok(Some(Credentials { user, password }))
}

fn encryption(url: &Url, implicit: bool, has_password: bool) -> Result<Encryption, RelayError> {
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        asked = match (name.as_ref(), value.as_ref()) {
            ("tls", "required") => Some(Encryption::Required),
            ("tls", "opportunistic") => Some(Encryption::Opportunistic),
            ("tls", "none") => Some(Encryption::Off),
            _ => return Err(RelayError::Parameter),
        };
    }
    match (implicit, asked) {
        (true, None | Some(Encryption::Required)) => Ok(Encryption::Implicit),
        (true, Some(_)) => Err(RelayError::Contradiction),
        (false, Some(Encryption::Opportunistic)) if has_password => Err(RelayError::ExposedPassword),
        (false, Some(asked)) => Ok(asked),
        (false, None) if has_password => Ok(Encryption::Required),
        (false, None) => Ok(Encryption::Opportunistic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Relay {
        Relay::parse(url, "informa.example.org").unwrap()
    }

    #[test]
    fn every_form_of_the_url_is_read() {
        for (url, host, port, encryption) in [
            (
                "smtp://mail.example.org",
                "mail.example.org",
                25,
                Encryption::Opportunistic,
            ),
            (
                "smtp://mail.example.org/",
                "mail.example.org",
                25,
                Encryption::Opportunistic,
            ),
            ("smtp://127.0.0.1:2525?tls=none", "127.0.0.1", 2525, Encryption::Off),
            ("smtp://[::1]:2525?tls=none", "::1", 2525, Encryption::Off),
            (
                "smtp://mail.example.org:587?tls=required",
                "mail.example.org",
                587,
                Encryption::Required,
            ),
            (
                "smtp://mail.example.org?tls=opportunistic",
                "mail.example.org",
                25,
                Encryption::Opportunistic,
            ),
            (
                "smtp://u:p@mail.example.org:587",
                "mail.example.org",
                587,
                Encryption::Required,
            ),
            ("smtp://u:p@localhost:2525?tls=none", "localhost", 2525, Encryption::Off),
            (
                "smtps://u:p@mail.example.org",
                "mail.example.org",
                465,
                Encryption::Implicit,
            ),
            (
                "smtps://mail.example.org:4650?tls=required",
                "mail.example.org",
                4650,
                Encryption::Implicit,
            ),
        ] {
            let relay = parse(url);
            assert_eq!(
                (relay.host.as_str(), relay.port, relay.encryption),
                (host, port, encryption),
                "{url}"
            );
        }
    }

    #[test]
    fn user_and_password_may_hold_any_character() {
        let relay = parse("smtp://avvisi%40example.org:p%2Fa%3As%25s@mail.example.org");
        let expected = Credentials {
            user: "avvisi@example.org".to_owned(),
            password: "p/a:s%s".to_owned(),
        };
        assert_eq!(relay.credentials, Some(expected));
        assert_eq!(parse("smtp://mail.example.org").credentials, None);
    }

    #[test]
    fn other_urls_are_refused_each_for_its_reason() {
        for (url, error) in [
            ("", RelayError::Malformed),
            ("mail.example.org", RelayError::Malformed),
            ("smtp:mail.example.org", RelayError::Malformed),
            ("smtp://", RelayError::Malformed),
            ("smtp://mail.example.org/path", RelayError::Malformed),
            ("smtp://mail.example.org#x", RelayError::Malformed),
            ("smtp://%ff:p@mail.example.org", RelayError::Malformed),
            ("smtp://mail.example.org:99999", RelayError::Malformed),
            ("http://mail.example.org", RelayError::Scheme),
            ("smtp://mail.example.org?tls=yes", RelayError::Parameter),
            ("smtp://mail.example.org?pool=3", RelayError::Parameter),
            ("smtps://mail.example.org?tls=none", RelayError::Contradiction),
            ("smtps://mail.example.org?tls=opportunistic", RelayError::Contradiction),
            (
                "smtp://u:p@mail.example.org?tls=opportunistic",
                RelayError::ExposedPassword,
            ),
        ] {
            assert_eq!(Relay::parse(url, "x").err(), Some(error), "{url}");
        }
    }
}
