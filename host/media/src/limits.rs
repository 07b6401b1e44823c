//! Every fixed limit of the media core. What is beyond them is refused and, where it is traffic, counted.

/// The largest session description that is read: bytes.
pub const SDP_BYTES: usize = 16_384;
/// The most lines of a session description.
pub const SDP_LINES: usize = 512;
/// The most media lines of a session description.
pub const SDP_MEDIA: usize = 16;
/// The most payload formats of an audio line.
pub const SDP_FORMATS: usize = 48;
/// The largest RTP or RTCP packet that is relayed: bytes. Larger ones are dropped.
pub const PACKET_BYTES: usize = 2_048;
/// The most packets that a jitter buffer holds back.
pub const JITTER_PACKETS: usize = 64;
/// The largest number of samples in one received packet that the phone's receiver accepts.
pub const PACKET_SAMPLES: usize = 1_600;
/// The most sound in one payload that is decoded: milliseconds. Senders use 20; the largest that RFCs foresee is 200 (RFC 3551 §4.2).
pub const PAYLOAD_MILLISECONDS: u32 = 200;
