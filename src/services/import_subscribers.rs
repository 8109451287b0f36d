// SPDX-License-Identifier: EUPL-1.2
//! Import people from JSON Lines, with the proof of their consent. Keyed by address and kind of profile.
//!
//! Somebody who left is never brought back, and a choice made later than the file's consent is never overwritten.
//! A line that cannot be used is reported with its number and the rest goes on.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::choices::Choices;
use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::SubscriberId;
use crate::domain::language::Language;
use crate::domain::subscriber::{ConsentAction, ConsentEvidence, PushSubscription, SubscriberStatus, TargetStatus};
use crate::services::Result;
use crate::services::ask_to_subscribe::{insert_mailbox, record_consent};
use crate::services::choices::ChoiceCodes;
use crate::services::json_lines::read_line;
use crate::services::subscribe_browser::{BrowserSubscription, bind, check};
use crate::services::suppress_mailbox::suppression_of;
use crate::storage::{Transaction, profiles, subscribers, targets};

pub use crate::services::subscriber_record::{BrowserKeys, BrowserRecord, ConsentRecord, SubscriberRecord};

/// What became of a file.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Lines that hold something.
    pub lines: u64,
    /// New profiles.
    pub added: u64,
    /// Profiles that took over what the file says.
    pub updated: u64,
    /// Lines that say what is known already, by the same consent.
    pub unchanged: u64,
    /// Lines passed over because the person chose something later.
    pub chosen_later: u64,
    /// Lines passed over because the person left.
    pub left: u64,
    /// Lines that could not be used: number and reason.
    pub bad_lines: Vec<(u64, String)>,
    /// Lines that were used but for something: number and reason.
    pub remarks: Vec<(u64, String)>,
}

/// How many lines share a transaction.
const LINES_A_TRANSACTION: u64 = 250;

/// Imports the lines of a file. `progress` is called after each.
///
/// # Errors
/// What the database says; groups of lines imported before stay imported.
pub async fn import_subscribers(
    app: &App,
    lines: impl Iterator<Item = std::io::Result<String>>,
    mut progress: impl FnMut(),
) -> Result<Report> {
    let mut report = Report::default();
    let mut transaction = app.database.begin().await?;
    for (number, line) in (1..).zip(lines) {
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            continue;
        }
        report.lines += 1;
        match line
            .map_err(|error| format!("cannot be read: {error}"))
            .and_then(|line| read(app, &line))
        {
            Ok(person) => keep(app, &mut transaction, person, number, &mut report).await?,
            Err(problem) => report.bad_lines.push((number, problem)),
        }
        if report.lines.is_multiple_of(LINES_A_TRANSACTION) {
            transaction.commit().await?;
            transaction = app.database.begin().await?;
        }
        progress();
    }
    transaction.commit().await?;
    app.wake_jobs();
    Ok(report)
}

/// A line that can be kept.
struct Person {
    email: Option<EmailAddress>,
    browsers: Vec<PushSubscription>,
    choices: Choices,
    language: Language,
    consent: ConsentEvidence,
    remarks: Vec<String>,
}

fn read(app: &App, line: &str) -> Result<Person, String> {
    let record: SubscriberRecord = read_line(line)?;
    let email = record
        .email
        .as_deref()
        .map(EmailAddress::parse)
        .transpose()
        .map_err(|error| error.to_string())?;
    let mut remarks = Vec::new();
    let browsers = record.push_subscriptions.iter().filter_map(|browser| {
        checked(app, browser)
            .map_err(|problem| remarks.push(format!("a browser was left out: {problem}")))
            .ok()
    });
    let browsers: Vec<PushSubscription> = browsers.collect();
    if email.is_none() && browsers.is_empty() {
        let reasons: Vec<String> =
            std::iter::once("has neither an e-mail address nor a browser that can be used".to_owned())
                .chain(remarks)
                .collect();
        return Err(reasons.join("; "));
    }
    let consent = consent(app.now(), record.consent.clone())?;
    let language = match record.language.as_deref() {
        None => Language::default(),
        Some(code) => Language::from_code(code)
            .filter(|language| app.speaks(*language))
            .ok_or_else(|| format!("unknown language {code:?}"))?,
    };
    let codes = choice_codes(record, email.is_some(), !browsers.is_empty());
    let choices = codes.resolve(&app.vocabulary()).map_err(|error| error.to_string())?;
    Ok(Person {
        email,
        browsers,
        choices,
        language,
        consent,
        remarks,
    })
}

