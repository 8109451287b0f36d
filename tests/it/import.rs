// SPDX-License-Identifier: EUPL-1.2
//! Importing opportunities: what a file says is kept, once, and nothing of it is lost or told by accident.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use chrono::TimeDelta;
use informa::domain::ids::OpportunityId;
use informa::domain::opportunity::{Opportunity, OpportunityKind, Status};
use informa::services::import_opportunities::{Options, Report, import_opportunities};
use informa::services::read_inbox::read_inbox;
use informa::services::show_opportunity::{list_opportunities, show_opportunity};
use informa::services::subscribe_browser::add_browser;
use informa::storage::{opportunities, revisions};
use serde_json::{Value, json};

use crate::support::app::{TestApp, run_at};
use crate::support::builders::{a_citizen, an_authority, an_operator, at};
use crate::support::database::Engine;
use crate::support::on_both_engines;
use crate::support::real_data::real_data;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    a_line_becomes_a_draft_and_nobody_is_told,
    a_published_line_is_in_the_inboxes_and_nobody_is_told,
    a_line_to_be_told_is_told,
    what_is_past_its_deadline_is_closed_and_nobody_is_told,
    the_same_file_again_changes_nothing,
    a_draft_of_an_earlier_import_can_be_published_by_a_later_one,
    a_changed_line_becomes_a_revision,
    a_revision_tells_only_those_it_newly_concerns,
    a_revision_is_not_told_again_in_a_browser_that_was_added_since,
    a_revision_tells_nobody_unless_asked,
    a_new_deadline_opens_what_was_closed,
    a_deadline_that_cannot_be_read_opens_nothing,
    a_line_twice_in_a_file_is_one_opportunity,
    the_same_key_from_two_sources_is_two_opportunities,
    a_source_can_be_named_for_the_whole_file,
    bad_lines_are_reported_by_number_and_the_rest_goes_on,
    a_line_that_is_no_text_is_reported,
    a_file_that_ends_in_the_middle_keeps_its_whole_lines,
    a_date_in_words_is_kept_and_waits_for_a_person,
    closing_before_opening_waits_for_a_person,
    a_time_that_cannot_be_read_means_the_whole_day,
    a_placeholder_is_no_deadline,
    words_are_mapped_and_those_that_are_not_known_are_counted,
    a_place_of_another_region_is_not_mistaken_for_one_of_the_same_name,
    all_is_the_absence_of_a_criterion,
    markup_is_text,
    an_address_that_is_no_page_is_left_out,
    amounts_are_kept_to_the_cent,
}

/// A line that is complete and concerns everybody in Lombardy who follows energy.
fn a_line() -> Value {
    json!({
        "source": "register", "source_id": "1", "kind": "call",
        "title": "Contributi per il fotovoltaico", "summary": "In breve.", "body": "Per esteso.",
        "publisher": "Regione Lombardia", "opens": "2026-07-01", "closes": "2026-09-30",
        "amount": {"currency": "EUR", "total": 1_200_000.0, "min": null, "max": null},
        "beneficiaries": [], "territory": {"level": "regional", "regions": ["Lombardia"], "comuni": [], "istat": []},
        "topics": ["Transizione ecologica"], "sectors": [], "url": "https://www.example.org/1",
    })
}

/// The same line with other values of some fields.
fn a_line_with(fields: Value) -> Value {
    let (Value::Object(mut line), Value::Object(fields)) = (a_line(), fields) else {
        panic!("a line and its fields are objects");
    };
    line.extend(fields);
    Value::Object(line)
}

fn file(lines: &[Value]) -> String {
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n"
}

const KEEP: Options<'static> = Options {
    source: None,
    publish: false,
    notify: false,
};
const PUBLISH: Options<'static> = Options { publish: true, ..KEEP };
const TELL: Options<'static> = Options {
    notify: true,
    ..PUBLISH
};

async fn import_text(app: &TestApp, text: impl AsRef<[u8]>, options: Options<'_>) -> Report {
    let report = import_opportunities(app, text.as_ref().lines(), options, || {})
        .await
        .unwrap();
    app.run_jobs().await;
    report
}

async fn import(app: &TestApp, lines: &[Value], options: Options<'_>) -> Report {
    import_text(app, file(lines), options).await
}

async fn all(app: &TestApp) -> Vec<Opportunity> {
    let lines = list_opportunities(app, OpportunityId(0), 10_000).await.unwrap();
    let ids: Vec<OpportunityId> = lines.iter().map(|line| line.id).collect();
    let mut transaction = app.database.read().await.unwrap();
    opportunities::find_many(&mut transaction, &ids).await.unwrap()
}

