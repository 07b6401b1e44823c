//! A received session description: which lines it has, and the one audio stream of it that is relayed.

use std::borrow::Cow;
use std::net::SocketAddr;

use sdp_types::{Attribute, Bandwidth, Connection, Media, Session};

use crate::limits;
use crate::sdp::address::{Direction, RemoteMedia};
use crate::sdp::codec::Codec;
use crate::sdp::error::SdpError;
use crate::sdp::layout::LayoutLine;

/// A received session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) session_name: String,
    pub(crate) lines: Vec<LayoutLine>,
    pub(crate) audio: usize,
    pub(crate) stream: Stream,
}

/// The audio stream that is relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) protocol: String,
    pub(crate) formats: Vec<u8>,
    pub(crate) bandwidths: Vec<Bandwidth>,
    /// Only what may pass: see [`passes`].
    pub(crate) attributes: Vec<Attribute>,
    /// Whether the port is not 0.
    pub(crate) accepted: bool,
    pub(crate) remote: RemoteMedia,
}

impl Description {
    /// Reads a description. `choose` names the media line to relay.
    pub(crate) fn parse(
        bytes: &[u8],
        choose: impl Fn(&[Media]) -> Option<usize>,
    ) -> Result<Description, SdpError> {
        let session = read(bytes)?;
        let audio = choose(&session.medias).ok_or(SdpError::Unacceptable)?;
        let media = session.medias.get(audio).ok_or(SdpError::Unacceptable)?;
        let stream = Stream::read(&session, media)?;
        let lines = session.medias.iter().map(LayoutLine::of).collect();
        Ok(Description {
            session_name: session.session_name,
            lines,
            audio,
            stream,
        })
    }
}

impl LayoutLine {
    fn of(media: &Media) -> LayoutLine {
        LayoutLine {
            media: media.media.clone(),
            protocol: media.proto.clone(),
            formats: media.fmt.clone(),
        }
    }
}

/// The first audio line that can be relayed: plain RTP that is not switched off.
pub(crate) fn offered_audio(medias: &[Media]) -> Option<usize> {
    medias
        .iter()
        .position(|media| is_plain_audio(media) && media.port != 0)
}

/// The audio line of an answer: one that was accepted, else the first, which then refuses the stream.
pub(crate) fn answered_audio(medias: &[Media]) -> Option<usize> {
    let is_audio = |media: &Media| media.media.eq_ignore_ascii_case("audio");
    offered_audio(medias).or_else(|| {
        medias
            .iter()
            .position(|media| is_audio(media) && media.port == 0)
    })
}

fn is_plain_audio(media: &Media) -> bool {
    media.media.eq_ignore_ascii_case("audio")
        && ["RTP/AVP", "RTP/AVPF"]
            .iter()
            .any(|protocol| media.proto.eq_ignore_ascii_case(protocol))
}

fn read(bytes: &[u8]) -> Result<Session, SdpError> {
    if bytes.len() > limits::SDP_BYTES
        || bytes.iter().filter(|byte| **byte == b'\n').count() > limits::SDP_LINES
    {
        return Err(SdpError::Malformed);
    }
    // Some phones write their session name in Latin-1; the rest of the description is good all the same.
    let text: Cow<'_, str> = String::from_utf8_lossy(bytes);
    let session =
        Session::parse(text.trim_end_matches('\0').as_bytes()).map_err(|_| SdpError::Malformed)?;
    if session.medias.len() > limits::SDP_MEDIA {
        return Err(SdpError::Malformed);
    }
    Ok(session)
}

impl Stream {
    fn read(session: &Session, media: &Media) -> Result<Stream, SdpError> {
        let formats = formats(&media.fmt)?;
        let stated = |attributes: &[Attribute]| {
            attributes
                .iter()
                .find_map(|attribute| Direction::from_attribute(&attribute.attribute))
        };
        let direction = stated(&media.attributes)
            .or_else(|| stated(&session.attributes))
            .unwrap_or_default();
        let accepted = media.port != 0;
        let remote = match media.connections.first().or(session.connection.as_ref()) {
            Some(connection) => remote(connection, media, direction),
            // RFC 8866 §5.7 wants a c= line; of a refused stream nobody needs it.
            None if !accepted => nowhere(direction),
            None => return Err(SdpError::Malformed),
        };
        let attributes = media
            .attributes
            .iter()
            .filter(|attribute| passes(attribute, &formats))
            .cloned()
            .collect();
        Ok(Stream {
            protocol: media.proto.clone(),
            formats,
            bandwidths: media.bandwidths.clone(),
            attributes,
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

    fn codec(&self, format: u8) -> Option<Codec> {
        let value = |name: &str| {
            self.attributes
                .iter()
                .filter(|attribute| attribute.attribute == name)
                .filter_map(|attribute| attribute.value.as_deref()?.split_once(' '))
                .find(|(number, _)| number.parse() == Ok(format))
                .map(|(_, rest)| rest.trim())
        };
        let codec = match value("rtpmap") {
            Some(map) => named(format, map)?,
            None => Codec::well_known(format)?,
        };
        Some(Codec {
            parameters: value("fmtp").map(str::to_owned),
            ..codec
        })
    }

    /// Keeps only these formats and what describes them.
    pub(crate) fn retain(&mut self, keep: impl Fn(u8) -> bool) {
        self.formats.retain(|format| keep(*format));
        let Stream {
            attributes,
            formats,
            ..
        } = self;
        attributes.retain(|attribute| passes(attribute, formats));
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
fn passes(attribute: &Attribute, formats: &[u8]) -> bool {
    let of_format = |any: bool| {
        let word = attribute
            .value
            .as_deref()
            .and_then(|value| value.split(' ').next());
        word.is_some_and(|word| {
            (any && word == "*") || word.parse().is_ok_and(|format| formats.contains(&format))
        })
    };
    match attribute.attribute.as_str() {
        "rtpmap" | "fmtp" => of_format(false),
        "rtcp-fb" => of_format(true),
        "ptime" | "maxptime" | "silenceSupp" | "lang" => true,
        _ => false,
    }
}

fn remote(connection: &Connection, media: &Media, direction: Direction) -> RemoteMedia {
    let Ok(stated) = connection.try_address() else {
        return nowhere(direction);
    };
    let address = stated.ip;
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
    }
}

fn nowhere(direction: Direction) -> RemoteMedia {
    RemoteMedia {
        rtp: None,
        rtcp: None,
        direction,
        signalling: None,
    }
}

/// RFC 3605: `a=rtcp:port` or `a=rtcp:port IN IP4 address`; else the port after that of RTP.
fn rtcp(media: &Media, rtp: SocketAddr) -> Option<SocketAddr> {
    let stated = media
        .attributes
        .iter()
        .find(|attribute| attribute.attribute == "rtcp");
    let Some(value) = stated.and_then(|attribute| attribute.value.as_deref()) else {
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
