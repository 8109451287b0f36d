// SPDX-License-Identifier: EUPL-1.2
//! What comes back: reports in the shapes of the large mail systems, complaints, and whose mailbox they stop.

use std::fs;
use std::path::PathBuf;

use chrono::TimeDelta;
use informa::app::App;
use informa::delivery::return_code::{LENGTH, ReturnCode};
use informa::delivery::returned::{self, Says};
use informa::domain::bounce::{Judgement, SuppressionReason};
use informa::domain::ids::SubscriberId;
use informa::domain::subscriber::{SubscriberStatus, Target, TargetStatus};
use informa::services::ask_to_subscribe::{add_own_mailbox, ask_to_subscribe};
use informa::services::confirm_subscription::confirm_subscription;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;
use informa::services::import_subscribers::import_subscribers;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::read_bounces::{Returned, Told, act_on, check_mailbox, read_bounces};
use informa::services::subscribe_browser::add_browser;
use informa::services::suppress_mailbox::failing_mailbox;
use informa::storage::{consents, subscribers, targets};

use crate::support::app::TestApp;
use crate::support::builders::{CONSENT, Person, a_call, a_citizen, an_operator, consent};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;
use crate::support::smtp_receiver::{Mail, Stage};

on_both_engines! {
    what_comes_back_from_an_old_address_says_nothing_of_the_new,
    every_mail_has_a_return_path_of_its_own,
    without_a_bounce_address_the_return_path_is_the_sender,
    a_report_of_a_missing_mailbox_stops_it_at_once,
    a_report_is_understood_by_whatever_code_it_quotes,
    a_code_in_the_wrong_case_is_understood,
    three_failures_in_seven_days_stop_a_mailbox,
    the_same_report_twice_counts_once,
    what_is_no_failure_changes_nothing,
    a_report_without_a_code_of_ours_changes_nothing,
    a_complaint_ends_the_mail_and_withdraws_the_consent,
    a_complaint_leaves_the_browser_alone,
    a_refusal_at_once_puts_the_address_on_the_list,
    an_address_on_the_list_is_not_imported,
    an_address_on_the_list_is_sent_nothing_but_a_confirmation,
    who_confirms_anew_is_off_the_list,
    the_private_pages_say_that_mail_fails_and_why,
    the_job_reads_a_maildir_and_marks_what_it_read,
    a_maildir_that_is_not_there_is_said,
}

/// A report written in the shape of a mail system, about the mail with this code and this link for stopping.
fn report(name: &str, code: &str, stop: &str) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/bounces/{name}.eml"));
    let text = fs::read_to_string(file).unwrap();
    text.replace("@CODE@", code).replace("@STOP@", stop).into_bytes()
}

/// The same about a mail that the relay took.
fn report_about(name: &str, mail: &Mail) -> Vec<u8> {
    report(name, &code_of(mail), &stop_link_of(mail))
}

fn code_of(mail: &Mail) -> String {
    let id = mail.header("Message-ID").expect("a Message-ID");
    id.trim_start_matches('<').split('@').next().unwrap().to_owned()
}

fn stop_link_of(mail: &Mail) -> String {
    let header = mail.header("List-Unsubscribe").expect("a List-Unsubscribe header");
    header.split_once('<').unwrap().1.split_once('>').unwrap().0.to_owned()
}

async fn told_by(app: &App, report: &[u8]) -> Option<Told> {
    act_on(app, report).await.unwrap()
}

/// Publishes a call; the mail about it.
async fn announced(app: &TestApp, person: &Person) -> Mail {
    app.relay.forget();
    app.publish(&a_call()).await;
    app.relay.only_mail_to(&person.email)
}

async fn mailbox_of(app: &TestApp, person: &Person) -> Target {
    let mut transaction = app.database.read().await.unwrap();
    targets::find_mailbox(&mut transaction, &person.address())
        .await
        .unwrap()
        .expect("a mailbox")
}

async fn reason_of(app: &TestApp, subscriber: SubscriberId) -> Option<SuppressionReason> {
    failing_mailbox(app, subscriber).await.unwrap().map(|it| it.reason)
}

