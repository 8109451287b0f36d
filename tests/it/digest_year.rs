// SPDX-License-Identifier: EUPL-1.2
//! Digests over a year: the schedules decide when, people of every kind receive, and what arrived is held against what
//! this file works out for itself from the calendar, the publications and `matching::match_profile`.
//!
//! The year has both changes of the clock, three days without any worker, and publications at any minute, many of them
//! around 08:00 and 08:30. At every instant exactly what was expected arrives, and nothing else; over the year everybody
//! is told of everything once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Weekday};
use chrono_tz::Europe::Rome;
use informa::domain::chance::Chance;
use informa::domain::choices::Choices;
use informa::domain::clock::Timestamp;
use informa::domain::ids::{ProfileId, SubscriberId};
use informa::domain::local_time::{instant_of, local};
use informa::domain::opportunity::OpportunityKind;
use informa::domain::profile::{Channels, Follow, Followed, Frequency, Profile, TellingOverride};
use informa::jobs::schedule::Schedule;
use informa::jobs::{CONTINUOUS, Job, worker};
use informa::matching::match_profile;
use informa::services::publish_opportunity::publish_opportunity;
use informa::services::save_profile::save_profile;
use informa::services::subscribe_browser::add_browser;
use informa::services::unsubscribe::leave_service;
use informa::storage::{Engine, ledger};

use crate::support::app::TestApp;
use crate::support::builders::{
    BERGAMO, BERGAMO_PROVINCE, LOMBARDY, MILAN, PIEDMONT, Person, Writing, a_call, a_citizen, an_authority,
    an_operator, at,
};
use crate::support::on_both_engines;
use crate::support::push_service::Message;
use crate::support::rows;
use crate::support::smtp_receiver::Mail;

on_both_engines! {
    over_a_year_everybody_is_told_of_everything_once,
}

const FIRST_DAY: &str = "2026-12-15T09:00:00";
const LAST_DAY: &str = "2027-12-31T12:00:00";
/// No job runs from a Saturday to the Tuesday after: a Monday is among the days missed.
const OUTAGE: (&str, &str) = ("2027-05-15T18:00:00", "2027-05-18T18:00:00");
const JOINING: &str = "2027-06-16T11:00:00";
const LEAVING: &str = "2027-09-15T11:00:00";
/// How many publications fall on random minutes.
const AT_RANDOM: u64 = 260;
/// More than an edition lists.
const IN_ONE_DAY: u32 = 40;
const LISTED: usize = 15;

/// Further than the ids that one transaction covers.
const FAR: i64 = 60_000;

/// Somebody who reads, as the test knows them.
struct Reader {
    subscriber: SubscriberId,
    mailbox: Option<String>,
    endpoint: Option<String>,
    profiles: Vec<Profile>,
    /// From when to when they are told.
    span: (Timestamp, Timestamp),
}

/// How something was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    AtOnce(u32),
    Edition(bool),
}

const DAILY: Told = Told::Edition(false);
const WEEKLY: Told = Told::Edition(true);

/// What a mailbox or a browser is to receive at one instant: by how it is told, the numbers of the opportunities.
type Expected = BTreeMap<(Timestamp, String, Told), BTreeSet<u32>>;

/// An opportunity, with when it is published.
struct Publication {
    number: u32,
    at: Timestamp,
    writing: Writing,
    closes: Option<Timestamp>,
}

