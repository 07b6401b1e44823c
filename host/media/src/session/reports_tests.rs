//! Reports passed on, reports of our own, and what they tell.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::codec::Encoding;
use crate::relay::{Kind, RelayConfig, Side, Verdict};
use crate::rtcp::report::{Block, Item, Sending, read, write};
use crate::rtp::Packet;
use crate::sdp::terms::{Format, Terms};
use crate::sdp::{Direction, RemoteMedia};
use crate::session::{Outbox, Session};
use crate::sound::playlist::{Item as Played, Player, Times};
use crate::sound::recording::Sound;

const CALLER: u32 = 11;

fn address(side: Side, kind: Kind) -> SocketAddr {
    let port = if side == Side::Caller { 1_000 } else { 2_000 };
    let port = port + u16::from(kind == Kind::Rtcp);
    SocketAddr::from(([192, 0, 2, 1], port))
}

struct Call {
    session: Session,
    now: Instant,
}

impl Call {
    fn new() -> Call {
        let now = Instant::now();
        let mut session = Session::new(now, RelayConfig::default(), 1);
        let mut terms = Terms::default();
        terms.push(Format {
            payload_type: 8,
            encoding: Encoding::Pcma,
        });
        for side in [Side::Caller, Side::Callee] {
            let remote = RemoteMedia {
                rtp: Some(address(side, Kind::Rtp)),
                rtcp: Some(address(side, Kind::Rtcp)),
                direction: Direction::SendRecv,
                signalling: None,
                terms,
            };
            session.set_remote(now, side, remote);
        }
        Call { session, now }
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
    }

    fn say(&mut self, sequence: u16) {
        let packet = Packet {
            payload_type: 8,
            marker: false,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc: CALLER,
            payload: &[0; 160],
        };
        let mut bytes = packet.write();
        let source = address(Side::Caller, Kind::Rtp);
        self.session
            .handle(self.now, Side::Caller, Kind::Rtp, source, &mut bytes);
    }

    fn report(&mut self, side: Side, sending: Option<Sending>, block: Option<Block>) -> Verdict {
        let mut bytes = Vec::new();
        write(CALLER, sending, block, "name", false, &mut bytes);
        let source = address(side, Kind::Rtcp);
        self.session
            .handle(self.now, side, Kind::Rtcp, source, &mut bytes)
    }

    /// Plays a second to the caller; what is sent to it.
    fn play(&mut self) -> usize {
        self.session.await_play(Side::Caller, 1);
        let item = Played::Sound(Sound::new(8_000, vec![0; 8_000]));
        let player = Player::new(vec![item], Times::Of(1));
        self.session.begin_play(Side::Caller, 1, player);
        let mut out = Outbox::default();
        while self.session.wants_ticks() {
            self.pass(20);
            self.session.tick(self.now, &mut out);
        }
        out.iter().count()
    }

    /// The reports to the caller of the next seconds.
    fn reports(&mut self, seconds: u64) -> Vec<Vec<u8>> {
        let mut out = Outbox::default();
        for _ in 0..seconds {
            self.pass(1_000);
            self.session.handle_timeout(self.now, &mut out);
        }
        let to = address(Side::Caller, Kind::Rtcp);
        let own = out.iter().filter(|packet| packet.kind == Kind::Rtcp);
        own.map(|packet| {
            assert_eq!((packet.side, packet.to), (Side::Caller, to));
            packet.bytes.to_vec()
        })
        .collect()
    }
}

fn items(packet: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    read(packet, &mut |item| items.push(item));
    items
}

fn sending(time: u64) -> Option<Sending> {
    Some(Sending {
        time,
        timestamp: 0,
        packets: 1,
        octets: 160,
    })
}

