//! Headers read and written.

use crate::rtcp::is_rtcp;
use crate::rtp::{Glance, Packet, distance, glance};

fn packet(payload: &[u8]) -> Packet<'_> {
    Packet {
        payload_type: 101,
        marker: true,
        sequence: 65_535,
        timestamp: 0xdead_beef,
        ssrc: 0x0102_0304,
        payload,
    }
}

#[test]
fn what_is_written_is_read_again() {
    let written = packet(b"abc").write();
    assert_eq!(written.len(), 15);
    assert_eq!(Packet::read(&written), Some(packet(b"abc")));
    let seen = Glance {
        payload_type: 101,
        timestamp: 0xdead_beef,
        sequence: 65_535,
        ssrc: 0x0102_0304,
    };
    assert_eq!(glance(&written), Some(seen));
}

#[test]
fn padding_extension_and_contributing_sources_are_no_payload() {
    let mut bytes = packet(b"").write();
    bytes[0] = 0xb1;
    bytes.extend([0, 0, 0, 9]);
    bytes.extend([0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    bytes.extend(b"sound");
    bytes.extend([0, 0, 3]);
    assert_eq!(Packet::read(&bytes).unwrap().payload, b"sound");
}

#[test]
fn what_is_cut_off_or_of_another_version_is_not_read() {
    let written = packet(b"abc").write();
    for length in 0..12 {
        assert_eq!(Packet::read(&written[..length]), None);
        assert_eq!(glance(&written[..length]), None);
    }
    for first in [0x00, 0x40, 0xc0, 0x8f, 0x90] {
        let mut other = written.clone();
        other[0] = first;
        assert_eq!(Packet::read(&other), None, "{first:x}");
    }
}

#[test]
fn random_bytes_never_panic() {
    let mut state = 1_u64;
    for round in 0..100_000_usize {
        let mut bytes = [0u8; 64];
        for byte in &mut bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        bytes[0] = bytes[0] & 0x3f | 0x80;
        let bytes = &bytes[..round % 65];
        assert!(glance(bytes).is_some() || Packet::read(bytes).is_none());
        is_rtcp(bytes);
    }
}

#[test]
fn distances_go_the_shorter_way_around() {
    assert_eq!(distance(5, 3), 2);
    assert_eq!(distance(1, 65_535), 2);
    assert_eq!(distance(65_535, 1), -2);
}

#[test]
fn reports_are_told_from_media() {
    assert!(is_rtcp(&[0x80, 200, 0, 1, 0, 0, 0, 1]));
    assert!(!is_rtcp(&[0x80, 200, 0, 1, 0, 0, 0]));
    assert!(!is_rtcp(&packet(b"").write()));
    assert!(!is_rtcp(&[0, 200, 0, 1, 0, 0, 0, 1]));
}
