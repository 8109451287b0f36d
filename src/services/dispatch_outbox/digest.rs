// SPDX-License-Identifier: EUPL-1.2
//! What a digest tells one person by one channel: what is folded into its edition for them and still concerns them.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::delivery::wording::{Digest, DigestItem, DigestSection};
use crate::domain::clock::Timestamp;
use crate::domain::digest::{MOST_ITEMS, Section};
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId};
use crate::domain::occasion::{Occasion, Subject};
use crate::domain::opportunity::{Opportunity, Status};
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::domain::subscriber::Target;
use crate::matching::Reason;
use crate::services::Result;
use crate::services::manage_code::ManageCode;
use crate::services::stop_codes::SectionCode;
use crate::storage::editions::{self, FoldedItem};
use crate::storage::ledger::Claimed;
use crate::storage::{Transaction, occasions};

use super::prepare::still_wanted;

/// What is folded into the editions of a claim, for its subscribers.
#[derive(Default)]
pub(super) struct Folded {
    items: BTreeMap<(OccasionId, SubscriberId), BTreeMap<OpportunityId, Vec<FoldedItem>>>,
    follow_ups: BTreeMap<OccasionId, Occasion>,
    sections_off: BTreeMap<SubscriberId, i64>,
}

impl Folded {
    pub(super) async fn load(
        transaction: &mut Transaction,
        claimed: &[Claimed],
        of_claim: &BTreeMap<i64, Occasion>,
    ) -> Result<Self> {
        let mut readers: BTreeMap<OccasionId, BTreeSet<i64>> = BTreeMap::new();
        for row in claimed {
            let subject = of_claim.get(&row.key.occasion.0).map(|it| &it.subject);
            if matches!(subject, Some(Subject::Edition(_))) {
                readers.entry(row.key.occasion).or_default().insert(row.subscriber.0);
            }
        }
        let mut folded = Self::default();
        for (edition, subscribers) in readers {
            let subscribers: Vec<i64> = subscribers.into_iter().collect();
            for item in editions::folded(transaction, edition, &subscribers).await? {
                let items = folded.items.entry((edition, item.subscriber_id)).or_default();
                items.entry(item.opportunity_id).or_default().push(item);
            }
            folded
                .sections_off
                .extend(editions::sections_off(transaction, &subscribers).await?);
        }
        let ids: BTreeSet<i64> = folded.all().filter_map(|item| Some(item.follow_up?.0)).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let found = occasions::find_many(transaction, &ids).await?;
        folded.follow_ups = found.into_iter().map(|it| (it.id, it)).collect();
        Ok(folded)
    }

    fn all(&self) -> impl Iterator<Item = &FoldedItem> {
        self.items.values().flat_map(BTreeMap::values).flatten()
    }

    /// The opportunities and profiles that the digests are made of.
    pub(super) fn opportunities(&self) -> BTreeSet<OpportunityId> {
        self.items.values().flat_map(BTreeMap::keys).copied().collect()
    }

    pub(super) fn profiles(&self) -> BTreeSet<ProfileId> {
        self.all().map(|item| item.profile_id).collect()
    }

