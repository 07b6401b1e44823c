//! A relay with two phones, for tests.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::relay::{Kind, Relay, RelayConfig, Side, Verdict};
use crate::rtp::Packet;
use crate::sdp::{Direction, RemoteMedia, Terms};

/// Where the caller's SDP says its media is.
pub(crate) const CALLER: &str = "192.0.2.1:4000";
/// Where the callee's SDP says its media is.
pub(crate) const CALLEE: &str = "192.0.2.2:5000";

/// A relay and a clock.
pub(crate) struct Bench {
    pub(crate) relay: Relay,
    pub(crate) now: Instant,
    sequence: u16,
}

impl Bench {
    /// A relay that knows both sides' SDP.
    pub(crate) fn new() -> Bench {
        Bench::with(RelayConfig::default())
    }

    pub(crate) fn with(config: RelayConfig) -> Bench {
        let mut bench = Bench::unconnected(config);
        bench.connect(Side::Caller, CALLER);
        bench.connect(Side::Callee, CALLEE);
        bench
    }

    /// A relay that knows nobody.
    pub(crate) fn unconnected(config: RelayConfig) -> Bench {
        let now = Instant::now();
        Bench {
            relay: Relay::new(now, config),
            now,
            sequence: 0,
        }
    }

    pub(crate) fn connect(&mut self, side: Side, rtp: &str) {
        self.set(side, remote(rtp));
    }

    pub(crate) fn set(&mut self, side: Side, remote: RemoteMedia) {
        self.relay.set_remote(self.now, side, remote);
    }

    /// A packet that continues the one stream of this bench arrives.
    pub(crate) fn rtp(&mut self, side: Side, source: &str) -> Verdict {
        self.sequence += 1;
        self.rtp_of(side, source, 1, self.sequence)
    }

    pub(crate) fn rtp_of(&mut self, side: Side, source: &str, ssrc: u32, sequence: u16) -> Verdict {
        let packet = rtp(ssrc, sequence);
        self.relay
            .handle(self.now, side, Kind::Rtp, address(source), &packet)
    }

    pub(crate) fn rtcp(&mut self, side: Side, source: &str) -> Verdict {
        let packet = [0x80, 201, 0, 1, 0, 0, 0, 1];
        self.relay
            .handle(self.now, side, Kind::Rtcp, address(source), &packet)
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
    }
}

pub(crate) fn remote(rtp: &str) -> RemoteMedia {
    let rtp = address(rtp);
    RemoteMedia {
        rtp: Some(rtp),
        rtcp: Some(SocketAddr::new(rtp.ip(), rtp.port() + 1)),
        direction: Direction::SendRecv,
        signalling: None,
        terms: Terms::default(),
    }
}

pub(crate) fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    Packet {
        payload_type: 0,
        marker: false,
        sequence,
        timestamp: 160,
        ssrc,
        payload: &[0xff; 160],
    }
    .write()
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn forward(text: &str) -> Verdict {
    Verdict::Forward(address(text))
}
