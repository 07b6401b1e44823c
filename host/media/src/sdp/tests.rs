//! Offers and answers of real phones, rewritten.

use std::net::SocketAddr;

use crate::sdp::{
    Answer, Codec, Direction, Encodings, Layout, LocalMedia, Offer, SdpError, SdpOrigin,
};

const ORIGIN: SdpOrigin = SdpOrigin {
    session_id: 4711,
    version: 2,
};

const DESK_PHONE: &str = "v=0\r\n\
o=- 20518 0 IN IP4 203.0.113.1\r\n\
s=a call\r\n\
c=IN IP4 203.0.113.1\r\n\
t=0 0\r\n\
m=audio 54400 RTP/AVP 9 0 8 101\r\n\
a=rtpmap:9 G722/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\n\
a=fmtp:101 0-16\r\n\
a=ptime:20\r\n\
a=maxptime:60\r\n\
a=rtcp:54499\r\n\
a=sendrecv\r\n";

const BROWSER_LIKE: &str = "v=0\r\n\
o=jdoe 1 1 IN IP6 2001:db8::1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0 1\r\n\
a=ice-ufrag:8hhY\r\n\
m=video 5000 RTP/AVP 96\r\n\
c=IN IP6 2001:db8::1\r\n\
a=rtpmap:96 VP8/90000\r\n\
m=audio 5002 RTP/AVPF 111 0\r\n\
c=IN IP6 2001:db8::2\r\n\
b=AS:64\r\n\
a=rtpmap:111 opus/48000/2\r\n\
a=fmtp:111 useinbandfec=1\r\n\
a=rtcp-fb:111 transport-cc\r\n\
a=rtcp-mux\r\n\
a=mid:1\r\n\
a=candidate:1 1 UDP 2130706431 2001:db8::2 5002 typ host\r\n\
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n\
m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n";

fn offer(text: &str) -> Offer {
    Offer::parse(text.as_bytes()).unwrap()
}

fn answer(text: &str) -> Answer {
    Answer::parse(text.as_bytes()).unwrap()
}

