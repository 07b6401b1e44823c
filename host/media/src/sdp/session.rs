//! The lines of a session description (RFC 8866 §9), borrowed from its text: which there are and whether each is well
//! formed. More lenient than the grammar, as devices are: the order of lines is free, `o=`, `s=` and `t=` may lack,
//! lines of unknown letters are ignored. It does not judge what is offered.

use std::net::IpAddr;

use crate::sdp::address::Direction;
use crate::sdp::error::SdpError;

/// Room for the attributes of most media lines.
const ATTRIBUTES: usize = 12;

/// A session description.
pub(crate) struct Session<'a> {
    pub(crate) name: &'a str,
    pub(crate) connection: Option<Connection>,
    pub(crate) direction: Option<Direction>,
    pub(crate) medias: Vec<Media<'a>>,
}

/// A media line and what follows it.
pub(crate) struct Media<'a> {
    pub(crate) kind: &'a str,
    pub(crate) port: u16,
    pub(crate) protocol: &'a str,
    pub(crate) formats: &'a str,
    /// The first `c=` of it.
    pub(crate) connection: Option<Connection>,
    pub(crate) direction: Option<Direction>,
    /// The values of `b=`: type and number.
    pub(crate) bandwidths: Vec<(&'a str, u64)>,
    /// The values of `a=`, in order.
    pub(crate) attributes: Vec<&'a str>,
}

/// The address of a `c=` line. `None`: a host name, or something that is none.
#[derive(Clone, Copy)]
pub(crate) struct Connection(pub(crate) Option<IpAddr>);

/// The name of an attribute, and its value if it has one.
pub(crate) fn name_and_value(attribute: &str) -> (&str, Option<&str>) {
    match split_once(attribute, b':') {
        Some((name, value)) => (name, Some(value)),
        None => (attribute, None),
    }
}

/// The lines that may be there once in a section.
#[derive(Default)]
struct Once(u32);

impl Once {
    fn check(&mut self, key: u8, once: &[u8]) -> Option<()> {
        if !once.contains(&key) {
            return Some(());
        }
        let bit = 1 << (key & 31);
        let is_first = self.0 & bit == 0;
        self.0 |= bit;
        is_first.then_some(())
    }
}

impl<'a> Session<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Session<'a>, SdpError> {
        Session::read(text).ok_or(SdpError::Malformed)
    }

    fn read(text: &'a str) -> Option<Session<'a>> {
        let mut lines = lines(text).filter(|line| !line.is_empty()).map(key_value);
        if lines.next()?? != (b'v', "0") {
            return None;
        }
        let mut session = Session {
            name: "",
            connection: None,
            direction: None,
            medias: Vec::with_capacity(1),
        };
        let mut once = Once::default();
        let mut has_time = false;
        for line in lines {
            let (key, value) = line?;
            if key == b'm' {
                session.medias.push(Media::read(value)?);
                once = Once::default();
            } else if let Some(media) = session.medias.last_mut() {
                once.check(key, b"ik")?;
                media.line(key, value)?;
            } else {
                once.check(key, b"osiuczk")?;
                has_time |= key == b't';
                session.line(key, value, has_time)?;
            }
        }
        Some(session)
    }

    fn line(&mut self, key: u8, value: &'a str, has_time: bool) -> Option<()> {
        match key {
            b'o' => check_origin(value),
            b's' => {
                self.name = value;
                Some(())
            }
            b'c' => {
                self.connection = Some(Connection::read(value)?);
                Some(())
            }
            b'b' => bandwidth(value).map(|_| ()),
            b't' => check_time(value),
            b'r' if has_time => check_repeat(value),
            b'r' => None,
            b'z' => check_zones(value),
            b'a' => {
                self.direction = self.direction.or_else(|| direction(value));
                Some(())
            }
            _ => Some(()),
        }
    }
}

impl<'a> Media<'a> {
    fn read(value: &'a str) -> Option<Media<'a>> {
        let mut parts = value.splitn(4, ' ');
        let kind = parts.next()?;
        let port = parts.next()?;
        let port = match port.split_once('/') {
            Some((port, count)) => count.parse::<u16>().ok().and(Some(port))?,
            None => port,
        };
        Some(Media {
            kind,
            port: port.parse().ok()?,
            protocol: parts.next()?,
            formats: parts.next()?,
            connection: None,
            direction: None,
            bandwidths: Vec::new(),
            attributes: Vec::with_capacity(ATTRIBUTES),
        })
    }

    /// What `a=fmtp` says of a format.
    pub(crate) fn described(&self, format: u8) -> Option<&'a str> {
        self.attributes.iter().find_map(|attribute| {
            let (number, text) = split_once(attribute.strip_prefix("fmtp:")?, b' ')?;
            (number.parse() == Ok(format)).then_some(text)
        })
    }

