// SPDX-License-Identifier: EUPL-1.2
//! Every public address, built in one place: pages, links in messages, files of the front end.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use crate::domain::ids::{RatingId, SubscriberId, Token};
use crate::domain::opportunity::Opportunity;
use crate::domain::plain_letters::unaccented;
use crate::secrets::{CODE_LENGTH, Secrets, StableKey, Use};

/// The paths that `web` serves; the addresses below are made of the same.
pub mod paths {
    /// The first page.
    pub const HOME: &str = "/";
    /// The list of opportunities.
    pub const OPPORTUNITIES: &str = "/opportunita";
    /// Signing up.
    pub const SUBSCRIBE: &str = "/iscriviti";
    /// After signing up: where the message went.
    pub const SIGNED_UP: &str = "/iscriviti/controlla";
    /// Confirming a mailbox.
    pub const CONFIRM: &str = "/conferma";
    /// Asking for the link to the private page.
    pub const SIGN_IN: &str = "/accedi";
    /// Agreeing to another address.
    pub const MOVE_MAILBOX: &str = "/sposta";
    /// What somebody reads whose data were erased.
    pub const ERASED: &str = "/cancellato";
    /// The private page.
    pub const PREFERENCES: &str = "/preferenze";
    /// Everything that matched.
    pub const INBOX: &str = "/avvisi";
    /// One notification: less of it, nothing more of it, what somebody thinks of it; by the code in it.
    pub const MANAGE: &str = "/avviso";
    /// What somebody hid, and shows again.
    pub const HIDDEN: &str = "/preferenze/nascosti";
    /// Stopping mail.
    pub const UNSUBSCRIBE: &str = "/disiscriviti";
    /// Leaving a section out of digests, by the code in a mail.
    pub const STOP_SECTION: &str = "/disiscriviti/sezione";
    /// What the service keeps of people.
    pub const PRIVACY: &str = "/privacy";
    /// Whose words these are, and how they may be used.
    pub const LEGAL_NOTES: &str = "/note-legali";
    /// Questions and answers, and how to reach people.
    pub const HELP: &str = "/aiuto";
    /// Writing to the people who run the service.
    pub const WRITE: &str = "/aiuto/scrivi";
    /// Rating a page, and what follows the stars by their code.
    pub const RATE: &str = "/valutazione";
    /// The back office.
    pub const STAFF: &str = "/staff";
    /// What the demo shows of the mail that it sent.
    pub const MAILBOX: &str = "/dev/mailbox";
}

/// Builds addresses below the public one.
#[derive(Debug, Clone)]
pub struct Urls {
    base: String,
}

impl Urls {
    /// Addresses below `public_url`.
    #[must_use]
    pub fn new(public_url: &Url) -> Self {
        Self {
            base: public_url.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// The full address of a path.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The front page.
    #[must_use]
    pub fn home(&self) -> String {
        self.absolute("/")
    }

    /// The host that people see.
    #[must_use]
    pub fn host(&self) -> String {
        let host = Url::parse(&self.base)
            .ok()
            .and_then(|it| it.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "localhost".to_owned())
    }

    /// The page of an opportunity.
    #[must_use]
    pub fn opportunity(&self, opportunity: &Opportunity) -> String {
        self.absolute(&opportunity_path(opportunity))
    }

    /// The page that confirms a mailbox.
    #[must_use]
    pub fn confirm(&self, code: &LinkCode) -> String {
        self.absolute(&format!("{}/{}", paths::CONFIRM, code.as_str()))
    }

    /// The page that agrees to another address.
    #[must_use]
    pub fn move_mailbox(&self, code: &LinkCode) -> String {
        self.absolute(&format!("{}/{}", paths::MOVE_MAILBOX, code.as_str()))
    }

    /// The page that signs a subscriber in.
    #[must_use]
    pub fn sign_in(&self, code: &LinkCode) -> String {
        self.absolute(&format!("{}/{}", paths::SIGN_IN, code.as_str()))
    }

    /// Where to ask for the private page; it carries no credential.
    #[must_use]
    pub fn preferences(&self) -> String {
        self.absolute(paths::PREFERENCES)
    }

    /// The inbox; it carries no credential.
    #[must_use]
    pub fn inbox(&self) -> String {
        self.absolute(paths::INBOX)
    }

    /// The address that leaves a section out of digests in one click.
    #[must_use]
    pub fn stop_section(&self, code: &str) -> String {
        self.absolute(&format!("{}/{code}", paths::STOP_SECTION))
    }

    /// The page where one notification is managed.
    #[must_use]
    pub fn manage(&self, code: &str) -> String {
        self.absolute(&format!("{}/{code}", paths::MANAGE))
    }

    /// The address that stops mail in one click.
    #[must_use]
    pub fn unsubscribe(&self, code: &str) -> String {
        self.absolute(&format!("{}/{code}", paths::UNSUBSCRIBE))
    }
}

/// The path of the page of an opportunity: readable words, then the token that finds it.
#[must_use]
pub fn opportunity_path(opportunity: &Opportunity) -> String {
    let words = slug(&opportunity.content.title);
    let token = opportunity.token.as_str();
    let separator = if words.is_empty() { "" } else { "-" };
    format!("{}/{words}{separator}{token}", paths::OPPORTUNITIES)
}

/// The token at the end of the last part of an opportunity's path.
#[must_use]
pub fn token_of(slug: &str) -> Option<Token> {
    let start = slug.len().checked_sub(Token::LENGTH)?;
    Token::parse(slug.get(start..)?)
}

const LONGEST_SLUG: usize = 60;

/// The letters and digits of a title, in lower case without accents, joined by hyphens.
fn slug(title: &str) -> String {
    let mut words = String::new();
    for letter in title.to_lowercase().chars().map(unaccented) {
        if letter.is_ascii_alphanumeric() {
            words.push(letter);
        } else if !words.ends_with('-') && !words.is_empty() {
            words.push('-');
        }
        if words.len() >= LONGEST_SLUG {
            break;
        }
    }
    words.trim_end_matches('-').to_owned()
}

/// The part of a link that only its receiver knows: the link's nonce and a code made of it with the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode(String);

impl LinkCode {
    /// The code of the link with this nonce.
    #[must_use]
    pub fn new(secrets: &Secrets, nonce: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode([nonce, &secrets.code(Use::Link, nonce)].concat()))
    }

    /// The nonce of a code read from an address; `None` unless the secret made it.
    #[must_use]
    pub fn nonce(secrets: &Secrets, text: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE_LENGTH)?)?;
        secrets.verify(Use::Link, nonce, code).then(|| nonce.to_vec())
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the addresses of a person's private feeds are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedCode {
    /// Whose.
    pub subscriber: SubscriberId,
    /// The number that another address would not have. It tells addresses of one person apart; what nobody can guess is the
    /// code of the key over both, of 128 bits.
    pub number: i64,
}

