// SPDX-License-Identifier: EUPL-1.2
//! Made-up people, written set-wise: a million in seconds, the same ones each time, on either engine by the same text.
//!
//! Each draw of person n is the fraction of n times a large odd number over 2³², another number for each thing that is
//! drawn: evenly spread, and one thing independent of the other. People live where the population of Lombardia lives, in
//! the kinds and with the facets of `generate-subscribers`, and all want to be told at once.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use informa::delivery::vapid::VapidKey;
use informa::domain::chance::Chance;
use informa::domain::notification::Channel;
use informa::domain::vocabulary::{AreaKind, EVERYTHING, Term, Vocabulary};
use informa::storage::origins::{self, MAIL_RELAY};

use crate::call::COMMON_TOPIC;
use crate::installation::Installation;

/// How many places the people are spread over, a place for each ten-thousandth of the population.
const PLACES: i64 = 10_000;

/// How many different key pairs the browsers have.
const KEYS: usize = 1_000;

/// The region that people live in.
const REGION: &str = "03";

/// How many people one transaction adds, so that none grows beyond measure.
const PEOPLE_A_PART: i64 = 500_000;

/// Rows of a `values` list in one statement.
const ROWS_A_STATEMENT: usize = 500;

/// Which people, and which ways to reach them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A mailbox each, for four of ten a browser too; who has one wants mail when no push is accepted, or both.
    Spread,
    /// A mailbox and a browser each, and both are wanted.
    Both,
    /// A browser each.
    Browser,
    /// A mailbox each.
    Mailbox,
    /// Nothing: whom it concerns is all that is measured.
    Nowhere,
}

impl Reach {
    const fn has_mailbox(self) -> bool {
        matches!(self, Self::Spread | Self::Both | Self::Mailbox)
    }

    /// The condition on person n to have a browser.
    const fn browser(self) -> &'static str {
        match self {
            Self::Spread => "(n.n * 2246822519 % 4294967296) * 10 / 4294967296 < 4",
            Self::Both | Self::Browser => "true",
            Self::Mailbox | Self::Nowhere => "false",
        }
    }

    /// The channels of a profile: 1 web push, 2 e-mail, 4 e-mail when no push was accepted.
    fn channels(self) -> String {
        match self {
            Self::Spread => format!(
                "case when not ({}) then 2 when n.n % 5 < 3 then 5 else 3 end",
                self.browser()
            ),
            Self::Both => "3".to_owned(),
            Self::Browser => "1".to_owned(),
            Self::Mailbox | Self::Nowhere => "2".to_owned(),
        }
    }
}

/// The draw of person n from `choices` things, from 0; `multiplier` tells one draw from another.
fn draw(multiplier: u64, choices: i64) -> String {
    format!("((n.n * {multiplier} % 4294967296) * {choices} / 4294967296)")
}

/// Adds the people above `above` up to `up_to`, numbered so.
///
/// # Errors
/// What the engine says.
pub async fn add(installation: &Installation, above: i64, up_to: i64, reach: Reach) -> Result<()> {
    if up_to <= above {
        return Ok(());
    }
    prepare(installation).await?;
    let mut from = above;
    while from < up_to {
        let to = up_to.min(from + PEOPLE_A_PART);
        add_part(installation, from, to, reach).await?;
        from = to;
    }
    installation.settle().await
}

/// Lets everyone follow one topic, so that one call concerns them all.
///
/// # Errors
/// What the engine says.
pub async fn add_common_follow(installation: &Installation) -> Result<()> {
    let vocabulary = installation.app.vocabulary();
    let topic = vocabulary.topics.by_code(COMMON_TOPIC).map_or(0, |it| it.id.0);
    let follows = format!(
        "insert into follows (profile_id, topic_id) select id, {topic} from profiles where true on conflict do nothing"
    );
    installation.execute(&[&follows]).await?;
    installation.settle().await
}

async fn add_part(installation: &Installation, above: i64, up_to: i64, reach: Reach) -> Result<()> {
    let vocabulary = installation.app.vocabulary();
    let numbers = format!(
        "insert into bench_numbers with recursive numbers (n) as
            (select cast({above} + 1 as bigint) union all select n + 1 from numbers where n < {up_to})
         select n from numbers"
    );
    let people = "insert into subscribers (id, status, language, created_at)
        select n.n, 1, case when n.n % 20 = 0 then 'en' else 'it' end, 0 from bench_numbers n";
    let profiles = profiles(&vocabulary, reach);
    let (home, work, follows, everything, sectors) = facets(&vocabulary);
    let mut statements: Vec<&str> = vec![
        "delete from bench_numbers",
        &numbers,
        people,
        &profiles,
        &home,
        &work,
        &follows,
        &everything,
        &sectors,
    ];
    let targets = targets(installation, reach).await?;
    statements.extend(targets.iter().map(String::as_str));
    installation.execute(&statements).await?;
    Ok(())
}

