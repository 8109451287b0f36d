// SPDX-License-Identifier: EUPL-1.2
//! The page of every opportunity: everything that is sent can be read here without an account, and what became of it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::occasion::FollowUp;
use crate::domain::opportunity::{Document, Opportunity, OpportunityKind};
use crate::domain::profile::ProfileKind;
use crate::domain::vocabulary::Vocabulary;
use crate::services::manage_notification::own_page;
use crate::services::read_history::{Event, read_history};
use crate::services::read_inbox::note_opened;
use crate::services::save_for_later::has_saved;
use crate::storage::{opportunities, profiles};
use crate::texts::Texts;
use crate::urls::{opportunity_path, token_of};
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::prose::prose;
use crate::web::session::MaybePerson;
use crate::web::site::answers::Answers;
use crate::web::site::card::Card;
use crate::web::site::discovery::structured_data;
use crate::web::site::steps::tell_me;
use crate::web::site::told::{left_to_say, said};

#[derive(Template)]
#[template(path = "site/opportunity.html")]
struct DetailPage {
    page: Page,
    /// What was just done to it.
    done: String,
    card: Card,
    facts: Vec<(String, String)>,
    summary: String,
    body: String,
    link: Option<String>,
    documents: Vec<Document>,
    updated: String,
    updated_date: String,
    tell_me: String,
    /// For whoever is not signed in, as long as there may be something to tell.
    following: Option<Following>,
    address: String,
    /// The picture that stands beside a link to it elsewhere.
    picture: String,
    data: String,
    calendar: Option<String>,
    history: Vec<PastEvent>,
    saving: Option<(OpportunityId, bool)>,
    manage: Option<String>,
}

/// What has become of it, in words.
struct PastEvent {
    date: String,
    iso_date: String,
    what: String,
    lines: Vec<String>,
}

impl PastEvent {
    fn new(event: &Event, kind: OpportunityKind, texts: Texts) -> Self {
        let follow_up = FollowUp::Change(Box::new(event.change.clone()));
        Self {
            date: texts.short_date(&event.at),
            iso_date: texts.iso_date(&event.at),
            what: texts.follow_up(event.kind, kind, &follow_up, event.at),
            lines: texts.change(&event.change, kind),
        }
    }
}

/// The way to be told of one opportunity alone.
struct Following {
    address: String,
    /// The key of what it brings.
    lead: &'static str,
}

impl Following {
    fn new(opportunity: &Opportunity, like_this: &Answers) -> Self {
        let this_alone = Answers {
            topics: Vec::new(),
            saved: vec![opportunity.id.to_string()],
            ..like_this.clone()
        };
        Self {
            address: tell_me(&this_alone),
            lead: if opportunity.is_reminded_of() {
                "follow-this-lead"
            } else {
                "follow-this-undated-lead"
            },
        }
    }
}

/// The page of one opportunity.
///
/// # Errors
/// [`PageError::NotFound`] for what does not exist or nobody may read yet.
pub async fn show(
    State(app): State<App>,
    MaybePerson(person): MaybePerson,
    page: Page,
    jar: CookieJar,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let told = left_to_say(&app, &jar, page.texts).await?;
    let token = token_of(&slug).ok_or(PageError::NotFound)?;
    let mut transaction = app.database.read().await?;
    let found = opportunities::find_by_token(&mut transaction, &token).await?;
    let opportunity = found.filter(|it| it.status.is_public()).ok_or(PageError::NotFound)?;
    let own = match person {
        Some(subscriber) => profiles::list(&mut transaction, subscriber).await?,
        None => Vec::new(),
    };
    drop(transaction);
    let path = opportunity_path(&opportunity);
    if page.path != path {
        return Ok(Redirect::permanent(&path).into_response());
    }
    let mut manage = None;
    if let Some(subscriber) = person {
        note_opened(&app, subscriber, opportunity.id).await?;
        manage = own_page(&app, subscriber, &opportunity).await?;
    }
    let vocabulary = app.vocabulary();
    let card = Card::new(&opportunity, page.texts, &vocabulary, app.now());
    let like_this = like_this(&opportunity, &card);
    let history = read_history(&app, &opportunity).await?;
    let history = history
        .iter()
        .map(|event| PastEvent::new(event, opportunity.content.kind, page.texts));
    let is_saved = own.iter().any(|profile| has_saved(profile, opportunity.id));
    let shown = render(&DetailPage {
        done: told.map(|it| it.sentence).unwrap_or_default(),
        history: history.collect(),
        saving: (!own.is_empty()).then_some((opportunity.id, is_saved)),
        manage,
        facts: facts(&opportunity, page.texts, &vocabulary),
        summary: opportunity.content.summary.clone(),
        body: prose(&opportunity.content.body),
        link: opportunity.content.link.clone(),
        documents: opportunity.content.documents.clone(),
        updated: page.texts.date(&opportunity.updated_at),
        updated_date: page.texts.iso_date(&opportunity.updated_at),
        tell_me: tell_me(&like_this),
        following: (!card.standing.is_over()).then(|| Following::new(&opportunity, &like_this)),
        address: app.urls.opportunity(&opportunity),
        picture: app.urls.absolute(&page.asset("icon-512.png")),
        data: structured_data(&app, &opportunity),
        calendar: opportunity.has_date().then(|| format!("{path}/calendario.ics")),
        card,
        page,
    });
    Ok(said(&app, &jar, shown))
}