async fn only(app: &TestApp) -> Opportunity {
    let mut all = all(app).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The criteria of the only opportunity as codes, those that are stated.
async fn criteria(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let shown = serde_json::to_value(show_opportunity(app, only(app).await.id).await.unwrap()).unwrap();
    let criteria: BTreeMap<String, Vec<String>> = serde_json::from_value(shown["criteria"].clone()).unwrap();
    criteria.into_iter().filter(|(_, codes)| !codes.is_empty()).collect()
}

fn subjects(app: &TestApp) -> Vec<String> {
    app.relay.mails().iter().map(Mail::subject).collect()
}

async fn a_line_becomes_a_draft_and_nobody_is_told(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let report = import(app, &[a_line()], KEEP).await;
    assert_eq!((report.lines, report.added, report.published), (1, 1, 0));
    let kept = only(app).await;
    assert_eq!((kept.status, kept.content.kind), (Status::Draft, OpportunityKind::Call));
    assert_eq!(kept.content.title, "Contributi per il fotovoltaico");
    assert_eq!(
        (kept.content.summary.as_str(), kept.content.body.as_str()),
        ("In breve.", "Per esteso.")
    );
    assert_eq!(kept.content.opens_at, Some(at("2026-07-01T00:00:00")));
    assert_eq!(kept.content.closes_at, Some(at("2026-09-30T23:59:00")));
    assert!(read_inbox(app, subscriber, 10, 0).await.unwrap().is_empty());
    assert!(subjects(app).is_empty());
}

async fn a_published_line_is_in_the_inboxes_and_nobody_is_told(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    let (_, browser) = app.subscribe_browser(&an_operator().by(&["web_push"])).await;
    let report = import(app, &[a_line()], PUBLISH).await;
    assert_eq!((report.added, report.published), (1, 1));
    assert_eq!(only(app).await.status, Status::Published);
    assert_eq!(read_inbox(app, subscriber, 10, 0).await.unwrap().len(), 1);
    assert!(subjects(app).is_empty());
    assert_eq!(app.push_service.attempts_to(&browser), 0);
}

async fn a_line_to_be_told_is_told(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    import(app, &[a_line()], TELL).await;
    assert_eq!(subjects(app), ["Bando: Contributi per il fotovoltaico"]);
    let told = app.relay.mails()[0].text();
    assert!(
        told.contains("1.200.000 €") && told.contains("Regione Lombardia"),
        "{told}"
    );
}

async fn what_is_past_its_deadline_is_closed_and_nobody_is_told(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let past = a_line_with(json!({"opens": "2026-01-01", "closes": "2026-06-30"}));
    let report = import(app, &[past], TELL).await;
    assert_eq!((report.published, report.closed), (0, 1));
    assert_eq!(only(app).await.status, Status::Closed);
    assert!(subjects(app).is_empty());
}

async fn the_same_file_again_changes_nothing(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let lines = [a_line(), a_line_with(json!({"source_id": "2", "title": "Un altro"}))];
    import(app, &lines, TELL).await;
    let before = all(app).await;
    app.advance(TimeDelta::days(1));
    let report = import(app, &lines, TELL).await;
    assert_eq!(
        (report.lines, report.added, report.changed, report.unchanged),
        (2, 0, 0, 2)
    );
    assert_eq!(all(app).await, before);
    assert_eq!(subjects(app).len(), 2);
}

async fn a_draft_of_an_earlier_import_can_be_published_by_a_later_one(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    import(app, &[a_line()], KEEP).await;
    let report = import(app, &[a_line()], TELL).await;
    assert_eq!((report.added, report.unchanged, report.published), (0, 1, 1));
    assert_eq!(subjects(app).len(), 1);
}

async fn a_changed_line_becomes_a_revision(app: &TestApp) {
    import(app, &[a_line()], PUBLISH).await;
    app.advance(TimeDelta::days(1));
    let report = import(app, &[a_line_with(json!({"closes": "2026-10-31"}))], PUBLISH).await;
    assert_eq!((report.added, report.changed), (0, 1));
    let kept = only(app).await;
    assert_eq!((kept.revision, kept.status), (2, Status::Published));
    let mut transaction = app.database.read().await.unwrap();
    let saved = revisions::list(&mut transaction, kept.id).await.unwrap();
    let deadlines: Vec<_> = saved
        .iter()
        .map(|(number, _, content)| (*number, content.closes_at.unwrap()))
        .collect();
    assert_eq!(
        deadlines,
        [(1, at("2026-09-30T23:59:00")), (2, at("2026-10-31T23:59:00"))]
    );
}

async fn a_revision_tells_only_those_it_newly_concerns(app: &TestApp) {
    let (citizen, business, body) = (a_citizen(), an_operator(), an_authority().following(&["social"]));
    for person in [&citizen, &business, &body] {
        app.subscribe(person).await;
    }
    import(app, &[a_line_with(json!({"beneficiaries": ["Cittadino"]}))], TELL).await;
    assert_eq!(subjects(app).len(), 1);
    app.advance(TimeDelta::days(1));
    let wider = a_line_with(json!({"beneficiaries": ["Cittadino", "Impresa"], "title": "Contributi per tutti"}));
    import(app, &[wider], TELL).await;
    app.relay.only_mail_to(&citizen.email);
    assert_eq!(
        app.relay.only_mail_to(&business.email).subject(),
        "Bando: Contributi per tutti"
    );
    assert!(app.relay.mails_to(&body.email).is_empty());
}

async fn a_revision_is_not_told_again_in_a_browser_that_was_added_since(app: &TestApp) {
    let person = a_citizen().by(&["web_push", "email"]);
    let subscriber = app.subscribe(&person).await;
    import(app, &[a_line()], TELL).await;
    app.relay.only_mail_to(&person.email);
    let browser = app.push_service.browser();
    add_browser(app, subscriber, &browser.subscription()).await.unwrap();
    app.advance(TimeDelta::days(1));
    import(app, &[a_line_with(json!({"summary": "Detto meglio."}))], TELL).await;
    app.relay.only_mail_to(&person.email);
    assert_eq!(app.push_service.attempts_to(&browser), 0, "they were told before");
}

async fn a_revision_tells_nobody_unless_asked(app: &TestApp) {
    let (citizen, business) = (a_citizen(), an_operator());
    app.subscribe(&citizen).await;
    let reader = app.subscribe(&business).await;
    import(app, &[a_line_with(json!({"beneficiaries": ["Cittadino"]}))], TELL).await;
    import(
        app,
        &[a_line_with(json!({"beneficiaries": ["Cittadino", "Impresa"]}))],
        PUBLISH,
    )
    .await;
    assert!(
        app.relay.mails_to(&business.email).is_empty(),
        "nobody asked for it to be told"
    );
    assert_eq!(read_inbox(app, reader, 10, 0).await.unwrap().len(), 1);
}

async fn a_new_deadline_opens_what_was_closed(app: &TestApp) {
    let subscriber = app.subscribe(&a_citizen()).await;
    import(
        app,
        &[a_line_with(json!({"opens": "2026-01-01", "closes": "2026-06-30"}))],
        PUBLISH,
    )
    .await;
    assert!(read_inbox(app, subscriber, 10, 0).await.unwrap().is_empty());
    import(
        app,
        &[a_line_with(json!({"opens": "2026-01-01", "closes": "2026-07-31"}))],
        PUBLISH,
    )
    .await;
    assert_eq!(only(app).await.status, Status::Published);
    assert_eq!(read_inbox(app, subscriber, 10, 0).await.unwrap().len(), 1);
}

async fn a_deadline_that_cannot_be_read_opens_nothing(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    import(
        app,
        &[a_line_with(json!({"opens": "2026-01-01", "closes": "2026-06-30"}))],
        TELL,
    )
    .await;
    assert_eq!(only(app).await.status, Status::Closed);
    let report = import(
        app,
        &[a_line_with(json!({"opens": "2026-01-01", "closes": "giugno 2026"}))],
        TELL,
    )
    .await;
    assert_eq!(only(app).await.status, Status::Closed);
    let remarks: Vec<&str> = report.remarks.iter().map(|(_, remark)| remark.as_str()).collect();
    assert!(
        remarks.iter().any(|remark| remark.contains("giugno 2026")),
        "a person is told: {remarks:?}"
    );
}

async fn a_line_twice_in_a_file_is_one_opportunity(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let second = a_line_with(json!({"title": "Titolo corretto"}));
    let report = import(app, &[a_line(), a_line(), second], TELL).await;
    assert_eq!(
        (report.lines, report.added, report.unchanged, report.changed),
        (3, 1, 1, 1)
    );
    assert_eq!(only(app).await.content.title, "Titolo corretto");
    assert_eq!(subjects(app), ["Bando: Titolo corretto"]);
}

async fn the_same_key_from_two_sources_is_two_opportunities(app: &TestApp) {
    let report = import(app, &[a_line(), a_line_with(json!({"source": "feed"}))], KEEP).await;
    assert_eq!(report.added, 2);
    assert_eq!(all(app).await.len(), 2);
}

async fn a_source_can_be_named_for_the_whole_file(app: &TestApp) {
    let named = Options {
        source: Some("prova"),
        ..KEEP
    };
    import(
        app,
        &[a_line(), a_line_with(json!({"source_id": "2", "source": "feed"}))],
        named,
    )
    .await;
    let lines = list_opportunities(app, OpportunityId(0), 10).await.unwrap();
    let sources: Vec<_> = lines
        .iter()
        .map(|line| (line.source.as_deref(), line.source_id.as_deref()))
        .collect();
    assert_eq!(sources, [(Some("prova"), Some("1")), (Some("prova"), Some("2"))]);
}

async fn bad_lines_are_reported_by_number_and_the_rest_goes_on(app: &TestApp) {
    let good = |number: i64| a_line_with(json!({"source_id": number.to_string()})).to_string();
    let lines = [
        good(1),
        "{\"source\": \"register\", \"title\": }".to_owned(),
        String::new(),
        "[1, 2, 3]".to_owned(),
        good(5),
        "non è JSON".to_owned(),
        a_line_with(json!({"title": " \t "})).to_string(),
        a_line_with(json!({"kind": "poesia"})).to_string(),
        a_line_with(json!({"source_id": ""})).to_string(),
        json!({"source": "register", "source_id": "x", "kind": "call"}).to_string(),
        a_line_with(json!({"beneficiaries": "Impresa"})).to_string(),
        format!("\u{feff}{}", good(12)),
    ];
    let report = import_text(app, lines.join("\n"), KEEP).await;
    let numbers: Vec<u64> = report.bad_lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 4, 6, 7, 8, 9, 10, 11], "{:?}", report.bad_lines);
    assert_eq!((report.lines, report.added), (11, 3));
    let reason = |number| {
        report
            .bad_lines
            .iter()
            .find(|(it, _)| *it == number)
            .unwrap()
            .1
            .as_str()
    };
    assert!(reason(7).contains("no title"), "{}", reason(7));
    assert!(
        reason(8).contains("poesia") && reason(8).contains("kinds.csv"),
        "{}",
        reason(8)
    );
    assert!(reason(9).contains("source_id"), "{}", reason(9));
    assert!(reason(10).contains("title"), "{}", reason(10));
    assert_eq!(all(app).await.len(), 3);
}

