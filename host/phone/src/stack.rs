//! What the registration and all calls of a phone share: who it is, its transactions, its chance, its outputs.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_sip::build::Builder;
use switchhook_sip::flow::Flow;
use switchhook_sip::identifiers;
use switchhook_sip::message::Request;
use switchhook_sip::transaction::{
    ClientTransaction, Layer, ServerTransaction, Timing, TransactionConfig,
};

use crate::config::PhoneConfig;
use crate::limits;
use crate::output::{Event, Output};

/// The methods that a phone understands.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, NOTIFY";
/// What is in the identifiers that a phone makes in the place of an exchange's number.
const NUMBER: u8 = 255;

/// See the module.
pub(crate) struct Stack {
    pub(crate) config: PhoneConfig,
    pub(crate) layer: Layer,
    pub(crate) rng: SmallRng,
    pub(crate) timing: Timing,
    outputs: VecDeque<Output>,
}

impl Stack {
    pub(crate) fn new(seed: u64, config: PhoneConfig) -> Stack {
        let mut rng = SmallRng::seed_from_u64(seed);
        let transactions = TransactionConfig {
            t1: config.t1,
            exchange_number: NUMBER,
            hash_seed: rng.random(),
            ..TransactionConfig::default()
        };
        let timing = transactions.timing();
        let layer = Layer::new(transactions);
        Stack {
            config,
            layer,
            rng,
            timing,
            outputs: VecDeque::new(),
        }
    }

    /// The flow to the registrar.
    pub(crate) fn outbound(&self) -> Flow {
        Flow {
            transport: self.config.transport,
            listener: self.config.listener,
            peer: self.config.registrar,
            connection: None,
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(crate) fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.push(Output::Send { flow, bytes });
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    pub(crate) fn request(&mut self, now: Instant, flow: Flow, bytes: Bytes) -> ClientTransaction {
        self.layer.request(now, flow, bytes)
    }

    pub(crate) fn respond(&mut self, now: Instant, tx: ServerTransaction, bytes: Bytes) {
        self.layer.respond(now, tx, bytes);
    }

    /// Answers a request with a status and nothing else.
    pub(crate) fn refuse(
        &mut self,
        now: Instant,
        tx: ServerTransaction,
        request: &Request,
        status: u16,
        to_tag: Option<&str>,
    ) {
        let bytes = self.response(request, status, to_tag).finish();
        self.respond(now, tx, bytes);
    }

    /// A response with what every response of a phone carries.
    pub(crate) fn response(&self, request: &Request, status: u16, to_tag: Option<&str>) -> Builder {
        let mut builder = Builder::response_to(request, status, None, to_tag);
        if status == 405 || request.method().as_str() == "OPTIONS" {
            builder = builder.header("Allow", ALLOW);
        }
        builder
    }

    /// A Via of our own with a new branch.
    pub(crate) fn via(&mut self) -> String {
        let branch = identifiers::branch(&mut self.rng, NUMBER);
        let transport = self.config.transport.as_str();
        format!(
            "SIP/2.0/{transport} {};branch={branch};rport",
            self.config.local
        )
    }

    /// The value of Contact: where the phone is reached directly.
    pub(crate) fn contact(&self) -> String {
        let PhoneConfig {
            username,
            local,
            transport,
            ..
        } = &self.config;
        let parameter = if transport.is_reliable() {
            format!(";transport={}", transport.as_param())
        } else {
            String::new()
        };
        format!("<sip:{username}@{local}{parameter}>")
    }

    /// The phone's address of record.
    pub(crate) fn address_of_record(&self) -> String {
        format!("sip:{}@{}", self.config.username, self.config.domain)
    }

    pub(crate) fn tag(&mut self) -> String {
        identifiers::tag(&mut self.rng, NUMBER)
    }

    pub(crate) fn call_id(&mut self) -> String {
        let host = match self.config.local {
            std::net::SocketAddr::V4(address) => address.ip().to_string(),
            std::net::SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        identifiers::call_id(&mut self.rng, NUMBER, &host)
    }

    /// A random number of this range.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        self.rng.random_range(least..=most.max(least))
    }

    fn push(&mut self, output: Output) {
        if self.outputs.len() < limits::MAX_OUTPUTS {
            self.outputs.push_back(output);
        }
    }
}
