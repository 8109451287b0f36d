// SPDX-License-Identifier: EUPL-1.2
//! Web push: check the endpoint again, encrypt, sign, post (RFC 8030), classify the answer.
//!
//! Reads a subscription and a payload, writes to its push service, decides nothing but what the answer means. Requests
//! are built by crate `web-push` and sent through the guarded clients of `push_clients`. Neither
//! endpoints nor bodies of answers reach a log or an outcome.

use chrono::DateTime;
use chrono::TimeDelta;
use reqwest::Method;
use reqwest::StatusCode;
use reqwest::header::AUTHORIZATION;
use reqwest::header::DATE;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::RETRY_AFTER;
use url::Url;
use web_push::ContentEncoding;
pub use web_push::Urgency;
use web_push::WebPushMessage;
use web_push::WebPushPayload;
use web_push::request_builder::build_request;

use crate::delivery::encryption::EncryptionError;
use crate::delivery::encryption::RecipientKeys;
use crate::delivery::encryption::encrypt;
use crate::delivery::push_clients::PushClients;
use crate::delivery::vapid::Signatures;
use crate::delivery::vapid::VapidKey;
use crate::domain::chance::Chance;
use crate::domain::clock::Timestamp;
use crate::domain::notification::Outcome;
use crate::outbound::Guard;
use crate::outbound::Timeouts;
use crate::outbound::refusal_in;

/// The longest time that a push service keeps a message: the least of what the known ones allow.
pub const LONGEST_TTL: TimeDelta = TimeDelta::days(28);

/// The longest delay that a push service may ask for.
pub const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);

/// The longest topic (RFC 8030, section 5.4).
const LONGEST_TOPIC: usize = 32;

/// One message to one browser. It does not show itself, as endpoints and keys must not reach a log.
#[derive(Clone, Copy)]
pub struct PushRequest<'a> {
    /// The address that the browser gave.
    pub endpoint: &'a str,
    /// The browser's public key, base64url.
    pub p256dh: &'a str,
    /// The browser's authentication secret, base64url.
    pub auth: &'a str,
    /// The key with which the subscription was made.
    pub key: &'a VapidKey,
    /// What the browser's service worker receives, at most
    /// [`LONGEST_PLAINTEXT`](crate::delivery::encryption::LONGEST_PLAINTEXT) bytes.
    pub payload: &'a [u8],
    /// How long the push service keeps it for a browser that is away; at most [`LONGEST_TTL`] is asked for.
    pub ttl: TimeDelta,
    /// What it may cost in battery.
    pub urgency: Urgency,
    /// Replaces an unread message of the same topic: at most 32 characters of base64url.
    pub topic: Option<&'a str>,
}

/// Sends push messages.
pub struct PushSender {
    guard: Guard,
    clients: PushClients,
    signatures: Signatures,
    chance: Chance,
}

impl PushSender {
    /// A sender to the push services that `guard` admits, signing in the name of `subject` (`mailto:` or `https:`).
    ///
    /// # Errors
    /// When the certificates of the system cannot be loaded.
    pub fn new(guard: Guard, subject: &str, chance: Chance) -> Result<Self, reqwest::Error> {
        Self::with_timeouts(guard, subject, chance, Timeouts::default())
    }

    fn with_timeouts(guard: Guard, subject: &str, chance: Chance, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        Ok(Self {
            clients: PushClients::new(&guard, timeouts)?,
            guard,
            signatures: Signatures::new(subject),
            chance,
        })
    }

    /// Sends `push` and says what the push service answered. `now` dates the signature.
    pub async fn send(&self, push: &PushRequest<'_>, now: Timestamp) -> Outcome {
        let request = match self.prepare(push, now) {
            Ok(request) => request,
            Err(outcome) => return outcome,
        };
        let origin = request.url().origin().ascii_serialization();
        match self.clients.execute(&origin, request).await {
            Ok(answer) => classify(answer.status(), answer.headers(), now),
            Err(error) => classify_failure(&error),
        }
    }

