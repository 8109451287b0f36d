// SPDX-License-Identifier: EUPL-1.2
//! The one guarded way out to addresses that strangers choose.
//!
//! Reads an address as it was given, decides whether it may be called, and makes the HTTP clients that call it. What
//! the spelling shows is checked by [`Guard::check`], when an address is registered and again before each sending; what
//! only the name service shows is checked by the resolver of [`Guard::client`], at the moment of connecting. Redirects
//! and proxies are off: either would lead somewhere that nobody has checked.

mod fetch;

use std::error::Error;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use ipnet::Ipv4Net;
use ipnet::Ipv6Net;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use url::Host;
use url::Url;

pub use fetch::{FetchError, LONGEST_FILE, fetch};

/// The push services of today's browsers, as `INFORMA_PUSH_HOSTS` spells them: Chrome and its relatives, Chromium
/// builds of Linux distributions, Firefox, Safari, Edge.
pub const KNOWN_PUSH_HOSTS: &str = "fcm.googleapis.com,jmt17.google.com,\
    updates.push.services.mozilla.com,web.push.apple.com,*.notify.windows.com";

/// The longest address that is accepted, in bytes.
pub const LONGEST_ADDRESS: usize = 2048;

/// Networks of IPv4 that are not the public internet (IANA special-purpose registry, RFC 6890 and its successors).
const CLOSED_V4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),        // this network
    v4([10, 0, 0, 0], 8),       // private
    v4([100, 64, 0, 0], 10),    // shared by carriers (CGNAT)
    v4([127, 0, 0, 0], 8),      // loopback
    v4([168, 63, 129, 16], 32), // a cloud's host agent behind a public number
    v4([169, 254, 0, 0], 16),   // link-local, and the metadata services of clouds
    v4([172, 16, 0, 0], 12),    // private
    v4([192, 0, 0, 0], 24),     // protocol assignments
    v4([192, 0, 2, 0], 24),     // documentation
    v4([192, 88, 99, 0], 24),   // 6to4 relays
    v4([192, 168, 0, 0], 16),   // private
    v4([198, 18, 0, 0], 15),    // benchmarking
    v4([198, 51, 100, 0], 24),  // documentation
    v4([203, 0, 113, 0], 24),   // documentation
    v4([224, 0, 0, 0], 4),      // multicast
    v4([240, 0, 0, 0], 4),      // reserved, and broadcast
];

/// Networks of IPv6 that are not the public internet: whatever lies outside `2000::/3`, and the exceptions inside it.
const CLOSED_V6: [Ipv6Net; 7] = [
    v6([0, 0], 3), // unspecified, loopback, IPv4-mapped and -compatible, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard
    v6([0x2001, 0], 23), // protocol assignments: Teredo, benchmarking, ORCHID
    v6([0x2001, 0xdb8], 32), // documentation
    v6([0x2002, 0], 16), // 6to4
    v6([0x3fff, 0], 20), // documentation
    v6([0x4000, 0], 2), // unassigned, and segment routing (5f00::/16)
    v6([0x8000, 0], 1), // unassigned, unique local, link-local, site-local, multicast
];

const fn v4(address: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 2], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(start[0], start[1], 0, 0, 0, 0, 0, 0), prefix)
}

/// Whether `address` belongs to the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => !CLOSED_V6.iter().any(|network| network.contains(&address)),
    }
}

/// Why an address is not called. The text holds nothing of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than [`LONGEST_ADDRESS`].
    #[error("the address is longer than {LONGEST_ADDRESS} bytes")]
    TooLong,
    /// No URL, or one that a browser would have written differently.
    #[error("the address is not a URL in its normal form")]
    Spelling,
    /// A user name or a password.
    #[error("the address carries a user name or a password")]
    Credentials,
    /// A fragment, which is never sent.
    #[error("the address carries a fragment")]
    Fragment,
    /// Anything but `https`.
    #[error("the address does not begin with https://")]
    Scheme,
    /// Any port but 443.
    #[error("the address names another port than 443")]
    Port,
    /// A number where the name of a host is expected.
    #[error("the address names its host by number")]
    NumericHost,
    /// A host that is on no list.
    #[error("the host is not one of the known services")]
    UnknownHost,
    /// A name that leads into a network which is not public.
    #[error("the host lies in a network that is not public")]
    ClosedNetwork,
}

/// What is wrong with a list of hosts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostPatternError {
    /// The list is empty.
    #[error("the list names no host")]
    Empty,
    /// Neither a full host name nor `*.` before one.
    #[error("`{0}` is neither a host name such as push.example.org nor one label under a suffix such as *.example.org")]
    Malformed(String),
}

/// Which hosts are meant: `push.example.org` itself, or with `*.example.org` exactly one label under that suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Itself,
    OneLabelUnder,
}

