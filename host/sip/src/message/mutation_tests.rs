//! Mutated messages: whatever arrives, nothing panics, and what is accepted has all that a message needs. The generator is
//! seeded, so a failure comes again. More of the same without end: the fuzz target `message`.

use std::net::SocketAddr;

use crate::build::{Builder, stamp_via};
use crate::framing::Framer;
use crate::message::header_name::HeaderName;
use crate::message::received::Message;
use crate::message::reject::reject;
use crate::message::{quirks_tests, torture_tests};
use crate::overload::reject_statelessly;

/// Enough to find slips within a second or two in a debug build.
const ROUNDS: usize = 20_000;

/// xorshift64*: chance that is the same at every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// What a change is made of: bytes with a meaning somewhere in the grammar.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\r\n ",
    b"\r\n\r\n",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"@",
    b"?",
    b"=",
    b"%",
    b"%4",
    b"%00",
    b"[",
    b"]",
    b"::",
    b"/",
    b"*",
    b"\0",
    b"\xff",
    b"\xc3\xa9",
    b"SIP/2.0",
    b"sip:",
    b"tel:",
    b"Via: ",
    b"To: ",
    b"Content-Length: ",
    b"18446744073709551615",
    b"-1",
    b"4294967296",
    b"65536",
    b";tag=",
    b";rport",
    b"z9hG4bK",
];

fn seeds() -> Vec<Vec<u8>> {
    let torture = concat!(env!("CARGO_MANIFEST_DIR"), "/src/message/torture");
    let mut files: Vec<_> = [torture, quirks_tests::folder()]
        .into_iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn mutate(seed: &[u8], seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(12)).min(bytes.len());
        match chance.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 if at < bytes.len() => bytes[at] = chance.next() as u8,
            3 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            4 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let piece = &other[from..(from + chance.below(80)).min(other.len())];
                drop(bytes.splice(at..end, piece.iter().copied()));
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
        }
    }
    bytes
}

/// Touches every view of the message.
fn read_everything(message: &Message) -> usize {
    let fields = message.fields();
    let mut length = fields.call_id().len() + fields.body().len();
    for via in fields.vias().filter_map(Result::ok) {
        length += via.host().len() + via.transport().len() + via.branch().map_or(0, str::len);
        length += usize::from(via.received().is_some()) + usize::from(via.rport().is_some());
    }
    let addresses = fields
        .contacts()
        .chain(fields.routes())
        .chain(fields.record_routes());
    for address in addresses
        .filter_map(Result::ok)
        .chain([fields.from(), fields.to()])
    {
        let uri = address.uri();
        length += address.display_name().map_or(0, |name| name.len());
        length += uri.user().map_or(0, |user| user.len()) + uri.host().len();
        length +=
            uri.headers().count() + uri.params().iter().count() + address.params().iter().count();
        length += usize::from(address.q_thousandths()) + address.expires().unwrap_or(0) as usize;
        assert!(uri.equivalent(&uri), "{uri}");
    }
    for (name, _) in fields.all_fields() {
        length += fields.headers(name).map(|value| value.len()).sum::<usize>();
    }
    length
}

fn check(bytes: &[u8], source: SocketAddr) -> bool {
    let _ = reject_statelessly(bytes, source, 503, "Service Unavailable", 5);
    let mut framer = Framer::new();
    framer.push(bytes);
    while let Some(Ok(_)) = framer.next() {}
    match Message::parse(bytes) {
        Err(error) => {
            if let Some(answer) = reject(bytes, &error, source) {
                assert!(answer.starts_with(b"SIP/2.0 "));
                assert!(answer.ends_with(b"\r\n\r\n"));
            }
            false
        }
        Ok(Message::Request(mut request)) => {
            stamp_via(&mut request, source);
            read_everything(&Message::Request(request.clone()));
            let answer = Builder::response_to(&request, 200, None, Some("t")).finish();
            let Ok(Message::Response(answer)) = Message::parse(&answer) else {
                panic!("{request:?} is answered with {answer:?}");
            };
            assert_eq!(answer.call_id(), request.call_id());
            assert_eq!(answer.cseq(), request.cseq());
            assert_eq!(answer.from().tag(), request.from().tag());
            assert!(answer.to().tag().is_some());
            assert_eq!(answer.via().branch(), request.via().branch());
            assert_eq!(answer.vias().count(), request.vias().count());
            true
        }
        Ok(message @ Message::Response(_)) => {
            read_everything(&message);
            true
        }
    }
}

#[test]
fn no_mutated_message_panics_and_every_accepted_one_can_be_answered() {
    let seeds = seeds();
    let source = "192.0.2.200:5071".parse().unwrap();
    let mut chance = Chance(0x5157_1c4b_0000_0001);
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let bytes = mutate(&seeds[round % seeds.len()], &seeds, &mut chance);
        accepted += usize::from(check(&bytes, source));
    }
    // Otherwise the mutations are too coarse to reach the views.
    assert!(accepted > ROUNDS / 10, "{accepted}");
    assert!(accepted < ROUNDS, "{accepted}");
}

#[test]
fn no_prefix_of_a_torture_message_panics() {
    let source = "[2001:db8::1]:5060".parse().unwrap();
    for name in ["wsinv", "intmeth", "longreq", "mpart01", "quotbal"] {
        let bytes = torture_tests::torture(name);
        for end in 0..bytes.len() {
            check(&bytes[..end], source);
        }
    }
}

#[test]
fn every_name_is_found_under_its_own_number() {
    for (name, _) in [("Via", 0), ("WWW-Authenticate", 0), ("x-unknown", 0)] {
        assert_eq!(HeaderName::from_name(name).as_str(), name);
    }
}
