//! Strangers at a session that plays, listens and encodes anew: they are neither heard nor answered. And a side of the call itself that sends
//! whatever it likes.

use std::net::SocketAddr;

use crate::audio::digit::Event;
use crate::chance::Chance;
use crate::codec::Encoding;
use crate::relay::{DropReason, Kind, Side, Verdict};
use crate::rtcp::report::{Block, write};
use crate::rtp::Packet;
use crate::session::Outbox;
use crate::session::tests::{A, Call, MU, address, terms};

const STRANGER: Verdict = Verdict::Drop(DropReason::Stranger);

fn attacker() -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 66], 6_666))
}

/// A loud packet of a stranger that otherwise looks like the next one of the side.
fn inject(call: &mut Call, side: Side, payload_type: u8, number: u16, payload: &[u8]) -> Verdict {
    let packet = Packet {
        payload_type,
        marker: false,
        sequence: number,
        timestamp: u32::from(number) * 160,
        ssrc: if side == Side::Caller { 11 } else { 22 },
        payload,
    };
    let now = call.now;
    let mut bytes = packet.write();
    call.session
        .handle(now, side, Kind::Rtp, attacker(), &mut bytes)
}

/// A call in which both sides speak and are encoded anew, with a stranger or without.
fn transcoded(attacked: bool) -> Call {
    let mut call = Call::new(Some(terms(MU, Some(101))), Some(terms(A, Some(101))));
    for number in 1..200_u16 {
        call.say(Side::Caller, 0, &[0xd5; 160]);
        call.say(Side::Callee, 8, &[0x55; 160]);
        if attacked {
            for side in [Side::Caller, Side::Callee] {
                for payload_type in [0, 8] {
                    let verdict = inject(&mut call, side, payload_type, number + 1, &[0x2a; 160]);
                    assert_eq!(verdict, STRANGER);
                }
            }
        }
        call.tick();
    }
    call
}

#[test]
fn a_stranger_changes_nothing_of_what_a_transcoded_call_sounds_like() {
    let (alone, attacked) = (transcoded(false), transcoded(true));
    assert!(alone.callee.len() > 190);
    assert_eq!(alone.callee, attacked.callee);
    assert_eq!(alone.caller, attacked.caller);
    assert_eq!(attacked.session.statistics().caller.refused, 398);
}

#[test]
fn a_strangers_keys_are_not_heard_and_a_prompt_is_not_sent_to_it() {
    let mut call = Call::new(Some(terms(MU, Some(101))), None);
    call.say(Side::Caller, 0, &[0xff; 160]);
    call.session.listen(Side::Caller, true);
    call.play(Side::Caller, 1, 1_000);
    for number in 2..100 {
        let key = Event {
            number: 1,
            end: false,
            duration: 160,
        };
        assert_eq!(
            inject(&mut call, Side::Caller, 101, number, &key.write()),
            STRANGER
        );
        // Where packets go is looked at in each tick.
        call.tick();
    }
    assert_eq!(call.caller.len(), 50);
    assert_eq!(call.events().len(), 1, "the end of the prompt and no key");
}

#[test]
fn a_strangers_reports_say_nothing() {
    let mut call = Call::new(Some(terms(MU, None)), None);
    call.say(Side::Caller, 0, &[0xff; 160]);
    call.play(Side::Caller, 1, 100);
    call.ticks(10);
    for last_report in 0..1_000 {
        let block = Block {
            last_report,
            ..Block::default()
        };
        let mut bytes = Vec::new();
        write(9, None, Some(block), "evil", true, &mut bytes);
        let now = call.now;
        let verdict = call
            .session
            .handle(now, Side::Caller, Kind::Rtcp, attacker(), &mut bytes);
        assert_eq!(verdict, STRANGER);
    }
    assert_eq!(
        call.session.statistics().caller.round_trip_microseconds,
        None
    );
}

#[test]
fn whatever_a_side_sends_never_panics_and_never_makes_more_than_its_share() {
    let mut chance = Chance::new(9);
    let caller = terms(
        &[
            (0, Encoding::Pcmu),
            (9, Encoding::G722),
            (96, Encoding::Opus),
        ],
        Some(101),
    );
    let mut call = Call::new(Some(caller), Some(terms(A, None)));
    call.session.listen(Side::Caller, true);
    let mut made = 0;
    for _ in 0..20_000 {
        for side in [Side::Caller, Side::Callee] {
            let length = chance.next_u64() % 200;
            let mut bytes: Vec<u8> = (0..length).map(|_| chance.next_u64() as u8).collect();
            let kind = if chance.next_u64().is_multiple_of(8) {
                Kind::Rtcp
            } else {
                Kind::Rtp
            };
            if let [first, second, ..] = bytes.as_mut_slice() {
                *first = *first & 0x3f | 0x80;
                let types = [0, 8, 9, 96, 101, 13, 200, 201];
                *second = types[usize::from(*second) % types.len()];
            }
            if let Some(source) = bytes.get_mut(8..12) {
                source.fill(1);
            }
            let mut source = address(side);
            if kind == Kind::Rtcp {
                source.set_port(source.port() + 1);
            }
            let now = call.now;
            call.session.handle(now, side, kind, source, &mut bytes);
        }
        call.now += std::time::Duration::from_millis(20);
        let mut out = Outbox::default();
        if call.session.wants_ticks() {
            let now = call.now;
            call.session.tick(now, &mut out);
        }
        assert!(
            out.iter().count() <= 2,
            "one packet for each side in a tick"
        );
        made += out.iter().count();
        while call.session.poll_event().is_some() {}
    }
    assert!(made > 1_000);
}
