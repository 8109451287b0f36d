// SPDX-License-Identifier: EUPL-1.2
//! "I miei avvisi": everything that matched, whatever the channels, and why; what of it is read, and what is saved.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::OpportunityKind;
use crate::domain::relevance::Relevance;
use crate::domain::standing::Standing;
use crate::domain::vocabulary::{Term, Vocabulary};
use crate::services::choose_wishes::read_wishes;
use crate::services::hide_and_show::show_opportunity_again;
use crate::services::judge_relevance::judge_own;
use crate::services::read_inbox::{
    HiddenBy, InboxItem, count_unread, mark_all_read, mark_read, mark_unread, read_part,
};
use crate::services::save_for_later::{drop_saved, save_for_later};
use crate::services::save_profile::mute_opportunity;
use crate::storage::inbox::{InboxFilter, Part};
use crate::texts::Texts;
use crate::urls::{opportunity_path, paths};
use crate::web::csrf::Submitted;
use crate::web::error::PageError;
use crate::web::page::{Page, render};
use crate::web::query::Query;
use crate::web::session::Person;
use crate::web::site::card::Card;
use crate::web::site::catalogue::{kinds, standings};
use crate::web::site::failing_mailbox::FailingBlock;
use crate::web::site::private_feeds::FeedAddresses;
use crate::web::site::told::{Deed, left_to_say, said, telling};
use crate::web::topic_tree::TopicTree;

/// How many lines one page shows.
const A_PAGE: i64 = 20;

