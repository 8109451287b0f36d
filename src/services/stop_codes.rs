// SPDX-License-Identifier: EUPL-1.2
//! The codes of the addresses in a mail that stop something: such mails, or a section of digests. Opaque, kept nowhere,
//! good for nothing else, and they work for ever.
//!
//! A code carries the mark of the mailbox that it was sent to: one that was sent to an address that its person gave up does
//! nothing any more. Codes of before have no mark, and hold as long as the mailbox never got another address.

use crate::app::App;
use crate::domain::digest::Section;
use crate::domain::ids::TargetId;
use crate::domain::profile::{Frequency, ProfileKind};
use crate::domain::subscriber::Target;
use crate::secrets::StableKey;
use crate::services::Result;
use crate::services::manage_code::{MARK_LENGTH, Mark, mark};
use crate::storage::{Transaction, targets};

/// The bytes of a target's id, which every code begins with.
const ID_LENGTH: usize = 8;

/// What stands in the place of a frequency where all are meant.
const ALL_MAILS: u8 = u8::MAX;

/// What an address that stops mail ends: these mails to this mailbox, for these kinds of profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeCode {
    /// Which mailbox.
    pub target: TargetId,
    /// For which of the person's profiles.
    pub kinds: Vec<ProfileKind>,
    /// The mails told at once, the daily digest or the weekly one; none where all of them are meant, as in codes of before.
    pub mails: Option<Frequency>,
    mark: Option<Mark>,
}

impl UnsubscribeCode {
    /// The code of a mail to `target`.
    #[must_use]
    pub fn of(app: &App, target: &Target, kinds: &[ProfileKind], mails: Option<Frequency>) -> Self {
        Self {
            target: target.id,
            kinds: kinds.to_vec(),
            mails,
            mark: Some(mark(&marks(app), target)),
        }
    }

    /// The opaque text of the address.
    #[must_use]
    pub fn text(&self, app: &App) -> String {
        self.seal(&app.unsubscribe_key)
    }

    /// What an opaque text stands for; `None` unless this installation made it.
    #[must_use]
    pub fn read(app: &App, text: &str) -> Option<Self> {
        Self::open(&app.unsubscribe_key, text)
    }

    /// The mailbox of the code; `None` where the address that it was sent to is no longer written to.
    pub(super) async fn mailbox(&self, app: &App, transaction: &mut Transaction) -> Result<Option<Target>> {
        still_the_same(app, transaction, self.target, self.mark).await
    }

    fn seal(&self, key: &StableKey) -> String {
        let kinds = ProfileKind::ALL.iter().enumerate();
        let kinds = kinds.filter(|(_, kind)| self.kinds.contains(kind));
        let mut plain = self.target.0.to_be_bytes().to_vec();
        plain.push(kinds.fold(0_u8, |mask, (bit, _)| mask | 1 << bit));
        if let Some(mark) = self.mark {
            plain.push(self.mails.map_or(ALL_MAILS, |mails| mails as u8));
            plain.extend(mark);
        }
        key.seal(&plain)
    }

    fn open(key: &StableKey, text: &str) -> Option<Self> {
        let plain = key.open(text)?;
        let (target, rest) = with_id(&plain)?;
        let (kind_bits, rest) = rest.split_first()?;
        let (mails, mark) = match rest.split_first() {
            None => (None, None),
            Some((&ALL_MAILS, mark)) => (None, Some(mark.try_into().ok()?)),
            Some((mails, mark)) => {
                let mails = Frequency::ALL.into_iter().find(|it| *it as u8 == *mails)?;
                (Some(mails), Some(mark.try_into().ok()?))
            }
        };
        let kinds = ProfileKind::ALL.into_iter().enumerate();
        let kinds = kinds.filter(|(bit, _)| kind_bits >> bit & 1 == 1);
        Some(Self {
            target,
            kinds: kinds.map(|(_, kind)| kind).collect(),
            mails,
            mark,
        })
    }
}

/// What an address that leaves a section out of digests ends: this section, for the person of this mailbox. It is never as
/// long as an [`UnsubscribeCode`], so that neither is taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionCode {
    /// Which mailbox.
    pub target: TargetId,
    /// Which section.
    pub section: Section,
    mark: Option<Mark>,
}

impl SectionCode {
    /// The code of a digest to `target`.
    #[must_use]
    pub fn of(app: &App, target: &Target, section: Section) -> Self {
        Self {
            target: target.id,
            section,
            mark: Some(mark(&marks(app), target)),
        }
    }

    /// The opaque text of the address.
    #[must_use]
    pub fn text(self, app: &App) -> String {
        self.seal(&app.unsubscribe_key)
    }

    /// What an opaque text stands for; `None` unless this installation made it.
    #[must_use]
    pub fn read(app: &App, text: &str) -> Option<Self> {
        Self::open(&app.unsubscribe_key, text)
    }

