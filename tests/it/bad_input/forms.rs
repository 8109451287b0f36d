// SPDX-License-Identifier: EUPL-1.2
//! Every form of every page, found by following links from the first page, the private page and the back office, so that
//! a new form is here on the day it is written. Each is sent as a browser would send it, with something hostile in it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use informa::domain::staff::Role;
use scraper::{ElementRef, Html, Selector};

use crate::bad_input::count;
use crate::support::app::TestApp;
use crate::support::builders::{a_call, a_citizen};
use crate::support::on_both_engines;
use crate::support::reader::{Answer, Reader};


on_both_engines! {
    no_field_of_any_public_form_takes_a_script_or_a_statement,
    no_field_of_any_private_form_takes_a_script_or_a_statement,
    no_field_of_any_form_of_the_back_office_takes_a_script_or_a_statement,
    what_an_editor_writes_is_kept_to_the_letter_and_shown_as_words,
    a_body_beyond_the_limit_is_refused_by_every_form,
    a_field_that_comes_ten_thousand_times_holds_nobody_up,
}

/// The mark of what we put in: it must never be part of markup.
const MARK: &str = "zq7x";

/// A script, a way out of an attribute, a statement, and a template.
const SCRIPT: &str = "zq7x\"'><script>zq7x()</script><img src=x onerror=zq7x()>'; drop table subscribers; --{{zq7x}}";

/// What no keyboard gives: a null, the end of a header, a mark that turns the direction, half a pair.
const CONTROLS: &str = "zq7x\u{0}\r\nBcc: zq7x@example.org\u{202e}\u{feff}\u{1f600}";

/// Beyond every number and date that we hold.
const ABSURD: &str = "99999999999999999999-99-99";

/// As a browser sends it: where to, how, and the fields with what is in them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    page: String,
    action: String,
    method: String,
    fields: Vec<(String, String)>,
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

    fn names(&self) -> BTreeSet<&str> {
        let names = self.fields.iter().map(|(name, _)| name.as_str());
        names.filter(|name| *name != "csrf").collect()
    }

    /// What tells one form from another: not which opportunity it is about, but where and with which fields.
    fn sort(&self) -> (String, BTreeSet<String>) {
        let path = self.action.split('?').next().unwrap_or_default();
        let plain: Vec<&str> = path.split('/').map(|part| if is_name(part) { part } else { "…" }).collect();
        (plain.join("/"), self.names().into_iter().map(str::to_owned).collect())
    }

    /// Sends it with `value` in every field called `attacked`, or in all of them.
    async fn send(&self, reader: &mut Reader, attacked: Option<&str>, value: &str) -> Answer {
        let is_attacked = |name: &str| name != "csrf" && attacked.is_none_or(|it| it == name);
        let fields = self.fields.iter().map(|(name, own)| {
            let value = if is_attacked(name) { value } else { own };
            (name.as_str(), value)
        });
        let fields: Vec<(&str, &str)> = fields.filter(|(name, _)| *name != "csrf").collect();
        if self.method == "get" {
            // An address has an end: what is longer never arrives.
            let longest = 60_000 / self.fields.len().max(1) / 3;
            let fields = fields.into_iter().map(|(name, value)| (name, value.get(..longest).unwrap_or(value)));
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
async fn forms_from(reader: &mut Reader, starts: &[&str]) -> Vec<Form> {
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
    html.select(&forms).map(|form| Form::read(path, form)).collect()
}

/// Nothing of what we put in is markup: no element, no attribute's name, no script.
fn require_words_only(answer: &Answer, what: &str) {
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
            assert!(!leads || !value.trim_start().starts_with("javascript:"), "{what}: {value}");
        }
        let text: String = element.text().collect();
        assert!(
            name != "script" || element.attr("type") == Some("application/ld+json") || !text.contains(MARK),
            "{what}: a script {text}"
        );
    }
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        assert!(name != "bcc" && !value.contains(['\r', '\n']), "{what}: {name}: {value}");
    }
}

/// Sends every form with everything hostile, in every field alone and in all at once. `renew` is asked to sign in again
/// when a form has signed the reader out.
async fn attack(app: &TestApp, reader: &mut Reader, forms: &[Form], renew: impl AsyncFn(&mut Reader)) -> usize {
    let long = MARK.repeat(2_500);
    let mut sent = 0;
    for form in forms {
        let alone = form.names().into_iter().map(|name| (Some(name), SCRIPT));
        let together = [SCRIPT, CONTROLS, ABSURD, &long, "", "\u{0}"].map(|value| (None, value));
        for (attacked, value) in alone.chain(together) {
            // No more than thirty an hour from one place: what is tested is not the limit.
            app.advance(TimeDelta::minutes(2));
            renew(reader).await;
            let answer = form.send(reader, attacked, value).await;
            let what = format!("{} {} of {} with {:.40?} in {attacked:?}", form.method, form.action, form.page, value);
            assert!(!answer.status.is_server_error(), "{what}: {}", answer.status);
            require_words_only(&answer, &what);
            sent += 1;
        }
    }
    sent
}

async fn no_field_of_any_public_form_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    app.subscribe(&a_citizen()).await;
    let mut reader = Reader::new(app);
    let forms = forms_from(&mut reader, &["/", "/iscriviti", "/accedi", "/staff/accedi"]).await;
    for action in ["/opportunita", "/iscriviti", "/accedi", "/staff/accedi"] {
        assert!(forms.iter().any(|form| form.action.starts_with(action)), "{action} is attacked: {forms:#?}");
    }
    let before = count(app, "select count(*) from subscribers").await;
    let sent = attack(app, &mut reader, &forms, async |_| {}).await;
    assert!(sent > 40, "{sent} attacks");
    app.run_jobs().await;
    let after = count(app, "select count(*) from subscribers").await;
    let odd = count(app, "select count(*) from targets where email like '%zq7x%' or email like '%drop%'").await;
    assert_eq!((after - before, odd), (0, 0), "nobody new, and no address of ours");
    app.leave_work();
}

