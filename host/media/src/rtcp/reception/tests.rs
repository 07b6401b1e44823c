//! Losses and jitter of streams for which they are known.

use std::time::Duration;

use crate::rtcp::reception::Reception;
use crate::rtp::Glance;

fn hear(reception: &mut Reception, ms: u64, number: u32, ssrc: u32) {
    let glance = Glance {
        payload_type: 0,
        sequence: number as u16,
        timestamp: number.wrapping_mul(160),
        ssrc,
    };
    reception.hear(Duration::from_millis(ms), glance, Some(8_000));
}

#[test]
fn every_tenth_packet_lost_is_a_tenth_lost_over_the_wrap_too() {
    let mut reception = Reception::default();
    for number in 65_000..66_001_u32 {
        if number % 10 != 5 {
            hear(&mut reception, u64::from(number) * 20, number, 1);
        }
    }
    assert_eq!(reception.lost(), 100);
    assert_eq!(reception.jitter(), Duration::ZERO);
    let block = reception.block(Duration::from_secs(1)).unwrap();
    assert_eq!(
        (block.lost, block.fraction_lost, block.highest),
        (100, 25, 66_000)
    );
    let again = reception.block(Duration::from_secs(2)).unwrap();
    assert_eq!((again.lost, again.fraction_lost), (100, 0));
}

#[test]
fn packets_that_are_late_by_turns_have_that_as_their_jitter() {
    let mut reception = Reception::default();
    for number in 0..1_000_u32 {
        let late = u64::from(number % 2) * 10;
        hear(&mut reception, u64::from(number) * 20 + late, number, 1);
    }
    let jitter = reception.jitter();
    let expected = Duration::from_micros(9_800)..Duration::from_micros(10_200);
    assert!(expected.contains(&jitter), "{jitter:?}");
}

#[test]
fn reordering_is_no_loss_and_a_new_source_loses_nothing() {
    let mut reception = Reception::default();
    for number in [1, 2, 4, 3, 5] {
        hear(&mut reception, u64::from(number) * 20, number, 1);
    }
    assert_eq!(reception.lost(), 0);
    hear(&mut reception, 200, 9, 1);
    assert_eq!(reception.lost(), 3);
    hear(&mut reception, 220, 40_000, 1);
    hear(&mut reception, 240, 7, 2);
    hear(&mut reception, 260, 8, 2);
    assert_eq!(reception.lost(), 3, "what the source before had lost");
}

#[test]
fn a_block_says_how_long_ago_the_last_report_came() {
    let mut reception = Reception::default();
    assert_eq!(reception.block(Duration::ZERO), None);
    hear(&mut reception, 0, 1, 9);
    reception.note_report(Duration::from_secs(1), 0xabcd);
    let block = reception.block(Duration::from_millis(2_500)).unwrap();
    assert_eq!(
        (block.ssrc, block.last_report, block.delay),
        (9, 0xabcd, 65_536 * 3 / 2)
    );
}
