// SPDX-License-Identifier: EUPL-1.2
//! What a digest tells one person by one channel: what is folded into its edition for them and still concerns them.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::delivery::wording::{Digest, DigestSection};
use crate::domain::digest::{MOST_ITEMS, Section};
use crate::domain::ids::{OccasionId, OpportunityId, ProfileId, SubscriberId, TargetId};
use crate::domain::occasion::{Occasion, Subject};
use crate::domain::opportunity::{Opportunity, Status};
use crate::domain::profile::{Frequency, Profile, ProfileKind};
use crate::matching::{Reason, match_profile};
use crate::services::Result;
use crate::storage::ledger::Claimed;
use crate::storage::{Transaction, editions};
use crate::urls::SectionCode;

/// What is folded into the editions of a claim, for its subscribers.
#[derive(Default)]
pub(super) struct Folded {
    items: BTreeMap<(OccasionId, SubscriberId), BTreeMap<OpportunityId, Vec<ProfileId>>>,
    sections_off: BTreeMap<SubscriberId, i64>,
}

impl Folded {
    pub(super) async fn load(
        transaction: &mut Transaction,
        claimed: &[Claimed],
        occasions: &BTreeMap<i64, Occasion>,
    ) -> Result<Self> {
        let mut readers: BTreeMap<OccasionId, BTreeSet<i64>> = BTreeMap::new();
        for row in claimed {
            let subject = occasions.get(&row.key.occasion.0).map(|it| it.subject);
            if matches!(subject, Some(Subject::Edition(_))) {
                readers.entry(row.key.occasion).or_default().insert(row.subscriber.0);
            }
        }
        let mut folded = Self::default();
        for (edition, subscribers) in readers {
            let subscribers: Vec<i64> = subscribers.into_iter().collect();
            for (subscriber, profile, opportunity) in editions::folded(transaction, edition, &subscribers).await? {
                let items = folded.items.entry((edition, subscriber)).or_default();
                items.entry(opportunity).or_default().push(profile);
            }
            folded
                .sections_off
                .extend(editions::sections_off(transaction, &subscribers).await?);
        }
        Ok(folded)
    }

    /// The opportunities and profiles that the digests are made of.
    pub(super) fn opportunities(&self) -> BTreeSet<OpportunityId> {
        self.items.values().flat_map(BTreeMap::keys).copied().collect()
    }

    pub(super) fn profiles(&self) -> BTreeSet<ProfileId> {
        self.items
            .values()
            .flat_map(BTreeMap::values)
            .flatten()
            .copied()
            .collect()
    }

    /// The digest for one row, with the kinds of profile that it is sent for; `None` when nothing of it is left.
    pub(super) fn digest<'a>(
        &self,
        app: &App,
        row: &Claimed,
        frequency: Frequency,
        opportunities: &'a BTreeMap<OpportunityId, Opportunity>,
        profiles: &BTreeMap<ProfileId, Profile>,
    ) -> Option<(Digest<'a>, Vec<ProfileKind>)> {
        let items = self.items.get(&(row.key.occasion, row.subscriber))?;
        let off = self.sections_off.get(&row.subscriber).copied().unwrap_or(0);
        let (mut sections, mut kinds) = (BTreeMap::<Section, Vec<_>>::new(), BTreeSet::new());
        for (id, own) in items {
            let own = own.iter().filter_map(|id| profiles.get(id));
            let Some((opportunity, reasons, of_kinds)) = still_told(app, row, opportunities.get(id)?, own) else {
                continue;
            };
            let section = Section::of(opportunity, app.now());
            if off & section.bit() == 0 {
                kinds.extend(of_kinds);
                sections.entry(section).or_default().push((opportunity, reasons));
            }
        }
        let digest = laid_out(app, row.key.target, frequency, sections);
        (!digest.sections.is_empty()).then(|| (digest, kinds.into_iter().collect()))
    }
}

/// Why an opportunity is still told, by the person's profiles that it concerns and that want this channel.
fn still_told<'a, 'p>(
    app: &App,
    row: &Claimed,
    opportunity: &'a Opportunity,
    profiles: impl Iterator<Item = &'p Profile>,
) -> Option<(&'a Opportunity, Vec<Reason>, Vec<ProfileKind>)> {
    let is_over = opportunity.content.closes_at.is_some_and(|closes| closes <= app.now());
    if opportunity.status != Status::Published || is_over {
        return None;
    }
    let vocabulary = app.vocabulary();
    let (mut reasons, mut kinds) = (Vec::new(), Vec::new());
    for profile in profiles {
        let found = match_profile(opportunity, profile, &vocabulary);
        if let Some(found) = found.filter(|it| it.telling.channels.uses(row.channel)) {
            reasons.extend(found.reasons);
            kinds.push(profile.kind);
        }
    }
    let mut seen = BTreeSet::new();
    reasons.retain(|reason| seen.insert(*reason));
    (!kinds.is_empty()).then_some((opportunity, reasons, kinds))
}

type Items<'a> = Vec<(&'a Opportunity, Vec<Reason>)>;

/// The sections in their order, the soonest deadline first, as many items as a digest holds.
fn laid_out<'a>(
    app: &App,
    target: TargetId,
    frequency: Frequency,
    sections: BTreeMap<Section, Items<'a>>,
) -> Digest<'a> {
    let (mut room, mut more) = (MOST_ITEMS, 0);
    let mut laid_out = Vec::new();
    for (section, mut items) in sections {
        items.sort_by_key(|(opportunity, _)| {
            (
                opportunity.content.closes_at.is_none(),
                opportunity.content.closes_at,
                opportunity.id,
            )
        });
        let kept = items.len().min(room);
        more += items.len() - kept;
        room -= kept;
        items.truncate(kept);
        if !items.is_empty() {
            let code = SectionCode { target, section }.seal(&app.unsubscribe_key);
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
