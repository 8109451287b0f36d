// SPDX-License-Identifier: EUPL-1.2
//! A push service on this machine that answers in every way, and what each answer is taken for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap as Headers;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ece::EcKeyComponents;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::outbound::HostPattern;
use crate::outbound::KNOWN_PUSH_HOSTS;
use crate::outbound::Refusal;

const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const NOW: Timestamp = Timestamp::from_milliseconds(1_782_864_000_000);

type Received = Arc<Mutex<Vec<(Headers, Bytes)>>>;

/// A push service whose paths say how it answers, and what it has received.
struct PushService {
    address: SocketAddr,
    received: Received,
}

impl PushService {
    async fn start() -> Self {
        let received = Received::default();
        let router = Router::new()
            .route("/status/{code}", post(answer_status))
            .route("/later/{value}", post(answer_later))
            .route(
                "/redirect",
                post(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "/status/201")]) }),
            )
            .route("/hang", post(answer_never))
            .route("/slow", post(answer_slowly))
            .with_state(received.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, received }
    }

    fn endpoint(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    fn last(&self) -> (Headers, Bytes) {
        self.received.lock().unwrap().last().cloned().unwrap()
    }
}

async fn answer_status(
    State(received): State<Received>,
    Path(code): Path<u16>,
    headers: Headers,
    body: Bytes,
) -> Response {
    received.lock().unwrap().push((headers, body));
    StatusCode::from_u16(code).unwrap().into_response()
}

async fn answer_never(State(received): State<Received>, headers: Headers, body: Bytes) {
    received.lock().unwrap().push((headers, body));
    std::future::pending::<()>().await;
}

async fn answer_slowly(State(received): State<Received>, headers: Headers, body: Bytes) -> StatusCode {
    received.lock().unwrap().push((headers, body));
    tokio::time::sleep(Duration::from_millis(300)).await;
    StatusCode::CREATED
}

async fn answer_later(Path(value): Path<String>) -> Response {
    let headers = [
        ("retry-after", value),
        ("date", "Wed, 01 Jul 2026 00:00:00 GMT".to_owned()),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers).into_response()
}

/// A server that says `head` to whoever connects, keeps the connection for `patience`, and closes it.
async fn serve_raw(head: &'static str, patience: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/raw", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            tokio::time::sleep(patience).await;
        }
    });
    endpoint
}

fn guard() -> Guard {
    Guard::new(HostPattern::parse_list(KNOWN_PUSH_HOSTS).unwrap()).allowing_loopback()
}

fn sender(guard: Guard) -> PushSender {
    PushSender::new(guard, "mailto:avvisi@example.org", Chance::seeded(1)).unwrap()
}

fn impatient_sender() -> PushSender {
    let timeouts = Timeouts {
        connect: Duration::from_millis(400),
        total: Duration::from_millis(400),
    };
    let subject = "mailto:avvisi@example.org";
    PushSender::with_timeouts(guard(), subject, Chance::seeded(1), timeouts).unwrap()
}

fn key() -> VapidKey {
    VapidKey::from_private(&[7; 32]).unwrap()
}

fn push<'a>(endpoint: &'a str, key: &'a VapidKey) -> PushRequest<'a> {
    PushRequest {
        endpoint,
        p256dh: P256DH,
        auth: AUTH,
        key,
        payload: b"Bando aperto",
        ttl: TimeDelta::hours(2),
        urgency: Urgency::High,
        topic: Some("opportunity-42"),
    }
}

async fn answer_of(endpoint: &str) -> Outcome {
    answer_through(&sender(guard()), endpoint).await
}

async fn answer_through(sender: &PushSender, endpoint: &str) -> Outcome {
    let key = key();
    sender.send(&push(endpoint, &key), NOW).await
}

