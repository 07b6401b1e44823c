//! The media of one call: its session at the relay, and what has been said to each leg in SDP. RTP never comes here.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;
use switchhook_media::relay::{Side, Statistics};
use switchhook_media::sdp::{
    Answer, Codec, Direction, Encodings, Layout, LocalMedia, Offer, RemoteMedia, SdpError,
    SdpOrigin, Told,
};
use switchhook_routing::record::MediaRecord;

use crate::config::media_rules::MediaRules;
use crate::core::Core;
use crate::keys::{CallKey, MediaPorts, SessionId};
use crate::media_command::MediaCommand;
use crate::output::Output;

/// What was said in SDP to one leg.
#[derive(Debug)]
pub(crate) struct Said {
    origin: SdpOrigin,
    last: Bytes,
    layout: Layout,
}

/// The session of a call at the relay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    caller: MediaPorts,
    callee: MediaPorts,
    /// Where the called side's are, whatever they are known as.
    callee_bound: IpAddr,
    /// Whether it has been told to close.
    pub(crate) closing: bool,
}

impl Said {
    pub(crate) fn new(core: &mut Core) -> Said {
        let session_id = core.epoch_ms(core.now) << 12 | core.serial() & 0xfff;
        Said {
            origin: SdpOrigin {
                session_id,
                version: 1,
            },
            last: Bytes::new(),
            layout: Layout::default(),
        }
    }

    /// An offer of the other side, said to this leg.
    pub(crate) fn forward(&mut self, offer: &Offer, local: LocalMedia) -> Bytes {
        let mut said = offer.forward_within(&self.layout, local, &self.origin);
        if self.differs(&said) {
            said = offer.forward_within(&self.layout, local, &self.origin);
        }
        self.last = said.clone();
        said
    }

    /// What the other side answered, said to this leg, which had offered; where they have nothing in common, `encodings` may
    /// be transcoded.
    pub(crate) fn answer(
        &mut self,
        offer: &Offer,
        answer: &Answer,
        local: LocalMedia,
        encodings: Encodings,
    ) -> Result<Told, SdpError> {
        let mut told = offer.answer(answer, local, &self.origin, encodings)?;
        self.layout = offer.layout();
        if self.differs(&told.description) {
            told = offer.answer(answer, local, &self.origin, encodings)?;
        }
        self.last = told.description.clone();
        Ok(told)
    }

    /// An answer of our own.
    pub(crate) fn own_answer(
        &mut self,
        offer: &Offer,
        local: LocalMedia,
        supported: &[Codec],
        direction: Direction,
    ) -> Result<Bytes, SdpError> {
        let mut said = Answer::create(offer, local, &self.origin, supported, direction)?;
        self.layout = offer.layout();
        if self.differs(&said) {
            said = Answer::create(offer, local, &self.origin, supported, direction)?;
        }
        self.last = said.clone();
        Ok(said)
    }

    /// An offer of our own, in both directions.
    pub(crate) fn own_offer(&mut self, local: LocalMedia, codecs: &[Codec]) -> Bytes {
        let written = Offer::create(local, &self.origin, codecs, Direction::SendRecv);
        match Offer::parse(&written) {
            Ok(offer) => self.forward(&offer, local),
            Err(_) => written,
        }
    }

    /// What was said since was refused: this is what holds.
    pub(crate) fn restore(&mut self, before: Bytes) {
        self.last = before;
    }

    /// The identity of what is said to this leg.
    pub(crate) fn origin(&self) -> &SdpOrigin {
        &self.origin
    }

    /// What was said last.
    pub(crate) fn last(&self) -> Bytes {
        self.last.clone()
    }

    /// "If the session description is the same, the version number MUST remain the same; else it MUST be incremented"
    /// (RFC 3264 §8). Whether it was, so that the description must be written anew.
    fn differs(&mut self, said: &Bytes) -> bool {
        let differs = !self.last.is_empty() && *said != self.last;
        if differs {
            self.origin.version += 1;
        }
        differs
    }
}

