// SPDX-License-Identifier: EUPL-1.2
//! Questions and answers about the service, each with an address of its own, and the ways to reach people beside them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::config::Config;
use crate::texts::Texts;
use crate::urls::paths;
use crate::web::page::{Page, render};
use crate::web::site::discovery::questions_data;

/// The questions, in groups: their ids are the ends of their addresses.
const GROUPS: [(&str, &[&str]); 4] = [
    ("servizio", &["che-cose", "chi-puo", "costo", "iscriversi"]),
    (
        "avvisi",
        &[
            "quanto-spesso",
            "notte",
            "perche-questo",
            "nessuna-email",
            "iphone",
            "notifiche-bloccate",
        ],
    ),
    ("dati", &["smettere", "dati-conservati", "cancellare"]),
    ("accesso", &["accessibilita", "spid"]),
];

#[derive(Template)]
#[template(path = "site/help.html")]
struct HelpPage {
    page: Page,
    groups: Vec<Group>,
    data: String,
}

/// Questions about one thing.
struct Group {
    name: String,
    entries: Vec<Entry>,
}

/// A question and what is answered.
struct Entry {
    id: &'static str,
    question: String,
    paragraphs: Vec<String>,
    link: Option<(String, String)>,
}

/// Shows them.
pub async fn show(State(app): State<App>, page: Page) -> Response {
    let groups = GROUPS.map(|(group, ids)| Group {
        name: page.t(&format!("help-group-{group}")),
        entries: ids.iter().map(|id| entry(&app.config, page.texts, id)).collect(),
    });
    let entries = groups.iter().flat_map(|group| &group.entries);
    let data = questions_data(entries.map(|it| (it.question.as_str(), it.paragraphs.join(" "))));
    render(&HelpPage {
        page,
        groups: groups.into(),
        data,
    })
}

fn entry(config: &Config, texts: Texts, id: &'static str) -> Entry {
    let (from, to) = config.quiet_hours.hours().unwrap_or_default();
    let (from, to) = (from.to_string(), to.to_string());
    let pushes = config.weekly_pushes.to_string();
    let [days, unconfirmed, left] = [
        config.keep_notifications_days,
        config.keep_unconfirmed_days,
        config.keep_left_days,
    ]
    .map(|days| days.to_string());
    let values = [
        ("service", config.service_name.as_str()),
        ("body", config.body_name.as_str()),
        ("contact", config.contact_email.as_str()),
        ("from", from.as_str()),
        ("to", to.as_str()),
        ("pushes", pushes.as_str()),
        ("days", days.as_str()),
        ("unconfirmed", unconfirmed.as_str()),
        ("left", left.as_str()),
    ];
    let paragraphs = (1..=4).filter(|number| is_true_of(config, id, *number));
    let paragraphs = paragraphs.filter_map(|number| texts.fill_if_any(&format!("help-{id}-{number}"), &values));
    Entry {
        id,
        question: texts.fill(&format!("help-{id}"), &values),
        paragraphs: paragraphs.collect(),
        link: leads_to(config, id).map(|address| (texts.get(&format!("help-{id}-link")), address)),
    }
}

/// Whether a paragraph says what this installation does: it may have no quiet hours, or no bound on pushes.
fn is_true_of(config: &Config, id: &str, paragraph: u8) -> bool {
    match (id, paragraph) {
        ("notte", 1) => config.quiet_hours.hours().is_some(),
        ("notte", 2) => config.quiet_hours.hours().is_none(),
        ("notte", 3) => config.weekly_pushes > 0,
        _ => true,
    }
}

/// Where an answer leads to.
fn leads_to(config: &Config, id: &str) -> Option<String> {
    match id {
        "che-cose" => Some(paths::OPPORTUNITIES.to_owned()),
        "iscriversi" => Some(paths::SUBSCRIBE.to_owned()),
        "quanto-spesso" | "perche-questo" | "smettere" | "cancellare" => Some(paths::PREFERENCES.to_owned()),
        "dati-conservati" if config.privacy_url.is_empty() => Some(paths::PRIVACY.to_owned()),
        "dati-conservati" => Some(config.privacy_url.clone()),
        "accessibilita" => Some(format!("{}?argomento=accessibility", paths::WRITE)),
        _ => None,
    }
}
