//! What a session makes every 20 ms for sides that do not just get what the other side sends.

use std::collections::VecDeque;
use std::time::Instant;

use crate::relay::{Kind, Side};
use crate::session::state::Session;
use crate::session::types::{Outbox, PlayOutcome, SessionEvent};
use crate::session::voice::{Hears, Terminal, Voice};
use crate::sound::playlist::Playing;
use crate::terminal::sender::Frame;

impl Session {
    /// Whether [`Session::tick`] is to be called every 20 ms from now on.
    pub fn wants_ticks(&self) -> bool {
        [Side::Caller, Side::Callee].into_iter().any(|side| {
            let terminal = self.voice(side).terminal.as_ref();
            terminal.is_some_and(|terminal| terminal.is_fed())
        })
    }

    /// Twenty milliseconds have passed. The packets that this makes are added to `out`.
    pub fn tick(&mut self, now: Instant, out: &mut Outbox) {
        for side in [Side::Caller, Side::Callee] {
            self.feed(now, side, out);
        }
    }

    /// Makes what a side hears in these 20 ms.
    fn feed(&mut self, now: Instant, side: Side, out: &mut Outbox) {
        let remote = self.relay.remote(side);
        let muted = remote.is_none_or(|remote| !remote.direction.receives());
        let destination = self.relay.destination(side, Kind::Rtp);
        let (voice, other, chance, events) = self.parts(side);
        let Some(terminal) = voice.terminal.as_deref_mut() else {
            return;
        };
        if !terminal.is_fed() {
            return;
        }
        terminal.lose_key(now);
        let Some((rate, samples)) = terminal
            .sender(&voice.terms)
            .map(|sender| (sender.rate(), sender.frame_samples()))
        else {
            terminal.fall_silent(side, events);
            return;
        };
        let mut frame = std::mem::take(&mut terminal.frame);
        frame.clear();
        frame.resize(samples, 0);
        let heard = terminal.fill(other, rate, &mut frame);
        if let Heard::End(play) = heard {
            events.push_back(SessionEvent::PlayEnded {
                side,
                play,
                outcome: PlayOutcome::Completed,
            });
        }
        if let Some((_, sender)) = &mut terminal.sender {
            let outgoing = &mut voice.outgoing;
            outgoing.own(now, sender.clock(), chance);
            let sound = match heard {
                Heard::Nothing => Frame::Nothing,
                Heard::Sound | Heard::End(_) => Frame::Samples(&frame),
            };
            sender.frame(now, outgoing, sound, muted, &mut |packet| {
                if let Some(to) = destination {
                    out.push(side, Kind::Rtp, to, packet);
                }
            });
        }
        terminal.frame = frame;
        if terminal.owes_keys_sent && !terminal.gets_keys() {
            terminal.owes_keys_sent = false;
            events.push_back(SessionEvent::KeysSent { side });
        }
    }
}

/// What a side hears in 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Nothing,
    Sound,
    /// The last of what is played.
    End(u64),
}

impl Terminal {
    /// Nothing can be sent to it any more: its formats have changed.
    fn fall_silent(&mut self, side: Side, events: &mut VecDeque<SessionEvent>) {
        self.transcodes = false;
        self.held_until = None;
        self.sender = None;
        if let Hears::Play { play, .. } = self.hears {
            self.hears = Hears::Other;
            events.push_back(SessionEvent::PlayEnded {
                side,
                play,
                outcome: PlayOutcome::NoFormat,
            });
        }
        if std::mem::take(&mut self.owes_keys_sent) {
            events.push_back(SessionEvent::KeysSent { side });
        }
    }

    /// Fills a frame with what the side hears, from a player or from the other side.
    fn fill(&mut self, other: &mut Voice, rate: u32, frame: &mut [i16]) -> Heard {
        match &mut self.hears {
            Hears::Play { play, player } => {
                let play = *play;
                if let Playing::Over(_) = player.next(rate, frame) {
                    self.hears = Hears::Other;
                    return Heard::End(play);
                }
                Heard::Sound
            }
            Hears::Waiting { .. } => Heard::Nothing,
            Hears::Other => {
                let Some(other) = other.terminal.as_mut().filter(|_| self.transcodes) else {
                    return Heard::Nothing;
                };
                other.receiver.set_rate(rate);
                if other.receiver.pull(frame) {
                    Heard::Sound
                } else {
                    Heard::Nothing
                }
            }
        }
    }
}