#[test]
fn reports_of_every_mail_system_are_understood() {
    let hard = |status: &str| (Judgement::Hard, status.to_owned());
    let soft = |status: &str| (Judgement::Soft, status.to_owned());
    for (name, expected) in [
        ("postfix_unknown_user", hard("5.1.1")),
        ("postfix_headers_only", hard("5.1.1")),
        ("message_headers_only", hard("5.1.1")),
        ("stop_link_only", hard("5.1.1")),
        ("exim_unknown_user", hard("5.0.0")),
        ("exchange_not_found", hard("5.1.10")),
        ("exchange_access_denied", hard("5.4.1")),
        ("gmail_not_found", hard("5.1.1")),
        ("qmail_unknown_user", hard("5.1.1")),
        ("postfix_mailbox_full", soft("5.2.2")),
        ("postfix_gave_up", soft("4.4.1")),
        ("exim_policy", soft("5.0.0")),
        ("gmail_over_quota", soft("4.2.2")),
    ] {
        for line_end in ["\n", "\r\n"] {
            let text = String::from_utf8(report(name, "CODE", "https://stop.example/CODE")).unwrap();
            let read = returned::read(text.replace('\n', line_end).as_bytes()).expect(name);
            let (judgement, status) = expected.clone();
            assert_eq!(read.says, Says::Bounced { judgement, status }, "{name}");
            assert!(
                read.traces.iter().any(|it| it.contains("CODE")),
                "{name}: {:?}",
                read.traces
            );
        }
    }
    for name in [
        "postfix_delayed",
        "relayed",
        "passed_on",
        "vacation",
        "complaint_not_spam",
        "signature_report",
    ] {
        assert_eq!(
            returned::read(&report(name, "C", "S")).expect(name).says,
            Says::Nothing,
            "{name}"
        );
    }
    assert_eq!(
        returned::read(&report("complaint", "C", "S")).unwrap().says,
        Says::Complained
    );
    assert!(returned::read(b"").is_none());
    assert!(returned::read(&[0xff; 200]).is_none());
}

/// The program with a place for bounces.
async fn with_bounces(app: &TestApp) -> App {
    app.another_process(|config| {
        config.bounce_address = Some("rimbalzi@ente.example".to_owned());
        config.bounce_maildir = Some(maildir(app));
    })
    .await
}

fn maildir(app: &TestApp) -> PathBuf {
    app.folder().join("bounces")
}

async fn every_mail_has_a_return_path_of_its_own(app: &TestApp) {
    let (one, other) = (a_citizen(), an_operator());
    app.subscribe(&one).await;
    app.subscribe(&other).await;
    let bouncing = with_bounces(app).await;
    let id = app.draft(&a_call()).await;
    publish_opportunity(app, app.editor, id).await.unwrap();
    fan_out(app).await.unwrap();
    dispatch_outbox(&bouncing).await.unwrap();
    let mut codes = Vec::new();
    for person in [&one, &other] {
        let mail = app.relay.only_mail_to(&person.email);
        let code = mail.sender.strip_prefix("rimbalzi+").unwrap();
        let code = code.strip_suffix("@ente.example").unwrap().to_owned();
        assert_eq!(code.len(), LENGTH);
        assert_eq!(code, code_of(&mail), "the Message-ID carries it too");
        let named = ReturnCode::open(&app.unsubscribe_key, &code).unwrap();
        assert_eq!(named.target, mailbox_of(app, person).await.id);
        codes.push(code);
    }
    assert_ne!(codes[0], codes[1]);
    bouncing.database.close().await;
}

async fn without_a_bounce_address_the_return_path_is_the_sender(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    assert_eq!(announced(app, &person).await.sender, "avvisi@informa.example.org");
}

async fn a_report_of_a_missing_mailbox_stops_it_at_once(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    let told = told_by(app, &report_about("postfix_unknown_user", &mail)).await;
    assert_eq!(told, Some(Told::HardBounce));
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Gone);
    assert_eq!(reason_of(app, subscriber).await, Some(SuppressionReason::HardBounce));
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1, "nothing more is sent");
    let list = rows::integers(
        &app.database,
        "select count(*), sum(case when address_hash like '%maria%' then 1 else 0 end) from suppressions",
    );
    assert_eq!(list.await, [[1, 0]], "only a hash is kept");
}

