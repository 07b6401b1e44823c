//! Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3) and keep-alives (RFC 5626 §3.5.1). It does not
//! judge messages.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::limits::{FRAMER_BYTES, MESSAGE_BYTES};
use crate::message::header_name::{HeaderName, lookup};
use crate::message::text::{number, trim, trim_end};

/// Takes the bytes of one connection and gives frames.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// How far the search for the end of the header section has come, so that slow bytes cost no more than fast ones.
    searched: usize,
    failed: Option<FramingError>,
}

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// One message, for [`crate::message::received::Message::from_bytes`].
    Message(Bytes),
    /// A ping of two line ends: answer one CRLF. Single line ends, such as the pong, are passed over.
    KeepAlive,
}

/// Why a stream cannot be cut any more: nobody knows where the next message begins, so close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingError {
    /// A message beyond [`MESSAGE_BYTES`], or more bytes pushed than [`FRAMER_BYTES`] without being fetched.
    TooLarge,
    /// Content-Length is no number, or there are several.
    ContentLength,
}

impl Framer {
    /// A framer at the beginning of a stream.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Takes bytes as they were read. Fetch with [`Framer::next`] until it gives `None` before the next push.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > FRAMER_BYTES {
            self.failed = Some(FramingError::TooLarge);
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame. `None`: more bytes are needed. An error is final: it comes again at every call.
    #[allow(clippy::should_implement_trait)] // An iterator that gives items again after None would mislead.
    pub fn next(&mut self) -> Option<Result<Frame, FramingError>> {
        if let Some(error) = self.failed {
            return Some(Err(error));
        }
        let frame = self.frame().transpose()?;
        if let Err(error) = frame {
            self.failed = Some(error);
            self.buffer.clear();
        }
        Some(frame)
    }

    /// Whether the stream stands between two messages.
    pub fn is_empty(&self) -> bool {
        self.buffer.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }

    fn frame(&mut self) -> Result<Option<Frame>, FramingError> {
        loop {
            match &*self.buffer {
                [b'\r', b'\n', b'\r', b'\n', ..] => {
                    self.buffer.advance(4);
                    return Ok(Some(Frame::KeepAlive));
                }
                // Perhaps half of a ping.
                [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Ok(None),
                [b'\r' | b'\n', ..] => self.buffer.advance(1),
                _ => return self.message(),
            }
        }
    }

    fn message(&mut self) -> Result<Option<Frame>, FramingError> {
        let Some(header_length) = self.header_length() else {
            if self.buffer.len() > MESSAGE_BYTES {
                return Err(FramingError::TooLarge);
            }
            return Ok(None);
        };
        let section = self.buffer.get(..header_length).unwrap_or(&[]);
        let body_length = content_length(section)?;
        let length = header_length.saturating_add(body_length);
        if length > MESSAGE_BYTES {
            return Err(FramingError::TooLarge);
        }
        if self.buffer.len() < length {
            return Ok(None);
        }
        self.searched = 0;
        Ok(Some(Frame::Message(self.buffer.split_to(length).freeze())))
    }

    /// The length of the header section with the empty line that ends it.
    fn header_length(&mut self) -> Option<usize> {
        loop {
            let rest = self.buffer.get(self.searched..)?;
            let line_end = self.searched + memchr(b'\n', rest)? + 1;
            match self.buffer.get(line_end..)? {
                [b'\n', ..] => return Some(line_end + 1),
                [b'\r', b'\n', ..] => return Some(line_end + 2),
                // The answer is in bytes that have not come.
                [] | [b'\r'] => return None,
                _ => self.searched = line_end,
            }
        }
    }
}

/// What Content-Length says; 0 if there is none, though a stream must have one (RFC 3261 §20.14).
fn content_length(section: &[u8]) -> Result<usize, FramingError> {
    let mut length = None;
    for line in section.split(|byte| *byte == b'\n') {
        let Some(colon) = memchr(b':', line) else {
            continue;
        };
        let (name, value) = line.split_at_checked(colon).unwrap_or((&[], &[]));
        if lookup(trim_end(name)) != HeaderName::ContentLength.number() {
            continue;
        }
        let digits = trim(value.get(1..).unwrap_or(&[]));
        let value = number(digits).ok_or(FramingError::ContentLength)?;
        if length.replace(value).is_some() {
            return Err(FramingError::ContentLength);
        }
    }
    usize::try_from(length.unwrap_or(0)).map_err(|_| FramingError::TooLarge)
}

#[cfg(test)]
mod tests;