async fn a_line_that_is_no_text_is_reported(app: &TestApp) {
    let mut bytes = file(&[a_line()]).into_bytes();
    bytes.extend(b"\xff\xfe{}\n");
    bytes.extend(file(&[a_line_with(json!({"source_id": "3"}))]).into_bytes());
    let report = import_text(app, bytes, KEEP).await;
    assert_eq!((report.lines, report.added, report.bad_lines.len()), (3, 2, 1));
    assert_eq!(report.bad_lines[0].0, 2);
}

async fn a_file_that_ends_in_the_middle_keeps_its_whole_lines(app: &TestApp) {
    let whole = file(&[a_line(), a_line_with(json!({"source_id": "2"}))]);
    let report = import_text(app, &whole[..whole.len() - 40], KEEP).await;
    assert_eq!((report.lines, report.added), (2, 1));
    assert_eq!(
        report.bad_lines,
        [(2, "ends in the middle: is the file complete?".to_owned())]
    );
}

async fn a_date_in_words_is_kept_and_waits_for_a_person(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let report = import(app, &[a_line_with(json!({"closes": "aprile 2024"}))], TELL).await;
    assert_eq!((report.added, report.published, report.kept_as_drafts), (1, 0, 1));
    assert_eq!(report.remarks.len(), 1);
    let (number, remark) = &report.remarks[0];
    assert!(
        *number == 1 && remark.contains("closes") && remark.contains("aprile 2024"),
        "{remark}"
    );
    let kept = only(app).await;
    assert_eq!((kept.status, kept.content.closes_at), (Status::Draft, None));
    assert!(
        kept.content.dates_note.contains("aprile 2024"),
        "{}",
        kept.content.dates_note
    );
    assert!(subjects(app).is_empty());
}

