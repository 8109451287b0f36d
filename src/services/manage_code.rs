// SPDX-License-Identifier: EUPL-1.2
//! The code of the page where one notification is managed: opaque, kept nowhere, made of what the notification said.
//!
//! It names the mailbox or browser, the opportunity, for which profiles it was sent, and why as the reader was told, so that
//! the page says that and nothing that its person chose since. It signs nobody in. A mailbox that became another one, or was
//! erased, is not answered to any more.

use crate::app::App;
use crate::domain::ids::{
    AgeBandId, AreaId, CompanySizeId, OpportunityId, OrganisationTypeId, SectorId, TargetId, TopicId,
};
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::subscriber::{Place, Target};
use crate::matching::Reason;
use crate::secrets::StableKey;

/// How many reasons a code carries at most: as many as are read.
const MOST_REASONS: usize = 8;

/// How many bytes of the mailbox's mark are kept.
pub(super) const MARK_LENGTH: usize = 4;

/// What tells a mailbox from the one that takes its place.
pub(super) type Mark = [u8; MARK_LENGTH];

/// The bytes of a code before its reasons: target, opportunity, kinds, mark.
const HEAD_LENGTH: usize = 8 + 8 + 1 + MARK_LENGTH;

/// Above the kinds of profile, in the same byte: which mails it was one of.
const MAILS_BIT: u8 = 4;

/// The bytes of a reason: what it is, and which.
const REASON_LENGTH: usize = 5;

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManageCode {
    /// To which mailbox or browser it was sent.
    pub target: TargetId,
    /// What it told of.
    pub opportunity: OpportunityId,
    /// For which profiles of the person.
    pub kinds: Vec<ProfileKind>,
    /// Why, as the notification said.
    pub reasons: Vec<Reason>,
    /// Which mails it was one of, where it was a mail; codes of before do not say.
    pub mails: Option<Frequency>,
    mark: Mark,
}

impl ManageCode {
    /// The code of a notification. What a browser does not show, its code does not carry either.
    #[must_use]
    pub fn of(
        app: &App,
        target: &Target,
        opportunity: OpportunityId,
        (kinds, mails): (&[ProfileKind], Option<Frequency>),
        reasons: &[Reason],
    ) -> Self {
        let is_browser = matches!(target.place, Place::Browser(_));
        let vocabulary = app.vocabulary();
        let told = reasons
            .iter()
            .filter(|reason| !(is_browser && reason.is_sensitive(&vocabulary)));
        Self {
            target: target.id,
            opportunity,
            kinds: kinds.to_vec(),
            reasons: told.copied().take(MOST_REASONS).collect(),
            mails: mails.filter(|_| !is_browser),
            mark: mark(&key(app), target),
        }
    }

    /// The address of the page.
    #[must_use]
    pub fn url(&self, app: &App) -> String {
        app.urls.manage(&self.seal(&key(app)))
    }

    /// What a text stands for; `None` unless this installation made it.
    #[must_use]
    pub fn read(app: &App, text: &str) -> Option<Self> {
        Self::open(&key(app), text)
    }

    /// Whether `target` is still the mailbox or browser that it was sent to.
    #[must_use]
    pub fn is_for(&self, app: &App, target: &Target) -> bool {
        self.target == target.id && self.mark == mark(&key(app), target)
    }

    fn seal(&self, key: &StableKey) -> String {
        let kinds = ProfileKind::ALL.iter().enumerate();
        let kinds = kinds.filter(|(_, kind)| self.kinds.contains(kind));
        let mut plain = [self.target.0.to_be_bytes(), self.opportunity.0.to_be_bytes()].concat();
        let mails = self.mails.map_or(0, |mails| mails as u8 + 1);
        plain.push(kinds.fold(mails << MAILS_BIT, |mask, (bit, _)| mask | 1 << bit));
        plain.extend(self.mark);
        plain.extend(self.reasons.iter().flat_map(|reason| written(*reason)));
        key.seal(&plain)
    }

