//! What the layer reads from a request that we sent, and the two requests it makes from one: the ACK for a non-2xx and the
//! CANCEL. Such requests come from our own builder.

use bytes::Bytes;

use crate::build::Builder;
use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::message::response::Response;

#[cfg(test)]
#[path = "follow_up_tests.rs"]
mod tests;

/// What a client transaction is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) method: &'a str,
    pub(super) branch: &'a str,
}

/// Method and branch of a request, found without an index of the whole. `None` if it lacks them.
pub(super) fn head(request: &[u8]) -> Option<Head<'_>> {
    let mut lines = request.split(|byte| *byte == b'\n');
    let method = lines.next()?.split(|byte| *byte == b' ').next()?;
    let via = lines
        .take_while(|line| !matches!(line, [] | [b'\r']))
        .find_map(via_value)?;
    // The comma ends the topmost value; a quoted one cannot stand before the branch in what we write.
    let top = via.split(|byte| *byte == b',').next()?;
    let branch = top.split(|byte| *byte == b';').skip(1).find_map(|param| {
        let (name, value) = param.split_at_checked("branch=".len())?;
        name.eq_ignore_ascii_case(b"branch=").then_some(value)
    })?;
    Some(Head {
        method: std::str::from_utf8(method).ok()?,
        branch: std::str::from_utf8(branch).ok()?.trim_ascii(),
    })
    .filter(|head| !head.method.is_empty() && !head.branch.is_empty())
}

fn via_value(line: &[u8]) -> Option<&[u8]> {
    match line {
        [b'V' | b'v', b'i' | b'I', b'a' | b'A', b':', value @ ..] => Some(value),
        [b'V' | b'v', b':', value @ ..] => Some(value),
        _ => None,
    }
}

/// The status of a response; `None` if the bytes are none.
pub(super) fn status(response: &[u8]) -> Option<u16> {
    let digits = response.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The To tag of a response that was kept.
pub(super) fn to_tag(response: &Bytes) -> Option<String> {
    let response = Response::from_bytes(response.clone()).ok()?;
    response.to().tag().map(str::to_owned)
}

/// RFC 3261 §17.1.1.3: Request-URI, Call-ID, From, CSeq number, top Via and Route of the INVITE, To of the response.
pub(super) fn ack(invite: &Bytes, response: &Response) -> Option<Bytes> {
    let invite = Request::from_bytes(invite.clone()).ok()?;
    Some(follow_up(&invite, "ACK", response.to().as_bytes()).finish())
}

/// RFC 3261 §9.1: Request-URI, Call-ID, From, To, CSeq number, top Via and Route of the INVITE.
pub(super) fn cancel(invite: &Bytes, reason: Option<&str>) -> Option<Bytes> {
    let invite = Request::from_bytes(invite.clone()).ok()?;
    let mut builder = follow_up(&invite, "CANCEL", invite.to().as_bytes());
    if let Some(reason) = reason {
        builder.add_header(HeaderName::Reason, reason);
    }
    Some(builder.finish())
}

/// The values of Reason (RFC 3326), as one. `None`: there are none.
pub(super) fn reason(message: &Fields) -> Option<Box<str>> {
    let values: Vec<_> = message.headers(HeaderName::Reason).collect();
    (!values.is_empty()).then(|| values.join(", ").into())
}

fn follow_up(invite: &Request, method: &str, to: &[u8]) -> Builder {
    // The Route fields of the INVITE MUST appear in both (§17.1.1.3, §9.1).
    Builder::request(method, invite.uri().as_str())
        .raw_header(HeaderName::Via, invite.via().as_bytes())
        .number(HeaderName::MaxForwards, 70)
        .copy(invite, HeaderName::Route)
        .raw_header(HeaderName::From, invite.from().as_bytes())
        .raw_header(HeaderName::To, to)
        .header(HeaderName::CallId, invite.call_id())
        .header(
            HeaderName::CSeq,
            format_args!("{} {method}", invite.cseq().number),
        )
}