async fn a_report_is_understood_by_whatever_code_it_quotes(app: &TestApp) {
    for (number, name) in [
        "postfix_headers_only",
        "message_headers_only",
        "stop_link_only",
        "qmail_unknown_user",
        "exim_unknown_user",
        "exchange_not_found",
        "exchange_access_denied",
        "gmail_not_found",
    ]
    .iter()
    .enumerate()
    {
        let person = a_citizen().called(&format!("persona-{number}@example.org"));
        app.subscribe(&person).await;
        let mail = announced(app, &person).await;
        assert_eq!(
            told_by(app, &report_about(name, &mail)).await,
            Some(Told::HardBounce),
            "{name}"
        );
        assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Gone, "{name}");
    }
}

async fn a_code_in_the_wrong_case_is_understood(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    let shouted = report(
        "postfix_unknown_user",
        &code_of(&mail).to_uppercase(),
        "https://example.org/",
    );
    assert_eq!(told_by(app, &shouted).await, Some(Told::HardBounce));
}

async fn three_failures_in_seven_days_stop_a_mailbox(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    for (days, name) in [
        (0, "postfix_mailbox_full"),
        (5, "gmail_over_quota"),
        (3, "exim_policy"),
        (1, "postfix_gave_up"),
    ] {
        app.advance(TimeDelta::days(days));
        assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Active, "{name}");
        let mail = announced(app, &person).await;
        assert_eq!(told_by(app, &report_about(name, &mail)).await, Some(Told::SoftBounce));
    }
    assert_eq!(
        mailbox_of(app, &person).await.status,
        TargetStatus::Gone,
        "the first was nine days ago"
    );
    assert_eq!(reason_of(app, subscriber).await, Some(SuppressionReason::SoftBounces));
}

async fn the_same_report_twice_counts_once(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    for _ in 0..4 {
        told_by(app, &report_about("postfix_mailbox_full", &mail)).await;
    }
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Active);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from strikes").await,
        [[1]]
    );
}

async fn what_is_no_failure_changes_nothing(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    for name in [
        "postfix_delayed",
        "relayed",
        "passed_on",
        "vacation",
        "complaint_not_spam",
        "signature_report",
    ] {
        assert_eq!(
            told_by(app, &report_about(name, &mail)).await,
            Some(Told::Nothing),
            "{name}"
        );
    }
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Active);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from strikes").await,
        [[0]]
    );
}

async fn a_report_without_a_code_of_ours_changes_nothing(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    let code = code_of(&mail);
    let changed = format!("{}{}", if code.starts_with('a') { "b" } else { "a" }, &code[1..]);
    let stop = "https://informa.example.org/disiscriviti/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for code in ["", "rimbalzi", changed.as_str(), &"a".repeat(LENGTH)] {
        for name in [
            "postfix_unknown_user",
            "stop_link_only",
            "complaint",
            "qmail_unknown_user",
        ] {
            assert_eq!(
                told_by(app, &report(name, code, stop)).await,
                Some(Told::Nothing),
                "{name} {code}"
            );
        }
    }
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Active);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from suppressions").await,
        [[0]]
    );
}

async fn a_complaint_ends_the_mail_and_withdraws_the_consent(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    for _ in 0..2 {
        assert_eq!(
            told_by(app, &report_about("complaint", &mail)).await,
            Some(Told::Complaint)
        );
    }
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Stopped);
    let mut transaction = app.database.read().await.unwrap();
    let standing = subscribers::find(&mut transaction, subscriber).await.unwrap().unwrap();
    assert_eq!(standing.status, SubscriberStatus::Left);
    let ledger = consents::list(&mut transaction, subscriber).await.unwrap();
    let withdrawn: Vec<&str> = ledger
        .iter()
        .filter(|(_, action, ..)| action == "withdrawn")
        .map(|(_, _, _, source, _)| source.as_str())
        .collect();
    assert_eq!(withdrawn, ["complaint about a mail"], "once, however often they say so");
    drop(transaction);
    app.relay.forget();
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
}

