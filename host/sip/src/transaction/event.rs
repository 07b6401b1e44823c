//! What the transaction layer gives to its owner: messages to send, and news for the transaction user.

use bytes::Bytes;

use super::handle::{ClientTransaction, ServerTransaction};
use crate::flow::Flow;
use crate::message::request::Request;
use crate::message::response::Response;

/// One output of the [`super::Layer`], in order.
#[derive(Debug, Clone)]
pub enum Event {
    /// Send these bytes there.
    Send {
        /// Where to.
        flow: Flow,
        /// A complete message.
        bytes: Bytes,
    },
    /// A new request, neither ACK nor CANCEL. It must be answered with a final response through `respond` once.
    Request {
        /// Its transaction.
        tx: ServerTransaction,
        /// Where it came from; its responses go there.
        flow: Flow,
        /// The request.
        request: Request,
        /// The same request arrived by another path before and its transaction still lives: to be answered 482
        /// (RFC 3261 §8.2.2.2).
        merged: bool,
    },
    /// A CANCEL matched this INVITE, which has no final response yet: to be answered 487. The CANCEL itself has been
    /// answered 200 by the layer.
    Cancelled {
        /// The transaction of the INVITE.
        tx: ServerTransaction,
        /// The values of Reason in the CANCEL, as they were written.
        reason: Option<Box<str>>,
    },
    /// An ACK for a 2xx.
    Ack {
        /// Where it came from.
        flow: Flow,
        /// The ACK.
        request: Request,
    },
    /// A response: provisional ones except 100, the final one, and after a 2xx to an INVITE every further 2xx, be it a
    /// retransmission or another branch's (told apart by the To tag).
    Response {
        /// The transaction of the request.
        tx: ClientTransaction,
        /// Where it came from.
        flow: Flow,
        /// The response.
        response: Response,
    },
    /// A 2xx to an INVITE whose transaction is gone: the transaction user may acknowledge it and hang up.
    StrayResponse {
        /// Where it came from.
        flow: Flow,
        /// The response.
        response: Response,
    },
    /// No (final) response came in time: to be treated as a 408. The transaction is gone.
    TimedOut {
        /// The transaction of the request.
        tx: ClientTransaction,
    },
    /// The request could not be sent: to be treated as a 503. The transaction is gone.
    TransportFailed {
        /// The transaction of the request.
        tx: ClientTransaction,
    },
    /// The ACK for a non-2xx final response never came. The transaction is gone.
    AckTimedOut {
        /// The transaction of the INVITE.
        tx: ServerTransaction,
    },
    /// A response could not be sent. The transaction goes on (RFC 6026 §8.8).
    ResponseFailed {
        /// The transaction of the request.
        tx: ServerTransaction,
    },
    /// An INVITE client transaction that got a final response is gone: nothing more will be said of it. Other client
    /// transactions are over for the user with their final response, `TimedOut` or `TransportFailed`.
    Ended {
        /// The transaction of the INVITE.
        tx: ClientTransaction,
    },
}
