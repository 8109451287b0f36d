// SPDX-License-Identifier: EUPL-1.2
//! The last step of signing up: everything once more, what it would have brought in a month, the consent, and the way.
//!
//! An e-mail address that was typed before somebody goes back to change an answer waits in a cookie for half an hour.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::OpportunityId;
use crate::domain::notification::Channel;
use crate::domain::opportunity::Opportunity;
use crate::domain::subscriber::ConsentEvidence;
use crate::services::ask_to_subscribe::{Request, ask_to_subscribe};
use crate::services::recall_month::{Recall, recall_month};
use crate::services::save_for_later::public_among;
use crate::texts::Texts;
use crate::urls::{opportunity_path, paths};
use crate::web::client::{Client, SignUpLimits};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, append_cookie, cookie, render, render_as};
use crate::web::site::answers::{Answers, FieldError};
use crate::web::site::message::MessagePage;
use crate::web::site::push_block::PushBlock;
use crate::web::site::questions::{Choice, Questions};
use crate::web::site::steps::{Mark, Step, lead_back, marks, wrong_answers};

/// The id of the form, which the push block refers to.
pub const FORM: &str = "subscription";

/// The cookie with the e-mail address that was typed.
const TYPED_COOKIE: &str = "informa_typed";

/// How long it lasts.
const TYPED_MINUTES: i64 = 30;

/// The longest address that is kept so: RFC 5321 allows 254 octets.
const LONGEST_ADDRESS: usize = 254;

/// The longest path that a link to sign in leads to.
const LONGEST_PATH: usize = 2000;

#[derive(Template)]
#[template(path = "site/subscribe.html")]
struct SummaryPage {
    page: Page,
    steps: Vec<Mark>,
    number: usize,
    questions: Questions,
    /// Each step with the word for its page, what it is called, and what was answered.
    answered: Vec<(&'static str, String, Vec<String>)>,
    /// Path and title of what they want to save.
    to_save: Vec<(String, String)>,
    recall: RecallBlock,
    push: PushBlock,
    push_first: bool,
    /// Name and value of everything that was answered.
    kept: Vec<(String, String)>,
    email: String,
    consent: bool,
}

/// What the choices would have brought.
struct RecallBlock {
    sentence: String,
    /// In how many messages that comes; empty where each comes by itself.
    in_digests: String,
    warning: String,
    /// Path and title.
    examples: Vec<(String, String)>,
}

impl RecallBlock {
    fn new(recall: &Recall, texts: Texts) -> Self {
        let warning = match recall.digests {
            _ if recall.count == 0 => texts.get("recall-none"),
            None if recall.is_too_much() => texts.get("recall-too-many"),
            Some(_) if recall.is_too_much() => texts.get("recall-too-many-in-digests"),
            _ => String::new(),
        };
        let in_digests = recall.digests.filter(|most| *most > 0);
        let examples = recall.examples.iter();
        Self {
            sentence: texts.count("recall-count", recall.count),
            in_digests: in_digests.map_or_else(String::new, |most| texts.count("recall-in-digests", most)),
            warning,
            examples: examples.map(titled).collect(),
        }
    }

