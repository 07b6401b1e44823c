//! Two sides, what each can take, and what each is told.

use crate::codec::Encoding::{self, G722, G729, Gsm, Opus, Pcma, Pcmu};
use crate::sdp::{Answer, Direction, Encodings, LocalMedia, Offer, SdpError, SdpOrigin, Told};

const ORIGIN: SdpOrigin = SdpOrigin {
    session_id: 1,
    version: 1,
};

fn all() -> Encodings {
    Encoding::ALL.into_iter().collect()
}

fn ours() -> LocalMedia {
    LocalMedia {
        address: "192.0.2.9".parse().unwrap(),
        port: 9_000,
    }
}

fn sdp(line: &str) -> String {
    let maps = [
        (96, "opus/48000/2"),
        (97, "iLBC/8000"),
        (101, "telephone-event/8000"),
        (102, "telephone-event/48000"),
        (111, "opus/48000/2"),
    ];
    let used = |number: &i32| line.split(' ').any(|word| word == number.to_string());
    let maps = maps.iter().filter(|(number, _)| used(number));
    let maps: String = maps
        .map(|(number, map)| format!("a=rtpmap:{number} {map}\r\n"))
        .collect();
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP {line}\r\n{maps}"
    )
}

fn offer(line: &str) -> Offer {
    Offer::parse(sdp(line).as_bytes()).unwrap()
}

fn answer(line: &str) -> Answer {
    Answer::parse(sdp(line).as_bytes()).unwrap()
}

