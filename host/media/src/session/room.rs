//! What a conference room needs of a session: what a member says, and the way for what it hears.

use std::time::Instant;

use crate::codec::Encoding;
use crate::relay::{Kind, Side};
use crate::session::state::Session;
use crate::session::tick::tell_tones;
use crate::session::types::{Outbox, SessionEvent};
use crate::session::voice::Hears;
use crate::terminal::sender::Frame;

impl Session {
    /// From now on a side hears what a room feeds it, and is heard by the room alone. What was played to it is stopped; what is
    /// played from now on is heard by it alone, in place of the room, which goes on hearing it.
    pub fn enter_room(&mut self, side: Side) {
        self.replace(side, Hears::Other);
        let terminal = self.voice_mut(side).terminal();
        terminal.in_room = true;
        terminal.transcodes = false;
        terminal.receiver.restart();
    }

    /// A side hears the other side again, if it was in a room.
    pub fn leave_room(&mut self, side: Side) {
        if let Some(terminal) = &mut self.voice_mut(side).terminal
            && std::mem::take(&mut terminal.in_room)
        {
            terminal.receiver.restart();
        }
    }

    /// What a member says in these 20 ms, at `rate` samples per second. False: nothing, and `frame` is silence.
    pub fn room_frame(&mut self, side: Side, rate: u32, frame: &mut [i16]) -> bool {
        let (voice, _, _, events) = self.parts(side);
        let Some(terminal) = voice.terminal.as_deref_mut() else {
            return false;
        };
        let hears_tones = terminal.wants_tones(&voice.terms);
        let said = terminal.pull(rate, hears_tones, frame);
        tell_tones(side, terminal, None, events);
        said
    }

    /// The encoding in which a member can be fed payloads of 20 ms instead of samples, so that what several members hear is encoded
    /// once. None: it wants samples, at [`Session::sound_rate`].
    pub fn room_encoding(&mut self, side: Side) -> Option<Encoding> {
        let terms = self.voice(side).terms;
        self.voice_mut(side)
            .terminal()
            .sender(&terms)?
            .takes_payloads()
    }

    /// Sends a member what it hears in these 20 ms, or the keys that are sent to it. A room calls it every 20 ms for each member, also
    /// if there is nothing to hear. What this makes is added to `out`.
    pub fn feed_room(&mut self, now: Instant, side: Side, frame: Frame<'_>, out: &mut Outbox) {
        let remote = self.relay.remote(side);
        let muted = remote.is_none_or(|remote| !remote.direction.receives());
        let destination = self.relay.destination(side, Kind::Rtp);
        let (voice, _, chance, events) = self.parts(side);
        let Some(terminal) = voice.terminal.as_deref_mut() else {
            return;
        };
        if !terminal.hears_room() {
            return;
        }
        terminal.lose_key(now);
        if let Some(sender) = terminal.sender(&voice.terms) {
            let outgoing = &mut voice.outgoing;
            outgoing.own(now, sender.clock(), chance);
            sender.frame(now, outgoing, frame, muted, &mut |packet| {
                if let Some(to) = destination {
                    out.push(side, Kind::Rtp, to, packet);
                }
            });
        }
        if terminal.owes_keys_sent && !terminal.gets_keys() {
            terminal.owes_keys_sent = false;
            events.push_back(SessionEvent::KeysSent { side });
        }
    }
}
