//! The answer of a switch that has too much to do: made from the request alone, nothing is remembered.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::build::{Builder, stamp_via};
use crate::message::header_name::HeaderName;
use crate::message::reject::stateless_tag;
use crate::message::request::Request;
use crate::method::Method;

/// A final response with Retry-After to a request that begins something new: it has no tag in To and is neither ACK nor
/// CANCEL, which belong to a request that was answered before. Retransmissions get the same bytes (RFC 3261 §8.2.7).
///
/// `None` for all else: messages of dialogs, responses, bytes that are no request. Those take the usual way.
pub fn reject_statelessly(
    bytes: &[u8],
    source: SocketAddr,
    status: u16,
    reason: &str,
    retry_after_seconds: u32,
) -> Option<Bytes> {
    let mut request = Request::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    if request.to().tag().is_some() || matches!(request.method(), Method::Ack | Method::Cancel) {
        return None;
    }
    stamp_via(&mut request, source);
    let tag = stateless_tag(bytes);
    let response = Builder::response_to(&request, status, Some(reason), Some(&tag));
    let response = response.header(HeaderName::RetryAfter, retry_after_seconds);
    Some(response.finish())
}

#[cfg(test)]
mod tests;