#[tokio::test]
async fn a_message_arrives_encrypted_signed_and_with_its_headers() {
    let service = PushService::start().await;
    assert_eq!(answer_of(&service.endpoint("status/201")).await, Outcome::Sent);

    let (headers, body) = service.last();
    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("ttl"), "7200");
    assert_eq!(header("urgency"), "high");
    assert_eq!(header("topic"), "opportunity-42");
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-length"), body.len().to_string());
    let token = header("authorization").strip_prefix("vapid t=").unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], format!("http://{}", service.address));

    let decode = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    let browser = EcKeyComponents::new(decode(PRIVATE), decode(P256DH));
    assert_eq!(ece::decrypt(&browser, &decode(AUTH), &body).unwrap(), b"Bando aperto");
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    let service = PushService::start().await;
    let sender = sender(guard());
    for code in 200..600 {
        let reason = code.to_string();
        let expected = match code {
            200..300 => Outcome::Sent,
            404 | 410 => Outcome::Gone { reason },
            413 => Outcome::TooLarge,
            400 | 401 | 403 => Outcome::Barred { reason },
            406 | 408 | 421 | 425 | 429 | 500.. => Outcome::Retry { after: None, reason },
            _ => Outcome::Refused { reason },
        };
        let endpoint = service.endpoint(&format!("status/{code}"));
        let outcome = answer_through(&sender, &endpoint).await;
        assert_eq!(outcome, expected, "{code}");
    }
}

#[tokio::test]
async fn retry_after_is_read_in_seconds_and_as_a_date_and_capped_at_a_day() {
    let service = PushService::start().await;
    for (value, expected) in [
        ("120", Some(TimeDelta::seconds(120))),
        ("0", Some(TimeDelta::zero())),
        ("4000000000", Some(LONGEST_RETRY_AFTER)),
        // The service's own date is Wed, 01 Jul 2026 00:00:00 GMT.
        ("Wed, 01 Jul 2026 00:05:00 GMT", Some(TimeDelta::minutes(5))),
        ("Fri, 03 Jul 2026 00:00:00 GMT", Some(LONGEST_RETRY_AFTER)),
        ("Tue, 30 Jun 2026 00:00:00 GMT", Some(TimeDelta::zero())),
        ("soon", None),
        ("-5", None),
    ] {
        let endpoint = service.endpoint(&format!("later/{}", value.replace(' ', "%20")));
        let expected = Outcome::Retry {
            after: expected,
            reason: "503".to_owned(),
        };
        assert_eq!(answer_of(&endpoint).await, expected, "{value}");
    }
}

