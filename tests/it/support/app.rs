// SPDX-License-Identifier: EUPL-1.2
//! [`TestApp`]: the whole program over a database of its own, at a standing clock, with other sides that listen.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use futures_util::FutureExt;
use informa::app::App;
use informa::config::{Config, Secret};
use informa::domain::chance::Chance;
use informa::domain::clock::{Clock, Timestamp};
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::{OpportunityId, StaffId, SubscriberId};
use informa::domain::notification::Channel;
use informa::domain::opportunity::Opportunity;
use informa::domain::staff::Role;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::close_opportunities::close_opportunities;
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::expire_notifications::{expire_notifications, reclaim_notifications};
use informa::services::fan_out::fan_out;
use informa::services::fill_inboxes::fill_inboxes;
use informa::services::open_app::open_with;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::remind::remind;
use informa::services::save_opportunity::draft_opportunity;
use informa::services::subscribe_browser::subscribe_by_browser;
use informa::storage::ledger::State;
use informa::storage::{Database, ledger, notifications, staff};
use informa::urls::paths;
use tempfile::TempDir;

use crate::support::builders::{Person, Writing, at, consent};
use crate::support::database::{Engine, TestDatabase};
use crate::support::push_service::{Browser, PushService};
use crate::support::smtp_receiver::SmtpReceiver;

/// The secret of every installation in tests.
const SECRET: &str = "a secret that only the tests know";

