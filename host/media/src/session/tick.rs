//! What a session makes every 20 ms for sides that do not just get what the other side sends.

use std::collections::VecDeque;
use std::time::Instant;

use crate::relay::{Kind, Side};
use crate::sdp::terms::Terms;
use crate::session::state::Session;
use crate::session::types::{Outbox, PlayOutcome, SessionEvent};
use crate::session::voice::{Hears, Terminal, Voice};
use crate::sound::playlist::Playing;
use crate::terminal::key_hearing::KeyNews;
use crate::terminal::sender::Frame;

/// The rate at which keys are looked for in sound that nobody else wants, and the samples of 20 ms of it.
const TONE_RATE: u32 = 8_000;
const TONE_SAMPLES: usize = 160;

impl Session {
    /// Whether [`Session::tick`] is to be called every 20 ms from now on.
    pub fn wants_ticks(&self) -> bool {
        [Side::Caller, Side::Callee].into_iter().any(|side| {
            let voice = self.voice(side);
            voice.terminal.as_ref().is_some_and(|terminal| {
                terminal.is_fed() || (terminal.wants_tones(&voice.terms) && !terminal.in_room)
            })
        })
    }

    /// Twenty milliseconds have passed. The packets that this makes are added to `out`.
    pub fn tick(&mut self, now: Instant, out: &mut Outbox) {
        for side in [Side::Caller, Side::Callee] {
            if let Some(terminal) = &mut self.voice_mut(side).terminal {
                terminal.was_pulled = false;
            }
        }
        for side in [Side::Caller, Side::Callee] {
            self.feed(now, side, out);
        }
        for side in [Side::Caller, Side::Callee] {
            self.listen_for_tones(now, side);
        }
    }

    /// Hears the keys in a side's sound.
    fn listen_for_tones(&mut self, now: Instant, side: Side) {
        let (voice, other, _, events) = self.parts(side);
        let Some(terminal) = voice.terminal.as_deref_mut() else {
            return;
        };
        if terminal.wants_tones(&voice.terms) && !terminal.was_pulled && !terminal.in_room {
            terminal.pull(TONE_RATE, true, &mut [0; TONE_SAMPLES]);
        }
        tell_tones(side, terminal, Some((now, other)), events);
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
        let heard = terminal.fill(&voice.terms, other, rate, &mut frame);
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

/// Tells the keys that were heard in a side's sound; where that is encoded anew for the other side, they go there as events.
pub(super) fn tell_tones(
    side: Side,
    terminal: &mut Terminal,
    other: Option<(Instant, &mut Voice)>,
    events: &mut VecDeque<SessionEvent>,
) {
    if terminal.tone_keys.is_empty() {
        return;
    }
    let mut hearer = other.and_then(|(now, other)| {
        let hearer = other.terminal.as_deref_mut()?;
        let translates = hearer.transcodes && other.terms.events.is_some();
        translates.then_some((now, hearer, &other.terms))
    });
    for key in terminal.tone_keys.drain(..) {
        if terminal.listens {
            events.push_back(SessionEvent::Key { side, key });
        }
        if let Some((now, hearer, terms)) = &mut hearer {
            hearer.follow_key(*now, terms, Some(KeyNews::Stroke(key)));
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
    fn fill(&mut self, terms: &Terms, other: &mut Voice, rate: u32, frame: &mut [i16]) -> Heard {
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
                let translates = other.terms.events.is_none() && terms.events.is_some();
                let Some(terminal) = other.terminal.as_mut().filter(|_| self.transcodes) else {
                    return Heard::Nothing;
                };
                let hears_tones = translates || terminal.wants_tones(&other.terms);
                if terminal.pull(rate, hears_tones, frame) {
                    Heard::Sound
                } else {
                    Heard::Nothing
                }
            }
        }
    }
}
