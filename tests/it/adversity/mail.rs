// SPDX-License-Identifier: EUPL-1.2
//! What a relay says of itself, of us and of others must cost no mailbox.

use chrono::TimeDelta;
use informa::domain::subscriber::TargetStatus;
use informa::services::read_bounces::act_on;

use crate::support::app::TestApp;
use crate::support::builders::{Person, a_call, a_citizen, an_operator};
use crate::support::on_both_engines;
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

use super::status_of;

on_both_engines! {
    a_relay_that_does_not_verify_our_sender_costs_nobody_their_mailbox,
    a_hard_bounce_after_the_content_is_one,
    a_barred_mail_is_tried_twelve_times,
    a_throttling_relay_costs_nobody_their_mailbox,
    a_block_list_costs_nobody_their_mailbox,
}

async fn a_relay_that_does_not_verify_our_sender_costs_nobody_their_mailbox(app: &TestApp) {
    app.leave_work();
    let people: Vec<Person> = (0..8)
        .map(|n| a_citizen().called(&format!("p{n}@example.org")))
        .collect();
    for person in &people {
        app.subscribe(person).await;
    }
    for person in &people {
        // What Exim's default `require verify = sender` answers to RCPT.
        app.relay.refuse(
            &person.email,
            Stage::Recipient,
            "550-Verification failed for <avvisi@informa.example.org>\r\n550-Unrouteable address\r\n550 Sender verify failed",
        );
    }
    app.publish(&a_call()).await;
    let mut gone = 0;
    for person in &people {
        gone += usize::from(status_of(app, person).await != TargetStatus::Active);
    }
    assert_eq!(gone, 0, "mailboxes on the suppression list of {}", people.len());
}

async fn a_hard_bounce_after_the_content_is_one(app: &TestApp) {
    app.leave_work();
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay
        .refuse(&person.email, Stage::Content, "550 5.1.1 user unknown");
    app.publish(&a_call()).await;
    app.publish(&a_call()).await;
    assert_eq!(status_of(app, &person).await, TargetStatus::Gone);
    assert_eq!(app.relay.attempts_to(&person.email), 2, "one confirmation, one refusal");
}

async fn a_barred_mail_is_tried_twelve_times(app: &TestApp) {
    app.leave_work();
    let person = a_citizen();
    app.subscribe(&person).await;
    app.relay.refuse(
        &person.email,
        Stage::Recipient,
        "550 5.7.1 blocked by the recipient's policy",
    );
    app.publish(&a_call()).await;
    for _ in 0..100 {
        app.advance(TimeDelta::minutes(5));
        app.run_jobs().await;
    }
    let strikes = rows::integers(&app.database, "select count(*) from strikes").await[0][0];
    let attempts = app.relay.attempts_to(&person.email) - 1;
    assert!(
        attempts <= 12,
        "{attempts} attempts in 8 hours, strikes {strikes}, {:?}",
        app.tally().await
    );
}

async fn a_throttling_relay_costs_nobody_their_mailbox(app: &TestApp) {
    app.leave_work();
    let (person, other) = (a_citizen(), an_operator());
    app.subscribe(&person).await;
    app.subscribe(&other).await;
    // The relay takes some of our mails and puts others off: it says so of itself, not of the mailbox.
    app.relay.refuse(
        &person.email,
        Stage::Content,
        "454 4.7.0 Throttling failure: Maximum sending rate exceeded",
    );
    for _ in 0..3 {
        app.publish(&a_call()).await;
        app.publish(&a_call()).await;
        rows::execute(
            &app.database,
            "update notifications set attempts = 11, not_before = 0 where state = 1",
        )
        .await;
        app.run_jobs().await;
        app.advance(TimeDelta::days(1));
    }
    assert_eq!(status_of(app, &person).await, TargetStatus::Active);
}

async fn a_block_list_costs_nobody_their_mailbox(app: &TestApp) {
    app.leave_work();
    let person = a_citizen();
    app.subscribe(&person).await;
    for number in 0..3 {
        app.relay.forget();
        app.publish(&a_call().titled(&format!("Bando {number}"))).await;
        let mail = app.relay.mails_to(&person.email).pop().expect("a mail");
        let id = mail.header("Message-ID").unwrap();
        let report = format!(
            "From: MAILER-DAEMON@relay.example\r\nDate: Wed, 1 Jul 2026 10:00:09 +0200\r\nTo: b@ente.example\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n\
             Final-Recipient: rfc822; maria@example.org\r\nAction: failed\r\nStatus: 5.7.1\r\n\
             Diagnostic-Code: smtp; 550 5.7.1 our systems block the sender's network [192.0.2.1]\r\n\r\n\
             --b\r\nContent-Type: message/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n\r\n--b--\r\n"
        );
        act_on(app, report.as_bytes()).await.unwrap();
        app.advance(TimeDelta::hours(4));
    }
    assert_eq!(status_of(app, &person).await, TargetStatus::Active);
}
