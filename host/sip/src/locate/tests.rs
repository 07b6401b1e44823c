//! The answers of a made-up DNS, and where they lead.

use std::collections::HashMap;
use std::net::IpAddr;

use rand_core::{Infallible, TryRng};

use super::{Answer, Locate, Naptr, Query, Srv, Wanted};
use crate::flow::Transport::{self, Tcp, Tls, Udp};
use crate::limits;

/// Numbers that are drawn, in order, over and over.
struct Drawn(Vec<u32>, usize);

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.1 += 1;
        Ok(self.0[(self.1 - 1) % self.0.len()])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

/// A zone: what it has, and what was asked of it.
#[derive(Default)]
struct Zone {
    naptr: HashMap<&'static str, Vec<Naptr>>,
    srv: HashMap<&'static str, Vec<Srv>>,
    addresses: HashMap<&'static str, Vec<IpAddr>>,
}

impl Zone {
    fn naptr(mut self, domain: &'static str, records: &[(u16, u16, &str, &str)]) -> Zone {
        let record = |(order, preference, service, replacement): &(u16, u16, &str, &str)| Naptr {
            order: *order,
            preference: *preference,
            flags: "s".into(),
            service: (*service).into(),
            replacement: (*replacement).into(),
        };
        self.naptr
            .insert(domain, records.iter().map(record).collect());
        self
    }

    fn srv(mut self, name: &'static str, records: &[(u16, u16, u16, &str)]) -> Zone {
        let record = |(priority, weight, port, target): &(u16, u16, u16, &str)| Srv {
            priority: *priority,
            weight: *weight,
            port: *port,
            target: (*target).into(),
        };
        self.srv.insert(name, records.iter().map(record).collect());
        self
    }

    fn host(mut self, host: &'static str, addresses: &[&str]) -> Zone {
        let parsed = addresses.iter().map(|ip| ip.parse().unwrap());
        self.addresses.insert(host, parsed.collect());
        self
    }

    /// What is asked and found, a word each.
    fn locate(&self, wanted: &Wanted<'_>, supported: &[Transport]) -> (Vec<String>, Vec<String>) {
        self.locate_by_chance(wanted, supported, vec![0])
    }

    fn locate_by_chance(
        &self,
        wanted: &Wanted<'_>,
        supported: &[Transport],
        drawn: Vec<u32>,
    ) -> (Vec<String>, Vec<String>) {
        let mut rng = Drawn(drawn, 0);
        let mut locate = Locate::new(wanted, supported);
        let mut asked = Vec::new();
        while let Some(query) = locate.query() {
            let (words, answer) = match query {
                Query::Naptr(name) => {
                    let found = self.naptr.get(&*name).cloned().unwrap_or_default();
                    (format!("naptr {name}"), Answer::Naptr(found))
                }
                Query::Srv(name) => {
                    let found = self.srv.get(&*name).cloned().unwrap_or_default();
                    (format!("srv {name}"), Answer::Srv(found))
                }
                Query::Addresses(name) => {
                    let found = self.addresses.get(&*name).cloned().unwrap_or_default();
                    (format!("host {name}"), Answer::Addresses(found))
                }
            };
            asked.push(words);
            locate.answer(answer, &mut rng);
        }
        let found = locate.candidates().into_iter();
        let found = found.map(|found| format!("{} {}", found.transport, found.address));
        (asked, found.collect())
    }
}

fn wanted(host: &str) -> Wanted<'_> {
    Wanted {
        host,
        port: None,
        transport: None,
        secure: false,
    }
}

