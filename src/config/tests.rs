// SPDX-License-Identifier: EUPL-1.2
//! Settings as variables give them, and what is refused.

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

#[test]
fn settings_for_bounces_and_signatures_must_fit_together() {
    for (name, value) in [
        ("INFORMA_BOUNCE_ADDRESS", "rimbalzi"),
        ("INFORMA_BOUNCE_ADDRESS", "rimbalzi+qui@example.org"),
        (
            "INFORMA_BOUNCE_ADDRESS",
            "un-indirizzo-dei-rimbalzi-lungo-assai@example.org",
        ),
        ("INFORMA_BOUNCE_IMAP_URL", "imap://user:password@example.org/INBOX"),
        ("INFORMA_DKIM_DOMAIN", "example.org"),
    ] {
        let words = read(&[(name, value)]).unwrap_err().to_string();
        assert!(words.contains(name) && !words.contains("password"), "{words}");
    }
    let both = [
        ("INFORMA_BOUNCE_MAILDIR", "/var/mail/rimbalzi"),
        ("INFORMA_BOUNCE_IMAP_URL", "imaps://user:password@example.org/INBOX"),
    ];
    assert!(read(&both).is_err());
    assert!(read(&both[..1]).is_ok() && read(&both[1..]).is_ok());
    assert!(read(&[("INFORMA_BOUNCE_ADDRESS", "rimbalzi@example.org")]).is_ok());
}

#[test]
fn ways_to_reach_people_must_be_ways() {
    for (name, value) in [
        ("INFORMA_CONTACT_EMAIL", "urp"),
        ("INFORMA_CONTACT_PHONE", "chiamaci"),
        ("INFORMA_CONTACT_PHONE", "02 1234567, interno 3"),
        ("INFORMA_CONTACT_PHONE", "12"),
        ("INFORMA_CONTACT_HOURS", "lunedì\nmartedì"),
        ("INFORMA_COUNTER_URL", "www.example.org/sportello"),
        ("INFORMA_COUNTER_URL", "javascript:alert(1)"),
        ("INFORMA_CHAT_URL", "https://"),
        ("INFORMA_CHAT_SCRIPT", "http://chat.example.org/chat.js"),
        ("INFORMA_CHAT_SCRIPT", "https://user:password@chat.example.org/chat.js"),
        ("INFORMA_CHAT_SCRIPT", "chat.js"),
    ] {
        let words = read(&[(name, value)]).expect_err(value).to_string();
        assert!(words.contains(name), "{words}");
    }
    let fits = read(&[
        ("INFORMA_CONTACT_PHONE", "+39 02 123.45-67"),
        ("INFORMA_CONTACT_HOURS", "dal lunedì al venerdì, dalle 9 alle 13"),
        ("INFORMA_COUNTER_URL", "https://www.example.org/sportello?ufficio=3"),
        ("INFORMA_CHAT_URL", "https://www.example.org/chat"),
        ("INFORMA_CHAT_SCRIPT", "https://chat.example.org:8443/chat.js"),
    ]);
    let fits = fits.unwrap();
    assert_eq!(fits.contact_dial(), "+39021234567");
    let (origin, host) = fits.chat_origin().unwrap();
    assert_eq!(
        (origin.as_str(), host.as_str()),
        ("https://chat.example.org:8443", "chat.example.org:8443")
    );
    assert_eq!(read(&[]).unwrap().chat_origin(), None);
}

#[test]
fn the_address_of_the_sender_is_found_in_its_name() {
    for sender in ["Informa <avvisi@example.org>", "avvisi@example.org"] {
        let config = read(&[("INFORMA_MAIL_FROM", sender)]).unwrap();
        assert_eq!(config.sender_address(), "avvisi@example.org");
    }
}

#[test]
fn what_people_see_of_the_body_must_be_readable() {
    for (name, value, expected) in [
        ("INFORMA_PRIMARY_COLOUR", "#00A040", "3.44"),
        ("INFORMA_PRIMARY_COLOUR", "#ffffff", "1.00"),
        ("INFORMA_BODY_ADDRESS", "Via Roma\n1", "one line"),
        ("INFORMA_BODY_TAX_CODE", "8005", "tax code"),
        ("INFORMA_BODY_PEC", "protocollo", "e-mail address"),
        (
            "INFORMA_ACCESSIBILITY_URL",
            "https://www.example.org/",
            "form.agid.gov.it",
        ),
        ("INFORMA_PRIVACY_URL", "javascript:alert(1)", "address of a page"),
    ] {
        let words = read(&[(name, value)]).expect_err(value).to_string();
        assert!(words.contains(name) && words.contains(expected), "{words}");
    }
    let words = read(&[("INFORMA_PRIMARY_COLOUR", "verde")]).unwrap_err().to_string();
    assert!(words.contains("\"verde\" must be six hexadecimal digits"), "{words}");
    let fits = read(&[
        ("INFORMA_PRIMARY_COLOUR", "007A33"),
        ("INFORMA_BODY_ADDRESS", "Piazza Città di Lombardia 1, 20124 Milano"),
        ("INFORMA_BODY_TAX_CODE", "80050050154"),
        ("INFORMA_BODY_PEC", "protocollo@pec.example.org"),
    ]);
    assert_eq!(fits.unwrap().primary_colour.to_string(), "#007a33");
}