fn checked(app: &App, browser: &BrowserRecord) -> Result<PushSubscription> {
    let subscription = BrowserSubscription {
        endpoint: browser.endpoint.clone(),
        p256dh: browser.keys.p256dh.clone(),
        auth: browser.keys.auth.clone(),
        vapid_key: String::new(),
        label: String::new(),
    };
    check(app, &subscription)
}

fn consent(now: Timestamp, record: ConsentRecord) -> Result<ConsentEvidence, String> {
    let at = Timestamp::from(record.at);
    if at > now {
        return Err("has a consent that lies in the future".to_owned());
    }
    if record.text.trim().is_empty() || record.source.trim().is_empty() {
        return Err("has a consent without its words or its source".to_owned());
    }
    Ok(ConsentEvidence {
        at,
        source: record.source,
        text: record.text,
    })
}

fn choice_codes(record: SubscriberRecord, has_mailbox: bool, has_browser: bool) -> ChoiceCodes {
    let given = [(has_browser, "web_push"), (has_mailbox, "email")];
    let given = given
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, code)| code.to_owned());
    let channels = if record.channels.is_empty() {
        given.collect()
    } else {
        record.channels
    };
    ChoiceCodes {
        kind: record.kind,
        areas: record.areas,
        topics: record.topics,
        sectors: record.sectors,
        organisation_type: record.organisation_type.unwrap_or_default(),
        company_size: record.company_size.unwrap_or_default(),
        age_band: record.age_band.unwrap_or_default(),
        frequency: record.frequency.unwrap_or_default(),
        channels,
        saved: BTreeSet::new(),
    }
}

async fn keep(
    app: &App,
    transaction: &mut Transaction,
    mut person: Person,
    number: u64,
    report: &mut Report,
) -> Result<()> {
    let owner = owner(transaction, &mut person).await?;
    report
        .remarks
        .extend(person.remarks.iter().map(|remark| (number, remark.clone())));
    if let Some(problem) = problem_of(app, transaction, &person).await? {
        report.bad_lines.push((number, problem));
        return Ok(());
    }
    if has_left(transaction, &person, owner).await? {
        report.left += 1;
        return Ok(());
    }
    let subscriber = match owner {
        Some(subscriber) => subscriber,
        None => subscribers::insert(transaction, SubscriberStatus::Active, person.language, app.now()).await?,
    };
    let standing = subscribers::find(transaction, subscriber).await?.map(|it| it.status);
    let chosen = profiles::chosen_at(transaction, subscriber, person.choices.kind).await?;
    let is_pending = standing == Some(SubscriberStatus::Pending);
    // What somebody typed into the public form and never confirmed is nobody's choice yet.
    let chosen = chosen.filter(|_| !is_pending);
    if chosen.is_some_and(|chosen| chosen > person.consent.at) {
        report.chosen_later += 1;
        return Ok(());
    }
    if chosen == Some(person.consent.at) && is_known(transaction, subscriber, &person).await? {
        report.unchanged += 1;
        return Ok(());
    }
    if chosen.is_some() {
        report.updated += 1;
    } else {
        report.added += 1;
    }
    if is_pending {
        for profile in profiles::list(transaction, subscriber).await? {
            profiles::delete(transaction, profile.id, app.now()).await?;
        }
    }
    save(app, transaction, subscriber, &person).await
}

/// Why a line is not kept. No file proves that a mailbox on the suppression list works again, or that its reader wants it.
async fn problem_of(app: &App, transaction: &mut Transaction, person: &Person) -> Result<Option<String>> {
    let Some(email) = &person.email else {
        let has_none = person.browsers.is_empty();
        return Ok(has_none.then(|| "has no browser that is its own".to_owned()));
    };
    if waits_elsewhere(transaction, email).await? {
        let problem = "has an address that a subscription waits to have confirmed";
        return Ok(Some(problem.to_owned()));
    }
    let listed = suppression_of(app, transaction, email).await?;
    Ok(listed.map(|(reason, _)| format!("has an address on the suppression list ({})", reason.code())))
}

