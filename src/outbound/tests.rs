// SPDX-License-Identifier: EUPL-1.2
//! Spellings that must never be called, and the resolver that looks behind names.

use proptest::prelude::*;

use super::*;

fn guard() -> Guard {
    Guard::new(HostPattern::parse_list(KNOWN_PUSH_HOSTS).unwrap())
}

#[test]
fn endpoints_of_todays_browsers_are_admitted() {
    for endpoint in [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b-def_ghi",
        "https://fcm.googleapis.com/wp/cVt1:APA91bF",
        "https://jmt17.google.com/fcm/send/eKClHs",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABaso4Vajy4STM25r5y5oFfyN451rUmES6mhQngxABxbZB5q",
        "https://web.push.apple.com/QGuQyavXutnMm8",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYAAABjwzzp%2bA%3d%3d",
    ] {
        assert_eq!(guard().check(endpoint).map(String::from), Ok(endpoint.to_owned()));
    }
}

/// Addresses that must never be called, each with the reason: shared with the tests of registering and of sending.
fn forbidden() -> Vec<(String, String)> {
    serde_json::from_str(include_str!("../../tests/fixtures/forbidden_endpoints.json")).unwrap()
}

#[test]
fn forbidden_spellings_are_refused_each_for_its_reason() {
    let rows = forbidden();
    assert!(rows.len() >= 80, "only {}", rows.len());
    let mut otherwise = Vec::new();
    for (address, reason) in rows {
        let answer = guard().check(&address).map_err(|refusal| format!("{refusal:?}"));
        if answer != Err(reason.clone()) {
            otherwise.push((address, reason, answer));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

#[test]
fn a_refusal_never_repeats_the_address() {
    for (address, _) in forbidden() {
        let sentence = guard().check(&address).unwrap_err().to_string();
        assert!(address.len() < 12 || !sentence.contains(&address), "{sentence}");
    }
}

#[test]
fn an_address_of_the_longest_length_is_admitted_and_a_longer_one_is_not() {
    let start = "https://fcm.googleapis.com/";
    let longest = format!("{start}{}", "a".repeat(LONGEST_ADDRESS - start.len()));
    assert!(guard().check(&longest).is_ok());
    assert_eq!(guard().check(&format!("{longest}a")), Err(Refusal::TooLong));
}

#[test]
fn loopback_needs_the_setting_and_opens_nothing_else() {
    let open = guard().allowing_loopback();
    for address in [
        "http://localhost:4000/push/1",
        "https://localhost/push/1",
        "http://127.0.0.1:4000/push/1",
        "http://127.8.9.1/push/1",
        "https://[::1]:4000/push/1",
    ] {
        assert!(open.check(address).is_ok(), "{address}");
        assert!(guard().check(address).is_err(), "{address}");
    }
    for address in [
        "http://10.0.0.1:4000/",
        "http://[::ffff:7f00:1]:4000/",
        "http://0.0.0.0:4000/",
        "http://localhost.:4000/",
        "http://localhost.example/",
        "http://fcm.googleapis.com/x",
        "ftp://localhost/x",
        "http://user@localhost/x",
    ] {
        assert!(open.check(address).is_err(), "{address}");
    }
}

#[test]
fn patterns_are_full_names_or_one_label_under_a_suffix() {
    for good in [
        "push.example.org",
        "*.push.example.org",
        "PUSH.Example.org",
        "a-b.example",
    ] {
        assert!(good.parse::<HostPattern>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "*",
        "*.",
        "*.org",
        "org",
        ".example.org",
        "example.org.",
        "*.*.example.org",
        "a*.example.org",
        "ex ample.org",
        "https://example.org",
        "example.org:443",
        "127.0.0.1",
        "10.0.0.1",
        "-a.example.org",
        "a-.example.org",
        "exämple.org",
        "a..b.org",
    ] {
        assert_eq!(
            bad.parse::<HostPattern>(),
            Err(HostPatternError::Malformed(bad.to_owned())),
            "{bad}"
        );
    }
}

#[test]
fn a_list_of_hosts_is_separated_by_commas_and_must_name_one() {
    let hosts = HostPattern::parse_list(" push.example.org , *.example.net,").unwrap();
    let guard = Guard::new(hosts);
    assert!(guard.check("https://push.example.org/x").is_ok());
    assert!(guard.check("https://a.example.net/x").is_ok());
    assert!(guard.check("https://fcm.googleapis.com/x").is_err());
    assert_eq!(HostPattern::parse_list(" , "), Err(HostPatternError::Empty));
}

#[test]
fn networks_that_are_not_public_are_closed_from_edge_to_edge() {
    for (first, last) in [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("168.63.129.16", "168.63.129.16"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
        ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] {
        for edge in [first, last] {
            assert!(!is_public(edge.parse().unwrap()), "{edge}");
        }
    }
    for address in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "142.250.180.138",
        "2a00:1450:4002:800::200a",
        "2606:4700::1111",
        "2001:200::1",
        "2003::1",
        "3ffe::1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}

proptest! {
    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_never_public(bits: u32) {
        let [a, b, c, d] = bits.to_be_bytes();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for disguise in [
            Ipv6Addr::from_bits(u128::from(bits)),
            Ipv6Addr::from_bits(0xffff_0000_0000 | u128::from(bits)),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !high, !low),
        ] {
            prop_assert!(!is_public(disguise.into()), "{disguise}");
        }
    }

    #[test]
    fn the_standard_librarys_opinion_of_private_is_shared(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let closed = address.is_private()
            || address.is_loopback()
            || address.is_link_local()
            || address.is_broadcast()
            || address.is_documentation()
            || address.is_multicast()
            || address.is_unspecified();
        prop_assert!(!closed || !is_public(address.into()));
    }

    #[test]
    fn whatever_is_admitted_names_a_host_of_the_list(address in "https://[a-z.@:/#?%\\\\0-9\\[\\]-]{1,60}") {
        if let Ok(url) = guard().check(&address) {
            let host = url.host_str().unwrap();
            prop_assert!(guard().hosts.iter().any(|it| it.admits(host)), "{host}");
        }
    }
}

#[test]
fn a_name_that_leads_inside_is_refused_and_a_mixed_answer_keeps_its_public_part() {
    let addresses =
        |list: &[&str]| -> Vec<SocketAddr> { list.iter().map(|it| SocketAddr::new(it.parse().unwrap(), 0)).collect() };
    let inside = addresses(&["10.0.0.7", "::1", "64:ff9b::a00:7"]);
    let mixed = addresses(&["127.0.0.1", "142.250.180.138"]);
    let name = "fcm.googleapis.com";
    for loopback in [Loopback::Closed, Loopback::Open] {
        let refused = keep_open(name, inside.clone().into_iter(), loopback);
        assert_eq!(refused, Err(Refusal::ClosedNetwork));
        let kept = keep_open(name, mixed.clone().into_iter(), loopback);
        assert_eq!(kept, Ok(addresses(&["142.250.180.138"])));
    }
}

#[tokio::test]
async fn the_resolver_refuses_this_machine_at_the_moment_of_connecting() {
    let client = guard().client(Timeouts::default()).unwrap();
    let error = client.get("https://localhost/x").send().await.unwrap_err();
    assert_eq!(refusal_in(&error), Some(Refusal::ClosedNetwork));
}

#[tokio::test]
async fn with_the_setting_the_resolver_lets_localhost_through() {
    let client = guard().allowing_loopback().client(Timeouts::default()).unwrap();
    let closed_port = "http://localhost:1/x";
    let error = client.get(closed_port).send().await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(refusal_in(&error), None);
}
