// SPDX-License-Identifier: EUPL-1.2
//! The part of a page that turns on notifications in this browser: explained first, asked only after a click.

use crate::app::App;

/// What the block needs: the key that browsers subscribe with, and the form whose choices go with it.
#[derive(Debug, Clone)]
pub struct PushBlock {
    /// The present VAPID key, in base64url.
    pub key: String,
    /// The id of the form with the choices; empty where the person is signed in.
    pub form: &'static str,
}

impl PushBlock {
    /// The block of a page.
    #[must_use]
    pub fn new(app: &App, form: &'static str) -> Self {
        let key = app
            .vapid_keys
            .first()
            .map(|installed| installed.key.public_base64url().to_owned());
        Self {
            key: key.unwrap_or_default(),
            form,
        }
    }
}