async fn closing_before_opening_waits_for_a_person(app: &TestApp) {
    let report = import(app, &[a_line_with(json!({"opens": "2026-10-01"}))], TELL).await;
    assert_eq!((report.published, report.kept_as_drafts), (0, 1));
    assert!(
        report.remarks[0].1.contains("closes before it opens"),
        "{:?}",
        report.remarks
    );
    assert_eq!(only(app).await.status, Status::Draft);
}

async fn a_time_that_cannot_be_read_means_the_whole_day(app: &TestApp) {
    let lines = [
        a_line_with(json!({"source_id": "1", "start_time": "09:30", "end_time": "18:00"})),
        a_line_with(json!({"source_id": "2", "start_time": "mattina", "end_time": "25:00"})),
    ];
    let report = import(app, &lines, KEEP).await;
    let all = all(app).await;
    assert_eq!(all[0].content.opens_at, Some(at("2026-07-01T09:30:00")));
    assert_eq!(all[0].content.closes_at, Some(at("2026-09-30T18:00:00")));
    assert_eq!(all[1].content.opens_at, Some(at("2026-07-01T00:00:00")));
    assert_eq!(all[1].content.closes_at, Some(at("2026-09-30T23:59:00")));
    assert_eq!(
        report.remarks.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [2, 2]
    );
}