fn local(address: &str, port: u16) -> LocalMedia {
    LocalMedia {
        address: address.parse().unwrap(),
        port,
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn at(address: &str) -> Option<SocketAddr> {
    Some(address.parse().unwrap())
}

#[test]
fn a_forwarded_offer_keeps_the_codecs_and_names_our_address() {
    let forwarded = offer(DESK_PHONE).forward(local("198.51.100.9", 20_000), &ORIGIN);
    assert_eq!(
        text(&forwarded),
        "v=0\r\n\
         o=- 4711 2 IN IP4 198.51.100.9\r\n\
         s=-\r\n\
         c=IN IP4 198.51.100.9\r\n\
         t=0 0\r\n\
         m=audio 20000 RTP/AVP 9 0 8 101\r\n\
         a=rtpmap:9 G722/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-16\r\n\
         a=ptime:20\r\n\
         a=maxptime:60\r\n\
         a=sendrecv\r\n"
    );
}

#[test]
fn nothing_of_the_far_sides_transport_leaks_through() {
    let forwarded = offer(BROWSER_LIKE).forward(local("2001:db8::9", 20_000), &ORIGIN);
    assert_eq!(
        text(&forwarded),
        "v=0\r\n\
         o=- 4711 2 IN IP6 2001:db8::9\r\n\
         s=-\r\n\
         c=IN IP6 2001:db8::9\r\n\
         t=0 0\r\n\
         m=audio 20000 RTP/AVPF 111 0\r\n\
         b=AS:64\r\n\
         a=rtpmap:111 opus/48000/2\r\n\
         a=fmtp:111 useinbandfec=1\r\n\
         a=rtcp-fb:111 transport-cc\r\n\
         a=sendrecv\r\n"
    );
}

#[test]
fn the_remote_address_is_read_at_either_level_with_its_rtcp_port() {
    let desk_phone = offer(DESK_PHONE).remote();
    assert_eq!(desk_phone.rtp, at("203.0.113.1:54400"));
    assert_eq!(desk_phone.rtcp, at("203.0.113.1:54499"));
    let browser = offer(BROWSER_LIKE).remote();
    assert_eq!(browser.rtp, at("[2001:db8::2]:5002"));
    assert_eq!(browser.rtcp, at("[2001:db8::2]:5003"));
    let elsewhere = DESK_PHONE.replace("a=rtcp:54499", "a=rtcp:7 IN IP4 203.0.113.7");
    assert_eq!(offer(&elsewhere).remote().rtcp, at("203.0.113.7:7"));
}

#[test]
fn an_answer_has_the_offers_media_lines_in_its_order() {
    let answered = answer(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n\
         m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=candidate:1 1 UDP 1 192.0.2.2 6000 typ host\r\n",
    );
    let back = offer(BROWSER_LIKE)
        .answer(
            &answered,
            local("2001:db8::9", 20_002),
            &ORIGIN,
            Encodings::NONE,
        )
        .unwrap()
        .description;
    assert_eq!(
        text(&back),
        "v=0\r\n\
         o=- 4711 2 IN IP6 2001:db8::9\r\n\
         s=-\r\n\
         c=IN IP6 2001:db8::9\r\n\
         t=0 0\r\n\
         m=video 0 RTP/AVP 96\r\n\
         m=audio 20002 RTP/AVPF 0\r\n\
         a=rtpmap:0 PCMU/8000\r\n\
         a=sendrecv\r\n\
         m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    );
    assert_eq!(answered.codecs(), ["PCMU"]);
}

#[test]
fn a_refused_stream_is_refused_to_the_offerer_too() {
    let refused =
        answer("v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n");
    assert!(refused.is_refused());
    assert_eq!(refused.remote().rtp, None);
    let ours = local("198.51.100.9", 20_000);
    let back = offer(DESK_PHONE)
        .answer(&refused, ours, &ORIGIN, Encodings::NONE)
        .unwrap()
        .description;
    assert!(text(&back).ends_with("m=audio 0 RTP/AVP 0\r\n"));
    let back = offer(DESK_PHONE).refuse(ours, &ORIGIN);
    assert!(text(&back).ends_with("m=audio 0 RTP/AVP 9 0 8 101\r\n"));
}

#[test]
fn formats_that_were_not_offered_are_left_out_of_the_answer() {
    let answered = |formats: &str| {
        answer(&format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n\
             m=audio 6000 RTP/AVP {formats}\r\na=rtpmap:97 iLBC/8000\r\na=rtpmap:98 telephone-event/8000\r\n",
        ))
    };
    let ours = local("198.51.100.9", 20_000);
    let back = offer(DESK_PHONE).answer(&answered("97 8 98"), ours, &ORIGIN, Encodings::NONE);
    let back = back.unwrap().description;
    assert!(text(&back).contains("m=audio 20000 RTP/AVP 8 98\r\n"));
    assert!(!text(&back).contains("iLBC"));
    let nothing = offer(DESK_PHONE).answer(&answered("97"), ours, &ORIGIN, Encodings::NONE);
    assert_eq!(nothing, Err(SdpError::Unacceptable));
}

#[test]
fn hold_is_seen_and_said_in_either_notation() {
    let ours = local("198.51.100.9", 20_000);
    for (held, said) in [
        (DESK_PHONE.replace("a=sendrecv", "a=sendonly"), "a=sendonly"),
        (DESK_PHONE.replace("a=sendrecv", "a=inactive"), "a=inactive"),
        (
            DESK_PHONE.replace("c=IN IP4 203.0.113.1", "c=IN IP4 0.0.0.0"),
            "a=sendonly",
        ),
        (
            DESK_PHONE
                .replace("s=a call\r\n", "s=a call\r\na=inactive\r\n")
                .replace("a=sendrecv\r\n", ""),
            "a=inactive",
        ),
    ] {
        let offer = offer(&held);
        assert!(offer.is_hold(), "{held}");
        assert!(text(&offer.forward(ours, &ORIGIN)).contains(said), "{held}");
    }
    let zeros = DESK_PHONE.replace("c=IN IP4 203.0.113.1", "c=IN IP4 0.0.0.0");
    assert_eq!(offer(&zeros).remote().rtp, None);
    assert!(!offer(DESK_PHONE).is_hold());
    assert!(!offer(&DESK_PHONE.replace("a=sendrecv", "a=recvonly")).is_hold());
}

#[test]
fn the_direction_of_an_answer_is_bounded_by_that_of_the_offer() {
    let held = offer(&DESK_PHONE.replace("a=sendrecv", "a=sendonly"));
    let back = held.answer(
        &answer(DESK_PHONE),
        local("198.51.100.9", 2),
        &ORIGIN,
        Encodings::NONE,
    );
    assert!(text(&back.unwrap().description).contains("a=recvonly\r\n"));
}

#[test]
fn an_offer_without_plain_audio_is_unacceptable_and_nonsense_is_malformed() {
    let secure = DESK_PHONE.replace("RTP/AVP", "RTP/SAVP");
    let video = DESK_PHONE.replace("m=audio", "m=video");
    let off = DESK_PHONE.replace("m=audio 54400", "m=audio 0");
    let none = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\n".to_owned();
    for unacceptable in [secure, video, off, none] {
        let error = Offer::parse(unacceptable.as_bytes()).unwrap_err();
        assert_eq!(error.status(), 488, "{unacceptable}");
    }
    let no_address = DESK_PHONE.replace("c=IN IP4 203.0.113.1\r\n", "");
    let letters = DESK_PHONE.replace("9 0 8 101", "9 zero");
    let large = DESK_PHONE.replace("9 0 8 101", "0 128");
    for malformed in ["", "hello", "v=1\r\n", &no_address, &letters, &large] {
        let error = Offer::parse(malformed.as_bytes()).unwrap_err();
        assert_eq!(error.status(), 400, "{malformed}");
    }
}

#[test]
fn the_first_acceptable_audio_line_is_taken() {
    let both = DESK_PHONE.replace(
        "m=audio 54400",
        "m=audio 9000 RTP/SAVP 0\r\na=crypto:1 x inline:y\r\nm=audio 54400",
    );
    let offer = offer(&both);
    assert_eq!(offer.remote().rtp, at("203.0.113.1:54400"));
    let ours = local("198.51.100.9", 20_000);
    let back = offer
        .answer(&answer(DESK_PHONE), ours, &ORIGIN, Encodings::NONE)
        .unwrap()
        .description;
    let lines: Vec<&str> = text(&back)
        .lines()
        .filter(|line| line.starts_with("m="))
        .collect();
    assert_eq!(
        lines,
        ["m=audio 0 RTP/SAVP 0", "m=audio 20000 RTP/AVP 9 0 8 101"]
    );
    assert!(!text(&back).contains("crypto"));
}

#[test]
fn a_later_offer_to_a_leg_keeps_the_legs_media_lines() {
    let layout = offer(BROWSER_LIKE).layout();
    let ours = local("2001:db8::9", 20_000);
    let later = offer(DESK_PHONE).forward_within(&layout, ours, &ORIGIN);
    let lines: Vec<&str> = text(&later)
        .lines()
        .filter(|line| line.starts_with("m="))
        .collect();
    assert_eq!(
        lines,
        [
            "m=video 0 RTP/AVP 96",
            "m=audio 20000 RTP/AVP 9 0 8 101",
            "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        ]
    );
    assert_eq!(offer(DESK_PHONE).layout(), Layout::default());
}

#[test]
fn an_address_that_is_no_unicast_address_is_not_used() {
    for nowhere in ["224.2.1.1/127", "phone.example.com", "not an address"] {
        let odd = DESK_PHONE.replace("c=IN IP4 203.0.113.1", &format!("c=IN IP4 {nowhere}"));
        if let Ok(offer) = Offer::parse(odd.as_bytes()) {
            assert_eq!(offer.remote().rtp, None, "{nowhere}");
            assert!(!offer.is_hold(), "{nowhere}");
        }
    }
}

#[test]
fn line_ends_and_names_of_careless_phones_are_accepted() {
    let unix = DESK_PHONE.replace("\r\n", "\n");
    assert_eq!(offer(&unix), offer(DESK_PHONE));
    let mut latin = DESK_PHONE.replace("s=a call", "s=caf\u{1}").into_bytes();
    let position = latin.iter().position(|byte| *byte == 1).unwrap();
    latin[position] = 0xe9;
    assert_eq!(
        Offer::parse(&latin).unwrap().codecs(),
        offer(DESK_PHONE).codecs()
    );
    let nul = format!("{DESK_PHONE}\0");
    assert_eq!(offer(&nul), offer(DESK_PHONE));
}

#[test]
fn codecs_are_named_by_rtpmap_or_by_the_static_table() {
    assert_eq!(
        offer(DESK_PHONE).codecs(),
        ["G722", "PCMU", "PCMA", "telephone-event"]
    );
    let formats = offer(BROWSER_LIKE).formats();
    let opus = Codec {
        payload_type: 111,
        name: "opus".to_owned(),
        clock_rate: 48_000,
        channels: 2,
        parameters: Some("useinbandfec=1".to_owned()),
    };
    assert_eq!(formats, [opus, Codec::pcmu()]);
}

#[test]
fn two_ends_that_use_this_crate_agree() {
    let supported = [Codec::pcma(), Codec::pcmu(), Codec::telephone_event(96)];
    let ours = local("192.0.2.1", 4000);
    let made = Offer::create(ours, &ORIGIN, &supported, Direction::SendRecv);
    let offered = Offer::parse(&made).unwrap();
    assert_eq!(offered.formats(), supported);
    assert_eq!(offered.remote().rtp, at("192.0.2.1:4000"));
    let takes = [Codec::pcmu(), Codec::telephone_event(101)];
    let theirs = local("192.0.2.2", 5000);
    let made = Answer::create(&offered, theirs, &ORIGIN, &takes, Direction::SendRecv).unwrap();
    let answered = Answer::parse(&made).unwrap();
    assert_eq!(
        answered.formats(),
        [Codec::pcmu(), Codec::telephone_event(96)]
    );
    assert_eq!(answered.remote().rtp, at("192.0.2.2:5000"));
    let digits_only = [Codec::telephone_event(101)];
    let none = Answer::create(&offered, theirs, &ORIGIN, &digits_only, Direction::SendRecv);
    assert_eq!(none, Err(SdpError::Unacceptable));
}

fn formats_of(offer: &Offer) -> Vec<u8> {
    offer
        .formats()
        .iter()
        .map(|codec| codec.payload_type)
        .collect()
}

fn offer_of(formats: &str, maps: &str) -> Offer {
    let text = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP {formats}\r\n{maps}"
    );
    Offer::parse(text.as_bytes()).unwrap()
}

const OPUS_AND_EVENTS: &str = "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";

#[test]
fn preferred_codecs_come_in_their_order_and_digits_stay() {
    let offer = offer_of("0 8 96 101", OPUS_AND_EVENTS);
    for (names, expected) in [
        (vec!["opus", "pcma"], Some(vec![96, 8, 101])),
        (vec!["PCMA"], Some(vec![8, 101])),
        (vec!["G722", "PCMU"], Some(vec![0, 101])),
        (vec!["PCMU", "PCMU"], Some(vec![0, 101])),
        (vec!["G722"], None),
        (vec!["telephone-event"], None),
        (vec![], None),
    ] {
        let preferred = offer.widened(&owned(&names), Encodings::NONE);
        assert_eq!(preferred.as_ref().map(formats_of), expected, "{names:?}");
    }
    let preferred = offer.widened(&owned(&["PCMA"]), Encodings::NONE).unwrap();
    let local = LocalMedia {
        address: "192.0.2.9".parse().unwrap(),
        port: 9,
    };
    let said = preferred.forward(
        local,
        &SdpOrigin {
            session_id: 1,
            version: 1,
        },
    );
    let said = String::from_utf8(said.to_vec()).unwrap();
    assert!(
        said.contains("RTP/AVP 8 101\r\n") && !said.contains("opus"),
        "{said}"
    );
    assert!(said.contains("a=fmtp:101 0-15"), "{said}");
}

#[test]
fn an_offer_within_what_was_agreed_has_only_that() {
    let offer = offer_of("0 8 96 101", OPUS_AND_EVENTS);
    let agreed = offer_of("8 101", "a=rtpmap:101 telephone-event/8000\r\n");
    assert_eq!(formats_of(&offer.within(&agreed)), [8, 101]);
    let other = offer_of("9", "");
    assert_eq!(
        formats_of(&offer.within(&other)),
        [0, 8, 96, 101],
        "nothing in common"
    );
}

#[test]
fn an_answer_covers_what_was_told_if_nobody_has_to_change_anything() {
    let told = offer_of("8 101", "a=rtpmap:101 telephone-event/8000\r\n");
    let events = "a=rtpmap:101 telephone-event/8000\r\n";
    for (formats, rest, expected) in [
        ("8 101", events.to_owned(), true),
        ("0 8 101", events.to_owned(), true),
        ("8", String::new(), false),
        (
            "8 96",
            "a=rtpmap:96 telephone-event/8000\r\n".to_owned(),
            false,
        ),
        ("8 101", format!("{events}a=sendonly\r\n"), false),
        ("8 101", "a=rtpmap:101 opus/48000/2\r\n".to_owned(), false),
    ] {
        let answer = offer_of(formats, &rest).forward(
            LocalMedia {
                address: "192.0.2.9".parse().unwrap(),
                port: 9,
            },
            &SdpOrigin {
                session_id: 1,
                version: 1,
            },
        );
        let answer = Answer::parse(&answer).unwrap();
        assert_eq!(
            answer.covers(&told, Encodings::NONE),
            expected,
            "{formats} {rest}"
        );
    }
}

#[test]
fn what_was_answered_to_one_is_offered_to_another_in_both_directions() {
    let held = offer_of("8", "a=recvonly\r\n");
    let local = LocalMedia {
        address: "192.0.2.9".parse().unwrap(),
        port: 9,
    };
    let bytes = held.forward(
        local,
        &SdpOrigin {
            session_id: 1,
            version: 1,
        },
    );
    let offer = Answer::parse(&bytes).unwrap().to_offer();
    assert_eq!(offer.remote().direction, Direction::RecvOnly);
    assert_eq!(offer.both_ways().remote().direction, Direction::SendRecv);
}

#[test]
fn a_refused_stream_is_found_behind_a_refused_one_of_another_kind() {
    let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nt=0 0\r\n\
        m=audio 0 RTP/SAVP x\r\nm=audio 0 RTP/AVP 8\r\n";
    let answer = Answer::parse(text.as_bytes()).unwrap();
    assert!(answer.is_refused());
    assert_eq!(answer.codecs(), ["PCMA"]);
    let strange = text.split("m=audio 0 RTP/AVP").next().unwrap();
    assert!(Answer::parse(strange.as_bytes()).unwrap().is_refused());
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
