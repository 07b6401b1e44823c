//! Which source a side's media is accepted from (RFC 4961 symmetric RTP, RFC 7362 latching), and when that is final.
//!
//! The rule. A side is *open* until a source has settled. Sources are ranked: the address that the SDP names ([`Rank::Named`]),
//! another port of that host or the host that the signalling comes from ([`Rank::Known`]), anyone else
//! ([`Rank::Stranger`]). A named source settles with its first packet; a known one with two packets in a row, a stranger
//! with `settle_packets` in a row: same source, same SSRC, sequence numbers going up, and no packet of a better rank in
//! between. Until a stranger has settled its packets are not passed on, and nothing is sent to it. Once a source has
//! settled only it is accepted. Only within `settle_window` after settling may a source of a *better* rank take over, so
//! that a stranger who was faster than the phone does not keep the stream. After that only a new address in the
//! signalling opens the side again; an SDP that repeats the old address does not.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use crate::relay::types::RelayConfig;
use crate::rtp::{Glance, distance};

/// The largest gap in sequence numbers between two packets in a row.
const SEQUENCE_GAP: i16 = 64;
/// How many packets in a row a known source needs.
const KNOWN_PACKETS: u8 = 2;

/// How well a source fits what the signalling says. Better ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Nothing points to it.
    Stranger,
    /// The host is that of the SDP or of the signalling, the port is not the one named.
    Known,
    /// Address and port are those of the SDP.
    Named,
}

/// The source that a side's media is accepted from.
#[derive(Debug, Clone, Default)]
pub struct Latch {
    named: Option<SocketAddr>,
    signalling: Option<IpAddr>,
    settled: Option<Settled>,
    candidate: Option<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Settled {
    source: SocketAddr,
    rank: Rank,
    since: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    source: SocketAddr,
    rank: Rank,
    ssrc: u32,
    sequence: u16,
    packets: u8,
    since: Instant,
}

/// What a latch says of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It comes from the side's source.
    Accept,
    /// Its source may become the side's.
    Unproven,
    /// Its source is not the side's.
    Stranger,
}

impl Latch {
    /// The signalling names an address. If it is another one than before, or the signalling itself comes from another
    /// host (two devices may both name 192.168.1.2), the side is open again.
    pub fn name(&mut self, named: Option<SocketAddr>, signalling: Option<IpAddr>) {
        let moved =
            signalling.is_some() && self.signalling.is_some() && self.signalling != signalling;
        self.signalling = signalling.or(self.signalling);
        // On hold no address may be named; what comes back afterwards is mostly the old one.
        let changed = named.is_some() && self.named != named;
        self.named = named.or(self.named);
        if changed || moved {
            self.settled = None;
            self.candidate = None;
        }
    }

    /// Forgets everything: another device will answer on this side.
    pub fn reset(&mut self) {
        *self = Latch::default();
    }

    /// The source that has settled.
    pub fn source(&self) -> Option<SocketAddr> {
        self.settled.map(|settled| settled.source)
    }

    /// Where to send: to the source that has settled, else where the signalling says.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.source().or(self.named)
    }

    /// Judges the source of an RTP packet, and learns from it.
    pub fn judge(
        &mut self,
        now: Instant,
        config: &RelayConfig,
        source: SocketAddr,
        glance: Glance,
    ) -> Judgement {
        let rank = match self.settled {
            Some(settled) if settled.source == source => return Judgement::Accept,
            Some(settled) => {
                let rank = self.rank(source);
                let open = now.saturating_duration_since(settled.since) <= config.settle_window;
                if !open || rank <= settled.rank {
                    return Judgement::Stranger;
                }
                rank
            }
            None => self.rank(source),
        };
        if rank == Rank::Named {
            return self.settle(now, source, rank);
        }
        if !config.symmetric {
            return Judgement::Stranger;
        }
        let Some(packets) = self.consider(now, config, source, rank, glance) else {
            return Judgement::Stranger;
        };
        let needed = match rank {
            Rank::Stranger => config.settle_packets.max(1),
            Rank::Known | Rank::Named => KNOWN_PACKETS,
        };
        if packets >= needed {
            return self.settle(now, source, rank);
        }
        match rank {
            Rank::Stranger => Judgement::Unproven,
            // Its first packet is good sound most of the time; sending to it waits until it has settled.
            Rank::Known | Rank::Named if self.settled.is_none() => Judgement::Accept,
            Rank::Known | Rank::Named => Judgement::Unproven,
        }
    }

    fn rank(&self, source: SocketAddr) -> Rank {
        if self.named == Some(source) {
            Rank::Named
        } else if self.named.map(|named| named.ip()) == Some(source.ip())
            || self.signalling == Some(source.ip())
        {
            Rank::Known
        } else {
            Rank::Stranger
        }
    }

    fn settle(&mut self, now: Instant, source: SocketAddr, rank: Rank) -> Judgement {
        self.settled = Some(Settled {
            source,
            rank,
            since: now,
        });
        self.candidate = None;
        Judgement::Accept
    }

    /// Counts the packets in a row of the candidate. None: another candidate stands in the way of this source.
    fn consider(
        &mut self,
        now: Instant,
        config: &RelayConfig,
        source: SocketAddr,
        rank: Rank,
        glance: Glance,
    ) -> Option<u8> {
        let fresh = Candidate {
            source,
            rank,
            ssrc: glance.ssrc,
            sequence: glance.sequence,
            packets: 1,
            since: now,
        };
        let next = match self.candidate {
            Some(old) if old.source == source => {
                let ahead = distance(glance.sequence, old.sequence);
                let goes_on = old.ssrc == glance.ssrc && (1..=SEQUENCE_GAP).contains(&ahead);
                let packets = if goes_on {
                    old.packets.saturating_add(1)
                } else {
                    1
                };
                Candidate {
                    packets,
                    since: old.since,
                    ..fresh
                }
            }
            // For a while only a better source replaces the candidate: two streams would else take turns for ever. Not for
            // longer, or a candidate that never settles would keep the phone out.
            Some(old)
                if rank <= old.rank
                    && now.saturating_duration_since(old.since) <= config.settle_window =>
            {
                return None;
            }
            _ => fresh,
        };
        self.candidate = Some(next);
        Some(next.packets)
    }
}