async fn a_placeholder_is_no_deadline(app: &TestApp) {
    for closes in ["2050-12-31", "2099-12-31"] {
        import(app, &[a_line_with(json!({"closes": closes}))], PUBLISH).await;
        let kept = only(app).await;
        assert_eq!(
            (kept.content.closes_at, kept.status),
            (None, Status::Published),
            "{closes}"
        );
    }
}

async fn words_are_mapped_and_those_that_are_not_known_are_counted(app: &TestApp) {
    let line = |id: &str| {
        a_line_with(json!({
            "source_id": id, "beneficiaries": ["  impresa\u{a0}", "Marziani", "Comuni"],
            "topics": ["Digitalizzazione", "Felicità"], "sectors": ["Commercio", "Magia"],
            "company_sizes": ["Microimpresa", "Enorme"],
            "territory": {"level": "municipal", "regions": ["LOMBARDIA"], "comuni": ["Bergamo", "Atlantide"], "istat": ["016024", null]},
        }))
    };
    let report = import(app, &[line("1")], KEEP).await;
    let found = criteria(app).await;
    assert_eq!(found["audience"], ["authority", "operator"]);
    assert_eq!(found["topics"], ["innovation-digital-business"]);
    assert_eq!(found["sectors"], ["G"]);
    assert_eq!(found["company_sizes"], ["micro"]);
    assert_eq!(found["areas"], ["016024"]);
    assert!(found["organisation_types"].contains(&"municipality".to_owned()));
    assert!(!found["organisation_types"].contains(&"school".to_owned()));
    assert_eq!(report.unmapped.values().sum::<u64>(), 5);
    let twice = import(app, &[line("1"), line("2")], KEEP).await;
    let counted: Vec<(&str, u64)> = twice
        .unmapped
        .iter()
        .map(|((_, word), count)| (word.as_str(), *count))
        .collect();
    let expected = [
        ("Marziani", 2),
        ("Enorme", 2),
        ("Atlantide", 2),
        ("Magia", 2),
        ("Felicità", 2),
    ];
    assert_eq!(counted, expected);
}

async fn a_place_of_another_region_is_not_mistaken_for_one_of_the_same_name(app: &TestApp) {
    // There is a Castro in Lombardy and another in Apulia.
    let territory = json!({"level": "municipal", "regions": ["Lombardia"], "comuni": ["Castro"], "istat": [null]});
    import(app, &[a_line_with(json!({"territory": territory}))], KEEP).await;
    let vocabulary = app.vocabulary();
    let area = *only(app).await.content.criteria.areas.first().unwrap();
    let lombardy = vocabulary.areas.by_code("03").unwrap().id;
    assert_eq!(vocabulary.areas.get(area).unwrap().names.italian, "Castro");
    assert!(vocabulary.areas.covers(lombardy, area));
}

async fn all_is_the_absence_of_a_criterion(app: &TestApp) {
    let everything = json!({
        "beneficiaries": ["Ente Pubblico"], "sectors": ["tutti"], "ateco": ["*"],
        "company_sizes": ["Microimpresa", "Piccola Impresa", "Media Impresa", "Grande Impresa"],
        "territory": {"level": "national", "regions": [], "comuni": [], "istat": []},
    });
    import(app, &[a_line_with(everything)], KEEP).await;
    let stated: Vec<String> = criteria(app).await.into_keys().collect();
    assert_eq!(stated, ["areas", "audience", "topics"]);
}

