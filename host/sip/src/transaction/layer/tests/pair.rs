//! Two layers and a network between them that loses, doubles, delays and reorders, from one seed.

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::build::Builder;
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::transaction::success::{SuccessAction, SuccessRetransmit};
use crate::transaction::timer::Timing;

/// A generator that is good enough to shake a network.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

const CALLER: usize = 0;
const CALLEE: usize = 1;

/// A caller that invites, is answered or refused, and hangs up; a callee that does as it is told.
struct Pair {
    layers: [Layer; 2],
    now: Instant,
    chance: Chance,
    loss_percent: u64,
    flying: BTreeMap<(Instant, u64), (usize, Bytes)>,
    serial: u64,
    final_status: u16,
    /// How often each request was handed up.
    seen: HashMap<String, u32>,
    success: Option<(SuccessRetransmit, ServerTransaction, Bytes)>,
    finals: Vec<u16>,
    lost: u32,
    acks: u32,
    bye_sent: bool,
}

impl Pair {
    fn new(seed: u64, loss_percent: u64, final_status: u16) -> Self {
        let layer = || Layer::new(TransactionConfig::default());
        Self {
            layers: [layer(), layer()],
            now: Instant::now(),
            chance: Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            loss_percent,
            flying: BTreeMap::new(),
            serial: 0,
            final_status,
            seen: HashMap::new(),
            success: None,
            finals: Vec::new(),
            lost: 0,
            acks: 0,
            bye_sent: false,
        }
    }

    fn send(&mut self, to: usize, bytes: Bytes) {
        let copies = match () {
            () if self.chance.percent(self.loss_percent) => 0,
            () if self.chance.percent(10) => 2,
            () => 1,
        };
        for _ in 0..copies {
            let delay = Duration::from_millis(self.chance.below(300));
            self.serial += 1;
            self.flying
                .insert((self.now + delay, self.serial), (to, bytes.clone()));
        }
    }

    fn drain(&mut self) {
        for side in [CALLER, CALLEE] {
            while let Some(event) = self.layers[side].poll_event() {
                match event {
                    Event::Send { bytes, .. } => self.send(1 - side, bytes),
                    Event::Request { tx, request, .. } => self.answer(tx, &request),
                    Event::Ack { .. } => {
                        self.acks += 1;
                        self.success = None;
                    }
                    Event::Response { response, .. } if response.is_final() => {
                        self.hear(response.status(), response.cseq().number);
                    }
                    Event::TimedOut { .. } => self.lost += 1,
                    _ => {}
                }
            }
        }
    }

    fn answer(&mut self, tx: ServerTransaction, request: &Request) {
        *self.seen.entry(request.method().to_string()).or_default() += 1;
        let reply = |status| {
            Builder::response_to(request, status, None, Some("bob"))
                .header(HeaderName::Contact, "<sip:bob@192.0.2.9>")
                .finish()
        };
        let layer = &mut self.layers[CALLEE];
        if request.method() != crate::method::Method::Invite {
            layer.respond(self.now, tx, reply(200));
            return;
        }
        layer.respond(self.now, tx, reply(100));
        layer.respond(self.now, tx, reply(180));
        layer.respond(self.now, tx, reply(self.final_status));
        if self.final_status == 200 {
            let timer = SuccessRetransmit::new(self.now, Timing::default());
            self.success = Some((timer, tx, reply(200)));
        }
    }

    fn hear(&mut self, status: u16, cseq: u32) {
        self.finals.push(status);
        if cseq == 1 && status == 200 {
            self.send(CALLEE, request("ACK", "z9hG4bKack", 1, ""));
            if !self.bye_sent {
                self.bye_sent = true;
                let bye = request("BYE", "z9hG4bKbye", 2, "");
                self.layers[CALLER].request(self.now, udp(), bye);
            }
        }
    }

    /// Runs until nothing is left to happen.
    fn run(&mut self) {
        let invite = request("INVITE", "z9hG4bKinv", 1, "");
        let tx = self.layers[CALLER].request(self.now, udp(), invite);
        self.drain();
        self.settle();
        // It rang and the final response was lost for good: a caller gives up some time.
        if !self.layers[CALLER].is_idle() {
            self.layers[CALLER].cancel(self.now, tx);
            self.drain();
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(next) = self.next() {
            self.now = self.now.max(next);
            if let Some(entry) = self.flying.first_entry()
                && entry.key().0 <= self.now
            {
                let (to, bytes) = entry.remove();
                let message = Message::from_bytes(bytes).unwrap();
                self.layers[to].receive(self.now, udp(), message);
                self.drain();
                continue;
            }
            for layer in &mut self.layers {
                layer.handle_timeout(self.now);
            }
            self.resend_success();
            self.drain();
        }
    }

    fn next(&self) -> Option<Instant> {
        let arrival = self.flying.keys().next().map(|(at, _)| *at);
        let success = self
            .success
            .as_ref()
            .map(|(timer, ..)| timer.poll_timeout());
        let timers = self.layers.iter().filter_map(Layer::poll_timeout);
        timers.chain(arrival).chain(success).min()
    }

    fn resend_success(&mut self) {
        let Some((timer, tx, bytes)) = &mut self.success else {
            return;
        };
        match timer.handle_timeout(self.now) {
            Some(SuccessAction::Resend) => {
                let (tx, bytes) = (*tx, bytes.clone());
                self.layers[CALLEE].respond(self.now, tx, bytes);
            }
            Some(SuccessAction::GiveUp) => self.success = None,
            None => {}
        }
    }
}

fn check(seed: u64, loss_percent: u64, final_status: u16) {
    let mut pair = Pair::new(seed, loss_percent, final_status);
    pair.run();
    for (method, count) in &pair.seen {
        assert_eq!(*count, 1, "seed {seed}: {method} was handed up again");
    }
    let invite_finals = pair.finals.iter().filter(|s| **s == final_status).count();
    if final_status != 200 {
        assert!(invite_finals <= 1, "seed {seed}: a failure came twice");
        assert_eq!(pair.acks, 0, "seed {seed}: an ACK was not absorbed");
    }
    let something_came_of_it = invite_finals > 0 || pair.lost > 0;
    assert!(something_came_of_it, "seed {seed}: nobody was told");
    for layer in &pair.layers {
        assert!(layer.is_idle(), "seed {seed}: a transaction is left");
    }
}

#[test]
fn every_request_is_handed_up_once_and_all_ends_over_a_clean_network() {
    for seed in 1..50 {
        check(seed, 0, 200);
        check(seed, 0, 486);
    }
}

#[test]
fn every_request_is_handed_up_once_and_all_ends_over_a_network_that_loses_a_third() {
    for seed in 1..1000 {
        check(seed, 33, 200);
        check(seed, 33, 486);
    }
}

#[test]
fn all_ends_over_a_network_that_loses_nearly_everything() {
    for seed in 1..300 {
        check(seed, 90, 200);
        check(seed, 90, 603);
    }
}