/// The program under test.
pub(crate) struct TestApp {
    app: App,
    /// Where pushes arrive.
    pub(crate) push_service: PushService,
    /// Where mail arrives.
    pub(crate) relay: SmtpReceiver,
    /// Who writes and publishes.
    pub(crate) editor: StaffId,
    may_leave_work: AtomicBool,
    folder: TempDir,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Runs `body` over a database of its own on `engine`, and removes the database however it ends. A body that leaves
/// notifications unfinished fails unless it says so with [`TestApp::leave_work`].
pub(crate) async fn run(engine: Engine, body: impl AsyncFnOnce(&TestApp)) {
    run_at(engine, at("2026-07-01T10:00:00"), body).await;
}

/// The same at another time.
pub(crate) async fn run_at(engine: Engine, now: Timestamp, body: impl AsyncFnOnce(&TestApp)) {
    let folder = tempfile::tempdir().unwrap();
    let Some(database) = TestDatabase::copied(engine, folder.path()).await else {
        return;
    };
    let app = TestApp::open(&database.address, now, folder).await;
    let tested = async {
        body(&app).await;
        app.require_finished().await;
    };
    let result = AssertUnwindSafe(tested).catch_unwind().await;
    app.database.close().await;
    database.remove().await;
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

impl TestApp {
    async fn open(address: &str, now: Timestamp, folder: TempDir) -> Self {
        let clock = Clock::standing_at(now);
        let relay = SmtpReceiver::start().await;
        let push_service = PushService::start(clock.clone()).await;
        let config = Config {
            database_url: address.to_owned(),
            database_connections: 4,
            data_folder: folder.path().to_owned(),
            public_url: "https://informa.example.org".parse().unwrap(),
            smtp_url: Some(Secret::new(relay.url())),
            mail_from: Some("Informa <avvisi@informa.example.org>".to_owned()),
            mail_reply_to: Some("informa@example.org".to_owned()),
            vapid_subject: Some("mailto:informa@example.org".to_owned()),
            push_allow_loopback: true,
            secret: Some(Secret::new(SECRET.to_owned())),
            ..Config::default()
        };
        let app = open(config, clock, 2026).await;
        push_service.bind_to(app.push_keys().installed[0].key.public_base64url());
        let editor = add_editor(&app).await;
        Self {
            app,
            push_service,
            relay,
            editor,
            may_leave_work: AtomicBool::new(false),
            folder,
        }
    }

    /// A second process over the same database: its own connections and settings, the same clock.
    pub(crate) async fn another_process(&self, change: impl FnOnce(&mut Config)) -> App {
        let mut config = (*self.config).clone();
        change(&mut config);
        open(config, self.clock.clone(), 2027).await
    }

    /// The folder of this installation.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, delta: TimeDelta) {
        self.clock.advance(delta);
    }

    /// Does what the scheduler would do now, until nothing is left that can be done now.
    pub(crate) async fn run_jobs(&self) {
        close_opportunities(self).await.unwrap();
        remind(self).await.unwrap();
        loop {
            let added = fan_out(self).await.unwrap();
            let filled = fill_inboxes(self).await.unwrap();
            let dispatched = dispatch_outbox(self).await.unwrap();
            let moved = reclaim_notifications(self).await.unwrap() + expire_notifications(self).await.unwrap();
            if added.matches + added.notifications + filled + dispatched.attempts + moved == 0 {
                break;
            }
        }
        assert_eq!(
            self.push_service.problems(),
            Vec::<String>::new(),
            "requests to the push service"
        );
    }

    /// Subscribes `person` by e-mail and follows the link that they get.
    pub(crate) async fn subscribe(&self, person: &Person) -> SubscriberId {
        ask_to_subscribe(self, &person.request(&self.vocabulary(), self.now()))
            .await
            .unwrap();
        self.run_jobs().await;
        let mail = self.relay.mails_to(&person.email).pop().expect("a confirmation");
        let code = mail.code_after(&format!("{}/", paths::CONFIRM));
        let subscriber = confirm_subscription(self, &code, &consent(self.now())).await.unwrap();
        self.run_jobs().await;
        self.relay.forget();
        subscriber
    }

    /// Subscribes `person` by a new browser alone.
    pub(crate) async fn subscribe_browser(&self, person: &Person) -> (SubscriberId, Browser) {
        let browser = self.push_service.browser();
        let newcomer = person.newcomer(&self.vocabulary(), self.now());
        let subscriber = subscribe_by_browser(self, &browser.subscription(), &newcomer)
            .await
            .unwrap();
        self.run_jobs().await;
        (subscriber, browser)
    }

    /// Writes a draft.
    pub(crate) async fn draft(&self, writing: &Writing) -> OpportunityId {
        draft_opportunity(self, self.editor, &writing.content(&self.vocabulary()))
            .await
            .unwrap()
    }

    /// Writes a draft, publishes it and does what follows.
    pub(crate) async fn publish(&self, writing: &Writing) -> Opportunity {
        let id = self.draft(writing).await;
        let published = publish_opportunity(self, self.editor, id).await.unwrap();
        self.run_jobs().await;
        published
    }

    /// How many notifications are in each state on each channel.
    pub(crate) async fn tally(&self) -> Vec<(Channel, State, i64)> {
        let mut transaction = self.database.read().await.unwrap();
        notifications::tally(&mut transaction).await.unwrap()
    }

    /// How many notifications of a channel are in a state.
    pub(crate) async fn count(&self, channel: Channel, state: State) -> i64 {
        let tally = self.tally().await;
        tally
            .iter()
            .find(|(its, at, _)| (*its, *at) == (channel, state))
            .map_or(0, |(_, _, count)| *count)
    }

    /// Says that this test ends with notifications that are still to be sent.
    pub(crate) fn leave_work(&self) {
        self.may_leave_work.store(true, Ordering::SeqCst);
    }

    async fn require_finished(&self) {
        let mut transaction = self.database.read().await.unwrap();
        let unfinished = ledger::count_unfinished(&mut transaction).await.unwrap();
        let allowed = self.may_leave_work.load(Ordering::SeqCst);
        assert!(
            allowed || unfinished == 0,
            "{unfinished} notifications are unfinished: run the jobs, or leave_work"
        );
    }
}

async fn open(config: Config, clock: Clock, seed: u64) -> App {
    let database = Database::open(&config.database_url, config.database_connections)
        .await
        .unwrap();
    open_with(config, database, clock, Chance::seeded(seed)).await.unwrap()
}

async fn add_editor(app: &App) -> StaffId {
    let address = EmailAddress::parse("redazione@example.org").unwrap();
    let mut transaction = app.database.begin().await.unwrap();
    let editor = staff::insert(&mut transaction, &address, "no password", &[Role::Editor], app.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    editor
}
