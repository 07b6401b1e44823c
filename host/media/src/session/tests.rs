//! Two sides of a call and what they hear of one another and of the switch.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::audio::digit::Event;
use crate::audio::tone::{Tone, amplitude};
use crate::codec::g711::Law;
use crate::codec::{Decoder, Encoder, Encoding, Parameters};
use crate::relay::{Kind, RelayConfig, Side, Verdict};
use crate::rtp::Packet;
use crate::sdp::terms::{Clocked, Format, Terms};
use crate::sdp::{Direction, RemoteMedia};
use crate::session::{Outbox, PlayOutcome, Session, SessionEvent};
use crate::sound::playlist::{Item, Player, Times};
use crate::sound::recording::Sound;
use crate::terminal::sender::Frame;

/// What a side gets: payload type, sequence number, timestamp, source, payload.
pub(super) type Got = (u8, u16, u32, u32, Vec<u8>);

pub(super) struct Call {
    pub(super) session: Session,
    pub(super) now: Instant,
    sent: HashMap<Side, u16>,
    pub(super) caller: Vec<Got>,
    pub(super) callee: Vec<Got>,
}

pub(super) fn terms(encodings: &[(u8, Encoding)], events: Option<u8>) -> Terms {
    let mut terms = Terms::default();
    for (payload_type, encoding) in encodings {
        terms.push(Format {
            payload_type: *payload_type,
            encoding: *encoding,
        });
    }
    terms.events = events.map(|payload_type| Clocked {
        payload_type,
        clock_rate: 8_000,
    });
    terms
}

pub(super) const MU: &[(u8, Encoding)] = &[(0, Encoding::Pcmu)];
pub(super) const A: &[(u8, Encoding)] = &[(8, Encoding::Pcma)];

pub(super) fn address(side: Side) -> SocketAddr {
    let port = if side == Side::Caller { 1_000 } else { 2_000 };
    SocketAddr::from(([192, 0, 2, 1], port))
}

impl Call {
    pub(super) fn new(caller: Option<Terms>, callee: Option<Terms>) -> Call {
        let now = Instant::now();
        let mut call = Call {
            session: Session::new(now, RelayConfig::default(), 5),
            now,
            sent: HashMap::new(),
            caller: Vec::new(),
            callee: Vec::new(),
        };
        for (side, terms) in [(Side::Caller, caller), (Side::Callee, callee)] {
            if let Some(terms) = terms {
                call.set(side, terms, Direction::SendRecv);
            }
        }
        call
    }

    pub(super) fn set(&mut self, side: Side, terms: Terms, direction: Direction) {
        let remote = RemoteMedia {
            rtp: Some(address(side)),
            rtcp: None,
            direction,
            signalling: None,
            terms,
        };
        self.session.set_remote(self.now, side, remote);
    }

    fn got(&mut self, side: Side, bytes: &[u8]) {
        let packet = Packet::read(bytes).unwrap();
        let got = (
            packet.payload_type,
            packet.sequence,
            packet.timestamp,
            packet.ssrc,
            packet.payload.to_vec(),
        );
        match side {
            Side::Caller => self.caller.push(got),
            Side::Callee => self.callee.push(got),
        }
    }

    /// A packet of a side, its number and time counted on.
    pub(super) fn say(&mut self, side: Side, payload_type: u8, payload: &[u8]) -> Verdict {
        let number = self.sent.entry(side).or_insert(0);
        *number += 1;
        let number = *number;
        self.send(side, payload_type, number, u32::from(number) * 160, payload)
    }

    fn send(
        &mut self,
        side: Side,
        payload_type: u8,
        sequence: u16,
        timestamp: u32,
        payload: &[u8],
    ) -> Verdict {
        let packet = Packet {
            payload_type,
            marker: false,
            sequence,
            timestamp,
            ssrc: if side == Side::Caller { 11 } else { 22 },
            payload,
        };
        let mut bytes = packet.write();
        let verdict = self
            .session
            .handle(self.now, side, Kind::Rtp, address(side), &mut bytes);
        if let Verdict::Forward(to) = verdict {
            assert_eq!(to, address(side.other()));
            self.got(side.other(), &bytes);
        }
        verdict
    }

