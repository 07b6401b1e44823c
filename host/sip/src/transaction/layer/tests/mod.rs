//! Tests of the layer: what it matches, and what it does in virtual time over a network that loses and doubles.

mod client;
mod limits;
mod pair;
mod server;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Layer;
use crate::flow::{Flow, ListenerId, Transport};
use crate::message::received::Message;
use crate::transaction::config::TransactionConfig;
use crate::transaction::event::Event;
use crate::transaction::handle::ServerTransaction;

pub(super) fn flow(transport: Transport, peer: &str) -> Flow {
    Flow {
        transport,
        listener: ListenerId(0),
        peer: peer.parse::<SocketAddr>().unwrap(),
        connection: None,
    }
}

pub(super) fn udp() -> Flow {
    flow(Transport::Udp, "192.0.2.1:5060")
}

/// A request with the usual fields; `extra` are whole header lines.
pub(super) fn request(method: &str, branch: &str, cseq: u32, extra: &str) -> Bytes {
    Bytes::from(format!(
        "{method} sip:bob@192.0.2.9 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=alice\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: call-1\r\n\
         CSeq: {cseq} {method}\r\n\
         {extra}Content-Length: 0\r\n\r\n"
    ))
}

/// A response to such a request.
pub(super) fn response(status: u16, to_tag: &str, branch: &str, cseq: &str) -> Bytes {
    let tag = if to_tag.is_empty() { "" } else { ";tag=" };
    Bytes::from(format!(
        "SIP/2.0 {status} Reason\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch={branch};rport\r\n\
         From: <sip:alice@example.com>;tag=alice\r\n\
         To: <sip:bob@example.com>{tag}{to_tag}\r\n\
         Call-ID: call-1\r\n\
         CSeq: {cseq}\r\n\
         Contact: <sip:bob@192.0.2.9>\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

/// A layer with a clock of its own.
pub(super) struct Bench {
    pub(super) layer: Layer,
    pub(super) now: Instant,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(TransactionConfig::default())
    }

    pub(super) fn with(config: TransactionConfig) -> Self {
        Self {
            layer: Layer::new(config),
            now: Instant::now(),
        }
    }

    pub(super) fn receive(&mut self, flow: Flow, bytes: Bytes) -> Vec<Event> {
        let message = Message::from_bytes(bytes).unwrap();
        self.layer.receive(self.now, flow, message);
        self.events()
    }

    pub(super) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.layer.poll_event()).collect()
    }

    /// The transaction of a request that must be handed up.
    pub(super) fn accept(&mut self, bytes: Bytes) -> ServerTransaction {
        match self.receive(udp(), bytes).as_slice() {
            [Event::Request { tx, .. }] => *tx,
            other => panic!("not one request: {}", names(other)),
        }
    }

    pub(super) fn respond(&mut self, tx: ServerTransaction, bytes: Bytes) -> Vec<Event> {
        self.layer.respond(self.now, tx, bytes);
        self.events()
    }

    /// Lets the time pass and gives what happens with its time in milliseconds.
    pub(super) fn pass(&mut self, duration: Duration) -> Vec<(u128, Event)> {
        let start = self.now;
        let end = start + duration;
        let mut events = Vec::new();
        while let Some(next) = self.layer.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.layer.handle_timeout(self.now);
            let at = (self.now - start).as_millis();
            events.extend(self.events().into_iter().map(|event| (at, event)));
        }
        self.now = end;
        events
    }

    pub(super) fn assert_idle_after(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
        assert!(self.layer.is_idle());
        assert_eq!(self.layer.poll_timeout(), None);
    }
}

/// Events in short: what is sent by its start line, what is told by its name.
pub(super) fn names<'a>(events: impl IntoIterator<Item = &'a Event>) -> String {
    let names = events.into_iter().map(|event| match event {
        Event::Send { bytes, .. } => format!("send {}", first_word(bytes)),
        Event::Request {
            request, merged, ..
        } => format!(
            "request {}{}",
            request.method(),
            if *merged { " merged" } else { "" }
        ),
        Event::Cancelled { .. } => "cancelled".to_owned(),
        Event::Ack { .. } => "ack".to_owned(),
        Event::Response { response, .. } => format!("response {}", response.status()),
        Event::StrayResponse { response, .. } => format!("stray {}", response.status()),
        Event::TimedOut { .. } => "timed out".to_owned(),
        Event::TransportFailed { .. } => "transport failed".to_owned(),
        Event::AckTimedOut { .. } => "ack timed out".to_owned(),
        Event::ResponseFailed { .. } => "response failed".to_owned(),
        Event::Ended { .. } => "ended".to_owned(),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The method of a request, the status of a response.
pub(super) fn first_word(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix("SIP/2.0 ").unwrap_or(&text);
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// When something of that name happened.
pub(super) fn times(events: &[(u128, Event)], name: &str) -> Vec<u128> {
    let named = events.iter().filter(|(_, event)| names([event]) == name);
    named.map(|(at, _)| *at).collect()
}
