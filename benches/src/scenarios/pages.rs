// SPDX-License-Identifier: EUPL-1.2
//! Pages under load: how many lists, details and inboxes are answered in a second, and how long the slowest hundredth
//! takes, with as many people as Lombardia Informa has and ten thousand opportunities.
//!
//! The program is served as it is in service, pages and worker in one process; sixteen readers ask without a pause, as a
//! browser does, packed answers included. The opportunities are those of `search`, with a place and a topic each; every
//! inbox has forty of them. The bound is a bare server that answers with the same bytes.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use informa::domain::ids::OpportunityId;
use informa::storage::opportunities;
use informa::urls::{opportunity_path, paths};
use informa::web::session::{self, Kind};

use crate::Settings;
use crate::installation::{Engine, Installation, Ports};
use crate::load::{BareServer, Question, Round, ask, fetch};
use crate::population::{self, Reach};
use crate::program::Program;
use crate::scenarios::everyone::SUBSCRIBERS;
use crate::scenarios::search;
use crate::table::{Asked, Figure};

/// How many opportunities.
const OPPORTUNITIES: u64 = 10_000;

/// How many opportunities each inbox has.
const MATCHES: i64 = 40;

/// How many different details are asked for, and how many different people ask for their inbox.
const DIFFERENT: u64 = 500;

/// How many readers ask at once.
const AT_ONCE: usize = 16;

/// How many questions a round has.
const QUESTIONS: u64 = 4_000;

/// How many milliseconds the 99th percentile may take: a page that comes within this time feels immediate.
const LIMIT: f64 = 200.0;

/// Each engine in turn.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for engine in Engine::BOTH {
        let installation = Installation::make(engine, Ports::default()).await?;
        let (people, size) = (settings.size(SUBSCRIBERS), settings.size(OPPORTUNITIES));
        population::add(&installation, 0, i64::try_from(people)?, Reach::Mailbox).await?;
        search::add(&installation, i64::try_from(size)?).await?;
        add_matches(&installation, i64::try_from(size)?).await?;
        let program = Program::serve(settings, &installation).await?;
        let sizes = format!("{people} subscribers, {size} opportunities");
        for (name, questions) in [
            ("list", lists()),
            ("detail", details(&installation, size).await?),
            ("inbox", inboxes(&installation, people).await?),
        ] {
            let measured = measure_page(settings, &program, &questions.into()).await?;
            figures.extend(told(engine, &format!("{name}, {sizes}"), measured));
        }
        drop(program);
        installation.remove().await?;
    }
    Ok(figures)
}

/// Places and topics of the opportunities, and what is in the inboxes.
async fn add_matches(installation: &Installation, size: i64) -> Result<()> {
    let now = installation.app.now().milliseconds();
    let matches = format!(
        "insert into matches (opportunity_id, profile_id, matched_at, frequency, channels)
         select 1 + (p.id * 2654435761 + d.n * 97) % {size}, p.id, {now} - d.n * 3600000, 0, 2
         from profiles p cross join bench_numbered d where d.n <= {MATCHES} on conflict do nothing"
    );
    let places = "insert into opportunity_areas (opportunity_id, area_id)
        select o.id, p.area_id from opportunities o join bench_places p on p.place = o.id * 7919 % 10000";
    let topics = "insert into opportunity_topics (opportunity_id, topic_id)
        select o.id, t.topic_id from opportunities o
        join bench_topics t on t.position = o.id % (select count(*) from bench_topics)";
    let texts = "update opportunities set publisher = 'Regione Lombardia',
        title = 'Contributi per l''efficienza energetica delle abitazioni, edizione ' || id,
        summary = 'Fino a 50.000 euro per impianti fotovoltaici, pompe di calore e isolamento degli edifici. La domanda si
            presenta online; i fondi sono assegnati nell''ordine di arrivo.',
        body = 'Si presenta **una** domanda per edificio.'";
    installation.execute(&[&matches, places, topics, texts]).await?;
    installation.settle().await
}

