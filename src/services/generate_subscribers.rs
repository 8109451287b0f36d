// SPDX-License-Identifier: EUPL-1.2
//! Make up people: spread over the municipalities of Lombardia by population, the same for the same seed.
//!
//! Writes lines that `import_subscribers` reads. No mailbox of theirs exists: the addresses end in `example.org`.

use chrono::{DateTime, Utc};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::domain::chance::Chance;
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::{Area, AreaKind, Term, Terms, Vocabulary};
use crate::services::import_subscribers::{BrowserRecord, ConsentRecord, SubscriberRecord};

/// The region that they live in.
const REGION: &str = "03";

/// What was agreed to, in the words of the proof.
const CONSENT: &str = "Voglio ricevere gli avvisi sugli argomenti che seguo.";

/// When they agreed: 2024-01-01T00:00:00Z, before whatever clock they are imported at.
const CONSENTED_AT: DateTime<Utc> = match DateTime::from_timestamp(1_704_067_200, 0) {
    Some(instant) => instant,
    None => DateTime::<Utc>::MIN_UTC,
};

/// Of a hundred people, how many are of each kind.
const KINDS: [(ProfileKind, u32); 3] = [
    (ProfileKind::Citizen, 78),
    (ProfileKind::Operator, 17),
    (ProfileKind::Authority, 5),
];

/// Of a hundred people, how many want to hear how soon.
const FREQUENCIES: [(&str, u32); 3] = [("immediate", 60), ("daily", 25), ("weekly", 15)];

/// Of a hundred people who have a browser to push to, how many want which ways.
const CHANNELS: [(&[&str], u32); 4] = [
    (&["web_push", "email_fallback"], 40),
    (&["web_push", "email"], 25),
    (&["email"], 20),
    (&["web_push"], 15),
];

/// Makes up people, one after another.
pub struct Generator<'a> {
    vocabulary: &'a Vocabulary,
    municipalities: Vec<&'a Area>,
    /// The sum of the populations up to each municipality.
    reach: Vec<i64>,
    chance: Chance,
}

impl<'a> Generator<'a> {
    /// A generator that makes the same people for the same `seed`, whenever it is asked.
    #[must_use]
    pub fn new(vocabulary: &'a Vocabulary, seed: u64) -> Self {
        let region = vocabulary.areas.by_code(REGION).map(Term::id);
        let inside = |area: &&Area| {
            area.kind == AreaKind::Municipality && region.is_some_and(|region| vocabulary.areas.covers(region, area.id))
        };
        let municipalities: Vec<&Area> = vocabulary.areas.iter().filter(inside).collect();
        let reach = municipalities.iter().scan(0, |sum, area| {
            *sum += area.population;
            Some(*sum)
        });
        Self {
            vocabulary,
            reach: reach.collect(),
            municipalities,
            chance: Chance::seeded(seed),
        }
    }

    /// The person with this number; with a browser if there is one to give.
    #[must_use]
    pub fn person(&self, number: u64, browser: Option<BrowserRecord>) -> SubscriberRecord {
        self.chance.with(|generator| self.draw(generator, number, browser))
    }

    fn draw(&self, generator: &mut impl Rng, number: u64, browser: Option<BrowserRecord>) -> SubscriberRecord {
        let kind = weighted(generator, &KINDS);
        let operator = kind == ProfileKind::Operator;
        let channels = if browser.is_some() {
            *weighted_ref(generator, &CHANNELS)
        } else {
            &["email"][..]
        };
        let mailbox = channels != ["web_push"];
        SubscriberRecord {
            email: mailbox.then(|| format!("persona-{number}@example.org")),
            kind: kind.code().to_owned(),
            areas: self.areas(generator, kind),
            topics: self.topics(generator),
            sectors: if operator { self.sectors(generator) } else { Vec::new() },
            organisation_type: self.organisation_type(generator, kind),
            company_size: sometimes(generator, operator, &self.vocabulary.company_sizes),
            age_band: sometimes(generator, kind == ProfileKind::Citizen, &self.vocabulary.age_bands),
            language: Some(if generator.random_ratio(1, 20) { "en" } else { "it" }.to_owned()),
            frequency: Some((*weighted_ref(generator, &FREQUENCIES)).to_owned()),
            channels: channels.iter().map(|&code| code.to_owned()).collect(),
            push_subscriptions: browser.filter(|_| channels.contains(&"web_push")).into_iter().collect(),
            consent: ConsentRecord {
                at: CONSENTED_AT,
                source: "generated".to_owned(),
                text: CONSENT.to_owned(),
            },
        }
    }