async fn over_a_year_everybody_is_told_of_everything_once(app: &TestApp) {
    until(app, at(FIRST_DAY));
    work(app).await;
    let mut readers = the_readers(app).await;
    let publications = the_publications();
    let mut expected = Expected::new();
    let mut told: HashMap<(String, u32), usize> = HashMap::new();
    let mut times = Times::new(&publications);
    let mut longest = 0;
    let newcomer = newcomer();
    readers.push(as_reader(
        app,
        &[newcomer.choices(&app.vocabulary())],
        at(JOINING),
        &newcomer.email,
    ));
    for reader in &readers {
        expect(app, reader, &publications, &mut expected);
    }
    let all = expected.clone();
    while let Some(now) = times.next(app.now()) {
        until(app, now);
        for publication in publications.iter().filter(|it| it.at == now) {
            let id = app.draft(&publication.writing).await;
            publish_opportunity(app, app.editor, id).await.unwrap();
        }
        if is_outage(now) {
            continue;
        }
        work(app).await;
        if now == at(JOINING) {
            app.subscribe(&newcomer).await;
        } else if now == at(LEAVING) {
            leave_service(app, readers[0].subscriber).await.unwrap();
        }
        for (to, how, listed, count) in received(app) {
            let due = expected.remove(&(now, to.clone(), how));
            let due = due.unwrap_or_else(|| panic!("{now}: {to} was told {how:?} of {listed:?} unexpectedly"));
            assert_eq!(
                count,
                due.len(),
                "{now}: {to} was told {how:?} of {listed:?}, not of {due:?}"
            );
            assert!(
                listed.is_subset(&due),
                "{now}: {to} was told {how:?} of {listed:?}, not of {due:?}"
            );
            longest = longest.max(count);
            for number in due {
                *told.entry((to.clone(), number)).or_default() += 1;
            }
        }
        let missing: Vec<_> = expected.range(..=(now, "~".to_owned(), WEEKLY)).collect();
        assert!(missing.is_empty(), "{now}: did not arrive: {missing:?}");
    }
    assert!(expected.is_empty(), "did not arrive: {expected:?}");
    assert!(longest > LISTED, "one edition is longer than what is listed");
    assert!(
        told.values().all(|times| *times == 1),
        "nobody is told of anything twice"
    );
    what_the_year_had(app, &all, &publications).await;
}

/// The year is worth something only if what it is about occurred in it.
async fn what_the_year_had(app: &TestApp, all: &Expected, publications: &[Publication]) {
    let editions = |how| all.keys().filter(|key| key.2 == how).count();
    let (daily, weekly) = (editions(DAILY), editions(WEEKLY));
    assert!(
        daily > 600 && weekly > 100,
        "{daily} daily and {weekly} weekly editions"
    );
    let told: BTreeSet<u32> = all.values().flatten().copied().collect();
    let untold = publications.iter().filter(|it| !told.contains(&it.number)).count();
    assert!(untold > 5, "{untold} opportunities closed before anybody could be told");
    let up_for = |day: &str| all.keys().any(|key| local(key.0, Rome).date_naive().to_string() == day);
    for day in ["2027-03-28", "2027-10-31", "2027-05-18", "2027-05-19"] {
        assert!(up_for(day), "an edition of {day}");
    }
    let mut transaction = app.database.read().await.unwrap();
    assert_eq!(ledger::count_unfinished(&mut transaction).await.unwrap(), 0);
}

fn until(app: &TestApp, time: Timestamp) {
    app.advance(time.since(app.now()));
}

fn is_outage(now: Timestamp) -> bool {
    now >= at(OUTAGE.0) && now < at(OUTAGE.1)
}

/// When anything happens: a publication, somebody's coming or going, and whatever the cron table says of digests.
struct Times {
    fixed: BTreeSet<Timestamp>,
    schedules: Vec<Schedule>,
}

impl Times {
    fn new(publications: &[Publication]) -> Self {
        let table = worker::table().unwrap();
        let digests = [Job::ComposeDailyDigest, Job::ComposeWeeklyDigest];
        let schedules: Vec<Schedule> = table
            .into_iter()
            .filter_map(|(job, schedule)| digests.contains(&job).then_some(schedule))
            .collect();
        assert_eq!(schedules.len(), digests.len());
        let others = [OUTAGE.1, JOINING, LEAVING].map(at);
        let fixed = publications.iter().map(|it| it.at).chain(others).collect();
        Self { fixed, schedules }
    }

