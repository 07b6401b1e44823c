//! Digits as RTP events (RFC 4733): how a digit is numbered and what an event packet says.

/// The payload of an event packet (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The event number: 0 to 9, `*` 10, `#` 11, `A` to `D` 12 to 15.
    pub number: u8,
    /// Whether the event is over.
    pub end: bool,
    /// How long it has lasted, in timestamp units.
    pub duration: u16,
}

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";
/// The power of the tone, in -dBm0.
const VOLUME: u8 = 10;

impl Event {
    /// Reads an event payload.
    pub fn read(payload: &[u8]) -> Option<Event> {
        let [number, flags, high, low, ..] = *payload else {
            return None;
        };
        Some(Event {
            number,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload's bytes.
    pub fn write(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [
            self.number,
            if self.end { 0x80 | VOLUME } else { VOLUME },
            high,
            low,
        ]
    }

    /// The digit that this event is.
    pub fn digit(self) -> Option<char> {
        DIGITS
            .get(usize::from(self.number))
            .map(|digit| char::from(*digit))
    }

    /// The number of a digit: `0` to `9`, `*`, `#`, `A` to `D` in either case.
    pub fn number_of(digit: char) -> Option<u8> {
        let digit = digit.to_ascii_uppercase();
        let position = DIGITS
            .iter()
            .position(|other| char::from(*other) == digit)?;
        u8::try_from(position).ok()
    }
}

#[cfg(test)]
mod tests;
