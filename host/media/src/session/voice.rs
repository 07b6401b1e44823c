//! One side of a session: what it takes, the stream that it gets, and, once the switch itself speaks or listens to it, its terminal.

use std::time::{Duration, Instant};

use crate::codec::Encoding;
use crate::codec::dtmf::Listener;
use crate::rtcp::reception::Reception;
use crate::rtp::{Glance, Packet};
use crate::sdp::terms::Terms;
use crate::session::path::{Meaning, Path};
use crate::session::reports::Reporting;
use crate::sound::playlist::Player;
use crate::terminal::jitter::Content;
use crate::terminal::key_hearing::{KeyHearing, KeyNews};
use crate::terminal::outgoing::Outgoing;
use crate::terminal::receiver::{Receiver, START_MS};
use crate::terminal::sender::Sender;

/// How long a key that the other side holds may go on without a packet of it.
const KEY_PATIENCE: Duration = Duration::from_millis(300);
/// For how many frames a key that was heard in the sound and then comes as an event is the same one: half a second.
const TONE_AND_EVENT: u32 = 25;

/// One side.
#[derive(Default)]
pub(super) struct Voice {
    pub(super) terms: Terms,
    /// What becomes of the payload type that it sent last.
    pub(super) path: Option<Path>,
    /// The stream that it gets.
    pub(super) outgoing: Outgoing,
    /// What was counted of the stream that it sends, and the encoding of that.
    pub(super) reception: Reception,
    pub(super) encoding: Option<Encoding>,
    pub(super) reporting: Reporting,
    pub(super) terminal: Option<Box<Terminal>>,
}

/// What a side is to the switch itself.
pub(super) struct Terminal {
    pub(super) receiver: Receiver,
    pub(super) key_hearing: KeyHearing,
    /// Made when it is needed and for the terms of that time.
    pub(super) sender: Option<(Terms, Sender)>,
    pub(super) hears: Hears,
    /// Whether it is in a conference room, which feeds it while nothing is played to it alone.
    pub(super) in_room: bool,
    /// Whether the keys that it presses are told.
    pub(super) listens: bool,
    /// Whether what the other side says has to be encoded anew for it at the moment.
    pub(super) transcodes: bool,
    /// Hears keys in its sound, while that is wanted: at this rate.
    tones: Option<(u32, Listener)>,
    /// Whether it has sent a key as an event.
    has_sent_events: bool,
    /// The key that was heard in its sound last, and how many frames ago: the same one may come as an event too.
    last_tone: Option<(char, u32)>,
    /// What was heard so and not yet told.
    pub(super) tone_keys: Vec<char>,
    /// Whether its sound was pulled in this tick.
    pub(super) was_pulled: bool,
    /// Until when a key that the other side holds counts as held.
    pub(super) held_until: Option<Instant>,
    /// Whether the end of its keys is to be told.
    pub(super) owes_keys_sent: bool,
    pub(super) frame: Vec<i16>,
}

/// What a side hears.
pub(super) enum Hears {
    /// The other side, or, in a conference room, the others there.
    Other,
    /// Nothing yet, or the room: what is to be played is being fetched.
    Waiting { play: u64 },
    /// What is played to it.
    Play { play: u64, player: Player },
}

impl Hears {
    /// The number of what is played, or is to be.
    pub(super) fn play(&self) -> Option<u64> {
        match self {
            Hears::Other => None,
            Hears::Waiting { play } | Hears::Play { play, .. } => Some(*play),
        }
    }
}

impl Voice {
    /// Counts a packet of it; `since` is the time since the session began.
    pub(super) fn count(&mut self, since: Duration, path: Path, glance: Glance) {
        let clock = match path.meaning {
            Meaning::Sound(encoding) => {
                self.encoding = Some(encoding);
                Some(path.clock)
            }
            Meaning::Key => None,
            Meaning::ComfortNoise | Meaning::Unknown => Some(path.clock),
        };
        self.reception.hear(since, glance, clock);
    }

    /// The side's terminal, which is made if it has none yet.
    pub(super) fn terminal(&mut self) -> &mut Terminal {
        self.terminal
            .get_or_insert_with(|| Box::new(Terminal::new()))
    }

    /// Whether it is in a conference room.
    pub(super) fn is_in_room(&self) -> bool {
        let terminal = self.terminal.as_ref();
        terminal.is_some_and(|terminal| terminal.in_room)
    }

    /// Whether the other side is heard, without any help.
    pub(super) fn is_plain(&self) -> bool {
        self.terminal.is_none()
    }
}

