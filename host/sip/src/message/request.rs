//! A request, as it was received.

use std::ops::Deref;

use bytes::Bytes;

use crate::message::error::ParseError;
use crate::message::fields::Fields;
use crate::message::parse;
use crate::message::text::{Span, text};
use crate::method::Method;
use crate::uri::parse::Spans as UriSpans;
use crate::uri::view::Uri;

/// A request: it has a method, a Request-URI, Via, From, To, Call-ID and CSeq, all well formed, and CSeq names the
/// method. Header fields and body are those of [`Fields`].
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) fields: Fields,
    pub(crate) method: Span,
    pub(crate) uri: Span,
    pub(crate) uri_at: UriSpans,
}

impl Request {
    /// A request from bytes that are known to be one, such as those of a [`crate::build::Builder`].
    ///
    /// # Errors
    /// As [`crate::message::received::Message::from_bytes`]; a response is no request.
    pub fn from_bytes(bytes: Bytes) -> Result<Request, ParseError> {
        parse::check_size(&bytes)?;
        parse::request(bytes)
    }

    /// The method.
    pub fn method(&self) -> Method<'_> {
        Method::from_name(text(self.fields.bytes(self.method)))
    }

    /// The Request-URI. Its scheme may be unknown: answering 416 is up to the receiver.
    pub fn uri(&self) -> Uri<'_> {
        Uri::trusted(self.fields.bytes(self.uri), self.uri_at)
    }
}

impl Deref for Request {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}
