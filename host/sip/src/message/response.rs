//! A response, as it was received.

use std::borrow::Cow;
use std::ops::Deref;

use bytes::Bytes;

use crate::message::error::ParseError;
use crate::message::fields::Fields;
use crate::message::parse;
use crate::message::text::Span;

/// A response: it has a status of three digits from 100 to 699, Via, From, To, Call-ID and CSeq, all well formed. Header
/// fields and body are those of [`Fields`].
#[derive(Debug, Clone)]
pub struct Response {
    pub(crate) fields: Fields,
    pub(crate) status: u16,
    pub(crate) reason: Span,
}

impl Response {
    /// A response from bytes that are known to be one, such as those of a [`crate::build::Builder`].
    ///
    /// # Errors
    /// As [`crate::message::received::Message::from_bytes`]; a request is no response.
    pub fn from_bytes(bytes: Bytes) -> Result<Response, ParseError> {
        parse::check_size(&bytes)?;
        parse::response(bytes)
    }

    /// The status code, 100 to 699.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase, which may be empty; bytes that are no UTF-8 are replaced.
    pub fn reason(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.fields.bytes(self.reason))
    }

    /// Whether it is 1xx.
    pub fn is_provisional(&self) -> bool {
        self.status < 200
    }

    /// Whether it is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it is not 1xx.
    pub fn is_final(&self) -> bool {
        self.status >= 200
    }
}

impl Deref for Response {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}
