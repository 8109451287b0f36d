// SPDX-License-Identifier: EUPL-1.2
//! Everything else goes wrong: relays, push services, databases and processes that do what they seldom do. Nothing may be
//! lost, nobody be silenced for what others did, and nothing sent twice but what was under way.

mod mail;
mod meanwhile;
mod pushes;
mod workers;

use informa::domain::subscriber::TargetStatus;
use informa::services::fan_out::fan_out;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::subscribe_browser::subscribe_by_browser;
use informa::storage::targets;

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen};
use crate::support::push_service::Browser;

pub(super) async fn status_of(app: &TestApp, person: &Person) -> TargetStatus {
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &person.address())
        .await
        .unwrap();
    mailbox.expect("a mailbox").status
}

pub(super) async fn owe(app: &TestApp, titles: &[&str]) {
    for title in titles {
        let id = app.draft(&a_call().titled(title)).await;
        publish_opportunity(app, app.editor, id).await.unwrap();
    }
    fan_out(app).await.unwrap();
}

pub(super) async fn many_browsers(app: &TestApp, count: usize) -> Vec<Browser> {
    let mut browsers = Vec::new();
    for _ in 0..count {
        let browser = app.push_service.browser();
        let newcomer = a_citizen().by(&["web_push"]).newcomer(&app.vocabulary(), app.now());
        subscribe_by_browser(app, &browser.subscription(), &newcomer)
            .await
            .unwrap();
        browsers.push(browser);
    }
    app.run_jobs().await;
    browsers
}
