//! The stateless answer to a malformed request: as much of it as can be read is given back.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::build::{Builder, write_stamped_via};
use crate::message::error::ParseError;
use crate::message::header_name::HeaderName;
use crate::message::name_addr::NameAddr;
use crate::message::parse::RequestLine;
use crate::message::scan::{fields_leniently, line, skip_line_ends};
use crate::message::text::Elements;
use crate::message::via::Via;

/// The response to a request that could not be parsed, to be sent to where it came from. A Via must be there; From, To, Call-ID and CSeq are given back as far as they are there (RFC 4475 §3.3.1 wants a 400 even without
/// them). The tag of To depends on the request alone, so a retransmission gets the same answer.
///
/// `None` if nothing can or may be answered: no reply in `error`, an ACK, no Via.
pub fn reject(bytes: &[u8], error: &ParseError, source: SocketAddr) -> Option<Bytes> {
    let reply = error.reply?;
    if bytes.len() > crate::limits::MESSAGE_BYTES {
        return None;
    }
    let (first, next) = line(bytes, skip_line_ends(bytes))?;
    if !RequestLine::read(first)?.is_answerable() {
        return None;
    }
    let index = fields_leniently(bytes, next);
    let mut builder = Builder::response(reply.status, reply.reason);
    let mut seen = Vec::with_capacity(5);
    for name in [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
    ] {
        let fields = index.iter().filter(|field| field.name == name.number());
        for value in fields.map(|field| field.value.bytes(bytes)) {
            let is_first = !seen.contains(&name.number());
            seen.push(name.number());
            match name {
                HeaderName::Via if is_first => {
                    let topmost = Elements::new(value).next()?;
                    builder = match Via::parse(topmost) {
                        Ok(via) => {
                            let rest = value.get(topmost.len()..).unwrap_or(&[]);
                            write_stamped_via(builder, &via, rest, Some(source))
                        }
                        // The sender will know it again, broken as it is.
                        Err(_) => builder.raw_header(name, value),
                    };
                }
                HeaderName::Via => builder = builder.raw_header(name, value),
                HeaderName::To if is_first => {
                    let needs_tag = NameAddr::parse(value).is_ok_and(|to| to.tag().is_none());
                    let tag = needs_tag.then(|| stateless_tag(bytes));
                    builder = builder.tagged_header(name, value, tag.as_deref());
                }
                _ if is_first => builder = builder.raw_header(name, value),
                _ => {}
            }
        }
    }
    seen.contains(&HeaderName::Via.number())
        .then(|| builder.finish())
}

/// A tag that is a function of the request (RFC 3261 §8.2.7): FNV-1a over its bytes.
pub(crate) fn stateless_tag(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("stateless{hash:016x}")
}