fn profiles(vocabulary: &Vocabulary, reach: Reach) -> String {
    let kind = draw(3_266_489_917, 100);
    let types = draw(668_265_263, to_i64(vocabulary.organisation_types.iter().count()));
    let sizes = draw(374_761_393, to_i64(vocabulary.company_sizes.iter().count()));
    let ages = draw(1_540_483_477, to_i64(vocabulary.age_bands.iter().count()));
    let channels = reach.channels();
    format!(
        "insert into profiles (id, subscriber_id, kind, active, organisation_type_id, company_size_id, age_band_id,
            frequency, channels, chosen_at, inbox_due)
         select k.n, k.n, k.kind, true,
            case when k.kind > 0 and k.n % 5 > 0 then 1 + k.organisation_type end,
            case when k.kind = 2 and k.n % 5 <> 1 then 1 + k.size end,
            case when k.kind = 0 and k.n % 5 <> 2 then 1 + k.age end, 0, k.channels, 0, 0
         from (select n.n, case when {kind} < 78 then 0 when {kind} < 95 then 2 else 1 end as kind,
                {types} as organisation_type, {sizes} as size, {ages} as age, {channels} as channels
            from bench_numbers n) k"
    )
}

/// Home, work, follows, "everything", sectors.
fn facets(vocabulary: &Vocabulary) -> (String, String, String, String, String) {
    let place = |multiplier| draw(multiplier, PLACES);
    let whole = format!("{} = 0", draw(2_654_435_761, 25));
    let region = vocabulary.areas.by_code(REGION).map_or(0, |it| it.id.0);
    let all = vocabulary.topics.by_code(EVERYTHING).map_or(0, |it| it.id.0);
    let everything = format!("{} = 0", draw(2_869_860_233, 30));
    let home = format!(
        "insert into profile_areas (profile_id, area_id)
         select n.n, case when {whole} then {region} else p.area_id end
         from bench_numbers n join bench_places p on p.place = {}",
        place(1_103_515_245)
    );
    let work = format!(
        "insert into profile_areas (profile_id, area_id)
         select n.n, p.area_id from bench_numbers n join bench_places p on p.place = {}
         where n.n % 5 = 3 and not ({whole}) on conflict do nothing",
        place(2_166_136_261)
    );
    let topics = to_i64(vocabulary.topics.iter().count()) - 1;
    let many = draw(1_664_525, 5);
    let follows = format!(
        "insert into follows (profile_id, topic_id)
         select n.n, t.topic_id from bench_numbers n
         join bench_draws d on d.draw <= {many}
         join bench_topics t on t.position = (n.n * d.multiplier % 4294967296) * {topics} / 4294967296
         where not ({everything}) on conflict do nothing"
    );
    let everything =
        format!("insert into follows (profile_id, topic_id) select n.n, {all} from bench_numbers n where {everything}");
    let divisions = to_i64(vocabulary.sectors.iter().filter(|it| it.parent.is_some()).count());
    let sectors = format!(
        "insert into profile_sectors (profile_id, sector_id)
         select n.n, s.sector_id from bench_numbers n join profiles p on p.id = n.n and p.kind = 2
         join bench_draws d on d.draw < {}
         join bench_sectors s on s.position = (n.n * d.multiplier % 4294967296) * {divisions} / 4294967296
         where true on conflict do nothing",
        draw(2_891_336_453, 3)
    );
    (home, work, follows, everything, sectors)
}