/// Whose line it is: the mailbox decides, a browser only where there is none. Browsers of others are left out.
async fn owner(transaction: &mut Transaction, person: &mut Person) -> Result<Option<SubscriberId>> {
    let mailbox = match &person.email {
        Some(email) => targets::find_mailbox(transaction, email).await?,
        None => None,
    };
    let mut owner = mailbox.map(|target| target.subscriber);
    let mut own = Vec::new();
    for browser in std::mem::take(&mut person.browsers) {
        let known = targets::find_browser(transaction, &browser.endpoint)
            .await?
            .map(|target| target.subscriber);
        if owner.is_none() && person.email.is_none() {
            owner = known;
        }
        if known.is_none() || known == owner {
            own.push(browser);
        } else {
            person
                .remarks
                .push("a browser was left out: it is somebody else's".to_owned());
        }
    }
    person.browsers = own;
    Ok(owner)
}

/// Whether a subscriber typed this address beside their own and nobody has confirmed it. It may be theirs or anybody's: what
/// a file says of it would be shown to them, or undo what they said of it.
async fn waits_elsewhere(transaction: &mut Transaction, email: &EmailAddress) -> Result<bool> {
    let mailbox = targets::find_mailbox(transaction, email).await?;
    let Some(mailbox) = mailbox.filter(|it| it.status == TargetStatus::Pending) else {
        return Ok(false);
    };
    let holder = subscribers::find(transaction, mailbox.subscriber).await?;
    Ok(holder.is_some_and(|holder| holder.status != SubscriberStatus::Pending))
}

/// Whether the person left, or stopped the mailbox or a browser that the line names, or their mailbox exists no more.
async fn has_left(transaction: &mut Transaction, person: &Person, owner: Option<SubscriberId>) -> Result<bool> {
    if let Some(owner) = owner {
        let standing = subscribers::find(transaction, owner).await?.map(|it| it.status);
        if standing == Some(SubscriberStatus::Left) {
            return Ok(true);
        }
    }
    if let Some(email) = &person.email {
        let mailbox = targets::find_mailbox(transaction, email).await?;
        return Ok(mailbox.is_some_and(|it| matches!(it.status, TargetStatus::Stopped | TargetStatus::Gone)));
    }
    for browser in &person.browsers {
        let known = targets::find_browser(transaction, &browser.endpoint).await?;
        if known.is_some_and(|it| it.status == TargetStatus::Stopped) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the database holds all that the line says, so that nothing is to be written and no consent recorded twice.
async fn is_known(transaction: &mut Transaction, subscriber: SubscriberId, person: &Person) -> Result<bool> {
    let profiles = profiles::list(transaction, subscriber).await?;
    if !profiles.iter().any(|profile| person.choices.are_of(profile)) {
        return Ok(false);
    }
    for browser in &person.browsers {
        if targets::find_browser(transaction, &browser.endpoint).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn save(app: &App, transaction: &mut Transaction, subscriber: SubscriberId, person: &Person) -> Result<()> {
    let now = app.now();
    if let Some(email) = &person.email {
        match targets::find_mailbox(transaction, email).await? {
            Some(target) => targets::set_status(transaction, target.id, TargetStatus::Active).await?,
            None => _ = insert_mailbox(transaction, subscriber, email, TargetStatus::Active, now).await?,
        }
    }
    for browser in &person.browsers {
        let known = targets::find_browser(transaction, &browser.endpoint).await?;
        // A browser that its person removed, or that exists no more, stays so.
        if known.is_none_or(|it| it.status == TargetStatus::Active) {
            bind(transaction, subscriber, browser, "", now).await?;
        }
    }
    profiles::save(transaction, subscriber, &person.choices, true, person.consent.at).await?;
    subscribers::set_status(transaction, subscriber, SubscriberStatus::Active, now).await?;
    record_consent(transaction, subscriber, ConsentAction::Given, &person.consent).await
}
