//! G.711 µ-law and A-law (ITU-T G.711): eight bits a sample.

/// A G.711 variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, payload type 0 (`PCMU`).
    Mu,
    /// A-law, payload type 8 (`PCMA`).
    A,
}

impl Law {
    /// The variant that an encoding name means, if it is G.711.
    pub fn of_name(name: &str) -> Option<Law> {
        if name.eq_ignore_ascii_case("PCMU") {
            Some(Law::Mu)
        } else if name.eq_ignore_ascii_case("PCMA") {
            Some(Law::A)
        } else {
            None
        }
    }

    /// One sample, 16 bits linear, as one byte.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => encode_mu(sample),
            Law::A => encode_a(sample),
        }
    }

    /// One byte as one sample, 16 bits linear.
    pub fn decode(self, byte: u8) -> i16 {
        let table = match self {
            Law::Mu => &MU_TO_LINEAR,
            Law::A => &A_TO_LINEAR,
        };
        table.get(usize::from(byte)).copied().unwrap_or(0)
    }
}

static MU_TO_LINEAR: [i16; 256] = mu_table();
static A_TO_LINEAR: [i16; 256] = a_table();

const MU_BIAS: i32 = 132;
const MU_CLIP: i32 = 32_635;

fn encode_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_CLIP) + MU_BIAS;
    let segment = magnitude.ilog2() - 7;
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (low_byte(segment.cast_signed()) << 4) | low_byte(step))
}

fn encode_a(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 {
        (0, i32::from(!sample))
    } else {
        (0x80, i32::from(sample))
    };
    let code = if magnitude < 256 {
        low_byte(magnitude >> 4)
    } else {
        let segment = magnitude.ilog2() - 7;
        let step = (magnitude >> (segment + 3)) & 0x0f;
        (low_byte(segment.cast_signed()) << 4) | low_byte(step)
    };
    (sign | code) ^ 0x55
}

fn low_byte(value: i32) -> u8 {
    value.to_le_bytes()[0]
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn mu_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = !byte & 0xff;
        let magnitude = (((code & 0x0f) << 3) + 132) << ((code & 0x70) >> 4);
        let value = if code & 0x80 != 0 {
            132 - magnitude
        } else {
            magnitude - 132
        };
        table[byte as usize] = value as i16;
        byte += 1;
    }
    table
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn a_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let code = byte ^ 0x55;
        let step = (code & 0x0f) << 4;
        let magnitude = match (code & 0x70) >> 4 {
            0 => step + 8,
            segment => (step + 0x108) << (segment - 1),
        };
        let value = if code & 0x80 != 0 {
            magnitude
        } else {
            -magnitude
        };
        table[byte as usize] = value as i16;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests;
