//! Received messages that wait for the exchange: bounded, what ends or continues calls before what begins them.

use std::collections::VecDeque;

use bytes::Bytes;
use switchhook_sip::flow::Flow;
use switchhook_sip::overload;

use crate::limits;

/// Two queues: under load, finishing what was begun is what keeps the switch useful.
#[derive(Debug, Default)]
pub struct Inbox {
    urgent: VecDeque<(Flow, Bytes)>,
    ordinary: VecDeque<(Flow, Bytes)>,
    dropped: u64,
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    /// It waits.
    Queued,
    /// There was no room: this is to be sent back.
    Refused(Bytes),
    /// There was no room, and it is nothing that can be refused.
    Dropped,
}

impl Inbox {
    /// Queues a message, or refuses it without any state if too many wait.
    pub fn push(&mut self, flow: Flow, bytes: Bytes) -> Taken {
        let urgent = is_urgent(&bytes);
        // Half of the room is kept for urgent messages.
        let room = if urgent {
            limits::WAITING_MESSAGES
        } else {
            limits::WAITING_MESSAGES / 2
        };
        if self.len() < room {
            let queue = if urgent {
                &mut self.urgent
            } else {
                &mut self.ordinary
            };
            queue.push_back((flow, bytes));
            return Taken::Queued;
        }
        self.dropped += 1;
        refuse(flow, &bytes)
    }

    /// The next message for the exchange.
    pub fn pop(&mut self) -> Option<(Flow, Bytes)> {
        self.urgent
            .pop_front()
            .or_else(|| self.ordinary.pop_front())
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.urgent.len() + self.ordinary.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Refuses a message that there is no room for, if it is one that can be refused.
pub fn refuse(flow: Flow, bytes: &[u8]) -> Taken {
    let retry_after = limits::RETRY_AFTER_SECONDS;
    let reason = "Service Unavailable";
    match overload::reject_statelessly(bytes, flow.peer, 503, reason, retry_after) {
        Some(response) => Taken::Refused(response),
        None => Taken::Dropped,
    }
}

/// Responses, ACK and BYE may overtake. CANCEL may not: it must not arrive before its INVITE (RFC 3261 §9.1).
fn is_urgent(bytes: &[u8]) -> bool {
    [&b"SIP/2.0 "[..], b"ACK ", b"BYE "]
        .iter()
        .any(|start| bytes.starts_with(start))
}

#[cfg(test)]
mod tests {
    use switchhook_sip::flow::{ListenerId, Transport};

    use super::*;

    fn flow() -> Flow {
        let peer = "192.0.2.1:5060".parse().unwrap();
        Flow {
            transport: Transport::Udp,
            listener: ListenerId(0),
            peer,
            connection: None,
        }
    }

    #[test]
    fn responses_ack_and_bye_overtake_requests_that_begin_something() {
        let mut inbox = Inbox::default();
        for text in ["INVITE a", "CANCEL a", "BYE b", "SIP/2.0 200", "ACK c"] {
            assert_eq!(
                inbox.push(flow(), Bytes::from_static(text.as_bytes())),
                Taken::Queued
            );
        }
        let order: Vec<_> = std::iter::from_fn(|| inbox.pop())
            .map(|(_, bytes)| bytes)
            .collect();
        assert_eq!(
            order,
            ["BYE b", "SIP/2.0 200", "ACK c", "INVITE a", "CANCEL a"]
        );
    }

    #[test]
    fn beyond_the_limit_requests_are_refused_and_the_rest_is_dropped() {
        let invite = Bytes::from_static(
            b"INVITE sip:1@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
              From: <sip:2@example.org>;tag=1\r\nTo: <sip:1@example.org>\r\nCall-ID: 1\r\n\
              CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\r\n",
        );
        let mut inbox = Inbox::default();
        let mut refused = 0;
        for _ in 0..limits::WAITING_MESSAGES {
            match inbox.push(flow(), invite.clone()) {
                Taken::Queued => {}
                Taken::Refused(response) => {
                    assert!(response.starts_with(b"SIP/2.0 503 "));
                    refused += 1;
                }
                Taken::Dropped => panic!("an INVITE can be refused"),
            }
        }
        assert_eq!(inbox.len(), limits::WAITING_MESSAGES / 2);
        assert_eq!(refused, limits::WAITING_MESSAGES / 2);
        for _ in 0..limits::WAITING_MESSAGES {
            inbox.push(flow(), Bytes::from_static(b"ACK a"));
        }
        assert_eq!(inbox.len(), limits::WAITING_MESSAGES);
        assert_eq!(
            inbox.push(flow(), Bytes::from_static(b"ACK a")),
            Taken::Dropped
        );
    }
}
