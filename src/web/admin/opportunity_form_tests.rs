// SPDX-License-Identifier: EUPL-1.2
//! The editor's form: what is understood, what is refused and where, and that nothing typed is lost.

use chrono_tz::Europe::Rome;

use super::*;
use crate::services::load_vocabularies::reference_vocabulary;

const ITALIAN: Texts = Texts::new(Language::Italian, Rome);

fn filled() -> OpportunityForm {
    let own = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect();
    OpportunityForm {
        kind: "call".to_owned(),
        title: "  Fondo per\tla montagna ".to_owned(),
        summary: "Risorse ai piccoli comuni.".to_owned(),
        body: "## Chi\r\n\r\nI comuni.".to_owned(),
        link: "https://www.example.org/fondo".to_owned(),
        amount_total: "1.200.000".to_owned(),
        amount_maximum: "25.000,50".to_owned(),
        opens_on: "2026-07-15".to_owned(),
        opens_at: "10:00".to_owned(),
        closes_on: "30/10/2026".to_owned(),
        topics: own(&["territory-small-towns"]),
        areas: own(&["03"]),
        more_areas: "Sondrio (provincia), Bormio".to_owned(),
        audience: own(&["authority"]),
        organisation_types: own(&["municipality"]),
        ..OpportunityForm::default()
    }
}

fn read(form: &OpportunityForm) -> Result<Content, Vec<FieldError>> {
    let mut form = form.clone();
    let vocabulary = reference_vocabulary().unwrap();
    form.add_areas(&vocabulary);
    form.read(ITALIAN, &vocabulary)
}

/// The fields that are wrong.
fn wrong(form: &OpportunityForm) -> Vec<String> {
    read(form)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|error| error.field)
        .collect()
}

#[test]
fn a_filled_form_is_content() {
    let content = read(&filled()).unwrap();
    let vocabulary = reference_vocabulary().unwrap();
    assert_eq!(content.title, "Fondo per la montagna");
    assert_eq!(content.body, "## Chi\n\nI comuni.");
    assert_eq!(
        content.amount,
        Amount {
            total: Some(120_000_000),
            minimum: None,
            maximum: Some(2_500_050)
        }
    );
    assert_eq!(content.opens_at.unwrap().to_string(), "2026-07-15T08:00:00Z");
    // A date alone is open until its end; by then the clocks have changed.
    assert_eq!(content.closes_at.unwrap().to_string(), "2026-10-30T22:59:00Z");
    assert_eq!(content.criteria.to_codes(&vocabulary).areas, ["03", "014", "014009"]);
}

#[test]
fn what_is_saved_comes_back_to_the_form_and_means_the_same() {
    let content = read(&filled()).unwrap();
    let vocabulary = reference_vocabulary().unwrap();
    for language in Language::ALL {
        let texts = Texts::new(language, Rome);
        let form = OpportunityForm::of(&content, texts, &vocabulary);
        assert_eq!((&*form.opens_on, &*form.opens_at), ("2026-07-15", "10:00"));
        assert_eq!((&*form.closes_on, &*form.closes_at), ("2026-10-30", ""));
        assert_eq!(form.read(texts, &vocabulary), Ok(content.clone()));
    }
}

#[test]
fn an_empty_form_is_a_draft_once_its_kind_is_chosen() {
    assert_eq!(wrong(&OpportunityForm::default()), ["kind"]);
    let content = read(&OpportunityForm {
        kind: "news".to_owned(),
        ..OpportunityForm::default()
    })
    .unwrap();
    assert_eq!(content.unpublishable().len(), 3);
}

#[test]
fn every_field_that_is_wrong_is_named_in_the_order_of_the_page() {
    let text = |text: &str| text.to_owned();
    let form = OpportunityForm {
        kind: text("bando"),
        title: "a".repeat(10_000),
        summary: "a".repeat(1_001),
        body: "a".repeat(50_001),
        link: text("javascript:alert(1)"),
        amount_total: text("tanti"),
        amount_minimum: text("-5"),
        opens_on: text("aprile 2024"),
        closes_on: String::new(),
        closes_at: text("12:00"),
        topics: vec![text("no-such-topic")],
        areas: vec![text("999")],
        more_areas: text("Bergmo"),
        audience: vec![text("nobody")],
        organisation_types: vec![text("x")],
        company_sizes: vec![text("x")],
        sectors: vec![text("x")],
        ages: vec![text("x")],
        ..filled()
    };
    assert_eq!(
        wrong(&form),
        [
            "kind",
            "title",
            "summary",
            "body",
            "link",
            "amount_total",
            "amount_minimum",
            "opens_on",
            "closes_on",
            "topics",
            "areas",
            "more_areas",
            "audience",
            "organisation_types",
            "company_sizes",
            "sectors",
            "ages",
        ]
    );
}

#[test]
fn every_field_that_can_be_wrong_has_a_name_in_both_languages() {
    let fields = [
        "kind",
        "title",
        "summary",
        "body",
        "publisher",
        "link",
        "place",
        "amount_total",
        "amount_minimum",
        "amount_maximum",
        "opens_on",
        "opens_at",
        "closes_on",
        "closes_at",
        "dates_note",
        "topics",
        "areas",
        "more_areas",
        "audience",
        "organisation_types",
        "company_sizes",
        "sectors",
        "ages",
    ];
    for field in fields {
        for language in Language::ALL {
            assert!(Texts::new(language, Rome).has(&label_key(field)), "{field}");
        }
    }
}

#[test]
fn contradictions_are_found_once_each_part_is_understood() {
    let early = OpportunityForm {
        closes_on: "2026-07-14".to_owned(),
        ..filled()
    };
    assert_eq!(wrong(&early), ["closes_on"]);
    let crossed = OpportunityForm {
        amount_minimum: "30000".to_owned(),
        ..filled()
    };
    assert_eq!(wrong(&crossed), ["amount_maximum"]);
    let late_hour = OpportunityForm {
        closes_at: "25:00".to_owned(),
        ..filled()
    };
    assert_eq!(wrong(&late_hour), ["closes_at"]);
}

#[test]
fn the_limits_count_characters() {
    let limit = OpportunityForm {
        title: "è".repeat(LONGEST_LINE),
        ..filled()
    };
    assert!(read(&limit).is_ok());
    let error = read(&OpportunityForm {
        title: "è".repeat(LONGEST_LINE + 1),
        ..filled()
    })
    .unwrap_err();
    assert!(
        error[0].message.contains("200") && error[0].message.contains("201"),
        "{error:?}"
    );
}

#[test]
fn names_of_areas_become_choices_and_unknown_ones_stay_typed() {
    let vocabulary = reference_vocabulary().unwrap();
    let mut form = OpportunityForm {
        more_areas: "Bergmo; lombardia,Como\nCastro, Como".to_owned(),
        ..filled()
    };
    form.add_areas(&vocabulary);
    assert_eq!(form.areas, ["03", "013075"]);
    assert_eq!(form.more_areas, "Bergmo, Castro");
    assert!(form.unknown_areas(ITALIAN).unwrap().message.contains("Bergmo, Castro"));
}

#[test]
fn a_browser_sends_boxes_as_repeated_fields() {
    let sent = "csrf=x&kind=call&topics=health&topics=work&audience=citizen&title=Prova&action=preview";
    let form: OpportunityForm = serde_html_form::from_str(sent).unwrap();
    assert_eq!(
        (form.topics.len(), form.audience.len(), form.action.as_str()),
        (2, 1, "preview")
    );
}
