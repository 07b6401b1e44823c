//! Any packets from the two sides of a session that plays, listens and encodes anew, and from a stranger: no panic, nothing to the stranger,
//! no more packets than there is time for.
#![no_main]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use switchhook_media::codec::Encoding;
use switchhook_media::relay::{Kind, RelayConfig, Side, Verdict};
use switchhook_media::sdp::terms::{Clocked, Format, Terms};
use switchhook_media::sdp::{Direction, RemoteMedia};
use switchhook_media::session::{Outbox, Session};
use switchhook_media::sound::playlist::{Item, Player, Times};
use switchhook_media::sound::recording::Sound;

fn terms(formats: &[(u8, Encoding)], events: bool) -> Terms {
    let mut terms = Terms::default();
    for (payload_type, encoding) in formats {
        terms.push(Format {
            payload_type: *payload_type,
            encoding: *encoding,
        });
    }
    terms.events = events.then_some(Clocked {
        payload_type: 101,
        clock_rate: 8_000,
    });
    terms
}

fn address(side: Side, kind: Kind) -> SocketAddr {
    let port = if side == Side::Caller { 1_000 } else { 2_000 };
    let port = port + u16::from(kind == Kind::Rtcp);
    SocketAddr::from(([192, 0, 2, 1], port))
}

fuzz_target!(|input: &[u8]| {
    let mut now = Instant::now();
    let mut session = Session::new(now, RelayConfig::default(), 1);
    let wide = [
        (9, Encoding::G722),
        (96, Encoding::Opus),
        (3, Encoding::Gsm),
        (0, Encoding::Pcmu),
    ];
    let sides = [
        (Side::Caller, terms(&wide, true)),
        (Side::Callee, terms(&[(8, Encoding::Pcma)], false)),
    ];
    for (side, terms) in sides {
        let remote = RemoteMedia {
            rtp: Some(address(side, Kind::Rtp)),
            rtcp: Some(address(side, Kind::Rtcp)),
            direction: Direction::SendRecv,
            signalling: None,
            terms,
        };
        session.set_remote(now, side, remote);
    }
    session.listen(Side::Callee, true);
    let stranger = SocketAddr::from(([198, 51, 100, 1], 9));
    let mut out = Outbox::default();
    let mut rest = input;
    // Two bytes say what comes: who, what, how long.
    while let Some(([what, length], after)) = rest.split_first_chunk::<2>() {
        let (packet, next) = after.split_at(usize::from(*length).min(after.len()));
        rest = next;
        let side = if what & 1 == 0 {
            Side::Caller
        } else {
            Side::Callee
        };
        let kind = if what & 2 == 0 { Kind::Rtp } else { Kind::Rtcp };
        let source = if what & 4 == 0 {
            address(side, kind)
        } else {
            stranger
        };
        match what >> 4 {
            0 => session.send_keys(side, "1#", Duration::from_millis(60)),
            1 => {
                session.await_play(side, 1);
                let item = Item::Sound(Sound::new(8_000, vec![1; 800]));
                session.begin_play(side, 1, Player::new(vec![item], Times::Of(1)));
            }
            2 => session.stop_play(side),
            3 => session.enter_room(side),
            4 => session.leave_room(side),
            _ => {
                let mut packet = packet.to_vec();
                let verdict = session.handle(now, side, kind, source, &mut packet);
                assert!(source != stranger || matches!(verdict, Verdict::Drop(_)));
            }
        }
        if what & 8 == 0 {
            now += Duration::from_millis(20);
            out.clear();
            session.tick(now, &mut out);
            assert!(out.iter().count() <= 2);
            assert!(out.iter().all(|packet| packet.to != stranger));
        }
        while session.poll_event().is_some() {}
    }
    session.handle_timeout(now + Duration::from_secs(10), &mut out);
    session.end(now, &mut out);
});
