// SPDX-License-Identifier: EUPL-1.2
//! A push service on this machine (RFC 8030): it checks every signature (RFC 8292) and decrypts every message with an
//! implementation that is not ours, and answers as it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use informa::domain::clock::Clock;
use informa::services::import_subscribers::{BrowserKeys, BrowserRecord};
use informa::services::subscribe_browser::BrowserSubscription;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

/// How the service answers for one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 201: it takes the message.
    Created,
    /// Another status.
    Status(u16),
    /// Another status, and when to try again.
    RetryAfter(u16, &'static str),
    /// Nothing until [`PushService::let_go`]; then 201.
    Hang,
    /// 201 after so many milliseconds.
    Slow(u64),
    /// Another status after so many milliseconds.
    SlowStatus(u64, u16),
}

/// A message that the service took.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The endpoint that it was sent to.
    pub(crate) endpoint: String,
    /// What the service worker reads.
    pub(crate) payload: Value,
    /// For how many seconds the service would keep it.
    pub(crate) ttl: i64,
    pub(crate) urgency: String,
    pub(crate) topic: String,
}

impl Message {
    pub(crate) fn title(&self) -> &str {
        self.payload["notification"]["title"].as_str().unwrap()
    }

    pub(crate) fn body(&self) -> &str {
        self.payload["notification"]["body"].as_str().unwrap()
    }

    pub(crate) fn navigate(&self) -> &str {
        self.payload["notification"]["navigate"].as_str().unwrap()
    }
}

/// A browser with a subscription to this service.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) endpoint: String,
    pub(crate) p256dh: String,
    pub(crate) auth: String,
}

impl Browser {
    /// What its page posts.
    pub(crate) fn subscription(&self) -> BrowserSubscription {
        BrowserSubscription {
            endpoint: self.endpoint.clone(),
            p256dh: self.p256dh.clone(),
            auth: self.auth.clone(),
            vapid_key: String::new(),
            label: "Firefox".to_owned(),
        }
    }

    /// The same in a file of subscribers.
    pub(crate) fn record(&self) -> BrowserRecord {
        let keys = BrowserKeys {
            p256dh: self.p256dh.clone(),
            auth: self.auth.clone(),
        };
        BrowserRecord {
            endpoint: self.endpoint.clone(),
            keys,
        }
    }
}

struct Subscription {
    /// The key that the browser was subscribed with.
    application_key: String,
    keys: EcKeyComponents,
    auth: [u8; 16],
    answer: Answer,
    attempts: usize,
}

struct Shared {
    origin: String,
    clock: Clock,
    /// The key that browsers are subscribed with now.
    application_key: Mutex<String>,
    subscriptions: Mutex<HashMap<String, Subscription>>,
    messages: Mutex<Vec<Message>>,
    problems: Mutex<Vec<String>>,
    held: Semaphore,
}

/// The service; it ends when it is dropped.
pub(crate) struct PushService {
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

impl PushService {
    /// Starts a service that reads `clock`.
    pub(crate) async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            clock,
            application_key: Mutex::default(),
            subscriptions: Mutex::default(),
            messages: Mutex::default(),
            problems: Mutex::default(),
            held: Semaphore::new(0),
        });
        let routes = Router::new()
            .route("/push/{id}", post(take))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            shared,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// Browsers that subscribe from now on take messages by this public key alone.
    pub(crate) fn bind_to(&self, application_key: &str) {
        application_key.clone_into(&mut self.shared.application_key.lock().unwrap());
    }

    /// A new browser.
    pub(crate) fn browser(&self) -> Browser {
        let (pair, auth) = ece::generate_keypair_and_auth_secret().unwrap();
        let keys = pair.raw_components().unwrap();
        let endpoint = format!("{}/push/{}", self.shared.origin, URL_SAFE_NO_PAD.encode(auth));
        let browser = Browser {
            endpoint: endpoint.clone(),
            p256dh: URL_SAFE_NO_PAD.encode(keys.public_key()),
            auth: URL_SAFE_NO_PAD.encode(auth),
        };
        let subscription = Subscription {
            application_key: self.shared.application_key.lock().unwrap().clone(),
            keys,
            auth,
            answer: Answer::Created,
            attempts: 0,
        };
        self.shared.subscriptions().insert(endpoint, subscription);
        browser
    }

    /// Answers for `browser` so from now on.
    pub(crate) fn answer(&self, browser: &Browser, answer: Answer) {
        self.shared.subscriptions().get_mut(&browser.endpoint).unwrap().answer = answer;
    }

    /// Answers everything that hangs now or later.
    pub(crate) fn let_go(&self) {
        self.shared.held.add_permits(1_000);
    }

    /// Everything that was taken, the first first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.shared.messages.lock().unwrap().clone()
    }

    /// Forgets what was taken so far.
    pub(crate) fn forget(&self) {
        self.shared.messages.lock().unwrap().clear();
    }

    /// What was taken for `browser`, the first first.
    pub(crate) fn messages_to(&self, browser: &Browser) -> Vec<Message> {
        self.messages()
            .into_iter()
            .filter(|message| message.endpoint == browser.endpoint)
            .collect()
    }

    /// The only message that was taken for `browser`.
    pub(crate) fn only_message_to(&self, browser: &Browser) -> Message {
        let mut messages = self.messages_to(browser);
        assert_eq!(messages.len(), 1, "messages: {messages:?}");
        messages.remove(0)
    }

    /// How often somebody tried to send to `browser`.
    pub(crate) fn attempts_to(&self, browser: &Browser) -> usize {
        self.shared.subscriptions()[&browser.endpoint].attempts
    }

    /// What was wrong with requests; nothing, where the program is right.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.shared.problems.lock().unwrap().clone()
    }
}