    fn next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let due = self.schedules.iter().filter_map(|it| it.next_after(now, Rome));
        let fixed = self.fixed.range(now.plus(TimeDelta::milliseconds(1))..).next().copied();
        due.chain(fixed).min().filter(|next| *next <= at(LAST_DAY))
    }
}

/// What a worker does when it looks, until nothing is left: what is continuous, with sending beside it, and what the cron
/// table has due.
async fn work(app: &TestApp) {
    let table = worker::table().unwrap();
    let mut idle = 0;
    while idle < 2 {
        let mut done = 0;
        for job in CONTINUOUS {
            let (worked, sent) = tokio::join!(Box::pin(job.run(app)), Box::pin(Job::DispatchOutbox.run(app)));
            done += worked.unwrap() + sent.unwrap();
        }
        worker::run_due(app, &table).await;
        idle = if done == 0 { idle + 1 } else { 0 };
    }
    assert_eq!(app.push_service.problems(), Vec::<String>::new());
}

/// What arrived since the last time: where, how it was told, which numbers it lists, and how many it says there are.
fn received(app: &TestApp) -> Vec<(String, Told, BTreeSet<u32>, usize)> {
    let mails = app.relay.mails();
    app.relay.forget();
    let mails = mails.iter().map(|mail| {
        let (how, listed, count) = read_mail(mail);
        (mail.recipient.clone(), how, listed, count)
    });
    let pushes = app.push_service.messages();
    app.push_service.forget();
    let pushes = pushes.iter().map(|message| {
        let (how, listed, count) = read_push(message);
        (message.endpoint.clone(), how, listed, count)
    });
    mails.chain(pushes).collect()
}

/// The number in `Bando: n0042`.
fn number_in(line: &str) -> Option<u32> {
    let digits = line
        .rsplit_once(": n")
        .map_or(line.strip_prefix('n'), |(_, it)| Some(it))?;
    (digits.len() == 4).then(|| digits.parse().ok())?
}

fn read_mail(mail: &Mail) -> (Told, BTreeSet<u32>, usize) {
    let text = mail.text();
    let how = match (
        text.contains("un riepilogo al giorno"),
        text.contains("un riepilogo alla settimana"),
    ) {
        (true, false) => DAILY,
        (false, true) => WEEKLY,
        _ => {
            let number = number_in(&mail.subject()).unwrap();
            return (Told::AtOnce(number), [number].into(), 1);
        }
    };
    let lines: Vec<u32> = text.lines().filter_map(number_in).collect();
    let listed: BTreeSet<u32> = lines.iter().copied().collect();
    assert_eq!(listed.len(), lines.len(), "an edition names nothing twice:\n{text}");
    assert!(!listed.is_empty() && listed.len() <= LISTED, "{text}");
    let more = text.lines().find_map(|line| {
        let number = line.strip_prefix("Ci sono altri ")?.split(' ').next()?;
        number.parse::<usize>().ok()
    });
    let more = more.unwrap_or_else(|| usize::from(text.contains("C'è un altro avviso")));
    assert!(
        more == 0 || text.contains("https://informa.example.org/avvisi\n"),
        "{text}"
    );
    (how, listed.clone(), listed.len() + more)
}

fn read_push(message: &Message) -> (Told, BTreeSet<u32>, usize) {
    let title = message.title();
    let count = title.split(' ').next().unwrap();
    let count = if count == "Un" { 1 } else { count.parse().unwrap() };
    let how = if message.topic == "digest-weekly" {
        WEEKLY
    } else {
        DAILY
    };
    assert!(message.navigate().ends_with("/avvisi"));
    (how, message.body().split(" · ").filter_map(number_in).collect(), count)
}

/// The profile that is kept of some choices.
fn profile_of(choices: &Choices) -> Profile {
    let follow = |(topic, telling): (_, TellingOverride)| Follow {
        followed: Followed::Topic(topic),
        telling,
    };
    Profile {
        id: ProfileId(1),
        subscriber: SubscriberId(1),
        kind: choices.kind,
        facets: choices.facets.clone(),
        follows: choices.topics.clone().into_iter().map(follow).collect(),
        mutes: BTreeSet::new(),
        telling: choices.telling,
    }
}