async fn no_field_of_any_private_form_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen().told("daily")).await;
    app.publish(&a_call().titled("Secondo bando")).await;
    let forms = forms_from(&mut reader, &["/preferenze", "/avvisi"]).await;
    for action in ["/preferenze/lingua", "/preferenze/promemoria", "/preferenze/profilo/", "/avvisi/salva", "/avvisi/nascondi"] {
        assert!(forms.iter().any(|form| form.action.starts_with(action)), "{action} is attacked: {forms:#?}");
    }
    let number = std::cell::Cell::new(0);
    let sent = attack(app, &mut reader, &forms, async |reader| {
        if reader.open("/preferenze").await.status != StatusCode::OK {
            number.set(number.get() + 1);
            app.relay.forget();
            let again = a_citizen().told("daily").called(&format!("persona{}@example.org", number.get()));
            *reader = Reader::of_person(app, &again).await;
            reader.open("/preferenze").await;
        }
    })
    .await;
    assert!(sent > 60, "{sent} attacks");
    app.run_jobs().await;
    let odd = "select count(*) from targets where email like '%zq7x%' or label like '%zq7x%'";
    assert_eq!(count(app, odd).await, 0);
    let mails = app.relay.mails();
    assert!(mails.iter().all(|mail| !mail.recipient.contains(MARK)), "nobody of ours is written to");
    app.leave_work();
}

async fn no_field_of_any_form_of_the_back_office_takes_a_script_or_a_statement(app: &TestApp) {
    app.publish(&a_call()).await;
    app.draft(&a_call().titled("Una bozza")).await;
    let mut reader = Reader::of_staff(app, "editor@example.org", Role::Editor).await;
    let forms = forms_from(&mut reader, &["/staff", "/staff/opportunita/nuova"]).await;
    for action in ["/staff/opportunita/nuova", "/staff/opportunita/1/modifica"] {
        assert!(forms.iter().any(|form| form.action.starts_with(action)), "{action} is attacked: {forms:#?}");
    }
    let number = std::cell::Cell::new(0);
    attack(app, &mut reader, &forms, async |reader| {
        if reader.open("/staff/opportunita/nuova").await.status != StatusCode::OK {
            number.set(number.get() + 1);
            *reader = Reader::of_staff(app, &format!("editor{}@example.org", number.get()), Role::Editor).await;
            reader.open("/staff/opportunita/nuova").await;
        }
    })
    .await;
    for path in ["/staff", "/opportunita", "/"] {
        let page = reader.open(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        require_words_only(&page, path);
    }
    app.leave_work();
}

async fn what_an_editor_writes_is_kept_to_the_letter_and_shown_as_words(app: &TestApp) {
    let written = a_call().titled(SCRIPT).summed_up(SCRIPT);
    let published = app.publish(&written).await;
    let mut reader = Reader::new(app);
    let list = reader.open("/opportunita").await;
    require_words_only(&list, "the list");
    assert!(list.texts("h2").iter().any(|title| title == SCRIPT), "{:?}", list.texts("h2"));
    let path = informa::urls::opportunity_path(&published);
    for path in [path.clone(), "/opportunita.atom".to_owned(), format!("{path}/calendario.ics"), "/sitemap.xml".to_owned()] {
        let page = reader.open(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let kind = page.header("content-type");
        assert!(kind.starts_with("text/calendar") || !page.text.contains("<script>zq7x"), "{path}: {}", page.text);
    }
    let page = reader.open(&path).await;
    require_words_only(&page, "its page");
    assert_eq!(page.words("h1"), SCRIPT);
}

async fn a_body_beyond_the_limit_is_refused_by_every_form(app: &TestApp) {
    app.publish(&a_call()).await;
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    let mut stranger = Reader::new(app);
    let private = forms_from(&mut reader, &["/preferenze", "/avvisi"]).await;
    let public = forms_from(&mut stranger, &["/"]).await;
    for (reader, forms) in [(&mut reader, private), (&mut stranger, public)] {
        for form in forms.iter().filter(|form| form.method == "post") {
            let body = vec![b'a'; 1024 * 1024];
            let kind = "application/x-www-form-urlencoded";
            let answer = reader.request(Method::POST, &form.action, kind, body).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", form.action);
            assert!(!answer.words("h1").is_empty(), "{}", form.action);
        }
    }
    assert_eq!(reader.open("/preferenze").await.status, StatusCode::OK, "still signed in, and nothing changed");
}

async fn a_field_that_comes_ten_thousand_times_holds_nobody_up(app: &TestApp) {
    let mut reader = Reader::of_person(app, &a_citizen()).await;
    reader.open("/preferenze/profilo/citizen").await;
    for (name, value) in [("place", "Nessun luogo"), ("areas", "016024"), ("topics", "environment"), ("sectors", "C")] {
        let own = [("kind", "citizen"), ("topics", "environment"), ("frequency", "immediate"), ("way", "email")];
        let fields: Vec<(&str, &str)> = own.into_iter().chain(std::iter::repeat_n((name, value), 10_000)).collect();
        let begun = std::time::Instant::now();
        let answer = reader.send("/preferenze/profilo/citizen", &fields).await;
        assert!(!answer.status.is_server_error(), "{name}: {}", answer.status);
        assert!(begun.elapsed().as_secs() < 10, "{name}: {:?}", begun.elapsed());
        assert!(answer.text.len() < 1024 * 1024, "{name}: a page of {} bytes", answer.text.len());
    }
    assert_eq!(count(app, "select count(*) from profiles").await, 1);
}
