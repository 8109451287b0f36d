// SPDX-License-Identifier: EUPL-1.2
//! The address that a request comes from, as far as it can be believed, and the limits on what comes from one place.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use governor::clock::{Clock as LimiterClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::app::App;
use crate::domain::clock::{Clock, Timestamp};
use crate::web::error::PageError;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let proxies = app.config.proxies();
        let forwarded = parts
            .headers
            .get("x-forwarded-for")
            .and_then(|value| value.to_str().ok());
        Ok(Self(believed(peer, forwarded.unwrap_or_default(), |address| {
            proxies.iter().any(|net| net.contains(&address))
        })))
    }
}

/// The last address of the chain that is not one of our own proxies.
fn believed(peer: IpAddr, forwarded: &str, is_proxy: impl Fn(IpAddr) -> bool) -> IpAddr {
    let chain = forwarded
        .split(',')
        .filter_map(|part| part.trim().parse::<IpAddr>().ok());
    let mut chain: Vec<IpAddr> = chain.collect();
    let mut current = peer;
    while is_proxy(current) {
        match chain.pop() {
            Some(before) => current = before,
            None => break,
        }
    }
    current
}

/// The range that an address is counted in: 256 neighbours of IPv4, the /48 of IPv6.
fn range_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(it) => IpAddr::V4((u32::from(it) & 0xffff_ff00).into()),
        IpAddr::V6(it) => IpAddr::V6((u128::from(it) & !0 << 80).into()),
    }
}

/// The present for the limiter, from the program's own clock.
#[derive(Debug, Clone)]
struct LimitClock(Clock);

/// An instant of the program's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Instant(Timestamp);

impl std::ops::Add<Nanos> for Instant {
    type Output = Self;

    fn add(self, duration: Nanos) -> Self {
        Self(
            self.0
                .plus(chrono::TimeDelta::from_std(duration.into()).unwrap_or_default()),
        )
    }
}

impl Reference for Instant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        let elapsed = self.0.since(earlier.0).to_std().unwrap_or_default();
        elapsed.into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        let duration = chrono::TimeDelta::from_std(duration.into()).unwrap_or_default();
        Self(self.0.minus(duration))
    }
}

impl LimiterClock for LimitClock {
    type Instant = Instant;

    fn now(&self) -> Instant {
        Instant(self.0.now())
    }
}

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, LimitClock, NoOpMiddleware<Instant>>;

/// So many a minute from one address, and so many an hour from one range of addresses.
#[derive(Debug)]
struct Limits {
    addresses: Limiter,
    ranges: Limiter,
}

impl Limits {
    fn new(clock: &Clock, a_minute: u32, an_hour: u32) -> Self {
        let limiter = |quota| Limiter::new(quota, DefaultKeyedStateStore::default(), LimitClock(clock.clone()));
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            addresses: limiter(Quota::per_minute(at_least_one(a_minute))),
            ranges: limiter(Quota::per_hour(at_least_one(an_hour))),
        }
    }

    fn count(&self, client: Client) -> Result<(), PageError> {
        let address = client.0.to_canonical();
        for (limiter, key) in [(&self.addresses, address), (&self.ranges, range_of(address))] {
            limiter.check_key(&key).map_err(|not_until| {
                let wait = not_until.wait_time_from(limiter.clock().now());
                PageError::TooMany(wait.as_secs().saturating_add(1))
            })?;
        }
        Ok(())
    }
}

macro_rules! limits {
    ($($(#[$meta:meta])* $name:ident: $a_minute:literal, $an_hour:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name(Limits);

        impl $name {
            /// Limits that count by `clock`.
            #[must_use]
            pub fn new(clock: &Clock) -> Self {
                Self(Limits::new(clock, $a_minute, $an_hour))
            }

            /// Counts one attempt.
            ///
            /// # Errors
            /// [`PageError::TooMany`] when this place has had enough of them.
            pub fn count(&self, client: Client) -> Result<(), PageError> {
                self.0.count(client)
            }
        }
    )*};
}

limits! {
    /// Signing up from one place: 4 a minute from one address, 40 an hour from one range of addresses.
    SignUpLimits: 4, 40;
    /// Passwords of staff from one place, as many; counted apart, since an office has one address for its editors and for
    /// whoever signs up at its counter.
    StaffSignInLimits: 4, 40;
    /// Stars from one place: 20 a minute from one address, since an office has one, and 600 an hour from one range.
    RatingLimits: 20, 600;
    /// Messages from one place: 3 a minute from one address, 30 an hour from one range.
    ContactLimits: 3, 30;
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_forwarded_address_is_believed_only_from_our_own_proxies() {
        let ours = |address: IpAddr| address == ip("10.0.0.1");
        assert_eq!(believed(ip("203.0.113.9"), "198.51.100.7", ours), ip("203.0.113.9"));
        assert_eq!(
            believed(ip("10.0.0.1"), "1.2.3.4, 198.51.100.7", ours),
            ip("198.51.100.7")
        );
        assert_eq!(believed(ip("10.0.0.1"), "", ours), ip("10.0.0.1"));
    }

    #[test]
    fn a_fifth_attempt_within_a_minute_is_too_many_and_time_heals_it() {
        let clock = Clock::standing_at(Timestamp::from_milliseconds(1_800_000_000_000));
        let limits = SignUpLimits::new(&clock);
        let client = Client(ip("198.51.100.7"));
        for _ in 0..4 {
            assert!(limits.count(client).is_ok());
        }
        assert!(limits.count(client).is_err());
        assert!(limits.count(Client(ip("198.51.100.8"))).is_ok());
        clock.advance(TimeDelta::minutes(1));
        assert!(limits.count(client).is_ok());
    }

    #[test]
    fn a_crowd_of_neighbours_is_one_range() {
        assert_eq!(range_of(ip("198.51.100.7")), range_of(ip("198.51.100.200")));
        assert_eq!(range_of(ip("2001:db8:1:2::3")), range_of(ip("2001:db8:1:ffff::9")));
        assert_ne!(range_of(ip("2001:db8:1::")), range_of(ip("2001:db8:2::")));
    }
}