fn as_reader(app: &TestApp, choices: &[Choices], from: Timestamp, email: &str) -> Reader {
    assert!(from >= app.now());
    Reader {
        subscriber: SubscriberId(0),
        mailbox: Some(email.to_owned()),
        endpoint: None,
        profiles: choices.iter().map(profile_of).collect(),
        span: (from, at(LAST_DAY).plus(TimeDelta::days(1))),
    }
}

fn newcomer() -> Person {
    a_citizen().called("nuova@example.org").told("daily")
}

/// The first leaves in September.
async fn the_readers(app: &TestApp) -> Vec<Reader> {
    let daily = |email: &str| a_citizen().called(email).told("daily");
    let everything = |person: Person| person.following(&["everything"]);
    let people = [
        vec![daily("parte@example.org")],
        vec![daily("giornaliera@example.org").following(&["environment", "social"])],
        vec![everything(a_citizen().called("settimanale@example.org").told("weekly"))],
        vec![
            everything(daily("due-frequenze@example.org")),
            everything(an_operator().told("weekly")),
        ],
        vec![
            daily("due-profili@example.org"),
            everything(an_operator().told("daily")),
        ],
        vec![
            a_citizen().called("subito-e-dopo@example.org"),
            everything(an_operator().told("daily")),
        ],
        vec![daily("fuori@example.org").in_areas(&[PIEDMONT])],
        vec![daily("niente@example.org").following(&["health-animals"])],
        vec![everything(daily("entrambi@example.org")).by(&["web_push", "email"])],
        vec![everything(a_citizen().called("ripiego@example.org").told("weekly")).by(&["web_push", "email_fallback"])],
        vec![
            everything(daily("posta-e-browser@example.org")),
            an_authority()
                .told("weekly")
                .by(&["web_push"])
                .following(&["business", "social"]),
        ],
    ];
    let mut readers = Vec::new();
    for profiles in &people[..8] {
        readers.push(subscribed(app, profiles).await);
    }
    leave_a_gap(app).await;
    for profiles in &people[8..] {
        readers.push(subscribed(app, profiles).await);
    }
    for (reader, profiles) in readers.iter().zip(&people) {
        // Also the first: adding a browser changes what a profile is told by.
        for profile in profiles {
            let choices = profile.choices(&app.vocabulary());
            save_profile(app, reader.subscriber, &choices).await.unwrap();
        }
    }
    readers.push(one_topic_at_once(app).await);
    let alone = everything(an_authority().told("daily")).by(&["web_push"]);
    let (subscriber, browser) = app.subscribe_browser(&alone).await;
    readers.push(Reader {
        subscriber,
        mailbox: None,
        endpoint: Some(browser.endpoint),
        ..as_reader(app, &[alone.choices(&app.vocabulary())], app.now(), "")
    });
    readers[0].span.1 = at(LEAVING);
    readers
}

/// Subscribes somebody by their first profile; all of their profiles are what they are expected to be told by.
async fn subscribed(app: &TestApp, profiles: &[Person]) -> Reader {
    let choices: Vec<Choices> = profiles.iter().map(|it| it.choices(&app.vocabulary())).collect();
    let mut reader = as_reader(app, &choices, app.now(), &profiles[0].email);
    reader.subscriber = app.subscribe(&profiles[0]).await;
    if profiles.iter().any(|it| it.codes.channels[0] == "web_push") {
        let browser = app.push_service.browser();
        add_browser(app, reader.subscriber, &browser.subscription())
            .await
            .unwrap();
        reader.endpoint = Some(browser.endpoint);
    }
    reader
}

