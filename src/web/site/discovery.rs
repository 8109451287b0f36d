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
use crate::domain::opportunity::{Opportunity, OpportunityKind};
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
    let body = json!({"@type": "GovernmentOrganization", "name": content.publisher});
    let texts = app.texts(Language::default());
    let moment = |at: Option<Timestamp>| at.map(|at| texts.iso_moment(&at));
    let (opens, closes) = (moment(content.opens_at), moment(content.closes_at));
    let published = opportunity.published_at.map(|it| it.to_string());
    let (kind, own) = match content.kind {
        OpportunityKind::Call => (
            "MonetaryGrant",
            json!({"funder": body, "endDate": closes, "startDate": opens}),
        ),
        OpportunityKind::Service => ("GovernmentService", json!({"provider": body})),
        OpportunityKind::News => (
            "NewsArticle",
            json!({"headline": content.title, "publisher": body, "datePublished": published,
                "dateModified": opportunity.updated_at.to_string()}),
        ),
        OpportunityKind::Event => (
            "Event",
            json!({"startDate": opens, "endDate": closes, "organizer": body,
                "location": {"@type": "Place", "name": content.place}}),
        ),
        OpportunityKind::Alert => (
            "SpecialAnnouncement",
            json!({"text": content.summary, "datePosted": published, "expires": closes}),
        ),
    };
    let mut data = Map::from_iter([
        ("@context".to_owned(), json!("https://schema.org")),
        ("@type".to_owned(), json!(kind)),
        ("name".to_owned(), json!(content.title)),
        ("description".to_owned(), json!(content.summary)),
        ("url".to_owned(), json!(app.urls.opportunity(opportunity))),
        // Whatever the language of the page, editors write Italian.
        ("inLanguage".to_owned(), json!(Language::Italian.code())),
    ]);
    if let Value::Object(own) = own {
        data.extend(own.into_iter().filter(|(_, value)| !value.is_null()));
    }
    in_a_page(&Value::Object(data))
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
