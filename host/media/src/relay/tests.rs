//! What a relay does for calls that behave.

pub(crate) mod bench;

use std::time::Duration;

use crate::relay::tests::bench::{Bench, CALLEE, CALLER, address, forward, remote};
use crate::relay::{DropReason, Kind, RelayConfig, RelayEvent, Side, Verdict};
use crate::sdp::{Direction, RemoteMedia, Terms};

const NOWHERE: Verdict = Verdict::Drop(DropReason::NoDestination);

fn timeout_of(side: Side) -> Option<RelayEvent> {
    Some(RelayEvent::MediaTimeout { side })
}

#[test]
fn packets_go_both_ways_between_the_addresses_of_the_sdp() {
    let mut bench = Bench::new();
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
    assert_eq!(
        bench.rtcp(Side::Caller, "192.0.2.1:4001"),
        forward("192.0.2.2:5001")
    );
    let counted = bench.relay.statistics();
    assert_eq!(counted.caller.packets, 1);
    assert_eq!(counted.caller.bytes, 172);
    assert_eq!(counted.caller.rtcp_packets, 1);
    assert_eq!(counted.callee.packets, 1);
}

#[test]
fn a_phone_behind_address_translation_is_answered_where_it_sends_from() {
    let mut bench = Bench::new();
    let public = "203.0.113.50:61000";
    for _ in 0..4 {
        assert_eq!(
            bench.rtp(Side::Caller, public),
            Verdict::Drop(DropReason::Unproven)
        );
        assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
    }
    assert_eq!(bench.rtp(Side::Caller, public), forward(CALLEE));
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(public));
    assert_eq!(
        bench.rtcp(Side::Callee, "192.0.2.2:5001"),
        forward("203.0.113.50:61001")
    );
    assert_eq!(
        bench.rtcp(Side::Caller, "203.0.113.50:62222"),
        forward("192.0.2.2:5001")
    );
    assert_eq!(
        bench.rtcp(Side::Callee, "192.0.2.2:5001"),
        forward("203.0.113.50:62222")
    );
}

#[test]
fn a_source_on_the_host_of_the_signalling_is_heard_at_once() {
    let mut bench = Bench::unconnected(RelayConfig::default());
    let signalling = Some("203.0.113.50".parse().unwrap());
    bench.set(
        Side::Caller,
        RemoteMedia {
            signalling,
            ..remote("10.0.0.7:4000")
        },
    );
    bench.connect(Side::Callee, CALLEE);
    let public = "203.0.113.50:61000";
    assert_eq!(bench.rtp(Side::Caller, public), forward(CALLEE));
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward("10.0.0.7:4000"));
    assert_eq!(bench.rtp(Side::Caller, public), forward(CALLEE));
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(public));
}

#[test]
fn nothing_is_sent_to_a_side_that_is_not_known() {
    let mut bench = Bench::unconnected(RelayConfig::default());
    bench.connect(Side::Caller, CALLER);
    assert_eq!(bench.rtp(Side::Caller, CALLER), NOWHERE);
    assert_eq!(bench.rtcp(Side::Caller, "192.0.2.1:4001"), NOWHERE);
    assert_eq!(bench.relay.statistics().caller.unsent, 2);
}

#[test]
fn a_side_that_holds_the_old_way_gets_nothing_and_comes_back_to_its_latch() {
    let mut bench = Bench::new();
    let public = "192.0.2.1:61000";
    bench.rtp(Side::Caller, public);
    bench.rtp(Side::Caller, public);
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(public));
    let held = RemoteMedia {
        rtp: None,
        rtcp: None,
        direction: Direction::SendOnly,
        signalling: None,
        terms: Terms::default(),
    };
    bench.set(Side::Caller, held);
    assert_eq!(bench.rtp(Side::Callee, CALLEE), NOWHERE);
    assert_eq!(bench.rtp(Side::Caller, public), forward(CALLEE));
    bench.connect(Side::Caller, CALLER);
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(public));
}

