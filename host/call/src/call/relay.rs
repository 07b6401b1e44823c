//! Requests within the call that one side sent and the other has to answer: what waits, and for whom.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Offer;
use switchhook_sip::message::Request;
use switchhook_sip::method::Method;
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction};

/// A request that waits for the other side's answer.
#[derive(Debug)]
pub(crate) struct Relayed {
    /// Who asked.
    pub(crate) from: Side,
    pub(crate) server: ServerTransaction,
    pub(crate) request: Request,
    pub(crate) client: ClientTransaction,
    pub(crate) offer: Offered,
    /// What had been said before to the one who is asked: it holds again if the offer is refused.
    pub(crate) before: Bytes,
    /// Whether the one who asked has been answered already; the other side's answer is then only waited for.
    pub(crate) answered: bool,
}

/// What a request says about the session.
#[derive(Debug)]
pub(crate) enum Offered {
    /// Nothing: its body is not ours to read.
    Nothing,
    /// It offers.
    Offer(Box<Offer>),
    /// It asks the other side to offer (an INVITE without a body).
    Wanted,
}

/// An offer that came in a 2xx: its answer comes in the ACK of who asked for it (RFC 3261 §13.2.1).
#[derive(Debug)]
pub(crate) struct Delayed {
    /// Who offered, and whose ACK has to wait.
    pub(crate) by: Side,
    pub(crate) offer: Box<Offer>,
    /// The CSeq of our INVITE to that side.
    pub(crate) cseq: u32,
}

impl Relayed {
    /// Whether it is part of an offer/answer exchange, of which there can be only one at a time (RFC 6337 §4).
    pub(crate) fn is_offer(&self) -> bool {
        !matches!(self.offer, Offered::Nothing)
    }
}

/// The method by which a request is sent on: the offer in a PRACK is one of the side's own, and goes over as an UPDATE.
pub(crate) fn sent_as(request: &Request) -> Method<'_> {
    match request.method() {
        Method::Prack => Method::Update,
        other => other,
    }
}
