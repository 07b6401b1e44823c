//! Against libgsm 1.0.22: the fingerprints are of what it makes of the same signal (by ffmpeg and sox).

use crate::codec::error::CodecError;
use crate::codec::gsm::{Decoder, Encoder};
use crate::codec::test_signal::{fingerprint, signal};

fn encoded() -> Vec<u8> {
    let mut payload = Vec::new();
    Encoder::default()
        .encode_all(&signal(16_000), &mut payload)
        .unwrap();
    payload
}

#[test]
fn the_bytes_are_those_of_libgsm() {
    assert_eq!(encoded().len(), 3_300);
    assert_eq!(fingerprint(encoded()), 0x5fd1_75c6_695c_2c58);
}

#[test]
fn the_samples_are_those_of_libgsm() {
    let mut samples = Vec::new();
    let mut decoder = Decoder::default();
    decoder.decode_all(&encoded(), &mut samples).unwrap();
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes());
    assert_eq!(fingerprint(bytes), 0x5a84_b398_1707_22ff);
}

#[test]
fn what_are_not_whole_frames_of_rtp_is_refused() {
    let (mut payload, mut samples) = (encoded(), Vec::new());
    payload.truncate(66);
    let mut decoder = Decoder::default();
    assert_eq!(decoder.decode_all(&payload, &mut samples), Ok(()));
    assert_eq!(samples.len(), 320);
    payload[33] = 0xc0;
    let refused = Err(CodecError::Payload);
    for bad in [&payload[..], &payload[..32], &payload[..34], &[]] {
        assert_eq!(decoder.decode_all(bad, &mut samples), refused);
    }
    assert_eq!(samples.len(), 320);
    let mut out = Vec::new();
    let short = Encoder::default().encode_all(&[0; 100], &mut out);
    assert_eq!(short, Err(CodecError::Frame));
    assert!(out.is_empty());
}
