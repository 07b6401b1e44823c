//! A network that loses, doubles, delays and thereby reorders datagrams, all from one seed. Streams (TCP) lose
//! nothing and keep their order, as the kernel promises; they only take time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_sip::flow::Transport;

/// How bad the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Datagrams lost, of a thousand.
    pub loss: u32,
    /// Datagrams delivered twice, of a thousand.
    pub duplication: u32,
    /// The shortest delay.
    pub delay_min: Duration,
    /// The longest delay; datagrams overtake each other within this span.
    pub delay_max: Duration,
}

impl Weather {
    /// Nothing lost, nothing doubled, one millisecond each way.
    pub const FAIR: Weather = Weather {
        loss: 0,
        duplication: 0,
        delay_min: Duration::from_millis(1),
        delay_max: Duration::from_millis(1),
    };
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Who sent it.
    pub from: SocketAddr,
    /// Whom it is for.
    pub to: SocketAddr,
    /// What carries it.
    pub transport: Transport,
    /// The message.
    pub bytes: Bytes,
}

/// A packet and when it arrives; ordered by that time, then by the order of sending.
#[derive(Debug, PartialEq, Eq)]
struct InFlight {
    at: Instant,
    serial: u64,
    packet: Packet,
}

impl Ord for InFlight {
    fn cmp(&self, other: &InFlight) -> std::cmp::Ordering {
        (self.at, self.serial).cmp(&(other.at, other.serial))
    }
}

impl PartialOrd for InFlight {
    fn partial_cmp(&self, other: &InFlight) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What the network did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages given to the network.
    pub sent: u64,
    /// Messages lost.
    pub lost: u64,
    /// Messages delivered twice.
    pub doubled: u64,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    /// How bad it is from now on.
    pub weather: Weather,
    /// Addresses that are cut off: what they send and what is sent to them is lost, streams too.
    pub unreachable: Vec<SocketAddr>,
    /// What it did.
    pub traffic: Traffic,
    rng: SmallRng,
    serial: u64,
    in_flight: BinaryHeap<Reverse<InFlight>>,
    /// When the last message of a stream arrives, so that the next one does not overtake it.
    streams: HashMap<(SocketAddr, SocketAddr), Instant>,
}

impl Network {
    /// A network with this weather and this seed.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Network {
        Network {
            weather,
            unreachable: Vec::new(),
            traffic: Traffic::default(),
            rng: SmallRng::seed_from_u64(seed),
            serial: 0,
            in_flight: BinaryHeap::new(),
            streams: HashMap::new(),
        }
    }

    /// Takes a message; returns whether it will arrive.
    pub fn send(&mut self, now: Instant, packet: Packet) -> bool {
        self.traffic.sent += 1;
        let cut = self.unreachable.contains(&packet.from) || self.unreachable.contains(&packet.to);
        if cut {
            self.traffic.lost += 1;
            return false;
        }
        if packet.transport.is_reliable() {
            self.send_in_stream(now, packet);
            return true;
        }
        if self.chance(self.weather.loss) {
            self.traffic.lost += 1;
            return false;
        }
        if self.chance(self.weather.duplication) {
            self.traffic.doubled += 1;
            let at = now + self.delay();
            self.launch(at, packet.clone());
        }
        let at = now + self.delay();
        self.launch(at, packet);
        true
    }

    /// When the next message arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        self.in_flight.peek().map(|Reverse(flight)| flight.at)
    }

    /// The next message that has arrived by `now`.
    pub fn arrive(&mut self, now: Instant) -> Option<Packet> {
        if self.next_arrival()? > now {
            return None;
        }
        self.in_flight.pop().map(|Reverse(flight)| flight.packet)
    }

    fn send_in_stream(&mut self, now: Instant, packet: Packet) {
        let route = (packet.from, packet.to);
        let earliest = self.streams.get(&route).copied().unwrap_or(now);
        let at = earliest.max(now + self.delay());
        self.streams.insert(route, at);
        self.launch(at, packet);
    }

    fn launch(&mut self, at: Instant, packet: Packet) {
        self.serial += 1;
        self.in_flight.push(Reverse(InFlight {
            at,
            serial: self.serial,
            packet,
        }));
    }

    fn chance(&mut self, of_thousand: u32) -> bool {
        of_thousand > 0 && self.rng.random_range(0..1000) < of_thousand
    }

    fn delay(&mut self) -> Duration {
        let (least, most) = (self.weather.delay_min, self.weather.delay_max);
        if most <= least {
            return least;
        }
        least + Duration::from_micros(self.rng.random_range(0..(most - least).as_micros() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u8, transport: Transport) -> Packet {
        Packet {
            from: SocketAddr::from(([10, 0, 0, 1], 5060)),
            to: SocketAddr::from(([10, 0, 0, 2], 5060)),
            transport,
            bytes: Bytes::copy_from_slice(&[number]),
        }
    }

    fn arrivals(seed: u64, weather: Weather, transport: Transport) -> Vec<u8> {
        let mut network = Network::new(seed, weather);
        let now = Instant::now();
        for number in 0..100 {
            network.send(now, packet(number, transport));
        }
        let late = now + Duration::from_secs(10);
        std::iter::from_fn(|| network.arrive(late))
            .map(|packet| packet.bytes[0])
            .collect()
    }

    const STORM: Weather = Weather {
        loss: 200,
        duplication: 200,
        delay_min: Duration::from_millis(1),
        delay_max: Duration::from_millis(300),
    };

    #[test]
    fn fair_weather_delivers_everything_in_order() {
        let all: Vec<u8> = (0..100).collect();
        assert_eq!(arrivals(1, Weather::FAIR, Transport::Udp), all);
    }

    #[test]
    fn a_storm_loses_doubles_and_reorders_and_its_seed_repeats_it() {
        let seen = arrivals(7, STORM, Transport::Udp);
        assert_eq!(seen, arrivals(7, STORM, Transport::Udp));
        assert_ne!(seen, arrivals(8, STORM, Transport::Udp));
        assert!(
            (0..100).any(|number| !seen.contains(&number)),
            "nothing was lost"
        );
        assert!(
            (0..100).any(|n| seen.iter().filter(|m| **m == n).count() == 2),
            "nothing doubled"
        );
        assert!(!seen.is_sorted(), "nothing was reordered");
    }

    #[test]
    fn a_stream_keeps_its_order_in_a_storm() {
        let all: Vec<u8> = (0..100).collect();
        assert_eq!(arrivals(7, STORM, Transport::Tcp), all);
    }
}
