// SPDX-License-Identifier: EUPL-1.2
//! How domain types look in columns: ids and instants are integers, enums that hot tables hold are small numbers.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use crate::domain::clock::Timestamp;
use crate::domain::delivery_report::Counted;
use crate::domain::ids::{
    AgeBandId, AreaId, BatchId, CompanySizeId, ContactMessageId, LinkId, OccasionId, OpportunityId, OrganisationTypeId,
    OriginId, ProfileId, RatingId, SectorId, SourceId, StaffId, SubscriberId, TargetId, TopicId, VapidKeyId,
};
use crate::domain::notification::{Channel, Lane, State};
use crate::domain::profile::{Channels, Frequency, ProfileKind};
use crate::domain::subscriber::{SubscriberStatus, TargetStatus};

/// Keeps a type in an integer column: `$into` makes the number, `$from` reads it and may not understand it.
macro_rules! as_integer {
    ($($type:ty: $into:expr, $from:expr;)*) => {$(
        impl<DB: Database> Type<DB> for $type
        where
            i64: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <i64 as Type<DB>>::type_info()
            }
            fn compatible(info: &DB::TypeInfo) -> bool {
                <i64 as Type<DB>>::compatible(info)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $type
        where
            i64: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let number: fn(&$type) -> i64 = $into;
                number(self).encode_by_ref(buffer)
            }
        }

        impl<'r, DB: Database> Decode<'r, DB> for $type
        where
            i64: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let number = <i64 as Decode<DB>>::decode(value)?;
                let read: fn(i64) -> Option<$type> = $from;
                read(number).ok_or_else(|| format!("{number} is no {}", stringify!($type)).into())
            }
        }
    )*};
}

macro_rules! ids_as_integers {
    ($($type:ident,)*) => { as_integer! { $($type: |it| it.0, |number| Some($type(number));)* } };
}

ids_as_integers! {
    AreaId, TopicId, SectorId, OrganisationTypeId, CompanySizeId, AgeBandId, SourceId, OpportunityId, SubscriberId,
    ProfileId, TargetId, OccasionId, BatchId, LinkId, StaffId, VapidKeyId, OriginId, RatingId, ContactMessageId,
}

as_integer! {
    Timestamp: |it| it.milliseconds(), |number| Some(Timestamp::from_milliseconds(number));
    Channel: |it| number_in(&Channel::ALL, it), |number| at(&Channel::ALL, number);
    Lane: |it| number_in(&Lane::ALL, it), |number| at(&Lane::ALL, number);
    ProfileKind: |it| number_in(&ProfileKind::ALL, it), |number| at(&ProfileKind::ALL, number);
    Frequency: |it| number_in(&Frequency::ALL, it), |number| at(&Frequency::ALL, number);
    Channels: |it| i64::from(it.bits()), |number| u8::try_from(number).ok().map(Channels::from_bits);
    SubscriberStatus: |it| number_in(&SUBSCRIBER_STATUSES, it), |number| at(&SUBSCRIBER_STATUSES, number);
    State: |it| number_in(&State::ALL, it), |number| at(&State::ALL, number);
    Counted: |it| number_in(&Counted::ALL, it), |number| at(&Counted::ALL, number);
    TargetStatus: |it| number_in(&TARGET_STATUSES, it), |number| at(&TARGET_STATUSES, number);
}

const SUBSCRIBER_STATUSES: [SubscriberStatus; 3] = [
    SubscriberStatus::Pending,
    SubscriberStatus::Active,
    SubscriberStatus::Left,
];
const TARGET_STATUSES: [TargetStatus; 4] = [
    TargetStatus::Pending,
    TargetStatus::Active,
    TargetStatus::Stopped,
    TargetStatus::Gone,
];

fn number_in<T: PartialEq>(all: &[T], one: &T) -> i64 {
    let position = all.iter().position(|it| it == one);
    position.and_then(|at| i64::try_from(at).ok()).unwrap_or_default()
}

fn at<T: Copy>(all: &[T], number: i64) -> Option<T> {
    usize::try_from(number).ok().and_then(|at| all.get(at)).copied()
}

/// The mask with the bits of these ids; 0 for none.
pub(super) fn mask(numbers: impl IntoIterator<Item = i64>) -> i64 {
    numbers
        .into_iter()
        .fold(0, |mask, number| mask | (1 << number.clamp(0, 62)))
}

/// The numbers of the bits that are set.
pub(super) fn bits(mask: i64) -> impl Iterator<Item = i64> {
    (0..63).filter(move |number| mask >> number & 1 == 1)
}

/// The mask of kinds of profile; 0 for none.
pub(super) fn kinds_mask<'a>(kinds: impl IntoIterator<Item = &'a ProfileKind>) -> i64 {
    mask(kinds.into_iter().map(|kind| number_in(&ProfileKind::ALL, kind)))
}

/// The kinds of profile in a mask.
pub(super) fn kinds(mask: i64) -> impl Iterator<Item = ProfileKind> {
    bits(mask).filter_map(|number| at(&ProfileKind::ALL, number))
}
