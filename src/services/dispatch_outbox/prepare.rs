// SPDX-License-Identifier: EUPL-1.2
//! From claimed rows to messages: reads what they are about in a few statements for all, and puts it into words.
//!
//! Decides again, at the last moment, whether each is still wanted: the same matching rule, on the profile as it is now.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::delivery::email::Mail;
use crate::delivery::wording::{Followed, OwnLinks, Told, Wording};
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId, TargetId};
use crate::domain::notification::Channel;
use crate::domain::occasion::{Occasion, OccasionKind, Subject};
use crate::domain::opportunity::Opportunity;
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::domain::subscriber::{Place, PushSubscription, Target, TargetStatus};
use crate::domain::wishes::Wishes;
use crate::matching::{Reason, match_follow_up, match_profile};
use crate::services::Result;
use crate::services::manage_code::ManageCode;
use crate::services::suppress_mailbox::suppressed_among;
use crate::storage::ledger::{self, Claimed};
use crate::storage::{
    Transaction, follow_ups, links, mailbox_moves, matches, occasions, opportunities, profiles, strikes, subscribers,
    targets,
};
use crate::urls::LinkCode;

use super::digest::Folded;
use super::letter::{About, mail};

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
    concerned: Concerned,
    profiles: BTreeMap<ProfileId, Profile>,
    targets: BTreeMap<i64, Target>,
    wishes: BTreeMap<SubscriberId, Wishes>,
    links: BTreeMap<i64, LinkCode>,
    moves: BTreeMap<TargetId, String>,
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
    let (opportunities, concerned) = load_opportunities(transaction, claimed, &occasions, &folded).await?;
    let mut ids: BTreeSet<ProfileId> = concerned
        .values()
        .flat_map(BTreeMap::values)
        .flatten()
        .copied()
        .collect();
    ids.extend(folded.profiles());
    let ids: Vec<ProfileId> = ids.into_iter().collect();
    let profiles = profiles::find_many(transaction, &ids).await?;
    let numbers = distinct(claimed, |row| row.key.target.0);
    let targets = targets::find_many(transaction, &numbers).await?;
    let struck = strikes::struck_among(transaction, &numbers).await?;
    let readers = distinct(claimed, |row| row.subscriber.0);
    let waiting = ledger::waiting_among(transaction, &readers).await?;
    let wishes = subscribers::wishes(transaction, &readers).await?;
    let mut link_codes = BTreeMap::new();
    for occasion in occasions.values() {
        if let Subject::Person { link: Some(link), .. } = occasion.subject {
            let nonce = links::nonce(transaction, link).await?;
            link_codes.extend(nonce.map(|nonce| (occasion.id.0, LinkCode::new(&app.secrets, &nonce))));
        }
    }
    let suppressed = suppressed_among(app, transaction, &targets).await?;
    let is_move = |row: &&Claimed| {
        let occasion = occasions.get(&row.key.occasion.0);
        occasion.is_some_and(|it| it.kind == OccasionKind::MailboxMove)
    };
    let moving: Vec<i64> = claimed.iter().filter(is_move).map(|row| row.key.target.0).collect();
    let moves = mailbox_moves::addresses(transaction, &moving).await?;
    Ok(Context {
        moves: moves.into_iter().collect(),
        suppressed,
        struck: struck.into_iter().collect(),
        waiting: waiting.into_iter().collect(),
        occasions,
        opportunities,
        concerned,
        profiles: profiles.into_iter().map(|it| (it.id, it)).collect(),
        targets: targets.into_iter().map(|it| (it.id.0, it)).collect(),
        wishes: wishes.into_iter().collect(),
        links: link_codes,
        folded,
    })
}

/// Which profiles of their subscribers each occasion concerns, as it was found when it was fanned out.
type Concerned = BTreeMap<OccasionId, BTreeMap<SubscriberId, Vec<ProfileId>>>;