    /// A key of a side: four packets and three ends.
    pub(super) fn press(&mut self, side: Side, payload_type: u8, key: char) {
        let timestamp = u32::from(self.sent.get(&side).copied().unwrap_or(0)) * 160 + 160;
        for step in 1..=7_u16 {
            let event = Event {
                number: Event::number_of(key).unwrap(),
                end: step > 4,
                duration: step.min(4) * 160,
            };
            let number = self.sent.entry(side).or_insert(0);
            *number += 1;
            let number = *number;
            self.send(side, payload_type, number, timestamp, &event.write());
            self.tick();
        }
    }

    pub(super) fn tick(&mut self) {
        self.now += Duration::from_millis(20);
        let mut out = Outbox::default();
        if self.session.wants_ticks() {
            self.session.tick(self.now, &mut out);
        }
        for packet in out.iter() {
            assert_eq!((packet.kind, packet.to), (Kind::Rtp, address(packet.side)));
            self.got(packet.side, packet.bytes);
        }
    }

    pub(super) fn ticks(&mut self, count: usize) {
        for _ in 0..count {
            self.tick();
        }
    }

    pub(super) fn play(&mut self, side: Side, play: u64, ms: u32) {
        self.session.await_play(side, play);
        let mut samples = vec![0; 8 * ms as usize];
        Tone::new(440.0, 8_000, 8_000.0).fill(&mut samples);
        let item = Item::Sound(Sound::new(8_000, samples));
        let player = Player::new(vec![item], Times::Of(1));
        assert!(self.session.begin_play(side, play, player));
    }

    pub(super) fn events(&mut self) -> Vec<SessionEvent> {
        std::iter::from_fn(|| self.session.poll_event()).collect()
    }
}

fn ended(side: Side, play: u64, outcome: PlayOutcome) -> SessionEvent {
    SessionEvent::PlayEnded {
        side,
        play,
        outcome,
    }
}

fn decoded(law: Law, got: &[Got]) -> Vec<i16> {
    let bytes = got.iter().flat_map(|got| &got.4);
    bytes.map(|byte| law.decode(*byte)).collect()
}

/// Every packet has the number after that of the one before it, the same source, and a later time.
fn is_one_stream(got: &[Got]) -> bool {
    got.windows(2).all(|pair| {
        pair[1].1 == pair[0].1.wrapping_add(1)
            && pair[1].3 == pair[0].3
            && pair[1].2.wrapping_sub(pair[0].2).cast_signed() > 0
    })
}

#[test]
fn sides_with_a_common_format_are_relayed_bit_by_bit_and_need_no_ticks() {
    let mut call = Call::new(Some(terms(MU, None)), Some(terms(MU, None)));
    for number in 0..10 {
        call.say(Side::Caller, 0, &[number; 160]);
    }
    assert!(!call.session.wants_ticks());
    for (number, got) in (0..).zip(&call.callee) {
        let sequence = u16::from(number) + 1;
        let expected = (
            0,
            sequence,
            u32::from(sequence) * 160,
            11,
            vec![number; 160],
        );
        assert_eq!(*got, expected);
    }
    assert_eq!(call.callee.len(), 10);
}

#[test]
fn payload_types_are_renumbered_where_the_sides_numbers_differ_and_unknown_ones_pass() {
    let caller = terms(&[(0, Encoding::Pcmu), (96, Encoding::Opus)], Some(101));
    let callee = terms(&[(0, Encoding::Pcmu), (111, Encoding::Opus)], Some(100));
    let mut call = Call::new(Some(caller), Some(callee));
    for payload_type in [0, 96, 101, 77] {
        call.say(Side::Caller, payload_type, b"1234");
    }
    let numbers: Vec<u8> = call.callee.iter().map(|got| got.0).collect();
    assert_eq!(numbers, [0, 111, 100, 77]);
}

