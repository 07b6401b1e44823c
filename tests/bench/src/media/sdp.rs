//! The session descriptions of the load's telephones: written for one encoding and keys, read just so far. Not a parser.

use std::net::{Ipv4Addr, SocketAddrV4};

use switchhook_media::codec::Encoding;

/// The payload type of keys (RFC 4733) that we offer.
const EVENTS: u8 = 101;

/// What the other side says of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    /// Where it takes media.
    pub address: SocketAddrV4,
    /// The payload type that it has for our encoding.
    pub payload_type: u8,
    /// Its payload type for keys.
    pub events: Option<u8>,
}

/// Describes one encoding, and keys.
#[must_use]
pub fn write(at: SocketAddrV4, encoding: Encoding, numbers: (u8, Option<u8>)) -> String {
    let (ip, port) = (at.ip(), at.port());
    let (number, events) = numbers;
    let (name, rate) = (encoding.name(), encoding.clock_rate());
    let channels = match encoding.channels() {
        1 => String::new(),
        channels => format!("/{channels}"),
    };
    let mut text = format!(
        "v=0\r\no=load 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {number}"
    );
    if let Some(events) = events {
        text.push_str(&format!(" {events}"));
    }
    text.push_str(&format!(
        "\r\na=rtpmap:{number} {name}/{rate}{channels}\r\n"
    ));
    if let Some(events) = events {
        text.push_str(&format!(
            "a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n"
        ));
    }
    text.push_str("a=ptime:20\r\na=sendrecv\r\n");
    text
}

/// The payload types that we offer for an encoding and for keys.
#[must_use]
pub fn offered(encoding: Encoding) -> (u8, Option<u8>) {
    (fixed(encoding).unwrap_or(96), Some(EVENTS))
}

/// Reads what is said of this encoding. `None`: it is not there, or there is no address.
#[must_use]
pub fn read(text: &str, encoding: Encoding) -> Option<Described> {
    let line = |prefix: &str| {
        text.lines()
            .find_map(|line| line.trim_end().strip_prefix(prefix).map(str::to_owned))
    };
    let ip: Ipv4Addr = line("c=IN IP4 ")?.parse().ok()?;
    let audio = line("m=audio ")?;
    let mut words = audio.split(' ');
    let port = words.next()?.parse().ok()?;
    let formats: Vec<u8> = words.skip(1).filter_map(|word| word.parse().ok()).collect();
    let mapped = |name: &str| {
        formats.iter().copied().find(|number| {
            line(&format!("a=rtpmap:{number} ")).is_some_and(|map| {
                map.split('/')
                    .next()
                    .is_some_and(|mapped| mapped.eq_ignore_ascii_case(name))
            })
        })
    };
    let payload_type = mapped(encoding.name())
        .or_else(|| fixed(encoding).filter(|number| formats.contains(number)))?;
    Some(Described {
        address: SocketAddrV4::new(ip, port),
        payload_type,
        events: mapped("telephone-event"),
    })
}

/// The payload types that RFC 3551 gives.
fn fixed(encoding: Encoding) -> Option<u8> {
    match encoding {
        Encoding::Pcmu => Some(0),
        Encoding::Gsm => Some(3),
        Encoding::Pcma => Some(8),
        Encoding::G722 => Some(9),
        Encoding::G729 => Some(18),
        Encoding::Opus => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Described, offered, read, write};
    use switchhook_media::codec::Encoding;

    #[test]
    fn what_is_written_is_read() {
        let at = "127.0.0.1:4000".parse().unwrap();
        for encoding in Encoding::ALL {
            let numbers = offered(encoding);
            let read = read(&write(at, encoding, numbers), encoding);
            let described = Described {
                address: at,
                payload_type: numbers.0,
                events: numbers.1,
            };
            assert_eq!(read, Some(described));
        }
    }

    #[test]
    fn an_encoding_that_is_not_there_is_not_found() {
        let text = write("127.0.0.1:4000".parse().unwrap(), Encoding::Pcmu, (0, None));
        assert_eq!(read(&text, Encoding::Opus), None);
        assert_eq!(read(&text, Encoding::Pcmu).unwrap().events, None);
    }
}
