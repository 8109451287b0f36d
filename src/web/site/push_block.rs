// SPDX-License-Identifier: EUPL-1.2
//! The part of a page that turns on notifications in this browser: explained first, asked only after a click.

use crate::app::App;
use crate::texts::Texts;

/// The browsers that notifications are allowed again in differently; `push-browser.js` tells them apart by these names.
const BROWSERS: [&str; 8] = [
    "firefox",
    "firefox-android",
    "chrome",
    "android",
    "edge",
    "safari",
    "iphone",
    "other",
];

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
        let keys = app.push_keys();
        let key = keys.present().map(|installed| installed.key.public_base64url());
        Self {
            key: key.unwrap_or_default().to_owned(),
            form,
        }
    }

    /// How notifications are allowed again, in each browser.
    #[must_use]
    pub fn steps(&self, texts: &Texts) -> Vec<(&'static str, Vec<String>)> {
        let of = |browser: &str| {
            let keys = (1..=3).map(|number| format!("push-steps-{browser}-{number}"));
            keys.filter(|key| texts.has(key)).map(|key| texts.get(&key)).collect()
        };
        BROWSERS.into_iter().map(|browser| (browser, of(browser))).collect()
    }
}
