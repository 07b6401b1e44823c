//! The relay of one call: two sides, each with a latch, and the watch over their silence.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::limits;
use crate::relay::latch::{Judgement, Latch};
use crate::relay::statistics::Statistics;
use crate::relay::types::{DropReason, Glimpse, Kind, RelayConfig, RelayEvent, Side, Verdict};
use crate::rtcp::is_rtcp;
use crate::rtp::{Glance, glance};
use crate::sdp::address::{Direction, RemoteMedia};

/// The relay between the two sides of a call. The shell owns the sockets and carries out the verdicts.
///
/// The direction that SDP states is not enforced on packets: a side that was told not to send does not, and a re-INVITE
/// that fails must not leave the call silent. It only decides whose silence is watched.
#[derive(Debug, Clone)]
pub struct Relay {
    config: RelayConfig,
    caller: Peer,
    callee: Peer,
    statistics: Statistics,
}

/// A side's far end.
#[derive(Debug, Clone, Default)]
struct Peer {
    latch: Latch,
    remote: Option<RemoteMedia>,
    /// Where its RTCP comes from: fixed by its first packet from the host that RTP has settled on.
    rtcp_source: Option<SocketAddr>,
    /// When it was heard last; if never, since when it is expected.
    heard: Option<Instant>,
    expected_since: Option<Instant>,
    /// Who was turned away last.
    stranger: Option<SocketAddr>,
}

impl Relay {
    /// A relay that knows no addresses yet.
    pub fn new(_now: Instant, config: RelayConfig) -> Relay {
        Relay {
            config,
            caller: Peer::default(),
            callee: Peer::default(),
            statistics: Statistics::default(),
        }
    }

    /// The signalling says where a side wants its media: its first SDP, or a re-INVITE's. A side whose address changes is
    /// open for latching again (see [`crate::relay::latch`]).
    pub fn set_remote(&mut self, now: Instant, side: Side, remote: RemoteMedia) {
        let peer = self.peer_mut(side);
        let before = peer.latch.source();
        peer.latch.name(remote.rtp, remote.signalling);
        if peer.latch.source() != before {
            peer.rtcp_source = None;
            peer.heard = None;
        }
        peer.remote = Some(remote);
        self.expect(now);
    }

    /// A side is unknown again: the device that rang has been given up for another one.
    pub fn unset_remote(&mut self, now: Instant, side: Side) {
        *self.peer_mut(side) = Peer::default();
        self.expect(now);
    }

    /// A packet arrived at `side`'s socket of this kind from `source`. On `Forward` send it unchanged.
    pub fn handle(
        &mut self,
        now: Instant,
        side: Side,
        kind: Kind,
        source: SocketAddr,
        packet: &[u8],
    ) -> Verdict {
        match self.accept(now, side, kind, source, packet) {
            Ok(_) => self.pass(side, kind, packet.len()),
            Err(reason) => Verdict::Drop(reason),
        }
    }

    /// Whether a packet that arrived at `side`'s socket of this kind from `source` is the side's; of RTP, what its header says. It is to be
    /// passed on ([`Relay::pass`]) or taken ([`Relay::take`]) then. Otherwise it is counted, and why is said.
    pub fn accept(
        &mut self,
        now: Instant,
        side: Side,
        kind: Kind,
        source: SocketAddr,
        packet: &[u8],
    ) -> Result<Option<Glance>, DropReason> {
        let accepted = match kind {
            Kind::Rtp => self.accept_rtp(now, side, source, packet).map(Some),
            Kind::Rtcp => self.accept_rtcp(side, source, packet).map(|()| None),
        };
        match accepted {
            Ok(_) => self.peer_mut(side).heard = Some(now),
            Err(reason) => self.count(side, kind, Verdict::Drop(reason), packet.len()),
        }
        accepted
    }

