// SPDX-License-Identifier: EUPL-1.2
//! Less of a notification, nothing more of it, what somebody thinks of it: for whoever has its code, without signing in.
//!
//! Reads what the notification said, from its code, and what its person has hidden; writes mutes, how soon a topic is told,
//! and the answer. Looking changes nothing, and everything can be taken back.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::ids::{OpportunityId, ProfileId, SourceId, SubscriberId, TopicId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Followed, Frequency, Mute, Profile};
use crate::domain::relevance::Relevance;
use crate::domain::subscriber::{Place, SubscriberStatus, Target, TargetStatus};
use crate::matching::{Reason, match_follow_up, unmuted};
use crate::services::hide_and_show::{hide, lessened_of, show};
use crate::services::judge_relevance::{answers_of, judge};
use crate::services::manage_code::ManageCode;
use crate::services::stop_codes::UnsubscribeCode;
use crate::services::{Error, Result};
use crate::storage::{Transaction, mutes, opportunities, profiles, sources, subscribers, targets};

/// What the page of a notification says.
#[derive(Debug, Clone)]
pub struct Managed {
    /// What it told of.
    pub opportunity: Opportunity,
    /// Why, as it said.
    pub reasons: Vec<Reason>,
    /// Whether the opportunity is hidden.
    pub is_hidden: bool,
    /// Its topics, and whether each is hidden.
    pub topics: Vec<(TopicId, bool)>,
    /// Its source with its name, and whether it is hidden.
    pub source: Option<(SourceId, String, bool)>,
    /// How soon such things are told.
    pub pace: Pace,
    /// What the person thinks of it.
    pub answer: Option<Relevance>,
    /// The code that stops such mail, where it was one.
    pub unsubscribe: Option<String>,
}

/// How soon what is like a notification is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Sooner than weekly, so that it can be told less.
    Sooner,
    /// Weekly, because the person wanted less.
    Lessened,
    /// Weekly anyway.
    Weekly,
    /// No followed topic decides it, or only `everything`.
    Undecided,
}

/// What of a notification is hidden or shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The opportunity.
    Opportunity,
    /// One of its topics.
    Topic(TopicId),
    /// Its source.
    Source,
}

/// What can be done on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Say nothing more of it.
    Hide(Scope),
    /// Say it again.
    Show(Scope),
    /// Tell of such things in the weekly digest only.
    Fewer,
    /// Tell of them as before.
    AsBefore,
    /// Say what one thinks of it, or no longer.
    Judge(Option<Relevance>),
}

/// Whose notification it was, and which.
struct Known {
    subscriber: SubscriberId,
    target: Target,
    code: ManageCode,
    opportunity: Opportunity,
    own: Vec<Profile>,
}

impl Known {
    /// Who has a code is asked nothing else: whatever is wrong with it is answered alike.
    async fn find(app: &App, transaction: &mut Transaction, code: &str) -> Result<Self> {
        let code = ManageCode::read(app, code).ok_or(Error::NotFound)?;
        let target = targets::find(transaction, code.target).await?;
        let target = target
            .filter(|target| code.is_for(app, target))
            .ok_or(Error::NotFound)?;
        let person = subscribers::find(transaction, target.subscriber).await?;
        person
            .filter(|person| person.status == SubscriberStatus::Active)
            .ok_or(Error::NotFound)?;
        let opportunity = opportunities::find(transaction, code.opportunity).await?;
        Ok(Self {
            subscriber: target.subscriber,
            opportunity: opportunity.ok_or(Error::NotFound)?,
            own: profiles::list(transaction, target.subscriber).await?,
            target,
            code,
        })
    }

    fn mutes(&self, mute: Mute) -> bool {
        self.own.iter().any(|profile| profile.mutes.contains(&mute))
    }

    fn mute(&self, scope: Scope) -> Result<Mute> {
        let source = self.opportunity.origin.as_ref().map(|origin| origin.source);
        match scope {
            Scope::Opportunity => Ok(Mute::Opportunity(self.opportunity.id)),
            Scope::Topic(topic) if self.opportunity.content.criteria.topics.contains(&topic) => Ok(Mute::Topic(topic)),
            Scope::Topic(_) => Err(Error::NotFound),
            Scope::Source => source.map(Mute::Source).ok_or(Error::NotFound),
        }
    }

    /// The followed topics that decide how soon such things are told, whatever is hidden, with how soon that is.
    fn deciding(&self, app: &App) -> Vec<(ProfileId, TopicId, Frequency)> {
        let vocabulary = app.vocabulary();
        let mut deciding = Vec::new();
        for profile in &self.own {
            let found = match_follow_up(&self.opportunity, &unmuted(profile), &vocabulary);
            let topics: BTreeSet<TopicId> = found
                .into_iter()
                .flat_map(|it| it.reasons)
                .filter_map(|reason| match reason {
                    Reason::Topic(topic) => Some(topic),
                    _ => None,
                })
                .collect();
            let follows = profile.follows.iter().filter_map(|follow| match follow.followed {
                Followed::Topic(topic) if topics.contains(&topic) => {
                    Some((profile.id, topic, follow.telling.over(profile.telling).frequency))
                }
                _ => None,
            });
            deciding.extend(follows);
        }
        deciding
    }
}

