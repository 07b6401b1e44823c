//! The calling side: one INVITE a call, ACK and BYE after the answer, each repeated as RFC 3261 says until answered.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::phones::Phones;
use super::text::{body, contact_uri, header, headers, response, status};
use super::{Counts, Load};
use crate::socket;

const T1: Duration = Duration::from_millis(500);
/// A call whose request was repeated this often without an answer is lost.
const MOST_REPEATS: u8 = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Inviting { provisional: bool },
    Established,
    Leaving,
    Over,
}

struct Call {
    state: State,
    invited: Instant,
    /// Remote target and Route lines for the requests within the dialog, and the To line.
    dialog: String,
    target: String,
    /// Which timer counts: an older one that comes due is ignored.
    generation: u8,
}

enum Due {
    Repeat(u8),
    Bye,
}

pub(super) struct Caller {
    socket: UdpSocket,
    address: SocketAddr,
    load: Load,
    run: u64,
    calls: Vec<Call>,
    open: u32,
    /// One queue an interval keeps every queue in order of time.
    due: [VecDeque<(Instant, u32, Due)>; MOST_REPEATS as usize + 2],
    buffer: Vec<u8>,
}

impl Caller {
    pub(super) fn bind(load: &Load) -> io::Result<Self> {
        let any_port = match load.target.ip() {
            IpAddr::V4(_) => SocketAddr::from(([127, 0, 0, 1], 0)),
            IpAddr::V6(_) => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0)),
        };
        let socket = socket::bind(any_port)?;
        let run = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| d.as_micros() as u64);
        Ok(Self {
            address: socket.local_addr()?,
            socket,
            load: load.clone(),
            run,
            calls: Vec::with_capacity(load.calls as usize),
            open: 0,
            due: Default::default(),
            buffer: vec![0; 65536],
        })
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open == 0
    }

    pub(super) fn left_over(&self) -> u32 {
        self.open
    }

    pub(super) fn invite(&mut self, now: Instant, index: u32, phones: &mut impl Phones) {
        self.calls.push(Call {
            state: State::Inviting { provisional: false },
            invited: now,
            dialog: String::new(),
            target: String::new(),
            generation: 0,
        });
        self.open += 1;
        self.send_invite(index, phones);
        self.due[0].push_back((now + T1, index, Due::Repeat(0)));
    }

    fn send_invite(&self, index: u32, phones: &mut impl Phones) {
        let Load { domain, number, .. } = &self.load;
        let number = phones.number(index, number);
        let (address, run) = (self.address, self.run);
        let body = phones.offer(index);
        self.send(&format!(
            "INVITE sip:{number}@{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bK{run}i{index};rport\r\nMax-Forwards: 70\r\nFrom: \"Load\" <sip:load@{domain}>;tag=c{index}\r\nTo: <sip:{number}@{domain}>\r\nCall-ID: {index}.{run}@load\r\nCSeq: 1 INVITE\r\nContact: <sip:load@{address}>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nUser-Agent: switchhook-load\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
    }

    /// A request within the dialog of an answered call.
    fn send_within(&self, index: u32, method: &str, cseq: u32) {
        let call = &self.calls[index as usize];
        let (address, run) = (self.address, self.run);
        self.send(&format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bK{run}{initial}{index};rport\r\nMax-Forwards: 70\r\nFrom: \"Load\" <sip:load@{domain}>;tag=c{index}\r\n{dialog}Call-ID: {index}.{run}@load\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n",
            target = call.target,
            dialog = call.dialog,
            domain = self.load.domain,
            initial = &method[..1],
        ));
    }

    pub(super) fn receive(
        &mut self,
        now: Instant,
        counts: &mut Counts,
        phones: &mut impl Phones,
    ) -> bool {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut busy = false;
        for _ in 0..64 {
            let Ok(length) = self.socket.recv(&mut buffer) else {
                break;
            };
            busy = true;
            if let Ok(message) = std::str::from_utf8(&buffer[..length]) {
                self.handle(now, message, counts, phones);
            }
        }
        self.buffer = buffer;
        busy
    }

    fn handle(
        &mut self,
        now: Instant,
        message: &str,
        counts: &mut Counts,
        phones: &mut impl Phones,
    ) {
        let (Some(call_id), Some(cseq)) = (header(message, "Call-ID"), header(message, "CSeq"))
        else {
            return;
        };
        let Some((index, run)) = call_id.split_once('.') else {
            return;
        };
        let Ok(index) = index.parse::<u32>() else {
            return;
        };
        if !run.starts_with(&self.run.to_string()) || index as usize >= self.calls.len() {
            return;
        }
        let Some(status) = status(message) else {
            return self.request(index, message, counts, phones);
        };
        let state = self.calls[index as usize].state;
        match (state, cseq.ends_with("INVITE"), status) {
            (State::Inviting { .. }, true, 100..=199) => {
                self.calls[index as usize].state = State::Inviting { provisional: true };
            }
            (State::Inviting { .. }, true, 200..=299) => {
                self.answered(now, index, message, counts, phones);
            }
            (State::Inviting { .. }, true, _) => {
                self.remember_dialog(index, message);
                self.acknowledge_refusal(index, message, phones);
                counts.refused += 1;
                phones.over(index);
                self.end(index);
            }
            (State::Established | State::Leaving, true, 200..=299) => {
                self.send_within(index, "ACK", 1)
            }
            (State::Leaving, false, 200..) => {
                if status < 300 {
                    counts.completed += 1;
                } else {
                    counts.refused += 1;
                }
                counts.up -= 1;
                self.end(index);
            }
            (State::Over, true, 300..) => self.acknowledge_refusal(index, message, phones),
            _ => {}
        }
    }

    /// The server hangs up: the call is lost. Anything else is not expected of it.
    fn request(
        &mut self,
        index: u32,
        message: &str,
        counts: &mut Counts,
        phones: &mut impl Phones,
    ) {
        if !message.starts_with("BYE ") {
            return;
        }
        self.send(&response(message, "200 OK", "", self.address, ""));
        if self.calls[index as usize].state == State::Established {
            counts.lost += 1;
            counts.up -= 1;
            phones.over(index);
            self.end(index);
        }
    }

    fn answered(
        &mut self,
        now: Instant,
        index: u32,
        message: &str,
        counts: &mut Counts,
        phones: &mut impl Phones,
    ) {
        self.remember_dialog(index, message);
        let call = &mut self.calls[index as usize];
        counts
            .setup_microseconds
            .push(now.duration_since(call.invited).as_micros() as u32);
        counts.up += 1;
        counts.most_at_once = counts.most_at_once.max(counts.up);
        call.state = State::Established;
        call.generation += 1;
        self.send_within(index, "ACK", 1);
        phones.answered(index, body(message), now);
        if self.load.hold.is_zero() {
            self.bye(now, index, phones);
        } else {
            let last = self.due.len() - 1;
            self.due[last].push_back((now + self.load.hold, index, Due::Bye));
        }
    }

    fn bye(&mut self, now: Instant, index: u32, phones: &mut impl Phones) {
        if self.calls[index as usize].state != State::Established {
            return;
        }
        phones.over(index);
        let call = &mut self.calls[index as usize];
        call.state = State::Leaving;
        call.generation += 1;
        self.send_within(index, "BYE", 2);
        let generation = self.calls[index as usize].generation;
        self.due[0].push_back((now + T1, index, Due::Repeat(generation)));
    }

    fn remember_dialog(&mut self, index: u32, message: &str) {
        let mut dialog = String::new();
        let routes: Vec<&str> = headers(message, "Record-Route").collect();
        for route in routes.iter().rev() {
            dialog.push_str(&format!("Route: {route}\r\n"));
        }
        dialog.push_str(&format!(
            "To: {}\r\n",
            header(message, "To").unwrap_or_default()
        ));
        let call = &mut self.calls[index as usize];
        call.dialog = dialog;
        call.target = contact_uri(message)
            .unwrap_or("sip:none@127.0.0.1")
            .to_owned();
    }

    /// RFC 3261 §17.1.1.3: the ACK for a refusal has the branch and the Request-URI of the INVITE.
    fn acknowledge_refusal(&self, index: u32, message: &str, phones: &impl Phones) {
        let Load { domain, number, .. } = &self.load;
        let number = phones.number(index, number);
        let (address, run) = (self.address, self.run);
        let to = header(message, "To").unwrap_or_default();
        self.send(&format!(
            "ACK sip:{number}@{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bK{run}i{index};rport\r\nMax-Forwards: 70\r\nFrom: \"Load\" <sip:load@{domain}>;tag=c{index}\r\nTo: {to}\r\nCall-ID: {index}.{run}@load\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
        ));
    }

    pub(super) fn timers(&mut self, now: Instant, counts: &mut Counts, phones: &mut impl Phones) {
        for queue in 0..self.due.len() {
            while self.due[queue].front().is_some_and(|(due, ..)| *due <= now) {
                let Some((_, index, due)) = self.due[queue].pop_front() else {
                    break;
                };
                match due {
                    Due::Bye => self.bye(now, index, phones),
                    Due::Repeat(generation) => {
                        let timer = (queue, generation);
                        self.repeat(now, index, timer, counts, phones);
                    }
                }
            }
        }
    }

    fn repeat(
        &mut self,
        now: Instant,
        index: u32,
        (queue, generation): (usize, u8),
        counts: &mut Counts,
        phones: &mut impl Phones,
    ) {
        let call = &self.calls[index as usize];
        if call.generation != generation {
            return;
        }
        let state = call.state;
        let repeats_left = queue < MOST_REPEATS as usize;
        match state {
            State::Inviting { .. } | State::Leaving if !repeats_left => {
                counts.lost += 1;
                if state == State::Leaving {
                    counts.up -= 1;
                }
                phones.over(index);
                return self.end(index);
            }
            // RFC 3261 §17.1.1.2: an INVITE that got a provisional response is not repeated.
            State::Inviting { provisional: true } => {}
            State::Inviting { provisional: false } => {
                counts.retransmissions += 1;
                self.send_invite(index, phones);
            }
            State::Leaving => {
                counts.retransmissions += 1;
                self.send_within(index, "BYE", 2);
            }
            State::Established | State::Over => return,
        }
        self.due[queue + 1].push_back((now + T1 * (2 << queue), index, Due::Repeat(generation)));
    }

    fn end(&mut self, index: u32) {
        let call = &mut self.calls[index as usize];
        call.state = State::Over;
        call.generation += 1;
        call.dialog = String::new();
        call.target = String::new();
        self.open -= 1;
    }

    fn send(&self, message: &str) {
        let _ = self.socket.send_to(message.as_bytes(), self.load.target);
    }
}
