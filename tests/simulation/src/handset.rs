//! A phone of the world with its name, its address and what happened to its calls, so that a scenario can say "hang
//! up that call" without knowing how the phone numbers it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use switchhook_media::sdp::{Codec, LocalMedia};
use switchhook_phone::config::{Behaviour, PhoneConfig};
use switchhook_phone::input::{Command, LineCall};
use switchhook_phone::output::{CallMedia, EndedBy, Event};
use switchhook_phone::phone::Phone;
use switchhook_sip::flow::{ListenerId, Transport};

use crate::carrier::Carrier;

/// A scenario's own name for a call that one of its phones makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u32);

/// What a scenario lets a phone do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Register for so many seconds.
    Register(u32),
    /// Remove the registration.
    Unregister,
    /// Call somebody; the call gets this name.
    Call(Tag, String),
    /// End the call that the phone made under this name, whatever state it is in.
    HangUp(Tag),
    /// End the oldest call that the phone received.
    HangUpIncoming,
    /// Answer the oldest call that rings.
    Answer,
    /// Refuse the oldest call that rings.
    Reject(u16),
    /// Put the other side of every call on hold.
    HoldAll,
    /// Take it from hold.
    ResumeAll,
    /// Transfer the other side of the oldest call to this number.
    Transfer(String),
    /// Transfer the other side of the oldest call to that of the next one, if there are two.
    Join,
    /// Press a key in every call that goes on, said by INFO.
    Press(char),
    /// End everything.
    HangUpAll,
}

/// What became of a call of a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEnd {
    /// It was established and ended by this side.
    Ended(EndedBy),
    /// It never was established.
    Failed(u16),
}

/// What a phone knows of one of its calls.
#[derive(Debug, Clone, Default)]
pub struct CallView {
    /// Whether the phone made it.
    pub outgoing: bool,
    /// When it was established.
    pub answered: Option<Instant>,
    /// How it ended; more than one entry is an error.
    pub ends: Vec<CallEnd>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// A phone with a name and an address.
pub struct Handset {
    /// The name; also the user name.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
    /// The phone.
    pub phone: Phone,
    /// What happened to its calls.
    pub calls: HashMap<LineCall, CallView>,
    /// Everything it told its user.
    pub events: Vec<(Instant, Event)>,
    /// Whether it is registered, as far as it knows.
    pub registered: bool,
    /// Who answers before the phone does, if it is a carrier's.
    pub carrier: Option<Carrier>,
    /// What it can hear and say; empty: whatever every phone can.
    pub codecs: Vec<Codec>,
    /// What it was told that it cannot do, in words.
    pub complaints: Vec<String>,
    tags: HashMap<Tag, LineCall>,
    waiting_tag: Option<Tag>,
}

impl Handset {
    /// A phone of the domain `example.test` whose password is its name and whose address ends in `number`.
    #[must_use]
    pub fn new(
        name: &str,
        number: u8,
        transport: Transport,
        registrar: SocketAddr,
        seed: u64,
        behaviour: Behaviour,
    ) -> Handset {
        let address = SocketAddr::from(([10, 0, 1, number], 5060));
        Handset::at(name, address, transport, registrar, seed, behaviour)
    }

    /// The same at any address.
    #[must_use]
    pub fn at(
        name: &str,
        address: SocketAddr,
        transport: Transport,
        registrar: SocketAddr,
        seed: u64,
        behaviour: Behaviour,
    ) -> Handset {
        let config = PhoneConfig {
            username: name.to_owned(),
            password: name.to_owned(),
            domain: DOMAIN.to_owned(),
            local: address,
            listener: ListenerId(u16::from(transport != Transport::Udp)),
            registrar,
            transport,
            user_agent: String::new(),
            media: LocalMedia {
                address: address.ip(),
                port: 4000,
            },
            t1: Duration::from_millis(500),
            max_calls: 64,
            behaviour,
        };
        let codecs = config.behaviour.codecs.clone();
        Handset {
            codecs,
            complaints: Vec::new(),
            name: name.to_owned(),
            address,
            phone: Phone::new(seed, config),
            calls: HashMap::new(),
            events: Vec::new(),
            registered: false,
            carrier: None,
            tags: HashMap::new(),
            waiting_tag: None,
        }
    }