/// The opportunities that the rows tell of, and which profiles of their subscribers each occasion concerns.
async fn load_opportunities(
    transaction: &mut Transaction,
    claimed: &[Claimed],
    occasions: &BTreeMap<i64, Occasion>,
    folded: &Folded,
) -> Result<(BTreeMap<OpportunityId, Opportunity>, Concerned)> {
    let (mut ids, mut concerned) = (folded.opportunities(), Concerned::new());
    for occasion in occasions.values() {
        let Subject::Opportunity { id, follow_up, .. } = &occasion.subject else {
            continue;
        };
        ids.insert(*id);
        let own = claimed.iter().filter(|row| row.key.occasion == occasion.id);
        let readers: BTreeSet<SubscriberId> = own.map(|row| row.subscriber).collect();
        let readers: Vec<SubscriberId> = readers.into_iter().collect();
        let them = match follow_up {
            None => matches::profiles_of(transaction, *id, &readers).await?,
            Some(_) => follow_ups::profiles_of(transaction, occasion.id, &readers).await?,
        };
        concerned.insert(occasion.id, them);
    }
    let ids: Vec<OpportunityId> = ids.into_iter().collect();
    let found = opportunities::find_many(transaction, &ids).await?;
    Ok((found.into_iter().map(|it| (it.id, it)).collect(), concerned))
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

    /// How the person of a row wants to be reached.
    pub(super) fn wishes(&self, row: &Claimed) -> Wishes {
        self.wishes.get(&row.subscriber).copied().unwrap_or_default()
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
        if !proves_a_mailbox(occasion.kind) && self.suppressed.contains(&target.id) {
            return Prepared::Unwanted("address on the suppression list");
        }
        match &occasion.subject {
            Subject::Opportunity { id, .. } => match self.opportunities.get(id) {
                Some(opportunity) => self.announcement(app, row, target, occasion, opportunity),
                None => Prepared::Unwanted("its subject is gone"),
            },
            Subject::Edition(frequency) => self.edition(app, row, target, *frequency),
            Subject::Person { .. } => self.personal(app, row, occasion, target),
        }
    }

    /// A publication, or what follows it up.
    fn announcement(
        &self,
        app: &App,
        row: &Claimed,
        target: &Target,
        occasion: &Occasion,
        opportunity: &Opportunity,
    ) -> Prepared {
        if !occasion.still_holds(opportunity) {
            return Prepared::Unwanted("no longer open");
        }
        let own = self
            .concerned
            .get(&occasion.id)
            .and_then(|them| them.get(&row.subscriber));
        let own = own.into_iter().flatten().filter_map(|id| self.profiles.get(id));
        let (kinds, reasons) = still_wanted(app, row.channel, occasion.kind.is_follow_up(), opportunity, own);
        if kinds.is_empty() {
            return Prepared::Unwanted("no longer wanted");
        }
        let mails = Some(Frequency::Immediate);
        let about = About {
            told: match occasion.follow_up() {
                None => Told::Opportunity(opportunity, &reasons),
                Some(follow_up) => Told::FollowUp(Followed {
                    kind: occasion.kind,
                    follow_up,
                    opportunity,
                    reasons: &reasons,
                }),
            },
            topic: opportunity.token.as_str().to_owned(),
            manage: Some(ManageCode::of(app, target, opportunity.id, (&kinds, mails), &reasons).url(app)),
            kinds,
            mails,
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    /// The topic tells the frequencies apart: on a Monday both are due, and a push service keeps the last of a topic.
    fn edition(&self, app: &App, row: &Claimed, target: &Target, frequency: Frequency) -> Prepared {
        let found = self
            .folded
            .digest(app, (row, target), frequency, &self.opportunities, &self.profiles);
        let Some((digest, kinds, mails)) = found else {
            return Prepared::Unwanted("nothing left to tell");
        };
        let about = About {
            told: Told::Digest(&digest),
            topic: format!("digest-{}", frequency.code()),
            kinds,
            mails: Some(mails),
            manage: None,
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    fn personal(&self, app: &App, row: &Claimed, occasion: &Occasion, target: &Target) -> Prepared {
        let code = self.links.get(&occasion.id.0);
        let url = match (occasion.kind, code) {
            (OccasionKind::Confirmation | OccasionKind::MailboxAddition, Some(code)) => app.urls.confirm(code),
            (OccasionKind::SignIn, Some(code)) => app.urls.sign_in(code),
            (OccasionKind::MailboxMove, Some(code)) => app.urls.move_mailbox(code),
            (OccasionKind::Test, _) => String::new(),
            _ => return Prepared::Unwanted("its subject is gone"),
        };
        let told = match occasion.kind {
            OccasionKind::Confirmation => Told::Confirmation(&url),
            OccasionKind::MailboxAddition => Told::MailboxAddition(&url),
            OccasionKind::SignIn => Told::SignIn(&url),
            OccasionKind::MailboxMove => match self.moves.get(&target.id) {
                Some(address) => Told::MailboxMove { url: &url, address },
                None => return Prepared::Unwanted("another address was asked for since"),
            },
            _ => Told::Test,
        };
        let about = About {
            told,
            topic: occasion.kind.code().replace('_', "-"),
            kinds: Vec::new(),
            mails: None,
            manage: None,
        };
        Prepared::Ready(self.message(app, row, target, &about))
    }

    fn message(&self, app: &App, row: &Claimed, target: &Target, about: &About<'_>) -> Message {
        let vocabulary = app.vocabulary();
        let language = self.wishes(row).language;
        let privacy_url = app.privacy_url();
        let wording = Wording {
            texts: app.texts(language),
            urls: &app.urls,
            vocabulary: &vocabulary,
            service: &app.config.service_name,
            body: &app.config.body_name,
            privacy_url: &privacy_url,
            address: &app.config.body_address,
            colour: app.config.primary_colour,
        };
        let own = OwnLinks {
            unsubscribe: None,
            manage: about.manage.as_deref(),
        };
        match &target.place {
            Place::Browser(subscription) => Message::Push {
                subscription: subscription.clone(),
                payload: wording.push(about.told, own, &about.topic, app.now()),
                topic: about.topic.clone(),
            },
            Place::Mailbox(_) => {
                let mail = mail(app, &wording, row, target, about);
                mail.map_or(Message::Unsendable("cannot be written as a mail"), |mail| {
                    Message::Mail(Box::new(mail))
                })
            }
        }
    }
}

/// The person's profiles that are still to be told on this channel, and why: by the same rule that selected them.
pub(super) fn still_wanted<'a>(
    app: &App,
    channel: Channel,
    is_follow_up: bool,
    opportunity: &Opportunity,
    profiles: impl Iterator<Item = &'a Profile>,
) -> (Vec<ProfileKind>, Vec<Reason>) {
    let vocabulary = app.vocabulary();
    let rule = if is_follow_up { match_follow_up } else { match_profile };
    let (mut kinds, mut reasons) = (Vec::new(), Vec::new());
    for profile in profiles {
        if let Some(found) = rule(opportunity, profile, &vocabulary).filter(|it| it.telling.channels.uses(channel)) {
            kinds.push(profile.kind);
            reasons.extend(found.reasons);
        }
    }
    let mut seen = BTreeSet::new();
    reasons.retain(|reason| seen.insert(*reason));
    (kinds, reasons)
}

/// What asks whoever reads a mailbox whether it is theirs.
const fn proves_a_mailbox(kind: OccasionKind) -> bool {
    matches!(
        kind,
        OccasionKind::Confirmation | OccasionKind::MailboxAddition | OccasionKind::MailboxMove
    )
}

/// A mailbox is asked whether it is somebody's before it is active; one that was stopped is sent the way to what is kept of
/// its reader, when they ask for it. Nothing else is.
fn may_be_sent(kind: OccasionKind, status: TargetStatus) -> bool {
    match kind {
        kind if proves_a_mailbox(kind) => status != TargetStatus::Gone,
        OccasionKind::SignIn => matches!(status, TargetStatus::Active | TargetStatus::Stopped),
        _ => status == TargetStatus::Active,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_sent_its_confirmation_before_it_is_active() {
        assert!(may_be_sent(OccasionKind::Confirmation, TargetStatus::Pending));
        assert!(!may_be_sent(OccasionKind::Published, TargetStatus::Pending));
        assert!(!may_be_sent(OccasionKind::Published, TargetStatus::Stopped));
        assert!(may_be_sent(OccasionKind::SignIn, TargetStatus::Stopped));
        assert!(!may_be_sent(OccasionKind::SignIn, TargetStatus::Gone));
    }
}
