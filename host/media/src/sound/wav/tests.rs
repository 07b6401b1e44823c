//! Every kind of WAV gives the samples it was made of.

use crate::codec::g711::Law;
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

/// A WAV file of one format chunk and one data chunk.
fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels.wrapping_mul(bits.div_ceil(8));
    let mut format = Vec::new();
    format.extend(tag.to_le_bytes());
    format.extend(channels.to_le_bytes());
    format.extend(rate.to_le_bytes());
    format.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    format.extend(block.to_le_bytes());
    format.extend(bits.to_le_bytes());
    file(&[(b"fmt ", &format), (b"data", data)])
}

fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WAVE".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend((content.len() as u32).to_le_bytes());
        body.extend(*content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    let mut file = b"RIFF".to_vec();
    file.extend((body.len() as u32).to_le_bytes());
    file.extend(body);
    file
}

fn read(bytes: &[u8]) -> Result<Sound, SoundError> {
    Sound::read(bytes, None, &SoundLimits::default())
}

const ORIGINAL: [i16; 8] = [0, 1, -1, 300, -20_000, 32_767, -32_768, 12_345];

/// The original in a coding of so many bytes a sample.
fn coded(code: impl Fn(i16) -> Vec<u8>) -> Vec<u8> {
    ORIGINAL.into_iter().flat_map(code).collect()
}

#[test]
fn each_depth_gives_the_same_samples() {
    let exact: [(u16, u16, Vec<u8>); 5] = [
        (1, 16, coded(|s| s.to_le_bytes().to_vec())),
        (
            1,
            24,
            coded(|s| (i32::from(s) << 8).to_le_bytes()[..3].to_vec()),
        ),
        (
            1,
            32,
            coded(|s| (i32::from(s) << 16).to_le_bytes().to_vec()),
        ),
        (
            3,
            32,
            coded(|s| (f32::from(s) / 32_768.0).to_le_bytes().to_vec()),
        ),
        (
            3,
            64,
            coded(|s| (f64::from(s) / 32_768.0).to_le_bytes().to_vec()),
        ),
    ];
    for (tag, bits, data) in exact {
        let sound = read(&wav(tag, 1, 22_050, bits, &data)).unwrap();
        assert_eq!(sound.samples(), ORIGINAL, "{tag} with {bits} bits");
        assert_eq!(sound.rate(), 22_050);
    }
    let eight = read(&wav(
        1,
        1,
        8_000,
        8,
        &coded(|s| vec![((s >> 8) + 128) as u8]),
    ))
    .unwrap();
    let upper = ORIGINAL.map(|sample| sample >> 8 << 8);
    assert_eq!(eight.samples(), upper);
}

#[test]
fn g711_in_wav_is_decoded() {
    for (tag, law) in [(7, Law::Mu), (6, Law::A)] {
        let sound = read(&wav(tag, 1, 8_000, 8, &coded(|s| vec![law.encode(s)]))).unwrap();
        assert_eq!(sound.samples(), ORIGINAL.map(|s| law.decode(law.encode(s))));
    }
}

#[test]
fn the_extensible_format_is_what_its_identifier_says() {
    let mut format = Vec::new();
    for (value, width) in [
        (0xfffe, 2),
        (2, 2),
        (48_000, 4),
        (48_000 * 8, 4),
        (8, 2),
        (32, 2),
        (22, 2),
        (32, 2),
        (3, 4),
        (3, 2),
    ] {
        format.extend(&u32::to_le_bytes(value)[..width]);
    }
    format.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let data: Vec<u8> = [0.5_f32, 0.0, -0.5, -0.5]
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    let sound = read(&file(&[
        (b"LIST", b"odd"),
        (b"fmt ", &format),
        (b"data", &data),
    ]))
    .unwrap();
    assert_eq!(
        (sound.rate(), sound.samples()),
        (48_000, &[8_192, -16_384][..])
    );
}

#[test]
fn channels_are_mixed_to_one() {
    let data: Vec<u8> = [100_i16, 300, -500, 700, 32_767, 32_767]
        .iter()
        .flat_map(|s| s.to_le_bytes())
        .collect();
    assert_eq!(
        read(&wav(1, 2, 8_000, 16, &data)).unwrap().samples(),
        [200, 100, 32_767]
    );
    assert_eq!(
        read(&wav(1, 6, 8_000, 16, &data[..12]))
            .unwrap()
            .samples()
            .len(),
        1
    );
}

#[test]
fn a_length_that_was_never_written_means_to_the_end() {
    let mut bytes = wav(1, 1, 8_000, 16, &coded(|s| s.to_le_bytes().to_vec()));
    bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&bytes).unwrap().samples(), ORIGINAL);
}

#[test]
fn what_cannot_be_played_is_refused_in_words() {
    let data = [0; 64];
    let says = |bytes: &[u8], words: &str| {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    says(&wav(2, 1, 8_000, 4, &data), "0x0002");
    says(&wav(1, 0, 8_000, 16, &data), "0 channels");
    says(&wav(1, 900, 8_000, 16, &data), "900 channels");
    says(&wav(1, 1, 0, 16, &data), "rate of 0");
    says(&wav(1, 1, 4_000_000_000, 16, &data), "rate of 4000000000");
    says(&wav(1, 1, 8_000, 16, &[]), "no sound");
    says(&file(&[(b"data", &data)]), "no format");
    says(&file(&[(b"fmt ", &data[..9])]), "too short");
    says(b"RIFF....AVI ", "WAVE");
    says(b"RIFF", "WAVE");
}

#[test]
fn every_cut_of_a_file_is_read_or_refused() {
    let bytes = wav(0xfffe, 2, 8_000, 24, &[7; 60]);
    for length in 0..bytes.len() {
        let _ = read(&bytes[..length]);
    }
}
