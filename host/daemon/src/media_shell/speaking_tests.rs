//! What a side hears from the switch itself, and which keys of it are heard, on real sockets.

use std::sync::Arc;
use std::time::Duration;

use switchhook_call::input::Input;
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{
    MediaCommand, MediaEvent, PlayEnd, PlayId, Playback, SideOrder,
};
use switchhook_media::audio::digit::Event;
use switchhook_media::audio::tone::amplitude;
use switchhook_media::codec::g711::Law;
use switchhook_media::relay::Side;
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};

use crate::media_shell::tests::{Bench, Phone, V4, config, free_range};

fn beep(milliseconds: u32) -> Prompt {
    Prompt::Tone(Tone {
        kind: ToneKind::Beep,
        country: None,
        milliseconds,
    })
}

impl Bench {
    pub(crate) fn order(&self, session: SessionId, side: Side, order: SideOrder) {
        self.shell.command(MediaCommand::Side {
            session,
            side,
            order,
        });
    }

    fn play(&self, session: SessionId, play: u64, prompts: &[Prompt], times: Option<u8>) {
        let playback = Playback {
            prompts: Arc::from(prompts),
            times,
            domain: Arc::from("example.com"),
        };
        let play = PlayId(play);
        self.order(session, Side::Caller, SideOrder::Play { play, playback });
    }

    fn event(&self) -> MediaEvent {
        match self
            .inputs
            .recv_timeout(crate::media_shell::tests::DEADLINE)
        {
            Ok(Input::Media { event, .. }) => event,
            other => panic!("{other:?}"),
        }
    }

    fn end(&self) -> (u64, PlayEnd) {
        match self.event() {
            MediaEvent::PlayEnded { play, end, .. } => (play.0, end),
            other => panic!("{other:?}"),
        }
    }
}

/// A caller alone with the switch.
fn alone() -> (Bench, Phone, SessionId, switchhook_call::keys::MediaPorts) {
    let bench = Bench::start(config(free_range(4), 4));
    bench.want(false, 2);
    let ports = bench.granted(2);
    let caller = Phone::new(V4);
    let session = bench.open(1, ports[0], ports[1]);
    bench.set(session, Side::Caller, &caller);
    bench.settle(session);
    (bench, caller, session, ports[0])
}

#[test]
fn a_tone_is_played_whole_and_its_end_is_told() {
    let (bench, caller, session, _) = alone();
    bench.play(session, 7, &[beep(200), beep(100)], Some(1));
    let mut heard = Vec::new();
    for _ in 0..15 {
        heard.extend(caller.hear().0.iter().map(|byte| Law::Mu.decode(*byte)));
    }
    assert!(amplitude(&heard, 1_000.0, 8_000) > 1_000.0);
    assert_eq!(bench.end(), (7, PlayEnd::Completed));
    caller.hears_nothing();
}

#[test]
fn what_cannot_be_had_is_told_and_the_rest_is_played() {
    let (bench, caller, session, _) = alone();
    let missing = Prompt::File("nowhere.wav".to_owned());
    bench.play(session, 1, std::slice::from_ref(&missing), Some(1));
    assert!(matches!(bench.end(), (1, PlayEnd::Failed(_))));
    bench.play(session, 2, &[missing, beep(20)], Some(1));
    caller.hear();
    assert!(matches!(bench.end(), (2, PlayEnd::Failed(_))));
}

#[test]
fn an_endless_tone_is_stopped() {
    let (bench, caller, session, _) = alone();
    bench.play(session, 1, &[beep(10)], None);
    for _ in 0..5 {
        caller.hear();
    }
    bench.order(session, Side::Caller, SideOrder::StopPlay);
    assert_eq!(bench.end(), (1, PlayEnd::Stopped));
}

#[test]
fn a_key_is_told_once_and_keys_are_sent() {
    let (bench, mut caller, session, port) = alone();
    bench.order(session, Side::Caller, SideOrder::Listen(true));
    bench.settle(session);
    let key = Event {
        number: 5,
        end: false,
        duration: 160,
    };
    for _ in 0..3 {
        caller.send(port, 101, &key.write());
    }
    let keys = "12".to_owned();
    let length = Duration::from_millis(60);
    assert!(matches!(
        bench.event(),
        MediaEvent::Key {
            side: Side::Caller,
            key: '5'
        }
    ));
    bench.order(session, Side::Caller, SideOrder::SendKeys { keys, length });
    let numbers: Vec<u8> = (0..12).map(|_| caller.hear().0[0]).collect();
    assert_eq!(numbers, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    assert!(matches!(
        bench.event(),
        MediaEvent::KeysSent { side: Side::Caller }
    ));
}

#[test]
fn a_session_that_is_closed_while_it_plays_ends_at_once() {
    let (bench, caller, session, _) = alone();
    bench.play(session, 1, &[beep(10)], None);
    caller.hear();
    bench.close(session);
    while caller.try_hear().is_some() {}
    caller.hears_nothing();
}

#[test]
fn a_session_moves_between_threads_in_the_middle_of_a_prompt_and_back() {
    let (bench, mut caller, session, port) = alone();
    bench.order(session, Side::Caller, SideOrder::Listen(true));
    bench.play(session, 1, &[beep(400)], Some(1));
    for thread in [0, 1, 0, 1, 1, 0] {
        caller.hear();
        bench.shell.move_session(session, thread);
    }
    let key = Event {
        number: 5,
        end: false,
        duration: 160,
    };
    caller.send(port, 101, &key.write());
    assert!(matches!(bench.event(), MediaEvent::Key { key: '5', .. }));
    for _ in 0..14 {
        caller.hear();
    }
    assert_eq!(bench.end(), (1, PlayEnd::Completed));
    bench.shell.move_session(session, 0);
    assert_eq!(bench.close(session).caller.packets, 1);
    assert_eq!(
        bench.close(session).caller.packets,
        0,
        "nothing is left of it"
    );
}
