//! Rooms on real sockets: who hears whom, across the media threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use switchhook_call::input::Input;
use switchhook_call::keys::{MediaPorts, SessionId};
use switchhook_call::media_command::{Joining, MediaEvent, Membership, RoomName, SideOrder};
use switchhook_media::audio::tone::{Tone, amplitude};
use switchhook_media::codec::g711::Law;
use switchhook_media::relay::Side;

use crate::media_shell::tests::{Bench, DEADLINE, Phone, V4, config, free_range};

/// A phone with a tone of its own, and the side that it is.
struct Talker {
    phone: Phone,
    ports: MediaPorts,
    place: (SessionId, Side),
    tone: Tone,
    heard: Vec<i16>,
}

const HERTZ: [f64; 4] = [500.0, 700.0, 1_100.0, 1_300.0];

fn talkers(bench: &Bench, sessions: u64) -> Vec<Talker> {
    bench.want(false, sessions as usize * 2);
    let ports = bench.granted(sessions as usize * 2);
    let mut talkers = Vec::new();
    for (number, pair) in (1..).zip(ports.chunks(2)) {
        let session = bench.open(number, pair[0], pair[1]);
        for (side, ports) in [(Side::Caller, pair[0]), (Side::Callee, pair[1])] {
            let phone = Phone::new(V4);
            bench.set(session, side, &phone);
            talkers.push(Talker {
                phone,
                ports,
                place: (session, side),
                tone: Tone::new(0.0, 8_000, 0.0),
                heard: Vec::new(),
            });
        }
        bench.settle(session);
    }
    talkers
}

/// The callers alone, each with a tone.
fn callers(bench: &Bench, count: u64) -> Vec<Talker> {
    let mut callers = talkers(bench, count);
    callers.retain(|talker| talker.place.1 == Side::Caller);
    give_tones(&mut callers);
    callers
}

fn give_tones(talkers: &mut [Talker]) {
    for (talker, hertz) in talkers.iter_mut().zip(HERTZ) {
        talker.tone = Tone::new(hertz, 8_000, 3_000.0);
    }
}

fn join(bench: &Bench, talker: &Talker, room: RoomName, membership: Membership) {
    let joining = Joining {
        domain: Arc::from("example.com"),
        room,
        membership,
        music: None,
        entry: None,
        exit: None,
    };
    let (session, side) = talker.place;
    bench.order(session, side, SideOrder::Join(Box::new(joining)));
}

fn daily() -> RoomName {
    RoomName::Conference("daily".to_owned())
}

/// All talk for a while; afterwards each has in `heard` what it heard.
fn talk(talkers: &mut [Talker], length: Duration) {
    let begun = Instant::now();
    let mut frames = 0;
    while begun.elapsed() < length {
        for talker in &mut *talkers {
            let mut samples = [0; 160];
            talker.tone.fill(&mut samples);
            let sound = samples.map(|sample| Law::Mu.encode(sample));
            talker.phone.say(talker.ports, &sound);
        }
        frames += 1;
        let next = begun + Duration::from_millis(20) * frames;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        for talker in &mut *talkers {
            for payload in talker.phone.heard() {
                talker
                    .heard
                    .extend(payload.iter().map(|byte| Law::Mu.decode(*byte)));
            }
        }
    }
}

/// Who hears whom in the last second and a half of two: a row each, of those with tones.
fn who_hears(talkers: &mut [Talker]) -> Vec<Vec<bool>> {
    for talker in &mut *talkers {
        talker.heard.clear();
    }
    talk(talkers, Duration::from_secs(2));
    let count = talkers.len();
    let hears = |talker: &Talker| {
        let settled = talker.heard.get(4_000..).unwrap_or_default();
        let level = |hertz: &f64| amplitude(settled, *hertz, 8_000);
        HERTZ[..count]
            .iter()
            .map(|hertz| level(hertz) > 1_000.0)
            .collect()
    };
    talkers.iter().map(hears).collect()
}

fn left(bench: &Bench) -> (SessionId, Side) {
    loop {
        match bench.inputs.recv_timeout(DEADLINE).unwrap() {
            Input::Media {
                session,
                event: MediaEvent::RoomLeft { side },
            } => return (session, side),
            Input::Media {
                event: MediaEvent::Closed(_),
                ..
            } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn members_from_all_threads_hear_exactly_the_others() {
    let bench = Bench::start(config(free_range(8), 8));
    let mut callers = callers(&bench, 4);
    for caller in &callers {
        join(&bench, caller, daily(), Membership::default());
    }
    let all = |of: usize| (0..4).map(|other| other != of).collect::<Vec<_>>();
    assert_eq!(who_hears(&mut callers), [all(0), all(1), all(2), all(3)]);

    let muted = Membership {
        muted: true,
        ..Membership::default()
    };
    let (session, side) = callers[1].place;
    bench.order(session, side, SideOrder::Membership(muted));
    let (session, side) = callers[3].place;
    bench.order(session, side, SideOrder::Leave);
    assert_eq!(left(&bench), (session, side));
    let heard = who_hears(&mut callers);
    assert_eq!(heard[0], [false, false, true, false]);
    assert_eq!(heard[1], [true, false, true, false]);
    assert_eq!(heard[2], [true, false, false, false]);
    assert_eq!(heard[3], [false; 4]);

    for caller in &callers {
        bench.close(caller.place.0);
    }
    assert!(bench.inputs.try_recv().is_err());
}

#[test]
fn a_call_is_supervised_and_goes_on_alone_afterwards() {
    let bench = Bench::start(config(free_range(8), 8));
    let mut all = talkers(&bench, 2);
    // The two sides of a call, and the caller of another one, which is with another thread.
    all.truncate(3);
    give_tones(&mut all);
    let apart = [false, true, false];
    assert_eq!(who_hears(&mut all)[0], apart);
    let (call, client) = all[0].place;
    let room = || RoomName::Supervised(call);
    let whispers = Membership {
        whispers_to: Some((call, client)),
        ..Membership::default()
    };
    join(&bench, &all[2], room(), whispers);
    join(&bench, &all[0], room(), Membership::default());
    join(&bench, &all[1], room(), Membership::default());
    let heard = who_hears(&mut all);
    assert_eq!(
        heard,
        [
            [false, true, true],
            [true, false, false],
            [true, true, false]
        ]
    );
    for talker in &all {
        let (session, side) = talker.place;
        bench.order(session, side, SideOrder::Leave);
    }
    let heard = who_hears(&mut all);
    assert_eq!(
        heard,
        [[false, true, false], [true, false, false], [false; 3]]
    );
}

#[test]
fn who_is_in_a_room_cannot_join_another() {
    let bench = Bench::start(config(free_range(4), 4));
    let callers = callers(&bench, 1);
    join(&bench, &callers[0], daily(), Membership::default());
    for other in ["one", "two", "three"] {
        let room = RoomName::Conference(other.to_owned());
        join(&bench, &callers[0], room, Membership::default());
        assert_eq!(left(&bench), callers[0].place);
    }
}
