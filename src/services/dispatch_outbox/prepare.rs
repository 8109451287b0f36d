// SPDX-License-Identifier: EUPL-1.2
//! From claimed rows to messages: reads what they are about in a few statements for all, and puts it into words.
//!
//! Decides again, at the last moment, whether each is still wanted: the same matching rule, on the profile as it is now.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::delivery::email::{Letter, ListHeaders, Mail, compose};
use crate::delivery::return_code::{ReturnCode, return_path};
use crate::delivery::wording::{Told, Wording};
use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId, TargetId};
use crate::domain::language::Language;
use crate::domain::occasion::{Occasion, OccasionKind, Subject};
use crate::domain::opportunity::{Opportunity, Status};
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::domain::subscriber::{Place, PushSubscription, Target, TargetStatus};
use crate::matching::{Reason, match_profile};
use crate::secrets::fingerprint;
use crate::services::Result;
use crate::services::suppress_mailbox::suppressed_among;
use crate::storage::ledger::{self, Claimed, Key};
use crate::storage::{Transaction, links, matches, occasions, opportunities, profiles, strikes, subscribers, targets};
use crate::urls::{LinkCode, UnsubscribeCode, paths};

use super::digest::Folded;

/// What is to be done about a claimed row.
pub(super) enum Prepared {
    /// Nothing: it is not wanted any more, for this reason.
    Unwanted(&'static str),
    /// This message is to be sent.
    Ready(Message),
}

/// A message that is ready to be sent.
pub(super) enum Message {
    /// To a mailbox.
    Mail(Box<Mail>),
    /// To a browser.
    Push {
        /// Which browser.
        subscription: PushSubscription,
        /// What its service worker receives.
        payload: Vec<u8>,
        /// Replaces an unread message of the same topic.
        topic: String,
    },
    /// It cannot be put into a form that could be sent.
    Unsendable(&'static str),
}

/// What else the end of a notification bears on: most have nothing, and recording reads nothing for them then.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BearsOn {
    /// Refusals that its browser has against it, which an acceptance clears.
    pub(super) strikes: bool,
    /// A mail to the same person that waits on it.
    pub(super) waiting_mail: bool,
}

/// Everything that the rows of one claim are about. Each row is put into words only when its turn to be sent has come, by
/// whoever sends it: the rows of a claim are many, and mails are long.
pub(super) struct Context {
    occasions: BTreeMap<i64, Occasion>,
    opportunities: BTreeMap<OpportunityId, Opportunity>,
    matched: BTreeMap<OpportunityId, BTreeMap<SubscriberId, Vec<ProfileId>>>,
    profiles: BTreeMap<ProfileId, Profile>,
    targets: BTreeMap<i64, Target>,
    languages: BTreeMap<SubscriberId, Language>,
    links: BTreeMap<i64, LinkCode>,
    folded: Folded,
    suppressed: BTreeSet<TargetId>,
    struck: BTreeSet<TargetId>,
    waiting: BTreeSet<SubscriberId>,
}

/// Reads what the claimed rows are about.
pub(super) async fn read(app: &App, claimed: &[Claimed]) -> Result<Context> {
    let mut transaction = app.database.read().await?;
    load(app, &mut transaction, claimed).await
}

async fn load(app: &App, transaction: &mut Transaction, claimed: &[Claimed]) -> Result<Context> {
    let found = occasions::find_many(transaction, &distinct(claimed, |row| row.key.occasion.0)).await?;
    let occasions: BTreeMap<i64, Occasion> = found.into_iter().map(|it| (it.id.0, it)).collect();
    let folded = Folded::load(transaction, claimed, &occasions).await?;
    let (opportunities, matched) = load_opportunities(transaction, claimed, &occasions, &folded).await?;
    let mut ids: BTreeSet<ProfileId> = matched.values().flat_map(BTreeMap::values).flatten().copied().collect();
    ids.extend(folded.profiles());
    let ids: Vec<ProfileId> = ids.into_iter().collect();
    let profiles = profiles::find_many(transaction, &ids).await?;
    let numbers = distinct(claimed, |row| row.key.target.0);
    let targets = targets::find_many(transaction, &numbers).await?;
    let struck = strikes::struck_among(transaction, &numbers).await?;
    let readers = distinct(claimed, |row| row.subscriber.0);
    let waiting = ledger::waiting_among(transaction, &readers).await?;
    let languages = subscribers::languages(transaction, &readers).await?;
    let mut link_codes = BTreeMap::new();
    for occasion in occasions.values() {
        if let Subject::Person { link: Some(link), .. } = occasion.subject {
            let nonce = links::nonce(transaction, link).await?;
            link_codes.extend(nonce.map(|nonce| (occasion.id.0, LinkCode::new(&app.secrets, &nonce))));
        }
    }
    let suppressed = suppressed_among(app, transaction, &targets).await?;
    Ok(Context {
        suppressed,
        struck: struck.into_iter().collect(),
        waiting: waiting.into_iter().collect(),
        occasions,
        opportunities,
        matched,
        profiles: profiles.into_iter().map(|it| (it.id, it)).collect(),
        targets: targets.into_iter().map(|it| (it.id.0, it)).collect(),
        languages: languages.into_iter().collect(),
        links: link_codes,
        folded,
    })
}

type Matched = BTreeMap<OpportunityId, BTreeMap<SubscriberId, Vec<ProfileId>>>;

/// The opportunities that the rows tell of, and which profiles of their subscribers matched each.
async fn load_opportunities(
    transaction: &mut Transaction,
    claimed: &[Claimed],
    occasions: &BTreeMap<i64, Occasion>,
    folded: &Folded,
) -> Result<(BTreeMap<OpportunityId, Opportunity>, Matched)> {
    let mut readers: BTreeMap<OpportunityId, BTreeSet<SubscriberId>> = BTreeMap::new();
    for row in claimed {
        if let Some(Subject::Opportunity { id, .. }) = occasions.get(&row.key.occasion.0).map(|it| it.subject) {
            readers.entry(id).or_default().insert(row.subscriber);
        }
    }
    let mut ids = folded.opportunities();
    ids.extend(readers.keys());
    let ids: Vec<OpportunityId> = ids.into_iter().collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    let mut matched = Matched::new();
    for (id, them) in readers {
        let them: Vec<SubscriberId> = them.into_iter().collect();
        matched.insert(id, matches::profiles_of(transaction, id, &them).await?);
    }
    Ok((found.into_iter().map(|it| (it.id, it)).collect(), matched))
}

fn distinct(claimed: &[Claimed], number: fn(&Claimed) -> i64) -> Vec<i64> {
    let numbers: BTreeSet<i64> = claimed.iter().map(number).collect();
    numbers.into_iter().collect()
}

impl Context {
    /// The targets of these rows that have strikes.
    pub(super) fn struck(&self) -> impl Iterator<Item = TargetId> {
        self.struck.iter().copied()
    }