impl HostPattern {
    /// Reads a list separated by commas, as the settings give it.
    ///
    /// # Errors
    /// When an entry is malformed or there is none.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, HostPatternError> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let patterns = entries.map(str::parse).collect::<Result<Vec<Self>, _>>()?;
        if patterns.is_empty() {
            return Err(HostPatternError::Empty);
        }
        Ok(patterns)
    }

    fn admits(&self, host: &str) -> bool {
        match self.extent {
            Extent::Itself => host == self.name,
            Extent::OneLabelUnder => host
                .split_once('.')
                .is_some_and(|(label, suffix)| !label.is_empty() && suffix == self.name),
        }
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (extent, name) = match text.strip_prefix("*.") {
            Some(suffix) => (Extent::OneLabelUnder, suffix),
            None => (Extent::Itself, text),
        };
        let name = name.to_ascii_lowercase();
        if !is_full_host_name(&name) {
            return Err(HostPatternError::Malformed(text.to_owned()));
        }
        Ok(Self { name, extent })
    }
}

/// Two labels at least, and a last one that no number can be mistaken for.
fn is_full_host_name(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    let numeric = labels
        .last()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()));
    labels.len() >= 2 && !numeric && labels.iter().all(|label| is_label(label))
}

fn is_label(label: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&label.len()) && label.chars().all(allowed) && !label.starts_with('-') && !label.ends_with('-')
}

/// How long a client waits.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection, name service and TLS included.
    pub connect: Duration,
    /// For the whole exchange.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 10 s and 30 s.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
        }
    }
}

/// Decides which addresses may be called.
#[derive(Debug, Clone)]
pub struct Guard {
    hosts: Vec<HostPattern>,
    loopback: Loopback,
}

/// Whether addresses of this machine may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loopback {
    Closed,
    Open,
}

impl Guard {
    /// Admits `https` on port 443 of `hosts`, and nothing else.
    #[must_use]
    pub const fn new(hosts: Vec<HostPattern>) -> Self {
        Self {
            hosts,
            loopback: Loopback::Closed,
        }
    }

    /// Admits this machine too, there also `http` and any port: for development, where a test browser has its push
    /// service there.
    #[must_use]
    pub fn allowing_loopback(mut self) -> Self {
        self.loopback = Loopback::Open;
        self
    }

    /// Reads `address` and says whether it may be called.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check(&self, address: &str) -> Result<Url, Refusal> {
        let url = normal_form(address)?;
        if self.loopback == Loopback::Open && leads_to_this_machine(&url) {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(Refusal::Scheme);
        }
        if url.port().is_some() {
            return Err(Refusal::Port);
        }
        match url.host() {
            Some(Host::Domain(host)) if self.hosts.iter().any(|it| it.admits(host)) => Ok(url),
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => Err(Refusal::NumericHost),
            _ => Err(Refusal::UnknownHost),
        }
    }

    /// A client that connects to public addresses only, whatever the name service says; HTTP/2 where the other side
    /// speaks it.
    ///
    /// It does not look at hosts given by number: pass every address through [`Guard::check`] first.
    ///
    /// # Errors
    /// When the certificates of the system cannot be loaded.
    pub fn client(&self, timeouts: Timeouts) -> Result<reqwest::Client, reqwest::Error> {
        reqwest::Client::builder()
            .user_agent(concat!("informa/", env!("CARGO_PKG_VERSION")))
            .https_only(self.loopback == Loopback::Closed)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .dns_resolver(GuardedResolver(self.loopback))
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.total)
            .pool_idle_timeout(Duration::from_secs(90))
            .http2_initial_stream_window_size(65_535)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .http2_keep_alive_timeout(timeouts.connect)
            .build()
    }
}

/// Parses `address`, which must already be written as a browser writes it: tabs, backslashes, percent-encoded hosts,
/// default ports, an empty user name and other disguises are undone by the parser and show as a difference.
fn normal_form(address: &str) -> Result<Url, Refusal> {
    if address.len() > LONGEST_ADDRESS {
        return Err(Refusal::TooLong);
    }
    let url = Url::parse(address).map_err(|_| Refusal::Spelling)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    if url.fragment().is_some() {
        return Err(Refusal::Fragment);
    }
    if url.as_str() != address {
        return Err(Refusal::Spelling);
    }
    Ok(url)
}

fn leads_to_this_machine(url: &Url) -> bool {
    let spoken = matches!(url.scheme(), "http" | "https");
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    spoken && here
}

/// Asks the system's name service and keeps the public addresses of the answer.
struct GuardedResolver(Loopback);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open = keep_open(name.as_str(), found, loopback)?;
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// Loopback is open to the name `localhost` alone, so that the setting lets no foreign name lead here.
fn keep_open(
    name: &str,
    found: impl Iterator<Item = SocketAddr>,
    loopback: Loopback,
) -> Result<Vec<SocketAddr>, Refusal> {
    let here = loopback == Loopback::Open && name == "localhost";
    let admitted = |ip: IpAddr| is_public(ip) || (here && ip.is_loopback());
    let open: Vec<SocketAddr> = found.filter(|address| admitted(address.ip())).collect();
    if open.is_empty() {
        return Err(Refusal::ClosedNetwork);
    }
    Ok(open)
}

/// The refusal of the resolver inside a failed exchange, where that is why it failed.
#[must_use]
pub fn refusal_in(error: &reqwest::Error) -> Option<Refusal> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Some(*refusal);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests;
