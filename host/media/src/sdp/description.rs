//! A received session description: which lines it has, and the one audio stream of it that is relayed.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::SocketAddr;

use crate::limits;
use crate::sdp::address::{Direction, RemoteMedia};
use crate::sdp::codec::Codec;
use crate::sdp::error::SdpError;
use crate::sdp::layout::LayoutLine;
use crate::sdp::session::{Connection, Media, Session, lines, name_and_value, split_once};
use crate::sdp::terms::{Reader, Terms};

/// A received session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    /// All media lines; none if there is but the relayed one.
    pub(crate) lines: Box<[LayoutLine]>,
    /// Which of `lines` is the relayed one.
    pub(crate) audio: usize,
    pub(crate) stream: Stream,
}

/// The audio stream that is relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) protocol: Box<str>,
    pub(crate) formats: Box<[u8]>,
    /// The lines of it that may pass, as they are written: `b=`, then `a=`: see [`passes`].
    pub(crate) lines: Box<str>,
    /// Whether the port is not 0.
    pub(crate) accepted: bool,
    pub(crate) remote: RemoteMedia,
}

impl Description {
    /// Reads a description. `choose` names the media line to relay.
    pub(crate) fn parse(
        bytes: &[u8],
        choose: impl Fn(&[Media<'_>]) -> Option<usize>,
    ) -> Result<Description, SdpError> {
        if bytes.len() > limits::SDP_BYTES
            || bytes.iter().filter(|byte| **byte == b'\n').count() > limits::SDP_LINES
        {
            return Err(SdpError::Malformed);
        }
        // Some phones write their session name in Latin-1; the rest of the description is good all the same.
        let text: Cow<'_, str> = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        };
        let session = Session::parse(text.trim_end_matches('\0'))?;
        if session.medias.len() > limits::SDP_MEDIA {
            return Err(SdpError::Malformed);
        }
        let audio = choose(&session.medias).ok_or(SdpError::Unacceptable)?;
        let media = session.medias.get(audio).ok_or(SdpError::Unacceptable)?;
        let stream = Stream::read(&session, media)?;
        let lines = match session.medias.as_slice() {
            [_] => Box::default(),
            medias => medias.iter().map(LayoutLine::of).collect(),
        };
        Ok(Description {
            lines,
            audio,
            stream,
        })
    }
}

impl LayoutLine {
    fn of(media: &Media<'_>) -> LayoutLine {
        LayoutLine {
            media: media.kind.to_owned(),
            protocol: media.protocol.to_owned(),
            formats: media.formats.to_owned(),
        }
    }
}

/// The first audio line that can be relayed: plain RTP that is not switched off.
pub(crate) fn offered_audio(medias: &[Media<'_>]) -> Option<usize> {
    medias
        .iter()
        .position(|media| is_plain_audio(media) && media.port != 0)
}

/// The audio line of an answer: one that was accepted, else the first that refuses plain RTP, else the first that refuses
/// audio of any kind.
pub(crate) fn answered_audio(medias: &[Media<'_>]) -> Option<usize> {
    let refused = |media: &Media<'_>| media.port == 0;
    let is_audio = |media: &Media<'_>| media.kind.eq_ignore_ascii_case("audio");
    let all = || medias.iter();
    offered_audio(medias)
        .or_else(|| all().position(|media| refused(media) && is_plain_audio(media)))
        .or_else(|| all().position(|media| refused(media) && is_audio(media)))
}

fn is_plain_audio(media: &Media<'_>) -> bool {
    media.kind.eq_ignore_ascii_case("audio")
        && ["RTP/AVP", "RTP/AVPF"]
            .iter()
            .any(|protocol| media.protocol.eq_ignore_ascii_case(protocol))
}

impl Stream {
    fn read(session: &Session<'_>, media: &Media<'_>) -> Result<Stream, SdpError> {
        let direction = media.direction.or(session.direction).unwrap_or_default();
        let accepted = media.port != 0;
        let formats = match formats(media.formats) {
            // Into a line that it refuses an answerer may write what it likes.
            Err(_) if !accepted => Vec::new(),
            formats => formats?,
        };
        let mut remote = match media.connection.or(session.connection) {
            Some(connection) => remote(connection, media, direction),
            // RFC 8866 §5.7 wants a c= line; of a refused stream nobody needs it.
            None if !accepted => nowhere(direction),
            None => return Err(SdpError::Malformed),
        };
        let mut reader = Reader::new();
        // The attributes, each with `a=` and the end of its line; most pass.
        let lengths = media.attributes.iter().map(|attribute| attribute.len() + 4);
        let mut lines = String::with_capacity(lengths.sum());
        for (kind, number) in &media.bandwidths {
            // Writing to a string does not fail.
            let _ = write!(lines, "b={kind}:{number}\r\n");
        }
        for attribute in &media.attributes {
            let (name, value) = name_and_value(attribute);
            if passes(name, value, &formats) {
                for part in ["a=", attribute, "\r\n"] {
                    lines.push_str(part);
                }
                reader.note(name, value.unwrap_or_default(), &formats);
            }
        }
        if accepted {
            remote.terms = reader.finish(&formats, |format| media.described(format));
        }
        Ok(Stream {
            protocol: media.protocol.into(),
            formats: formats.into(),
            lines: lines.into(),
            accepted,
            remote,
        })
    }

    /// The formats that have a name, in order of preference.
    pub(crate) fn codecs(&self) -> Vec<Codec> {
        self.formats
            .iter()
            .filter_map(|format| self.codec(*format))
            .collect()
    }

    /// The encoding names of the formats, in order of preference.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(self.formats.len());
        for format in &self.formats {
            match self.value("rtpmap", *format) {
                Some(map) => names.extend(named(*format, map).map(|codec| codec.name)),
                None => names.extend(Codec::well_known(*format).map(|codec| codec.name)),
            }
        }
        names
    }

    pub(crate) fn codec(&self, format: u8) -> Option<Codec> {
        let codec = match self.value("rtpmap", format) {
            Some(map) => named(format, map)?,
            None => Codec::well_known(format)?,
        };
        Some(Codec {
            parameters: self.value("fmtp", format).map(str::to_owned),
            ..codec
        })
    }

    /// What the attribute `name` says of a format.
    fn value(&self, name: &str, format: u8) -> Option<&str> {
        let mut values = lines(&self.lines).filter_map(|line| {
            let value = line.strip_prefix("a=")?.strip_prefix(name)?;
            let (number, rest) = split_once(value.strip_prefix(':')?, b' ')?;
            (number.parse() == Ok(format)).then_some(rest)
        });
        values.next().map(str::trim)
    }

    /// The lines of it that describe these of its formats.
    pub(crate) fn lines_for(&self, formats: &[u8]) -> String {
        let stays = |line: &&str| match line.strip_prefix("a=") {
            Some(attribute) => {
                let (name, value) = name_and_value(attribute.trim_end_matches("\r\n"));
                passes(name, value, formats)
            }
            None => true,
        };
        self.lines.split_inclusive('\n').filter(stays).collect()
    }
}

fn named(format: u8, map: &str) -> Option<Codec> {
    let mut parts = map.split('/');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let clock_rate = parts.next()?.trim().parse().ok()?;
    let channels = parts
        .next()
        .and_then(|channels| channels.trim().parse().ok())
        .unwrap_or(1);
    Some(Codec {
        channels,
        ..Codec::new(format, name, clock_rate)
    })
}

fn formats(text: &str) -> Result<Vec<u8>, SdpError> {
    let mut formats = Vec::new();
    for word in text.split_ascii_whitespace() {
        let format: u8 = word.parse().map_err(|_| SdpError::Malformed)?;
        if format > 127 || formats.len() == limits::SDP_FORMATS {
            return Err(SdpError::Malformed);
        }
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    if formats.is_empty() {
        return Err(SdpError::Malformed);
    }
    Ok(formats)
}

/// Whether an attribute of one side may reach the other. What describes the codecs passes; what describes the far side's
/// transport (`rtcp`, `rtcp-mux`, ICE, `crypto`, `fingerprint`, `ssrc`, `mid` …) is ours to say.
fn passes(name: &str, value: Option<&str>, formats: &[u8]) -> bool {
    let of_format = |any: bool| {
        let word = value.map(|value| split_once(value, b' ').map_or(value, |(word, _)| word));
        word.is_some_and(|word| {
            (any && word == "*") || word.parse().is_ok_and(|format| formats.contains(&format))
        })
    };
    match name {
        "rtpmap" | "fmtp" => of_format(false),
        "rtcp-fb" => of_format(true),
        "ptime" | "maxptime" | "silenceSupp" | "lang" => true,
        _ => false,
    }
}

fn remote(connection: Connection, media: &Media<'_>, direction: Direction) -> RemoteMedia {
    let Connection(Some(address)) = connection else {
        return nowhere(direction);
    };
    if address.is_unspecified() {
        // RFC 3264 §8.4: the old way to say "hold".
        return nowhere(Direction::of(direction.sends(), false));
    }
    if address.is_multicast() || media.port == 0 {
        return nowhere(direction);
    }
    RemoteMedia {
        rtp: Some(SocketAddr::new(address, media.port)),
        rtcp: rtcp(media, SocketAddr::new(address, media.port)),
        direction,
        signalling: None,
        terms: Terms::default(),
    }
}

fn nowhere(direction: Direction) -> RemoteMedia {
    RemoteMedia {
        rtp: None,
        rtcp: None,
        direction,
        signalling: None,
        terms: Terms::default(),
    }
}

/// RFC 3605: `a=rtcp:port` or `a=rtcp:port IN IP4 address`; else the port after that of RTP.
fn rtcp(media: &Media<'_>, rtp: SocketAddr) -> Option<SocketAddr> {
    let mut attributes = media.attributes.iter().map(|text| name_and_value(text));
    let stated = attributes.find(|(name, _)| *name == "rtcp");
    let Some((_, Some(value))) = stated else {
        return rtp
            .port()
            .checked_add(1)
            .map(|port| SocketAddr::new(rtp.ip(), port));
    };
    let mut words = value.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let address = match words.nth(2) {
        Some(address) => address.parse().ok()?,
        None => rtp.ip(),
    };
    Some(SocketAddr::new(address, port))
}
