//! What was compressed is heard again: files made by the usual encoders (flac, lame, oggenc) of tones that are computed here anew. They
//! are the seeds of the fuzz target too.

use crate::audio::tone::Tone;
use crate::sound::compressed::Format;
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

macro_rules! seed {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../tests/fuzz/seeds/sound/", $name))
    };
}

fn read(bytes: &[u8]) -> Result<Sound, SoundError> {
    Sound::read(bytes, None, &SoundLimits::default())
}

/// A second of the tones that the files hold: 440 Hz, and 1,000 Hz in the second channel.
fn original(rate: u32, channels: usize) -> Vec<i16> {
    let mut sum = vec![0_i32; rate as usize];
    for hertz in &[440.0, 1_000.0][..channels] {
        let mut channel = vec![0; rate as usize];
        Tone::new(*hertz, rate, 8_000.0).fill(&mut channel);
        for (sum, sample) in sum.iter_mut().zip(channel) {
            *sum += i32::from(sample);
        }
    }
    sum.iter()
        .map(|sample| (sample / channels as i32) as i16)
        .collect()
}

/// How much louder the original is than what differs from it: decibels.
fn quality(heard: &[i16], original: &[i16]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let signal = power(&mut original.iter().map(|s| f64::from(*s)));
    let pairs = heard.iter().zip(original);
    let noise = power(&mut pairs.map(|(h, o)| f64::from(*h) - f64::from(*o)));
    10.0 * (signal / noise.max(1.0)).log10()
}

#[test]
fn flac_is_what_it_was() {
    let mono = read(seed!("mono-16000.flac")).unwrap();
    assert_eq!((mono.rate(), mono.samples().len()), (16_000, 16_000));
    let differ = |heard: &Sound, original: &[i16]| {
        let pairs = heard.samples().iter().zip(original);
        pairs.map(|(h, o)| h.abs_diff(*o)).max()
    };
    assert!(differ(&mono, &original(16_000, 1)) <= Some(1));
    let stereo = read(seed!("stereo-44100-24bit.flac")).unwrap();
    assert_eq!((stereo.rate(), stereo.samples().len()), (44_100, 22_050));
    assert!(differ(&stereo, &original(44_100, 2)) <= Some(1));
}

#[test]
fn mp3_is_nearly_what_it_was_and_as_long() {
    // Its head says how much silence the encoder has put before it.
    let sound = read(seed!("stereo-44100.mp3")).unwrap();
    assert_eq!((sound.rate(), sound.samples().len()), (44_100, 44_100));
    let good = quality(sound.samples(), &original(44_100, 2));
    assert!(good > 20.0, "{good} dB");
    // Without such a head it is delayed, and frames are played whole.
    let sound = read(seed!("mono-22050-plain.mp3")).unwrap();
    assert_eq!(sound.rate(), 22_050);
    assert!((22_050..24_500).contains(&sound.samples().len()));
    let original = original(22_050, 1);
    let qualities = (0..2_000).map(|delay| quality(&sound.samples()[delay..], &original[..2_000]));
    let good = qualities.fold(f64::MIN, f64::max);
    assert!(good > 20.0, "{good} dB");
}

#[test]
fn ogg_vorbis_is_nearly_what_it_was_and_as_long() {
    for (bytes, rate, channels) in [
        (&seed!("mono-16000.ogg")[..], 16_000, 1),
        (&seed!("stereo-44100.ogg")[..], 44_100, 2),
    ] {
        let sound = read(bytes).unwrap();
        assert_eq!((sound.rate(), sound.samples().len()), (rate, rate as usize));
        let good = quality(sound.samples(), &original(rate, channels));
        assert!(good > 20.0, "{rate}: {good} dB");
    }
}

