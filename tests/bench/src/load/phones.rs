//! What the calls of a load say of their media, and who is told how they go. Signalling alone needs none of it.

use std::borrow::Cow;
use std::time::Instant;

/// The telephones of all calls.
pub trait Phones {
    /// The number that a call dials; `number` is that of the load.
    fn number<'a>(&self, _call: u32, number: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(number)
    }

    /// The session description that a call offers.
    fn offer(&mut self, call: u32) -> String;

    /// The called side's answer to an offer for this number; `None` refuses it.
    fn answer(&mut self, number: &str, offer: &str) -> Option<String>;

    /// A call was answered, with this session description.
    fn answered(&mut self, call: u32, answer: &str, at: Instant);

    /// A call hangs up, or was lost: its telephones fall silent.
    fn over(&mut self, call: u32);
}

/// Telephones that name a port and never use it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Phones for Silent {
    fn offer(&mut self, _call: u32) -> String {
        "v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n".to_owned()
    }

    fn answer(&mut self, _number: &str, _offer: &str) -> Option<String> {
        Some("v=0\r\no=callee 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39002 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n".to_owned())
    }

    fn answered(&mut self, _call: u32, _answer: &str, _at: Instant) {}

    fn over(&mut self, _call: u32) {}
}
