// SPDX-License-Identifier: EUPL-1.2
//! The forms of pages, sent as a browser sends them.

use axum::http::StatusCode;

use crate::support::reader::{Answer, Reader};

/// The form of a page as a browser sends it with its first button: path and query.
pub(crate) fn next_page(page: &Answer, more: &[(&str, &str)]) -> String {
    let fields = sent(page, more);
    let query = serde_urlencoded(&fields);
    format!("{}?{query}", page.attributes("main form", "action")[0])
}

/// Fields as the query of an address.
pub(crate) fn serde_urlencoded(fields: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// The fields of the form of a page that have a value, with other values of some.
pub(crate) fn sent(page: &Answer, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let of = |selector: &str| {
        let names = page.attributes(selector, "name");
        let values = page.attributes(selector, "value");
        names.into_iter().zip(values).collect::<Vec<_>>()
    };
    let replaced = |name: &str| more.iter().any(|(other, _)| *other == name);
    let mut fields = of("main form input[type=hidden]");
    fields.extend(of("main form input[checked]"));
    fields.extend(
        of("main form input[type=text]")
            .into_iter()
            .filter(|(_, value)| !value.is_empty()),
    );
    fields.retain(|(name, _)| !replaced(name) && name != "csrf");
    fields.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    fields
}

/// Sends the form of a page and follows where it leads.
pub(crate) async fn forward(reader: &mut Reader, page: &Answer, more: &[(&str, &str)]) -> Answer {
    let address = next_page(page, more);
    let answer = reader.open(&address).await;
    if answer.status == StatusCode::SEE_OTHER {
        let there = answer.location().to_owned();
        return reader.open(&there).await;
    }
    answer
}

/// Sends the form of a page to `path`, with other values of some fields.
pub(crate) async fn submit(reader: &mut Reader, path: &str, page: &Answer, more: &[(&str, &str)]) -> Answer {
    let fields = sent(page, more);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    reader.send(path, &fields).await
}