impl Shared {
    fn subscriptions(&self) -> MutexGuard<'_, HashMap<String, Subscription>> {
        self.subscriptions.lock().unwrap()
    }

    /// Checks and decrypts a request, and says how it is answered.
    fn read(&self, endpoint: &str, headers: &HeaderMap, body: &[u8]) -> Result<(Message, Answer), String> {
        let mut subscriptions = self.subscriptions();
        let subscription = subscriptions.get_mut(endpoint).ok_or("an endpoint that nobody has")?;
        subscription.attempts += 1;
        check_signature(self, &subscription.application_key, &header(headers, "authorization")?)?;
        if header(headers, "content-encoding")? != "aes128gcm" {
            return Err("another encoding than aes128gcm".to_owned());
        }
        let plain = ece::decrypt(&subscription.keys, &subscription.auth, body).map_err(|it| it.to_string())?;
        let message = Message {
            endpoint: endpoint.to_owned(),
            payload: serde_json::from_slice(&plain).map_err(|it| it.to_string())?,
            ttl: header(headers, "ttl")?.parse().map_err(|_| "a TTL that is no number")?,
            urgency: header(headers, "urgency")?,
            topic: header(headers, "topic")?,
        };
        Ok((message, subscription.answer.clone()))
    }
}

fn header(headers: &HeaderMap, name: &str) -> Result<String, String> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.map(str::to_owned).ok_or_else(|| format!("no header {name}"))
}

/// RFC 8292, sections 2 and 3: the signature, whom it is for, until when, in whose name, and the key.
fn check_signature(shared: &Shared, application_key: &str, authorization: &str) -> Result<(), String> {
    let parameters = authorization
        .strip_prefix("vapid ")
        .ok_or("another scheme than vapid")?;
    let parameters: HashMap<&str, &str> = parameters
        .split(',')
        .filter_map(|it| it.trim().split_once('='))
        .collect();
    let (token, key) = parameters.get("t").zip(parameters.get("k")).ok_or("no t or no k")?;
    if *key != application_key {
        return Err("another key than the subscription's".to_owned());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let (_, claims) = signed.split_once('.').ok_or("no claims")?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| "no base64url".to_owned());
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key)?)
        .verify(signed.as_bytes(), &decode(signature)?)
        .map_err(|_| "a signature by another key")?;
    let claims: Value = serde_json::from_slice(&decode(claims)?).map_err(|it| it.to_string())?;
    if claims["aud"] != shared.origin.as_str() {
        return Err(format!("aud {} instead of {}", claims["aud"], shared.origin));
    }
    let left = claims["exp"].as_i64().ok_or("no exp")? - shared.clock.now().seconds();
    if !(0..=24 * 3600).contains(&left) {
        return Err(format!("exp in {left} seconds"));
    }
    let subject = claims["sub"].as_str().ok_or("no sub")?;
    let reachable = subject.starts_with("mailto:") || subject.starts_with("https:");
    reachable.then_some(()).ok_or_else(|| format!("sub {subject}"))
}

async fn take(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let endpoint = format!("{}/push/{id}", shared.origin);
    let (message, answer) = match shared.read(&endpoint, &headers, &body) {
        Ok(read) => read,
        Err(problem) => {
            shared.problems.lock().unwrap().push(problem);
            return StatusCode::IM_A_TEAPOT.into_response();
        }
    };
    match answer {
        Answer::Status(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Answer::RetryAfter(status, after) => {
            return (StatusCode::from_u16(status).unwrap(), [("retry-after", after)]).into_response();
        }
        Answer::Hang => shared.held.acquire().await.unwrap().forget(),
        Answer::SlowStatus(milliseconds, status) => {
            tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Answer::Slow(milliseconds) => tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await,
        Answer::Created => {}
    }
    shared.messages.lock().unwrap().push(message);
    StatusCode::CREATED.into_response()
}