/// The formats of what is said, as `number name/clock`.
fn said(offer: &Offer) -> Vec<String> {
    let bytes = offer.forward(ours(), &ORIGIN);
    let formats = Offer::parse(&bytes).unwrap().formats();
    (formats.iter())
        .map(|codec| {
            let number = codec.payload_type;
            format!("{number} {}/{}", codec.name, codec.clock_rate)
        })
        .collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn formats(told: &Told) -> Vec<u8> {
    let told = Offer::parse(&told.description).unwrap();
    told.formats()
        .iter()
        .map(|codec| codec.payload_type)
        .collect()
}

#[test]
fn an_offer_goes_on_with_its_own_formats_first_and_what_can_be_transcoded_behind_them() {
    let wide = offer("0 8 101").widened(&[], all()).unwrap();
    assert_eq!(
        said(&wide),
        [
            "0 PCMU/8000",
            "8 PCMA/8000",
            "101 telephone-event/8000",
            "9 G722/8000",
            "127 opus/48000",
            "18 G729/8000",
            "3 GSM/8000",
            "126 telephone-event/48000",
        ]
    );
    let wide = offer("96 102").widened(&[], [Opus, Pcma, G722].into_iter().collect());
    assert_eq!(
        said(&wide.unwrap()),
        [
            "96 opus/48000",
            "102 telephone-event/48000",
            "9 G722/8000",
            "8 PCMA/8000",
            "127 telephone-event/8000",
        ]
    );
}

#[test]
fn what_is_said_of_added_formats_is_what_we_want_to_get() {
    let set = [Pcmu, Opus, G729].into_iter().collect();
    let wide = offer("0").widened(&[], set).unwrap();
    let text = String::from_utf8(wide.forward(ours(), &ORIGIN).to_vec()).unwrap();
    assert!(text.contains("m=audio 9000 RTP/AVP 0 127 18\r\n"), "{text}");
    assert!(
        text.contains("a=rtpmap:127 opus/48000/2\r\na=fmtp:127 useinbandfec=1\r\n"),
        "{text}"
    );
    assert!(text.contains("a=fmtp:18 annexb=no\r\n"), "{text}");
}

#[test]
fn nothing_is_added_where_nothing_could_be_transcoded() {
    assert_eq!(offer("0 8").widened(&[], Encodings::NONE), None);
    assert_eq!(offer("97 101").widened(&[], all()), None, "unknown");
    let others = [Opus, G722].into_iter().collect();
    assert_eq!(offer("0 8").widened(&[], others), None, "not allowed");
    let same = [Pcmu, Pcma].into_iter().collect();
    assert_eq!(offer("0 8 101").widened(&[], same), None, "all there");
}

#[test]
fn numbers_that_the_offerer_uses_are_not_given_to_anything_else() {
    let text = sdp("0 9 127 126").replace("a=", "")
        + "a=rtpmap:9 speex/8000\r\na=rtpmap:127 foo/8000\r\na=rtpmap:126 bar/8000\r\n";
    let odd = Offer::parse(text.as_bytes()).unwrap();
    let set = [Pcmu, G722, Opus].into_iter().collect();
    let wide = odd.widened(&[], set).unwrap();
    assert_eq!(said(&wide)[4..], ["125 G722/8000", "124 opus/48000"],);
    let wide = odd.widened(&names(&["PCMU", "opus"]), set).unwrap();
    assert_eq!(said(&wide), ["0 PCMU/8000", "125 opus/48000"]);
}

#[test]
fn what_a_side_prefers_is_all_that_it_is_offered_and_own_formats_come_first() {
    let cases: [(&[&str], &[&str]); 5] = [
        (&["opus", "PCMU"], &["0 PCMU/8000", "127 opus/48000"]),
        (&["opus"], &["127 opus/48000"]),
        (&["PCMA", "PCMU"], &["8 PCMA/8000", "0 PCMU/8000"]),
        (&["G723", "PCMA"], &["8 PCMA/8000"]),
        (
            &["G723"],
            &[
                "0 PCMU/8000",
                "8 PCMA/8000",
                "9 G722/8000",
                "127 opus/48000",
                "18 G729/8000",
                "3 GSM/8000",
            ],
        ),
    ];
    for (preferred, expected) in cases {
        let wide = offer("0 8").widened(&names(preferred), all()).unwrap();
        assert_eq!(said(&wide), expected, "{preferred:?}");
    }
}

#[test]
fn who_shares_nothing_with_the_answerer_is_told_a_format_of_its_own() {
    for (offered, answered, encodings, expected, known) in [
        ("0 101", "127 126", all(), vec![0, 101], vec![Pcmu]),
        ("96 0 102", "8 101", all(), vec![96, 102], vec![Opus]),
        ("96 102", "8 101", all(), vec![96, 102], vec![Opus]),
        (
            "96 18 101",
            "8",
            [G729, Pcma].into_iter().collect(),
            vec![18, 101],
            vec![G729],
        ),
        ("3 97", "8", all(), vec![3], vec![Gsm]),
    ] {
        let answered = sdp(answered)
            + match answered {
                "127 126" => "a=rtpmap:127 opus/48000/2\r\na=rtpmap:126 telephone-event/48000\r\n",
                _ => "",
            };
        let answered = Answer::parse(answered.as_bytes()).unwrap();
        let told = offer(offered).answer(&answered, ours(), &ORIGIN, encodings);
        let told = told.unwrap();
        assert_eq!(formats(&told), expected, "{offered}");
        let terms: Vec<_> = told.terms.formats().map(|format| format.encoding).collect();
        assert_eq!(terms, known, "{offered}");
        let nobody = offer(offered).answer(&answered, ours(), &ORIGIN, Encodings::NONE);
        assert_eq!(nobody.unwrap_err(), SdpError::Unacceptable, "{offered}");
    }
}

#[test]
fn who_shares_a_format_is_told_nothing_else_even_if_others_could_be_transcoded() {
    let told = offer("0 8 101").answer(&answer("8 96 101"), ours(), &ORIGIN, all());
    let told = told.unwrap();
    assert_eq!(formats(&told), [8, 101]);
    assert_eq!(told.terms.payload_type(Pcmu), None);
    assert_eq!(told.terms.payload_type(Pcma), Some(8));
    assert_eq!(told.terms.events.unwrap().payload_type, 101);
    let text = sdp("8 96").replace("a=rtpmap:96", "a=sendonly\r\na=rtpmap:96");
    let held = Answer::parse(text.as_bytes()).unwrap();
    let told = offer("0").answer(&held, ours(), &ORIGIN, all()).unwrap();
    let told = Offer::parse(&told.description).unwrap();
    assert_eq!(told.remote().direction, Direction::SendOnly);
}

#[test]
fn digits_alone_are_no_answer() {
    let digits = answer("97 101");
    let nothing = offer("0 101").answer(&digits, ours(), &ORIGIN, all());
    assert_eq!(nothing.unwrap_err(), SdpError::Unacceptable);
    assert!(!offer("0 101").is_met_by(&digits, Encodings::NONE));
    assert!(offer("0 101").is_met_by(&answer("0"), Encodings::NONE));
}

#[test]
fn a_number_that_means_something_else_is_not_agreed_on() {
    let other = sdp("96").replace("opus/48000/2", "G722/8000");
    let other = Answer::parse(other.as_bytes()).unwrap();
    assert!(!offer("96 0").is_met_by(&other, Encodings::NONE));
    let moved = answer("111");
    assert!(
        offer("96 0").is_met_by(&moved, Encodings::NONE),
        "another number, the same name"
    );
}

#[test]
fn who_was_told_something_can_go_on_where_all_that_it_may_send_has_a_way() {
    let told = offer("0 8 101");
    let (digits, none) = ("a=rtpmap:101 telephone-event/8000\r\n", "");
    for (answered, more, same, transcoding) in [
        ("0 8 101", digits, true, true),
        ("8", none, false, true),
        ("96", "a=rtpmap:96 opus/48000/2\r\n", false, true),
        ("97", "a=rtpmap:97 iLBC/8000\r\n", false, false),
        ("0 8", "a=inactive\r\n", false, false),
    ] {
        let text = sdp(answered).split("a=").next().unwrap().to_owned() + more;
        let answer = Answer::parse(text.as_bytes()).unwrap();
        assert_eq!(answer.covers(&told, Encodings::NONE), same, "{answered}");
        assert_eq!(answer.covers(&told, all()), transcoding, "{answered}");
    }
    assert!(!answer("8").takes_preferred(&told));
    assert!(answer("8 0").takes_preferred(&told));
    let unknown = offer("97 0");
    assert!(
        !answer("0").covers(&unknown, all()),
        "what it sends may be anything"
    );
}
