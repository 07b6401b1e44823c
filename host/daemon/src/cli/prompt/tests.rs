//! What the command line means, and what it says of sounds.

use switchhook_routing::prompt::ToneKind;

use super::*;

#[test]
fn a_prompt_is_a_file_a_url_or_a_tone() {
    assert_eq!(parsed("a/b.wav").unwrap(), Prompt::File("a/b.wav".into()));
    let url = "https://example.org/a.mp3";
    assert_eq!(parsed(url).unwrap(), Prompt::Url(url.into()));
    let tone = |kind, country: Option<&str>| {
        Prompt::Tone(Tone {
            kind,
            country: country.map(str::to_owned),
            milliseconds: 10_000,
        })
    };
    assert_eq!(parsed("tone:busy").unwrap(), tone(ToneKind::Busy, None));
    let german = tone(ToneKind::Ringing, Some("de"));
    assert_eq!(parsed("tone:ringing:de").unwrap(), german);
    assert!(parsed("tone:song").is_err());
}

#[test]
fn a_sound_is_described_by_length_rate_and_loudness() {
    let said = |samples: Vec<i16>| measured(&Sound::new(8_000, samples));
    assert_eq!(
        said(vec![0; 4_000]),
        "500ms, 8000 samples per second, silent"
    );
    assert!(
        said(vec![16_384, 0]).ends_with("peak -6.0 dB"),
        "{}",
        said(vec![16_384, 0])
    );
    assert!(said(vec![i16::MIN]).contains("clipped"));
}

#[test]
fn files_that_cannot_be_played_are_told_and_counted() {
    let folder = std::env::temp_dir().join(format!("switchhook-prompt-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (good, bad) = (folder.join("good.wav"), folder.join("bad.wav"));
    write(&good, &Sound::new(16_000, vec![1_000; 160])).unwrap();
    std::fs::write(&bad, "RIFF").unwrap();
    assert!(check(std::slice::from_ref(&good)).is_ok());
    assert!(checked(&good).unwrap().starts_with("10ms, 16000 samples"));
    let error = check(&[good, bad, folder.join("none.wav")]).unwrap_err();
    assert_eq!(error.to_string(), "2 of 3 cannot be played");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_tone_is_rendered_to_its_end() {
    let Prompt::Tone(tone) = parsed("tone:dial:fr").unwrap() else {
        panic!("no tone");
    };
    let cadence =
        switchhook_media::sound::tone::cadence(switchhook_media::sound::tone::Kind::Dial, "fr");
    let item = Item::Tone {
        cadence,
        milliseconds: tone.milliseconds,
    };
    assert_eq!(rendered(item, 8_000).len(), 80_000);
}
