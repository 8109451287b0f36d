// SPDX-License-Identifier: EUPL-1.2
//! What somebody would have been told in the last month, had they chosen this before: asked of the matching rule itself.

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::ids::{ProfileId, SubscriberId};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Follow, Followed, Frequency, Profile};
use crate::matching::match_profile;
use crate::services::Result;
use crate::storage::opportunities;
use crate::storage::opportunity_lists::{Filter, Order, list_public};

/// How many days are looked back.
pub const DAYS: i64 = 30;

/// More in that time than anybody wants to hear of.
const TOO_MANY: i64 = 60;

/// How many examples are shown.
const EXAMPLES: usize = 3;

/// How many opportunities are read at a time.
const PART: i64 = 200;

/// How many are looked at: beyond that, the answer is "more than".
const MOST: i64 = 5_000;

/// What would have been told.
#[derive(Debug, Clone, Default)]
pub struct Recall {
    /// How many opportunities.
    pub count: i64,
    /// The latest of them, three at most.
    pub examples: Vec<Opportunity>,
    /// In how many digests at most; `None` where each is told by itself.
    pub digests: Option<i64>,
}

impl Recall {
    /// Whether it is so much that most would soon have enough of it.
    #[must_use]
    pub const fn is_too_much(&self) -> bool {
        self.count > TOO_MANY
    }
}

/// What would have been told to a profile of these choices in the last [`DAYS`] days.
///
/// # Errors
/// What the database says.
pub async fn recall_month(app: &App, choices: &Choices) -> Result<Recall> {
    let (profile, vocabulary) = (imagined(choices), app.vocabulary());
    let filter = Filter {
        told_since: Some(app.now().minus(TimeDelta::days(DAYS))),
        audience: Some(choices.kind),
        order: Order::Latest,
        ..Filter::default()
    };
    let mut transaction = app.database.read().await?;
    let mut recall = Recall::default();
    for offset in (0..MOST / PART).map(|part| part * PART) {
        let (ids, _) = list_public(&mut transaction, &filter, PART, offset).await?;
        if ids.is_empty() {
            break;
        }
        for opportunity in opportunities::find_many(&mut transaction, &ids).await? {
            if match_profile(&opportunity, &profile, &vocabulary).is_none() {
                continue;
            }
            recall.count += 1;
            if recall.examples.len() < EXAMPLES {
                recall.examples.push(opportunity);
            }
        }
    }
    recall.digests = most_editions(choices.telling.frequency).map(|most| most.min(recall.count));
    Ok(recall)
}

/// How many editions of a digest come out in [`DAYS`] days at most.
const fn most_editions(frequency: Frequency) -> Option<i64> {
    match frequency {
        Frequency::Immediate => None,
        Frequency::Daily => Some(DAYS),
        Frequency::Weekly => Some(DAYS / 7 + 1),
    }
}

/// The profile that these choices would make; its ids are nobody's.
fn imagined(choices: &Choices) -> Profile {
    let follows = choices.topics.iter().map(|(topic, telling)| Follow {
        followed: Followed::Topic(*topic),
        telling: *telling,
    });
    Profile {
        id: ProfileId(0),
        subscriber: SubscriberId(0),
        kind: choices.kind,
        facets: choices.facets.clone(),
        follows: follows.collect(),
        mutes: [].into(),
        telling: choices.telling,
    }
}
