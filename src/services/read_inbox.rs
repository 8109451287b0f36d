// SPDX-License-Identifier: EUPL-1.2
//! What matched a subscriber or was saved by them, with the reasons that the matching rule gives now; and what of it they
//! have read.

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::domain::ids::{OpportunityId, SubscriberId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Mute, Profile};
use crate::domain::relevance::Relevance;
use crate::domain::vocabulary::Vocabulary;
use crate::matching::{Reason, is_hidden, match_follow_up, match_profile, unmuted};
use crate::services::Result;
use crate::services::judge_relevance::answers_of;
use crate::services::save_for_later::has_saved;
use crate::storage::inbox::{self, InboxFilter, Part};
use crate::storage::{opportunities, profiles};

/// One line of the inbox.
#[derive(Debug, Clone)]
pub struct InboxItem {
    /// What matched.
    pub opportunity: Opportunity,
    /// When.
    pub matched_at: Timestamp,
    /// Why; empty when the profile has changed since.
    pub reasons: Vec<Reason>,
    /// Whether the person has saved it.
    pub saved: bool,
    /// Whether they have read it.
    pub is_read: bool,
    /// What keeps them from hearing more of it.
    pub hidden: Option<HiddenBy>,
    /// What they said of it.
    pub answer: Option<Relevance>,
}

/// Why a person hears no more of what is in their inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HiddenBy {
    /// They hid it by itself.
    Itself,
    /// They hid its topics or its source.
    TopicOrSource,
}

fn hidden_by(own: &[Profile], opportunity: &Opportunity, vocabulary: &Vocabulary) -> Option<HiddenBy> {
    let itself = Mute::Opportunity(opportunity.id);
    if own.iter().any(|profile| profile.mutes.contains(&itself)) {
        return Some(HiddenBy::Itself);
    }
    let hears = |profile: &Profile| match_follow_up(opportunity, profile, vocabulary).is_some();
    let is_hidden = |profile: &Profile| is_hidden(opportunity, profile, vocabulary);
    (own.iter().any(is_hidden) && !own.iter().any(hears)).then_some(HiddenBy::TopicOrSource)
}

/// A page of the whole inbox, the latest first.
///
/// # Errors
/// What the database says.
pub async fn read_inbox(app: &App, subscriber: SubscriberId, limit: i64, offset: i64) -> Result<Vec<InboxItem>> {
    read_part(app, subscriber, &InboxFilter::default(), limit, offset).await
}

/// A page of what a filter keeps of the inbox. What matched several profiles of the person is one line, with the reasons
/// of all.
///
/// # Errors
/// What the database says.
pub async fn read_part(
    app: &App,
    subscriber: SubscriberId,
    filter: &InboxFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<InboxItem>> {
    let mut transaction = app.database.read().await?;
    let lines = inbox::list(&mut transaction, subscriber, filter, limit, offset).await?;
    let own = profiles::list(&mut transaction, subscriber).await?;
    let ids: Vec<OpportunityId> = lines.iter().map(|(id, _, _)| *id).collect();
    let found = opportunities::find_many(&mut transaction, &ids).await?;
    let answers = answers_of(app, &mut transaction, subscriber).await?;
    let vocabulary = app.vocabulary();
    let items = found.into_iter().map(|opportunity| {
        let line = lines.iter().find(|(id, _, _)| *id == opportunity.id);
        let (matched_at, is_read) = line.map_or((opportunity.updated_at, false), |(_, at, is_read)| (*at, *is_read));
        let saving = own.iter().find(|profile| has_saved(profile, opportunity.id));
        InboxItem {
            matched_at,
            reasons: reasons(&own, saving, filter.part, &opportunity, &vocabulary),
            saved: saving.is_some(),
            is_read,
            answer: answers
                .iter()
                .find(|(id, _)| *id == opportunity.id)
                .map(|(_, answer)| *answer),
            hidden: hidden_by(&own, &opportunity, &vocabulary),
            opportunity,
        }
    });
    Ok(items.collect())
}

/// Why an opportunity is in the inbox: what matches, or that it was saved.
fn reasons(
    own: &[Profile],
    saving: Option<&Profile>,
    part: Part,
    opportunity: &Opportunity,
    vocabulary: &Vocabulary,
) -> Vec<Reason> {
    if part == Part::Saved {
        let found = saving.and_then(|profile| match_follow_up(opportunity, profile, vocabulary));
        return found.map(|it| it.reasons).unwrap_or_default();
    }
    // What they have hidden since is still there, and why it came.
    let matches = own
        .iter()
        .filter_map(|profile| match_profile(opportunity, &unmuted(profile), vocabulary));
    let mut reasons: Vec<Reason> = matches.flat_map(|it| it.reasons).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

/// How much of their inbox a person has not read.
///
/// # Errors
/// What the database says.
pub async fn count_unread(app: &App, subscriber: SubscriberId) -> Result<i64> {
    let mut transaction = app.database.read().await?;
    Ok(inbox::count_unread(&mut transaction, subscriber).await?)
}

/// Records that a person has opened what may be in their inbox. Writes nothing where there is nothing new to record.
///
/// # Errors
/// What the database says.
pub async fn note_opened(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.read().await?;
    let is_read = inbox::is_read(&mut transaction, subscriber, opportunity).await?;
    drop(transaction);
    if is_read == Some(false) {
        mark_read(app, subscriber, opportunity).await?;
    }
    Ok(())
}

/// Marks one as read.
///
/// # Errors
/// What the database says.
pub async fn mark_read(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    // What a form names may be anything: only what there is can be read.
    if opportunities::find(&mut transaction, opportunity).await?.is_some() {
        inbox::set_read(&mut transaction, subscriber, opportunity).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Marks one as not read.
///
/// # Errors
/// What the database says.
pub async fn mark_unread(app: &App, subscriber: SubscriberId, opportunity: OpportunityId) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    inbox::set_unread(&mut transaction, subscriber, opportunity).await?;
    transaction.commit().await?;
    Ok(())
}

/// Marks everything as read that a filter keeps, and nothing that the person does not see in that list.
///
/// # Errors
/// What the database says.
pub async fn mark_all_read(app: &App, subscriber: SubscriberId, filter: &InboxFilter) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    inbox::set_all_read(&mut transaction, subscriber, filter).await?;
    transaction.commit().await?;
    Ok(())
}
