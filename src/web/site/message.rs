// SPDX-License-Identifier: EUPL-1.2
//! A page that says one thing, and may ask for one click.

use askama::Template;

use crate::domain::rating::Instrument;
use crate::web::page::Page;
use crate::web::site::profile_summary::ProfileSummary;

/// A page that says one thing.
#[derive(Template)]
#[template(path = "site/message.html")]
pub struct MessagePage {
    /// What every page needs.
    pub page: Page,
    /// Which icon stands above it.
    pub icon: &'static str,
    /// What it says.
    pub heading: String,
    /// In one sentence.
    pub lead: String,
    /// The profiles that it is about.
    pub profiles: Vec<ProfileSummary>,
    /// What else to know.
    pub notes: Vec<String>,
    /// What can be done here: each a form with one button.
    pub actions: Vec<Action>,
    /// Where to go from here: name and address.
    pub links: Vec<(String, String)>,
    /// Whether it ends signing up, and may ask how easy that was.
    pub ends_signing_up: bool,
}

/// A form with one button.
pub struct Action {
    /// Where it is sent.
    pub address: String,
    /// What the button says.
    pub name: String,
    /// The class of the button.
    pub class: &'static str,
    /// Whether this browser may not be sent to after it, which its script then asks anew.
    pub forgets_push: bool,
}

impl MessagePage {
    /// A page with the sentences called `{key}-heading`, `{key}-lead` and `{key}-note-1` and so on.
    #[must_use]
    pub fn new(page: Page, icon: &'static str, key: &str) -> Self {
        let notes = (1..=4).map(|number| format!("{key}-note-{number}"));
        let notes = notes
            .filter(|note| page.texts.has(note))
            .map(|note| page.t(&note))
            .collect();
        Self {
            heading: page.t(&format!("{key}-heading")),
            lead: page.t(&format!("{key}-lead")),
            page,
            icon,
            profiles: Vec::new(),
            notes,
            actions: Vec::new(),
            links: Vec::new(),
            ends_signing_up: false,
        }
    }

    /// About these profiles.
    #[must_use]
    pub fn about(mut self, profiles: Vec<ProfileSummary>) -> Self {
        self.profiles = profiles;
        self
    }

    /// With one thing more to know.
    #[must_use]
    pub fn with_note(mut self, key: &str) -> Self {
        self.notes.push(self.page.t(key));
        self
    }

    /// With one thing more to know, already in words.
    #[must_use]
    pub fn with_words(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// At the end of signing up.
    #[must_use]
    pub const fn at_end_of_signing_up(mut self) -> Self {
        self.ends_signing_up = true;
        self
    }

    /// Whether the page asks to be rated: how easy signing up was is asked of nobody else.
    #[must_use]
    pub fn asks(&self) -> bool {
        let rated = self.page.rated();
        self.ends_signing_up || rated.is_some_and(|rated| rated.instrument != Instrument::Flow)
    }

    /// With a form.
    #[must_use]
    pub fn with_action(mut self, address: String, key: &str, class: &'static str) -> Self {
        let name = self.page.t(key);
        self.actions.push(Action {
            address,
            name,
            class,
            forgets_push: false,
        });
        self
    }

    /// The last form ends what is sent to this browser.
    #[must_use]
    pub fn forgetting_push(mut self) -> Self {
        if let Some(action) = self.actions.last_mut() {
            action.forgets_push = true;
        }
        self
    }

    /// With a link.
    #[must_use]
    pub fn with_link(mut self, key: &str, address: &str) -> Self {
        self.links.push((self.page.t(key), address.to_owned()));
        self
    }
}
