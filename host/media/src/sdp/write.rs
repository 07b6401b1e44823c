//! Writing our own session descriptions: always one audio stream, other lines refused in their places.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;

use bytes::Bytes;

use crate::sdp::address::{Direction, LocalMedia, SdpOrigin};
use crate::sdp::codec::Codec;
use crate::sdp::description::Stream;
use crate::sdp::layout::LayoutLine;

/// What is written besides texts of others: two addresses, two numbers, the letters.
const FRAME: usize = 160;

/// The audio line that we send.
pub(crate) struct Audio<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) formats: Cow<'a, [u8]>,
    /// What describes the stream and its formats, as it is written: lines of `b=` and `a=`.
    pub(crate) lines: Cow<'a, str>,
    pub(crate) direction: Direction,
    /// False: port 0, which refuses or ends the stream (RFC 3264 §6, §8.2).
    pub(crate) accepted: bool,
}

impl<'a> Audio<'a> {
    /// What one side said, for the other side.
    pub(crate) fn relayed(stream: &'a Stream, direction: Direction) -> Audio<'a> {
        Audio {
            protocol: &stream.protocol,
            formats: Cow::Borrowed(&stream.formats),
            lines: Cow::Borrowed(&stream.lines),
            direction,
            accepted: stream.accepted,
        }
    }

    /// A stream of these codecs.
    pub(crate) fn of_codecs(
        codecs: &[Codec],
        protocol: &'a str,
        direction: Direction,
    ) -> Audio<'a> {
        Audio {
            protocol,
            formats: codecs.iter().map(|codec| codec.payload_type).collect(),
            lines: codecs.iter().map(describe).collect(),
            direction,
            accepted: true,
        }
    }
}

fn describe(codec: &Codec) -> String {
    let Codec {
        payload_type,
        clock_rate,
        channels,
        ..
    } = codec;
    // A caller of this crate may name a codec as it likes, but adds no line by that.
    let clean = |text: &str| text.replace(['\0', '\r', '\n'], "");
    let name = clean(&codec.name);
    let mut lines = match channels {
        1 => format!("a=rtpmap:{payload_type} {name}/{clock_rate}\r\n"),
        _ => format!("a=rtpmap:{payload_type} {name}/{clock_rate}/{channels}\r\n"),
    };
    if let Some(parameters) = &codec.parameters {
        let parameters = clean(parameters);
        // Writing to a string does not fail.
        let _ = write!(lines, "a=fmtp:{payload_type} {parameters}\r\n");
    }
    lines
}

/// Writes a description whose media lines are `lines`, of which the one at `position` is ours; no lines: only ours.
///
/// All texts are of received descriptions, in which a line ends nowhere but at its end.
pub(crate) fn write(
    local: LocalMedia,
    origin: &SdpOrigin,
    lines: &[LayoutLine],
    position: usize,
    audio: &Audio<'_>,
) -> Bytes {
    // Kept as long as the leg lives, so no more than it takes.
    let length = FRAME + audio.lines.len() + 4 * audio.formats.len();
    let mut text = String::with_capacity(length);
    text.push_str("v=0\r\no=- ");
    push_number(&mut text, origin.session_id);
    text.push(' ');
    push_number(&mut text, origin.version);
    text.push(' ');
    push_address(&mut text, local.address);
    // What a side calls its session often says what it is (RFC 8866 §5.3: "-" where there is no name).
    text.push_str("s=-\r\nc=");
    push_address(&mut text, local.address);
    text.push_str("t=0 0\r\n");
    for (at, line) in lines.iter().enumerate() {
        if at == position {
            write_audio(&mut text, local.port, audio);
        } else {
            let LayoutLine {
                media,
                protocol,
                formats,
            } = line;
            for part in ["m=", media, " 0 ", protocol, " ", formats, "\r\n"] {
                text.push_str(part);
            }
        }
    }
    if position >= lines.len() {
        write_audio(&mut text, local.port, audio);
    }
    Bytes::from(text)
}

fn write_audio(text: &mut String, port: u16, audio: &Audio<'_>) {
    let port = if audio.accepted { port } else { 0 };
    text.push_str("m=audio ");
    push_number(text, u64::from(port));
    text.push(' ');
    text.push_str(audio.protocol);
    for format in audio.formats.iter() {
        text.push(' ');
        push_number(text, u64::from(*format));
    }
    if audio.formats.is_empty() {
        // Of a refused line nobody reads the formats, but the grammar wants one (RFC 3264 §6).
        text.push_str(" 0");
    }
    text.push_str("\r\n");
    if audio.accepted {
        for part in [&audio.lines, "a=", audio.direction.as_str(), "\r\n"] {
            text.push_str(part);
        }
    }
}

/// Network, family and address, and the end of the line.
fn push_address(text: &mut String, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            text.push_str("IN IP4");
            for (octet, mark) in address.octets().into_iter().zip([' ', '.', '.', '.']) {
                text.push(mark);
                push_number(text, u64::from(octet));
            }
        }
        IpAddr::V6(address) => {
            // Writing to a string does not fail.
            let _ = write!(text, "IN IP6 {address}");
        }
    }
    text.push_str("\r\n");
}

/// Digits without the machinery of formatting, which costs more than all the rest of a description.
fn push_number(text: &mut String, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut length = 0;
    for digit in &mut digits {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    for digit in digits.iter().take(length).rev() {
        text.push(char::from(*digit));
    }
}
