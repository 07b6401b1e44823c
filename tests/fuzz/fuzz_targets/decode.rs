//! Any bytes as payloads of every encoding, with losses between: no panic, no more samples than the limit, and what is refused appends
//! nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook_media::codec::cn::Generator;
use switchhook_media::codec::dtmf::Listener;
use switchhook_media::codec::{Decoder, Encoding};
use switchhook_media::limits;

fuzz_target!(|input: &[u8]| {
    let [which, rest @ ..] = input else {
        return;
    };
    let available = Encoding::ALL.into_iter().filter(|encoding| encoding.is_available());
    let kinds: Vec<(Encoding, u32)> = available
        .flat_map(|encoding| encoding.rates().iter().map(move |rate| (encoding, *rate)))
        .collect();
    let (encoding, rate) = kinds[usize::from(*which) % kinds.len()];
    let Ok(mut decoder) = Decoder::new(encoding, rate) else {
        panic!("what is available can be made");
    };
    let most = usize::try_from(rate / 1_000 * limits::PAYLOAD_MILLISECONDS).unwrap_or(0);
    let mut listener = Listener::new(rate);
    let mut noise = Generator::new(u32::from(*which));
    let mut heard = Vec::new();
    // A byte says how long the next payload is, and whether one was lost before it.
    let mut rest = rest;
    while let [length, more @ ..] = rest {
        let (payload, later) = more.split_at(usize::from(*length).min(more.len()));
        rest = later;
        heard.clear();
        if *length & 3 == 1 {
            decoder.recover(payload, usize::from(*length) * 3, &mut heard);
            assert_eq!(heard.len(), usize::from(*length) * 3);
            heard.clear();
        }
        let decoded = decoder.decode(payload, &mut heard);
        assert!(heard.len() <= most);
        assert_eq!(decoded.is_err(), heard.is_empty());
        if let (Ok(()), Some(ticks)) = (decoded, encoding.ticks(payload)) {
            let expected = u64::from(ticks) * u64::from(rate) / u64::from(encoding.clock_rate());
            assert_eq!(heard.len() as u64, expected, "{encoding:?} {payload:?}");
        }
        noise.describe(payload);
        noise.generate(80, &mut heard);
        listener.hear(&heard, &mut |_| {});
    }
});
