//! What holds for every encoding.

use crate::codec::test_signal::{signal, signal_to_noise};
use crate::codec::{CodecError, Decoder, Encoder, Encoding, Parameters};
use crate::limits;

fn available() -> impl Iterator<Item = Encoding> {
    Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_available())
}

#[test]
fn names_and_formats_lead_back_to_their_encoding() {
    for encoding in Encoding::ALL {
        assert_eq!(Encoding::named(encoding.name()), Some(encoding));
        assert_eq!(Encoding::of(&encoding.format(96)), Some(encoding));
        assert!(encoding.rates().contains(&encoding.sample_rate()));
    }
    assert_eq!(Encoding::named("telephone-event"), None);
    let mut narrow = Encoding::Opus.format(96);
    narrow.channels = 1;
    assert_eq!(Encoding::of(&narrow), None);
}

#[test]
fn twenty_milliseconds_come_back_as_twenty_milliseconds() {
    for encoding in available() {
        for rate in encoding.rates() {
            let mut encoder = Encoder::new(encoding, *rate, &Parameters::default()).unwrap();
            let mut decoder = Decoder::new(encoding, *rate).unwrap();
            let frame = usize::try_from(rate / 50).unwrap();
            let mut heard = Vec::new();
            for _ in 0..10 {
                let mut payload = Vec::new();
                encoder.encode(&vec![0; frame], &mut payload).unwrap();
                assert_eq!(
                    encoding.ticks(&payload),
                    Some(encoding.clock_rate() / 50),
                    "{encoding:?}"
                );
                decoder.decode(&payload, &mut heard).unwrap();
                decoder.conceal(7, &mut heard);
            }
            assert_eq!(heard.len(), 10 * (frame + 7), "{encoding:?} at {rate}");
        }
    }
}

#[test]
fn other_rates_are_refused() {
    for encoding in Encoding::ALL {
        let made = Encoder::new(encoding, 11_025, &Parameters::default());
        assert_eq!(made.err(), Some(CodecError::Rate));
        assert_eq!(Decoder::new(encoding, 11_025).err(), Some(CodecError::Rate));
    }
}

#[test]
fn no_payload_yields_more_than_the_limit() {
    for encoding in available() {
        let rate = encoding.sample_rate();
        let mut decoder = Decoder::new(encoding, rate).unwrap();
        let most = usize::try_from(rate / 1_000 * limits::PAYLOAD_MILLISECONDS).unwrap();
        for length in (0..40).chain((40..limits::PACKET_BYTES).step_by(61)) {
            for byte in [0x5a, 0xd1] {
                let mut heard = Vec::new();
                let decoded = decoder.decode(&vec![byte; length], &mut heard);
                assert!(heard.len() <= most, "{encoding:?} {length}");
                assert_eq!(decoded.is_err(), heard.is_empty(), "{encoding:?} {length}");
            }
        }
    }
}

#[test]
fn parameters_are_read_and_nonsense_is_passed_over() {
    let read =
        Parameters::read("maxplaybackrate=16000; useinbandfec=1;usedtx=0;x;maxaveragebitrate=1");
    let expected = Parameters {
        playback_rate: Some(16_000),
        recovery: true,
        bits_per_second: Some(6_000),
        ..Parameters::default()
    };
    assert_eq!(read, expected);
    assert_eq!(Parameters::read("annexb=no"), Parameters::default());
    assert_eq!(Parameters::read("usedtx=-1;cbr=two"), Parameters::default());
}

#[test]
fn speech_comes_through_every_encoding() {
    for encoding in available() {
        let rate = encoding.sample_rate();
        let frame = usize::try_from(rate / 50).unwrap();
        let spoken: Vec<i16> = signal(2_000).repeat(frame / 160);
        let mut encoder = Encoder::new(encoding, rate, &Parameters::default()).unwrap();
        let mut decoder = Decoder::new(encoding, rate).unwrap();
        let (mut payload, mut heard) = (Vec::new(), Vec::new());
        for samples in spoken.chunks_exact(frame) {
            payload.clear();
            encoder.encode(samples, &mut payload).unwrap();
            decoder.decode(&payload, &mut heard).unwrap();
        }
        let loud = |samples: &[i16]| -> f64 {
            let squares = samples.iter().map(|sample| f64::from(*sample).powi(2));
            squares.sum::<f64>() / samples.len() as f64
        };
        let ratio = loud(&heard) / loud(&spoken);
        assert!((0.5..2.0).contains(&ratio), "{encoding:?} {ratio}");
    }
}

