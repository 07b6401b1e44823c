//! A session: who hears what, and which way packets take.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::relay::{Glimpse, Kind, Relay, RelayConfig, RelayEvent, Side, Verdict};
use crate::rtp::{Glance, Packet, renumber};
use crate::sdp::RemoteMedia;
use crate::session::path::{Meaning, Path, Way};
use crate::session::types::{Outbox, PlayOutcome, SessionEvent};
use crate::session::voice::{Hears, Voice};
use crate::sound::playlist::Player;
use crate::terminal::jitter::Content;
use crate::terminal::key_hearing::KeyNews;

/// The media of one call. The shell owns the sockets and carries out the verdicts.
///
/// As long as both sides have a format in common and nothing is played or listened to, packets are passed on in place
/// ([`Relay`] says from whom and to whom). Otherwise the session wants [`Session::tick`] every 20 ms.
pub struct Session {
    pub(super) relay: Relay,
    pub(super) began: Instant,
    /// The canonical name of our own streams (RFC 7022): random, so that it tells nothing.
    pub(super) name: String,
    caller: Voice,
    callee: Voice,
    chance: Chance,
    events: VecDeque<SessionEvent>,
}

impl Session {
    /// A session that knows no addresses yet. `seed` makes its synchronisation sources and other numbers that have to be
    /// random.
    pub fn new(now: Instant, config: RelayConfig, seed: u64) -> Session {
        let mut chance = Chance::new(seed);
        Session {
            relay: Relay::new(now, config),
            began: now,
            name: format!("{:016x}", chance.next_u64()),
            caller: Voice::default(),
            callee: Voice::default(),
            chance,
            events: VecDeque::new(),
        }
    }

    /// The signalling says where a side wants its media and in which formats: its first SDP, or a re-INVITE's.
    pub fn set_remote(&mut self, now: Instant, side: Side, remote: RemoteMedia) {
        self.relay.set_remote(now, side, remote);
        self.voice_mut(side).terms = remote.terms;
        for side in [Side::Caller, Side::Callee] {
            let source = self.voice(side.other()).terms.best_rate();
            self.voice_mut(side).terms.source_rate = source.unwrap_or(0);
        }
        self.caller.path = None;
        self.callee.path = None;
    }

