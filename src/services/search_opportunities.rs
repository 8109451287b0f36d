// SPDX-License-Identifier: EUPL-1.2
//! Search what everybody can read: full text that knows Italian, narrowed by facets.
//!
//! All words of a question have to be found; where nothing has all of them, some suffice. A word counts most as it was typed,
//! less in another form, by a synonym, by its stem alone. One that is in no text may be the beginning of others, or else
//! another one misspelt. What very many texts have need not be found beside rarer words, and counts where it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::domain::opportunity::{Content, Opportunity};
use crate::domain::search::{
    Asked, BEGINNING, ITSELF, Question, VERSION, beginning, first_letter, index, rarity, similar, written,
};
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

/// How much more such a word counts where it is: that a text has it says little, where it stands there says more.
const COMMON_FACTOR: i64 = 2;

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

/// A word of a question that no text has, and those that it may have been meant for.
struct Misspelt {
    typed: String,
    meant: Vec<String>,
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
    let mut meant = texts.filter_map(|text| word.meant.iter().find_map(|meant| written(meant, text)));
    meant.next().map(|meant| (word.typed, meant))
}

/// A word as it is kept, which is looked for.
struct Key {
    word: String,
    /// How many texts have it.
    texts: i64,
    /// How much it counts that a text has it.
    counts: i64,
}

/// The words to look for, with how much each tells; and those of them that are looked for in the place of what was typed.
async fn wanted(transaction: &mut Transaction, question: &Question) -> Result<(Wanted, Vec<Misspelt>)> {
    let texts = opportunity_lists::count_by_status(transaction).await?;
    let texts: i64 = texts.into_iter().map(|(_, count)| count).sum();
    let known = known(transaction, &question.words).await?;
    let (mut groups, mut misspelt) = (Vec::new(), Vec::new());
    for asked in &question.words {
        let mut group = group(asked, &known);
        if group.is_empty() {
            group = endings(transaction, &asked.typed).await?;
        }
        if group.is_empty() {
            let meant = near(transaction, &asked.typed).await?;
            let words: Vec<Asked> = meant.iter().map(|word| Asked::word(word)).collect();
            let known = self::known(transaction, &words).await?;
            group = words.iter().flat_map(|word| self::group(word, &known)).collect();
            misspelt.push(Misspelt {
                typed: asked.typed.clone(),
                meant,
            });
        }
        groups.push(group);
    }
    Ok((weighed(groups, texts), misspelt))
}

/// In how many texts each of the keys of these words is.
async fn known(transaction: &mut Transaction, words: &[Asked]) -> Result<BTreeMap<String, i64>> {
    let keys: BTreeSet<&str> = words
        .iter()
        .flat_map(|word| word.keys.keys())
        .map(String::as_str)
        .collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    Ok(search::frequencies(transaction, &keys).await?)
}

/// What a word is found by, of what is in any text.
fn group(asked: &Asked, known: &BTreeMap<String, i64>) -> Vec<Key> {
    let keys = asked.keys.iter().filter_map(|(word, counts)| {
        Some(Key {
            word: word.clone(),
            texts: *known.get(word)?,
            counts: *counts,
        })
    });
    keys.collect()
}

/// Words in groups as they are looked for, where there are so many `texts`.
fn weighed(groups: Vec<Vec<Key>>, texts: i64) -> Wanted {
    let is_common = |group: &Vec<Key>| texts >= MANY_TEXTS && widest(group, 0) > texts / COMMON_SHARE;
    let (common, rare): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_common);
    let (groups, common) = if rare.iter().all(Vec::is_empty) {
        (common, Vec::new())
    } else {
        (rare, common)
    };
    Wanted {
        needed: groups.len(),
        groups: groups
            .into_iter()
            .filter(|group| !group.is_empty())
            .map(|group| telling(&group, texts))
            .collect(),
        common: common
            .into_iter()
            .flat_map(|group| telling_common(group, texts))
            .collect(),
    }
}

/// How much each key of a group tells. What counts less is found in more texts, by all that counts as much or more.
fn telling(group: &[Key], texts: i64) -> Vec<(String, i64)> {
    let tells = |key: &Key| rarity(widest(group, key.counts), texts) * key.counts;
    group.iter().map(|key| (key.word.clone(), tells(key))).collect()
}

/// The same of a word that need not be found: the word itself, without what stands for it.
fn telling_common(mut group: Vec<Key>, texts: i64) -> Vec<(String, i64)> {
    if group.iter().any(|key| key.counts >= ITSELF) {
        group.retain(|key| key.counts >= ITSELF);
    }
    let told = telling(&group, texts).into_iter();
    told.map(|(word, tells)| (word, tells * COMMON_FACTOR)).collect()
}

/// In how many texts that of the keys is which most of them have, of those that count at least so much.
fn widest(group: &[Key], counts: i64) -> i64 {
    let keys = group.iter().filter(|key| key.counts >= counts);
    keys.map(|key| key.texts).max().unwrap_or_default()
}

/// The words that begin so.
async fn endings(transaction: &mut Transaction, word: &str) -> Result<Vec<Key>> {
    let Some(beginning) = beginning(word) else {
        return Ok(Vec::new());
    };
    let found = search::beginning_with(transaction, &beginning, MOST_ENDINGS).await?;
    let keys = found.into_iter().map(|(word, texts)| Key {
        word,
        texts,
        counts: BEGINNING,
    });
    Ok(keys.collect())
}

/// The words that this one may be, misspelt.
async fn near(transaction: &mut Transaction, word: &str) -> Result<Vec<String>> {
    let Some(first) = first_letter(word) else {
        return Ok(Vec::new());
    };
    Ok(similar(word, &search::known_words(transaction, &first).await?))
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