#[derive(Template)]
#[template(path = "site/inbox.html")]
struct InboxPage {
    page: Page,
    failing: Option<FailingBlock>,
    narrowing: Narrowing,
    /// Until when nothing is sent, in words.
    paused: Option<String>,
    unread: i64,
    heading: String,
    kinds: Vec<(&'static str, String)>,
    topics: TopicTree,
    standings: Vec<(&'static str, String)>,
    items: Vec<Item>,
    /// Why something was not useful, to choose from.
    why_not: Vec<(&'static str, String)>,
    feeds: Option<FeedAddresses>,
    done: String,
    /// The line to which that was done, where this page has it.
    told_at: Option<OpportunityId>,
    before: Option<String>,
    after: Option<String>,
    more_unread: bool,
    is_beyond: bool,
}

/// One line.
struct Item {
    id: OpportunityId,
    card: Card,
    why: String,
    matched: String,
    saved: bool,
    is_read: bool,
    hidden: Option<HiddenBy>,
    calendar: Option<String>,
    /// What was said of it, in words.
    answered: Option<String>,
}

/// Which part of the inbox is shown, and what it is narrowed to, as its address says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Narrowing {
    saved: String,
    unread: String,
    kind: String,
    topic: String,
    standing: String,
    page: String,
    done: String,
}

impl Narrowing {
    fn part(&self) -> Part {
        match (self.saved.as_str(), self.unread.as_str()) {
            ("yes", _) => Part::Saved,
            (_, "yes") => Part::Unread,
            _ => Part::Matched,
        }
    }

    fn filter(&self, vocabulary: &Vocabulary, now: Timestamp) -> InboxFilter {
        InboxFilter {
            part: self.part(),
            kind: OpportunityKind::from_code(&self.kind),
            topic: vocabulary.topics.by_code(&self.topic).map(Term::id),
            standing: Standing::from_code(&self.standing).map(|standing| (standing, now)),
        }
    }

    fn has_facets(&self) -> bool {
        [&self.kind, &self.topic, &self.standing]
            .iter()
            .any(|value| !value.is_empty())
    }

    fn number(&self) -> i64 {
        self.page.parse().unwrap_or(1).clamp(1, 10_000)
    }

    /// What makes it this list, as fields of a form.
    fn fields(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let fields = [
            ("saved", &self.saved),
            ("unread", &self.unread),
            ("kind", &self.kind),
            ("topic", &self.topic),
            ("standing", &self.standing),
        ];
        fields.into_iter().filter(|(_, value)| !value.is_empty())
    }

    /// The address of a page of the same list.
    fn address(&self, number: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields() {
            query.append_pair(name, value);
        }
        if number > 1 {
            query.append_pair("page", &number.to_string());
        }
        match query.finish() {
            query if query.is_empty() => paths::INBOX.to_owned(),
            query => format!("{}?{query}", paths::INBOX),
        }
    }

    /// Where what is done to a line of this list leads back to.
    fn back(&self) -> String {
        self.address(self.number())
    }
}

/// Shows a page of it.
///
/// # Errors
/// Leads to the way in when nobody is signed in.
pub async fn show(
    State(app): State<App>,
    Person(subscriber): Person,
    page: Page,
    jar: CookieJar,
    Query(narrowing): Query<Narrowing>,
) -> Result<Response, PageError> {
    let told = left_to_say(&app, &jar, page.texts).await?;
    let number = narrowing.number();
    let (vocabulary, now, texts) = (app.vocabulary(), app.now(), page.texts);
    let filter = narrowing.filter(&vocabulary, now);
    // One more than is shown tells whether there is another page.
    let mut found = read_part(&app, subscriber, &filter, A_PAGE + 1, (number - 1) * A_PAGE).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > A_PAGE);
    found.truncate(usize::try_from(A_PAGE).unwrap_or_default());
    // What is unread is fewer at each look: a second page of it would leave out what moved up to the first.
    let (is_unread, is_beyond) = (filter.part == Part::Unread, number > 1 && found.is_empty());
    let unread = count_unread(&app, subscriber).await?;
    let done = format!("inbox-done-{}", narrowing.done);
    let wishes = read_wishes(&app, subscriber).await?;
    let shown = render(&InboxPage {
        told_at: told
            .as_ref()
            .map(|it| it.opportunity)
            .filter(|id| found.iter().any(|item| item.opportunity.id == *id)),
        failing: FailingBlock::of(&app, subscriber, texts).await?,
        paused: wishes.pause(now).map(|until| texts.date(&until)),
        why_not: why_not(texts),
        heading: texts.count("inbox-unread-count", unread),
        unread,
        kinds: kinds(texts),
        topics: TopicTree::new(&vocabulary, texts.language, &[]),
        standings: standings(texts),
        items: found.iter().map(|it| item(it, texts, &vocabulary, now)).collect(),
        feeds: FeedAddresses::of(&app, subscriber).await?,
        done: match told {
            Some(told) => told.sentence,
            None if texts.has(&done) => texts.get(&done),
            None => String::new(),
        },
        before: (number > 1).then(|| narrowing.address(number - 1)),
        more_unread: is_unread && more,
        is_beyond,
        after: (more && !is_unread).then(|| narrowing.address(number + 1)),
        narrowing,
        page,
    });
    Ok(said(&app, &jar, shown))
}

/// The answers that say why something was not useful.
pub(super) fn why_not(texts: Texts) -> Vec<(&'static str, String)> {
    let why_not = Relevance::ALL.into_iter().filter(|it| *it != Relevance::Useful);
    why_not
        .map(|it| (it.code(), texts.get(&format!("relevance-{}", it.code()))))
        .collect()
}

fn item(found: &InboxItem, texts: Texts, vocabulary: &Vocabulary, now: Timestamp) -> Item {
    let opportunity = &found.opportunity;
    let path = opportunity_path(opportunity);
    Item {
        id: opportunity.id,
        card: Card::new(opportunity, texts, vocabulary, now),
        why: texts.reasons(&found.reasons, vocabulary),
        matched: texts.short_date(&found.matched_at),
        saved: found.saved,
        is_read: found.is_read,
        hidden: found.hidden,
        answered: found
            .answer
            .map(|answer| texts.get(&format!("relevance-{}", answer.code()))),
        calendar: opportunity.has_date().then(|| format!("{path}/calendario.ics")),
    }
}

/// What is marked, and from which page.
#[derive(Debug, Deserialize)]
pub struct Marked {
    opportunity: OpportunityId,
    #[serde(default)]
    back: String,
}

/// Marks a line as read.
///
/// # Errors
/// What the database says.
pub async fn read(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(marked): Submitted<Marked>,
) -> Result<Response, PageError> {
    mark_read(&app, subscriber, marked.opportunity).await?;
    let back = back_to(&marked.back).into_response();
    Ok(telling(&app, Deed::Read, marked.opportunity, back))
}

/// Marks a line as not read.
///
/// # Errors
/// What the database says.
pub async fn unread(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(marked): Submitted<Marked>,
) -> Result<Response, PageError> {
    mark_unread(&app, subscriber, marked.opportunity).await?;
    let back = back_to(&marked.back).into_response();
    Ok(telling(&app, Deed::Unread, marked.opportunity, back))
}

/// What is thought of a line.
#[derive(Debug, Deserialize)]
pub struct Judged {
    opportunity: OpportunityId,
    answer: String,
    #[serde(default)]
    back: String,
}

/// Keeps what the person thinks of a line; `none` takes it back.
///
/// # Errors
/// [`PageError::BadRequest`] for an answer that there is not, [`PageError::NotFound`] for what is not in their inbox.
pub async fn judge(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(judged): Submitted<Judged>,
) -> Result<Response, PageError> {
    let answer = match judged.answer.as_str() {
        "none" => None,
        code => Some(Relevance::from_code(code).ok_or(PageError::BadRequest)?),
    };
    judge_own(&app, subscriber, judged.opportunity, answer).await?;
    let deed = if answer.is_some() {
        Deed::Judged
    } else {
        Deed::Withdrawn
    };
    let back = back_to(&judged.back).into_response();
    Ok(telling(&app, deed, judged.opportunity, back))
}

/// Marks everything as read that the list of the form shows, on all of its pages.
///
/// # Errors
/// What the database says.
pub async fn read_all(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(narrowing): Submitted<Narrowing>,
) -> Result<Response, PageError> {
    let filter = narrowing.filter(&app.vocabulary(), app.now());
    mark_all_read(&app, subscriber, &filter).await?;
    let back = if narrowing.has_facets() {
        format!("{}&done=read-these", narrowing.address(1))
    } else {
        format!("{}?done=read-all", paths::INBOX)
    };
    Ok(Redirect::to(&back).into_response())
}

/// What is not wanted any more.
#[derive(Debug, Deserialize)]
pub struct Muted {
    opportunity: OpportunityId,
}

/// Keeps an opportunity from the person for good.
///
/// # Errors
/// What the database says.
pub async fn mute(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(muted): Submitted<Muted>,
) -> Result<Response, PageError> {
    mute_opportunity(&app, subscriber, muted.opportunity).await?;
    let back = Redirect::to(paths::INBOX).into_response();
    Ok(telling(&app, Deed::Hidden, muted.opportunity, back))
}

/// Shows an opportunity again that the person had hidden.
///
/// # Errors
/// What the database says.
pub async fn show_again(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(muted): Submitted<Muted>,
) -> Result<Response, PageError> {
    show_opportunity_again(&app, subscriber, muted.opportunity).await?;
    let back = Redirect::to(paths::INBOX).into_response();
    Ok(telling(&app, Deed::Shown, muted.opportunity, back))
}

/// Back to a page of ours that shows it.
fn back_to(back: &str) -> Redirect {
    let is_below = |path: &str| {
        let rest = back.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    let is_own = [paths::INBOX, paths::OPPORTUNITIES].into_iter().any(is_below) && !back.contains(char::is_control);
    Redirect::to(if is_own { back } else { paths::INBOX })
}

/// Saves an opportunity for the person.
///
/// # Errors
/// [`PageError::NotFound`] for what nobody may read yet.
pub async fn save(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(saved): Submitted<Marked>,
) -> Result<Response, PageError> {
    save_for_later(&app, subscriber, saved.opportunity).await?;
    let back = back_to(&saved.back).into_response();
    Ok(telling(&app, Deed::Saved, saved.opportunity, back))
}

/// Saves it no longer.
///
/// # Errors
/// What the database says.
pub async fn drop_one(
    State(app): State<App>,
    Person(subscriber): Person,
    Submitted(saved): Submitted<Marked>,
) -> Result<Response, PageError> {
    drop_saved(&app, subscriber, saved.opportunity).await?;
    let back = back_to(&saved.back).into_response();
    Ok(telling(&app, Deed::Dropped, saved.opportunity, back))
}