/// The answers of whoever wants more of the kind.
fn like_this(opportunity: &Opportunity, card: &Card) -> Answers {
    Answers {
        topics: card.topics.iter().map(|(code, _)| code.clone()).collect(),
        suggested_kind: likely_reader(opportunity).map_or_else(String::new, |kind| kind.code().to_owned()),
        ..Answers::default()
    }
}

/// What there is to know at a glance: name and value.
fn facts(opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary) -> Vec<(String, String)> {
    let content = &opportunity.content;
    let amount = |cents: Option<i64>| cents.as_ref().map(|cents| texts.money(cents)).unwrap_or_default();
    let (criteria, language) = (&content.criteria, texts.language);
    let types = criteria.organisation_types.iter();
    let types = types.map(|id| vocabulary.organisation_types.name(*id, language).to_owned());
    let sectors = criteria
        .sectors
        .iter()
        .map(|id| vocabulary.sectors.name(*id, language).to_owned());
    let places = criteria.areas.iter().map(|id| texts.area(*id, vocabulary));
    let facts = [
        ("fact-opens", texts.opening(content)),
        ("fact-dates-note", content.dates_note.clone()),
        ("fact-amount", amount(content.amount.total)),
        ("fact-amount-minimum", amount(content.amount.minimum)),
        ("fact-amount-maximum", amount(content.amount.maximum)),
        ("fact-audience", audience(opportunity, texts, vocabulary)),
        ("fact-organisation-types", few(types.collect(), texts)),
        ("fact-sectors", few(sectors.collect(), texts)),
        ("fact-areas", few(places.collect(), texts)),
        ("fact-place", content.place.clone()),
        ("fact-publisher", content.publisher.clone()),
    ];
    let stated = facts.into_iter().filter(|(_, value)| !value.is_empty());
    stated.map(|(key, value)| (texts.get(key), value)).collect()
}

/// Who is likely to want more of the kind: a person, where it is for persons too.
fn likely_reader(opportunity: &Opportunity) -> Option<ProfileKind> {
    let audience = &opportunity.content.criteria.audience;
    let likely = [ProfileKind::Citizen, ProfileKind::Operator, ProfileKind::Authority];
    likely.into_iter().find(|kind| audience.contains(kind))
}

/// Whom it is for, in words.
fn audience(opportunity: &Opportunity, texts: Texts, vocabulary: &Vocabulary) -> String {
    let criteria = &opportunity.content.criteria;
    let kinds = criteria.audience.iter().map(|kind| texts.get(audience_key(*kind)));
    let sizes = criteria
        .company_sizes
        .iter()
        .map(|id| vocabulary.company_sizes.name(*id, texts.language).to_owned());
    let ages = criteria
        .ages
        .iter()
        .map(|id| vocabulary.age_bands.name(*id, texts.language).to_owned());
    let named: Vec<String> = kinds.chain(sizes).chain(ages).collect();
    let is_open = named.is_empty() && criteria.organisation_types.is_empty() && criteria.sectors.is_empty();
    if is_open {
        texts.get("audience-everyone")
    } else {
        named.join(", ")
    }
}

/// The key of the name of a kind of profile as an audience.
#[must_use]
pub const fn audience_key(kind: ProfileKind) -> &'static str {
    match kind {
        ProfileKind::Citizen => "audience-citizen",
        ProfileKind::Authority => "audience-authority",
        ProfileKind::Operator => "audience-operator",
    }
}

/// How many places, types or sectors are named before the rest is only counted.
const NAMED: usize = 12;

fn few(mut names: Vec<String>, texts: Texts) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let mut line = names.join(", ");
    if more > 0 {
        line.push(' ');
        line.push_str(&texts.count("and-more", i64::try_from(more).unwrap_or(i64::MAX)));
    }
    line
}