#[test]
fn a_remote_known_only_by_name_is_answered_once_it_sends() {
    let mut bench = Bench::unconnected(RelayConfig::default());
    bench.connect(Side::Caller, CALLER);
    let named = RemoteMedia {
        rtp: None,
        rtcp: None,
        ..remote(CALLEE)
    };
    bench.set(Side::Callee, named);
    assert_eq!(bench.rtp(Side::Caller, CALLER), NOWHERE);
    for _ in 0..5 {
        bench.rtp(Side::Callee, CALLEE);
    }
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
}

#[test]
fn a_new_address_in_the_signalling_opens_the_side_again() {
    let mut bench = Bench::new();
    bench.rtp(Side::Callee, CALLEE);
    bench.connect(Side::Callee, "192.0.2.3:6000");
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward("192.0.2.3:6000"));
    assert_eq!(bench.rtp(Side::Callee, "192.0.2.3:6000"), forward(CALLER));
    assert_eq!(
        bench.rtp(Side::Callee, CALLEE),
        Verdict::Drop(DropReason::Stranger)
    );
}

#[test]
fn two_devices_that_name_the_same_private_address_are_told_apart_by_their_signalling() {
    let mut bench = Bench::new();
    let device = |host: &str| RemoteMedia {
        signalling: Some(host.parse().unwrap()),
        terms: Terms::default(),
        ..remote("192.168.1.2:4000")
    };
    bench.set(Side::Callee, device("203.0.113.1"));
    bench.rtp(Side::Callee, "203.0.113.1:1000");
    bench.rtp(Side::Callee, "203.0.113.1:1000");
    bench.set(Side::Callee, device("203.0.113.2"));
    bench.rtp(Side::Callee, "203.0.113.2:2000");
    bench.rtp(Side::Callee, "203.0.113.2:2000");
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward("203.0.113.2:2000"));
}

#[test]
fn an_unset_side_is_forgotten() {
    let mut bench = Bench::new();
    bench.rtp(Side::Callee, CALLEE);
    bench.relay.unset_remote(bench.now, Side::Callee);
    assert_eq!(bench.rtp(Side::Caller, CALLER), NOWHERE);
}

#[test]
fn what_is_no_rtp_is_dropped_and_counted() {
    let mut bench = Bench::new();
    let stun = [0u8; 20];
    let short = [0x80u8; 11];
    let long = [0x80u8; crate::limits::PACKET_BYTES + 1];
    let cut_off = [0x8fu8; 30];
    for packet in [&stun[..], &short, &long, &cut_off, &[]] {
        for kind in [Kind::Rtp, Kind::Rtcp] {
            let verdict =
                bench
                    .relay
                    .handle(bench.now, Side::Caller, kind, address(CALLER), packet);
            assert_eq!(verdict, Verdict::Drop(DropReason::Malformed));
        }
    }
    assert_eq!(bench.relay.statistics().caller.malformed, 10);
}

#[test]
fn random_packets_never_panic() {
    let mut bench = Bench::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let sources = [
        CALLER,
        CALLEE,
        "192.0.2.1:9",
        "203.0.113.9:65535",
        "[2001:db8::1]:1",
    ];
    for round in 0..50_000_usize {
        let mut packet = [0u8; 40];
        for byte in &mut packet {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        let side = if state & 256 == 0 {
            Side::Caller
        } else {
            Side::Callee
        };
        let kind = if state & 512 == 0 {
            Kind::Rtp
        } else {
            Kind::Rtcp
        };
        let source = address(sources[round % sources.len()]);
        bench
            .relay
            .handle(bench.now, side, kind, source, &packet[..round % 41]);
        bench.pass(Duration::from_millis(7));
        bench.relay.handle_timeout(bench.now);
    }
}

#[test]
fn a_side_that_falls_silent_is_told_of_once_a_period() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.rtp(Side::Callee, CALLEE);
    for _ in 0..59 {
        bench.pass(Duration::from_secs(1));
        bench.rtp(Side::Caller, CALLER);
        assert_eq!(bench.relay.handle_timeout(bench.now), None);
    }
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.relay.poll_timeout(), Some(bench.now));
    assert_eq!(
        bench.relay.handle_timeout(bench.now),
        timeout_of(Side::Callee)
    );
    assert_eq!(bench.relay.handle_timeout(bench.now), None);
}

