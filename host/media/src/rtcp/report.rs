//! Sender and receiver reports, read and written (RFC 3550 §6.4 to §6.6). Whatever else a compound packet holds is passed over.

/// The packet types of RFC 3550 §12.1.
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
/// Bytes of a report block.
const BLOCK: usize = 24;

/// What a report says of a stream that its sender receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Block {
    /// The source of the stream.
    pub ssrc: u32,
    /// The share that was lost since the last report, in 256ths.
    pub fraction_lost: u8,
    /// How many packets were lost in all; negative with duplicates.
    pub lost: i32,
    /// The highest sequence number, with its cycles in the upper half.
    pub highest: u32,
    /// The interarrival jitter, in units of the timestamps.
    pub jitter: u32,
    /// The middle 32 bits of the time of the last sender report; 0: there was none.
    pub last_report: u32,
    /// How long ago that came, in 65,536ths of a second.
    pub delay: u32,
}

/// What is read of a compound packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A sender report.
    Sender {
        /// The source that it is of.
        ssrc: u32,
        /// The middle 32 bits of its time.
        time: u32,
    },
    /// A report block, of a sender or receiver report.
    Block(Block),
}

/// What a sender report says of the stream that its sender sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The time: seconds in the upper half, fractions of one in the lower.
    pub time: u64,
    /// The same moment in the timestamps of the stream.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of payload sent.
    pub octets: u32,
}

/// Reads a compound packet as far as it is sound.
pub fn read(packet: &[u8], each: &mut impl FnMut(Item)) {
    let mut rest = packet;
    while let Some(([first, kind, high, low], after)) = rest.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([*high, *low])) * 4;
        let Some((body, next)) = after.split_at_checked(length) else {
            return;
        };
        if first >> 6 != 2 {
            return;
        }
        let blocks = match *kind {
            SENDER_REPORT => {
                if let (Some(ssrc), Some(time)) = (word(body, 0), word(body, 6)) {
                    each(Item::Sender { ssrc, time });
                }
                body.get(24..)
            }
            RECEIVER_REPORT => body.get(4..),
            _ => None,
        };
        let count = usize::from(first & 0x1f);
        for block in blocks.unwrap_or_default().chunks_exact(BLOCK).take(count) {
            each(Item::Block(read_block(block)));
        }
        rest = next;
    }
}

fn read_block(block: &[u8]) -> Block {
    let at = |place| word(block, place).unwrap_or(0);
    let lost = at(4);
    Block {
        ssrc: at(0),
        fraction_lost: (lost >> 24) as u8,
        // 24 bits, with a sign.
        lost: (lost << 8).cast_signed() >> 8,
        highest: at(8),
        jitter: at(12),
        last_report: at(16),
        delay: at(20),
    }
}

fn word(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// Appends a compound packet of the source `ssrc`: a sender report if it sends, else a receiver report, with a block if it receives, and its
/// canonical name (at most 255 bytes of it); `bye` ends the source.
pub fn write(
    ssrc: u32,
    sending: Option<Sending>,
    block: Option<Block>,
    name: &str,
    bye: bool,
    out: &mut Vec<u8>,
) {
    let count = u8::from(block.is_some());
    let block_words = u16::from(count) * 6;
    match sending {
        Some(sending) => {
            header(SENDER_REPORT, count, 6 + block_words, out);
            out.extend(ssrc.to_be_bytes());
            out.extend(sending.time.to_be_bytes());
            for word in [sending.timestamp, sending.packets, sending.octets] {
                out.extend(word.to_be_bytes());
            }
        }
        None => {
            header(RECEIVER_REPORT, count, 1 + block_words, out);
            out.extend(ssrc.to_be_bytes());
        }
    }
    if let Some(block) = block {
        let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff).cast_unsigned() & 0xff_ffff;
        let words = [
            block.ssrc,
            u32::from(block.fraction_lost) << 24 | lost,
            block.highest,
            block.jitter,
            block.last_report,
            block.delay,
        ];
        out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    }
    write_name(ssrc, name, out);
    if bye {
        header(BYE, 1, 1, out);
        out.extend(ssrc.to_be_bytes());
    }
}

/// A source description with the canonical name alone (RFC 3550 §6.5.1). Its end is at least one zero, up to a whole word.
fn write_name(ssrc: u32, name: &str, out: &mut Vec<u8>) {
    let name = name.as_bytes();
    let name = name.get(..255).unwrap_or(name);
    let items = (2 + name.len() + 1).next_multiple_of(4);
    let words = u16::try_from(1 + items / 4).unwrap_or(u16::MAX);
    header(SOURCE_DESCRIPTION, 1, words, out);
    out.extend(ssrc.to_be_bytes());
    let start = out.len();
    out.extend([1, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
    out.extend_from_slice(name);
    out.resize(start + items, 0);
}

fn header(kind: u8, count: u8, words: u16, out: &mut Vec<u8>) {
    out.extend([0x80 | count, kind]);
    out.extend(words.to_be_bytes());
}

#[cfg(test)]
mod tests;