async fn a_complaint_leaves_the_browser_alone(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    let mail = announced(app, &person).await;
    told_by(app, &report_about("complaint", &mail)).await;
    app.publish(&a_call()).await;
    assert_eq!(app.relay.mails_to(&person.email).len(), 1);
    assert_eq!(app.push_service.messages_to(&browser).len(), 2);
    assert_eq!(reason_of(app, subscriber).await, Some(SuppressionReason::Complaint));
}

async fn a_refusal_at_once_puts_the_address_on_the_list(app: &TestApp) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    app.relay.refuse(&person.email, Stage::Recipient, "550 5.1.1 unknown");
    app.publish(&a_call()).await;
    assert_eq!(reason_of(app, subscriber).await, Some(SuppressionReason::HardBounce));
}

/// A person whose address is on the list.
async fn somebody_suppressed(app: &TestApp) -> (Person, SubscriberId) {
    let person = a_citizen();
    let subscriber = app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    told_by(app, &report_about("postfix_unknown_user", &mail)).await;
    app.relay.forget();
    (person, subscriber)
}

async fn an_address_on_the_list_is_not_imported(app: &TestApp) {
    let (person, _) = somebody_suppressed(app).await;
    // The list knows the address even when nothing else does any more.
    rows::execute(
        &app.database,
        "update targets set email = 'altro@example.org', status = 2",
    )
    .await;
    let line = serde_json::json!({
        "email": person.email, "kind": "citizen", "topics": ["environment"],
        "consent": {"at": "2026-06-01T10:00:00Z", "source": "modulo", "text": CONSENT},
    });
    let report = import_subscribers(app, std::iter::once(Ok(line.to_string())), || {})
        .await
        .unwrap();
    let problem = "has an address on the suppression list (hard_bounce)".to_owned();
    assert_eq!((report.added, report.bad_lines), (0, vec![(1, problem)]));
}