#[test]
fn a_retry_date_without_the_date_of_the_answer_counts_from_now() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, "Wed, 01 Jul 2026 00:05:00 GMT".parse().unwrap());
    assert_eq!(retry_after(&headers, NOW), Some(TimeDelta::minutes(5)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let service = PushService::start().await;
    let outcome = answer_of(&service.endpoint("redirect")).await;
    assert_eq!(
        outcome,
        Outcome::Refused {
            reason: "307".to_owned()
        }
    );
    assert!(service.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_service_that_hangs_or_vanishes_is_tried_again() {
    let retry = |reason: &str| Outcome::Retry {
        after: None,
        reason: reason.to_owned(),
    };
    let service = PushService::start().await;
    let hanging = service.endpoint("hang");
    let outcome = answer_through(&impatient_sender(), &hanging).await;
    assert_eq!(outcome, retry("timeout"));
    let silent = serve_raw("", Duration::ZERO).await;
    assert_eq!(answer_of(&silent).await, retry("connection lost"));
    let garbled = serve_raw("SMTP?\r\n", Duration::from_secs(2)).await;
    assert_eq!(answer_of(&garbled).await, retry("connection lost"));
    let unreachable = Outcome::Unreachable {
        reason: "no connection".to_owned(),
    };
    assert_eq!(answer_of("http://127.0.0.1:1/x").await, unreachable);
}

#[tokio::test]
async fn until_a_service_answers_one_message_of_each_client_goes_ahead() {
    let service = PushService::start().await;
    let endpoint = service.endpoint("slow");
    let sender = Arc::new(sender(guard()));
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (sender, endpoint) = (sender.clone(), endpoint.clone());
        sending.spawn(async move { answer_through(&sender, &endpoint).await });
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(service.received.lock().unwrap().len() <= 4);
    let outcomes = sending.join_all().await;
    assert!(outcomes.iter().all(|it| *it == Outcome::Sent));
    assert_eq!(service.received.lock().unwrap().len(), 40);
}

#[tokio::test]
async fn messages_to_a_service_that_hangs_do_not_queue_behind_each_other() {
    let service = PushService::start().await;
    let endpoint = service.endpoint("hang");
    let sender = Arc::new(impatient_sender());
    let started = tokio::time::Instant::now();
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..80 {
        let (sender, endpoint) = (sender.clone(), endpoint.clone());
        sending.spawn(async move { answer_through(&sender, &endpoint).await });
    }
    for outcome in sending.join_all().await {
        assert!(matches!(outcome, Outcome::Retry { .. }));
    }
    // One after the other they would take 20 times 400 ms.
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_answer_counts_as_soon_as_its_head_is_there() {
    let head = "HTTP/1.1 201 Created\r\ncontent-length: 1000000000\r\n\r\nxxxx";
    let endless = serve_raw(head, Duration::from_secs(2)).await;
    assert_eq!(answer_of(&endless).await, Outcome::Sent);
}

#[tokio::test]
async fn the_guard_is_asked_again_at_sending() {
    let key = key();
    let strict = Guard::new(HostPattern::parse_list(KNOWN_PUSH_HOSTS).unwrap());
    let service = PushService::start().await;
    let sender = sender(strict);
    for endpoint in [
        service.endpoint("status/201"),
        format!("https://{}/status/201", service.address),
        "https://localhost/x".to_owned(),
        "https://fcm.googleapis.com@127.0.0.1/x".to_owned(),
    ] {
        let outcome = sender.send(&push(&endpoint, &key), NOW).await;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    }
    assert!(service.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_inside_is_never_connected_to_and_may_lead_elsewhere_later() {
    let strict = Guard::new(HostPattern::parse_list(KNOWN_PUSH_HOSTS).unwrap());
    let client = strict.client(Timeouts::default()).unwrap();
    let error = client.post("https://localhost/x").send().await.unwrap_err();
    let reason = Refusal::ClosedNetwork.to_string();
    assert_eq!(classify_failure(&error), Outcome::Unreachable { reason });
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_without_sending() {
    let service = PushService::start().await;
    let endpoint = service.endpoint("status/201");
    let key = key();
    let good = push(&endpoint, &key);
    let sender = sender(guard());
    let long = [b'x'; 4000];
    let too_large = PushRequest { payload: &long, ..good };
    assert_eq!(sender.send(&too_large, NOW).await, Outcome::TooLarge);
    for bad in [
        PushRequest { p256dh: "AAAA", ..good },
        PushRequest { auth: "AAAA", ..good },
        PushRequest {
            topic: Some(""),
            ..good
        },
        PushRequest {
            topic: Some("with space"),
            ..good
        },
        PushRequest {
            topic: Some("a\r\nX-Other: b"),
            ..good
        },
        PushRequest {
            topic: Some("123456789012345678901234567890123"),
            ..good
        },
    ] {
        let outcome = sender.send(&bad, NOW).await;
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    }
    assert!(service.received.lock().unwrap().is_empty());
}

#[tokio::test]
async fn time_to_live_stays_within_what_services_accept() {
    let service = PushService::start().await;
    let endpoint = service.endpoint("status/201");
    let key = key();
    for (ttl, header) in [
        (TimeDelta::seconds(-1), "0"),
        (TimeDelta::milliseconds(1999), "1"),
        (TimeDelta::days(400), "2419200"),
    ] {
        let push = PushRequest {
            ttl,
            topic: None,
            ..push(&endpoint, &key)
        };
        assert_eq!(sender(guard()).send(&push, NOW).await, Outcome::Sent);
        let (headers, _) = service.last();
        assert_eq!(headers["ttl"], header);
        assert!(!headers.contains_key("topic"));
    }
}

#[tokio::test]
async fn outcomes_name_neither_endpoint_nor_host() {
    let service = PushService::start().await;
    let sender = impatient_sender();
    for path in ["status/503", "status/410", "status/403", "status/302", "hang"] {
        let outcome = answer_through(&sender, &service.endpoint(path)).await;
        let shown = format!("{outcome:?}");
        assert!(!shown.contains("127.0.0.1") && !shown.contains(path), "{shown}");
    }
}
