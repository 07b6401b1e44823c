//! What a media thread does for a side besides relaying: it plays, listens and sends keys, on the 20 ms clock.

use std::time::Instant;

use switchhook_call::input::Input;
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{MediaEvent, PlayEnd, PlayId, Playback, SideOrder};
use switchhook_media::relay::{Kind, Side};
use switchhook_media::session::{Outbox, PlayOutcome, SessionEvent};
use switchhook_media::sound::playlist::{Item, Player, Times};

use crate::media_shell::fetching::{Fetched, fetch};
use crate::media_shell::pulse::Due;
use crate::media_shell::worker::{Session, Worker, WorkerCommand};

/// What was fetched for a side.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) session: SessionId,
    pub(crate) side: Side,
    pub(crate) play: PlayId,
    pub(crate) times: Option<u8>,
    pub(crate) fetched: Fetched,
}

impl Worker {
    /// Carries out an order for one side.
    pub(crate) fn order(&mut self, now: Instant, id: SessionId, side: Side, order: SideOrder) {
        let Some(key) = self.by_id.get(&id).copied() else {
            return;
        };
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        match order {
            SideOrder::Play { play, playback } => {
                session.media.await_play(side, play.0);
                session.set_failure(side, None);
                let rate = session.media.sound_rate(side);
                self.fetch(id, side, play, &playback, rate);
            }
            SideOrder::StopPlay => session.media.stop_play(side),
            SideOrder::Listen(listens) => session.media.listen(side, listens),
            SideOrder::SendKeys { keys, length } => session.media.send_keys(side, &keys, length),
            SideOrder::Record(order) => self.record(now, key, side, &order),
            SideOrder::PauseRecording(recording, paused) => {
                session.pause_recording(now, recording, paused);
            }
            SideOrder::StopRecording(recording) => session.stop_recording(recording),
            SideOrder::Join(joining) => return self.join(now, id, side, joining),
            SideOrder::Leave => return self.leave_room(now, (id, side)),
            SideOrder::Membership(membership) => self.set_membership((id, side), membership),
        }
        self.attend(now, key);
    }

    fn fetch(&self, session: SessionId, side: Side, play: PlayId, playback: &Playback, rate: u32) {
        let own = self.own.clone();
        let times = playback.times;
        fetch(&*self.prompts, playback, rate, move |fetched| {
            own.tell(WorkerCommand::Arrived(Box::new(Arrival {
                session,
                side,
                play,
                times,
                fetched,
            })));
        });
    }

    /// Plays what was fetched, if it is still wanted.
    pub(crate) fn arrived(&mut self, now: Instant, arrival: Arrival) {
        let Arrival {
            session: id,
            side,
            play,
            times,
            fetched: Fetched { items, failure },
        } = arrival;
        let Some(key) = self.by_id.get(&id).copied() else {
            return;
        };
        let begun = self.begun;
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        match failure {
            Some(failure) if items.is_empty() => {
                if session.media.give_up_play(side, play.0) {
                    tell_end(&self.sink, id, side, play, PlayEnd::Failed(failure));
                }
            }
            failure => {
                let is_music = items.iter().all(|item| matches!(item, Item::Sound(_)));
                let player = match times {
                    None if is_music => Player::since(items, now.saturating_duration_since(begun)),
                    None => Player::new(items, Times::Endless),
                    Some(times) => Player::new(items, Times::Of(u32::from(times))),
                };
                if session.media.begin_play(side, play.0, player) {
                    session.set_failure(side, failure);
                }
            }
        }
        self.attend(now, key);
    }

    /// After something was done to a session: puts it into the clock if it has to be, and tells what has happened.
    pub(crate) fn attend(&mut self, now: Instant, key: usize) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if !session.ticks && session.media.wants_ticks() {
            session.ticks = true;
            self.pulse.add(now, key);
        }
        while let Some(event) = session.media.poll_event() {
            let event = session.told(event);
            (self.sink)(Input::Media {
                session: session.id,
                event,
            });
        }
    }

    /// Sends what is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        while let Some(mut due) = self.pulse.due(now) {
            let Due { at, keys, .. } = &mut due;
            keys.retain(|key| match Worker::is_room(*key) {
                true => self.tick_room(*at, *key),
                false => self.tick_session(*at, *key),
            });
            self.pulse.give_back(due);
        }
    }

    /// Sends 20 ms of a session. False: that was the last of it for now.
    fn tick_session(&mut self, at: Instant, key: usize) -> bool {
        let Some(session) = self.sessions.get_mut(key) else {
            return false;
        };
        self.outbox.clear();
        session.media.tick(at, &mut self.outbox);
        session.send(at, &self.outbox);
        session.ticks = session.media.wants_ticks();
        let goes_on = session.ticks;
        self.attend(at, key);
        goes_on
    }
}

impl Session {
    /// Sends what was made for its sides.
    pub(crate) fn send(&mut self, at: Instant, made: &Outbox) {
        for packet in made.iter() {
            if packet.kind == Kind::Rtp {
                self.tapped.hears(at, packet.side, packet.bytes);
            }
            // What cannot be sent now is late anyway.
            let socket = self.socket(packet.side, packet.kind);
            let _ = socket.send_to(packet.bytes, packet.to);
        }
    }

    /// An event of the session as the exchange is told it.
    fn told(&mut self, event: SessionEvent) -> MediaEvent {
        match event {
            SessionEvent::MediaTimeout { side } => MediaEvent::Timeout { side },
            SessionEvent::Key { side, key } => MediaEvent::Key { side, key },
            SessionEvent::KeysSent { side } => MediaEvent::KeysSent { side },
            SessionEvent::PlayEnded {
                side,
                play,
                outcome,
            } => MediaEvent::PlayEnded {
                side,
                play: PlayId(play),
                end: match outcome {
                    PlayOutcome::Completed => match self.failure_mut(side).take() {
                        Some(failure) => PlayEnd::Failed(failure),
                        None => PlayEnd::Completed,
                    },
                    PlayOutcome::Stopped => PlayEnd::Stopped,
                    PlayOutcome::NoFormat => PlayEnd::Failed(
                        "the side takes no audio format that the switch can encode".to_owned(),
                    ),
                },
            },
        }
    }

    fn set_failure(&mut self, side: Side, failure: Option<String>) {
        *self.failure_mut(side) = failure;
    }

    /// Why some of what is played to a side could not be had.
    fn failure_mut(&mut self, side: Side) -> &mut Option<String> {
        let [caller, callee] = &mut self.failures;
        match side {
            Side::Caller => caller,
            Side::Callee => callee,
        }
    }
}

fn tell_end(
    sink: &crate::media_shell::config::MediaSink,
    session: SessionId,
    side: Side,
    play: PlayId,
    end: PlayEnd,
) {
    let event = MediaEvent::PlayEnded { side, play, end };
    sink(Input::Media { session, event });
}