#[test]
fn an_address_needs_no_question() {
    let zone = Zone::default();
    let table: [(Wanted<'_>, &str); 5] = [
        (wanted("192.0.2.1"), "UDP 192.0.2.1:5060"),
        (wanted("2001:db8::1"), "UDP [2001:db8::1]:5060"),
        (
            Wanted {
                port: Some(5080),
                ..wanted("192.0.2.1")
            },
            "UDP 192.0.2.1:5080",
        ),
        (
            Wanted {
                transport: Some(Tcp),
                ..wanted("192.0.2.1")
            },
            "TCP 192.0.2.1:5060",
        ),
        (
            Wanted {
                secure: true,
                ..wanted("192.0.2.1")
            },
            "TLS 192.0.2.1:5061",
        ),
    ];
    for (wanted, expected) in table {
        let (asked, found) = zone.locate(&wanted, &[Udp, Tcp, Tls]);
        assert!(asked.is_empty(), "{wanted:?}: {asked:?}");
        assert_eq!(found, [expected], "{wanted:?}");
    }
}

#[test]
fn a_port_means_the_host_itself() {
    let zone = Zone::default().host("example.org", &["192.0.2.1", "192.0.2.2"]);
    let (asked, found) = zone.locate(
        &Wanted {
            port: Some(5070),
            ..wanted("example.org")
        },
        &[Udp, Tcp],
    );
    assert_eq!(asked, ["host example.org"]);
    assert_eq!(found, ["UDP 192.0.2.1:5070", "UDP 192.0.2.2:5070"]);
}

#[test]
fn naptr_records_choose_the_transport_in_their_order() {
    let zone = Zone::default()
        .naptr(
            "example.org",
            &[
                (90, 50, "SIP+D2T", "_sip._tcp.example.org"),
                (50, 50, "SIPS+D2T", "_sips._tcp.example.org"),
                (100, 50, "SIP+D2U", "_sip._udp.example.org"),
            ],
        )
        .srv("_sips._tcp.example.org", &[(0, 1, 5061, "a.example.org")])
        .srv("_sip._tcp.example.org", &[(0, 1, 5060, "b.example.org")])
        .srv("_sip._udp.example.org", &[(0, 1, 5060, "b.example.org")])
        .host("a.example.org", &["192.0.2.1"])
        .host("b.example.org", &["192.0.2.2"]);
    let (_, found) = zone.locate(&wanted("example.org"), &[Udp, Tcp, Tls]);
    assert_eq!(
        found,
        [
            "TLS 192.0.2.1:5061",
            "TCP 192.0.2.2:5060",
            "UDP 192.0.2.2:5060"
        ]
    );
    let (_, found) = zone.locate(&wanted("example.org"), &[Udp]);
    assert_eq!(found, ["UDP 192.0.2.2:5060"]);
    let (_, found) = zone.locate(
        &Wanted {
            secure: true,
            ..wanted("example.org")
        },
        &[Udp, Tcp, Tls],
    );
    assert_eq!(found, ["TLS 192.0.2.1:5061"]);
}

#[test]
fn without_naptr_every_transport_is_asked_for_and_then_the_host() {
    let zone = Zone::default().host("example.org", &["192.0.2.7"]);
    let (asked, found) = zone.locate(&wanted("example.org"), &[Udp, Tcp]);
    assert_eq!(
        asked,
        [
            "naptr example.org",
            "srv _sip._udp.example.org",
            "srv _sip._tcp.example.org",
            "host example.org",
        ]
    );
    assert_eq!(found, ["UDP 192.0.2.7:5060"]);
}

#[test]
fn a_named_transport_asks_for_its_own_records_alone() {
    let zone = Zone::default()
        .srv("_sip._tcp.example.org", &[(0, 0, 5062, "a.example.org")])
        .host("a.example.org", &["192.0.2.1"])
        .host("example.org", &["192.0.2.9"]);
    let (asked, found) = zone.locate(
        &Wanted {
            transport: Some(Tcp),
            ..wanted("example.org")
        },
        &[Udp, Tcp],
    );
    assert_eq!(asked, ["srv _sip._tcp.example.org", "host a.example.org"]);
    assert_eq!(found, ["TCP 192.0.2.1:5062"]);
    let (_, found) = zone.locate(
        &Wanted {
            transport: Some(Udp),
            ..wanted("example.org")
        },
        &[Udp, Tcp],
    );
    assert_eq!(found, ["UDP 192.0.2.9:5060"]);
    let (_, found) = zone.locate(
        &Wanted {
            transport: Some(Tls),
            ..wanted("example.org")
        },
        &[Udp, Tcp],
    );
    assert!(found.is_empty(), "a transport that is not there");
}

#[test]
fn a_sips_uri_with_transport_tcp_means_tls() {
    let zone = Zone::default();
    let wanted = Wanted {
        transport: Some(Tcp),
        secure: true,
        ..wanted("192.0.2.1")
    };
    assert_eq!(
        zone.locate(&wanted, &[Udp, Tcp, Tls]).1,
        ["TLS 192.0.2.1:5061"]
    );
}

#[test]
fn priorities_come_in_order_and_weights_by_chance() {
    let zone = Zone::default()
        .srv(
            "_sip._udp.example.org",
            &[
                (10, 60, 5060, "big.example.org"),
                (10, 20, 5060, "small.example.org"),
                (20, 0, 5060, "backup.example.org"),
            ],
        )
        .host("big.example.org", &["192.0.2.1"])
        .host("small.example.org", &["192.0.2.2"])
        .host("backup.example.org", &["192.0.2.3"]);
    let wanted = Wanted {
        transport: Some(Udp),
        ..wanted("example.org")
    };
    let mut first = HashMap::new();
    for chance in 0..1_000_u32 {
        let drawn = chance * (u32::MAX / 1_000);
        let (_, found) = zone.locate_by_chance(&wanted, &[Udp], vec![drawn]);
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[2], "UDP 192.0.2.3:5060",
            "the higher priority number is last"
        );
        *first.entry(found[0].clone()).or_insert(0) += 1;
    }
    let big = first["UDP 192.0.2.1:5060"];
    assert!((730..=770).contains(&big), "60 of 80 parts: {big} of 1,000");
}

#[test]
fn a_service_that_is_not_there_leads_nowhere_else() {
    let zone = Zone::default()
        .srv("_sip._udp.example.org", &[(0, 0, 0, ".")])
        .host("example.org", &["192.0.2.1"]);
    let (_, found) = zone.locate(
        &Wanted {
            transport: Some(Udp),
            ..wanted("example.org")
        },
        &[Udp],
    );
    assert!(found.is_empty());
}

#[test]
fn endless_records_are_asked_for_a_while_only() {
    let hosts: Vec<(u16, u16, u16, &str)> =
        (0..1_000).map(|n| (n, 0, n, "a.example.org")).collect();
    let zone = Zone::default()
        .srv("_sip._udp.example.org", &hosts)
        .host("a.example.org", &["192.0.2.1"]);
    let (asked, found) = zone.locate(
        &Wanted {
            transport: Some(Udp),
            ..wanted("example.org")
        },
        &[Udp],
    );
    assert!(asked.len() <= limits::LOCATE_QUERIES);
    assert!(found.len() <= limits::LOCATE_CANDIDATES);
    assert!(!found.is_empty());
}
