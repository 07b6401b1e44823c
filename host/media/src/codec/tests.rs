//! What holds for every encoding.

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
        for length in 0..limits::PACKET_BYTES {
            for byte in [0, 0x5a, 0xd1, 0xff] {
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