async fn targets(installation: &Installation, reach: Reach) -> Result<Vec<String>> {
    let app = &installation.app;
    let mut transaction = app.database.begin().await?;
    let relay = origins::find_or_insert(&mut transaction, MAIL_RELAY, Channel::Email).await?;
    let service =
        origins::find_or_insert(&mut transaction, &installation.ports.push_origin(), Channel::WebPush).await?;
    transaction.commit().await?;
    let key = app.push_keys().present().map_or(0, |it| it.id.0);
    let mut statements = Vec::new();
    if reach.has_mailbox() {
        statements.push(format!(
            "insert into targets (id, subscriber_id, channel, status, label, origin_id, email, created_at)
             select n.n * 2, n.n, 1, 1, '', {}, 'persona-' || n.n || '@example.org', 0 from bench_numbers n",
            relay.0
        ));
    }
    if reach.browser() != "false" {
        statements.push(format!(
            "insert into targets (id, subscriber_id, channel, status, label, origin_id, endpoint, p256dh, auth,
                vapid_key_id, created_at)
             select n.n * 2 + 1, n.n, 0, 1, '', {}, '{}/push/' || n.n, k.p256dh, k.auth, {key}, 0
             from bench_numbers n join bench_keys k on k.number = n.n % {KEYS} where {}",
            service.0,
            installation.ports.push_origin(),
            reach.browser()
        ));
    }
    Ok(statements)
}

/// The tables that the statements above draw from.
async fn prepare(installation: &Installation) -> Result<()> {
    let vocabulary = installation.app.vocabulary();
    let topics = vocabulary
        .topics
        .iter()
        .filter(|it| it.parent.is_some())
        .map(|it| it.id.0);
    let sectors = vocabulary
        .sectors
        .iter()
        .filter(|it| it.parent.is_some())
        .map(|it| it.id.0);
    let multipliers = [
        3_432_918_353_i64,
        461_845_907,
        3_864_292_197,
        1_390_208_809,
        944_331_445,
    ];
    let mut statements = vec![
        "drop table if exists bench_numbers".to_owned(),
        "create table bench_numbers (n bigint primary key)".to_owned(),
    ];
    for (table, columns, rows) in [
        (
            "bench_draws",
            "draw bigint primary key, multiplier bigint",
            numbered(multipliers),
        ),
        (
            "bench_topics",
            "position bigint primary key, topic_id bigint",
            numbered(topics),
        ),
        (
            "bench_sectors",
            "position bigint primary key, sector_id bigint",
            numbered(sectors),
        ),
        (
            "bench_places",
            "place bigint primary key, area_id bigint",
            numbered(places(&vocabulary)),
        ),
        (
            "bench_keys",
            "number bigint primary key, p256dh text, auth text",
            keys()?,
        ),
    ] {
        statements.push(format!("drop table if exists {table}"));
        statements.push(format!("create table {table} ({columns})"));
        let inserts = rows.chunks(ROWS_A_STATEMENT);
        statements.extend(inserts.map(|rows| format!("insert into {table} values {}", rows.join(", "))));
    }
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    installation.execute(&statements).await?;
    installation.settle().await
}

fn numbered(values: impl IntoIterator<Item = i64>) -> Vec<String> {
    let rows = values.into_iter().enumerate();
    rows.map(|(number, value)| format!("({number}, {value})")).collect()
}

/// The municipality of each ten-thousandth of the region's population.
fn places(vocabulary: &Vocabulary) -> Vec<i64> {
    let region = vocabulary.areas.by_code(REGION).map(Term::id);
    let inside: Vec<(i64, i64)> = vocabulary
        .areas
        .iter()
        .filter(|it| it.kind == AreaKind::Municipality)
        .filter(|it| region.is_some_and(|region| vocabulary.areas.covers(region, it.id)))
        .map(|it| (it.id.0, it.population))
        .collect();
    let all: i64 = inside.iter().map(|(_, population)| population).sum();
    let mut sum = 0;
    let ends: Vec<(i64, i64)> = inside
        .iter()
        .map(|(id, population)| {
            sum += population;
            (*id, sum)
        })
        .collect();
    (0..PLACES)
        .map(|place| {
            let person = place * all / PLACES;
            let at = ends.partition_point(|(_, end)| *end <= person);
            ends[at.min(ends.len() - 1)].0
        })
        .collect()
}

fn keys() -> Result<Vec<String>> {
    let chance = Chance::system();
    let key = |number| {
        let (p256dh, auth) = browser_keys(&chance)?;
        Ok(format!("({number}, '{p256dh}', '{auth}')"))
    };
    (0..KEYS).map(key).collect()
}

/// What a browser gives: the public half of a key pair, and a secret. A VAPID key is of the same curve and form.
///
/// # Errors
/// When the cryptographic library fails.
pub fn browser_keys(chance: &Chance) -> Result<(String, String)> {
    let key = VapidKey::generate()?;
    Ok((
        key.public_base64url().to_owned(),
        URL_SAFE_NO_PAD.encode(chance.bytes::<16>()),
    ))
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
