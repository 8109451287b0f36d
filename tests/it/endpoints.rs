// SPDX-License-Identifier: EUPL-1.2
//! Addresses that strangers choose: whatever leads inside is refused when a browser is registered, and again when a
//! message is sent to a row that came in some other way.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use informa::domain::notification::Channel;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::subscribe_browser::{BrowserSubscription, subscribe_by_browser};
use informa::services::{Error, Refusal};
use informa::storage::ledger::State;
use tokio::net::TcpListener;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::rows;

on_both_engines! {
    no_forbidden_address_is_registered,
    no_forbidden_address_is_sent_to,
}

fn forbidden() -> Vec<String> {
    let rows: Vec<(String, String)> =
        serde_json::from_str(include_str!("../fixtures/forbidden_endpoints.json")).unwrap();
    rows.into_iter().map(|(address, _)| address).collect()
}

/// The program as it is in production: the known push services, nothing of this machine.
async fn closed_program(app: &TestApp) -> informa::app::App {
    app.another_process(|config| config.push_allow_loopback = false).await
}

async fn no_forbidden_address_is_registered(app: &TestApp) {
    let closed = closed_program(app).await;
    let addresses = forbidden();
    assert!(addresses.len() >= 80, "only {}", addresses.len());
    for endpoint in addresses {
        let browser = app.push_service.browser();
        let subscription = BrowserSubscription {
            endpoint: endpoint.clone(),
            ..browser.subscription()
        };
        let newcomer = a_citizen().by(&["web_push"]).newcomer(&app.vocabulary(), app.now());
        let answer = subscribe_by_browser(&closed, &subscription, &newcomer).await;
        assert!(
            matches!(answer, Err(Error::Refused(Refusal::Endpoint(_)))),
            "{endpoint:?}: {answer:?}"
        );
    }
    let kept = rows::integers(&app.database, "select count(*) from targets").await;
    assert_eq!(kept[0][0], 0);
    closed.database.close().await;
}

async fn no_forbidden_address_is_sent_to(app: &TestApp) {
    let (connections, port) = inside().await;
    let mut addresses = forbidden();
    addresses.push(format!("http://127.0.0.1:{port}/push/x"));
    addresses.push(format!("http://localhost:{port}/push/x"));
    // PostgreSQL keeps no text with a zero in it, so that such an address can never come back from there.
    addresses.retain(|address| !address.contains('\0'));
    for (number, endpoint) in addresses.iter().enumerate() {
        let (_, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
        let statement = format!(
            "update targets set endpoint = '{}' where endpoint = '{}'",
            endpoint.replace('\'', "''"),
            browser.endpoint
        );
        rows::execute(&app.database, &statement).await;
        assert!(number < 200);
    }
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    let closed = closed_program(app).await;
    dispatch_outbox(&closed).await.unwrap();
    closed.database.close().await;
    let failed = usize::try_from(app.count(Channel::WebPush, State::Failed).await).unwrap();
    assert_eq!(failed, addresses.len(), "each is refused for good");
    assert_eq!(connections.load(Ordering::SeqCst), 0, "and nothing was called");
    assert!(app.push_service.messages().is_empty());
}

/// A service of this machine that nobody may call, and how often it was.
async fn inside() -> (Arc<AtomicUsize>, u16) {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (connections, port)
}