    /// Home, sometimes work too; authorities sometimes a province; a few say the whole region.
    fn areas(&self, generator: &mut impl Rng, kind: ProfileKind) -> Vec<String> {
        if generator.random_ratio(1, 25) {
            return vec![REGION.to_owned()];
        }
        let home = self.municipality(generator);
        if kind == ProfileKind::Authority && generator.random_ratio(1, 4) {
            let province = home
                .parent
                .map(|province| self.vocabulary.areas.code(province).to_owned());
            return province.into_iter().collect();
        }
        let mut areas = vec![home.code.clone()];
        if generator.random_ratio(1, 5) {
            areas.push(self.municipality(generator).code.clone());
        }
        areas.dedup();
        areas
    }

    fn municipality(&self, generator: &mut impl Rng) -> &'a Area {
        let all = self.reach.last().copied().unwrap_or(1).max(1);
        let drawn = generator.random_range(0..all);
        let at = self.reach.partition_point(|reach| *reach <= drawn);
        self.municipalities[at.min(self.municipalities.len() - 1)]
    }

    /// One to five topics, a parent now and then; one in thirty follows everything.
    fn topics(&self, generator: &mut impl Rng) -> Vec<String> {
        if generator.random_ratio(1, 30) {
            return vec![crate::domain::vocabulary::EVERYTHING.to_owned()];
        }
        let below: Vec<&str> = self
            .vocabulary
            .topics
            .iter()
            .filter(|it| it.parent.is_some())
            .map(|it| it.code.as_str())
            .collect();
        let many = generator.random_range(1..=5);
        below.sample(generator, many).map(|&code| code.to_owned()).collect()
    }

    fn sectors(&self, generator: &mut impl Rng) -> Vec<String> {
        let divisions: Vec<&str> = self
            .vocabulary
            .sectors
            .iter()
            .filter(|it| it.parent.is_some())
            .map(|it| it.code.as_str())
            .collect();
        let many = generator.random_range(0..=2);
        divisions.sample(generator, many).map(|&code| code.to_owned()).collect()
    }

    fn organisation_type(&self, generator: &mut impl Rng, kind: ProfileKind) -> Option<String> {
        let own: Vec<&str> = self
            .vocabulary
            .organisation_types
            .iter()
            .filter(|it| it.owners.contains(&kind))
            .map(|it| it.code.as_str())
            .collect();
        if generator.random_ratio(1, 5) {
            None
        } else {
            own.choose(generator).map(|&code| code.to_owned())
        }
    }
}

/// A code of the list for four of five, where it applies.
fn sometimes<T: Term>(generator: &mut impl Rng, applies: bool, terms: &Terms<T>) -> Option<String> {
    let codes: Vec<&str> = terms.iter().map(Term::code).collect();
    if !applies || generator.random_ratio(1, 5) {
        return None;
    }
    codes.choose(generator).map(|&code| code.to_owned())
}

fn weighted<T: Copy>(generator: &mut impl Rng, weights: &[(T, u32)]) -> T {
    *weighted_ref(generator, weights)
}

/// One of the values, each as often as its weight says.
fn weighted_ref<'w, T>(generator: &mut impl Rng, weights: &'w [(T, u32)]) -> &'w T {
    let all: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let mut drawn = generator.random_range(0..all);
    for (value, weight) in weights {
        if drawn < *weight {
            return value;
        }
        drawn -= weight;
    }
    &weights[0].0
}
