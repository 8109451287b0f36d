// SPDX-License-Identifier: EUPL-1.2
//! Search what everybody can read: full text that knows Italian, narrowed by facets.
//!
//! All words of a question have to be found; where nothing has all of them, some suffice. A word that is in no text may be
//! the beginning of others, or else another one misspelt. What very many texts have need not be found beside rarer words, and
//! counts where it is.

use std::collections::BTreeMap;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::{Content, Opportunity};
use crate::domain::search::{Question, VERSION, beginning, index, rarity, similar, written};
use crate::services::{Error, Result};
use crate::storage::opportunity_lists::{self, Filter, Wanted};
use crate::storage::{Transaction, opportunities, search};

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// One page of it.
    pub page: Vec<Opportunity>,
    /// How many there are in all.
    pub count: i64,
    /// Whether nothing has all words, so that what has some of them is shown.
    pub some_words_only: bool,
    /// Words that no text has, each with the one that was looked for in its place.
    pub corrected: Vec<(String, String)>,
}

/// How many words one beginning may stand for.
const MOST_ENDINGS: i64 = 20;

/// Words of more than a tenth of all texts, from so many texts on, need not be found beside rarer ones.
const COMMON_SHARE: i64 = 10;
const MANY_TEXTS: i64 = 1_000;

/// A page of what the filter keeps and has the words of `question`.
///
/// # Errors
/// What the database says.
pub async fn search_opportunities(
    app: &App,
    question: &Question,
    filter: Filter,
    limit: i64,
    offset: i64,
) -> Result<Found> {
    let mut transaction = app.database.read().await?;
    let (mut filter, mut misspelt) = (filter, Vec::new());
    if !question.is_empty() {
        (filter.wanted, misspelt) = wanted(&mut transaction, question).await?;
        if filter.wanted.groups.is_empty() {
            return Ok(Found::default());
        }
    }
    let (mut ids, mut count) = opportunity_lists::list_public(&mut transaction, &filter, limit, offset).await?;
    let some_words_only = count == 0 && filter.wanted.needed > 1;
    if some_words_only {
        filter.wanted.needed = 1;
        (ids, count) = opportunity_lists::list_public(&mut transaction, &filter, limit, offset).await?;
    }
    let page = opportunities::find_many(&mut transaction, &ids).await?;
    Ok(Found {
        corrected: misspelt.into_iter().filter_map(|word| corrected(word, &page)).collect(),
        page,
        count,
        some_words_only: some_words_only && count > 0,
    })
}

/// A word of a question that no text has, and the stems that it may have been meant for.
struct Misspelt {
    typed: String,
    stems: Vec<String>,
}

/// The word with the one that was looked for in its place, as the texts that were found write it.
fn corrected(word: Misspelt, found: &[Opportunity]) -> Option<(String, String)> {
    let texts = found.iter().flat_map(|it| {
        let content = &it.content;
        [
            &content.title,
            &content.summary,
            &content.publisher,
            &content.place,
            &content.body,
        ]
    });
    let mut meant = texts.filter_map(|text| word.stems.iter().find_map(|stem| written(stem, text)));
    meant.next().map(|meant| (word.typed, meant))
}

/// The words to look for, with how much each tells; and those of them that are looked for in the place of what was typed.
async fn wanted(transaction: &mut Transaction, question: &Question) -> Result<(Wanted, Vec<Misspelt>)> {
    let texts = opportunity_lists::count_by_status(transaction).await?;
    let texts: i64 = texts.into_iter().map(|(_, count)| count).sum();
    let stems: Vec<&str> = question.words.iter().map(|(stem, _)| stem.as_str()).collect();
    let known = search::frequencies(transaction, &stems).await?;
    let (mut groups, mut misspelt) = (Vec::new(), Vec::new());
    for (stem, word) in &question.words {
        let mut group = match known.get(stem) {
            Some(count) => BTreeMap::from([(stem.clone(), *count)]),
            None => endings(transaction, word).await?,
        };
        if group.is_empty() {
            group = near(transaction, stem).await?;
            misspelt.push(Misspelt {
                typed: word.clone(),
                stems: group.keys().cloned().collect(),
            });
        }
        groups.push(group);
    }
    Ok((weighed(groups, texts), misspelt))
}

/// Words in groups, each with how many of all `texts` have it, as they are looked for.
fn weighed(groups: Vec<BTreeMap<String, i64>>, texts: i64) -> Wanted {
    let is_common =
        |group: &BTreeMap<String, i64>| texts >= MANY_TEXTS && group.values().sum::<i64>() > texts / COMMON_SHARE;
    let tells = |group: BTreeMap<String, i64>| -> Vec<(String, i64)> {
        let words = group.into_iter().map(|(word, count)| (word, rarity(count, texts)));
        words.collect()
    };
    let (common, rare): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_common);
    let (groups, common) = if rare.iter().all(BTreeMap::is_empty) {
        (common, Vec::new())
    } else {
        (rare, common)
    };
    Wanted {
        needed: groups.len(),
        groups: groups
            .into_iter()
            .filter(|group| !group.is_empty())
            .map(tells)
            .collect(),
        common: common.into_iter().flat_map(tells).collect(),
    }
}

/// The words that begin so.
async fn endings(transaction: &mut Transaction, word: &str) -> Result<BTreeMap<String, i64>> {
    let Some(beginning) = beginning(word) else {
        return Ok(BTreeMap::new());
    };
    let found = search::beginning_with(transaction, beginning, MOST_ENDINGS).await?;
    Ok(found.into_iter().collect())
}

/// The words that a stem may be, misspelt.
async fn near(transaction: &mut Transaction, stem: &str) -> Result<BTreeMap<String, i64>> {
    let Some(first) = stem.chars().next() else {
        return Ok(BTreeMap::new());
    };
    let known = search::known_words(transaction, first.encode_utf8(&mut [0; 4])).await?;
    Ok(search::frequencies(transaction, &similar(stem, &known)).await?)
}

/// How many opportunities one transaction indexes.
const A_TRANSACTION: i64 = 100;

/// Indexes what a program of another version indexed, or none. How many that were.
///
/// # Errors
/// What the database says; what was committed before stays.
pub async fn index_opportunities(app: &App) -> Result<u64> {
    let mut indexed = 0;
    while !app.stopping.is_cancelled() {
        let mut transaction = app.database.begin().await?;
        let stale = search::stale(&mut transaction, VERSION, A_TRANSACTION).await?;
        for opportunity in opportunities::find_many(&mut transaction, &stale).await? {
            index_one(app, &mut transaction, opportunity.id, &opportunity.content).await?;
        }
        transaction.commit().await?;
        indexed += stale.len() as u64;
        if stale.is_empty() {
            break;
        }
    }
    Ok(indexed)
}

/// Keeps by which words an opportunity is found, in the caller's transaction.
pub(super) async fn index_one(
    app: &App,
    transaction: &mut Transaction,
    opportunity: OpportunityId,
    content: &Content,
) -> Result<()> {
    let words = index(content, &app.vocabulary());
    search::index(transaction, opportunity, &words, VERSION)
        .await
        .map_err(Error::from)
}
