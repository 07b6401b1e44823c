//! A message as it was received: a request or a response.

use bytes::Bytes;

use crate::message::error::ParseError;
use crate::message::fields::Fields;
use crate::message::parse;
use crate::message::request::Request;
use crate::message::response::Response;

/// A message that is well formed in all that every receiver needs.
#[derive(Debug, Clone)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Message {
    /// A message from a datagram or from what [`crate::framing::Framer`] gives. Copies the bytes once.
    ///
    /// # Errors
    /// [`ParseError`] says what to answer; see [`crate::message::reject()`].
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        parse::check_size(bytes)?;
        Message::from_bytes(Bytes::copy_from_slice(bytes))
    }

    /// A message from a buffer, which it keeps: nothing is copied.
    ///
    /// # Errors
    /// [`ParseError`] says what to answer; see [`crate::message::reject()`].
    pub fn from_bytes(bytes: Bytes) -> Result<Message, ParseError> {
        parse::check_size(&bytes)?;
        if parse::begins_as_response(&bytes) {
            parse::response(bytes).map(Message::Response)
        } else {
            parse::request(bytes).map(Message::Request)
        }
    }

    /// What requests and responses have in common.
    pub fn fields(&self) -> &Fields {
        match self {
            Message::Request(request) => request,
            Message::Response(response) => response,
        }
    }
}