    /// What has to be looked at when it is recorded how a push to this row ended.
    pub(super) fn bears_on(&self, row: &Claimed) -> BearsOn {
        BearsOn {
            strikes: self.struck.contains(&row.key.target),
            waiting_mail: self.waiting.contains(&row.subscriber),
        }
    }

    /// Decides whether one of the rows is still wanted, and puts it into words.
    pub(super) fn prepare(&self, app: &App, row: &Claimed) -> Prepared {
        let Some((occasion, target)) = self
            .occasions
            .get(&row.key.occasion.0)
            .zip(self.targets.get(&row.key.target.0))
        else {
            return Prepared::Unwanted("its subject is gone");
        };
        if !may_be_sent(occasion.kind, target.status) {
            return Prepared::Unwanted("target stopped");
        }
        if occasion.kind != OccasionKind::Confirmation && self.suppressed.contains(&target.id) {
            return Prepared::Unwanted("address on the suppression list");
        }
        match occasion.subject {
            Subject::Opportunity { id, .. } => self.announcement(app, row, target, id),
            Subject::Edition(frequency) => self.edition(app, row, target, frequency),
            Subject::Person { .. } => self.personal(app, row, occasion, target),
        }
    }

    fn announcement(&self, app: &App, row: &Claimed, target: &Target, id: OpportunityId) -> Prepared {
        let Some(opportunity) = self.opportunities.get(&id).filter(|it| it.status == Status::Published) else {
            return Prepared::Unwanted("no longer open");
        };
        let (kinds, reasons) = self.still_concerned(app, row, opportunity);
        if kinds.is_empty() {
            return Prepared::Unwanted("no longer wanted");
        }
        let about = About {
            told: Told::Opportunity(opportunity, &reasons),
            topic: opportunity.token.as_str().to_owned(),
            kinds,
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    /// The topic tells the frequencies apart: on a Monday both are due, and a push service keeps the last of a topic.
    fn edition(&self, app: &App, row: &Claimed, target: &Target, frequency: Frequency) -> Prepared {
        let found = self
            .folded
            .digest(app, row, frequency, &self.opportunities, &self.profiles);
        let Some((digest, kinds)) = found else {
            return Prepared::Unwanted("nothing left to tell");
        };
        let about = About {
            told: Told::Digest(&digest),
            topic: format!("digest-{}", frequency.code()),
            kinds,
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    /// The person's profiles that the opportunity still concerns and that want this channel, and why.
    fn still_concerned(&self, app: &App, row: &Claimed, opportunity: &Opportunity) -> (Vec<ProfileKind>, Vec<Reason>) {
        let vocabulary = app.vocabulary();
        let matched = self
            .matched
            .get(&opportunity.id)
            .and_then(|them| them.get(&row.subscriber));
        let own = matched.into_iter().flatten().filter_map(|id| self.profiles.get(id));
        let (mut kinds, mut reasons) = (Vec::new(), Vec::new());
        for profile in own {
            let found = match_profile(opportunity, profile, &vocabulary);
            if let Some(found) = found.filter(|it| it.telling.channels.uses(row.channel)) {
                kinds.push(profile.kind);
                reasons.extend(found.reasons);
            }
        }
        let mut seen = BTreeSet::new();
        reasons.retain(|reason| seen.insert(*reason));
        (kinds, reasons)
    }

    fn personal(&self, app: &App, row: &Claimed, occasion: &Occasion, target: &Target) -> Prepared {
        let code = self.links.get(&occasion.id.0);
        let url = match (occasion.kind, code) {
            (OccasionKind::Confirmation, Some(code)) => app.urls.confirm(code),
            (OccasionKind::SignIn, Some(code)) => app.urls.sign_in(code),
            (OccasionKind::Test, _) => String::new(),
            _ => return Prepared::Unwanted("its subject is gone"),
        };
        let told = match occasion.kind {
            OccasionKind::Confirmation => Told::Confirmation(&url),
            OccasionKind::SignIn => Told::SignIn(&url),
            _ => Told::Test,
        };
        let about = About {
            told,
            topic: occasion.kind.code().replace('_', "-"),
            kinds: Vec::new(),
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    fn message(&self, app: &App, row: &Claimed, target: &Target, about: &About<'_>) -> Message {
        let vocabulary = app.vocabulary();
        let language = self.languages.get(&row.subscriber).copied().unwrap_or_default();
        let privacy_url = app.privacy_url();
        let wording = Wording {
            texts: app.texts(language),
            urls: &app.urls,
            vocabulary: &vocabulary,
            service: &app.config.service_name,
            body: &app.config.body_name,
            privacy_url: &privacy_url,
        };
        match &target.place {
            Place::Browser(subscription) => Message::Push {
                subscription: subscription.clone(),
                payload: wording.push(about.told, &about.topic, app.now()),
                topic: about.topic.clone(),
            },
            Place::Mailbox(address) => {
                let mail = mail(app, &wording, row, address.as_str(), about);
                mail.map_or(Message::Unsendable("cannot be written as a mail"), |mail| {
                    Message::Mail(Box::new(mail))
                })
            }
        }
    }
}

/// What a message is about.
struct About<'a> {
    told: Told<'a>,
    topic: String,
    /// The kinds of profile that it is sent for: what its link for stopping stops. Empty for what a person waits for.
    kinds: Vec<ProfileKind>,
}

/// A mailbox is sent its confirmation before it is active, and nothing else.
fn may_be_sent(kind: OccasionKind, status: TargetStatus) -> bool {
    match kind {
        OccasionKind::Confirmation => status != TargetStatus::Gone,
        _ => status == TargetStatus::Active,
    }
}

fn mail(app: &App, wording: &Wording<'_>, row: &Claimed, to: &str, about: &About<'_>) -> Option<Mail> {
    let code = UnsubscribeCode {
        target: row.key.target,
        kinds: about.kinds.clone(),
    }
    .seal(&app.unsubscribe_key);
    let unsubscribe = app.urls.unsubscribe(&code);
    let is_list = !about.kinds.is_empty();
    let words = wording.mail(about.told, is_list.then_some(unsubscribe.as_str())).ok()?;
    let mailto = format!("mailto:{}?subject=unsubscribe%20{code}", app.config.contact_email);
    let list_id = format!("{}.{}", list_name(&about.kinds), app.urls.host());
    let sender = app.config.sender();
    let return_code = return_code(app, row.key);
    let bounce_address = app.config.bounce_address.as_deref();
    let bounces = bounce_address
        .zip(return_code.as_deref())
        .and_then(|(address, code)| return_path(address, code));
    let message_id = message_id(app, row.key, return_code.as_deref());
    let letter = Letter {
        from: &sender,
        reply_to: app.config.mail_reply_to.as_deref(),
        to,
        return_path: bounces.as_deref().unwrap_or_else(|| sender_address(&sender)),
        subject: &words.subject,
        text: &words.text,
        html: &words.html,
        message_id: &message_id,
        date: app.now(),
        language: wording.texts.language.code(),
        list: is_list.then_some(ListHeaders {
            unsubscribe_url: &unsubscribe,
            unsubscribe_mailto: Some(&mailto),
            list_id: &list_id,
            list_name: wording.service,
        }),
        feedback_id: Some(&format!("{}:{}", about.topic, list_name(&about.kinds))),
    };
    compose(&letter)
        .inspect_err(|error| tracing::error!(%error, "a mail could not be written"))
        .ok()
}

fn list_name(kinds: &[ProfileKind]) -> String {
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    if codes.is_empty() {
        "service".to_owned()
    } else {
        codes.join("-")
    }
}

/// The address in `Name <address>`.
fn sender_address(sender: &str) -> &str {
    let bracketed = sender.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
    bracketed.map_or(sender, |(address, _)| address).trim()
}

/// What a mail that comes back is known by.
fn return_code(app: &App, key: Key) -> Option<String> {
    let code = ReturnCode {
        target: key.target,
        occasion: key.occasion,
    };
    code.seal(&app.unsubscribe_key)
}

/// The same for every attempt at a notification, so that a receiver can tell a repetition; it tells no number. Its left
/// half is the code by which a report that quotes nothing else is still understood.
fn message_id(app: &App, key: Key, return_code: Option<&str>) -> String {
    let name = || {
        let name = format!("{} {} {}", app.urls.absolute(paths::HOME), key.occasion, key.target);
        fingerprint(name.as_bytes())[..32].to_owned()
    };
    let left = return_code.map_or_else(name, str::to_owned);
    format!("{left}@{}", app.urls.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_name() {
        assert_eq!(sender_address("Informa <avvisi@example.org>"), "avvisi@example.org");
        assert_eq!(sender_address("avvisi@example.org"), "avvisi@example.org");
    }

    #[test]
    fn a_mailbox_is_sent_its_confirmation_before_it_is_active() {
        assert!(may_be_sent(OccasionKind::Confirmation, TargetStatus::Pending));
        assert!(!may_be_sent(OccasionKind::Published, TargetStatus::Pending));
    }
}
