//! Grants: which names and addresses they let through.

use super::*;

fn grants(hosts: &[&str]) -> Grants {
    Grants::parse(hosts.iter().copied()).unwrap()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_name_is_granted_on_the_default_ports_alone() {
    let grants = grants(&["api.example.com"]);
    assert!(grants.find(true, "api.example.com", 443).is_some());
    assert!(grants.find(false, "API.example.com.", 80).is_some());
    assert!(grants.find(false, "api.example.com", 443).is_none());
    assert!(grants.find(true, "api.example.com", 8443).is_none());
    assert!(grants.find(true, "example.com", 443).is_none());
    assert!(grants.find(true, "evil-api.example.com", 443).is_none());
}

#[test]
fn a_star_stands_for_at_least_one_label() {
    let grants = grants(&["*.example.com:8443"]);
    assert!(grants.find(true, "a.b.example.com", 8443).is_some());
    assert!(grants.find(true, "example.com", 8443).is_none());
    assert!(grants.find(true, ".example.com", 8443).is_none());
    assert!(grants.find(true, "badexample.com", 8443).is_none());
}

#[test]
fn an_address_is_granted_as_itself_and_not_through_a_name() {
    let grants = grants(&["127.0.0.1:9000", "[::1]:9001"]);
    let grant = grants.find(false, "127.0.0.1", 9000).unwrap();
    assert!(grant.allows_address(address("127.0.0.1")));
    assert!(!grant.allows_address(address("127.0.0.2")));
    assert!(grants.find(false, "[::1]", 9001).is_some());
    assert!(grants.find(false, "localhost", 9000).is_none());
    assert!(grants.find(false, "127.1", 9000).is_none());
    assert!(grants.find(false, "2130706433", 9000).is_none());
    assert!(grants.find(false, "127.0.0.1", 9001).is_none());
}

#[test]
fn a_name_must_not_lead_to_a_special_address() {
    let grants = grants(&["api.example.com"]);
    let grant = grants.find(true, "api.example.com", 443).unwrap();
    for special in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "fec0::1",
        "2001::1",
    ] {
        assert!(!grant.allows_address(address(special)), "{special}");
    }
    for public in [
        "192.0.2.7",
        "8.8.8.8",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
    ] {
        assert!(grant.allows_address(address(public)), "{public}");
    }
}

#[test]
fn a_network_after_the_equals_sign_is_where_the_name_may_lead() {
    let grants = grants(&["crm.corp:8080=10.1.0.0/16,fd00::/8"]);
    let grant = grants.find(false, "crm.corp", 8080).unwrap();
    assert!(grant.allows_address(address("10.1.200.3")));
    assert!(grant.allows_address(address("fd12::1")));
    assert!(!grant.allows_address(address("10.2.0.1")));
    assert!(!grant.allows_address(address("8.8.8.8")));
}

#[test]
fn localhost_leads_to_loopback_alone() {
    let grants = grants(&["localhost:9000"]);
    let grant = grants.find(false, "localhost", 9000).unwrap();
    assert!(grant.allows_address(address("127.0.0.1")));
    assert!(grant.allows_address(address("::1")));
    assert!(!grant.allows_address(address("8.8.8.8")));
}

#[test]
fn a_text_that_is_no_host_is_refused_with_a_reason() {
    for bad in [
        "",
        "a b",
        "http://x.example",
        "x:99999",
        "x:",
        "[::1",
        "x=10.0.0.0/33",
        "x=",
        "*.",
        "**.x",
    ] {
        let error = HostGrant::parse(bad).unwrap_err();
        assert!(matches!(error, PluginError::Invalid(_)), "{bad}");
    }
}

#[test]
fn a_grant_prints_as_it_is_written() {
    for text in [
        "api.example.com",
        "*.x.org:8443",
        "[::1]:9000",
        "crm.corp:80=10.1.0.0/16,10.2.0.1/32",
    ] {
        assert_eq!(HostGrant::parse(text).unwrap().to_string(), text);
    }
}
