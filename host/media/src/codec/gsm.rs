//! GSM 06.10 full rate speech (ETSI EN 300 961) in the framing of RTP (RFC 3551 §4.5.8): 160 samples at 8,000 Hz to 33 bytes. Written from the
//! standard's section numbers, which comments cite; its arithmetic is reproduced bit for bit.

mod arithmetic;
mod decoder;
mod encoder;
mod filter;
mod frame;
mod residual;

pub use decoder::Decoder;
pub use encoder::Encoder;

/// The samples of a frame: 20 ms at 8,000 Hz.
pub const FRAME_SAMPLES: usize = 160;
/// The bytes of a frame.
pub const FRAME_BYTES: usize = 33;
/// The samples of one of a frame's four parts.
const PART_SAMPLES: usize = 40;

#[cfg(test)]
mod tests;