#[test]
fn a_prompt_is_heard_whole_by_a_caller_alone() {
    let mut call = Call::new(Some(terms(A, None)), None);
    call.play(Side::Caller, 1, 1_000);
    assert_eq!(call.events(), []);
    call.ticks(60);
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 1, PlayOutcome::Completed)]
    );
    assert_eq!(call.caller.len(), 50);
    assert!(is_one_stream(&call.caller));
    assert!(
        call.caller
            .windows(2)
            .all(|pair| pair[1].2.wrapping_sub(pair[0].2) == 160)
    );
    let heard = decoded(Law::A, &call.caller);
    assert!(amplitude(&heard, 440.0, 8_000) > 7_900.0);
    assert!(!call.session.wants_ticks());
}

#[test]
fn while_a_prompt_is_played_the_other_side_is_not_heard_and_afterwards_it_is_again() {
    let mut call = Call::new(Some(terms(MU, None)), Some(terms(MU, None)));
    call.say(Side::Callee, 0, b"before");
    call.tick();
    call.play(Side::Caller, 1, 100);
    for _ in 0..5 {
        assert_eq!(call.say(Side::Callee, 0, b"meanwhile"), Verdict::Taken);
        call.tick();
    }
    call.say(Side::Callee, 0, b"after");
    assert!(is_one_stream(&call.caller), "{:?}", call.caller);
    let sound: Vec<&[u8]> = call.caller.iter().map(|got| got.4.as_slice()).collect();
    assert_eq!(
        (sound[0], sound[6], sound.len()),
        (&b"before"[..], &b"after"[..], 7)
    );
    call.say(Side::Caller, 0, b"the other way nothing changes");
    assert_eq!(call.callee.last().unwrap().3, 11);
}

#[test]
fn a_new_prompt_ends_the_old_one_and_each_end_is_told_once() {
    let mut call = Call::new(Some(terms(MU, None)), None);
    call.play(Side::Caller, 1, 1_000);
    call.ticks(3);
    call.play(Side::Caller, 2, 1_000);
    call.ticks(3);
    call.session.stop_play(Side::Caller);
    call.session.stop_play(Side::Caller);
    call.ticks(100);
    let expected = [1, 2].map(|play| ended(Side::Caller, play, PlayOutcome::Stopped));
    assert_eq!(call.events(), expected);
    assert_eq!(call.caller.len(), 6);
}

#[test]
fn what_arrives_after_it_was_given_up_is_not_played() {
    let mut call = Call::new(Some(terms(MU, None)), None);
    call.session.await_play(Side::Caller, 1);
    call.session.await_play(Side::Caller, 2);
    let player = || Player::new(Vec::new(), Times::Of(1));
    assert!(!call.session.begin_play(Side::Caller, 1, player()));
    assert!(!call.session.give_up_play(Side::Caller, 1));
    assert!(call.session.give_up_play(Side::Caller, 2));
    assert!(!call.session.begin_play(Side::Caller, 2, player()));
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 1, PlayOutcome::Stopped)]
    );
}

#[test]
fn a_side_on_hold_is_sent_nothing_and_the_prompt_goes_on_in_time() {
    let mut call = Call::new(None, None);
    call.set(Side::Caller, terms(MU, None), Direction::Inactive);
    call.play(Side::Caller, 1, 200);
    call.ticks(5);
    assert_eq!(call.caller, []);
    call.set(Side::Caller, terms(MU, None), Direction::SendRecv);
    call.ticks(10);
    assert_eq!(call.caller.len(), 5);
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 1, PlayOutcome::Completed)]
    );
}

#[test]
fn a_side_without_a_format_that_can_be_encoded_is_told_of() {
    let mut call = Call::new(Some(Terms::default()), None);
    call.session.await_play(Side::Caller, 1);
    let player = Player::new(Vec::new(), Times::Endless);
    assert!(call.session.begin_play(Side::Caller, 1, player));
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 1, PlayOutcome::NoFormat)]
    );
    call.session
        .send_keys(Side::Caller, "1", Duration::from_millis(100));
    assert_eq!(
        call.events(),
        [SessionEvent::KeysSent { side: Side::Caller }]
    );
}

