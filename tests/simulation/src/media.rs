//! The media shell of a world without media: it grants ports, keeps account of sessions, and notes what would be
//! wrong with a real one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use switchhook_call::input::Input;
use switchhook_call::keys::{MediaPorts, SessionId};
use switchhook_call::media_command::{MediaCommand, MediaEvent, SideOrder};
use switchhook_media::relay::{Side, Statistics};

use crate::sides::Sides;

/// The address that the world's media ports have.
pub const MEDIA_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

/// Grants ports and keeps account.
#[derive(Debug)]
pub struct FakeMedia {
    /// Ports that exist; the exchange may have as many at a time.
    pub capacity: usize,
    /// How long it takes to grant ports and to close a session.
    pub delay: Duration,
    /// What was done wrong, in words.
    pub complaints: Vec<String>,
    /// Sessions opened so far.
    pub opened: u64,
    /// Sessions closed so far.
    pub closed: u64,
    free: Vec<u32>,
    granted: Vec<u32>,
    sessions: HashMap<SessionId, [u32; 2]>,
    sides: Sides,
    first_port: u16,
}

impl FakeMedia {
    /// A media shell with so many ports.
    #[must_use]
    pub fn new(capacity: usize) -> FakeMedia {
        let capacity = capacity.min(20_000);
        FakeMedia {
            capacity,
            delay: Duration::from_millis(1),
            complaints: Vec::new(),
            opened: 0,
            closed: 0,
            free: (0..capacity as u32).rev().collect(),
            granted: Vec::new(),
            sessions: HashMap::new(),
            sides: Sides::new(0),
            first_port: 20_000,
        }
    }

    /// The same with chances of its own.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> FakeMedia {
        FakeMedia {
            sides: Sides::new(seed),
            ..self
        }
    }

    /// How much was played, and how many keys were pressed.
    #[must_use]
    pub fn played_and_pressed(&self) -> (u64, u64) {
        (self.sides.played, self.sides.pressed)
    }

    /// Whether something that was to be said later is still true.
    pub fn comes_true(&mut self, input: &Input) -> bool {
        match input {
            Input::Media { session, event } => self.sides.comes_true(*session, event),
            _ => true,
        }
    }

    /// Sessions that are open.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// The session that was opened last, of those that are open.
    #[must_use]
    pub fn newest_session(&self) -> Option<SessionId> {
        self.sessions
            .keys()
            .max_by_key(|session| session.0)
            .copied()
    }

    /// Carries a command out; what it answers, and when. By then it may not be true any more: ask [`FakeMedia::comes_true`].
    pub fn carry_out(&mut self, now: Instant, command: MediaCommand) -> Vec<(Instant, Input)> {
        let answer = match command {
            MediaCommand::WantPorts { ipv6: true, .. } => None,
            MediaCommand::WantPorts { ipv6: false, count } => {
                let granted: Vec<MediaPorts> = (0..count).map_while(|_| self.grant()).collect();
                (!granted.is_empty()).then_some(Input::PortsGranted(granted))
            }
            MediaCommand::Open {
                session,
                caller,
                callee,
            } => {
                self.open(session, caller.slot, callee.slot);
                None
            }
            MediaCommand::SetRemote { session, .. } => {
                if !self.sessions.contains_key(&session) {
                    self.complaints
                        .push(format!("SetRemote for {session:?}, which is not open"));
                }
                None
            }
            MediaCommand::Side {
                session,
                side,
                order,
            } => return self.order(now, session, side, order),
            MediaCommand::Close { session } => self.close(session),
        };
        let answer = answer.map(|input| (now + self.delay, input));
        answer.into_iter().collect()
    }

    fn order(
        &mut self,
        now: Instant,
        session: SessionId,
        side: Side,
        order: SideOrder,
    ) -> Vec<(Instant, Input)> {
        if !self.sessions.contains_key(&session) {
            self.complaints
                .push(format!("{order:?} for {session:?}, which is not open"));
            return Vec::new();
        }
        let said = self.sides.carry_out(session, side, order);
        said.into_iter()
            .map(|(after, event)| (now + self.delay + after, Input::Media { session, event }))
            .collect()
    }

    fn grant(&mut self) -> Option<MediaPorts> {
        let slot = self.free.pop()?;
        self.granted.push(slot);
        let rtp_port = self.first_port + 2 * slot as u16;
        Some(MediaPorts {
            slot,
            address: MEDIA_ADDRESS,
            rtp_port,
        })
    }

    fn open(&mut self, session: SessionId, caller: u32, callee: u32) {
        self.opened += 1;
        for slot in [caller, callee] {
            match self.granted.iter().position(|granted| *granted == slot) {
                Some(index) => drop(self.granted.swap_remove(index)),
                None => self
                    .complaints
                    .push(format!("{session:?} opened with slot {slot}, not its own")),
            }
        }
        if self.sessions.insert(session, [caller, callee]).is_some() {
            self.complaints.push(format!("{session:?} opened twice"));
        }
    }

    fn close(&mut self, session: SessionId) -> Option<Input> {
        let Some(slots) = self.sessions.remove(&session) else {
            self.complaints
                .push(format!("{session:?} closed, but not open"));
            return None;
        };
        self.closed += 1;
        self.sides.close(session);
        self.free.extend(slots);
        Some(Input::Media {
            session,
            event: MediaEvent::Closed(Statistics::default()),
        })
    }
}