    /// For whoever follows no topic: nothing that is new is told.
    fn without_topics(texts: Texts) -> Self {
        Self {
            sentence: texts.get("recall-only-saved"),
            in_digests: String::new(),
            warning: String::new(),
            examples: Vec::new(),
        }
    }
}

/// Path and title of an opportunity.
fn titled(opportunity: &Opportunity) -> (String, String) {
    (opportunity_path(opportunity), opportunity.content.title.clone())
}

/// The names of what is chosen among these.
fn chosen(choices: &[Choice]) -> impl Iterator<Item = String> {
    choices.iter().filter(|it| it.chosen).map(|it| it.name.clone())
}

/// What was answered, step by step, in words.
fn answered(
    questions: &Questions,
    choices: &Choices,
    app: &App,
    texts: Texts,
) -> Vec<(&'static str, String, Vec<String>)> {
    let vocabulary = app.vocabulary();
    let way = if choices.telling.channels.uses(Channel::WebPush) {
        "push"
    } else {
        "email"
    };
    // Not what was typed: what a persona does not have is left out of the profile.
    let (facets, language) = (&choices.facets, texts.language);
    let organisation_type = facets.organisation_type.iter();
    let size = facets.company_size.iter();
    let who = chosen(&questions.kinds)
        .chain(organisation_type.map(|id| vocabulary.organisation_types.name(*id, language).to_owned()))
        .chain(size.map(|id| vocabulary.company_sizes.name(*id, language).to_owned()))
        .chain(
            facets
                .age_band
                .iter()
                .map(|id| vocabulary.age_bands.name(*id, language).to_owned()),
        )
        .chain(
            facets
                .sectors
                .iter()
                .map(|id| vocabulary.sectors.name(*id, language).to_owned()),
        );
    let mut places: Vec<String> = facets.areas.iter().map(|id| texts.area(*id, &vocabulary)).collect();
    if places.is_empty() {
        places.push(texts.get("everywhere"));
    }
    let topics = choices.topics.keys();
    let mut topics: Vec<String> = topics
        .map(|id| vocabulary.topics.name(*id, texts.language).to_owned())
        .collect();
    if topics.is_empty() {
        topics.push(texts.get("preferences-only-saved"));
    }
    let how = chosen(&questions.frequencies).chain([texts.get(&format!("wizard-way-{way}"))]);
    let named = |step: Step, answers: Vec<String>| (step.word(), texts.get(&format!("step-{}", step.word())), answers);
    vec![
        named(Step::Who, who.collect()),
        named(Step::Where, places),
        named(Step::What, topics),
        named(Step::How, how.collect()),
    ]
}

/// The summary; or the step whose answers cannot be used.
///
/// # Errors
/// What the database says.
pub async fn show(app: &App, page: Page, answers: &Answers, jar: &CookieJar) -> Result<Response, PageError> {
    let with_address = Answers {
        email: typed_address(app, jar),
        ..answers.clone()
    };
    summary(app, page, &with_address, Vec::new()).await
}

async fn summary(app: &App, page: Page, answers: &Answers, errors: Vec<FieldError>) -> Result<Response, PageError> {
    let texts = page.texts;
    let Ok(choices) = answers.resolve(texts, &app.vocabulary()) else {
        return Ok(lead_back(Step::Who, answers));
    };
    let recall = if choices.topics.is_empty() {
        RecallBlock::without_topics(texts)
    } else {
        RecallBlock::new(&recall_month(app, &choices).await?, texts)
    };
    let to_save: Vec<OpportunityId> = choices.saved.iter().copied().collect();
    let to_save = public_among(app, &to_save).await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let questions = Questions::new(app, &page, answers, errors);
    let kept = answers.pairs().into_iter();
    let summary = SummaryPage {
        steps: marks(Step::Summary, texts),
        number: Step::ALL.len(),
        answered: answered(&questions, &choices, app, texts),
        to_save: to_save.iter().map(titled).collect(),
        recall,
        push: PushBlock::new(app, FORM),
        push_first: answers.way == "push",
        kept: kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        email: answers.email.clone(),
        consent: answers.consent == "yes",
        questions,
        page,
    };
    Ok(render_as(status, &summary))
}

/// Takes the form. The answer is the same whether or not the address is known; after too many from one place it comes back
/// with what was typed.
///
/// # Errors
/// What the database says.
pub async fn submit(
    State(app): State<App>,
    Extension(limits): Extension<Arc<SignUpLimits>>,
    client: Client,
    page: Page,
    Submitted(mut answers): Submitted<Answers>,
) -> Result<Response, PageError> {
    let vocabulary = app.vocabulary();
    answers.keep_known(&vocabulary);
    answers.keep_public(&app).await?;
    answers.settle_kind();
    if let Some(step) = Step::from_word(&answers.change) {
        return Ok(go_back(&app, step, &answers));
    }
    if let Some((step, _)) = wrong_answers(&mut answers, page.texts, &vocabulary) {
        return Ok(lead_back(step, &answers));
    }
    let request = {
        // Whoever signs up by e-mail is told by e-mail; a browser can be added from the private page.
        let by_mail = Answers {
            way: "email".to_owned(),
            ..answers.clone()
        };
        read(&app, page.texts, &by_mail)
    };
    match request {
        Ok(request) => {
            if let Err(too_many) = limits.count(client) {
                "email".clone_into(&mut answers.way);
                let wait = FieldError::new("email", page.t("error-too-many"));
                return Ok(too_many.said_by(summary(&app, page, &answers, vec![wait]).await?));
            }
            ask_to_subscribe(&app, &request).await?;
            Ok(with_typed(&app, &answers, &after(&answers)))
        }
        Err(errors) => {
            "email".clone_into(&mut answers.way);
            summary(&app, page, &answers, errors).await
        }
    }
}

/// The page that says where the message went. It keeps the answers, so that a mistyped address is all that has to be
/// written again.
fn after(answers: &Answers) -> String {
    let query = answers.query();
    let is_kept = !query.is_empty() && query.len() <= LONGEST_PATH;
    if is_kept {
        format!("{}?{query}", paths::SIGNED_UP)
    } else {
        paths::SIGNED_UP.to_owned()
    }
}

/// To the page of a step; the address that was typed waits in a cookie.
fn go_back(app: &App, step: Step, answers: &Answers) -> Response {
    with_typed(app, answers, &step.address(answers))
}

/// To a page, with a cookie in which the address that was typed waits.
fn with_typed(app: &App, answers: &Answers, address: &str) -> Response {
    let mut back = Redirect::to(address).into_response();
    let typed = answers.email.trim();
    if !typed.is_empty() && typed.len() <= LONGEST_ADDRESS {
        let until = app.now().plus(TimeDelta::minutes(TYPED_MINUTES));
        let waiting = URL_SAFE_NO_PAD.encode(format!("{} {typed}", until.milliseconds()));
        append_cookie(&mut back, &cookie(app, TYPED_COOKIE, waiting));
    }
    back
}

/// The answer, after which no address waits.
#[must_use]
pub fn forget_typed(app: &App, jar: &CookieJar, mut answer: Response) -> Response {
    if jar.get(TYPED_COOKIE).is_some() {
        let mut forgotten = cookie(app, TYPED_COOKIE, String::new());
        forgotten.make_removal();
        append_cookie(&mut answer, &forgotten);
    }
    answer
}

/// The address that waits in the cookie; empty when there is none, or it has waited for too long.
fn typed_address(app: &App, jar: &CookieJar) -> String {
    let read = || {
        let held = URL_SAFE_NO_PAD.decode(jar.get(TYPED_COOKIE)?.value()).ok()?;
        let held = String::from_utf8(held).ok()?;
        let (until, typed) = held.split_once(' ')?;
        let until = Timestamp::from_milliseconds(until.parse().ok()?);
        (app.now() < until).then(|| typed.to_owned())
    };
    read().unwrap_or_default()
}

fn read(app: &App, texts: Texts, answers: &Answers) -> Result<Request, Vec<FieldError>> {
    let choices = answers.resolve(texts, &app.vocabulary());
    let email = EmailAddress::parse(&answers.email);
    match (choices, consent(answers, texts, app.now()), email) {
        (Ok(choices), Ok(consent), Ok(email)) => Ok(Request {
            email,
            choices,
            language: texts.language,
            consent,
            resumes_at: Some(Step::How.address(answers)).filter(|path| path.len() <= LONGEST_PATH),
        }),
        (choices, consent, email) => {
            let mut errors = choices.err().unwrap_or_default();
            errors.extend(consent.err());
            let bad_address = || FieldError::new("email", texts.get("form-bad-address"));
            errors.extend(email.err().map(|_| bad_address()));
            Err(errors)
        }
    }
}

/// The proof of the consent that the form gives.
///
/// # Errors
/// The field, when it was not given.
pub fn consent(answers: &Answers, texts: Texts, now: Timestamp) -> Result<ConsentEvidence, FieldError> {
    if answers.consent != "yes" {
        return Err(FieldError::new("consent-yes", texts.get("refusal-no-consent")));
    }
    Ok(ConsentEvidence {
        at: now,
        source: paths::SUBSCRIBE.to_owned(),
        text: texts.get("consent-text"),
    })
}

/// Says that a message is on its way, and where to, if the address is right; and leads back to it with everything else.
pub async fn check_mail(State(app): State<App>, page: Page, jar: CookieJar, RawQuery(query): RawQuery) -> Response {
    let answers = Answers::of_query(&query.unwrap_or_default());
    let again = match answers.query() {
        query if query.is_empty() => paths::SUBSCRIBE.to_owned(),
        _ => Step::Summary.address(&answers),
    };
    let typed = typed_address(&app, &jar);
    let mut says = MessagePage::new(page, "it-mail", "check-mail").with_link("check-mail-again", &again);
    if !typed.is_empty() {
        says.lead = says.page.filled("check-mail-lead-to", "address", &typed);
    }
    render(&says.at_end_of_signing_up())
}