#[test]
fn in_a_relayed_call_reports_pass_and_tell_the_round_trip_of_who_answers_them() {
    let mut call = Call::new();
    let to = address(Side::Callee, Kind::Rtcp);
    let verdict = call.report(Side::Caller, sending(0x0000_1234_5678_0000), None);
    assert_eq!(verdict, Verdict::Forward(to));
    call.pass(150);
    let block = Block {
        ssrc: CALLER,
        last_report: 0x1234_5678,
        delay: 65_536 / 10,
        ..Block::default()
    };
    call.report(Side::Callee, None, Some(block));
    let round_trip = call.session.statistics().callee.round_trip_microseconds;
    assert!(
        (49_900..50_100).contains(&round_trip.unwrap()),
        "{round_trip:?}"
    );
    assert_eq!(
        call.session.statistics().caller.round_trip_microseconds,
        None
    );
    assert_eq!(call.reports(30), Vec::<Vec<u8>>::new(), "none of ours");
}

#[test]
fn losses_and_jitter_are_those_that_there_were_and_tell_in_the_opinion() {
    let mut good = Call::new();
    let mut bad = Call::new();
    for sequence in 0..1_000_u16 {
        good.pass(20);
        good.say(sequence);
        // Every twentieth is lost, every second is 10 ms late.
        let late = u64::from(sequence % 2) * 10;
        bad.pass(late);
        if sequence % 20 != 7 {
            bad.say(sequence);
        }
        bad.pass(20 - late);
    }
    let (good, bad) = (
        good.session.statistics().caller,
        bad.session.statistics().caller,
    );
    assert_eq!((good.lost, good.jitter_microseconds), (0, 0));
    assert!((435..442).contains(&good.opinion_hundredths.unwrap()));
    assert_eq!(bad.lost, 50);
    assert!(
        (9_000..10_500).contains(&bad.jitter_microseconds),
        "{bad:?}"
    );
    assert!(
        (340..400).contains(&bad.opinion_hundredths.unwrap()),
        "{bad:?}"
    );
}

#[test]
fn a_side_that_got_a_stream_of_ours_gets_reports_of_ours_and_a_good_bye() {
    let mut call = Call::new();
    for sequence in 0..100 {
        call.say(sequence);
    }
    let sent = call.play();
    let reports = call.reports(60);
    assert!((8..=20).contains(&reports.len()), "{}", reports.len());
    let [Item::Sender { ssrc, time }, Item::Block(block)] = items(&reports[0])[..] else {
        panic!("{:?}", items(&reports[0]));
    };
    assert_eq!((block.ssrc, block.highest, block.lost), (CALLER, 99, 0));
    let packets = u32::from_be_bytes(reports[0][20..24].try_into().unwrap());
    assert_eq!(packets, u32::try_from(sent).unwrap());
    assert!(
        matches!(items(&reports[1])[..], [Item::Block(_)]),
        "nothing was sent since"
    );
    let answer = Block {
        ssrc,
        last_report: time,
        delay: 0,
        ..Block::default()
    };
    assert_eq!(
        call.report(Side::Caller, None, Some(answer)),
        Verdict::Forward(address(Side::Callee, Kind::Rtcp))
    );
    assert!(
        call.session
            .statistics()
            .caller
            .round_trip_microseconds
            .is_some()
    );
    assert_eq!(
        call.report(Side::Callee, sending(5), None),
        Verdict::Taken,
        "the stream is ours"
    );
    let mut out = Outbox::default();
    call.session.end(call.now, &mut out);
    let good_bye = out.iter().next().unwrap();
    assert_eq!(
        good_bye.bytes[good_bye.bytes.len() - 8..][..4],
        [0x81, 203, 0, 1]
    );
    assert_eq!(out.iter().count(), 1);
}

#[test]
fn an_answer_that_fits_no_report_of_ours_tells_nothing() {
    let mut call = Call::new();
    call.report(Side::Caller, sending(0x0000_1234_5678_0000), None);
    for (last_report, delay) in [(0, 0), (1, 0), (0x1234_5678, u32::MAX)] {
        let block = Block {
            last_report,
            delay,
            ..Block::default()
        };
        call.report(Side::Callee, None, Some(block));
    }
    assert_eq!(
        call.session.statistics().callee.round_trip_microseconds,
        None
    );
}