impl FeedCode {
    /// The opaque text of the addresses; it lasts until the person has another number.
    #[must_use]
    pub fn seal(self, key: &StableKey) -> String {
        key.seal(&[self.subscriber.0.to_be_bytes(), self.number.to_be_bytes()].concat())
    }

    /// What an opaque text stands for; `None` unless the key made it.
    #[must_use]
    pub fn open(key: &StableKey, text: &str) -> Option<Self> {
        let plain: [u8; 16] = key.open(text)?.try_into().ok()?;
        let (subscriber, number) = plain.split_at(8);
        Some(Self {
            subscriber: SubscriberId(i64::from_be_bytes(subscriber.try_into().ok()?)),
            number: i64::from_be_bytes(number.try_into().ok()?),
        })
    }
}

/// What finds the stars that a second answer belongs to: opaque, and impossible to make without the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingCode(pub RatingId);

impl RatingCode {
    /// The opaque text of the address.
    #[must_use]
    pub fn seal(self, secrets: &Secrets) -> String {
        URL_SAFE_NO_PAD.encode(secrets.seal(Use::Rating, &self.0.0.to_be_bytes()))
    }

    /// What an opaque text stands for; `None` unless the secret made it.
    #[must_use]
    pub fn open(secrets: &Secrets, text: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain: [u8; 8] = secrets.open(Use::Rating, &sealed)?.try_into().ok()?;
        Some(Self(RatingId(i64::from_be_bytes(plain))))
    }

    /// The path of the page that asks what follows the stars.
    #[must_use]
    pub fn path(self, secrets: &Secrets) -> String {
        format!("{}/{}", paths::RATE, self.seal(secrets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_title_becomes_readable_words() {
        assert_eq!(
            slug("Bando «Nuova Impresa» – città più verdi!"),
            "bando-nuova-impresa-citta-piu-verdi"
        );
        assert_eq!(slug("🎉"), "");
        assert!(slug(&"parola ".repeat(40)).len() <= LONGEST_SLUG);
    }

    #[test]
    fn the_token_is_found_at_the_end_of_the_path() {
        assert_eq!(token_of("nuova-impresa-abcdefghij").unwrap().as_str(), "abcdefghij");
        assert_eq!(token_of("abcdefghij").unwrap().as_str(), "abcdefghij");
        assert!(token_of("citt\u{e0}").is_none());
        assert!(token_of("nuova-impresa").is_none());
    }

    #[test]
    fn a_rating_code_comes_back_and_cannot_be_guessed() {
        let secrets = Secrets::new(Secret::new("s".repeat(32)), None);
        let code = RatingCode(RatingId(12));
        let text = code.seal(&secrets);
        assert_eq!(RatingCode::open(&secrets, &text), Some(code));
        assert_ne!(RatingCode(RatingId(13)).seal(&secrets), text);
        for other in ["", "12", &"A".repeat(text.len()), &text[1..]] {
            assert_eq!(RatingCode::open(&secrets, other), None, "{other}");
        }
    }

    #[test]
    fn a_link_code_comes_back_and_cannot_be_guessed() {
        let secrets = Secrets::new(Secret::new("s".repeat(32)), None);
        let code = LinkCode::new(&secrets, &[9; 16]);
        assert_eq!(LinkCode::nonce(&secrets, code.as_str()), Some(vec![9; 16]));
        assert_eq!(LinkCode::nonce(&secrets, &"A".repeat(43)), None);
        assert_eq!(LinkCode::nonce(&secrets, ""), None);
    }
}
