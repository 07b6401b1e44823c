//! Descriptions that somebody made to hurt: mutated, oversized, endless.

use crate::limits;
use crate::sdp::session::{Session, name_and_value};
use crate::sdp::{Answer, Encodings, Layout, LocalMedia, Offer, SdpError, SdpOrigin};

const SEEDS: [&str; 3] = [
    "v=0\r\no=- 20518 0 IN IP4 203.0.113.1\r\ns=x\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
     m=audio 54400 RTP/AVP 9 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=rtcp:54499 IN IP4 10.0.0.1\r\n",
    "v=0\r\no=j 1 1 IN IP6 2001:db8::1\r\ns=-\r\nt=3724394400 3724398000\r\nr=7d 1h 0 25h\r\nz=2882844526 -1h\r\n\
     m=video 5000/2 RTP/AVP 96\r\nc=IN IP6 ff15::101/3\r\nm=audio 5002 RTP/AVPF 111\r\nc=IN IP6 2001:db8::2\r\nb=AS:64\r\na=rtpmap:111 opus/48000/2\r\na=sendonly\r\n",
    "v=0\r\ns=\r\nm=audio 0 RTP/AVP 0\r\na=rtpmap:0\r\na=rtcp:\r\nk=prompt\r\n",
];

/// A small generator of numbers, the same ones in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

fn mutate(numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = SEEDS[numbers.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(bytes.len());
        match numbers.below(5) {
            0 => bytes[at] = b"\r\n =:/0"[numbers.below(7)],
            1 => bytes[at] = u8::try_from(numbers.below(256)).unwrap(),
            2 => bytes.truncate(at.max(1)),
            3 => {
                let other = SEEDS[numbers.below(SEEDS.len())].as_bytes();
                let from = numbers.below(other.len());
                bytes.splice(at..at, other[from..].iter().copied().take(40));
            }
            _ => {
                bytes.remove(at);
                bytes.push(b'\n');
            }
        }
    }
    bytes
}

/// The kinds of media in order, and which line is relayed.
fn shape(offer: &Offer) -> (Vec<String>, usize) {
    let layout = offer.layout();
    let lines = layout.lines.as_deref().unwrap_or_default();
    let kinds = lines.iter().map(|line| line.media.to_ascii_lowercase());
    (kinds.collect(), layout.audio)
}

#[test]
fn mutated_descriptions_never_panic_and_what_we_write_can_be_read() {
    let local = LocalMedia {
        address: "192.0.2.1".parse().unwrap(),
        port: 4000,
    };
    let origin = SdpOrigin {
        session_id: 1,
        version: 1,
    };
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut good = 0;
    for _ in 0..30_000 {
        let (left, right) = (mutate(&mut numbers), mutate(&mut numbers));
        let Ok(offer) = Offer::parse(&left) else {
            continue;
        };
        good += 1;
        let forwarded = Offer::parse(&offer.forward(local, &origin)).unwrap();
        assert_eq!(forwarded.formats(), offer.formats());
        let within = offer.forward_within(&offer.layout(), local, &origin);
        assert_eq!(shape(&Offer::parse(&within).unwrap()), shape(&offer));
        if let Ok(answer) = Answer::parse(&right)
            && let Ok(back) = offer.answer(&answer, local, &origin, Encodings::available())
        {
            let back = Answer::parse(&back.description).unwrap();
            assert_eq!(back.is_refused(), answer.is_refused());
        }
    }
    assert!(good > 1_000, "{good}");
}

/// What a reader makes of the media lines: kind, port, protocol, formats, bandwidths, attributes.
type Lines = Vec<(
    String,
    u16,
    String,
    String,
    Vec<(String, u64)>,
    Vec<(String, Option<String>)>,
)>;

fn lines_of_ours(session: &Session<'_>) -> Lines {
    let owned = |(name, value): (&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
    let lines = session.medias.iter().map(|media| {
        (
            media.kind.to_owned(),
            media.port,
            media.protocol.to_owned(),
            media.formats.to_owned(),
            (media.bandwidths.iter())
                .map(|(kind, number)| (str::to_owned(kind), *number))
                .collect(),
            (media.attributes.iter())
                .map(|attribute| owned(name_and_value(attribute)))
                .collect(),
        )
    });
    lines.collect()
}

fn lines_of_oracle(session: sdp_types::Session) -> Lines {
    let lines = session.medias.into_iter().map(|media| {
        let bandwidths = media.bandwidths.into_iter();
        let attributes = media.attributes.into_iter();
        (
            media.media,
            media.port,
            media.proto,
            media.fmt,
            bandwidths
                .map(|line| (line.bwtype, line.bandwidth))
                .collect(),
            attributes
                .map(|line| (line.attribute, line.value))
                .collect(),
        )
    });
    lines.collect()
}

#[test]
fn sdp_types_reads_the_same() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for _ in 0..30_000 {
        let bytes = mutate(&mut numbers);
        let text = String::from_utf8_lossy(&bytes);
        let (ours, oracle) = (
            Session::parse(&text),
            sdp_types::Session::parse(text.as_bytes()),
        );
        assert_eq!(ours.is_ok(), oracle.is_ok(), "{text:?}");
        let (Ok(ours), Ok(oracle)) = (ours, oracle) else {
            continue;
        };
        good += 1;
        assert_eq!(ours.name, oracle.session_name);
        let address =
            |line: &sdp_types::Connection| line.try_address().map(|stated| stated.ip).ok();
        let theirs = oracle.connection.as_ref().map(address);
        assert_eq!(ours.connection.map(|line| line.0), theirs, "{text:?}");
        for (ours, theirs) in ours.medias.iter().zip(&oracle.medias) {
            let theirs = theirs.connections.first().map(address);
            assert_eq!(ours.connection.map(|line| line.0), theirs, "{text:?}");
        }
        assert_eq!(lines_of_ours(&ours), lines_of_oracle(oracle), "{text:?}");
    }
    assert!(good > 1_000, "{good}");
}

#[test]
fn lines_cannot_be_smuggled_into_what_we_write() {
    let evil = SEEDS[0]
        .replace("s=x", "s=x\ra=crypto:1")
        .replace("0-16", "0-16\ra=candidate:1");
    if let Ok(offer) = Offer::parse(evil.as_bytes()) {
        let local = LocalMedia {
            address: "192.0.2.1".parse().unwrap(),
            port: 4000,
        };
        let origin = SdpOrigin {
            session_id: 1,
            version: 1,
        };
        let written = offer.forward_within(&Layout::default(), local, &origin);
        assert!(
            !written
                .windows(4)
                .any(|bytes| bytes == b"\ra=c" || bytes == b"\na=c")
        );
    }
}

#[test]
fn size_lines_media_and_formats_are_bounded() {
    let long = format!("{}a=x:{}\r\n", SEEDS[0], "y".repeat(limits::SDP_BYTES));
    let lines = format!("{}{}", SEEDS[0], "a=x\r\n".repeat(limits::SDP_LINES));
    let media = format!(
        "{}{}",
        SEEDS[0],
        "m=video 1 RTP/AVP 9\r\n".repeat(limits::SDP_MEDIA)
    );
    let many: Vec<String> = (0..=limits::SDP_FORMATS)
        .map(|number| number.to_string())
        .collect();
    let formats = SEEDS[0].replace("9 0 8 101", &many.join(" "));
    for text in [long, lines, media, formats] {
        assert_eq!(Offer::parse(text.as_bytes()), Err(SdpError::Malformed));
    }
}
