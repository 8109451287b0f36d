// SPDX-License-Identifier: EUPL-1.2
//! For search engines: what may be read (robots.txt, RFC 9309), what there is (sitemaps.org), and what a page is about
//! (schema.org, as JSON-LD).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::language::Language;
use crate::domain::opportunity::{Content, Opportunity, OpportunityKind};
use crate::storage::opportunities;
use crate::storage::opportunity_lists::{self, Filter, Order};
use crate::urls::paths;
use crate::web::error::PageError;
use crate::web::page::render;

/// How many addresses one sitemap holds: the protocol allows 50,000.
const ADDRESSES: i64 = 10_000;

const XML: &str = "application/xml; charset=utf-8";

/// Everything public may be read; what is somebody's own may not.
pub async fn robots(State(app): State<App>) -> Response {
    let private = [
        paths::PREFERENCES,
        paths::INBOX,
        paths::STAFF,
        paths::CONFIRM,
        paths::SIGN_IN,
        paths::UNSUBSCRIBE,
        paths::MOVE_MAILBOX,
        paths::MANAGE,
        paths::RATE,
    ];
    let rules = private.map(|path| format!("Disallow: {path}")).join("\n");
    let sitemap = app.urls.absolute("/sitemap.xml");
    let text = format!("User-agent: *\n{rules}\n\nSitemap: {sitemap}\n");
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

#[derive(Template)]
#[template(path = "site/sitemap_index.xml")]
struct SitemapIndex {
    maps: Vec<String>,
}

#[derive(Template)]
#[template(path = "site/sitemap.xml")]
struct Sitemap {
    pages: Vec<(String, String)>,
}

/// The sitemaps that there are.
///
/// # Errors
/// What the database says.
pub async fn sitemap_index(State(app): State<App>) -> Result<Response, PageError> {
    let mut transaction = app.database.read().await?;
    let (_, count) = opportunity_lists::list_public(&mut transaction, &latest(), 0, 0).await?;
    let maps = (0..=(count.max(1) - 1) / ADDRESSES).map(|number| app.urls.absolute(&format!("/sitemap/{number}")));
    Ok(xml(render(&SitemapIndex { maps: maps.collect() })))
}

/// One of them: addresses, and when each was changed last.
///
/// # Errors
/// [`PageError::NotFound`] for one that there is not.
pub async fn sitemap(State(app): State<App>, Path(number): Path<u32>) -> Result<Response, PageError> {
    let mut transaction = app.database.read().await?;
    let offset = i64::from(number) * ADDRESSES;
    let (ids, _) = opportunity_lists::list_public(&mut transaction, &latest(), ADDRESSES, offset).await?;
    if ids.is_empty() && number > 0 {
        return Err(PageError::NotFound);
    }
    let found = opportunities::find_many(&mut transaction, &ids).await?;
    let texts = app.texts(Language::default());
    let first = [paths::HOME, paths::OPPORTUNITIES, paths::SUBSCRIBE, paths::HELP];
    let first = first.map(|path| (app.urls.absolute(path), String::new()));
    let first = first.into_iter().filter(|_| number == 0);
    let pages = found
        .iter()
        .map(|it| (app.urls.opportunity(it), texts.iso_date(&it.updated_at)));
    Ok(xml(render(&Sitemap {
        pages: first.chain(pages).collect(),
    })))
}

fn latest() -> Filter {
    Filter {
        order: Order::Latest,
        ..Filter::default()
    }
}

fn xml(response: Response) -> Response {
    ([(CONTENT_TYPE, XML)], response.into_body()).into_response()
}

/// What the page of an opportunity is about, in the words of schema.org, as it can stand in a page.
#[must_use]
pub fn structured_data(app: &App, opportunity: &Opportunity) -> String {
    let content = &opportunity.content;
    let body = stated(&content.publisher).map(|name| json!({"@type": "GovernmentOrganization", "name": name}));
    let texts = app.texts(Language::default());
    let moment = |at: Option<Timestamp>| at.map(|at| texts.iso_moment(&at));
    let (opens, closes) = (moment(content.opens_at), moment(content.closes_at));
    let published = opportunity.published_at.map(|it| it.to_string());
    let (kind, own) = match content.kind {
        // A grant has no dates of its own; what is offered has, from when to when.
        OpportunityKind::Call => (
            json!(["MonetaryGrant", "GovernmentService"]),
            json!({"funder": body, "provider": body, "amount": money(content),
                "offers": {"@type": "Offer", "availabilityStarts": opens, "availabilityEnds": closes}}),
        ),
        OpportunityKind::Service => (json!("GovernmentService"), json!({"provider": body})),
        OpportunityKind::News => (
            json!("NewsArticle"),
            json!({"headline": content.title, "publisher": body, "datePublished": published,
                "dateModified": opportunity.updated_at.to_string()}),
        ),
        OpportunityKind::Event => (
            json!("Event"),
            json!({"startDate": opens.or_else(|| closes.clone()), "endDate": closes, "organizer": body,
                "location": {"@type": "Place", "name": place(app, content)}}),
        ),
        OpportunityKind::Alert => (
            json!("SpecialAnnouncement"),
            json!({"text": content.summary, "datePosted": published, "expires": closes}),
        ),
    };
    let mut data = Map::from_iter([
        ("@context".to_owned(), json!("https://schema.org")),
        ("@type".to_owned(), kind),
        ("name".to_owned(), json!(content.title)),
        ("description".to_owned(), json!(stated(&content.summary))),
        ("url".to_owned(), json!(app.urls.opportunity(opportunity))),
        // Whatever the language of the page, editors write Italian.
        ("inLanguage".to_owned(), json!(Language::Italian.code())),
    ]);
    if let Value::Object(own) = own {
        data.extend(own);
    }
    in_a_page(&without_nothing(Value::Object(data)))
}

/// A text, if it says anything.
fn stated(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// The money on offer: all of it, or what one applicant gets.
fn money(content: &Content) -> Option<Value> {
    let euros = |cents: Option<i64>| cents.map(|cents| cents / 100);
    let amount = &content.amount;
    let (total, least, most) = (euros(amount.total), euros(amount.minimum), euros(amount.maximum));
    let is_said = [total, least, most].iter().any(Option::is_some);
    is_said.then(|| {
        json!({"@type": "MonetaryAmount", "currency": "EUR", "value": total.filter(|_| most.is_none()),
            "minValue": least, "maxValue": most})
    })
}

/// Where an event takes place: as it says, or the areas that it concerns.
fn place(app: &App, content: &Content) -> String {
    if let Some(place) = stated(&content.place) {
        return place.to_owned();
    }
    let (vocabulary, areas) = (app.vocabulary(), &content.criteria.areas);
    let names = areas
        .iter()
        .map(|id| vocabulary.areas.name(*id, Language::default()).to_owned());
    names.collect::<Vec<_>>().join(", ")
}

/// The same without what is not said, and without what nothing is said of.
fn without_nothing(data: Value) -> Value {
    let Value::Object(fields) = data else { return data };
    let is_something = |value: &Value| match value {
        Value::Null => false,
        Value::Object(fields) => fields.keys().any(|name| name != "@type"),
        _ => true,
    };
    let fields = fields.into_iter().map(|(name, value)| (name, without_nothing(value)));
    Value::Object(fields.filter(|(_, value)| is_something(value)).collect())
}

/// Questions and answers in the words of schema.org, as they can stand in a page.
#[must_use]
pub fn questions_data<'a>(entries: impl Iterator<Item = (&'a str, String)>) -> String {
    let question = |(question, answer): (&str, String)| json!({"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}});
    let entries: Vec<Value> = entries.map(question).collect();
    in_a_page(&json!({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": entries}))
}

/// No text of anybody's ends the element that it stands in.
fn in_a_page(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}