    fn line(&mut self, key: u8, value: &'a str) -> Option<()> {
        match key {
            b'c' => {
                let connection = Connection::read(value)?;
                self.connection.get_or_insert(connection);
            }
            b'b' => self.bandwidths.push(bandwidth(value)?),
            b'a' => {
                self.direction = self.direction.or_else(|| direction(value));
                self.attributes.push(value);
            }
            _ => {}
        }
        Some(())
    }
}

impl Connection {
    fn read(value: &str) -> Option<Connection> {
        let mut words = words(value);
        let (network, family, address) = (words.next()?, words.next()?, words.next()?);
        let is_sound = is_token(network) && is_token(family) && words.next().is_none();
        is_sound.then(|| Connection(address_of(family, address)))
    }
}

/// An address, a time to live (IPv4 only) and a count behind slashes (RFC 8866 §5.7).
fn address_of(family: &str, address: &str) -> Option<IpAddr> {
    let Some((ip, suffix)) = address.split_once('/') else {
        return address.parse().ok();
    };
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    let is_sound = if family.eq_ignore_ascii_case("IP4") {
        match suffix.split_once('/') {
            Some((lifetime, count)) => is_number(lifetime) && is_number(count),
            None => is_number(suffix),
        }
    } else {
        !family.eq_ignore_ascii_case("IP6") || is_number(suffix)
    };
    if is_sound { ip.parse().ok() } else { None }
}

/// The letter and the value of a line. `None`: it is none, or has a NUL or CR in it.
fn key_value(line: &str) -> Option<(u8, &str)> {
    let &[key, b'=', ..] = line.as_bytes() else {
        return None;
    };
    // Without an early exit the compiler makes vectors of it.
    let is_clean = (line.bytes()).fold(true, |clean, byte| clean & (byte != 0) & (byte != b'\r'));
    (is_clean && key != b'=').then_some((key, line.get(2..)?))
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    split(value, b' ').filter(|word| !word.is_empty())
}

/// As `str::split`, for the few bytes of a line: a plain loop beats a searcher that must be set up.
fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (piece, behind) = split_once(text, at).unzip();
        rest = behind;
        Some(piece.unwrap_or(text))
    })
}

/// As `str::lines`, by the same loop.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let line = match split_once(rest, b'\n') {
            Some((line, behind)) => {
                rest = behind;
                line.strip_suffix('\r').unwrap_or(line)
            }
            None => std::mem::take(&mut rest),
        };
        (!line.is_empty() || !rest.is_empty()).then_some(line)
    })
}

/// As `str::split_once`, by the same loop.
pub(crate) fn split_once(text: &str, at: u8) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

fn is_token(word: &str) -> bool {
    let separator = |byte: u8| b"\"(),/:;<=>?@[\\]".contains(&byte);
    word.bytes()
        .all(|byte| byte.is_ascii_graphic() && !separator(byte))
}

fn is_number(word: &str) -> bool {
    word.parse::<u64>().is_ok()
}

fn direction(attribute: &str) -> Option<Direction> {
    Direction::from_attribute(name_and_value(attribute).0)
}

fn bandwidth(value: &str) -> Option<(&str, u64)> {
    let (kind, number) = value.split_once(':')?;
    Some((kind, number.parse().ok()?))
}

fn check_origin(value: &str) -> Option<()> {
    let mut words = words(value);
    let (_user, _session) = (words.next()?, words.next()?);
    let is_sound = is_number(words.next()?) && is_token(words.next()?) && is_token(words.next()?);
    let _address = words.next()?;
    (is_sound && words.next().is_none()).then_some(())
}

fn check_time(value: &str) -> Option<()> {
    let mut words = words(value);
    let is_sound = is_number(words.next()?) && is_number(words.next()?);
    (is_sound && words.next().is_none()).then_some(())
}

fn check_repeat(value: &str) -> Option<()> {
    let mut words = words(value);
    seconds(words.next()?)?;
    seconds(words.next()?)?;
    words.all(|word| seconds(word).is_some()).then_some(())
}

fn check_zones(value: &str) -> Option<()> {
    let mut words = words(value);
    while let Some(time) = words.next() {
        let offset = words.next()?;
        let (limit, offset) = match offset.strip_prefix('-') {
            Some(behind) => (i64::MIN.unsigned_abs(), behind),
            None => (i64::MAX.unsigned_abs(), offset),
        };
        let is_sound = is_number(time) && seconds(offset)? <= limit;
        is_sound.then_some(())?;
    }
    Some(())
}

/// A typed time (RFC 8866 §5.10) in seconds.
fn seconds(word: &str) -> Option<u64> {
    let units = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let unit = |(letter, factor)| word.strip_suffix(letter).map(|number| (number, factor));
    let (number, factor) = units.into_iter().find_map(unit).unwrap_or((word, 1_u64));
    number.parse::<u64>().ok()?.checked_mul(factor)
}
