//! Reports written and read, and what is no report.

use crate::chance::Chance;
use crate::rtcp::is_rtcp;
use crate::rtcp::report::{Block, Item, Sending, read, write};

const BLOCK: Block = Block {
    ssrc: 7,
    fraction_lost: 12,
    lost: -3,
    highest: 0x0001_ffff,
    jitter: 99,
    last_report: 0xdead_beef,
    delay: 65_536,
};
const SENDING: Sending = Sending {
    time: 0x0123_4567_89ab_cdef,
    timestamp: 5,
    packets: 6,
    octets: 7,
};

fn items(packet: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    read(packet, &mut |item| items.push(item));
    items
}

#[test]
fn what_is_written_is_read_again() {
    for (sending, block, bye, length) in [
        (Some(SENDING), Some(BLOCK), false, 28 + 24 + 16),
        (Some(SENDING), None, true, 28 + 16 + 8),
        (None, Some(BLOCK), false, 8 + 24 + 16),
        (None, None, true, 8 + 16 + 8),
    ] {
        let mut packet = Vec::new();
        write(42, sending, block, "a@b.c", bye, &mut packet);
        assert!(is_rtcp(&packet));
        assert_eq!(packet.len(), length);
        let sender = sending.map(|_| Item::Sender {
            ssrc: 42,
            time: 0x4567_89ab,
        });
        let expected: Vec<Item> = sender.into_iter().chain(block.map(Item::Block)).collect();
        assert_eq!(items(&packet), expected);
    }
}

#[test]
fn the_canonical_name_stands_in_the_description_and_ends_with_a_zero() {
    let mut packet = Vec::new();
    write(1, None, None, "name", false, &mut packet);
    assert_eq!(
        packet[8..],
        *b"\x81\xca\x00\x03\x00\x00\x00\x01\x01\x04name\x00\x00"
    );
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes() {
    let mut packet = Vec::new();
    write(42, Some(SENDING), Some(BLOCK), "name", true, &mut packet);
    for length in 0..packet.len() {
        assert!(items(&packet[..length]).len() <= 2);
    }
    packet[0] = 0x9f;
    assert_eq!(items(&packet).len(), 2, "it claims 31 blocks and has one");
}

#[test]
fn random_bytes_never_panic() {
    let mut chance = Chance::new(3);
    for _ in 0..20_000 {
        let mut packet: Vec<u8> = (0..chance.next_u64() % 120)
            .map(|_| chance.next_u64() as u8)
            .collect();
        if let [first, kind, ..] = packet.as_mut_slice() {
            *first |= 0x80;
            *kind = 200 + *kind % 4;
        }
        assert!(items(&packet).len() < 40);
    }
}
