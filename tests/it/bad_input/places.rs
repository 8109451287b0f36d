// SPDX-License-Identifier: EUPL-1.2
//! Places that people know by a name that is on no map any more: understood everywhere, and told what they are part of.

use axum::http::StatusCode;

use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::Reader;
use crate::support::rows;

on_both_engines! {
    a_municipality_that_was_merged_away_is_understood_and_explained,
    a_place_that_nobody_knows_is_asked_again_at_its_field,
}

const TOLD: &str = "Brembilla oggi fa parte di Val Brembilla (BG).";

async fn a_municipality_that_was_merged_away_is_understood_and_explained(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::new(app);
    let suggested = reader.open("/areas?q=brembill").await;
    assert!(
        suggested.text.contains("\"name\":\"Brembilla (BG)\""),
        "{}",
        suggested.text
    );
    assert!(
        suggested.text.contains("oggi fa parte di Val Brembilla (BG)"),
        "{}",
        suggested.text
    );
    let list = reader.open("/opportunita?area=BREMBILLA").await;
    assert!(
        list.words("[role=status]").ends_with(TOLD),
        "{}",
        list.words("[role=status]")
    );
    assert_eq!(
        list.texts("h2")
            .iter()
            .filter(|it| *it == "Contributi per il fotovoltaico")
            .count(),
        1
    );
    let unknown = reader.open("/opportunita?area=Bergamo").await;
    assert!(
        !unknown.text.contains("oggi fa parte"),
        "a municipality of today needs no telling"
    );

    let step = reader
        .open("/iscriviti/cosa?kind=citizen&topics=environment&place=+Brembilla+")
        .await;
    assert_eq!(step.words("[role=status]"), TOLD);
    assert_eq!(
        step.attributes("input[name=areas]", "value"),
        ["016253"],
        "the next page knows"
    );
    let plain = reader.open("/iscriviti/cosa?kind=citizen&place=Albino").await;
    assert!(
        !plain.text.contains("oggi fa parte"),
        "a municipality of today needs no telling"
    );
    let mut fields = vec![("kind", "citizen"), ("topics", "environment"), ("consent", "yes")];
    fields.extend([("email", "anna@example.org"), ("place", " Brembilla ")]);
    let answer = reader.send("/iscriviti/riepilogo", &fields).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "{}",
        answer.words(".alert-danger")
    );
    app.run_jobs().await;
    require_home(app, "anna@example.org").await;

    app.relay.forget();
    let mut maria = Reader::of_person(app, &a_citizen()).await;
    maria.open("/preferenze/profilo/citizen").await;
    let fields = [
        ("kind", "citizen"),
        ("topics", "environment"),
        ("place", "Brembilla (BG)"),
        ("way", "email"),
    ];
    let saved = maria.send("/preferenze/profilo/citizen", &fields).await;
    let told = maria.open(saved.location()).await;
    assert!(
        told.words("[role=status]").ends_with(TOLD),
        "{}",
        told.words("[role=status]")
    );
    require_home(app, "maria@example.org").await;
    let forged = maria.open("/preferenze?done=saved&place=%3Cb%3Ezq7x").await;
    assert!(!forged.text.contains("<b>zq7x"));
    assert!(
        !forged.words("[role=status]").contains("zq7x"),
        "only names that we know are told"
    );
}

/// The profile of whoever reads this mailbox is of Val Brembilla.
async fn require_home(app: &TestApp, email: &str) {
    let homes = format!(
        "select t.email, a.code from targets t join profiles p on p.subscriber_id = t.subscriber_id
         join profile_areas pa on pa.profile_id = p.id join areas a on a.id = pa.area_id where t.email = '{email}'"
    );
    let homes = rows::texts(&app.database, &homes).await;
    assert_eq!(homes, [(email.to_owned(), "016253".to_owned())]);
}

async fn a_place_that_nobody_knows_is_asked_again_at_its_field(app: &TestApp) {
    let mut reader = Reader::new(app);
    let answer = reader.open("/iscriviti/cosa?topics=environment&place=Brembillo").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let answer = reader.open(answer.location()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer.attributes("input[name=place]", "value"),
        ["Brembillo", ""],
        "what was typed is kept"
    );
    assert!(!answer.words("#place-1-error").is_empty());
}
