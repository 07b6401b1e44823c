//! Against ffmpeg 5.1, an independent implementation: the fingerprints are of what it makes of the same signal.

use crate::codec::g722::{Decoder, Encoder};
use crate::codec::test_signal::{fingerprint, signal};

fn encoded() -> Vec<u8> {
    let mut payload = Vec::new();
    Encoder::default().encode(&signal(16_000), &mut payload);
    payload
}

#[test]
fn the_bytes_are_those_of_another_implementation() {
    assert_eq!(encoded().len(), 8_000);
    assert_eq!(fingerprint(encoded()), 0x748d_b047_ec2d_a35c);
}

#[test]
fn the_samples_are_those_of_another_implementation() {
    let mut samples = Vec::new();
    Decoder::default().decode(&encoded(), &mut samples);
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes());
    assert_eq!(fingerprint(bytes), 0xa980_b984_88ed_4087);
}