    /// The mailbox of the code; `None` where the address that it was sent to is no longer written to.
    pub(super) async fn mailbox(self, app: &App, transaction: &mut Transaction) -> Result<Option<Target>> {
        still_the_same(app, transaction, self.target, self.mark).await
    }

    /// One byte for the section where there is a mark, two in codes of before.
    fn seal(self, key: &StableKey) -> String {
        let bit = u16::try_from(self.section.bit()).unwrap_or_default().to_be_bytes();
        let rest = match self.mark {
            Some(mark) => [&bit[1..], mark.as_slice()].concat(),
            None => bit.to_vec(),
        };
        key.seal(&[self.target.0.to_be_bytes().as_slice(), &rest].concat())
    }

    fn open(key: &StableKey, text: &str) -> Option<Self> {
        const MARKED: usize = 1 + MARK_LENGTH;
        let plain = key.open(text)?;
        let (target, rest) = with_id(&plain)?;
        let (bit, mark) = match rest.len() {
            2 => (i64::from(u16::from_be_bytes(rest.try_into().ok()?)), None),
            MARKED => (i64::from(rest[0]), Some(rest[1..].try_into().ok()?)),
            _ => return None,
        };
        Some(Self {
            target,
            section: Section::ALL.into_iter().find(|section| section.bit() == bit)?,
            mark,
        })
    }
}

fn with_id(plain: &[u8]) -> Option<(TargetId, &[u8])> {
    let (id, rest) = plain.split_at_checked(ID_LENGTH)?;
    Some((TargetId(i64::from_be_bytes(id.try_into().ok()?)), rest))
}

fn marks(app: &App) -> StableKey {
    app.unsubscribe_key.for_use("stop")
}

/// The mailbox that a code was sent to, if it still has the address of then.
async fn still_the_same(
    app: &App,
    transaction: &mut Transaction,
    target: TargetId,
    sent_to: Option<Mark>,
) -> Result<Option<Target>> {
    let Some(target) = targets::find(transaction, target).await? else {
        return Ok(None);
    };
    let is_same = match sent_to {
        Some(sent_to) => sent_to == mark(&marks(app), &target),
        None => !target.is_erased() && targets::moved_at(transaction, target.id).await?.is_none(),
    };
    Ok(is_same.then_some(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn an_unsubscribe_code(mails: Option<Frequency>, mark: Option<Mark>) -> UnsubscribeCode {
        UnsubscribeCode {
            target: TargetId(77),
            kinds: vec![ProfileKind::Citizen, ProfileKind::Operator],
            mails,
            mark,
        }
    }

    #[test]
    fn an_unsubscribe_code_comes_back_and_cannot_be_guessed() {
        let key = StableKey::new([1; 32]);
        for mails in [None].into_iter().chain(Frequency::ALL.map(Some)) {
            let code = an_unsubscribe_code(mails, Some([1, 2, 3, 4]));
            assert_eq!(UnsubscribeCode::open(&key, &code.seal(&key)), Some(code));
        }
        assert_eq!(UnsubscribeCode::open(&key, "AAAAAAAAAAAA"), None);
        let odd = key.seal(&[77_i64.to_be_bytes().as_slice(), &[1, 9, 1, 2, 3, 4]].concat());
        assert_eq!(UnsubscribeCode::open(&key, &odd), None, "no such mails");
    }

    #[test]
    fn a_code_of_before_means_all_mail_and_has_no_mark() {
        let key = StableKey::new([1; 32]);
        let text = key.seal(&[77_i64.to_be_bytes().as_slice(), &[0b101]].concat());
        assert_eq!(
            UnsubscribeCode::open(&key, &text),
            Some(an_unsubscribe_code(None, None))
        );
        let text = key.seal(&[77_i64.to_be_bytes().as_slice(), &16_u16.to_be_bytes()].concat());
        let code = SectionCode::open(&key, &text).unwrap();
        assert_eq!((code.section, code.mark), (Section::Changed, None));
    }

    #[test]
    fn a_section_code_comes_back_and_is_no_unsubscribe_code() {
        let key = StableKey::new([1; 32]);
        for (section, mark) in Section::ALL
            .into_iter()
            .zip([None, Some([1, 2, 3, 4])].into_iter().cycle())
        {
            let code = SectionCode {
                target: TargetId(77),
                section,
                mark,
            };
            assert_eq!(SectionCode::open(&key, &code.seal(&key)), Some(code));
            assert_eq!(UnsubscribeCode::open(&key, &code.seal(&key)), None);
        }
        for code in [
            an_unsubscribe_code(None, None),
            an_unsubscribe_code(Some(Frequency::Daily), Some([1, 2, 3, 4])),
        ] {
            assert_eq!(SectionCode::open(&key, &code.seal(&key)), None);
        }
    }
}
