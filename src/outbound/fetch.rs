// SPDX-License-Identifier: EUPL-1.2
//! A file that somebody published, fetched for an importer: the same rules as for any address, but for the list of hosts.

use std::time::Duration;

use url::Host;

use crate::outbound::{Guard, Refusal, Timeouts, leads_to_this_machine, normal_form};

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address leads where nothing is fetched from.
    #[error("this address is not fetched: {0}")]
    Refused(#[from] Refusal),
    /// The other side did not give it.
    #[error("the file could not be fetched: {0}")]
    Failed(#[from] reqwest::Error),
    /// It is longer than [`LONGEST_FILE`].
    #[error("the file is longer than {LONGEST_FILE} bytes")]
    TooLong,
    /// It is not text.
    #[error("the file is not text in UTF-8")]
    NotText,
}

/// The longest file that is fetched: 256 MiB.
pub const LONGEST_FILE: usize = 256 * 1024 * 1024;

/// Fetches a text that somebody published at `address`: over `https`, from a public network, without redirects.
/// With `loopback`, for development, from this machine too.
///
/// # Errors
/// [`FetchError`] in words for whoever named the address.
pub async fn fetch(address: &str, loopback: bool) -> Result<String, FetchError> {
    let guard = Guard::new(Vec::new());
    let guard = if loopback { guard.allowing_loopback() } else { guard };
    let url = normal_form(address)?;
    let here = loopback && leads_to_this_machine(&url);
    match url.host() {
        _ if here => {}
        _ if url.scheme() != "https" => return Err(Refusal::Scheme.into()),
        Some(Host::Domain(_)) => {}
        _ => return Err(Refusal::NumericHost.into()),
    }
    let timeouts = Timeouts {
        total: Duration::from_mins(5),
        ..Timeouts::default()
    };
    let mut answer = guard.client(timeouts)?.get(url).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > LONGEST_FILE {
            return Err(FetchError::TooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| FetchError::NotText)
}
