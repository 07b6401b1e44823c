//! The guard in virtual time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use switchhook_sip::flow::{Flow, ListenerId, Transport};

use super::*;

struct World {
    guard: Guard,
    now: Instant,
}

const PHONE: &str = "203.0.113.7:5060";
const MALLORY: &str = "198.51.100.66:5061";
const REQUEST: &[u8] = b"REGISTER sip:example.org SIP/2.0\r\n";
const RESPONSE: &[u8] = b"SIP/2.0 200 OK\r\n";

impl World {
    fn new() -> World {
        World::with(Protection::default())
    }

    fn with(protection: Protection) -> World {
        World {
            guard: Guard::new(protection, 7),
            now: Instant::now(),
        }
    }

    fn hears(&mut self, peer: &str) -> bool {
        let peer = peer.parse().unwrap();
        self.guard.datagram(self.now, peer, REQUEST) == Verdict::Heard
    }

    fn accepts(&mut self, peer: &str) -> bool {
        let peer = peer.parse().unwrap();
        self.guard.connection(self.now, peer) == Verdict::Heard
    }

    fn saw(&mut self, transport: Transport, peer: &str, conduct: Conduct) {
        let flow = Flow {
            transport,
            listener: ListenerId(0),
            peer: peer.parse().unwrap(),
            connection: None,
        };
        self.guard.saw(self.now, flow, conduct);
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

#[test]
fn a_password_guesser_is_banned_and_who_is_beside_it_goes_on() {
    let mut world = World::new();
    for attempt in 0..10 {
        assert!(world.hears(MALLORY), "attempt {attempt}");
        world.saw(Transport::Udp, MALLORY, Conduct::WrongCredentials);
    }
    assert!(!world.hears(MALLORY));
    assert!(!world.hears("198.51.100.66:9"), "whatever its port");
    assert!(!world.accepts(MALLORY), "by a connection neither");
    assert!(world.hears(PHONE));
    let told = world.guard.poll_news().unwrap();
    assert_eq!(told.source.to_string(), "198.51.100.66");
    assert_eq!(told.reason, BanReason::Credentials);
    let counters = world.guard.counters();
    assert_eq!((counters.bans, counters.wrong_credentials), (1, 10));
    assert_eq!(counters.banned_messages, 3);
}

#[test]
fn bans_end_and_grow() {
    let mut world = World::new();
    let mut lasted = Vec::new();
    for _ in 0..12 {
        for _ in 0..10 {
            world.saw(Transport::Udp, MALLORY, Conduct::WrongCredentials);
        }
        let ban = world.guard.bans(world.now).remove(0);
        lasted.push(ban.left.unwrap().as_secs());
        world.now += ban.left.unwrap();
        assert!(world.hears(MALLORY), "a ban ends");
    }
    assert_eq!(lasted[..4], [300, 600, 1200, 2400]);
    assert_eq!(lasted[11], 24 * 3600);
    world.pass(25 * 3600);
    for _ in 0..10 {
        world.saw(Transport::Udp, MALLORY, Conduct::WrongCredentials);
    }
    let ban = world.guard.bans(world.now).remove(0);
    assert_eq!(
        ban.left.unwrap().as_secs(),
        300,
        "in the end it is forgotten"
    );
}

#[test]
fn failures_now_and_then_bring_no_ban() {
    let mut world = World::new();
    for _ in 0..1000 {
        world.saw(Transport::Udp, PHONE, Conduct::WrongCredentials);
        world.pass(61);
    }
    assert!(world.hears(PHONE));
    assert_eq!(world.guard.counters().bans, 0);
}

#[test]
fn a_scanner_is_banned_by_its_first_word() {
    let mut world = World::new();
    world.saw(Transport::Udp, MALLORY, Conduct::Scanner);
    assert!(!world.hears(MALLORY));
    let ban = world.guard.bans(world.now).remove(0);
    assert!(!ban.is_proven, "anybody may have sent it");
    assert_eq!(ban.reason, BanReason::Scanner);
    assert!(world.accepts(MALLORY), "a connection cannot be forged");
    world.saw(Transport::Tcp, MALLORY, Conduct::Scanner);
    assert!(!world.accepts(MALLORY));
}

#[test]
fn who_tries_out_names_without_any_password_is_banned() {
    let mut world = World::new();
    for _ in 0..100 {
        world.saw(Transport::Udp, MALLORY, Conduct::Challenged);
    }
    assert!(!world.hears(MALLORY));
    // A phone is challenged at each registration, and answers.
    for _ in 0..1000 {
        world.saw(Transport::Udp, PHONE, Conduct::Challenged);
        world.saw(Transport::Udp, PHONE, Conduct::Authenticated);
    }
    assert!(world.hears(PHONE));
}

#[test]
fn forged_datagrams_cut_off_neither_a_phone_nor_who_answers_us() {
    let mut world = World::new();
    world.saw(Transport::Udp, PHONE, Conduct::Authenticated);
    // Forged with the phone's address, and with its address and port.
    for forged in ["203.0.113.7:9999", PHONE] {
        for conduct in [Conduct::Scanner, Conduct::Malformed, Conduct::UnknownDomain] {
            for _ in 0..100 {
                world.saw(Transport::Udp, forged, conduct);
            }
        }
    }
    assert!(world.hears(PHONE));
    assert!(world.hears("203.0.113.7:5070"), "nor its neighbours");
    // A carrier that is called only is in no list.
    let carrier: SocketAddr = "192.0.2.99:5060".parse().unwrap();
    world.saw(Transport::Udp, "192.0.2.99:5060", Conduct::Scanner);
    assert_eq!(
        world.guard.datagram(world.now, carrier, RESPONSE),
        Verdict::Heard
    );
    assert_eq!(
        world.guard.datagram(world.now, carrier, REQUEST),
        Verdict::Banned
    );
}

#[test]
fn registered_phones_go_on_when_another_behind_their_address_guesses_passwords() {
    let mut world = World::new();
    world.saw(Transport::Udp, PHONE, Conduct::Authenticated);
    let guesser = "203.0.113.7:6000";
    for _ in 0..39 {
        world.saw(Transport::Udp, guesser, Conduct::WrongCredentials);
    }
    assert!(world.hears(guesser), "more is forgiven where phones are");
    world.saw(Transport::Udp, guesser, Conduct::WrongCredentials);
    assert!(!world.hears(guesser));
    assert!(world.hears(PHONE));
    for _ in 0..41 {
        world.saw(Transport::Udp, PHONE, Conduct::WrongCredentials);
    }
    assert!(!world.hears(PHONE), "but not everything");
}

#[test]
fn an_authentication_lifts_what_was_not_proven() {
    let mut world = World::new();
    world.saw(Transport::Udp, "203.0.113.7:1", Conduct::Scanner);
    assert!(!world.hears(PHONE));
    // It got through by a connection.
    world.saw(Transport::Tcp, "203.0.113.7:40000", Conduct::Authenticated);
    assert!(world.hears(PHONE));
}

#[test]
fn a_source_that_is_allowed_is_never_limited_nor_banned() {
    let mut world = World::with(Protection {
        allow: vec![
            "198.51.100.0/24".parse().unwrap(),
            "2001:db8::5".parse().unwrap(),
        ],
        ..Protection::default()
    });
    for peer in [MALLORY, "[2001:db8::5]:5060"] {
        for _ in 0..10_000 {
            assert!(world.hears(peer));
            world.saw(Transport::Tcp, peer, Conduct::WrongCredentials);
        }
    }
    assert!(world.guard.bans(world.now).is_empty());
    world.guard.configure(Protection::default());
    world.saw(Transport::Tcp, MALLORY, Conduct::Scanner);
    assert!(!world.hears(MALLORY), "until it is not allowed any more");
}

#[test]
fn a_source_that_sends_too_much_is_limited_not_banned() {
    let mut world = World::new();
    let heard = (0..2000).filter(|_| world.hears(MALLORY)).count();
    assert_eq!(heard, 500);
    world.pass(1);
    assert_eq!((0..2000).filter(|_| world.hears(MALLORY)).count(), 100);
    assert!(world.guard.bans(world.now).is_empty());
    world.saw(Transport::Udp, PHONE, Conduct::Authenticated);
    assert_eq!((0..9000).filter(|_| world.hears(PHONE)).count(), 5000);
}

#[test]
fn a_network_of_ipv6_is_one_source() {
    let mut world = World::new();
    for host in 0..10 {
        let peer = format!("[2001:db8:1:2::{host:x}]:5060");
        world.saw(Transport::Udp, &peer, Conduct::WrongCredentials);
    }
    assert!(!world.hears("[2001:db8:1:2:ffff::1]:5060"));
    assert!(world.hears("[2001:db8:1:3::1]:5060"));
    let banned = world.guard.bans(world.now).remove(0);
    assert_eq!(banned.whom, "2001:db8:1:2::/64");
    // An IPv4 address is itself, however it is written.
    world.saw(Transport::Udp, "[::ffff:198.51.100.66]:1", Conduct::Scanner);
    assert!(!world.hears(MALLORY));
}

#[test]
fn forged_sources_without_end_take_no_more_room_and_push_out_no_proven_ban() {
    let mut world = World::new();
    for _ in 0..10 {
        world.saw(Transport::Udp, MALLORY, Conduct::WrongCredentials);
    }
    for number in 0..300_000_u32 {
        let peer = SocketAddr::from((std::net::Ipv4Addr::from_bits(0x1400_0000 + number), 5060));
        world.guard.datagram(world.now, peer, REQUEST);
        if number % 4 == 0 {
            world.saw(Transport::Udp, &peer.to_string(), Conduct::Scanner);
        }
    }
    assert!(!world.hears(MALLORY));
    let bans = world.guard.bans(world.now);
    assert!(bans.len() <= limits::GUARD_BANS + 1, "{}", bans.len());
    assert!(world.guard.sources.len() <= limits::GUARD_SOURCES);
    let told = std::iter::from_fn(|| world.guard.poll_news()).count();
    assert!(told < 30, "{told} lines");
}

#[test]
fn the_operator_bans_and_lifts() {
    let mut world = World::new();
    world.saw(Transport::Udp, PHONE, Conduct::Authenticated);
    let network = "203.0.113.0/24".parse().unwrap();
    assert!(world.guard.ban(world.now, network, None));
    assert!(!world.hears(PHONE), "even who is known");
    assert!(!world.accepts(PHONE));
    world.pass(1_000_000);
    assert!(!world.hears(PHONE));
    assert_eq!(world.guard.bans(world.now)[0].whom, "203.0.113.0/24");
    assert_eq!(world.guard.lift(world.now, network), 1);
    assert!(world.hears(PHONE));
    // For a while; and what the guard has banned itself is lifted as well.
    let hour = Some(Duration::from_secs(3600));
    assert!(world.guard.ban(world.now, network, hour));
    world.pass(3601);
    assert!(world.hears(PHONE));
    world.saw(Transport::Tcp, "[2001:db8::9]:1", Conduct::Scanner);
    assert_eq!(
        world.guard.lift(world.now, "2001:db8::9".parse().unwrap()),
        1
    );
    assert!(world.accepts("[2001:db8::9]:1"));
}

#[test]
fn without_protection_everybody_is_heard() {
    let mut world = World::with(Protection {
        enabled: false,
        ..Protection::default()
    });
    for _ in 0..1000 {
        world.saw(Transport::Tcp, MALLORY, Conduct::Scanner);
        assert!(world.hears(MALLORY));
    }
}
