//! The checks that a message must pass before it exists: the fields that every message needs, once each, and the numbers
//! that decide about its body and its path.

use crate::limits::MAX_FORWARDS_MAX;
use crate::message::error::Reply;
use crate::message::fields::Needed;
use crate::message::header_name::HeaderName;
use crate::message::scan::Field;
use crate::message::text::{Elements, Span, number};
use crate::message::{cseq, name_addr, via};

/// Finds and checks Via, From, To, Call-ID, CSeq, and Max-Forwards if it is there.
pub(crate) fn needed(raw: &[u8], index: &[Field]) -> Result<Needed, Reply> {
    let mut via = None;
    let mut from = Once::default();
    let mut to = Once::default();
    let mut call_id = Once::default();
    let mut cseq = Once::default();
    let mut max_forwards = Once::default();
    for field in index {
        let name = field.name;
        if name == const { HeaderName::Via.number() } {
            via.get_or_insert(field.value);
        } else if name == const { HeaderName::From.number() } {
            from.put(field.value);
        } else if name == const { HeaderName::To.number() } {
            to.put(field.value);
        } else if name == const { HeaderName::CallId.number() } {
            call_id.put(field.value);
        } else if name == const { HeaderName::CSeq.number() } {
            cseq.put(field.value);
        } else if name == const { HeaderName::MaxForwards.number() } {
            max_forwards.put(field.value);
        }
    }
    let via = via.ok_or(bad("Missing Via"))?;
    let topmost = Elements::new(via.bytes(raw)).next().unwrap_or(&[]);
    let via_at = via::Spans::parse(topmost).ok_or(bad("Malformed Via"))?;
    let from = from.one("Missing From", "Multiple From")?;
    let from_at = party(from.bytes(raw)).ok_or(bad("Malformed From"))?;
    let to = to.one("Missing To", "Multiple To")?;
    let to_at = party(to.bytes(raw)).ok_or(bad("Malformed To"))?;
    let call_id = call_id.one("Missing Call-ID", "Multiple Call-ID")?;
    if !is_call_id(call_id.bytes(raw)) {
        return Err(bad("Malformed Call-ID"));
    }
    let cseq = cseq.one("Missing CSeq", "Multiple CSeq")?;
    let cseq_at = cseq::Spans::parse(cseq.bytes(raw)).ok_or(bad("Malformed CSeq"))?;
    if max_forwards.count > 0 {
        let value = max_forwards.one("Missing Max-Forwards", "Multiple Max-Forwards")?;
        number(value.bytes(raw))
            .filter(|hops| *hops <= u64::from(MAX_FORWARDS_MAX))
            .ok_or(bad("Malformed Max-Forwards"))?;
    }
    Ok(Needed {
        via: Span::of(topmost, raw),
        via_at,
        from,
        from_at,
        to,
        to_at,
        call_id,
        cseq,
        cseq_at,
    })
}

/// Where the body lies: from `start` as far as Content-Length says, without one to the end. What lies beyond is ignored
/// (RFC 3261 §18.3).
pub(crate) fn body(raw: &[u8], index: &[Field], start: usize) -> Result<Span, Reply> {
    let mut length = Once::default();
    for field in index {
        if field.name == const { HeaderName::ContentLength.number() } {
            length.put(field.value);
        }
    }
    if length.count == 0 {
        return Ok(Span::new(start, raw.len()));
    }
    let length = length.one("Missing Content-Length", "Multiple Content-Length")?;
    let length = number(length.bytes(raw)).ok_or(bad("Malformed Content-Length"))?;
    let available = raw.len().saturating_sub(start);
    match usize::try_from(length) {
        Ok(length) if length <= available => Ok(Span::new(start, start + length)),
        _ => Err(bad("Content-Length Exceeds Message")),
    }
}

/// A field that may be there once.
#[derive(Default)]
struct Once {
    value: Span,
    count: usize,
}

impl Once {
    fn put(&mut self, value: Span) {
        self.value = value;
        self.count += 1;
    }

    fn one(&self, missing: &'static str, multiple: &'static str) -> Result<Span, Reply> {
        match self.count {
            0 => Err(bad(missing)),
            1 => Ok(self.value),
            _ => Err(bad(multiple)),
        }
    }
}

/// From or To: an address whose tag, if there is one, is not empty. Beside an empty one ours would be the second.
fn party(value: &[u8]) -> Option<name_addr::Spans> {
    let spans = name_addr::Spans::parse(value)?;
    (!spans.has_empty_tag()).then_some(spans)
}

/// Any visible characters: what devices send is wider than the grammar, and only equality matters.
fn is_call_id(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().all(|byte| *byte > b' ' && *byte != 0x7f)
        && (value.is_ascii() || std::str::from_utf8(value).is_ok())
}

const fn bad(reason: &'static str) -> Reply {
    Reply {
        status: 400,
        reason,
    }
}
