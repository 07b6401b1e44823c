//! Strangers who want to hear a call ("RTP bleed"), speak into it, or cut it off.

use std::time::Duration;

use crate::relay::tests::bench::{Bench, CALLEE, CALLER, forward, remote};
use crate::relay::{DropReason, RelayConfig, Side, Verdict};
use crate::sdp::RemoteMedia;

const ATTACKER: &str = "198.51.100.66:6666";
const STRANGER: Verdict = Verdict::Drop(DropReason::Stranger);
const UNPROVEN: Verdict = Verdict::Drop(DropReason::Unproven);

#[test]
fn a_stream_that_has_settled_cannot_be_stolen_or_spoken_into() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.rtp(Side::Callee, CALLEE);
    for number in 0..10_000_u16 {
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, number), STRANGER);
        assert_eq!(bench.rtp_of(Side::Callee, ATTACKER, 9, number), STRANGER);
        bench.pass(Duration::from_millis(20));
    }
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
    assert_eq!(bench.relay.statistics().caller.refused, 10_000);
}

#[test]
fn silence_of_the_phone_gives_nobody_its_place() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.pass(Duration::from_secs(3_000));
    for number in 0..100 {
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, number), STRANGER);
    }
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
}

#[test]
fn a_few_packets_sprayed_at_an_open_port_get_no_sound_back() {
    let mut bench = Bench::new();
    for number in 0..4 {
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, number), UNPROVEN);
        assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
    }
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
    assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, 4), STRANGER);
}

#[test]
fn packets_that_are_no_steady_stream_never_settle() {
    let mut bench = Bench::new();
    for number in 0..200_u16 {
        // The same sequence number, wild jumps, changing sources of synchronisation.
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, 7), UNPROVEN);
        assert_eq!(
            bench.rtp_of(Side::Caller, ATTACKER, 1, number.wrapping_mul(9_999)),
            UNPROVEN
        );
        assert_eq!(
            bench.rtp_of(Side::Caller, ATTACKER, number.into(), 8),
            UNPROVEN
        );
        bench.pass(Duration::from_millis(20));
    }
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
}

#[test]
fn a_stranger_who_was_faster_loses_the_stream_to_the_phone() {
    let mut bench = Bench::new();
    for number in 0..5 {
        bench.rtp_of(Side::Caller, ATTACKER, 9, number);
    }
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(ATTACKER));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(CALLER));
    assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 9, 6), STRANGER);
}

#[test]
fn nor_does_a_stranger_keep_a_phone_out_that_is_behind_address_translation() {
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
    for number in 0..6 {
        bench.rtp_of(Side::Caller, ATTACKER, 9, number);
    }
    let public = "203.0.113.50:61000";
    assert_eq!(bench.rtp_of(Side::Caller, public, 2, 1), UNPROVEN);
    assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 9, 6), forward(CALLEE));
    assert_eq!(bench.rtp_of(Side::Caller, public, 2, 2), forward(CALLEE));
    assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 9, 7), STRANGER);
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(public));
}

#[test]
fn after_the_window_not_even_a_forged_source_takes_over() {
    let mut bench = Bench::new();
    let phone = "203.0.113.50:61000";
    for number in 0..5 {
        bench.rtp_of(Side::Caller, phone, 1, number);
    }
    bench.pass(Duration::from_secs(4));
    assert_eq!(bench.rtp_of(Side::Caller, CALLER, 1, 9), STRANGER);
    assert_eq!(bench.rtp_of(Side::Caller, phone, 1, 10), forward(CALLEE));
}

#[test]
fn a_candidate_that_never_settles_does_not_keep_the_phone_out() {
    let mut bench = Bench::new();
    let phone = "203.0.113.50:61000";
    let mut heard = 0;
    for number in 0..400 {
        bench.rtp_of(Side::Caller, ATTACKER, 9, 7);
        if bench.rtp_of(Side::Caller, phone, 1, number) == forward(CALLEE) {
            heard += 1;
        }
        bench.pass(Duration::from_millis(20));
    }
    assert!(heard > 200, "{heard}");
    assert_eq!(bench.rtp(Side::Callee, CALLEE), forward(phone));
}

#[test]
fn a_repeated_sdp_does_not_open_the_side_again() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.connect(Side::Caller, CALLER);
    for number in 0..20 {
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, number), STRANGER);
    }
}

#[test]
fn reports_from_strangers_are_refused_and_move_nothing() {
    let mut bench = Bench::new();
    bench.rtp(Side::Caller, CALLER);
    bench.rtp(Side::Callee, CALLEE);
    assert_eq!(bench.rtcp(Side::Caller, ATTACKER), STRANGER);
    assert_eq!(
        bench.rtcp(Side::Callee, "192.0.2.2:5001"),
        forward("192.0.2.1:4001")
    );
    assert_eq!(
        bench.rtcp(Side::Caller, "192.0.2.1:4001"),
        forward("192.0.2.2:5001")
    );
    assert_eq!(bench.rtcp(Side::Caller, "192.0.2.1:9999"), STRANGER);
}

#[test]
fn without_symmetric_media_only_the_named_address_counts() {
    let config = RelayConfig {
        symmetric: false,
        ..RelayConfig::default()
    };
    let mut bench = Bench::with(config);
    for number in 0..50 {
        assert_eq!(
            bench.rtp_of(Side::Caller, "192.0.2.1:9", 1, number),
            STRANGER
        );
        assert_eq!(bench.rtp_of(Side::Caller, ATTACKER, 1, number), STRANGER);
    }
    assert_eq!(bench.rtp(Side::Caller, CALLER), forward(CALLEE));
}