#[test]
fn any_bytes_are_decoded_or_refused_and_the_next_good_payload_is_heard() {
    let mut chance: u32 = 7;
    let mut next = move || {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        chance.to_be_bytes()[0]
    };
    for encoding in available() {
        let rate = encoding.sample_rate();
        let frame = usize::try_from(rate / 50).unwrap();
        let mut encoder = Encoder::new(encoding, rate, &Parameters::default()).unwrap();
        let mut decoder = Decoder::new(encoding, rate).unwrap();
        let (mut good, mut heard) = (Vec::new(), Vec::new());
        encoder.encode(&signal(frame), &mut good).unwrap();
        for _ in 0..300 {
            let length = usize::from(next());
            let bytes: Vec<u8> = (0..length).map(|_| next()).collect();
            heard.clear();
            let _ = decoder.decode(&bytes, &mut heard);
            decoder.recover(&bytes, usize::from(next()), &mut heard);
        }
        heard.clear();
        decoder.decode(&good, &mut heard).unwrap();
        assert_eq!(heard.len(), frame, "{encoding:?}");
    }
}

#[test]
fn frames_of_odd_lengths_are_refused() {
    for encoding in available() {
        let rate = encoding.sample_rate();
        let mut encoder = Encoder::new(encoding, rate, &Parameters::default()).unwrap();
        let frame = usize::try_from(rate / 50).unwrap();
        let mut out = Vec::new();
        for length in [0, 1, frame - 1, frame + 1, frame * 5, frame * 100] {
            let encoded = encoder.encode(&vec![0; length], &mut out);
            assert_eq!(encoded, Err(CodecError::Frame), "{encoding:?} {length}");
        }
        assert!(out.is_empty());
    }
}

#[cfg(feature = "opus")]
#[test]
fn opus_recovers_a_lost_packet_from_the_next_one() {
    let parameters = Parameters {
        recovery: true,
        loss_percent: 20,
        ..Parameters::default()
    };
    let mut encoder = Encoder::new(Encoding::Opus, 16_000, &parameters).unwrap();
    let voice: Vec<i16> = (0..16_000)
        .map(|at| (at % 145 * 100 * (at / 2_000 % 2) - 3_000) as i16)
        .collect();
    let mut payloads = Vec::new();
    for frame in voice.chunks_exact(320) {
        let mut payload = Vec::new();
        encoder.encode(frame, &mut payload).unwrap();
        payloads.push(payload);
    }
    // What is lost is where the voice has just begun again: what came before tells little of it.
    let heard = |recover: bool| {
        let mut decoder = Decoder::new(Encoding::Opus, 16_000).unwrap();
        let mut heard = Vec::new();
        for (index, payload) in payloads.iter().enumerate().take(30) {
            match (index, recover) {
                (19, false) => decoder.conceal(320, &mut heard),
                (19, true) => decoder.recover(&payloads[20], 320, &mut heard),
                _ => decoder.decode(payload, &mut heard).unwrap(),
            }
        }
        heard
    };
    let mut decoder = Decoder::new(Encoding::Opus, 16_000).unwrap();
    let mut whole = Vec::new();
    for payload in payloads.iter().take(30) {
        decoder.decode(payload, &mut whole).unwrap();
    }
    let lost = 19 * 320..21 * 320;
    let recovered = signal_to_noise(&whole[lost.clone()], &heard(true)[lost.clone()]);
    let concealed = signal_to_noise(&whole[lost.clone()], &heard(false)[lost]);
    assert!(recovered > concealed + 3.0, "{recovered} {concealed}");
}

#[cfg(feature = "opus")]
#[test]
fn opus_says_next_to_nothing_in_silence_if_asked_to() {
    let parameters = Parameters::read("usedtx=1");
    let mut encoder = Encoder::new(Encoding::Opus, 48_000, &parameters).unwrap();
    let sent = (0..200)
        .filter(|_| {
            let mut payload = Vec::new();
            encoder.encode(&[0; 960], &mut payload).unwrap();
            !payload.is_empty()
        })
        .count();
    assert!((1..50).contains(&sent), "{sent}");
}
