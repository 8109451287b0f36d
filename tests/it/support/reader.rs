// SPDX-License-Identifier: EUPL-1.2
//! [`Reader`]: somebody with a browser but no scripts, who opens pages and sends the forms that are on them.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use informa::app::App;
use informa::domain::email_address::EmailAddress;
use informa::domain::staff::Role;
use informa::services::ask_to_subscribe::ask_to_subscribe;
use informa::services::create_staff::create_staff;
use informa::web::router;
use scraper::{Html, Selector};
use tower::ServiceExt as _;

use crate::support::app::TestApp;
use crate::support::builders::Person;

const PASSWORD: &str = "prova-informa-2026";

const LONGEST_PAGE: usize = 4 * 1024 * 1024;

/// Somebody at an address, with the cookies that they were given.
pub(crate) struct Reader {
    router: Router,
    address: IpAddr,
    cookies: BTreeMap<String, String>,
    csrf: String,
    headers: HeaderMap,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reader {
    /// Somebody who has not been here before.
    pub(crate) fn new(app: &App) -> Self {
        Self {
            router: router(app.clone()),
            address: [198, 51, 100, 7].into(),
            cookies: BTreeMap::new(),
            csrf: String::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Somebody who subscribed by the pages, and so is signed in.
    pub(crate) async fn of_person(app: &TestApp, person: &Person) -> Self {
        ask_to_subscribe(app, &person.request(&app.vocabulary(), app.now()))
            .await
            .unwrap();
        app.run_jobs().await;
        let code = app.relay.only_mail_to(&person.email).code_after("/conferma/");
        let mut reader = Self::new(app);
        reader.open(&format!("/conferma/{code}")).await;
        reader.send(&format!("/conferma/{code}"), &[]).await;
        reader
    }

    /// A member of staff who is signed in.
    pub(crate) async fn of_staff(app: &App, email: &str, role: Role) -> Self {
        let address = EmailAddress::parse(email).unwrap();
        create_staff(app, &address, PASSWORD, &[role]).await.unwrap();
        let mut reader = Self::new(app);
        reader.open("/staff/accedi").await;
        let entered = reader
            .send("/staff/accedi", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.text);
        reader
    }

    /// The same reader's requests, from another address.
    pub(crate) fn moved_to(&mut self, address: [u8; 4]) {
        self.address = address.into();
    }

    /// Forgets every cookie.
    pub(crate) fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    /// Opens a page, and remembers the token of its forms.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let answer = self.request(Method::GET, path, "", Vec::new()).await;
        if let Some(token) = answer.attributes("input[name=csrf]", "value").into_iter().next() {
            self.csrf = token;
        }
        answer
    }

    /// Opens a page with headers of a browser's own.
    pub(crate) async fn open_with(&mut self, path: &str, headers: HeaderMap) -> Answer {
        self.headers = headers;
        let answer = self.open(path).await;
        self.headers.clear();
        answer
    }

    /// Sends a form of the page that was opened last.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.send_only(path, &fields).await
    }

    /// Sends exactly these fields.
    pub(crate) async fn send_only(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let kind = "application/x-www-form-urlencoded";
        self.request(Method::POST, path, kind, body.into_bytes()).await
    }

    /// Sends JSON as a script of a page does, with the token of the page that was opened last.
    pub(crate) async fn send_json(&mut self, path: &str, body: &str) -> Answer {
        if self.csrf.is_empty() {
            self.open("/accedi").await;
        }
        let csrf = self.csrf.clone();
        let headers = [
            (CONTENT_TYPE.as_str(), "application/json"),
            ("x-csrf-token", csrf.as_str()),
        ];
        self.request_with(Method::POST, path, &headers, body.as_bytes().to_vec())
            .await
    }

    /// Sends a form of the page that was opened last with headers of a script's own.
    pub(crate) async fn send_with(&mut self, path: &str, fields: &[(&str, &str)], headers: HeaderMap) -> Answer {
        self.headers = headers;
        let answer = self.send(path, fields).await;
        self.headers.clear();
        answer
    }

    /// Sends a body of any kind.
    pub(crate) async fn request(&mut self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.request_with(method, path, &[(CONTENT_TYPE.as_str(), kind)], body)
            .await
    }

    /// Sends what a script of a page does.
    pub(crate) async fn post_json(&mut self, path: &str, body: &serde_json::Value, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[(CONTENT_TYPE.as_str(), "application/json")], headers].concat();
        self.request_with(Method::POST, path, &headers, body.to_string().into_bytes())
            .await
    }

    async fn request_with(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .header(COOKIE, cookies.join("; "))
            .extension(ConnectInfo(SocketAddr::new(self.address, 40_000)))
            .body(Body::from(body))
            .unwrap();
        request.headers_mut().extend(self.headers.clone());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        let bytes = to_bytes(body, LONGEST_PAGE).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// Where the answer leads to.
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// A header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// An attribute of everything that `selector` finds.
    pub(crate) fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let found = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let values = found.select(&selector).filter_map(|element| element.attr(attribute));
        values.map(str::to_owned).collect()
    }

    /// The words of everything that `selector` finds.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let found = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let texts = found.select(&selector).map(|it| it.text().collect::<String>());
        texts
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The words of the first thing that `selector` finds; empty if there is none.
    pub(crate) fn words(&self, selector: &str) -> String {
        let found = Html::parse_document(&self.text);
        let selector = Selector::parse(selector).unwrap();
        let words = found
            .select(&selector)
            .next()
            .map(|element| element.text().collect::<String>());
        words
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}
