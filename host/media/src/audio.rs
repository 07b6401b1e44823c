//! Sound for the built-in phone: G.711, tones, digits, sending and receiving a stream. Pure: samples and packets in and out.

pub mod digit;
pub mod receiver;
pub mod sender;
pub mod tone;
