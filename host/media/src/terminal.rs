//! One side of a call as an RTP endpoint: packets to samples and samples to packets. It knows neither addresses nor the other
//! side; that is [`crate::session`].

pub mod jitter;
pub mod key_hearing;
pub mod key_sending;
pub mod outgoing;
pub mod receiver;
pub mod sender;
