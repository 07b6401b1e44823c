//! Files of recordings: whatever the bytes are, they are read within the limits or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook_media::sound::read::SoundLimits;
use switchhook_media::sound::recording::Sound;

fuzz_target!(|bytes: &[u8]| {
    let limits = SoundLimits {
        bytes: 1 << 20,
        seconds: 30,
        samples: 500_000,
    };
    if let Ok(sound) = Sound::read(bytes, Some("x.sln"), &limits) {
        assert!(!sound.samples().is_empty());
        assert!(sound.samples().len() <= limits.samples);
        assert!(sound.duration().as_secs() <= 30);
        // Only the beginning: the fuzzer is for the readers.
        let begin = &sound.samples()[..sound.samples().len().min(500)];
        Sound::new(sound.rate(), begin).at(8_000);
    }
});