async fn an_address_on_the_list_is_sent_nothing_but_a_confirmation(app: &TestApp) {
    let (person, subscriber) = somebody_suppressed(app).await;
    // Whatever made it active again: the list is asked when sending too.
    rows::execute(&app.database, "update targets set status = 1").await;
    app.publish(&a_call()).await;
    assert!(app.relay.mails().is_empty());
    for (hours, confirmations) in [(25, 1), (2, 1), (20, 1), (3, 2)] {
        app.advance(TimeDelta::hours(hours));
        add_own_mailbox(app, subscriber, &person.address()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(app.relay.mails_to(&person.email).len(), confirmations, "one a day");
    }
}

async fn who_confirms_anew_is_off_the_list(app: &TestApp) {
    let (person, _) = somebody_suppressed(app).await;
    app.advance(TimeDelta::days(2));
    ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
        .await
        .unwrap();
    app.run_jobs().await;
    let code = app.relay.only_mail_to(&person.email).code_after("/conferma/");
    let subscriber = confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(reason_of(app, subscriber).await, None);
    announced(app, &person).await;
    assert_eq!(
        rows::integers(&app.database, "select count(*) from suppressions").await,
        [[0]]
    );
}

async fn the_private_pages_say_that_mail_fails_and_why(app: &TestApp) {
    let person = a_citizen();
    let mut reader = Reader::of_person(app, &person).await;
    assert_eq!(reader.open("/preferenze").await.words("#failing"), "");
    let mail = announced(app, &person).await;
    told_by(app, &report_about("postfix_unknown_user", &mail)).await;
    for path in ["/preferenze", "/avvisi"] {
        let page = reader.open(path).await;
        assert_eq!(page.words("#failing"), "Le nostre e-mail non ti arrivano", "{path}");
        let why = page.words("section[aria-labelledby=failing] p");
        assert!(why.contains("maria@example.org") && why.contains("non esiste"), "{why}");
    }
    // Another address takes its place once it is confirmed.
    app.relay.forget();
    let answer = reader
        .send("/preferenze/email", &[("email", "nuova@example.org")])
        .await;
    assert_eq!(answer.location(), "/preferenze?done=mailbox");
    app.run_jobs().await;
    assert_ne!(reader.open("/preferenze").await.words("#failing"), "", "not yet");
    let code = app.relay.only_mail_to("nuova@example.org").code_after("/conferma/");
    confirm_subscription(app, &code, &consent(app.now())).await.unwrap();
    assert_eq!(reader.open("/preferenze").await.words("#failing"), "");
    announced(app, &person.called("nuova@example.org")).await;
}

fn put(app: &TestApp, name: &str, content: &[u8]) {
    let new = maildir(app).join("new");
    fs::create_dir_all(&new).unwrap();
    fs::write(new.join(name), content).unwrap();
}

fn names(app: &TestApp, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(maildir(app).join(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn the_job_reads_a_maildir_and_marks_what_it_read(app: &TestApp) {
    let person = a_citizen();
    app.subscribe(&person).await;
    let mail = announced(app, &person).await;
    let bouncing = with_bounces(app).await;
    put(app, "1782900000.V1.host", &report_about("vacation", &mail));
    put(app, "1782900001.V2.host", &report_about("postfix_unknown_user", &mail));
    put(app, "1782900002.V3.host", b"\xff\x00 no mail at all");
    put(app, "1782900003.V4.host", &vec![b'x'; 2 * returned::LONGEST_MAIL]);
    assert_eq!(check_mailbox(&bouncing).await.unwrap(), 4);
    let expected = Returned {
        read: 4,
        acted_on: 1,
        unreadable: 2,
    };
    assert_eq!(read_bounces(&bouncing).await.unwrap(), expected);
    assert_eq!(mailbox_of(app, &person).await.status, TargetStatus::Gone);
    assert_eq!(names(app, "new"), Vec::<String>::new());
    assert_eq!(
        names(app, "cur"),
        [
            "1782900000.V1.host:2,S",
            "1782900001.V2.host:2,S",
            "1782900002.V3.host:2,FS",
            "1782900003.V4.host:2,FS"
        ]
    );
    assert_eq!(read_bounces(&bouncing).await.unwrap(), Returned::default(), "each once");
    // A program that was killed before it marked a mail reads it again.
    put(app, "1782900001.V2.host", &report_about("postfix_unknown_user", &mail));
    assert_eq!(read_bounces(&bouncing).await.unwrap().acted_on, 1);
    assert_eq!(
        rows::integers(&app.database, "select count(*) from suppressions").await,
        [[1]]
    );
    bouncing.database.close().await;
}

async fn a_maildir_that_is_not_there_is_said(app: &TestApp) {
    let bouncing = with_bounces(app).await;
    let words = read_bounces(&bouncing).await.unwrap_err().to_string();
    assert!(words.contains("INFORMA_BOUNCE_MAILDIR"), "{words}");
    assert_eq!(
        read_bounces(app).await.unwrap(),
        Returned::default(),
        "nothing set, nothing read"
    );
    bouncing.database.close().await;
}

async fn what_comes_back_from_an_old_address_says_nothing_of_the_new(app: &TestApp) {
    use informa::services::move_mailbox::{agree_to_move, ask_to_move};

    let (person, moved) = (a_citizen(), a_citizen().called("maria.nuova@example.org"));
    let subscriber = app.subscribe(&person).await;
    let before = announced(app, &person).await;
    app.advance(TimeDelta::hours(1));
    ask_to_move(app, subscriber, &moved.address()).await.unwrap();
    app.run_jobs().await;
    for email in [&person.email, &moved.email] {
        let mail = app.relay.mails_to(email).pop().unwrap();
        agree_to_move(app, &mail.code_after("/sposta/"), None).await.unwrap();
    }
    for (name, mail) in [("postfix_unknown_user", &before), ("stop_link_only", &before)] {
        told_by(app, &report_about(name, mail)).await;
        assert_eq!(reason_of(app, subscriber).await, None, "{name}");
    }
    app.advance(TimeDelta::hours(1));
    app.relay.forget();
    let after = announced(app, &moved).await;
    told_by(app, &report_about("postfix_unknown_user", &after)).await;
    assert_eq!(reason_of(app, subscriber).await, Some(SuppressionReason::HardBounce));
}
