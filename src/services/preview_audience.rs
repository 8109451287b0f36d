// SPDX-License-Identifier: EUPL-1.2
//! Whom an opportunity concerns, and why: the same rule that selects when it is published.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use serde::Serialize;

use crate::app::App;
use crate::domain::ids::{OpportunityId, ProfileId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Profile, ProfileKind};
use crate::domain::subscriber::{Place, TargetStatus};
use crate::domain::vocabulary::Vocabulary;
use crate::matching::{Reason, match_profile};
use crate::services::{Error, Result};
use crate::storage::audience::{self, Range};
use crate::storage::{Transaction, opportunities, profiles, targets};

/// How many profiles an opportunity concerns, and what the most of them have in common with it.
#[derive(Debug, Clone, Default)]
pub struct Audience {
    /// All of them.
    pub total: i64,
    /// By kind.
    pub by_kind: Vec<(ProfileKind, i64)>,
    /// Of a sample, how many agree for each reason, the most frequent first.
    pub reasons: Vec<(Reason, usize)>,
    /// How large the sample is.
    pub sample: usize,
}

/// How many profiles are asked for their reasons.
const SAMPLE: i64 = 500;

/// Into how many parts the profiles are divided to be counted, and how small a part is not divided further.
const PARTS: i64 = 4;
const SMALLEST_PART: i64 = 50_000;

/// Counts whom `id` concerns, draft or not, and says why from a sample.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn preview_audience(app: &App, id: OpportunityId) -> Result<Audience> {
    let mut transaction = app.database.read().await?;
    let opportunity = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    let by_kind = count_audience(app, id).await?;
    let ids = audience::list(&mut transaction, id, Range::ALL, SAMPLE).await?;
    let sample = profiles::find_many(&mut transaction, &ids).await?;
    Ok(Audience {
        total: by_kind.iter().map(|(_, count)| count).sum(),
        by_kind,
        reasons: tally_reasons(&opportunity, &sample, &app.vocabulary()),
        sample: sample.len(),
    })
}

/// How many profiles of each kind `id` concerns. A quarter of the profiles is counted beside the next, so that whoever
/// writes waits for one of them.
///
/// # Errors
/// What the database says.
pub async fn count_audience(app: &App, id: OpportunityId) -> Result<Vec<(ProfileKind, i64)>> {
    let last = profiles::last_id(&mut app.database.read().await?).await?.0;
    let step = (last / PARTS + 1).max(SMALLEST_PART);
    let parts = (0..=last / step).map(|part| {
        let range = Range {
            above: ProfileId(part * step),
            up_to: ProfileId((part + 1) * step),
        };
        async move { Ok::<_, Error>(audience::count(&mut app.database.read().await?, id, range).await?) }
    });
    let mut by_kind: BTreeMap<ProfileKind, i64> = BTreeMap::new();
    for (kind, count) in try_join_all(parts).await?.into_iter().flatten() {
        *by_kind.entry(kind).or_default() += count;
    }
    Ok(by_kind.into_iter().collect())
}

fn tally_reasons(opportunity: &Opportunity, sample: &[Profile], vocabulary: &Vocabulary) -> Vec<(Reason, usize)> {
    let mut tally: BTreeMap<Reason, usize> = BTreeMap::new();
    let matches = sample
        .iter()
        .filter_map(|profile| match_profile(opportunity, profile, vocabulary));
    for reason in matches.flat_map(|it| it.reasons) {
        *tally.entry(reason).or_default() += 1;
    }
    let mut tally: Vec<(Reason, usize)> = tally.into_iter().collect();
    tally.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    tally
}

/// One profile that an opportunity concerns, for programs.
#[derive(Debug, Serialize)]
pub struct Concerned {
    /// The mailbox; none for those who gave only a browser.
    pub email: Option<String>,
    /// Which persona.
    pub kind: ProfileKind,
    /// The facets that agree, as `facet:code`.
    pub reasons: Vec<String>,
}

/// A page of the profiles that `id` concerns with an id above `after`, and where the next page begins.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list_audience(
    app: &App,
    id: OpportunityId,
    after: ProfileId,
    limit: i64,
) -> Result<(Vec<Concerned>, Option<ProfileId>)> {
    let mut transaction = app.database.read().await?;
    let opportunity = opportunities::find(&mut transaction, id)
        .await?
        .ok_or(Error::NotFound)?;
    let range = Range {
        above: after,
        up_to: Range::ALL.up_to,
    };
    let ids = audience::list(&mut transaction, id, range, limit).await?;
    let vocabulary = app.vocabulary();
    let mut concerned = Vec::with_capacity(ids.len());
    for profile in profiles::find_many(&mut transaction, &ids).await? {
        let reasons = match_profile(&opportunity, &profile, &vocabulary).map(|it| it.reasons);
        concerned.push(Concerned {
            email: mailbox_of(&mut transaction, &profile).await?,
            kind: profile.kind,
            reasons: reasons
                .unwrap_or_default()
                .into_iter()
                .map(|it| code(it, &vocabulary))
                .collect(),
        });
    }
    Ok((concerned, ids.last().copied()))
}

async fn mailbox_of(transaction: &mut Transaction, profile: &Profile) -> Result<Option<String>> {
    let all = targets::list(transaction, profile.subscriber).await?;
    let mailbox = all.into_iter().find_map(|target| match target.place {
        Place::Mailbox(address) if target.status == TargetStatus::Active => Some(address.as_str().to_owned()),
        _ => None,
    });
    Ok(mailbox)
}

fn code(reason: Reason, vocabulary: &Vocabulary) -> String {
    match reason {
        Reason::Saved(id) => format!("saved:{id}"),
        Reason::Topic(id) => format!("topic:{}", vocabulary.topics.code(id)),
        Reason::Area(id) => format!("area:{}", vocabulary.areas.code(id)),
        Reason::Sector(id) => format!("sector:{}", vocabulary.sectors.code(id)),
        Reason::OrganisationType(id) => format!("organisation_type:{}", vocabulary.organisation_types.code(id)),
        Reason::CompanySize(id) => format!("company_size:{}", vocabulary.company_sizes.code(id)),
        Reason::Age(id) => format!("age:{}", vocabulary.age_bands.code(id)),
    }
}
