// SPDX-License-Identifier: EUPL-1.2
//! The HTTP clients that push messages share, and their connections.
//!
//! Reads finished requests, decides which client carries one and which message goes first. Each client keeps one HTTP/2
//! connection to a push service; one connection alone is too slow, so that there are several clients in turn. A client
//! without a connection would open one for every message that waits: the first message goes ahead, the others follow
//! when it is answered. `web_push` makes the requests and classifies the answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Request;
use reqwest::Response;
use tokio::sync::MutexGuard;
use tokio::time::Instant;
use tokio::time::timeout;

use crate::outbound::Guard;
use crate::outbound::Timeouts;

/// How many clients there are.
const CLIENTS: usize = 4;

/// For how long after an answer a connection is sure to be kept.
const WARM: Duration = Duration::from_mins(1);

/// How many push services each client remembers.
const REMEMBERED: usize = 256;

/// The clients.
pub(super) struct PushClients {
    clients: Vec<PushClient>,
    turn: AtomicUsize,
    patience: Duration,
}

impl PushClients {
    /// Clients to the push services that `guard` admits.
    pub(super) fn new(guard: &Guard, timeouts: Timeouts) -> Result<Self, reqwest::Error> {
        let client = |_| {
            Ok(PushClient {
                http: guard.client(timeouts)?,
                services: Mutex::default(),
            })
        };
        Ok(Self {
            clients: (0..CLIENTS).map(client).collect::<Result<_, _>>()?,
            turn: AtomicUsize::new(0),
            patience: timeouts.connect,
        })
    }

    /// Sends `request` to the push service at `origin`.
    pub(super) async fn execute(&self, origin: &str, request: Request) -> Result<Response, reqwest::Error> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.clients.len();
        let client = &self.clients[turn];
        let service = client.service(origin);
        let going_ahead = service.wait(self.patience).await;
        let answer = client.http.execute(request).await;
        if answer.is_ok() {
            service.note_answer();
        }
        drop(going_ahead);
        answer
    }
}

struct PushClient {
    http: reqwest::Client,
    services: Mutex<HashMap<String, Arc<Service>>>,
}

impl PushClient {
    fn service(&self, origin: &str) -> Arc<Service> {
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(service) = services.get(origin) {
            return service.clone();
        }
        if services.len() >= REMEMBERED {
            services.clear();
        }
        services.entry(origin.to_owned()).or_default().clone()
    }
}

/// What one client knows of one push service.
#[derive(Default)]
struct Service {
    last_answer: Mutex<Option<Instant>>,
    ahead: tokio::sync::Mutex<()>,
}

impl Service {
    /// Lets one message at a time go ahead until the service answers; holds none back longer than `patience`, so that a
    /// sick service does not make its messages queue.
    async fn wait(&self, patience: Duration) -> Option<MutexGuard<'_, ()>> {
        if self.is_warm() {
            return None;
        }
        let ahead = timeout(patience, self.ahead.lock()).await.ok()?;
        (!self.is_warm()).then_some(ahead)
    }

    fn is_warm(&self) -> bool {
        let last = self.last_answer.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < WARM)
    }

    fn note_answer(&self) {
        let mut last = self.last_answer.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Instant::now());
    }
}