    fn open(key: &StableKey, text: &str) -> Option<Self> {
        let plain = key.open(text)?;
        let (head, reasons) = plain.split_at_checked(HEAD_LENGTH)?;
        let number = |from: usize| Some(i64::from_be_bytes(head.get(from..from + 8)?.try_into().ok()?));
        let (target, opportunity) = (TargetId(number(0)?), OpportunityId(number(8)?));
        let kinds = ProfileKind::ALL.into_iter().enumerate();
        let kinds = kinds.filter(|(bit, _)| head[16] >> bit & 1 == 1);
        let reasons = reasons.chunks(REASON_LENGTH).map(|bytes| read(bytes, opportunity));
        Some(Self {
            target,
            opportunity,
            kinds: kinds.map(|(_, kind)| kind).collect(),
            reasons: reasons.collect::<Option<_>>()?,
            mails: Frequency::ALL
                .into_iter()
                .find(|it| *it as u8 + 1 == head[16] >> MAILS_BIT),
            mark: head.get(17..)?.try_into().ok()?,
        })
    }
}

fn key(app: &App) -> StableKey {
    app.unsubscribe_key.for_use("manage")
}

/// What tells a mailbox from the one that takes its place; a browser renews its endpoint and stays the same.
pub(super) fn mark(key: &StableKey, target: &Target) -> Mark {
    let mut mark = [0; MARK_LENGTH];
    if let Place::Mailbox(address) = &target.place {
        mark.copy_from_slice(&key.code(address.as_str().as_bytes())[..MARK_LENGTH]);
    }
    mark
}

fn written(reason: Reason) -> [u8; REASON_LENGTH] {
    let (what, id) = match reason {
        Reason::Saved(_) => (0, 0),
        Reason::Topic(id) => (1, id.0),
        Reason::Area(id) => (2, id.0),
        Reason::Sector(id) => (3, id.0),
        Reason::OrganisationType(id) => (4, id.0),
        Reason::CompanySize(id) => (5, id.0),
        Reason::Age(id) => (6, id.0),
    };
    let mut bytes = [what; REASON_LENGTH];
    bytes[1..].copy_from_slice(&u32::try_from(id).unwrap_or_default().to_be_bytes());
    bytes
}

/// The id of a saved opportunity is the code's own.
fn read(bytes: &[u8], opportunity: OpportunityId) -> Option<Reason> {
    let (what, id) = bytes.split_first()?;
    let id = i64::from(u32::from_be_bytes(id.try_into().ok()?));
    Some(match what {
        0 => Reason::Saved(opportunity),
        1 => Reason::Topic(TopicId(id)),
        2 => Reason::Area(AreaId(id)),
        3 => Reason::Sector(SectorId(id)),
        4 => Reason::OrganisationType(OrganisationTypeId(id)),
        5 => Reason::CompanySize(CompanySizeId(id)),
        6 => Reason::Age(AgeBandId(id)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_comes_back_and_cannot_be_guessed_nor_altered() {
        let key = StableKey::new([1; 32]);
        let code = ManageCode {
            target: TargetId(77),
            opportunity: OpportunityId(1_234),
            kinds: vec![ProfileKind::Citizen, ProfileKind::Operator],
            reasons: vec![
                Reason::Saved(OpportunityId(1_234)),
                Reason::Topic(TopicId(5)),
                Reason::Area(AreaId(9_001)),
                Reason::Age(AgeBandId(2)),
            ],
            mails: Some(Frequency::Weekly),
            mark: [1, 2, 3, 4],
        };
        let text = code.seal(&key);
        assert_eq!(ManageCode::open(&key, &text), Some(code.clone()));
        let unsaid = ManageCode { mails: None, ..code };
        assert_eq!(ManageCode::open(&key, &unsaid.seal(&key)), Some(unsaid));
        assert_eq!(ManageCode::open(&StableKey::new([2; 32]), &text), None);
        for other in ["", "A", &"A".repeat(text.len()), &text[1..], &text[..text.len() - 2]] {
            assert_eq!(ManageCode::open(&key, other), None, "{other}");
        }
    }
}