#[test]
fn a_file_that_ends_in_the_middle_is_played_so_far_or_refused_in_words() {
    for bytes in [
        &seed!("mono-16000.flac")[..],
        seed!("stereo-44100.mp3"),
        seed!("mono-16000.ogg"),
    ] {
        // A page of Ogg that is not whole is nothing, and a second is one page.
        if Format::of(bytes) != Some(Format::Ogg) {
            let part = read(&bytes[..bytes.len() * 2 / 3]).unwrap();
            assert!(part.duration().as_secs_f64() > 0.3, "{part:?}");
        }
        for length in (4..bytes.len().min(600)).chain([bytes.len() - 1]) {
            if let Err(error) = read(&bytes[..length]) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[test]
fn no_byte_that_is_changed_makes_more_of_it_than_the_limits_allow() {
    let limits = SoundLimits {
        bytes: 100_000,
        seconds: 2,
        samples: 50_000,
    };
    for bytes in [
        &seed!("mono-16000.flac")[..],
        seed!("stereo-44100.mp3"),
        seed!("mono-16000.ogg"),
    ] {
        for at in (0..bytes.len().min(300)).step_by(5) {
            let mut bytes = bytes.to_vec();
            bytes[at] = !bytes[at];
            if let Ok(sound) = Sound::read(&bytes, None, &limits) {
                assert!(sound.samples().len() <= 50_000);
            }
        }
    }
}

#[test]
fn a_small_file_that_would_be_hours_is_refused_in_time() {
    // A FLAC stream of frames that say in a few bytes that 65,535 samples are all the same.
    let mut bytes = silent_flac(65_535);
    let head = 42;
    let frame = bytes.split_off(head);
    for _ in 0..60_000 {
        bytes.extend_from_slice(&frame);
    }
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let limits = SoundLimits {
        seconds: 60,
        ..SoundLimits::default()
    };
    let error = Sound::read(&bytes, None, &limits).unwrap_err();
    assert_eq!(error, SoundError::TooLong { seconds: 60 });
    // One frame of them is what it says.
    let one = read(&silent_flac(65_535)).unwrap();
    assert_eq!(one.samples().len(), 65_535);
}

/// A FLAC file of one frame of silence (RFC 9639 §8, §9): 42 bytes of head, then the frame.
fn silent_flac(samples: u16) -> Vec<u8> {
    let mut bytes = b"fLaC".to_vec();
    // The only metadata block: STREAMINFO, 34 bytes.
    bytes.extend([0x80, 0, 0, 34]);
    bytes.extend(samples.to_be_bytes());
    bytes.extend(samples.to_be_bytes());
    bytes.extend([0; 6]);
    // 8,000 samples a second, one channel, 16 bits, an unknown number of samples.
    let packed = (8_000_u64 << 44) | (15 << 36);
    bytes.extend(packed.to_be_bytes());
    bytes.extend([0; 16]);
    // Fixed block size of 16 bits (0b0111), 8,000 Hz (0b0100), mono, 16 bits (0b100), frame 0.
    let mut frame = vec![0xff, 0xf8, 0x74, 0x08, 0];
    frame.extend((samples - 1).to_be_bytes());
    frame.push(crc(&frame, 8, 0x07) as u8);
    // A constant subframe of 0.
    frame.extend([0, 0, 0]);
    let check = crc(&frame, 16, 0x8005);
    frame.extend(check.to_be_bytes());
    bytes.extend(frame);
    bytes
}

fn crc(bytes: &[u8], bits: u32, polynomial: u16) -> u16 {
    let top = 1_u32 << (bits - 1);
    let step = |crc: u32| {
        (crc << 1)
            ^ if crc & top == 0 {
                0
            } else {
                u32::from(polynomial)
            }
    };
    let byte = |crc: u32, byte: &u8| {
        let mixed = crc ^ (u32::from(*byte) << (bits - 8));
        (0..8).fold(mixed, |crc, _| step(crc)) & ((1 << bits) - 1)
    };
    bytes.iter().fold(0, byte) as u16
}

#[test]
fn formats_are_told_apart_by_their_first_bytes() {
    let tagged = |inner: &[u8]| {
        let mut bytes = b"ID3\x04\0\0\0\0\0\x05.....".to_vec();
        bytes.extend_from_slice(inner);
        bytes
    };
    for (begin, format) in [
        (&b"fLaC"[..], Some(Format::Flac)),
        (b"OggS", Some(Format::Ogg)),
        (b"\xff\xfb\x90\x00", Some(Format::Mp3)),
        (b"\xff\xf3\x40\x00", Some(Format::Mp3)),
        (b"\xff\xff\xff\xff", None),
        (b"\xff", None),
        (b"", None),
    ] {
        assert_eq!(Format::of(begin), format, "{begin:?}");
        if !begin.is_empty() {
            let format = format.or(Some(Format::Mp3));
            assert_eq!(Format::of(&tagged(begin)), format, "{begin:?} after a tag");
        }
    }
    assert_eq!(
        Format::of(b"ID3\x04\0\0\x7f\x7f\x7f\x7f"),
        Some(Format::Mp3)
    );
}