    /// The finished request, or the outcome where there is nothing to send.
    fn prepare(&self, push: &PushRequest<'_>, now: Timestamp) -> Result<reqwest::Request, Outcome> {
        let url = self.guard.check(push.endpoint).map_err(|refusal| refused(&refusal))?;
        let topic = push.topic.map(check_topic).transpose()?;
        let body = self.encrypt(push)?;
        let origin = url.origin().ascii_serialization();
        let authorization = self
            .signatures
            .authorization(push.key, &origin, now)
            .map_err(|error| barred(&error))?;
        let message = WebPushMessage {
            endpoint: url.as_str().parse().map_err(|_| refused(&"address"))?,
            ttl: seconds(push.ttl),
            urgency: Some(push.urgency),
            topic,
            payload: Some(WebPushPayload {
                content: body,
                crypto_headers: vec![("Authorization", authorization.to_string())],
                content_encoding: ContentEncoding::Aes128Gcm,
            }),
        };
        into_request(url, message)
    }

    fn encrypt(&self, push: &PushRequest<'_>) -> Result<Vec<u8>, Outcome> {
        let keys = RecipientKeys::parse(push.p256dh, push.auth).map_err(|error| refused(&error))?;
        encrypt(&keys, push.payload, &self.chance).map_err(|error| match error {
            EncryptionError::TooLong(_) => Outcome::TooLarge,
            EncryptionError::Library => retry(&error),
        })
    }
}

/// Carries the request over to the version of `http` that the client speaks.
fn into_request(url: Url, message: WebPushMessage) -> Result<reqwest::Request, Outcome> {
    let (parts, body) = build_request::<Vec<u8>>(message).into_parts();
    let mut request = reqwest::Request::new(Method::POST, url);
    for (name, value) in &parts.headers {
        let malformed = || refused(&"header");
        let name = HeaderName::from_bytes(name.as_ref()).map_err(|_| malformed())?;
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| malformed())?;
        value.set_sensitive(name == AUTHORIZATION);
        request.headers_mut().insert(name, value);
    }
    *request.body_mut() = Some(body.into());
    Ok(request)
}

/// The crate that builds the request panics where a topic is no header value.
fn check_topic(topic: &str) -> Result<String, Outcome> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=LONGEST_TOPIC).contains(&topic.len()) && topic.chars().all(allowed) {
        return Ok(topic.to_owned());
    }
    Err(refused(&"the topic is not 1 to 32 characters of base64url"))
}

fn seconds(ttl: TimeDelta) -> u32 {
    let ttl = ttl.clamp(TimeDelta::zero(), LONGEST_TTL);
    u32::try_from(ttl.num_seconds()).unwrap_or(0)
}

/// What a status means (RFC 8030, section 5; RFC 8292, section 4.2). A wrong signature or contact gets 400, 401 or 403
/// for every browser alike, so that these never say anything about one subscription.
fn classify(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Outcome {
    let reason = status.as_str().to_owned();
    match status.as_u16() {
        200..=299 => Outcome::Sent,
        404 | 410 => Outcome::Gone { reason },
        413 => Outcome::TooLarge,
        400 | 401 | 403 => Outcome::Barred { reason },
        // Microsoft's service says 406 where others say 429.
        406 | 408 | 421 | 425 | 429 | 500..=599 => Outcome::Retry {
            after: retry_after(headers, now),
            reason,
        },
        _ => Outcome::Refused { reason },
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); a date counts from the other side's `Date`.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What does not fit is longer than anybody waits.
    let seconds = is_number.then(|| {
        text.parse::<u32>()
            .map_or(LONGEST_RETRY_AFTER, |it| TimeDelta::seconds(it.into()))
    });
    let asked = seconds.or_else(|| Some(http_date(text)?.since(answered_at(headers).unwrap_or(now))))?;
    Some(asked.clamp(TimeDelta::zero(), LONGEST_RETRY_AFTER))
}

fn answered_at(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.to_utc().into())
}

fn classify_failure(error: &reqwest::Error) -> Outcome {
    // A name that leads into a closed network is what a broken resolver answers, too. It is never connected to, and says
    // nothing of the message.
    if let Some(refusal) = refusal_in(error) {
        return Outcome::Unreachable {
            reason: refusal.to_string(),
        };
    }
    if error.is_connect() {
        return Outcome::Unreachable {
            reason: "no connection".to_owned(),
        };
    }
    if error.is_timeout() {
        return retry(&"timeout");
    }
    retry(&"connection lost")
}

fn retry(reason: &impl ToString) -> Outcome {
    Outcome::Retry {
        after: None,
        reason: reason.to_string(),
    }
}

fn refused(reason: &impl ToString) -> Outcome {
    Outcome::Refused {
        reason: reason.to_string(),
    }
}

fn barred(reason: &impl ToString) -> Outcome {
    Outcome::Barred {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
#[path = "web_push_tests.rs"]
mod tests;