#[test]
fn keys_are_told_to_who_listens_during_a_prompt_and_in_a_relayed_call() {
    let both = || Some(terms(MU, Some(101)));
    let mut call = Call::new(both(), both());
    call.press(Side::Caller, 101, '1');
    assert_eq!(call.events(), []);
    call.session.listen(Side::Caller, true);
    call.press(Side::Caller, 101, '2');
    call.play(Side::Caller, 1, 1_000);
    call.press(Side::Caller, 101, '#');
    call.press(Side::Callee, 101, '9');
    call.session.listen(Side::Caller, false);
    call.press(Side::Caller, 101, '3');
    let expected = ['2', '#'].map(|key| SessionEvent::Key {
        side: Side::Caller,
        key,
    });
    assert_eq!(call.events(), expected);
    let events = call.callee.iter().filter(|got| got.0 == 101).count();
    assert_eq!(
        events,
        4 * 7,
        "the called side gets all of them as they are"
    );
}

#[test]
fn sides_without_a_common_format_hear_one_another_all_the_same() {
    let mut call = Call::new(Some(terms(MU, None)), Some(terms(A, None)));
    let mut tones = [
        Tone::new(440.0, 8_000, 8_000.0),
        Tone::new(1_000.0, 8_000, 8_000.0),
    ];
    for _ in 0..100 {
        for (side, law, payload_type, tone) in
            [(Side::Caller, Law::Mu, 0, 0), (Side::Callee, Law::A, 8, 1)]
        {
            let mut samples = [0; 160];
            tones[tone].fill(&mut samples);
            let payload: Vec<u8> = samples.iter().map(|sample| law.encode(*sample)).collect();
            assert_eq!(call.say(side, payload_type, &payload), Verdict::Taken);
        }
        call.tick();
    }
    for (got, law, payload_type, hertz) in [
        (&call.caller, Law::Mu, 0, 1_000.0),
        (&call.callee, Law::A, 8, 440.0),
    ] {
        assert!(got.len() >= 97, "{}", got.len());
        assert!(is_one_stream(got));
        assert!(got.iter().all(|got| got.0 == payload_type));
        assert!(amplitude(&decoded(law, &got[5..]), hertz, 8_000) > 7_800.0);
    }
    assert!(call.session.wants_ticks());
    call.ticks(100);
    assert!(call.caller.len() < 160, "silence is not sent for ever");
}

#[test]
fn a_call_whose_formats_become_common_is_relayed_again() {
    let mut call = Call::new(Some(terms(MU, None)), Some(terms(A, None)));
    for _ in 0..5 {
        call.say(Side::Caller, 0, &[0xff; 160]);
        call.tick();
    }
    call.set(Side::Callee, terms(MU, None), Direction::SendRecv);
    call.say(Side::Caller, 0, b"bit by bit");
    assert_eq!(call.callee.last().unwrap().4, b"bit by bit");
    assert!(is_one_stream(&call.callee));
    call.tick();
    assert!(!call.session.wants_ticks());
}

#[test]
fn keys_are_sent_as_events_with_one_timestamp_each_and_audio_goes_on() {
    let mut call = Call::new(Some(terms(MU, Some(101))), Some(terms(MU, None)));
    call.say(Side::Callee, 0, b"before");
    call.session
        .send_keys(Side::Caller, "4*", Duration::from_millis(80));
    for _ in 0..30 {
        call.say(Side::Callee, 0, b"sound");
        call.tick();
    }
    assert_eq!(
        call.events(),
        [SessionEvent::KeysSent { side: Side::Caller }]
    );
    let events: Vec<(Event, u32)> = call
        .caller
        .iter()
        .filter(|got| got.0 == 101)
        .map(|got| (Event::read(&got.4).unwrap(), got.2))
        .collect();
    let numbers: Vec<u8> = events.iter().map(|(event, _)| event.number).collect();
    assert_eq!(numbers, [[4; 7], [10; 7]].concat());
    let durations: Vec<(u16, bool)> = events
        .iter()
        .take(7)
        .map(|(event, _)| (event.duration, event.end))
        .collect();
    let ends = [(640, true); 3];
    let expected = [
        &[(160, false), (320, false), (480, false), (640, false)],
        &ends[..],
    ]
    .concat();
    assert_eq!(durations, expected);
    assert!(
        events[..7]
            .iter()
            .all(|(_, timestamp)| *timestamp == events[0].1)
    );
    assert_eq!(events[7].1.wrapping_sub(events[0].1), 9 * 160);
    let numbers: Vec<u16> = call.caller.iter().map(|got| got.1).collect();
    assert!(
        numbers
            .windows(2)
            .all(|pair| pair[1] == pair[0].wrapping_add(1))
    );
    assert_eq!(call.caller.last().unwrap().4, b"sound");
}

