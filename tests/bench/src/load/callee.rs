//! The called side: answers every INVITE with 180 and 200, repeats the 200 until the ACK, answers BYE.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::Counts;
use super::phones::Phones;
use super::text::{body, dialled, header, response};
use crate::socket;

const T1: Duration = Duration::from_millis(500);

/// A 200 that waits for its ACK.
struct Unacknowledged {
    response: String,
    to: SocketAddr,
    interval: Duration,
}

pub(super) struct Callee {
    socket: UdpSocket,
    address: SocketAddr,
    unacknowledged: HashMap<String, Unacknowledged>,
    acknowledged: HashSet<String>,
    repeats: VecDeque<(Instant, String)>,
    buffer: Vec<u8>,
}

impl Callee {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            socket: socket::bind(address)?,
            address,
            unacknowledged: HashMap::new(),
            acknowledged: HashSet::new(),
            repeats: VecDeque::new(),
            buffer: vec![0; 65536],
        })
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    pub(super) fn receive(&mut self, now: Instant, phones: &mut impl Phones) -> bool {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut busy = false;
        for _ in 0..64 {
            let Ok((length, peer)) = self.socket.recv_from(&mut buffer) else {
                break;
            };
            busy = true;
            if let Ok(message) = std::str::from_utf8(&buffer[..length]) {
                self.handle(now, peer, message, phones);
            }
        }
        self.buffer = buffer;
        busy
    }

    fn handle(&mut self, now: Instant, peer: SocketAddr, message: &str, phones: &mut impl Phones) {
        let Some(call_id) = header(message, "Call-ID") else {
            return;
        };
        match message.split(' ').next() {
            Some("INVITE") if !self.acknowledged.contains(call_id) => {
                self.answer(now, peer, call_id, message, phones)
            }
            Some("ACK") if self.unacknowledged.remove(call_id).is_some() => {
                self.acknowledged.insert(call_id.to_owned());
            }
            Some("BYE" | "OPTIONS" | "CANCEL") => {
                self.acknowledged.remove(call_id);
                self.send(&self.response(message, "200 OK", ""), peer);
            }
            _ => {}
        }
    }

    fn answer(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        call_id: &str,
        message: &str,
        phones: &mut impl Phones,
    ) {
        if let Some(waiting) = self.unacknowledged.get(call_id) {
            self.send(&waiting.response, peer);
            return;
        }
        let Some(answer) = phones.answer(dialled(message).unwrap_or_default(), body(message))
        else {
            return self.send(&self.response(message, "488 Not Acceptable Here", ""), peer);
        };
        self.send(&self.response(message, "180 Ringing", ""), peer);
        let response = self.response(message, "200 OK", &answer);
        self.send(&response, peer);
        self.repeats.push_back((now + T1, call_id.to_owned()));
        self.unacknowledged.insert(
            call_id.to_owned(),
            Unacknowledged {
                response,
                to: peer,
                interval: T1,
            },
        );
    }

    fn response(&self, request: &str, status: &str, body: &str) -> String {
        response(request, status, "callee", self.address, body)
    }

    pub(super) fn timers(&mut self, now: Instant, counts: &mut Counts) {
        while self.repeats.front().is_some_and(|(due, _)| *due <= now) {
            let Some((_, call_id)) = self.repeats.pop_front() else {
                break;
            };
            let Some(waiting) = self.unacknowledged.get_mut(&call_id) else {
                continue;
            };
            if waiting.interval > T1 * 16 {
                self.unacknowledged.remove(&call_id);
                continue;
            }
            waiting.interval *= 2;
            counts.retransmissions += 1;
            let _ = self.socket.send_to(waiting.response.as_bytes(), waiting.to);
            let next = now + waiting.interval;
            // Kept in order of time: repeats are rare, so a walk from the back is short.
            let place = self
                .repeats
                .iter()
                .rposition(|(due, _)| *due <= next)
                .map_or(0, |at| at + 1);
            self.repeats.insert(place, (next, call_id));
        }
    }

    fn send(&self, message: &str, to: SocketAddr) {
        let _ = self.socket.send_to(message.as_bytes(), to);
    }
}