    /// The digest for one row, with the kinds of profile that it is sent for and which mails it is one of; `None` when
    /// nothing of it is left.
    ///
    /// Where nobody asked for this digest, it holds what could not be told at once: it is one of those mails.
    pub(super) fn digest<'a>(
        &'a self,
        app: &App,
        (row, target): (&Claimed, &Target),
        frequency: Frequency,
        opportunities: &'a BTreeMap<OpportunityId, Opportunity>,
        profiles: &BTreeMap<ProfileId, Profile>,
    ) -> Option<(Digest<'a>, Vec<ProfileKind>, Frequency)> {
        let items = self.items.get(&(row.key.occasion, row.subscriber))?;
        let off = self.sections_off.get(&row.subscriber).copied().unwrap_or(0);
        let mut own = items
            .values()
            .flatten()
            .filter_map(|item| profiles.get(&item.profile_id));
        let is_asked_for = own.any(|profile| profile.is_mailed(frequency));
        let mails = if is_asked_for { frequency } else { Frequency::Immediate };
        let (mut sections, mut kinds) = (BTreeMap::<Section, Vec<_>>::new(), BTreeSet::new());
        for (id, items) in items {
            let opportunity = opportunities.get(id)?;
            let Some((section, item, of_kinds)) =
                self.still_told(app, (row, target, mails), opportunity, items, profiles)
            else {
                continue;
            };
            if off & section.bit() == 0 {
                kinds.extend(of_kinds);
                sections.entry(section).or_default().push(item);
            }
        }
        let digest = laid_out(app, target, frequency, sections);
        (!digest.sections.is_empty()).then(|| (digest, kinds.into_iter().collect(), mails))
    }

    /// What is still to be told of one opportunity, where it stands in the digest, and for which kinds of profile. Where
    /// both the publication and what follows it up are told, they are one item.
    fn still_told<'a>(
        &'a self,
        app: &App,
        (row, target, mails): (&Claimed, &Target, Frequency),
        opportunity: &'a Opportunity,
        items: &[FoldedItem],
        profiles: &BTreeMap<ProfileId, Profile>,
    ) -> Option<(Section, DigestItem<'a>, Vec<ProfileKind>)> {
        let now = app.now();
        let (mut follow_ups, mut kinds, mut reasons) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut section: Option<Section> = None;
        let occasions: BTreeSet<Option<OccasionId>> = items.iter().map(|item| item.follow_up).collect();
        for id in occasions {
            let occasion = match id {
                None => None,
                Some(id) => Some(self.follow_ups.get(&id)?),
            };
            if !is_of_use(occasion, opportunity, now) {
                continue;
            }
            let own = items.iter().filter(|item| item.follow_up == id);
            let own = own.filter_map(|item| profiles.get(&item.profile_id));
            let (of_kinds, why) = still_wanted(app, row.channel, occasion.is_some(), opportunity, own);
            if of_kinds.is_empty() {
                continue;
            }
            kinds.extend(of_kinds);
            reasons.extend(why);
            follow_ups.extend(occasion.and_then(|it| Some((it.kind, it.follow_up()?))));
            let place = occasion.map_or_else(|| Section::of(opportunity, now), |it| Section::of_follow_up(it.kind));
            section = Some(section.map_or(place, |other| other.min(place)));
        }
        let (kinds, reasons): (Vec<ProfileKind>, Vec<Reason>) =
            (kinds.into_iter().collect(), reasons.into_iter().collect());
        let item = DigestItem {
            opportunity,
            follow_ups,
            manage_url: ManageCode::of(app, target, opportunity.id, (&kinds, Some(mails)), &reasons).url(app),
            reasons,
        };
        Some((section?, item, kinds))
    }
}

/// Whether it is still worth telling: a publication while it is open, what follows it up while it is true.
fn is_of_use(follow_up: Option<&Occasion>, opportunity: &Opportunity, now: Timestamp) -> bool {
    if let Some(occasion) = follow_up {
        return occasion.still_holds(opportunity) && occasion.expires_at > now;
    }
    let is_over = opportunity.content.closes_at.is_some_and(|closes| closes <= now);
    opportunity.status == Status::Published && !is_over
}

type Items<'a> = Vec<DigestItem<'a>>;

/// The sections in their order, the soonest deadline first, as many items as a digest holds.
fn laid_out<'a>(
    app: &App,
    target: &Target,
    frequency: Frequency,
    sections: BTreeMap<Section, Items<'a>>,
) -> Digest<'a> {
    let (mut room, mut more) = (MOST_ITEMS, 0);
    let mut laid_out = Vec::new();
    for (section, mut items) in sections {
        items.sort_by_key(|item| {
            let closes_at = item.opportunity.content.closes_at;
            (closes_at.is_none(), closes_at, item.opportunity.id)
        });
        let kept = items.len().min(room);
        more += items.len() - kept;
        room -= kept;
        items.truncate(kept);
        if !items.is_empty() {
            let code = SectionCode::of(app, target, section).text(app);
            laid_out.push(DigestSection {
                section,
                items,
                stop_url: app.urls.stop_section(&code),
            });
        }
    }
    Digest {
        frequency,
        sections: laid_out,
        more,
    }
}
