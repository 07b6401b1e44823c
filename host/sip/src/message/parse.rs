//! Start lines, and the way from bytes to a request or response.

use bytes::Bytes;

use crate::limits::MESSAGE_BYTES;
use crate::message::error::{ParseError, ParseErrorKind, Reply};
use crate::message::fields::{Fields, Places};
use crate::message::needed::{body, needed};
use crate::message::request::Request;
use crate::message::response::Response;
use crate::message::scan::{ScanError, fields, line, skip_line_ends};
use crate::message::text::{Span, is_token, number, trim_end};
use crate::method::Method;
use crate::uri::parse::Spans as UriSpans;

const VERSION: &[u8] = b"SIP/2.0";

/// Offsets are `u16`, so this comes before everything else.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), ParseError> {
    if bytes.len() > MESSAGE_BYTES {
        return Err(ParseError::silent(ParseErrorKind::TooLarge));
    }
    Ok(())
}

/// Responses begin with the version, requests with a token, and no token has a slash.
pub(crate) fn begins_as_response(bytes: &[u8]) -> bool {
    let start = skip_line_ends(bytes);
    bytes.get(start..).is_some_and(has_version)
}

fn has_version(bytes: &[u8]) -> bool {
    let prefix = bytes.get(..4);
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"SIP/"))
}

/// What stands in a Request-Line (RFC 3261 §7.1), not yet judged.
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a [u8],
    uri: &'a [u8],
    version: &'a [u8],
    ends_with_space: bool,
}

impl<'a> RequestLine<'a> {
    /// `None` if this is no Request-Line of any version of SIP.
    pub(crate) fn read(line: &'a [u8]) -> Option<RequestLine<'a>> {
        let trimmed = trim_end(line);
        let first = trimmed.iter().position(|byte| *byte == b' ')?;
        let last = trimmed.iter().rposition(|byte| *byte == b' ')?;
        let method = trimmed.get(..first)?;
        let version = trimmed.get(last + 1..)?;
        (is_token(method) && has_version(version)).then(|| RequestLine {
            method,
            uri: trimmed.get(first + 1..last).unwrap_or(&[]),
            version,
            ends_with_space: trimmed.len() != line.len(),
        })
    }

    /// RFC 3261 §8.2: whether a malformed request of this method gets an answer. An ACK never does.
    pub(crate) fn is_answerable(&self) -> bool {
        self.method != Method::Ack.as_str().as_bytes()
    }

    fn check(&self) -> Result<UriSpans, Reply> {
        if self.ends_with_space {
            return Err(bad_request("White Space at End of Request-Line"));
        }
        let spans = UriSpans::parse(self.uri).ok_or(bad_request("Malformed Request-URI"))?;
        // RFC 3261 §19.1.1: header fields are not allowed there.
        if !spans.headers.is_empty() {
            return Err(bad_request("Header Fields in Request-URI"));
        }
        Ok(spans)
    }
}

pub(crate) fn request(raw: Bytes) -> Result<Request, ParseError> {
    let start = skip_line_ends(&raw);
    if start == raw.len() {
        return Err(ParseError::silent(ParseErrorKind::Empty));
    }
    let (first, next) = line(&raw, start).ok_or(NOT_SIP)?;
    let line = RequestLine::read(first).ok_or(NOT_SIP)?;
    let fault = |kind, reply| ParseError {
        kind,
        reply: line.is_answerable().then_some(reply),
    };
    if !line.version.eq_ignore_ascii_case(VERSION) {
        let reply = Reply {
            status: 505,
            reason: "Version Not Supported",
        };
        return Err(fault(ParseErrorKind::Version, reply));
    }
    let malformed = |reply| fault(ParseErrorKind::Request, reply);
    let uri_at = line.check().map_err(malformed)?;
    let (index, body_start) = fields(&raw, next).map_err(|error| match error {
        ScanError::TooMany => fault(ParseErrorKind::TooLarge, TOO_MANY_FIELDS),
        ScanError::Line => malformed(bad_request("Malformed Header Field")),
        ScanError::Endless => malformed(bad_request("Header Section Not Ended")),
    })?;
    let needed = needed(&raw, &index).map_err(malformed)?;
    let cseq_method = needed.cseq_at.method.bytes(needed.cseq.bytes(&raw));
    if cseq_method != line.method {
        return Err(malformed(mismatch(line.method)));
    }
    let body = body(&raw, &index, body_start).map_err(malformed)?;
    let (method, uri) = (Span::of(line.method, &raw), Span::of(line.uri, &raw));
    Ok(Request {
        fields: Fields {
            raw,
            places: Box::new(Places { index, needed }),
            body,
            source: None,
        },
        method,
        uri,
        uri_at,
    })
}

pub(crate) fn response(raw: Bytes) -> Result<Response, ParseError> {
    let malformed = ParseError::silent(ParseErrorKind::Response);
    let start = skip_line_ends(&raw);
    let (first, next) = line(&raw, start).ok_or(malformed)?;
    let (version, rest) = first.split_at_checked(VERSION.len()).ok_or(malformed)?;
    if !version.eq_ignore_ascii_case(VERSION) {
        return Err(ParseError::silent(if has_version(version) {
            ParseErrorKind::Version
        } else {
            ParseErrorKind::NotSip
        }));
    }
    let rest = rest.strip_prefix(b" ").ok_or(malformed)?;
    let (code, rest) = rest.split_at_checked(3).ok_or(malformed)?;
    // The reason may be empty, and some leave out the space before it then.
    let reason = match rest {
        [] => rest,
        [b' ', reason @ ..] => reason,
        _ => return Err(malformed),
    };
    let status = number(code).and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| (100..700).contains(status));
    let status = status.ok_or(malformed)?;
    let (index, body_start) = fields(&raw, next).map_err(|error| match error {
        ScanError::TooMany => ParseError::silent(ParseErrorKind::TooLarge),
        ScanError::Line | ScanError::Endless => malformed,
    })?;
    let needed = needed(&raw, &index).map_err(|_| malformed)?;
    let body = body(&raw, &index, body_start).map_err(|_| malformed)?;
    let reason = Span::of(trim_end(reason), &raw);
    Ok(Response {
        fields: Fields {
            raw,
            places: Box::new(Places { index, needed }),
            body,
            source: None,
        },
        status,
        reason,
    })
}

const NOT_SIP: ParseError = ParseError::silent(ParseErrorKind::NotSip);

const TOO_MANY_FIELDS: Reply = Reply {
    status: 513,
    reason: "Too Many Header Fields",
};

const fn bad_request(reason: &'static str) -> Reply {
    Reply {
        status: 400,
        reason,
    }
}

/// CSeq names another method. RFC 4475 §3.1.2.18 prefers 501 for a method that is unknown.
fn mismatch(method: &[u8]) -> Reply {
    let method = std::str::from_utf8(method).unwrap_or("");
    match Method::from_name(method) {
        Method::Other(_) => Reply {
            status: 501,
            reason: "Not Implemented",
        },
        _ => bad_request("CSeq Names Another Method"),
    }
}