/// Somebody who is told of family matters at once, and of the rest daily.
async fn one_topic_at_once(app: &TestApp) -> Reader {
    let person = a_citizen()
        .called("un-tema-subito@example.org")
        .told("daily")
        .following(&["everything", "social"]);
    let mut choices = person.choices(&app.vocabulary());
    let social = app.vocabulary().topics.by_code("social").unwrap().id;
    let at_once = TellingOverride {
        frequency: Some(Frequency::Immediate),
        channels: None,
    };
    choices.topics.insert(social, at_once);
    let subscriber = app.subscribe(&person).await;
    save_profile(app, subscriber, &choices).await.unwrap();
    Reader {
        subscriber,
        ..as_reader(app, &[choices], app.now(), &person.email)
    }
}

/// Puts somebody who has left far behind the ids given so far: profiles and readers that come now are matched and composed
/// in another transaction than those before.
async fn leave_a_gap(app: &TestApp) {
    let gone = format!("insert into subscribers (id, status, language, created_at) values ({FAR}, 2, 'it', 0)");
    rows::execute(&app.database, &gone).await;
    let profile = format!(
        "insert into profiles (id, subscriber_id, kind, active, frequency, channels, chosen_at, inbox_due)
         values ({FAR}, {FAR}, 0, false, 0, 0, 0, 0)"
    );
    rows::execute(&app.database, &profile).await;
    if app.database.engine() == Engine::Postgres {
        for table in ["subscribers", "profiles"] {
            let next = format!("alter table {table} alter column id restart with {}", FAR + 1);
            rows::execute(&app.database, &next).await;
        }
    }
}

/// What is published, in the order of time: at random, many at once, and where the clock is changed.
fn the_publications() -> Vec<Publication> {
    let chance = Chance::seeded(2027);
    let below = |bound: u64| u64::from_be_bytes(chance.bytes()) % bound;
    let first = at(FIRST_DAY);
    let days = u64::try_from(at(LAST_DAY).since(first).num_days()).unwrap();
    let mut times = Vec::new();
    for _ in 0..AT_RANDOM {
        let day = local(first, Rome)
            .date_naive()
            .checked_add_days(Days::new(1 + below(days - 1)))
            .unwrap();
        let minute = match below(4) {
            0 => 7 * 60 + 57 + below(6),
            1 => 8 * 60 + 27 + below(6),
            _ => below(24 * 60),
        };
        let time = day.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(i64::try_from(minute).unwrap());
        times.push(instant_of(time, Rome));
    }
    times.extend((0..IN_ONE_DAY).map(|nth| at(&format!("2027-02-09T09:{nth:02}:00"))));
    times.extend((0..8).map(|nth| at(&format!("2027-05-{:02}T{:02}:30:00", 15 + nth / 2, 7 + 12 * (nth % 2)))));
    times.extend((0..8).map(|nth| at(&format!("2027-05-{:02}T12:30:00", 15 + nth / 2))));
    for time in [
        "2027-03-28T00:59:59Z",
        "2027-03-28T01:00:00Z",
        "2027-03-28T05:59:59Z",
        "2027-03-28T06:00:00Z",
        "2027-03-28T06:30:00Z",
        "2027-10-31T00:30:00Z",
        "2027-10-31T01:30:00Z",
        "2027-10-31T06:59:59Z",
        "2027-10-31T07:00:00Z",
        "2027-10-31T07:30:00Z",
    ] {
        times.push(Timestamp::from(DateTime::parse_from_rfc3339(time).unwrap().to_utc()));
    }
    times.retain(|time| *time > first && *time < at(LAST_DAY).minus(TimeDelta::days(8)));
    times.sort();
    (1..)
        .zip(times)
        .map(|(number, at)| publication(number, at, &below))
        .collect()
}

