// SPDX-License-Identifier: EUPL-1.2
//! People and opportunities with everything that a test does not care about. By default the one concerns the other.

use chrono::NaiveDate;
use chrono_tz::Europe::Rome;
use informa::domain::choices::Choices;
use informa::domain::clock::Timestamp;
use informa::domain::criteria::CriteriaCodes;
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::{OpportunityId, ProfileId, SubscriberId, Token};
use informa::domain::language::Language;
use informa::domain::local_time::{end_of_day, instant_of};
use informa::domain::opportunity::{Amount, Content, ContentRecord, Opportunity, OpportunityKind, Status};
use informa::domain::profile::{Follow, Followed, Profile, TellingOverride};
use informa::domain::subscriber::ConsentEvidence;
use informa::domain::vocabulary::Vocabulary;
use informa::services::ask_to_subscribe::Request;
use informa::services::choices::ChoiceCodes;
use informa::services::subscribe_browser::Newcomer;

pub(crate) const LOMBARDY: &str = "03";
pub(crate) const BERGAMO_PROVINCE: &str = "016";
pub(crate) const BERGAMO: &str = "016024";
pub(crate) const ALBINO: &str = "016004";
pub(crate) const MILAN: &str = "015146";
pub(crate) const PIEDMONT: &str = "01";

/// The words that people agree to in tests.
pub(crate) const CONSENT: &str = "Voglio ricevere gli avvisi sugli argomenti che seguo.";

/// The instant at which a wall clock in Rome shows `time`, such as `2026-07-01T10:00:00`.
pub(crate) fn at(time: &str) -> Timestamp {
    instant_of(time.parse().unwrap(), Rome)
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

/// Somebody who could subscribe.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) codes: ChoiceCodes,
    pub(crate) language: Language,
}

/// A citizen of Bergamo who follows environment and energy and wants mail at once.
pub(crate) fn a_citizen() -> Person {
    a_person("citizen", "maria@example.org")
}

/// A business of Bergamo that follows environment and energy and wants mail at once.
pub(crate) fn an_operator() -> Person {
    a_person("operator", "officina@example.org")
}

/// A public body of Bergamo that follows environment and energy and wants mail at once.
pub(crate) fn an_authority() -> Person {
    a_person("authority", "comune@example.org")
}

fn a_person(kind: &str, email: &str) -> Person {
    let codes = ChoiceCodes {
        kind: kind.to_owned(),
        areas: owned(&[BERGAMO]),
        topics: owned(&["environment"]),
        channels: owned(&["email"]),
        ..ChoiceCodes::default()
    };
    Person {
        email: email.to_owned(),
        codes,
        language: Language::Italian,
    }
}

impl Person {
    pub(crate) fn called(mut self, email: &str) -> Self {
        email.clone_into(&mut self.email);
        self
    }

    pub(crate) fn in_areas(mut self, codes: &[&str]) -> Self {
        self.codes.areas = owned(codes);
        self
    }

    pub(crate) fn following(mut self, topics: &[&str]) -> Self {
        self.codes.topics = owned(topics);
        self
    }

    pub(crate) fn in_sectors(mut self, codes: &[&str]) -> Self {
        self.codes.sectors = owned(codes);
        self
    }

    pub(crate) fn of_type(mut self, code: &str) -> Self {
        code.clone_into(&mut self.codes.organisation_type);
        self
    }

    pub(crate) fn of_size(mut self, code: &str) -> Self {
        code.clone_into(&mut self.codes.company_size);
        self
    }

    pub(crate) fn aged(mut self, code: &str) -> Self {
        code.clone_into(&mut self.codes.age_band);
        self
    }

    pub(crate) fn told(mut self, frequency: &str) -> Self {
        frequency.clone_into(&mut self.codes.frequency);
        self
    }

    pub(crate) fn by(mut self, channels: &[&str]) -> Self {
        self.codes.channels = owned(channels);
        self
    }

