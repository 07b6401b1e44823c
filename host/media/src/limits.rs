//! Every fixed limit of the media core. What is beyond them is refused and, where it is traffic, counted.

use std::ops::RangeInclusive;

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
/// The most packets of a channel that a recording holds back before they are decoded.
pub const RECORDED_HELD: usize = 256;
/// A packet that is so far behind the one that was decoded last is not late: its sender has begun to count anew.
pub const RECORDED_LATE: i16 = 512;
/// The most sound in one payload that is decoded: milliseconds. Senders use 20; the largest that RFCs foresee is 200 (RFC 3551 §4.2).
pub const PAYLOAD_MILLISECONDS: u32 = 200;
/// The largest recording that is read: bytes.
pub const SOUND_BYTES: usize = 32 << 20;
/// The longest recording that is read: seconds.
pub const SOUND_SECONDS: u32 = 1_800;
/// The most samples of a recording: ten minutes of 48,000 a second, an hour of 8,000.
pub const SOUND_SAMPLES: usize = 28_800_000;
/// The rates of recordings that are read: samples per second.
pub const SOUND_RATES: RangeInclusive<u32> = 4_000..=192_000;
/// The most channels of a recording that is read.
pub const SOUND_CHANNELS: usize = 8;
/// The most members of a conference room.
pub const ROOM_MEMBERS: usize = 512;
/// Up to so many members of a room are all mixed when they speak at once.
pub const ROOM_SMALL: usize = 12;
/// So many of those who speak at once are mixed in a bigger room: the loudest.
pub const ROOM_VOICES: usize = 8;
/// The most sound that a jitter buffer holds back: milliseconds.
pub const JITTER_MILLISECONDS: u32 = 500;
/// The most keys that wait to be sent to a side.
pub const KEYS_WAITING: usize = 256;
