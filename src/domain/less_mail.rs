// SPDX-License-Identifier: EUPL-1.2
//! What is left of how a profile is told when its person ends the mails of one frequency: those told at once, the daily digest
//! or the weekly one. Exactly those end; what goes on and was the profile's is written out on what is followed.

use crate::domain::notification::Channel;
use crate::domain::profile::{Follow, Followed, Frequency, Profile, Telling, TellingOverride};

impl Follow {
    /// How to be told of it without the mails of a frequency; `own` is how its profile was told, and `own_ends` whether that
    /// changes by the same. What goes on and was the profile's is stated here from then on.
    fn telling_without(&self, mails: Frequency, own: Telling, own_ends: bool) -> TellingOverride {
        let told = self.telling.over(own);
        let by_mail = told.channels.uses(Channel::Email);
        let inherits = self.telling.channels.is_none();
        let ended = |telling: TellingOverride| TellingOverride {
            channels: Some(told.channels.without(Channel::Email)),
            ..telling
        };
        let kept = TellingOverride {
            channels: Some(told.channels),
            ..self.telling
        };
        // What was saved is reminded of at once, whatever was chosen: without its digest, its changes are told so, too.
        let is_saved = matches!(self.followed, Followed::Opportunity(_));
        match (is_saved, mails == told.frequency) {
            _ if !by_mail => self.telling,
            (true, _) if mails == Frequency::Immediate => ended(self.telling),
            (true, true) => TellingOverride {
                frequency: Some(Frequency::Immediate),
                ..kept
            },
            (false, true) if inherits && own_ends => self.telling,
            (false, true) => ended(self.telling),
            (_, false) if inherits && own_ends => kept,
            (_, false) => self.telling,
        }
    }
}

impl Profile {
    /// The same profile without the mails of a frequency, or without any: those told at once, the daily digest or the weekly
    /// one. Everything else is told as before.
    #[must_use]
    pub fn without_mail(&self, mails: Option<Frequency>) -> Self {
        let own = self.telling;
        let own_ends = own.channels.uses(Channel::Email) && mails.is_none_or(|mails| mails == own.frequency);
        let mut rest = self.clone();
        if own_ends {
            rest.telling.channels = own.channels.without(Channel::Email);
        }
        for follow in &mut rest.follows {
            follow.telling = match mails {
                Some(mails) => follow.telling_without(mails, own, own_ends),
                None => TellingOverride {
                    channels: follow.telling.channels.map(|channels| channels.without(Channel::Email)),
                    ..follow.telling
                },
            };
        }
        rest
    }

    /// Whether mails of a frequency are asked for: by the profile itself, or for something that it follows.
    #[must_use]
    pub fn is_mailed(&self, mails: Frequency) -> bool {
        let follows = self.follows.iter().map(|follow| follow.telling.over(self.telling));
        let mut tellings = follows.chain([self.telling]);
        tellings.any(|told| told.frequency == mails && told.channels.uses(Channel::Email))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::ids::{OpportunityId, ProfileId, SubscriberId, TopicId};
    use crate::domain::profile::{Channels, Facets, ProfileKind};

    const TOPIC: Followed = Followed::Topic(TopicId(1));
    const SAVED: Followed = Followed::Opportunity(OpportunityId(1));

    fn told(frequency: Frequency, channels: Channels) -> Telling {
        Telling { frequency, channels }
    }

    /// What a follow of a profile is told in the end, and the profile itself, without these mails.
    fn without(
        mails: Frequency,
        own: Telling,
        followed: Followed,
        (frequency, channels): (Option<Frequency>, Option<Channels>),
    ) -> (Telling, Telling) {
        let profile = Profile {
            id: ProfileId(1),
            subscriber: SubscriberId(1),
            kind: ProfileKind::Citizen,
            facets: Facets::default(),
            follows: vec![Follow {
                followed,
                telling: TellingOverride { frequency, channels },
            }],
            mutes: BTreeSet::new(),
            telling: own,
        };
        let rest = profile.without_mail(Some(mails));
        assert_eq!(rest.without_mail(Some(mails)), rest, "once is enough");
        (rest.telling, rest.follows[0].telling.over(rest.telling))
    }

    #[test]
    fn the_mails_of_a_frequency_end_and_those_of_others_go_on() {
        use Frequency::{Daily, Immediate, Weekly};
        let (both, push) = (Channels::WEB_PUSH.union(Channels::EMAIL), Channels::WEB_PUSH);
        let daily = told(Daily, both);
        let ended = (told(Daily, push), told(Daily, push));
        assert_eq!(without(Daily, daily, TOPIC, (None, None)), ended);
        assert_eq!(without(Daily, daily, TOPIC, (Some(Daily), Some(both))), ended);
        assert_eq!(without(Weekly, daily, TOPIC, (None, None)), (daily, daily));
        for channels in [None, Some(both)] {
            let weekly = (Some(Weekly), channels);
            let goes_on = (told(Daily, push), told(Weekly, both));
            assert_eq!(without(Daily, daily, TOPIC, weekly), goes_on, "{channels:?}");
            let only_topic = (daily, told(Weekly, push));
            assert_eq!(without(Weekly, daily, TOPIC, weekly), only_topic, "{channels:?}");
            assert_eq!(without(Immediate, daily, TOPIC, weekly), (daily, told(Weekly, both)));
        }
    }

    #[test]
    fn what_was_saved_is_told_at_once() {
        use Frequency::{Daily, Immediate, Weekly};
        let weekly = told(Weekly, Channels::EMAIL);
        let saved = |mails| without(mails, weekly, SAVED, (None, None));
        assert_eq!(saved(Immediate), (weekly, told(Weekly, Channels::NONE)));
        assert_eq!(saved(Daily), (weekly, weekly));
        let reminded = told(Immediate, Channels::EMAIL);
        assert_eq!(saved(Weekly), (told(Weekly, Channels::NONE), reminded));
    }

    #[test]
    fn a_profile_without_any_mail_is_told_by_push_alone() {
        let (all, push) = (Channels::ALL, Channels::WEB_PUSH);
        let rest = without(Frequency::Daily, told(Frequency::Daily, all), TOPIC, (None, Some(all)));
        assert_eq!(rest, (told(Frequency::Daily, push), told(Frequency::Daily, push)));
    }
}
