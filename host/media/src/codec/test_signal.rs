//! What codecs are fed in tests: voice-like, then noise, then as loud as can be. Integers only, so that other programs' results for it hold
//! everywhere.

/// `count` samples, the same each time.
pub(super) fn signal(count: usize) -> Vec<i16> {
    let mut chance: u32 = 1;
    let mut phase = 0;
    (0..count)
        .map(|at| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = i32::from((chance >> 16) as u16 as i16);
            let cycle = 45 + (at / 700 % 40) as i32;
            phase = (phase + 1) % cycle;
            let voice = 12_000 - 24_000 * phase / cycle;
            let swell = (at % 2_400).min(2_400 - at % 2_400) as i32;
            let sample = match at / 2_000 % 3 {
                0 | 1 => voice * swell / 1_200 + noise / 64,
                _ if at % 4_000 < 2_000 => noise / 8,
                _ => noise * 2,
            };
            sample.clamp(-32_768, 32_767) as i16
        })
        .collect()
}

/// A fingerprint of bytes (FNV-1a).
pub(super) fn fingerprint(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// How much louder the signal is than the difference to what was heard, in dB.
pub(super) fn signal_to_noise(signal: &[i16], heard: &[i16]) -> f64 {
    let square = |value: f64| value * value;
    let power: f64 = signal.iter().map(|sample| square(f64::from(*sample))).sum();
    let pairs = signal.iter().zip(heard);
    let noise: f64 = pairs
        .map(|(a, b)| square(f64::from(*a) - f64::from(*b)))
        .sum();
    10.0 * (power / noise.max(1.0)).log10()
}
