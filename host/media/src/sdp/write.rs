//! Writing our own session descriptions: always one audio stream, other lines refused in their places.

use bytes::Bytes;
use sdp_types::{Attribute, Bandwidth, Connection, Media, Origin, Session, Time};

use crate::sdp::address::{Direction, LocalMedia, SdpOrigin};
use crate::sdp::codec::Codec;
use crate::sdp::description::Stream;
use crate::sdp::layout::LayoutLine;

/// The audio line that we send.
pub(crate) struct Audio {
    pub(crate) protocol: String,
    pub(crate) formats: String,
    pub(crate) bandwidths: Vec<Bandwidth>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) direction: Direction,
    /// False: port 0, which refuses or ends the stream (RFC 3264 §6, §8.2).
    pub(crate) accepted: bool,
}

impl Audio {
    /// What one side said, for the other side.
    pub(crate) fn relayed(stream: &Stream, direction: Direction) -> Audio {
        let formats: Vec<String> = stream.formats.iter().map(u8::to_string).collect();
        Audio {
            protocol: stream.protocol.clone(),
            formats: formats.join(" "),
            bandwidths: stream.bandwidths.clone(),
            attributes: stream.attributes.clone(),
            direction,
            accepted: stream.accepted,
        }
    }

    /// A stream of these codecs.
    pub(crate) fn of_codecs(codecs: &[Codec], protocol: &str, direction: Direction) -> Audio {
        let formats: Vec<String> = codecs
            .iter()
            .map(|codec| codec.payload_type.to_string())
            .collect();
        Audio {
            protocol: protocol.to_owned(),
            formats: formats.join(" "),
            bandwidths: Vec::new(),
            attributes: codecs.iter().flat_map(describe).collect(),
            direction,
            accepted: true,
        }
    }
}

fn describe(codec: &Codec) -> Vec<Attribute> {
    let Codec {
        payload_type,
        name,
        clock_rate,
        channels,
        parameters,
    } = codec;
    let map = match channels {
        1 => format!("{payload_type} {name}/{clock_rate}"),
        _ => format!("{payload_type} {name}/{clock_rate}/{channels}"),
    };
    let mut attributes = vec![attribute("rtpmap", Some(map))];
    if let Some(parameters) = parameters {
        attributes.push(attribute(
            "fmtp",
            Some(format!("{payload_type} {parameters}")),
        ));
    }
    attributes
}

/// Writes a description whose media lines are `lines`, of which the one at `position` is ours; no lines: only ours.
pub(crate) fn write(
    session_name: &str,
    local: LocalMedia,
    origin: &SdpOrigin,
    lines: &[LayoutLine],
    position: usize,
    audio: Audio,
) -> Bytes {
    let identity = Origin::with_ip_addr(origin.session_id, origin.version, local.address);
    let name = if session_name.trim().is_empty() {
        "-"
    } else {
        session_name
    };
    let mut session = Session::new(identity, name);
    session.connection = Some(Connection::from_ip_addr(local.address));
    session.times = vec![Time {
        start_time: 0,
        stop_time: 0,
        repeats: Vec::new(),
    }];
    session.medias = lines.iter().map(refused).collect();
    let ours = audio_line(local, audio);
    match session.medias.get_mut(position) {
        Some(line) => *line = ours,
        None => session.medias.push(ours),
    }
    let mut bytes = Vec::with_capacity(512);
    // Writing to a Vec cannot fail; were it to, an empty body is refused by the other side rather than a panic here.
    if session.write(&mut bytes).is_err() {
        bytes.clear();
    }
    Bytes::from(bytes)
}

fn audio_line(local: LocalMedia, audio: Audio) -> Media {
    let port = if audio.accepted { local.port } else { 0 };
    let mut line = media("audio", port, &audio.protocol, &audio.formats);
    if audio.accepted {
        line.bandwidths = audio.bandwidths;
        line.attributes = audio.attributes;
        line.attributes
            .push(attribute(audio.direction.as_str(), None));
    }
    line
}

fn refused(line: &LayoutLine) -> Media {
    media(&line.media, 0, &line.protocol, &line.formats)
}

fn media(kind: &str, port: u16, protocol: &str, formats: &str) -> Media {
    Media {
        media: kind.to_owned(),
        port,
        num_ports: None,
        proto: protocol.to_owned(),
        fmt: formats.to_owned(),
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
    }
}

fn attribute(name: &str, value: Option<String>) -> Attribute {
    Attribute {
        attribute: name.to_owned(),
        value,
    }
}