    /// A packet arrived at `side`'s socket of this kind from `source`. It may be changed; on `Forward` send it as it is then.
    pub fn handle(
        &mut self,
        now: Instant,
        side: Side,
        kind: Kind,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Verdict {
        let glance = match self.relay.accept(now, side, kind, source, packet) {
            Ok(glance) => glance,
            Err(reason) => return Verdict::Drop(reason),
        };
        let is_passed = match glance {
            Some(glance) => self.hear(now, side, glance, packet),
            None => self.hear_report(now, side, packet),
        };
        // A caller alone with the switch is heard by that.
        let is_alone =
            !self.voice(side).is_plain() && self.relay.destination(side.other(), kind).is_none();
        if is_passed && !is_alone {
            self.relay.pass(side, kind, packet.len())
        } else {
            self.relay.take(side, kind, packet.len())
        }
    }

    /// Takes an RTP packet of a side. True: it is passed on, and fits what the other side gets.
    fn hear(&mut self, now: Instant, side: Side, glance: Glance, packet: &mut [u8]) -> bool {
        let path = self.path(side, glance.payload_type);
        let since = self.since_beginning(now);
        let (from, to) = self.both(side);
        from.count(since, path, glance);
        if from.is_plain() && to.is_plain() && path.way != Way::Transcode && path.way != Way::Tones
        {
            return pass(now, to, path, glance, packet);
        }
        if from.is_in_room() {
            self.hear_in_room(now, side, path, packet);
            return false;
        }
        match path.meaning {
            Meaning::Key => self.hear_key(now, side, path, glance, packet),
            Meaning::Sound(encoding) => {
                let passes = path.way != Way::Transcode;
                if passes && let Some(terminal) = &mut to.terminal {
                    terminal.transcodes = false;
                }
                let wants_tones = from
                    .terminal
                    .as_ref()
                    .is_some_and(|terminal| terminal.wants_tones(&from.terms));
                if wants_tones && passes {
                    hear_sound(from, packet, Content::Sound(encoding));
                }
                let hears = to
                    .terminal
                    .as_ref()
                    .is_none_or(|terminal| terminal.hears_other() && !terminal.gets_keys());
                if passes {
                    return hears && pass(now, to, path, glance, packet);
                }
                if hears {
                    to.terminal().transcodes = true;
                }
                if hears || wants_tones {
                    hear_sound(from, packet, Content::Sound(encoding));
                }
                false
            }
            Meaning::ComfortNoise | Meaning::Unknown => {
                let terminal = to.terminal.as_ref();
                let passes =
                    terminal.is_none_or(|terminal| terminal.hears_other() && !terminal.is_fed());
                if passes {
                    return pass(now, to, path, glance, packet);
                }
                if path.meaning == Meaning::ComfortNoise {
                    hear_sound(from, packet, Content::ComfortNoise);
                }
                false
            }
        }
    }

    /// A member of a conference room says something.
    fn hear_in_room(&mut self, now: Instant, side: Side, path: Path, packet: &[u8]) {
        let (from, to) = self.both(side);
        let terminal = from.terminal();
        let Some(packet) = Packet::read(packet) else {
            return;
        };
        match path.meaning {
            Meaning::Sound(encoding) => {
                terminal.receiver.push(&packet, Content::Sound(encoding));
            }
            Meaning::ComfortNoise => terminal.receiver.push(&packet, Content::ComfortNoise),
            Meaning::Key => {
                let news = terminal.hear_key(&packet);
                let told = terminal.tells(news);
                if to.is_in_room() {
                    // Both sides of a call are there, since somebody supervises it: its keys are still for the other side.
                    let terms = to.terms;
                    to.terminal().follow_key(now, &terms, news);
                }
                if let Some(KeyNews::Down(key) | KeyNews::Stroke(key)) = news
                    && told
                {
                    self.events.push_back(SessionEvent::Key { side, key });
                }
            }
            Meaning::Unknown => {}
        }
    }

    fn hear_key(
        &mut self,
        now: Instant,
        side: Side,
        path: Path,
        glance: Glance,
        packet: &mut [u8],
    ) -> bool {
        let (from, to) = self.both(side);
        let Some(read) = Packet::read(packet) else {
            return false;
        };
        let terminal = from.terminal();
        let news = terminal.hear_key(&read);
        let told = terminal.tells(news);
        let hears_other = to
            .terminal
            .as_ref()
            .is_none_or(|terminal| terminal.hears_other());
        let is_fed = to
            .terminal
            .as_ref()
            .is_some_and(|terminal| terminal.is_fed());
        let passes = match path.way {
            Way::Pass(_) if hears_other && !is_fed => pass(now, to, path, glance, packet),
            Way::Pass(_) | Way::Tones | Way::Transcode => {
                if hears_other {
                    let terms = to.terms;
                    to.terminal().follow_key(now, &terms, news);
                }
                false
            }
        };
        if let Some(KeyNews::Down(key) | KeyNews::Stroke(key)) = news
            && told
        {
            self.events.push_back(SessionEvent::Key { side, key });
        }
        passes
    }

    /// What becomes of a payload type that a side sends; looked up only when it is another one than before.
    fn path(&mut self, side: Side, payload_type: u8) -> Path {
        let (from, to) = self.both(side);
        match from.path {
            Some(path) if path.payload_type == payload_type => path,
            _ => {
                let path = Path::find(payload_type, &from.terms, &to.terms);
                from.path = Some(path);
                path
            }
        }
    }

    /// A packet that came from `side` and was to be forwarded could not be sent.
    pub fn failed(&mut self, side: Side, kind: Kind, length: usize) {
        self.relay.failed(side, kind, length);
    }

    /// A side is to hear nothing until what is to be played to it is fetched. What was played before is stopped.
    pub fn await_play(&mut self, side: Side, play: u64) {
        self.replace(side, Hears::Waiting { play });
    }

    /// What was waited for is there: it is played from the next tick on. False: nobody waits for it any more.
    pub fn begin_play(&mut self, side: Side, play: u64, player: Player) -> bool {
        let terms = self.voice(side).terms;
        let terminal = self.voice_mut(side).terminal();
        if !matches!(terminal.hears, Hears::Waiting { play: awaited } if awaited == play) {
            return false;
        }
        if !terminal
            .sender(&terms)
            .is_some_and(|sender| sender.has_sound())
        {
            terminal.hears = Hears::Other;
            self.events.push_back(SessionEvent::PlayEnded {
                side,
                play,
                outcome: PlayOutcome::NoFormat,
            });
            return true;
        }
        terminal.hears = Hears::Play { play, player };
        true
    }

    /// What was waited for cannot be had. False: nobody waits for it any more; its end was told.
    pub fn give_up_play(&mut self, side: Side, play: u64) -> bool {
        let terminal = self.voice_mut(side).terminal();
        let waits = matches!(terminal.hears, Hears::Waiting { play: awaited } if awaited == play);
        if waits {
            terminal.hears = Hears::Other;
        }
        waits
    }

    /// Stops what is played to a side; it hears the other side again.
    pub fn stop_play(&mut self, side: Side) {
        if !self.voice(side).is_plain() {
            self.replace(side, Hears::Other);
        }
    }

    pub(super) fn replace(&mut self, side: Side, hears: Hears) {
        let before = std::mem::replace(&mut self.voice_mut(side).terminal().hears, hears);
        if let Some(other) = &mut self.voice_mut(side.other()).terminal {
            other.receiver.restart();
        }
        if let Some(play) = before.play() {
            self.events.push_back(SessionEvent::PlayEnded {
                side,
                play,
                outcome: PlayOutcome::Stopped,
            });
        }
    }

    /// The rate of samples that suits what is sent to a side, in samples per second.
    pub fn sound_rate(&mut self, side: Side) -> u32 {
        let terms = self.voice(side).terms;
        let sender = self.voice_mut(side).terminal().sender(&terms);
        sender.map_or(8_000, |sender| sender.rate())
    }

    /// Whether to tell the keys that a side presses.
    pub fn listen(&mut self, side: Side, listens: bool) {
        self.voice_mut(side).terminal().listens = listens;
    }

    /// Sends keys to a side: `0123456789*#ABCD`, and `,` for half a second of nothing; what is too much is left out.
    /// [`SessionEvent::KeysSent`] follows.
    pub fn send_keys(&mut self, side: Side, keys: &str, length: Duration) {
        let voice = self.voice_mut(side);
        let terms = voice.terms;
        let terminal = voice.terminal();
        let busy = match terminal.sender(&terms) {
            Some(sender) => {
                sender.keys().send(keys, length);
                sender.sends_keys()
            }
            None => false,
        };
        if busy {
            terminal.owes_keys_sent = true;
        } else {
            self.events.push_back(SessionEvent::KeysSent { side });
        }
    }

    /// When [`Session::handle_timeout`] is due: at the latest then; it may be called at any time.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = [self.relay.poll_timeout(), self.next_report()];
        due.into_iter().flatten().min()
    }

