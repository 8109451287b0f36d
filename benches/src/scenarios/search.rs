// SPDX-License-Identifier: EUPL-1.2
//! Searching the catalogue: how long a question takes over a hundred thousand opportunities.
//!
//! The opportunities are made up set-wise: each has some sixty of two thousand words, kept as they are and as stems, the
//! first in most of them and the last in few, as in a language. Questions have one to three words of any rank; every third is narrowed to what is open.

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use informa::domain::search::{self, Question, VERSION, stems};
use informa::domain::standing::Standing;
use informa::services::search_opportunities::search_opportunities;
use informa::storage::opportunity_lists::Filter;

use crate::Settings;
use crate::installation::{Engine, Installation, Ports};
use crate::table::{Asked, Figure};

/// How many opportunities.
const OPPORTUNITIES: u64 = 100_000;

/// How many different words they have.
const WORDS: i64 = 2_000;

/// How many questions are asked in a round.
const QUESTIONS: i64 = 300;

/// How many milliseconds the 95th percentile may take.
const LIMIT: f64 = 200.0;

/// Each engine in turn.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let size = settings.size(OPPORTUNITIES);
    let mut figures = Vec::new();
    for engine in Engine::BOTH {
        let installation = Installation::make(engine, Ports::default()).await?;
        add(&installation, i64::try_from(size)?).await?;
        let (mut middles, mut tails) = (Vec::new(), Vec::new());
        for round in 0..settings.rounds {
            let (middle, tail) = ask_all(&installation, i64::try_from(round)?).await?;
            middles.push(middle);
            tails.push(tail);
        }
        installation.remove().await?;
        let figure = |name: &str, values: Vec<f64>, asked| Figure {
            name: format!("{name} of a search, {size} opportunities"),
            engine: engine.name(),
            unit: "ms",
            values,
            bound: "limit".to_owned(),
            bounds: vec![LIMIT],
            asked,
        };
        figures.push(figure("median", middles, Asked::Nothing));
        figures.push(figure("95th percentile", tails, Asked::AtMost(1.0)));
    }
    Ok(figures)
}

/// The word of a rank, as a person writes it.
fn word(rank: i64) -> String {
    let letters = "bcdfglmnprstvz".as_bytes();
    let letter = |place: i64| char::from(letters[usize::try_from(place % 14).unwrap_or(0)]);
    format!("{}a{}e{}", letter(rank), letter(rank / 14), letter(rank / 196))
}

/// The word of a rank as it is kept: itself, and its stem.
fn kept(rank: i64) -> Vec<String> {
    let written = word(rank);
    let mut keys = stems(&written);
    keys.extend(
        search::Asked::word(&written)
            .keys
            .into_keys()
            .filter(|key| key.ends_with(&written)),
    );
    keys.sort();
    keys.dedup();
    keys
}

/// How many of a million opportunities have the word of a rank: fewer and fewer, some sixty words in each.
const fn share(rank: i64) -> i64 {
    let share = 10_000_000 / (rank + 10);
    if share > 600_000 { 600_000 } else { share }
}

/// Adds made-up opportunities, numbered from 1, with the words that they are found by.
///
/// # Errors
/// What the engine says.
pub async fn add(installation: &Installation, size: i64) -> Result<()> {
    eprintln!("  {size} opportunities on {} …", installation.engine.name());
    let ranks: Vec<String> = (0..WORDS)
        .flat_map(|rank| kept(rank).into_iter().map(move |key| (rank, key)))
        .map(|(rank, key)| format!("({rank}, '{key}', {})", share(rank)))
        .collect();
    let words = format!(
        "insert into bench_words (rank, word, share) values {}",
        ranks.join(", ")
    );
    let numbers = format!(
        "insert into bench_numbered with recursive numbers (n) as
            (select cast(1 as bigint) union all select n + 1 from numbers where n < {size}) select n from numbers"
    );
    let now = installation.app.now().milliseconds();
    let month = 30 * 24 * 3_600_000_i64;
    let letter = |place: u32| {
        let place = 16_i64.pow(place);
        format!("substr('abcdefghijkmnpqr', cast(n / {place} % 16 + 1 as integer), 1)")
    };
    let letters: Vec<String> = (0..10).map(letter).collect();
    let token = letters.join(" || ");
    let opportunities = format!(
        "insert into opportunities (id, token, kind, status, revision, title, summary, body, publisher, place, dates_note,
            closes_at, audience, organisation_types, company_sizes, ages, published_at, updated_at, search_version)
         select n, {token}, 'call', case when n % 4 = 0 then 'published' else 'closed' end, 1, 'Bando ' || n, '', '', '',
            '', '', {now} + (n % 97 + 1) * 86400000 - case when n % 4 = 0 then 0 else 4 * {month} end, 0, 0, 0, 0,
            {now} - n % 1000 * 86400000, {now}, {VERSION} from bench_numbered"
    );
    // Each draw is the fraction of n times a large odd number over 2³², another number for each word.
    let kept = "insert into search_words (word, opportunity_id, weight)
        select w.word, b.n, 1 + (b.n + w.rank) % 12 from bench_words w cross join bench_numbered b
        where (b.n * (2246822519 + 2 * w.rank * 40503) % 4294967296) * 1000000 / 4294967296 < w.share
        on conflict do nothing";
    installation
        .execute(&[
            "create table bench_words (rank bigint, word text, share bigint)",
            "create table bench_numbered (n bigint)",
            &words,
            &numbers,
            &opportunities,
            kept,
        ])
        .await?;
    installation.settle().await
}

/// The median and the 95th percentile of a round of questions, in milliseconds.
async fn ask_all(installation: &Installation, round: i64) -> Result<(f64, f64)> {
    let mut times = Vec::new();
    let mut found = 0;
    for number in 0..QUESTIONS {
        let draw = |place: i64| (round * QUESTIONS + number) * 7_919 + place * 104_729;
        let words: Vec<String> = (0..=number % 3).map(|place| word(draw(place) % WORDS)).collect();
        let question = Question::parse(&words.join(" "));
        let open = (number % 3 == 0).then(|| (Standing::Open, installation.app.now()));
        let filter = Filter {
            standing: open,
            ..Filter::default()
        };
        let begun = Instant::now();
        let answer = search_opportunities(&installation.app, &question, filter, 20, 0)
            .await
            .map_err(|error| anyhow!("searching: {error}"))?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        found += answer.count;
    }
    ensure!(found > 0, "nothing was found at all");
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    Ok((at(50), at(95)))
}
