//! The two tones of a key (ITU-T Q.23), for sides that take keys only as sound.

use crate::audio::tone::Tone;

/// The frequencies of the rows and columns of the keys: Hz.
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// Row and column of each key, by its number (RFC 4733 §3.2): `0` to `9`, `*`, `#`, `A` to `D`.
const KEYS: [(usize, usize); 16] = [
    (3, 1),
    (0, 0),
    (0, 1),
    (0, 2),
    (1, 0),
    (1, 1),
    (1, 2),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
    (3, 2),
    (0, 3),
    (1, 3),
    (2, 3),
    (3, 3),
];
/// The amplitude of each of the two tones: together about -8 dBm0.
const AMPLITUDE: f64 = 6_000.0;

/// The tone of one key.
#[derive(Debug, Clone)]
pub struct KeyTone {
    row: Tone,
    column: Tone,
}

impl KeyTone {
    /// The tone of the key with this number, at `rate` samples per second. None: there is no such key.
    pub fn new(number: u8, rate: u32) -> Option<KeyTone> {
        let (row, column) = *KEYS.get(usize::from(number))?;
        Some(KeyTone {
            row: Tone::new(*ROWS.get(row)?, rate, AMPLITUDE),
            column: Tone::new(*COLUMNS.get(column)?, rate, AMPLITUDE),
        })
    }

    /// Fills `samples` with what comes next.
    pub fn fill(&mut self, samples: &mut [i16]) {
        let mut column = vec![0; samples.len()];
        self.row.fill(samples);
        self.column.fill(&mut column);
        for (sample, other) in samples.iter_mut().zip(column) {
            *sample = sample.saturating_add(other);
        }
    }
}