fn publication(number: u32, time: Timestamp, below: &impl Fn(u64) -> u64) -> Publication {
    let pick = |list: &[&'static str]| list[usize::try_from(below(list.len() as u64)).unwrap()];
    let kind = OpportunityKind::ALL[usize::try_from(below(OpportunityKind::ALL.len() as u64)).unwrap()];
    let hours = |hours: u64| Some(time.plus(TimeDelta::hours(i64::try_from(hours).unwrap())));
    let closes = match below(10) {
        0..3 => hours(1 + below(72)),
        3..6 => hours(24 * (4 + below(60))),
        _ => None,
    };
    let topic = [
        "environment-energy",
        "environment-water",
        "social-family",
        "business-startup",
        "culture-libraries",
    ];
    let area = [LOMBARDY, LOMBARDY, BERGAMO_PROVINCE, BERGAMO, MILAN, PIEDMONT, "IT"];
    let kinds: &[&str] =
        [&[][..], &[], &["citizen"], &["operator"], &["operator", "authority"]][usize::try_from(below(5)).unwrap()];
    let writing = a_call()
        .kind(kind)
        .titled(&format!("n{number:04}"))
        .about(&[pick(&topic), pick(&topic)])
        .in_areas(&[pick(&area)])
        .for_kinds(kinds)
        .opening(None)
        .closing(closes);
    Publication {
        number,
        at: time,
        writing,
        closes,
    }
}

/// When editions are composed, by the calendar alone: how often, what was published before when, and when it leaves. What
/// an outage misses is made up for by the last that was missed, when it ends.
fn the_editions() -> Vec<(Frequency, Timestamp, Timestamp)> {
    let days = NaiveDate::iter_days(&local(at(FIRST_DAY), Rome).date_naive()).skip(1);
    let last = local(at(LAST_DAY), Rome).date_naive();
    let mut editions = BTreeMap::new();
    for day in days.take_while(|day| *day <= last) {
        let on = |hour, minute| instant_of(day.and_hms_opt(hour, minute, 0).unwrap(), Rome);
        let leaves = if is_outage(on(8, 30)) { at(OUTAGE.1) } else { on(8, 30) };
        editions.insert((leaves, Frequency::Daily), on(8, 0));
        if day.weekday() == Weekday::Mon {
            editions.insert((leaves, Frequency::Weekly), on(8, 0));
        }
    }
    editions
        .into_iter()
        .map(|((leaves, how), before)| (how, before, leaves))
        .collect()
}

/// What a reader is to receive, by the rule and the calendar.
fn expect(app: &TestApp, reader: &Reader, publications: &[Publication], expected: &mut Expected) {
    let (vocabulary, editions) = (app.vocabulary(), the_editions());
    for publication in publications {
        let opportunity = publication.writing.opportunity(&vocabulary);
        let found = reader
            .profiles
            .iter()
            .filter_map(|it| match_profile(&opportunity, it, &vocabulary));
        let tellings: Vec<_> = found.map(|it| it.telling).collect();
        let matched = if is_outage(publication.at) {
            at(OUTAGE.1)
        } else {
            publication.at
        };
        let is_reader = |when: Timestamp| when > reader.span.0 && when < reader.span.1;
        let is_open = |when: Timestamp| publication.closes.is_none_or(|closes| closes > when);
        if tellings.is_empty() || !is_reader(matched) || !is_open(matched) {
            continue;
        }
        let (how, when) = if tellings.iter().any(|it| it.frequency == Frequency::Immediate) {
            (Told::AtOnce(publication.number), matched)
        } else {
            let comes = editions.iter().find(|(frequency, before, leaves)| {
                publication.at < *before && matched <= *leaves && tellings.iter().any(|it| it.frequency == *frequency)
            });
            let Some((frequency, _, leaves)) = comes else { continue };
            (Told::Edition(*frequency == Frequency::Weekly), *leaves)
        };
        if !is_open(when) || !is_reader(when) {
            continue;
        }
        let channels = tellings.iter().fold(Channels::NONE, |all, it| all.union(it.channels));
        let pushed = reader
            .endpoint
            .clone()
            .filter(|_| channels.contains(Channels::WEB_PUSH));
        let mailed = channels.contains(Channels::EMAIL) || pushed.is_none();
        let mailed = reader.mailbox.clone().filter(|_| mailed);
        for target in pushed.into_iter().chain(mailed) {
            expected
                .entry((when, target, how))
                .or_default()
                .insert(publication.number);
        }
    }
}