    /// The commands that an action means at this moment.
    pub fn commands(&mut self, action: Action) -> Vec<Command> {
        match action {
            Action::Register(expires) => vec![Command::Register { expires }],
            Action::Unregister => vec![Command::Unregister],
            Action::Call(tag, to) => {
                self.waiting_tag = Some(tag);
                vec![Command::Call { to }]
            }
            Action::HangUp(tag) => self
                .tags
                .get(&tag)
                .map(|call| Command::HangUp(*call))
                .into_iter()
                .collect(),
            Action::HangUpIncoming => self
                .oldest_incoming()
                .map(Command::HangUp)
                .into_iter()
                .collect(),
            Action::Answer => self
                .oldest_incoming()
                .map(Command::Answer)
                .into_iter()
                .collect(),
            Action::Reject(status) => self
                .oldest_incoming()
                .map(|call| Command::Reject(call, status))
                .into_iter()
                .collect(),
            Action::HoldAll => self.live_calls().into_iter().map(Command::Hold).collect(),
            Action::ResumeAll => self.live_calls().into_iter().map(Command::Resume).collect(),
            Action::Transfer(to) => {
                let oldest = self.live_calls().into_iter().next();
                let transfer = oldest.map(|call| Command::Transfer(call, to));
                transfer.into_iter().collect()
            }
            Action::Join => match self.live_calls().as_slice() {
                [first, second, ..] => vec![Command::Join(*first, *second)],
                _ => Vec::new(),
            },
            Action::Press(key) => {
                let calls = self.live_calls().into_iter();
                calls.map(|call| Command::Press(call, key)).collect()
            }
            Action::HangUpAll => vec![Command::HangUpAll],
        }
    }

    /// Calls that have not ended, oldest first.
    #[must_use]
    pub fn live_calls(&self) -> Vec<LineCall> {
        let live = self.calls.iter().filter(|(_, view)| view.ends.is_empty());
        let mut calls: Vec<LineCall> = live.map(|(call, _)| *call).collect();
        calls.sort_unstable();
        calls
    }

    /// What became of the call that the phone made under this name.
    #[must_use]
    pub fn call(&self, tag: Tag) -> Option<&CallView> {
        self.tags.get(&tag).and_then(|call| self.calls.get(call))
    }

    /// How many of its re-INVITEs for hold and resume were taken.
    #[must_use]
    pub fn changes_taken(&self) -> u64 {
        let taken = |event: &Event| matches!(event, Event::Held(_) | Event::Resumed(_));
        self.events.iter().filter(|(_, event)| taken(event)).count() as u64
    }

    /// How many PRACKs it sent or got.
    #[must_use]
    pub fn provisionals_acknowledged(&self) -> u64 {
        self.count(|event| matches!(event, Event::ProvisionalAcknowledged(_)))
    }

    /// How many of its sessions were refreshed by an UPDATE.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        self.count(|event| matches!(event, Event::Refreshed(_)))
    }

    fn count(&self, wanted: impl Fn(&Event) -> bool) -> u64 {
        let events = self.events.iter();
        events.filter(|(_, event)| wanted(event)).count() as u64
    }

    /// Takes note of what the phone tells.
    pub fn note(&mut self, now: Instant, event: Event) {
        match &event {
            Event::Registered { .. } => self.registered = true,
            Event::Unregistered | Event::RegistrationFailed(_) => self.registered = false,
            Event::Calling { call, .. } => {
                if let Some(tag) = self.waiting_tag.take() {
                    self.tags.insert(tag, *call);
                }
                self.calls.entry(*call).or_default().outgoing = true;
            }
            Event::Incoming { call, .. } => {
                self.calls.entry(*call).or_default();
            }
            Event::Answered { call, .. } => {
                self.calls.entry(*call).or_default().answered = Some(now)
            }
            Event::Ended { call, by } => self.end(now, *call, CallEnd::Ended(*by)),
            Event::Failed { call, status } => self.end(now, *call, CallEnd::Failed(*status)),
            _ => {}
        }
        if let Event::Answered { media, .. }
        | Event::EarlyMedia { media, .. }
        | Event::MediaChanged { media, .. } = &event
        {
            self.check_media(media);
        }
        self.events.push((now, event));
    }

    /// "The answer … MUST NOT contain" formats that were not offered, and has one that carries sound (RFC 3264 §6.1).
    fn check_media(&mut self, media: &CallMedia) {
        let own = &self.codecs;
        let knows = |codec: &Codec| own.is_empty() || own.iter().any(|own| own.matches(codec));
        let unknown: Vec<_> = media.codecs.iter().filter(|codec| !knows(codec)).collect();
        if !unknown.is_empty() || !media.codecs.iter().any(Codec::carries_sound) {
            let complaint = format!("{} agreed on {:?}: {unknown:?}", self.name, media.codecs);
            self.complaints.push(complaint);
        }
    }

    fn end(&mut self, now: Instant, call: LineCall, end: CallEnd) {
        let view = self.calls.entry(call).or_default();
        view.ends.push(end);
        view.ended_at = Some(now);
    }

    fn oldest_incoming(&self) -> Option<LineCall> {
        self.live_calls()
            .into_iter()
            .find(|call| self.calls.get(call).is_some_and(|view| !view.outgoing))
    }
}

/// The domain that every phone of the world belongs to.
pub const DOMAIN: &str = "example.test";
