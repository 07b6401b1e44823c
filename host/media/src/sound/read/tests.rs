//! Formats are told apart, and every one keeps to the limits.

use crate::codec::g711::Law;
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

const LIMITS: SoundLimits = SoundLimits {
    bytes: 100_000,
    seconds: 2,
    samples: 50_000,
};

#[test]
fn headerless_files_are_what_their_names_say() {
    let read = |bytes: &[u8], name: &str| Sound::read(bytes, Some(name), &LIMITS);
    let sound = read(&[0xff, 0x00], "a/greeting.ulaw").unwrap();
    assert_eq!(sound.samples(), [Law::Mu.decode(0xff), Law::Mu.decode(0)]);
    let sound = read(&[0xd5, 0x2a], "x.AL").unwrap();
    assert_eq!(sound.samples(), [Law::A.decode(0xd5), Law::A.decode(0x2a)]);
    let sound = read(&[1, 0, 0xff, 0xff, 9], "x.sln").unwrap();
    assert_eq!((sound.rate(), sound.samples()), (8_000, &[1, -1][..]));
    assert_eq!(read(&[1, 0], "x.sln48").unwrap().rate(), 48_000);
    for name in ["x.txt", "x", "", "x.sln7", "x.sln99999999999"] {
        assert_eq!(
            read(b"hello", name).unwrap_err(),
            SoundError::Unknown,
            "{name}"
        );
    }
    assert_eq!(read(&[], "x.ulaw").unwrap_err(), SoundError::Empty);
}

#[test]
fn what_is_too_long_or_too_large_is_refused() {
    let read = |length: usize, name: &str| Sound::read(&vec![0; length], Some(name), &LIMITS);
    assert!(read(16_000, "x.ulaw").is_ok());
    assert_eq!(
        read(16_001, "x.ulaw").unwrap_err(),
        SoundError::TooLong { seconds: 2 }
    );
    assert_eq!(
        read(100_001, "x.ulaw").unwrap_err(),
        SoundError::TooLarge { bytes: 100_000 }
    );
    // 50,000 samples are a second and a bit at this rate.
    assert_eq!(
        read(100_000, "x.sln48").map(|s| s.samples().len()),
        Ok(50_000)
    );
    let few = SoundLimits {
        samples: 49_999,
        ..LIMITS
    };
    let error = Sound::read(&vec![0; 100_000], Some("x.sln48"), &few).unwrap_err();
    assert_eq!(error, SoundError::TooLong { seconds: 1 });
}