/// What the page of the notification with this code says.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours, or of somebody who is no longer with us.
pub async fn read_managed(app: &App, code: &str) -> Result<Managed> {
    let mut transaction = app.database.read().await?;
    let known = Known::find(app, &mut transaction, code).await?;
    let source = match known.opportunity.origin.as_ref().map(|origin| origin.source) {
        Some(id) => sources::name(&mut transaction, id)
            .await?
            .map(|name| (id, name, known.mutes(Mute::Source(id)))),
        None => None,
    };
    let lessened = lessened_of(&mut transaction, &known.own).await?;
    let answers = answers_of(app, &mut transaction, known.subscriber).await?;
    let topics = known.opportunity.content.criteria.topics.iter();
    Ok(Managed {
        is_hidden: known.mutes(Mute::Opportunity(known.opportunity.id)),
        topics: topics.map(|id| (*id, known.mutes(Mute::Topic(*id)))).collect(),
        source,
        pace: pace(&known.deciding(app), &lessened, app.vocabulary().everything()),
        answer: answer_about(&answers, known.opportunity.id),
        unsubscribe: unsubscribe_code(app, &known),
        reasons: known.code.reasons,
        opportunity: known.opportunity,
    })
}

/// Who follows everything would be told of all topics weekly: that is offered in the preferences, not by one notification.
fn pace(
    deciding: &[(ProfileId, TopicId, Frequency)],
    lessened: &[(ProfileId, TopicId)],
    everything: Option<TopicId>,
) -> Pace {
    let is_sooner = |(_, _, frequency): &(ProfileId, TopicId, Frequency)| *frequency != Frequency::Weekly;
    let is_lessened = |(profile, topic, _): &(ProfileId, TopicId, Frequency)| lessened.contains(&(*profile, *topic));
    let mut narrower = deciding.iter().filter(|(_, topic, _)| Some(*topic) != everything);
    if narrower.any(is_sooner) {
        Pace::Sooner
    } else if deciding.iter().any(is_lessened) {
        Pace::Lessened
    } else if deciding.is_empty() || deciding.iter().any(is_sooner) {
        Pace::Undecided
    } else {
        Pace::Weekly
    }
}

fn answer_about(answers: &[(OpportunityId, Relevance)], opportunity: OpportunityId) -> Option<Relevance> {
    let mut about = answers.iter().filter(|(id, _)| *id == opportunity);
    about.next().map(|(_, answer)| *answer)
}

fn unsubscribe_code(app: &App, known: &Known) -> Option<String> {
    let code = UnsubscribeCode::of(app, &known.target, &known.code.kinds, known.code.mails);
    matches!(known.target.place, Place::Mailbox(_)).then(|| code.text(app))
}

/// Does one of the things that the page of a notification offers. Repeating it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours, and for what the notification is not about.
pub async fn manage_notification(app: &App, code: &str, act: Act) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let known = Known::find(app, &mut transaction, code).await?;
    match act {
        Act::Hide(scope) => hide(&mut transaction, &known.own, known.mute(scope)?).await?,
        Act::Show(scope) => show(&mut transaction, &known.own, known.mute(scope)?).await?,
        Act::Fewer => {
            let everything = app.vocabulary().everything();
            for (profile, topic, frequency) in known.deciding(app) {
                if frequency != Frequency::Weekly && Some(topic) != everything {
                    mutes::lessen(&mut transaction, profile, topic).await?;
                }
            }
        }
        Act::AsBefore => {
            for (profile, topic, _) in known.deciding(app) {
                mutes::restore(&mut transaction, profile, topic).await?;
            }
        }
        Act::Judge(answer) => {
            let subscriber = known.subscriber;
            judge(app, &mut transaction, subscriber, known.opportunity.id, answer).await?;
        }
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(())
}

/// The page where somebody who is signed in manages what they are told of an opportunity, as a notification of it would lead
/// there: for browsers whose notifications have no buttons. `None` where nothing of theirs concerns it, or reaches them.
///
/// # Errors
/// What the database says.
pub async fn own_page(app: &App, subscriber: SubscriberId, opportunity: &Opportunity) -> Result<Option<String>> {
    let mut transaction = app.database.read().await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let places = targets::list(&mut transaction, subscriber).await?;
    let vocabulary = app.vocabulary();
    // What they muted is managed here too, and shown again.
    let concerned = own.iter().filter_map(|profile| {
        let found = match_follow_up(opportunity, &unmuted(profile), &vocabulary)?;
        Some((profile.kind, found.reasons))
    });
    let (kinds, reasons): (Vec<_>, Vec<_>) = concerned.unzip();
    let mut reasons = reasons.concat();
    reasons.sort_unstable();
    reasons.dedup();
    let target = places.iter().find(|target| target.status == TargetStatus::Active);
    Ok(target
        .filter(|_| !kinds.is_empty())
        .map(|target| ManageCode::of(app, target, opportunity.id, (&kinds, None), &reasons).url(app)))
}