#[test]
fn reports_count_as_a_sign_of_life_and_strangers_do_not() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.rtp(Side::Callee, CALLEE);
    bench.pass(Duration::from_secs(50));
    bench.rtcp(Side::Caller, "192.0.2.1:4001");
    bench.rtp(Side::Callee, "203.0.113.66:1");
    bench.pass(Duration::from_secs(10));
    assert_eq!(
        bench.relay.handle_timeout(bench.now),
        timeout_of(Side::Callee)
    );
    assert_eq!(bench.relay.handle_timeout(bench.now), None);
}

#[test]
fn silence_on_hold_is_nobodys_fault() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.rtp(Side::Callee, CALLEE);
    let with = |direction, rtp| RemoteMedia {
        direction,
        ..remote(rtp)
    };
    bench.set(Side::Caller, with(Direction::Inactive, CALLER));
    bench.set(Side::Callee, with(Direction::Inactive, CALLEE));
    assert_eq!(bench.relay.poll_timeout(), None);
    bench.pass(Duration::from_secs(3_600));
    assert_eq!(bench.relay.handle_timeout(bench.now), None);
    bench.set(Side::Caller, with(Direction::SendRecv, CALLER));
    bench.set(Side::Callee, with(Direction::SendRecv, CALLEE));
    assert_eq!(bench.relay.handle_timeout(bench.now), None);
    bench.pass(Duration::from_secs(60));
    assert_eq!(
        bench.relay.handle_timeout(bench.now),
        timeout_of(Side::Caller)
    );
}

#[test]
fn a_side_that_never_sends_has_longer_until_it_is_missed() {
    let mut bench = Bench::new();
    bench.pass(Duration::from_secs(599));
    assert_eq!(bench.relay.handle_timeout(bench.now), None);
    bench.pass(Duration::from_secs(1));
    assert_eq!(
        bench.relay.handle_timeout(bench.now),
        timeout_of(Side::Caller)
    );
    assert_eq!(
        bench.relay.handle_timeout(bench.now),
        timeout_of(Side::Callee)
    );
}

#[test]
fn no_side_is_missed_before_both_are_known() {
    let mut bench = Bench::unconnected(RelayConfig::default());
    bench.connect(Side::Caller, CALLER);
    assert_eq!(bench.relay.poll_timeout(), None);
}

#[test]
fn a_packet_that_could_not_be_sent_is_counted_as_unsent() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.relay.failed(Side::Caller, Kind::Rtp, 172);
    let counted = bench.relay.statistics().caller;
    assert_eq!((counted.packets, counted.bytes, counted.unsent), (0, 0, 1));
}

#[test]
fn a_glimpse_tells_who_is_heard_and_who_is_turned_away() {
    let mut bench = Bench::new();
    let before = bench.relay.glimpse(bench.now, Side::Caller);
    assert_eq!(before.named, Some(address(CALLER)));
    assert_eq!((before.source, before.silent), (None, None));
    assert!(before.is_expected);

    bench.rtp(Side::Caller, CALLER);
    bench.pass(Duration::from_secs(9));
    bench.rtp(Side::Caller, "203.0.113.9:9000");
    let after = bench.relay.glimpse(bench.now, Side::Caller);
    assert_eq!(after.source, Some(address(CALLER)));
    assert_eq!(after.stranger, Some(address("203.0.113.9:9000")));
    assert_eq!(after.silent, Some(Duration::from_secs(9)));
    let counted = after.statistics;
    assert_eq!((counted.packets, counted.refused), (1, 1));
}