#[test]
fn a_side_without_events_hears_keys_as_tones_sent_by_us_or_pressed_by_the_other_side() {
    let mut call = Call::new(Some(terms(MU, Some(101))), Some(terms(MU, None)));
    let is_a_five = |got: &[Got]| {
        let heard = decoded(Law::Mu, got);
        let level = |hertz| amplitude(&heard, hertz, 8_000);
        level(770.0) > 2_000.0 && level(1_336.0) > 2_000.0 && level(697.0) < 500.0
    };
    call.session
        .send_keys(Side::Callee, "5", Duration::from_millis(200));
    call.ticks(20);
    assert!(is_a_five(&call.callee[..10]), "{}", call.callee.len());
    call.callee.clear();
    call.press(Side::Caller, 101, '5');
    call.ticks(10);
    assert!(call.callee.iter().all(|got| got.0 == 0));
    assert!(is_a_five(&call.callee[..4]), "{}", call.callee.len());
    call.say(Side::Caller, 0, b"sound");
    assert_eq!(call.callee.last().unwrap().4, b"sound");
}

#[test]
fn a_key_of_a_transcoded_call_is_an_event_on_the_other_side_even_if_its_end_is_lost() {
    let mut call = Call::new(Some(terms(MU, Some(101))), Some(terms(A, Some(96))));
    for _ in 0..10 {
        call.say(Side::Caller, 0, &[0xff; 160]);
        call.tick();
    }
    call.press(Side::Caller, 101, '8');
    let lost = Event {
        number: 9,
        end: false,
        duration: 160,
    };
    call.send(Side::Caller, 101, 100, 99_999, &lost.write());
    call.ticks(40);
    let events: Vec<Event> = call
        .callee
        .iter()
        .filter(|got| got.0 == 96)
        .map(|got| Event::read(&got.4).unwrap())
        .collect();
    for number in [8, 9] {
        let own: Vec<&Event> = events
            .iter()
            .filter(|event| event.number == number)
            .collect();
        assert_eq!(own.iter().filter(|event| event.end).count(), 3);
        assert!(own.last().unwrap().duration <= 3_200);
    }
}

#[test]
fn keys_of_one_side_of_a_supervised_call_reach_the_other() {
    let both = || Some(terms(MU, Some(101)));
    let mut call = Call::new(both(), both());
    for side in [Side::Caller, Side::Callee] {
        call.session.enter_room(side);
    }
    call.press(Side::Caller, 101, '4');
    for _ in 0..20 {
        let mut out = Outbox::default();
        let now = call.now;
        call.session
            .feed_room(now, Side::Callee, Frame::Payload(b"mixed"), &mut out);
        for packet in out.iter() {
            call.got(packet.side, packet.bytes);
        }
        call.tick();
    }
    let events = call.callee.iter().filter(|got| got.0 == 101);
    let ends = events.filter(|got| Event::read(&got.4).is_some_and(|event| event.end));
    assert_eq!(ends.count(), 3);
    assert_eq!(call.callee.last().unwrap().4, b"mixed");
}

