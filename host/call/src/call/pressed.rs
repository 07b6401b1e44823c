//! Keys that are pressed: those that the switch hears itself, those that come by SIP INFO, and those that nobody has asked for
//! yet.
//!
//! A key that no act wants waits for the next `gather` (type-ahead), up to [`limits::KEYS_AHEAD`]; a `connect` forgets them. A
//! phone may send each key twice, as RTP event and by INFO: a key that has come by one way within [`TWICE`] and now comes by the
//! other is the same one.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_sip::message::Request;
use switchhook_sip::transaction::ServerTransaction;

use crate::acts::Stimulus;
use crate::call::state::{Call, Phase};
use crate::core::{Core, Reply};
use crate::keys::LegId;
use crate::limits;
use crate::media_command::SideOrder;

/// How far apart the same key may come by two ways. An INFO that was lost comes again after T1, 500 ms.
const TWICE: Duration = Duration::from_millis(700);

/// How a key came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In RTP, as event or as tone.
    Rtp,
    /// By SIP INFO.
    Info,
}

/// A key that came by SIP INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pressed {
    key: char,
    length: Duration,
}

impl Call {
    /// The caller has pressed a key.
    pub(crate) fn key_pressed(&mut self, core: &mut Core, way: Way, key: char) {
        if matches!(self.phase, Phase::Talking | Phase::Ending | Phase::Parked)
            || self.came_before(core, way, key)
        {
            return;
        }
        if self.act_wants(key) {
            return self.stimulate(core, Stimulus::Key(key));
        }
        let ahead = &mut self.audio().ahead;
        if ahead.len() < limits::KEYS_AHEAD {
            ahead.push_back(key);
        }
    }

    /// An INFO with a key in it is answered here where there is nobody else to answer it, or who is there takes no INFO: then the
    /// key goes on in RTP. `false`: it is none of that.
    pub(crate) fn take_key(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) -> bool {
        let Some(pressed) = Pressed::of(request) else {
            return false;
        };
        if leg == LegId::Caller && self.bridged.is_none() && self.phase != Phase::Ending {
            core.reply(tx, request, Reply::new(200));
            self.key_pressed(core, Way::Info, pressed.key);
            return true;
        }
        let Some((_, to)) = self.both(leg).filter(|_| self.phase == Phase::Talking) else {
            return false;
        };
        if !self.peer(to).is_some_and(|peer| peer.allowed.no_info) {
            return false;
        }
        let order = SideOrder::SendKeys {
            keys: pressed.key.to_string(),
            length: pressed.length,
        };
        let sent = self.order(core, to, order);
        if sent {
            core.reply(tx, request, Reply::new(200));
        }
        sent
    }

    /// Nobody will ask for the keys any more that were pressed so far.
    pub(crate) fn forget_keys(&mut self) {
        if let Some(audio) = &mut self.audio {
            audio.ahead.clear();
        }
    }

    /// Whether the same key has come by the other way just before. Each key is the other's double once.
    fn came_before(&mut self, core: &Core, way: Way, key: char) -> bool {
        let recent = &mut self.audio().recent;
        recent.retain(|(_, _, at)| core.now.saturating_duration_since(*at) <= TWICE);
        let double = |(other, known, _): &(Way, char, _)| *other != way && *known == key;
        if let Some(at) = recent.iter().position(double) {
            recent.remove(at);
            return true;
        }
        if recent.len() >= limits::KEYS_AHEAD {
            recent.pop_front();
        }
        recent.push_back((way, key, core.now));
        false
    }
}

impl Pressed {
    /// The key of an INFO, in either of the two forms that are in use: `application/dtmf-relay` with lines `Signal=5` and
    /// `Duration=160` (milliseconds), and `application/dtmf`, which is the key alone. Neither is standardised.
    pub(crate) fn of(request: &Request) -> Option<Pressed> {
        let content_type = request.content_type()?;
        let content_type = content_type.split(';').next()?.trim();
        let body = std::str::from_utf8(request.body()).ok()?;
        let is_relay = content_type.eq_ignore_ascii_case("application/dtmf-relay");
        if !is_relay && !content_type.eq_ignore_ascii_case("application/dtmf") {
            return None;
        }
        let named = |name: &str| {
            body.lines().find_map(|line| {
                let (found, value) = line.split_once('=')?;
                let is_it = found.trim().eq_ignore_ascii_case(name);
                is_it.then(|| value.trim())
            })
        };
        let signal = match named("Signal") {
            Some(signal) => signal,
            None if is_relay => return None,
            None => body.trim(),
        };
        let milliseconds = named("Duration").and_then(|text| text.parse().ok());
        let milliseconds: u32 = milliseconds.unwrap_or(limits::KEY_MILLISECONDS);
        let milliseconds = milliseconds.clamp(
            limits::SHORTEST_KEY_MILLISECONDS,
            limits::LONGEST_KEY_MILLISECONDS,
        );
        Some(Pressed {
            key: key_of(signal)?,
            length: Duration::from_millis(milliseconds.into()),
        })
    }
}

/// A key by its sign or by the number of its event (RFC 4733 §3.2).
fn key_of(signal: &str) -> Option<char> {
    let mut signs = signal.chars();
    match (signs.next()?.to_ascii_uppercase(), signs.next()) {
        (key @ ('0'..='9' | '*' | '#' | 'A'..='D'), None) => Some(key),
        _ => match signal.parse::<u8>().ok()? {
            10 => Some('*'),
            11 => Some('#'),
            event @ 12..=15 => Some(char::from(b'A' + event - 12)),
            _ => None,
        },
    }
}

impl Call {
    /// Whether the caller is a side that keys can be told of.
    pub(crate) fn key_heard(&mut self, core: &mut Core, side: Side, key: char) {
        if side == Side::Caller {
            self.key_pressed(core, Way::Rtp, key);
        }
    }
}