async fn markup_is_text(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    let title = "Bando <script>alert(1)</script> & <b>altro</b>";
    import(
        app,
        &[a_line_with(
            json!({"title": format!("  {title}\n"), "summary": "<img src=x onerror=alert(1)>"}),
        )],
        TELL,
    )
    .await;
    assert_eq!(only(app).await.content.title, title);
    let html = app.relay.mails()[0].html();
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
}

async fn an_address_that_is_no_page_is_left_out(app: &TestApp) {
    let report = import(app, &[a_line_with(json!({"url": "javascript:alert(1)"}))], KEEP).await;
    assert_eq!(only(app).await.content.link, None);
    assert!(
        report.remarks[0].1.contains("no http or https address"),
        "{:?}",
        report.remarks
    );
}

async fn amounts_are_kept_to_the_cent(app: &TestApp) {
    import(
        app,
        &[a_line_with(
            json!({"amount": {"total": 1234.56, "min": 0.0, "max": 1e300}}),
        )],
        KEEP,
    )
    .await;
    let amount = only(app).await.content.amount;
    assert_eq!(
        (amount.total, amount.minimum, amount.maximum),
        (Some(123_456), None, None)
    );
}

async fn import_file(app: &TestApp, file: PathBuf) -> Report {
    let lines = BufReader::new(File::open(file).unwrap()).lines();
    import_opportunities(app, lines, PUBLISH, || {}).await.unwrap()
}

async fn how_many(app: &TestApp) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for opportunity in all(app).await {
        *counts.entry(opportunity.status.code()).or_default() += 1;
    }
    counts
}

/// Values that no table maps, by what they are of.
fn unmapped_facets(report: &Report) -> Vec<&'static str> {
    let mut facets: Vec<&str> = report.unmapped.keys().map(|(facet, _)| *facet).collect();
    facets.dedup();
    facets
}

async fn the_real_calls(engine: Engine) {
    let Some(folder) = real_data() else { return };
    run_at(engine, at("2026-07-01T00:00:00"), async |app| {
        let report = import_file(app, folder.join("calls.jsonl")).await;
        assert_eq!(
            (report.lines, report.added, report.bad_lines.len()),
            (1716, 1716, 0),
            "{:?}",
            report.bad_lines
        );
        let counts = how_many(app).await;
        assert_eq!(report.published + report.closed + report.kept_as_drafts, 1716);
        assert_eq!(
            counts,
            BTreeMap::from([("closed", 1315), ("published", 401)]),
            "{:?}",
            report.remarks
        );
        // What is left over is no region of Italy, and the codes of tenders.
        assert_eq!(
            unmapped_facets(&report),
            ["regions", "sectors"],
            "{:?}",
            report.unmapped
        );
        let known = |(facet, value): &(&str, String)| match *facet {
            "regions" => value == "Estero",
            _ => value.starts_with("CPV "),
        };
        assert!(report.unmapped.keys().all(known), "{:?}", report.unmapped);
        let again = import_file(app, folder.join("calls.jsonl")).await;
        assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 1716));
        assert_eq!(how_many(app).await, counts);
    })
    .await;
}

async fn the_real_events(engine: Engine) {
    let Some(folder) = real_data() else { return };
    run_at(engine, at("2024-04-15T00:00:00"), async |app| {
        let report = import_file(app, folder.join("events.jsonl")).await;
        assert_eq!(
            (report.lines, report.added, report.bad_lines.len()),
            (1000, 1000, 0),
            "{:?}",
            report.bad_lines
        );
        assert_eq!(
            how_many(app).await,
            BTreeMap::from([("closed", 145), ("published", 855)]),
            "{:?}",
            report.remarks
        );
        assert_eq!(unmapped_facets(&report), [""; 0], "{:?}", report.unmapped);
    })
    .await;
}

mod real_data_on_sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_calls_are_imported() {
        super::the_real_calls(super::Engine::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_events_are_imported() {
        super::the_real_events(super::Engine::Sqlite).await;
    }
}

mod real_data_on_postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_calls_are_imported() {
        super::the_real_calls(super::Engine::Postgres).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_events_are_imported() {
        super::the_real_events(super::Engine::Postgres).await;
    }
}
