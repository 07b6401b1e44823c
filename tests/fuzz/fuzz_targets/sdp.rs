//! Any bytes as an offer and as an answer to it: no panic, what we write can be read again, and says nothing of the address that the
//! other side gave.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook_media::sdp::{Answer, Encodings, LocalMedia, Offer, SdpOrigin};

fuzz_target!(|input: &[u8]| {
    // The two stand one after the other, a zero byte between them, so that seeds are plain files.
    let end = input.iter().position(|byte| *byte == 0);
    let (offered, answered) = input.split_at(end.unwrap_or(input.len()));
    let answered = answered.get(1..).unwrap_or(&[]);
    let local = LocalMedia {
        address: std::net::IpAddr::from([192, 0, 2, 1]),
        port: 16384,
    };
    let origin = SdpOrigin {
        session_id: 1,
        version: 1,
    };
    let Ok(offer) = Offer::parse(offered) else {
        return;
    };
    let forwarded = offer.forward(local, &origin);
    let Ok(again) = Offer::parse(&forwarded) else {
        panic!("what we offer on cannot be read");
    };
    let remote = again.remote();
    assert_eq!(remote.rtp.map(|rtp| rtp.port()), Some(local.port));
    let _ = (again.codecs(), again.formats(), again.is_hold(), again.layout());
    let within = offer.within(&again);
    let _ = within.forward_within(&offer.layout(), local, &origin);
    let encodings = Encodings::available();
    for names in [&["PCMA".to_owned(), "opus".to_owned()][..], &[]] {
        if let Some(widened) = offer.widened(names, encodings) {
            assert!(Offer::parse(&widened.forward(local, &origin)).is_ok());
        }
    }
    let refused = offer.refuse(local, &origin);
    assert!(Answer::parse(&refused).is_err() || Answer::parse(&refused).is_ok_and(|a| a.is_refused()));
    if let Ok(answer) = Answer::parse(answered)
        && let Ok(told) = offer.answer(&answer, local, &origin, encodings)
    {
        let Ok(answer) = Answer::parse(&told.description) else {
            panic!("what we answer cannot be read");
        };
        assert!(offer.is_met_by(&answer, encodings) || answer.is_refused());
        let _ = (answer.remote(), answer.to_offer());
    }
});
