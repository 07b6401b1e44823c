//! Terms as descriptions state them.

use crate::codec::Encoding;
use crate::sdp::Offer;
use crate::sdp::terms::{Clocked, Terms};

fn terms(line: &str, attributes: &[&str]) -> Terms {
    let attributes: String = (attributes.iter())
        .map(|text| format!("a={text}\r\n"))
        .collect();
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP {line}\r\n{attributes}"
    );
    Offer::parse(text.as_bytes()).unwrap().remote().terms
}

fn formats(terms: &Terms) -> Vec<(u8, Encoding)> {
    (terms.formats())
        .map(|format| (format.payload_type, format.encoding))
        .collect()
}

fn clocked(payload_type: u8, clock_rate: u32) -> Option<Clocked> {
    Some(Clocked {
        payload_type,
        clock_rate,
    })
}

#[test]
fn formats_stand_in_the_order_of_the_line_whatever_the_order_of_their_maps() {
    let terms = terms(
        "96 8 97 0 101",
        &[
            "rtpmap:101 telephone-event/8000",
            "rtpmap:97 speex/16000",
            "rtpmap:0 PCMU/8000",
            "fmtp:96 useinbandfec=1; maxplaybackrate=16000",
            "rtpmap:96 opus/48000/2",
            "ptime:20",
            "maxptime:60",
        ],
    );
    assert_eq!(
        formats(&terms),
        [
            (96, Encoding::Opus),
            (8, Encoding::Pcma),
            (0, Encoding::Pcmu)
        ]
    );
    assert_eq!(terms.events, clocked(101, 8_000));
    assert_eq!((terms.packet_ms, terms.longest_packet_ms), (20, 60));
    assert!(terms.parameters.recovery);
    assert_eq!(terms.parameters.playback_rate, Some(16_000));
    assert_eq!(terms.encoding(96), Some(Encoding::Opus));
    assert_eq!(terms.encoding(97), None);
    assert_eq!(terms.payload_type(Encoding::Pcmu), Some(0));
}

#[test]
fn static_payload_types_need_no_map_and_a_map_comes_before_them() {
    let statics = terms("0 3 8 9 18 13", &[]);
    assert_eq!(
        formats(&statics),
        [
            (0, Encoding::Pcmu),
            (3, Encoding::Gsm),
            (8, Encoding::Pcma),
            (9, Encoding::G722),
            (18, Encoding::G729)
        ]
    );
    assert_eq!(statics.comfort_noise, clocked(13, 8_000));
    let moved = terms("0", &["rtpmap:0 PCMA/8000"]);
    assert_eq!(formats(&moved), [(0, Encoding::Pcma)]);
}

#[test]
fn the_clock_of_g722_may_be_that_of_its_samples_and_other_clocks_are_other_encodings() {
    assert_eq!(
        formats(&terms("9", &["rtpmap:9 G722/16000"])),
        [(9, Encoding::G722)]
    );
    for map in [
        "PCMU/16000",
        "PCMU/8000/2",
        "opus/8000/2",
        "G729/16000",
        "G729",
        "",
        "/8000",
        "opus/x/2",
    ] {
        let map = format!("rtpmap:96 {map}");
        assert_eq!(terms("96", &[&map]).preferred(), None, "{map}");
    }
}

#[test]
fn events_are_those_at_the_clock_of_the_preferred_format() {
    let maps = [
        "rtpmap:96 opus/48000/2",
        "rtpmap:101 telephone-event/8000",
        "rtpmap:102 telephone-event/48000",
    ];
    assert_eq!(terms("96 0 101 102", &maps).events, clocked(102, 48_000));
    assert_eq!(terms("0 96 101 102", &maps).events, clocked(101, 8_000));
    assert_eq!(terms("96 0 101", &maps).events, clocked(101, 8_000));
    assert_eq!(terms("96 0", &maps).events, None);
}

#[test]
fn what_was_accepted_stays_under_its_own_numbers() {
    let offered = terms(
        "96 9 8 0 13 101 102",
        &[
            "rtpmap:96 opus/48000/2",
            "rtpmap:101 telephone-event/8000",
            "rtpmap:102 telephone-event/48000",
        ],
    );
    let told = terms("0 107", &["rtpmap:107 telephone-event/8000"]);
    let agreed = offered.agreed(&told);
    assert_eq!(formats(&agreed), [(0, Encoding::Pcmu)]);
    assert_eq!(agreed.events, clocked(101, 8_000));
    assert_eq!(agreed.comfort_noise, None);
    let told = terms("120 8 13", &["rtpmap:120 opus/48000/2"]);
    let agreed = offered.agreed(&told);
    assert_eq!(
        formats(&agreed),
        [(96, Encoding::Opus), (8, Encoding::Pcma)]
    );
    assert_eq!(agreed.events, None);
    assert_eq!(agreed.comfort_noise, clocked(13, 8_000));
}

#[test]
fn packets_of_no_sensible_length_count_as_unsaid() {
    for ptime in ["ptime:0", "ptime:-1", "ptime:1000", "ptime:x", "ptime"] {
        assert_eq!(terms("0", &[ptime]).packet_ms, 0, "{ptime}");
    }
}