fn nobody(path: String) -> Question {
    Question {
        path,
        cookie: String::new(),
    }
}

/// The list as people open it: the first pages, by topic, by kind, by words, and in the order of deadlines.
fn lists() -> Vec<Question> {
    let queries = [
        "",
        "?page=2",
        "?kind=call",
        "?topic=environment",
        "?standing=open&order=deadline",
        "?area=Bergamo+%28BG%29",
        "?page=9",
        "?kind=call&standing=open&audience=citizen",
        "?q=contributi+fotovoltaico",
    ];
    let path = |query| nobody(format!("{}{query}", paths::OPPORTUNITIES));
    queries.into_iter().map(path).collect()
}

/// What is public, spread over all there is.
async fn details(installation: &Installation, size: u64) -> Result<Vec<Question>> {
    let step = (size / DIFFERENT).max(1);
    let ids = (1..=DIFFERENT.min(size))
        .map(|number| number * step)
        .filter(|id| *id <= size);
    let ids = ids
        .map(|id| Ok(OpportunityId(i64::try_from(id)?)))
        .collect::<Result<Vec<_>>>()?;
    let mut transaction = installation.app.database.read().await?;
    let found = opportunities::find_many(&mut transaction, &ids).await?;
    ensure!(!found.is_empty(), "there is no opportunity");
    Ok(found.iter().map(|it| nobody(opportunity_path(it))).collect())
}

/// The inboxes of people who are signed in.
async fn inboxes(installation: &Installation, people: u64) -> Result<Vec<Question>> {
    let step = (people / DIFFERENT).max(1);
    let mut questions = Vec::new();
    for number in 1..=DIFFERENT.min(people / step) {
        let person = i64::try_from(number * step)?;
        let opened = session::open(&installation.app, Kind::Person, person, Default::default()).await;
        let opened = opened.map_err(|error| anyhow!("signing in: {error}"))?;
        let cookie = opened.headers().get("set-cookie").context("a session has a cookie")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        questions.push(Question {
            path: paths::INBOX.to_owned(),
            cookie,
        });
    }
    Ok(questions)
}

/// What was measured of one page: ours and the bare server's, round by round.
struct Measured {
    ours: Vec<Round>,
    bare: Vec<Round>,
    bytes: usize,
}

async fn measure_page(settings: &Settings, program: &Program, questions: &Arc<[Question]>) -> Result<Measured> {
    let (body, packed) = fetch(program.address(), &questions[0]).await?;
    ensure!(!packed.is_empty(), "{} came unpacked", questions[0].path);
    let bytes = body.len();
    let bare = BareServer::start(body).await?;
    let count = usize::try_from(settings.size(QUESTIONS))?;
    // Nothing is timed of what only the first reader waits for.
    ask(program.address(), questions, count.min(200), AT_ONCE).await?;
    let mut measured = Measured {
        ours: Vec::new(),
        bare: Vec::new(),
        bytes,
    };
    for _ in 0..settings.rounds {
        measured
            .ours
            .push(ask(program.address(), questions, count, AT_ONCE).await?);
        measured.bare.push(ask(bare.address, questions, count, AT_ONCE).await?);
    }
    Ok(measured)
}

fn told(engine: Engine, name: &str, measured: Measured) -> [Figure; 2] {
    let Measured { ours, bare, bytes } = measured;
    [
        Figure {
            name: format!("requests of the {name}"),
            engine: engine.name(),
            unit: "/s",
            values: ours.iter().map(|it| it.a_second).collect(),
            bound: format!("the same {bytes} bytes from a bare server"),
            bounds: bare.iter().map(|it| it.a_second).collect(),
            asked: Asked::Nothing,
        },
        Figure {
            name: format!("99th percentile of the {name}, {AT_ONCE} readers at once"),
            engine: engine.name(),
            unit: "ms",
            values: ours.iter().map(|it| it.tail).collect(),
            bound: "limit".to_owned(),
            bounds: vec![LIMIT],
            asked: Asked::AtMost(1.0),
        },
    ]
}
