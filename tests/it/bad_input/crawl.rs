// SPDX-License-Identifier: EUPL-1.2
//! Finds the forms of the pages as a browser has them, sends them as one does, and looks for what we put in on the answers.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use scraper::{ElementRef, Html, Selector};

use crate::bad_input::MARK;
use crate::support::reader::{Answer, Reader};

/// As a browser sends it: where to, how, and the fields with what is in them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) page: String,
    pub(super) action: String,
    pub(super) method: String,
    pub(super) fields: Vec<(String, String)>,
}

impl Form {
    fn read(page: &str, form: ElementRef<'_>) -> Self {
        let named = Selector::parse("input[name], select[name], textarea[name], button[name]").unwrap();
        let mut fields = Vec::new();
        let mut buttons = BTreeSet::new();
        for field in form.select(&named) {
            let name = field.attr("name").unwrap().to_owned();
            let kind = field.attr("type").unwrap_or_default();
            let value = match field.value().name() {
                "textarea" => field.text().collect(),
                "select" => chosen(field),
                // One button is clicked; the others are other forms.
                "button" if !buttons.is_empty() => continue,
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            if field.value().name() == "button" {
                buttons.insert(name.clone());
            }
            // What is not ticked is sent once at least, so that its field is attacked as well.
            let is_off = matches!(kind, "checkbox" | "radio") && field.attr("checked").is_none();
            if !is_off || !fields.iter().any(|(known, _)| *known == name) {
                fields.push((name, value));
            }
        }
        Self {
            page: page.to_owned(),
            action: form.attr("action").unwrap_or(page).to_owned(),
            method: form.attr("method").unwrap_or("get").to_lowercase(),
            fields,
        }
    }

    /// The names of its fields.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let names = self.fields.iter().map(|(name, _)| name.as_str());
        names.filter(|name| *name != "csrf").collect()
    }

    /// What tells one form from another: not which opportunity it is about, but where and with which fields.
    fn sort(&self) -> (String, BTreeSet<String>) {
        let path = self.action.split('?').next().unwrap_or_default();
        let plain: Vec<&str> = path
            .split('/')
            .map(|part| if is_name(part) { part } else { "…" })
            .collect();
        (plain.join("/"), self.names().into_iter().map(str::to_owned).collect())
    }

    /// Sends it with `value` in every field called `attacked`, or in all of them.
    pub(super) async fn send(&self, reader: &mut Reader, attacked: Option<&str>, value: &str) -> Answer {
        let is_attacked = |name: &str| name != "csrf" && attacked.is_none_or(|it| it == name);
        let fields = self.fields.iter().map(|(name, own)| {
            let value = if is_attacked(name) { value } else { own };
            (name.as_str(), value)
        });
        let fields: Vec<(&str, &str)> = fields.filter(|(name, _)| *name != "csrf").collect();
        if self.method == "get" {
            // An address has an end: what is longer never arrives.
            let longest = 60_000 / self.fields.len().max(1) / 3;
            let fields = fields
                .into_iter()
                .map(|(name, value)| (name, value.get(..longest).unwrap_or(value)));
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            return reader.open(&format!("{}?{query}", self.action)).await;
        }
        reader.send(&self.action, &fields).await
    }
}

fn is_name(part: &str) -> bool {
    part.len() < 16 && part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
}

fn chosen(select: ElementRef<'_>) -> String {
    let options = Selector::parse("option").unwrap();
    let first = select.select(&options).next();
    let chosen = select.select(&options).find(|it| it.attr("selected").is_some());
    let value = chosen.or(first).and_then(|it| it.attr("value"));
    value.unwrap_or_default().to_owned()
}

/// What a reader finds on the way from some pages: each sort of form once.
pub(super) async fn forms_from(reader: &mut Reader, starts: &[&str]) -> Vec<Form> {
    const MOST_PAGES: usize = 120;
    let mut found = BTreeMap::new();
    let mut waiting: Vec<String> = starts.iter().map(|&it| it.to_owned()).rev().collect();
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut opened = 0;
    while let Some(path) = waiting.pop().filter(|_| opened < MOST_PAGES) {
        opened += 1;
        let page = reader.open(&path).await;
        assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        for form in forms_on(&path, &page) {
            found.entry(form.sort()).or_insert(form);
        }
        let mut links = page.attributes("a[href^='/']", "href");
        links.push(page.location().to_owned());
        for link in links {
            // A list narrowed in some way is one page, and so is the page in another language.
            let plain = link.split(['?', '#']).next().unwrap_or_default().to_owned();
            if plain.starts_with('/') && seen.insert(plain.clone()) {
                waiting.push(plain);
            }
        }
    }
    found.into_values().collect()
}

fn forms_on(path: &str, page: &Answer) -> Vec<Form> {
    let html = Html::parse_document(&page.text);
    let forms = Selector::parse("form").unwrap();
    // A form that is hidden is for a script, which says where to.
    let shown = html.select(&forms).filter(|form| form.attr("hidden").is_none());
    shown.map(|form| Form::read(path, form)).collect()
}

/// Nothing of what we put in is markup: no element, no attribute's name, no script.
pub(super) fn require_words_only(answer: &Answer, what: &str) {
    let html = Html::parse_document(&answer.text);
    let all = Selector::parse("*").unwrap();
    for element in html.select(&all) {
        let name = element.value().name();
        assert!(!name.contains(MARK), "{what}: an element {name}");
        for (attribute, value) in element.value().attrs() {
            assert!(!attribute.contains(MARK), "{what}: an attribute {attribute}");
            assert!(
                !attribute.starts_with("on") && attribute != "style",
                "{what}: an attribute {attribute}={value}"
            );
            let leads = matches!(attribute, "href" | "src" | "action");
            assert!(
                !leads || !value.trim_start().starts_with("javascript:"),
                "{what}: {value}"
            );
        }
        let text: String = element.text().collect();
        assert!(
            name != "script" || element.attr("type") == Some("application/ld+json") || !text.contains(MARK),
            "{what}: a script {text}"
        );
    }
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(
            name != "bcc" && !value.contains(['\r', '\n']),
            "{what}: {name}: {value}"
        );
    }
}