    /// Sees to what is due: silence, and reports, which are added to `out`.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        self.report(now, out);
        while let Some(RelayEvent::MediaTimeout { side }) = self.relay.handle_timeout(now) {
            self.events.push_back(SessionEvent::MediaTimeout { side });
        }
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<SessionEvent> {
        self.events.pop_front()
    }

    /// How a side is doing at this moment.
    pub fn glimpse(&self, now: Instant, side: Side) -> Glimpse {
        let glimpse = self.relay.glimpse(now, side);
        Glimpse {
            statistics: self.side_statistics(side, glimpse.statistics),
            ..glimpse
        }
    }

    pub(super) fn voice(&self, side: Side) -> &Voice {
        match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        }
    }

    pub(super) fn voice_mut(&mut self, side: Side) -> &mut Voice {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }

    /// A side, the one opposite, and what a tick needs besides.
    pub(super) fn parts(
        &mut self,
        side: Side,
    ) -> (
        &mut Voice,
        &mut Voice,
        &mut Chance,
        &mut VecDeque<SessionEvent>,
    ) {
        let (one, other) = match side {
            Side::Caller => (&mut self.caller, &mut self.callee),
            Side::Callee => (&mut self.callee, &mut self.caller),
        };
        (one, other, &mut self.chance, &mut self.events)
    }

    /// How long the session has been.
    pub(super) fn since_beginning(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// A random number below `end`.
    pub(super) fn chance_below(&mut self, end: u64) -> u64 {
        self.chance.next_u64().checked_rem(end).unwrap_or(0)
    }

    /// A side, and the one opposite.
    pub(super) fn both(&mut self, side: Side) -> (&mut Voice, &mut Voice) {
        match side {
            Side::Caller => (&mut self.caller, &mut self.callee),
            Side::Callee => (&mut self.callee, &mut self.caller),
        }
    }
}

/// Makes a packet fit the stream of the side that it is passed on to.
fn pass(now: Instant, to: &mut Voice, path: Path, glance: Glance, packet: &mut [u8]) -> bool {
    if let Way::Pass(Some(payload_type)) = path.way {
        renumber(packet, payload_type);
    }
    to.outgoing.relay(now, packet, glance, path.clock)
}

fn hear_sound(from: &mut Voice, packet: &[u8], content: Content) {
    if let Some(packet) = Packet::read(packet) {
        from.terminal().receiver.push(&packet, content);
    }
}