    /// Where an accepted packet of `side` goes if it is passed on; it is counted.
    pub fn pass(&mut self, side: Side, kind: Kind, length: usize) -> Verdict {
        let destination = self.destination(side.other(), kind);
        let verdict =
            destination.map_or(Verdict::Drop(DropReason::NoDestination), Verdict::Forward);
        self.count(side, kind, verdict, length);
        verdict
    }

    /// An accepted packet of `side` is not passed on, but heard by the switch itself; it is counted.
    pub fn take(&mut self, side: Side, kind: Kind, length: usize) -> Verdict {
        self.count(side, kind, Verdict::Taken, length);
        Verdict::Taken
    }

    /// A packet that came from `side` and was to be forwarded could not be sent.
    pub fn failed(&mut self, side: Side, kind: Kind, length: usize) {
        let counted = self.statistics.side_mut(side);
        counted.unsent += 1;
        match kind {
            Kind::Rtp => {
                counted.packets = counted.packets.saturating_sub(1);
                counted.bytes = counted.bytes.saturating_sub(bytes(length));
            }
            Kind::Rtcp => counted.rtcp_packets = counted.rtcp_packets.saturating_sub(1),
        }
    }

    /// When [`Relay::handle_timeout`] is due: at the latest then; it may be called at any time.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let (caller, callee) = (self.deadline(Side::Caller), self.deadline(Side::Callee));
        [caller, callee].into_iter().flatten().min()
    }

    /// Whose silence has lasted too long. Call it again until it returns None.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<RelayEvent> {
        let side = [Side::Caller, Side::Callee]
            .into_iter()
            .find(|side| self.deadline(*side).is_some_and(|deadline| deadline <= now))?;
        let peer = self.peer_mut(side);
        match peer.heard {
            Some(_) => peer.heard = Some(now),
            None => peer.expected_since = Some(now),
        }
        Some(RelayEvent::MediaTimeout { side })
    }

    /// What was counted so far.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// How a side is doing at this moment.
    pub fn glimpse(&self, now: Instant, side: Side) -> Glimpse {
        let peer = self.peer(side);
        Glimpse {
            named: peer.remote.and_then(|remote| remote.rtp),
            source: peer.latch.source(),
            stranger: peer.stranger,
            silent: peer.heard.map(|heard| now.saturating_duration_since(heard)),
            is_expected: peer.expected_since.is_some(),
            statistics: *self.statistics.side(side),
        }
    }

    fn accept_rtp(
        &mut self,
        now: Instant,
        side: Side,
        source: SocketAddr,
        packet: &[u8],
    ) -> Result<Glance, DropReason> {
        if packet.len() > limits::PACKET_BYTES {
            return Err(DropReason::Malformed);
        }
        let glance = glance(packet).ok_or(DropReason::Malformed)?;
        let config = self.config;
        let peer = self.peer_mut(side);
        let before = peer.latch.source();
        let judgement = peer.latch.judge(now, &config, source, glance);
        if peer.latch.source() != before {
            peer.rtcp_source = None;
        }
        match judgement {
            Judgement::Accept => Ok(glance),
            Judgement::Unproven => Err(DropReason::Unproven),
            Judgement::Stranger => {
                peer.stranger = Some(source);
                Err(DropReason::Stranger)
            }
        }
    }

    /// RTCP follows RTP: it comes from the host that RTP has settled on, or from where the SDP says.
    fn accept_rtcp(
        &mut self,
        side: Side,
        source: SocketAddr,
        packet: &[u8],
    ) -> Result<(), DropReason> {
        if packet.len() > limits::PACKET_BYTES || !is_rtcp(packet) {
            return Err(DropReason::Malformed);
        }
        let symmetric = self.config.symmetric;
        let peer = self.peer_mut(side);
        let named = peer.remote.and_then(|remote| remote.rtcp);
        let settled = peer.latch.source().map(|settled| settled.ip());
        let fits = match (peer.rtcp_source, settled) {
            (Some(known), _) => known == source,
            (None, Some(host)) => named == Some(source) || (symmetric && host == source.ip()),
            (None, None) => named == Some(source),
        };
        if !fits {
            return Err(DropReason::Stranger);
        }
        if settled.is_some() {
            peer.rtcp_source = Some(source);
        }
        Ok(())
    }

    /// Where a side gets its packets of this kind; `None`: that is not known, or it wants nothing.
    pub fn destination(&self, side: Side, kind: Kind) -> Option<SocketAddr> {
        let peer = self.peer(side);
        match (peer.remote, kind) {
            // It names no address although it is not known behind a name either: it wants nothing (RFC 3264 §8.4).
            (Some(remote), _) if remote.rtp.is_none() && !remote.direction.receives() => None,
            (_, Kind::Rtp) => peer.latch.destination(),
            (remote, Kind::Rtcp) => peer.rtcp_destination(remote.and_then(|remote| remote.rtcp)),
        }
    }

    /// What the signalling said of a side.
    pub fn remote(&self, side: Side) -> Option<RemoteMedia> {
        self.peer(side).remote
    }

    fn count(&mut self, side: Side, kind: Kind, verdict: Verdict, length: usize) {
        let counted = self.statistics.side_mut(side);
        match (verdict, kind) {
            (Verdict::Forward(_) | Verdict::Taken, Kind::Rtp) => {
                counted.packets += 1;
                counted.bytes += bytes(length);
            }
            (Verdict::Forward(_) | Verdict::Taken, Kind::Rtcp) => counted.rtcp_packets += 1,
            (Verdict::Drop(DropReason::Malformed), _) => counted.malformed += 1,
            (Verdict::Drop(DropReason::NoDestination), _) => counted.unsent += 1,
            (Verdict::Drop(DropReason::Stranger | DropReason::Unproven), _) => counted.refused += 1,
        }
    }

    /// Begins or ends the watch over each side after the signalling has changed.
    fn expect(&mut self, now: Instant) {
        for side in [Side::Caller, Side::Callee] {
            let other = self
                .peer(side.other())
                .remote
                .map(|remote| remote.direction);
            let peer = self.peer_mut(side);
            let own = peer.remote.map(|remote| remote.direction);
            let expected = own.zip(other).is_some_and(|(own, other)| flows(own, other));
            match (expected, peer.expected_since) {
                (true, None) => {
                    peer.expected_since = Some(now);
                    // Silence while on hold does not count.
                    peer.heard = peer.heard.map(|_| now);
                }
                (false, _) => peer.expected_since = None,
                (true, Some(_)) => {}
            }
        }
    }

    fn deadline(&self, side: Side) -> Option<Instant> {
        let peer = self.peer(side);
        let since = peer.expected_since?;
        let (from, patience) = match peer.heard {
            Some(heard) => (heard.max(since), self.config.timeout),
            None => (since, self.config.start_timeout),
        };
        from.checked_add(patience.max(Duration::from_secs(1)))
    }

    fn peer(&self, side: Side) -> &Peer {
        match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        }
    }

    fn peer_mut(&mut self, side: Side) -> &mut Peer {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }
}

impl Peer {
    fn rtcp_destination(&self, named: Option<SocketAddr>) -> Option<SocketAddr> {
        if self.rtcp_source.is_some() {
            return self.rtcp_source;
        }
        match (self.latch.source(), named) {
            // Behind address translation the named address is not reachable; the port after RTP's is the best guess.
            (Some(settled), named) if named.map(|named| named.ip()) != Some(settled.ip()) => {
                let port = settled.port().checked_add(1)?;
                Some(SocketAddr::new(settled.ip(), port))
            }
            (_, named) => named,
        }
    }
}

/// Whether media flows from a side that states `own` to one that states `other`.
fn flows(own: Direction, other: Direction) -> bool {
    own.sends() && other.receives()
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