impl Terminal {
    fn new() -> Terminal {
        Terminal {
            receiver: Receiver::new(8_000, START_MS),
            key_hearing: KeyHearing::default(),
            sender: None,
            hears: Hears::Other,
            in_room: false,
            listens: false,
            transcodes: false,
            tones: None,
            has_sent_events: false,
            last_tone: None,
            tone_keys: Vec::new(),
            was_pulled: false,
            held_until: None,
            owes_keys_sent: false,
            frame: Vec::new(),
        }
    }

    /// What makes packets for these terms; `None`: nothing can.
    pub(super) fn sender(&mut self, terms: &Terms) -> Option<&mut Sender> {
        let suits = self.sender.as_ref().is_some_and(|(made, _)| made == terms);
        if !suits {
            let before = self.sender.take();
            let mut sender = Sender::new(terms)?;
            if let Some((_, before)) = before {
                sender.inherit(before);
            }
            self.sender = Some((*terms, sender));
        }
        self.sender.as_mut().map(|(_, sender)| sender)
    }

    /// Whether keys are to be heard in its sound: until it has sent one as an event. Gateways agree on events and pass tones on all the
    /// same.
    pub(super) fn wants_tones(&self, terms: &Terms) -> bool {
        self.listens && !self.has_sent_events && terms.preferred().is_some()
    }

    /// What it says in these 20 ms. False: nothing.
    pub(super) fn pull(&mut self, rate: u32, hears_tones: bool, frame: &mut [i16]) -> bool {
        self.receiver.set_rate(rate);
        let said = self.receiver.pull(frame);
        self.was_pulled = true;
        if let Some((_, frames)) = &mut self.last_tone {
            *frames = frames.saturating_add(1);
        }
        if !hears_tones {
            self.tones = None;
        } else if said {
            if !matches!(self.tones, Some((own, _)) if own == rate) {
                self.tones = Some((rate, Listener::new(rate)));
            }
            if let Some((_, listener)) = &mut self.tones {
                listener.hear(frame, &mut |key| {
                    self.tone_keys.push(key);
                    self.last_tone = Some((key, 0));
                });
            }
        }
        said
    }

    /// Whether keys are being sent to it.
    pub(super) fn gets_keys(&self) -> bool {
        self.sender
            .as_ref()
            .is_some_and(|(_, sender)| sender.sends_keys())
    }

    /// Whether something has to be made for it every 20 ms.
    pub(super) fn is_fed(&self) -> bool {
        match self.hears {
            Hears::Play { .. } => true,
            Hears::Other | Hears::Waiting { .. } if self.in_room => false,
            Hears::Other | Hears::Waiting { .. } => {
                self.transcodes || self.held_until.is_some() || self.gets_keys()
            }
        }
    }

    /// Whether what the other side of its session says is for it.
    pub(super) fn hears_other(&self) -> bool {
        !self.in_room && matches!(self.hears, Hears::Other)
    }

    /// Whether it is fed by a room at the moment.
    pub(super) fn hears_room(&self) -> bool {
        self.in_room && !matches!(self.hears, Hears::Play { .. })
    }

    /// Hears a packet of an event: the key that it is the first news of.
    pub(super) fn hear_key(&mut self, packet: &Packet<'_>) -> Option<KeyNews> {
        self.receiver.push(packet, Content::Other);
        self.has_sent_events = true;
        self.key_hearing.receive(packet)
    }

    /// Whether a key that came as an event is told: not if it was told already when it was heard in the sound.
    pub(super) fn tells(&mut self, news: Option<KeyNews>) -> bool {
        let (Some(KeyNews::Down(key) | KeyNews::Stroke(key)), true) = (news, self.listens) else {
            return false;
        };
        let last = self.last_tone.take();
        !last.is_some_and(|(heard, frames)| heard == key && frames < TONE_AND_EVENT)
    }

    /// Sends a key of the other side as that side holds it.
    pub(super) fn follow_key(&mut self, now: Instant, terms: &Terms, news: Option<KeyNews>) {
        let Some(sender) = self.sender(terms) else {
            return;
        };
        match news {
            Some(KeyNews::Down(key)) => sender.keys().press(key),
            Some(KeyNews::Stroke(key)) => {
                sender.keys().press(key);
                sender.keys().release();
            }
            Some(KeyNews::Up) => sender.keys().release(),
            None => {}
        }
        match news {
            Some(KeyNews::Up | KeyNews::Stroke(_)) => self.held_until = None,
            Some(KeyNews::Down(_)) => self.held_until = now.checked_add(KEY_PATIENCE),
            None if self.held_until.is_some() => self.held_until = now.checked_add(KEY_PATIENCE),
            None => {}
        }
    }

    /// Lets go of a key whose end was lost.
    pub(super) fn lose_key(&mut self, now: Instant) {
        if self.held_until.is_some_and(|until| until <= now) {
            self.held_until = None;
            if let Some((_, sender)) = &mut self.sender {
                sender.keys().release();
            }
        }
    }
}
