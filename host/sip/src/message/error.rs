//! What can be wrong with a message, sorted by what the receiver does about it.

use std::fmt;

/// Why bytes are no message, and what to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    /// What sort of fault it is.
    pub kind: ParseErrorKind,
    /// What a request can be answered with by [`crate::message::reject`]; `None` for all that gets no answer: responses,
    /// ACK, bytes that are not SIP.
    pub reply: Option<Reply>,
}

/// A final response to a malformed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The reason phrase, which says what is wrong.
    pub reason: &'static str,
}

/// The sorts of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseErrorKind {
    /// Nothing but line ends: a keep-alive (RFC 5626 §3.5.1), no fault.
    Empty,
    /// No SIP at all: drop it, count it, answer nothing.
    NotSip,
    /// Beyond the limits of this crate.
    TooLarge,
    /// Another version of SIP than 2.0.
    Version,
    /// A malformed request.
    Request,
    /// A malformed response: it is dropped.
    Response,
}

impl ParseError {
    pub(crate) const fn silent(kind: ParseErrorKind) -> ParseError {
        ParseError { kind, reply: None }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ParseErrorKind::Empty => "nothing but line ends",
            ParseErrorKind::NotSip => "not SIP",
            ParseErrorKind::TooLarge => "message beyond the limits",
            ParseErrorKind::Version => "unknown SIP version",
            ParseErrorKind::Request => "malformed request",
            ParseErrorKind::Response => "malformed response",
        };
        match self.reply {
            Some(reply) => write!(f, "{kind}: {} {}", reply.status, reply.reason),
            None => f.write_str(kind),
        }
    }
}

impl std::error::Error for ParseError {}

/// A header field value that does not follow its grammar. The field is none of those that every message needs, so the
/// message stands; whoever needs this field answers 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidValue;

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("malformed header field value")
    }
}

impl std::error::Error for InvalidValue {}
