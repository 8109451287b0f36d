// SPDX-License-Identifier: EUPL-1.2
//! The parameters of an address, which people shorten, lengthen and glue together: one that comes twice counts as it came
//! last, and a character that no keyboard gives is left out.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::web::error::PageError;

/// The parameters, each once.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let last: BTreeMap<String, String> = pairs
            .map(|(name, value)| (name.into_owned(), value.replace('\0', "")))
            .collect();
        let each_once = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&last)
            .finish();
        serde_html_form::from_str(&each_once)
            .map(Self)
            .map_err(|_| PageError::BadRequest)
    }
}