impl Session {
    /// Opens a session on ports of the stock. `None`: there are none left.
    pub(crate) fn open(
        core: &mut Core,
        call: CallKey,
        caller: IpAddr,
        callee: IpAddr,
    ) -> Option<Session> {
        let peers = (caller, callee);
        let ports = core.stock.draw(caller, callee);
        core.want_ports();
        let Some((caller, callee)) = ports else {
            core.counters.ports_exhausted += 1;
            return None;
        };
        let id = SessionId(core.serial());
        core.owners.sessions.insert(id, call);
        core.outputs.push_back(Output::Media(MediaCommand::Open {
            session: id,
            caller,
            callee,
        }));
        Some(Session {
            id,
            caller: known_as(core, caller, peers.0),
            callee: known_as(core, callee, peers.1),
            callee_bound: callee.address,
            closing: false,
        })
    }

    /// Whoever is called is of this network: it was not known when the session was opened for the caller alone.
    pub(crate) fn callee_is_at(&mut self, core: &Core, peer: IpAddr) {
        let bound = MediaPorts {
            address: self.callee_bound,
            ..self.callee
        };
        self.callee = known_as(core, bound, peer);
    }

    /// Our own address and port towards a side.
    pub(crate) fn local(&self, side: Side) -> LocalMedia {
        let ports = match side {
            Side::Caller => self.caller,
            Side::Callee => self.callee,
        };
        LocalMedia {
            address: ports.address,
            port: ports.rtp_port,
        }
    }

    /// Tells the relay where a side wants its media.
    pub(crate) fn set_remote(
        &self,
        core: &mut Core,
        side: Side,
        remote: RemoteMedia,
        signalling: IpAddr,
    ) {
        if self.closing {
            // An answer that comes after the end, with an ACK or a late response.
            return;
        }
        let remote = RemoteMedia {
            signalling: Some(signalling),
            ..remote
        };
        let session = self.id;
        core.outputs
            .push_back(Output::Media(MediaCommand::SetRemote {
                session,
                side,
                remote,
            }));
    }

    /// Tells the relay what was agreed with a side that offered `offer` and was answered: nothing new where it was told all that
    /// it offered.
    pub(crate) fn agree(
        &self,
        core: &mut Core,
        side: Side,
        offer: &Offer,
        told: &Told,
        signalling: IpAddr,
    ) {
        let remote = offer.remote();
        if remote.terms != told.terms {
            let terms = told.terms;
            self.set_remote(core, side, RemoteMedia { terms, ..remote }, signalling);
        }
    }

    /// Ends the session.
    pub(crate) fn close(&mut self, core: &mut Core) {
        if !self.closing {
            self.closing = true;
            core.outputs
                .push_back(Output::Media(MediaCommand::Close { session: self.id }));
        }
    }
}

/// The same ports, by the address that SDP names in the network of this peer.
fn known_as(core: &Core, ports: MediaPorts, peer: IpAddr) -> MediaPorts {
    let networks = core.config.media_networks.iter();
    let usable = networks.filter(|(range, address)| {
        range.contains(peer) && address.is_ipv6() == ports.address.is_ipv6()
    });
    let known = usable.max_by_key(|(range, _)| range.prefix_length());
    MediaPorts {
        address: known.map_or(ports.address, |(_, address)| *address),
        ..ports
    }
}

/// An offer of somebody as somebody else gets it: with the codecs that both prefer, and what can be transcoded between them.
pub(crate) fn said_to<'o>(
    offer: Cow<'o, Offer>,
    from: &MediaRules,
    to: &MediaRules,
) -> Cow<'o, Offer> {
    let chosen = (!from.codecs.is_empty())
        .then(|| offer.widened(&from.codecs, Encodings::NONE))
        .flatten();
    let offer = chosen.map_or(offer, Cow::Owned);
    let encodings = from.transcoding.common(to.transcoding);
    match offer.widened(&to.codecs, encodings) {
        Some(widened) => Cow::Owned(widened),
        None => offer,
    }
}

/// What of the statistics is kept.
pub(crate) fn record(statistics: &Statistics) -> MediaRecord {
    let Statistics { caller, callee } = statistics;
    MediaRecord {
        packets_from_caller: caller.packets,
        packets_from_callee: callee.packets,
        packets_refused: caller.refused + callee.refused,
        packets_lost_from_caller: caller.lost,
        packets_lost_from_callee: callee.lost,
        caller_jitter_microseconds: caller.jitter_microseconds,
        callee_jitter_microseconds: callee.jitter_microseconds,
        caller_round_trip_microseconds: caller.round_trip_microseconds,
        callee_round_trip_microseconds: callee.round_trip_microseconds,
        caller_opinion_hundredths: caller.opinion_hundredths,
        callee_opinion_hundredths: callee.opinion_hundredths,
    }
}
