//! A frame's parameters and their bits (GSM 06.10 §1.7 table 1.1, RFC 3551 §4.5.8.1).

use super::FRAME_BYTES;

/// How many bits the eight reflection coefficients have.
const REFLECTION_BITS: [u32; 8] = [6, 6, 5, 5, 4, 4, 3, 3];
/// The high four bits of the first byte.
const SIGNATURE: u64 = 0xd;

/// What is said of 20 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Frame {
    /// LARc: the logarithmic area ratios, quantized.
    pub(super) reflection: [i16; 8],
    pub(super) parts: [Part; 4],
}

/// What is said of 5 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Part {
    /// Nc: how many samples ago the signal was alike.
    pub(super) lag: i16,
    /// bc: how much alike.
    pub(super) gain: i16,
    /// Mc: which of the four grids is kept.
    pub(super) grid: i16,
    /// xmaxc: the logarithm of its largest sample.
    pub(super) maximum: i16,
    /// xMc: its samples.
    pub(super) pulses: [i16; 13],
}

impl Frame {
    /// Reads a frame. None: the signature is not that of RTP.
    pub(super) fn read(bytes: &[u8; FRAME_BYTES]) -> Option<Frame> {
        let mut bits = Bits { bytes, at: 0 };
        if bits.take(4) != 0xd {
            return None;
        }
        let mut frame = Frame::default();
        for (value, count) in frame.reflection.iter_mut().zip(REFLECTION_BITS) {
            *value = bits.take(count);
        }
        for part in &mut frame.parts {
            part.lag = bits.take(7);
            part.gain = bits.take(2);
            part.grid = bits.take(2);
            part.maximum = bits.take(6);
            for pulse in &mut part.pulses {
                *pulse = bits.take(3);
            }
        }
        Some(frame)
    }

    /// Appends the frame's 33 bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let (mut word, mut held) = (SIGNATURE, 4);
        let mut put = |value: i16, count: u32| {
            word = (word << count) | u64::from(value.cast_unsigned());
            held += count;
            while held >= 8 {
                held -= 8;
                out.push((word >> held).to_le_bytes()[0]);
            }
        };
        for (value, count) in self.reflection.iter().zip(REFLECTION_BITS) {
            put(*value, count);
        }
        for part in &self.parts {
            put(part.lag, 7);
            put(part.gain, 2);
            put(part.grid, 2);
            put(part.maximum, 6);
            for pulse in &part.pulses {
                put(*pulse, 3);
            }
        }
    }
}

/// Bits read from the most significant one on.
struct Bits<'a> {
    bytes: &'a [u8; FRAME_BYTES],
    at: u32,
}

impl Bits<'_> {
    /// The next `count` bits, at most 8. Zeros beyond the end.
    fn take(&mut self, count: u32) -> i16 {
        let first = usize::try_from(self.at / 8).unwrap_or(usize::MAX);
        let byte = |index: usize| self.bytes.get(index).copied().unwrap_or(0);
        let word = u16::from_be_bytes([byte(first), byte(first.saturating_add(1))]);
        let shifted = word << (self.at % 8) >> (16 - count);
        self.at += count;
        shifted.cast_signed()
    }
}