    pub(crate) fn reading(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    pub(crate) fn address(&self) -> EmailAddress {
        EmailAddress::parse(&self.email).unwrap()
    }

    pub(crate) fn choices(&self, vocabulary: &Vocabulary) -> Choices {
        self.codes.resolve(vocabulary).unwrap()
    }

    /// What they send by the page for e-mail.
    pub(crate) fn request(&self, vocabulary: &Vocabulary, now: Timestamp) -> Request {
        Request {
            email: self.address(),
            choices: self.choices(vocabulary),
            language: self.language,
            consent: consent(now),
            resumes_at: None,
        }
    }

    /// What they send by the page for a browser alone.
    pub(crate) fn newcomer(&self, vocabulary: &Vocabulary, now: Timestamp) -> Newcomer {
        Newcomer {
            choices: self.choices(vocabulary),
            language: self.language,
            consent: consent(now),
        }
    }

    /// The profile that would be kept of them, for rules that need no database.
    pub(crate) fn profile(&self, vocabulary: &Vocabulary) -> Profile {
        let choices = self.choices(vocabulary);
        let follow = |(topic, telling): (_, TellingOverride)| Follow {
            followed: Followed::Topic(topic),
            telling,
        };
        Profile {
            id: ProfileId(1),
            subscriber: SubscriberId(1),
            kind: choices.kind,
            facets: choices.facets,
            follows: choices.topics.into_iter().map(follow).collect(),
            mutes: std::iter::empty().collect(),
            telling: choices.telling,
        }
    }
}

/// The proof that somebody agreed at `at`.
pub(crate) fn consent(at: Timestamp) -> ConsentEvidence {
    ConsentEvidence {
        at,
        source: "page".to_owned(),
        text: CONSENT.to_owned(),
    }
}

/// An opportunity to be written.
#[derive(Debug, Clone)]
pub(crate) struct Writing(ContentRecord);

/// A call on energy in all of Lombardy, open to everybody until 30 September 2026.
pub(crate) fn a_call() -> Writing {
    let closes = end_of_day(NaiveDate::from_ymd_opt(2026, 9, 30).unwrap(), Rome);
    Writing(ContentRecord {
        kind: OpportunityKind::Call,
        title: "Contributi per il fotovoltaico".to_owned(),
        summary: "Fino a 5.000 euro per un impianto sul tetto di casa.".to_owned(),
        body: "Si presenta **una** domanda per edificio.".to_owned(),
        publisher: "Regione Lombardia".to_owned(),
        link: Some("https://www.example.org/fotovoltaico".to_owned()),
        documents: Vec::new(),
        place: String::new(),
        dates_note: String::new(),
        opens_at: Some(at("2026-07-01T12:00:00")),
        closes_at: Some(closes),
        amount: Amount {
            total: Some(120_000_000),
            ..Amount::default()
        },
        criteria: CriteriaCodes {
            areas: owned(&[LOMBARDY]),
            topics: owned(&["environment-energy"]),
            ..CriteriaCodes::default()
        },
    })
}

impl Writing {
    pub(crate) fn kind(mut self, kind: OpportunityKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.0.title);
        self
    }

    pub(crate) fn summed_up(mut self, summary: &str) -> Self {
        summary.clone_into(&mut self.0.summary);
        self
    }

    pub(crate) fn published_by(mut self, publisher: &str) -> Self {
        publisher.clone_into(&mut self.0.publisher);
        self
    }

    pub(crate) fn offering(mut self, total: Option<i64>) -> Self {
        self.0.amount.total = total;
        self
    }

    pub(crate) fn about(mut self, topics: &[&str]) -> Self {
        self.0.criteria.topics = owned(topics);
        self
    }

    pub(crate) fn in_areas(mut self, codes: &[&str]) -> Self {
        self.0.criteria.areas = owned(codes);
        self
    }

    pub(crate) fn for_kinds(mut self, kinds: &[&str]) -> Self {
        self.0.criteria.audience = owned(kinds);
        self
    }

    pub(crate) fn for_sectors(mut self, codes: &[&str]) -> Self {
        self.0.criteria.sectors = owned(codes);
        self
    }

    pub(crate) fn for_types(mut self, codes: &[&str]) -> Self {
        self.0.criteria.organisation_types = owned(codes);
        self
    }

    pub(crate) fn for_sizes(mut self, codes: &[&str]) -> Self {
        self.0.criteria.company_sizes = owned(codes);
        self
    }

    pub(crate) fn for_ages(mut self, codes: &[&str]) -> Self {
        self.0.criteria.ages = owned(codes);
        self
    }

    pub(crate) fn opening(mut self, opens_at: Option<Timestamp>) -> Self {
        self.0.opens_at = opens_at;
        self
    }

    pub(crate) fn closing(mut self, closes_at: Option<Timestamp>) -> Self {
        self.0.closes_at = closes_at;
        self
    }

    pub(crate) fn content(&self, vocabulary: &Vocabulary) -> Content {
        self.0.clone().resolve(vocabulary).unwrap()
    }

    /// The opportunity that would be kept of it, for rules that need no database.
    pub(crate) fn opportunity(&self, vocabulary: &Vocabulary) -> Opportunity {
        Opportunity {
            id: OpportunityId(1),
            token: Token::parse("abcdefghij").unwrap(),
            status: Status::Published,
            revision: 1,
            content: self.content(vocabulary),
            origin: None,
            published_at: None,
            updated_at: at("2026-07-01T10:00:00"),
        }
    }
}