#[test]
fn a_member_of_a_room_is_heard_by_the_room_alone_and_hears_what_that_feeds_it() {
    let both = || Some(terms(MU, Some(101)));
    let mut call = Call::new(both(), both());
    call.say(Side::Callee, 0, b"before");
    call.play(Side::Caller, 1, 1_000);
    call.session.enter_room(Side::Caller);
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 1, PlayOutcome::Stopped)]
    );
    call.session.listen(Side::Caller, true);
    assert_eq!(
        call.session.room_encoding(Side::Caller),
        Some(Encoding::Pcmu)
    );
    let loud = [Law::Mu.encode(1_000); 160];
    let mut said = Vec::new();
    for _ in 0..10 {
        assert_eq!(call.say(Side::Caller, 0, &loud), Verdict::Taken);
        assert_eq!(call.say(Side::Callee, 0, b"unheard"), Verdict::Taken);
        call.tick();
        let mut frame = [0; 160];
        call.session.room_frame(Side::Caller, 8_000, &mut frame);
        said.extend(frame);
        let mut out = Outbox::default();
        let now = call.now;
        call.session
            .feed_room(now, Side::Caller, Frame::Payload(b"mixed"), &mut out);
        call.session
            .feed_room(now, Side::Callee, Frame::Payload(b"not in it"), &mut out);
        for packet in out.iter() {
            call.got(packet.side, packet.bytes);
        }
    }
    assert!(
        said[320..]
            .iter()
            .all(|sample| (900..1_100).contains(sample))
    );
    assert_eq!(call.caller.len(), 11);
    assert!(is_one_stream(&call.caller));
    assert_eq!(call.callee, []);
    call.press(Side::Caller, 101, '4');
    let key = SessionEvent::Key {
        side: Side::Caller,
        key: '4',
    };
    assert_eq!(call.events(), [key]);
    call.session.leave_room(Side::Caller);
    call.say(Side::Callee, 0, b"after");
    assert_eq!(call.caller.last().unwrap().4, b"after");
}

#[test]
fn what_is_played_to_a_member_alone_comes_in_place_of_the_room_and_ends_with_the_room() {
    let both = || Some(terms(MU, Some(101)));
    let mut call = Call::new(both(), both());
    call.session.enter_room(Side::Caller);
    call.play(Side::Caller, 2, 60);
    for _ in 0..5 {
        call.tick();
        let mut out = Outbox::default();
        let now = call.now;
        call.session
            .feed_room(now, Side::Caller, Frame::Payload(b"mixed"), &mut out);
        for packet in out.iter() {
            call.got(packet.side, packet.bytes);
        }
    }
    let mixed: Vec<bool> = call.caller.iter().map(|got| got.4 == b"mixed").collect();
    assert_eq!(mixed.iter().filter(|mixed| !**mixed).count(), 3);
    assert_eq!(mixed.last(), Some(&true));
    assert_eq!(
        call.events(),
        [ended(Side::Caller, 2, PlayOutcome::Completed)]
    );
    assert!(is_one_stream(&call.caller));
}

#[test]
fn every_pair_of_encodings_that_can_be_encoded_is_heard_across() {
    let available: Vec<Encoding> = Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_available())
        .collect();
    let number = |encoding: Encoding| encoding.payload_type().unwrap_or(96);
    for from in &available {
        for to in available.iter().filter(|to| *to != from) {
            let side = |encoding: &Encoding| terms(&[(number(*encoding), *encoding)], None);
            let mut call = Call::new(Some(side(from)), Some(side(to)));
            let rate = from.sample_rate();
            let mut encoder = Encoder::new(*from, rate, &Parameters::default()).unwrap();
            let mut tone = Tone::new(440.0, rate, 8_000.0);
            for sequence in 1..100_u16 {
                let mut samples = vec![0; rate as usize / 50];
                tone.fill(&mut samples);
                let mut payload = Vec::new();
                encoder.encode(&samples, &mut payload).unwrap();
                let timestamp = u32::from(sequence) * from.clock_rate() / 50;
                call.send(Side::Caller, number(*from), sequence, timestamp, &payload);
                call.tick();
            }
            assert!(
                call.callee.len() > 94,
                "{from:?} {to:?} {}",
                call.callee.len()
            );
            assert!(is_one_stream(&call.callee));
            let rate = to.sample_rate();
            let mut decoder = Decoder::new(*to, rate).unwrap();
            let mut heard = Vec::new();
            for got in &call.callee {
                assert_eq!(got.0, number(*to));
                decoder.decode(&got.4, &mut heard).unwrap();
            }
            let level = amplitude(&heard[rate as usize / 2..], 440.0, rate);
            assert!(
                (6_500.0..9_500.0).contains(&level),
                "{from:?} {to:?} {level}"
            );
        }
    }
}
